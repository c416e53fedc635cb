//! Journeys: triggers, milestones and rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::people::linked_when;
use super::steps::Scope;
use super::{Link, Linker, refused, root_object, texts};
use crate::cel::Type;
use crate::engine::linked::{
    Code, Happening, JourneyIndex, JourneyType, KeyType, MilestoneType, On, PromiseType, RuleType,
    Trigger,
};
use crate::model::Cron;
use crate::model::env::{Place, slot};
use crate::model::ids::plain;
use crate::model::{self, At, Journey, JourneyId, Occurrence, Rule, TravelerId};

impl Linker<'_> {
    pub(super) fn journeys(&mut self) {
        if !self.errors.is_empty() {
            return;
        }
        let model = self.model;
        for (index, head) in self.engine.vocabulary.journeys.clone().iter().enumerate() {
            let Some(journey) = model.journeys.iter().find(|it| it.name == head.name) else {
                continue;
            };
            let linked = match head.traveler {
                Some(traveler) => self.journey(journey, JourneyId(index as u32), traveler),
                None => refused(
                    &journey.at,
                    format!("there is no traveler `{}`", journey.traveler),
                ),
            };
            if let Some(linked) = self.keep(linked) {
                self.engine.journeys.push(linked);
            }
        }
    }

    fn journey(
        &mut self,
        journey: &Journey,
        id: JourneyId,
        traveler: TravelerId,
    ) -> Link<JourneyType> {
        if journey.milestones.is_empty() {
            return refused(&journey.at, "a journey needs a milestone");
        }
        let place = self.journey_place(id, traveler);
        let mut names = BTreeSet::new();
        for milestone in &journey.milestones {
            if !names.insert(&milestone.name) {
                return refused(
                    &milestone.at,
                    format!("there are two milestones `{}`", milestone.name),
                );
            }
        }
        let scope = Scope {
            journey,
            traveler,
            place,
        };
        let before = Place::of_traveler(Some(traveler));
        let before = Place {
            now: model::env::Here::Is(()),
            vars: scope.place.vars.clone(),
            ..before
        };
        let key = match &journey.key {
            Some(key) => Some(self.key(key, &before)?),
            None => None,
        };
        let start = self.triggers(&journey.start, &scope, &before, &"start".into())?;
        let end = self.triggers(&journey.end, &scope, &scope.place, &"end".into())?;
        let mut rules = Vec::new();
        let mut globals: Vec<&Rule> = (self.model.rules.iter())
            .filter(|rule| rule.journeys.contains(&journey.name))
            .collect();
        globals.sort_by(|a, b| a.name.cmp(&b.name));
        for rule in globals {
            rules.push(self.rule(rule, &scope, &format!("rule {}", plain(&rule.name)))?);
        }
        for rule in &journey.rules {
            rules.push(self.rule(rule, &scope, &format!("rules/{}", rule.name))?);
        }
        let mut milestones = Vec::with_capacity(journey.milestones.len());
        for milestone in &journey.milestones {
            milestones.push(self.milestone(milestone, &scope)?);
        }
        let defaults = (journey.variables.iter())
            .map(texts::beginning)
            .collect::<Link<_>>()?;
        let env = scope.place.env(&self.engine.vocabulary);
        let name = plain(&journey.name);
        let mut linked = JourneyType {
            name: name.into(),
            family: self.engine.vocabulary.find_journey(name).unwrap_or(id),
            status: journey.status,
            key,
            vars: self.engine.vocabulary.journey(id).variables.clone(),
            defaults,
            session: root_object(&env, slot::SESSION),
            start,
            reentry: journey.reentry,
            while_active: journey.while_active,
            milestones,
            rules,
            end,
            index: JourneyIndex::default(),
        };
        linked.index = linked.index();
        Ok(linked)
    }

    fn key(&self, key: &model::SessionKey, place: &Place) -> Link<KeyType> {
        let mut by = BTreeMap::new();
        let name = "key".into();
        for (event, expr) in &key.by {
            let Some(id) = self.engine.vocabulary.find_event(event) else {
                return refused(&expr.at, format!("there is no event `{event}`"));
            };
            let due = key.ty.clone().nullable();
            by.insert(id, self.expr(expr, place, &due, &name)?);
        }
        Ok(KeyType { by })
    }

    fn milestone(
        &mut self,
        milestone: &model::Milestone,
        scope: &Scope<'_>,
    ) -> Link<MilestoneType> {
        let enter = self.triggers(&milestone.enter, scope, &scope.place, &milestone.name)?;
        let promise = match &milestone.promise {
            Some(promise) => Some(PromiseType {
                within: promise.within,
                of: match &promise.of {
                    Some(of) => Some(scope.milestone(of, &promise.at)?),
                    None => None,
                },
                at: promise.at.clone(),
            }),
            None => None,
        };
        let path = format!("milestones/{}", milestone.name);
        let code = self.code(&milestone.steps, scope, &path)?;
        let mut rules = Vec::with_capacity(milestone.rules.len());
        for rule in &milestone.rules {
            rules.push(self.rule(rule, scope, &format!("{path}/rules/{}", rule.name))?);
        }
        Ok(MilestoneType {
            name: milestone.name.clone(),
            enter,
            promise,
            code,
            detached: milestone.detached,
            rules,
        })
    }

    fn rule(&mut self, rule: &Rule, scope: &Scope<'_>, path: &str) -> Link<RuleType> {
        let trigger = self.trigger(&rule.trigger, scope, &scope.place, &rule.name)?;
        let code: Code = self.code(&rule.steps, scope, path)?;
        Ok(RuleType {
            name: plain(&rule.name).into(),
            trigger,
            code,
        })
    }

    fn triggers(
        &self,
        triggers: &[model::Trigger],
        scope: &Scope<'_>,
        place: &Place,
        name: &Arc<str>,
    ) -> Link<Vec<Trigger>> {
        (triggers.iter())
            .map(|trigger| self.trigger(trigger, scope, place, name))
            .collect()
    }

    pub(super) fn trigger(
        &self,
        trigger: &model::Trigger,
        scope: &Scope<'_>,
        place: &Place,
        name: &Arc<str>,
    ) -> Link<Trigger> {
        let positive = |time: &jiff::SignedDuration| {
            if time.is_positive() {
                Ok(*time)
            } else {
                refused(&trigger.at, "a time above zero is due")
            }
        };
        let on = match &trigger.on {
            model::On::Any(any) => On::Any(
                (any.iter())
                    .map(|occurrence| self.happening(occurrence, scope, &trigger.at))
                    .collect::<Link<_>>()?,
            ),
            model::On::After(time) => On::After(*time),
            model::On::Every(time) => On::Every(positive(time)?),
            model::On::Schedule { cron, zone } => On::Schedule {
                cron: Cron::parse(cron).or_else(|message| refused(&trigger.at, message))?,
                zone: match zone {
                    Some(zone) => Some(self.expr(zone, place, &Type::String.nullable(), name)?),
                    None => None,
                },
            },
            model::On::Condition => On::Condition,
        };
        let from = (trigger.from.iter())
            .map(|name| scope.milestone(name, &trigger.at))
            .collect::<Link<_>>()?;
        Ok(Trigger {
            on,
            when: linked_when(self, trigger.when.as_ref(), place, name)?,
            set: self.assigns(&trigger.set, place, name)?,
            from,
            outcome: trigger.outcome.clone(),
            at: trigger.at.clone(),
        })
    }

    fn happening(&self, occurrence: &Occurrence, scope: &Scope<'_>, at: &At) -> Link<Happening> {
        let vocabulary = &self.engine.vocabulary;
        let journey = |name: &Arc<str>| match vocabulary.find_journey(name) {
            Some(id) => Ok(id),
            None => refused(at, format!("there is no journey `{name}`")),
        };
        let segment = |name: &Arc<str>| match vocabulary.find_segment(name) {
            Some(id) => Ok(id),
            None => refused(at, format!("there is no segment `{name}`")),
        };
        Ok(match occurrence {
            Occurrence::Event(name) => match vocabulary.find_event(name) {
                Some(id) => Happening::Event(id),
                None => return refused(at, format!("there is no event `{name}`")),
            },
            Occurrence::Start => Happening::Start,
            Occurrence::End => Happening::End,
            Occurrence::Milestone(name) => Happening::Milestone(scope.milestone(name, at)?),
            Occurrence::SegmentEntered(name) => Happening::SegmentEntered(segment(name)?),
            Occurrence::SegmentLeft(name) => Happening::SegmentLeft(segment(name)?),
            Occurrence::JourneyStarted(name) => Happening::JourneyStarted(journey(name)?),
            Occurrence::JourneyEnded(name) => Happening::JourneyEnded(journey(name)?),
        })
    }
}
