//! `split`: an experiment; travelers or sessions are shared out among arms by a stable hash.

use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::{Map, Node};

use super::super::ast::{Arm, Spanned, SplitBy, StepKind};
use super::super::keys::{Shape, Table, optional, required};
use super::super::reader::{Entry, Fields, Reader};
use super::ID;

const BY: &[&str] = &["traveler", "session"];

/// `split:`.
pub(super) static SPLIT: Table = Table {
    what: "a `split`",
    keys: &[
        required("split", Shape::Map(&SPLITTING), "Who goes where."),
        ID,
    ],
};

/// What stands under `split:`.
pub(super) static SPLITTING: Table = Table {
    what: "a `split`",
    keys: &[
        required(
            "name",
            Shape::Name,
            "The name of the split: two of one name agree.",
        ),
        optional(
            "by",
            Shape::Word(BY),
            "Who is shared out; travelers by default.",
        ),
        required(
            "arms",
            Shape::Named(&Shape::Map(&ARM)),
            "The arms, by name.",
        ),
    ],
};

/// An entry of `arms`.
pub(super) static ARM: Table = Table {
    what: "an arm",
    keys: &[
        required(
            "weight",
            Shape::Integer,
            "Its share of the sum of all weights.",
        ),
        optional("do", Shape::Steps, "Its steps; none in a holdout."),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn split(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let head = fields.entry("split")?.at;
        fields.read(self, "split", |r, node| {
            let map = r.map(node, "a map with the keys of a `split`")?;
            r.splitting(map, head)
        })
    }

    fn splitting(&mut self, map: Map<'a>, head: crate::source::Span) -> Option<StepKind> {
        let fields = self.fields(map, &SPLITTING, head);
        let name = fields.read(self, "name", Reader::reference);
        let by = fields.read(self, "by", |r, node| r.word(node, BY));
        let arms = fields.read(self, "arms", |r, node| Some(r.arms(node)))?;
        Some(StepKind::Split {
            name: name?,
            by: if by == Some(1) {
                SplitBy::Session
            } else {
                SplitBy::Traveler
            },
            arms,
        })
    }

    fn arms(&mut self, node: Node<'a>) -> Vec<Arm> {
        if node.as_map().is_some_and(Map::is_empty) && !node.is_broken() {
            self.report(
                Diagnostic::new(
                    &codes::WRONG_SHAPE,
                    node.span(),
                    "a split needs at least one arm",
                )
                .help("add an arm, as in `NAME: { weight: 1, do: […] }`"),
            );
        }
        let arms = self.each(node, "a map of names to arms", Reader::arm);
        let weighed = arms.iter().any(|arm| arm.weight.value > 0);
        if !arms.is_empty() && !weighed {
            self.report(
                Diagnostic::new(
                    &codes::INVALID_VALUE,
                    arms[0].weight.span,
                    "no arm of this split has a weight above zero",
                )
                .help("give at least one arm a positive weight"),
            );
        }
        arms
    }

    fn arm(&mut self, entry: &Entry<'a>) -> Option<Arm> {
        let name = entry.name();
        let fields = self.open(entry.value, &ARM, name.span)?;
        let weight = fields.read(self, "weight", |r, node| r.integer(node, 0));
        let steps = fields.read_all(self, "do", Reader::steps);
        // One whose weight cannot be read has its steps all the same.
        let weight = weight.unwrap_or(Spanned {
            value: 1,
            span: name.span,
        });
        Some(Arm {
            name,
            weight,
            steps,
        })
    }
}
