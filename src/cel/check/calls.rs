//! Calls of functions: which overloads the arguments choose, and what is wrong with a call.

use super::super::ast::{ExprId, Kind, Name};
use super::super::error::Problem;
use super::super::functions::{self, Function, Overload};
use super::super::types::Type;
use super::facts::Outcome;
use super::signatures::{Bindings, describe, describe_sig};
use super::{Callee, Checker, Typed};
use crate::diagnostic::{Applicability, codes, nearest};
use crate::source::TextRange;

/// How many signatures a help lists.
const LISTED: usize = 4;

/// A call as it is written.
struct Site<'a> {
    id: ExprId,
    /// The whole name: `math.abs`.
    name: String,
    range: TextRange,
    /// The target first, where it is a value.
    args: &'a [ExprId],
    receiver: bool,
    namespaced: bool,
}

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        id: ExprId,
        target: Option<ExprId>,
        function: &Name,
        args: &[ExprId],
    ) -> Typed {
        if let Some(typed) = self.macro_call(id, target, function, args) {
            return typed;
        }
        if let Some(target) = target
            && let Some(prefix) = self.namespace(target)
        {
            let name = format!("{prefix}.{}", function.text);
            let dotted = functions::lookup(&name).is_some();
            if dotted || self.is_only_namespace(&prefix) {
                return self.resolve(&Site {
                    id,
                    name,
                    range: function.range,
                    args,
                    receiver: false,
                    namespaced: true,
                });
            }
        }
        let all: Vec<ExprId> = target.into_iter().chain(args.iter().copied()).collect();
        self.resolve(&Site {
            id,
            name: function.text.to_string(),
            range: function.range,
            args: &all,
            receiver: target.is_some(),
            namespaced: false,
        })
    }

    /// The target as the first part of a function's name, where it names no value.
    fn namespace(&self, target: ExprId) -> Option<String> {
        let name = self.dotted_name(target)?;
        let first = name.split('.').next().unwrap_or_default();
        let taken = self.env.root(first).is_some() || self.scope.iter().any(|v| &*v.name == first);
        (!taken).then_some(name)
    }

    /// Whether functions' names begin so.
    fn is_only_namespace(&self, prefix: &str) -> bool {
        functions::all().any(|f| {
            f.name
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    }

    fn resolve(&mut self, site: &Site<'_>) -> Typed {
        let checked: Vec<Typed> = site.args.iter().map(|arg| self.check(*arg)).collect();
        let Some(function) = functions::lookup(&site.name) else {
            if !(site.receiver && checked[0].ty.is_error()) {
                let problem = self.unknown_function(site);
                self.report(problem);
            }
            return Typed::error();
        };
        let takes_absent = |at: usize| match (function.name, at) {
            ("orValue", 1) => true,
            ("optional.ofNonZeroValue", 0) => true,
            _ => false,
        };
        for (at, typed) in checked.iter().enumerate() {
            if takes_absent(at) {
                continue;
            }
            self.present(site.args[at], typed);
        }
        let styled: Vec<&'static Overload> = function
            .overloads
            .iter()
            .filter(|o| o.receiver == site.receiver)
            .collect();
        if styled.is_empty() {
            let problem = self.wrong_style(site);
            self.report(problem);
            return Typed::error();
        }
        let counted: Vec<&'static Overload> = styled
            .iter()
            .copied()
            .filter(|o| o.params.len() == site.args.len())
            .collect();
        if counted.is_empty() {
            let problem = self.wrong_count(site, function, &styled);
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
            self.constant_call(function.name, first, site.args);
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

    /// The overloads that take the arguments: exactly, or else with int literals as doubles and
    /// texts as values of enums.
    fn choose(
        &self,
        site: &Site<'_>,
        overloads: &[&'static Overload],
    ) -> Vec<(&'static Overload, Bindings)> {
        for adapting in [false, true] {
            let found: Vec<_> = overloads
                .iter()
                .filter_map(|o| Some((*o, self.match_overload(site, o, adapting).ok()?)))
                .collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// What the type parameters stand for, or the first argument that does not fit.
    fn match_overload(
        &self,
        site: &Site<'_>,
        overload: &Overload,
        adapting: bool,
    ) -> Result<Bindings, usize> {
        let mut bindings = Bindings::default();
        for (at, (arg, sig)) in site.args.iter().zip(overload.params).enumerate() {
            // A literal may take the type that the arguments before it have decided.
            let due = bindings.resolve(*sig);
            let takes_literals = adapting || matches!(due, Type::Enum(_));
            if takes_literals && !due.is_error() && self.adaptable(*arg, &due) {
                continue;
            }
            if !bindings.fit(*sig, self.ty(*arg), self.env.lenient) {
                return Err(at);
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
                    typed.yes = Outcome::present(&path.key);
                }
            }
            ("value", [target]) => self.opened(site.args[0], target),
            _ => {}
        }
        typed
    }

    fn unknown_function(&self, site: &Site<'_>) -> Problem {
        let problem = Problem::new(
            &codes::UNKNOWN_FUNCTION,
            site.range,
            format!("there is no function `{}`", site.name),
        );
        if site.name == "not" {
            return problem.help("write `!`").fix(
                Applicability::Safe,
                "write `!`",
                site.range,
                "!",
            );
        }
        let names = functions::all()
            .filter(|f| f.overloads.iter().any(|o| o.receiver == site.receiver))
            .map(|f| f.name)
            .chain(super::macros::names(site.receiver));
        let any = functions::all().map(|f| f.name);
        match nearest(&site.name, names).or_else(|| nearest(&site.name, any)) {
            Some(best) => {
                let last = best.rsplit('.').next().unwrap_or(best);
                let text = if site.namespaced { last } else { best };
                problem.help(format!("did you mean `{best}`?")).fix(
                    Applicability::Unsafe,
                    format!("write `{best}`"),
                    site.range,
                    text,
                )
            }
            None => problem,
        }
    }

    /// `startsWith(a, b)` for `a.startsWith(b)`, and the other way round.
    fn wrong_style(&self, site: &Site<'_>) -> Problem {
        let name = &site.name;
        let shown = |id: &ExprId| match (self.dotted_name(*id), self.ast.kind(*id)) {
            (Some(name), _) => name,
            _ => "…".into(),
        };
        let args: Vec<String> = site.args.iter().map(shown).collect();
        let (what, how) = match args.split_first() {
            Some((target, rest)) if !site.receiver => (
                format!("`{name}` is called on a value"),
                format!("{target}.{name}({})", rest.join(", ")),
            ),
            _ => (
                format!("`{name}` is not called on a value"),
                format!("{name}({})", args.join(", ")),
            ),
        };
        Problem::new(&codes::UNKNOWN_FUNCTION, site.range, what).help(format!("write `{how}`"))
    }

    fn wrong_count(&self, site: &Site<'_>, function: &Function, styled: &[&Overload]) -> Problem {
        let own = usize::from(site.receiver);
        let mut counts: Vec<usize> = styled.iter().map(|o| o.params.len() - own).collect();
        counts.sort_unstable();
        counts.dedup();
        let due = match counts.as_slice() {
            [1] => "1 argument".into(),
            [one] => format!("{one} arguments"),
            many => {
                let many: Vec<String> = many.iter().map(ToString::to_string).collect();
                format!("{} arguments", many.join(" or "))
            }
        };
        Problem::new(
            &codes::INVALID_ARGUMENTS,
            site.range,
            format!("`{}` takes {due}, not {}", site.name, site.args.len() - own),
        )
        .help(signatures(function.name, styled))
    }

    /// Points at the argument that no overload takes, or at the name where they disagree.
    fn wrong_arguments(
        &mut self,
        site: &Site<'_>,
        function: &Function,
        counted: &[&'static Overload],
    ) {
        if site.args.iter().any(|arg| self.ty(*arg).is_error()) {
            return;
        }
        let mut misfits: Vec<usize> = counted
            .iter()
            .filter_map(|o| self.match_overload(site, o, true).err())
            .collect();
        misfits.sort_unstable();
        misfits.dedup();
        let help = signatures(function.name, counted);
        let problem = match misfits.as_slice() {
            [at] => {
                let arg = site.args[*at];
                let ty = self.ty(arg).clone();
                let mut due: Vec<String> = Vec::new();
                for overload in counted {
                    let sig = describe_sig(overload.params[*at]);
                    if !due.contains(&sig) {
                        due.push(sig);
                    }
                }
                let message = if site.receiver && *at == 0 {
                    format!("`{}` cannot be called on `{ty}`", site.name)
                } else {
                    let due = due.iter().map(|d| format!("`{d}`")).collect::<Vec<_>>();
                    format!(
                        "`{}` takes {} here, not `{ty}`",
                        site.name,
                        due.join(" or ")
                    )
                };
                let problem = Problem::new(&codes::INVALID_ARGUMENTS, self.ast.range(arg), message)
                    .here(format!("this is `{ty}`"));
                match (&ty, self.ast.kind(arg)) {
                    (Type::Optional(_), _) if due.iter().all(|d| !d.starts_with("optional")) => {
                        problem.help("take the value out first: `.orValue(…)`")
                    }
                    (_, Kind::Literal(_)) | (_, _) => problem.help(help),
                }
            }
            _ => {
                let types: Vec<String> = site
                    .args
                    .iter()
                    .map(|arg| format!("`{}`", self.ty(*arg)))
                    .collect();
                Problem::new(
                    &codes::INVALID_ARGUMENTS,
                    site.range,
                    format!("`{}` does not take {}", site.name, types.join(", ")),
                )
                .help(help)
            }
        };
        self.report(problem);
    }
}

/// "it is `a(int) -> int`, or …"
fn signatures(name: &str, overloads: &[&Overload]) -> String {
    let mut listed: Vec<String> = overloads
        .iter()
        .take(LISTED)
        .map(|o| format!("`{}`", describe(name, o)))
        .collect();
    if overloads.len() > LISTED {
        listed.push("…".into());
    }
    format!("there is {}", listed.join(", "))
}
