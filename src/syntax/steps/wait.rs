//! `wait`: for a time, until a time, for an event, for the first of several.

use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::yaml::{Map, Node};

use super::super::ast::{Alternative, Duration, Step, StepKind, TimeOfDay, Wait, WaitKind};
use super::super::duration;
use super::super::expr::constant;
use super::super::keys::{Key, Shape, Table, optional, required};
use super::super::reader::{Entry, Fields, Reader, quiet_entries, shorten};
use super::super::times::{clock, invalid_clock};
use super::super::traveler::first_key;
use super::super::trigger::{AFTER, ON, SCHEDULE, WHEN, ZONE};
use super::{ELSE, ID};

const TIMEOUT: Key = optional("timeout", Shape::Duration, "How long it waits at most.");
const THEN: Key = optional("then", Shape::Steps, "The steps when it happened.");

/// `wait:`.
pub(super) static WAIT: Table = Table {
    what: "a `wait`",
    keys: &[
        required(
            "wait",
            Shape::Any(&[
                Shape::Duration,
                Shape::Map(&WAIT_AT),
                Shape::Map(&WAIT_UNTIL),
                Shape::Map(&WAIT_ON),
                Shape::Map(&WAIT_ANY),
            ]),
            "How long, until when, or for what.",
        ),
        ID,
    ],
};

/// `wait: { at: "09:00" }`.
pub(super) static WAIT_AT: Table = Table {
    what: "a `wait` for a time of day",
    keys: &[
        required(
            "at",
            Shape::Any(&[Shape::Clock, Shape::Expression]),
            "The time of day: `\"09:00\"`, or an expression.",
        ),
        optional("days", Shape::Integer, "How many midnights to skip first."),
        optional(
            "zone",
            Shape::Zone,
            "The time zone: an IANA name or an expression.",
        ),
    ],
};

/// `wait: { until: CEL }`.
pub(super) static WAIT_UNTIL: Table = Table {
    what: "a `wait` until a time",
    keys: &[required("until", Shape::Expression, "A timestamp.")],
};

/// `wait: { on: EVENT }`.
pub(super) static WAIT_ON: Table = Table {
    what: "a `wait` for an event",
    keys: &[ON, WHEN, AFTER, SCHEDULE, ZONE, TIMEOUT, THEN, ELSE],
};

/// `wait: { any: […] }`.
pub(super) static WAIT_ANY: Table = Table {
    what: "a `wait` for the first of several",
    keys: &[
        required(
            "any",
            Shape::List(&Shape::Map(&ALTERNATIVE)),
            "What it waits for; the first to happen counts.",
        ),
        TIMEOUT,
        ELSE,
    ],
};

/// An entry of `any`.
pub(super) static ALTERNATIVE: Table = Table {
    what: "an entry of `any`",
    keys: &[ON, WHEN, AFTER, SCHEDULE, ZONE, THEN],
};

impl<'a> Reader<'a> {
    pub(super) fn wait(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let entry = fields.entry("wait")?;
        let wait = fields.read(self, "wait", |r, node| match node.as_map() {
            None => {
                let duration = r.duration(node)?;
                Some(Wait {
                    span: node.span(),
                    ..waiting(WaitKind::For(duration), fields)
                })
            }
            Some(map) => r.wait_map(map, &entry),
        })?;
        Some(StepKind::Wait(Box::new(wait)))
    }

    fn wait_map(&mut self, map: Map<'a>, entry: &Entry<'a>) -> Option<Wait> {
        let entries = quiet_entries(map);
        let mut heads = entries
            .iter()
            .filter_map(|entry| Some((entry, head_table(entry.key)?)));
        let (first, table) = match heads.next() {
            Some((first, table)) => (Some(first), table),
            None => (None, self.meant(&entries)?),
        };
        if let Some(first) = first
            && let Some((second, _)) = heads.find(|(_, other)| !other.is(table))
        {
            self.conflict("a `wait`", first, second);
            return None;
        }
        let fields = self.fields(map, table, entry.at);
        if table.is(&WAIT_AT) {
            let days = fields.read(self, "days", |r, node| r.integer::<u32>(node, 0));
            let zone = self.zone_of(&fields);
            let at = fields.entry("at")?;
            let at = self.time_of_day(&at)?;
            let days = days.map_or(0, |days| days.value);
            return Some(waiting(WaitKind::At { days, at, zone }, &fields));
        }
        if table.is(&WAIT_UNTIL) {
            let until = fields.expr(self, "until")?;
            return Some(waiting(WaitKind::Until(until), &fields));
        }
        let timeout = fields.read(self, "timeout", Reader::duration);
        let otherwise = fields.read_all(self, "else", Reader::steps);
        if table.is(&WAIT_ANY) {
            let any = fields.read_all(self, "any", Reader::alternatives);
            return Some(Wait {
                timeout,
                timed: fields.has("timeout"),
                otherwise,
                ..waiting(WaitKind::Any(any), &fields)
            });
        }
        let then = fields.read_all(self, "then", Reader::steps);
        let trigger = self.trigger(&fields, entry.at);
        self.needs_timeout(&fields, timeout.as_ref(), &otherwise);
        Some(Wait {
            timeout,
            timed: fields.has("timeout"),
            then,
            otherwise,
            ..waiting(WaitKind::On(Box::new(trigger)), &fields)
        })
    }

