//! Rules outside any journey: each is checked as a rule of every journey that it is bound to.

use super::context::Checker;
use super::flow::Causes;
use super::journeys::base_set;
use crate::diagnostic::Diagnostic;
use crate::model::{self, JourneyId};
use crate::syntax::ast::{self, On, Scope, TriggerKind};

impl<'w> Checker<'w> {
    pub fn global_rules(&mut self) -> Vec<model::Rule> {
        let declared = self.names.rules.clone();
        declared
            .into_iter()
            .filter_map(|rule| self.global_rule(rule))
            .collect()
    }

    fn global_rule(&mut self, rule: &'w ast::Rule) -> Option<model::Rule> {
        let journeys = self.journeys_of(rule.scope.as_ref()?);
        let mut causes = Causes::default();
        for id in &journeys {
            causes.add(&self.causes[id.index()].clone());
        }
        let before = self.out.len();
        let mut found: Option<model::Rule> = None;
        for id in &journeys {
            if !self.fires_in(rule, *id) && found.is_some() {
                continue;
            }
            let own = self.causes[id.index()].clone();
            let mut scope = self.scope(*id, journeys.clone(), &causes);
            let base = base_set(&rule.trigger, &own, &scope.required, &own.always_set());
            let start = self.out.len();
            let model = self.rule(rule, &mut scope, base);
            if journeys.len() > 1 {
                let name = self.names.vocabulary.journey(*id).name.clone();
                self.tell_once(before, start, &name);
            }
            found.get_or_insert(model);
        }
        let mut model = found?;
        let names = journeys.iter();
        model.journeys = names
            .map(|id| self.names.vocabulary.journey(*id).name.clone())
            .collect();
        Some(model)
    }

    /// The journeys that a scope names, by name.
    fn journeys_of(&mut self, scope: &Scope) -> Vec<JourneyId> {
        let mut all: Vec<JourneyId> = match scope {
            Scope::All(_) => (0..self.names.journeys.len() as u32)
                .map(JourneyId)
                .collect(),
            Scope::Journeys(names) => {
                self.unique("journey", names);
                names
                    .iter()
                    .filter_map(|name| self.found(self.names.find_journey(name)))
                    .collect()
            }
        };
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The names of journeys under `in:` of shared variables.
    pub fn shared_variables(&mut self) {
        let declared = self.names.variables.clone();
        for group in declared {
            self.journeys_of(&group.scope);
        }
    }

    /// The rules outside any journey that are bound to this one.
    pub fn rules_of(&self, id: JourneyId) -> Vec<&'w ast::Rule> {
        let name = &self.names.vocabulary.journey(id).name;
        let bound = |rule: &&&'w ast::Rule| match &rule.scope {
            Some(Scope::All(_)) => true,
            Some(Scope::Journeys(names)) => names.iter().any(|n| n.text == *name),
            None => false,
        };
        self.names.rules.iter().filter(bound).copied().collect()
    }

    /// A rule on milestones fires where one of them is.
    fn fires_in(&self, rule: &ast::Rule, id: JourneyId) -> bool {
        let TriggerKind::On(ons) = &rule.trigger.kind else {
            return true;
        };
        let head = self.names.vocabulary.journey(id);
        ons.iter().any(|on| match on {
            On::Milestone(name) => head.milestones.contains(&name.text),
            _ => true,
        })
    }

    /// What was found for one journey after another is told once, with the journey's name.
    fn tell_once(&mut self, before: usize, start: usize, journey: &str) {
        let new: Vec<Diagnostic> = self.out.drain(start..).collect();
        for mut diagnostic in new {
            let known = self.out[before..].iter().any(|d| {
                d.code == diagnostic.code
                    && d.span == diagnostic.span
                    && d.message == diagnostic.message
            });
            if !known {
                diagnostic
                    .note
                    .get_or_insert_with(|| format!("so it is in the journey `{journey}`"));
                self.out.push(diagnostic);
            }
        }
    }
}
