//! What a scenario expects, held against the records of its run.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::data::fits;
use crate::cel::format_timestamp;
use crate::engine::{Action, ActionKind, Record, What};
use crate::source::Span;
use crate::syntax::ast::{self, Content, Expectation, Expected};

const NEVER: &str = "it never happened";

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Of the expectation.
    pub span: Span,
    /// One line: what was expected, as written.
    pub expected: String,
    /// One line: what came instead.
    pub found: String,
}

/// One expectation with its values as JSON.
pub(super) struct Wanted<'a> {
    pub written: &'a Expectation,
    name: String,
    /// What traces call it, where that is something else: a `CloudEvents` type.
    also: Option<String>,
    with: Map<String, Value>,
    value: Option<Value>,
}

/// The expectations that the records do not meet, in the order of the scenario.
pub(super) fn unmet(
    expectations: &[Expectation],
    cloud_type: impl Fn(&str) -> Option<String>,
    records: &[Record],
) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut from = 0;
    for written in expectations {
        let wanted = Wanted::new(written, &cloud_type);
        if let Some(found) = wanted.check(records, &mut from) {
            failures.push(Failure {
                span: written.span,
                expected: wanted.to_string(),
                found,
            });
        }
    }
    failures
}

impl<'a> Wanted<'a> {
    pub(super) fn new(
        written: &'a Expectation,
        cloud_type: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let name = written.name.to_string();
        Self {
            also: cloud_type(&name),
            name,
            with: ast::object(&written.with),
            value: written.value.as_ref().map(Content::json),
            written,
        }
    }
}

