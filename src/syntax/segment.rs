//! `segment:` travelers for whom a condition holds, or a static list of them.

use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::Map;

use super::ast::{Name, Segment, SegmentKind};
use super::keys::{Shape, Table, optional, required};
use super::reader::Reader;
use super::traveler::TITLE;
use super::trigger::WHEN;

/// `segment:`.
pub(super) static SEGMENT: Table = Table {
    what: "a segment",
    keys: &[
        required("segment", Shape::Name, "The name of the segment."),
        TITLE,
        required("traveler", Shape::Name, "The type of its travelers."),
        WHEN,
        optional(
            "members",
            Shape::Text,
            "A CSV file in the workspace; its columns are identities.",
        ),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn segment(&mut self, name: Name, map: Map<'a>) -> Option<Segment> {
        let fields = self.fields(map, &SEGMENT, name.span);
        let title = fields.read(self, "title", Reader::text);
        let traveler = fields.read(self, "traveler", Reader::reference);
        let found = fields.one_of(self, &["when", "members"]);
        let kind = match found.map(|entry| entry.key) {
            Some("when") => fields.expr(self, "when").map(SegmentKind::When),
            Some(_) => fields
                .read(self, "members", Reader::reference)
                .map(SegmentKind::Members),
            None => {
                if !fields.is_broken() {
                    self.report(
                        Diagnostic::new(
                            &codes::MISSING_KEY,
                            name.span,
                            format!("the segment `{name}` does not say who is in it"),
                        )
                        .help("add `when:` with a condition, or `members:` with a CSV file"),
                    );
                }
                None
            }
        };
        Some(Segment {
            name,
            title,
            traveler: traveler?,
            kind: kind?,
        })
    }
}
