//! `channel:` how travelers are reached, how often, and when not.

use crate::yaml::{Map, Node};

use super::ast::{Cap, Channel, Name, Overflow, Quiet};
use super::keys::{Shape, Table, optional, required};
use super::reader::Reader;
use super::traveler::{TITLE, first_key};

const THEN: &[&str] = &["drop", "defer"];

/// `channel:`.
pub(super) static CHANNEL: Table = Table {
    what: "a channel",
    keys: &[
        required("channel", Shape::Name, "The name of the channel."),
        TITLE,
        optional(
            "via",
            Shape::Name,
            "The connection that delivers; without one the channel has interactions only.",
        ),
        optional("address", Shape::Expression, "Where to: `traveler.email`."),
        optional("consent", Shape::Name, "The consent that is needed."),
        optional(
            "cap",
            Shape::List(&Shape::Map(&CAP)),
            "How many messages at most, in which time.",
        ),
        optional(
            "quiet",
            Shape::Map(&QUIET),
            "The hours in which nothing goes out.",
        ),
    ],
};

/// An entry of `cap`.
pub(super) static CAP: Table = Table {
    what: "a cap",
    keys: &[
        required("max", Shape::Integer, "How many messages at most."),
        required("per", Shape::Duration, "In which time."),
        optional(
            "then",
            Shape::Word(THEN),
            "What becomes of one more: it is dropped, or deferred.",
        ),
    ],
};

/// `quiet`.
pub(super) static QUIET: Table = Table {
    what: "a `quiet`",
    keys: &[
        required("from", Shape::Clock, "When it begins: `\"21:00\"`."),
        required("to", Shape::Clock, "When it ends: `\"08:00\"`."),
        optional(
            "zone",
            Shape::Zone,
            "The time zone: an IANA name or an expression.",
        ),
        optional(
            "then",
            Shape::Word(THEN),
            "What becomes of a message: it is dropped, or deferred.",
        ),
    ],
};

impl<'a> Reader<'a> {
    #[allow(clippy::unnecessary_wraps, reason = "as all readers of declarations")]
    pub(super) fn channel(&mut self, name: Name, map: Map<'a>) -> Option<Channel> {
        let fields = self.fields(map, &CHANNEL, name.span);
        Some(Channel {
            name,
            title: fields.read(self, "title", Reader::text),
            via: fields.read(self, "via", Reader::reference),
            address: fields.expr(self, "address"),
            consent: fields.read(self, "consent", Reader::reference),
            caps: fields.read_all(self, "cap", |r, node| {
                let items = r.items(node, "a list of caps");
                r.read_each(items, Reader::cap)
            }),
            quiet: fields.read(self, "quiet", Reader::quiet),
        })
    }

    fn cap(&mut self, node: Node<'a>) -> Option<Cap> {
        let map = self.map(node, "a cap, as in `{ max: 2, per: 7d }`")?;
        let fields = self.fields(map, &CAP, first_key(map));
        let max = fields.read(self, "max", |r, node| r.integer(node, 0));
        let per = fields.read(self, "per", |r, node| {
            r.positive_duration(node, "say over how long it counts, as in `per: 7d`")
        });
        let then = fields.read(self, "then", Reader::overflow);
        Some(Cap {
            max: max?,
            per: per?,
            then: then.unwrap_or(Overflow::Drop),
            span: fields.span(),
        })
    }

    fn quiet(&mut self, node: Node<'a>) -> Option<Quiet> {
        let map = self.map(
            node,
            "quiet hours, as in `{ from: \"21:00\", to: \"08:00\" }`",
        )?;
        let fields = self.fields(map, &QUIET, first_key(map));
        let from = fields.read(self, "from", Reader::clock);
        let to = fields.read(self, "to", Reader::clock);
        let zone = self.zone_of(&fields);
        let then = fields.read(self, "then", Reader::overflow);
        Some(Quiet {
            from: from?,
            to: to?,
            zone,
            then: then.unwrap_or(Overflow::Drop),
            span: fields.span(),
        })
    }

    fn overflow(&mut self, node: Node<'a>) -> Option<Overflow> {
        self.word(node, THEN).map(|word| match word {
            0 => Overflow::Drop,
            _ => Overflow::Defer,
        })
    }
}
