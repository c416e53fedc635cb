//! A line that slipped: a block that is indented under its neighbour or out of it, and a line that
//! was lost above others. A document that was read goes in, with what was said of it; where one slip
//! explains what was said, it is said once.
//!
//! Nothing is looked for where nothing is wrong, and what stands in another place is held to fit
//! there: a slip is only told of what the language knows in that place.

use std::ops::Range;

use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, codes};
use crate::source::{Span, TextRange};
use crate::yaml::{Map, Node, Value};

use super::ast::Name;
use super::keys::{Key, Shape, Table};
use super::reader::{Entry, Reader, quiet_entries};
use super::steps;

/// How many keys of a document are looked at: no kind has more.
const MAX_ENTRIES: usize = 64;

/// What slipped: what is said of it, and the text that nothing else is said of.
struct Slip {
    told: Diagnostic,
    from: u32,
    to: u32,
}

impl<'a> Reader<'a> {
    /// Puts one diagnostic in place of those that one slip in a document brought about.
    pub(super) fn settle_slips(
        &mut self,
        table: &'static Table,
        name: &Name,
        map: Map<'a>,
        before: usize,
    ) {
        if self.out.len() == before || self.out.is_full() || map.node().is_flow_collection() {
            return;
        }
        let Some(slip) = self.slip(table, map, before) else {
            return;
        };
        let head = name.span.start();
        self.out.retain_from(before, |it| {
            let at = it.span.start();
            let missing = *it.code == codes::MISSING_KEY && at <= head;
            !missing && !(slip.from..slip.to).contains(&at)
        });
        self.report(slip.told);
    }

