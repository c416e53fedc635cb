//! A scalar built from parts of which it is known what they are written as: every part of its
//! value must be found exactly where it is written, in every style.

use std::sync::Arc;

use cjoc::source::{FileId, TextRange};
use cjoc::yaml::{Style, Text, parse};
use proptest::prelude::*;

/// A part of a value and what is written for it.
#[derive(Clone, Debug)]
struct Part {
    value: String,
    written: String,
}

fn part(value: &str, written: &str) -> Part {
    Part {
        value: value.to_owned(),
        written: written.to_owned(),
    }
}

fn letter() -> impl Strategy<Value = Part> {
    prop::sample::select(vec!["a", "B", "7", "é", "日", "😀", "(", "=", "."])
        .prop_map(|c| part(c, c))
}

fn escape() -> impl Strategy<Value = Part> {
    prop::sample::select(vec![
        ("\n", "\\n"),
        ("\t", "\\t"),
        ("\"", "\\\""),
        ("\\", "\\\\"),
        ("/", "\\/"),
        ("A", "\\x41"),
        ("é", "\\u00e9"),
        ("😀", "\\U0001F600"),
        ("😀", "\\ud83d\\ude00"),
        ("\u{a0}", "\\_"),
        (" ", "\\ "),
    ])
    .prop_map(|(value, written)| part(value, written))
}

/// Words with separators between them; the separators' values are right between two letters.
fn flow(
    inner: BoxedStrategy<Part>,
    joins: &'static [(&'static str, &'static str)],
) -> BoxedStrategy<Vec<Part>> {
    let word = (letter(), prop::collection::vec(inner, 0..4), letter()).prop_map(
        |(first, inner, last)| {
            let mut parts = vec![first];
            parts.extend(inner);
            parts.push(last);
            parts
        },
    );
    let join = prop::sample::select(joins).prop_map(|(value, written)| part(value, written));
    prop::collection::vec((word, join), 1..5)
        .prop_map(|words| {
            let mut parts = Vec::new();
            for (word, join) in words {
                parts.extend(word);
                parts.push(join);
            }
            parts.pop();
            parts
        })
        .boxed()
}

const FOLDS: &[(&str, &str)] = &[
    (" ", " "),
    ("  ", "  "),
    (" ", "\n    "),
    (" ", " \t\n     "),
    ("\n", "\n\n    "),
    ("\n\n", "\n  \n\n    "),
];

const DOUBLE_FOLDS: &[(&str, &str)] = &[
    (" ", " "),
    (" ", "\n    "),
    ("\n", " \n\n    "),
    ("", "\\\n    "),
    ("\n", "\\\n\n    "),
];

fn plain() -> BoxedStrategy<(Style, Vec<Part>)> {
    flow(letter().boxed(), FOLDS)
        .prop_map(|parts| (Style::Plain, parts))
        .boxed()
}

fn single() -> BoxedStrategy<(Style, Vec<Part>)> {
    let quote = Just(part("'", "''"));
    flow(prop_oneof![letter(), quote].boxed(), FOLDS)
        .prop_map(|parts| (Style::SingleQuoted, quoted("'", parts)))
        .boxed()
}

fn double() -> BoxedStrategy<(Style, Vec<Part>)> {
    flow(prop_oneof![letter(), escape()].boxed(), DOUBLE_FOLDS)
        .prop_map(|parts| (Style::DoubleQuoted, quoted("\"", parts)))
        .boxed()
}

fn quoted(quote: &str, mut parts: Vec<Part>) -> Vec<Part> {
    parts.insert(0, part("", quote));
    parts.push(part("", quote));
    parts
}

/// A line of block text: how many blanks it starts with beyond the indentation, its words, and the
/// blank lines behind it.
type Line = (usize, Vec<Part>, usize);