impl Wanted<'_> {
    /// What came instead, or none where the expectation is met; one that has its place in the
    /// order moves `from` behind what met it.
    pub(super) fn check(&self, records: &[Record], from: &mut usize) -> Option<String> {
        let all = || records.iter().filter(|record| self.matches(record));
        if self.written.not {
            let first = all().next()?;
            return Some(format!("it happened at {}", format_timestamp(first.time)));
        }
        if let Some(times) = &self.written.times {
            let count = all().count();
            return (count != times.value as usize).then(|| match count {
                0 => self.nearest(records).unwrap_or_else(|| NEVER.to_owned()),
                1 => "it happened once".to_owned(),
                count => format!("it happened {count} times"),
            });
        }
        match records[*from..]
            .iter()
            .position(|record| self.matches(record))
        {
            Some(at) => {
                *from += at + 1;
                None
            }
            None => Some(self.instead(records)),
        }
    }

    /// The nearest miss.
    fn instead(&self, records: &[Record]) -> String {
        if let Some(early) = records.iter().find(|record| self.matches(record)) {
            return format!(
                "it happened at {}, before what is expected above it",
                format_timestamp(early.time)
            );
        }
        (self.nearest(records))
            .or_else(|| records.iter().find_map(|record| self.otherwise(record)))
            .unwrap_or_else(|| NEVER.to_owned())
    }

    pub(super) fn matches(&self, record: &Record) -> bool {
        self.is_of_kind(&record.what)
            && self.is_named(&record.what)
            && self.differences(record).count() == 0
    }

    pub(super) fn is_of_kind(&self, what: &What) -> bool {
        match (self.written.expected, what) {
            (Expected::Send, What::ActionEmitted(action)) => action.kind == ActionKind::Send,
            (Expected::Call, What::ActionEmitted(action)) => action.kind == ActionKind::Call,
            (Expected::Emit, What::EventEmitted { .. })
            | (Expected::Milestone, What::MilestoneEntered { .. })
            | (Expected::Rule, What::RuleFired { .. })
            | (Expected::Branch, What::BranchTaken { .. })
            | (Expected::Variable, What::VariableSet { .. })
            | (Expected::Segment, What::SegmentEntered { .. })
            | (Expected::Persona, What::PersonaChanged { .. })
            | (Expected::End, What::SessionEnded { .. })
            | (Expected::Suppressed, What::ActionSuppressed(_))
            | (Expected::Deferred, What::ActionDeferred(_))
            | (Expected::Rejected, What::EventRejected { .. })
            | (Expected::Duplicate, What::EventDuplicate { .. }) => true,
            _ => false,
        }
    }

    pub(super) fn is_named(&self, what: &What) -> bool {
        name(what).is_some_and(|name| name == self.name || Some(name) == self.also.as_deref())
    }

    /// What happened of the right kind and name, and differs in the least.
    fn nearest(&self, records: &[Record]) -> Option<String> {
        let near = (records.iter())
            .filter(|record| self.is_of_kind(&record.what) && self.is_named(&record.what));
        near.map(|record| self.differences(record))
            .min_by_key(Differences::count)
            .map(|differences| differences.to_string())
    }

    /// In what a record of the right kind and name is not the one that is wanted.
    fn differences(&self, record: &Record) -> Differences {
        let written = self.written;
        let traveler = (written.traveler.as_ref())
            .filter(|traveler| record.traveler.as_deref() != Some(&*traveler.value))
            .map(|_| record.traveler.as_deref().unwrap_or("nobody").to_owned());
        let (with, value, reason) = details(&record.what);
        let mut facts = Vec::new();
        for (name, expected) in &self.with {
            let actual = with.and_then(|with| with.get(name)).unwrap_or(&Value::Null);
            if !fits(expected, actual) {
                facts.push(format!("`{name}` is {actual}"));
            }
        }
        if let Some(expected) = &self.value {
            let actual = value.unwrap_or(&Value::Null);
            if !fits(expected, actual) {
                facts.push(format!("the value is {actual}"));
            }
        }
        if let Some(expected) = &written.reason
            && !reason.is_some_and(|actual| reason_fits(&expected.value, actual))
        {
            let actual = reason
                .filter(|reason| !reason.is_empty())
                .unwrap_or("not given");
            facts.push(format!("the reason is: {actual}"));
        }
        Differences {
            time: record.time,
            at_another: written
                .at
                .as_ref()
                .is_some_and(|at| at.value != record.time),
            traveler,
            facts,
        }
    }

    /// What became of the same action instead.
    fn otherwise(&self, record: &Record) -> Option<String> {
        let acts = matches!(
            self.written.expected,
            Expected::Send | Expected::Call | Expected::Suppressed | Expected::Deferred
        );
        if !acts || !self.is_named(&record.what) {
            return None;
        }
        let when = format_timestamp(record.time);
        let because = |action: &Action| {
            action
                .reason
                .map_or(String::new(), |reason| format!(": {}", reason.as_str()))
        };
        match &record.what {
            What::ActionEmitted(_) => Some(format!("it went out at {when}")),
            What::ActionDeferred(action) => {
                Some(format!("it was deferred at {when}{}", because(action)))
            }
            What::ActionSuppressed(action) => {
                Some(format!("it was suppressed at {when}{}", because(action)))
            }
            _ => None,
        }
    }
}

/// In what something that happened is not what is wanted.
struct Differences {
    time: Timestamp,
    /// It is another time than the one that is wanted.
    at_another: bool,
    /// To whom it happened, where that is somebody else.
    traveler: Option<String>,
    facts: Vec<String>,
}

impl Differences {
    fn count(&self) -> usize {
        usize::from(self.at_another) + usize::from(self.traveler.is_some()) + self.facts.len()
    }
}

impl std::fmt::Display for Differences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let when = format_timestamp(self.time);
        let facts = self.facts.join(", ");
        match (&self.traveler, &*facts) {
            (None, "") => write!(f, "it happened at {when}"),
            (None, facts) => write!(f, "at {when} {facts}"),
            (Some(other), "") if self.at_another => {
                write!(f, "it happened at {when}, to `{other}`")
            }
            (Some(other), "") => write!(f, "it happened to `{other}`"),
            (Some(other), facts) => write!(f, "at {when}, of `{other}`, {facts}"),
        }
    }
}

/// `invalid payload` stands for every reason that begins with it.
fn reason_fits(expected: &str, actual: &str) -> bool {
    actual
        .strip_prefix(expected)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ' ']))
}

/// The name that an expectation of the record's kind gives.
fn name(what: &What) -> Option<&str> {
    match what {
        What::ActionEmitted(action)
        | What::ActionDeferred(action)
        | What::ActionSuppressed(action) => Some(&action.name),
        What::SessionEnded { outcome } => Some(outcome),
        What::PersonaChanged { name } => name.as_deref(),
        What::EventEmitted { name, .. }
        | What::EventRejected { name, .. }
        | What::EventDuplicate { name, .. }
        | What::MilestoneEntered { name }
        | What::RuleFired { name }
        | What::BranchTaken { name, .. }
        | What::VariableSet { name, .. }
        | What::SegmentEntered { name } => Some(name),
        _ => None,
    }
}

