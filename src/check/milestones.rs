//! The milestones of a journey: what leads to each, and what holds there.
//!
//! This is what is known of a journey while it is checked; [`super::travel`] checks it.

use std::collections::HashMap;
use std::sync::Arc;

use super::analysis::{Lasting, each};
use super::flow::{Causes, Names, Scope, State, Unit, because, common};
use super::triggers::Fired;
use crate::model::env::Here;
use crate::model::{self, Step};
use crate::source::Span;
use crate::syntax::ast::{self, On, StepKind, TriggerKind, WhileActive};

/// A journey while it is checked.
pub(super) struct Journeying<'w> {
    pub decl: &'w ast::Journey,
    pub scope: Scope,
    pub start: Vec<Option<Unit<Fired>>>,
    pub milestones: Vec<Place<'w>>,
    pub rules: Vec<Option<Unit<model::Rule>>>,
    /// Rules outside any journey that hold in this one, of those that go or end somewhere.
    pub global: Vec<(&'w ast::Rule, Option<Unit<model::Rule>>)>,
    pub end: Vec<Option<Unit<Fired>>>,
    /// The index of each milestone; of two of one name, the first.
    by_name: HashMap<Arc<str>, usize>,
    /// Travelers have several identities: two may turn out to be one, and a session of theirs ends then.
    pub joins: bool,
}

/// A milestone while it is checked.
pub(super) struct Place<'w> {
    pub decl: &'w ast::Milestone,
    /// By trigger: where it may be entered from.
    pub from: Vec<From>,
    pub enter: Vec<Option<Unit<Fired>>>,
    /// What holds when it is entered; none as long as nothing leads there.
    pub entry: Option<State>,
    pub steps: Option<Unit<Vec<Step>>>,
    /// What has been set while it waits.
    pub rest: Option<Names>,
    /// A session may be in it when something happens: not every one leaves it as soon as it enters.
    pub hears: bool,
    pub rules: Vec<Option<Unit<model::Rule>>>,
}

/// Where a milestone may be entered from.
pub(super) struct From {
    /// By index.
    pub milestones: Vec<usize>,
    /// A name in it is not known: it may be any.
    pub any: bool,
}

impl<'w> Journeying<'w> {
    pub(super) fn new(decl: &'w ast::Journey, scope: Scope, global: Vec<&'w ast::Rule>) -> Self {
        let none = |count: usize| (0..count).map(|_| None).collect();
        let milestones = decl.milestones.iter().enumerate();
        let names = milestones.clone();
        Self {
            scope,
            start: none(decl.start.len()),
            milestones: milestones
                .map(|(index, milestone)| Place {
                    decl: milestone,
                    from: from_of(decl, index),
                    enter: none(milestone.enter.len()),
                    entry: None,
                    steps: None,
                    rest: None,
                    hears: false,
                    rules: (0..milestone.rules.len()).map(|_| None).collect(),
                })
                .collect(),
            rules: (0..decl.rules.len()).map(|_| None).collect(),
            global: (global.into_iter())
                .filter(|rule| moves(&rule.steps))
                .map(|rule| (rule, None))
                .collect(),
            end: none(decl.end.len()),
            by_name: names
                .rev()
                .map(|(at, it)| (it.name.text.clone(), at))
                .collect(),
            joins: false,
            decl,
        }
    }

    /// Whether every session is over as soon as it starts.
    pub(super) fn is_over_at_once(&self) -> bool {
        self.decl.end.iter().any(|end| match &end.kind {
            TriggerKind::On(ons) => {
                end.when.is_none() && ons.iter().any(|on| matches!(on, On::Start(_)))
            }
            _ => false,
        })
    }

    /// What has been set in every milestone that is reached.
    pub(super) fn rest(&self) -> Names {
        let rests = self.milestones.iter().filter_map(|m| m.rest.as_ref());
        rests
            .cloned()
            .reduce(|a, b| common(&a, &b))
            .unwrap_or_else(|| Names::clone(&self.scope.must_set))
    }

