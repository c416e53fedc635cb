//! The trace of a dry run for programs: one JSON object a line (`spec/trace.md`). Keys, their
//! order and their meaning are fixed.

use std::io;

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::cel::format_timestamp;
use crate::engine::{Action, Record, WaitEnd, What};

/// All records, in the given order, a line each.
pub fn lines<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    let mut out = Vec::new();
    for record in records {
        write(&mut out, record).expect("memory can be written");
    }
    String::from_utf8(out).expect("JSON is text")
}

/// One record, as a line.
pub fn write(out: &mut dyn io::Write, record: &Record) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Line(record))?;
    out.write_all(b"\n")
}

/// What a record is called in a trace.
pub fn kind(what: &What) -> &'static str {
    match what {
        What::EventIgnored { .. } => "event_ignored",
        What::EventDuplicate { .. } => "event_duplicate",
        What::EventRejected { .. } => "event_rejected",
        What::EventEmitted { .. } => "event_emitted",
        What::TravelerCreated { .. } => "traveler_created",
        What::TravelerMerged { .. } => "traveler_merged",
        What::ProfileChanged { .. } => "profile_changed",
        What::VariableSet { .. } => "variable_set",
        What::SegmentEntered { .. } => "segment_entered",
        What::SegmentLeft { .. } => "segment_left",
        What::PersonaChanged { .. } => "persona_changed",
        What::SessionStarted => "session_started",
        What::SessionEnded { .. } => "session_ended",
        What::MilestoneEntered { .. } => "milestone_entered",
        What::MilestoneLeft { .. } => "milestone_left",
        What::RuleFired { .. } => "rule_fired",
        What::BranchTaken { .. } => "branch_taken",
        What::WaitStarted { .. } => "wait_started",
        What::WaitEnded { .. } => "wait_ended",
        What::ActionEmitted(_) => "action_emitted",
        What::ActionDeferred(_) => "action_deferred",
        What::ActionSuppressed(_) => "action_suppressed",
        What::PromiseMissed { .. } => "promise_missed",
        What::ConditionFailed { .. } => "condition_failed",
        What::Why(_) => "why",
    }
}

struct Line<'a>(&'a Record);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = self.0;
        let mut line = Keys(serializer.serialize_map(None)?);
        line.put("time", &format_timestamp(record.time))?;
        line.put_some("traveler", record.traveler.as_deref())?;
        line.put_some("journey", record.journey.as_deref())?;
        line.put_some("session", record.session)?;
        line.put_some("key", record.key.as_ref())?;
        line.put("kind", kind(&record.what))?;
        what(&mut line, &record.what)?;
        line.put_some("at", record.at.as_deref())?;
        line.0.end()
    }
}

/// Scores by offer, in the order of the offers.
struct Scores<'a>(&'a [(std::sync::Arc<str>, f64)]);

impl Serialize for Scores<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(offer, score)| (&**offer, score)))
    }
}

/// The keys that a kind has.
fn what<M: SerializeMap>(line: &mut Keys<M>, what: &What) -> Result<(), M::Error> {
    match what {
        What::EventIgnored { name, id, reason }
        | What::EventDuplicate { name, id, reason }
        | What::EventRejected { name, id, reason } => {
            line.put("name", &**name)?;
            line.put("id", &**id)?;
            line.put_some(
                "reason",
                Some(&**reason).filter(|reason| !reason.is_empty()),
            )
        }
        What::EventEmitted { name, with } => {
            line.put("name", &**name)?;
            line.put("with", with)
        }
        What::TravelerCreated { name }
        | What::TravelerMerged { name }
        | What::SegmentEntered { name }
        | What::SegmentLeft { name }
        | What::MilestoneEntered { name }
        | What::MilestoneLeft { name }
        | What::RuleFired { name } => line.put("name", &**name),
        // `null` says that no persona fits any more.
        What::PersonaChanged { name } => line.put("name", &name.as_deref()),
        What::ProfileChanged { name, value } | What::VariableSet { name, value } => {
            line.put("name", &**name)?;
            line.put("value", value)
        }
        What::BranchTaken {
            name,
            value,
            scores,
        } => {
            line.put("name", &**name)?;
            line.put("value", value)?;
            line.put_some("scores", (!scores.is_empty()).then_some(Scores(scores)))
        }
        // Nobody listens where a trace is written.
        What::SessionStarted | What::Why(_) => Ok(()),
        What::SessionEnded { outcome } => line.put("outcome", &**outcome),
        What::WaitStarted { until, .. } => line.put_some("until", time(*until)),
        What::WaitEnded { reason, .. } => line.put("reason", wait_end(*reason)),
        What::ActionEmitted(action)
        | What::ActionDeferred(action)
        | What::ActionSuppressed(action) => put_action(line, action),
        What::PromiseMissed { name, reason } | What::ConditionFailed { name, reason } => {
            line.put("name", &**name)?;
            line.put_some(
                "reason",
                Some(&**reason).filter(|reason| !reason.is_empty()),
            )
        }
    }
}

