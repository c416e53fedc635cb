//! `journey:` where travelers can go and what happens on the way.

use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::yaml::{Map, Node, Scalar, Value};

use super::MAX_MILESTONES;
use super::ast::{
    EventKey, Journey, Milestone, Name, Reentry, ReentryAfter, SessionKey, Spanned, Status,
    WhileActive,
};
use super::duration;
use super::keys::{Shape, Table, optional, required};
use super::migrate::MIGRATE;
use super::milestone::{
    EVIDENCE, FEELINGS, MILESTONE, OPPORTUNITIES, OWNER, PAIN_POINTS, RULES_DOC, TEAM, THOUGHTS,
    TOUCHPOINTS,
};
use super::reader::{Entry, Fields, Reader};
use super::rule::RULE;
use super::traveler::{TITLE, first_key};
use super::trigger::{END, START};
use super::unquoted;
use super::values::split_path;

const STATUS: &[&str] = &["hypothetical", "shadow", "live", "paused"];
const REENTRY: &[&str] = &["never", "always"];
const SINCE: &[&str] = &["end", "start"];
const WHILE_ACTIVE: &[&str] = &["ignore", "restart"];

/// `journey:`.
pub(super) static JOURNEY: Table = Table {
    what: "a journey",
    keys: &[
        required("journey", Shape::Name, "The name of the journey."),
        TITLE,
        optional(
            "lifecycle",
            Shape::Name,
            "The stage it belongs to: `purchase`, `onboarding`.",
        ),
        required("traveler", Shape::Name, "The type of its travelers."),
        OWNER,
        TEAM,
        optional(
            "status",
            Shape::Word(STATUS),
            "How far it has come; `live` by default.",
        ),
        optional(
            "priority",
            Shape::Integer,
            "Between journeys: higher first.",
        ),
        optional(
            "happy_path",
            Shape::List(&Shape::Name),
            "The milestones as they should follow.",
        ),
        optional(
            "key",
            Shape::Any(&[Shape::Expression, Shape::Named(&Shape::Expression)]),
            "One session for each value: `event.order_id`.",
        ),
        optional(
            "variables",
            Shape::Named(&Shape::Type),
            "What a session remembers: `vars.NAME`.",
        ),
        required("start", Shape::Triggers(&START), "What starts a session."),
        optional(
            "reentry",
            Shape::Any(&[Shape::Word(REENTRY), Shape::Map(&REENTRY_AFTER)]),
            "Whether a traveler may travel again.",
        ),
        optional(
            "while_active",
            Shape::Word(WHILE_ACTIVE),
            "What a start does while a session runs.",
        ),
        required(
            "milestones",
            Shape::Named(&Shape::Map(&MILESTONE)),
            "The milestones, in order.",
        ),
        optional("rules", Shape::List(&Shape::Map(&RULE)), RULES_DOC),
        optional("end", Shape::Triggers(&END), "What ends a session."),
        optional(
            "migrate",
            Shape::Map(&MIGRATE),
            "How sessions of an earlier plan go on.",
        ),
        TOUCHPOINTS,
        OPPORTUNITIES,
        PAIN_POINTS,
        THOUGHTS,
        FEELINGS,
        EVIDENCE,
    ],
};

