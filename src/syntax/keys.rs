//! The tables of keys: what each place of the language knows, in one form that the reader checks
//! against and an editor's schema can be made from.
//!
//! A [`Table`] stands beside the reader of its kind; nothing but a table decides whether a key is
//! known or has to be there.

use super::ast::Kind;
use super::{
    channel, connection, journey, kpi, manifest, model, persona, rule, scenario, segment, steps,
    template, traveler, types, variables,
};

/// The keys of one place.
#[derive(Debug)]
pub struct Table {
    /// With its article, as messages call it: "a channel".
    pub what: &'static str,
    pub keys: &'static [Key],
}

/// A key, what may stand under it, and what it is for.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// One sentence, as an editor shows it.
    pub doc: &'static str,
}

/// What may stand under a key.
#[derive(Debug)]
pub enum Shape {
    /// Any text.
    Text,
    /// A name of the language.
    Name,
    /// Names with dots between them: `shop.order_placed`.
    Path,
    /// One of these words.
    Word(&'static [&'static str]),
    Bool,
    Integer,
    /// `90s`, `1h30m`.
    Duration,
    /// `"09:00"`.
    Clock,
    Timestamp,
    /// Five fields.
    Cron,
    /// An IANA name or CEL source.
    Zone,
    /// CEL source.
    Expression,
    /// A value in a text place: `${…}` inside scalars.
    Content,
    /// Plain data.
    Data,
    /// A type in the language's notation, or its long form.
    Type,
    /// A list of steps.
    Steps,
    /// A trigger with the keys of this table, or a list of them.
    Triggers(&'static Table),
    /// A map with known keys.
    Map(&'static Table),
    /// A map whose keys are names, each over such a value.
    Named(&'static Shape),
    List(&'static Shape),
    Any(&'static [Shape]),
}

/// A key that may be left out.
pub(super) const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key {
        name,
        shape,
        required: false,
        doc,
    }
}

/// A key that has to be there.
pub(super) const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key {
        name,
        shape,
        required: true,
        doc,
    }
}

impl Table {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Whether this is that very table.
    pub fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.keys.iter().map(|key| key.name)
    }
}

/// The table of a document of this kind.
pub fn table(kind: Kind) -> &'static Table {
    match kind {
        Kind::Traveler => &traveler::TRAVELER,
        Kind::Connection => &connection::CONNECTION,
        Kind::Segment => &segment::SEGMENT,
        Kind::Persona => &persona::PERSONA,
        Kind::Channel => &channel::CHANNEL,
        Kind::Journey => &journey::JOURNEY,
        Kind::Rule => &rule::GLOBAL_RULE,
        Kind::Variables => &variables::VARIABLES,
        Kind::Template => &template::TEMPLATE,
        Kind::Kpi => &kpi::KPI,
        Kind::Model => &model::MODEL,
        Kind::Test => &scenario::TEST,
    }
}

/// Further keys of a map with this table: the pattern that they have and what stands under them.
pub fn further(table: &Table) -> Option<(&'static str, &'static Shape)> {
    table.is(&scenario::ENTRY).then_some((r"\.", &Shape::Data))
}

/// The long form of a type: what [`Shape::Type`] may be besides a text.
pub fn long_type() -> &'static Table {
    &types::FIELD
}

/// The table of the manifest.
pub fn manifest() -> &'static Table {
    &manifest::MANIFEST
}

/// The tables of all steps: what [`Shape::Steps`] stands for.
pub fn steps() -> impl Iterator<Item = &'static Table> {
    steps::STEPS.iter().map(|(_, table)| *table)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every table that can be reached from the documents and the manifest, each once.
    fn all() -> Vec<&'static Table> {
        fn visit(shape: &'static Shape, found: &mut Vec<&'static Table>) {
            match shape {
                Shape::Map(table) | Shape::Triggers(table) => add(table, found),
                Shape::Named(inner) | Shape::List(inner) => visit(inner, found),
                Shape::Any(shapes) => shapes.iter().for_each(|shape| visit(shape, found)),
                Shape::Steps => steps().for_each(|table| add(table, found)),
                _ => {}
            }
        }
        fn add(table: &'static Table, found: &mut Vec<&'static Table>) {
            if !found.iter().any(|other| other.is(table)) {
                found.push(table);
                table.keys.iter().for_each(|key| visit(&key.shape, found));
            }
        }
        let mut found = Vec::new();
        add(manifest(), &mut found);
        for kind in Kind::ALL {
            add(table(kind), &mut found);
        }
        found
    }

    #[test]
    fn a_document_opens_with_its_keyword() {
        for kind in Kind::ALL {
            let first = &table(kind).keys[0];
            assert_eq!((first.name, first.required), (kind.keyword(), true));
        }
    }

    #[test]
    fn every_key_stands_in_its_table_once_and_says_what_it_is_for() {
        let tables = all();
        assert!(tables.len() > 40, "{}", tables.len());
        for table in tables {
            for (index, key) in table.keys.iter().enumerate() {
                let place = format!("`{}` in {}", key.name, table.what);
                assert!(key.doc.ends_with('.'), "{place}");
                assert!(
                    table.keys[..index]
                        .iter()
                        .all(|other| other.name != key.name),
                    "{place}"
                );
            }
        }
    }
}
