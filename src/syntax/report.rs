//! Problems of expressions become diagnostics: ranges of the expression's text become places in
//! the file, through whatever quotes, escapes and folds the scalar is written with.

use crate::cel::Problem;
use crate::diagnostic::{Diagnostic, Edit, Fix, Label};
use crate::source::TextRange;
use crate::yaml::Text;

use super::ast::Expr;

/// The diagnostic of a problem in an expression.
pub fn problem(expr: &Expr, problem: Problem, file_text: &str) -> Diagnostic {
    if expr.literal.is_some() {
        // What was parsed is not what is written: only the whole has a place.
        let whole = TextRange::new(0, expr.text.value().len() as u32);
        return convert(&expr.text, problem, file_text, &|_| whole, false);
    }
    at(&expr.text, expr.range, problem, file_text)
}

/// The diagnostic of a problem whose ranges count from the start of `within`, a part of the text.
pub(super) fn at(text: &Text, within: TextRange, problem: Problem, file_text: &str) -> Diagnostic {
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
    let here = problem.labels.into_iter().map(|(range, message)| (span(range), message));
    diagnostic.labels = here
        .chain(problem.elsewhere)
        .map(|(span, message)| Label { span, message })
        .collect();
    if fixable {
        diagnostic.fixes = problem
            .fixes
            .into_iter()
            .filter_map(|fix| {
                let edits = fix.edits.into_iter().map(|(range, new)| {
                    Some(Edit {
                        span: span(range),
                        text: text.encode(&new)?,
                    })
                });
                Some(Fix {
                    message: fix.message,
                    applicability: fix.applicability,
                    edits: edits.collect::<Option<Vec<_>>>()?,
                })
            })
            .collect();
    }
    diagnostic
}
