//! Triggers: what they name, where they may stand, and what is known when they fire.

use std::sync::{Arc, LazyLock};

use smallvec::smallvec;

use crate::cel::{ObjectType, Type, World};
use crate::check::context::Checker;
use crate::check::flow::{Scope, State, because, both, not_with};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Events, Here, Place, SessionView};
use crate::model::{self, JourneyId, Occurrence};
use crate::source::Span;
use crate::syntax::ast::{self, On, TriggerKind};

// Why something cannot be read is said once for all places: so they are known to be alike.

/// In a trigger that is only a condition.
static NOW: LazyLock<Here<()>> = LazyLock::new(|| {
    Here::not(
        "`now` is not available here: a condition alone is not re-evaluated as time passes",
        "use a trait with `within`, or `after`",
    )
});

/// In a `start`.
static VARS: LazyLock<Here<Arc<ObjectType>>> = LazyLock::new(|| {
    Here::not(
        "`vars` is not available here: there is no session yet",
        "use `event`, the profile or a trait",
    )
});

static SESSION: LazyLock<Here<(JourneyId, SessionView)>> = LazyLock::new(|| {
    Here::not(
        "`session` is not available here: there is none yet",
        "use `event`, the profile or a trait",
    )
});

const NO_EVENT: &str =
    "`event` is not available here: a condition alone triggers this, not an event";

/// What a trigger is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Start,
    Enter,
    End,
    Rule,
    Wait,
}

impl Role {
    /// The one at hand, in a sentence.
    fn this(self) -> &'static str {
        match self {
            Self::Start => "this `start`",
            Self::Enter => "this `enter`",
            Self::End => "this `end`",
            Self::Rule => "this rule",
            Self::Wait => "this `wait`",
        }
    }

    /// In a sentence.
    fn noun(self) -> &'static str {
        match self {
            Self::Start => "a `start`",
            Self::Enter => "an `enter`",
            Self::End => "an `end`",
            Self::Rule => "a rule",
            Self::Wait => "a `wait`",
        }
    }
}

/// A trigger that has been checked, and what holds once it fired.
pub(super) struct Fired {
    pub model: model::Trigger,
    pub state: State,
    /// What the fields may be where it fires, and where it does not.
    pub taken: World,
    pub left: World,
}

