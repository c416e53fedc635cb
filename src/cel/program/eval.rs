//! Running a program: nodes and slots in, a value or an error out.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::ast::BinaryOp;
use super::super::error::{EvalError, EvalErrorKind};
use super::super::ops;
use super::super::value::Value;
use super::{CallSite, Entry, Explained, MAX_EXPLAINED, MAX_STEPS, Node, NodeId, Program, Slots};

/// One run of a program; with `TRACE`, every node's result is recorded.
pub(super) struct Machine<'p, const TRACE: bool> {
    pub(super) program: &'p Program,
    slots: &'p dyn Slots,
    /// The values of macro variables.
    pub(super) locals: Vec<Value>,
    steps: u32,
    trace: Vec<Explained>,
}

impl<'p, const TRACE: bool> Machine<'p, TRACE> {
    pub(super) fn new(program: &'p Program, slots: &'p dyn Slots) -> Self {
        Self {
            program,
            slots,
            // Without macros this does not allocate.
            locals: vec![Value::Null; usize::from(program.locals)],
            steps: MAX_STEPS,
            trace: Vec::new(),
        }
    }

    /// The recorded results, the whole's last.
    pub(super) fn explained(mut self, result: Result<Value, EvalError>) -> Vec<Explained> {
        if self.trace.len() >= MAX_EXPLAINED {
            let whole = self.program.origins[self.program.root as usize];
            self.trace.push((whole, result));
        }
        self.trace
    }

