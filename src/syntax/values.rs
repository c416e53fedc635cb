//! What a single scalar may say: names, words, numbers; see `times` for times.

use std::sync::Arc;

use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::{Span, TextRange};
use crate::yaml::{Kind, Node, Scalar};

use super::MAX_NAME;
use super::ast::{EventRef, Name, Spanned};
use super::notation;
use super::reader::{Entry, Reader, describe, shorten};

/// What a declared name may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Declarations, milestones, rules, variables.
    Snake,
    /// Types and entities.
    Type,
    /// Fields, events, actions, parameters: CEL identifiers, others in back-ticks.
    Field,
}

impl Pattern {
    /// The name without back-ticks, where it fits.
    fn fit(self, written: &str) -> Option<&str> {
        let mut chars = written.chars();
        let first = chars.next();
        let fits = match self {
            Self::Snake => {
                first.is_some_and(|c| c.is_ascii_lowercase())
                    && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            }
            Self::Type => {
                first.is_some_and(|c| c.is_ascii_alphabetic())
                    && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
            }
            Self::Field => return notation::field_name(written),
        };
        fits.then_some(written)
    }

    fn help(self) -> &'static str {
        match self {
            Self::Snake => "names are lower-case words: `[a-z][a-z0-9_]*`",
            Self::Type => "names of types and entities are words: `[A-Za-z][A-Za-z0-9_]*`",
            Self::Field => {
                "names of fields are words, `[A-Za-z_][A-Za-z0-9_]*`, or anything in back-ticks"
            }
        }
    }
}

impl<'a> Reader<'a> {
    /// Any text: titles, notes.
    pub(super) fn text(&mut self, node: Node<'a>) -> Option<String> {
        self.scalar(node, "text")
            .map(|scalar| scalar.value().to_owned())
    }

    /// Any text, with its place.
    pub(super) fn spanned_text(&mut self, node: Node<'a>) -> Option<Spanned<String>> {
        self.scalar(node, "text").map(|scalar| Spanned {
            value: scalar.value().to_owned(),
            span: scalar.span(),
        })
    }

    /// A name that refers to something: whether it exists is not asked here.
    pub(super) fn reference(&mut self, node: Node<'a>) -> Option<Name> {
        let name = self.scalar(node, "a name").map(name_of)?;
        if name.text.trim().is_empty() {
            self.report(
                Diagnostic::new(&codes::INVALID_NAME, name.span, "a name cannot be empty")
                    .help(Pattern::Snake.help()),
            );
            return None;
        }
        let plain = without_ticks(&name.text);
        if plain.len() == name.text.len() {
            return Some(name);
        }
        Some(Name {
            text: plain.into(),
            ..name
        })
    }

    /// A list of names that refer to something.
    pub(super) fn references(&mut self, node: Node<'a>) -> Vec<Name> {
        let items = self.items(node, "a list of names");
        self.read_each(items, Self::reference)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, node: Node<'a>) -> Vec<Name> {
        let items = self.items(node, "a list of texts");
        self.read_each(items, |r, item| r.scalar(item, "text").map(name_of))
    }

    /// A name that is declared here. A bad one is reported, and kept as it is written, so that
    /// what refers to it finds it.
    pub(super) fn declared(&mut self, written: Name, pattern: Pattern) -> Name {
        if written.text.len() > MAX_NAME {
            let message = format!("a name has at most {MAX_NAME} letters");
            self.report(
                Diagnostic::new(&codes::LIMIT_EXCEEDED, written.span, message)
                    .help("put what people call it in its `title`"),
            );
            let start = written.text.chars().take(MAX_NAME).collect::<String>();
            return Name {
                text: start.into(),
                span: written.span,
            };
        }
        match pattern.fit(&written.text) {
            Some(fit) if fit.len() == written.text.len() => written,
            Some(fit) => Name {
                text: Arc::from(fit),
                span: written.span,
            },
            None => {
                let diagnostic = Diagnostic::new(
                    &codes::INVALID_NAME,
                    written.span,
                    format!("`{}` is not a valid name", shorten(&written.text)),
                )
                .help(pattern.help());
                let better = match pattern {
                    Pattern::Field => format!("\"`{}`\"", written.text),
                    Pattern::Snake | Pattern::Type => snake_case(&written.text),
                };
                let usable = match pattern {
                    Pattern::Field => !written.text.contains(['`', '"', '\\', '\n']),
                    Pattern::Snake | Pattern::Type => pattern.fit(&better).is_some(),
                };
                self.report(if usable && !written.text.is_empty() {
                    let message = format!("write `{}`", better.trim_matches('"'));
                    diagnostic.fix(Applicability::Unsafe, message, written.span, better)
                } else {
                    diagnostic
                });
                written
            }
        }
    }

