//! What a scenario expects: each thing exists, with the parameters, values and reasons it can have.

use std::sync::Arc;

use super::known::{Known, Ways};
use crate::cel::{self, ObjectType, Type};
use crate::check::context::Checker;
use crate::check::fixtures::Fixture;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{Content, ContentKind, EventRef, Expectation, Expected, Name};

/// Why an action does not go out, or not now: as the trace says it.
const REASONS: [&str; 7] = [
    "no consent",
    "no address",
    "cap",
    "quiet hours",
    "left",
    "shadow",
    "paused",
];
/// Why events are rejected; the path may follow `invalid payload`.
const REJECTED: [&str; 4] = ["unknown type", "no traveler", "invalid payload", "bad time"];

impl Checker<'_> {
    pub(super) fn expectation(&mut self, expectation: &Expectation, known: &Known<'_>) {
        self.keys_that_count(expectation);
        let whole = Name {
            text: Arc::from(expectation.name.to_string()),
            span: expectation.name.span,
        };
        match expectation.expected {
            Expected::Send | Expected::Call | Expected::Suppressed | Expected::Deferred => {
                self.action(expectation, &whole);
            }
            Expected::Emit | Expected::Rejected | Expected::Duplicate => {
                self.event(expectation, &whole);
            }
            Expected::Milestone => self.one_of(known, "milestone", &whole, &known.milestones),
            Expected::Rule => self.one_of(known, "rule", &whole, &known.rules),
            Expected::End => self.one_of(known, "outcome", &whole, &known.outcomes),
            Expected::Branch => self.branch(expectation, &whole, known),
            Expected::Variable => self.expected_variable(expectation, &whole, known),
            Expected::Segment => {
                let segment = self.names.find_segment(&whole);
                self.found(segment);
            }
            Expected::Persona => {
                let known: Vec<Arc<str>> = self
                    .names
                    .personas
                    .iter()
                    .map(|p| p.name.text.clone())
                    .collect();
                let broken = self
                    .names
                    .is_broken(crate::syntax::ast::Kind::Persona, &whole.text);
                if !broken && !known.contains(&whole.text) {
                    let message = format!("there is no persona `{whole}`");
                    let diagnostic = Diagnostic::new(&codes::UNKNOWN_NAME, whole.span, message)
                        .suggest(&whole.text, known.iter().map(|p| &**p));
                    self.report(match diagnostic.help {
                        Some(_) => diagnostic,
                        None => diagnostic.help(format!("declare it: `persona: {whole}`")),
                    });
                }
            }
        }
    }

    /// Keys that say nothing about what is expected, and those that contradict each other.
    fn keys_that_count(&mut self, expectation: &Expectation) {
        let expected = expectation.expected;
        if let (true, Some(times)) = (expectation.not, &expectation.times) {
            let message = "an expectation has both `not` and `times`";
            self.report(
                Diagnostic::new(&codes::CONFLICTING_KEYS, times.span, message)
                    .help("leave out one of them: `not` means never, `times` exactly so often"),
            );
        }
        let with = expectation.with.first().map(|(name, _)| name.span);
        let value = expectation.value.as_ref().map(|value| value.span);
        let reason = expectation.reason.as_ref().map(|reason| reason.span);
        let acts = matches!(
            expected,
            Expected::Send | Expected::Call | Expected::Suppressed | Expected::Deferred
        );
        let kept = matches!(expected, Expected::Suppressed | Expected::Deferred);
        let refused = matches!(expected, Expected::Rejected | Expected::Duplicate);
        let valued = matches!(expected, Expected::Branch | Expected::Variable);
        let idle = [
            ("with", with, acts || expected == Expected::Emit),
            ("value", value, valued),
            ("reason", reason, kept || refused),
        ];
        for (key, span, counts) in idle {
            if let (Some(span), false) = (span, counts) {
                let word = expected.keyword();
                let message = format!("`{word}` has no `{key}`, so this can never be met");
                self.report(
                    Diagnostic::new(&codes::INVALID_FIXTURE, span, message)
                        .help(format!("remove `{key}`")),
                );
            }
        }
        if let Some(reason) = &expectation.reason {
            if kept {
                self.reason(&reason.value, reason.span, &REASONS);
            } else if expected == Expected::Rejected {
                let fits = |known: &str| {
                    let rest = reason.value.strip_prefix(known);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', ' ']))
                };
                if !REJECTED.iter().any(|known| fits(known)) {
                    self.reason(&reason.value, reason.span, &REJECTED);
                }
            }
        }
    }

    fn reason(&mut self, written: &str, span: Span, known: &[&str]) {
        if !known.contains(&written) {
            let message = format!("there is no reason `{written}`");
            let diagnostic = Diagnostic::new(&codes::INVALID_VALUE, span, message);
            self.report(diagnostic.suggest(written, known.iter().copied()));
        }
    }

    /// A message by its template, or a call by its action.
    fn action(&mut self, expectation: &Expectation, whole: &Name) {
        let dots = expectation.name.names().len() > 1;
        let (name, params) = match expectation.expected {
            Expected::Call => self.call_params(&expectation.name),
            Expected::Suppressed | Expected::Deferred if dots => {
                self.call_params(&expectation.name)
            }
            _ => {
                let found = self.names.find_template(whole);
                let id = self.found(found);
                id.map(|id| self.names.vocabulary.template(id))
                    .map(|head| (head.name.clone(), head.params.clone()))
            }
        }
        .unzip();
        if let (Some(name), Some(params)) = (name, params) {
            self.expected_with(expectation, &name, &params);
        }
    }

    fn call_params(&mut self, action: &EventRef) -> Option<(Arc<str>, Arc<ObjectType>)> {
        let found = self.names.find_action(action);
        let id = self.found(found)?;
        let head = self.names.vocabulary.action(id);
        Some((head.name.clone(), head.params.clone()))
    }

    fn expected_with(&mut self, expectation: &Expectation, name: &Arc<str>, params: &ObjectType) {
        let named = ObjectType {
            name: name.clone(),
            fields: params.fields.clone(),
        };
        self.fixture_fields(
            Fixture::Expected,
            &expectation.with,
            &named,
            &codes::UNKNOWN_PARAMETER,
            expectation.name.span,
        );
    }

    /// An event, by its name or its `CloudEvents` type.
    fn event(&mut self, expectation: &Expectation, whole: &Name) {
        let by_type = self
            .names
            .events
            .iter()
            .position(|event| event.cloud_type == whole.text);
        let index = by_type.or_else(|| {
            let found = self.names.find_event(&expectation.name);
            self.found(found).map(crate::model::EventId::index)
        });
        let head = index.and_then(|index| self.names.vocabulary.events.get(index));
        if let (Some(head), Expected::Emit) = (head.cloned(), expectation.expected) {
            self.expected_with(expectation, &head.name, &head.payload);
        }
    }

    fn one_of(&mut self, known: &Known<'_>, what: &str, name: &Name, there: &[&str]) {
        if !there.contains(&&*name.text) {
            self.unknown(known, what, name, there.iter().copied());
        }
    }

    fn branch(&mut self, expectation: &Expectation, id: &Name, known: &Known<'_>) {
        let Some(ways) = known.branches.get(&*id.text) else {
            let ids = known.branches.keys().map(String::as_str);
            return self.unknown(known, "branching step", id, ids);
        };
        let Some(value) = &expectation.value else {
            return;
        };
        let fits = |way: &Ways<'_>| match (way, &value.kind) {
            (Ways::Words(words), ContentKind::Text(text)) => words.contains(&text.text.value()),
            (Ways::Index(count), ContentKind::Int(index)) => {
                usize::try_from(*index).is_ok_and(|index| index < *count)
            }
            _ => false,
        };
        if ways.iter().any(fits) {
            return;
        }
        self.no_way(id, value, ways);
    }

    fn no_way(&mut self, id: &Name, value: &Content, ways: &[Ways<'_>]) {
        let mut words: Vec<&str> = Vec::new();
        let mut most = 0;
        for way in ways {
            match way {
                Ways::Words(all) => words.extend(all),
                Ways::Index(count) => most = most.max(*count),
            }
        }
        words.sort_unstable();
        words.dedup();
        let written = self.sources.text(value.span).to_owned();
        let message = format!("step `{id}` has no branch `{written}`");
        let diagnostic = Diagnostic::new(&codes::INVALID_VALUE, value.span, message);
        self.report(if words.is_empty() {
            let last = most.saturating_sub(1);
            diagnostic.help(format!(
                "the branches of a `choose` are numbers, from 0 to {last}"
            ))
        } else {
            diagnostic.suggest(&written, words)
        });
    }

    /// A variable of any journey; its value fits where any journey has it so.
    fn expected_variable(&mut self, expectation: &Expectation, name: &Name, known: &Known<'_>) {
        let heads = &self.names.vocabulary.journeys;
        let types: Vec<Type> = heads
            .iter()
            .filter_map(|journey| journey.variables.field(&name.text))
            .map(|(_, field)| field.ty.clone())
            .collect();
        let Some(first) = types.first() else {
            let mut names: Vec<Arc<str>> = heads
                .iter()
                .flat_map(|journey| &journey.variables.fields)
                .map(|field| field.name.clone())
                .collect();
            names.sort_unstable();
            names.dedup();
            return self.unknown(known, "variable", name, names.iter().map(|n| &**n));
        };
        if let Some(value) = &expectation.value {
            let json = value.json();
            let fits = |ty: &Type| ty.is_error() || cel::from_json(&json, ty).is_ok();
            if types.len() == 1 || !types.iter().any(fits) {
                self.fixture(Fixture::Expected, value, first, None);
            }
        }
    }
}