/// What can be compared beyond the name: `with`, `value`, `reason`.
pub(super) fn details(what: &What) -> (Option<&Value>, Option<&Value>, Option<&str>) {
    match what {
        What::ActionEmitted(action)
        | What::ActionDeferred(action)
        | What::ActionSuppressed(action) => (
            Some(&action.with),
            None,
            action.reason.map(crate::engine::Reason::as_str),
        ),
        What::EventEmitted { with, .. } => (Some(with), None, None),
        What::BranchTaken { value, .. } | What::VariableSet { value, .. } => {
            (None, Some(value), None)
        }
        What::EventRejected { reason, .. } | What::EventDuplicate { reason, .. } => {
            (None, None, Some(reason))
        }
        _ => (None, None, None),
    }
}

/// As it is written: `not send discount_mail with percent = 10 at …`.
impl std::fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let written = self.written;
        if written.not {
            f.write_str("not ")?;
        }
        write!(f, "{} {}", written.expected.keyword(), self.name)?;
        for (index, (name, value)) in self.with.iter().enumerate() {
            let before = if index == 0 { " with" } else { "," };
            write!(f, "{before} {name} = {value}")?;
        }
        if let Some(value) = &self.value {
            write!(f, " = {value}")?;
        }
        if let Some(reason) = &written.reason {
            write!(f, " because of {}", reason.value)?;
        }
        if let Some(traveler) = &written.traveler {
            write!(f, " for {}", traveler.value)?;
        }
        let at: Option<Timestamp> = written.at.as_ref().map(|at| at.value);
        if let Some(at) = at {
            write!(f, " at {}", format_timestamp(at))?;
        }
        match written.times.as_ref().map(|times| times.value) {
            None => Ok(()),
            Some(1) => f.write_str(" once"),
            Some(times) => write!(f, " {times} times"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::Reason;
    use crate::source::FileId;
    use crate::syntax::{self, ast::Declaration};

    /// The expectations of a test, as written.
    fn written(expect: &str) -> Vec<Expectation> {
        let text: Arc<str> = format!("test: t\nevents: []\nexpect: [{expect}]\n").into();
        let parsed = crate::yaml::parse(FileId(0), &text);
        let (mut declarations, diagnostics) = syntax::read(&parsed.tree);
        assert!(diagnostics.is_empty(), "{expect}: {diagnostics:?}");
        match declarations.pop() {
            Some(Declaration::Test(scenario)) => scenario.expect,
            other => panic!("{other:?}"),
        }
    }

    fn record(hour: u32, what: What) -> Record {
        Record {
            time: format!("2026-03-02T{hour:02}:00:00Z")
                .parse()
                .expect("it is a time"),
            traveler: Some("v-1".into()),
            number: Some(0),
            journey: None,
            session: None,
            origin: None,
            key: None,
            what,
            at: None,
        }
    }

    fn mail(percent: i64, reason: Option<Reason>) -> Action {
        Action {
            name: "mail".into(),
            kind: ActionKind::Send,
            with: serde_json::json!({ "percent": percent, "name": "Carla" }),
            channel: None,
            reason,
            until: None,
            message: None,
            idempotency_key: "k".into(),
        }
    }

    fn run() -> Vec<Record> {
        let milestone = |name: &str| What::MilestoneEntered { name: name.into() };
        vec![
            record(1, milestone("considering")),
            record(2, What::ActionEmitted(mail(10, None))),
            record(3, milestone("ordered")),
            record(4, What::ActionSuppressed(mail(20, Some(Reason::NoConsent)))),
            record(
                5,
                What::BranchTaken {
                    name: "if".into(),
                    value: "then".into(),
                    scores: Vec::new(),
                },
            ),
            record(
                6,
                What::EventRejected {
                    name: "com.shop.order".into(),
                    id: "e".into(),
                    reason: "invalid payload: data.total is missing".into(),
                },
            ),
            record(
                7,
                What::SessionEnded {
                    outcome: "success".into(),
                },
            ),
        ]
    }

    fn told(expect: &str) -> Vec<String> {
        let cloud_type = |name: &str| (name == "shop.order").then(|| "com.shop.order".to_owned());
        unmet(&written(expect), cloud_type, &run())
            .into_iter()
            .map(|failure| format!("{} / {}", failure.expected, failure.found))
            .collect()
    }

    #[test]
    fn what_happened_in_this_order_is_met() {
        for expect in [
            "",
            "{ milestone: considering }, { send: mail }, { milestone: ordered }, { end: success }",
            "{ milestone: considering }, { end: success }",
            "{ send: mail, with: { percent: 10 }, at: 2026-03-02T02:00:00Z, traveler: v-1 }",
            "{ suppressed: mail, reason: no consent, with: { name: Carla } }",
            "{ branch: if, value: then }",
            "{ rejected: shop.order, reason: invalid payload }",
            "{ not: { call: mail } }, { not: { send: mail, with: { percent: 11 } } }",
            "{ end: success }, { milestone: ordered, times: 1 }, { rule: never, times: 0 }",
        ] {
            assert_eq!(told(expect), [""; 0], "{expect}");
        }
    }

    #[test]
    fn what_did_not_happen_is_told_with_the_nearest_miss() {
        let table = [
            ("{ rule: r }", "rule r / it never happened"),
            (
                "{ milestone: ordered }, { send: mail }",
                "send mail / it happened at 2026-03-02T02:00:00Z, before what is expected above it",
            ),
            (
                "{ send: mail, with: { percent: 20 } }",
                "send mail with percent = 20 / at 2026-03-02T02:00:00Z `percent` is 10",
            ),
            (
                "{ send: mail, at: 2026-03-02T03:00:00Z }",
                "send mail at 2026-03-02T03:00:00Z / it happened at 2026-03-02T02:00:00Z",
            ),
            (
                "{ branch: if, value: else }",
                "branch if = \"else\" / at 2026-03-02T05:00:00Z the value is \"then\"",
            ),
            (
                "{ suppressed: mail, reason: cap }",
                "suppressed mail because of cap / at 2026-03-02T04:00:00Z the reason is: no consent",
            ),
            (
                "{ deferred: mail }",
                "deferred mail / it went out at 2026-03-02T02:00:00Z",
            ),
            ("{ end: lapsed }", "end lapsed / it never happened"),
            (
                "{ end: success, traveler: v-2 }",
                "end success for v-2 / it happened to `v-1`",
            ),
            (
                "{ not: { send: mail } }",
                "not send mail / it happened at 2026-03-02T02:00:00Z",
            ),
            (
                "{ send: mail, times: 2 }",
                "send mail 2 times / it happened once",
            ),
            ("{ rule: r, times: 1 }", "rule r once / it never happened"),
            (
                "{ send: mail, with: { percent: 20, name: Ada }, at: 2026-03-02T03:00:00Z }",
                "send mail with name = \"Ada\", percent = 20 at 2026-03-02T03:00:00Z / \
                 at 2026-03-02T02:00:00Z `name` is \"Carla\", `percent` is 10",
            ),
            (
                "{ send: mail, with: { percent: 20 }, traveler: v-2, times: 1 }",
                "send mail with percent = 20 for v-2 once / \
                 at 2026-03-02T02:00:00Z, of `v-1`, `percent` is 10",
            ),
        ];
        for (expect, failure) in table {
            assert_eq!(told(expect), [failure], "{expect}");
        }
    }

    #[test]
    fn of_several_misses_the_one_is_told_that_differs_least() {
        let mut records = run();
        records.push(record(8, What::ActionEmitted(mail(20, None))));
        let expect = "{ send: mail, with: { percent: 20 }, at: 2026-03-02T09:00:00Z }";
        let failures = unmet(&written(expect), |_| None, &records);
        assert_eq!(failures[0].found, "it happened at 2026-03-02T08:00:00Z");
    }

    #[test]
    fn one_that_is_not_met_does_not_hide_the_next() {
        let told = told("{ milestone: a }, { milestone: considering }, { milestone: b }");
        assert_eq!(told.len(), 2, "{told:?}");
    }
}
