//! `decide`: next best action, the eligible offer with the highest score.

use crate::source::Span;
use crate::yaml::{Map, Node};

use super::super::ast::{Offer, StepKind};
use super::super::keys::{Shape, Table, optional, required};
use super::super::reader::{Fields, Reader};
use super::super::traveler::first_key;
use super::super::trigger::WHEN;
use super::ID;

/// `decide:`.
pub(super) static DECIDE: Table = Table {
    what: "a `decide`",
    keys: &[
        required("decide", Shape::Map(&DECISION), "What to choose from."),
        ID,
    ],
};

/// What stands under `decide:`.
pub(super) static DECISION: Table = Table {
    what: "a `decide`",
    keys: &[
        required("name", Shape::Name, "The name of the decision."),
        required(
            "among",
            Shape::List(&Shape::Map(&OFFER)),
            "The offers; of equal scores the first is taken.",
        ),
        optional(
            "fallback",
            Shape::Steps,
            "The steps when no offer is eligible.",
        ),
    ],
};

/// An entry of `among`.
pub(super) static OFFER: Table = Table {
    what: "an offer",
    keys: &[
        required("offer", Shape::Name, "The name of the offer."),
        WHEN,
        required(
            "score",
            Shape::Expression,
            "How good it is: the highest is taken.",
        ),
        optional("do", Shape::Steps, "The steps when it is taken."),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn decide(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let head = fields.entry("decide")?.at;
        fields.read(self, "decide", |r, node| {
            let map = r.map(node, "a map with the keys of a `decide`")?;
            r.decision(map, head)
        })
    }

    fn decision(&mut self, map: Map<'a>, head: Span) -> Option<StepKind> {
        let fields = self.fields(map, &DECISION, head);
        let name = fields.read(self, "name", Reader::reference);
        let among = fields.read(self, "among", |r, node| {
            let items = r.some_items(
                node,
                "a list of offers",
                "add an offer, as in `- { offer: NAME, score: …, do: […] }`",
            );
            Some(r.read_each(items, Reader::offer))
        });
        let fallback = fields.read_all(self, "fallback", Reader::steps);
        Some(StepKind::Decide {
            name: name?,
            among: among?,
            fallback,
        })
    }

    fn offer(&mut self, node: Node<'a>) -> Option<Offer> {
        let map = self.map(node, "an offer, as in `{ offer: NAME, score: …, do: […] }`")?;
        let fields = self.fields(map, &OFFER, first_key(map));
        let name = fields.read(self, "offer", Reader::reference);
        let when = fields.expr(self, "when");
        let score = fields.expr(self, "score");
        let steps = fields.read_all(self, "do", Reader::steps);
        Some(Offer {
            name: name?,
            when,
            score: score?,
            steps,
            span: fields.span(),
        })
    }
}
