//! Literals take the type that is due: an int literal is a double where a double is, a text is of
//! the enum, also through `?:`, lists, maps and `orValue`.

use super::super::ast::{ExprId, Kind, Literal, UnaryOp};
use super::super::error::Problem;
use super::super::types::{EnumType, Type};
use super::Checker;
use super::names::word_of_cel;
use super::relate::{assignable, join};
use crate::diagnostic::{Applicability, codes, did_you_mean, nearest};

impl Checker<'_> {
    /// Lets the literals of a node take the type that is due.
    pub(super) fn adapt(&mut self, id: ExprId, due: &Type) {
        if self.env.lenient {
            // In the standard a literal is of its own type, whatever is due.
            return;
        }
        let ast = self.ast;
        match (ast.kind(id), due.present()) {
            (Kind::Literal(Literal::Int(_)), Type::Double) => self.set_type(id, Type::Double),
            (Kind::Literal(Literal::String(text)), Type::Enum(values))
                if *self.ty(id) == Type::String =>
            {
                self.enum_value(id, text, values);
                self.set_type(id, due.present().clone());
            }
            (Kind::Ident(_), Type::Enum(_) | Type::String) => self.bare_word(id, due.present()),
            (
                Kind::Unary {
                    op: UnaryOp::Negate,
                    operand,
                    ..
                },
                Type::Double,
            ) => {
                self.adapt(*operand, due);
                if *self.ty(*operand) == Type::Double {
                    self.set_type(id, Type::Double);
                }
            }
            (
                Kind::Conditional {
                    then, otherwise, ..
                },
                _,
            ) => {
                self.adapt(*then, due);
                self.adapt(*otherwise, due);
                if let Some(ty) = join(self.ty(*then), self.ty(*otherwise)) {
                    self.set_type(id, ty);
                }
            }
            (Kind::List(items), Type::List(element)) => {
                let optional = Type::Optional(element.clone());
                let mut ty = Some(Type::Error);
                for item in items {
                    self.adapt(item.value, if item.optional { &optional } else { element });
                    let item_ty = self.item_type(*item);
                    ty = ty.and_then(|ty| join(&ty, &item_ty));
                }
                if let Some(ty) = ty {
                    self.set_type(id, Type::list(ty));
                }
            }
            (Kind::Map(entries), Type::Map(key, value)) => {
                let optional = Type::Optional(value.clone());
                let (mut keys, mut values) = (Some(Type::Error), Some(Type::Error));
                for entry in entries {
                    self.adapt(entry.key, key);
                    self.adapt(entry.value, if entry.optional { &optional } else { value });
                    let value_ty = self.entry_type(*entry);
                    keys = keys.and_then(|ty| join(&ty, self.ty(entry.key)));
                    values = values.and_then(|ty| join(&ty, &value_ty));
                }
                if let (Some(keys), Some(values)) = (keys, values) {
                    self.set_type(id, Type::Map(keys.into(), values.into()));
                }
            }
            (
                Kind::Call {
                    target: Some(target),
                    function,
                    args,
                },
                due,
            ) => self.adapt_call(id, *target, self.ast.name(function), args, due),
            _ => {}
        }
    }

    /// Optionals hand on what is due to the value inside.
    fn adapt_call(
        &mut self,
        id: ExprId,
        target: ExprId,
        function: &str,
        args: &[ExprId],
        due: &Type,
    ) {
        let namespaced = self.callees.get(id).is_some_and(|c| c.namespaced);
        match (function, args, due) {
            ("orValue", [value], due) if !namespaced => {
                self.adapt(target, &Type::Optional(due.clone().into()));
                self.adapt(*value, due);
                if let Type::Optional(inner) = self.ty(target)
                    && let Some(ty) = join(inner, self.ty(*value))
                {
                    self.set_type(id, ty);
                }
            }
            ("or", [other], Type::Optional(_)) if !namespaced => {
                self.adapt(target, due);
                self.adapt(*other, due);
                if let Some(ty) = join(self.ty(target), self.ty(*other)) {
                    self.set_type(id, ty);
                }
            }
            ("of" | "ofNonZeroValue", [value], Type::Optional(inner)) if namespaced => {
                self.adapt(*value, inner);
                let ty = self.ty(*value).present().clone();
                self.set_type(id, Type::Optional(ty.into()));
            }
            _ => {}
        }
    }

    /// Whether the literals of a node could take the type.
    pub(super) fn adaptable(&self, id: ExprId, due: &Type) -> bool {
        match (self.ast.kind(id), due.present()) {
            _ if self.env.lenient => false,
            (Kind::Literal(Literal::Int(_)), Type::Double)
            | (Kind::Literal(Literal::String(_)), Type::Enum(_)) => true,
            (
                Kind::Unary {
                    op: UnaryOp::Negate,
                    operand,
                    ..
                },
                Type::Double,
            ) => self.adaptable(*operand, due),
            (
                Kind::Conditional {
                    then, otherwise, ..
                },
                _,
            ) => [then, otherwise]
                .into_iter()
                .all(|branch| assignable(self.ty(*branch), due) || self.adaptable(*branch, due)),
            (Kind::List(items), Type::List(element)) => items.iter().all(|item| {
                assignable(&self.item_type(*item), element)
                    || !item.optional && self.adaptable(item.value, element)
            }),
            _ => false,
        }
    }

    fn enum_value(&mut self, id: ExprId, text: &str, values: &EnumType) {
        if values.values.iter().any(|v| **v == *text) {
            return;
        }
        let known: Vec<&str> = values.values.iter().map(|v| &**v).collect();
        let range = self.ast.range(id);
        let problem = Problem::new(
            &codes::UNKNOWN_ENUM_VALUE,
            range,
            format!(
                "`{text}` is not one of `{}`",
                Type::Enum(values.clone().into())
            ),
        );
        self.report(match nearest(text, known.iter().copied()) {
            Some(best) => problem.help(format!("did you mean `{best}`?")).fix(
                Applicability::Unsafe,
                format!("write `{best}`"),
                range,
                format!("\"{best}\""),
            ),
            None => match did_you_mean::list(&known) {
                Some(list) => problem.help(list),
                None => problem,
            },
        });
    }

    /// A name that nothing declares, where quoted text is expected: a text was meant.
    fn bare_word(&mut self, id: ExprId, due: &Type) {
        let Kind::Ident(name) = self.ast.kind(id) else {
            return;
        };
        let Some(problem) = self.unknown.get(id).map(|at| &mut self.problems[*at]) else {
            return;
        };
        let word = self.ast.name(name);
        let meant = if let Type::Enum(values) = due {
            values.values.iter().any(|v| **v == *word)
        } else {
            // `NO` is a country, whatever name is near; `None` is a word for `null`.
            let proper = word.starts_with(|c: char| c.is_ascii_uppercase());
            problem.fixes.is_empty() || proper && word_of_cel(word).is_none()
        };
        if meant {
            let quoted = format!("\"{word}\"");
            *problem = Problem::new(
                &codes::BARE_WORD,
                name.range,
                format!("`{word}` is a bare word, where quoted text is expected"),
            )
            .help(format!("quote it: `{quoted}`"))
            .fix(Applicability::Safe, "quote it", name.range, quoted);
        }
    }
}
