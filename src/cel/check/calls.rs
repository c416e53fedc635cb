//! Calls of functions: which overloads the arguments choose, and what is wrong with a call.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::super::ast::{ExprId, Kind, Name};
use super::super::error::Problem;
use super::super::functions::{self, Overload};
use super::super::types::Type;
use super::facts::Outcome;
use super::misfits::{unknown_function, wrong_count};
use super::signatures::{Bindings, Misfit};
use super::{Callee, Checker, Typed};
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

/// A call as it is written.
pub(super) struct Site<'a> {
    pub id: ExprId,
    /// The whole name: `math.abs`.
    pub name: Cow<'a, str>,
    pub range: TextRange,
    /// The target first, where it is a value.
    pub args: &'a [ExprId],
    pub receiver: bool,
    pub namespaced: bool,
}

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        id: ExprId,
        target: Option<ExprId>,
        function: &Name,
        args: &[ExprId],
    ) -> Typed {
        let ast = self.ast;
        if let Some(typed) = self.macro_call(id, target, function, args) {
            return typed;
        }
        if let Some(target) = target
            && let Some(prefix) = self.namespace(target)
        {
            let name = format!("{prefix}.{}", ast.name(function));
            let dotted = functions::lookup(&name).is_some();
            if dotted || is_namespace(&prefix) {
                return self.resolve(&Site {
                    id,
                    name: name.into(),
                    range: function.range,
                    args,
                    receiver: false,
                    namespaced: true,
                });
            }
        }
        let all: SmallVec<[ExprId; 4]> = target.into_iter().chain(args.iter().copied()).collect();
        self.resolve(&Site {
            id,
            name: ast.name(function).into(),
            range: function.range,
            args: &all,
            receiver: target.is_some(),
            namespaced: false,
        })
    }

    /// The target as the first part of a function's name, where it names no value.
    fn namespace(&self, target: ExprId) -> Option<String> {
        let first = self.first_name(target)?;
        let taken = self.env.root(first).is_some() || self.scope.iter().any(|v| *v.name == *first);
        if taken {
            return None;
        }
        self.dotted_name(target)
    }

    fn resolve(&mut self, site: &Site<'_>) -> Typed {
        let Some(function) = functions::lookup(&site.name) else {
            return self.unknown_call(site);
        };
        if let Some(typed) = self.format_call(site) {
            return typed;
        }
        let checked: SmallVec<[Typed; 3]> = site.args.iter().map(|arg| self.check(*arg)).collect();
        if self.plain_alternative(site, function.name, &checked) {
            return Typed::error();
        }
        for (at, typed) in checked.iter().enumerate() {
            if takes_absent(function.name, at) {
                continue;
            }
            self.present(site.args[at], typed);
        }
        let styled: SmallVec<[&'static Overload; 8]> = function
            .overloads
            .iter()
            .filter(|o| o.receiver == site.receiver)
            .collect();
        if styled.is_empty() {
            let problem = self.wrong_style(site);
            self.report(problem);
            return Typed::error();
        }
        let counted: SmallVec<[&'static Overload; 8]> = styled
            .iter()
            .copied()
            .filter(|o| o.params.len() == site.args.len())
            .collect();
        if counted.is_empty() {
            let problem = wrong_count(site, function, &styled);
            self.report(problem);
            return Typed::error();
        }
        let chosen = self.choose(site, &counted);
        let Some((first, bindings)) = chosen.first() else {
            self.wrong_arguments(site, function, &counted);
            return match counted.as_slice() {
                [only] => Typed::of(Bindings::default().resolve(only.result)),
                _ => Typed::error(),
            };
        };
        self.callees.insert(
            site.id,
            Callee {
                overloads: chosen.iter().map(|(o, _)| *o).collect(),
                namespaced: site.namespaced,
            },
        );
        if chosen.len() == 1 {
            for (arg, sig) in site.args.iter().zip(first.params) {
                let due = bindings.resolve(*sig);
                self.adapt(*arg, &due);
            }
            self.constant_call(site.id, function.name, first, site.args);
        }
        let result = bindings.resolve(first.result);
        let same = chosen.iter().all(|(o, b)| b.resolve(o.result) == result);
        let unsure = site.args.iter().any(|arg| self.ty(*arg).is_error());
        let ty = match (same, unsure) {
            (true, _) => result,
            (false, true) => Type::Error,
            (false, false) => Type::Dyn,
        };
        let typed = Typed::of(ty);
        self.optional_facts(site, &checked, typed)
    }

    /// Reports `x.y.orValue(…)` where `x.?y.orValue(…)` was meant.
    fn plain_alternative(&mut self, site: &Site<'_>, name: &str, checked: &[Typed]) -> bool {
        let Some((target, typed)) = site.args.first().zip(checked.first()) else {
            return false;
        };
        let Kind::Select { field, .. } = self.ast.kind(*target) else {
            return false;
        };
        let asks = matches!(name, "orValue" | "hasValue" | "optMap" | "or");
        if !asks || !site.receiver || !matches!(typed.ty, Type::Nullable(_)) {
            return false;
        }
        let shown = typed
            .path
            .as_ref()
            .map_or("this value".into(), super::facts::Path::shown);
        let mended = format!("?{}", self.ast.name(field));
        let problem = Problem::new(
            &codes::POSSIBLY_ABSENT,
            self.ast.range(*target),
            format!("`{shown}` may be absent"),
        )
        .here(format!("this is `{}`", typed.ty))
        .help(format!(
            "write `.{mended}`: `{name}` is for what is read with `.?`"
        ))
        .fix(
            Applicability::Unsafe,
            format!("write `.{mended}`"),
            field.range,
            mended,
        );
        self.report(problem);
        true
    }

    fn unknown_call(&mut self, site: &Site<'_>) -> Typed {
        let (target, args) = site.args.split_at(usize::from(site.receiver));
        let known = target.iter().all(|id| !self.check(*id).ty.is_error());
        if known {
            let value = args.is_empty() && !site.receiver && self.env.root(&site.name).is_some();
            self.report(unknown_function(site, value));
        }
        // With a variable of its own it was meant as a macro, which would declare it.
        let has_variable = site.receiver
            && args.len() > 1
            && matches!(self.ast.kind(args[0]), Kind::Ident(name) if self.env.root(self.ast.name(name)).is_none());
        let mut typed = Typed::error();
        if !has_variable {
            for arg in args {
                // It may have been a guard: `hase(event.coupon)`.
                if let Some(path) = self.check(*arg).path {
                    typed.yes = typed.yes.and(&Outcome::present(&path));
                    self.known.tell(&path);
                }
            }
        }
        typed
    }

    /// The overloads that take the arguments: exactly, or else with int literals as doubles and
    /// texts as values of enums.
    fn choose(
        &self,
        site: &Site<'_>,
        overloads: &[&'static Overload],
    ) -> SmallVec<[(&'static Overload, Bindings); 2]> {
        for adapting in [false, true] {
            let found: SmallVec<_> = overloads
                .iter()
                .filter_map(|o| Some((*o, self.match_overload(site, o, adapting).ok()?)))
                .collect();
            if !found.is_empty() {
                return found;
            }
        }
        SmallVec::new()
    }

    /// What the type parameters stand for, or the first argument that does not fit.
    pub(super) fn match_overload(
        &self,
        site: &Site<'_>,
        overload: &Overload,
        adapting: bool,
    ) -> Result<Bindings, Misfit> {
        let mut bindings = Bindings::default();
        for (at, (arg, sig)) in site.args.iter().zip(overload.params).enumerate() {
            // A literal may take the type that the arguments before it have decided.
            let due = bindings.resolve(*sig);
            let takes_literals = adapting || matches!(due, Type::Enum(_));
            if takes_literals && !due.is_error() && self.adaptable(*arg, &due) {
                continue;
            }
            if !bindings.fit(*sig, self.ty(*arg), self.env.lenient) {
                let due = bindings.due(*sig);
                return Err(Misfit { at, due });
            }
        }
        Ok(bindings)
    }

    /// What asking and opening an optional proves and needs.
    fn optional_facts(&mut self, site: &Site<'_>, checked: &[Typed], mut typed: Typed) -> Typed {
        if !site.receiver {
            return typed;
        }
        match (&*site.name, checked) {
            ("hasValue", [target]) => {
                if let Some(path) = &target.path {
                    typed.yes = Outcome::present(path);
                }
            }
            ("value", [target]) => self.opened(site.args[0], target),
            _ => {}
        }
        typed
    }
}

/// Whether functions' names begin so.
fn is_namespace(prefix: &str) -> bool {
    functions::all().any(|f| {
        f.name
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// Parameters that may be given what may be absent.
fn takes_absent(function: &str, at: usize) -> bool {
    matches!(
        (function, at),
        ("orValue", 1) | ("optional.ofNonZeroValue", 0)
    )
}
