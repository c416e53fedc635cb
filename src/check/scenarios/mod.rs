//! `test:` scenarios: the traveler fits the type, every event its payload, every reply its action,
//! and what is expected can happen. The dry run plays them as they are written; nothing comes out.

mod expect;
mod known;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::context::Checker;
use super::fixtures::Fixture;
use crate::cel::{ObjectType, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::TravelerId;
use crate::source::Span;
use crate::syntax::ast::{Content, ContentKind, Kind, Name, Scenario, ScenarioEntry};
use known::Known;

impl Checker<'_> {
    /// Checks every scenario.
    pub(super) fn scenarios(&mut self) {
        let tests = self.names.tests.clone();
        if tests.is_empty() {
            return;
        }
        let known = Known::collect(&self.names);
        for test in tests {
            let traveler = self.tested(test);
            if let Some(traveler) = traveler {
                self.profile(test, traveler);
            }
            self.times(&test.events);
            for entry in &test.events {
                self.entry(entry);
            }
            self.replies(test);
            self.arms(test, &known);
            self.answers(test, traveler);
            for expectation in &test.expect {
                self.expectation(expectation, &known);
            }
        }
    }

    /// The type of the traveler: the one that is named, or the only one.
    fn tested(&mut self, test: &Scenario) -> Option<TravelerId> {
        if let Some(name) = &test.traveler_type {
            let traveler = self.names.find_traveler(name);
            return self.found(traveler);
        }
        let mut broken = self.names.broken.iter();
        match self.names.vocabulary.travelers.as_slice() {
            [_] => Some(TravelerId(0)),
            [] => None,
            _ if broken.any(|(kind, _)| *kind == Kind::Traveler) => None,
            several => {
                let names: Vec<_> = several.iter().map(|t| format!("`{}`", t.name)).collect();
                let message = "the test does not say which type of traveler it is about";
                self.report(
                    Diagnostic::new(&codes::MISSING_KEY, test.name.span, message).help(format!(
                        "add `traveler:` with one of {}, and what is known of it under `profile:`",
                        names.join(", ")
                    )),
                );
                None
            }
        }
    }

    fn profile(&mut self, test: &Scenario, id: TravelerId) {
        let head = self.names.vocabulary.traveler(id).clone();
        let (profile, traits) = head.fields.split_at(head.profile_len);
        for (name, value) in &test.profile {
            if &*name.text == "consents" && !profile.iter().any(|f| *f.name == *name.text) {
                self.consents(value, name, &head.consents);
                continue;
            }
            if let Some(field) = profile.iter().find(|f| f.name == name.text) {
                // What has a default may be left empty: it is then not written.
                let due = field.ty.clone().nullable();
                self.fixture(Fixture::Expected, value, &due, Some(name.span));
                continue;
            }
            let is_trait = traits.iter().any(|f| f.name == name.text);
            let derived = if is_trait {
                Some((
                    format!("`{name}` is a trait, which cannot be set directly"),
                    "send the events it is computed from",
                ))
            } else if &*name.text == "persona" {
                Some((
                    "the persona follows from the profile and cannot be set directly".to_owned(),
                    "set the fields its condition reads",
                ))
            } else {
                None
            };
            self.report(if let Some((message, help)) = derived {
                Diagnostic::new(&codes::INVALID_FIXTURE, name.span, message).help(help)
            } else {
                let message = format!("traveler `{}` has no field `{name}`", head.name);
                let known = profile.iter().map(|f| &*f.name).chain(["consents"]);
                Diagnostic::new(&codes::UNKNOWN_FIELD, name.span, message)
                    .suggest(&name.text, known)
            });
        }
    }

    fn consents(&mut self, value: &Content, key: &Name, known: &[std::sync::Arc<str>]) {
        let fields = known.iter().map(|name| crate::cel::Field {
            name: name.clone(),
            ty: Type::Bool,
            declared: None,
            default: None,
            least: None,
        });
        let due = Type::object("consents", fields.collect());
        self.fixture(Fixture::Expected, value, &due, Some(key.span));
    }

    /// Every entry's time can be told: the first says it, the others may count from it.
    fn times(&mut self, entries: &[ScenarioEntry]) {
        let mut last: Option<Timestamp> = None;
        // A time that could not be read is not known, and nothing is said of those after it.
        let mut unread = false;
        for (index, entry) in entries.iter().enumerate() {
            if let Some(at) = &entry.at {
                last = Some(at.value);
                unread = false;
            } else if let Some(after) = &entry.after {
                match last {
                    Some(time) => {
                        last = time.checked_add(after.value).ok();
                        if last.is_none() {
                            let message = "this is later than the latest time there is";
                            self.report(
                                Diagnostic::new(&codes::INVALID_FIXTURE, after.span, message)
                                    .help("times end with the year 9999"),
                            );
                            unread = true;
                        }
                    }
                    None if unread => {}
                    None => {
                        self.no_time(
                            after.span,
                            "`after` counts from the entry above it, but there is none",
                        );
                        unread = true;
                    }
                }
            } else if entry.timed {
                (last, unread) = (None, true);
            } else if index == 0 {
                let span = entry
                    .event
                    .as_ref()
                    .map_or(entry.span, |(event, _)| event.span);
                self.no_time(span, "the first event of a test needs a time");
                unread = true;
            }
            if let (Some(arrives), Some(time)) = (&entry.arrives, last)
                && arrives.value < time
            {
                let message = "the event arrives before its own time";
                self.report(
                    Diagnostic::new(&codes::INVALID_FIXTURE, arrives.span, message)
                        .help("`arrives` is when a late event is handled: a later time"),
                );
            }
        }
    }

    fn no_time(&mut self, span: Span, message: &str) {
        self.report(
            Diagnostic::new(&codes::INVALID_FIXTURE, span, message)
                .help("give the first entry a time: `at: 2026-03-02T18:00:00Z`"),
        );
    }

    fn entry(&mut self, entry: &ScenarioEntry) {
        if let Some(name) = &entry.traveler {
            let traveler = self.names.find_traveler(name);
            self.found(traveler);
        }
        let Some((event, payload)) = &entry.event else {
            return;
        };
        let found = self.names.find_event(event);
        if let Some(id) = self.found(found) {
            let object = self.names.vocabulary.event(id).payload.clone();
            self.sent(payload, &object, event.span);
        }
    }

    fn replies(&mut self, test: &Scenario) {
        for (action, answer) in &test.replies {
            let found = self.names.find_action(action);
            if let Some(id) = self.found(found) {
                let object = self.names.vocabulary.action(id).returns.clone();
                self.sent(answer, &object, action.span);
            }
        }
    }

    /// A payload or an answer; left empty it has no fields.
    fn sent(&mut self, content: &Content, object: &std::sync::Arc<ObjectType>, key: Span) {
        let entries = match &content.kind {
            ContentKind::Map(entries) => entries.as_slice(),
            ContentKind::Unknown => return,
            ContentKind::Null => &[],
            _ => {
                let due = Type::Object(object.clone());
                return self.fixture(Fixture::Sent, content, &due, Some(key));
            }
        };
        self.fixture_fields(Fixture::Sent, entries, object, &codes::INVALID_FIXTURE, key);
    }

    fn arms(&mut self, test: &Scenario, known: &Known<'_>) {
        for (split, arm) in &test.arms {
            let Some(arms) = known.splits.get(&*split.text) else {
                let splits = known.splits.keys().copied();
                self.unknown(known, "split", split, splits);
                continue;
            };
            if !arms.contains(&&*arm.text) {
                let message = format!("split `{split}` has no arm `{arm}`");
                let diagnostic = Diagnostic::new(&codes::UNKNOWN_NAME, arm.span, message);
                self.report(diagnostic.suggest(&arm.text, arms.iter().copied()));
            }
        }
    }

    /// What models are made to answer.
    fn answers(&mut self, test: &Scenario, traveler: Option<TravelerId>) {
        self.unique("model", test.models.iter().map(|(name, _)| name));
        for (name, outputs) in &test.models {
            let Some(id) = self.found(self.names.find_model(name)) else {
                continue;
            };
            let head = self.names.vocabulary.model(id);
            let (of, object) = (head.traveler, head.outputs.clone());
            if let (Some(of), Some(here)) = (of, traveler)
                && of != here
            {
                let vocabulary = &self.names.vocabulary;
                let of = vocabulary.traveler(of).name.clone();
                let message = format!("the model `{name}` is about `{of}`, whom this test is not");
                self.report(
                    Diagnostic::new(&codes::WRONG_TRAVELER, name.span, message)
                        .help("leave it out"),
                );
                continue;
            }
            self.unique("output", outputs.iter().map(|(name, _)| name));
            for (output, value) in outputs {
                if let Some((_, field)) = object.field(&output.text) {
                    self.fixture(Fixture::Sent, value, &field.ty, Some(output.span));
                    continue;
                }
                let message = format!("the model `{name}` has no output `{output}`");
                let known = object.fields.iter().map(|field| &*field.name);
                let diagnostic = Diagnostic::new(&codes::UNKNOWN_FIELD, output.span, message);
                self.report(diagnostic.suggest(&output.text, known));
            }
        }
    }

    /// A name that no journey or rule has.
    fn unknown<'n>(
        &mut self,
        known: &Known<'_>,
        what: &str,
        name: &Name,
        there: impl Iterator<Item = &'n str>,
    ) {
        if known.incomplete {
            return;
        }
        let code = match what {
            "milestone" => &codes::UNKNOWN_MILESTONE,
            "variable" => &codes::UNKNOWN_VARIABLE,
            _ => &codes::UNKNOWN_NAME,
        };
        let message = format!("there is no {what} `{name}`");
        let diagnostic = Diagnostic::new(code, name.span, message).suggest(&name.text, there);
        self.report(match diagnostic.help {
            Some(_) => diagnostic,
            None => diagnostic.help(format!("no journey or rule has a {what}")),
        });
    }
}