impl Checker<'_> {
    pub(super) fn trigger(
        &mut self,
        written: &ast::Trigger,
        role: Role,
        scope: &Scope,
        before: &State,
    ) -> Fired {
        let start = self.out.len();
        let (on, mut state) = self.occasion(written, role, scope, before);
        let mut place = scope.place(&state);
        if matches!(written.kind, TriggerKind::Condition) {
            place.now = NOW.clone();
        }
        let decided = state.clone();
        let (mut taken, mut left) = (World::default(), World::never());
        let when = written.when.as_ref().map(|when| {
            let mark = self.out.len();
            let typed = self.read(when, &place, scope, &decided, Some(&Type::Bool));
            self.asked(when, &typed);
            if typed.taken.is_never() {
                self.never_fires(mark, role.this());
            }
            (taken, left) = (typed.taken, typed.left);
            state.facts = typed.when_true;
            self.keep_lasting(&mut state.facts.world);
            typed.model
        });
        let set = self.set(&written.set, &place, scope, &mut state);
        if matches!(written.kind, TriggerKind::Condition) && self.lacks_its_event(start) {
            // What it was meant to be set off by is not known: nothing more is said of `event`.
            state.event = Here::Is(Events::new());
        }
        // One that could not be read has been reported.
        let read = !matches!(&written.kind, TriggerKind::On(ons) if ons.is_empty());
        if role == Role::End && written.outcome.is_none() && read {
            self.report(
                Diagnostic::new(
                    &codes::MISSING_KEY,
                    trigger_span(written),
                    "this `end` does not say how the session ends",
                )
                .help("add `outcome:` with a name, as in `outcome: success`"),
            );
        }
        let model = model::Trigger {
            on,
            when,
            set,
            from: Vec::new(),
            outcome: written.outcome.as_ref().map(|o| o.text.clone()),
            at: self.at(written.span),
        };
        Fired {
            model,
            state,
            taken,
            left,
        }
    }

    /// Whether a trigger that is only a condition reads `event`: then its `on` is missing, which is
    /// told once.
    fn lacks_its_event(&mut self, from: usize) -> bool {
        let sources = self.sources;
        let is_of_event = |it: &Diagnostic| {
            it.code == &codes::UNAVAILABLE_NAME && sources.text(it.span) == "event"
        };
        let mut told = false;
        let found = self.out.split_off(from);
        self.out.extend(found.into_iter().filter(|it| {
            let again = is_of_event(it) && told;
            told |= is_of_event(it);
            !again
        }));
        told
    }

    fn occasion(
        &mut self,
        written: &ast::Trigger,
        role: Role,
        scope: &Scope,
        before: &State,
    ) -> (model::On, State) {
        let by_time = |span| {
            State::new(
                not_with(
                    "`event` is not available here: time triggers this, not an event",
                    span,
                ),
                before.set.clone(),
            )
        };
        match &written.kind {
            TriggerKind::On(ons) => self.ons(ons, role, scope, before),
            TriggerKind::After(after) => (model::On::After(after.value), by_time(after.span)),
            TriggerKind::Every(every) => (model::On::Every(every.value), by_time(every.span)),
            TriggerKind::Schedule { cron, zone } => {
                let state = by_time(cron.span);
                self.cron(cron);
                let zone = zone.as_ref().map(|zone| {
                    let place = scope.place(&state);
                    self.read(zone, &place, scope, &state, Some(&Type::String))
                        .model
                });
                let cron = cron.value.as_str().into();
                (model::On::Schedule { cron, zone }, state)
            }
            TriggerKind::Condition => {
                let event = because(
                    NO_EVENT,
                    "name the event, as in `on: CONNECTION.EVENT`, or use the profile, a trait or a variable",
                    trigger_span(written),
                    "this triggers it",
                );
                (model::On::Condition, State::new(event, before.set.clone()))
            }
        }
    }

    /// The occurrences, and what holds whichever of them it is.
    fn ons(&mut self, ons: &[On], role: Role, scope: &Scope, before: &State) -> (model::On, State) {
        let mut occurrences = Vec::new();
        let mut joined: Option<State> = None;
        let mut sound = !ons.is_empty();
        for on in ons {
            let Some((occurrence, state)) = self.occurrence(on, role, scope, before) else {
                sound = false;
                continue;
            };
            if occurrences.contains(&occurrence) {
                self.report(
                    Diagnostic::new(
                        &codes::DUPLICATE_NAME,
                        on_span(on),
                        "this is already in the list",
                    )
                    .help("remove it"),
                );
            }
            occurrences.push(occurrence);
            joined = Some(match joined {
                Some(before) => before.or(state),
                None => state,
            });
        }
        let unknown = || State::new(Here::Is(Events::new()), before.set.clone());
        let mut state = joined.unwrap_or_else(unknown);
        if !sound {
            // What the others have in common is not known: nothing is said of `event`.
            state.event = Here::Is(Events::new());
        }
        (model::On::Any(occurrences), state)
    }

    fn occurrence(
        &mut self,
        on: &On,
        role: Role,
        scope: &Scope,
        before: &State,
    ) -> Option<(Occurrence, State)> {
        let without =
            |what: &'static str, span: Span| State::new(not_with(what, span), before.set.clone());
        match on {
            On::Event(event) => {
                let id = self.found(self.names.find_event(event))?;
                self.concerns(id, event.span, scope.traveler);
                let name = self.names.vocabulary.event(id).name.clone();
                let state = State::new(Here::Is(smallvec![id]), before.set.clone());
                Some((Occurrence::Event(name), state))
            }
            On::Start(span) => {
                self.happens(role != Role::Start, "start", role, *span)?;
                self.asked_causes = true;
                let state = known(scope.causes.start.as_ref(), before);
                Some((Occurrence::Start, state))
            }
            On::End(span) => {
                self.happens(role == Role::Rule, "end", role, *span)?;
                self.asked_causes = true;
                let state = known(scope.causes.end.as_ref(), before);
                Some((Occurrence::End, state))
            }
            On::Milestone(name) => {
                let shown = format!("milestone.{name}");
                self.happens(role != Role::Start, &shown, role, name.span)?;
                let journeys = scope.journeys.clone();
                for journey in journeys.iter() {
                    if !self.milestone(name, *journey) {
                        return None;
                    }
                }
                self.asked_causes = true;
                let state = known(scope.causes.entered.get(&name.text), before);
                Some((Occurrence::Milestone(name.text.clone()), state))
            }
            On::SegmentEntered(name) | On::SegmentLeft(name) => {
                let id = self.found(self.names.find_segment(name))?;
                let of = self.names.vocabulary.segment(id).traveler;
                self.same_traveler("segment", name, of, scope.traveler);
                let name = name.text.clone();
                let (occurrence, what) = match on {
                    On::SegmentEntered(_) => (
                        Occurrence::SegmentEntered(name),
                        "`event` is not available here: a segment that is entered is not an event",
                    ),
                    _ => (
                        Occurrence::SegmentLeft(name),
                        "`event` is not available here: a segment that is left is not an event",
                    ),
                };
                Some((occurrence, without(what, on_span(on))))
            }
            On::JourneyStarted(name) | On::JourneyEnded(name) => {
                let id = self.found(self.names.find_journey(name))?;
                let of = self.names.vocabulary.journey(id).traveler;
                self.same_traveler("journey", name, of, scope.traveler);
                let name = name.text.clone();
                let (occurrence, what) = match on {
                    On::JourneyStarted(_) => (
                        Occurrence::JourneyStarted(name),
                        "`event` is not available here: a journey that starts is not an event",
                    ),
                    _ => (
                        Occurrence::JourneyEnded(name),
                        "`event` is not available here: a journey that ends is not an event",
                    ),
                };
                Some((occurrence, without(what, on_span(on))))
            }
        }
    }

    /// Reports what cannot happen where the trigger stands.
    fn happens(&mut self, can: bool, what: &str, role: Role, span: Span) -> Option<()> {
        if can {
            return Some(());
        }
        let (why, help) = match role {
            Role::Start => (
                "there is no session yet",
                "start on an event, a segment, another journey or a schedule",
            ),
            _ => (
                "the session is over then",
                "use a rule, or start another journey on `journey.NAME.ended`",
            ),
        };
        let message = format!("{} cannot be on `{what}`: {why}", role.noun());
        self.report(Diagnostic::new(&codes::SESSION_OVER, span, message).help(help));
        None
    }

    /// The place of a trigger that starts a session: there is none yet.
    pub(super) fn before_start(place: &Place) -> Place {
        Place {
            vars: VARS.clone(),
            session: SESSION.clone(),
            ..place.clone()
        }
    }
}

/// What holds when something of the session happens, seen from a trigger.
fn known(cause: Option<&State>, before: &State) -> State {
    match cause {
        Some(cause) => State {
            set: both(&before.set, &cause.set),
            ..cause.clone()
        },
        None => State::new(Here::Is(Events::new()), before.set.clone()),
    }
}

/// The smallest place that says when a trigger fires.
pub(super) fn trigger_span(trigger: &ast::Trigger) -> Span {
    match &trigger.kind {
        TriggerKind::On(ons) => ons.first().map_or(trigger.span, on_span),
        TriggerKind::After(duration) | TriggerKind::Every(duration) => duration.span,
        TriggerKind::Schedule { cron, .. } => cron.span,
        TriggerKind::Condition => match &trigger.when {
            Some(when) => when.text.span(),
            None => trigger.span,
        },
    }
}

pub(super) fn on_span(on: &On) -> Span {
    match on {
        On::Event(event) => event.span,
        On::Start(span) | On::End(span) => *span,
        On::Milestone(name)
        | On::SegmentEntered(name)
        | On::SegmentLeft(name)
        | On::JourneyStarted(name)
        | On::JourneyEnded(name) => name.span,
    }
}
