//! Who may set off whom, whatever conditions say: which listeners may come round to themselves.
//!
//! All that can be is in it, and more: the ways that [`super::loops`] walks with what is known on
//! them are walked only from listeners that stand in a circle here, which few do.

use std::collections::HashMap;

use super::listeners::{Happened, Listener, Role};
use super::occurrences::World;
use super::path::over_at_once;
use crate::resolve::EventSource;
use crate::syntax::ast::{Assign, EventRef, Step, StepKind};

/// By listener, whether something that it sets off may set it off again.
pub(super) fn in_circles(world: &World<'_, '_>) -> Vec<bool> {
    let mut graph = Graph::new(world);
    for index in 0..world.listeners.len() {
        graph.listener(index);
    }
    for journey in 0..world.maps.len() {
        for milestone in 0..world.maps[journey].decl.milestones.len() {
            graph.body(journey, milestone);
        }
    }
    let mut circles = super::circuits::in_circuits(&graph.next);
    circles.truncate(world.listeners.len());
    circles
}

/// The nodes are the listeners, then the bodies of all milestones.
struct Graph<'g, 'w, 'c> {
    world: &'g World<'w, 'c>,
    /// The node of the first milestone of each journey.
    bodies: Vec<usize>,
    next: Vec<Vec<usize>>,
    /// The traits that count something, by it.
    traits: HashMap<String, Vec<String>>,
}

/// What happens in a journey, at a node.
#[derive(Clone, Copy)]
struct At {
    node: usize,
    journey: usize,
}

impl<'g, 'w, 'c> Graph<'g, 'w, 'c> {
    fn new(world: &'g World<'w, 'c>) -> Self {
        let mut count = world.listeners.len();
        let mut bodies = Vec::with_capacity(world.maps.len());
        for map in world.maps {
            bodies.push(count);
            count += map.decl.milestones.len();
        }
        let mut traits: HashMap<String, Vec<String>> = HashMap::new();
        for traveler in &world.checker.names.travelers {
            for it in &traveler.traits {
                let counted = traits.entry(it.decl.source.event.text()).or_default();
                counted.push(format!("traveler.{}", it.decl.name));
            }
        }
        Self {
            world,
            bodies,
            next: vec![Vec::new(); count],
            traits,
        }
    }

    fn listener(&mut self, index: usize) {
        let listener: &'g Listener<'w> = &self.world.listeners[index];
        let journey = listener.journey;
        let name = &listener.decl.name;
        let at = At {
            node: index,
            journey,
        };
        self.set(at, &listener.trigger.set);
        match listener.role {
            Role::Start => {
                self.happens(at, &Happened::Within(journey, "start".to_owned()));
                self.happens(at, &Happened::Named(format!("journey.{name}.started")));
                self.enters(at, 0);
            }
            Role::Enter(to) => self.enters(at, to),
            Role::Rule(_) => self.steps(at, listener.steps),
            Role::End => self.ends(at),
        }
    }

    /// What follows where a milestone has been entered.
    fn body(&mut self, journey: usize, milestone: usize) {
        let decl = &self.world.maps[journey].decl.milestones[milestone];
        let at = At {
            node: self.bodies[journey] + milestone,
            journey,
        };
        let entered = format!("milestone.{}", decl.name);
        self.happens(at, &Happened::Within(journey, entered));
        for index in self.world.hearing.of_journey(journey) {
            if self.world.comes_with(index, milestone) {
                self.next[at.node].push(index);
            }
        }
        self.steps(at, &decl.steps);
    }

    fn enters(&mut self, at: At, milestone: usize) {
        if milestone < self.world.maps[at.journey].decl.milestones.len() {
            self.next[at.node].push(self.bodies[at.journey] + milestone);
        }
    }

    fn ends(&mut self, at: At) {
        let name = &self.world.maps[at.journey].decl.name;
        self.happens(at, &Happened::Within(at.journey, "end".to_owned()));
        self.happens(at, &Happened::Named(format!("journey.{name}.ended")));
    }

    /// Everything that the steps may do before they wait.
    fn steps(&mut self, at: At, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Wait(wait) if over_at_once(&wait.kind) => {}
                StepKind::Wait(_) => return,
                StepKind::Send { template, hold, .. } => {
                    self.acts(at, &format!("send.{template}"));
                    if *hold {
                        return;
                    }
                }
                StepKind::Call { action, set, .. } => {
                    self.acts(at, &format!("call.{action}"));
                    if !set.is_empty() {
                        return;
                    }
                }
                StepKind::Set(assigns) => self.set(at, assigns),
                StepKind::Update(assigns) => self.updates(at, assigns),
                StepKind::Emit { event, .. } => self.emits(at, event),
                StepKind::Goto(name) => {
                    if let Some(to) = self.world.maps[at.journey].index(&name.text) {
                        self.enters(at, to);
                    }
                }
                StepKind::End(_) => self.ends(at),
                kind => super::visit::blocks(kind)
                    .into_iter()
                    .for_each(|block| self.steps(at, block)),
            }
        }
    }

    fn emits(&mut self, at: At, event: &EventRef) {
        let what = event.text();
        let names = &self.world.checker.names;
        if let Some(id) = names.vocabulary.find_event(&what) {
            let event = &names.events[id.index()];
            match event.source {
                EventSource::Event(decl) => self.updates(at, &decl.update),
                EventSource::Entity(decl) => {
                    self.updates(at, &decl.update);
                    for map in &decl.maps {
                        self.writes(at, format!("traveler.{}", map.profile));
                    }
                }
            }
            if let Some(base) = event.base {
                self.updates(at, &base.update);
            }
        }
        self.acts(at, &what);
        self.happens(at, &Happened::Named(what));
    }

    /// Traits count it.
    fn acts(&mut self, at: At, what: &str) {
        for key in self.traits.get(what).cloned().unwrap_or_default() {
            self.writes(at, key);
        }
    }

    fn set(&mut self, at: At, assigns: &[Assign]) {
        if self.world.hearing.hears_variables() {
            for assign in assigns {
                self.writes(at, format!("{}/vars.{}", at.journey, assign.target));
            }
        }
    }

    fn updates(&mut self, at: At, assigns: &[Assign]) {
        for assign in assigns {
            self.writes(at, format!("traveler.{}", assign.target));
        }
    }

    /// Conditions and segments that read what was written may change.
    fn writes(&mut self, at: At, key: String) {
        let hearing = &self.world.hearing;
        let mut open = vec![key];
        let mut seen: Vec<usize> = Vec::new();
        while let Some(key) = open.pop() {
            for index in hearing.turning(&key) {
                self.hears(at, *index);
            }
            for index in hearing.segments(&key) {
                if !seen.contains(index) {
                    seen.push(*index);
                    let name = &self.world.checker.names.segments[*index].name;
                    for how in ["entered", "left"] {
                        let what = Happened::Named(format!("segment.{name}.{how}"));
                        self.happens(at, &what);
                    }
                    open.push(format!("segment.{name}"));
                }
            }
        }
    }

    fn happens(&mut self, at: At, what: &Happened) {
        let world = self.world;
        for index in world.hearing.of(what) {
            self.hears(at, *index);
        }
    }

    /// A listener hears something, where it is of the same travelers.
    fn hears(&mut self, at: At, listener: usize) {
        let traveler = &self.world.maps[at.journey].decl.traveler.text;
        if self.world.listeners[listener].traveler() == traveler {
            self.next[at.node].push(listener);
        }
    }
}