    /// The name of an entry of a named map.
    pub(super) fn key_name(&mut self, entry: &Entry<'a>, pattern: Pattern) -> Name {
        self.declared(entry.name(), pattern)
    }

    /// A scalar that declares a name.
    pub(super) fn declared_node(&mut self, node: Node<'a>, pattern: Pattern) -> Option<Name> {
        let scalar = self.scalar(node, "a name")?;
        Some(self.declared(name_of(scalar), pattern))
    }

    /// Names with dots between them.
    pub(super) fn path(&mut self, node: Node<'a>) -> Option<EventRef> {
        let scalar = self.scalar(node, "a name")?;
        let path = path_of(scalar, self.text);
        if path.names().iter().any(|name| name.text.trim().is_empty()) {
            let message = format!("`{}` is not a valid name", shorten(scalar.value()));
            self.report(
                Diagnostic::new(&codes::INVALID_VALUE, path.span, message)
                    .help("names are separated by a dot: `CONNECTION.EVENT`"),
            );
            return None;
        }
        Some(path)
    }

    /// One of the words, by its index.
    pub(super) fn word(&mut self, node: Node<'a>, words: &'static [&'static str]) -> Option<usize> {
        let Some(scalar) = node.as_scalar().filter(|scalar| !scalar.is_missing()) else {
            self.wrong_shape(node, &list_words(words));
            return None;
        };
        let found = words.iter().position(|word| *word == scalar.value());
        if found.is_none() {
            let written = shorten(scalar.value());
            let message = match words {
                [one] => format!("expected `{one}`, found `{written}`"),
                _ => format!("`{written}` is not one of {}", quoted(words)),
            };
            self.report(
                Diagnostic::new(&codes::INVALID_VALUE, scalar.span(), message)
                    .help(format!("write {}", list_words(words)))
                    .suggest_from(scalar.value(), words),
            );
        }
        found
    }

    pub(super) fn bool(&mut self, node: Node<'a>) -> Option<bool> {
        let scalar = self.scalar(node, "`true` or `false`")?;
        if let Kind::Bool(value) = scalar.kind() {
            return Some(value);
        }
        let message = format!("expected `true` or `false`, found {}", found(scalar));
        let diagnostic = Diagnostic::new(&codes::INVALID_VALUE, scalar.span(), message);
        let meant = match scalar.value().to_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => Some("true"),
            "no" | "off" | "n" | "false" => Some("false"),
            _ => None,
        };
        self.report(match meant {
            Some(word) => diagnostic.help(format!("write `{word}`")).fix(
                Applicability::Safe,
                format!("write `{word}`"),
                scalar.span(),
                word,
            ),
            None => diagnostic,
        });
        None
    }

