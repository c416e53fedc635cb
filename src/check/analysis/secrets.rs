//! Secrets written into the source: values under a connection's `config` whose key says so, and
//! texts anywhere that have the form of a well-known credential.
//!
//! What is written here ends up in plans, diffs and the history of the repository; `${env.NAME}`
//! is read only when it runs.

use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use super::visit::{self, Visitor};
use crate::check::context::Checker;
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::resolve::snake_case;
use crate::source::{Sources, Span, TextRange};
use crate::syntax::ast::{Content, ContentKind, Name, Part, TextExpr};

impl Checker<'_> {
    pub(in crate::check) fn secrets(&mut self) {
        let mut search = Search {
            sources: self.sources,
            found: Vec::new(),
        };
        for connection in &self.names.connections {
            let decl = connection.decl;
            for (key, value) in &decl.config {
                search.config(&decl.name, key, value);
            }
        }
        for template in &self.names.templates {
            let texts = template.decl.subject.iter().chain(&template.decl.body);
            texts.for_each(|text| search.text(text, None));
        }
        for journey in &self.names.journeys {
            let decl = journey.decl;
            for milestone in &decl.milestones {
                visit::milestone(milestone, &mut search);
            }
            decl.rules
                .iter()
                .for_each(|rule| visit::rule(rule, &mut search));
        }
        for rule in &self.names.rules {
            visit::rule(rule, &mut search);
        }
        self.out.extend(search.found);
    }
}

struct Search<'s> {
    sources: &'s Sources,
    found: Vec<Diagnostic>,
}

impl Search<'_> {
    /// A value of a connection, under a key.
    fn config(&mut self, connection: &Name, key: &Name, value: &Content) {
        let instead = format!("{connection}_{}", snake_case(&key.text)).to_uppercase();
        match &value.kind {
            ContentKind::Map(entries) => {
                for (key, value) in entries {
                    self.config(connection, key, value);
                }
            }
            ContentKind::List(items) => {
                for item in items {
                    self.config(connection, key, item);
                }
            }
            ContentKind::Text(text) if has_expression(text) => self.text(text, Some(&instead)),
            ContentKind::Text(text) => {
                let written = text.text.value();
                if names_a_secret(&key.text, written) && !written.trim().is_empty() {
                    let message =
                        format!("`{key}` is written out: a secret does not belong in the source");
                    self.found.push(whole(message, value.span, &instead));
                } else {
                    self.text(text, Some(&instead));
                }
            }
            ContentKind::Int(_) | ContentKind::Double(_) => {
                if names_a_secret(&key.text, "") {
                    let message =
                        format!("`{key}` is written out: a secret does not belong in the source");
                    self.found.push(whole(message, value.span, &instead));
                }
            }
            ContentKind::Unknown | ContentKind::Null | ContentKind::Bool(_) => {}
        }
    }

    /// A text that may hold a credential; `instead` is the environment variable to read in its
    /// place, where one can be read.
    fn text(&mut self, text: &TextExpr, instead: Option<&str>) {
        let written = text.text.value();
        if !may_hold_one(written) || !has_a_mark(written) {
            return;
        }
        for form in FORMS.iter().filter(|form| form.is_likely_in(written)) {
            let what = form.what;
            for found in form.pattern().find_iter(written) {
                let range = TextRange::new(found.start() as u32, found.end() as u32);
                let file = &self.sources.file(text.text.span().file).text;
                let message =
                    format!("{what} is written out: a secret does not belong in the source");
                let is_whole = found.as_str() == written.trim();
                self.found.push(match instead {
                    Some(instead) if is_whole => whole(message, text.text.span(), instead),
                    Some(instead) => secret(message, text.text.locate(range, file))
                        .help(format!("write `${{env.{instead}}}` in its place, and revoke the one written here")),
                    None => secret(message, text.text.locate(range, file)).help(
                        "move it to the `config` of the connection, as in `${env.NAME}`, and revoke the one written here",
                    ),
                });
            }
        }
    }
}

impl<'w> Visitor<'w> for Search<'_> {
    fn content(&mut self, content: &'w Content) {
        match &content.kind {
            ContentKind::Text(text) => self.text(text, None),
            ContentKind::List(items) => items.iter().for_each(|item| self.content(item)),
            ContentKind::Map(entries) => entries.iter().for_each(|(_, value)| self.content(value)),
            ContentKind::Unknown
            | ContentKind::Null
            | ContentKind::Bool(_)
            | ContentKind::Int(_)
            | ContentKind::Double(_) => {}
        }
    }
}

fn secret(message: String, span: Span) -> Diagnostic {
    Diagnostic::new(&codes::LITERAL_SECRET, span, message)
}

/// A value that is a secret from its first letter to its last.
fn whole(message: String, span: Span, instead: &str) -> Diagnostic {
    secret(message, span)
        .help(format!(
            "read it from the environment, `${{env.{instead}}}`, and revoke the one written here"
        ))
        .fix(
            Applicability::Unsafe,
            format!("read it from `env.{instead}`"),
            span,
            format!("\"${{env.{instead}}}\""),
        )
}

