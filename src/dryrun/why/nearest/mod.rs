//! The smallest change of what a condition saw under which it comes out the other way.
//!
//! The condition is taken apart: both sides of an `&&` must hold, one of an `||` is enough, and
//! what cannot be taken apart further is tried with other values. Nothing is claimed that was not
//! tried: the whole condition has been evaluated with the change.

mod candidates;
mod fact;

use crate::cel::{self, Ast, BinaryOp, Captured, ExprId, Kind, Program, UnaryOp, Value};
use crate::dryrun::mask::{MASKED, Mask};
use crate::engine::Looked;
use fact::{Fact, Local};

/// How often a condition is evaluated at most.
const MAX_RUNS: u32 = 6_000;

/// One value that would have to be another.
#[derive(Clone, Debug)]
pub struct Change {
    /// As it is written in the condition; elements of lists with their place: `event.items[0].sku`.
    pub fact: String,
    from: Value,
    pub to: Wanted,
}

/// What a value would have to be.
#[derive(Clone, Debug)]
pub enum Wanted {
    Value(Value),
    /// Anything at all, where there is nothing.
    Present,
    /// Anything else.
    Other,
}

impl Change {
    /// `event.wait: 11m rather than 4m`.
    pub fn told(&self) -> String {
        format!(
            "{}: {} rather than {}",
            self.fact,
            self.wanted(),
            self.from()
        )
    }

    /// The same without what is personal.
    pub(super) fn masked(self, mask: &Mask) -> Self {
        let name = self.fact.rsplit('.').next().unwrap_or_default().to_owned();
        let hide = |value: Value| match value {
            Value::Null | Value::Bool(_) => value,
            Value::String(text) if !mask.is_marked(&name) => Value::string(mask.text(&text)),
            value if !mask.is_marked(&name) => value,
            _ => Value::string(MASKED),
        };
        Self {
            from: hide(self.from),
            to: match self.to {
                Wanted::Value(value) => Wanted::Value(hide(value)),
                to => to,
            },
            fact: self.fact,
        }
    }

    /// What it was, in words.
    pub fn from(&self) -> String {
        super::parts::told_value(&self.from)
    }

    /// What it would have to be, in words.
    pub fn wanted(&self) -> String {
        match &self.to {
            Wanted::Value(value) => super::parts::told_value(value),
            Wanted::Present => "present".to_owned(),
            Wanted::Other => "anything else".to_owned(),
        }
    }
}

/// The fewest changes under which the condition comes to `want`; none where it does already, or
/// where no change was found.
pub fn nearest(cel: &str, looked: &Looked, want: bool) -> Vec<Change> {
    let parsed = cel::parse(cel);
    let search = Search {
        ast: &parsed.ast,
        program: &looked.program,
        runs: std::cell::Cell::new(MAX_RUNS),
    };
    let before = Tried {
        saw: looked.saw.clone(),
        changes: Vec::new(),
    };
    let root = search.ast.root();
    if search.is(root, want, &before) {
        return Vec::new();
    }
    let Some(found) = search.want(root, want, &before, &[]) else {
        return Vec::new();
    };
    if search.is(root, want, &found) {
        found.changes
    } else {
        Vec::new()
    }
}

/// What a condition would see after some changes.
#[derive(Clone, Debug)]
struct Tried {
    saw: Captured,
    changes: Vec<Change>,
}

struct Search<'a> {
    ast: &'a Ast,
    program: &'a Program,
    runs: std::cell::Cell<u32>,
}

