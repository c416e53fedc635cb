//! How actions are carried out: the keys that connections and their environments share, and the
//! `environments` of the manifest.

use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::Node;

use super::ast::{Delivery, Environment, Rate, Replaced, Retry, Sink, Spanned};
use super::duration;
use super::keys::{Key, Shape, Table, optional};
use super::reader::{Entry, Fields, Reader};
use super::traveler::first_key;

pub(super) const TIMEOUT: Key = optional(
    "timeout",
    Shape::Duration,
    "How long one attempt at an action may take.",
);
pub(super) const RATE: Key = optional(
    "rate",
    Shape::Text,
    "How many actions go out at most: `50/s`.",
);
pub(super) const PARALLEL: Key = optional(
    "parallel",
    Shape::Integer,
    "How many actions may be under way at once.",
);
pub(super) const RETRY: Key = optional(
    "retry",
    Shape::Map(&RETRIES),
    "When and how often a failed attempt is made again.",
);

/// `retry`.
pub(super) static RETRIES: Table = Table {
    what: "a `retry`",
    keys: &[
        optional(
            "attempts",
            Shape::Integer,
            "How many attempts there are, the first included.",
        ),
        optional(
            "from",
            Shape::Duration,
            "How long it takes to the second attempt; each time twice as long.",
        ),
        optional("to", Shape::Duration, "How long it takes at most."),
        optional(
            "statuses",
            Shape::List(&Shape::Integer),
            "The answers of HTTP that are worth another attempt.",
        ),
    ],
};

/// An entry of `connections` in an environment.
pub(super) static REPLACED: Table = Table {
    what: "a connection of an environment",
    keys: &[
        optional(
            "deliver",
            Shape::Text,
            "Where its actions go instead of the system: `file:PATH` or `stdout`.",
        ),
        optional(
            "config",
            Shape::Named(&Shape::Content),
            "Settings, in place of those of the connection.",
        ),
        TIMEOUT,
        RATE,
        PARALLEL,
        RETRY,
    ],
};

/// What stands under the name of an environment.
pub(super) static ENVIRONMENT: Shape = Shape::Named(&Shape::Any(&[
    Shape::Text,
    Shape::Named(&Shape::Map(&REPLACED)),
]));

/// The keys of an environment that are not the names of variables.
const RUNTIME: &str = "runtime";
const CONNECTIONS: &str = "connections";
/// More attempts than these are no patience but an error.
const MAX_ATTEMPTS: u32 = 1_000;
const MAX_PARALLEL: u32 = 1_000;

impl<'a> Reader<'a> {
    /// The shared keys.
    pub(super) fn delivery(&mut self, fields: &Fields<'a>) -> Delivery {
        let timeout = fields.read(self, "timeout", |r, node| {
            r.positive_duration(
                node,
                "say how long an attempt may take, as in `timeout: 10s`",
            )
        });
        Delivery {
            timeout: timeout.map(|timeout| timeout.value),
            rate: fields.read(self, "rate", Reader::rate),
            parallel: fields.read(self, "parallel", |r, node| r.bounded(node, MAX_PARALLEL)),
            retry: fields
                .read(self, "retry", Reader::retry)
                .unwrap_or_default(),
        }
    }

    /// `50/s`, `100/15m`.
    fn rate(&mut self, node: Node<'a>) -> Option<Rate> {
        let scalar = self.scalar(node, "a rate, as in `50/s`")?;
        let read = || {
            let (count, per) = scalar.value().split_once('/')?;
            let count = count.trim().parse().ok().filter(|count| *count > 0)?;
            let per = per.trim();
            let one = per.starts_with(|first: char| first.is_ascii_alphabetic());
            let per = duration::parse(&format!("{}{per}", if one { "1" } else { "" })).ok()?;
            per.is_positive().then_some(Rate { count, per })
        };
        let rate = read();
        if rate.is_none() {
            let message = format!("`{}` is no rate", scalar.value());
            self.report(
                Diagnostic::new(&codes::INVALID_VALUE, scalar.span(), message)
                    .help("write how many in which time, as in `50/s` or `100/15m`"),
            );
        }
        rate
    }

    fn bounded(&mut self, node: Node<'a>, most: u32) -> Option<u32> {
        let number = self.integer::<u32>(node, 1)?;
        if number.value > most {
            let message = format!("`{}` is too large, the most is `{most}`", number.value);
            self.report(
                Diagnostic::new(&codes::INVALID_VALUE, number.span, message)
                    .help(format!("write a number of at most {most}")),
            );
            return None;
        }
        Some(number.value)
    }

