//! Fields, variables and parameters as the model keeps them, with defaults of their types.

use crate::cel::{self, Env, Facts, Slots, Type, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::resolve;
use crate::source::{Span, TextRange};
use crate::syntax::ast::{self, Normalize};

use super::context::Checker;

impl Checker<'_> {
    /// The fields, each with its default, in the given order.
    pub(super) fn fields(&mut self, fields: &[resolve::Field<'_>]) -> Vec<model::Field> {
        fields.iter().map(|field| self.field(field)).collect()
    }

    fn field(&mut self, field: &resolve::Field<'_>) -> model::Field {
        if let Some(normalize) = &field.decl.normalize
            && !matches!(field.ty.present(), Type::String | Type::Error)
        {
            let message = format!(
                "only text can be normalized, and `{}` is `{}`",
                field.decl.name,
                field.ty.present()
            );
            self.report(
                Diagnostic::new(&codes::TYPE_MISMATCH, normalize.span, message)
                    .help("remove `normalize`"),
            );
        }
        model::Field {
            name: field.decl.name.text.clone(),
            ty: field.ty.clone(),
            default: self.default(field),
            pii: field.decl.pii,
            normalize: field.decl.normalize.as_ref().map(|n| normalize(n.value)),
            at: self.at(field.decl.name.span),
        }
    }

    /// The default of a field as JSON of its type; none where there is none or it does not fit,
    /// which is reported.
    pub(super) fn default(&mut self, field: &resolve::Field<'_>) -> Option<serde_json::Value> {
        let written = field.decl.default.as_ref()?;
        match field.ty.present() {
            Type::Error => None,
            _ if field.ty.is_nullable() && written.text.trim() == "null" => None,
            Type::Enum(of) => {
                let word = written.text.trim();
                let word = word.trim_matches(['"', '\'']);
                if of.values.iter().any(|value| &**value == word) {
                    return Some(word.into());
                }
                let message = format!("`{word}` is none of `{}`", field.ty.present());
                let diagnostic = Diagnostic::new(&codes::UNKNOWN_ENUM_VALUE, written.span, message);
                self.report(diagnostic.suggest(word, of.values.iter().map(|v| &**v)));
                None
            }
            Type::Duration => match cel::parse_duration(written.text.trim()) {
                Ok(duration) => Some(cel::format_duration(duration).into()),
                Err(_) => self.constant(written, &field.ty),
            },
            _ => self.constant(written, &field.ty),
        }
    }

    /// The value of a default that is CEL.
    fn constant(&mut self, written: &ast::Default, due: &Type) -> Option<serde_json::Value> {
        let parsed = cel::parse(&written.text);
        let env = Env::default();
        let mut problems = parsed.problems;
        let mut value = None;
        if problems.is_empty() {
            let checked = cel::check(&parsed.ast, &env, &Facts::default(), Some(due));
            if checked.problems.is_empty() {
                let program = cel::compile(&parsed.ast, &checked, &env);
                value = Some(program.eval(&Nothing));
            }
            problems = checked.problems;
        }
        // One mistake is enough of so short a text.
        if let Some(problem) = problems.into_iter().next() {
            let span = self.inside(written, problem.range);
            let mut diagnostic = Diagnostic::new(problem.code, span, problem.message);
            diagnostic.label = problem.label;
            diagnostic.help = Some(match problem.help {
                Some(help) => help,
                None => format!("write a value of `{due}`"),
            });
            self.report(diagnostic);
            return None;
        }
        match value? {
            Ok(value) => Some(cel::to_json(&value)),
            Err(error) => {
                self.report(
                    Diagnostic::new(&codes::INVALID_LITERAL, written.span, error.message)
                        .help(format!("write a value of `{due}`")),
                );
                None
            }
        }
    }

    /// The place of a range of the default's text, where the file has that text as it is.
    fn inside(&self, written: &ast::Default, range: TextRange) -> Span {
        if self.sources.text(written.span) != written.text {
            return written.span;
        }
        let start = written.span.start();
        Span::new(written.span.file, start + range.start, start + range.end)
    }
}

/// A default reads nothing.
struct Nothing;

impl Slots for Nothing {
    fn load(&self, _root: u16, _path: &[u16]) -> Value {
        Value::Null
    }
}

pub(super) fn normalize(written: Normalize) -> model::Normalize {
    match written {
        Normalize::Email => model::Normalize::Email,
        Normalize::Phone => model::Normalize::Phone,
        Normalize::Lower => model::Normalize::Lower,
        Normalize::Trim => model::Normalize::Trim,
    }
}
