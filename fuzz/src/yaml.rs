//! Bytes become a text, the text a tree: every place in it is one, and every place inside a value
//! leads to where it is written. The two readers of YAML agree.

use cjoc::source::{Exclude, MemoryFiles, Sources, TextRange};
use cjoc::yaml::{self, Node, Scalar, Value};

use crate::held;

/// How many nodes are looked at: aliases may stand for a million.
const MAX_NODES: usize = 20_000;

/// How many places of one value are looked up: each may decode the whole value.
const MAX_PLACES: usize = 24;

pub fn run(data: &[u8]) {
    let files: MemoryFiles = [("a.yaml", data)].into_iter().collect();
    let loaded = Sources::load(&files, &Exclude::none());
    let (sources, problems) = loaded.expect("memory can be listed");
    for problem in &problems {
        held::diagnostic(&sources, problem);
    }
    let (file, source) = sources.iter().next().expect("one file is there");
    let parsed = yaml::parse(file, &source.text);
    // Where there are two ways to read it, both see the same.
    if yaml::parse_quickly(file, &source.text).is_some() {
        let thorough = yaml::parse_thoroughly(file, &source.text);
        assert!(parsed == thorough, "{parsed:#?}\nis read as\n{thorough:#?}");
    }
    for problem in &parsed.diagnostics {
        held::diagnostic(&sources, problem);
    }
    for comment in parsed.tree.comments() {
        held::span(&sources, comment.span, "a comment");
    }
    for gap in parsed.tree.gaps() {
        held::span(&sources, gap, "a gap");
    }
    let mut open: Vec<Node<'_>> = parsed.tree.all_documents().collect();
    let mut seen = 0;
    while let Some(node) = open.pop() {
        seen += 1;
        if seen > MAX_NODES {
            return;
        }
        held::span(&sources, node.span(), "a node");
        if let Some(tag) = node.tag() {
            held::span(&sources, tag.span, "a tag");
        }
        node.is_broken();
        match node.value() {
            Value::Scalar(scalar) => places(&sources, &source.text, scalar),
            Value::Map(map) => {
                for entry in map.entries() {
                    held::span(&sources, entry.key.span(), "a key");
                    if let Some(name) = entry.name().filter(|_| seen < 500) {
                        assert!(map.get(name).is_some(), "`{name}` is not found in its map");
                    }
                    if let Some(unquoted) = yaml::unquoted_condition(&entry) {
                        held::span(&sources, unquoted.whole, "an unquoted condition");
                        held::diagnostic(&sources, &unquoted.diagnostic);
                    }
                    open.push(entry.value);
                }
            }
            Value::Seq(seq) => open.extend(seq.items()),
            Value::Error => {}
        }
    }
    for document in parsed.tree.documents().take(4) {
        if seen < MAX_NODES {
            yaml::to_json(document);
        }
    }
}

/// Places inside a value ascend as those of the value do, and lie in what is written.
fn places(sources: &Sources, source: &str, scalar: Scalar<'_>) {
    scalar.kind();
    let text = scalar.to_text();
    let written = text.span();
    held::span(sources, written, "a text");
    let value = text.value();
    let mut last = 0;
    let ends = value.char_indices().map(|(at, _)| at).chain([value.len()]);
    let step = (value.len() / MAX_PLACES).max(1);
    let mut before = 0;
    for at in ends.filter(|at| at % step == 0 || at + 3 > value.len()) {
        let place = text.locate(TextRange::at(at as u32), source);
        held::span(sources, place, "a place in a value");
        let part = text.locate(TextRange::new(before, at as u32), source);
        held::span(sources, part, "a part of a value");
        // A value that cannot be followed answers its whole extent each time.
        if part != written && place != written {
            assert!(
                last <= place.start(),
                "places turn back at {at} of {value:?}"
            );
            last = place.start();
        }
        // A block's first line breaks stand before the text itself.
        assert!(
            place.end() <= written.end().max(last),
            "{place:?} is behind {written:?}"
        );
        before = at as u32;
    }
    let whole = TextRange::new(0, value.len() as u32);
    if let Some(edit) = text.edit(whole, "x", source) {
        held::span(sources, edit.span, "an edit");
    }
}