    /// A step somewhere could not be read.
    pub(super) fn is_broken(&self) -> bool {
        let steps = self.milestones.iter().flat_map(|m| &m.steps);
        let mut rules = self
            .milestones
            .iter()
            .flat_map(|m| &m.rules)
            .chain(&self.rules)
            .chain(self.global.iter().map(|(_, unit)| unit))
            .flatten();
        steps.into_iter().any(|unit| unit.broken) || rules.any(|unit| unit.broken)
    }

    /// What holds when the session starts, ends, or enters a milestone, for rules on that.
    pub(super) fn causes(&self) -> Causes {
        let lasting = |mut state: State| {
            state.keep_facts(&["event", "traveler"]);
            state
        };
        let start = self
            .start
            .iter()
            .flatten()
            .map(|unit| unit.made.state.clone())
            .reduce(State::or)
            .map(lasting);
        let triggers = self.end.iter().flatten().map(|u| u.made.state.clone());
        let steps = self.milestones.iter().filter_map(|m| m.steps.as_ref());
        let own = self.milestones.iter().flat_map(|m| &m.rules);
        let global = self.global.iter().map(|(_, unit)| unit);
        let rules = own.chain(&self.rules).chain(global).flatten();
        let by_steps = steps
            .flat_map(|u| u.ends.clone())
            .chain(rules.flat_map(|u| u.ends.clone()));
        let restarted = start
            .iter()
            .filter(|_| self.decl.while_active == WhileActive::Restart)
            .cloned()
            .map(|state| State {
                set: self.rest(),
                ..state
            });
        let end = triggers
            .chain(by_steps)
            .chain(restarted)
            .reduce(State::or)
            .map(lasting)
            .map(|state| self.or_joined(state));
        let entered = self.milestones.iter().filter_map(|m| {
            let entry = m.entry.clone()?;
            Some((m.decl.name.text.clone(), lasting(entry)))
        });
        Causes {
            start,
            end,
            entered: entered.collect(),
        }
    }

    /// What holds at an end that may also be a join: in any milestone, of any traveler. What `event` is
    /// does not come of that: after a join all of it is absent.
    fn or_joined(&self, mut state: State) -> State {
        if self.joins {
            state.set = common(&state.set, &self.rest());
            state.keep_facts(&["event"]);
        }
        state
    }

    /// A milestone can be entered with this holding; the place is what leads there.
    pub(super) fn enters(&mut self, index: usize, mut state: State, span: Span) {
        if matches!(state.event, Here::Not(_)) {
            let name = &self.milestones[index].decl.name;
            state.event = because(
                format!("`event` is not available here: `{name}` can be reached without one"),
                "use the profile, a trait or a variable",
                span,
                "this leads there without an event",
            );
        }
        // What leads there may be followed by other steps: only the event stays as it is.
        state.facts.world.retain(Lasting::is_of_event);
        let entry = &mut self.milestones[index].entry;
        *entry = Some(match entry.take() {
            Some(before) => {
                let world = before.facts.world.widened(&state.facts.world);
                let mut both = before.or(state);
                both.facts.world = world;
                both
            }
            None => state,
        });
    }

    pub(super) fn go(&mut self, gotos: Vec<super::flow::Goto>) {
        for goto in gotos {
            if let Some(index) = self.by_name.get(&goto.milestone).copied() {
                self.enters(index, goto.state, goto.span);
            }
        }
    }
}

/// Whether steps may move the session, or could not be read.
fn moves(steps: &[ast::Step]) -> bool {
    let mut moves = false;
    each(steps, &mut |step| {
        moves |= matches!(
            step.kind,
            StepKind::Goto(_) | StepKind::End(_) | StepKind::Error
        );
    });
    moves
}

/// `from` of each trigger: as written, or every milestone above.
fn from_of(journey: &ast::Journey, index: usize) -> Vec<From> {
    let triggers = journey.milestones[index].enter.iter();
    triggers
        .map(|trigger| match &trigger.from {
            None => From {
                milestones: (0..index).collect(),
                any: false,
            },
            Some(names) => {
                let find = |name: &ast::Name| {
                    let mut all = journey.milestones.iter();
                    all.position(|m| m.name.text == name.text)
                };
                From {
                    milestones: names.iter().filter_map(find).collect(),
                    any: names.iter().any(|name| find(name).is_none()),
                }
            }
        })
        .collect()
}
