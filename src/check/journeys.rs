//! Journeys: their heads are checked here, their bodies through [`Journeying`]; models come out.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::Checker;
use super::flow::{Names, Scope};
use super::milestones::{Journeying, Place as Milestone};
use super::triggers::trigger_span;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Events, Here, Place, SessionView};
use crate::model::{self, JourneyId};
use crate::resolve::Field;
use crate::syntax::ast::{self, Name, On, TriggerKind};

/// The stages that every workspace knows.
const LIFECYCLES: [&str; 7] = [
    "purchase",
    "onboarding",
    "usage",
    "retention",
    "loyalty",
    "advocacy",
    "service",
];

/// What rules outside any journey need to know of one.
pub(super) struct Travelled {
    pub scope: Scope,
    /// What has been set in every milestone.
    pub rest: Names,
}

impl<'w> Checker<'w> {
    /// Checks all journeys, by name.
    pub(super) fn journeys(&mut self) -> Vec<model::Journey> {
        let count = self.names.journeys.len();
        let keys = std::mem::take(&mut self.keys);
        let outside = self.outside();
        let checked = self.in_parallel(count, |checker, index| {
            let id = JourneyId(index as u32);
            let (mut model, travelled) = checker.journey(id, outside[index].clone());
            model.key = keys.get(&id.0).cloned();
            (checker.modelled.then_some(model), travelled)
        });
        let (journeys, travelled): (Vec<_>, _) = checked.into_iter().unzip();
        self.travelled = Arc::new(travelled);
        journeys.into_iter().flatten().collect()
    }

    /// A journey, but for its key; `outside` are the rules outside any that hold in it.
    fn journey(
        &mut self,
        id: JourneyId,
        outside: Vec<&'w ast::Rule>,
    ) -> (model::Journey, Travelled) {
        let decl: &'w ast::Journey = self.names.journeys[id.index()].decl;
        let variables = self.names.journeys[id.index()].variables.clone();
        let traveler = self.found(self.names.find_traveler(&decl.traveler));
        self.head(decl, id);
        let migrate = decl.migrate.as_ref().map(|it| self.migrate(it, id));
        self.starts_itself(decl);
        let place = Place {
            vars: Here::Is(self.names.vocabulary.journey(id).variables.clone()),
            session: Here::Is((id, SessionView::Running)),
            now: Here::Is(()),
            event: Here::Is(Events::new()),
            ..Place::of_traveler(traveler)
        };
        let scope = Scope {
            journeys: Arc::from([id]),
            traveler,
            place,
            variables: self.names.vocabulary.journey(id).variables.clone(),
            must_set: Arc::new(must_set(&variables)),
            causes: Arc::default(),
            over: None,
            gotos: Vec::new(),
            ends: Vec::new(),
            rest: None,
            broken: false,
        };
        let mut journey = Journeying::new(decl, scope, outside);
        journey.joins = traveler.is_some_and(|id| {
            let of = self.names.travelers[id.index()].decl;
            of.identities.len() > 1
        });
        self.travel(&mut journey);
        self.ends(&journey);
        self.shadowed_triggers(&journey);
        let travelled = Travelled {
            scope: journey.scope.clone(),
            rest: journey.rest(),
        };
        let fields = self.fields(&variables);
        let model = model::Journey {
            migrate,
            ..self.written(journey, fields)
        };
        (model, travelled)
    }

    /// Names in the head of a journey.
    fn head(&mut self, decl: &'w ast::Journey, id: JourneyId) {
        if let Some(lifecycle) = &decl.lifecycle {
            self.lifecycle(lifecycle);
        }
        for name in &decl.happy_path {
            self.milestone(name, id);
        }
        self.unique("milestone of the happy path", &decl.happy_path);
        let own = decl.milestones.iter().flat_map(|m| &m.rules);
        let rules = own.chain(&decl.rules).map(|rule| &rule.name);
        self.unique("rule", rules);
        for milestone in &decl.milestones {
            if let Some(of) = milestone.promise.as_ref().and_then(|p| p.of.as_ref())
                && self.milestone(of, id)
                && of.text == milestone.name.text
            {
                let message = format!("`{of}` is promised to be reached within a time of itself");
                self.report(
                    Diagnostic::new(&codes::INVALID_VALUE, of.span, message).help(
                        "name a milestone before it, or leave `of` out to count from the start",
                    ),
                );
            }
            if let Some(channel) = &milestone.channel {
                self.found(self.names.find_channel(channel));
            }
            for from in milestone.enter.iter().filter_map(|t| t.from.as_ref()) {
                for name in from {
                    self.milestone(name, id);
                }
                self.unique("milestone of `from`", from);
            }
        }
    }

    /// A journey whose every start is a start or end of itself never starts a first time.
    fn starts_itself(&mut self, decl: &ast::Journey) {
        let own = |on: &On| match on {
            On::JourneyStarted(name) | On::JourneyEnded(name) => name.text == decl.name.text,
            _ => false,
        };
        let only = |start: &ast::Trigger| match &start.kind {
            TriggerKind::On(ons) => !ons.is_empty() && ons.iter().all(own),
            _ => false,
        };
        let Some(first) = decl.start.first() else {
            return;
        };
        if decl.start.iter().all(only) {
            let name = &decl.name;
            let message =
                format!("`{name}` starts only on what a session of `{name}` does: it never starts");
            self.report(
                Diagnostic::new(&codes::SESSION_OVER, trigger_span(first), message)
                    .help("start on an event, a segment, another journey or a schedule"),
            );
        }
    }

