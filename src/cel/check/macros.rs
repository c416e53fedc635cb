//! Macros: calls whose arguments are not worked out first: `has`, `all`, `exists`, `exists_one`,
//! `map`, `filter`, `optMap`, `optFlatMap` and `cel.bind`.

use std::sync::Arc;

use super::super::ast::{Ast, ExprId, Kind, Name};
use super::super::error::Problem;
use super::super::types::Type;
use super::facts::Outcome;
use super::{Checker, Typed, Variable};
use crate::diagnostic::codes;

/// Macros that are called on a value, and how they are written.
const ON_VALUES: &[(&str, &[usize], &str)] = &[
    ("all", &[2], "list.all(x, condition)"),
    ("exists", &[2], "list.exists(x, condition)"),
    ("exists_one", &[2], "list.exists_one(x, condition)"),
    ("existsOne", &[2], "list.existsOne(x, condition)"),
    ("filter", &[2], "list.filter(x, condition)"),
    ("map", &[2, 3], "list.map(x, value)"),
    ("optMap", &[2], "optional.optMap(x, value)"),
    ("optFlatMap", &[2], "optional.optFlatMap(x, optional)"),
];

/// The macros' names, for did-you-mean.
pub(super) fn names(on_value: bool) -> impl Iterator<Item = &'static str> {
    let values = ON_VALUES
        .iter()
        .map(|(name, ..)| *name)
        .filter(move |_| on_value);
    values.chain((!on_value).then_some("has"))
}

/// Whether a call is one of a macro.
pub(in crate::cel) fn is_macro(ast: &Ast, target: Option<ExprId>, function: &str) -> bool {
    match target {
        None => function == "has",
        Some(target) => {
            let of_cel = matches!(ast.kind(target), Kind::Ident(name) if ast.name(name) == "cel");
            function == "bind" && of_cel || ON_VALUES.iter().any(|(name, ..)| *name == function)
        }
    }
}

