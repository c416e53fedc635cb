//! Words into lines, and text from outside into text that a terminal may be given.

/// The text without characters that steer a terminal or hide what is written.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        let hides = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || hides {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    clean
}

/// Lines of at most `width` characters, broken at blanks; a longer word stands alone. The first
/// line starts with `first`, the others with `rest`; colours are added after breaking.
pub(super) fn wrap(text: &str, width: usize, first: &str, rest: &str) -> String {
    let mut out = String::from(first);
    let mut column = chars(first);
    let mut at_start = true;
    for word in text.split_whitespace() {
        let len = chars(word);
        if !at_start && column + 1 + len > width {
            out.push('\n');
            out.push_str(rest);
            column = chars(rest);
        } else if !at_start {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += len;
        at_start = false;
    }
    out.push('\n');
    out
}

/// "1 error", "2 errors".
pub(super) fn count(number: usize, thing: &str) -> String {
    if number == 1 {
        format!("1 {thing}")
    } else {
        format!("{number} {thing}s")
    }
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_breaks_at_blanks_and_keeps_its_indent() {
        assert_eq!(
            wrap("one two three four", 12, "  = ", "    "),
            "  = one two\n    three\n    four\n"
        );
        assert_eq!(
            wrap("unbreakableword", 5, "> ", "  "),
            "> unbreakableword\n"
        );
    }

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
    }
}
