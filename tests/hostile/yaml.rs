//! YAML that costs more than it looks: brackets, aliases, sizes, and bytes that are no text.

use std::fmt::Write as _;

use super::cases::{Case, Size, many};

const DEEP: usize = 100_000;

const TOO_DEEP: &str = "limit-exceeded]: there are more than 128 nested levels";

pub(crate) fn nesting() -> Vec<Case> {
    let open = |name, part: &str| Case::check(name, format!("a: {}", part.repeat(DEEP)), TOO_DEEP);
    let closed = |name, part: &str, end: &str| {
        let text = format!("a: {}x{}\n", part.repeat(DEEP), end.repeat(DEEP));
        Case::check(name, text, TOO_DEEP)
    };
    let lines = |name, line: &str| {
        let text = many(3_000, |level, text| {
            let _ = writeln!(text, "{}{line}", " ".repeat(level));
        });
        Case::check(name, text, TOO_DEEP)
    };
    vec![
        open("lists_open", "["),
        closed("lists", "[", "]"),
        open("maps_open", "{"),
        open("maps_of_a_key_open", "{a: "),
        closed("maps_of_a_key", "{a: ", "}"),
        closed("maps_and_lists", "[{a: ", "}]"),
        closed("maps_as_keys", "{? ", "}"),
        Case::check("lists_in_a_line", "- ".repeat(DEEP) + "x\n", TOO_DEEP),
        Case::check("keys_in_a_line", "? ".repeat(DEEP) + "x\n", TOO_DEEP),
        Case::check("maps_in_a_line", "a: ".repeat(DEEP) + "x\n", "invalid-yaml"),
        lines("maps_in_lines", "a:"),
        lines("lists_in_lines", "-"),
        Case::check(
            "ends_of_lists",
            "a: ".to_owned() + &"]".repeat(DEEP),
            "closes nothing",
        ),
        Case::check(
            "quotes",
            "a: ".to_owned() + &"\"".repeat(DEEP + 1),
            "invalid-yaml",
        ),
        Case::check(
            "anchors",
            many(DEEP, |i, text| {
                let _ = write!(text, "&a{i} ");
            }),
            "invalid-yaml",
        ),
        Case::check(
            "tags",
            "a: ".to_owned() + &"!!str ".repeat(DEEP),
            "invalid-yaml",
        ),
        Case::check(
            "commas",
            format!("a: [{}]\n", ",".repeat(DEEP)),
            "invalid-yaml",
        ),
        Case::check(
            "unknown_aliases",
            format!("a: [{}]\n", "*a, ".repeat(2_000)),
            "invalid-yaml",
        ),
        Case::check("directives", "%YAML 1.2\n".repeat(DEEP), "invalid-yaml"),
        Case::fine("documents_of_nothing", "---\n".repeat(DEEP), ""),
    ]
}

pub(crate) fn aliases() -> Vec<Case> {
    const TOO_MANY: &str = "the aliases of this file stand for more than 1000000 values";
    let laughs = many(30, |level, text| {
        let inner = match level.checked_sub(1) {
            None => vec!["x".to_owned(); 9],
            Some(before) => vec![format!("*a{before}"); 9],
        };
        let _ = writeln!(text, "a{level}: &a{level} [{}]", inner.join(","));
    });
    let square = |anchored: usize, used: usize| {
        format!(
            "a: &a [{}x]\nb: [{}*a]\n",
            "x,".repeat(anchored),
            "*a,".repeat(used)
        )
    };
    let merges = many(1_500, |map, text| {
        let merge = map.checked_sub(1).map(|before| format!("<<: *m{before}, "));
        let _ = writeln!(
            text,
            "m{map}: &m{map} {{ {}k{map}: 1 }}",
            merge.unwrap_or_default()
        );
    });
    vec![
        Case::check("a_billion_laughs", laughs, TOO_MANY),
        Case::check("aliases_squared", square(DEEP, DEEP), TOO_MANY),
        Case::check(
            "aliases_just_within_the_limit",
            square(5_000, 190),
            "unknown-kind",
        ),
        Case::check("merges_of_merges", merges, "unknown-kind"),
        Case::check(
            "merges_in_a_list",
            format!("m: &m {{a: 1}}\nn: {{ <<: [{}] }}\n", "*m, ".repeat(DEEP)),
            "unknown-kind",
        ),
        Case::check(
            "an_alias_of_what_it_is_in",
            "traveler: other\nkey: id\nidentities: [id]\nprofile: &p\n  id: string | null\n  f: *p\n",
            "`*p` is inside what it refers to",
        ),
    ]
}

