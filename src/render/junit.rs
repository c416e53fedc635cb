//! Diagnostics as a `JUnit` report, for CI systems that show nothing else: a case a file, which fails
//! where the check does.

use super::plain;
use super::report::Report;
use super::test_suite::{Case, Failure, document};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, MANIFEST, Span};

const SUITE: &str = "cjoc check";

/// The document, with a line end.
pub fn diagnostics(report: &Report<'_>) -> String {
    if let Some(unable) = report.unable {
        let text = match unable.help {
            Some(help) => format!("{}\nhelp: {help}", unable.message),
            None => unable.message.to_owned(),
        };
        let case = Case {
            name: "workspace".to_owned(),
            class: SUITE.to_owned(),
            file: format!("{}{MANIFEST}", report.prefix),
            failure: Some(Failure {
                message: unable.message.to_owned(),
                kind: "unable".to_owned(),
                text,
                is_error: true,
            }),
            ..Case::default()
        };
        return document(SUITE, &[case]);
    }
    let mut rest = report.diagnostics;
    let mut cases: Vec<Case> = Vec::with_capacity(report.sources.len());
    for (id, _) in report.sources.iter() {
        // Diagnostics come in the order of files, as files do.
        let own = rest.iter().take_while(|it| it.span.file == id).count();
        let (found, others) = rest.split_at(own);
        rest = others;
        cases.push(case(report, id, found));
    }
    document(SUITE, &cases)
}

fn case(report: &Report<'_>, id: FileId, found: &[Diagnostic]) -> Case {
    let mut text = String::new();
    for diagnostic in found {
        plain::write_one(&mut text, report.sources, diagnostic);
        text.push('\n');
    }
    let text = text.trim_end().to_owned();
    let failing: Vec<&Diagnostic> = found.iter().filter(|it| report.fails(it)).collect();
    let (failure, remark) = match failing.as_slice() {
        [] => (None, (!text.is_empty()).then_some(text)),
        [first, more @ ..] => {
            let mut message = first.message.clone();
            if !more.is_empty() {
                let more: usize = more.iter().map(|it| it.stands_for).sum();
                message = format!("{message}, and {more} more");
            }
            let failure = Failure {
                message,
                kind: first.code.name.to_owned(),
                text,
                is_error: false,
            };
            (Some(failure), None)
        }
    };
    Case {
        name: report.sources.path(id).to_owned(),
        class: SUITE.to_owned(),
        file: report.path(Span::new(id, 0, 0)).into_owned(),
        line: failing.first().map(|it| report.sources.start(it.span).line),
        failure,
        remark,
    }
}
