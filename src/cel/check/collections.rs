//! Lists, maps and what stands in brackets behind them.

use std::collections::BTreeMap;

use super::super::ast::{ExprId, Kind, ListItem, Literal, MapEntry};
use super::super::error::Problem;
use super::super::types::Type;
use super::relate::{assignable, comparable, is_number, join};
use super::{Checker, Typed};
use crate::diagnostic::codes;

impl Checker<'_> {
    pub(super) fn list(&mut self, items: &[ListItem]) -> Typed {
        let mut element = Type::Error;
        let mut first = None;
        for (at, item) in items.iter().enumerate() {
            self.check(item.value);
            if item.optional {
                self.need_optional(item.value);
            }
            let ty = self.item_type(*item);
            let before = items[..at].iter().filter(|i| !i.optional).map(|i| i.value);
            let joined = self.join_values(&element, &ty, item.value, before);
            element = match joined {
                Some(joined) => joined,
                None if self.env.lenient => Type::Dyn,
                None => {
                    self.unlike("a list holds values", item.value, &ty, first, &element);
                    return Typed::of(Type::list(Type::Error));
                }
            };
            if !ty.is_error() {
                first.get_or_insert(item.value);
            }
        }
        Typed::of(Type::list(element))
    }

    /// What one more value makes of a list's elements; literals give way.
    fn join_values(
        &mut self,
        so_far: &Type,
        ty: &Type,
        value: ExprId,
        before: impl Iterator<Item = ExprId> + Clone,
    ) -> Option<Type> {
        if let Some(joined) = join(so_far, ty) {
            return Some(joined);
        }
        if self.adaptable(value, so_far) {
            self.adapt(value, so_far);
            return Some(so_far.clone());
        }
        if before.clone().all(|id| self.adaptable(id, ty)) {
            before.for_each(|id| self.adapt(id, ty));
            return Some(ty.clone());
        }
        None
    }

    fn unlike(
        &mut self,
        what: &str,
        value: ExprId,
        ty: &Type,
        first: Option<ExprId>,
        others: &Type,
    ) {
        let problem = Problem::new(
            &codes::TYPE_MISMATCH,
            self.ast.range(value),
            format!("{what} of one type: this is `{ty}`, those before are `{others}`"),
        )
        .here(format!("this is `{ty}`"));
        self.report(match first {
            Some(first) => problem.label(self.ast.range(first), format!("this is `{others}`")),
            None => problem,
        });
    }

    pub(super) fn item_type(&self, item: ListItem) -> Type {
        self.unwrapped(item.value, item.optional)
    }

    pub(super) fn entry_type(&self, entry: MapEntry) -> Type {
        self.unwrapped(entry.value, entry.optional)
    }

    fn unwrapped(&self, id: ExprId, optional: bool) -> Type {
        match self.ty(id) {
            Type::Optional(inner) if optional => Type::clone(inner),
            other => other.clone(),
        }
    }

    pub(super) fn need_optional(&mut self, id: ExprId) {
        let ty = self.ty(id).clone();
        if !matches!(ty, Type::Optional(_) | Type::Dyn | Type::Error) {
            self.report(
                Problem::new(
                    &codes::TYPE_MISMATCH,
                    self.ast.range(id),
                    format!("`?` takes an optional value, not `{ty}`"),
                )
                .help("leave out the `?`, or make it optional: `optional.of(…)`"),
            );
            self.set_type(id, Type::Error);
        }
    }

    pub(super) fn map(&mut self, entries: &[MapEntry]) -> Typed {
        let (mut keys, mut values) = (Type::Error, Type::Error);
        let mut written = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            let key = self.check(entry.key);
            let key_ty = self.present(entry.key, &key);
            if !is_key(&key_ty) {
                self.report(Problem::new(
                    &codes::TYPE_MISMATCH,
                    self.ast.range(entry.key),
                    format!("a map's keys are `string`, `int`, `uint` or `bool`, not `{key_ty}`"),
                ));
                self.set_type(entry.key, Type::Error);
            }
            self.repeated_key(&mut written, entry.key);
            self.check(entry.value);
            if entry.optional {
                self.need_optional(entry.value);
            }
            let key_ty = self.ty(entry.key).clone();
            let value_ty = self.entry_type(*entry);
            let before = &entries[..at];
            let before_keys = before.iter().map(|e| e.key);
            let before_values = before.iter().filter(|e| !e.optional).map(|e| e.value);
            let joined_keys = self.join_values(&keys, &key_ty, entry.key, before_keys);
            let joined_values = self.join_values(&values, &value_ty, entry.value, before_values);
            let first = entries.first().filter(|_| at > 0);
            if joined_keys.is_none() && !self.env.lenient {
                self.unlike(
                    "a map has keys",
                    entry.key,
                    &key_ty,
                    first.map(|e| e.key),
                    &keys,
                );
            }
            if joined_values.is_none() && !self.env.lenient {
                self.unlike(
                    "a map holds values",
                    entry.value,
                    &value_ty,
                    first.map(|e| e.value),
                    &values,
                );
            }
            let otherwise = if self.env.lenient {
                Type::Dyn
            } else {
                Type::Error
            };
            keys = joined_keys.unwrap_or_else(|| otherwise.clone());
            values = joined_values.unwrap_or(otherwise);
        }
        Typed::of(Type::Map(keys.into(), values.into()))
    }

    /// Reports a literal key that is among those `written` before, and adds it to them.
    fn repeated_key(&mut self, written: &mut BTreeMap<String, ExprId>, key: ExprId) {
        let Kind::Literal(literal) = self.ast.kind(key) else {
            return;
        };
        if self.env.lenient {
            return;
        }
        let first = *written.entry(format!("{literal:?}")).or_insert(key);
        if first != key {
            self.report(
                Problem::new(
                    &codes::INVALID_LITERAL,
                    self.ast.range(key),
                    "the map has this key twice",
                )
                .label(self.ast.range(first), "it appears here first"),
            );
        }
    }

    pub(super) fn index(&mut self, operand: ExprId, index: ExprId, optional: bool) -> Typed {
        let target = self.check(operand);
        let target = self.present(operand, &target);
        let at = self.check(index);
        let at = self.present(index, &at);
        let (container, optional) = match &target {
            Type::Optional(inner) => (Type::clone(inner.present()), true),
            other => (other.clone(), optional),
        };
        let element = match &container {
            Type::List(element) => {
                let fits = matches!(at, Type::Int | Type::Dyn | Type::Error)
                    || self.env.lenient && is_number(&at);
                if !fits {
                    self.report(Problem::new(
                        &codes::INVALID_OPERANDS,
                        self.ast.range(index),
                        format!("a list is indexed by `int`, not by `{at}`"),
                    ));
                }
                Type::clone(element)
            }
            Type::Map(key, value) => {
                self.adapt(index, key);
                let at = self.ty(index).clone();
                let fits = assignable(&at, key)
                    || is_number(&at) && is_number(key) && comparable(&at, key, self.env.lenient);
                if !fits {
                    self.report(Problem::new(
                        &codes::INVALID_OPERANDS,
                        self.ast.range(index),
                        format!("the map's keys are `{key}`, not `{at}`"),
                    ));
                }
                Type::clone(value)
            }
            Type::Dyn => Type::Dyn,
            Type::Error => return Typed::error(),
            other => {
                let problem = Problem::new(
                    &codes::INVALID_OPERANDS,
                    self.ast.range(operand),
                    format!("`[…]` reads from a list or a map, not from `{other}`"),
                );
                let problem = match (other, self.ast.kind(index)) {
                    (Type::Object(_), Kind::Literal(Literal::String(field))) => {
                        problem.help(format!("a field is read with a dot: `.{field}`"))
                    }
                    (Type::Object(_), _) => {
                        problem.help("fields are known when it is checked: read one with a dot")
                    }
                    (Type::String, _) => problem.help("to read a character, write `.charAt(…)`"),
                    _ => problem,
                };
                self.report(problem);
                return Typed::error();
            }
        };
        Typed::of(match element {
            element if !optional => element,
            Type::Optional(inner) => Type::Optional(inner),
            element => Type::Optional(element.present().clone().into()),
        })
    }
}

fn is_key(ty: &Type) -> bool {
    matches!(
        ty,
        Type::String
            | Type::Enum(_)
            | Type::Int
            | Type::Uint
            | Type::Bool
            | Type::Dyn
            | Type::Error
    )
}
