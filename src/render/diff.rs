//! Changes of files as a unified diff, which `patch` and `git apply` take.

use similar::TextDiff;

use super::{Ink, Look};
use crate::fix::Change;

/// The lines shown around a change.
const CONTEXT: usize = 3;

/// All changes, in the given order. Only the lines' colours depend on the look.
pub fn changes(changes: &[Change], look: Look) -> String {
    let mut out = String::new();
    for change in changes {
        let (before, after) = (
            String::from_utf8_lossy(&change.before),
            String::from_utf8_lossy(&change.after),
        );
        let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
        let text = diff
            .unified_diff()
            .context_radius(CONTEXT)
            .header(&format!("a/{}", change.path), &format!("b/{}", change.path))
            .to_string();
        for line in text.split_inclusive('\n') {
            let (line, end) = match line.strip_suffix('\n') {
                Some(line) => (line, "\n"),
                None => (line, ""),
            };
            match ink(line) {
                Some(ink) => out.push_str(&look.paint(ink, line)),
                None => out.push_str(line),
            }
            out.push_str(end);
        }
    }
    out
}

/// The lines that change, with one around them and without a header.
pub(super) fn between(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let text = diff.unified_diff().context_radius(1).to_string();
    text.split_inclusive('\n')
        .filter(|line| !line.starts_with("@@") && !line.starts_with("\\ No newline"))
        .collect()
}

pub(super) fn ink(line: &str) -> Option<Ink> {
    match line.as_bytes() {
        [b'-', b'-', b'-', b' ', ..] | [b'+', b'+', b'+', b' ', ..] => Some(Ink::Strong),
        [b'+', ..] => Some(Ink::Good),
        [b'-', ..] => Some(Ink::Error),
        [b'@', ..] => Some(Ink::Help),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        let change = Change {
            path: "journeys/a.yaml".to_owned(),
            before: b"a\nb\nc\nd\r\ne".to_vec(),
            after: b"a\nb\nc\nD\r\ne".to_vec(),
        };
        assert_eq!(
            changes(&[change], Look::plain()),
            "--- a/journeys/a.yaml\n+++ b/journeys/a.yaml\n@@ -1,5 +1,5 @@\n a\n b\n c\n-d\r\n+D\r\n \
             e\n\\ No newline at end of file\n"
        );
    }
}
