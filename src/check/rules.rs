//! Rules: of a journey, of a milestone, and outside any.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::Checker;
use super::flow::{Causes, Names, Scope, State, common};
use super::journeys::must_set;
use super::triggers::{Role, on_span};
use crate::cel::{self, ObjectType, Type};
use crate::model::env::{Events, Here, Place, SessionView};
use crate::model::{self, JourneyId, TravelerId};
use crate::syntax::ast::{self, On, Scope as Scoped, TriggerKind};

impl<'w> Checker<'w> {
    /// The rules outside any journey that hold in this one.
    pub(super) fn rules_in(&self, id: JourneyId) -> Vec<&'w ast::Rule> {
        let all = self.names.rules.iter().copied();
        all.filter(|rule| self.journeys_of(rule).contains(&id))
            .collect()
    }

    /// The same for all journeys at once.
    pub(super) fn outside(&self) -> Vec<Vec<&'w ast::Rule>> {
        self.outside_of(&self.homes())
    }

    /// The same, where it is known which journeys each rule is in.
    pub(super) fn outside_of(&self, homes: &[Vec<JourneyId>]) -> Vec<Vec<&'w ast::Rule>> {
        let mut outside = vec![Vec::new(); self.names.journeys.len()];
        for (rule, journeys) in self.names.rules.iter().copied().zip(homes) {
            for journey in journeys {
                outside[journey.index()].push(rule);
            }
        }
        outside
    }

    /// The journeys that each rule outside any is in, by name.
    pub(super) fn homes(&self) -> Vec<Vec<JourneyId>> {
        let rules = self.names.rules.iter();
        rules.map(|rule| self.journeys_of(rule)).collect()
    }

    /// The journeys that a rule outside any is in, by name.
    fn journeys_of(&self, rule: &ast::Rule) -> Vec<JourneyId> {
        let vocabulary = &self.names.vocabulary;
        let mut journeys: Vec<JourneyId> = match &rule.scope {
            Some(Scoped::Journeys(names)) => names
                .iter()
                .filter_map(|name| vocabulary.find_journey(&name.text))
                .collect(),
            _ => (0..vocabulary.journeys.len() as u32)
                .map(JourneyId)
                .filter(|id| self.is_in(rule, vocabulary.journey(*id).traveler))
                .collect(),
        };
        journeys.sort_unstable();
        journeys.dedup();
        journeys
    }

    /// Whether anything that sets off a rule in `all` journeys concerns travelers of a type.
    fn is_in(&self, rule: &ast::Rule, traveler: Option<TravelerId>) -> bool {
        let (TriggerKind::On(ons), Some(traveler)) = (&rule.trigger.kind, traveler) else {
            return true;
        };
        let vocabulary = &self.names.vocabulary;
        ons.iter().any(|on| match on {
            On::Event(event) => match self.names.find_event(event) {
                Ok(id) => self.is_of(id, traveler),
                Err(_) => true,
            },
            On::SegmentEntered(name) | On::SegmentLeft(name) => vocabulary
                .find_segment(&name.text)
                .is_none_or(|id| vocabulary.segment(id).traveler == Some(traveler)),
            On::JourneyStarted(name) | On::JourneyEnded(name) => vocabulary
                .find_journey(&name.text)
                .is_none_or(|id| vocabulary.journey(id).traveler == Some(traveler)),
            On::Start(_) | On::End(_) | On::Milestone(_) => true,
        })
    }

    /// Checks the rules outside any journey, after the journeys.
    pub(super) fn global_rules(&mut self) -> Vec<model::Rule> {
        let rules = self.names.rules.clone();
        let checked = self.in_parallel(rules.len(), |checker, index| {
            let model = checker.global_rule(rules[index]);
            checker.modelled.then_some(model)
        });
        checked.into_iter().flatten().collect()
    }

    /// A rule is checked in each of its journeys with what holds in all of them; what is found in
    /// several is told once.
    fn global_rule(&mut self, rule: &'w ast::Rule) -> model::Rule {
        if let Some(Scoped::Journeys(names)) = &rule.scope {
            for name in names {
                self.found(self.names.find_journey(name));
            }
            self.unique("journey", names);
        }
        let journeys = self.journeys_of(rule);
        let (variables, must_set) = self.common_variables(&journeys);
        let must_set: Names = Arc::new(must_set);
        let travelled = || journeys.iter().map(|id| &self.travelled[id.index()]);
        let causes = travelled()
            .map(|t| Causes::clone(&t.scope.causes))
            .reduce(Causes::or)
            .unwrap_or_default();
        let causes = Arc::new(causes);
        let rest = travelled()
            .map(|t| t.rest.clone())
            .reduce(|a, b| common(&a, &b))
            .unwrap_or_else(|| must_set.clone());
        let scopes: Vec<Scope> = travelled()
            .map(|t| Scope {
                journeys: journeys.clone().into(),
                place: Place {
                    vars: Here::Is(variables.clone()),
                    ..t.scope.place.clone()
                },
                variables: variables.clone(),
                must_set: must_set.clone(),
                causes: causes.clone(),
                ..t.scope.clone()
            })
            .collect();
        let before = State::new(Here::Is(Events::new()), rest);
        let names = journeys
            .iter()
            .map(|id| self.names.vocabulary.journey(*id).name.clone())
            .collect();
        let mut written: Option<model::Rule> = None;
        let mark = self.out.len();
        let mut found = Vec::new();
        let mut types = BTreeSet::new();
        let mut alike: Vec<(Option<TravelerId>, Type)> = Vec::new();
        for (mut scope, id) in scopes.into_iter().zip(&journeys) {
            let traveler = scope.traveler;
            // Of journeys with one type of sessions the rule says the same.
            let vocabulary = &self.names.vocabulary;
            let kind = (traveler, vocabulary.session(*id, SessionView::Running));
            if alike.contains(&kind) {
                continue;
            }
            alike.push(kind);
            let flows = self.flows.len();
            let checked = self.rule(rule, &mut scope, &before);
            found.push((traveler, None, self.out.split_off(mark)));
            if written.is_none() {
                written = Some(checked);
            }
            // What flows has been noted, for this type.
            if !types.insert(traveler) {
                self.flows.truncate(flows);
            }
        }
        self.told_of_types(found);
        model::Rule {
            name: rule.name.text.clone(),
            journeys: names,
            ..written.unwrap_or_else(|| model::Rule {
                id: Arc::default(),
                name: rule.name.text.clone(),
                journeys: Vec::new(),
                trigger: model::Trigger {
                    on: model::On::Any(Vec::new()),
                    when: None,
                    set: Vec::new(),
                    from: Vec::new(),
                    outcome: None,
                    at: self.at(rule.trigger.span),
                },
                steps: Vec::new(),
                at: self.at(rule.name.span),
            })
        }
    }

    /// The variables that all the journeys have, and those that must be set in some.
    fn common_variables(&self, journeys: &[JourneyId]) -> (Arc<ObjectType>, BTreeSet<Arc<str>>) {
        let heads = || journeys.iter().map(|id| self.names.vocabulary.journey(*id));
        let in_all = |field: &&cel::Field| {
            heads().all(|head| {
                let other = head.variables.field(&field.name);
                other.is_some_and(|(_, other)| other == *field)
            })
        };
        let first = heads().next().map_or(&[][..], |h| &h.variables.fields[..]);
        let fields: Vec<cel::Field> = first.iter().filter(in_all).cloned().collect();
        let mut unset = BTreeSet::new();
        for id in journeys {
            unset.extend(must_set(&self.names.journeys[id.index()].variables));
        }
        let object = ObjectType {
            name: "vars".into(),
            fields,
        };
        (Arc::new(object), unset)
    }

    /// A rule, with what holds where it may fire.
    pub(super) fn rule(
        &mut self,
        rule: &ast::Rule,
        scope: &mut Scope,
        before: &State,
    ) -> model::Rule {
        if let TriggerKind::On(ons) = &rule.trigger.kind {
            let end = ons.iter().find(|on| matches!(on, On::End(_)));
            scope.over = end.map(on_span);
        }
        let fired = self.trigger(&rule.trigger, Role::Rule, scope, before);
        let mut state = fired.state;
        let steps = self.steps(&rule.steps, scope, &mut state);
        model::Rule {
            id: Arc::default(),
            name: rule.name.text.clone(),
            journeys: Vec::new(),
            trigger: fired.model,
            steps,
            at: self.at(rule.name.span),
        }
    }
}
