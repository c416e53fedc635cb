//! A value that a condition reads: at a root, or inside an element of a list that a macro walks
//! through.

use crate::cel::{Ast, Captured, ExprId, Kind, ObjectValue, Program, Value};
use crate::model::env::slot;
use std::sync::Arc;

/// Where a value stands.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    root: u16,
    path: Vec<u16>,
    /// Of an element of the list there: the first, and the fields below it.
    element: Option<Vec<String>>,
    /// As it is written.
    pub text: String,
}

/// The variable of a macro, while the list has but one element.
#[derive(Clone, Copy)]
pub(super) struct Local<'a> {
    pub name: &'a str,
    pub list: &'a Fact,
    /// Which element that is.
    pub index: usize,
}

impl Fact {
    /// What this part reads, where it reads a root and nothing else.
    pub(super) fn of_load(program: &Program, ast: &Ast, id: ExprId) -> Option<Self> {
        let (_, root, path) = program.loads().into_iter().find(|load| load.0 == id)?;
        Some(Self {
            root,
            path,
            element: None,
            text: written(ast, id),
        })
    }

    /// All that is read below a part, each once, in the order of the text.
    pub(super) fn below(
        program: &Program,
        ast: &Ast,
        id: ExprId,
        locals: &[Local<'_>],
    ) -> Vec<Self> {
        let loads = program.loads();
        let mut facts: Vec<Self> = Vec::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let fact = match loads.iter().find(|load| load.0 == id) {
                Some((_, root, path)) => Some(Self {
                    root: *root,
                    path: path.clone(),
                    element: None,
                    text: written(ast, id),
                }),
                None => Self::of_local(ast, id, locals),
            };
            if let Some(fact) = fact {
                if !facts.iter().any(|known| known.text == fact.text) {
                    facts.push(fact);
                }
                continue;
            }
            let mut below = Vec::new();
            ast.kind(id).for_each_child(|child| below.push(child));
            open.extend(below.into_iter().rev());
        }
        facts
    }

    /// `i.category`, where `i` is the variable of a macro.
    fn of_local(ast: &Ast, id: ExprId, locals: &[Local<'_>]) -> Option<Self> {
        let mut fields = Vec::new();
        let mut at = id;
        while let Kind::Select { operand, field, .. } = ast.kind(at) {
            fields.push(ast.name(field).to_string());
            at = *operand;
        }
        let Kind::Ident(name) = ast.kind(at) else {
            return None;
        };
        let local = locals.iter().find(|local| *local.name == *ast.name(name))?;
        fields.reverse();
        let mut text = format!("{}[{}]", local.list.text, local.index);
        for field in &fields {
            text.push('.');
            text.push_str(field);
        }
        Some(Self {
            root: local.list.root,
            path: local.list.path.clone(),
            text,
            element: Some(fields),
        })
    }

    pub(super) fn value(&self, saw: &Captured) -> Value {
        let whole = saw.get(self.root, &self.path);
        match (&self.element, &whole) {
            (None, _) => whole,
            (Some(fields), Value::List(items)) => {
                let mut value = items.first().cloned().unwrap_or(Value::Null);
                for field in fields {
                    value = get(&value, field);
                }
                value
            }
            (Some(_), _) => Value::Null,
        }
    }

    /// What is seen with another value there.
    pub(super) fn set(&self, saw: &Captured, value: Value) -> Captured {
        let Some(fields) = &self.element else {
            return saw.with(self.root, &self.path, value);
        };
        match saw.get(self.root, &self.path) {
            Value::List(items) if !items.is_empty() => {
                let mut items = (*items).clone();
                items[0] = put(&items[0], fields, value);
                saw.with(self.root, &self.path, Value::list(items))
            }
            _ => saw.clone(),
        }
    }

    /// How little it helps to know that this should have been another.
    pub(super) const fn reluctance(&self) -> u64 {
        match self.root {
            slot::NOW => 2_000,
            slot::SESSION | slot::TRIGGER => 1_000,
            _ => 0,
        }
    }
}

fn written(ast: &Ast, id: ExprId) -> String {
    match ast.kind(id) {
        Kind::Select { operand, field, .. } => {
            format!("{}.{}", written(ast, *operand), ast.name(field))
        }
        Kind::Ident(name) => ast.name(name).to_string(),
        _ => "it".to_owned(),
    }
}

fn get(value: &Value, field: &str) -> Value {
    match value {
        Value::Object(object) => object.get(field).cloned().unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

fn put(value: &Value, fields: &[String], new: Value) -> Value {
    let Some((first, rest)) = fields.split_first() else {
        return new;
    };
    let Value::Object(object) = value else {
        return value.clone();
    };
    let Some((slot, _)) = object.ty.field(first) else {
        return value.clone();
    };
    let mut slots = object.slots.clone();
    slots[slot] = put(&slots[slot], rest, new);
    Value::Object(Arc::new(ObjectValue {
        ty: object.ty.clone(),
        slots,
    }))
}
