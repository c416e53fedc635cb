//! Calls that no function takes: what is said about them.

use super::super::ast::ExprId;
use super::super::error::Problem;
use super::super::functions::{self, Function, Overload};
use super::super::types::Type;
use super::Checker;
use super::calls::Site;
use super::signatures::{Misfit, describe};
use crate::diagnostic::{Applicability, codes, nearest};

/// How many signatures a help lists.
const LISTED: usize = 4;

impl Checker<'_> {
    /// `startsWith(a, b)` for `a.startsWith(b)`, and the other way round.
    pub(super) fn wrong_style(&self, site: &Site<'_>) -> Problem {
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

    /// Points at the argument that no overload takes, or at the name where they disagree.
    pub(super) fn wrong_arguments(
        &mut self,
        site: &Site<'_>,
        function: &Function,
        counted: &[&'static Overload],
    ) {
        if site.args.iter().any(|arg| self.ty(*arg).is_error()) {
            return;
        }
        let misfits: Vec<Misfit> = counted
            .iter()
            .filter_map(|o| self.match_overload(site, o, true).err())
            .collect();
        let help = signatures(function.name, counted);
        let one_place = misfits.windows(2).all(|pair| pair[0].at == pair[1].at);
        let problem = match misfits.first() {
            Some(misfit) if one_place => self.wrong_argument(site, misfit.at, &misfits, help),
            _ => {
                let types = site.args.iter().map(|arg| format!("`{}`", self.ty(*arg)));
                let types = types.collect::<Vec<_>>().join(", ");
                let message = format!("`{}` does not take {types}", site.name);
                Problem::new(&codes::INVALID_ARGUMENTS, site.range, message).help(help)
            }
        };
        self.report(problem);
    }

    fn wrong_argument(
        &self,
        site: &Site<'_>,
        at: usize,
        misfits: &[Misfit],
        signatures: String,
    ) -> Problem {
        let arg = site.args[at];
        let ty = self.ty(arg);
        let mut due: Vec<String> = Vec::new();
        for misfit in misfits {
            let quoted = format!("`{}`", misfit.due);
            if !due.contains(&quoted) {
                due.push(quoted);
            }
        }
        let due = due.join(" or ");
        let message = if site.receiver && at == 0 {
            format!("`{}` cannot be called on `{ty}`", site.name)
        } else {
            format!("`{}` takes {due} here, not `{ty}`", site.name)
        };
        let problem = Problem::new(&codes::INVALID_ARGUMENTS, self.ast.range(arg), message)
            .here(format!("this is `{ty}`"));
        match ty {
            Type::Optional(_) if !due.contains("optional") => {
                problem.help("take the value out first: `.orValue(…)`")
            }
            _ => problem.help(signatures),
        }
    }
}

/// "there is `a(int) -> int`, …"
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

/// What other languages call the functions and macros of ours.
const ELSEWHERE: &[(&str, &str)] = &[
    ("any", "exists"),
    ("some", "exists"),
    ("every", "all"),
    ("find", "filter"),
    ("where", "filter"),
    ("includes", "contains"),
    ("has", "contains"),
    ("len", "size"),
    ("length", "size"),
    ("count", "size"),
    ("toLowerCase", "lowerAscii"),
    ("lower", "lowerAscii"),
    ("toUpperCase", "upperAscii"),
    ("upper", "upperAscii"),
    ("strip", "trim"),
    ("orElse", "orValue"),
    ("getOrElse", "orValue"),
    ("default", "orValue"),
    ("isPresent", "hasValue"),
    ("matchesRegex", "matches"),
    ("abs", "math.abs"),
    ("max", "math.greatest"),
    ("min", "math.least"),
    ("round", "math.round"),
    ("floor", "math.floor"),
    ("ceil", "math.ceil"),
];

/// What a name of another language is called here.
pub(super) fn called_here(name: &str) -> Option<&'static str> {
    let found = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name);
    found.map(|(_, ours)| *ours)
}

/// A function that there is not.
pub(super) fn unknown_function(site: &Site<'_>, value: bool) -> Problem {
    let problem = Problem::new(
        &codes::UNKNOWN_FUNCTION,
        site.range,
        format!("there is no function `{}`", site.name),
    );
    if site.name == "not" {
        return problem
            .help("write `!`")
            .fix(Applicability::Safe, "write `!`", site.range, "!");
    }
    if value {
        return problem.help(format!("`{0}` is not a function: write `{0}`", site.name));
    }
    let same_style = functions::all()
        .filter(|f| f.overloads.iter().any(|o| o.receiver == site.receiver))
        .map(|f| f.name)
        .chain(super::macros::names(site.receiver));
    // `size` is called in both ways.
    let ours = called_here(&site.name)
        .filter(|ours| *ours == "size" || site.receiver != ours.contains('.'));
    if let Some(best) = ours.or_else(|| nearest(&site.name, same_style)) {
        let last = best.rsplit('.').next().unwrap_or(best);
        let text = if site.namespaced { last } else { best };
        return problem.help(format!("did you mean `{best}`?")).fix(
            Applicability::Unsafe,
            format!("write `{best}`"),
            site.range,
            text,
        );
    }
    let names = functions::all().map(|f| f.name);
    let theirs = || nearest(&site.name, ELSEWHERE.iter().map(|(theirs, _)| *theirs));
    match nearest(&site.name, names).or_else(|| theirs().and_then(called_here)) {
        Some(best) => problem.help(format!("did you mean `{best}`?")),
        None => problem,
    }
}

/// A function that takes more or fewer arguments.
pub(super) fn wrong_count(site: &Site<'_>, function: &Function, styled: &[&Overload]) -> Problem {
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
