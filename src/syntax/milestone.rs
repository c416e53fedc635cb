//! Milestones of a journey, and the notes that the map shows beside them.

use crate::source::Span;
use crate::yaml::Node;

use super::ast::{Milestone, Notes, Promise, Valence};
use super::keys::{Key, Shape, Table, optional, required};
use super::reader::{Entry, Fields, Reader};
use super::rule::{DO, RULE};
use super::traveler::{TITLE, first_key};
use super::trigger::ENTER;
use super::values::Pattern;

const VALENCE: &[&str] = &["positive", "negative"];

const TEXTS: Shape = Shape::List(&Shape::Text);
pub(super) const TOUCHPOINTS: Key = optional("touchpoints", TEXTS, "Where travelers meet us.");
pub(super) const OPPORTUNITIES: Key = optional("opportunities", TEXTS, "What could be better.");
pub(super) const PAIN_POINTS: Key = optional("pain_points", TEXTS, "What hurts.");
pub(super) const THOUGHTS: Key = optional("thoughts", TEXTS, "What travelers think.");
pub(super) const FEELINGS: Key = optional("feelings", TEXTS, "What travelers feel.");
pub(super) const EVIDENCE: Key = optional("evidence", TEXTS, "How we know.");
pub(super) const OWNER: Key = optional("owner", Shape::Text, "Who is responsible.");
pub(super) const TEAM: Key = optional("team", Shape::Text, "The team that runs it.");
pub(super) const RULES_DOC: &str = "What happens when.";

/// An entry of `milestones`.
pub(super) static MILESTONE: Table = Table {
    what: "a milestone",
    keys: &[
        TITLE,
        optional(
            "enter",
            Shape::Triggers(&ENTER),
            "What leads here; the first is entered at the start.",
        ),
        optional(
            "promise",
            Shape::Map(&PROMISE),
            "How soon it should be reached.",
        ),
        DO,
        optional(
            "detached",
            Shape::Bool,
            "Whether its steps run on when it is left.",
        ),
        optional("rules", Shape::List(&Shape::Map(&RULE)), RULES_DOC),
        optional("channel", Shape::Name, "The channel where it happens."),
        optional(
            "valence",
            Shape::Word(VALENCE),
            "Whether it is good or bad to be here.",
        ),
        optional(
            "moment_of_truth",
            Shape::Bool,
            "Whether much depends on it.",
        ),
        TOUCHPOINTS,
        OPPORTUNITIES,
        PAIN_POINTS,
        THOUGHTS,
        FEELINGS,
        EVIDENCE,
        OWNER,
        TEAM,
    ],
};

/// `promise`.
pub(super) static PROMISE: Table = Table {
    what: "a promise",
    keys: &[
        required("within", Shape::Duration, "How soon."),
        optional(
            "of",
            Shape::Name,
            "The milestone it counts from; by default the start.",
        ),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn milestone(&mut self, entry: &Entry<'a>) -> Milestone {
        let name = self.key_name(entry, Pattern::Snake);
        let mut milestone = Milestone {
            span: name.span,
            name,
            title: None,
            enter: Vec::new(),
            promise: None,
            steps: Vec::new(),
            detached: false,
            rules: Vec::new(),
            channel: None,
            valence: None,
            moment_of_truth: false,
            notes: Notes::default(),
        };
        if entry.value.is_missing() {
            return milestone;
        }
        let Some(fields) = self.open(entry.value, &MILESTONE, entry.at) else {
            return milestone;
        };
        milestone.span = fields.span();
        milestone.title = fields.read(self, "title", Reader::text);
        milestone.enter = self.triggers_of(&fields, "enter", &ENTER);
        milestone.promise = fields.read(self, "promise", Reader::promise);
        milestone.steps = fields.read_all(self, "do", Reader::steps);
        milestone.detached = fields.read(self, "detached", Reader::bool).unwrap_or(false);
        milestone.rules = fields.read_all(self, "rules", Reader::rules);
        milestone.channel = fields.read(self, "channel", Reader::reference);
        milestone.valence = fields.read(self, "valence", |r, node| {
            r.word(node, VALENCE).map(|word| match word {
                0 => Valence::Positive,
                _ => Valence::Negative,
            })
        });
        milestone.moment_of_truth = fields
            .read(self, "moment_of_truth", Reader::bool)
            .unwrap_or(false);
        milestone.notes = self.notes(&fields);
        milestone
    }

    /// The triggers under a key, with missing keys reported at it.
    pub(super) fn triggers_of(
        &mut self,
        fields: &Fields<'a>,
        key: &str,
        table: &'static Table,
    ) -> Vec<super::ast::Trigger> {
        let at = fields.entry(key).map_or(fields.span(), |entry| entry.at);
        fields.read_all(self, key, |r, node| r.triggers(node, table, at))
    }

    fn promise(&mut self, node: Node<'a>) -> Option<Promise> {
        let map = self.map(node, "a promise, as in `{ within: 5d }`")?;
        let fields = self.fields(map, &PROMISE, first_key(map));
        let of = fields.read(self, "of", Reader::reference);
        let span: Span = fields.span();
        let within = fields.read(self, "within", Reader::duration)?;
        Some(Promise { within, of, span })
    }

    /// What the map shows beside a journey or milestone.
    pub(super) fn notes(&mut self, fields: &Fields<'a>) -> Notes {
        let mut texts = |key| fields.read_all(self, key, Reader::texts);
        Notes {
            touchpoints: texts("touchpoints"),
            opportunities: texts("opportunities"),
            pain_points: texts("pain_points"),
            thoughts: texts("thoughts"),
            feelings: texts("feelings"),
            evidence: texts("evidence"),
            owner: fields.read(self, "owner", Reader::reference),
            team: fields.read(self, "team", Reader::reference),
        }
    }
}
