//! The literal after `=` of a field: what takes the place of what is missing.
//!
//! A type and a text go in, JSON of that type comes out, or what is wrong with the text.

use crate::cel::{self, Env, Facts, Problem, Slots, Type, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::{Span, TextRange};
use crate::syntax::ast;

/// The default as JSON of its type; none where it says no more than that the field may be absent.
/// The ranges of a problem count from the start of the text.
pub(crate) fn literal(ty: &Type, text: &str) -> Result<Option<serde_json::Value>, Box<Problem>> {
    let word = text.trim();
    match ty.present() {
        Type::Error => Ok(None),
        _ if ty.is_nullable() && word == "null" => Ok(None),
        Type::Enum(of) => {
            let word = word.trim_matches(['"', '\'']);
            if of.values.iter().any(|value| &**value == word) {
                return Ok(Some(word.into()));
            }
            let message = format!("`{word}` is not one of `{}`", ty.present());
            let problem = Problem::new(&codes::UNKNOWN_ENUM_VALUE, whole(text), message);
            Err(Box::new(
                problem.suggest(word, of.values.iter().map(|value| &**value)),
            ))
        }
        Type::Duration => match cel::parse_duration(word) {
            Ok(duration) => Ok(Some(cel::format_duration(duration).into())),
            Err(_) => constant(ty, text),
        },
        _ => constant(ty, text),
    }
}

/// What is wrong with a default, at its place in the file.
pub(crate) fn misfit(written: &ast::Default, problem: Problem) -> Diagnostic {
    let place = |range: TextRange| {
        if written.verbatim {
            Span {
                file: written.span.file,
                range: range.shift(written.span.start()),
            }
        } else {
            written.span
        }
    };
    let mut diagnostic = Diagnostic::new(problem.code, place(problem.range), problem.message);
    diagnostic.label = problem.label;
    diagnostic.help = problem.help;
    for fix in problem.fixes {
        // A text in quotes may not be written the same in a scalar that has its own.
        if let [(range, text)] = fix.edits.as_slice()
            && written.verbatim
            && !text.contains(['"', '\''])
        {
            diagnostic = diagnostic.fix(fix.applicability, fix.message, place(*range), text);
        }
    }
    diagnostic
}

/// A literal that is CEL. One mistake is enough of so short a text.
fn constant(ty: &Type, text: &str) -> Result<Option<serde_json::Value>, Box<Problem>> {
    let with_help = |problem: Problem| {
        Box::new(match problem.help {
            Some(_) => problem,
            None => problem.help(format!("write a value of `{ty}`")),
        })
    };
    let parsed = cel::parse(text);
    if let Some(problem) = parsed.problems.into_iter().next() {
        return Err(with_help(problem));
    }
    let env = Env::default();
    let mut checked = cel::check(&parsed.ast, &env, &Facts::default(), Some(ty));
    if !checked.problems.is_empty() {
        return Err(with_help(checked.problems.swap_remove(0)));
    }
    let program = cel::compile(&parsed.ast, &checked, &env);
    match program.eval(&Nothing) {
        Ok(value) => Ok(Some(cel::to_json(&value))),
        Err(error) => Err(with_help(Problem::new(
            &codes::INVALID_LITERAL,
            whole(text),
            error.message,
        ))),
    }
}

fn whole(text: &str) -> TextRange {
    TextRange::new(0, text.len() as u32)
}

/// A default reads nothing.
struct Nothing;

impl Slots for Nothing {
    fn load(&self, _root: u16, _path: &[u16]) -> Value {
        Value::Null
    }
}
