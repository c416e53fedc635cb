//! Fields and elements: plain, optional, and asked for with `has`.
//!
//! Absence passes through: a field of what is absent is absent. An optional passes its state on:
//! `a.?b.c` is an optional too.

use std::sync::Arc;

use super::super::error::{EvalError, EvalErrorKind};
use super::super::ops;
use super::super::value::{ObjectValue, Value};
use super::eval::Machine;
use super::{Node, NodeId};

impl<const TRACE: bool> Machine<'_, TRACE> {
    /// A field whose slot is known, if the object is of the type that the checker saw.
    pub(super) fn field(
        &mut self,
        operand: NodeId,
        slot: u16,
        name: u32,
    ) -> Result<Value, EvalError> {
        let name = self.program.name(name);
        if !TRACE && let Node::Local(local) = self.program.node(operand) {
            return field_of(&self.locals[usize::from(*local)], slot, name);
        }
        field_of(&self.value(operand)?, slot, name)
    }

    pub(super) fn select(&mut self, operand: NodeId, name: u32) -> Result<Value, EvalError> {
        select_from(&self.value(operand)?, self.program.name(name))
    }

    pub(super) fn optional_select(
        &mut self,
        operand: NodeId,
        name: u32,
    ) -> Result<Value, EvalError> {
        let name = self.program.name(name);
        lifted(self.value(operand)?, |value| find(value, name))
    }

    pub(super) fn has(&mut self, operand: NodeId, name: u32) -> Result<bool, EvalError> {
        let name = self.program.name(name);
        match self.value(operand)? {
            Value::Optional(None) => Ok(false),
            Value::Optional(Some(value)) => Ok(find(&value, name)?.is_some()),
            value => Ok(find(&value, name)?.is_some()),
        }
    }

    pub(super) fn index(&mut self, operand: NodeId, index: NodeId) -> Result<Value, EvalError> {
        let container = self.value(operand)?;
        let index = self.operand(index)?;
        match container {
            Value::Optional(_) => lifted(container, |value| ops::element(value, &index)),
            Value::Null => Ok(Value::Null),
            container => ops::index(&container, &index),
        }
    }

    pub(super) fn optional_index(
        &mut self,
        operand: NodeId,
        index: NodeId,
    ) -> Result<Value, EvalError> {
        let container = self.value(operand)?;
        let index = self.operand(index)?;
        lifted(container, |value| match value {
            Value::Null => Ok(None),
            value => ops::element(value, &index),
        })
    }
}

fn field_of(value: &Value, slot: u16, name: &str) -> Result<Value, EvalError> {
    match value {
        Value::Object(object) => Ok(slot_of(object, slot, name)),
        other => select_from(other, name),
    }
}

/// Types with the same fields are one type whatever their order: the name has the last word.
fn slot_of(object: &ObjectValue, slot: u16, name: &str) -> Value {
    let slot = usize::from(slot);
    let value = match object.ty.fields.get(slot) {
        Some(field) if *field.name == *name => object.slots.get(slot),
        _ => object.get(name),
    };
    value.cloned().unwrap_or(Value::Null)
}

fn select_from(value: &Value, name: &str) -> Result<Value, EvalError> {
    match value {
        Value::Map(entries) => ops::map_get_str(entries, name).cloned().ok_or_else(|| {
            EvalError::new(EvalErrorKind::NoSuchKey, format!("no such key: `{name}`"))
        }),
        Value::Optional(_) => lifted(value.clone(), |value| find(value, name)),
        value => Ok(find(value, name)?.unwrap_or(Value::Null)),
    }
}

/// The field's value, if it is there.
fn find(value: &Value, name: &str) -> Result<Option<Value>, EvalError> {
    let found = match value {
        Value::Object(object) => object.get(name),
        Value::Map(entries) => ops::map_get_str(entries, name),
        Value::Null => None,
        other => return Err(ops::no_overload_unary(&format!(".{name}"), other)),
    };
    Ok(found.filter(|v| !v.is_null()).cloned())
}

/// Looks into a value, or into that of an optional; what is found, or not, is an optional.
fn lifted(
    value: Value,
    find: impl FnOnce(&Value) -> Result<Option<Value>, EvalError>,
) -> Result<Value, EvalError> {
    let found = match value {
        Value::Optional(None) => None,
        Value::Optional(Some(inner)) => find(&inner)?,
        value => find(&value)?,
    };
    Ok(Value::Optional(found.map(Arc::new)))
}
