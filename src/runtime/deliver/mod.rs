//! Delivery: an action comes in, it is carried out in the world, and what came of it goes out.
//!
//! [`Connectors`] has one way out for each connection whose actions a plan uses: HTTP to a system of
//! [`systems`], mail by SMTP, or JSON lines to look at. It limits how fast and how many go out, and
//! says when an attempt is worth another. It keeps nothing: what is to be tried again, and when, is
//! the outbox's business.

mod answer;
mod answers;
mod backoff;
mod connect;
mod gate;
mod http;
mod mail;
mod message;
mod problem;
mod redact;
mod secrets;
mod settings;
mod sink;
mod systems;
mod used;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::delivery::Deliver;
use super::outgoing::{Outcome, Outgoing};
use crate::model::{Field, Model};
use backoff::Policy;
use gate::Gate;
use redact::Redactor;

pub use answers::Answers;
pub use problem::Problem;
pub use secrets::{Secrets, SecretsError};

/// The ways out of a plan's connections.
#[derive(Debug)]
pub struct Connectors {
    connections: BTreeMap<Arc<str>, Connector>,
}

/// The way out of one connection.
struct Connector {
    way: Way,
    policy: Policy,
    gate: Gate,
    redactor: Arc<Redactor>,
    /// What its actions answer, by the name of the action.
    returns: BTreeMap<Arc<str>, Arc<[Field]>>,
}

enum Way {
    Http(Box<http::Http>),
    Mail(Box<mail::Mail>),
    Sink(sink::Sink),
}

/// What is delivered, as the ways out see it.
struct Call<'a> {
    out: &'a Outgoing,
    /// What the action answers.
    returns: &'a [Field],
    /// There will be no other attempt.
    last: bool,
}

impl Connectors {
    /// Makes the ways out that the plan needs, as the environment has them. All that is missing or
    /// wrong is told at once.
    pub fn new(
        model: &Model,
        environment: Option<&str>,
        secrets: &Secrets,
    ) -> Result<Self, Vec<Problem>> {
        connect::connect(model, environment, secrets).map(|connections| Self { connections })
    }

    /// Carries an action out, as soon as the connection's rate lets it.
    pub async fn deliver(&self, out: &Outgoing) -> Outcome {
        match self.connections.get(&out.connection) {
            Some(connector) => connector.deliver(out).await,
            None => Outcome::Dead {
                reason: format!(
                    "the plan has no action of a connection `{}`",
                    out.connection
                ),
            },
        }
    }
}

impl Deliver for Connectors {
    fn deliver<'a>(
        &'a self,
        outgoing: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(self.deliver(outgoing))
    }
}

impl Connector {
    async fn deliver(&self, out: &Outgoing) -> Outcome {
        let returns = self.returns.get(&out.action).map_or(&[][..], |it| it);
        let last = out.attempt >= self.policy.attempts;
        let call = Call { out, returns, last };
        let _pass = self.gate.pass().await;
        let attempt = async {
            match &self.way {
                Way::Http(http) => http.deliver(&call, &self.policy).await,
                Way::Mail(mail) => mail.deliver(&call).await,
                Way::Sink(sink) => sink.deliver(&call),
            }
        };
        let outcome = match tokio::time::timeout(self.policy.timeout, attempt).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Again {
                reason: format!("no answer within {}", seconds(self.policy.timeout)),
                after: None,
            },
        };
        self.settled(out, outcome)
    }

    /// The outcome with nothing secret in it, and with the time of the next attempt.
    fn settled(&self, out: &Outgoing, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Done { mut returned } => {
                self.redactor.json(&mut returned);
                Outcome::Done { returned }
            }
            Outcome::Dead { reason } => Outcome::Dead {
                reason: self.redactor.reason(&reason, &out.with),
            },
            Outcome::Again { reason, after } => {
                let reason = self.redactor.reason(&reason, &out.with);
                if out.attempt >= self.policy.attempts {
                    let times = out.attempt;
                    return Outcome::Dead {
                        reason: format!("given up after {times} attempts: {reason}"),
                    };
                }
                Outcome::Again {
                    reason,
                    after: Some(self.policy.wait(&out.key, out.attempt, after)),
                }
            }
        }
    }
}

impl std::fmt::Debug for Connector {
    /// Settings may be secret: none are shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let way = match &self.way {
            Way::Http(_) => "HTTP",
            Way::Mail(_) => "SMTP",
            Way::Sink(_) => "JSON lines",
        };
        f.write_str(way)
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
