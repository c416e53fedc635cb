//! Small questions about lines and columns of a text, by byte offset. A column is the number of
//! bytes in front on the same line.

/// The offset where the line that holds `at` begins.
pub(super) fn start(text: &str, at: u32) -> u32 {
    let before = &text.as_bytes()[..at as usize];
    before
        .iter()
        .rposition(|b| matches!(b, b'\n' | b'\r'))
        .map_or(0, |found| found as u32 + 1)
}

/// The offset of the line break that ends the line, or the text's end.
pub(super) fn end(text: &str, at: u32) -> u32 {
    let behind = &text.as_bytes()[at as usize..];
    behind
        .iter()
        .position(|b| matches!(b, b'\n' | b'\r'))
        .map_or(text.len() as u32, |found| at + found as u32)
}

/// The offset where the next line begins, or the text's end.
pub(super) fn next(text: &str, at: u32) -> u32 {
    let end = end(text, at);
    let rest = &text.as_bytes()[end as usize..];
    end + match rest {
        [b'\r', b'\n', ..] => 2,
        [_, ..] => 1,
        [] => 0,
    }
}

/// How many bytes in front of `at` are on its line; a byte order mark does not count.
pub(super) fn column(text: &str, at: u32) -> u32 {
    let start = start(text, at);
    (at - start).saturating_sub(mark(text, start))
}

/// The length of the byte order mark that a line starts with.
pub(super) fn mark(text: &str, line: u32) -> u32 {
    if line == 0 && text.starts_with('\u{FEFF}') {
        3
    } else {
        0
    }
}

/// The first byte of the line that is no blank; the line's end where there is none.
pub(super) fn first_on_line(text: &str, at: u32) -> u32 {
    let start = start(text, at);
    let start = start + mark(text, start);
    let line = &text.as_bytes()[start as usize..end(text, at) as usize];
    let blanks = line
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count();
    start + blanks as u32
}

/// The line from its first byte that is no blank to its last.
pub(super) fn content(text: &str, at: u32) -> &str {
    text[first_on_line(text, at) as usize..end(text, at) as usize].trim_end()
}

/// Whether the line at `at` looks like an entry of a block map or sequence: `key:`, `- item`.
pub(super) fn looks_like_entry(text: &str, at: u32) -> bool {
    let line = content(text, at);
    if line == "-" || line.starts_with("- ") {
        return true;
    }
    let Some((key, rest)) = line.split_once(':') else {
        return false;
    };
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (rest.is_empty() || rest.starts_with([' ', '\t']))
        && !key.is_empty()
        && key.chars().all(is_word)
}

/// Where the block that an entry at `column` begins ends: in front of the first line behind `at`
/// that is indented no further. Blank lines and comments at its end are left out. Below a key,
/// dashes in the key's own column belong to it.
pub(super) fn block_end(text: &str, at: u32, column: u32, below_key: bool) -> u32 {
    let mut last = end(text, at);
    let mut line = next(text, at);
    while (line as usize) < text.len() {
        let content = content(text, line);
        let indent = self::column(text, first_on_line(text, line));
        let is_blank = content.is_empty() || content.starts_with('#');
        if !is_blank {
            let is_marker = indent == 0
                && (content == "---" || content == "..." || content.starts_with("--- "));
            let is_dash = content == "-" || content.starts_with("- ");
            let belongs = indent > column
                || content.starts_with(['}', ']'])
                || (indent == column && below_key && is_dash);
            if is_marker || !belongs {
                break;
            }
            last = end(text, line);
        }
        line = next(text, line);
    }
    let from = at as usize;
    at + text[from..last as usize].trim_end().len() as u32
}
