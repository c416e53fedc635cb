//! Diagnostics as workflow commands of GitHub Actions, which become annotations of the lines of a
//! pull request, and as a table for the summary of a step.
//!
//! GitHub shows ten annotations of a severity for each step: the first ten errors and the first ten
//! warnings are written out, the others counted. The summary has them all, as far as it may.

use std::fmt::Write as _;

use super::Look;
use super::human;
use super::report::Report;
use super::text::{clean, count};
use crate::diagnostic::{Diagnostic, Severity};

/// How many annotations of a severity are shown for each step.
const MAX_ANNOTATIONS: usize = 10;

/// The commands, a line each, the worst first.
pub fn commands(report: &Report<'_>) -> String {
    let mut out = String::new();
    if let Some(unable) = report.unable {
        let text = match unable.help {
            Some(help) => format!("{}\nhelp: {help}", unable.message),
            None => unable.message.to_owned(),
        };
        let _ = writeln!(out, "::error title=cjoc::{}", data(&text));
        return out;
    }
    let mut rest = Vec::new();
    for severity in [Severity::Error, Severity::Warning] {
        let mut of_severity = report
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity);
        for diagnostic in of_severity.by_ref().take(MAX_ANNOTATIONS) {
            write_command(&mut out, report, diagnostic);
        }
        let more: usize = of_severity.map(|it| it.stands_for).sum();
        if more > 0 {
            rest.push(count(more, &format!("more {}", severity.as_str())));
        }
    }
    if !rest.is_empty() {
        let text = format!(
            "{}: the summary of this step has them all, and so has `cjoc check`",
            rest.join(" and ")
        );
        let _ = writeln!(out, "::notice title=cjoc::{}", data(&text));
    }
    out
}

fn write_command(out: &mut String, report: &Report<'_>, diagnostic: &Diagnostic) {
    let start = report.sources.start(diagnostic.span);
    let end = report.sources.end(diagnostic.span);
    let file = report.path(diagnostic.span);
    let _ = write!(
        out,
        "::{} file={},line={},endLine={}",
        diagnostic.severity.as_str(),
        property(&clean(&file)),
        start.line,
        end.line
    );
    // GitHub takes columns for places within one line only.
    if start.line == end.line {
        let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
    }
    let title = format!("{} {}", diagnostic.code.id, diagnostic.code.name);
    let text = format!(
        "{}\n{}",
        clean(&diagnostic.message),
        report.details(diagnostic)
    );
    let _ = writeln!(out, ",title={}::{}", property(&title), data(&text));
}

/// The text of a command, as the runner reads it back.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, as the runner reads it back.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// All diagnostics as a Markdown table, of at most `budget` bytes.
pub fn summary(report: &Report<'_>, budget: usize) -> String {
    let mut out = String::from("### cjoc check\n\n");
    if let Some(unable) = report.unable {
        let _ = writeln!(out, "{}\n", cell(unable.message));
        return out;
    }
    out.push_str(&human::summary(report.summary, Look::plain()));
    out.push('\n');
    if report.diagnostics.is_empty() {
        return out;
    }
    out.push_str("| | where | what | help |\n| --- | --- | --- | --- |\n");
    let mut left: usize = report.diagnostics.iter().map(|it| it.stands_for).sum();
    for severity in [Severity::Error, Severity::Warning] {
        for diagnostic in report.diagnostics {
            if diagnostic.severity != severity {
                continue;
            }
            let row = row(report, diagnostic);
            // The last line, which counts what there is no room for, has to fit as well.
            if out.len() + row.len() + 64 > budget {
                let _ = writeln!(out, "\n… and {}", count(left, "more diagnostic"));
                return out;
            }
            out.push_str(&row);
            left -= diagnostic.stands_for;
        }
    }
    out.push('\n');
    out
}

fn row(report: &Report<'_>, diagnostic: &Diagnostic) -> String {
    let start = report.sources.start(diagnostic.span);
    format!(
        "| {} | {}:{}:{} | {} (`{}`) | {} |\n",
        diagnostic.severity.as_str(),
        cell(&report.path(diagnostic.span)),
        start.line,
        start.column,
        cell(&diagnostic.message),
        diagnostic.code.name,
        cell(&super::report::help(diagnostic)),
    )
}

/// Text that stays within its cell and is no markup but for its back-ticks.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for c in clean(text).chars() {
        match c {
            '`' => in_code = !in_code,
            '|' => out.push('\\'),
            '<' if !in_code => {
                out.push_str("&lt;");
                continue;
            }
            '\\' | '*' | '_' | '[' | ']' | '@' | '#' if !in_code => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runner_would_read_as_its_own_is_escaped() {
        assert_eq!(data("50% off\r\na::b"), "50%25 off%0D%0Aa::b");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }

    #[test]
    fn a_cell_cannot_end_its_row() {
        assert_eq!(
            cell("a | b\nc <b> `x < *y*` z*"),
            "a \\| b\\\\nc &lt;b> `x < *y*` z\\*"
        );
    }
}