impl Search<'_> {
    /// What a part comes to; none where it is not looked at or fails.
    fn value(&self, id: ExprId, tried: &Tried) -> Option<Value> {
        self.values(tried)
            .into_iter()
            .rev()
            .find_map(|(part, value)| (part == id).then_some(value))?
    }

    /// What all parts come to, in the order in which they were done; none where they fail.
    fn values(&self, tried: &Tried) -> Vec<(ExprId, Option<Value>)> {
        let left = self.runs.get();
        if left == 0 {
            return Vec::new();
        }
        self.runs.set(left - 1);
        let explained = self.program.explain(&tried.saw);
        explained
            .into_iter()
            .map(|(id, result)| (id, result.ok()))
            .collect()
    }

    fn is(&self, id: ExprId, want: bool, tried: &Tried) -> bool {
        matches!(self.value(id, tried), Some(Value::Bool(value)) if value == want)
    }

    /// The fewest further changes under which this part comes to `want`.
    fn want(&self, id: ExprId, want: bool, tried: &Tried, locals: &[Local]) -> Option<Tried> {
        if self.is(id, want, tried) {
            return Some(tried.clone());
        }
        match self.ast.kind(id) {
            Kind::Unary {
                op: UnaryOp::Not,
                operand,
                ..
            } => self.want(*operand, !want, tried, locals),
            Kind::Binary {
                op: op @ (BinaryOp::And | BinaryOp::Or),
                left,
                right,
                ..
            } => {
                if (*op == BinaryOp::And) == want {
                    let one = self.want(*left, want, tried, locals)?;
                    self.want(*right, want, &one, locals)
                } else {
                    let sides = [*left, *right].map(|side| self.want(side, want, tried, locals));
                    fewest(sides.into_iter().flatten())
                }
            }
            Kind::Conditional {
                condition,
                then,
                otherwise,
            } => {
                let ways = [(true, *then), (false, *otherwise)].map(|(taken, branch)| {
                    let one = self.want(*condition, taken, tried, locals)?;
                    self.want(branch, want, &one, locals)
                });
                fewest(ways.into_iter().flatten())
            }
            Kind::Call {
                target: Some(range),
                function,
                args,
            } if matches!(self.ast.name(function), "exists" | "all") => self
                .turns(
                    *range,
                    args,
                    self.ast.name(function) == "exists",
                    want,
                    tried,
                )
                .or_else(|| self.try_values(id, want, tried, locals)),
            _ => self.try_values(id, want, tried, locals),
        }
    }

    /// `exists` and `all` over a list that was read: element by element.
    fn turns(
        &self,
        range: ExprId,
        args: &[ExprId],
        exists: bool,
        want: bool,
        tried: &Tried,
    ) -> Option<Tried> {
        let [variable, body] = args else { return None };
        let Kind::Ident(name) = self.ast.kind(*variable) else {
            return None;
        };
        let list = Fact::of_load(self.program, self.ast, range)?;
        let Value::List(items) = list.value(&tried.saw) else {
            return None;
        };
        let turn = |index: usize, tried: &Tried| {
            let Value::List(items) = list.value(&tried.saw) else {
                return None;
            };
            // Alone in the list, its turn is the only one.
            let alone = Tried {
                saw: list.set(&tried.saw, Value::list(vec![items.get(index)?.clone()])),
                changes: tried.changes.clone(),
            };
            let local = Local {
                name: self.ast.name(name),
                list: &list,
                index,
            };
            let mut found = self.want(*body, want, &alone, &[local])?;
            let Value::List(changed) = list.value(&found.saw) else {
                return None;
            };
            let mut items = (*items).clone();
            items[index] = changed.first()?.clone();
            found.saw = list.set(&found.saw, Value::list(items));
            Some(found)
        };
        // One turn decides, or all must agree.
        if exists == want {
            return fewest((0..items.len()).filter_map(|index| turn(index, tried)));
        }
        (0..items.len()).try_fold(tried.clone(), |tried, index| turn(index, &tried))
    }

    /// Tries other values for what is read below a part.
    fn try_values(&self, id: ExprId, want: bool, tried: &Tried, locals: &[Local]) -> Option<Tried> {
        let values = self.values(tried);
        let facts = Fact::below(self.program, self.ast, id, locals);
        let mut best: Option<((u64, f64), Tried)> = None;
        for (rank, fact) in facts.iter().enumerate() {
            let from = fact.value(&tried.saw);
            for (unlike, to) in candidates::of(self, id, want, &from, fact, &values, tried) {
                let unlike = unlike
                    .saturating_add(fact.reluctance())
                    .saturating_add(rank as u64);
                let cost = (unlike, to.distance(&from));
                if best.as_ref().is_some_and(|(least, _)| *least <= cost) {
                    continue;
                }
                let next = tried.with(fact, from.clone(), to);
                if self.is(id, want, &next) {
                    best = Some((cost, next));
                }
            }
        }
        best.map(|(_, found)| found)
    }
}

impl Tried {
    fn with(&self, fact: &Fact, from: Value, to: candidates::Candidate) -> Self {
        let (value, wanted) = to.into_value();
        let mut changes = self.changes.clone();
        // Changed twice, it was first what it was.
        let before = changes.iter().position(|change| change.fact == fact.text);
        let from = match before {
            Some(index) => changes.remove(index).from,
            None => from,
        };
        changes.push(Change {
            fact: fact.text.clone(),
            from,
            to: wanted,
        });
        Self {
            saw: fact.set(&self.saw, value),
            changes,
        }
    }
}

fn fewest(ways: impl Iterator<Item = Tried>) -> Option<Tried> {
    ways.min_by_key(|way| way.changes.len())
}

#[cfg(test)]
mod tests;
