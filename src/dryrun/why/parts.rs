//! A condition and what its parts came to: the text and what it saw go in, a value for each part
//! of the text comes out.

use crate::cel::{self, Ast, EvalError, ExprId, Kind, Value};
use crate::dryrun::Mask;
use crate::engine::Looked;
use crate::source::TextRange;

/// Turns of a macro whose values are told.
const MAX_TURNS: usize = 3;

/// A condition that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    pub cel: String,
    pub holds: bool,
    /// In the order of the text.
    pub parts: Vec<Part>,
}

/// A part of a condition: more than a literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// All of it.
    pub range: TextRange,
    /// Where the eye looks for its value: an operator, the name of a function, or all of it.
    pub anchor: TextRange,
    /// As CEL; several where it was looked at several times, the message where it failed.
    pub values: Vec<Result<String, String>>,
}

impl Assertion {
    pub fn new(cel: &str, looked: &Looked) -> Self {
        let parsed = cel::parse(cel);
        let ast = &parsed.ast;
        let mut values: Vec<Vec<Result<String, String>>> = vec![Vec::new(); ast.len()];
        for (id, result) in looked.program.explain(&looked.saw) {
            let told = told(&result);
            let Some(told_before) = values.get_mut(id.index()) else {
                continue;
            };
            if told_before.len() <= MAX_TURNS && !told_before.contains(&told) {
                told_before.push(told);
            }
        }
        // `i` in `i.category` stands where the whole does.
        let within: Vec<ExprId> = (ast.ids())
            .filter_map(|id| match ast.kind(id) {
                Kind::Select { operand, .. } => Some(*operand),
                _ => None,
            })
            .collect();
        let mut parts: Vec<Part> = (ast.ids().zip(values))
            .filter(|(id, values)| !values.is_empty() && speaks(ast, *id) && !within.contains(id))
            .map(|(id, values)| Part {
                range: ast.range(id),
                anchor: anchor(ast, id),
                values,
            })
            .filter(|part| !says_the_same(cel, part))
            .collect();
        parts.sort_by_key(|part| (part.anchor.start, part.range.end));
        Self {
            cel: cel.to_owned(),
            holds: looked.holds,
            parts,
        }
    }
}

impl Assertion {
    /// Masks what is personal: parts that end in a marked name, and values that are known.
    pub(super) fn mask(&mut self, mask: &Mask) {
        for part in &mut self.parts {
            let text = self.cel.get(part.range.as_usize()).unwrap_or_default();
            let name = text.rsplit(['.', '?']).next().unwrap_or(text);
            for value in part.values.iter_mut().flatten() {
                let told = matches!(value.as_str(), "absent" | "true" | "false");
                *value = if mask.is_marked(name) && !told {
                    mask.named(name, &value.as_str().into())
                        .as_str()
                        .unwrap_or_default()
                        .to_owned()
                } else {
                    mask.text(value)
                };
            }
        }
    }
}

impl Part {
    /// `false`, or `false, true` where it was looked at several times.
    pub fn value(&self) -> String {
        let value = |it: &Result<String, String>| match it {
            Ok(value) => value.clone(),
            Err(message) => format!("fails: {message}"),
        };
        let mut told: Vec<String> = self.values.iter().take(MAX_TURNS).map(value).collect();
        if self.values.len() > MAX_TURNS {
            told.push("…".to_owned());
        }
        told.join(", ")
    }
}

fn told(result: &Result<Value, EvalError>) -> Result<String, String> {
    match result {
        Ok(value) => Ok(told_value(value)),
        Err(error) => Err(error.message.clone()),
    }
}

/// A value as people read it beside a condition.
pub(super) fn told_value(value: &Value) -> String {
    match value {
        Value::Null | Value::Optional(None) => "absent".to_owned(),
        Value::Optional(Some(inner)) => told_value(inner),
        Value::Duration(duration) => cel::format_duration(*duration),
        Value::Timestamp(time) => cel::format_timestamp(*time),
        Value::List(items) if items.iter().any(|it| matches!(it, Value::Object(_))) => {
            match items.len() {
                1 => "1 item".to_owned(),
                more => format!("{more} items"),
            }
        }
        value => cel::written(value),
    }
}

/// Whether a part says more than it is written.
fn speaks(ast: &Ast, id: ExprId) -> bool {
    match ast.kind(id) {
        Kind::Literal(_) | Kind::Error | Kind::List(_) | Kind::Map(_) => false,
        // `duration("6h")` and other calls on nothing but literals.
        Kind::Call {
            target: None, args, ..
        } => !args
            .iter()
            .all(|arg| matches!(ast.kind(*arg), Kind::Literal(_))),
        Kind::Unary { operand, .. } => speaks(ast, *operand),
        _ => true,
    }
}

fn says_the_same(cel: &str, part: &Part) -> bool {
    let text = cel.get(part.range.as_usize());
    matches!(part.values.as_slice(), [Ok(value)] if Some(value.as_str()) == text)
}

fn anchor(ast: &Ast, id: ExprId) -> TextRange {
    match ast.kind(id) {
        Kind::Binary { op_range, .. } | Kind::Unary { op_range, .. } => *op_range,
        Kind::Call { function, .. } => function.range,
        _ => ast.range(id),
    }
}