fn block() -> BoxedStrategy<(Style, Vec<Part>)> {
    let words = prop::collection::vec(prop_oneof![5 => letter(), 1 => Just(part(" ", " "))], 0..6);
    let words = (letter(), words, letter()).prop_map(|(first, inner, last)| {
        let mut parts = vec![first];
        parts.extend(inner);
        parts.push(last);
        parts
    });
    let line = (prop::sample::select(vec![0, 0, 0, 1, 3]), words, 0..3usize);
    let headers = prop::sample::select(vec!["", "-", "+"]);
    (
        any::<bool>(),
        headers,
        0..3usize,
        prop::collection::vec(line, 1..6),
    )
        .prop_map(|(is_folded, chomping, leading, lines)| {
            let style = if is_folded {
                Style::Folded
            } else {
                Style::Literal
            };
            (style, block_parts(is_folded, chomping, leading, &lines))
        })
        .boxed()
}

fn block_parts(is_folded: bool, chomping: &str, leading: usize, lines: &[Line]) -> Vec<Part> {
    let mark = if is_folded { ">" } else { "|" };
    // Relative to the key's indentation, which is two.
    let mut parts = vec![part("", &format!("{mark}2{chomping} # why\n"))];
    for _ in 0..leading {
        parts.push(part("\n", "\n"));
    }
    for (index, (more, words, blank)) in lines.iter().enumerate() {
        parts.push(part("", "    "));
        parts.extend((0..*more).map(|_| part(" ", " ")));
        parts.extend(words.iter().cloned());
        let breaks = blank + 1;
        let Some((next_more, ..)) = lines.get(index + 1) else {
            let kept = match chomping {
                "-" => 0,
                "+" => breaks,
                _ => 1,
            };
            parts.extend((0..kept).map(|_| part("\n", "\n")));
            parts.push(part("", &"\n".repeat(breaks - kept)));
            break;
        };
        let keeps = !is_folded || *more > 0 || *next_more > 0;
        let value = match (keeps, breaks) {
            (true, breaks) => "\n".repeat(breaks),
            (false, 1) => " ".to_owned(),
            (false, breaks) => "\n".repeat(breaks - 1),
        };
        parts.push(part(&value, &"\n".repeat(breaks)));
    }
    parts
}

