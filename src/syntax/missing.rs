//! Keys that have to be there: what is said where one is not, and where it would stand.
//!
//! What a key would hold is rarely known, so that most of what is offered is an example; a key with
//! one value only is written by a machine.

use super::keys::{Key, Shape, Table};
use super::reader::Reader;
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, codes};
use crate::source::Span;
use crate::yaml::Map;

impl<'a> Reader<'a> {
    /// Reports a key that has to be there.
    pub(super) fn missing_key(
        &mut self,
        table: &'static Table,
        key: &'static Key,
        head: Span,
        map: Map<'a>,
    ) {
        let text = self.text;
        self.out.push_with(&codes::MISSING_KEY, head, || {
            let message = format!("{} needs the key `{}`", table.what, key.name);
            let help = format!("add `{}:`, {}", key.name, lower_first(key.doc));
            let mut diagnostic = Diagnostic::new(&codes::MISSING_KEY, head, message).help(help);
            diagnostic.fixes.extend(fix(key, map, text));
            diagnostic
        });
    }
}

/// The edit that adds the key, with its value or one in its place.
fn fix(key: &Key, map: Map<'_>, text: &str) -> Option<Fix> {
    let (value, applicability) = value(&key.shape)?;
    let name = key.name;
    Some(Fix {
        message: format!("add `{name}: {value}`"),
        applicability,
        edits: vec![insertion(&format!("{name}: {value}"), map, text)?],
    })
}

/// What could stand under a key that holds one plain value.
fn value(shape: &Shape) -> Option<(&'static str, Applicability)> {
    let example = match shape {
        Shape::Word([only]) => return Some((only, Applicability::Safe)),
        Shape::Word([first, ..]) => first,
        Shape::Name => "NAME",
        Shape::Path => "CONNECTION.NAME",
        Shape::Text => "TEXT",
        Shape::Duration => "1d",
        Shape::Clock => "\"09:00\"",
        Shape::Expression => "EXPRESSION",
        Shape::Type => "string",
        _ => return None,
    };
    Some((example, Applicability::DisplayOnly))
}

/// Where an entry would stand: on a line below the first of a block map, behind the last of a flow
/// map. None where that cannot be said from what is written, as behind an alias.
fn insertion(entry: &str, map: Map<'_>, text: &str) -> Option<Edit> {
    let node = map.node();
    if node.is_alias() {
        return None;
    }
    let whole = node.span();
    let here = |span: &Span| whole.start() <= span.start() && span.end() <= whole.end();
    let spans: Vec<Span> = map.entries().map(|it| it.span()).filter(here).collect();
    let edit = |at: u32, text: String| Edit {
        span: Span::new(whole.file, at, at),
        text,
    };
    if node.is_flow_collection() {
        let written = text.get(whole.range.as_usize())?;
        return match spans.last() {
            _ if written.contains('\n') => None,
            Some(last) => Some(edit(last.end(), format!(", {entry}"))),
            None => Some(edit(whole.start() + 1, entry.to_owned())),
        };
    }
    let first = spans.first()?;
    let line_start = text
        .get(..first.start() as usize)?
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let column = text
        .get(line_start..first.start() as usize)?
        .chars()
        .count();
    let behind = text.get(first.end() as usize..)?;
    let rest = behind.lines().next().unwrap_or_default().trim_end();
    let is_line = !text.get(first.range.as_usize())?.contains('\n');
    let is_comment = rest.is_empty() || rest.trim_start().starts_with('#');
    (is_line && is_comment).then(|| {
        let at = first.end() + rest.len() as u32;
        edit(at, format!("\n{}{entry}", " ".repeat(column)))
    })
}

fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.trim_end_matches('.').chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain([second]).chain(chars).collect()
        }
        _ => sentence.trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::FileId;
    use crate::yaml;

    fn added(text: &str) -> Option<String> {
        let shared: Arc<str> = text.into();
        let tree = yaml::parse(FileId(0), &shared).tree;
        let map = tree.documents().next()?.as_map()?;
        let edit = insertion("k: v", map, text)?;
        let mut after = text.to_owned();
        after.replace_range(edit.span.range.as_usize(), &edit.text);
        Some(after)
    }

    #[test]
    fn a_key_goes_below_the_first_or_into_the_brackets() {
        for (text, after) in [
            ("a: 1\nb: 2\n", "a: 1\nk: v\nb: 2\n"),
            ("a: 1 # x\n", "a: 1 # x\nk: v\n"),
            ("a: 1", "a: 1\nk: v"),
            ("--- # x\n  a: é\n", "--- # x\n  a: é\n  k: v\n"),
            ("{ a: 1 }\n", "{ a: 1, k: v }\n"),
            ("{}\n", "{k: v}\n"),
        ] {
            assert_eq!(added(text).as_deref(), Some(after), "{text:?}");
        }
        for text in ["a:\n  b: 1\n", "{ a: 1,\n b: 2 }\n", "a: |\n  x\n"] {
            assert_eq!(added(text), None, "{text:?}");
        }
    }
}
