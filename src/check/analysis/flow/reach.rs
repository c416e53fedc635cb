//! Who may set off whom, whatever conditions say: which listeners may come round to themselves.
//!
//! All that can be is in it, and more: the ways that [`super::loops`] walks with what is known on
//! them are walked only from listeners that stand in a circle here, which few do.

use std::sync::Arc;

use rayon::prelude::*;

use hashbrown::HashMap;

use super::listeners::{Happened, Role};
use super::occurrences::World;
use super::path::may_be_none;
use crate::resolve::EventSource;
use crate::syntax::ast::{Assign, EventRef, Milestone, Name, Step, StepKind};

/// By listener, whether something that it sets off may set it off again.
pub(super) fn in_circles(world: &World<'_, '_>) -> Vec<bool> {
    let graph = Graph::new(world);
    let listeners = 0..world.listeners.len();
    let mut next: Vec<Vec<usize>> = listeners
        .into_par_iter()
        .map(|index| graph.listener(index))
        .collect();
    let journeys = 0..world.maps.len();
    let bodies: Vec<Vec<Vec<usize>>> = journeys
        .into_par_iter()
        .map(|journey| graph.bodies(journey))
        .collect();
    next.extend(bodies.into_iter().flatten());
    next.extend(graph.heard.iter().map(|key| graph.written(key)));
    let segments = &world.checker.names.segments;
    next.extend(segments.iter().map(|segment| graph.changed(&segment.name)));
    let mut circles = super::circuits::in_circuits(&next);
    circles.truncate(world.listeners.len());
    circles
}

/// The nodes are the listeners, then the bodies of all milestones, what is heard when it is written,
/// and the segments.
struct Graph<'g, 'w, 'c> {
    world: &'g World<'w, 'c>,
    /// The node of the first milestone of each journey.
    first: Vec<usize>,
    /// What conditions read.
    heard: Vec<&'g str>,
    /// The nodes of that.
    keys: HashMap<&'g str, usize>,
    /// The node of the first segment.
    segments: usize,
    /// The traits that count something, by it.
    traits: HashMap<Arc<str>, Vec<String>>,
}

/// What a node sets off, all of it in one journey.
struct SetOff {
    journey: usize,
    next: Vec<usize>,
}

impl SetOff {
    fn new(journey: usize) -> Self {
        Self {
            journey,
            next: Vec::new(),
        }
    }
}

impl<'g, 'w, 'c> Graph<'g, 'w, 'c> {
    fn new(world: &'g World<'w, 'c>) -> Self {
        let mut count = world.listeners.len();
        let mut first = Vec::with_capacity(world.maps.len());
        for map in world.maps {
            first.push(count);
            count += map.decl.milestones.len();
        }
        let heard = world.hearing.heard();
        let mut traits: HashMap<Arc<str>, Vec<String>> = HashMap::new();
        for traveler in &world.checker.names.travelers {
            for it in &traveler.traits {
                let counted = traits
                    .entry(it.decl.source.event.text().clone())
                    .or_default();
                counted.push(format!("traveler.{}", it.decl.name));
            }
        }
        Self {
            world,
            first,
            keys: heard.iter().copied().zip(count..).collect(),
            segments: count + heard.len(),
            heard,
            traits,
        }
    }

    fn listener(&self, index: usize) -> Vec<usize> {
        let listener = &self.world.listeners[index];
        let journey = listener.journey;
        let name = &listener.decl.name;
        let mut off = SetOff::new(journey);
        self.set(&mut off, &listener.trigger.set);
        match listener.role {
            Role::Start => {
                self.happens(&mut off, &Happened::Within(journey, "start".into()));
                self.happens(
                    &mut off,
                    &Happened::Named(format!("journey.{name}.started").into()),
                );
                self.enters(&mut off, 0);
            }
            Role::Enter(to) => self.enters(&mut off, to),
            Role::Rule(_) => self.steps(&mut off, listener.steps),
            Role::End => self.ends(&mut off),
        }
        off.next
    }

    /// What follows where each milestone of a journey has been entered.
    fn bodies(&self, journey: usize) -> Vec<Vec<usize>> {
        let milestones = self.world.maps[journey].decl.milestones.iter();
        let body = |(index, milestone): (usize, &Milestone)| {
            let mut off = SetOff::new(journey);
            let entered = Arc::from(format!("milestone.{}", milestone.name));
            self.happens(&mut off, &Happened::Within(journey, entered));
            let of_journey = self.world.hearing.of_journey(journey);
            off.next
                .extend(of_journey.filter(|it| self.world.comes_with(*it, index)));
            self.steps(&mut off, &milestone.steps);
            off.next
        };
        milestones.enumerate().map(body).collect()
    }

