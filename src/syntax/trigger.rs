//! Triggers: `on`, `after`, `every`, `schedule`, or only a `when`.

use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::Span;
use crate::yaml::{Node, Seq, Value};

use super::ast::{Expr, On, Spanned, Trigger, TriggerKind};
use super::duration;
use super::keys::{Key, Shape, Table, optional};
use super::reader::{Fields, Reader, mismatch, shorten};

const ON_SHAPE: Shape = Shape::Any(&[Shape::Path, Shape::List(&Shape::Path)]);
pub(super) const ON: Key = optional(
    "on",
    ON_SHAPE,
    "The event or events: `CONNECTION.EVENT`, `start`, `milestone.NAME`, `segment.NAME.entered`.",
);
pub(super) const WHEN: Key = optional("when", Shape::Expression, "The condition that has to hold.");
pub(super) const AFTER: Key = optional(
    "after",
    Shape::Duration,
    "How long after the milestone was entered, or the session started.",
);
pub(super) const EVERY: Key = optional("every", Shape::Duration, "Again and again, so far apart.");
pub(super) const SCHEDULE: Key = optional(
    "schedule",
    Shape::Cron,
    "Five fields as in cron: `0 9 * * MON`.",
);
pub(super) const ZONE: Key = optional(
    "zone",
    Shape::Zone,
    "The time zone of the schedule: an IANA name or an expression.",
);
pub(super) const SET: Key = optional(
    "set",
    Shape::Named(&Shape::Expression),
    "Variables that take new values.",
);

const KINDS: &[&str] = &["on", "after", "every", "schedule"];

/// A trigger of `start`.
pub(super) static START: Table = Table {
    what: "a `start`",
    keys: &[ON, WHEN, SCHEDULE, ZONE, SET],
};

/// A trigger of a milestone's `enter`.
pub(super) static ENTER: Table = Table {
    what: "an `enter`",
    keys: &[
        ON,
        WHEN,
        AFTER,
        EVERY,
        SCHEDULE,
        ZONE,
        SET,
        optional(
            "from",
            Shape::List(&Shape::Name),
            "The milestones it can be entered from; by default every one above it.",
        ),
    ],
};

/// A trigger of `end`.
pub(super) static END: Table = Table {
    what: "an `end`",
    keys: &[
        ON,
        WHEN,
        AFTER,
        EVERY,
        SCHEDULE,
        ZONE,
        SET,
        optional("outcome", Shape::Name, "How the session ended: `success`."),
    ],
};

/// What stands for a trigger that could not be read, which has been reported.
fn unread(span: Span) -> Trigger {
    Trigger {
        kind: TriggerKind::On(Vec::new()),
        when: None,
        set: Vec::new(),
        from: None,
        outcome: None,
        span,
    }
}

impl<'a> Reader<'a> {
    /// A trigger or a list of them.
    pub(super) fn triggers(
        &mut self,
        node: Node<'a>,
        table: &'static Table,
        head: Span,
    ) -> Vec<Trigger> {
        let items = Self::one_or_many(node);
        let mut triggers = Vec::with_capacity(items.len());
        for item in items {
            let at = match item.value() {
                Value::Map(map) => map.entries().next().map_or(head, |entry| entry.key.span()),
                _ => head,
            };
            if let Value::Scalar(scalar) = item.value()
                && !scalar.is_missing()
            {
                triggers.push(self.bare_trigger(item, table));
            } else if let Some(fields) = self.open(item, table, at) {
                triggers.push(self.trigger(&fields, at));
            }
        }
        if triggers.is_empty() && node.as_seq().is_some_and(Seq::is_empty) {
            self.report(Diagnostic::new(
                &codes::WRONG_SHAPE,
                node.span(),
                format!("{} needs a trigger, but this list is empty", table.what),
            ));
            triggers.push(unread(node.span()));
        }
        triggers
    }