fn has_expression(text: &TextExpr) -> bool {
    text.parts.iter().any(|part| matches!(part, Part::Cel(_)))
}

/// Whether a key says that its value is a secret; of a mere `key`, the value must look like one.
fn names_a_secret(key: &str, value: &str) -> bool {
    let key = snake_case(key).replace('-', "_");
    let last = key.rsplit('_').next().unwrap_or_default();
    match last {
        "password" | "passwd" | "pwd" | "passphrase" | "secret" | "token" | "credential"
        | "credentials" | "apikey" => true,
        "key" => {
            let certain = [
                "api",
                "access",
                "secret",
                "private",
                "signing",
                "auth",
                "encryption",
            ];
            let before = key.rsplit('_').nth(1).unwrap_or_default();
            certain.contains(&before) || (before != "public" && looks_random(value))
        }
        "authorization" => value.starts_with("Bearer ") || value.starts_with("Basic "),
        _ => false,
    }
}

/// Long, without blanks, with letters and digits.
fn looks_random(value: &str) -> bool {
    value.len() >= 16
        && value.chars().all(|c| c.is_ascii_graphic())
        && value.contains(|c: char| c.is_ascii_digit())
        && value.contains(|c: char| c.is_ascii_alphabetic())
}

/// Whether a text has a word as long as the shortest credential, an address, or a line of dashes:
/// most texts have nothing of the kind, and are not looked at closer.
fn may_hold_one(text: &str) -> bool {
    const SHORTEST: usize = 13;
    let bytes = text.as_bytes();
    let mut run = 0;
    bytes.iter().enumerate().any(|(at, byte)| {
        run = if byte.is_ascii_graphic() { run + 1 } else { 0 };
        run >= SHORTEST
            || *byte == b'/' && bytes[..at].ends_with(b":/")
            || *byte == b'N' && bytes[..at].ends_with(b"-----BEGI")
    })
}

/// Whether the mark of any form stands in a text, which is gone through once for all of them.
fn has_a_mark(text: &str) -> bool {
    /// The marks by the byte that they begin with.
    static MARKS: LazyLock<[Vec<&'static [u8]>; 256]> = LazyLock::new(|| {
        let mut by_first = [const { Vec::new() }; 256];
        for mark in FORMS.iter().flat_map(|form| form.marks) {
            by_first[usize::from(mark.as_bytes()[0])].push(mark.as_bytes());
        }
        by_first
    });
    let marks: &[Vec<&[u8]>; 256] = &MARKS;
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let mut begun = marks[usize::from(*byte)].iter();
        begun.any(|mark| bytes.get(at + 1) == Some(&mark[1]) && bytes[at..].starts_with(mark))
    })
}

/// A form that credentials have.
struct Form {
    what: &'static str,
    /// One of these stands in every one of them.
    marks: &'static [&'static str],
    pattern: &'static str,
    /// Made where it is looked for.
    regex: OnceLock<Regex>,
}

impl Form {
    fn is_likely_in(&self, text: &str) -> bool {
        self.marks.iter().any(|mark| text.contains(mark))
    }

    fn pattern(&self) -> &Regex {
        let make = || Regex::new(self.pattern).expect("the pattern is constant");
        self.regex.get_or_init(make)
    }
}

const fn form(what: &'static str, marks: &'static [&'static str], pattern: &'static str) -> Form {
    Form {
        what,
        marks,
        pattern,
        regex: OnceLock::new(),
    }
}

/// What credentials of well-known systems look like.
static FORMS: [Form; 11] = [
    form(
        "an AWS access key",
        &["AKIA", "ASIA"],
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    ),
    form(
        "a Stripe key",
        &["k_live_", "k_test_"],
        r"\b(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{10,}",
    ),
    form(
        "a Slack token",
        &["xox"],
        r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}",
    ),
    form(
        "the address of a Slack webhook",
        &["hooks.slack.com"],
        r"https://hooks\.slack\.com/services/[0-9A-Za-z/]{10,}",
    ),
    form(
        "a GitHub token",
        &["gho_", "ghp_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b(?:gh[opusr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,})",
    ),
    form("a GitLab token", &["glpat-"], r"\bglpat-[0-9A-Za-z_-]{16,}"),
    form("a Google API key", &["AIza"], r"\bAIza[0-9A-Za-z_-]{35}"),
    form(
        "a SendGrid key",
        &["SG."],
        r"\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}",
    ),
    form(
        "a signed token",
        &["eyJ"],
        r"\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}",
    ),
    form(
        "a private key",
        &["-----BEGIN "],
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    ),
    form(
        "a password in an address",
        &["://"],
        r"\b[a-z][a-z0-9+.-]*://[^\s/:@$]+:[^\s/:@$]+@",
    ),
];
