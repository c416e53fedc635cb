//! The doctor's words, for people and for programs.

use std::fmt::Write as _;

use super::{Health, Timed, Workspace};
use crate::render::{Ink, Look, wrap};

/// How many paths of a kind are named.
const MOST: usize = 12;

pub(super) fn json(health: &Health) -> String {
    let text = serde_json::to_string(health).expect("strings, numbers and lists are always JSON");
    format!("{text}\n")
}

pub(super) fn human(health: &Health, look: Look) -> String {
    let mut out = Section::new(look);
    out.title("program");
    out.line("cjoc", &format!("cjoc {}", health.cjoc));
    for name in ["commit", "edition", "time zones", "target", "build"] {
        if let Some(value) = health.build.get(name) {
            out.line(name, value);
        }
    }
    if let Some(program) = &health.program {
        out.line("lies in", program);
    }
    out.line("threads", &health.threads.to_string());

    out.title("workspace");
    match &health.workspace {
        Some(workspace) => describe(&mut out, health, workspace),
        None => out.line("root", "none was found"),
    }
    let shown = health.searched.iter().map(String::as_str);
    out.list("looked into", shown);

    if !health.environment.is_empty() {
        out.title("environment");
        for variable in &health.environment {
            out.line(&variable.shown(), variable.effect);
        }
    }
    if let Some(workspace) = &health.workspace {
        out.title("time");
        let total: f64 = workspace.stages.iter().map(|it| it.milliseconds).sum();
        out.line("a check", &format!("{total:.1} ms; nothing is cached"));
        out.line("stages", &times(&workspace.stages));
        out.list(
            "slowest files",
            workspace
                .slowest
                .iter()
                .map(|it| format!("{} {:.1} ms", it.name, it.milliseconds)),
        );
    }
    out.title("findings");
    if health.problems.is_empty() {
        let good = look.paint(Ink::Good, "nothing stands in the way");
        let _ = writeln!(out.text, "  {good}");
    }
    for problem in &health.problems {
        let text = wrap(&problem.message, look.columns(), "  ✗ ", "    ");
        out.text.push_str(&look.paint(Ink::Error, text.trim_end()));
        out.text.push('\n');
        out.text
            .push_str(&wrap(&problem.help, look.columns(), "    ", "    "));
    }
    out.text
}

fn describe(out: &mut Section, health: &Health, workspace: &Workspace) {
    out.line("root", &workspace.root);
    let why = if health.searched.is_empty() {
        "the path has a `cjoc.yaml`"
    } else {
        "the first folder with a `cjoc.yaml`, from the path upwards"
    };
    out.line("because", why);
    out.line("name", workspace.name.as_deref().unwrap_or("none"));
    out.line("edition", workspace.edition.unwrap_or("cannot be read"));
    let summary = workspace.summary;
    out.line(
        "files",
        &format!(
            "{} in {} folders, {} bytes",
            summary.files, workspace.folders, workspace.bytes
        ),
    );
    let kinds: Vec<String> = workspace
        .kinds
        .iter()
        .map(|(kind, number)| format!("{number} {kind}"))
        .collect();
    out.line(
        "declarations",
        &match kinds.as_slice() {
            [] => "none".to_owned(),
            kinds => format!("{}: {}", summary.declarations, kinds.join(", ")),
        },
    );
    out.line(
        "diagnostics",
        &format!("{} errors, {} warnings", summary.errors, summary.warnings),
    );
    out.list(
        "declare nothing",
        workspace.empty.iter().map(String::as_str),
    );
    out.list(
        "left out",
        workspace
            .left_out
            .iter()
            .map(|left| format!("{}: {}", left.path, left.reason)),
    );
}

/// `read 1.2 ms, parse 3.4 ms`.
fn times(stages: &[Timed]) -> String {
    let parts: Vec<String> = stages
        .iter()
        .map(|it| format!("{} {:.1} ms", it.name, it.milliseconds))
        .collect();
    parts.join(", ")
}

/// Titles, and lines of a name and what there is to say.
struct Section {
    text: String,
    look: Look,
}

impl Section {
    fn new(look: Look) -> Self {
        Self {
            text: String::new(),
            look,
        }
    }

    fn title(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let title = self.look.paint(Ink::Strong, title);
        let _ = writeln!(self.text, "{title}");
    }

    fn line(&mut self, name: &str, value: &str) {
        let first = format!("  {name:<16} ");
        let body = wrap(value, self.look.columns(), &first, &" ".repeat(19));
        self.text.push_str(&body);
    }

    /// The first few, one below the other; nothing where there are none.
    fn list<T: AsRef<str>>(&mut self, name: &str, items: impl ExactSizeIterator<Item = T>) {
        let more = items.len().saturating_sub(MOST);
        for (index, item) in items.take(MOST).enumerate() {
            self.line(if index == 0 { name } else { "" }, item.as_ref());
        }
        if more > 0 {
            self.line("", &format!("… and {more} more: `--format json` has all"));
        }
    }
}