fn check(style: Style, parts: &[Part], line_break: &str, mark: &str) -> Result<(), TestCaseError> {
    let mut source = format!("{mark}a:\n  é: ").replace('\n', line_break);
    let mut value = String::new();
    let mut expected = Vec::new();
    for part in parts {
        let written = part.written.replace('\n', line_break);
        expected.push((
            TextRange::new(value.len() as u32, (value.len() + part.value.len()) as u32),
            TextRange::new(source.len() as u32, (source.len() + written.len()) as u32),
            part.clone(),
        ));
        value.push_str(&part.value);
        source.push_str(&written);
    }
    if !source.ends_with(line_break) {
        source.push_str(line_break);
    }
    source.push_str("  z: end");
    let source: Arc<str> = source.into();
    let parsed = parse(FileId(0), &source);
    prop_assert_eq!(&parsed.diagnostics, &[], "in {:?}", source);
    let text: Text = parsed
        .tree
        .documents()
        .next()
        .and_then(|root| root.as_map()?.get("a")?.value.as_map()?.get("é"))
        .and_then(|entry| entry.value.as_scalar())
        .map(cjoc::yaml::Scalar::to_text)
        .expect("the scalar is there");
    prop_assert_eq!(text.value(), &value, "in {:?}", source);
    prop_assert_eq!(text.style(), style);
    for (in_value, in_source, part) in expected {
        if part.value.is_empty() {
            continue;
        }
        let found = text.locate(in_value, &source).range;
        let is_break = part.written.contains('\n');
        if is_break {
            // Breaks may take the indentation around them along, but nothing that is a word.
            let written = &source[found.as_usize()];
            prop_assert!(
                written.trim_start_matches('\\').trim().is_empty(),
                "{:?} is at {:?} in {:?}",
                part,
                written,
                source
            );
        } else {
            prop_assert_eq!(found, in_source, "{:?} in {:?}", part, source);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(400),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_part_is_found_where_it_is_written(
        (style, parts) in prop_oneof![plain(), single(), double(), block()],
        line_break in prop::sample::select(vec!["\n", "\r\n"]),
        mark in prop::sample::select(vec!["", "\u{FEFF}"]),
    ) {
        check(style, &parts, line_break, mark)?;
    }

    #[test]
    fn an_edit_reads_as_it_was_meant(
        (_, parts) in prop_oneof![plain(), single(), double(), block()],
        replacement in "[a-z'\"\\\\:#, \\[é]{0,6}",
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        in_flow in any::<bool>(),
    ) {
        let scalar: String = parts.iter().map(|part| part.written.as_str()).collect();
        let is_block = scalar.starts_with(['|', '>']);
        let source: Arc<str> = if in_flow && !is_block {
            format!("a:\n  b: [ {scalar}\n    ]\n").into()
        } else {
            format!("a:\n  b: {scalar}\n").into()
        };
        let parsed = parse(FileId(0), &source);
        let Some(text) = first_text(&parsed.tree) else { return Ok(()) };
        let ends: Vec<usize> = (0..=text.value().len())
            .filter(|at| text.value().is_char_boundary(*at))
            .collect();
        let (a, b) = (*cut.0.get(&ends), *cut.1.get(&ends));
        let range = TextRange::new(a.min(b) as u32, a.max(b) as u32);
        // Only what is one word is ever replaced.
        if text.value()[range.as_usize()].contains(char::is_whitespace) || range.is_empty() {
            return Ok(());
        }
        let Some(edit) = text.edit(range, &replacement, &source) else { return Ok(()) };
        let mut edited = source.to_string();
        edited.replace_range(edit.span.range.as_usize(), &edit.text);
        let mut expected = text.value().to_owned();
        expected.replace_range(range.as_usize(), &replacement);
        let edited: Arc<str> = edited.into();
        let again = parse(FileId(0), &edited);
        let found = first_text(&again.tree);
        prop_assert_eq!(found.as_ref().map(Text::value), Some(expected.as_str()), "{:?}", edited);
    }

    /// Any text at all: no panic, and every place lies in the text.
    #[test]
    fn any_text_is_read_without_a_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "b: ", "- ", "\n", "\n  ", "\n    ", ": ", ",", "[", "]", "{", "}", "\"", "'",
            "#", " # c", "&x ", "*x", "!t ", "|", ">", "|2\n", "? ", "\\", "\t", "\r\n", "é",
            "\u{FEFF}", "---\n", "...\n", "%YAML 1.2\n", "<<: ", "when: ", "`", "@", "😀", "(", "~",
        ]), 0..40),
    ) {
        let source: Arc<str> = pieces.concat().into();
        let parsed = parse(FileId(0), &source);
        for diagnostic in &parsed.diagnostics {
            let labels = diagnostic.labels.iter().map(|label| label.span);
            let edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
            for span in labels.chain(edits).chain([diagnostic.span]) {
                prop_assert!(source.get(span.range.as_usize()).is_some(), "{:?} in {:?}", diagnostic, source);
            }
        }
        let mut nodes: Vec<_> = parsed.tree.all_documents().collect();
        let mut count = 0;
        while let Some(node) = nodes.pop() {
            count += 1;
            prop_assert!(count < 100_000);
            prop_assert!(source.get(node.span().range.as_usize()).is_some(), "{:?} in {:?}", node, source);
            let _ = node.is_broken();
            if let Some(scalar) = node.as_scalar() {
                let text = scalar.to_text();
                let whole = TextRange::new(0, text.value().len() as u32);
                let found = text.locate(whole, &source).range;
                prop_assert!(source.get(found.as_usize()).is_some());
            }
            nodes.extend(node.as_seq().into_iter().flat_map(cjoc::yaml::Seq::items));
            for entry in node.as_map().into_iter().flat_map(cjoc::yaml::Map::entries) {
                let _ = cjoc::yaml::unquoted_condition(&entry);
                nodes.extend([entry.key, entry.value]);
            }
        }
    }
}

fn first_text(tree: &cjoc::yaml::Tree) -> Option<Text> {
    let value = tree
        .documents()
        .next()?
        .as_map()?
        .get("a")?
        .value
        .as_map()?
        .get("b")?
        .value;
    let value = value
        .as_seq()
        .and_then(|seq| seq.items().next())
        .unwrap_or(value);
    value.as_scalar().map(cjoc::yaml::Scalar::to_text)
}
