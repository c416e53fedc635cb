//! `persona:` a named condition; of those that hold, the one of the highest priority counts.

use crate::yaml::Map;

use super::ast::{Name, Persona};
use super::keys::{Shape, Table, optional, required};
use super::reader::Reader;
use super::traveler::TITLE;

/// `persona:`.
pub(super) static PERSONA: Table = Table {
    what: "a persona",
    keys: &[
        required("persona", Shape::Name, "The name of the persona."),
        TITLE,
        required("traveler", Shape::Name, "The type of its travelers."),
        optional(
            "priority",
            Shape::Integer,
            "The highest whose condition holds is chosen.",
        ),
        required("when", Shape::Expression, "The condition that has to hold."),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn persona(&mut self, name: Name, map: Map<'a>) -> Option<Persona> {
        let fields = self.fields(map, &PERSONA, name.span);
        let title = fields.read(self, "title", Reader::text);
        let traveler = fields.read(self, "traveler", Reader::reference);
        let priority = fields.read(self, "priority", |r, node| r.integer(node, i64::MIN));
        let when = fields.expr(self, "when");
        Some(Persona {
            name,
            title,
            traveler: traveler?,
            priority: priority.map_or(0, |priority| priority.value),
            when: when?,
        })
    }
}
