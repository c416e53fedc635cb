//! Equal keys and merge keys, when a map is complete.

use std::collections::HashSet;

use super::tree::{Data, NONE, Tree, flag};
use crate::diagnostic::{Applicability, Diagnostic, Kept, codes};
use crate::source::TextRange;

/// Up to this many keys, comparing each with each is the quickest.
const FEW: usize = 12;

/// Reports keys that a map has already, and takes them out of its entries.
pub(super) fn find_duplicates(tree: &mut Tree, map: u32, diagnostics: &mut Kept) {
    let mut keys: Vec<u32> = Vec::new();
    let Data::Map { mut first } = tree.nodes[map as usize].data else {
        return;
    };
    while let Some(key) = tree.nodes.get(first as usize) {
        keys.push(first);
        first = tree.nodes.get(key.next as usize).map_or(NONE, |v| v.next);
    }
    let mut duplicates: Vec<(u32, u32)> = Vec::new();
    if keys.len() <= FEW {
        for (index, &key) in keys.iter().enumerate() {
            let Some(name) = tree.node(key).as_str() else {
                continue;
            };
            let earlier = keys[..index]
                .iter()
                .find(|earlier| tree.node(**earlier).as_str() == Some(name));
            if let Some(&earlier) = earlier {
                duplicates.push((earlier, key));
            }
        }
    } else {
        let mut seen = std::collections::HashMap::with_capacity(keys.len());
        for &key in &keys {
            if let Some(name) = tree.node(key).as_str() {
                let earlier = *seen.entry(name).or_insert(key);
                if earlier != key {
                    duplicates.push((earlier, key));
                }
            }
        }
    }
    for (earlier, key) in duplicates {
        tree.nodes[key as usize].flags |= flag::DUPLICATE;
        if is_debris(tree, key) {
            continue;
        }
        let span = tree.node(key).span();
        diagnostics.push_with(&codes::DUPLICATE_KEY, span, || twice(tree, earlier, key));
    }
}

/// What is said of a key that is there already.
fn twice(tree: &Tree, earlier: u32, key: u32) -> Diagnostic {
    let node = tree.node(key);
    let name = node.as_str().unwrap_or_default();
    let message = if name.is_empty() {
        "this map has two empty keys".to_owned()
    } else {
        format!("`{}` is set twice", shorten(name))
    };
    let help = if node.has(flag::MERGE) {
        "merge several with one list: `<<: [*a, *b]`"
    } else {
        "keep one of them"
    };
    let mut diagnostic = Diagnostic::new(&codes::DUPLICATE_KEY, node.span(), message)
        .here("set again here")
        .label(tree.node(earlier).span(), "set first here")
        .help(help);
    if let Some(range) = repetition(tree, earlier, key) {
        diagnostic = diagnostic.help("remove it: it says the same again").fix(
            Applicability::Safe,
            "remove it",
            tree.span(range),
            "",
        );
    }
    diagnostic
}

/// What goes when the second of two entries is written like the first: its lines, or in a flow map
/// the entry with the comma before it. None where they differ, or a comment would go with it.
fn repetition(tree: &Tree, earlier: u32, key: u32) -> Option<TextRange> {
    let entry = |key: u32| {
        let node = tree.nodes.get(key as usize)?;
        let value = tree.nodes.get(node.next as usize)?;
        Some(node.range.cover(value.range))
    };
    let text = &*tree.text;
    let own = entry(key)?;
    if text.get(own.as_usize()) != text.get(entry(earlier)?.as_usize()) {
        return None;
    }
    let (start, end) = (own.start as usize, own.end as usize);
    let before = text.get(..start)?.trim_end_matches([' ', '\t']);
    if tree.node(key).is_in_flow() {
        let comma = before.strip_suffix(',')?;
        return Some(TextRange::new(comma.len() as u32, own.end));
    }
    let behind = text.get(end..)?;
    let blanks = behind.len() - behind.trim_start_matches([' ', '\t']).len();
    let line_end = match &behind[blanks..] {
        "" => 0,
        rest if rest.starts_with("\r\n") => 2,
        rest if rest.starts_with('\n') => 1,
        _ => return None,
    };
    let end = end + blanks + line_end;
    before
        .ends_with('\n')
        .then(|| TextRange::new(before.len() as u32, end as u32))
}