    /// `start: shop.signed_up` for `start: { on: shop.signed_up }`: reported, and taken as a trigger
    /// that could not be read, so that nobody misses one.
    fn bare_trigger(&mut self, node: Node<'a>, table: &'static Table) -> Trigger {
        let written = node.as_str().unwrap_or_default().trim();
        let word = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '_' || c == '`')
        };
        let key = if table.key("after").is_some() && duration::parse(written).is_ok() {
            Some("after")
        } else if written.split('.').all(word) && written.parse::<f64>().is_err() {
            Some("on")
        } else {
            None
        };
        let what = format!("a map with the keys of {}", table.what);
        let diagnostic = mismatch(node, &what);
        self.report(match key {
            Some(key) => {
                let meant = format!("{{ {key}: {written} }}");
                diagnostic.help(format!("write `{meant}`")).fix(
                    Applicability::Safe,
                    format!("write `{meant}`"),
                    node.span(),
                    meant,
                )
            }
            None => diagnostic.help("say what it waits for, as in `{ on: CONNECTION.EVENT }`"),
        });
        unread(node.span())
    }

    /// The trigger among the keys of a map, which may have others beside it. A trigger that could
    /// not be read is one on no event.
    pub(super) fn trigger(&mut self, fields: &Fields<'a>, head: Span) -> Trigger {
        let kind = self.trigger_kind(fields, head);
        let knows = |key: &str| fields.table().key(key).is_some();
        let set = if knows("set") {
            fields.assigns(self, "set")
        } else {
            Vec::new()
        };
        let from = if knows("from") {
            fields.read(self, "from", |r, node| Some(r.references(node)))
        } else {
            None
        };
        let outcome = if knows("outcome") {
            fields.read(self, "outcome", Reader::reference)
        } else {
            None
        };
        Trigger {
            kind,
            when: fields.expr(self, "when"),
            set,
            from,
            outcome,
            span: fields.span(),
        }
    }

    fn trigger_kind(&mut self, fields: &Fields<'a>, head: Span) -> TriggerKind {
        let broken = || TriggerKind::On(Vec::new());
        let kinds: Vec<&str> = KINDS
            .iter()
            .copied()
            .filter(|key| fields.table().key(key).is_some())
            .collect();
        let zone = if fields.table().key("zone").is_some() {
            self.zone_of(fields)
        } else {
            None
        };
        let found = fields.one_of(self, &kinds);
        match found.map(|entry| entry.key) {
            Some("on") => fields
                .read(self, "on", |r, node| Some(r.ons(node)))
                .map_or_else(broken, TriggerKind::On),
            Some("after") => fields
                .read(self, "after", Reader::duration)
                .map_or_else(broken, TriggerKind::After),
            Some("every") => fields
                .read(self, "every", |r, node| {
                    r.positive_duration(node, "say how far apart, as in `every: 7d`")
                })
                .map_or_else(broken, TriggerKind::Every),
            Some("schedule") => match fields.read(self, "schedule", Reader::cron) {
                Some(cron) => TriggerKind::Schedule { cron, zone },
                None => broken(),
            },
            _ if fields.has("when") => TriggerKind::Condition,
            _ => {
                // A kind that is not known here has been reported.
                let strange = KINDS.iter().any(|key| fields.has(key));
                if !fields.is_broken() && !strange {
                    let what = fields.table().what;
                    let mut keys: Vec<String> =
                        kinds.iter().map(|key| format!("`{key}`")).collect();
                    keys.push("`when`".to_owned());
                    self.report(
                        Diagnostic::new(
                            &codes::MISSING_KEY,
                            head,
                            format!("{what} does not say when it happens"),
                        )
                        .help(format!("add one of {}", keys.join(", "))),
                    );
                }
                broken()
            }
        }
    }

    /// The `zone` of a schedule.
    pub(super) fn zone_of(&mut self, fields: &Fields<'a>) -> Option<Expr> {
        fields.entry("zone").map(|entry| self.zone(&entry))
    }

    /// Five fields as in cron; what they say is looked at later.
    fn cron(&mut self, node: Node<'a>) -> Option<Spanned<String>> {
        let cron = self.spanned_text(node)?;
        let fields = cron.value.split_whitespace().count();
        if fields == 5 {
            return Some(cron);
        }
        let message = format!("a schedule has five fields, this one has {fields}");
        self.report(
            Diagnostic::new(&codes::INVALID_TIME, cron.span, message)
                .help("minute, hour, day of month, month, day of week: `0 9 * * MON`"),
        );
        None
    }

    /// What stands under `on`: one or a list.
    pub(super) fn ons(&mut self, node: Node<'a>) -> Vec<On> {
        let items = Self::one_or_many(node);
        if items.is_empty() && node.as_seq().is_some() {
            self.report(
                Diagnostic::new(
                    &codes::WRONG_SHAPE,
                    node.span(),
                    "this list of events is empty",
                )
                .help("name at least one event: `CONNECTION.EVENT`"),
            );
        }
        self.read_each(items, Self::on)
    }

    fn on(&mut self, node: Node<'a>) -> Option<On> {
        let path = self.path(node)?;
        let names: Vec<&str> = path.names().iter().map(|name| &*name.text).collect();
        let [first, rest @ ..] = names.as_slice() else {
            return None;
        };
        let part = |index: usize| path.names()[index].clone();
        Some(match (*first, rest) {
            ("start", []) => On::Start(path.span),
            ("end", []) => On::End(path.span),
            ("milestone", [_]) => On::Milestone(part(1)),
            ("segment", [_, "entered"]) => On::SegmentEntered(part(1)),
            ("segment", [_, "left"]) => On::SegmentLeft(part(1)),
            ("journey", [_, "started"]) => On::JourneyStarted(part(1)),
            ("journey", [_, "ended"]) => On::JourneyEnded(part(1)),
            ("milestone", _) => {
                self.no_occurrence(node, "`milestone.NAME`");
                return None;
            }
            ("segment", _) => {
                self.no_occurrence(node, "`segment.NAME.entered` or `segment.NAME.left`");
                return None;
            }
            ("journey", _) => {
                self.no_occurrence(node, "`journey.NAME.started` or `journey.NAME.ended`");
                return None;
            }
            _ => On::Event(path),
        })
    }

    fn no_occurrence(&mut self, node: Node<'a>, forms: &str) {
        let written = node.as_str().unwrap_or_default();
        self.report(
            Diagnostic::new(
                &codes::INVALID_VALUE,
                node.span(),
                format!("`{}` is nothing that happens", shorten(written)),
            )
            .help(format!("write {forms}")),
        );
    }
}
