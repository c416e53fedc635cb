//! Mail by SMTP: a message goes in, it is handed to the mail server, and its id comes out.
//!
//! A server beyond this machine is spoken to by TLS alone: from the start on port 465, else by
//! `STARTTLS`, and never without it. The message's id is made of the idempotency key, so that a
//! message that was sent twice can be known as one.

use std::sync::OnceLock;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde_json::json;
use tokio::runtime::Handle;

use super::settings::{Need, Setting, Settings, needed, optional};
use super::{Call, Outcome, answer, connect};

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// What it reads. User and password are not asked for where the server is on this machine.
pub(super) fn settings(local: bool) -> Vec<Setting> {
    let login = |name| Setting {
        name,
        need: if local { Need::Optional } else { Need::Stated },
    };
    vec![
        needed("host"),
        needed("from"),
        login("username"),
        login("password"),
        optional("port"),
        optional("tls"),
        optional("reply_to"),
        optional("list_unsubscribe"),
    ]
}

/// The way to a mail server.
pub(super) struct Mail {
    server: Server,
    /// Made at the first message, where there is a runtime for its connections.
    transport: OnceLock<(Transport, Handle)>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    list_unsubscribe: Option<String>,
}

struct Server {
    host: String,
    port: u16,
    tls: Secured,
    credentials: Option<Credentials>,
    timeout: Duration,
    parallel: u32,
}

enum Secured {
    FromTheStart(TlsParameters),
    StartTls(TlsParameters),
    Not,
}

impl Mail {
    /// The way out, or all that is wrong with its settings.
    pub(super) fn new(
        settings: &Settings,
        timeout: Duration,
        parallel: u32,
    ) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let text = |name| settings.text(name).unwrap_or_default().trim().to_owned();
        let host = text("host");
        let port = match text("port").as_str() {
            "" => Some(None),
            port => port.parse::<u16>().ok().map(Some),
        };
        if port.is_none() {
            wrong.push("the setting `port` is not a port number".to_owned());
        }
        let port = port.flatten();
        let local = connect::is_loopback(&host);
        let kind = match (text("tls").as_str(), port) {
            ("implicit", _) | ("", Some(465)) => "implicit",
            ("" | "none", _) if local => "none",
            ("" | "starttls", _) => "starttls",
            ("none", _) => {
                wrong.push(
                    "the setting `tls` is `none`, which is for a server on this machine alone: \
                     write `starttls` or `implicit`"
                        .into(),
                );
                "none"
            }
            _ => {
                wrong.push(
                    "the setting `tls` is not one of `starttls`, `implicit` and `none`".into(),
                );
                "none"
            }
        };
        let secured = match kind {
            "none" => Ok(Secured::Not),
            kind => TlsParameters::new(host.clone()).map(|tls| match kind {
                "implicit" => Secured::FromTheStart(tls),
                _ => Secured::StartTls(tls),
            }),
        };
        let mut mailbox = |name| {
            let address = parse(&text(name));
            if address.is_none() {
                wrong.push(format!(
                    "the setting `{name}` is no address, as `Name <name@example.org>`"
                ));
            }
            address
        };
        let from = mailbox("from");
        let reply_to = settings.text("reply_to").and_then(|_| mailbox("reply_to"));
        let credentials = match (settings.text("username"), settings.text("password")) {
            (Some(user), Some(password)) => Some(Credentials::new(user, password)),
            (None, None) => None,
            (Some(_), None) => {
                wrong.push("the setting `username` comes without a `password`".into());
                None
            }
            (None, Some(_)) => {
                wrong.push("the setting `password` comes without a `username`".into());
                None
            }
        };
        let secured = secured.unwrap_or_else(|error| {
            wrong.push(format!("no connection can be made safe: {error}"));
            Secured::Not
        });
        let default_port = match (&secured, local) {
            (Secured::FromTheStart(_), _) => 465,
            (Secured::Not, true) => 25,
            _ => 587,
        };
        match from {
            Some(from) if wrong.is_empty() => Ok(Self {
                server: Server {
                    host,
                    port: port.unwrap_or(default_port),
                    tls: secured,
                    credentials,
                    timeout,
                    parallel,
                },
                transport: OnceLock::new(),
                from,
                reply_to,
                list_unsubscribe: settings.text("list_unsubscribe"),
            }),
            _ => Err(wrong),
        }
    }

    pub(super) async fn deliver(&self, call: &Call<'_>) -> Outcome {
        let (id, message) = match self.message(call) {
            Ok(made) => made,
            Err(reason) => return Outcome::Dead { reason },
        };
        let made = || (self.transport(), Handle::current());
        let transport = self.transport.get_or_init(made).0.clone();
        // In a task of its own: who gives up waiting must not leave a connection half-way through
        // a message to the next one.
        let sent = tokio::spawn(async move { transport.send(message).await }).await;
        match sent {
            Ok(Ok(_)) => {
                let returned = answer::fit(call.returns, &json!({ "message_id": id }));
                returned.map_or_else(
                    |reason| Outcome::Dead { reason },
                    |returned| Outcome::Done { returned },
                )
            }
            Ok(Err(error)) => failed(&error),
            Err(_) => Outcome::Again {
                reason: "the message was left half-way".into(),
                after: None,
            },
        }
    }

    fn transport(&self) -> Transport {
        let server = &self.server;
        let mut builder = Transport::builder_dangerous(&server.host)
            .port(server.port)
            .timeout(Some(server.timeout))
            .hello_name(ClientId::Domain(self.from.email.domain().to_owned()))
            .pool_config(PoolConfig::new().max_size(server.parallel))
            .tls(match &server.tls {
                Secured::FromTheStart(tls) => Tls::Wrapper(tls.clone()),
                Secured::StartTls(tls) => Tls::Required(tls.clone()),
                Secured::Not => Tls::None,
            });
        if let Some(credentials) = &server.credentials {
            builder = builder.credentials(credentials.clone());
        }
        builder.build()
    }

    /// The message and its id.
    fn message(&self, call: &Call<'_>) -> Result<(String, Message), String> {
        let address = |name: &str| {
            let written = call.text(name);
            parse(&written).ok_or_else(|| format!("the parameter `{name}` is no address of mail"))
        };
        let to = address("to")?;
        let from = match call.param("from") {
            Some(_) => address("from")?,
            None => self.from.clone(),
        };
        let reply_to = match call.param("reply_to") {
            Some(_) => Some(address("reply_to")?),
            None => self.reply_to.clone(),
        };
        let hash = blake3::hash(call.out.key.as_bytes()).to_hex();
        let id = format!("{}@{}", &hash[..32], from.email.domain());
        let mut builder = Message::builder()
            .message_id(Some(format!("<{id}>")))
            .date_now()
            .envelope(
                Envelope::new(Some(from.email.clone()), vec![to.email.clone()])
                    .map_err(|error| error.to_string())?,
            )
            .from(from)
            .to(to)
            .subject(one_line(&call.text("subject")));
        if let Some(reply_to) = reply_to {
            builder = builder.reply_to(reply_to);
        }
        if let Some(list) = &self.list_unsubscribe {
            builder = unsubscribe(builder, list);
        }
        let message = match bodies(call) {
            (text, Some(html)) => builder.multipart(MultiPart::alternative_plain_html(text, html)),
            (text, None) => builder.singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_PLAIN)
                    .body(text),
            ),
        };
        Ok((id, message.map_err(|error| error.to_string())?))
    }
}

