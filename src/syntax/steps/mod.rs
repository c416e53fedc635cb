//! Steps: what stands under `do:`, `then:`, `else:` and in arms and branches.
//!
//! A step is a map; the key that names its kind may stand anywhere in it. One file a family.

mod branch;
mod call;
mod decide;
mod send;
mod split;
mod wait;
mod write;

use crate::diagnostic::{Applicability, Diagnostic, codes, nearest};
use crate::yaml::{Map, Node, Value};

use super::ast::{Step, StepKind};
use super::duration;
use super::keys::{Key, Shape, Table, optional, required};
use super::reader::{Fields, Reader, describe, quiet_entries, shorten};
use super::traveler::first_key;

use branch::{CHOOSE, IF, PARALLEL};
use call::CALL;
use decide::DECIDE;
use send::{EMIT, SEND};
use split::SPLIT;
use wait::WAIT;
use write::{SET, UPDATE};

const ID: Key = optional(
    "id",
    Shape::Name,
    "A name of its own, for tests and traces.",
);
const WITH: Key = optional("with", Shape::Named(&Shape::Content), "What it is told.");
const ELSE: Key = optional("else", Shape::Steps, "The steps otherwise.");
const TRANSACTIONAL: Key = optional(
    "transactional",
    Shape::Bool,
    "Whether it goes out whatever consent, caps and quiet hours say.",
);

/// `goto:`.
pub(super) static GOTO: Table = Table {
    what: "a `goto`",
    keys: &[required("goto", Shape::Name, "The milestone to go to."), ID],
};

/// `end:`.
pub(super) static END: Table = Table {
    what: "an `end`",
    keys: &[
        required("end", Shape::Name, "How the session ends: `success`."),
        ID,
    ],
};

/// Every kind of step, by its key. Of two such keys in one map, the first in this list names the
/// kind where the other is a part of it.
pub(in crate::syntax) static STEPS: [(&str, &Table); 13] = [
    ("wait", &WAIT),
    ("send", &SEND),
    ("call", &CALL),
    ("set", &SET),
    ("update", &UPDATE),
    ("emit", &EMIT),
    ("if", &IF),
    ("choose", &CHOOSE),
    ("split", &SPLIT),
    ("decide", &DECIDE),
    ("parallel", &PARALLEL),
    ("goto", &GOTO),
    ("end", &END),
];

/// What to do about a key that belongs to another place of a step, or to another step.
pub(super) fn misplaced(table: &Table, key: &str) -> Option<&'static str> {
    let is_step = STEPS.iter().any(|(word, _)| *word == key);
    let waits = table.what.starts_with("a `wait`") || table.what == "an entry of `any`";
    match key {
        _ if waits && is_step && table.key("then").is_some() => Some(
            "what comes when it happens is a list of steps under `then`, what comes when it does \
             not in time one under `else`",
        ),
        _ if waits && is_step => Some("what follows it is a separate step with its own `-`"),
        "on" | "any" | "when" | "timeout" | "then" | "else" if waits => {
            Some("it stands within the wait: `wait: { on: …, timeout: …, then: […] }`")
        }
        "timeout" | "else" if table.what == "a `send`" => Some(
            "a message has no answer: `hold: true` waits until it is out, `timeout` is of `wait` \
             and `call`",
        ),
        _ => None,
    }
}

/// Whether a key names a kind of step.
pub(super) fn is_word(key: &str) -> bool {
    named(key).is_some()
}

/// The kind that a key names, and its table.
fn named(key: &str) -> Option<&'static (&'static str, &'static Table)> {
    STEPS.iter().find(|(word, _)| *word == key)
}

/// The table of nearly every step: all its keys are words, one of which names a kind.
fn only_kind(map: Map<'_>) -> Option<&'static Table> {
    let mut found = None;
    for entry in map.entries() {
        let key = entry.name()?;
        if !key
            .bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_lowercase())
        {
            return None;
        }
        if let Some((_, table)) = named(key)
            && found.replace(*table).is_some()
        {
            return None;
        }
    }
    found.filter(|table| {
        map.entries()
            .all(|entry| entry.name().is_some_and(|key| table.key(key).is_some()))
    })
}

/// The kind that a misspelt key names, where what is spelt right is only a part of it: `set` of a
/// `call`.
fn misspelt_holder(table: &'static Table, entries: &[super::reader::Entry<'_>]) -> &'static Table {
    let strangers = entries
        .iter()
        .filter(|entry| table.key(entry.key).is_none());
    let mut near = strangers.filter_map(|entry| {
        let (_, holder) = named(nearest(entry.key, STEPS.map(|(word, _)| word))?)?;
        Some((entry.key, *holder))
    });
    let holder = near.find(|(key, holder)| {
        let is_known = |other: &str| other == *key || holder.key(other).is_some();
        entries.iter().all(|entry| is_known(entry.key))
    });
    holder.map_or(table, |(_, holder)| holder)
}

impl<'a> Reader<'a> {
    /// A list of steps.
    pub(in crate::syntax) fn steps(&mut self, node: Node<'a>) -> Vec<Step> {
        if node.as_scalar().is_some() {
            self.wrong_shape(node, "a list of steps");
            return Vec::new();
        }
        let items = self.items(node, "a list of steps");
        items.into_iter().map(|item| self.step(item)).collect()
    }

