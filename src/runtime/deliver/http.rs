//! HTTP: a system's request goes in, its answer comes out, whole and of bounded size.
//!
//! Redirects are followed only where they lead to the same host, and keep the method; certificates
//! are verified as the machine trusts them.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy as Redirects;
use reqwest::{Client, Method, Url};
use serde_json::Value as Json;
use tokio::sync::Mutex;

use super::backoff::{Policy, usual};
use super::message::{Body, Failure, Request, Response};
use super::redact::Redactor;
use super::settings::Settings;
use super::systems::{Action, Auth, Grant, System};
use super::{Call, Outcome, answer};
use crate::cel::base64;
use crate::render::uri;

/// Longer answers are not read.
const MAX_ANSWER: usize = 1 << 20;
const MAX_REDIRECTS: usize = 5;
/// A token that ends so soon is no longer used.
const TOKEN_MARGIN: Duration = Duration::from_secs(60);
/// Headers that are HTTP's own business.
const RESERVED: &[&str] = &[
    "connection",
    "content-length",
    "host",
    "idempotency-key",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The way to one system.
pub(super) struct Http {
    system: &'static System,
    settings: Settings,
    /// Where paths are put below; none where every path is a whole address.
    base: Option<Url>,
    /// Sent with every request.
    headers: HeaderMap,
    /// Follows more redirects: what only reads may.
    reading: Client,
    writing: Client,
    token: Mutex<Option<Token>>,
    redactor: Arc<Redactor>,
}

/// What was granted for a while.
struct Token {
    text: Arc<str>,
    until: Instant,
}

impl Http {
    /// The way out, or what is wrong with its settings.
    pub(super) fn new(
        system: &'static System,
        settings: Settings,
        redactor: Arc<Redactor>,
    ) -> Result<Self, String> {
        if let Auth::Basic(of) = system.auth {
            let (user, password) = of(&settings);
            redactor.add(&format!("{user}:{password}"), "credentials");
        }
        let base = match settings.text("url").or(system.home.map(str::to_owned)) {
            Some(url) => Some(address(&url)?),
            None => None,
        };
        let granted = match system.auth {
            Auth::Grant(grant) => address(&(grant.address)(&settings)).ok(),
            _ => None,
        };
        let open = |url: &Url| url.scheme() == "http" && !is_loopback(url);
        if base.iter().chain(&granted).any(open)
            && settings.text("plain_http").as_deref() != Some("allowed")
        {
            return Err(
                "its address is plain `http`, where everything can be read on the way: write \
                 `https`, or the setting `plain_http: allowed` where that is no matter"
                    .into(),
            );
        }
        let mut headers = HeaderMap::new();
        for (name, value) in settings
            .get("headers")
            .and_then(Json::as_object)
            .into_iter()
            .flatten()
        {
            let value = super::message::plain(value);
            add_header(&mut headers, name, &value, true)
                .map_err(|why| format!("the setting `headers`: {why}"))?;
        }
        Ok(Self {
            system,
            reading: client(base.as_ref(), true)?,
            writing: client(base.as_ref(), false)?,
            settings,
            base,
            headers,
            token: Mutex::default(),
            redactor,
        })
    }

    pub(super) async fn deliver(&self, call: &Call<'_>, policy: &Policy) -> Outcome {
        match self.attempt(call, policy).await {
            Ok(returned) => Outcome::Done { returned },
            Err(Failure::Again(reason, after)) => Outcome::Again { reason, after },
            Err(Failure::Dead(reason)) => Outcome::Dead { reason },
        }
    }

    async fn attempt(&self, call: &Call<'_>, policy: &Policy) -> Result<Json, Failure> {
        let prepared = self.system.request(call, &self.settings);
        let (mut request, action) = prepared.map_err(Failure::Dead)?;
        let mut response = self.exchange(call, request).await?;
        self.judge(call, action, policy, &response)?;
        if let Some(then) = action.and_then(|action| action.then) {
            request = then(call, &response).map_err(Failure::Dead)?;
            response = self.exchange(call, request).await?;
            self.judge(call, action, policy, &response)?;
        }
        let answered = self.system.answer(call, action, &response);
        let answered = answered.map_err(Failure::Dead)?;
        answer::fit(call.returns, &answered).map_err(Failure::Dead)
    }

    /// Whether the system took it.
    fn judge(
        &self,
        call: &Call<'_>,
        action: Option<&Action>,
        policy: &Policy,
        response: &Response,
    ) -> Result<(), Failure> {
        let status = response.status;
        if !(200..300).contains(&status) {
            let again = policy.repeats(status, usual);
            let is_answer = self.system.tells_status && action.is_some();
            if is_answer && (call.last || !again) {
                return Ok(());
            }
            let reason = told(response);
            return Err(if again {
                Failure::Again(reason, response.retry_after)
            } else {
                Failure::Dead(reason)
            });
        }
        (self.system.judge)(call, response)
    }

    /// Sends a request, with what all of the system have in common.
    async fn exchange(&self, call: &Call<'_>, request: Request) -> Result<Response, Failure> {
        let url = self.url(&request.path).map_err(Failure::Dead)?;
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| Failure::Dead(format!("`{}` is no method", request.method)))?;
        let mut headers = HeaderMap::new();
        // Nothing that is meant for the system goes to another.
        let own = self
            .base
            .as_ref()
            .is_some_and(|base| base.origin() == url.origin());
        if own {
            headers.extend(self.headers.clone());
            if let Some((name, value)) = self.credentials(call).await? {
                add_header(&mut headers, &name, &value, true).map_err(Failure::Dead)?;
            }
        }
        for (name, value) in &request.headers {
            if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(Failure::Dead(format!("the header `{name}` cannot be set")));
            }
            add_header(&mut headers, name, value, false).map_err(Failure::Dead)?;
        }
        add_header(
            &mut headers,
            "idempotency-key",
            &header_text(&call.out.key),
            false,
        )
        .map_err(Failure::Dead)?;
        let client = if method == Method::GET {
            &self.reading
        } else {
            &self.writing
        };
        let mut builder = client.request(method, url);
        let (content_type, body) = match request.body {
            Body::None => (None, None),
            Body::Json(json) => (Some("application/json".into()), Some(json.to_string())),
            Body::Form(fields) => {
                let pairs: Vec<_> = (fields.iter())
                    .map(|(name, value)| format!("{}={}", uri::part(name), uri::part(value)))
                    .collect();
                (
                    Some("application/x-www-form-urlencoded".into()),
                    Some(pairs.join("&")),
                )
            }
            Body::Text { content_type, text } => (Some(content_type), Some(text)),
        };
        if let Some(content_type) = content_type
            && !headers.contains_key("content-type")
        {
            add_header(&mut headers, "content-type", &content_type, false)
                .map_err(Failure::Dead)?;
        }
        if let Some(body) = body {
            builder = builder.body(body);
        }
        let response = builder
            .headers(headers)
            .send()
            .await
            .map_err(|it| fault(&it))?;
        let response = whole(response).await?;
        if response.status == 401 && own {
            // Whatever was granted is no longer good: the next attempt asks again.
            let granted = self.token.lock().await.take();
            if granted.is_some() {
                return Err(Failure::Again(told(&response), response.retry_after));
            }
        }
        Ok(response)
    }

    fn url(&self, path: &str) -> Result<Url, String> {
        match &self.base {
            Some(base) if path.starts_with('/') => {
                let base = base.as_str().trim_end_matches('/');
                Url::parse(&format!("{base}{path}")).map_err(|error| error.to_string())
            }
            None if path.starts_with('/') => Err(
                "its path begins with a slash, and the setting `url` says not below what".into(),
            ),
            _ => address(path),
        }
    }

    /// The header that says who asks.
    async fn credentials(&self, call: &Call<'_>) -> Result<Option<(String, String)>, Failure> {
        let settings = &self.settings;
        let header = |value| Some((String::from("authorization"), value));
        Ok(match self.system.auth {
            Auth::Bearer(name) => settings
                .text(name)
                .and_then(|token| header(format!("Bearer {token}"))),
            Auth::Basic(of) => {
                let (user, password) = of(settings);
                header(format!(
                    "Basic {}",
                    base64::encode(format!("{user}:{password}").as_bytes())
                ))
            }
            Auth::Grant(grant) => header(format!("Bearer {}", self.granted(call, grant).await?)),
        })
    }

    /// A token of the client-credentials grant (RFC 6749, 4.4), kept as long as it holds.
    async fn granted(&self, call: &Call<'_>, grant: &Grant) -> Result<Arc<str>, Failure> {
        let mut kept = self.token.lock().await;
        let now = Instant::now();
        if let Some(token) = &*kept
            && token.until > now
        {
            return Ok(token.text.clone());
        }
        let path = (grant.address)(&self.settings);
        let url = self.url(&path).map_err(Failure::Dead)?;
        let setting = |name| self.settings.text(name).unwrap_or_default();
        let mut form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            uri::part(&setting("client_id")),
            uri::part(&setting("client_secret")),
        );
        if let Some(scope) = grant.scope {
            form.push_str("&scope=");
            form.push_str(&uri::part(scope));
        }
        let request = (self.writing.post(url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("idempotency-key", header_text(&call.out.key))
            .body(form);
        let response = request.send().await.map_err(|error| fault(&error))?;
        let response = whole(response).await?;
        let reason = || format!("no token was granted: {}", told(&response));
        if response.status != 200 {
            return Err(if usual(response.status) {
                Failure::Again(reason(), response.retry_after)
            } else {
                Failure::Dead(reason())
            });
        }
        let json = response.json().unwrap_or_default();
        let Some(text) = json.get("access_token").and_then(Json::as_str) else {
            return Err(Failure::Dead(
                "no token was granted: the answer has no `access_token`".into(),
            ));
        };
        let seconds = json.get("expires_in").map(super::message::plain);
        let seconds = seconds.and_then(|it| it.parse().ok()).unwrap_or(300_u64);
        let holds = Duration::from_secs(seconds.min(86_400)).saturating_sub(TOKEN_MARGIN);
        self.redactor.renew(text, "token");
        let text: Arc<str> = text.into();
        *kept = Some(Token {
            text: text.clone(),
            until: now + holds,
        });
        Ok(text)
    }
}

