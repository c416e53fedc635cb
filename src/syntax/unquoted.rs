//! Values that had to be quoted: where YAML made several entries, or none, out of one expression,
//! the map is put right again, so that one mistake is told once, with the quoted form if that is
//! an expression. Tags and maps where quoted text is expected are told here too.

use std::sync::Arc;

use crate::cel;
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::source::{Span, TextRange};
use crate::yaml::{self, Node, Scalar, Tag, Text, Value, unquoted_condition};

use super::reader::{Entry, Reader, shorten};

/// Which values of a map are expressions.
#[derive(Clone, Copy)]
pub(super) enum Expressions<F> {
    /// Those under these keys, none of which is ever a list or a map.
    Under(F),
    /// All: what is assigned may be a list or a map of CEL.
    All,
}

impl Expressions<fn(&str) -> bool> {
    pub(super) fn all() -> Self {
        Self::All
    }
}

/// Reports unquoted conditions under the keys that hold expressions, takes their debris out of the
/// entries and notes what was meant. Answers whether there was any.
pub(super) fn repair<'a>(
    r: &mut Reader<'a>,
    entries: &mut Vec<Entry<'a>>,
    expressions: &Expressions<impl Fn(&str) -> bool>,
) -> bool {
    let mut found = Vec::new();
    for entry in entries.iter_mut() {
        let collections = match expressions {
            Expressions::Under(holds) if !holds(entry.key) => continue,
            Expressions::Under(_) => false,
            Expressions::All => true,
        };
        let Some(unquoted) = unquoted_condition(&entry.raw) else {
            continue;
        };
        // A list or a map and nothing behind it: quotes would not make a condition of it.
        if !collections && unquoted.whole == entry.value.span() {
            continue;
        }
        entry.meant = Some(Arc::new(Text::new(
            unquoted.text.as_str(),
            unquoted.whole,
            yaml::Style::Plain,
            entry.value.is_in_flow(),
        )));
        r.report(settled(unquoted.diagnostic.clone(), &unquoted.text));
        found.push(unquoted);
    }
    if found.is_empty() {
        return false;
    }
    entries.retain(|entry| !found.iter().any(|unquoted| unquoted.covers(&entry.raw)));
    true
}

/// The parser of YAML offers to quote what it took for a condition, without reading it: where that
/// would be no expression, what is offered instead, or what else is wrong with it.
pub fn settle(diagnostics: &mut [Diagnostic], text: &str) {
    for diagnostic in diagnostics {
        if *diagnostic.code == codes::UNQUOTED_CONDITION
            && let Some(condition) = text.get(diagnostic.span.range.as_usize())
        {
            let found = std::mem::replace(
                diagnostic,
                Diagnostic::new(&codes::UNQUOTED_CONDITION, diagnostic.span, ""),
            );
            *diagnostic = settled(found, condition);
        }
    }
}

fn settled(mut diagnostic: Diagnostic, condition: &str) -> Diagnostic {
    let Some(problem) = cel::parse(condition).problems.into_iter().next() else {
        return diagnostic;
    };
    diagnostic.fixes.clear();
    let span = diagnostic.span;
    if let Some(found) = Placeholders::find(condition) {
        let plain = Text::new(&*found.meant, span, yaml::Style::Plain, true);
        let text = plain
            .escape(&found.meant)
            .unwrap_or_else(|| quoted(&found.meant));
        found.message().clone_into(&mut diagnostic.message);
        diagnostic.label = None;
        return diagnostic
            .help(format!("write it as it is: `{}`", shorten(&found.meant)))
            .fix(Applicability::Safe, "leave out the braces", span, text);
    }
    let what = match problem.help {
        Some(help) => format!("{}: {help}", problem.message),
        None => problem.message,
    };
    diagnostic.help(format!("put it in single quotes, and mend it: {what}"))
}

/// An expression in which names are written as texts have them: `${x}`, `{{x}}`.
pub(super) struct Placeholders {
    /// The expression with the names alone.
    pub meant: String,
    /// The first of them.
    pub first: TextRange,
    braces: bool,
}

