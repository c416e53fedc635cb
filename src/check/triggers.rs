//! Triggers: what they wait for, and which event is being handled when they fire.

use std::sync::Arc;

use super::context::{Checker, Typed};
use super::cron;
use super::flow::{Flow, Scope, cause_of};
use super::pii::Source;
use super::places::{Cause, either, gone, without_clock};
use crate::cel::{Facts, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Here, Place};
use crate::model::{self, JourneyId, Occurrence, SegmentId};
use crate::source::Span;
use crate::syntax::ast::{self, Assign, Expr, Name, On, TriggerKind};

use super::content::Reads;

impl Checker<'_> {
    /// Checks a trigger, and answers what holds when it fires; `set` are the variables that are
    /// set by then.
    pub fn trigger(
        &mut self,
        trigger: &ast::Trigger,
        scope: &Scope<'_>,
        set: super::flow::Set,
    ) -> (model::Trigger, Flow) {
        let (on, event) = self.on(trigger, scope);
        let mut flow = Flow::new(event, Facts::default(), set);
        let when = trigger.when.as_ref().map(|when| {
            let place = scope.place(&flow);
            let place = match trigger.kind {
                TriggerKind::Condition => without_clock(place),
                _ => place,
            };
            let typed = self.expr(when, &place, &flow.facts, Some(&Type::Bool));
            self.read_before_set(&typed.reads, scope, &flow);
            flow.facts = typed.when_true;
            typed.model
        });
        let set = self.assigns(&trigger.set, scope, &mut flow, None);
        let model = model::Trigger {
            on,
            when,
            set,
            from: Vec::new(),
            outcome: trigger.outcome.as_ref().map(|name| name.text.clone()),
            at: self.at(trigger.span),
        };
        (model, flow)
    }

    fn on(&mut self, trigger: &ast::Trigger, scope: &Scope<'_>) -> (model::On, Cause) {
        match &trigger.kind {
            TriggerKind::On(ons) => {
                let mut any = Vec::new();
                let mut cause: Option<Cause> = None;
                for on in ons {
                    let (occurrence, event) = self.occurrence(on, scope);
                    any.extend(occurrence);
                    cause = Some(match cause {
                        Some(known) => either(&known, &event),
                        None => event,
                    });
                }
                (model::On::Any(any), cause.unwrap_or(Here::Is(Vec::new())))
            }
            TriggerKind::After(time) => (model::On::After(time.value), by_time(time.span)),
            TriggerKind::Every(time) => {
                if !time.value.is_positive() {
                    self.report(
                        Diagnostic::new(
                            &codes::INVALID_TIME,
                            time.span,
                            "`every` needs a time above zero",
                        )
                        .help("write how long lies between two times, as in `every: 1d`"),
                    );
                }
                (model::On::Every(time.value), by_time(time.span))
            }
            TriggerKind::Schedule { cron, zone } => {
                if let Err(message) = cron::validate(&cron.value) {
                    self.report(
                        Diagnostic::new(&codes::INVALID_TIME, cron.span, message).help(
                            "write minute, hour, day of the month, month and day of the week, as in `0 9 * * MON`",
                        ),
                    );
                }
                let zone = zone.as_ref().map(|zone| {
                    let flow =
                        Flow::new(by_time(cron.span), Facts::default(), scope.required.clone());
                    self.in_flow(zone, scope, &flow, Some(&Type::String)).model
                });
                let cron_text = Arc::from(cron.value.as_str());
                let on = model::On::Schedule {
                    cron: cron_text,
                    zone,
                };
                (on, by_time(cron.span))
            }
            TriggerKind::Condition => {
                let event = Here::not(
                    "`event` is not here: a trigger that is only a condition is looked at after any event",
                    "name the event with `on:`",
                );
                (model::On::Condition, event)
            }
        }
    }

    fn occurrence(&mut self, on: &On, scope: &Scope<'_>) -> (Option<Occurrence>, Cause) {
        let unknown = || Here::Is(Vec::new());
        match on {
            On::Event(event) => match self.found(self.names.find_event(event)) {
                Some(id) => {
                    let name = self.names.vocabulary.event(id).name.clone();
                    (Some(Occurrence::Event(name)), Here::Is(vec![id]))
                }
                None => (None, unknown()),
            },
            On::Start(_) => {
                let cause = cause_of(scope.causes.start.as_ref());
                (Some(Occurrence::Start), cause)
            }
            On::End(_) => (Some(Occurrence::End), cause_of(scope.causes.end.as_ref())),
            On::Milestone(name) => {
                if !self.some_milestone(name, &scope.journeys) {
                    return (None, unknown());
                }
                let cause = cause_of(scope.causes.milestones.get(&name.text));
                (Some(Occurrence::Milestone(name.text.clone())), cause)
            }
            On::SegmentEntered(name) => {
                let known = self.segment_of(name, scope);
                let occurrence = known.map(|_| Occurrence::SegmentEntered(name.text.clone()));
                (occurrence, by_segment(name.span))
            }
            On::SegmentLeft(name) => {
                let known = self.segment_of(name, scope);
                let occurrence = known.map(|_| Occurrence::SegmentLeft(name.text.clone()));
                (occurrence, by_segment(name.span))
            }
            On::JourneyStarted(name) => {
                let known = self.other_journey(name, scope);
                let occurrence = known.map(|_| Occurrence::JourneyStarted(name.text.clone()));
                (occurrence, by_journey(name.span))
            }
            On::JourneyEnded(name) => {
                let known = self.other_journey(name, scope);
                let occurrence = known.map(|_| Occurrence::JourneyEnded(name.text.clone()));
                (occurrence, by_journey(name.span))
            }
        }
    }

    /// Whether a milestone is one of some of these journeys; otherwise says so.
    fn some_milestone(&mut self, name: &Name, journeys: &[JourneyId]) -> bool {
        let heads = journeys.iter().map(|id| self.names.vocabulary.journey(*id));
        let known: Vec<&str> = heads
            .flat_map(|h| h.milestones.iter().map(|m| &**m))
            .collect();
        if known.contains(&&*name.text) || journeys.is_empty() {
            return !journeys.is_empty();
        }
        let diagnostic = unknown_milestone(name, &known);
        self.report(diagnostic);
        false
    }

    /// The milestone of every journey that is meant; otherwise says which has none.
    pub fn milestone(&mut self, name: &Name, journeys: &[JourneyId]) -> bool {
        for id in journeys {
            let head = self.names.vocabulary.journey(*id);
            if head.milestones.contains(&name.text) {
                continue;
            }
            let known: Vec<&str> = head.milestones.iter().map(|m| &**m).collect();
            let mut diagnostic = unknown_milestone(name, &known);
            if journeys.len() > 1 {
                diagnostic.message = format!("journey `{}` has no milestone `{name}`", head.name);
            }
            self.report(diagnostic);
            return false;
        }
        true
    }

    fn segment_of(&mut self, name: &Name, scope: &Scope<'_>) -> Option<SegmentId> {
        let id = self.found(self.names.find_segment(name))?;
        let head = self.names.vocabulary.segment(id);
        self.same_traveler("segment", name, head.traveler, scope)
            .then_some(id)
    }

    fn other_journey(&mut self, name: &Name, scope: &Scope<'_>) -> Option<JourneyId> {
        let id = self.found(self.names.find_journey(name))?;
        let head = self.names.vocabulary.journey(id);
        self.same_traveler("journey", name, head.traveler, scope)
            .then_some(id)
    }

    fn same_traveler(
        &mut self,
        what: &str,
        name: &Name,
        of: Option<model::TravelerId>,
        scope: &Scope<'_>,
    ) -> bool {
        let (Some(of), Some(here)) = (of, scope.place.traveler) else {
            return true;
        };
        if of == here {
            return true;
        }
        let vocabulary = &self.names.vocabulary;
        let (of, here) = (
            &vocabulary.traveler(of).name,
            &vocabulary.traveler(here).name,
        );
        let code = match what {
            "segment" => &codes::UNKNOWN_SEGMENT,
            _ => &codes::UNKNOWN_JOURNEY,
        };
        let message = format!("the {what} `{name}` is one of `{of}`, and here `{here}` travels");
        let help = format!("name a {what} of `{here}`");
        self.report(Diagnostic::new(code, name.span, message).help(help));
        false
    }

    /// An expression at a point of the flow.
    pub fn in_flow(
        &mut self,
        expr: &Expr,
        scope: &Scope<'_>,
        flow: &Flow,
        due: Option<&Type>,
    ) -> Typed {
        self.in_place(expr, &scope.place(flow), scope, flow, due)
    }

    pub fn in_place(
        &mut self,
        expr: &Expr,
        place: &Place,
        scope: &Scope<'_>,
        flow: &Flow,
        due: Option<&Type>,
    ) -> Typed {
        let typed = self.expr(expr, place, &flow.facts, due);
        self.read_before_set(&typed.reads, scope, flow);
        typed
    }

    /// `set:` and what it proves. `place` is that of the values, where it is not the flow's.
    pub fn assigns(
        &mut self,
        assigns: &[Assign],
        scope: &Scope<'_>,
        flow: &mut Flow,
        place: Option<&Place>,
    ) -> Vec<model::Assign> {
        let mut out = Vec::new();
        let mut written: Vec<(Arc<str>, bool)> = Vec::new();
        let values_place = place.cloned().unwrap_or_else(|| scope.place(flow));
        for assign in assigns {
            let Some((name, due)) = self.declared_variable(&assign.target, scope) else {
                self.in_place(&assign.value, &values_place, scope, flow, None);
                continue;
            };
            let typed = self.in_place(&assign.value, &values_place, scope, flow, Some(&due));
            written.push((
                name.clone(),
                !typed.ty.is_nullable() && !typed.ty.is_error(),
            ));
            if !self.quiet {
                for journey in scope.journeys.clone() {
                    let source = Self::source(&typed.reads, scope, &values_place, Some(journey));
                    self.note_set(journey, &name, source);
                }
            }
            out.push(model::Assign {
                name,
                value: typed.model,
            });
        }
        for (name, is_present) in written {
            let path = format!("vars.{name}");
            flow.facts.forget(&path);
            if is_present {
                flow.facts.assume(path);
            }
            flow.set.insert(name);
        }
        out
    }

    /// What an expression takes from where, for the flow of personal data.
    pub fn source(
        reads: &Reads,
        scope: &Scope<'_>,
        place: &Place,
        journey: Option<JourneyId>,
    ) -> Source {
        Source {
            reads: reads.clone(),
            traveler: scope.place.traveler,
            events: match &place.event {
                Here::Is(events) => events.clone(),
                Here::Not(_) => Vec::new(),
            },
            journey,
        }
    }

    fn declared_variable(
        &mut self,
        target: &ast::EventRef,
        scope: &Scope<'_>,
    ) -> Option<(Arc<str>, Type)> {
        let written = crate::resolve::dotted(target);
        let Here::Is(vars) = &scope.place.vars else {
            return None;
        };
        if let Some((_, field)) = vars.field(&written) {
            return Some((field.name.clone(), field.ty.clone()));
        }
        let known = vars.fields.iter().map(|f| &*f.name);
        let message = format!("there is no variable `{written}`");
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_VARIABLE, target.span, message)
            .suggest(&written, known);
        self.report(match diagnostic.help {
            Some(_) => diagnostic,
            None => diagnostic.help("declare it under `variables` of the journey"),
        });
        None
    }

    /// Reports variables that are read before they are surely set.
    pub fn read_before_set(&mut self, reads: &Reads, scope: &Scope<'_>, flow: &Flow) {
        if flow.ended || self.quiet {
            return;
        }
        for (path, span) in reads {
            let [root, name, ..] = path.as_slice() else {
                continue;
            };
            if &**root != "vars" || !scope.required.contains(name) || flow.set.contains(name) {
                continue;
            }
            let declared = match &scope.place.vars {
                Here::Is(vars) => vars.field(name).and_then(|(_, field)| field.declared),
                Here::Not(_) => None,
            };
            let mut diagnostic = Diagnostic::new(
                &codes::UNSET_VARIABLE,
                *span,
                format!("the variable `{name}` may not be set here"),
            )
            .help("set it on every way that leads here, or declare it with `| null` or a default");
            if let Some(declared) = declared {
                diagnostic = diagnostic.label(declared, "declared here, without a default");
            }
            self.report(diagnostic);
        }
    }
}

pub(super) fn unknown_milestone(name: &Name, known: &[&str]) -> Diagnostic {
    Diagnostic::new(
        &codes::UNKNOWN_MILESTONE,
        name.span,
        format!("there is no milestone `{name}`"),
    )
    .suggest(&name.text, known.iter().copied())
}

fn by_time(span: Span) -> Cause {
    gone(
        "`event` is not here: time passed, and no event is being handled",
        span,
        "this fires by the clock",
    )
}

fn by_segment(span: Span) -> Cause {
    gone(
        "`event` is not here: a segment changes by time too, and then no event is being handled",
        span,
        "this fires when the segment changes",
    )
}

fn by_journey(span: Span) -> Cause {
    gone(
        "`event` is not here: another journey's session starts and ends by time too",
        span,
        "this fires when the other journey does something",
    )
}
