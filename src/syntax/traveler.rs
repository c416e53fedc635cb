//! `traveler:` who travels, what is known of them, and aggregates over their history.

use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::yaml::Map;

use super::ast::{Aggregate, EventRef, Name, Spanned, Trait, TraitSource, Traveler};
use super::keys::{Key, Shape, Table, optional, required};
use super::reader::{Entry, Reader};
use super::trigger::WHEN;
use super::values::Pattern;

pub(super) const TITLE: Key = optional("title", Shape::Text, "What people call it.");

/// `traveler:`.
pub(super) static TRAVELER: Table = Table {
    what: "a traveler",
    keys: &[
        required("traveler", Shape::Name, "The name of the type."),
        TITLE,
        required(
            "key",
            Shape::Name,
            "The profile field that names a traveler for good.",
        ),
        optional(
            "identities",
            Shape::List(&Shape::Name),
            "Profile fields any of which ties an event to one traveler.",
        ),
        required(
            "profile",
            Shape::Named(&Shape::Type),
            "What is known of a traveler.",
        ),
        optional(
            "consents",
            Shape::List(&Shape::Name),
            "What a traveler can agree to.",
        ),
        optional(
            "traits",
            Shape::Named(&Shape::Map(&TRAIT)),
            "Aggregates over the traveler's own history.",
        ),
    ],
};

const AGGREGATES: [(&str, Aggregate); 9] = [
    ("count", Aggregate::Count),
    ("sum", Aggregate::Sum),
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("avg", Aggregate::Avg),
    ("first", Aggregate::First),
    ("last", Aggregate::Last),
    ("list", Aggregate::List),
    ("distinct", Aggregate::Distinct),
];

/// An entry of `traits`.
pub(super) static TRAIT: Table = Table {
    what: "a trait",
    keys: &[
        optional(
            "count",
            Shape::Path,
            "How many there were: `CONNECTION.EVENT`.",
        ),
        optional(
            "sum",
            Shape::Path,
            "The sum of a field: `CONNECTION.EVENT.FIELD`.",
        ),
        optional("min", Shape::Path, "The least value of a field."),
        optional("max", Shape::Path, "The greatest value of a field."),
        optional("avg", Shape::Path, "The mean of a field."),
        optional("first", Shape::Path, "The first value of a field."),
        optional("last", Shape::Path, "The last value of a field."),
        optional("list", Shape::Path, "The values of a field, in order."),
        optional("distinct", Shape::Path, "The values of a field, each once."),
        optional("within", Shape::Duration, "How far back it looks."),
        optional("keep", Shape::Integer, "How many values it holds at most."),
        WHEN,
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn traveler(&mut self, name: Name, map: Map<'a>) -> Option<Traveler> {
        let fields = self.fields(map, &TRAVELER, name.span);
        let title = fields.read(self, "title", Reader::text);
        let key = fields.read(self, "key", Reader::reference);
        let identities = fields.read(self, "identities", |r, node| Some(r.references(node)));
        let profile = fields.read(self, "profile", |r, node| {
            Some(r.fields_of(node, Pattern::Field))
        });
        let consents = fields.read_all(self, "consents", |r, node| {
            let items = r.items(node, "a list of names");
            r.read_each(items, |r, item| r.declared_node(item, Pattern::Field))
        });
        let mut broken_traits = Vec::new();
        let traits = fields.read_all(self, "traits", |r, node| {
            let mut traits = Vec::new();
            for entry in r.named(node, "a map of names to traits") {
                let name = r.key_name(&entry, Pattern::Field);
                match r.trait_of(name.clone(), &entry) {
                    Some(it) => traits.push(it),
                    None => broken_traits.push(name),
                }
            }
            traits
        });
        let key = key?;
        Some(Traveler {
            name,
            title,
            identities: identities.unwrap_or_else(|| vec![key.clone()]),
            key,
            profile: profile?,
            consents,
            traits,
            broken_traits,
        })
    }

    fn trait_of(&mut self, name: Name, entry: &Entry<'a>) -> Option<Trait> {
        let fields = self.open(entry.value, &TRAIT, name.span)?;
        let within = fields.read(self, "within", |r, node| {
            r.positive_duration(node, "say how far back it looks, as in `within: 30d`")
        });
        let keep = fields.read(self, "keep", |r, node| r.integer(node, 1));
        let when = fields.expr(self, "when");
        let words = AGGREGATES.map(|(word, _)| word);
        let Some(found) = fields.one_of(self, &words) else {
            if !fields.is_broken() {
                let list: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                self.report(
                    Diagnostic::new(
                        &codes::MISSING_KEY,
                        name.span,
                        format!("the trait `{name}` does not say what it is made of"),
                    )
                    .help(format!("add one of {}", list.join(", "))),
                );
            }
            return None;
        };
        let (_, aggregate) = AGGREGATES.iter().find(|(word, _)| *word == found.key)?;
        let path = fields.read(self, found.key, Reader::path)?;
        Some(Trait {
            name,
            aggregate: Spanned {
                value: *aggregate,
                span: found.at,
            },
            source: trait_source(&path),
            within,
            keep,
            bounded: fields.has("within") || fields.has("keep"),
            when,
            span: fields.span(),
        })
    }
}

/// Cuts `shop.order_placed.total` behind the event, `call.crm.open_case.priority` behind the action.
fn trait_source(path: &EventRef) -> TraitSource {
    let whole = path.span;
    let length = if &*path.names()[0].text == "call" {
        3
    } else {
        2
    };
    let (event, field) = path.names().split_at(length.min(path.names().len()));
    let span = match (event.first(), event.last(), field.first()) {
        (Some(first), Some(last), Some(_)) => first.span.cover(last.span),
        _ => whole,
    };
    TraitSource {
        event: EventRef::new(event, span),
        field: field.to_vec(),
        span: whole,
    }
}

/// The place of a map's first key, where there is one.
pub(super) fn first_key(map: Map<'_>) -> Span {
    map.entries()
        .next()
        .map_or(map.span(), |entry| entry.key.span())
}
