//! Keys that lost their colon, or the blank behind it: in `{ pii true }` and `{ pii:true }` YAML
//! reads a key without a value, in `fields { a: int }` the key `fields { a`.

use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::{Span, TextRange};
use crate::yaml::Scalar;

use super::reader::{Entry, Reader};

/// What is left of an entry.
struct Lost<'a> {
    word: &'a str,
    /// What is missing.
    insert: &'static str,
}

impl<'a> Reader<'a> {
    /// Reports the entries whose colon is lost and whose word is a key here, and takes them out.
    /// Answers whether there were any.
    pub(super) fn take_lost(
        &mut self,
        entries: &mut Vec<Entry<'a>>,
        is_key: impl Fn(&str) -> bool,
    ) -> bool {
        let before = entries.len();
        entries.retain(|entry| match lost(entry) {
            Some(lost) if is_key(lost.word) => {
                self.report(diagnostic(entry, &lost));
                false
            }
            _ => true,
        });
        entries.len() < before
    }
}

fn lost<'a>(entry: &Entry<'a>) -> Option<Lost<'a>> {
    // Nearly every key is a word.
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let end = entry.key.bytes().position(|byte| !in_word(&byte))?;
    let key = entry.raw.key;
    if !key.as_scalar().is_some_and(Scalar::is_plain) || key.is_alias() {
        return None;
    }
    let (word, rest) = entry.key.split_at(end);
    let value = rest.trim_start_matches([':', ' ']);
    let whole = key.is_in_flow() && entry.value.is_missing();
    if !whole && !value.starts_with(['{', '[']) {
        return None;
    }
    let insert = match rest.strip_prefix(':') {
        Some(value) if !value.is_empty() => " ",
        None if rest.starts_with(' ') => ":",
        _ => return None,
    };
    (!word.is_empty()).then_some(Lost { word, insert })
}

fn diagnostic(entry: &Entry<'_>, lost: &Lost<'_>) -> Diagnostic {
    let word = lost.word;
    let end = entry.at.start() + word.len() as u32 + u32::from(lost.insert == " ");
    let (message, help) = if lost.insert == " " {
        let message = format!("a space is missing after `{word}:`");
        (message, "add a space")
    } else {
        (
            format!("a colon is missing after `{word}`"),
            "add the colon",
        )
    };
    let place = Span {
        file: entry.at.file,
        range: TextRange::at(end),
    };
    Diagnostic::new(&codes::WRONG_SHAPE, entry.at, message)
        .note("without it all of this is a key")
        .help(help)
        .fix(Applicability::Safe, help, place, lost.insert)
}
