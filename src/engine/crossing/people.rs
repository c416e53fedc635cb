//! What is known of travelers, from plan to plan: by the names of fields, traits and segments.

use std::sync::Arc;

use crate::engine::adapt::adapt;
use crate::engine::linked::{Engine, TravelerType};
use crate::engine::small::SmallMap;
use crate::engine::state::{Former, Timer, TimerKey, TimerKind, Traveler};
use crate::model::{Model, Trait, TravelerId};

/// A type of travelers there: for each of its parts, which it was here.
#[derive(Debug)]
pub(super) struct People {
    pub to: TravelerId,
    profile: Vec<Option<usize>>,
    consents: Vec<Option<usize>>,
    /// By trait of the other; none: it begins empty.
    traits: Vec<Option<usize>>,
    /// By identity here: which it is there.
    identities: Vec<Option<u16>>,
    /// By persona here.
    personas: Vec<Option<u16>>,
}

impl People {
    /// None where there is no such type any more.
    pub(super) fn new(
        (old, from): (&Model, &Engine),
        a: usize,
        (new, to): (&Model, &Engine),
    ) -> Option<Self> {
        let mine = &from.travelers[a];
        let id = to.vocabulary.find_traveler(&mine.name)?;
        let other = &to.travelers[id.index()];
        let field =
            |ty: &TravelerType, identity: usize| ty.profile[ty.identities[identity]].name.clone();
        let declared = |model: &Model| -> Vec<Trait> {
            let ty = model.travelers.iter().find(|it| it.name == mine.name);
            let mut traits = ty.map_or_else(Vec::new, |it| it.traits.clone());
            traits.sort_by(|a, b| a.name.cmp(&b.name));
            traits
        };
        let (before, after) = (declared(old), declared(new));
        Some(Self {
            to: id,
            profile: (other.profile.iter())
                .map(|it| mine.profile.iter().position(|old| old.name == it.name))
                .collect(),
            consents: (other.consents.iter())
                .map(|it| mine.consents.iter().position(|old| old == it))
                .collect(),
            traits: (after.iter())
                .map(|it| before.iter().position(|old| same_trait(old, it)))
                .collect(),
            identities: (0..mine.identities.len())
                .map(|identity| {
                    let name = field(mine, identity);
                    let mut all = 0..other.identities.len();
                    let found = all.find(|it| field(other, *it) == name);
                    found.map(|it| it as u16)
                })
                .collect(),
            personas: (mine.personas.iter())
                .map(|old| {
                    let found = other.personas.iter().position(|it| it.name == old.name);
                    found.map(|it| it as u16)
                })
                .collect(),
        })
    }

    /// Takes along what is known of a traveler itself. Sessions and timers are carried elsewhere.
    pub(super) fn carry(&self, from: &Engine, to: &Engine, t: &mut Traveler) {
        let (mine, other) = (
            &from.travelers[t.ty.index()],
            &to.travelers[self.to.index()],
        );
        t.profile = (self.profile.iter().zip(&other.profile))
            .map(|(old, field)| {
                let old = (*old)?;
                let value = t.profile[old].as_ref()?;
                adapt(value, &mine.profile[old].ty, &field.ty)
            })
            .collect();
        t.consents = (self.consents.iter())
            .map(|old| t.consents[(*old)?])
            .collect();
        t.traits = (self.traits.iter().zip(&other.traits))
            .map(|(old, kind)| match old {
                Some(old) => t.traits[*old].retyped(kind),
                None => kind.empty(),
            })
            .collect();
        match self.identity(t.named) {
            Some(there) => t.named = there,
            None => t.rare.make().id = Some(t.id(mine).into()),
        }
        t.leads = (t.leads.iter())
            .filter_map(|(identity, value)| Some((self.identity(*identity)?, value.clone())))
            .collect();
        let known = |name: &Arc<str>| from.vocabulary.find_segment(name);
        t.segments = (to.segments.iter())
            .map(|it| known(&it.name).is_some_and(|old| t.segments[old.index()]))
            .collect();
        t.persona = t.persona.and_then(|it| self.personas[usize::from(it)]);
        t.ty = self.to;
    }

    /// An identity there.
    pub(super) fn identity(&self, identity: u16) -> Option<u16> {
        self.identities
            .get(usize::from(identity))
            .copied()
            .flatten()
    }

    /// Whether it is the same type with the same identities by index.
    pub(super) fn is_in_place(&self, ty: usize) -> bool {
        let mut identities = self.identities.iter().enumerate();
        self.to.index() == ty && identities.all(|(index, it)| *it == Some(index as u16))
    }

    /// The window of a trait there.
    pub(super) fn window(&self, index: u16) -> Option<u16> {
        let found = (self.traits.iter()).position(|it| *it == Some(usize::from(index)));
        found.map(|it| it as u16)
    }
}

/// Journeys that were travelled: under their indexes there, or by name where the plan has them no
/// more.
pub(super) fn carry_past(from: &Engine, to: &Engine, t: &mut Traveler) {
    let former = t
        .rare
        .get_mut()
        .map(|rare| std::mem::take(&mut rare.former));
    let past = std::mem::take(&mut t.past);
    let mut known: SmallMap<Arc<str>, Former> = former.unwrap_or_default();
    let name = |journey: u32| Some(from.journeys.get(journey as usize)?.name.clone());
    for ((journey, key), past) in past {
        if let Some(name) = name(journey) {
            let journey = known.or_insert(name, Former::default());
            journey.insert(key, past);
        }
    }
    let mut gone = SmallMap::default();
    for (name, former) in known {
        let Some(id) = to.vocabulary.find_journey(&name) else {
            gone.insert(name, former);
            continue;
        };
        for (key, past) in former {
            t.past.insert((id.0, key), past);
        }
    }
    if gone.keys().next().is_some() {
        t.rare.make().former = gone;
    }
}

/// Timers that belong to no session and no action.
pub(super) fn own_timer(people: &People, key: TimerKey, timer: Timer) -> Option<(TimerKey, Timer)> {
    let TimerKind::Window(index) = timer.what else {
        return None;
    };
    let what = TimerKind::Window(people.window(index)?);
    Some((key, Timer { what, ..timer }))
}

/// Whether two traits hold the same of the same history.
pub fn same_trait(a: &Trait, b: &Trait) -> bool {
    let when = |it: &Trait| it.when.as_ref().map(|when| when.cel.clone());
    let head = |it: &Trait| (it.name.clone(), it.aggregate, it.within, it.keep);
    head(a) == head(b)
        && a.ty == b.ty
        && a.source == b.source
        && a.field == b.field
        && when(a) == when(b)
}
