//! Hostile files cost no more than honest ones: a diagnostic at once, no overflow, no blow-up.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cjoc::source::FileId;
use cjoc::yaml::{MAX_DEPTH, Node, Parsed, parse};

/// Far more than any of these takes, far less than a blow-up would.
const AT_ONCE: Duration = Duration::from_secs(20);

fn read(text: String) -> Parsed {
    let text: Arc<str> = text.into();
    let start = Instant::now();
    let parsed = parse(FileId(0), &text);
    assert!(start.elapsed() < AT_ONCE, "took {:?}", start.elapsed());
    parsed
}

fn names(parsed: &Parsed) -> Vec<&'static str> {
    parsed.diagnostics.iter().map(|d| d.code.name).collect()
}

#[test]
fn nesting_is_limited_in_every_notation() {
    let mut block = String::new();
    for level in 0..3_000 {
        let _ = writeln!(block, "{}a:", " ".repeat(level));
    }
    for text in [
        "[".repeat(100_000),
        "{".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        "[{".repeat(50_000),
        "a: ".repeat(100_000),
        block,
    ] {
        let start: String = text.chars().take(12).collect();
        let parsed = read(text);
        assert!(!parsed.diagnostics.is_empty(), "{start:?}");
        assert!(parsed.diagnostics.len() <= 20, "{start:?}");
    }
    let parsed = read(format!(
        "a: 1\nb: {}{}\nc: 2\n",
        "[".repeat(200),
        "]".repeat(200)
    ));
    assert_eq!(names(&parsed), ["limit-exceeded"]);
    let root = parsed.tree.documents().next().expect("a document");
    let map = root.as_map().expect("a map");
    assert!(map.get("a").is_some() && map.get("c").is_some());
}

#[test]
fn honest_depth_is_fine() {
    let depth = MAX_DEPTH as usize - 2;
    let parsed = read(format!("a: {}{}\n", "[".repeat(depth), "]".repeat(depth)));
    assert_eq!(names(&parsed), [""; 0]);
}

#[test]
fn an_alias_bomb_is_one_error() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(text, "a{level}: &a{level} [{inner}]");
    }
    assert_eq!(names(&read(text)), ["limit-exceeded"]);
}

#[test]
fn aliases_do_not_add_up_to_any_depth() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..1_000 {
        let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
    }
    let parsed = read(text);
    assert!(names(&parsed).contains(&"limit-exceeded"));
    let mut deepest = 0;
    let mut nodes: Vec<(Node<'_>, u32)> = parsed.tree.documents().map(|n| (n, 1)).collect();
    while let Some((node, depth)) = nodes.pop() {
        deepest = deepest.max(depth);
        let items = node.as_seq().into_iter().flat_map(cjoc::yaml::Seq::items);
        let values = node.as_map().into_iter().flat_map(cjoc::yaml::Map::entries);
        nodes.extend(
            items
                .chain(values.map(|entry| entry.value))
                .map(|n| (n, depth + 1)),
        );
    }
    assert!(deepest <= MAX_DEPTH + 1, "{deepest}");
}

#[test]
fn a_merge_bomb_is_one_error() {
    let mut text = String::new();
    for map in 0..1_500 {
        let _ = write!(text, "m{map}: &m{map} {{ ");
        if map > 0 {
            let _ = write!(text, "<<: *m{}, ", map - 1);
        }
        let _ = writeln!(text, "k{map}: 1 }}");
    }
    let names = names(&read(text));
    assert!(
        !names.is_empty() && names.iter().all(|name| *name == "limit-exceeded"),
        "{names:?}"
    );
}

#[test]
fn long_scalars_and_many_comments_are_fine() {
    let long = "x".repeat(5_000_000);
    for text in [format!("a: \"{long}\"\n"), format!("a: |\n  {long}\n")] {
        assert_eq!(names(&read(text)), [""; 0]);
    }
    assert_eq!(
        names(&read(format!("a:\n{}  - b\n", "  # c\n".repeat(5_000)))),
        [""; 0]
    );
    assert!(!read(format!("a: \"{long}")).diagnostics.is_empty());
}

#[test]
fn many_errors_stop_at_twenty() {
    let text: String = vec!["a: @x\n---\n"; 500].concat();
    assert_eq!(read(text).diagnostics.len(), 20);
}
