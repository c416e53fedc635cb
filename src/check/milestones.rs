//! The milestones of a journey: what leads to each, and what holds there.
//!
//! What is known before a body depends on the bodies that lead to it, in circles too: each is
//! checked until nothing changes. What is known only ever becomes less, so this comes to an end.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::Checker;
use super::flow::{Causes, Scope, State, Unit, because};
use super::triggers::{Fired, Role, trigger_span};
use crate::model::env::Here;
use crate::model::{self, Step};
use crate::source::Span;
use crate::syntax::ast::{self, WhileActive};

type Names = BTreeSet<Arc<str>>;

/// A journey while it is checked.
pub(super) struct Journeying<'w> {
    pub decl: &'w ast::Journey,
    pub scope: Scope,
    pub start: Vec<Option<Unit<Fired>>>,
    pub milestones: Vec<Place<'w>>,
    pub rules: Vec<Option<Unit<model::Rule>>>,
    /// Rules outside any journey that hold in this one.
    pub global: Vec<(&'w ast::Rule, Option<Unit<model::Rule>>)>,
    pub end: Vec<Option<Unit<Fired>>>,
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
                    rules: (0..milestone.rules.len()).map(|_| None).collect(),
                })
                .collect(),
            rules: (0..decl.rules.len()).map(|_| None).collect(),
            global: global.into_iter().map(|rule| (rule, None)).collect(),
            end: none(decl.end.len()),
            decl,
        }
    }

    /// What has been set in every milestone that is reached.
    pub(super) fn rest(&self) -> Names {
        let rests = self.milestones.iter().filter_map(|m| m.rest.as_ref());
        rests
            .cloned()
            .reduce(|a, b| a.intersection(&b).cloned().collect())
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

    /// A milestone can be entered with this holding; the place is what leads there.
    fn enters(&mut self, index: usize, mut state: State, span: Span) {
        if matches!(state.event, Here::Not(_)) {
            let name = &self.milestones[index].decl.name;
            state.event = because(
                format!("`event` is not here: `{name}` can be reached without one"),
                "use the profile, a trait or a variable",
                span,
                "this leads there without an event",
            );
        }
        let entry = &mut self.milestones[index].entry;
        *entry = Some(match entry.take() {
            Some(before) => before.or(state),
            None => state,
        });
    }

    fn go(&mut self, gotos: Vec<super::flow::Goto>) {
        for goto in gotos {
            let index = self
                .milestones
                .iter()
                .position(|m| m.decl.name.text == goto.milestone);
            if let Some(index) = index {
                self.enters(index, goto.state, goto.span);
            }
        }
    }
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

impl Checker<'_> {
    /// Checks all bodies of a journey until what is known before each holds.
    pub(super) fn travel(&mut self, journey: &mut Journeying<'_>) {
        self.starts(journey);
        loop {
            let before: Vec<_> = journey
                .milestones
                .iter()
                .map(|m| (m.entry.clone(), m.rest.clone()))
                .collect();
            let causes = journey.scope.causes.clone();
            for index in 0..journey.milestones.len() {
                self.entered(journey, index);
                self.stays(journey, index);
            }
            self.everywhere(journey);
            journey.scope.causes = Self::causes(journey);
            let mut after = journey.milestones.iter().map(|m| (&m.entry, &m.rest));
            let same = before
                .iter()
                .all(|(entry, rest)| after.next().is_some_and(|(e, r)| e == entry && r == rest));
            if same && causes == journey.scope.causes {
                break;
            }
        }
        self.unreached(journey);
    }

    fn starts(&mut self, journey: &mut Journeying<'_>) {
        let mut scope = journey.scope.clone();
        scope.place = Self::before_start(&scope.place);
        let before = State::new(Here::Is(Vec::new()), Names::new());
        let mut units = std::mem::take(&mut journey.start);
        for (unit, written) in units.iter_mut().zip(&journey.decl.start) {
            self.unit(unit, &scope, &before, |checker, scope, before| {
                checker.trigger(written, Role::Start, scope, before)
            });
            if let (Some(unit), false) = (unit, journey.milestones.is_empty()) {
                journey.enters(0, unit.made.state.clone(), trigger_span(written));
            }
        }
        journey.start = units;
        if let Some(first) = journey.milestones.first_mut()
            && first.entry.is_none()
        {
            first.entry = Some(State::new(
                Here::Is(Vec::new()),
                Names::clone(&scope.must_set),
            ));
        }
    }

    /// The triggers of a milestone's `enter` that can fire.
    fn entered(&mut self, journey: &mut Journeying<'_>, index: usize) {
        let decl = journey.milestones[index].decl;
        for (at, written) in decl.enter.iter().enumerate() {
            let from = &journey.milestones[index].from[at];
            let mut rests = from
                .milestones
                .iter()
                .filter_map(|from| journey.milestones[*from].rest.clone())
                .collect::<Vec<_>>();
            if from.any {
                rests.extend(journey.milestones.iter().filter_map(|m| m.rest.clone()));
            }
            let set = rests
                .into_iter()
                .reduce(|a, b| a.intersection(&b).cloned().collect());
            let Some(set) = set else { continue };
            let state = self.enter(journey, index, at, set);
            journey.enters(index, state, trigger_span(written));
        }
    }

    fn enter(
        &mut self,
        journey: &mut Journeying<'_>,
        index: usize,
        at: usize,
        set: Names,
    ) -> State {
        let milestone = &mut journey.milestones[index];
        let before = State::new(Here::Is(Vec::new()), set);
        let written = &milestone.decl.enter[at];
        let unit = &mut milestone.enter[at];
        self.unit(unit, &journey.scope, &before, |checker, scope, before| {
            checker.trigger(written, Role::Enter, scope, before)
        });
        unit.as_ref().map_or(before, |unit| unit.made.state.clone())
    }

    /// The steps and rules of a milestone that is reached.
    fn stays(&mut self, journey: &mut Journeying<'_>, index: usize) {
        let Some(entry) = journey.milestones[index].entry.clone() else {
            return;
        };
        let milestone = &mut journey.milestones[index];
        let decl = milestone.decl;
        self.unit(
            &mut milestone.steps,
            &journey.scope,
            &entry,
            |checker, scope, before| {
                let mut state = before.clone();
                let steps = checker.steps(&decl.steps, scope, &mut state);
                scope.rests(&state);
                steps
            },
        );
        let mut gotos = Vec::new();
        let mut rest = entry.set.clone();
        if let Some(unit) = &milestone.steps {
            rest.extend(unit.rest.iter().flatten().cloned());
            gotos.extend(unit.gotos.iter().cloned());
        }
        milestone.rest = Some(rest.clone());
        let before = State::new(Here::Is(Vec::new()), rest);
        for (unit, rule) in milestone.rules.iter_mut().zip(&decl.rules) {
            self.unit(unit, &journey.scope, &before, |checker, scope, before| {
                checker.rule(rule, scope, before)
            });
            gotos.extend(unit.iter().flat_map(|unit| unit.gotos.clone()));
        }
        journey.go(gotos);
    }

    /// What holds in every milestone: the journey's rules, those outside it, and `end`.
    fn everywhere(&mut self, journey: &mut Journeying<'_>) {
        let before = State::new(Here::Is(Vec::new()), journey.rest());
        let scope = &journey.scope;
        let mut gotos = Vec::new();
        let own = journey.rules.iter_mut().zip(&journey.decl.rules);
        let global = journey
            .global
            .iter_mut()
            .map(|(rule, unit)| (unit, &**rule));
        for (unit, rule) in own.chain(global) {
            self.unit(unit, scope, &before, |checker, scope, before| {
                checker.rule(rule, scope, before)
            });
            gotos.extend(unit.iter().flat_map(|unit| unit.gotos.clone()));
        }
        for (unit, written) in journey.end.iter_mut().zip(&journey.decl.end) {
            self.unit(unit, scope, &before, |checker, scope, before| {
                checker.trigger(written, Role::End, scope, before)
            });
        }
        journey.go(gotos);
    }

    /// What holds when the session starts, ends, or enters a milestone, for rules on that.
    fn causes(journey: &Journeying<'_>) -> Causes {
        let lasting = |mut state: State| {
            state.keep_facts(&["event", "traveler"]);
            state
        };
        let start = journey
            .start
            .iter()
            .flatten()
            .map(|unit| unit.made.state.clone())
            .reduce(State::or)
            .map(lasting);
        let triggers = journey.end.iter().flatten().map(|u| u.made.state.clone());
        let steps = journey.milestones.iter().filter_map(|m| m.steps.as_ref());
        let own = journey.milestones.iter().flat_map(|m| &m.rules);
        let global = journey.global.iter().map(|(_, unit)| unit);
        let rules = own.chain(&journey.rules).chain(global).flatten();
        let by_steps = steps
            .flat_map(|u| u.ends.clone())
            .chain(rules.flat_map(|u| u.ends.clone()));
        let restarted = start
            .iter()
            .filter(|_| journey.decl.while_active == WhileActive::Restart)
            .cloned()
            .map(|state| State {
                set: journey.rest(),
                ..state
            });
        let end = triggers
            .chain(by_steps)
            .chain(restarted)
            .reduce(State::or)
            .map(lasting);
        let entered = journey.milestones.iter().filter_map(|m| {
            let entry = m.entry.clone()?;
            Some((m.decl.name.text.clone(), lasting(entry)))
        });
        Causes {
            start,
            end,
            entered: entered.collect(),
        }
    }

    /// Milestones that nothing leads to are told, and their bodies checked by themselves.
    fn unreached(&mut self, journey: &mut Journeying<'_>) {
        let all = Names::clone(&journey.scope.must_set);
        let unreached: Vec<usize> = (0..journey.milestones.len())
            .filter(|index| journey.milestones[*index].entry.is_none())
            .collect();
        let broken = journey.is_broken();
        for index in unreached {
            if !broken {
                self.unreachable(journey, index);
            }
            let mut entry: Option<State> = None;
            for at in 0..journey.milestones[index].enter.len() {
                let state = self.enter(journey, index, at, all.clone());
                entry = Some(match entry {
                    Some(before) => before.or(state),
                    None => state,
                });
            }
            let entry = entry.unwrap_or_else(|| State::new(Here::Is(Vec::new()), all.clone()));
            let milestone = &mut journey.milestones[index];
            let decl = milestone.decl;
            self.unit(
                &mut milestone.steps,
                &journey.scope,
                &entry,
                |checker, scope, before| checker.steps(&decl.steps, scope, &mut before.clone()),
            );
            let before = State::new(Here::Is(Vec::new()), all.clone());
            for (unit, rule) in milestone.rules.iter_mut().zip(&decl.rules) {
                self.unit(unit, &journey.scope, &before, |checker, scope, before| {
                    checker.rule(rule, scope, before)
                });
            }
        }
        // Triggers whose `from` is never reached, of milestones that others lead to.
        for index in 0..journey.milestones.len() {
            for at in 0..journey.milestones[index].enter.len() {
                if journey.milestones[index].enter[at].is_none() {
                    self.enter(journey, index, at, all.clone());
                }
            }
        }
    }

    fn unreachable(&mut self, journey: &Journeying<'_>, index: usize) {
        use crate::diagnostic::{Diagnostic, codes};
        let decl = journey.milestones[index].decl;
        let name = &decl.name;
        let message = format!("milestone `{name}` is never reached");
        let mut diagnostic = Diagnostic::new(&codes::UNREACHABLE_MILESTONE, name.span, message);
        diagnostic = match decl.enter.first() {
            None => diagnostic
                .here("not the first, without `enter`, and no `goto` leads here")
                .help(format!(
                    "add `enter:` with the event that leads here, or a `goto: {name}`"
                )),
            Some(trigger) => {
                let from: Vec<String> = journey.milestones[index]
                    .from
                    .iter()
                    .flat_map(|from| &from.milestones)
                    .map(|from| format!("`{}`", journey.milestones[*from].decl.name))
                    .collect();
                let label = match from.as_slice() {
                    [] => "it can be entered from no milestone".to_owned(),
                    from => format!("it can be entered only from {}", from.join(" and ")),
                };
                let why = match from.as_slice() {
                    [own] if *own == format!("`{name}`") => ": from itself",
                    [] => "",
                    _ => ", which are never reached before it",
                };
                let span = trigger
                    .from
                    .as_ref()
                    .and_then(|from| Some(from.first()?.span.cover(from.last()?.span)))
                    .unwrap_or_else(|| trigger_span(trigger));
                diagnostic
                    .label(span, format!("{label}{why}"))
                    .help("name a milestone that is reached under `from`, or leave `from` out")
            }
        };
        self.report(diagnostic);
    }
}
