//! What cannot change between a condition and what it guards: fields that no step writes.

use std::collections::BTreeSet;

use crate::cel::{Facts, World};
use crate::check::context::Checker;
use crate::check::steps::writes;
use crate::resolve::Resolved;
use crate::syntax::ast::Journey;

/// The paths whose values outlast steps.
#[derive(Debug, Default)]
pub(in crate::check) struct Lasting {
    /// Fields of the profile, of travelers of any type.
    profile: BTreeSet<String>,
    /// Variables and fields that some step of the workspace writes.
    written: BTreeSet<String>,
}

impl Lasting {
    pub(in crate::check) fn new(names: &Resolved<'_>) -> Self {
        let mut profile = BTreeSet::new();
        for traveler in &names.travelers {
            let fields = traveler.profile.iter();
            profile.extend(fields.map(|field| format!("traveler.{}", field.decl.name.text)));
        }
        for traveler in &names.travelers {
            for it in &traveler.traits {
                profile.remove(&format!("traveler.{}", it.decl.name.text));
            }
        }
        let mut written = BTreeSet::new();
        for journey in &names.journeys {
            written_in(journey.decl, &mut written);
            // What an earlier plan has set may come along.
            let migrated = journey.decl.migrate.iter().flat_map(|it| &it.variables);
            written.extend(migrated.map(|(_, name)| format!("vars.{name}")));
        }
        for rule in &names.rules {
            writes(&rule.steps, &mut written);
            set_by(std::slice::from_ref(&rule.trigger), &mut written);
        }
        Self { profile, written }
    }

    /// Whether anything in the workspace writes a path.
    pub(in crate::check) fn is_written(&self, path: &str) -> bool {
        self.written.contains(path)
    }

    /// Whether the path is the event's: it never changes.
    pub(in crate::check) fn is_of_event(path: &str) -> bool {
        matches!(first(path, 1), "event" | "trigger")
    }

    fn is_profile(&self, path: &str) -> bool {
        self.profile.contains(first(path, 2)) || path.starts_with("traveler.consents.")
    }

    /// Whether nothing that happens before the next wait can change a path.
    fn is_constant(&self, path: &str) -> bool {
        let written = |parts| self.written.contains(first(path, parts));
        match first(path, 1) {
            "vars" => !written(2),
            "traveler" => self.is_profile(path) && !written(2) && !written(3),
            _ => Self::is_of_event(path),
        }
    }
}

impl Checker<'_> {
    /// Between a trigger's condition and its steps others may run that matched too.
    pub(in crate::check) fn keep_lasting(&self, world: &mut World) {
        world.retain(|path| self.lasting.is_constant(path));
    }

    /// What goes out or is written changes what follows from it: traits, segments, personas.
    pub(in crate::check) fn acted(&self, facts: &mut Facts) {
        facts.world.retain(|path| {
            Lasting::is_of_event(path)
                || matches!(first(path, 1), "vars" | "now" | "params" | "returned")
                || self.lasting.is_profile(path)
        });
    }
}

fn written_in(journey: &Journey, written: &mut BTreeSet<String>) {
    set_by(&journey.start, written);
    set_by(&journey.end, written);
    for milestone in &journey.milestones {
        set_by(&milestone.enter, written);
        writes(&milestone.steps, written);
    }
    let own = journey.milestones.iter().flat_map(|m| &m.rules);
    for rule in own.chain(&journey.rules) {
        writes(&rule.steps, written);
        set_by(std::slice::from_ref(&rule.trigger), written);
    }
}

fn set_by(triggers: &[crate::syntax::ast::Trigger], written: &mut BTreeSet<String>) {
    let assigns = triggers.iter().flat_map(|trigger| &trigger.set);
    written.extend(assigns.map(|a| format!("vars.{}", a.target)));
}

/// The first names of a path.
fn first(path: &str, parts: usize) -> &str {
    let mut dots = path.bytes().enumerate().filter(|(_, byte)| *byte == b'.');
    dots.nth(parts - 1).map_or(path, |(at, _)| &path[..at])
}