    fn slip(&self, table: &'static Table, map: Map<'a>, before: usize) -> Option<Slip> {
        let entries = quiet_entries(map);
        let open = open(table, &entries);
        for (index, entry) in entries.iter().enumerate().take(MAX_ENTRIES) {
            let found = match table.key(entry.key) {
                Some(key) => {
                    let open = &open;
                    let place = Place { table, entry, open };
                    self.within(&place, &key.shape, before)
                }
                None => entries[..index]
                    .last()
                    .and_then(|above| self.slipped_out(table, above, entry)),
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Where the first thing is that something was said of, within this.
    fn first_wrong(&self, within: Span, before: usize) -> Option<u32> {
        let told = self.out.since(before).iter().map(|it| it.span.start());
        told.filter(|at| (within.start()..within.end()).contains(at))
            .min()
    }

    /// What slipped below a key.
    fn within(&self, place: &Place<'a, '_>, shape: &Shape, before: usize) -> Option<Slip> {
        let node = place.entry.value;
        if node.is_flow_collection() || node.is_alias() {
            return None;
        }
        if node.as_seq().is_some() {
            return self.lost_above_items(place, node, before);
        }
        let Shape::Named(inner) = shape else {
            return None;
        };
        let below = quiet_entries(node.as_map()?);
        let wrong = self.first_wrong(node.span(), before)?;
        let first = below.iter().position(|it| wrong < it.raw.span().end())?;
        let (child, rest) = below[first..].split_first()?;
        // Nothing may be wrong with a name that has no value: an event needs none.
        let bare = (first.checked_sub(1).map(|above| &below[above]))
            .filter(|above| above.value.is_missing());
        bare.and_then(|above| self.slipped_in(place, above, &below[first..]))
            .or_else(|| self.slipped_in(place, child, rest))
            .or_else(|| match inner {
                Shape::Map(table) => self.slipped_deeper(table, child.value.as_map()?, wrong),
                _ => None,
            })
            .or_else(|| lost_name(place, inner, child, rest))
            .or_else(|| self.lost_above(place, child, rest))
    }

    /// The same one level too deep in one of several: `identify` of an event as one of its `fields`.
    fn slipped_deeper(&self, table: &'static Table, map: Map<'a>, wrong: u32) -> Option<Slip> {
        let entries = quiet_entries(map);
        let holds = |it: &&Entry<'_>| wrong < it.raw.span().end();
        let entry = entries.iter().find(holds)?;
        let named = matches!(table.key(entry.key)?.shape, Shape::Named(_));
        if !named || entry.value.is_flow_collection() || entry.value.is_alias() {
            return None;
        }
        let below = quiet_entries(entry.value.as_map()?);
        let (child, rest) = below[below.iter().position(|it| holds(&it))?..].split_first()?;
        let open = &open(table, &entries);
        self.slipped_in(&Place { table, entry, open }, child, rest)
    }

    /// A key of the document one level too deep: `events` as one of the `types`, with what belongs
    /// to it, or with that behind it as more of the `types`.
    fn slipped_in(
        &self,
        place: &Place<'a, '_>,
        child: &Entry<'a>,
        behind: &[Entry<'a>],
    ) -> Option<Slip> {
        let key = place.open.iter().find(|key| key.name == child.key)?;
        let last = match behind {
            [.., last] if child.value.is_missing() => {
                let belongs = |entry: &Entry<'_>| match &key.shape {
                    Shape::Named(inner) => fits(entry.value, inner),
                    Shape::Map(below) | Shape::Triggers(below) => below.key(entry.key).is_some(),
                    _ => false,
                };
                behind.iter().all(belongs).then_some(last)?
            }
            _ if child.value.as_scalar().is_some() || !fits(child.value, &key.shape) => {
                return None;
            }
            _ => child,
        };
        let (name, above) = (child.key, place.entry.key);
        let message = format!("`{name}` of {} stands under `{above}`", place.table.what);
        let told = Diagnostic::new(&codes::WRONG_SHAPE, child.at, message)
            .label(place.entry.at, "under this key")
            .help(format!("indent it as `{above}` is"));
        let (column, due) = (self.column_of(child.at), self.column_of(place.entry.at));
        let edits = self.indented(child, column, due);
        let span = Span::new(
            child.at.file,
            child.raw.span().start(),
            last.raw.span().end(),
        );
        Some(Slip::new(moved(told, edits, above), span))
    }

    /// A key that belongs to one of the named things in front of it: `Leg` behind `types`.
    fn slipped_out(&self, table: &Table, above: &Entry<'a>, entry: &Entry<'a>) -> Option<Slip> {
        let Shape::Named(inner) = &table.key(above.key)?.shape else {
            return None;
        };
        let sibling = quiet_entries(above.value.as_map()?).pop()?;
        let block = above.value.is_flow_collection() || above.value.is_alias();
        if block || entry.value.as_scalar().is_some() || !fits(entry.value, inner) {
            return None;
        }
        let message = format!("{} has no key `{}`", table.what, entry.key);
        let told = Diagnostic::new(&codes::UNKNOWN_KEY, entry.at, message)
            .label(sibling.at, "what stands under this looks the same")
            .help(format!(
                "indent it as `{}` is, if it is one of `{}`",
                sibling.key, above.key
            ));
        let edits = self.indented(entry, self.column_of(entry.at), self.column_of(sibling.at));
        Some(Slip::new(moved(told, edits, sibling.key), entry.raw.span()))
    }

    /// Named things of one key under another: events as `types`, since `events:` was lost.
    fn lost_above(
        &self,
        place: &Place<'a, '_>,
        child: &Entry<'a>,
        rest: &[Entry<'a>],
    ) -> Option<Slip> {
        let named = |shape: &Shape| match shape {
            Shape::Named(Shape::Map(item)) => Some(*item),
            _ => None,
        };
        let all = |item: &Table| {
            let mut rest = rest.iter();
            fits_map(child.value, item)
                && rest.all(|it| it.value.is_missing() || fits_map(it.value, item))
        };
        // Keys of one thing: `on` and `when` among the variables, since `start:` was lost.
        let single = |shape: &Shape| match shape {
            Shape::Map(item) | Shape::Triggers(item) => Some(*item),
            _ => None,
        };
        let own = |item: &Table| {
            let mut keys = std::iter::once(child).chain(rest);
            keys.all(|it| {
                item.key(it.key)
                    .is_some_and(|key| fits(it.value, &key.shape))
            })
        };
        let last = rest.last().unwrap_or(child);
        self.lost_key(place, child.at, last.raw.span(), |shape| {
            let named = named(shape).filter(|item| all(item));
            named.or_else(|| single(shape).filter(|item| own(item)))
        })
    }

    /// The same for lists: what is expected under `events`, since `expect:` was lost.
    fn lost_above_items(
        &self,
        place: &Place<'a, '_>,
        node: Node<'a>,
        before: usize,
    ) -> Option<Slip> {
        let items: Vec<Node<'a>> = node.as_seq()?.items().collect();
        let wrong = self.first_wrong(node.span(), before)?;
        let first = items.iter().position(|it| wrong < it.span().end())?;
        let child = items[first].as_map()?.entries().next()?;
        let listed = |shape: &Shape| match shape {
            Shape::List(Shape::Map(item)) | Shape::Triggers(item) => Some(*item),
            _ => None,
        };
        let all = |item: &Table| items[first..].iter().all(|it| fits_map(*it, item));
        self.lost_key(place, child.key.span(), items.last()?.span(), |shape| {
            listed(shape).filter(|item| all(item))
        })
    }

    /// The key that is missing above, where only one can be.
    fn lost_key(
        &self,
        place: &Place<'a, '_>,
        first: Span,
        last: Span,
        taken: impl Fn(&Shape) -> Option<&'static Table>,
    ) -> Option<Slip> {
        let mut keys = place.open.iter();
        let (key, item) = keys.find_map(|key| Some((key.name, taken(&key.shape)?)))?;
        if keys.any(|other| taken(&other.shape).is_some()) {
            return None;
        }
        let message = format!("{} stands under `{}`", item.what, place.entry.key);
        let line = self.line_start(first);
        let indent = " ".repeat(self.column_of(place.entry.at));
        let told = Diagnostic::new(&codes::WRONG_SHAPE, first, message)
            .label(place.entry.at, "under this key")
            .help(format!("put `{key}:` before it"))
            .fix(
                Applicability::Safe,
                format!("put `{key}:` before it"),
                Span::new(first.file, line, line),
                format!("{indent}{key}:{}", self.newline()),
            );
        Some(Slip {
            told,
            from: first.start(),
            to: last.end(),
        })
    }

    /// Reports a key without a value, before entries that belong to it and are not further in.
    pub(super) fn slipped_beside(&mut self, key: &Entry<'a>, behind: &[Entry<'a>]) {
        let message = format!("the value of `{}` is missing", key.key);
        let (column, mut edits) = (self.column_of(key.at), Some(Vec::new()));
        for entry in behind {
            let moved = self.indented(entry, column, column + 2);
            edits = edits
                .zip(moved)
                .map(|(edits, moved)| [edits, moved].concat());
        }
        let told = Diagnostic::new(&codes::WRONG_SHAPE, key.at, message).help(format!(
            "indent what belongs to `{}` further than the key",
            key.key
        ));
        let mut told = match behind.first() {
            Some(first) => told.label(first.at, "this belongs to it"),
            None => told,
        };
        told.fixes.extend(edits.map(|edits| Fix {
            message: format!("indent what belongs to `{}`", key.key),
            applicability: Applicability::Safe,
            edits,
        }));
        self.report(told);
    }

    fn line_start(&self, at: Span) -> u32 {
        let before = &self.text[..at.start() as usize];
        before.rfind('\n').map_or(0, |at| at + 1) as u32
    }

    fn column_of(&self, at: Span) -> usize {
        (at.start() - self.line_start(at)) as usize
    }

    fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        }
    }

    /// The edits that bring the lines of an entry from one column to another; none where a line has
    /// less before it.
    fn indented(&self, entry: &Entry<'a>, from: usize, to: usize) -> Option<Vec<Edit>> {
        let (file, mut at) = (entry.at.file, self.line_start(entry.at) as usize);
        let end = entry.raw.span().end() as usize;
        let mut edits = Vec::new();
        for line in self.text.get(at..end)?.split_inclusive('\n') {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let blank = line.trim().is_empty();
            if !blank && indent < from {
                return None;
            }
            let (gone, text) = if to < from {
                (from - to, String::new())
            } else {
                (0, " ".repeat(to - from))
            };
            if !blank {
                let range = TextRange::new(at as u32, (at + gone) as u32);
                let span = Span { file, range };
                edits.push(Edit { span, text });
            }
            at += line.len();
        }
        Some(edits)
    }
}

/// The keys of a table that are not there.
fn open(table: &'static Table, entries: &[Entry<'_>]) -> Vec<&'static Key> {
    let absent = |key: &&Key| entries.iter().all(|entry| entry.key != key.name);
    table.keys.iter().filter(absent).collect()
}

