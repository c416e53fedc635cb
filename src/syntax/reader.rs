//! The small machine under all readers: maps with known keys, lists and named maps come out of
//! nodes, and whatever does not fit is reported where it stands.
//!
//! What a single scalar may say is in `values`, expressions are in `expr`.

use std::sync::Arc;

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Kept, codes, nearest};
use crate::source::{Span, TextRange};
use crate::yaml::{self, Kind, Map, Node, Scalar, Text, Value};

use super::ast::Name;
use super::keys::{Shape, Table};
use super::slipped;
use super::steps;
use super::unquoted::{self, Expressions};

/// What has been reported so far, and the text that the nodes stand in.
pub(super) struct Reader<'a> {
    pub text: &'a str,
    pub out: Kept,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub key: &'a str,
    /// Of the key.
    pub at: Span,
    pub value: Node<'a>,
    /// As YAML has it.
    pub raw: yaml::Entry<'a>,
    /// The expression that was meant, where YAML made something else of it.
    pub meant: Option<Arc<Text>>,
}

/// A map whose keys a [`Table`] knows. Unknown and missing keys have been reported.
pub(super) struct Fields<'a> {
    table: &'static Table,
    entries: Vec<Entry<'a>>,
    /// Something in it could not be read: what seems to be missing may be there.
    broken: bool,
    /// The key that has no value, since what belongs to it stands beside it; that has been reported.
    bare: Option<&'static str>,
    map: Map<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            out: Kept::default(),
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.out.push(diagnostic);
    }

    /// Opens a map of known keys; `head` is where missing keys are reported.
    pub(super) fn open(
        &mut self,
        node: Node<'a>,
        table: &'static Table,
        head: Span,
    ) -> Option<Fields<'a>> {
        let Some(map) = node.as_map() else {
            self.wrong_shape(node, &format!("a map with the keys of {}", table.what));
            return None;
        };
        Some(self.fields(map, table, head))
    }

    /// The same for what is known to be a map.
    pub(super) fn fields(&mut self, map: Map<'a>, table: &'static Table, head: Span) -> Fields<'a> {
        let entries = self.entries(map);
        self.known_fields(map, entries, table, head)
    }

    /// The same, with the entries whose keys are not the table's business apart.
    pub(super) fn fields_besides(
        &mut self,
        map: Map<'a>,
        table: &'static Table,
        head: Span,
        beside: impl Fn(&str) -> bool,
    ) -> (Fields<'a>, Vec<Entry<'a>>) {
        let (others, entries): (Vec<_>, Vec<_>) = self
            .entries(map)
            .into_iter()
            .partition(|entry| beside(entry.key));
        (self.known_fields(map, entries, table, head), others)
    }

    fn known_fields(
        &mut self,
        map: Map<'a>,
        mut entries: Vec<Entry<'a>>,
        table: &'static Table,
        head: Span,
    ) -> Fields<'a> {
        // Nearly always every key is one of the table, and what stands under it as it was meant.
        let in_order = entries.iter().all(|entry| match table.key(entry.key) {
            Some(key) if matches!(key.shape, Shape::Expression) => {
                yaml::unquoted_condition(&entry.raw).is_none()
            }
            known => known.is_some(),
        });
        let swallowed = !in_order && self.mend(&mut entries, table);
        let mut fields = Fields {
            table,
            map,
            entries,
            broken: map.node().is_broken() || swallowed,
            bare: None,
        };
        if !in_order {
            self.unknown_keys(&mut fields);
        }
        for key in table.keys.iter().filter(|key| key.required) {
            if !fields.has(key.name) && !fields.broken {
                self.missing_key(table, key, head, map);
            }
        }
        fields
    }

    /// Reads entries as they were meant where YAML reads something else; whether some are lost.
    fn mend(&mut self, entries: &mut Vec<Entry<'a>>, table: &'static Table) -> bool {
        let expressions = Expressions::Under(|key: &str| {
            table
                .key(key)
                .is_some_and(|key| matches!(key.shape, Shape::Expression))
        });
        let mut swallowed = unquoted::repair(self, entries, &expressions);
        swallowed |= self.take_lost(entries, |word| table.key(word).is_some());
        for entry in entries {
            if entry.key == "true" && table.key("on").is_some() && is_true(&entry.raw) {
                self.report(rewritten_on(entry.at));
                entry.key = "on";
            }
        }
        swallowed
    }

    /// Reports the keys that the table does not know.
    fn unknown_keys(&mut self, fields: &mut Fields<'a>) {
        let table = fields.table;
        let mut meant = Vec::new();
        let unknown = |entry: &Entry<'_>| table.key(entry.key).is_none();
        if fields.entries.iter().any(unknown) {
            let open: Vec<&'static str> = table.names().filter(|name| !fields.has(name)).collect();
            let beside = slipped::beside(table, &fields.entries);
            if let Some((index, behind)) = &beside {
                let key = &fields.entries[*index];
                self.slipped_beside(key, &fields.entries[behind.clone()]);
                fields.bare = table.key(key.key).map(|key| key.name);
            }
            let behind = beside.map_or(0..0, |(_, behind)| behind);
            let all = fields.entries.iter().enumerate();
            let all = all.filter(|(index, _)| !behind.contains(index));
            for (index, entry) in all.filter(|(_, entry)| unknown(entry)) {
                if let Some(best) = self.unknown_key(entry, table, &open) {
                    meant.push((index, best));
                }
            }
        }
        fields.broken |= !meant.is_empty() || fields.bare.is_some();
        // Read as what was meant: what stands under it is not missing elsewhere.
        for (index, best) in meant {
            if !fields.has(best) {
                fields.entries[index].key = best;
            }
        }
    }

    /// Reports a key that the place does not know; answers the one that was meant, of those that
    /// are open still.
    fn unknown_key(
        &mut self,
        entry: &Entry<'a>,
        table: &'static Table,
        open: &[&'static str],
    ) -> Option<&'static str> {
        let best = match open {
            [] => None,
            _ if self.out.is_full() => None,
            open => nearest(entry.key, open.iter().copied()),
        };
        self.out.push_with(&codes::UNKNOWN_KEY, entry.at, || {
            let diagnostic = Diagnostic::new(
                &codes::UNKNOWN_KEY,
                entry.at,
                format!("{} has no key `{}`", table.what, shorten(entry.key)),
            );
            if let Some(best) = best {
                diagnostic.help(format!("did you mean `{best}`?")).fix(
                    Applicability::Safe,
                    format!("rename to `{best}`"),
                    entry.at,
                    best,
                )
            } else if let Some(help) = steps::misplaced(table, entry.key) {
                diagnostic.help(help)
            } else {
                let all: Vec<String> = table.names().map(|name| format!("`{name}`")).collect();
                diagnostic.help(format!("its keys are {}", all.join(", ")))
            }
        });
        best
    }

    /// The entries of a map whose keys are scalars; others are reported.
    pub(super) fn entries(&mut self, map: Map<'a>) -> Vec<Entry<'a>> {
        let mut entries = Vec::with_capacity(map.len());
        for entry in map.entries() {
            match entry.key.as_scalar() {
                Some(key) if !key.is_missing() => entries.push(Entry {
                    key: key.value(),
                    at: entry.key.span(),
                    value: entry.value,
                    raw: entry,
                    meant: None,
                }),
                _ if entry.key.is_error() => {}
                _ => self.report(Diagnostic::new(
                    &codes::WRONG_SHAPE,
                    entry.key.span(),
                    format!("expected a key, found {}", describe(entry.key)),
                )),
            }
        }
        entries
    }

    /// The entries of a map whose keys are names of its own.
    pub(super) fn named(&mut self, node: Node<'a>, what: &str) -> Vec<Entry<'a>> {
        match self.map(node, what) {
            Some(map) => {
                let mut entries = self.entries(map);
                self.take_lost(&mut entries, |_| true);
                entries
            }
            None => Vec::new(),
        }
    }

    /// The first of them, where more are too many; that is reported at the first too many.
    pub(super) fn at_most<T>(
        &mut self,
        most: usize,
        mut items: Vec<T>,
        what: &str,
        place: impl Fn(&T) -> Span,
    ) -> Vec<T> {
        if let Some(first) = items.get(most) {
            let message = format!("there are more than {most} {what} here");
            let diagnostic = Diagnostic::new(&codes::LIMIT_EXCEEDED, place(first), message);
            self.report(
                diagnostic
                    .here("this one and those after it are not read")
                    .help("put some of them into a declaration of their own"),
            );
            items.truncate(most);
        }
        items
    }

    pub(super) fn map(&mut self, node: Node<'a>, what: &str) -> Option<Map<'a>> {
        let map = node.as_map();
        if map.is_none() {
            self.wrong_shape(node, what);
        }
        map
    }

    pub(super) fn scalar(&mut self, node: Node<'a>, what: &str) -> Option<Scalar<'a>> {
        match node.value() {
            Value::Scalar(scalar) if !scalar.is_missing() => Some(scalar),
            _ => {
                self.wrong_shape(node, what);
                None
            }
        }
    }

    /// The items of a list. A single item where a list is due is reported, and read.
    pub(super) fn items(&mut self, node: Node<'a>, what: &str) -> Vec<Node<'a>> {
        match node.value() {
            Value::Seq(seq) => seq.items().collect(),
            Value::Error => Vec::new(),
            _ if node.is_missing() => {
                self.wrong_shape(node, what);
                Vec::new()
            }
            Value::Scalar(scalar) if scalar.is_plain() && scalar.value().ends_with(']') => {
                let start = Span {
                    range: TextRange::at(node.span().start()),
                    ..node.span()
                };
                self.report(mismatch(node, what).help("a `[` is missing").fix(
                    Applicability::Safe,
                    "add the `[`",
                    start,
                    "[",
                ));
                Vec::new()
            }
            _ => {
                let diagnostic = mismatch(node, what);
                let listed = as_list(node, self.text);
                self.report(match listed {
                    Some(fix) => {
                        let mut diagnostic = diagnostic.help("make it a list of one");
                        diagnostic.fixes.push(fix);
                        diagnostic
                    }
                    None => diagnostic,
                });
                vec![node]
            }
        }
    }

    /// The items of a list that needs one at least: an empty one is reported.
    pub(super) fn some_items(&mut self, node: Node<'a>, what: &str, help: &str) -> Vec<Node<'a>> {
        if node.as_seq().is_some_and(yaml::Seq::is_empty) {
            self.report(
                Diagnostic::new(
                    &codes::WRONG_SHAPE,
                    node.span(),
                    format!("expected {what}, but this list is empty"),
                )
                .help(help),
            );
        }
        self.items(node, what)
    }

    /// What each of some items is read as. It is kept as long as the workspace: without room to spare.
    pub(super) fn read_each<I, T>(
        &mut self,
        items: Vec<I>,
        mut read: impl FnMut(&mut Self, I) -> Option<T>,
    ) -> Vec<T> {
        let mut all = Vec::with_capacity(items.len());
        all.extend(items.into_iter().filter_map(|item| read(self, item)));
        all
    }

    /// The items of a list, or the one thing that may stand alone.
    pub(super) fn one_or_many(node: Node<'a>) -> Vec<Node<'a>> {
        match node.value() {
            Value::Seq(seq) => seq.items().collect(),
            Value::Error => Vec::new(),
            _ => vec![node],
        }
    }

    /// Reports that something else stands here; nothing for what has been reported by the parser.
    pub(super) fn wrong_shape(&mut self, node: Node<'a>, what: &str) {
        if !node.is_error() {
            self.report(mismatch(node, what));
        }
    }

    /// Reports keys that exclude each other, at the second.
    pub(super) fn conflict(&mut self, what: &str, first: &Entry<'a>, second: &Entry<'a>) {
        let (here, there) = if first.at.start() < second.at.start() {
            ("or this one", "this one")
        } else {
            ("this one", "or this one")
        };
        self.report(
            Diagnostic::new(
                &codes::CONFLICTING_KEYS,
                second.at,
                format!("{what} has both `{}` and `{}`", first.key, second.key),
            )
            .here(here)
            .label(first.at, there)
            .help("keep one of them"),
        );
    }

    /// Reports a key without a value.
    pub(super) fn empty(&mut self, entry: &Entry<'a>) {
        self.report(
            Diagnostic::new(
                &codes::WRONG_SHAPE,
                entry.at,
                format!("the value of `{}` is missing", entry.key),
            )
            .help("write a value after the colon, or leave the key out"),
        );
    }
}

impl<'a> Fields<'a> {
    pub(super) fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    pub(super) fn table(&self) -> &'static Table {
        self.table
    }

    /// Whether something in it was left out, so that nothing can be said to be missing.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    pub(super) fn entry(&self, key: &str) -> Option<Entry<'a>> {
        self.entries.iter().find(|entry| entry.key == key).cloned()
    }

    /// Reads what stands under a key of the table, if it is there; an empty value is reported.
    pub(super) fn read<T>(
        &self,
        r: &mut Reader<'a>,
        key: &str,
        read: impl FnOnce(&mut Reader<'a>, Node<'a>) -> Option<T>,
    ) -> Option<T> {
        debug_assert!(
            self.table.key(key).is_some(),
            "`{key}` stands in the table of {}",
            self.table.what
        );
        let entry = self.entry(key)?;
        if entry.value.is_missing() {
            if self.bare != Some(key) {
                r.empty(&entry);
            }
            return None;
        }
        read(r, entry.value)
    }

    /// The same for what gives a list, which is empty where the key is not there.
    pub(super) fn read_all<T>(
        &self,
        r: &mut Reader<'a>,
        key: &str,
        read: impl FnOnce(&mut Reader<'a>, Node<'a>) -> Vec<T>,
    ) -> Vec<T> {
        self.read(r, key, |r, node| Some(read(r, node)))
            .unwrap_or_default()
    }

    pub(super) fn span(&self) -> Span {
        self.map.span()
    }

    /// Reports that none of several keys is there, by the name of one, unless it may have been lost.
    pub(super) fn misses(&self, r: &mut Reader<'a>, name: &str, head: Span) {
        if let (Some(key), false) = (self.table.key(name), self.broken) {
            r.missing_key(self.table, key, head, self.map);
        }
    }

    /// The only one of these keys that is there; a second is reported and counts for nothing.
    pub(super) fn one_of(&self, r: &mut Reader<'a>, keys: &[&str]) -> Option<Entry<'a>> {
        let mut found = self
            .entries
            .iter()
            .filter(|entry| keys.contains(&entry.key));
        let first = found.next().cloned()?;
        for second in found {
            r.conflict(self.table.what, &first, second);
        }
        Some(first)
    }
}

impl Entry<'_> {
    pub(super) fn name(&self) -> Name {
        Name {
            text: self.key.into(),
            span: self.at,
        }
    }
}

/// The entries with readable keys, where others are reported elsewhere.
pub(super) fn quiet_entries(map: Map<'_>) -> Vec<Entry<'_>> {
    map.entries()
        .filter_map(|entry| {
            Some(Entry {
                key: entry.name()?,
                at: entry.key.span(),
                value: entry.value,
                raw: entry,
                meant: None,
            })
        })
        .collect()
}

/// "expected a list of steps, found text".
pub(super) fn mismatch(node: Node<'_>, what: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::WRONG_SHAPE,
        node.span(),
        format!("expected {what}, found {}", describe(node)),
    )
}

/// What a node is, in two or three words.
pub(super) fn describe(node: Node<'_>) -> String {
    match node.value() {
        _ if node.is_missing() => "nothing".to_owned(),
        Value::Map(_) => "a map".to_owned(),
        Value::Seq(_) => "a list".to_owned(),
        Value::Error => "what cannot be read".to_owned(),
        Value::Scalar(scalar) => match scalar.kind() {
            Kind::Null | Kind::Bool(_) => format!("`{}`", scalar.value()),
            Kind::Int(_) | Kind::HugeInt | Kind::Float(_) => {
                format!("the number `{}`", shorten(scalar.value()))
            }
            Kind::String | Kind::Mismatch => "text".to_owned(),
        },
    }
}

/// The text cut to a length that a message can carry.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    if line.len() == text.len() && line.chars().count() <= LONGEST {
        return text.to_owned();
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Whether the key at this place is the boolean, not a text `"true"`.
fn is_true(entry: &yaml::Entry<'_>) -> bool {
    entry
        .key
        .as_scalar()
        .is_some_and(|key| key.kind() == Kind::Bool(true))
}

fn rewritten_on(at: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::UNKNOWN_KEY,
        at,
        "the key `true` stands where `on` was expected",
    )
    .note("tools that read YAML 1.1 take `on` for a boolean and write it back as `true`")
    .help("write `on`")
    .fix(Applicability::Safe, "write `on`", at, "on")
}

/// The edits that make a list of one out of a node.
fn as_list(node: Node<'_>, text: &str) -> Option<Fix> {
    if node.is_alias() {
        return None;
    }
    let span = node.span();
    let source = text.get(span.range.as_usize())?;
    let insert = |at: u32, text: String| Edit {
        span: Span {
            file: span.file,
            range: TextRange::at(at),
        },
        text,
    };
    let block_map = node.as_map().is_some() && !node.is_flow_collection();
    let edits = if block_map {
        let breaks = source.match_indices('\n').map(|(at, _)| at + 1);
        let lines = breaks.filter(|at| !is_blank_line(&source[*at..]));
        let indents = lines.map(|at| insert(span.start() + at as u32, "  ".to_owned()));
        let dash = insert(span.start(), "- ".to_owned());
        std::iter::once(dash).chain(indents).collect()
    } else if source.contains('\n') && node.as_map().is_none() {
        return None;
    } else {
        vec![
            insert(span.start(), "[".to_owned()),
            insert(span.end(), "]".to_owned()),
        ]
    };
    Some(Fix {
        message: "make it a list".to_owned(),
        applicability: Applicability::Safe,
        edits,
    })
}

fn is_blank_line(text: &str) -> bool {
    let rest = text.trim_start_matches(' ');
    rest.is_empty() || rest.starts_with(['\n', '\r'])
}
