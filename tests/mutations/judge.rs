//! What the compiler says about one fault, judged by rule.

use std::fmt::Write as _;

use cjoc::compile::Outcome;
use cjoc::diagnostic::{Applicability, Diagnostic};

use crate::mutants::Mutant;
use crate::workspace::Workspace;

#[derive(Default)]
pub(crate) struct Verdict {
    pub(crate) silent: bool,
    pub(crate) noisy: bool,
    pub(crate) far: bool,
    pub(crate) helpless: bool,
    pub(crate) unmended: bool,
    /// Some lines for a person to read.
    pub(crate) story: String,
}

pub(crate) fn judge(example: &Workspace, path: &str, text: &str, mutant: &Mutant) -> Verdict {
    let mut broken = text.to_owned();
    broken.replace_range(mutant.cut.clone(), &mutant.put);
    let workspace = example.with(path, &broken);
    let outcome = workspace.check();
    let removed = &text[mutant.cut.clone()];
    // What is left after a declaration went or was renamed: each place that refers to it.
    let (references, own): (Vec<_>, Vec<_>) = outcome
        .diagnostics
        .iter()
        .partition(|diagnostic| refers(diagnostic, &outcome, removed));
    let lines = touched(text, &broken, mutant);
    let near = outcome.diagnostics.iter().any(|diagnostic| {
        let file = outcome.sources.path(diagnostic.span.file);
        let first = outcome.sources.start(diagnostic.span).line as usize;
        let last = outcome.sources.end(diagnostic.span).line as usize;
        file == path && first <= lines.1 && last >= lines.0
    });
    let mut verdict = Verdict {
        silent: outcome.diagnostics.is_empty(),
        noisy: own.len() > 1
            || (own.len() == 1
                && references
                    .iter()
                    .any(|r| !near_only(r, &outcome, path, lines))),
        far: !own.is_empty() && !near,
        helpless: outcome.diagnostics.iter().any(|d| d.help.is_none()),
        unmended: false,
        story: String::new(),
    };
    let after = mended(&workspace, &outcome);
    verdict.unmended = after
        .as_ref()
        .is_some_and(|left| !left.diagnostics.is_empty());
    verdict.story = story(
        example,
        path,
        text,
        &broken,
        mutant,
        &outcome,
        &verdict,
        after.as_ref(),
    );
    verdict
}

fn near_only(
    diagnostic: &Diagnostic,
    outcome: &Outcome,
    path: &str,
    lines: (usize, usize),
) -> bool {
    let first = outcome.sources.start(diagnostic.span).line as usize;
    outcome.sources.path(diagnostic.span.file) == path && first >= lines.0 && first <= lines.1
}

fn refers(diagnostic: &Diagnostic, outcome: &Outcome, removed: &str) -> bool {
    let at = outcome.sources.text(diagnostic.span);
    let parts = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let words = parts(removed);
    (diagnostic.code.name.starts_with("unknown-") || diagnostic.code.name == "missing-parameter")
        && parts(at).iter().any(|part| words.contains(part))
}

/// The lines of the broken text that a report should touch, counted from 1: those that were
/// changed, and for what was left out those that hold what it belonged to.
fn touched(text: &str, broken: &str, mutant: &Mutant) -> (usize, usize) {
    let line = |text: &str, at: usize| text[..at].matches('\n').count() + 1;
    let start = mutant.cut.start;
    let first = line(broken, start);
    let last = line(broken, start + mutant.put.len());
    if !mutant.put.is_empty() || !text[mutant.cut.clone()].contains('\n') {
        return (first, last);
    }
    let all: Vec<_> = broken.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(&text[start..]);
    let parent = (0..first - 1)
        .rev()
        .find(|&n| {
            let line = all[n].trim();
            !line.is_empty()
                && !line.starts_with('#')
                && (indent(all[n]) < own
                    || (own == 0 && n == 0)
                    || all[n.saturating_sub(1)] == "---")
        })
        .map_or(1, |n| n + 1);
    (parent, last)
}

/// The workspace after the first fix of every report, where each offers one.
fn mended(workspace: &Workspace, outcome: &Outcome) -> Option<Outcome> {
    let mut edits = Vec::new();
    for diagnostic in &outcome.diagnostics {
        let fix = diagnostic
            .fixes
            .iter()
            .find(|fix| fix.applicability > Applicability::DisplayOnly)?;
        edits.extend(fix.edits.iter().cloned());
    }
    edits.sort_by_key(|edit| (edit.span.file, edit.span.start()));
    edits.dedup();
    if edits.is_empty() {
        return None;
    }
    let mut copy = workspace.clone();
    for edit in edits.iter().rev() {
        let path = outcome.sources.path(edit.span.file);
        let (_, text) = copy.texts.iter_mut().find(|(at, _)| at == path)?;
        let range = edit.span.range.as_usize();
        if range.end > text.len() {
            return None;
        }
        text.replace_range(range, &edit.text);
    }
    Some(copy.check())
}

#[allow(clippy::too_many_arguments, reason = "it tells all that is known")]
fn story(
    example: &Workspace,
    path: &str,
    text: &str,
    broken: &str,
    mutant: &Mutant,
    outcome: &Outcome,
    verdict: &Verdict,
    after: Option<&Outcome>,
) -> String {
    let line_at = |text: &str, at: usize| {
        let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
        let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
        text[start..end].to_owned()
    };
    let mut marks = String::new();
    for (is, mark) in [
        (verdict.silent, " SILENT"),
        (verdict.noisy, " NOISY"),
        (verdict.far, " FAR"),
        (verdict.helpless, " HELPLESS"),
        (verdict.unmended, " UNMENDED"),
    ] {
        if is {
            marks.push_str(mark);
        }
    }
    let mut out = String::new();
    let number = text[..mutant.cut.start].matches('\n').count() + 1;
    let _ = writeln!(
        out,
        "@@ {}{marks} {}/{path}:{number}",
        mutant.class, example.name
    );
    let _ = writeln!(out, "  - {}", line_at(text, mutant.cut.start));
    let put = line_at(broken, mutant.cut.start);
    let _ = writeln!(out, "  + {put}");
    for diagnostic in &outcome.diagnostics {
        let _ = writeln!(out, "    {}", describe(diagnostic, outcome));
        let _ = writeln!(
            out,
            "      help: {}",
            diagnostic.help.as_deref().unwrap_or("none")
        );
    }
    if verdict.unmended {
        for diagnostic in &after.expect("it was mended").diagnostics {
            let _ = writeln!(
                out,
                "    after the fix: {}",
                describe(diagnostic, after.expect("it was mended"))
            );
        }
    }
    out
}

fn describe(diagnostic: &Diagnostic, outcome: &Outcome) -> String {
    let position = outcome.sources.start(diagnostic.span);
    let at: String = outcome
        .sources
        .text(diagnostic.span)
        .chars()
        .take(50)
        .collect();
    format!(
        "{}:{}:{} {} at `{}`: {}",
        outcome.sources.path(diagnostic.span.file),
        position.line,
        position.column,
        diagnostic.code.name,
        at.escape_debug(),
        diagnostic.message
    )
}
