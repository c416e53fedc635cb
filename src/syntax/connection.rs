//! `connection:` a system that sends events and carries out actions.

use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::{self, Map, Node};

use super::ast::{Action, Assign, Connection, Entity, EntityMap, Event, Name};
use super::delivery::{PARALLEL, RATE, RETRY, TIMEOUT};
use super::keys::{Shape, Table, optional, required};
use super::log::LOG;
use super::reader::{Entry, Reader};
use super::traveler::TITLE;
use super::values::Pattern;

const ALLOWED: &[&str] = &["allowed"];

/// `connection:`.
pub(super) static CONNECTION: Table = Table {
    what: "a connection",
    keys: &[
        required("connection", Shape::Name, "The name of the connection."),
        TITLE,
        optional("uses", Shape::Text, "A standard connection: `std/webhook`."),
        optional(
            "pii",
            Shape::Word(ALLOWED),
            "Whether it is cleared for personal data.",
        ),
        optional(
            "config",
            Shape::Named(&Shape::Content),
            "Its settings, read when it runs.",
        ),
        TIMEOUT,
        RATE,
        PARALLEL,
        RETRY,
        optional(
            "types",
            Shape::Named(&Shape::Type),
            "Object types that its fields may have.",
        ),
        optional(
            "events",
            Shape::Named(&Shape::Map(&EVENT)),
            "The events it sends.",
        ),
        optional(
            "actions",
            Shape::Named(&Shape::Map(&ACTION)),
            "What it can be asked to do.",
        ),
        optional(
            "entities",
            Shape::Named(&Shape::Map(&ENTITY)),
            "Its records; each gives an event `CONNECTION.NAME_changed`.",
        ),
        optional(
            "log",
            Shape::Any(&[Shape::Map(&LOG), Shape::List(&Shape::Map(&LOG))]),
            "How CSV files of its events are read.",
        ),
    ],
};

/// An entry of `events`.
pub(super) static EVENT: Table = Table {
    what: "an event",
    keys: &[
        TITLE,
        optional(
            "type",
            Shape::Text,
            "The CloudEvents type, where it is not `CONNECTION.EVENT`.",
        ),
        optional(
            "traveler",
            Shape::Name,
            "The traveler type whose event it is.",
        ),
        optional("fields", Shape::Named(&Shape::Type), "The payload."),
        optional(
            "identify",
            Shape::Named(&Shape::Any(&[
                Shape::Expression,
                Shape::Named(&Shape::Expression),
            ])),
            "The identities that find the traveler.",
        ),
        optional(
            "update",
            Shape::Named(&Shape::Expression),
            "What it writes to the profile.",
        ),
    ],
};

/// An entry of `actions`.
pub(super) static ACTION: Table = Table {
    what: "an action",
    keys: &[
        TITLE,
        optional(
            "channel",
            Shape::Name,
            "The channel whose consent, caps and hours it keeps.",
        ),
        optional(
            "params",
            Shape::Named(&Shape::Type),
            "What it has to be told.",
        ),
        optional(
            "returns",
            Shape::Named(&Shape::Type),
            "What it answers: `returned.NAME`.",
        ),
    ],
};

/// An entry of `entities`.
pub(super) static ENTITY: Table = Table {
    what: "an entity",
    keys: &[
        TITLE,
        required("key", Shape::Name, "The field that names a record."),
        required(
            "fields",
            Shape::Named(&Shape::Type),
            "The fields of a record.",
        ),
        optional(
            "maps",
            Shape::Named(&Shape::Name),
            "Profile fields, each over the field that it takes.",
        ),
        optional(
            "update",
            Shape::Named(&Shape::Expression),
            "What its event writes to the profile beside `maps`.",
        ),
    ],
};

impl<'a> Reader<'a> {
    #[allow(clippy::unnecessary_wraps, reason = "as all readers of declarations")]
    pub(super) fn connection(&mut self, name: Name, map: Map<'a>) -> Option<Connection> {
        let fields = self.fields(map, &CONNECTION, name.span);
        Some(Connection {
            name,
            title: fields.read(self, "title", Reader::text),
            uses: fields.read(self, "uses", Reader::reference),
            pii_allowed: fields
                .read(self, "pii", |r, node| r.word(node, ALLOWED))
                .is_some(),
            config: fields.contents(self, "config"),
            delivery: self.delivery(&fields),
            types: fields.read_all(self, "types", Reader::types),
            events: fields.read_all(self, "events", |r, node| {
                r.each(node, "a map of names to events", Reader::event)
            }),
            actions: fields.read_all(self, "actions", |r, node| {
                r.each(node, "a map of names to actions", Reader::action)
            }),
            entities: fields.read_all(self, "entities", |r, node| {
                r.each(node, "a map of names to entities", Reader::entity)
            }),
            logs: fields.read_all(self, "log", Reader::logs),
        })
    }