    fn retry(&mut self, node: Node<'a>) -> Option<Retry> {
        let map = self.map(node, "a retry, as in `{ attempts: 8, from: 1s, to: 10m }`")?;
        let fields = self.fields(map, &RETRIES, first_key(map));
        let help = "say how long to wait, as in `from: 1s, to: 10m`";
        let from = fields.read(self, "from", |r, node| r.positive_duration(node, help));
        let to = fields.read(self, "to", |r, node| r.positive_duration(node, help));
        if let (Some(from), Some(to)) = (&from, &to)
            && from.value > to.value
        {
            self.report(
                Diagnostic::new(
                    &codes::INVALID_VALUE,
                    to.span,
                    "`to` is shorter than `from`",
                )
                .label(from.span, "it begins with this")
                .help("`from` is the first time between two attempts, `to` the longest"),
            );
        }
        let statuses = fields.read(self, "statuses", |r, node| {
            let items = r.items(node, "a list of statuses");
            Some(r.read_each(items, Reader::status))
        });
        Some(Retry {
            attempts: fields.read(self, "attempts", |r, node| r.bounded(node, MAX_ATTEMPTS)),
            from: from.map(|from| from.value),
            to: to.map(|to| to.value),
            statuses,
        })
    }

    fn status(&mut self, node: Node<'a>) -> Option<u16> {
        let status = self.integer::<u16>(node, 0)?;
        if (400..600).contains(&status.value) {
            return Some(status.value);
        }
        let message = format!("`{}` is no status of a failure", status.value);
        self.report(
            Diagnostic::new(&codes::INVALID_VALUE, status.span, message)
                .help("failures are `400` to `599`"),
        );
        None
    }

    /// One of the manifest's `environments`.
    pub(super) fn environment(&mut self, entry: &Entry<'a>) -> Option<Environment> {
        let name = entry.name();
        let mut environment = Environment {
            span: name.span,
            name,
            values: Vec::new(),
            runtime: None,
            connections: Vec::new(),
        };
        if entry.value.is_missing() {
            return Some(environment);
        }
        let what = "a map of names to values";
        environment.span = self.map(entry.value, what)?.span();
        for entry in self.named(entry.value, what) {
            if entry.value.is_missing() {
                self.empty(&entry);
            } else if entry.key == CONNECTIONS {
                let what = "a map of connections to what differs";
                environment.connections = self.each(entry.value, what, Reader::replaced);
            } else if entry.key == RUNTIME {
                environment.runtime = self.address(entry.value);
            } else if let Some(value) = self.spanned_text(entry.value) {
                environment.values.push((entry.name(), value));
            }
        }
        Some(environment)
    }

    /// Where a runtime is.
    fn address(&mut self, node: Node<'a>) -> Option<Spanned<String>> {
        let address = self.spanned_text(node)?;
        let host = address.value.strip_prefix("http://");
        if host.is_none_or(|host| host.is_empty() || host.contains(['@', '?', '#', ' '])) {
            let message = format!("`{}` is no address of a runtime", address.value);
            self.report(
                Diagnostic::new(&codes::INVALID_VALUE, address.span, message)
                    .help("write `http://HOST:PORT`; the token for it is in `CJOC_TOKEN`"),
            );
            return None;
        }
        Some(address)
    }

    fn replaced(&mut self, entry: &Entry<'a>) -> Option<Replaced> {
        let connection = entry.name();
        if entry.value.is_missing() {
            self.empty(entry);
            return None;
        }
        let map = self.map(entry.value, "a map of what differs")?;
        let fields = self.fields(map, &REPLACED, connection.span);
        Some(Replaced {
            connection,
            deliver: fields.read(self, "deliver", Reader::sink),
            config: fields.contents(self, "config"),
            delivery: self.delivery(&fields),
        })
    }

    fn sink(&mut self, node: Node<'a>) -> Option<Sink> {
        let scalar = self.scalar(node, "`stdout` or `file:PATH`")?;
        let text = scalar.value();
        match text.strip_prefix("file:").map(str::trim) {
            Some(path) if !path.is_empty() => return Some(Sink::File(path.to_owned())),
            None if text == "stdout" => return Some(Sink::Stdout),
            _ => {}
        }
        self.report(
            Diagnostic::new(
                &codes::INVALID_VALUE,
                scalar.span(),
                format!("nothing can be delivered to `{text}`"),
            )
            .help("write `stdout`, or a file as `file:out.jsonl`"),
        );
        None
    }
}