/// What belongs to a named thing where its name is due: `params` as one of the `actions`.
fn lost_name<'a>(
    place: &Place<'a, '_>,
    inner: &Shape,
    child: &Entry<'a>,
    rest: &[Entry<'a>],
) -> Option<Slip> {
    let Shape::Map(item) = inner else {
        return None;
    };
    let belongs = |it: &&Entry<'_>| {
        let key = item.key(it.key);
        key.is_some_and(|key| fits(it.value, &key.shape))
    };
    if !belongs(&child) || fits(child.value, inner) {
        return None;
    }
    let last = rest.iter().take_while(belongs).last().unwrap_or(child);
    let (key, what) = (child.key, item.what);
    let message = format!("expected the name of {what}, found its key `{key}`");
    let told = Diagnostic::new(&codes::WRONG_SHAPE, child.at, message)
        .label(place.entry.at, "under this key")
        .help(format!("put `NAME:` before it, and indent `{key}` below"));
    Some(Slip {
        told,
        from: child.at.start(),
        to: last.raw.span().end().max(child.at.end()),
    })
}

/// A key of a document and those that the document does not have.
struct Place<'a, 't> {
    table: &'static Table,
    entry: &'t Entry<'a>,
    open: &'t [&'static Key],
}

impl Slip {
    fn new(told: Diagnostic, span: Span) -> Self {
        Self {
            told,
            from: span.start(),
            to: span.end(),
        }
    }
}

