//! What steps set off at one instant: events, milestones, starts and ends, segments that change,
//! conditions that turn true.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::facts::{Facts, Whose};
use super::hearing::Hearing;
use super::listeners::{Happened, Listener, Role, active_key, kept, milestone_key, truth_key};
use super::map::Map;
use super::path::{Effect, Walker, Way};
use crate::cel::Literal;
use crate::check::context::Checker;
use crate::check::triggers::trigger_span;
use crate::resolve::EventSource;
use crate::source::Span;
use crate::syntax::ast::{Content, ContentKind, Name, SegmentKind};

/// More that one listener sets off is not followed.
const MAX_SET_OFF: usize = 256;

/// Something that was set off, by what, and what is known then.
pub(super) struct SetOff {
    pub what: Happened,
    pub by: Span,
    pub facts: Facts,
}

/// The workspace as it is seen here.
pub(super) struct World<'w, 'c> {
    pub checker: &'c Checker<'w>,
    pub maps: &'c [Map<'w>],
    pub listeners: Vec<Listener<'w>>,
    /// By journey: `traveler.NAME` of the traits.
    pub traits: &'c [BTreeSet<String>],
    pub hearing: Hearing,
    /// By journey: the listeners that end a session or enter a milestone.
    pub movers: Vec<Vec<usize>>,
    /// Something was too much to be followed.
    cut: AtomicBool,
}

