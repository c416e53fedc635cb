//! Journeys: how they start, move and end, and what holds on every way through them.
//!
//! A journey is walked several times: first quietly, until it is known how each milestone can be
//! entered (with which event, and which variables set), then once more to type what is in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use super::flow::{Causes, Entry, Flow, Scope, Set, cause_of, set_of};
use super::walk::each;
use crate::cel::Facts;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{self, JourneyId};
use crate::syntax::ast::{self, Name, On, StepKind, Trigger, TriggerKind};

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

impl<'w> Checker<'w> {
    pub fn journeys(&mut self) -> Vec<model::Journey> {
        let all: Vec<JourneyId> = (0..self.names.journeys.len() as u32)
            .map(JourneyId)
            .collect();
        for id in &all {
            let causes = self.find_causes(*id);
            self.causes.push(Arc::new(causes));
        }
        let mut journeys = Vec::new();
        for id in all {
            let decl = self.names.journeys[id.index()].decl;
            let causes = self.causes[id.index()].clone();
            let (model, _) = self.walk(id, &causes);
            self.declared_well(decl, &causes);
            let traveler = self.names.find_traveler(&decl.traveler);
            if self.found(traveler).is_some() {
                journeys.push(model);
            }
        }
        journeys
    }

    /// Walks a journey until nothing new turns up of how it moves.
    fn find_causes(&mut self, id: JourneyId) -> Causes {
        let was_quiet = std::mem::replace(&mut self.quiet, true);
        let mut known = Causes::default();
        // Each round adds a milestone or an event, or takes a variable away: it ends long before.
        let rounds = 1000;
        for _ in 0..rounds {
            let (_, next) = self.walk(id, &known);
            if next.same(&known) {
                break;
            }
            known = next;
        }
        self.quiet = was_quiet;
        known
    }

    /// Variables without `| null` or a default.
    pub fn required(&self, id: JourneyId) -> Set {
        let variables = self.names.journeys[id.index()].variables.iter();
        variables
            .filter(|f| !f.ty.is_nullable() && !f.ty.is_error() && f.decl.default.is_none())
            .map(|f| f.decl.name.text.clone())
            .collect()
    }