pub(crate) fn sizes(size: Size) -> Vec<Case> {
    let million = size.of(1_000_000);
    let long = "x".repeat(size.of(50_000_000));
    let line = format!("  {}\n", "x".repeat(70));
    let segment = |title: &str| {
        format!("segment: s\ntitle: {title}\ntraveler: customer\nwhen: traveler.n == 1\n")
    };
    vec![
        Case::check(
            "keys",
            format!(
                "channel: a\n{}",
                many(million, |i, text| {
                    let _ = writeln!(text, "k{i}: 1");
                })
            ),
            "unknown-key",
        ),
        Case::check(
            "one_key_for_all",
            "channel: a\n".to_owned() + &"k: 1\n".repeat(million / 10),
            "duplicate-key",
        ),
        Case::check("documents", "---\na: 1\n".repeat(million), "unknown-kind"),
        Case::check(
            "items",
            format!("journey: [{}]\n", "x,".repeat(size.of(5_000_000))),
            "",
        ),
        Case::fine("a_long_text", segment(&format!("\"{long}\"")), ""),
        Case::fine("a_long_plain_text", segment(&long), ""),
        Case::fine("a_long_block", segment(&format!("|\n  {long}")), ""),
        Case::fine(
            "a_block_of_lines",
            segment(format!("|\n{}", line.repeat(million * 7 / 10)).trim_end()),
            "",
        ),
        Case::check(
            "a_long_text_without_an_end",
            format!("title: \"{long}\n"),
            "never closed",
        ),
        Case::check(
            "a_long_condition",
            segment("x").replace("traveler.n", &long),
            "unknown-name",
        ),
        Case::check(
            "a_long_name",
            format!("segment: {long}\ntraveler: customer\nwhen: traveler.n == 1\n"),
            "a name has at most 1024 letters",
        ),
        Case::check(
            "a_long_key",
            format!("{long}: 1\n"),
            "a key has at most 1024 characters",
        ),
        Case::check(
            "a_fault_behind_a_long_text",
            segment(&format!("\"{}\"", "é".repeat(long.len() / 2))).replace(".n", ".m"),
            "unknown-field",
        ),
        Case::fine("a_long_comment", format!("# {long}\n"), ""),
        Case::fine("comments", "# x\n".repeat(million), ""),
        Case::fine(
            "comments_that_allow",
            "# cjoc: allow(unused-segment) r\n".repeat(million),
            "unused-suppression",
        ),
        Case::fine(
            "comments_that_allow_for_the_file",
            "# cjoc: allow-file(unused-segment) r\n".repeat(million),
            "unused-suppression",
        ),
        Case::check(
            "comments_that_allow_nothing_known",
            "# cjoc: allow(nope) r\n".repeat(million),
            "unknown-diagnostic",
        ),
        Case::check(
            "values_that_others_read_otherwise",
            format!("journey: [{}]\n", "010,".repeat(million * 2)),
            "ambiguous-scalar",
        ),
        Case::check(
            "tags_that_do_not_fit",
            format!("a: [{}]\n", "!!int x,".repeat(million)),
            "invalid-yaml",
        ),
        Case::check(
            "anchors_and_unknown_aliases",
            format!(
                "a: [{}{}]\n",
                many(million / 2, |i, text| {
                    let _ = write!(text, "&b{i} x,");
                }),
                many(million / 2, |i, text| {
                    let _ = write!(text, "*c{i} ,");
                })
            ),
            "invalid-yaml",
        ),
        Case::check(
            "kinds_that_are_near",
            "---\njournay: a\n".repeat(million),
            "unknown-kind",
        ),
        Case::check(
            "maps_of_nothing",
            "---\n{}\n".repeat(million),
            "an empty map",
        ),
        Case::fine("empty_lines", "\n".repeat(million * 4), ""),
        Case::check(
            "more_lines_than_a_file_may_have",
            "\n".repeat(5_000_001.max(long.len())),
            "`a.yaml` is too large: files may have 5000000 lines at most",
        ),
        Case::check(
            "more_documents_than_a_file_may_have",
            "---\na: 1\n".repeat(100_001),
            "there are more than 100000 documents in this file",
        ),
        Case::fine("blanks", " ".repeat(long.len()), ""),
        Case::check(
            "more_than_a_file_may_have",
            "#".repeat(65 * 1024 * 1024),
            "files may have 64 MiB at most",
        ),
        Case::check(
            "noise",
            many(size.of(2_000_000), |i, text| {
                text.push((33 + (i * 7919 % 90) as u8) as char);
                if i % 13 == 0 {
                    text.push('\n');
                }
            }),
            "invalid-yaml",
        ),
    ]
}

pub(crate) fn texts(size: Size) -> Vec<Case> {
    let million = size.of(10_000_000);
    let utf16 = "segment: s".encode_utf16().flat_map(u16::to_le_bytes);
    vec![
        Case::check("a_zero", &b"segment: s\0\n"[..], "control character U+0000"),
        Case::check("zeros", vec![0; million], "invalid-text"),
        Case::check(
            "no_utf8",
            &b"segment: \xff\n"[..],
            "byte 0xff is not valid UTF-8",
        ),
        Case::check("never_utf8", vec![0xff; million], "invalid-text"),
        Case::check("utf16", utf16.collect::<Vec<u8>>(), "is written in UTF-16"),
        Case::check(
            "an_escape_sequence",
            "segment: s\x1b[31m\n",
            "control character U+001B",
        ),
    ]
}
