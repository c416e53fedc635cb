//! Bytes to text: UTF-8 without characters that YAML forbids or that hide what is written.
//!
//! What comes out is always a text of which every later stage, and a terminal, can make sense;
//! byte offsets up to the first invalid byte are those of the file.

use std::sync::Arc;

use super::{FileId, Span};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, codes};

/// The lines of one file: where each begins is remembered.
const MAX_LINES: usize = 5_000_000;

/// The text, and what is wrong with it: one diagnostic a kind of trouble, at its first place.
pub(super) fn decode(file: FileId, path: &str, bytes: Vec<u8>) -> (Arc<str>, Vec<Diagnostic>) {
    if let Some(name) = other_encoding(&bytes) {
        let diagnostic = Diagnostic::new(
            &codes::INVALID_TEXT,
            Span::new(file, 0, 0),
            format!("`{path}` is written in {name}, not in UTF-8"),
        )
        .help("save the file as UTF-8");
        return (Arc::from(""), vec![diagnostic]);
    }
    if has_too_many_lines(&bytes) {
        let message = format!("`{path}` is too large: files may have {MAX_LINES} lines at most");
        let diagnostic = Diagnostic::new(&codes::LIMIT_EXCEEDED, Span::new(file, 0, 0), message);
        return (Arc::from(""), vec![diagnostic.help("split the file")]);
    }
    let mut diagnostics = Vec::new();
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let text = String::from_utf8_lossy(bytes).into_owned();
        diagnostics.push(
            Diagnostic::new(
                &codes::INVALID_TEXT,
                Span::new(file, at as u32, at as u32 + 3),
                format!("byte 0x{:02x} is not valid UTF-8", bytes[at]),
            )
            .help("save the file as UTF-8"),
        );
        text
    });
    // Almost every file: looked at once, and quickly.
    if text.as_bytes().chunks(256).all(are_harmless) {
        return (Arc::from(text), diagnostics);
    }
    if !holds_unwanted(text.as_bytes()) {
        return (Arc::from(text), diagnostics);
    }
    let text = forbidden(file, text, &mut diagnostics);
    hidden(file, &text, &mut diagnostics);
    (Arc::from(text), diagnostics)
}

fn has_too_many_lines(bytes: &[u8]) -> bool {
    // Counted in pieces, each of which a byte can count.
    let breaks = |piece: &[u8]| {
        let found = piece
            .iter()
            .map(|byte| u8::from(matches!(byte, b'\n' | b'\r')));
        usize::from(found.sum::<u8>())
    };
    bytes.len() > MAX_LINES && bytes.chunks(255).map(breaks).sum::<usize>() > MAX_LINES
}

/// All of them, without an end at the first that is not: so it takes many at a step.
fn are_harmless(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .fold(true, |all, byte| all & is_harmless(*byte))
}

/// What is neither forbidden nor hidden, and no part of another character.
fn is_harmless(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

/// Whether a text may hold what is forbidden or hidden, by the bytes that such characters begin with.
fn holds_unwanted(bytes: &[u8]) -> bool {
    let behind = |at: usize| bytes.get(at).copied().unwrap_or(0);
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        0xC2 => behind(at + 1) < 0xA0,
        0xE2 => match behind(at + 1) {
            0x80 => behind(at + 2) >= 0xAA,
            0x81 => behind(at + 2) >= 0xA6,
            _ => false,
        },
        0xEF => behind(at + 1) == 0xBF && behind(at + 2) >= 0xBE,
        0x80.. => false,
        byte => !is_harmless(*byte),
    })
}

/// Another Unicode encoding, by its byte order mark or by the zero beside the first letter.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => Some("UTF-32"),
        [0xFF, 0xFE, ..]
        | [0xFE, 0xFF, ..]
        | [0, 1..=0x7F, 0, 1..=0x7F, ..]
        | [1..=0x7F, 0, 1..=0x7F, 0, ..] => Some("UTF-16"),
        _ => None,
    }
}

/// Control characters, which YAML does not allow: blanks of the same length take their place.
fn forbidden(file: FileId, text: String, diagnostics: &mut Vec<Diagnostic>) -> String {
    let all = || text.char_indices().filter(|(_, c)| is_forbidden(*c));
    let Some((at, first)) = all().next() else {
        return text;
    };
    let count = all().count();
    let others = count - 1;
    let mut diagnostic = unwanted(file, at, first, "control", "is not allowed in YAML");
    if others > 0 {
        diagnostic = diagnostic.note(format!("there are {others} more in this file"));
    }
    // Bytes that are no UTF-8 have been replaced: places in the text are none in the file.
    if diagnostics.is_empty() && count <= MAX_REMOVED {
        let found: Vec<(usize, char)> = all().collect();
        diagnostic.fixes.push(removed(file, &found));
    }
    diagnostics.push(diagnostic);
    blanked(&text)
}

