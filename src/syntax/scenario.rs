//! `test:` scenarios: a traveler, events in time, and what must come of them.

use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::yaml::{Map, Node};

use super::ast::{Content, EventRef, Expectation, Expected, Name, Scenario, ScenarioEntry};
use super::expr::Place;
use super::keys::{Shape, Table, optional, required};
use super::reader::{Entry, Fields, Reader};
use super::traveler::{TITLE, first_key};
use super::values::{path_of, split_path};

/// `test:`.
pub(super) static TEST: Table = Table {
    what: "a test",
    keys: &[
        required("test", Shape::Text, "The title: any text."),
        TITLE,
        optional(
            "traveler",
            Shape::Any(&[Shape::Named(&Shape::Data), Shape::Name]),
            "The profile before the first event, or the traveler's type.",
        ),
        optional(
            "profile",
            Shape::Named(&Shape::Data),
            "The profile before the first event, where `traveler` names a type.",
        ),
        optional(
            "replies",
            Shape::Named(&Shape::Data),
            "What called actions answer: `CONNECTION.ACTION`.",
        ),
        optional(
            "arms",
            Shape::Named(&Shape::Name),
            "The arm that each split takes.",
        ),
        optional(
            "models",
            Shape::Named(&Shape::Named(&Shape::Data)),
            "What models answer: outputs by name, below the name of the model.",
        ),
        required(
            "events",
            Shape::List(&Shape::Map(&ENTRY)),
            "The events, in order; an entry without one moves the clock.",
        ),
        required(
            "expect",
            Shape::List(&Shape::Map(&EXPECTATION)),
            "What must come of them, in this order.",
        ),
    ],
};

/// An entry of `events`; one more key, `CONNECTION.EVENT`, holds the payload.
pub(super) static ENTRY: Table = Table {
    what: "an entry of `events`",
    keys: &[
        optional("at", Shape::Timestamp, "When it happens."),
        optional(
            "after",
            Shape::Duration,
            "How long after the entry above it.",
        ),
        optional("subject", Shape::Text, "The event's subject."),
        optional("id", Shape::Text, "The event's id, to send one twice."),
        optional(
            "arrives",
            Shape::Timestamp,
            "When it is handled, later than its own time.",
        ),
        optional("traveler", Shape::Name, "The type of its traveler."),
    ],
};

