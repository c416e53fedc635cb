//! Macros that bind a variable: `all`, `exists`, `map`, `filter`, …, `optMap`, `cel.bind`.

use std::sync::Arc;

use super::super::error::{EvalError, EvalErrorKind};
use super::super::ops;
use super::super::value::Value;
use super::eval::Machine;
use super::{Loop, LoopKind, NodeId};

impl<const TRACE: bool> Machine<'_, TRACE> {
    pub(super) fn run_loop(&mut self, l: &Loop) -> Result<Value, EvalError> {
        let range = self.value(l.range)?;
        match l.kind {
            LoopKind::Bind => {
                self.bind(l, range);
                self.value(l.body)
            }
            LoopKind::OptMap | LoopKind::OptFlatMap => self.map_optional(l, range),
            LoopKind::All => self.decide_over(l, &range, false),
            LoopKind::Exists => self.decide_over(l, &range, true),
            LoopKind::ExistsOne => {
                let found = self.collect(l, &range, |machine, l, _| {
                    Ok(machine.truth(l.body)?.then_some(Value::Null))
                })?;
                Ok(Value::Bool(found.len() == 1))
            }
            LoopKind::Filter => self
                .collect(l, &range, |machine, l, item| {
                    Ok(machine.truth(l.body)?.then(|| item.clone()))
                })
                .map(Value::list),
            LoopKind::Map => self
                .collect(l, &range, |machine, l, _| machine.value(l.body).map(Some))
                .map(Value::list),
            LoopKind::MapIf(condition) => self
                .collect(l, &range, |machine, l, _| {
                    machine.value_if(condition, l.body)
                })
                .map(Value::list),
        }
    }

    fn bind(&mut self, l: &Loop, value: Value) {
        self.locals[usize::from(l.local)] = value;
    }

    /// Begins a turn with the item as the variable.
    fn turn(&mut self, l: &Loop, item: &Value) -> Result<(), EvalError> {
        self.spend(l.cost as usize)?;
        self.bind(l, item.clone());
        Ok(())
    }

    fn value_if(&mut self, condition: NodeId, body: NodeId) -> Result<Option<Value>, EvalError> {
        if self.truth(condition)? {
            self.value(body).map(Some)
        } else {
            Ok(None)
        }
    }

    /// `all` (decided by false) and `exists` (decided by true): one turn may decide, errors in
    /// other turns notwithstanding.
    fn decide_over(&mut self, l: &Loop, range: &Value, by: bool) -> Result<Value, EvalError> {
        let mut failed = None;
        for item in (0..length(range)?).filter_map(|i| item(range, i)) {
            self.turn(l, item)?;
            match self.truth(l.body) {
                Ok(v) if v == by => return Ok(Value::Bool(by)),
                Ok(_) => {}
                Err(e) if e.kind == EvalErrorKind::Limit => return Err(e),
                Err(e) => failed = failed.or(Some(e)),
            }
        }
        failed.map_or(Ok(Value::Bool(!by)), Err)
    }

    /// Runs every turn and keeps what it gives.
    fn collect(
        &mut self,
        l: &Loop,
        range: &Value,
        mut give: impl FnMut(&mut Self, &Loop, &Value) -> Result<Option<Value>, EvalError>,
    ) -> Result<Vec<Value>, EvalError> {
        let mut given = Vec::new();
        for item in (0..length(range)?).filter_map(|i| item(range, i)) {
            self.turn(l, item)?;
            if let Some(value) = give(self, l, item)? {
                given.push(self.spent_on(value)?);
            }
        }
        Ok(given)
    }

    fn map_optional(&mut self, l: &Loop, target: Value) -> Result<Value, EvalError> {
        let inner = match target {
            Value::Optional(Some(inner)) => inner,
            Value::Optional(None) => return Ok(Value::Optional(None)),
            other => return Err(ops::no_overload_unary("optMap", &other)),
        };
        self.bind(l, Arc::unwrap_or_clone(inner));
        let mapped = self.value(l.body)?;
        match mapped {
            mapped if l.kind == LoopKind::OptMap => Ok(Value::Optional(Some(Arc::new(mapped)))),
            Value::Optional(_) => Ok(mapped),
            other => Err(ops::no_overload_unary("optFlatMap", &other)),
        }
    }
}

/// How many turns a macro takes: one an element of a list, one a key of a map.
fn length(range: &Value) -> Result<usize, EvalError> {
    match range {
        Value::List(items) => Ok(items.len()),
        Value::Map(entries) => Ok(entries.len()),
        other => Err(EvalError::new(
            EvalErrorKind::NoSuchOverload,
            format!("no such overload: a macro on {}", other.kind_name()),
        )),
    }
}

fn item(range: &Value, at: usize) -> Option<&Value> {
    match range {
        Value::List(items) => items.get(at),
        Value::Map(entries) => entries.get(at).map(|(key, _)| key),
        _ => None,
    }
}