/// The text with blanks of the same length for what YAML, and a terminal, cannot take.
pub(super) fn blanked(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if is_forbidden(c) {
            clean.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            clean.push(c);
        }
    }
    clean
}

/// Characters that make a line read otherwise than it is: reviewers would not see what runs.
fn hidden(file: FileId, text: &str, diagnostics: &mut Vec<Diagnostic>) {
    let as_in_the_file = diagnostics.iter().all(|it| !it.fixes.is_empty());
    for (at, c) in text.char_indices().filter(|(_, c)| is_bidi_control(*c)) {
        let why = "changes the order in which this line is shown";
        let mut diagnostic = unwanted(file, at, c, "invisible", why)
            .note("a reviewer would see something other than what runs");
        if as_in_the_file {
            diagnostic.fixes.push(removed(file, &[(at, c)]));
        }
        diagnostics.push(diagnostic);
        if diagnostics.len() >= MAX_HIDDEN {
            return;
        }
    }
}

/// What is said of a character that is in the way, and of how it is written where it is meant.
fn unwanted(file: FileId, at: usize, c: char, sort: &str, why: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::INVALID_TEXT,
        Span::new(file, at as u32, (at + c.len_utf8()) as u32),
        format!("the {sort} character U+{:04X} {why}", c as u32),
    )
    .help(format!(
        "remove it; if you mean it, write `{}` in double quotes",
        escape(c)
    ))
}

/// The fix that removes characters.
fn removed(file: FileId, characters: &[(usize, char)]) -> Fix {
    let edits = characters.iter().map(|(at, c)| Edit {
        span: Span::new(file, *at as u32, (at + c.len_utf8()) as u32),
        text: String::new(),
    });
    Fix {
        message: match characters.len() {
            1 => "remove the character".to_owned(),
            many => format!("remove the {many} characters"),
        },
        applicability: Applicability::Safe,
        edits: edits.collect(),
    }
}

/// How many characters one fix removes at most: a file with more of them is no text.
const MAX_REMOVED: usize = 100;

/// How many diagnostics about one file's characters are enough.
const MAX_HIDDEN: usize = 20;

/// What YAML's `c-printable` leaves out.
fn is_forbidden(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{FFFE}' | '\u{FFFF}' => true,
        c => c.is_control(),
    }
}

/// Embeddings, overrides and isolates; the plain marks that right-to-left text needs are fine.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn escape(c: char) -> String {
    match c as u32 {
        code @ ..0x100 => format!("\\x{code:02x}"),
        code => format!("\\u{code:04x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Arc<str>, Vec<(u32, u32, String)>) {
        let (text, diagnostics) = decode(FileId(0), "a.yaml", bytes.to_vec());
        let short = diagnostics
            .into_iter()
            .map(|d| (d.span.start(), d.span.end(), d.message))
            .collect();
        (text, short)
    }

    #[test]
    fn nothing_that_is_unwanted_is_passed_over() {
        for c in ('\0'..='\u{FFFF}').filter(|c| is_forbidden(*c) || is_bidi_control(*c)) {
            assert!(holds_unwanted(format!("é{c}é").as_bytes()), "{c:?}");
        }
        assert!(!holds_unwanted("a\r\n\tb é – “x” … 日本 😀".as_bytes()));
    }

    #[test]
    fn plain_text_passes_untouched() {
        let text = "\u{FEFF}a: é\r\n\tb: 😀 \u{200F}\u{85}\n";
        assert_eq!(read(text.as_bytes()), (Arc::from(text), Vec::new()));
    }

    #[test]
    fn invalid_utf8_is_reported_at_its_first_byte() {
        let (text, diagnostics) = read(b"a: \xFFb");
        assert_eq!(&*text, "a: \u{FFFD}b");
        assert_eq!(
            diagnostics,
            [(3, 6, "byte 0xff is not valid UTF-8".to_owned())]
        );
    }

    #[test]
    fn utf16_is_named() {
        let (text, diagnostics) = read(b"\xFF\xFEa\0");
        assert_eq!(&*text, "");
        assert_eq!(
            diagnostics[0].2,
            "`a.yaml` is written in UTF-16, not in UTF-8"
        );
        assert_eq!(read(b"a\0:\0").1[0].2, diagnostics[0].2);
    }

    #[test]
    fn control_characters_are_blanked_so_that_offsets_stay() {
        let (text, diagnostics) = read("a: \0b\u{9b}c".as_bytes());
        assert_eq!(&*text, "a:  b  c");
        assert_eq!(
            diagnostics,
            [(
                3,
                4,
                "the control character U+0000 is not allowed in YAML".to_owned()
            )]
        );
    }

    #[test]
    fn text_that_hides_its_order_is_an_error_at_the_place() {
        let (_, diagnostics) = read("when: \u{202E}x".as_bytes());
        assert_eq!((diagnostics[0].0, diagnostics[0].1), (6, 9));
    }
}