    /// Counts work against the limit.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), EvalError> {
        let left = u32::try_from(steps)
            .ok()
            .and_then(|s| self.steps.checked_sub(s));
        // Once the limit is passed, nothing more may be done.
        self.steps = left.unwrap_or(0);
        left.map(drop).ok_or_else(limit)
    }

    /// A value that was made, once its making has been paid for.
    pub(super) fn spent_on(&mut self, value: Value) -> Result<Value, EvalError> {
        self.spend(weight(&value))?;
        Ok(value)
    }

    fn record(&mut self, id: NodeId, result: &Result<Value, EvalError>) {
        if TRACE && self.trace.len() < MAX_EXPLAINED {
            let origin = self.program.origins[id as usize];
            self.trace.push((origin, result.clone()));
        }
    }

    /// What the node comes to.
    pub(super) fn value(&mut self, id: NodeId) -> Result<Value, EvalError> {
        if is_condition(self.program.node(id)) {
            return self.truth(id).map(Value::Bool);
        }
        let result = self.other(id);
        self.record(id, &result);
        result
    }

    /// Like [`Self::value`], without a copy where the value is a constant.
    pub(super) fn operand(&mut self, id: NodeId) -> Result<Cow<'p, Value>, EvalError> {
        match self.program.node(id) {
            Node::Const(value) => {
                if TRACE {
                    self.record(id, &Ok(value.clone()));
                }
                Ok(Cow::Borrowed(value))
            }
            load @ Node::Load { root, .. } if !TRACE => {
                let slots = self.slots;
                match slots.peek(*root, self.program.path(load)) {
                    Some(value) => Ok(Cow::Borrowed(value)),
                    None => self.value(id).map(Cow::Owned),
                }
            }
            _ => self.value(id).map(Cow::Owned),
        }
    }

    /// What the node comes to, where a bool is due.
    pub(super) fn truth(&mut self, id: NodeId) -> Result<bool, EvalError> {
        let node = self.program.node(id);
        if !is_condition(node) {
            return match self.value(id)? {
                Value::Bool(v) => Ok(v),
                other => Err(not_bool(&other)),
            };
        }
        let result = self.condition(node);
        if TRACE {
            self.record(id, &result.clone().map(Value::Bool));
        }
        result
    }

    /// The nodes that [`is_condition`] names.
    fn condition(&mut self, node: &'p Node) -> Result<bool, EvalError> {
        match *node {
            Node::And(left, right) => self.decide(left, right, false),
            Node::Or(left, right) => self.decide(left, right, true),
            Node::Not(operand) => self.truth(operand).map(|v| !v),
            Node::Present(operand) => Ok(!self.value(operand)?.is_null()),
            Node::Has { operand, name } => self.has(operand, name),
            Node::Equal(left, right) => self.equal(left, right),
            Node::NotEqual(left, right) => self.equal(left, right).map(|v| !v),
            Node::Order(op, left, right) => self.order(op, left, right),
            Node::In(value, container) => {
                let value = self.operand(value)?;
                let container = self.operand(container)?;
                if let Value::List(items) = &*container {
                    self.spend(items.len() / 8)?;
                }
                ops::contains(&container, &value)
            }
            Node::Matches { text, regex } => match &*self.operand(text)? {
                Value::String(text) => {
                    self.spend(text.len() / 32)?;
                    Ok(self.program.regexes[regex as usize].is_match(text))
                }
                other => Err(ops::no_overload_unary("matches", other)),
            },
            _ => Err(internal()),
        }
    }

    /// `&&` (decided by false) and `||` (decided by true): either side may decide, an error on the
    /// other side notwithstanding.
    fn decide(&mut self, left: NodeId, right: NodeId, by: bool) -> Result<bool, EvalError> {
        let left = self.truth(left);
        if left.as_ref().is_ok_and(|v| *v == by) {
            return Ok(by);
        }
        if let Err(error) = &left
            && error.kind == EvalErrorKind::Limit
        {
            return left;
        }
        match (left, self.truth(right)) {
            (_, Ok(right)) if right == by => Ok(by),
            (Err(error), _) => Err(error),
            (Ok(_), right) => right,
        }
    }

    fn equal(&mut self, left: NodeId, right: NodeId) -> Result<bool, EvalError> {
        let left = self.operand(left)?;
        let right = self.operand(right)?;
        self.spend(weight(&left))?;
        Ok(ops::equal(&left, &right))
    }

    fn order(&mut self, op: BinaryOp, left: NodeId, right: NodeId) -> Result<bool, EvalError> {
        let left = self.operand(left)?;
        let right = self.operand(right)?;
        let ordering = match ops::compare(&left, &right) {
            Ok(Some(ordering)) => ordering,
            // NaN is neither before nor behind anything.
            Ok(None) => return Ok(false),
            Err(_) => return Err(ops::no_overload(op.symbol(), &left, &right)),
        };
        Ok(match op {
            BinaryOp::Less => ordering.is_lt(),
            BinaryOp::LessEqual => ordering.is_le(),
            BinaryOp::Greater => ordering.is_gt(),
            _ => ordering.is_ge(),
        })
    }

    /// The nodes that [`is_condition`] does not name.
    fn other(&mut self, id: NodeId) -> Result<Value, EvalError> {
        let program = self.program;
        match program.node(id) {
            Node::Const(value) => Ok(value.clone()),
            Node::Local(local) => Ok(self.locals[usize::from(*local)].clone()),
            load @ Node::Load { root, .. } => self.slots.try_load(*root, program.path(load)),
            Node::Field {
                operand,
                slot,
                name,
            } => self.field(*operand, *slot, *name),
            Node::Select { operand, name } => self.select(*operand, *name),
            Node::OptionalSelect { operand, name } => self.optional_select(*operand, *name),
            Node::Wrap(operand) => Ok(match self.value(*operand)? {
                Value::Null => Value::Optional(None),
                value => Value::Optional(Some(Arc::new(value))),
            }),
            Node::Index(operand, index) => self.index(*operand, *index),
            Node::OptionalIndex(operand, index) => self.optional_index(*operand, *index),
            Node::Negate(operand) => ops::negate(&*self.operand(*operand)?),
            Node::Arithmetic(op, left, right) => self.arithmetic(*op, *left, *right),
            Node::Conditional(condition, then, otherwise) => {
                let taken = if self.truth(*condition)? {
                    then
                } else {
                    otherwise
                };
                self.value(*taken)
            }
            Node::Call(call) => self.call(&program.calls[*call as usize]),
            Node::List(list) => self.list(&program.lists[*list as usize]),
            Node::Map(map) => self.map(&program.maps[*map as usize]),
            Node::Loop(index) => self.run_loop(&program.loops[*index as usize]),
            Node::Fail(error) => Err(EvalError::clone(error)),
            _ => Err(internal()),
        }
    }

    fn arithmetic(
        &mut self,
        op: BinaryOp,
        left: NodeId,
        right: NodeId,
    ) -> Result<Value, EvalError> {
        let left = self.operand(left)?;
        let right = self.operand(right)?;
        if op == BinaryOp::Add {
            self.spend(weight(&left).saturating_add(weight(&right)))?;
        }
        ops::arithmetic(op, &left, &right)
    }

    fn call(&mut self, call: &'p CallSite) -> Result<Value, EvalError> {
        match *call.args {
            [] => self.dispatch(call, &[]),
            [a] => {
                let args = [self.value(a)?];
                self.dispatch(call, &args)
            }
            [a, b] => {
                let args = [self.value(a)?, self.value(b)?];
                self.dispatch(call, &args)
            }
            ref many => {
                let mut args = Vec::with_capacity(many.len());
                for arg in many {
                    args.push(self.value(*arg)?);
                }
                self.dispatch(call, &args)
            }
        }
    }

    fn dispatch(&mut self, call: &CallSite, args: &[Value]) -> Result<Value, EvalError> {
        for arg in args {
            self.spend(weight(arg))?;
        }
        if let Some(overload) = call.candidates.iter().find(|o| o.accepts(args)) {
            let result = (overload.run)(args)?;
            return self.spent_on(result);
        }
        let kinds: Vec<_> = args.iter().map(Value::kind_name).collect();
        Err(EvalError::new(
            EvalErrorKind::NoSuchOverload,
            format!(
                "no such overload: `{}` on ({})",
                call.name,
                kinds.join(", ")
            ),
        ))
    }

    fn list(&mut self, items: &'p [(NodeId, bool)]) -> Result<Value, EvalError> {
        let mut values = Vec::with_capacity(items.len());
        for (item, optional) in items {
            let value = self.value(*item)?;
            values.extend(if *optional {
                optional_item(value)?
            } else {
                Some(value)
            });
        }
        self.spent_on(Value::list(values))
    }

    fn map(&mut self, entries: &'p [Entry]) -> Result<Value, EvalError> {
        let mut values: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = self.value(entry.key)?;
            let value = self.value(entry.value)?;
            if !matches!(
                key,
                Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::String(_)
            ) {
                let message = format!("{} cannot be the key of a map", key.kind_name());
                return Err(EvalError::new(EvalErrorKind::NoSuchOverload, message));
            }
            self.spend(values.len() / 8)?;
            if ops::map_get(&values, &key).is_some() {
                let message = format!("repeated key: {}", ops::brief(&key));
                return Err(EvalError::new(EvalErrorKind::InvalidArgument, message));
            }
            let value = if entry.optional {
                optional_item(value)?
            } else {
                Some(value)
            };
            values.extend(value.map(|value| (key, value)));
        }
        self.spent_on(Value::Map(Arc::new(values)))
    }
}

