//! `migrate:` how sessions of an earlier plan go on in a journey.

use super::ast::{Migrate, Name, Onward};
use super::keys::{Shape, Table, optional, required};
use super::reader::{Entry, Reader};
use super::traveler::first_key;
use super::values::Pattern;
use crate::yaml::Node;

/// `migrate:` of a journey.
pub(super) static MIGRATE: Table = Table {
    what: "a `migrate`",
    keys: &[
        optional(
            "milestones",
            Shape::Named(&Shape::Any(&[Shape::Name, Shape::Map(&ONWARD)])),
            "Milestones of an earlier plan, and where their sessions go.",
        ),
        optional(
            "variables",
            Shape::Named(&Shape::Name),
            "Variables of an earlier plan, and what they are called now.",
        ),
    ],
};

/// The map form of where a session goes.
pub(super) static ONWARD: Table = Table {
    what: "where a session goes",
    keys: &[required("end", Shape::Name, "The outcome it ends with.")],
};

impl<'a> Reader<'a> {
    pub(super) fn migrate(&mut self, node: Node<'a>) -> Option<Migrate> {
        let map = self.map(node, "a map of `milestones` and `variables`")?;
        let fields = self.fields(map, &MIGRATE, first_key(map));
        let milestones = fields.read_all(self, "milestones", |r, node| {
            let entries = r.named(node, "a map of old names of milestones to new ones");
            let onward = |entry| r.onward(&entry);
            entries.into_iter().filter_map(onward).collect()
        });
        let variables = fields.read_all(self, "variables", |r, node| {
            let entries = r.named(node, "a map of old names of variables to new ones");
            let renamed = |entry: Entry<'a>| {
                let old = r.key_name(&entry, Pattern::Snake);
                Some((old, r.reference(entry.value)?))
            };
            entries.into_iter().filter_map(renamed).collect()
        });
        Some(Migrate {
            milestones,
            variables,
            span: fields.span(),
        })
    }

    /// `OLD: NEW`, or `OLD: { end: OUTCOME }`.
    fn onward(&mut self, entry: &Entry<'a>) -> Option<(Name, Onward)> {
        let old = self.key_name(entry, Pattern::Snake);
        let onward = match entry.value.as_map() {
            Some(map) => {
                let fields = self.fields(map, &ONWARD, first_key(map));
                Onward::End(fields.read(self, "end", Reader::reference)?)
            }
            None => Onward::Milestone(self.reference(entry.value)?),
        };
        Some((old, onward))
    }
}