    pub fn scope<'s>(
        &self,
        id: JourneyId,
        journeys: Vec<JourneyId>,
        causes: &'s Causes,
    ) -> Scope<'s> {
        Scope {
            place: self.journey_place(id),
            journeys,
            causes,
            required: self.required(id),
            over: None,
            gotos: Vec::new(),
            ends: Vec::new(),
        }
    }

    /// One walk: what it tells of how the journey moves, given what is known of that already.
    fn walk(&mut self, id: JourneyId, known: &Causes) -> (model::Journey, Causes) {
        let journey = &self.names.journeys[id.index()];
        let decl = journey.decl;
        let variables = journey.variables.clone();
        let mut next = Causes::default();
        let mut facts: BTreeMap<Arc<str>, Facts> = BTreeMap::new();
        let mut scope = self.scope(id, vec![id], known);
        let start = self.start(id, known, &mut next, &mut facts);
        let mut enters = Vec::new();
        for (index, milestone) in decl.milestones.iter().enumerate() {
            enters.push(self.enter(decl, index, milestone, &scope, known, &mut next, &mut facts));
        }
        let mut milestones = Vec::new();
        for (milestone, enter) in decl.milestones.iter().zip(enters) {
            let name = &milestone.name.text;
            let entry = known.milestones.get(name);
            if self.quiet && entry.is_none() {
                continue;
            }
            let facts = match facts.remove(name) {
                Some(facts) if !known.jumped.contains(name) => facts,
                _ => Facts::default(),
            };
            let set = set_of(entry, &scope.required);
            let mut flow = Flow::new(cause_of(entry), facts, set.clone());
            let steps = self.steps(&milestone.steps, &mut scope, &mut flow);
            let rules = milestone
                .rules
                .iter()
                .map(|rule| {
                    let base = base_set(&rule.trigger, known, &scope.required, &set);
                    self.rule(rule, &mut scope, base)
                })
                .collect();
            let promise = milestone.promise.as_ref().map(|promise| {
                if let Some(of) = &promise.of {
                    self.milestone(of, &[id]);
                }
                model::Promise {
                    within: promise.within.value,
                    of: promise.of.as_ref().map(|of| of.text.clone()),
                    at: self.at(promise.span),
                }
            });
            milestones.push(model::Milestone {
                name: name.clone(),
                title: milestone.title.as_deref().map(Arc::from),
                enter,
                promise,
                steps,
                detached: milestone.detached,
                rules,
                at: self.at(milestone.name.span),
            });
        }
        let always = known.always_set();
        let rules = decl
            .rules
            .iter()
            .map(|rule| {
                let base = base_set(&rule.trigger, known, &scope.required, &always);
                self.rule(rule, &mut scope, base)
            })
            .collect();
        if self.quiet && !known.milestones.is_empty() {
            for rule in self.rules_of(id) {
                let base = base_set(&rule.trigger, known, &scope.required, &always);
                self.rule(rule, &mut scope, base);
            }
        }
        let end = decl
            .end
            .iter()
            .map(|trigger| {
                let (model, flow) = self.trigger(trigger, &scope, always.clone());
                next.ended(&Entry {
                    event: flow.event,
                    set: flow.set,
                });
                model
            })
            .collect();
        for (milestone, entry) in std::mem::take(&mut scope.gotos) {
            next.enter(&milestone, &entry);
            next.jumped.insert(milestone);
        }
        for entry in std::mem::take(&mut scope.ends) {
            next.ended(&entry);
        }
        let model = model::Journey {
            name: decl.name.text.clone(),
            title: decl.title.as_deref().map(Arc::from),
            lifecycle: decl.lifecycle.as_ref().map(|l| l.text.clone()),
            traveler: decl.traveler.text.clone(),
            owner: decl.owner.as_deref().map(Arc::from),
            status: status(decl.status.value),
            priority: decl.priority,
            happy_path: decl.happy_path.iter().map(|n| n.text.clone()).collect(),
            key: self.keys.get(&id).cloned(),
            variables: self.fields(&variables),
            start,
            reentry: reentry(&decl.reentry),
            while_active: match decl.while_active {
                ast::WhileActive::Ignore => model::WhileActive::Ignore,
                ast::WhileActive::Restart => model::WhileActive::Restart,
            },
            milestones,
            rules,
            end,
            at: self.at(decl.name.span),
        };
        (model, next)
    }

    /// `start:` enters the first milestone.
    fn start(
        &mut self,
        id: JourneyId,
        known: &Causes,
        next: &mut Causes,
        facts: &mut BTreeMap<Arc<str>, Facts>,
    ) -> Vec<model::Trigger> {
        let decl = self.names.journeys[id.index()].decl;
        let mut scope = self.scope(id, vec![id], known);
        scope.place = self.start_place(id);
        let mut out = Vec::new();
        for trigger in &decl.start {
            self.not_by_itself(trigger);
            let (model, flow) = self.trigger(trigger, &scope, Set::new());
            out.push(model);
            let entry = Entry {
                event: flow.event,
                set: flow.set,
            };
            next.started(&entry);
            if decl.while_active == ast::WhileActive::Restart {
                next.ended(&Entry {
                    set: known.always_set(),
                    ..entry.clone()
                });
            }
            if let Some(first) = decl.milestones.first() {
                next.enter(&first.name.text, &entry);
                entered(facts, &first.name.text, flow.facts);
            }
        }
        out
    }

    /// A journey does not start because of what its own sessions do.
    fn not_by_itself(&mut self, trigger: &Trigger) {
        let TriggerKind::On(ons) = &trigger.kind else {
            return;
        };
        for on in ons {
            let (span, what) = match on {
                On::Start(span) => (*span, "start"),
                On::End(span) => (*span, "end"),
                On::Milestone(name) => (name.span, "milestone"),
                _ => continue,
            };
            self.report(
                Diagnostic::new(
                    &codes::CONFLICTING_KEYS,
                    span,
                    format!("a journey cannot start `on: {what}`: it has no session yet"),
                )
                .help("name an event, or another journey: `on: journey.NAME.ended`"),
            );
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn enter(
        &mut self,
        journey: &ast::Journey,
        index: usize,
        milestone: &ast::Milestone,
        scope: &Scope<'_>,
        known: &Causes,
        next: &mut Causes,
        facts: &mut BTreeMap<Arc<str>, Facts>,
    ) -> Vec<model::Trigger> {
        let mut out = Vec::new();
        for trigger in &milestone.enter {
            let from: Vec<Arc<str>> = match &trigger.from {
                None => journey.milestones[..index]
                    .iter()
                    .map(|m| m.name.text.clone())
                    .collect(),
                Some(names) => names
                    .iter()
                    .filter(|name| self.milestone(name, &scope.journeys))
                    .map(|name| name.text.clone())
                    .collect(),
            };
            let mut set: Option<Set> = None;
            for entry in from.iter().filter_map(|name| known.milestones.get(name)) {
                set = Some(match set {
                    Some(set) => set.intersection(&entry.set).cloned().collect(),
                    None => entry.set.clone(),
                });
            }
            let is_reachable = set.is_some();
            let set = set.unwrap_or_else(|| scope.required.clone());
            let (mut model, flow) = self.trigger(trigger, scope, set);
            model.from = from;
            out.push(model);
            if is_reachable {
                let entry = Entry {
                    event: flow.event,
                    set: flow.set,
                };
                next.enter(&milestone.name.text, &entry);
            }
            entered(facts, &milestone.name.text, flow.facts);
        }
        out
    }

    pub fn rule(&mut self, rule: &ast::Rule, scope: &mut Scope<'_>, base: Set) -> model::Rule {
        scope.over = over(&rule.trigger);
        let (trigger, mut flow) = self.trigger(&rule.trigger, scope, base);
        let steps = self.steps(&rule.steps, scope, &mut flow);
        scope.over = None;
        model::Rule {
            name: rule.name.text.clone(),
            journeys: Vec::new(),
            trigger,
            steps,
            at: self.at(rule.name.span),
        }
    }

    /// What must hold of a journey as a whole.
    fn declared_well(&mut self, decl: &'w ast::Journey, causes: &Causes) {
        self.unique("milestone", decl.milestones.iter().map(|m| &m.name));
        let milestone_rules = decl.milestones.iter().flat_map(|m| &m.rules);
        self.unique(
            "rule",
            decl.rules.iter().chain(milestone_rules).map(|r| &r.name),
        );
        self.unique("step on the happy path", &decl.happy_path);
        let known: Vec<&str> = decl.milestones.iter().map(|m| &*m.name.text).collect();
        for name in &decl.happy_path {
            if !known.contains(&&*name.text) {
                self.report(super::triggers::unknown_milestone(name, &known));
            }
        }
        for milestone in &decl.milestones {
            if let Some(channel) = &milestone.channel {
                let found = self.names.find_channel(channel);
                self.found(found);
            }
        }
        self.lifecycle(decl.lifecycle.as_ref());
        if self.has_unread_parts(decl) {
            return;
        }
        for milestone in &decl.milestones {
            if causes.milestones.contains_key(&milestone.name.text) {
                continue;
            }
            let message = format!("the milestone `{}` can never be entered", milestone.name);
            let diagnostic =
                Diagnostic::new(&codes::UNREACHABLE_MILESTONE, milestone.name.span, message);
            self.report(if milestone.enter.is_empty() {
                diagnostic
                    .note("it has no `enter`, is not the first, and no `goto` leads to it")
                    .help("add `enter:`, or a `goto`")
            } else {
                diagnostic
                    .note("no milestone that it may be entered from can be entered")
                    .help("name another in `from`")
            });
        }
    }

    fn lifecycle(&mut self, stage: Option<&Name>) {
        let Some(stage) = stage else {
            return;
        };
        let own = self
            .names
            .workspace
            .manifest
            .lifecycles
            .iter()
            .map(|n| &*n.text);
        let known: Vec<&str> = LIFECYCLES.into_iter().chain(own).collect();
        if !known.contains(&&*stage.text) {
            self.report(
                Diagnostic::new(
                    &codes::UNKNOWN_NAME,
                    stage.span,
                    format!("there is no lifecycle stage `{stage}`"),
                )
                .suggest(&stage.text, known),
            );
        }
    }

    /// A part that could not be read might lead anywhere.
    fn has_unread_parts(&self, decl: &ast::Journey) -> bool {
        let unread_rule = self
            .names
            .broken
            .iter()
            .any(|(kind, _)| *kind == ast::Kind::Rule);
        let blocks = decl
            .milestones
            .iter()
            .flat_map(|m| std::iter::once(&m.steps).chain(m.rules.iter().map(|r| &r.steps)))
            .chain(decl.rules.iter().map(|r| &r.steps))
            .chain(self.names.rules.iter().map(|r| &r.steps));
        let unknown = |name: &Name| decl.milestones.iter().all(|m| m.name.text != name.text);
        let misspelt = decl
            .milestones
            .iter()
            .flat_map(|m| &m.enter)
            .flat_map(|t| t.from.iter().flatten())
            .any(unknown);
        let mut unread = unread_rule || misspelt || decl.start.is_empty();
        for steps in blocks {
            each(steps, &mut |step| {
                unread |= matches!(step.kind, StepKind::Error)
            });
        }
        unread
    }
}

fn entered(facts: &mut BTreeMap<Arc<str>, Facts>, milestone: &Arc<str>, new: Facts) {
    let all = match facts.get(milestone) {
        Some(known) => known.or(&new),
        None => new,
    };
    facts.insert(milestone.clone(), all);
}

/// The `on: end` of a trigger.
fn over(trigger: &Trigger) -> Option<crate::source::Span> {
    let TriggerKind::On(ons) = &trigger.kind else {
        return None;
    };
    ons.iter().find_map(|on| match on {
        On::End(span) => Some(*span),
        _ => None,
    })
}

/// The variables that are set whenever a rule fires; `otherwise` where its trigger says nothing.
pub(super) fn base_set(trigger: &Trigger, causes: &Causes, required: &Set, otherwise: &Set) -> Set {
    let TriggerKind::On(ons) = &trigger.kind else {
        return otherwise.clone();
    };
    let mut base: Option<Set> = None;
    for on in ons {
        let set = match on {
            On::Start(_) => set_of(causes.start.as_ref(), required),
            On::End(_) => set_of(causes.end.as_ref(), required),
            On::Milestone(name) => set_of(causes.milestones.get(&name.text), required),
            _ => otherwise.clone(),
        };
        base = Some(match base {
            Some(known) => known.intersection(&set).cloned().collect(),
            None => set,
        });
    }
    base.unwrap_or_else(|| otherwise.clone())
}

fn status(written: ast::Status) -> model::Status {
    match written {
        ast::Status::Hypothetical => model::Status::Hypothetical,
        ast::Status::Shadow => model::Status::Shadow,
        ast::Status::Live => model::Status::Live,
        ast::Status::Paused => model::Status::Paused,
    }
}

fn reentry(written: &ast::Reentry) -> model::Reentry {
    match written {
        ast::Reentry::Never => model::Reentry::Never,
        ast::Reentry::Always => model::Reentry::Always,
        ast::Reentry::After { wait, since } => model::Reentry::After {
            wait: wait.value,
            since: match since {
                ast::ReentryAfter::End => model::Since::End,
                ast::ReentryAfter::Start => model::Since::Start,
            },
        },
    }
}