/// An entry of `expect`.
pub(super) static EXPECTATION: Table = Table {
    what: "an expectation",
    keys: &[
        optional("send", Shape::Name, "A message went out."),
        optional("call", Shape::Path, "An action was called."),
        optional("emit", Shape::Path, "An event was emitted."),
        optional("milestone", Shape::Name, "A milestone was entered."),
        optional("rule", Shape::Name, "A rule fired."),
        optional("branch", Shape::Text, "A step took a branch: its `value`."),
        optional("variable", Shape::Name, "A variable took a value."),
        optional("segment", Shape::Name, "A segment was entered, or left."),
        optional("persona", Shape::Name, "The persona changed."),
        optional("end", Shape::Name, "A session ended, so."),
        optional(
            "suppressed",
            Shape::Path,
            "An action was suppressed: its `reason`.",
        ),
        optional(
            "deferred",
            Shape::Path,
            "An action was deferred: its `reason`.",
        ),
        optional(
            "rejected",
            Shape::Path,
            "An event was rejected: its `reason`.",
        ),
        optional(
            "duplicate",
            Shape::Path,
            "An event was dropped as a duplicate.",
        ),
        optional(
            "not",
            Shape::Map(&EXPECTATION),
            "What must not happen anywhere in the run.",
        ),
        optional(
            "times",
            Shape::Integer,
            "How often it happens in the run, exactly.",
        ),
        optional(
            "with",
            Shape::Named(&Shape::Data),
            "What it was told; others may be there.",
        ),
        optional("at", Shape::Timestamp, "When."),
        optional("value", Shape::Data, "The value, arm or offer."),
        optional("reason", Shape::Text, "Why."),
        optional("traveler", Shape::Text, "Whose."),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn scenario(&mut self, name: Name, map: Map<'a>) -> Option<Scenario> {
        let fields = self.fields(map, &TEST, name.span);
        let mut traveler_type = None;
        let mut profile = fields.read_all(self, "profile", |r, node| r.contents(node, Place::Data));
        if let Some(entry) = fields.entry("traveler") {
            if entry.value.as_map().is_some() {
                if let Some(second) = fields.entry("profile") {
                    self.conflict(TEST.what, &entry, &second);
                }
                profile = self.contents(entry.value, Place::Data);
            } else {
                traveler_type = fields.read(self, "traveler", Reader::reference);
            }
        }
        let replies = fields.read_all(self, "replies", |r, node| {
            r.each(node, "a map of actions to answers", |r, entry| {
                Some((r.key_path(entry), r.content(entry.value, Place::Data)))
            })
        });
        let arms = fields.read_all(self, "arms", |r, node| {
            r.pairs(node, "a map of splits to arms")
        });
        let models = fields.read_all(self, "models", |r, node| {
            r.each(node, "a map of models to outputs", |r, entry| {
                Some((entry.name(), r.contents(entry.value, Place::Data)))
            })
        });
        let events = fields.read_all(self, "events", |r, node| {
            let items = r.items(node, "a list of events");
            r.read_each(items, Reader::scenario_entry)
        });
        let expect = fields.read_all(self, "expect", |r, node| {
            let items = r.items(node, "a list of expectations");
            r.read_each(items, Reader::expectation)
        });
        let expected = fields.entry("expect").map(|entry| entry.value.span());
        let expect_at = expected.filter(|_| fields.has("events"));
        expect_at.map(|expect_at| Scenario {
            name,
            traveler_type,
            profile,
            events,
            replies,
            arms,
            models,
            expect,
            expect_at,
            span: map.span(),
        })
    }

    /// A key with dots in it.
    pub(super) fn key_path(&mut self, entry: &Entry<'a>) -> EventRef {
        match entry.raw.key.as_scalar() {
            Some(key) => path_of(key, self.text),
            None => split_path(entry.key, entry.at, &|_| entry.at),
        }
    }

    fn scenario_entry(&mut self, node: Node<'a>) -> Option<ScenarioEntry> {
        let map = self.map(
            node,
            "an event, as in `{ after: 1h, CONNECTION.EVENT: { … } }`",
        )?;
        let is_event = |key: &str| key.contains('.') && ENTRY.key(key).is_none();
        let (fields, events) = self.fields_besides(map, &ENTRY, first_key(map), is_event);
        if let [first, second, ..] = events.as_slice() {
            self.conflict(ENTRY.what, first, second);
        }
        let at = fields.read(self, "at", Reader::timestamp);
        let after = fields.read(self, "after", Reader::duration);
        if let (Some(first), Some(second)) = (fields.entry("at"), fields.entry("after")) {
            self.conflict(ENTRY.what, &first, &second);
        }
        let event = events.first().map(|entry| {
            let path = self.key_path(entry);
            (path, self.content(entry.value, Place::Data))
        });
        Some(ScenarioEntry {
            at,
            after,
            timed: fields.has("at") || fields.has("after"),
            event,
            subject: fields.read(self, "subject", Reader::spanned_text),
            id: fields.read(self, "id", Reader::spanned_text),
            arrives: fields.read(self, "arrives", Reader::timestamp),
            traveler: fields.read(self, "traveler", Reader::reference),
            span: fields.span(),
        })
    }

    fn expectation(&mut self, node: Node<'a>) -> Option<Expectation> {
        let map = self.map(node, "an expectation, as in `{ send: TEMPLATE }`")?;
        let head = first_key(map);
        let fields = self.fields(map, &EXPECTATION, head);
        let Some(entry) = fields.entry("not") else {
            return self.expected(&fields, head);
        };
        let kind = fields
            .entries()
            .iter()
            .find(|entry| expected_of(entry.key).is_some());
        if let Some(second) = kind {
            self.conflict(EXPECTATION.what, &entry, second);
            return None;
        }
        for beside in fields
            .entries()
            .iter()
            .filter(|it| it.key != "not" && EXPECTATION.key(it.key).is_some())
        {
            let key = beside.key;
            let message = format!("an expectation has both `not` and `{key}`");
            self.report(
                Diagnostic::new(&codes::CONFLICTING_KEYS, beside.at, message).help(match key {
                    "times" => "leave out one of them: `not` means never, `times` exactly so often"
                        .to_owned(),
                    _ => format!("move `{key}` into `not`"),
                }),
            );
        }
        let inner = fields.read(self, "not", |r, node| {
            let map = r.map(node, "an expectation, as in `{ send: TEMPLATE }`")?;
            let head = first_key(map);
            let inner = r.fields(map, &EXPECTATION, head);
            if let Some(again) = inner.entry("not") {
                r.report(
                    Diagnostic::new(
                        &codes::CONFLICTING_KEYS,
                        again.at,
                        "an expectation has a `not` inside a `not`",
                    )
                    .label(entry.at, "the outer one")
                    .help("leave out both"),
                );
                return None;
            }
            r.expected(&inner, head)
        })?;
        Some(Expectation {
            not: true,
            span: fields.span(),
            ..inner
        })
    }

    fn expected(&mut self, fields: &Fields<'a>, head: Span) -> Option<Expectation> {
        let words = Expected::ALL.map(Expected::keyword);
        let Some(found) = fields.one_of(self, &words) else {
            if !fields.is_broken() {
                let list: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                self.report(
                    Diagnostic::new(
                        &codes::MISSING_KEY,
                        head,
                        "this expectation does not say what is expected",
                    )
                    .help(format!("add one of {}", list.join(", "))),
                );
            }
            return None;
        };
        let expected = expected_of(found.key)?;
        let name = fields.read(self, found.key, |r, node| {
            let scalar = r.scalar(node, "a name")?;
            let dotted = !matches!(expected, Expected::Branch | Expected::End);
            Some(if dotted {
                path_of(scalar, r.text)
            } else {
                EventRef::new(vec![super::values::name_of(scalar)], scalar.span())
            })
        });
        let with: Vec<(Name, Content)> =
            fields.read_all(self, "with", |r, node| r.contents(node, Place::Data));
        Some(Expectation {
            not: false,
            times: fields.read(self, "times", |r, node| r.integer(node, 0)),
            expected,
            with,
            at: fields.read(self, "at", Reader::timestamp),
            value: fields
                .entry("value")
                .map(|entry| self.content(entry.value, Place::Data)),
            reason: fields.read(self, "reason", Reader::spanned_text),
            traveler: fields.read(self, "traveler", Reader::spanned_text),
            span: fields.span(),
            name: name?,
        })
    }
}

fn expected_of(key: &str) -> Option<Expected> {
    let mut all = Expected::ALL.into_iter();
    all.find(|expected| expected.keyword() == key)
}
