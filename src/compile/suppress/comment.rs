//! A comment that allows warnings, as written: how far it reaches, the names, whether it says why,
//! and what goes when a name is taken out.

use crate::source::{FileId, SourceFile, Span};

/// A byte order mark, before the first line.
const MARK: &str = "\u{FEFF}";

/// How far a suppression reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Line,
    File,
}

#[derive(Debug)]
pub(super) struct Allow<'t> {
    pub extent: Extent,
    pub comment: Span,
    /// `allow` or `allow-file`.
    pub keyword: Span,
    pub names: Vec<Named<'t>>,
    pub has_reason: bool,
}

#[derive(Debug)]
pub(super) struct Named<'t> {
    pub text: &'t str,
    pub span: Span,
}

/// What a comment allows, if that is what it is for.
pub(super) fn read(text: &str, comment: Span) -> Option<Allow<'_>> {
    let whole = text.get(comment.range.as_usize())?;
    let offset = |part: &str| (part.as_ptr() as usize - text.as_ptr() as usize) as u32;
    let body = whole.trim_start_matches('#').trim_start();
    let keyword = body.strip_prefix("cjoc:")?.trim_start();
    let (extent, rest) = match keyword.strip_prefix("allow-file") {
        Some(rest) => (Extent::File, rest),
        None => (Extent::Line, keyword.strip_prefix("allow")?),
    };
    let names = rest.trim_start().strip_prefix('(')?;
    let close = names.find(')')?;
    let start = offset(keyword);
    Some(Allow {
        extent,
        comment,
        keyword: Span::new(comment.file, start, offset(rest)),
        names: names[..close]
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| {
                let start = offset(name);
                let span = Span::new(comment.file, start, start + name.len() as u32);
                Named { text: name, span }
            })
            .collect(),
        has_reason: names[close + 1..].contains(char::is_alphanumeric),
    })
}

/// Whether it is meant for the compiler and cannot be read: a bracket is missing, nothing stands
/// between them, a word is not one that it knows.
pub(super) fn is_malformed(text: &str, comment: Span) -> bool {
    let Some(whole) = text.get(comment.range.as_usize()) else {
        return false;
    };
    let body = whole.trim_start_matches('#').trim_start();
    let begins = body
        .get(.."cjoc:".len())
        .is_some_and(|word| word.eq_ignore_ascii_case("cjoc:"));
    begins && read(text, comment).is_none_or(|allow| allow.names.is_empty())
}

impl Allow<'_> {
    /// What goes when a name is taken out: the name with its comma, or where it is the only one
    /// the comment, with its line where it stands alone on it.
    pub(super) fn removal(&self, index: usize, text: &str) -> Span {
        let span = |start, end| Span::new(self.comment.file, start, end);
        let name = self.names[index].span;
        if let Some(next) = self.names.get(index + 1) {
            return span(name.start(), next.span.start());
        }
        if let Some(before) = index.checked_sub(1).and_then(|i| self.names.get(i)) {
            return span(before.span.end(), name.end());
        }
        self.whole(text)
    }

    /// The comment, with its line where it stands alone on it.
    pub(super) fn whole(&self, text: &str) -> Span {
        let span = |start, end| Span::new(self.comment.file, start, end);
        let (start, end) = (self.comment.start() as usize, self.comment.end() as usize);
        let before = &text[..start];
        let kept = before.trim_end_matches([' ', '\t']);
        let opens = kept.is_empty() || kept == MARK || kept.ends_with('\n');
        let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
        if opens {
            span(kept.len() as u32, line_end as u32)
        } else {
            span(kept.len() as u32, end as u32)
        }
    }
}

/// Where a comment stands above all else.
pub(super) fn top(file: FileId, text: &str) -> Span {
    let at = if text.starts_with(MARK) {
        MARK.len()
    } else {
        0
    } as u32;
    Span::new(file, at, at)
}

/// Which lines the comments of a file speak of; asked in the order of the text, so that thousands
/// of comments below one another are passed once.
pub(super) struct CoveredLines<'f> {
    file: &'f SourceFile,
    /// Where the first line begins that is more than a comment, a blank line or a `---`.
    content: u32,
    /// The last answer: from its comment's line to the line that it speaks of nothing else stands.
    last: Option<(u32, u32)>,
}

impl<'f> CoveredLines<'f> {
    pub(super) fn new(file: &'f SourceFile) -> Self {
        Self {
            file,
            content: content(&file.text),
            last: None,
        }
    }

    /// Whether nothing but comments and blank lines stands above a comment.
    pub(super) fn is_at_top(&self, comment: u32) -> bool {
        comment < self.content
    }