/// A key without a value before entries that are none of this table, and that it takes: where both
/// stand.
pub(super) fn beside(table: &Table, entries: &[Entry<'_>]) -> Option<(usize, Range<usize>)> {
    let is_unknown = |entry: &Entry<'_>| table.key(entry.key).is_none();
    let first = entries.iter().position(is_unknown)?;
    let above = entries.get(first.checked_sub(1)?)?;
    let in_block = !above.value.is_in_flow() && !above.value.is_alias();
    if !above.value.is_missing() || !in_block {
        return None;
    }
    let shape = &table.key(above.key)?.shape;
    let belongs = |entry: &&Entry<'_>| {
        is_unknown(entry)
            && match shape {
                Shape::Map(below) | Shape::Triggers(below) => below.key(entry.key).is_some(),
                Shape::Named(inner @ Shape::Map(_)) => {
                    entry.value.as_map().is_some() && fits(entry.value, inner)
                }
                Shape::Named(inner) => fits(entry.value, inner),
                _ => false,
            }
    };
    let count = entries[first..].iter().take_while(belongs).count();
    (count > 0).then(|| (first - 1, first..first + count))
}

fn moved(told: Diagnostic, edits: Option<Vec<Edit>>, like: &str) -> Diagnostic {
    let mut told = told;
    told.fixes.extend(edits.map(|edits| Fix {
        message: format!("indent it as `{like}` is"),
        applicability: Applicability::Safe,
        edits,
    }));
    told
}

/// Whether a map has keys of this table, with all that have to be there.
fn fits_map(node: Node<'_>, table: &Table) -> bool {
    let Some(map) = node.as_map().filter(|map| !map.is_empty()) else {
        return false;
    };
    let mut entries = map.entries();
    let known = entries.all(|it| it.name().is_some_and(|name| table.key(name).is_some()));
    let mut required = table.keys.iter().filter(|key| key.required);
    known && required.all(|key| map.get(key.name).is_some())
}

/// Whether a node looks like what this place takes.
fn fits(node: Node<'_>, shape: &Shape) -> bool {
    let is_text = node.as_scalar().is_some_and(|it| !it.is_missing());
    match shape {
        Shape::Map(table) => fits_map(node, table),
        Shape::Triggers(table) => match node.as_seq() {
            Some(items) => items.items().all(|item| fits_map(item, table)),
            None => fits_map(node, table),
        },
        Shape::Named(inner) => node.as_map().is_some_and(|map| {
            !map.is_empty() && map.entries().all(|entry| fits(entry.value, inner))
        }),
        Shape::List(inner) => {
            let items = node.as_seq();
            items.is_some_and(|items| items.items().all(|item| fits(item, inner)))
        }
        Shape::Any(shapes) => shapes.iter().any(|shape| fits(node, shape)),
        Shape::Steps => node.as_seq().is_some_and(|steps| {
            let is_step = |step: Node<'_>| {
                let first = step.as_map().and_then(|map| map.entries().next());
                first.is_some_and(|it| it.name().is_some_and(steps::is_word))
            };
            !steps.is_empty() && steps.items().all(is_step)
        }),
        Shape::Type => match node.value() {
            Value::Scalar(text) => is_text && !text.value().contains(['.', '"', '$']),
            Value::Map(map) => {
                !map.is_empty() && map.entries().all(|entry| fits(entry.value, &Shape::Type))
            }
            _ => false,
        },
        Shape::Content | Shape::Data => !node.is_missing() && !node.is_error(),
        _ => is_text,
    }
}