fn put_action<M: SerializeMap>(line: &mut Keys<M>, action: &Action) -> Result<(), M::Error> {
    line.put("name", &*action.name)?;
    line.put("with", &action.with)?;
    line.put_some("channel", action.channel.as_deref())?;
    line.put_some("reason", action.reason.map(crate::engine::Reason::as_str))?;
    line.put_some("until", time(action.until))?;
    line.put("idempotency_key", &*action.idempotency_key)
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(format_timestamp)
}

const fn wait_end(reason: WaitEnd) -> &'static str {
    match reason {
        WaitEnd::Time => "time",
        WaitEnd::Event => "event",
        WaitEnd::Timeout => "timeout",
    }
}

/// An object whose keys come in the order they are put.
struct Keys<M>(M);

impl<M: SerializeMap> Keys<M> {
    fn put<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), M::Error> {
        self.0.serialize_entry(key, value)
    }

    fn put_some<T: Serialize>(
        &mut self,
        key: &'static str,
        value: Option<T>,
    ) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.put(key, &value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{ActionKind, Reason};

    #[test]
    fn keys_stand_in_the_order_of_the_format() {
        let record = Record {
            time: "2026-03-04T21:30:00Z".parse().expect("it is a time"),
            traveler: Some("n-1".into()),
            number: None,
            journey: Some("backpack".into()),
            session: Some(1),
            origin: None,
            key: Some(serde_json::json!("o-1")),
            what: What::ActionDeferred(Action {
                name: "discount_mail".into(),
                kind: ActionKind::Send,
                with: serde_json::json!({ "percent": 10 }),
                channel: Some("email".into()),
                reason: Some(Reason::QuietHours),
                until: Some("2026-03-05T07:00:00Z".parse().expect("it is a time")),
                message: None,
                idempotency_key: "k".into(),
            }),
            at: Some("journeys/backpack.yaml:31:9".into()),
        };
        assert_eq!(
            lines([&record]),
            concat!(
                r#"{"time":"2026-03-04T21:30:00Z","traveler":"n-1","journey":"backpack","session":1,"#,
                r#""key":"o-1","kind":"action_deferred","name":"discount_mail","with":{"percent":10},"#,
                r#""channel":"email","reason":"quiet hours","until":"2026-03-05T07:00:00Z","#,
                r#""idempotency_key":"k","at":"journeys/backpack.yaml:31:9"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let record = Record {
            time: "2026-03-04T21:30:00Z".parse().expect("it is a time"),
            traveler: None,
            number: None,
            journey: None,
            session: None,
            origin: None,
            key: None,
            what: What::EventRejected {
                name: "shop.x".into(),
                id: "e-1".into(),
                reason: "unknown type".into(),
            },
            at: None,
        };
        assert_eq!(
            lines([&record]),
            "{\"time\":\"2026-03-04T21:30:00Z\",\"kind\":\"event_rejected\",\"name\":\"shop.x\",\
             \"id\":\"e-1\",\"reason\":\"unknown type\"}\n"
        );
    }
}