/// What is left over when a flow map cut an unquoted condition at its commas: a key without a
/// value and with brackets or quotes that do not match. Whoever reads the condition reports it.
fn is_debris(tree: &Tree, key: u32) -> bool {
    let node = tree.node(key);
    let value_is_missing = tree
        .nodes
        .get(tree.nodes[key as usize].next as usize)
        .is_some_and(|value| value.flags & flag::MISSING != 0);
    let unbalanced = |name: &str| {
        let count = |c| name.matches(c).count();
        count('(') != count(')') || count('"') % 2 == 1 || count('\'') % 2 == 1
    };
    node.is_in_flow() && value_is_missing && node.as_str().is_some_and(unbalanced)
}

fn shorten(name: &str) -> String {
    let mut short: String = name.chars().take(40).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short.replace(['\n', '\r'], " ")
}

/// Applies the merge keys of a map: its own keys win, then earlier sources. Answers how many
/// entries came in; at most `budget` do.
pub(super) fn apply(tree: &mut Tree, map: u32, budget: u64, diagnostics: &mut Kept) -> u64 {
    let Data::Map { first } = tree.nodes[map as usize].data else {
        return 0;
    };
    let mut pairs = Vec::new();
    let mut next = first;
    while let Some(key) = tree.nodes.get(next as usize) {
        let value = key.next;
        if key.flags & flag::DUPLICATE == 0 {
            pairs.push((next, value));
        }
        next = tree.nodes.get(value as usize).map_or(NONE, |v| v.next);
    }
    let mut seen: HashSet<&str> = pairs
        .iter()
        .filter(|(key, _)| tree.nodes[*key as usize].flags & flag::MERGE == 0)
        .filter_map(|(key, _)| tree.node(*key).as_str())
        .collect();
    let mut merged: Vec<(u32, u32)> = Vec::with_capacity(pairs.len());
    let mut added = 0;
    let mut invalid: Vec<TextRange> = Vec::new();
    let mut over = None;
    for (key, value) in pairs {
        if tree.nodes[key as usize].flags & flag::MERGE == 0 {
            merged.push((key, value));
            continue;
        }
        for source in sources(tree, value, &mut invalid) {
            let Some(entries) = tree.node(source).as_map() else {
                continue;
            };
            for entry in entries.entries() {
                if entry.name().is_some_and(|name| !seen.insert(name)) {
                    continue;
                }
                if added >= budget {
                    over = Some(value);
                    break;
                }
                added += 1;
                merged.push((entry.key.id, entry.value.id));
            }
        }
    }
    for range in invalid {
        diagnostics.push(
            Diagnostic::new(
                &codes::INVALID_MERGE,
                tree.span(range),
                "`<<` merges maps, and this is not a map",
            )
            .help("name a map with an alias: `<<: *name`, or several: `<<: [*a, *b]`"),
        );
    }
    if let Some(value) = over {
        diagnostics.push(Diagnostic::new(
            &codes::LIMIT_EXCEEDED,
            tree.node(value).span(),
            "the merges of this file bring in more entries than one file may have",
        ));
    }
    tree.nodes[map as usize].flags |= flag::MERGED;
    tree.merged.insert(map, merged.into());
    added
}

/// The maps that a merge key names; what is no map goes to `invalid`.
fn sources(tree: &Tree, value: u32, invalid: &mut Vec<TextRange>) -> Vec<u32> {
    let node = tree.node(value);
    let candidates: Vec<u32> = match node.as_seq() {
        Some(seq) => seq.items().map(|item| item.id).collect(),
        None => vec![value],
    };
    candidates
        .into_iter()
        .filter(|&id| {
            let node = tree.node(id);
            let is_map = node.as_map().is_some();
            if !is_map && !node.is_error() {
                invalid.push(tree.nodes[id as usize].range);
            }
            is_map
        })
        .collect()
}