impl Drop for Mail {
    /// Connections are closed by the runtime that opened them, wherever this is dropped.
    fn drop(&mut self) {
        if let Some((transport, runtime)) = self.transport.take() {
            let _inside = runtime.enter();
            drop(transport);
        }
    }
}

/// The plain body, and the one in HTML where there is one: that of the parameter `html`, or a body
/// that is an HTML document itself.
fn bodies(call: &Call<'_>) -> (String, Option<String>) {
    let body = call.text("body");
    let start: String = body.trim_start().chars().take(14).collect();
    let start = start.to_ascii_lowercase();
    let is_html = start.starts_with("<!doctype html") || start.starts_with("<html");
    match call.text("html") {
        html if !html.is_empty() => (body, Some(html)),
        _ if is_html => (without_tags(&body), Some(body)),
        _ => (body, None),
    }
}

/// What a person would read of an HTML document: enough for a program that shows no HTML.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let hidden = ["style", "script", "title"].into_iter().find(|name| {
            let start = after.get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name))
        });
        let lower = after.to_ascii_lowercase();
        let end = hidden
            .and_then(|name| lower.find(&format!("</{name}")))
            .unwrap_or(0);
        if after.starts_with(['p', 'P', 'b', 'B', 'd', 'D', 'h', 'H', 'l', 'L', 't', 'T']) {
            text.push('\n');
        }
        rest = match after[end..].split_once('>') {
            Some((_, after)) => after,
            None => "",
        };
    }
    text.push_str(rest);
    let entities = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    for (entity, stands_for) in entities {
        text = text.replace(entity, stands_for);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// One-click, where it is an address of the web (RFC 8058).
fn unsubscribe(builder: MessageBuilder, list: &str) -> MessageBuilder {
    let raw = |name: &'static str, value: String| {
        let name = HeaderName::new_from_ascii_str(name);
        HeaderValue::new(name, one_line(&value))
    };
    let list = list.trim().trim_start_matches('<').trim_end_matches('>');
    let builder = builder.raw_header(raw("List-Unsubscribe", format!("<{list}>")));
    if list.starts_with("https://") {
        let one_click = "List-Unsubscribe=One-Click".to_owned();
        return builder.raw_header(raw("List-Unsubscribe-Post", one_click));
    }
    builder
}

/// Nothing in a header begins another.
fn one_line(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    line.collect::<String>().trim().to_owned()
}

fn parse(text: &str) -> Option<Mailbox> {
    text.trim().parse().ok()
}

fn failed(error: &Error) -> Outcome {
    let mut reason = match error.status().map(|code| code.to_string()) {
        Some(code) if code == "535" || code == "530" => {
            format!("the mail server did not take its credentials: {error}")
        }
        _ => format!("the mail server did not take it: {error}"),
    };
    if let Some(source) = std::error::Error::source(error) {
        let source = source.to_string();
        if !reason.contains(&source) {
            reason = format!("{reason}: {source}");
        }
    }
    if error.is_permanent() || error.is_client() {
        Outcome::Dead { reason }
    } else {
        Outcome::Again {
            reason,
            after: None,
        }
    }
}
