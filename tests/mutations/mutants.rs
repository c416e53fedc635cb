//! Every fault of a kind at every place of a text: one slip at a time, in the order of the text.

use std::ops::Range;

use regex::Regex;

/// One fault: what is cut out of the text, and what stands there instead.
pub(crate) struct Mutant {
    pub(crate) class: &'static str,
    pub(crate) cut: Range<usize>,
    pub(crate) put: String,
}

/// The classes, in the order of the table.
pub(crate) const CLASSES: &[&str] = &[
    "name", "key", "line", "entry", "literal", "guard", "wait", "yaml", "twice", "unquote", "block",
];

/// Keys whose values are prose: a slip there is nobody's business.
const PROSE: &[&str] = &[
    "title",
    "subject",
    "owner",
    "description",
    "thoughts",
    "touchpoints",
    "pain_points",
    "team",
    "feelings",
    "evidence",
    "opportunities",
    "host",
    "password",
    "text",
    "body",
    "test",
    "name",
    "replies",
    "type",
];

/// A line of the text: where it stands, without its comment.
struct Line<'a> {
    start: usize,
    text: &'a str,
    indent: usize,
    prose: bool,
}

pub(crate) fn all(text: &str) -> Vec<Mutant> {
    let lines = lines(text);
    let mut mutants = Vec::new();
    words(text, &lines, &mut mutants);
    entries(&lines, &mut mutants);
    literals(&lines, &mut mutants);
    guards(&lines, &mut mutants);
    waits(&lines, &mut mutants);
    broken(&lines, &mut mutants);
    blocks(text, &lines, &mut mutants);
    mutants
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let mut all = Vec::new();
    // Lines below this indent belong to a block scalar or to prose.
    let mut inside: Option<usize> = None;
    let key = Regex::new(r"^\s*(?:- )*([a-z_]+):(.*)$").expect("a valid pattern");
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches('\n');
        let line = match line.find(" #") {
            Some(at) if !line[..at + 1].ends_with("\" ") && line[at + 2..].starts_with(' ') => {
                line[..at].trim_end()
            }
            _ => line,
        };
        let indent = line.len() - line.trim_start().len();
        let blank = line.trim().is_empty();
        if inside.is_some_and(|at| indent <= at) && !blank {
            inside = None;
        }
        let mut prose = inside.is_some();
        if inside.is_none()
            && let Some(found) = key.captures(line)
        {
            prose = PROSE.contains(&&found[1]);
            if found[2].trim() == "|" || found[2].trim() == ">" {
                inside = Some(indent);
            }
        }
        if !blank && !line.trim_start().starts_with('#') && line != "---" {
            all.push(Line {
                start,
                text: line,
                indent,
                prose,
            });
        }
        start += whole.len();
    }
    all
}

/// A word with one letter less, or with two letters swapped, by turns.
fn misspelled(word: &str, at: usize) -> String {
    let middle = word.len() / 2;
    let mut letters: Vec<char> = word.chars().collect();
    if at.is_multiple_of(2) && letters[middle] != letters[middle - 1] {
        letters.swap(middle, middle - 1);
    } else {
        letters.remove(middle);
    }
    letters.into_iter().collect()
}

