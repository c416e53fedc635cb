//! Problems of expressions become diagnostics: ranges of the expression's text become places in
//! the file, through whatever quotes, escapes and folds the scalar is written with.

use crate::cel::Problem;
use crate::diagnostic::{Diagnostic, Edit, Fix, Label};
use crate::source::{FileId, Span, TextRange};
use crate::yaml::{Style, Text};

use super::ast::Expr;
use super::reader::shorten;

/// How a text is written where an expression is expected: in the quotes of CEL, within those of YAML.
pub fn quote_for_cel(text: &str) -> String {
    let quoted = format!("'\"{}\"'", text.replace('\'', "''"));
    format!("quote it for CEL too: `{}`", shorten(&quoted))
}

/// The diagnostic of a problem in an expression.
pub fn problem(expr: &Expr, problem: Problem, file_text: &str) -> Diagnostic {
    if expr.literal.is_some() {
        // What was parsed is not what is written: only the whole has a place.
        let whole = TextRange::new(0, expr.text.value().len() as u32);
        return convert(&expr.text, problem, file_text, &|_| whole, false);
    }
    at(&expr.text, expr.range, problem, file_text)
}

/// The diagnostic of a problem in an expression that is a file of its own.
pub fn in_file(file: FileId, problem: Problem) -> Diagnostic {
    let span = |range| Span { file, range };
    let edit = |(range, text)| Edit {
        span: span(range),
        text,
    };
    let mut diagnostic = Diagnostic::new(problem.code, span(problem.range), problem.message);
    diagnostic.label = problem.label;
    diagnostic.note = problem.note;
    diagnostic.help = problem.help;
    let here = problem.labels.into_iter();
    diagnostic.labels = here
        .map(|(range, message)| (span(range), message))
        .chain(problem.elsewhere)
        .map(|(span, message)| Label { span, message })
        .collect();
    let fixes = problem.fixes.into_iter();
    diagnostic.fixes = fixes
        .map(|fix| Fix {
            message: fix.message,
            applicability: fix.applicability,
            edits: fix.edits.into_iter().map(edit).collect(),
        })
        .collect();
    diagnostic
}

/// The diagnostic of a problem whose ranges count from the start of `within`, a part of the text.
pub fn at(text: &Text, within: TextRange, problem: Problem, file_text: &str) -> Diagnostic {
    let place = |range: TextRange| {
        let range = range.shift(within.start);
        TextRange::new(range.start.min(within.end), range.end.min(within.end))
    };
    convert(text, problem, file_text, &place, true)
}

fn convert(
    text: &Text,
    problem: Problem,
    file_text: &str,
    place: &dyn Fn(TextRange) -> TextRange,
    fixable: bool,
) -> Diagnostic {
    let span = |range: TextRange| text.locate(place(range), file_text);
    let mut diagnostic = Diagnostic::new(problem.code, span(problem.range), problem.message);
    diagnostic.label = problem.label;
    diagnostic.note = problem.note;
    diagnostic.help = problem.help;
    let here = problem
        .labels
        .into_iter()
        .map(|(range, message)| (span(range), message));
    diagnostic.labels = here
        .chain(problem.elsewhere)
        .map(|(span, message)| Label { span, message })
        .collect();
    if fixable {
        diagnostic.fixes = problem
            .fixes
            .into_iter()
            .filter_map(|fix| {
                let edits: Vec<(TextRange, String)> = fix
                    .edits
                    .into_iter()
                    .map(|(range, new)| (place(range), new))
                    .collect();
                Some(Fix {
                    message: fix.message,
                    applicability: fix.applicability,
                    edits: write(text, &edits, file_text).or_else(|| requote(text, &edits))?,
                })
            })
            .collect();
    }
    diagnostic
}

/// The edits in the file, where the scalar can hold what they write as it is.
fn write(text: &Text, edits: &[(TextRange, String)], file_text: &str) -> Option<Vec<Edit>> {
    let length = text.value().len() as u32;
    edits
        .iter()
        .map(|(range, new)| {
            // What stands around the place decides less than what stands at the ends.
            let before = if range.start > 0 { "x" } else { "" };
            let after = if range.end < length { "x" } else { "" };
            let framed = text.escape(&format!("{before}{new}{after}"))?;
            let written = framed.get(before.len()..framed.len() - after.len())?;
            Some(Edit {
                span: text.locate(*range, file_text),
                text: written.to_owned(),
            })
        })
        .collect()
}

/// A plain scalar written anew in single quotes, which hold what it cannot.
fn requote(text: &Text, edits: &[(TextRange, String)]) -> Option<Vec<Edit>> {
    if text.style() != Style::Plain {
        return None;
    }
    let mut value = text.value().to_owned();
    let mut edits: Vec<_> = edits.iter().collect();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, new) in edits {
        value.get(range.as_usize())?;
        value.replace_range(range.as_usize(), new);
    }
    let writable = !value.chars().any(char::is_control);
    writable.then(|| {
        vec![Edit {
            span: text.span(),
            text: format!("'{}'", value.replace('\'', "''")),
        }]
    })
}