    fn step(&mut self, node: Node<'a>) -> Step {
        let broken = Step {
            id: None,
            kind: StepKind::Error,
            span: node.span(),
        };
        let Value::Map(map) = node.value() else {
            self.no_step(node);
            return broken;
        };
        let Some(table) = only_kind(map).or_else(|| self.step_table(map)) else {
            return broken;
        };
        let fields = self.fields(map, table, first_key(map));
        let id = fields.read(self, "id", Reader::reference);
        let kind = self.step_kind(&fields).unwrap_or(StepKind::Error);
        Step {
            id,
            kind,
            span: node.span(),
        }
    }

    /// The keys of the step's kind; none if it has none, or several.
    fn step_table(&mut self, map: Map<'a>) -> Option<&'static Table> {
        let mut entries = quiet_entries(map);
        if self.take_lost(&mut entries, |word| named(word).is_some()) {
            return None;
        }
        let kinds: Vec<_> = entries
            .iter()
            .filter_map(|entry| named(entry.key).map(|(_, table)| (entry, *table)))
            .collect();
        if let [(_, table)] = kinds.as_slice() {
            return Some(misspelt_holder(table, &entries));
        }
        if kinds.is_empty() {
            self.unknown_step(map);
            return None;
        }
        // `set` is a part of a `call`: a kind that knows all the others is the step's.
        let holder = kinds.iter().find(|(_, table)| {
            kinds
                .iter()
                .all(|(entry, _)| table.key(entry.key).is_some())
        });
        if let Some((_, table)) = holder {
            return Some(table);
        }
        let (first, second) = (kinds[0].0, kinds[1].0);
        self.report(
            Diagnostic::new(
                &codes::CONFLICTING_KEYS,
                second.at,
                format!("a step has both `{}` and `{}`", first.key, second.key),
            )
            .here("or this one")
            .label(first.at, "this one")
            .help("a step does one thing: begin each with a `-` of its own"),
        );
        None
    }

    fn unknown_step(&mut self, map: Map<'a>) {
        let entries = quiet_entries(map);
        let Some(first) = entries.first() else {
            if !map.node().is_broken() {
                self.report(
                    Diagnostic::new(&codes::WRONG_SHAPE, map.span(), "this step is empty")
                        .help(step_help()),
                );
            }
            return;
        };
        if map.node().is_broken() {
            return;
        }
        let words = || STEPS.iter().map(|(word, _)| *word);
        let near = entries
            .iter()
            .find_map(|entry| nearest(entry.key, words()).map(|best| (entry, best)));
        let diagnostic = |entry: &super::reader::Entry<'a>| {
            let message = format!("`{}` is not a step", shorten(entry.key));
            Diagnostic::new(&codes::UNKNOWN_KEY, entry.at, message)
        };
        self.report(match near {
            Some((entry, best)) => diagnostic(entry)
                .help(format!("did you mean `{best}`?"))
                .fix(
                    Applicability::Safe,
                    format!("rename to `{best}`"),
                    entry.at,
                    best,
                ),
            None if matches!(first.key, "then" | "else") => diagnostic(first).help(format!(
                "`{}:` belongs to the `if` above: without a `-`, as far in as that `if`",
                first.key
            )),
            None => diagnostic(first).help(step_help()),
        });
    }

    /// Reports something else where a step was due.
    fn no_step(&mut self, node: Node<'a>) {
        if node.is_error() {
            return;
        }
        let message = format!("expected a step, found {}", describe(node));
        let diagnostic = Diagnostic::new(&codes::WRONG_SHAPE, node.span(), message);
        let fixed = node.as_str().and_then(|text| {
            let (word, rest) = text.split_once(' ')?;
            let known = STEPS.iter().any(|(name, _)| *name == word);
            let plain = rest
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
            (known && plain && (word != "wait" || duration::parse(rest).is_ok()))
                .then(|| format!("{word}: {rest}"))
        });
        self.report(match fixed {
            Some(text) if !node.is_in_flow() => diagnostic.help(format!("write `{text}`")).fix(
                Applicability::Safe,
                format!("write `{text}`"),
                node.span(),
                text,
            ),
            _ => diagnostic.help(step_help()),
        });
    }

    fn step_kind(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let kind = STEPS.iter().find(|(_, table)| table.is(fields.table()));
        match kind.map(|(word, _)| *word)? {
            "wait" => self.wait(fields),
            "send" => self.send(fields),
            "call" => self.call(fields),
            "set" => Some(StepKind::Set(fields.assigns(self, "set"))),
            "update" => Some(StepKind::Update(fields.assigns(self, "update"))),
            "emit" => self.emit(fields),
            "if" => self.if_(fields),
            "choose" => self.choose(fields),
            "split" => self.split(fields),
            "decide" => self.decide(fields),
            "parallel" => self.parallel(fields),
            "goto" => fields
                .read(self, "goto", Reader::reference)
                .map(StepKind::Goto),
            _ => fields
                .read(self, "end", Reader::reference)
                .map(StepKind::End),
        }
    }
}

fn step_help() -> String {
    let words: Vec<String> = STEPS.iter().map(|(word, _)| format!("`{word}`")).collect();
    format!("steps are {}", words.join(", "))
}