    /// The line that a comment speaks of: its own, or where it stands alone, the next that is more
    /// than a comment, a blank line or the `---` above a document.
    pub(super) fn covered(&mut self, comment: u32) -> u32 {
        let own = self.file.lines.position(comment).line;
        if let Some((from, to)) = self.last
            && (from..=to).contains(&own)
        {
            return to;
        }
        let mut line = own;
        while self.is_passed(line) {
            line += 1;
        }
        self.last = Some((own, line));
        line
    }

    fn is_passed(&self, number: u32) -> bool {
        let line_of = || {
            let lines = &self.file.lines;
            let start = lines.line_start(number)? as usize;
            let end = lines.line_start(number + 1);
            let end = end.map_or(self.file.text.len(), |end| end as usize);
            let line = self.file.text.get(start..end)?;
            Some(line.trim_start_matches(MARK).trim())
        };
        line_of().is_some_and(|line| {
            line.is_empty() || line.starts_with('#') || line == "---" || line.starts_with("--- #")
        })
    }
}

/// Where the first line begins that is no comment, blank or `---`.
fn content(text: &str) -> u32 {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let shown = line.trim_start_matches(MARK).trim();
        if !(shown.is_empty() || shown.starts_with('#') || shown.starts_with("---")) {
            return at;
        }
        at += line.len() as u32;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn comment_in(text: &str) -> Span {
        let start = text.find('#').expect("there is a comment");
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        Span::new(FileId(0), start as u32, end as u32)
    }

    #[test]
    fn names_stand_between_brackets_and_commas() {
        let text = "a: 1 #  cjoc: allow(one, two-words ) because";
        let allow = read(text, comment_in(text)).expect("it is one");
        let names: Vec<_> = allow.names.iter().map(|name| name.text).collect();
        assert_eq!(names, ["one", "two-words"]);
        assert!(
            allow
                .names
                .iter()
                .all(|n| &text[n.span.range.as_usize()] == n.text)
        );
        assert!(allow.has_reason);
        assert_eq!(allow.extent, Extent::Line);
    }

    #[test]
    fn other_comments_say_nothing() {
        for text in ["# cjoc is fine", "# cjoc: allow one", "# allow(one)", "#"] {
            assert!(read(text, comment_in(text)).is_none(), "{text}");
        }
    }

    #[test]
    fn a_name_is_taken_out_with_its_comma_and_the_last_with_its_comment() {
        for (text, index, left) in [
            (
                "a: 1 # cjoc: allow(one, two) why\n",
                0,
                "a: 1 # cjoc: allow(two) why\n",
            ),
            (
                "a: 1 # cjoc: allow(one, two) why\n",
                1,
                "a: 1 # cjoc: allow(one) why\n",
            ),
            ("a: 1  # cjoc: allow(one) why\nb: 2\n", 0, "a: 1\nb: 2\n"),
            ("a: 1\n  # cjoc: allow(one) why\nb: 2\n", 0, "a: 1\nb: 2\n"),
            ("# cjoc: allow-file(one)\nb: 2\n", 0, "b: 2\n"),
        ] {
            let allow = read(text, comment_in(text)).expect("it is one");
            let mut mended = text.to_owned();
            mended.replace_range(allow.removal(index, text).range.as_usize(), "");
            assert_eq!(mended, left, "{text}");
        }
    }

    #[test]
    fn a_comment_speaks_of_its_own_line_or_of_the_next_one() {
        let text = "a: 1 # one\n# two\n# three\nb: 2\n";
        let file = SourceFile::new("a.yaml", text);
        let line = |needle: &str| {
            let at = text.find(needle).expect("it is there") as u32;
            CoveredLines::new(&file).covered(at)
        };
        assert_eq!(line("# one"), 1);
        assert_eq!(line("# two"), 4);
        assert_eq!(line("# three"), 4);
    }

    #[test]
    fn blank_lines_and_the_start_of_a_document_lie_between() {
        let text = "# one\n\na: 1\n# two\n---\n \nb: 2\n# three\n\n";
        let file = SourceFile::new("a.yaml", text);
        let line = |needle: &str| {
            let at = text.find(needle).expect("it is there") as u32;
            CoveredLines::new(&file).covered(at)
        };
        assert_eq!(line("# one"), 3);
        assert_eq!(line("# two"), 7);
        assert!(line("# three") > 7);
    }

    #[test]
    fn what_is_meant_for_the_compiler_has_one_form() {
        for (text, malformed) in [
            ("# cjoc: alow(one) x", true),
            ("# cjoc: allow() x", true),
            ("# cjoc: allow(one x", true),
            ("# cjoc: allow one x", true),
            ("# CJOC: allow(one) x", true),
            ("#cjoc:", true),
            ("# cjoc: allow(one) x", false),
            ("# cjoc: allow-file(one)", false),
            ("# cjoc is fine", false),
            ("# für", false),
        ] {
            assert_eq!(is_malformed(text, comment_in(text)), malformed, "{text}");
        }
    }
}
