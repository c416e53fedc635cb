//! The window: a small page, and what it asks for. Everything in it comes from here.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::Door;
use super::problem::Problem;
use super::routes::{Answer, json as answered, text};
use crate::dryrun::{MASKED, Mask};
use crate::model::ids::{KEPT, plain};
use crate::model::{Journey, Model};
use crate::render::journey_svg;
use crate::runtime::core::Overview;
use crate::runtime::keeper::Work;

/// Nothing from elsewhere, nothing in the page itself that runs, and nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's own files; none where there is no such.
pub(super) fn file(name: &str) -> Option<Answer> {
    let (media, text) = match name {
        "" => (
            "text/html; charset=utf-8",
            include_str!("../page/index.html"),
        ),
        "page.css" => ("text/css; charset=utf-8", include_str!("../page/page.css")),
        "page.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../page/page.js"),
        ),
        "openapi.json" => (
            "application/json",
            include_str!("../../../spec/openapi.json"),
        ),
        _ => return None,
    };
    Some(guarded(super::routes::text(media, text.to_owned())))
}

/// An answer that a browser may show, and nothing more.
fn guarded(mut answer: hyper::Response<Full<Bytes>>) -> Answer {
    let headers: [(HeaderName, &str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in headers {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}

impl Door {
    /// What runs and where the sessions are.
    pub(super) async fn overview(&self) -> Result<Answer, Problem> {
        let Overview {
            plan,
            census,
            levels,
            inputs,
            ..
        } = self.look_over().await?;
        let model = self.runs().model;
        // Of a journey as an earlier plan had it, sessions count as those of today's, if there is one.
        let shown =
            |it: &&Journey| !it.name.contains(KEPT) || found(&model, plain(&it.name)) == Some(*it);
        let journeys = model.journeys.iter().filter(shown).map(|journey| {
            let name = plain(&journey.name);
            let sessions = census.of(name).cloned().unwrap_or_default();
            json!({
                "name": name,
                "title": journey.title.as_deref(),
                "status": journey.status,
                "started": sessions.started,
                "running": sessions.running(),
                "milestones": sessions.milestones,
                "outcomes": sessions.outcomes,
            })
        });
        Ok(answered(&json!({
            "name": &*model.name,
            "plan": plan,
            "journeys": journeys.collect::<Vec<Value>>(),
            "travelers": levels.travelers,
            "inputs": inputs,
            "outbox": levels.posted + levels.under_way,
            "dead": levels.dead,
            "damaged": levels.damaged,
        })))
    }

    /// Actions that came up lately.
    pub(super) async fn actions(&self) -> Result<Answer, Problem> {
        let recent = self.look_over().await?.recent;
        let actions: Vec<Value> = (recent.iter())
            .map(|it| {
                let mut shown = self.shown(it.shown());
                if !self.shows_pii && self.keys_are_personal() {
                    shown["traveler"] = MASKED.into();
                }
                shown
            })
            .collect();
        Ok(answered(&json!({ "actions": actions })))
    }

    /// Whether travelers are called by something personal.
    fn keys_are_personal(&self) -> bool {
        self.runs().model.travelers.iter().any(|kind| {
            let key = kind.profile.iter().find(|field| field.name == kind.key);
            key.is_some_and(|field| field.pii)
        })
    }

    async fn look_over(&self) -> Result<Overview, Problem> {
        let (reply, answer) = oneshot::channel();
        self.ask(1, Work::Overview { reply }, answer).await
    }

    /// A journey as a picture; nothing where there would be too much in it.
    pub(super) fn picture(&self, name: &str) -> Result<Answer, Problem> {
        let model = self.runs().model;
        let Some(journey) = (name.strip_suffix(".svg")).and_then(|it| found(&model, it)) else {
            let detail = "the plan has no such journey";
            return Err(Problem::new(404, "not found", detail));
        };
        let svg = journey_svg::journey(journey, &model);
        let is_drawn = svg.is_some();
        let mut answer = guarded(text("image/svg+xml", svg.unwrap_or_default()));
        if !is_drawn {
            *answer.status_mut() = hyper::StatusCode::NO_CONTENT;
        }
        Ok(answer)
    }

    /// What happened to a traveler lately: lines of a trace.
    pub(super) async fn timeline(&self, name: &str) -> Result<Answer, Problem> {
        let (reply, answer) = oneshot::channel();
        let name = name.to_owned();
        let Some((document, rows)) = self.ask(1, Work::Timeline { name, reply }, answer).await?
        else {
            return Err(Problem::new(404, "not found", "no traveler has this name"));
        };
        let mut lines = rows.concat();
        if !self.shows_pii {
            let read = lines.lines().map(serde_json::from_str);
            let read: Vec<Value> = read.filter_map(Result::ok).collect();
            // What one line tells of a person is found in the others.
            let mask = Mask::of_lines(&self.runs().model, &document, &read);
            let masked = read.iter().map(|line| format!("{}\n", mask.line(line)));
            lines = masked.collect();
        }
        Ok(text("application/x-ndjson", lines))
    }
}

/// A journey by its name; where only earlier plans had one, theirs.
fn found<'m>(model: &'m Model, name: &str) -> Option<&'m Journey> {
    let mut journeys = model.journeys.iter();
    let today = journeys.clone().find(|it| *it.name == *name);
    today.or_else(|| journeys.find(|it| plain(&it.name) == name))
}