impl Checker<'_> {
    /// Checks a macro's call; none if it is no macro.
    pub(super) fn macro_call(
        &mut self,
        id: ExprId,
        target: Option<ExprId>,
        function: &Name,
        args: &[ExprId],
    ) -> Option<Typed> {
        let Some(target) = target else {
            return (self.ast.name(function) == "has").then(|| self.has(function, args));
        };
        if self.ast.name(function) == "bind" && self.dotted_name(target).as_deref() == Some("cel") {
            return Some(self.bind(function, args));
        }
        let (name, counts, form) = ON_VALUES
            .iter()
            .find(|(name, ..)| *name == self.ast.name(function))?;
        if !counts.contains(&args.len()) {
            self.check(target);
            self.report(
                Problem::new(
                    &codes::INVALID_ARGUMENTS,
                    function.range,
                    format!("`{name}` takes a variable and an expression"),
                )
                .help(format!("write `{form}`")),
            );
            return Some(Typed::error());
        }
        let over = self.check(target);
        let over_ty = self.present(target, &over);
        let Some(variable) = self.variable(args[0], form) else {
            return Some(Typed::error());
        };
        let element = if name.starts_with("opt") {
            self.opened_element(target, name, &over_ty)
        } else {
            self.iterated_element(target, name, &over_ty)
        };
        let key = self.enter_variable(&variable, element.clone());
        let typed = self.body(name, &over_ty, &element, &args[1..]);
        self.scope.pop();
        let typed = Typed {
            yes: typed.yes.without(&key),
            no: typed.no.without(&key),
            ..typed
        };
        self.set_type(id, typed.ty.clone());
        Some(typed)
    }

    /// The iteration variable; reports anything but a name.
    fn variable(&mut self, id: ExprId, form: &str) -> Option<Box<str>> {
        match self.ast.kind(id) {
            Kind::Ident(name) if self.ast.range(id) == name.range => {
                Some(self.ast.name(name).into())
            }
            Kind::Error => None,
            _ => {
                self.report(
                    Problem::new(
                        &codes::INVALID_ARGUMENTS,
                        self.ast.range(id),
                        "expected the name of a variable",
                    )
                    .help(format!("write `{form}`")),
                );
                None
            }
        }
    }

    fn enter_variable(&mut self, name: &str, ty: Type) -> Arc<str> {
        self.variables += 1;
        // No root has such a name.
        let key: Arc<str> = Arc::from(format!("{name}#{}", self.variables));
        self.scope.push(Variable {
            name: name.into(),
            key: key.clone(),
            ty,
        });
        key
    }

    /// What the variable of an iteration stands for: elements of a list, keys of a map.
    fn iterated_element(&mut self, target: ExprId, name: &str, ty: &Type) -> Type {
        match ty {
            Type::List(element) => Type::clone(element),
            Type::Map(key, _) => Type::clone(key),
            Type::Dyn => Type::Dyn,
            Type::Error => Type::Error,
            other => {
                let problem = Problem::new(
                    &codes::INVALID_ARGUMENTS,
                    self.ast.range(target),
                    format!("`{name}` goes through a list or a map, not through `{other}`"),
                );
                self.report(match other {
                    Type::Optional(_) => problem.help("take the list out first: `.orValue([])`"),
                    _ => problem,
                });
                Type::Error
            }
        }
    }

    fn opened_element(&mut self, target: ExprId, name: &str, ty: &Type) -> Type {
        match ty {
            Type::Optional(inner) => Type::clone(inner),
            Type::Dyn => Type::Dyn,
            Type::Error => Type::Error,
            other => {
                self.report(
                    Problem::new(
                        &codes::INVALID_ARGUMENTS,
                        self.ast.range(target),
                        format!("`{name}` is called on an optional value, not on `{other}`"),
                    )
                    .help("read the field with `.?`"),
                );
                Type::Error
            }
        }
    }

    /// The expressions behind the variable.
    fn body(&mut self, name: &str, over: &Type, element: &Type, args: &[ExprId]) -> Typed {
        match (name, args) {
            ("map", [value]) => {
                let ty = self.value_body(&Outcome::default(), *value).ty;
                Typed::of(Type::list(ty))
            }
            ("map", [condition, value]) => {
                let condition = self.condition_body(name, *condition);
                let ty = self.value_body(&condition.yes, *value).ty;
                Typed::of(Type::list(ty))
            }
            ("filter", [condition]) => {
                self.condition_body(name, *condition);
                Typed::of(match over {
                    Type::List(_) | Type::Error | Type::Dyn => over.clone(),
                    _ => Type::list(element.clone()),
                })
            }
            ("optMap", [value]) => {
                let typed = self.value_body(&Outcome::default(), *value);
                let ty = self.present(*value, &typed);
                Typed::of(Type::Optional(ty.into()))
            }
            ("optFlatMap", [value]) => {
                let typed = self.value_body(&Outcome::default(), *value);
                if !matches!(typed.ty, Type::Optional(_) | Type::Dyn | Type::Error) {
                    self.report(
                        Problem::new(
                            &codes::TYPE_MISMATCH,
                            self.ast.range(*value),
                            format!("`optFlatMap` takes an optional value, not `{}`", typed.ty),
                        )
                        .help("write `optMap`"),
                    );
                    return Typed::error();
                }
                Typed::of(typed.ty)
            }
            (_, [condition]) => {
                let condition = self.condition_body(name, *condition);
                // One element at least made it so.
                let (yes, no) = match name {
                    "all" => (Outcome::default(), condition.no),
                    _ => (condition.yes, Outcome::default()),
                };
                Typed {
                    yes,
                    no,
                    ..Typed::of(Type::Bool)
                }
            }
            _ => Typed::error(),
        }
    }

    fn condition_body(&mut self, name: &str, id: ExprId) -> Typed {
        let typed = self.condition_given(&Outcome::default(), id);
        self.need_bool(name, id, &typed);
        typed
    }

    fn value_body(&mut self, given: &Outcome, id: ExprId) -> Typed {
        let before = self.condition.take();
        let typed = self.check_given(given, id);
        self.condition = before;
        typed
    }

    /// `has(a.b)`: whether the field is there; everything before it must be.
    fn has(&mut self, function: &Name, args: &[ExprId]) -> Typed {
        let [field_id] = args else {
            self.report(
                Problem::new(
                    &codes::INVALID_ARGUMENTS,
                    function.range,
                    format!("`has` takes 1 argument, not {}", args.len()),
                )
                .help("write `has(a.b)`"),
            );
            return Typed::of(Type::Bool);
        };
        let Kind::Select {
            optional: false, ..
        } = self.ast.kind(*field_id)
        else {
            let typed = self.check(*field_id);
            if !matches!(self.ast.kind(*field_id), Kind::Error) {
                let problem = Problem::new(
                    &codes::INVALID_ARGUMENTS,
                    self.ast.range(*field_id),
                    "`has` takes a field",
                );
                self.report(match (&typed.path, &typed.ty) {
                    (Some(path), Type::Nullable(_)) => {
                        problem.help(format!("write `{} != null`", path.shown()))
                    }
                    _ => problem.help("write `has(a.b)`"),
                });
            }
            return Typed::of(Type::Bool);
        };
        let field = self.check(*field_id);
        Typed {
            yes: field
                .path
                .as_ref()
                .map_or_else(Outcome::default, Outcome::present),
            ..Typed::of(Type::Bool)
        }
    }

    /// `cel.bind(x, value, expression)`.
    fn bind(&mut self, function: &Name, args: &[ExprId]) -> Typed {
        const FORM: &str = "cel.bind(x, value, expression)";
        let [variable, value, body] = args else {
            self.report(
                Problem::new(
                    &codes::INVALID_ARGUMENTS,
                    function.range,
                    format!("`cel.bind` takes 3 arguments, not {}", args.len()),
                )
                .help(format!("write `{FORM}`")),
            );
            return Typed::error();
        };
        let value = self.check(*value);
        let Some(variable) = self.variable(*variable, FORM) else {
            return Typed::error();
        };
        let key = self.enter_variable(&variable, value.ty);
        let typed = self.check(*body);
        self.scope.pop();
        Typed {
            yes: typed.yes.without(&key),
            no: typed.no.without(&key),
            ..Typed::of(typed.ty)
        }
    }
}