/// The map form of `reentry`.
pub(super) static REENTRY_AFTER: Table = Table {
    what: "a `reentry`",
    keys: &[
        required("after", Shape::Duration, "How long after the last session."),
        optional(
            "since",
            Shape::Word(SINCE),
            "Whether after its end or its start.",
        ),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn journey(&mut self, name: Name, map: Map<'a>) -> Option<Journey> {
        let fields = self.fields(map, &JOURNEY, name.span);
        let traveler = fields.read(self, "traveler", Reader::reference);
        let status = fields.read(self, "status", |r, node| {
            let value = match r.word(node, STATUS)? {
                0 => Status::Hypothetical,
                1 => Status::Shadow,
                2 => Status::Live,
                _ => Status::Paused,
            };
            let span = node.span();
            Some(Spanned { value, span })
        });
        let journey = Journey {
            title: fields.read(self, "title", Reader::text),
            lifecycle: fields.read(self, "lifecycle", Reader::reference),
            owner: None,
            status: status.unwrap_or(Spanned {
                value: Status::Live,
                span: name.span,
            }),
            priority: fields
                .read(self, "priority", |r, node| r.integer(node, i64::MIN))
                .map_or(0, |priority| priority.value),
            happy_path: fields.read_all(self, "happy_path", Reader::references),
            key: self.session_key(&fields),
            variables: fields.read_all(self, "variables", Reader::variable_fields),
            start: self.triggers_of(&fields, "start", &START),
            reentry: fields
                .read(self, "reentry", Reader::reentry)
                .unwrap_or(Reentry::Never),
            while_active: fields
                .read(self, "while_active", |r, node| r.word(node, WHILE_ACTIVE))
                .map_or(WhileActive::Ignore, |word| match word {
                    0 => WhileActive::Ignore,
                    _ => WhileActive::Restart,
                }),
            milestones: fields.read_all(self, "milestones", Reader::milestones),
            rules: fields.read_all(self, "rules", Reader::rules),
            end: self.triggers_of(&fields, "end", &END),
            migrate: fields.read(self, "migrate", Reader::migrate),
            notes: self.notes(&fields),
            traveler: traveler?,
            name,
        };
        let owner = journey
            .notes
            .owner
            .as_ref()
            .map(|owner| owner.text.to_string());
        Some(Journey { owner, ..journey })
    }

    fn milestones(&mut self, node: Node<'a>) -> Vec<Milestone> {
        if let Value::Seq(_) = node.value() {
            self.report(
                Diagnostic::new(
                    &codes::WRONG_SHAPE,
                    node.span(),
                    "expected a map of names to milestones, found a list",
                )
                .help("write `NAME:` instead of `- NAME`, each over its own keys"),
            );
            return Vec::new();
        }
        let entries = self.named(node, "a map of names to milestones");
        if entries.is_empty() && node.as_map().is_some() && !node.is_broken() {
            self.report(Diagnostic::new(
                &codes::WRONG_SHAPE,
                node.span(),
                "a journey needs at least one milestone",
            ));
        }
        let entries = self.at_most(MAX_MILESTONES, entries, "milestones", |entry| entry.at);
        entries.iter().map(|entry| self.milestone(entry)).collect()
    }

    fn session_key(&mut self, fields: &Fields<'a>) -> Option<SessionKey> {
        let entry = fields.entry("key")?;
        let Some(map) = entry.value.as_map() else {
            return Some(SessionKey::Shared(self.expr(&entry)));
        };
        let mut entries = self.entries(map);
        unquoted::repair(self, &mut entries, &unquoted::Expressions::all());
        Some(SessionKey::PerEvent(
            entries.iter().map(|entry| self.event_key(entry)).collect(),
        ))
    }

    fn event_key(&mut self, entry: &Entry<'a>) -> EventKey {
        let text = entry.raw.key.as_scalar().map(Scalar::to_text);
        let file_text = self.text;
        EventKey {
            event: split_path(entry.key, entry.at, &|range| {
                text.as_ref()
                    .map_or(entry.at, |text| text.locate(range, file_text))
            }),
            key: self.expr(entry),
        }
    }

    /// `never`, `always`, `{ after: D, since: start }`.
    fn reentry(&mut self, node: Node<'a>) -> Option<Reentry> {
        if let Some(map) = node.as_map() {
            let fields = self.fields(map, &REENTRY_AFTER, first_key(map));
            let since = fields.read(self, "since", |r, node| r.word(node, SINCE));
            let wait = fields.read(self, "after", Reader::duration)?;
            let since = match since {
                Some(1) => ReentryAfter::Start,
                _ => ReentryAfter::End,
            };
            return Some(Reentry::After { wait, since });
        }
        if let Some(written) = node.as_str()
            && duration::parse(written).is_ok()
        {
            let meant = format!("{{ after: {written} }}");
            self.report(
                Diagnostic::new(
                    &codes::WRONG_SHAPE,
                    node.span(),
                    "expected `never`, `always` or `{ after: … }`, found a duration",
                )
                .help(format!("write `{meant}`"))
                .fix(
                    Applicability::Safe,
                    format!("write `{meant}`"),
                    node.span(),
                    meant,
                ),
            );
            return None;
        }
        self.word(node, REENTRY).map(|word| match word {
            0 => Reentry::Never,
            _ => Reentry::Always,
        })
    }
}
