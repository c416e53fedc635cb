//! Actions in the outbox, and dead letters: what is kept of them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::outgoing::{DELIVER, Outgoing};
use crate::engine::{Action, ActionKind, Record};

/// An action that is to be carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posted {
    pub outgoing: Outgoing,
    /// The number of the traveler, whom the answer concerns.
    pub number: u32,
    /// Whether an answer is told to the engine.
    pub call: bool,
    /// When it is tried next.
    pub due: Timestamp,
    /// Why it is dead, or is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Posted {
    /// What is to be done about an action that the engine emitted; nothing where no connection
    /// carries it out.
    pub fn of(record: &Record, action: &Action, now: Timestamp) -> Option<Self> {
        let (connection, name, with) = match (action.kind, &action.message) {
            (ActionKind::Call, _) => {
                let (connection, name) = action.name.split_once('.')?;
                (connection.into(), name.into(), action.with.clone())
            }
            (ActionKind::Send, Some(message)) => {
                let with = json!({
                    "to": &*message.to,
                    "subject": message.subject.as_deref(),
                    "body": message.body.as_deref(),
                    "channel": action.channel.as_deref(),
                    "template": &*action.name,
                    "params": action.with,
                });
                (message.via.clone(), Arc::from(DELIVER), with)
            }
            (ActionKind::Send, None) => return None,
        };
        Some(Self {
            outgoing: Outgoing {
                key: action.idempotency_key.clone(),
                connection,
                action: name,
                with,
                attempt: 1,
                traveler: record.traveler.clone().unwrap_or_default(),
            },
            number: record.number?,
            call: action.kind == ActionKind::Call,
            due: now,
            reason: None,
        })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// As a list of dead letters shows it.
    pub fn shown(&self) -> Value {
        self.told(json!({
            "attempts": self.outgoing.attempt,
            "since": self.due.to_string(),
        }))
    }

    /// As a list of what is on its way shows it; what is under way is due no more.
    pub fn on_its_way(&self, under_way: bool) -> Value {
        let due = (!under_way).then(|| self.due.to_string());
        self.told(json!({ "attempt": self.outgoing.attempt, "due": due }))
    }

    /// What every list says of an action, added to what one says.
    fn told(&self, mut list: Value) -> Value {
        list["key"] = (&*self.outgoing.key).into();
        list["connection"] = (&*self.outgoing.connection).into();
        list["action"] = (&*self.outgoing.action).into();
        list["traveler"] = (&*self.outgoing.traveler).into();
        list["reason"] = self.reason.as_deref().into();
        list["with"] = self.outgoing.with.clone();
        list
    }
}

/// How often an action is tried, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub attempts: u32,
    /// After the first attempt; twice as long after each more.
    pub from: Duration,
    pub to: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 12,
            from: Duration::from_secs(1),
            to: Duration::from_secs(600),
        }
    }
}

impl Policy {
    /// How long to wait after so many attempts: up to a quarter more or less, by the key, so that
    /// what failed together is not tried together.
    pub fn pause(&self, key: &str, attempts: u32) -> Duration {
        let doubled = 2u32.saturating_pow(attempts.saturating_sub(1).min(20));
        let pause = self.from.saturating_mul(doubled).min(self.to);
        let hash = blake3::hash(format!("{key} {attempts}").as_bytes());
        let share = u32::from(hash.as_bytes()[0]);
        pause.saturating_mul(384 + share) / 512
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_differ_by_key() {
        let policy = Policy::default();
        for (attempts, seconds) in [(1, 1.0), (2, 2.0), (5, 16.0), (30, 600.0)] {
            let pause = policy.pause("k", attempts).as_secs_f64();
            assert!((pause / seconds - 1.0).abs() <= 0.25, "{attempts}: {pause}");
            assert_eq!(policy.pause("k", attempts), policy.pause("k", attempts));
        }
        assert_ne!(policy.pause("a", 5), policy.pause("b", 5));
    }
}
