//! What one expression came to, for people and as JSON: its value and type, how it came about, or
//! where it failed.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::snippet::{self, Mark};
use super::text::clean;
use super::{Ink, Look};
use crate::cel::{Ast, EvalError, Explained, ExprId, Kind, Type, Value, to_json, written};
use crate::diagnostic::Severity;
use crate::source::SourceFile;

/// What was evaluated, and what came of it.
pub struct Evaluation<'a> {
    /// The expression, as a file of its own.
    pub file: &'a SourceFile,
    pub ast: &'a Ast,
    /// The static type.
    pub ty: &'a Type,
    pub outcome: &'a Result<Value, EvalError>,
    /// In the order in which it was done.
    pub steps: &'a [Explained],
}

impl Evaluation<'_> {
    /// The value and its type, a line each; or where and why it failed.
    pub fn human(&self, look: Look) -> String {
        match self.outcome {
            Ok(value) => format!(
                "{}\n{}\n",
                clean(&written(value)),
                clean(&self.ty.to_string())
            ),
            Err(error) => {
                let place = self.place();
                let mark = Mark {
                    range: self.ast.range(place),
                    text: None,
                    primary: true,
                };
                format!(
                    "{}{}\n{}",
                    look.paint(Ink::Error, "error"),
                    look.paint(Ink::Strong, &format!(": {}", clean(&error.message))),
                    snippet::render(self.file, &[mark], Severity::Error, look)
                )
            }
        }
    }

    /// Each part that was worked out, with its value, a line each. Literals speak for themselves.
    pub fn explanation(&self, look: Look) -> String {
        let lines: Vec<(String, String, bool)> = self
            .told()
            .map(|(id, result)| {
                let (value, failed) = match result {
                    Ok(value) => (written(value), false),
                    Err(error) => (error.message.clone(), true),
                };
                (clean(self.text(*id)), clean(&value), failed)
            })
            .collect();
        let widest = lines.iter().map(|(text, ..)| text.chars().count()).max();
        let width = widest.unwrap_or(0).min(look.columns() / 2);
        let mut out = String::new();
        for (text, value, failed) in lines {
            let ink = if failed { Ink::Error } else { Ink::Good };
            let _ = writeln!(out, "  {text:width$}  {}", look.paint(ink, &value));
        }
        out
    }

    /// One document.
    pub fn json(&self, explain: bool) -> String {
        let mut document = json!({"version": 1, "type": self.ty.to_string()});
        match self.outcome {
            Ok(value) => {
                document["value"] = to_json(value);
                document["cel"] = written(value).into();
            }
            Err(error) => {
                let range = self.ast.range(self.place());
                document["error"] = json!({
                    "message": error.message,
                    "start": self.file.lines.position(range.start),
                    "end": self.file.lines.position(range.end),
                });
            }
        }
        if explain {
            document["explain"] = self.told().map(|step| self.step(step)).collect();
        }
        format!("{document}\n")
    }

    fn step(&self, (id, result): &Explained) -> Json {
        let range = self.ast.range(*id);
        let mut step = json!({
            "text": self.text(*id),
            "start": self.file.lines.position(range.start),
            "end": self.file.lines.position(range.end),
        });
        match result {
            Ok(value) => {
                step["value"] = to_json(value);
                step["cel"] = written(value).into();
            }
            Err(error) => step["error"] = error.message.clone().into(),
        }
        step
    }

    fn told(&self) -> impl Iterator<Item = &Explained> {
        let literal = |id: ExprId| matches!(self.ast.kind(id), Kind::Literal(_));
        self.steps.iter().filter(move |(id, _)| !literal(*id))
    }

    fn text(&self, id: ExprId) -> &str {
        let range = self.ast.range(id).as_usize();
        self.file.text.get(range).unwrap_or_default()
    }

    /// Where the error that ended it arose: the smallest part that failed so, of the last turn.
    fn place(&self) -> ExprId {
        let Err(error) = self.outcome else {
            return self.ast.root();
        };
        let mut place = self.ast.root();
        for (id, result) in self.steps.iter().rev() {
            let within = |outer: ExprId| {
                let (outer, inner) = (self.ast.range(outer), self.ast.range(*id));
                outer.start <= inner.start && inner.end <= outer.end
            };
            if matches!(result, Err(other) if other == error) && within(place) {
                place = *id;
            }
        }
        place
    }
}
