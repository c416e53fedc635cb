//! Words into lines, and text from outside into text that a terminal may be given.

use jiff::SignedDuration;

/// The text without characters that steer a terminal or hide what is written.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || reorders(c) {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    clean
}

/// A line of a source as it is shown: clean, and tabs as blanks.
pub(super) fn source_line(line: &str) -> String {
    clean(&line.replace('\t', "  "))
}

/// Whether a character changes the order in which a line is shown.
pub(super) fn reorders(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Lines of at most `width` characters, broken at blanks; a longer word stands alone. The first
/// line starts with `first`, the others with `rest`; colours are added after breaking.
pub fn wrap(text: &str, width: usize, first: &str, rest: &str) -> String {
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
pub(crate) fn count(number: usize, thing: &str) -> String {
    if number == 1 {
        format!("1 {thing}")
    } else {
        format!("{number} {thing}s")
    }
}

/// Exactly, in words of the language: `1d 12h`, `90s` as `1m 30s`.
pub(super) fn duration(duration: SignedDuration) -> String {
    let mut rest = duration.as_secs().unsigned_abs();
    let mut parts = Vec::new();
    for (scale, unit) in [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] {
        if rest >= scale {
            parts.push(format!("{}{unit}", rest / scale));
            rest %= scale;
        }
    }
    if parts.is_empty() {
        parts.push("0s".to_owned());
    }
    parts.join(" ")
}

/// A value of a trace as people write it: text without quotes where nothing is lost.
pub(super) fn value(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "nothing".to_owned(),
        serde_json::Value::String(text) if !text.is_empty() && text.trim() == text => clean(text),
        other => clean(&other.to_string()),
    }
}

/// `percent = 10, sku = b-7`.
pub(super) fn arguments(with: &serde_json::Value) -> String {
    let Some(map) = with.as_object() else {
        return value(with);
    };
    let pairs: Vec<String> = map
        .iter()
        .filter(|(_, argument)| !argument.is_null())
        .map(|(name, argument)| format!("{} = {}", clean(name), value(argument)))
        .collect();
    pairs.join(", ")
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