impl<'w, 'c> World<'w, 'c> {
    pub(super) fn new(
        checker: &'c Checker<'w>,
        maps: &'c [Map<'w>],
        listeners: Vec<Listener<'w>>,
        traits: &'c [BTreeSet<String>],
    ) -> Self {
        let whose = |journey: usize| Whose {
            journey,
            traits: &traits[journey],
        };
        let mut movers = vec![Vec::new(); maps.len()];
        for (index, listener) in listeners.iter().enumerate() {
            if matches!(listener.role, Role::End | Role::Enter(_)) {
                movers[listener.journey].push(index);
            }
        }
        Self {
            movers,
            hearing: Hearing::new(checker, &listeners, maps.len(), whose),
            checker,
            maps,
            listeners,
            traits,
            cut: AtomicBool::new(false),
        }
    }

    /// Something is too much to be followed.
    pub(super) fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }

    /// Whether something was too much to be followed: what was not found may be there.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// The listeners that hear what another one sets off, in their order.
    pub(super) fn hearers<'h>(
        &'h self,
        by: usize,
        what: &'h Happened,
    ) -> impl Iterator<Item = usize> + 'h {
        let traveler = self.listeners[by].traveler();
        let all = self.hearing.of(what).iter().copied();
        all.filter(move |to| self.listeners[*to].traveler() == traveler)
    }

    pub(super) fn whose(&self, journey: usize) -> Whose<'_> {
        Whose {
            journey,
            traits: &self.traits[journey],
        }
    }

    /// What follows at this instant from a listener that fires.
    pub(super) fn fire(&self, index: usize, mut facts: Facts) -> Vec<SetOff> {
        let listener = &self.listeners[index];
        let (journey, whose) = (listener.journey, self.whose(listener.journey));
        if let Some(when) = &listener.trigger.when {
            facts.assume(when, true, whose);
        }
        if listener.turning().is_some() {
            // Conditions are looked at: what is false now has been seen to be.
            facts.replace("truth/", &Literal::Int(0), &Literal::Bool(false));
            facts.put(truth_key(index), Literal::Bool(true));
        }
        if let Role::Rule(Some(milestone)) = listener.role
            && facts.get(&milestone_key(journey)).is_none()
        {
            facts.put(milestone_key(journey), kept(milestone));
        }
        let span = trigger_span(listener.trigger);
        if listener.role == Role::Start {
            let own = format!("{journey}/vars.");
            facts.forget(|key| key.starts_with(&own));
        }
        let keys = facts.assign(&listener.trigger.set, "vars", whose);
        let (entered, steps) = match listener.role {
            Role::Start => (Some(0), None),
            Role::Enter(to) => (Some(to), None),
            Role::Rule(_) => (None, Some(listener.steps)),
            Role::End => (None, None),
        };
        let mut way = Way::new(facts, entered);
        way.effects.push((Effect::Write(keys), span));
        let steps = match entered.and_then(|to| listener.decl.milestones.get(to)) {
            Some(milestone) => {
                way.effects
                    .push((Effect::Enter(entered.unwrap_or(0)), span));
                &milestone.steps
            }
            None => steps.unwrap_or(&[]),
        };
        if listener.role == Role::End {
            way.effects.push((Effect::End, span));
        }
        let mut walker = Walker {
            map: &self.maps[journey],
            whose,
            within: None,
            circles: Vec::new(),
        };
        let ways = walker.run(steps, way);
        let mut all = Vec::new();
        for way in ways {
            self.follow(listener, way, span, &mut all);
        }
        all
    }

    /// What a way through the steps of a listener sets off.
    fn follow(&self, listener: &Listener<'w>, way: Way<'w>, span: Span, all: &mut Vec<SetOff>) {
        let journey = listener.journey;
        let whose = self.whose(journey);
        let name = &listener.decl.name;
        let mut after = way.facts;
        // What the event was is known only where it is still the one.
        let mut happened: Vec<(Happened, Span, Option<Facts>)> = Vec::new();
        let mut written: Vec<(String, Span)> = Vec::new();
        if listener.role == Role::Start {
            after.put(active_key(journey), Literal::Bool(true));
            happened.push((Happened::Within(journey, "start".into()), span, None));
            happened.push((
                Happened::Named(format!("journey.{name}.started").into()),
                span,
                None,
            ));
        }
        for (effect, by) in way.effects {
            match effect {
                Effect::Write(keys) => written.extend(keys.into_iter().map(|key| (key, by))),
                Effect::Act(what) => written.extend(self.traits_of(listener, &what, by)),
                Effect::Enter(to) => {
                    after.put(milestone_key(journey), kept(to));
                    let name = &listener.decl.milestones[to].name;
                    let milestone = Arc::from(format!("milestone.{name}"));
                    happened.push((Happened::Within(journey, milestone), by, None));
                    self.comes_into_force(journey, to, by, &mut after, &mut happened);
                }
                Effect::End => {
                    after.put(active_key(journey), Literal::Bool(false));
                    happened.push((Happened::Within(journey, "end".into()), by, None));
                    happened.push((
                        Happened::Named(format!("journey.{name}.ended").into()),
                        by,
                        None,
                    ));
                }
                Effect::Emit(event, with) => {
                    let what = event.text().clone();
                    let mut facts = Facts::default();
                    payload(with, &after, whose, &mut facts);
                    written.extend(self.update(&what, &facts, &mut after, whose, by));
                    written.extend(self.traits_of(listener, &what, by));
                    happened.push((Happened::Named(what), by, Some(facts)));
                }
            }
        }
        self.segments(listener, &mut written, &mut after, &mut happened);
        self.conditions(listener, &written, &mut after, &mut happened);
        // What nobody listens to needs no facts.
        happened.retain(|(what, _, _)| !self.hearing.of(what).is_empty());
        if all.len() + happened.len() > MAX_SET_OFF {
            happened.truncate(MAX_SET_OFF.saturating_sub(all.len()));
            self.cut();
        }
        for (what, by, event) in happened {
            let mut facts = after.clone();
            let same = event.is_none() && matches!(what, Happened::Within(..));
            if !same {
                facts.forget(|key| key.starts_with("event."));
            }
            if let Some(event) = event {
                facts.join(event);
            }
            if let Happened::Named(what) = &what
                && let Some(segment) = what.strip_prefix("segment.")
            {
                let (name, how) = segment.split_once('.').unwrap_or((segment, ""));
                facts.put(format!("segment.{name}"), Literal::Bool(how == "entered"));
            }
            all.push(SetOff { what, by, facts });
        }
    }

    /// What an event writes to the profile.
    fn update(
        &self,
        event: &str,
        payload: &Facts,
        after: &mut Facts,
        whose: Whose<'_>,
        by: Span,
    ) -> Vec<(String, Span)> {
        let names = &self.checker.names;
        let Some(id) = names.vocabulary.find_event(event) else {
            return Vec::new();
        };
        let event = &names.events[id.index()];
        let mut updates = Vec::new();
        let mut keys = Vec::new();
        match event.source {
            EventSource::Event(event) => updates.push(&event.update),
            EventSource::Entity(entity) => {
                updates.push(&entity.update);
                let maps = entity.maps.iter();
                keys.extend(maps.map(|map| format!("traveler.{}", map.profile)));
            }
        }
        updates.extend(event.base.map(|base| &base.update));
        for key in &keys {
            after.write(key, None);
        }
        let mut seen = after.clone();
        seen.forget(|key| key.starts_with("event."));
        seen.join(payload.clone());
        for update in updates {
            for assign in update {
                let key = format!("traveler.{}", assign.target);
                after.write(&key, seen.value(&assign.value, whose));
                keys.push(key);
            }
        }
        keys.into_iter().map(|key| (key, by)).collect()
    }

    /// The traits that something is counted in.
    fn traits_of(&self, listener: &Listener<'_>, what: &str, by: Span) -> Vec<(String, Span)> {
        let mut travelers = self.checker.names.travelers.iter();
        let own = travelers.find(|it| it.decl.name.text == *listener.traveler());
        let traits = own.into_iter().flat_map(|it| &it.traits);
        traits
            .filter(|it| **it.decl.source.event.text() == *what)
            .map(|it| (format!("traveler.{}", it.decl.name), by))
            .collect()
    }

    /// Whether it is a condition that comes into force with a milestone.
    pub(super) fn comes_with(&self, index: usize, milestone: usize) -> bool {
        let it = &self.listeners[index];
        it.turning().is_some()
            && match it.role {
                Role::Rule(Some(of)) => of == milestone,
                Role::Enter(to) => self.maps[it.journey].is_from(it.trigger, to, milestone),
                Role::Rule(None) | Role::Start | Role::End => false,
            }
    }

    /// Conditions that come into force with a milestone are looked at as new.
    fn comes_into_force(
        &self,
        journey: usize,
        to: usize,
        by: Span,
        after: &mut Facts,
        happened: &mut Vec<(Happened, Span, Option<Facts>)>,
    ) {
        for index in self.hearing.of_journey(journey) {
            let it = &self.listeners[index];
            if let Some(when) = it.turning()
                && self.comes_with(index, to)
            {
                after.write(&truth_key(index), None);
                if after.holds(when, self.whose(journey)) != Some(false) {
                    happened.push((Happened::Turned(index), by, None));
                }
            }
        }
    }

    /// Segments whose condition reads what was written.
    fn segments(
        &self,
        listener: &Listener<'_>,
        written: &mut Vec<(String, Span)>,
        after: &mut Facts,
        happened: &mut Vec<(Happened, Span, Option<Facts>)>,
    ) {
        let whose = self.whose(listener.journey);
        let readers = |(key, _): &(String, Span)| self.hearing.segments(key).iter().copied();
        let mut open: BTreeSet<usize> = written.iter().flat_map(readers).collect();
        while let Some(index) = open.pop_first() {
            let segment = self.checker.names.segments[index];
            let SegmentKind::When(when) = &segment.kind else {
                continue;
            };
            if segment.traveler.text != *listener.traveler() {
                continue;
            }
            let Some(by) = reader(&self.hearing.segment_reads[index], written) else {
                continue;
            };
            let key = format!("segment.{}", segment.name);
            let before = match after.get(&key) {
                Some(Literal::Bool(before)) => Some(*before),
                _ => None,
            };
            let now = after.holds(when, whose);
            for (how, is) in [("entered", true), ("left", false)] {
                if now != Some(!is) && before != Some(is) {
                    happened.push((Happened::Named(format!("{key}.{how}").into()), by, None));
                }
            }
            if let Some(now) = now {
                after.put(&key, Literal::Bool(now));
            }
            // Those before it have been looked at.
            let later = self.hearing.segments(&key).iter().copied();
            open.extend(later.filter(|later| *later > index));
            written.push((key, by));
        }
    }

    /// Conditions that read what was written and may have turned true.
    fn conditions(
        &self,
        listener: &Listener<'_>,
        written: &[(String, Span)],
        after: &mut Facts,
        happened: &mut Vec<(Happened, Span, Option<Facts>)>,
    ) {
        let readers = |(key, _): &(String, Span)| self.hearing.turning(key).iter().copied();
        let open: BTreeSet<usize> = written.iter().flat_map(readers).collect();
        for index in open {
            if happened.len() > MAX_SET_OFF {
                break;
            }
            let it = &self.listeners[index];
            let Some(when) = it
                .turning()
                .filter(|_| it.traveler() == listener.traveler())
            else {
                continue;
            };
            let whose = self.whose(it.journey);
            let Some(by) = reader(&self.hearing.turning_reads[index], written) else {
                continue;
            };
            let key = truth_key(index);
            let now = after.holds(when, whose);
            let before = after.get(&key).cloned();
            if now == Some(false) {
                if before == Some(Literal::Bool(true)) {
                    after.put(&key, Literal::Int(0));
                }
            } else if matches!(before, None | Some(Literal::Bool(false))) {
                happened.push((Happened::Turned(index), by, None));
            }
        }
    }
}