    fn event(&mut self, entry: &Entry<'a>) -> Option<Event> {
        let name = self.key_name(entry, Pattern::Field);
        if entry.value.is_missing() {
            return Some(Event {
                span: name.span,
                name,
                title: None,
                cloud_type: None,
                traveler: None,
                fields: Vec::new(),
                identify: Vec::new(),
                update: Vec::new(),
            });
        }
        let fields = self.open(entry.value, &EVENT, name.span)?;
        Some(Event {
            name,
            title: fields.read(self, "title", Reader::text),
            cloud_type: fields.read(self, "type", Reader::spanned_text),
            traveler: fields.read(self, "traveler", Reader::reference),
            fields: fields.read_all(self, "fields", |r, node| r.fields_of(node, Pattern::Field)),
            identify: fields.read_all(self, "identify", Reader::identify),
            update: fields.assigns(self, "update"),
            span: fields.span(),
        })
    }

    /// `{ email: CEL }`, or one such map for each traveler type.
    fn identify(&mut self, node: Node<'a>) -> Vec<(Option<Name>, Vec<Assign>)> {
        let Some(map) = self.map(node, "a map of identities to expressions") else {
            return Vec::new();
        };
        let is_map = |entry: yaml::Entry<'_>| {
            entry.value.as_map().is_some()
                && yaml::unquoted_condition(&entry).is_none_or(|it| it.whole == entry.value.span())
        };
        if !map.entries().any(is_map) {
            return vec![(None, self.assigns(node))];
        }
        let mut all = Vec::new();
        for entry in self.entries(map) {
            let name = entry.name();
            match entry.value.as_map() {
                Some(inner) if inner.is_empty() => self.report(
                    Diagnostic::new(
                        &codes::WRONG_SHAPE,
                        entry.value.span(),
                        format!("nothing here finds the `{name}` of this event"),
                    )
                    .help(format!("name an identity of `{name}`, or remove `{name}`")),
                ),
                Some(_) => {
                    let assigns = self.assigns(entry.value);
                    all.push((Some(name), assigns));
                }
                None if entry.value.is_missing() => self.empty(&entry),
                None if entry.value.is_error() => {}
                None => self.report(
                    Diagnostic::new(
                        &codes::WRONG_SHAPE,
                        entry.value.span(),
                        "expected a map of identities to expressions",
                    )
                    .help(format!(
                        "write `{name}: {{ IDENTITY: CEL }}`, as for the others"
                    )),
                ),
            }
        }
        all
    }

    fn action(&mut self, entry: &Entry<'a>) -> Option<Action> {
        let name = self.key_name(entry, Pattern::Field);
        if entry.value.is_missing() {
            return Some(Action {
                span: name.span,
                name,
                title: None,
                channel: None,
                params: Vec::new(),
                returns: Vec::new(),
            });
        }
        let fields = self.open(entry.value, &ACTION, name.span)?;
        Some(Action {
            name,
            title: fields.read(self, "title", Reader::text),
            channel: fields.read(self, "channel", Reader::reference),
            params: fields.read_all(self, "params", |r, node| r.fields_of(node, Pattern::Field)),
            returns: fields.read_all(self, "returns", |r, node| r.fields_of(node, Pattern::Field)),
            span: fields.span(),
        })
    }

    fn entity(&mut self, entry: &Entry<'a>) -> Option<Entity> {
        let name = self.key_name(entry, Pattern::Type);
        let fields = self.open(entry.value, &ENTITY, name.span)?;
        let title = fields.read(self, "title", Reader::text);
        let key = fields.read(self, "key", Reader::reference);
        let decls = fields.read(self, "fields", |r, node| {
            Some(r.fields_of(node, Pattern::Field))
        });
        let maps = fields.read_all(self, "maps", |r, node| {
            let pairs = r.pairs(node, "a map of profile fields to fields");
            pairs
                .into_iter()
                .map(|(profile, field)| EntityMap { profile, field })
                .collect()
        });
        Some(Entity {
            name,
            title,
            key: key?,
            fields: decls?,
            maps,
            update: fields.assigns(self, "update"),
            span: fields.span(),
        })
    }

    /// The entries of a named map, each read.
    pub(super) fn each<T>(
        &mut self,
        node: Node<'a>,
        what: &str,
        read: impl Fn(&mut Self, &Entry<'a>) -> Option<T>,
    ) -> Vec<T> {
        let entries = self.named(node, what);
        self.read_each(entries, |r, entry| read(r, &entry))
    }

    /// A map of names to names.
    pub(super) fn pairs(&mut self, node: Node<'a>, what: &str) -> Vec<(Name, Name)> {
        self.each(node, what, |r, entry| {
            if entry.value.is_missing() {
                r.empty(entry);
                return None;
            }
            Some((entry.name(), r.reference(entry.value)?))
        })
    }
}
