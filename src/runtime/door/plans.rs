//! Plans at the door: which runs, and another in its place.

use std::sync::Arc;

use hyper::body::Incoming as Stream;
use hyper::{Request, StatusCode};
use tokio::sync::oneshot;

use super::Door;
use super::problem::Problem;
use super::routes::{Answer, json, plain};
use crate::plan::Plan;
use crate::runtime::deploy::{Terms, log};
use crate::runtime::keeper::Work;

/// How large a plan may be that is deployed.
const MAX_PLAN: usize = 32 << 20;

impl Door {
    /// Which plan runs, and which ran before.
    pub(super) async fn plans(&self) -> Result<Answer, Problem> {
        let (reply, answered) = oneshot::channel();
        Ok(json(&self.ask(1, Work::Plans { reply }, answered).await?))
    }

    /// Deploys a plan, or says what that would do: 409 where it is refused.
    pub(super) async fn deploy(
        self: Arc<Self>,
        request: Request<Stream>,
    ) -> Result<Answer, Problem> {
        let terms = terms(request.uri().query().unwrap_or_default())?;
        plain(request.headers())?;
        let held = self.room.body(request.into_body(), MAX_PLAN).await?;
        let body = held.bytes.clone();
        let read = tokio::task::spawn_blocking(move || {
            let text =
                std::str::from_utf8(&body).map_err(|_| "it is no text in UTF-8".to_owned())?;
            Plan::from_json(text).map_err(|error| error.to_string())
        });
        let plan = match read.await {
            Ok(Ok(plan)) => Box::new(plan),
            Ok(Err(why)) => return Err(Problem::new(422, "no plan", why)),
            Err(_) => return Err(Problem::busy("it is stopping")),
        };
        let next = self.ways.of(&plan.model);
        let next = next.map_err(|why| Problem::new(422, "no way out", why))?;
        let (reply, answered) = oneshot::channel();
        let work = Work::Deploy { plan, terms, reply };
        // Whoever asked may go away meanwhile: the plan and the ways out change together all the same.
        let door = self.clone();
        let asked = tokio::spawn(async move {
            let answer = door.ask(1, work, answered).await?;
            log(&answer);
            if answer.deployed {
                door.ways.take(next);
            }
            Ok(answer)
        });
        let answer = (asked.await).unwrap_or_else(|_| Err(Problem::busy("it is stopping")))?;
        let refused = answer.is_refused();
        let document = serde_json::to_value(&answer)
            .map_err(|error| Problem::new(500, "no answer", error.to_string()))?;
        let mut answer = json(&document);
        if refused {
            *answer.status_mut() = StatusCode::CONFLICT;
        }
        Ok(answer)
    }
}

/// `dry_run=true&end_sessions=true`.
fn terms(query: &str) -> Result<Terms, Problem> {
    let mut terms = Terms::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, "true"));
        let value = match value {
            "true" => true,
            "false" => false,
            _ => {
                let detail = format!("`{name}` is `true` or `false`");
                return Err(Problem::new(400, "wrong parameter", detail));
            }
        };
        match name {
            "dry_run" => terms.dry_run = value,
            "end_sessions" => terms.end_sessions = value,
            _ => {
                let detail =
                    format!("there is no `{name}`: `dry_run` and `end_sessions` are known");
                return Err(Problem::new(400, "wrong parameter", detail));
            }
        }
    }
    Ok(terms)
}
