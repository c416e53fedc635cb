//! Pages of diagnostics without what stands in them for the tests that hold them.

/// The page without the marks of its examples (`# error: 14-30`).
pub(super) fn without_marks(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    for line in page.lines() {
        let mut kept = line;
        while let Some(at) = mark(kept) {
            kept = kept[..at].trim_end();
        }
        // A mark on a line of its own is no line of the example.
        if kept.is_empty() && !line.is_empty() {
            continue;
        }
        out.push_str(kept);
        out.push('\n');
    }
    out
}

/// Where the last mark of a line begins.
fn mark(line: &str) -> Option<usize> {
    let last = |mark| {
        let at = line.rfind(mark)?;
        let place = line[at..].strip_prefix(mark)?;
        let is_place = |c: char| c.is_ascii_digit() || c == '-' || c == ':';
        place.trim_end().chars().all(is_place).then_some(at)
    };
    last("# error: ").max(last("# warning: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_marks_are_taken_out() {
        let page =
            "# Title\n\nkey: no # error: 6-8 # warning: 1-2\n  # error: -1:3-4\n# error: of mine\n";
        assert_eq!(
            without_marks(page),
            "# Title\n\nkey: no\n# error: of mine\n"
        );
    }
}
