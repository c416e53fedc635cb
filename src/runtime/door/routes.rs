//! What is asked at the door, and what is answered.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming as Stream};
use hyper::header::{
    ALLOW, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tracing::debug;

use super::events::{self, Body, MAX_BODY, Refused};
use super::metrics;
use super::problem::Problem;
use super::quick::{self, Event};
use super::site;
use super::tokens::{Access, Role};
use super::window;
use super::{Door, first};
use crate::dryrun::{MASKED, Mask};
use crate::engine::{Engine, Ready, What};
use crate::runtime::core::Verdict;
use crate::runtime::keeper::Work;
use crate::runtime::outgoing::DELIVER;
use crate::runtime::queue::Refused as NotTaken;

/// How many plans may be deployed while a body is read.
const MAX_PLANS: usize = 3;

/// How many dead letters are on one page.
const PAGE: usize = 100;

/// Bodies that take longer than a moment to read are read elsewhere.
const LONG: usize = 64 << 10;

pub(super) type Answer = Response<Full<Bytes>>;

impl Door {
    /// Answers a request.
    pub(super) async fn answer(self: Arc<Self>, request: Request<Stream>) -> Answer {
        let (begun, method) = (Instant::now(), request.method().clone());
        let what = first(request.uri().path());
        let answer = match self.route(request).await {
            Ok(answer) => answer,
            Err(problem) => told(&problem),
        };
        let (status, ms) = (answer.status().as_u16(), begun.elapsed().as_millis() as u64);
        debug!(%method, what, status, ms, "request");
        answer
    }

    async fn route(self: Arc<Self>, request: Request<Stream>) -> Result<Answer, Problem> {
        let path = request.uri().path().to_owned();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let method = match request.method() {
            // The same without its body, which is left out where it is sent.
            &Method::HEAD => Method::GET,
            method => method.clone(),
        };
        match (&method, &parts[..]) {
            (&Method::GET, ["healthz"]) => self.health(),
            (&Method::GET, ["readyz"]) => self.readiness(),
            (&Method::POST, ["events"]) => {
                self.permit(request.headers(), Role::Send)?;
                self.events(request).await
            }
            (&Method::GET, [name @ ("" | "page.css" | "page.js" | "openapi.json")]) => {
                let file = window::file(name);
                file.ok_or_else(|| Problem::new(404, "not found", "there is no such file"))
            }
            (&Method::GET, ["overview"]) => {
                self.permit(request.headers(), Role::Read)?;
                self.overview().await
            }
            (&Method::GET, ["actions"]) => {
                self.permit(request.headers(), Role::Read)?;
                self.actions().await
            }
            (&Method::GET, ["journeys", name]) => {
                self.permit(request.headers(), Role::Read)?;
                self.picture(&percent(name))
            }
            (&Method::GET, ["travelers", name, "timeline"]) => {
                self.permit(request.headers(), Role::Read)?;
                self.timeline(&percent(name)).await
            }
            (&Method::GET, ["metrics"]) => {
                self.permit(request.headers(), Role::Read)?;
                let mut seen = self.keeper.seen();
                seen.tally.rejected += self.refused.load(Ordering::Relaxed);
                let page = metrics::page(&seen, self.keeper.waiting());
                Ok(text("text/plain; version=0.0.4", page))
            }
            (&Method::GET, ["travelers", name @ ..]) if !name.is_empty() => {
                self.permit(request.headers(), Role::Read)?;
                self.traveler(&name.join("/")).await
            }
            (&Method::GET, ["outbox"]) => {
                self.permit(request.headers(), Role::Read)?;
                self.outbox().await
            }
            (&Method::GET, ["dead"]) => {
                self.permit(request.headers(), Role::Read)?;
                self.dead(request.uri().query()).await
            }
            (&Method::POST, ["dead", key, "retry"]) => {
                self.permit(request.headers(), Role::Deploy)?;
                self.revive(key).await
            }
            (&Method::GET, ["damaged"]) => {
                self.permit(request.headers(), Role::Read)?;
                self.damaged(request.uri().query()).await
            }
            (&Method::POST, ["damaged", number, "forget"]) => {
                self.permit(request.headers(), Role::Deploy)?;
                self.begin_anew(number).await
            }
            (&Method::GET, ["plans"]) => {
                self.permit(request.headers(), Role::Read)?;
                self.plans().await
            }
            (&Method::POST, ["plans"]) => {
                self.permit(request.headers(), Role::Deploy)?;
                self.deploy(request).await
            }
            _ => Err(match methods(&parts) {
                Some(allow) => Problem {
                    allow: Some(allow),
                    ..Problem::new(
                        405,
                        "wrong method",
                        format!("`{path}` is not asked with {}", request.method()),
                    )
                },
                None => Problem::new(404, "not found", format!("there is no `{path}`")),
            }),
        }
    }

    fn permit(&self, headers: &HeaderMap, role: Role) -> Result<(), Problem> {
        if self.tokens.is_empty()
            && let Some(why) = site::foreign(headers)
        {
            return Err(Problem::new(403, "no access", why));
        }
        let given = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
        match self.tokens.access(given, role) {
            Access::Granted => Ok(()),
            Access::Unknown => Err(Problem::new(
                401,
                "no access",
                "send a token that is known: `authorization: Bearer TOKEN`",
            )),
            Access::Denied => Err(Problem::new(
                403,
                "no access",
                "this token is for something else",
            )),
        }
    }

    fn health(&self) -> Result<Answer, Problem> {
        match self.keeper.failure() {
            None if self.keeper.is_running() => Ok(text("text/plain", "ok\n".to_owned())),
            failure => Err(failed(failure)),
        }
    }

    fn readiness(&self) -> Result<Answer, Problem> {
        if self.keeper.is_open() {
            Ok(text("text/plain", "ready\n".to_owned()))
        } else {
            Err(failed(self.keeper.failure()))
        }
    }

    async fn events(self: Arc<Self>, request: Request<Stream>) -> Result<Answer, Problem> {
        let (parts, stream) = request.into_parts();
        plain(&parts.headers)?;
        let held = self.room.body(stream, MAX_BODY).await?;
        let body = &held.bytes;
        for _ in 0..MAX_PLANS {
            let engine = self.runs().engine;
            let (answer, taken) = oneshot::channel();
            let (door, headers) = (self.clone(), parts.headers.clone());
            let (length, body, reader) = (body.len(), body.clone(), engine.clone());
            let read = move || {
                let _ = answer.send(door.read(&reader, &headers, &body));
            };
            let read = if length > LONG {
                let _turn = self.room.turn().await;
                tokio::task::spawn_blocking(read);
                taken.await
            } else {
                read();
                taken.await
            };
            let Ok(read) = read else {
                return Err(failed(None));
            };
            let read = read?;
            if read.ready.is_empty() {
                return respond(read.single, read.places, Vec::new());
            }
            let (reply, answered) = oneshot::channel();
            let weight = read.ready.len();
            let work = Work::Events {
                engine: engine.clone(),
                events: read.ready,
                reply,
            };
            match self.ask(weight, work, answered).await {
                Ok(verdicts) => return respond(read.single, read.places, verdicts),
                // Another plan was deployed meanwhile: they are read again, as that has them.
                Err(_) if !Arc::ptr_eq(&engine, &self.runs().engine) => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(Problem::busy("plans change faster than this can be read"))
    }

    /// Reads and checks the events of a body.
    fn read(
        &self,
        engine: &Arc<Engine>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Read, Problem> {
        let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
        let media = header(CONTENT_TYPE.as_str());
        let now = self.clock.now();
        let (single, events) = match quick::read(engine, media, body, now) {
            Some(events) => (quick::is_single(media), events),
            None => match events::read(media, header, body, now)? {
                Body::One(event) => (true, vec![Event::Read(event)]),
                Body::Batch(events) => (false, events.into_iter().map(Event::Read).collect()),
            },
        };
        let mut read = Read {
            single,
            places: Vec::with_capacity(events.len()),
            ready: Vec::with_capacity(events.len()),
        };
        for event in events {
            let place = match event {
                Event::Ready(ready) => {
                    let id = ready.name().into();
                    read.ready.push(ready);
                    Ok(id)
                }
                Event::Read(Err(refused)) => Err(refused),
                Event::Read(Ok(event)) => match engine.ready(&event) {
                    Ok(mut ready) => {
                        ready.prepare(engine);
                        read.ready.push(ready);
                        Ok(event.id)
                    }
                    Err(record) => Err(Refused {
                        id: event.id,
                        reason: match record.what {
                            What::EventRejected { reason, .. } => reason.to_string(),
                            _ => "it cannot be handled".to_owned(),
                        },
                    }),
                },
            };
            read.places.push(place);
        }
        let refused = read.places.iter().filter(|place| place.is_err()).count();
        self.refused.fetch_add(refused as u64, Ordering::Relaxed);
        Ok(read)
    }

    /// Asks the keeper, and waits for the answer.
    pub(super) async fn ask<T>(
        &self,
        weight: usize,
        work: Work,
        answered: oneshot::Receiver<T>,
    ) -> Result<T, Problem> {
        match self.keeper.offer(weight, work) {
            Ok(()) => {}
            Err(NotTaken::Full) => {
                return Err(Problem::busy(
                    "too many events wait; nothing of this was taken",
                ));
            }
            Err(NotTaken::Closed) => return Err(failed(self.keeper.failure())),
        }
        answered.await.map_err(|_| failed(self.keeper.failure()))
    }

    async fn traveler(&self, name: &str) -> Result<Answer, Problem> {
        let name = percent(name);
        let (reply, answered) = oneshot::channel();
        let work = Work::Look { name, reply };
        match self.ask(1, work, answered).await? {
            None => Err(Problem::new(404, "not found", "no traveler has this name")),
            Some(view) => Ok(json(&self.shown(view))),
        }
    }

    async fn outbox(&self) -> Result<Answer, Problem> {
        let (reply, answered) = oneshot::channel();
        let work = Work::Outbox { most: PAGE, reply };
        let actions = self.ask(1, work, answered).await?;
        let actions: Vec<Value> = actions.into_iter().map(|it| self.shown(it)).collect();
        Ok(json(&json!({ "outbox": actions })))
    }

    async fn dead(&self, query: Option<&str>) -> Result<Answer, Problem> {
        let after = after(query)?;
        bounded_key(&after)?;
        let (reply, answered) = oneshot::channel();
        let work = Work::Dead {
            after,
            most: PAGE,
            reply,
        };
        let letters = self.ask(1, work, answered).await?;
        let next = (letters.len() == PAGE).then(|| letters.last().map(|it| it["key"].clone()));
        let letters: Vec<Value> = letters.into_iter().map(|it| self.shown(it)).collect();
        Ok(json(&json!({ "dead": letters, "after": next.flatten() })))
    }

    async fn revive(&self, key: &str) -> Result<Answer, Problem> {
        let (reply, answered) = oneshot::channel();
        let key = bounded_key(key)?.to_owned();
        let work = Work::Revive { key, reply };
        done(
            self.ask(1, work, answered).await?,
            "no dead letter has this key",
        )
    }

    /// Travelers whose records are damaged.
    async fn damaged(&self, query: Option<&str>) -> Result<Answer, Problem> {
        let after = match &*after(query)? {
            "" => None,
            number => Some(number.parse().map_err(|_| {
                Problem::new(400, "wrong parameter", "`after` is a traveler's number")
            })?),
        };
        let (reply, answered) = oneshot::channel();
        let work = Work::Damaged {
            after,
            most: PAGE,
            reply,
        };
        let damaged = self.ask(1, work, answered).await?;
        let next = (damaged.len() == PAGE).then(|| damaged.last().map(|it| it["number"].clone()));
        let damaged: Vec<Value> = damaged.into_iter().map(|it| self.shown(it)).collect();
        Ok(json(
            &json!({ "damaged": damaged, "after": next.flatten() }),
        ))
    }

    /// One of them is forgotten, and begins anew.
    async fn begin_anew(&self, number: &str) -> Result<Answer, Problem> {
        let none = "no traveler with this number is damaged";
        let Ok(number) = number.parse() else {
            return Err(Problem::new(404, "not found", none));
        };
        let (reply, answered) = oneshot::channel();
        let work = Work::BeginAnew { number, reply };
        done(self.ask(1, work, answered).await?, none)
    }

    /// Without what is personal, unless it is to be shown.
    pub(super) fn shown(&self, document: Value) -> Value {
        if self.shows_pii {
            return document;
        }
        let mut masked = Mask::of(&self.runs().model, &document).json(&document);
        // What an action is carried out with may be personal whatever it is made of: nothing here
        // says whose profile it was taken from.
        let is_message = masked["action"] == DELIVER;
        for (name, value) in masked["with"].as_object_mut().into_iter().flatten() {
            if !(is_message && matches!(&**name, "channel" | "template")) {
                hide(value);
            }
        }
        masked
    }
}

/// Masks all that is in a value.
fn hide(value: &mut Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(fields) => fields.values_mut().for_each(hide),
        scalar => *scalar = MASKED.into(),
    }
}

/// The events of a body: which could be read, and what is wrong with the others, in order.
struct Read {
    single: bool,
    places: Vec<Result<Arc<str>, Refused>>,
    ready: Vec<Ready>,
}

/// Bodies come as they are: what is packed may be of any size.
pub(super) fn plain(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(CONTENT_ENCODING) {
        Some(packed) if !packed.as_bytes().eq_ignore_ascii_case(b"identity") => Err(Problem::new(
            415,
            "packed body",
            "a body comes without `content-encoding`",
        )),
        _ => Ok(()),
    }
}

fn failed(failure: Option<String>) -> Problem {
    let detail = match failure {
        Some(failure) => format!("it is not running: {failure}; nothing of this was taken"),
        None => "it is stopping".to_owned(),
    };
    Problem::busy(&detail)
}

/// It is done, or there was nothing to do it to.
fn done(done: bool, none: &str) -> Result<Answer, Problem> {
    if !done {
        return Err(Problem::new(404, "not found", none));
    }
    let mut answer = json(&json!({ "result": "accepted" }));
    *answer.status_mut() = StatusCode::ACCEPTED;
    Ok(answer)
}

/// Keys of actions are short: what is longer is none.
fn bounded_key(key: &str) -> Result<&str, Problem> {
    if key.len() > 256 {
        return Err(Problem::new(
            404,
            "not found",
            "no dead letter has this key",
        ));
    }
    Ok(key)
}

/// What is answered to those who send events.
#[derive(Serialize)]
struct Answered {
    accepted: u64,
    duplicate: u64,
    ignored: u64,
    rejected: u64,
    results: Vec<Became>,
}

/// What became of an event.
#[derive(Serialize)]
struct Became {
    id: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Arc<str>>,
    result: &'static str,
}

fn respond(
    single: bool,
    places: Vec<Result<Arc<str>, Refused>>,
    verdicts: Vec<Verdict>,
) -> Result<Answer, Problem> {
    let mut verdicts = verdicts.into_iter();
    let mut counts = [0_u64; 4];
    let mut results = Vec::with_capacity(places.len());
    for place in places {
        let (id, verdict) = match place {
            Ok(id) => match verdicts.next() {
                Some(verdict) => (id, verdict),
                None => return Err(failed(None)),
            },
            Err(refused) => (refused.id, Verdict::Rejected(refused.reason.into())),
        };
        let (index, result, reason) = match verdict {
            Verdict::Accepted => (0, "accepted", None),
            Verdict::Duplicate => (1, "duplicate", None),
            Verdict::Ignored => (2, "ignored", None),
            Verdict::Rejected(reason) => (3, "rejected", Some(reason)),
            Verdict::Damaged(number) => {
                let reason = format!(
                    "the record of its traveler is damaged, and set aside as number {number}"
                );
                if single {
                    // Whoever sent it did nothing wrong, and may try again when it is mended.
                    return Err(Problem::new(500, "record damaged", reason));
                }
                (3, "rejected", Some(reason.into()))
            }
        };
        if single && let Some(reason) = reason {
            return Err(Problem::new(422, "event rejected", reason.to_string()));
        }
        counts[index] += 1;
        results.push(Became { id, reason, result });
    }
    let [accepted, duplicate, ignored, rejected] = counts;
    let answer = Answered {
        accepted,
        duplicate,
        ignored,
        rejected,
        results,
    };
    let written = serde_json::to_string(&answer).map_err(|_| failed(None))?;
    let mut answer = text("application/json", written);
    *answer.status_mut() = StatusCode::ACCEPTED;
    Ok(answer)
}

pub(super) fn json(value: &Value) -> Answer {
    text("application/json", value.to_string())
}

pub(super) fn text(media: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(text)));
    let media = hyper::header::HeaderValue::from_static(media);
    answer.headers_mut().insert(CONTENT_TYPE, media);
    answer
}

fn told(problem: &Problem) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(problem.to_json())));
    *answer.status_mut() = StatusCode::from_u16(problem.status).unwrap_or_default();
    let headers = answer.headers_mut();
    let media = hyper::header::HeaderValue::from_static("application/problem+json");
    headers.insert(CONTENT_TYPE, media);
    if problem.status == 401 {
        let scheme = hyper::header::HeaderValue::from_static("Bearer");
        headers.insert(WWW_AUTHENTICATE, scheme);
    }
    if let Some(methods) = problem.allow {
        let methods = hyper::header::HeaderValue::from_static(methods);
        headers.insert(ALLOW, methods);
    }
    if let Some(seconds) = problem.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    answer
}

/// By which methods a path is asked; none where there is no such path.
fn methods(parts: &[&str]) -> Option<&'static str> {
    match parts {
        ["events"] | ["dead", _, "retry"] | ["damaged", _, "forget"] => Some("POST"),
        ["plans"] => Some("GET, HEAD, POST"),
        [
            "" | "page.css" | "page.js" | "openapi.json" | "overview" | "actions" | "healthz"
            | "readyz" | "metrics" | "outbox" | "dead" | "damaged",
        ]
        | ["journeys", _]
        | ["travelers", _, ..] => Some("GET, HEAD"),
        _ => None,
    }
}

/// `after=…`, behind which a page begins; empty where there is none.
fn after(query: Option<&str>) -> Result<String, Problem> {
    let mut after = String::new();
    let pairs = query.unwrap_or_default().split('&');
    for pair in pairs.filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name != "after" {
            let detail = format!("there is no `{name}`: `after` is known");
            return Err(Problem::new(400, "wrong parameter", detail));
        }
        after = percent(value);
    }
    Ok(after)
}

/// A part of a path as it is meant.
fn percent(text: &str) -> String {
    events::decoded(text).unwrap_or_else(|| text.to_owned())
}