    fn enters(&self, off: &mut SetOff, milestone: usize) {
        if milestone < self.world.maps[off.journey].decl.milestones.len() {
            off.next.push(self.first[off.journey] + milestone);
        }
    }

    fn ends(&self, off: &mut SetOff) {
        let name = &self.world.maps[off.journey].decl.name;
        self.happens(off, &Happened::Within(off.journey, "end".into()));
        self.happens(
            off,
            &Happened::Named(format!("journey.{name}.ended").into()),
        );
    }

    /// Everything that the steps may do before they wait.
    fn steps(&self, off: &mut SetOff, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Wait(wait) if !may_be_none(&wait.kind) => return,
                StepKind::Send { template, hold, .. } => {
                    self.acts(off, || format!("send.{template}"));
                    if *hold {
                        return;
                    }
                }
                StepKind::Call { action, set, .. } => {
                    self.acts(off, || format!("call.{action}"));
                    if !set.is_empty() {
                        return;
                    }
                }
                StepKind::Set(assigns) => self.set(off, assigns),
                StepKind::Update(assigns) => self.updates(off, assigns),
                StepKind::Emit { event, .. } => self.emits(off, event),
                StepKind::Goto(name) => {
                    if let Some(to) = self.world.maps[off.journey].index(&name.text) {
                        self.enters(off, to);
                    }
                }
                StepKind::End(_) => self.ends(off),
                kind => super::visit::blocks(kind)
                    .into_iter()
                    .for_each(|block| self.steps(off, block)),
            }
        }
    }

    fn emits(&self, off: &mut SetOff, event: &EventRef) {
        let what = event.text().clone();
        let names = &self.world.checker.names;
        if let Some(id) = names.vocabulary.find_event(&what) {
            let event = &names.events[id.index()];
            match event.source {
                EventSource::Event(decl) => self.updates(off, &decl.update),
                EventSource::Entity(decl) => {
                    self.updates(off, &decl.update);
                    for map in &decl.maps {
                        self.writes(off, &format!("traveler.{}", map.profile));
                    }
                }
            }
            if let Some(base) = event.base {
                self.updates(off, &base.update);
            }
        }
        self.acts(off, || what.to_string());
        self.happens(off, &Happened::Named(what));
    }

    /// Traits count it.
    fn acts(&self, off: &mut SetOff, what: impl Fn() -> String) {
        if self.traits.is_empty() {
            return;
        }
        for key in self.traits.get(&*what()).into_iter().flatten() {
            self.writes(off, key);
        }
    }

    fn set(&self, off: &mut SetOff, assigns: &[Assign]) {
        if self.world.hearing.hears_variables() {
            for assign in assigns {
                let key = format!("{}/vars.{}", off.journey, assign.target);
                self.writes(off, &key);
            }
        }
    }

    fn updates(&self, off: &mut SetOff, assigns: &[Assign]) {
        for assign in assigns {
            self.writes(off, &format!("traveler.{}", assign.target));
        }
    }

    /// Conditions and segments that read it may change.
    fn writes(&self, off: &mut SetOff, key: &str) {
        off.next.extend(self.keys.get(key));
    }

    /// What follows where something has been written.
    fn written(&self, key: &str) -> Vec<usize> {
        let hearing = &self.world.hearing;
        let segments = hearing.segments(key).iter();
        let segments = segments.map(|index| self.segments + index);
        hearing
            .turning(key)
            .iter()
            .copied()
            .chain(segments)
            .collect()
    }

    /// What follows where travelers enter or leave a segment.
    fn changed(&self, segment: &Name) -> Vec<usize> {
        let mut next = Vec::new();
        for how in ["entered", "left"] {
            let what = Happened::Named(format!("segment.{segment}.{how}").into());
            next.extend(self.world.hearing.of(&what));
        }
        let key = format!("segment.{segment}");
        next.extend(self.keys.get(key.as_str()));
        next
    }

    fn happens(&self, off: &mut SetOff, what: &Happened) {
        let world = self.world;
        for index in world.hearing.of(what) {
            self.hears(off, *index);
        }
    }

    /// A listener hears something, where it is of the same travelers.
    fn hears(&self, off: &mut SetOff, listener: usize) {
        let traveler = &self.world.maps[off.journey].decl.traveler.text;
        if self.world.listeners[listener].traveler() == traveler {
            off.next.push(listener);
        }
    }
}
