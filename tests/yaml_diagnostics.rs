//! What is said about YAML that is wrong, and exactly where: `«` and `»` mark the place.

use std::sync::Arc;

use cjoc::diagnostic::{Diagnostic, Fix};
use cjoc::source::FileId;
use cjoc::yaml::{Entry, Node, Parsed, Unquoted, Value, parse, unquoted_condition};

/// A text without its marks, and the marked ranges.
fn unmark(marked: &str) -> (Arc<str>, Vec<(u32, u32)>) {
    let mut text = String::new();
    let mut open = Vec::new();
    let mut ranges = Vec::new();
    for c in marked.chars() {
        match c {
            '«' => open.push(text.len() as u32),
            '»' => ranges.push((open.pop().expect("an opening mark"), text.len() as u32)),
            c => text.push(c),
        }
    }
    ranges.sort_unstable();
    (text.into(), ranges)
}

fn short(diagnostic: &Diagnostic) -> String {
    format!("{}: {}", diagnostic.code.name, diagnostic.message)
}

/// Checks that exactly these diagnostics are reported, each at its mark.
fn check(marked: &str, expected: &[&str]) -> Parsed {
    let (text, ranges) = unmark(marked);
    let parsed = parse(FileId(0), &text);
    let found: Vec<String> = parsed.diagnostics.iter().map(short).collect();
    assert_eq!(found, expected, "in {marked:?}");
    let places: Vec<(u32, u32)> = parsed
        .diagnostics
        .iter()
        .map(|d| (d.span.start(), d.span.end()))
        .collect();
    assert_eq!(places, ranges, "in {marked:?}");
    parsed
}

