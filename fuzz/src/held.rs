//! What holds of every place and of every text that is shown, whoever made it.

use cjoc::diagnostic::Diagnostic;
use cjoc::source::{Sources, Span, TextRange};

/// A range lies in its text and falls on characters.
pub fn range(text: &str, range: TextRange, what: &str) {
    assert!(
        range.start <= range.end,
        "{what}: {range:?} is turned round"
    );
    assert!(
        text.get(range.as_usize()).is_some(),
        "{what}: {range:?} is no part of a text of {} bytes",
        text.len()
    );
}

/// A span lies in a file that there is.
pub fn span(sources: &Sources, span: Span, what: &str) {
    let file = sources.get(span.file);
    let file = file.unwrap_or_else(|| panic!("{what}: there is no file {:?}", span.file));
    range(&file.text, span.range, what);
}

/// Every place that a diagnostic names is one, edits do not overlap, and the message is one line.
pub fn diagnostic(sources: &Sources, diagnostic: &Diagnostic) {
    let name = diagnostic.code.name;
    span(sources, diagnostic.span, name);
    for label in &diagnostic.labels {
        span(sources, label.span, name);
    }
    for fix in &diagnostic.fixes {
        let mut spans: Vec<Span> = fix.edits.iter().map(|edit| edit.span).collect();
        spans.sort();
        for one in &spans {
            span(sources, *one, name);
        }
        for pair in spans.windows(2) {
            let apart = pair[0].file != pair[1].file || pair[0].end() <= pair[1].start();
            assert!(apart, "{name}: the edits of `{}` overlap", fix.message);
        }
    }
    assert!(!diagnostic.message.is_empty(), "{name}: no message");
    assert!(
        !diagnostic.message.contains('\n'),
        "{name}: the message has several lines: {}",
        diagnostic.message
    );
}

/// Nothing that steers a terminal, but for line ends.
pub fn harmless(text: &str, what: &str) {
    let bad = text.chars().find(|c| {
        *c != '\n' && c.is_control()
            || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    });
    if let Some(bad) = bad {
        panic!("{what}: {bad:?} reaches the terminal in {text:?}");
    }
}