fn words(text: &str, lines: &[Line<'_>], mutants: &mut Vec<Mutant>) {
    let word = Regex::new(r"[A-Za-z_][A-Za-z0-9_]{3,}").expect("a valid pattern");
    let quoted = Regex::new(r#""[^"]*[ :@/][^"]*""#).expect("a valid pattern");
    for line in lines {
        let plain: Vec<_> = quoted.find_iter(line.text).map(|m| m.range()).collect();
        for (n, found) in word.find_iter(line.text).enumerate() {
            let is_key = line.text[found.end()..].starts_with(':')
                && (found.start() == 0
                    || line.text[..found.start()].ends_with([' ', '{', '.', '[']));
            let prose = line.prose && !in_interpolation(line.text, found.start());
            let sentence = plain.iter().any(|range| range.contains(&found.start()))
                && !in_interpolation(line.text, found.start());
            if !is_key && (prose || sentence) {
                continue;
            }
            let cut = line.start + found.start()..line.start + found.end();
            let put = misspelled(&text[cut.clone()], n);
            let class = if is_key { "key" } else { "name" };
            mutants.push(Mutant { class, cut, put });
        }
    }
}

fn in_interpolation(line: &str, at: usize) -> bool {
    line[..at]
        .rfind("${")
        .is_some_and(|open| !line[open..at].contains('}'))
}

/// Entries of flow maps and lists, left out one by one.
fn entries(lines: &[Line<'_>], mutants: &mut Vec<Mutant>) {
    let entry =
        Regex::new(r#"[A-Za-z_.]+: (?:"[^"]*"|'[^']*'|[^,{}\[\]]+), "#).expect("a valid pattern");
    for line in lines.iter().filter(|line| line.text.contains('{')) {
        for found in entry.find_iter(line.text) {
            mutants.push(Mutant {
                class: "entry",
                cut: line.start + found.start()..line.start + found.end(),
                put: String::new(),
            });
        }
    }
}

/// Values of another type.
fn literals(lines: &[Line<'_>], mutants: &mut Vec<Mutant>) {
    let swaps = [
        (r"(?:[:=>] |\()(\d+)(?:[ ,})]|$)", "\"many\""),
        (r"(?:[:=>] |\()(\d+\.\d+)(?:[ ,})]|$)", "true"),
        (r"[:=] (true|false)(?:[ ,})]|$)", "7"),
        (r": (\d+[smhdw])(?:[ ,})]|$)", "some days"),
        (r": (\d+[smhdw])(?:[ ,})]|$)", "5"),
        (r#"[=<>!]= ("[a-z]+")"#, "7"),
        (r#"[=<>!]= ("[a-z]+")"#, "true"),
        (r#"orValue\(("[^"]*")\)"#, "7"),
        (r" (==|>=|<=|>) ", "+"),
        (r"\w(\.\w+) (?:==|>=|<=|>) ", ""),
        (r#"\$\{([a-z.]+)\}"#, "\"a\" + 1"),
    ];
    for (pattern, put) in swaps {
        let pattern = Regex::new(pattern).expect("a valid pattern");
        for line in lines {
            for found in pattern.captures_iter(line.text) {
                let range = found.get(1).expect("the group is in the pattern").range();
                mutants.push(Mutant {
                    class: "literal",
                    cut: line.start + range.start..line.start + range.end,
                    put: put.to_owned(),
                });
            }
        }
    }
}

/// What makes it safe to read something that may be absent, taken away.
fn guards(lines: &[Line<'_>], mutants: &mut Vec<Mutant>) {
    for (pattern, put) in [
        (r"!?has\([a-z_.]+\) (?:&&|\|\|) ", ""),
        (r#"\.orValue\((?:"[^"]*"|[^)]*)\)"#, ""),
        (r"\.\?", "."),
        (r"[a-z_.]+ != null && ", ""),
    ] {
        let pattern = Regex::new(pattern).expect("a valid pattern");
        for line in lines {
            for found in pattern.find_iter(line.text) {
                mutants.push(Mutant {
                    class: "guard",
                    cut: line.start + found.start()..line.start + found.end(),
                    put: put.to_owned(),
                });
            }
        }
    }
}

/// `event` and `trigger` read after a wait.
fn waits(lines: &[Line<'_>], mutants: &mut Vec<Mutant>) {
    for line in lines {
        let plain = line.text.trim_start();
        if plain.starts_with("- wait: ") && !plain.contains("on:") {
            let end = line.start + line.text.len();
            let indent = " ".repeat(line.indent);
            for condition in ["event.order_id == \"x\"", "trigger.id == \"x\""] {
                mutants.push(Mutant {
                    class: "wait",
                    cut: end..end,
                    put: format!("\n{indent}- if: {condition}\n{indent}  then: [{{ end: gone }}]"),
                });
            }
        }
    }
}

/// YAML with one character too few or too many.
fn broken(lines: &[Line<'_>], mutants: &mut Vec<Mutant>) {
    let mut push = |cut: Range<usize>, put: &str| {
        mutants.push(Mutant {
            class: "yaml",
            cut,
            put: put.to_owned(),
        });
    };
    for line in lines {
        let (start, text) = (line.start, line.text);
        let dash = text[line.indent..].starts_with("- ");
        for mark in [": ", "\"", "'", "]", "}", "[", "{"] {
            if let Some(at) = text.find(mark) {
                push(start + at..start + at + 1, "");
            }
            if let Some(at) = text.rfind(mark)
                && text.find(mark) != Some(at)
            {
                push(start + at..start + at + 1, "");
            }
        }
        if text.ends_with(':') {
            push(start + text.len() - 1..start + text.len(), "");
        }
        if dash {
            push(start + line.indent..start + line.indent + 2, "");
        }
        if line.indent > 0 {
            push(start..start + line.indent, "\t");
            push(start..start + 1, "");
        }
        push(start..start, " ");
        if let Some(at) = text.find(": ") {
            push(start + at + 1..start + at + 2, "");
        }
    }
    let quoted = Regex::new(r"'([^']*)'").expect("a valid pattern");
    for line in lines.iter().filter(|line| line.text.contains('{')) {
        for found in quoted.captures_iter(line.text) {
            let whole = found.get(0).expect("the whole match").range();
            mutants.push(Mutant {
                class: "unquote",
                cut: line.start + whole.start..line.start + whole.end,
                put: found[1].to_owned(),
            });
        }
    }
}

/// Lines left out or written twice, and blocks with all that stands below them.
fn blocks(text: &str, lines: &[Line<'_>], mutants: &mut Vec<Mutant>) {
    for (n, line) in lines.iter().enumerate() {
        let ends = lines[n + 1..]
            .iter()
            .position(|next| next.indent <= line.indent)
            .map_or(lines.len(), |more| n + 1 + more);
        let last = &lines[ends - 1];
        let end = text.len().min(last.start + last.text.len() + 1);
        // Up to the line's end, comments included.
        let end = text[end - 1..]
            .find('\n')
            .map_or(text.len(), |more| end + more);
        let cut = line.start..end;
        let leaf = ends == n + 1;
        let item = line.text.trim_start().starts_with("- ");
        if !item || leaf || line.text.contains("rule:") {
            mutants.push(Mutant {
                class: "twice",
                cut: end..end,
                put: text[cut.clone()].to_owned(),
            });
        }
        let head =
            line.indent == 0 && (n == 0 || text[lines[n - 1].start..line.start].contains("---\n"));
        if head {
            let document = text[line.start..]
                .find("\n---")
                .map_or(text.len(), |more| line.start + more + 1);
            for (cut, put) in [
                (line.start..document, String::new()),
                (
                    document..document,
                    format!("---\n{}", &text[line.start..document]),
                ),
            ] {
                let class = if put.is_empty() { "block" } else { "twice" };
                mutants.push(Mutant { class, cut, put });
            }
        }
        let class = if leaf { "line" } else { "block" };
        mutants.push(Mutant {
            class,
            cut,
            put: String::new(),
        });
    }
}