/// The tree in a line: `!` stands for an error, `_` for what is missing.
fn shape(node: Node<'_>) -> String {
    match node.value() {
        Value::Error => "!".to_owned(),
        Value::Scalar(scalar) if scalar.is_missing() => "_".to_owned(),
        Value::Scalar(scalar) => scalar.value().to_owned(),
        Value::Seq(seq) => format!(
            "[{}]",
            seq.items().map(shape).collect::<Vec<_>>().join(", ")
        ),
        Value::Map(map) => {
            let entry = |e: Entry<'_>| format!("{}: {}", shape(e.key), shape(e.value));
            format!(
                "{{{}}}",
                map.entries().map(entry).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

fn shapes(parsed: &Parsed) -> String {
    parsed
        .tree
        .documents()
        .map(shape)
        .collect::<Vec<_>>()
        .join(" --- ")
}

fn apply(text: &str, fix: &Fix) -> String {
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.range.as_usize(), &edit.text);
    }
    text
}

/// A marked text, the diagnostics, and what is left of the tree.
type Case = (&'static str, &'static [&'static str], &'static str);

const SYNTAX: &[Case] = &[
    (
        "a: «\"»abc\nb: c\n",
        &["invalid-yaml: this `\"` is never closed"],
        "{a: !, b: c}",
    ),
    (
        "a: «'»abc\nb: 'c'\nd: e\n",
        &["invalid-yaml: this `'` is never closed"],
        "{a: !, b: c, d: e}",
    ),
    (
        "- { a: \"b\", c: «\"»d\n- { e: \"x\", f: g }\n",
        &["invalid-yaml: this `\"` is never closed"],
        "[!, {e: x, f: g}]",
    ),
    (
        "a: \"x\n«b\"»\nc: d\n",
        &[
            "invalid-yaml: the lines of a quoted text must be indented further than its key, with \
           spaces",
        ],
        "{a: !, c: d}",
    ),
    (
        "a: «[»b, c\nd: e\n",
        &["invalid-yaml: this `[` is never closed"],
        "{a: !, d: e}",
    ),
    (
        "a: «{»b: c, d: e\nf: { g: h }\n",
        &["invalid-yaml: this `{` is never closed"],
        "{a: !, f: {g: h}}",
    ),
    (
        "- «{» a: b\n- c\n",
        &["invalid-yaml: this `{` is never closed"],
        "[!, c]",
    ),
    (
        "a: «{»b: c]\n",
        &["invalid-yaml: `{` is closed by `]`"],
        "{a: !}",
    ),
    (
        "a: [b]«]»\nc: d\n",
        &["invalid-yaml: `]` closes nothing"],
        "{a: !, c: d}",
    ),
    (
        "a: [\n  b\n«]»\nc: d\n",
        &["invalid-yaml: the closing `]` must be indented further than its key"],
        "{a: !, c: d}",
    ),
    (
        "a: { x: 1\n  y«:» 2 }\nb: 3\n",
        &["invalid-yaml: expected `,` or `}` here"],
        "{a: !, b: 3}",
    ),
    (
        "a:\n«\t»b: c\nd: e\n",
        &["invalid-yaml: YAML does not allow tabs as indentation"],
        "{a: !, d: e}",
    ),
    (
        "a:\n  b: c\n «d»: e\nf: g\n",
        &["invalid-yaml: this line is indented by 1, as nothing above it is"],
        "{a: {b: c}, f: g}",
    ),
    (
        "a:\n  - b: 1\n   «c»: 2\n  - d: 3\n",
        &["invalid-yaml: this line is indented by 3, as nothing above it is"],
        "{a: [{b: 1}, {d: 3}]}",
    ),
    (
        "a: b\n  «c»: d\ne: f\n",
        &[
            "invalid-yaml: this line is indented further than its siblings, and so reads as part \
           of the value above",
        ],
        "{a: b, e: f}",
    ),
    (
        "title: A«:» the first\nb: c\n",
        &["invalid-yaml: an unquoted value may not hold `: `, which would begin another map"],
        "{title: !, b: c}",
    ),
    (
        "a: b\n«key»\nc: d\n",
        &["invalid-yaml: this line has no `:`, so it is not `key: value`"],
        "{a: b, c: d}",
    ),
    (
        "«journey backpack»\ntitle: x\n---\njourney: b\n",
        &["invalid-yaml: this line has no `:`, so it is not `key: value`"],
        "{title: x} --- {journey: b}",
    ),
    (
        "- name: x\n- «name y»\n  when: b\n- name: z\n",
        &["invalid-yaml: this line has no `:`, so it is not `key: value`"],
        "[{name: x}, !, {name: z}]",
    ),
    (
        "a: 'it'«s'»\nb: c\n",
        &["invalid-yaml: nothing may follow the closing quote"],
        "{a: !, b: c}",
    ),
    (
        "a: \"x«\\q»y\"\nb: c\n",
        &["invalid-yaml: `\\q` is not an escape in double quotes"],
        "{a: !, b: c}",
    ),
    (
        "a: «@x»\nb: c\n",
        &["invalid-yaml: this value must be quoted"],
        "{a: !, b: c}",
    ),
    (
        "a: «-» b\nc: d\n",
        &["invalid-yaml: a list may not start on the line of its key"],
        "{a: !, c: d}",
    ),
    (
        "- a\n«b»: c\n",
        &["invalid-yaml: a key is not allowed among list items"],
        "[a]",
    ),
    (
        "a: { b: c } «d»\ne: f\n",
        &["invalid-yaml: nothing may follow the value here"],
        "{a: !, e: f}",
    ),
    (
        "a: «*foo»\nb: c\n",
        &["invalid-yaml: `*foo` refers to an anchor that this document does not set above"],
        "{a: !, b: c}",
    ),
    (
        "a: &a [«*a»]\n",
        &["invalid-yaml: `*a` is inside what it refers to"],
        "{a: [!]}",
    ),
    (
        "a: !!int «abc»\nb: c\n",
        &["invalid-yaml: this value is not a valid `!!int`"],
        "{a: abc, b: c}",
    ),
    (
        "{ when: a\n  on«:» b }\n",
        &["invalid-yaml: expected `,` or `}` here"],
        "!",
    ),
    (
        "when: a\n  «and»: b\nc: d\n",
        &[
            "invalid-yaml: this line is indented further than its siblings, and so reads as part \
           of the value above",
        ],
        "{when: a, c: d}",
    ),
    (
        "a: b\nc«:»d\ne: f\n",
        &["invalid-yaml: there must be a space after this `:`"],
        "{a: b, e: f}",
    ),
    (
        "- a\n«-»b: c\n- d\n",
        &["invalid-yaml: there must be a space after this `-`"],
        "[a, d]",
    ),
    (
        "a:\n «b»: c\n  d: e\n  f: g\nh: i\n",
        &["invalid-yaml: this line is indented by 1, and those below it by more"],
        "{a: {d: e, f: g}, h: i}",
    ),
    (
        "a: b\n  «c»: d\n  e: f\ng: h\n",
        &[
            "invalid-yaml: this line is indented further than its siblings, and so reads as part \
           of the value above",
        ],
        "{a: b, g: h}",
    ),
    (
        "a: 1\n«--»\na: 2\nb: 3\n",
        &["invalid-yaml: a document starts with `---`"],
        "{a: 1, b: 3}",
    ),
    (
        "identify: { customer: { a: b c«:» d }, application: { e: f } }\ng: h\n",
        &["invalid-yaml: expected `,` or `}` here"],
        "{identify: !, g: h}",
    ),
    // Several in one file, each where it is, and everything sound stays.
    (
        "a:\n  t: «\"»x\n  do: w\nb:\n   «t»: z\n  do: w\nc: A«:» B\n---\nd: «[»1\n---\ne: f\n",
        &[
            "invalid-yaml: this `\"` is never closed",
            "invalid-yaml: this line is indented by 3, and what follows it by 2",
            "invalid-yaml: an unquoted value may not hold `: `, which would begin another map",
            "invalid-yaml: this `[` is never closed",
        ],
        "{a: {t: !, do: w}, b: {t: z}, c: !} --- {d: !} --- {e: f}",
    ),
];

#[test]
fn syntax_errors_say_what_is_wrong_and_spare_the_rest() {
    for (marked, expected, tree) in SYNTAX {
        for line_break in ["\n", "\r\n"] {
            let parsed = check(&marked.replace('\n', line_break), expected);
            assert_eq!(shapes(&parsed), *tree, "in {marked:?}");
        }
        let parsed = check(&format!("\u{FEFF}{marked}"), expected);
        assert_eq!(
            shapes(&parsed),
            *tree,
            "in {marked:?} with a byte order mark"
        );
    }
}

#[test]
fn a_fix_leaves_nothing_to_report() {
    let mut fixed = 0;
    for (marked, expected, _) in SYNTAX {
        let (text, _) = unmark(marked);
        let parsed = parse(FileId(0), &text);
        if let ([diagnostic], 1) = (parsed.diagnostics.as_slice(), expected.len())
            && let [fix] = diagnostic.fixes.as_slice()
        {
            let after = apply(&text, fix);
            let again = parse(FileId(0), &Arc::from(after.as_str()));
            assert_eq!(again.diagnostics, [], "{marked:?} became {after:?}");
            fixed += 1;
        }
    }
    assert!(fixed >= 6, "only {fixed} fixes");
}

#[test]
fn a_broken_map_says_so_and_a_sound_one_does_not() {
    let parsed = parse(
        FileId(0),
        &Arc::from("a:\n  b: c\n  key\nd:\n  e: f\n---\ng: h\n"),
    );
    let documents: Vec<Node<'_>> = parsed.tree.documents().collect();
    let map = documents[0].as_map().expect("a map");
    assert!(documents[0].is_broken());
    assert!(map.get("a").expect("it is there").value.is_broken());
    assert!(!map.get("d").expect("it is there").value.is_broken());
    assert!(!documents[1].is_broken());
}

const CONDITIONS: &[(&str, &str)] = &[
    (
        "a: { when: «x ? b : c», on: d }\n",
        "a: { when: 'x ? b : c', on: d }\n",
    ),
    (
        "a: { when: «\"x\" == b», on: d }\n",
        "a: { when: '\"x\" == b', on: d }\n",
    ),
    (
        "a: { when: «x == [1, 2]», on: d }\n",
        "a: { when: 'x == [1, 2]', on: d }\n",
    ),
    (
        "a: { when: «x == {'k': 1}», on: d }\n",
        "a: { when: 'x == {''k'': 1}', on: d }\n",
    ),
    (
        "a: { when: «a[\"x\"] == 1», b: c }\n",
        "a: { when: 'a[\"x\"] == 1', b: c }\n",
    ),
    (
        "a: { when: «[1].exists(i, i > 1)» }\n",
        "a: { when: '[1].exists(i, i > 1)' }\n",
    ),
    (
        "a: { set: { x: «a ? b : c» }, b: c }\n",
        "a: { set: { x: 'a ? b : c' }, b: c }\n",
    ),
    (
        "when: «\"a\" == b» # why\nthen: c\n",
        "when: '\"a\" == b' # why\nthen: c\n",
    ),
    (
        "when: «a ? b : c»\nthen: c\n",
        "when: 'a ? b : c'\nthen: c\n",
    ),
    (
        "- if: «[1, 2].exists(x, x > 1)»\n  then: c\n",
        "- if: '[1, 2].exists(x, x > 1)'\n  then: c\n",
    ),
    ("when: «{\"a\": 1}.a == 1»\n", "when: '{\"a\": 1}.a == 1'\n"),
    (
        "when: «a\n  ? \"b\"\n  : c»\nthen: d\n",
        "when: 'a\n  ? \"b\"\n  : c'\nthen: d\n",
    ),
    (
        "a: { when: «a\n    && b ? c : d», on: e }\n",
        "a: { when: 'a\n    && b ? c : d', on: e }\n",
    ),
    ("when: «@x»\n", "when: '@x'\n"),
];

#[test]
fn a_condition_that_breaks_the_yaml_is_to_be_quoted_as_a_whole() {
    for (marked, fixed) in CONDITIONS {
        let expected = ["unquoted-condition: this expression must be quoted"];
        let parsed = check(marked, &expected);
        let (text, _) = unmark(marked);
        let after = apply(&text, &parsed.diagnostics[0].fixes[0]);
        assert_eq!(after, *fixed);
        let again = parse(FileId(0), &Arc::from(after));
        assert_eq!(again.diagnostics, [], "after the fix of {marked:?}");
    }
}

#[test]
fn a_type_that_yaml_takes_apart_is_quoted() {
    for (marked, fixed) in [
        (
            "profile:\n  seat: «{ row: int } | null»\n  a: int\n",
            "profile:\n  seat: '{ row: int } | null'\n  a: int\n",
        ),
        (
            "fields: { at: «{ row: int } | null», b: int }\n",
            "fields: { at: '{ row: int } | null', b: int }\n",
        ),
        (
            "params: { a: int, tips: «list(string) = [\"x\"]», b: int }\n",
            "params: { a: int, tips: 'list(string) = [\"x\"]', b: int }\n",
        ),
        (
            "fields: { lines: «list({ sku: string, n: int })» }\n",
            "fields: { lines: 'list({ sku: string, n: int })' }\n",
        ),
        // A quote of its own is doubled.
        (
            "returns: { a: «list(string) = ['x']» }\n",
            "returns: { a: 'list(string) = [''x'']' }\n",
        ),
    ] {
        let parsed = check(marked, &["invalid-yaml: this type must be quoted"]);
        let (text, _) = unmark(marked);
        assert_eq!(apply(&text, &parsed.diagnostics[0].fixes[0]), fixed);
    }
    // Elsewhere it is none.
    check(
        "with: { a: list(«[»1] }\n",
        &["invalid-yaml: expected `,` or `}` here"],
    );
}

/// Conditions of which YAML makes something else without an error, and how many entries of their
/// map are debris.
const CUT_SHORT: &[(&str, usize)] = &[
    ("{ on: x, when: «f(a, b)», set: { y: 1 } }\n", 1),
    ("{ on: x, when: «f(a, b, c)» }\n", 2),
    ("{ when: «f(g(a, b), h(c, b))», do: d }\n", 3),
    ("{ when: «a == \"x, y\"», b: c }\n", 1),
    ("{ when: «a\n    && f(b, c)», on: d }\n", 1),
    ("{ when: «[1,2]», b: c }\n", 0),
    ("{ when: «!a.b», c: d }\n", 0),
    ("when: «!a && b»\nthen: c\n", 0),
    ("when: «a == \"x #y\"»\nthen: c\n", 0),
];

fn unquoted(parsed: &Parsed) -> Option<(Unquoted, usize)> {
    let map = parsed.tree.documents().next()?.as_map()?;
    let found = unquoted_condition(&map.get("when")?)?;
    let debris = map.entries().filter(|entry| found.covers(entry)).count();
    Some((found, debris))
}

#[test]
fn a_condition_that_yaml_cuts_short_is_found_whole() {
    for (marked, debris) in CUT_SHORT {
        let (text, ranges) = unmark(marked);
        let parsed = parse(FileId(0), &text);
        assert_eq!(parsed.diagnostics, [], "in {marked:?}");
        let (found, swallowed) = unquoted(&parsed).unwrap_or_else(|| panic!("{marked:?}"));
        assert_eq!(
            (found.whole.start(), found.whole.end()),
            ranges[0],
            "in {marked:?}"
        );
        assert_eq!(swallowed, *debris, "in {marked:?}");
        let fixed = apply(&text, &found.diagnostic.fixes[0]);
        let again = parse(FileId(0), &Arc::from(fixed));
        assert!(unquoted(&again).is_none(), "after the fix of {marked:?}");
        let map = again.tree.documents().next().and_then(Node::as_map);
        let value = map
            .and_then(|m| m.get("when"))
            .and_then(|e| e.value.as_str());
        let words: Vec<&str> = found.text.split_whitespace().collect();
        assert_eq!(value, Some(words.join(" ").as_str()));
    }
}

#[test]
fn conditions_that_yaml_leaves_alone_are_fine() {
    for text in [
        "when: a == \"x\" # y\n",
        "when: f(a, b) && c in [1, 2]\n",
        "when: a\n  && b(c,\n  d)\n",
        "{ when: f(a) && b == \"x\", c: d }\n",
        "{ when: 'f(a, b)', c: d }\n",
        "{ when: traveler.?x.hasValue() }\n",
        "when: >-\n  f(a, b)\n  ? \"x\"\n  : y\n",
        "when:\n  - a\n",
        "when: true\n",
        "when:\n",
    ] {
        let parsed = parse(FileId(0), &Arc::from(text));
        assert!(unquoted(&parsed).is_none(), "in {text:?}");
    }
}

#[test]
fn equal_keys_are_reported_with_both_places_and_the_first_stays() {
    let parsed = check(
        "a: 1\nb: { c: 1, «c»: 2 }\n«a»: 3\n",
        &[
            "duplicate-key: `c` is set twice",
            "duplicate-key: `a` is set twice",
        ],
    );
    assert_eq!(shapes(&parsed), "{a: 1, b: {c: 1}}");
    let label = &parsed.diagnostics[1].labels[0];
    assert_eq!(
        (label.span.start(), label.message.as_str()),
        (0, "set first here")
    );

    let many = (0..40)
        .map(|i| format!("k{i}: {i}\n"))
        .collect::<Vec<_>>()
        .concat();
    check(
        &format!("{many}«k7»: 1\n"),
        &["duplicate-key: `k7` is set twice"],
    );
}

#[test]
fn merges_follow_the_order_of_sources_and_own_keys_win() {
    let parsed = check(
        "a: &a { x: 1, y: 2 }\nb: &b { y: 3, z: 4 }\nc: { y: 0, <<: [*a, *b], w: 5 }\nd:\n  <<: *b\n",
        &[],
    );
    let tree = shapes(&parsed);
    assert!(
        tree.ends_with("c: {y: 0, x: 1, z: 4, w: 5}, d: {y: 3, z: 4}}"),
        "{tree}"
    );
    check(
        "a: { <<: «5», b: c }\nd: { \"<<\": 5 }\n",
        &["invalid-merge: `<<` merges maps, and this is not a map"],
    );
}

#[test]
fn what_yaml_1_1_reads_otherwise_is_a_warning_for_values_alone() {
    let parsed = check(
        "a: «NO»\non: [«010», «1_000», «21:00», \"no\", 2026-03-02, 2026-03-02T18:00:00Z, no way]\nno: x\n",
        &[
            "ambiguous-scalar: `NO` is a string here, but `false` to YAML 1.1 tools",
            "ambiguous-scalar: `010` is a number here, but the number 8 to YAML 1.1 tools",
            "ambiguous-scalar: `1_000` is a string here, but the number 1000 to YAML 1.1 tools",
            "ambiguous-scalar: `21:00` is a string here, but the number 1260 to YAML 1.1 tools",
        ],
    );
    assert_eq!(parsed.diagnostics[0].fixes[0].edits[0].text, "\"NO\"");
}

#[test]
fn an_unknown_alias_offers_the_nearest_anchor() {
    let parsed = parse(FileId(0), &Arc::from("a: &defaults 1\nb: *default\n"));
    assert_eq!(
        parsed.diagnostics[0].help.as_deref(),
        Some("did you mean `*defaults`?")
    );
}

#[test]
fn an_alias_of_what_could_not_be_read_is_no_second_error() {
    check(
        "a: &x «\"»abc\nb: *x\n",
        &["invalid-yaml: this `\"` is never closed"],
    );
}