/// The answer, read to its end.
async fn whole(mut response: reqwest::Response) -> Result<Response, Failure> {
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> = (response.headers().iter())
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Failure::Dead(format!(
                "answered {status}, with more than 1 MiB: it was not read"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    let mut whole = Response {
        status,
        headers,
        body,
        retry_after: None,
    };
    whole.retry_after = whole.header("retry-after").and_then(retry_after);
    Ok(whole)
}

/// Seconds, or a date.
fn retry_after(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Some(seconds) = text.parse::<f64>().ok().filter(|it| !it.is_nan()) {
        // A day is all that is ever waited.
        return Duration::try_from_secs_f64(seconds.min(86_400.0)).ok();
    }
    let due = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let now = Timestamp::try_from(SystemTime::now()).ok()?;
    Some(Duration::try_from(due.duration_since(now)).unwrap_or_default())
}

/// What a refusal says: the status, and its words.
pub(super) fn told(response: &Response) -> String {
    let status = response.status;
    let name = reqwest::StatusCode::from_u16(status).ok();
    let name = name
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    let hint = match status {
        401 => ": its credentials were not taken",
        403 => ": its credentials do not allow it",
        300..=399 => ": it leads elsewhere, which is not followed",
        _ => "",
    };
    let words = match status {
        300..=399 => response.header("location").unwrap_or_default().to_owned(),
        _ => response.words(),
    };
    let words = words.trim();
    let between = if words.is_empty() { "" } else { ": " };
    format!("answered {status} {name}{hint}{between}{words}")
}

/// A fault on the way, without the address, which may hold a secret.
fn fault(error: &reqwest::Error) -> Failure {
    let mut reason = match () {
        () if error.is_timeout() => "no answer in time".to_owned(),
        () if error.is_connect() => "no connection".to_owned(),
        () if error.is_builder() => "the request cannot be made".to_owned(),
        () => "the connection broke".to_owned(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if inner.source().is_none() {
            reason.push_str(": ");
            reason.push_str(&inner.to_string());
        }
        cause = inner.source();
    }
    if error.is_builder() {
        Failure::Dead(reason)
    } else {
        Failure::Again(reason, None)
    }
}

fn add_header(
    headers: &mut HeaderMap,
    name: &str,
    value: &str,
    secret: bool,
) -> Result<(), String> {
    let known = HeaderName::from_bytes(name.as_bytes());
    let known = known.map_err(|_| format!("`{name}` is not a valid header name"))?;
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        format!("the value of the header `{name}` has a character that no header has")
    })?;
    value.set_sensitive(secret);
    headers.insert(known, value);
    Ok(())
}

/// A text as a header can have it; the same text always gives the same.
fn header_text(text: &str) -> String {
    let fits = |c: char| c.is_ascii_graphic() || c == ' ';
    if text.chars().all(fits) {
        text.to_owned()
    } else {
        uri::part(text)
    }
}

/// An address that can be asked.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
        .ok_or_else(|| "its address is no `https://…`".to_owned())
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(super::connect::is_loopback)
}

fn client(base: Option<&Url>, reads: bool) -> Result<Client, String> {
    let redirects = Redirects::custom(move |attempt| {
        let keeps_method = reads || matches!(attempt.status().as_u16(), 307 | 308);
        let first = attempt.previous().first();
        let same = first.is_some_and(|first| first.origin() == attempt.url().origin());
        if keeps_method && same && attempt.previous().len() <= MAX_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    });
    let mut builder = Client::builder()
        .user_agent(concat!("cjoc/", env!("CARGO_PKG_VERSION")))
        .redirect(redirects)
        .pool_idle_timeout(Duration::from_secs(30));
    if base.is_some_and(is_loopback) {
        builder = builder.no_proxy();
    }
    if base.is_some_and(|base| base.scheme() == "http") && !trusts() {
        // A machine that trusts nobody can do without certificates where none are shown.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        format!("no connection can be made safe: {cause}")
    })
}

/// Whether this machine has certificates that it trusts.
fn trusts() -> bool {
    Client::builder().build().is_ok()
}
