//! The literal after `=` of a field: what takes the place of what is missing.
//!
//! A type and a text go in, JSON of that type comes out, or one line on why the text is none.

use crate::cel::{self, Env, Facts, Slots, Type, Value};

/// The default as JSON of its type; none where it says no more than that the field may be absent.
pub(super) fn literal(ty: &Type, text: &str) -> Result<Option<serde_json::Value>, String> {
    let word = text.trim();
    match ty.present() {
        Type::Error => Ok(None),
        _ if ty.is_nullable() && word == "null" => Ok(None),
        Type::Enum(of) => {
            let word = word.trim_matches(['"', '\'']);
            if of.values.iter().any(|value| &**value == word) {
                Ok(Some(word.into()))
            } else {
                Err(format!("`{word}` is none of `{}`", ty.present()))
            }
        }
        Type::Duration => match cel::parse_duration(word) {
            Ok(duration) => Ok(Some(cel::format_duration(duration).into())),
            Err(_) => constant(ty, text),
        },
        _ => constant(ty, text),
    }
}

/// A literal that is CEL.
fn constant(ty: &Type, text: &str) -> Result<Option<serde_json::Value>, String> {
    let parsed = cel::parse(text);
    let env = Env::default();
    let first = |problems: Vec<cel::Problem>| problems.into_iter().next();
    if let Some(problem) = first(parsed.problems) {
        return Err(problem.message);
    }
    let checked = cel::check(&parsed.ast, &env, &Facts::default(), Some(ty));
    let program = cel::compile(&parsed.ast, &checked, &env);
    if let Some(problem) = first(checked.problems) {
        return Err(problem.message);
    }
    match program.eval(&Nothing) {
        Ok(value) => Ok(Some(cel::to_json(&value))),
        Err(error) => Err(error.message),
    }
}

/// A default reads nothing.
struct Nothing;

impl Slots for Nothing {
    fn load(&self, _root: u16, _path: &[u16]) -> Value {
        Value::Null
    }
}