    /// The kind of a wait without any key that says it; none where none seems to be meant, which
    /// has been reported.
    fn meant(&mut self, entries: &[Entry<'a>]) -> Option<&'static Table> {
        let stranger = entries
            .iter()
            .find(|entry| WAIT_ON.key(entry.key).is_none());
        let Some(stranger) = stranger else {
            return Some(&WAIT_ON);
        };
        if let Some(near) = nearest(stranger.key, HEADS.map(|(key, _)| key)) {
            return head_table(near);
        }
        let keys: Vec<String> = HEADS.iter().map(|(key, _)| format!("`{key}`")).collect();
        let message = format!("a `wait` has no key `{}`", shorten(stranger.key));
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_KEY, stranger.at, message);
        let written = stranger.value.as_str().unwrap_or_default();
        let plain = duration::parse(written).is_ok() && entries.len() == 1;
        self.report(if plain {
            diagnostic.help(format!("to wait for a time, write `wait: {written}`"))
        } else {
            diagnostic.help(format!("it says what for by one of {}", keys.join(", ")))
        });
        None
    }

    /// `else` without a `timeout` would never run.
    fn needs_timeout(
        &mut self,
        fields: &Fields<'a>,
        timeout: Option<&Duration>,
        otherwise: &[Step],
    ) {
        if timeout.is_none()
            && !otherwise.is_empty()
            && !fields.has("timeout")
            && !fields.is_broken()
            && let Some(entry) = fields.entry("else")
        {
            self.report(
                Diagnostic::new(
                    &codes::MISSING_KEY,
                    entry.at,
                    "`else` without `timeout` never runs",
                )
                .help("add `timeout:` with a duration"),
            );
        }
    }

    fn alternatives(&mut self, node: Node<'a>) -> Vec<Alternative> {
        let items = self.some_items(
            node,
            "a list of triggers",
            "say what it waits for, as in `- on: CONNECTION.EVENT`",
        );
        let mut alternatives = Vec::new();
        for item in items {
            let Some(map) = self.map(item, "a trigger, as in `{ on: CONNECTION.EVENT }`") else {
                continue;
            };
            let head = first_key(map);
            let fields = self.fields(map, &ALTERNATIVE, head);
            let then = fields.read_all(self, "then", Reader::steps);
            let trigger = self.trigger(&fields, head);
            alternatives.push(Alternative { trigger, then });
        }
        alternatives
    }

    /// `"09:00"`, or CEL that gives such a text.
    fn time_of_day(&mut self, entry: &Entry<'a>) -> Option<TimeOfDay> {
        let scalar = match entry.value.as_scalar() {
            Some(scalar) if scalar.value().starts_with(|c: char| c.is_ascii_digit()) => scalar,
            _ => {
                let expr = self.expr(entry);
                if let Some((written, span)) = constant(&expr, self.text)
                    && clock(&written).is_err()
                {
                    self.report(invalid_clock(&written, span, None));
                }
                return Some(TimeOfDay::Cel(expr));
            }
        };
        match clock(scalar.value()) {
            Ok(value) => Some(TimeOfDay::Literal(super::super::ast::Spanned {
                value,
                span: scalar.span(),
            })),
            Err(meant) => {
                self.report(invalid_clock(scalar.value(), scalar.span(), meant));
                None
            }
        }
    }
}

/// The keys that say what kind of wait it is.
static HEADS: [(&str, &Table); 8] = [
    ("at", &WAIT_AT),
    ("days", &WAIT_AT),
    ("until", &WAIT_UNTIL),
    ("on", &WAIT_ON),
    ("when", &WAIT_ON),
    ("after", &WAIT_ON),
    ("schedule", &WAIT_ON),
    ("any", &WAIT_ANY),
];

/// The kind of wait that a key opens; `true` is an `on` that a tool rewrote.
fn head_table(key: &str) -> Option<&'static Table> {
    let key = if key == "true" { "on" } else { key };
    HEADS
        .iter()
        .find(|(head, _)| *head == key)
        .map(|(_, table)| *table)
}

fn waiting(kind: WaitKind, fields: &Fields<'_>) -> Wait {
    Wait {
        kind,
        timeout: None,
        timed: false,
        then: Vec::new(),
        otherwise: Vec::new(),
        span: fields.span(),
    }
}
