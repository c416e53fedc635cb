//! Texts to be read: lines of any kind, values within values that are all right, and what people
//! write with faults in it.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Whole values, and pieces of them, some of which end what they stand in.
const VALUES: &[&str] = &[
    "",
    "a",
    "a b",
    "a:b",
    "a: b",
    "a #b",
    "a# b",
    "a # b",
    "1",
    "010",
    "yes",
    "-1",
    "-",
    "- a",
    "- - a",
    "- a: b",
    "--- a",
    "...",
    "~",
    "<<: *x",
    "<<: [*x, *y]",
    "*x",
    "*x : a",
    "&x",
    "&y",
    "&x a",
    "&x {a: 1}",
    "&y [*x, b]",
    "&x a: b",
    "!!str a",
    "!t",
    "? a",
    ": a",
    "@a",
    "%a",
    "\"a\"",
    "\"a\" # b",
    "\"a\"b",
    "\"a\": b",
    "\"a\\n\\u00e9\\\"\"",
    "\"a\\ \"",
    "\"a ",
    "b\"",
    "'a'",
    "'a''b'",
    "'a': b",
    "'a ",
    "b'",
    "|",
    "|-",
    "|+",
    "|2",
    "| # a",
    "|a",
    ">",
    ">-",
    ">+",
    "[a, b]",
    "[a, b,]",
    "[a: b]",
    "[",
    "a,",
    "b]",
    "]",
    "{a: b, c: d}",
    "{a: b, a: c}",
    "{a: , b: c}",
    "{a, b}",
    "{\"a\":1, 'b': 2}",
    "{a: [b, {c: \"d\"}], e: 'f'}",
    "{a: [b]}: c",
    "{",
    "a: b,",
    "}",
    "[a, # b",
    "é: ü",
    "\u{FEFF}",
    "\u{85}",
    "\u{2028}a",
    "a\tb",
    "\t",
    "a\t# b",
    "# a",
    "#a",
    "a && b",
    "&& b",
    "(a || b) && c",
    "a ",
    "  ",
];

/// A line: how far it is indented, what stands before its value, the value, and how it ends.
fn line() -> impl Strategy<Value = String> {
    let indent = select(&[0, 0, 0, 2, 2, 2, 4, 4, 6, 1, 3][..]);
    let before = select(
        &[
            "", "", "- ", "- ", "a: ", "b: ", "c: ", "d:", "- e: ", "- - ", "'f': ", "\"g\": ",
        ][..],
    );
    let end = select(
        &[
            "\n", "\n", "\n", "\n", "\n", "\n\n", " # c\n", "\r\n", " \n", "\n  \n", "",
        ][..],
    );
    (indent, before, select(VALUES), end)
        .prop_map(|(indent, before, value, end)| format!("{:indent$}{before}{value}{end}", ""))
}

/// Lines of maps and sequences, most of which stand where they may.
pub(crate) fn lines() -> impl Strategy<Value = String> {
    let document = select(
        &[
            "",
            "",
            "",
            "",
            "---\n",
            "# a\n",
            "\n",
            "--- # a\n",
            "...\n",
            "%YAML 1.2\n",
        ][..],
    );
    let lines = prop::collection::vec(line(), 1..9).prop_map(|lines| lines.concat());
    prop::collection::vec((document, lines), 1..3).prop_map(|parts| {
        let pieces = parts
            .into_iter()
            .flat_map(|(start, lines)| [start.to_owned(), lines]);
        pieces.collect()
    })
}

/// Values within values, each in a style of its own, and all of them right: whether it is a scalar,
/// and its lines.
pub(crate) fn nested(depth: u32) -> BoxedStrategy<(bool, Vec<String>)> {
    let scalar = select(
        &[
            "a",
            "a b",
            "'a, b'",
            "\"a: \\\"b\\\"\"",
            "1.5",
            "true",
            "[a, {b: c}]",
            "{a: [], 'b': \"c\"}",
            "a  # c",
            "a.b(c, [d]) == 'e'",
            "{}",
            "|\n    a\n     b\n\n    c",
            ">-\n    a\n    b\n\n    c",
            "a\n    b",
            "'a\n    b'",
            "\"a\n\n    b\\t\"",
            "[a,\n    b # c\n    ]",
        ][..],
    );
    let scalar = scalar
        .prop_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .prop_map(|lines| (true, lines));
    if depth == 0 {
        return scalar.boxed();
    }
    let below = |lines: Vec<String>| lines.into_iter().map(|line| format!("  {line}"));
    let key = select(&["a", "b_c", "'d'", "\"e\"", "f.g", "é"][..]);
    let entry = (key, nested(depth - 1), any::<bool>(), 0..1000_usize);
    let map = prop::collection::vec(entry, 1..4).prop_map(move |entries| {
        let mut lines: Vec<String> = Vec::new();
        for (at, (key, (is_scalar, value), is_list, number)) in entries.into_iter().enumerate() {
            let key = match key.strip_suffix(['\'', '"']) {
                Some(quoted) => format!("{quoted}{at}{}", &key[..1]),
                None => format!("{key}{at}"),
            };
            if number % 7 == 0 {
                lines.push(format!("# {number}"));
            }
            if is_scalar && !is_list {
                lines.push(format!("{key}: {}", value[0]));
                lines.extend(below(value[1..].to_vec()));
            } else if is_list {
                lines.push(format!("{key}:"));
                lines.push(format!("- {}", value[0]));
                lines.extend(below(value[1..].to_vec()));
            } else {
                lines.push(format!("{key}:  # {number}"));
                lines.extend(below(value));
            }
        }
        (false, lines)
    });
    let list = prop::collection::vec(nested(depth - 1), 1..4).prop_map(move |items| {
        let mut lines = Vec::new();
        for (_, item) in items {
            lines.push(format!("- {}", item[0]));
            lines.extend(below(item[1..].to_vec()));
        }
        (false, lines)
    });
    prop_oneof![1 => scalar, 3 => map, 2 => list].boxed()
}

/// A text with a few faults: something is put in, taken out, or moved.
pub(crate) fn broken(text: &str, faults: &[(Index, Index, u8)]) -> String {
    let mut text = text.to_owned();
    for (place, other, what) in faults {
        let places: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let at = *place.get(&places);
        let line = text[..at].rfind('\n').map_or(0, |before| before + 1);
        let end = text[at..]
            .find('\n')
            .map_or(text.len(), |feed| at + feed + 1);
        match what % 8 {
            0 => text.insert_str(at, other.get::<&str>(VALUES)),
            1 => text.insert_str(
                at,
                other.get::<&str>(&[
                    " ", "  ", "\n", "\n\n", ":", ": ", ",", "#", " #", "-", "- ", "\t", "\r\n",
                ]),
            ),
            2 => text.replace_range(
                at..at + text[at..].chars().next().map_or(0, char::len_utf8),
                "",
            ),
            3 => text.insert_str(
                line,
                other.get::<&str>(&[" ", "  ", "    ", "- ", "# ", "\n"]),
            ),
            4 => text.replace_range(line..end, ""),
            5 => {
                let copy = text[line..end].to_owned();
                text.insert_str(end, &copy);
            }
            6 if text[line..].starts_with(' ') => text.replace_range(line..=line, ""),
            _ => text.truncate(at),
        }
    }
    text
}