/// Where something was written last that is read.
fn reader(read: &BTreeSet<Arc<str>>, written: &[(String, Span)]) -> Option<Span> {
    let last = written
        .iter()
        .rev()
        .find(|(key, _)| read.contains(key.as_str()));
    last.map(|(_, by)| *by)
}

/// What is known of the fields that an `emit` gives.
fn payload(with: &[(Name, Content)], before: &Facts, whose: Whose<'_>, facts: &mut Facts) {
    for (name, content) in with {
        let value = match &content.kind {
            ContentKind::Null => Some(Literal::Null),
            ContentKind::Bool(value) => Some(Literal::Bool(*value)),
            // A whole number may stand for a double.
            ContentKind::Unknown
            | ContentKind::Int(_)
            | ContentKind::List(_)
            | ContentKind::Map(_) => None,
            ContentKind::Double(value) => Some(Literal::Double(*value)),
            ContentKind::Text(text) => match (text.as_single(), text.parts.as_slice()) {
                (Some(expr), _) => before.value(expr, whose),
                (None, [crate::syntax::ast::Part::Literal(text)]) => {
                    Some(Literal::String((&**text).into()))
                }
                _ => None,
            },
        };
        if let Some(value) = value {
            facts.put(format!("event.{name}"), value);
        }
    }
}
