//! The variables that change what this program does, and those of which one might think so.

use std::env;
use std::fs;

use serde::Serialize;

use super::Problem;

/// A variable that is set.
#[derive(Debug, Serialize)]
pub(super) struct Variable {
    name: String,
    /// Not told of variables that are none of ours: they may hold anything.
    value: Option<String>,
    /// What it does.
    pub effect: &'static str,
}

impl Variable {
    /// `COLUMNS=80`.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Some(value) => format!("{}={}", self.name, value.escape_debug()),
            None => self.name.clone(),
        }
    }
}

const KNOWN: &[(&str, &str)] = &[
    ("NO_COLOR", "no colours, unless `--color` says otherwise"),
    ("CLICOLOR_FORCE", "colours also where there is no terminal"),
    ("TERM", "no colours where it is `dumb`"),
    ("COLUMNS", "how wide lines are"),
    ("RAYON_NUM_THREADS", "how many threads there are"),
    (
        "GITHUB_WORKSPACE",
        "paths for machines begin there, where the workspace lies in it",
    ),
    (
        "CI_PROJECT_DIR",
        "paths for machines begin there, where the workspace lies in it",
    ),
    (
        "GITHUB_STEP_SUMMARY",
        "`check --format github` adds a table to this file",
    ),
    (
        "TZ",
        "not used: times are in UTC, or in the zones of the workspace",
    ),
    ("LANG", "not used: texts are UTF-8, messages English"),
];

/// The variables that are set, and what is wrong with them.
pub(super) fn look() -> (Vec<Variable>, Vec<Problem>) {
    let get = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let others = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("CJOC_"));
    of(get, others)
}

fn of(
    get: impl Fn(&str) -> Option<String>,
    others: impl Iterator<Item = String>,
) -> (Vec<Variable>, Vec<Problem>) {
    let mut variables: Vec<Variable> = KNOWN
        .iter()
        .filter_map(|(name, effect)| {
            Some(Variable {
                name: (*name).to_owned(),
                value: Some(get(name)?),
                effect,
            })
        })
        .collect();
    let mut others: Vec<String> = others.collect();
    others.sort_unstable();
    variables.extend(others.into_iter().map(|name| Variable {
        name,
        value: None,
        effect: "not used: cjoc has no variables of its own",
    }));
    let mut problems = Vec::new();
    if let Some(columns) = get("COLUMNS")
        && columns.parse::<usize>().is_err()
    {
        problems.push(Problem::new(
            format!(
                "`COLUMNS` is `{}`, which is no number",
                columns.escape_debug()
            ),
            "set it to the width of lines, or not at all",
        ));
    }
    let set = |name| get(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") && set("CLICOLOR_FORCE") && get("CLICOLOR_FORCE").as_deref() != Some("0") {
        problems.push(Problem::new(
            "`NO_COLOR` and `CLICOLOR_FORCE` are both set: the first wins",
            "unset the one that is not meant",
        ));
    }
    (variables, problems)
}

/// How many folders the system watches for one user, where it has a limit that can be read.
pub(super) fn watches() -> Option<usize> {
    let text = fs::read_to_string("/proc/sys/fs/inotify/max_user_watches").ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_is_told_with_its_effect_and_what_is_wrong_with_a_remedy() {
        let get = |name: &str| match name {
            "NO_COLOR" | "CLICOLOR_FORCE" => Some("1".to_owned()),
            "COLUMNS" => Some("wide".to_owned()),
            _ => None,
        };
        let (variables, problems) = of(get, ["CJOC_TOKEN".to_owned()].into_iter());
        let shown: Vec<String> = variables.iter().map(Variable::shown).collect();
        assert_eq!(
            shown,
            [
                "NO_COLOR=1",
                "CLICOLOR_FORCE=1",
                "COLUMNS=wide",
                "CJOC_TOKEN"
            ]
        );
        assert_eq!(problems.len(), 2, "{problems:?}");
        let (variables, problems) = of(|_| None, std::iter::empty());
        assert!(variables.is_empty() && problems.is_empty());
    }
}
