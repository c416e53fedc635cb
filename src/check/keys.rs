//! `key:` of a journey: one session per value, of a type that the events which start it decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use crate::cel::{self, Facts, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Here, Place};
use crate::model::{self, EventId, JourneyId};
use crate::source::Span;
use crate::syntax::ast::{self, Expr, On, SessionKey, TriggerKind};

impl Checker<'_> {
    /// Types the keys of all journeys, so that `session.key` has a type.
    pub fn session_keys(&mut self) {
        for index in 0..self.names.journeys.len() {
            let id = JourneyId(index as u32);
            let decl = self.names.journeys[index].decl;
            let Some(key) = &decl.key else {
                continue;
            };
            let starts = self.started_by(decl, key);
            let by = match key {
                SessionKey::Shared(expr) => self.shared_key(expr, &starts),
                SessionKey::PerEvent(keys) => self.keys_per_event(keys, &starts, decl),
            };
            let Some(ty) = by.first().map(|(_, _, ty)| ty.present().clone()) else {
                self.names.vocabulary.journeys[index].key = Some(Type::Error);
                continue;
            };
            let mut known = BTreeMap::new();
            for (event, expr, found) in by {
                if *found.present() == ty {
                    known.insert(self.names.vocabulary.event(event).name.clone(), expr);
                }
            }
            self.names.vocabulary.journeys[index].key = Some(ty.clone());
            self.keys.insert(id, model::SessionKey { ty, by: known });
        }
    }

    /// The events that start a journey; a start without one has no key.
    fn started_by(&mut self, decl: &ast::Journey, key: &SessionKey) -> Vec<EventId> {
        let place = match key {
            SessionKey::Shared(expr) => expr.text.span(),
            SessionKey::PerEvent(keys) => keys.first().map_or(decl.name.span, |k| k.event.span),
        };
        let mut events = Vec::new();
        for trigger in &decl.start {
            let ons = match &trigger.kind {
                TriggerKind::On(ons) => ons,
                _ => {
                    self.no_key(place, trigger.span);
                    continue;
                }
            };
            for on in ons {
                match on {
                    On::Event(event) => events.extend(self.names.find_event(event).ok()),
                    _ => self.no_key(place, trigger.span),
                }
            }
        }
        events.sort_unstable();
        events.dedup();
        events
    }

    fn no_key(&mut self, key: Span, start: Span) {
        self.report(
            Diagnostic::new(
                &codes::UNAVAILABLE_NAME,
                key,
                "a session that no event starts has no key",
            )
            .label(start, "this starts one without an event")
            .help("start the journey `on:` events only, or remove `key`"),
        );
    }

    /// `key: event.order_id`: of every event in which it can be read.
    fn shared_key(&mut self, expr: &Expr, starts: &[EventId]) -> Vec<(EventId, model::Expr, Type)> {
        let mut out = Vec::new();
        for event in starts {
            let typed = self.expr(expr, &key_place(*event), &Facts::default(), None);
            if self.is_key(expr, &typed.ty) {
                out.push((*event, typed.model, typed.ty));
            }
        }
        if starts.is_empty() || out.len() < starts.len() {
            return Vec::new();
        }
        for index in 0..self.names.vocabulary.events.len() {
            let event = EventId(index as u32);
            if starts.contains(&event) {
                continue;
            }
            let env = key_place(event).env(&self.names.vocabulary);
            let checked = cel::check(&expr.ast, &env, &Facts::default(), None);
            if checked.problems.is_empty() && !checked.ty.is_error() {
                let model = model::Expr {
                    cel: Arc::from(expr.source()),
                    events: vec![self.names.vocabulary.event(event).name.clone()],
                    at: self.at(expr.text.span()),
                };
                out.push((event, model, checked.ty));
            }
        }
        out
    }

    fn keys_per_event(
        &mut self,
        keys: &[ast::EventKey],
        starts: &[EventId],
        decl: &ast::Journey,
    ) -> Vec<(EventId, model::Expr, Type)> {
        let mut out: Vec<(EventId, model::Expr, Type)> = Vec::new();
        let mut unknown = false;
        for key in keys {
            let Some(event) = self.found(self.names.find_event(&key.event)) else {
                unknown = true;
                continue;
            };
            let typed = self.expr(&key.key, &key_place(event), &Facts::default(), None);
            let is_start = starts.contains(&event);
            if is_start && !self.is_key(&key.key, &typed.ty) || typed.ty.is_error() {
                unknown = true;
                continue;
            }
            if let Some((_, _, first)) = out.first()
                && first.present() != typed.ty.present()
            {
                let message = format!(
                    "this key is `{}`, and that of the first event is `{}`",
                    typed.ty,
                    first.present()
                );
                self.report(
                    Diagnostic::new(&codes::TYPE_MISMATCH, key.key.text.span(), message)
                        .label(keys[0].key.text.span(), "the first key")
                        .help("convert one of them, as with `string(…)`"),
                );
                unknown = true;
                continue;
            }
            out.push((event, typed.model, typed.ty));
        }
        for event in starts {
            if !unknown && out.iter().all(|(known, _, _)| known != event) {
                let name = self.names.vocabulary.event(*event).name.clone();
                self.report(
                    Diagnostic::new(
                        &codes::MISSING_KEY,
                        keys.first().map_or(decl.name.span, |k| k.event.span),
                        format!("`{name}` starts the journey, but gives its sessions no key"),
                    )
                    .help(format!("add `{name}: event.FIELD` to `key`")),
                );
            }
        }
        out
    }

    fn is_key(&mut self, expr: &Expr, ty: &Type) -> bool {
        let span = expr.text.span();
        match ty {
            Type::Error => false,
            Type::Nullable(_) | Type::Null | Type::Optional(_) => {
                self.report(
                    Diagnostic::new(
                        &codes::POSSIBLY_ABSENT,
                        span,
                        "the key may be absent, and a session needs one",
                    )
                    .help("choose a field that is always there"),
                );
                false
            }
            Type::String | Type::Int | Type::Bool | Type::Enum(_) => true,
            other => {
                self.report(
                    Diagnostic::new(
                        &codes::TYPE_MISMATCH,
                        span,
                        format!("a session's key cannot be `{other}`"),
                    )
                    .help("a key is a string, an int, a bool or an enum"),
                );
                false
            }
        }
    }
}

/// A key is read from the event alone.
fn key_place(event: EventId) -> Place {
    Place {
        event: Here::Is(vec![event]),
        now: Here::not("`now` is no part of a key", "use a field of the event"),
        ..Place::of_traveler(None)
    }
}