/// Nodes whose result is a bool, so that none needs to be wrapped in a value.
fn is_condition(node: &Node) -> bool {
    matches!(
        node,
        Node::And(..)
            | Node::Or(..)
            | Node::Not(_)
            | Node::Present(_)
            | Node::Has { .. }
            | Node::Equal(..)
            | Node::NotEqual(..)
            | Node::Order(..)
            | Node::In(..)
            | Node::Matches { .. }
    )
}

/// The value of `?item`, if it has one.
fn optional_item(value: Value) -> Result<Option<Value>, EvalError> {
    match value {
        Value::Optional(inner) => Ok(inner.map(Arc::unwrap_or_clone)),
        other => Err(ops::no_overload_unary("?", &other)),
    }
}

/// What walking through the value costs, nothing for what is small. It stops counting past the
/// limit: values may share parts and be far larger than what they take in memory.
pub(super) fn weight(value: &Value) -> usize {
    let mut total = 0;
    weigh(value, &mut total);
    total
}

fn weigh(value: &Value, total: &mut usize) {
    if *total > MAX_STEPS as usize {
        return;
    }
    match value {
        Value::String(text) => *total += text.len() / 32,
        Value::Bytes(bytes) => *total += bytes.len() / 32,
        Value::List(items) => {
            *total += items.len().div_ceil(4);
            items.iter().for_each(|item| weigh(item, total));
        }
        Value::Map(entries) => {
            *total += entries.len().div_ceil(2);
            entries.iter().for_each(|(_, item)| weigh(item, total));
        }
        Value::Object(object) => {
            *total += object.slots.len().div_ceil(4);
            object.slots.iter().for_each(|item| weigh(item, total));
        }
        Value::Optional(Some(inner)) => weigh(inner, total),
        _ => {}
    }
}

fn limit() -> EvalError {
    EvalError::new(
        EvalErrorKind::Limit,
        format!("the evaluation takes more than {MAX_STEPS} steps"),
    )
}

fn not_bool(value: &Value) -> EvalError {
    EvalError::new(
        EvalErrorKind::NoSuchOverload,
        format!(
            "no such overload: expected bool, found {}",
            value.kind_name()
        ),
    )
}

/// A node was sent to the wrong half of the evaluator; the two lists above keep it from happening.
fn internal() -> EvalError {
    EvalError::new(
        EvalErrorKind::NoSuchOverload,
        "this expression cannot be evaluated",
    )
}