    fn lifecycle(&mut self, name: &Name) {
        let own = &self.names.workspace.manifest.lifecycles;
        let known: Vec<&str> = LIFECYCLES
            .into_iter()
            .chain(own.iter().map(|name| &*name.text))
            .collect();
        if known.contains(&&*name.text) {
            return;
        }
        let message = format!("there is no lifecycle stage `{name}`");
        self.report(
            Diagnostic::new(&codes::INVALID_VALUE, name.span, message)
                .suggest(&name.text, known)
                .note("the manifest's `lifecycles` declares stages of the workspace's own"),
        );
    }

    /// Reports a journey that never ends.
    fn ends(&mut self, journey: &Journeying<'_>) {
        let ends = !journey.decl.end.is_empty() || journey.scope.causes.end.is_some();
        if !ends && !journey.is_broken() && !journey.milestones.is_empty() {
            let name = &journey.decl.name;
            self.report(
                Diagnostic::new(
                    &codes::MISSING_KEY,
                    name.span,
                    format!("journey `{name}` never ends"),
                )
                .help("add `end:`, as in `end: { after: 60d, outcome: lapsed }`"),
            );
        }
    }

    /// The model of a journey, with all that its bodies have told.
    fn written(&mut self, journey: Journeying<'w>, variables: Vec<model::Field>) -> model::Journey {
        let decl = journey.decl;
        let triggers = |checker: &mut Self, units: Vec<Option<super::flow::Unit<_>>>| {
            units
                .into_iter()
                .flatten()
                .map(|unit| {
                    let fired: super::triggers::Fired = unit.tell(checker);
                    fired.model
                })
                .collect::<Vec<_>>()
        };
        let start = triggers(self, journey.start);
        let end = triggers(self, journey.end);
        let milestones = journey
            .milestones
            .into_iter()
            .map(|milestone| self.written_milestone(milestone, decl))
            .collect();
        let rules = journey.rules.into_iter().flatten();
        let rules = rules.map(|unit| unit.tell(self)).collect();
        let text = |text: &Option<String>| text.as_deref().map(Arc::from);
        model::Journey {
            id: Arc::default(),
            name: decl.name.text.clone(),
            title: text(&decl.title),
            lifecycle: decl.lifecycle.as_ref().map(|l| l.text.clone()),
            traveler: decl.traveler.text.clone(),
            owner: text(&decl.owner),
            status: match decl.status.value {
                ast::Status::Hypothetical => model::Status::Hypothetical,
                ast::Status::Shadow => model::Status::Shadow,
                ast::Status::Live => model::Status::Live,
                ast::Status::Paused => model::Status::Paused,
            },
            priority: decl.priority,
            happy_path: decl.happy_path.iter().map(|n| n.text.clone()).collect(),
            key: None,
            variables,
            start,
            reentry: match &decl.reentry {
                ast::Reentry::Never => model::Reentry::Never,
                ast::Reentry::Always => model::Reentry::Always,
                ast::Reentry::After { wait, since } => model::Reentry::After {
                    wait: wait.value,
                    since: match since {
                        ast::ReentryAfter::End => model::Since::End,
                        ast::ReentryAfter::Start => model::Since::Start,
                    },
                },
            },
            while_active: match decl.while_active {
                ast::WhileActive::Ignore => model::WhileActive::Ignore,
                ast::WhileActive::Restart => model::WhileActive::Restart,
            },
            milestones,
            rules,
            end,
            migrate: None,
            at: self.at(decl.name.span),
        }
    }

    fn written_milestone(
        &mut self,
        milestone: Milestone<'w>,
        journey: &ast::Journey,
    ) -> model::Milestone {
        let decl = milestone.decl;
        let enter = milestone.enter.into_iter().zip(milestone.from);
        let enter = enter
            .filter_map(|(unit, from)| {
                let mut trigger = unit?.tell(self).model;
                let names = from.milestones.iter();
                trigger.from = names
                    .map(|index| journey.milestones[*index].name.text.clone())
                    .collect();
                Some(trigger)
            })
            .collect();
        let steps = milestone.steps.map(|unit| unit.tell(self));
        let rules = milestone.rules.into_iter().flatten();
        model::Milestone {
            id: Arc::default(),
            name: decl.name.text.clone(),
            title: decl.title.as_deref().map(Arc::from),
            enter,
            promise: decl.promise.as_ref().map(|promise| model::Promise {
                within: promise.within.value,
                of: promise.of.as_ref().map(|of| of.text.clone()),
                at: self.at(promise.span),
            }),
            steps: steps.unwrap_or_default(),
            detached: decl.detached,
            rules: rules.map(|unit| unit.tell(self)).collect(),
            at: self.at(decl.name.span),
        }
    }
}

/// The variables that must be set before they are read.
pub(super) fn must_set(variables: &[Field<'_>]) -> BTreeSet<Arc<str>> {
    let unset = variables
        .iter()
        .filter(|v| !v.ty.is_nullable() && !v.ty.is_error() && v.decl.default.is_none());
    unset.map(|v| v.decl.name.text.clone()).collect()
}