    /// A whole number between `least` and what the type holds.
    pub(super) fn integer<T>(&mut self, node: Node<'a>, least: i64) -> Option<Spanned<T>>
    where
        T: TryFrom<i64>,
    {
        let scalar = self.scalar(node, "a whole number")?;
        let span = scalar.span();
        if let Kind::Int(number) = scalar.kind() {
            if number >= least
                && let Ok(value) = T::try_from(number)
            {
                return Some(Spanned { value, span });
            }
            let message = if number < least {
                format!("`{number}` is too small, the least is `{least}`")
            } else {
                format!("`{number}` is too large")
            };
            self.report(Diagnostic::new(&codes::INVALID_VALUE, span, message));
            return None;
        }
        let message = format!("expected a whole number, found {}", found(scalar));
        let diagnostic = Diagnostic::new(&codes::INVALID_VALUE, span, message);
        let inner = scalar.value().trim().trim_end_matches('%').trim_end();
        let usable = inner
            .parse::<i64>()
            .is_ok_and(|n| n >= least && T::try_from(n).is_ok());
        self.report(if usable {
            let message = format!("write `{inner}`");
            diagnostic
                .help(message.clone())
                .fix(Applicability::Safe, message, span, inner)
        } else {
            diagnostic.help(format!("write a number of at least {least}"))
        });
        None
    }
}

impl Diagnostic {
    /// Did you mean one of these, on top of a help that lists them.
    fn suggest_from(self, written: &str, words: &'static [&'static str]) -> Self {
        match crate::diagnostic::nearest(written, words.iter().copied()) {
            Some(best) => {
                let span = self.span;
                let message = format!("write `{best}`");
                self.help(format!("did you mean `{best}`?")).fix(
                    Applicability::Unsafe,
                    message,
                    span,
                    best,
                )
            }
            None => self,
        }
    }
}

/// The scalar's text as a name.
pub(super) fn name_of(scalar: Scalar<'_>) -> Name {
    Name {
        text: scalar.value().into(),
        span: scalar.span(),
    }
}

/// The scalar's text, cut at its dots.
pub(super) fn path_of(scalar: Scalar<'_>, file_text: &str) -> EventRef {
    let text = scalar.to_text();
    split_path(scalar.value(), scalar.span(), &|range| {
        text.locate(range, file_text)
    })
}

/// A dotted text, cut; what stands in back-ticks is one name.
pub(super) fn split_path(value: &str, span: Span, locate: &dyn Fn(TextRange) -> Span) -> EventRef {
    let mut ticked = false;
    let mut start = 0;
    // Kept as long as the workspace: without room to spare.
    let mut path = Vec::with_capacity(1 + value.bytes().filter(|byte| *byte == b'.').count());
    let parts = value
        .split(|c| {
            ticked ^= c == '`';
            c == '.' && !ticked
        })
        .map(|part| {
            let end = start + part.len();
            let name = Name {
                text: without_ticks(part).into(),
                span: locate(TextRange::new(start as u32, end as u32)),
            };
            start = end + 1;
            name
        });
    path.extend(parts);
    if value.contains('`') {
        EventRef::new(path, span)
    } else {
        EventRef::written(path, value, span)
    }
}

/// The name without the back-ticks that it may stand in.
pub(super) fn without_ticks(text: &str) -> &str {
    if text.starts_with('`') {
        notation::field_name(text).unwrap_or(text)
    } else {
        text
    }
}

/// The words, quoted, for a sentence: "`drop` or `defer`".
pub(super) fn list_words(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} or `{last}`", quoted(first)),
        _ => quoted(words),
    }
}

pub(super) fn quoted(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn found(scalar: Scalar<'_>) -> String {
    match scalar.kind() {
        Kind::String | Kind::Mismatch => format!("`{}`", shorten(scalar.value())),
        _ => describe(scalar.node()),
    }
}

/// `Big Spenders` and `bigSpenders` as `big_spenders`.
fn snake_case(text: &str) -> String {
    let mut snake = String::new();
    let mut before = ' ';
    for c in text.trim().chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        } else if !snake.ends_with('_') && !snake.is_empty() {
            snake.push('_');
        }
        before = c;
    }
    snake.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_snake_case() {
        for (written, snake) in [
            ("Big Spenders", "big_spenders"),
            ("bigSpenders", "big_spenders"),
            ("VIP-customers!", "vip_customers"),
            ("wait2Long", "wait2_long"),
        ] {
            assert_eq!(snake_case(written), snake);
        }
    }
}