impl Placeholders {
    /// Those of an expression that is none because of them alone.
    pub(super) fn find(condition: &str) -> Option<Self> {
        let mut meant = String::new();
        let mut first = None;
        let mut at = 0;
        while let Some(found) = condition[at..].find(['$', '{']) {
            let start = at + found;
            let (open, close) = [("${", "}"), ("{{", "}}")]
                .into_iter()
                .find(|(open, _)| condition[start..].starts_with(open))?;
            let (inside, _) = condition[start + open.len()..].split_once(close)?;
            let end = start + open.len() + inside.len() + close.len();
            first.get_or_insert((TextRange::new(start as u32, end as u32), open == "{{"));
            meant.push_str(&condition[at..start]);
            meant.push_str(inside.trim());
            at = end;
        }
        meant.push_str(&condition[at..]);
        let (first, braces) = first?;
        let sound = cel::parse(&meant).problems.is_empty();
        sound.then_some(Self {
            meant,
            first,
            braces,
        })
    }

    pub(super) fn message(&self) -> &'static str {
        if self.braces {
            "`{{…}}` means nothing in an expression"
        } else {
            "`${…}` belongs into a text, not into an expression"
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether a value is written `{{…}}`, which YAML reads as a map with a map for its key.
pub(super) fn is_placeholder(node: Node<'_>) -> bool {
    let written = node.tree().text().get(node.span().range.as_usize());
    matches!(node.value(), Value::Map(_))
        && node.is_flow_collection()
        && !node.is_alias()
        && written.is_some_and(|it| it.starts_with("{{") && it.ends_with("}}"))
}

/// `{{traveler.email}}` where `"${traveler.email}"` was meant.
pub(super) fn placeholder(node: Node<'_>) -> Diagnostic {
    let span = node.span();
    let written = node.tree().text().get(span.range.as_usize());
    let inside = written.and_then(|it| it.strip_prefix("{{")?.strip_suffix("}}"));
    let inside = inside.unwrap_or_default().trim();
    let meant = format!("\"${{{inside}}}\"");
    let message = "`{{…}}` fills nothing in, and unquoted it is a map of YAML";
    let diagnostic = Diagnostic::new(&codes::WRONG_SHAPE, span, message);
    if inside.contains(['"', '\\', '\n']) || !cel::parse(inside).problems.is_empty() {
        return diagnostic.help("write `\"${…}\"`, in quotes, with an expression inside");
    }
    diagnostic.help(format!("write `{meant}`")).fix(
        Applicability::Unsafe,
        format!("write `{meant}`"),
        span,
        meant,
    )
}

/// A tag of nobody: `!important news` is `news` to YAML.
pub(super) fn local_tag(scalar: Scalar<'_>) -> Option<Tag<'_>> {
    scalar
        .tag()
        .filter(|tag| !tag.name.starts_with("!!") && tag.name.starts_with('!') && tag.name != "!")
}

impl Reader<'_> {
    /// Reports a text that YAML cuts short because it begins with a `!`.
    pub(super) fn untagged(&mut self, scalar: Scalar<'_>) {
        let Some(tag) = local_tag(scalar).filter(|_| !scalar.node().is_alias()) else {
            return;
        };
        let end = if scalar.is_missing() {
            tag.span.end()
        } else {
            scalar.span().end()
        };
        let span = Span {
            file: tag.span.file,
            range: TextRange::new(tag.span.start(), end.max(tag.span.end())),
        };
        let written = self.text.get(span.range.as_usize()).unwrap_or_default();
        let diagnostic = Diagnostic::new(&codes::INVALID_YAML, span, "this value must be quoted")
            .here("a leading `!` starts a YAML tag")
            .help("put all of it in quotes");
        self.report(if scalar.is_plain() && !written.contains('\n') {
            diagnostic.fix(
                Applicability::Safe,
                "quote the value",
                span,
                quoted(written),
            )
        } else {
            diagnostic
        });
    }
}
