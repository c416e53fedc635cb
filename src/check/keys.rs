//! Keys of sessions: with one, a traveler has a session of the journey for each value.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use super::triggers::{on_span, trigger_span};
use crate::cel::{Facts, Kind, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Here, Place};
use crate::model::{self, EventId, JourneyId, TravelerId};
use crate::source::Span;
use crate::syntax::ast::{self, Expr, On, TriggerKind};

/// The key as far as it is known: its type, the first expression that has it, and by event.
#[derive(Default)]
struct Keyed {
    ty: Option<(Type, Span)>,
    by: BTreeMap<Arc<str>, model::Expr>,
}

impl<'w> Checker<'w> {
    /// Types the keys of all journeys, for `session.key`.
    pub(super) fn session_keys(&mut self) {
        for index in 0..self.names.journeys.len() {
            let decl: &'w ast::Journey = self.names.journeys[index].decl;
            let Some(key) = &decl.key else { continue };
            let id = JourneyId(index as u32);
            let traveler = self.names.vocabulary.journey(id).traveler;
            let before = self.out.len();
            let keyed = match key {
                ast::SessionKey::Shared(expr) => self.shared_key(expr, traveler),
                ast::SessionKey::PerEvent(keys) => self.keys_by_event(keys, traveler),
            };
            if self.out.len() == before {
                self.started_with_key(decl, &keyed);
            }
            let first = match key {
                ast::SessionKey::Shared(expr) => self.span_of(expr),
                ast::SessionKey::PerEvent(keys) => {
                    keys.first().map_or(decl.name.span, |key| key.event.span)
                }
            };
            let at = self.at(first);
            let ty = keyed.ty.map_or(Type::Error, |(ty, _)| ty);
            self.names_mut().vocabulary.set_key(id, ty.clone());
            let by = keyed.by;
            self.keys.insert(id.0, model::SessionKey { ty, by, at });
        }
    }

    /// `key: event.order_id`, for every event that has the fields it reads.
    fn shared_key(&mut self, expr: &Expr, traveler: Option<TravelerId>) -> Keyed {
        let mut keyed = Keyed::default();
        let fields = event_fields(expr);
        let vocabulary = &self.names.vocabulary;
        let concerned: Vec<EventId> = (0..vocabulary.events.len() as u32)
            .map(EventId)
            .filter(|id| traveler.is_none_or(|traveler| self.is_of(*id, traveler)))
            .filter(|id| {
                let payload = &vocabulary.event(*id).payload;
                !fields.is_empty() && fields.iter().all(|f| payload.field(f).is_some())
            })
            .collect();
        if concerned.is_empty() {
            let whole = self.span_of(expr);
            let diagnostic = if let Some(field) = fields.first() {
                let message = format!("no event has the field `{field}`");
                Diagnostic::new(&codes::UNKNOWN_FIELD, whole, message)
            } else {
                // Whatever else is wrong with it, it says nothing of an event.
                let place = key_place(traveler, Vec::new());
                let before = self.out.len();
                self.expr(expr, &place, &Facts::default(), None);
                if self.out.len() > before {
                    return keyed;
                }
                let message = "this key reads nothing of an event";
                Diagnostic::new(&codes::INVALID_VALUE, whole, message)
            };
            self.report(diagnostic.help("a key is a field of events, as in `event.order_id`"));
        }
        for event in concerned {
            if !self.keyed(&mut keyed, expr, event, traveler) {
                break;
            }
        }
        keyed
    }

    fn keys_by_event(&mut self, keys: &[ast::EventKey], traveler: Option<TravelerId>) -> Keyed {
        let mut keyed = Keyed::default();
        for key in keys {
            let Some(event) = self.found(self.names.find_event(&key.event)) else {
                continue;
            };
            self.concerns(event, key.event.span, traveler);
            self.keyed(&mut keyed, &key.key, event, traveler);
        }
        keyed
    }

    /// Types the key of one event; whether it is as it should be.
    fn keyed(
        &mut self,
        keyed: &mut Keyed,
        expr: &Expr,
        event: EventId,
        traveler: Option<TravelerId>,
    ) -> bool {
        let place = key_place(traveler, vec![event]);
        let before = self.out.len();
        let typed = self.expr(expr, &place, &Facts::default(), None);
        let name = self.names.vocabulary.event(event).name.clone();
        keyed.by.insert(name.clone(), typed.model);
        if self.out.len() > before {
            return false;
        }
        let span = self.span_of(expr);
        let wrong = |code, message: String, help: &str| {
            Some(Diagnostic::new(code, span, message).help(help))
        };
        let diagnostic = match (&typed.ty, &keyed.ty) {
            (Type::Error | Type::Dyn, _) => return false,
            (Type::Nullable(_) | Type::Null | Type::Optional(_), _) => wrong(
                &codes::POSSIBLY_ABSENT,
                format!("the key may be absent in `{name}`"),
                "name the events that have it: `key: { CONNECTION.EVENT: event.FIELD }`",
            ),
            (ty, None) if is_key(ty) => {
                keyed.ty = Some((typed.ty.clone(), span));
                None
            }
            (ty, None) => wrong(
                &codes::TYPE_MISMATCH,
                format!("a key cannot be `{ty}`"),
                "a key is a `string`, an `int`, a `bool` or an enum",
            ),
            (ty, Some((first, at))) if ty != first => wrong(
                &codes::TYPE_MISMATCH,
                format!("the key is `{ty}` in `{name}`, and `{first}` elsewhere"),
                "make them one type, as with `string(…)`, for each event: `key: { CONNECTION.EVENT: event.FIELD }`",
            )
            .map(|d| if *at == span { d } else { d.label(*at, format!("this is `{first}`")) }),
            _ => None,
        };
        match diagnostic {
            Some(diagnostic) => {
                self.report(diagnostic);
                false
            }
            None => true,
        }
    }

    /// What starts a session says which.
    fn started_with_key(&mut self, decl: &ast::Journey, keyed: &Keyed) {
        for trigger in &decl.start {
            let without = match &trigger.kind {
                TriggerKind::On(ons) => ons.iter().find_map(|on| match on {
                    On::Event(event) => {
                        let id = self.names.find_event(event).ok()?;
                        let name = &self.names.vocabulary.event(id).name;
                        (!keyed.by.contains_key(name)).then_some(event.span)
                    }
                    other => Some(on_span(other)),
                }),
                _ => Some(trigger_span(trigger)),
            };
            if let Some(span) = without {
                self.report(
                    Diagnostic::new(
                        &codes::MISSING_KEY,
                        span,
                        format!("this starts a session of `{}` without its key", decl.name),
                    )
                    .help("start on an event that `key` is read from"),
                );
            }
        }
    }

    /// Where an expression stands.
    pub(super) fn span_of(&self, expr: &Expr) -> Span {
        let file_text = &self.sources.file(expr.text.span().file).text;
        expr.locate(expr.ast.range(expr.ast.root()), file_text)
    }
}

fn key_place(traveler: Option<TravelerId>, events: Vec<EventId>) -> Place {
    Place {
        event: Here::Is(events.into()),
        ..Place::of_traveler(traveler)
    }
}

fn is_key(ty: &Type) -> bool {
    matches!(ty, Type::String | Type::Int | Type::Bool | Type::Enum(_))
}

/// The fields of `event` that an expression reads.
fn event_fields(expr: &Expr) -> Vec<Arc<str>> {
    let ast = &expr.ast;
    let mut fields: Vec<Arc<str>> = Vec::new();
    for id in ast.ids() {
        if let Kind::Select { operand, field, .. } = ast.kind(id)
            && let Kind::Ident(root) = ast.kind(*operand)
            && ast.name(root) == "event"
        {
            fields.push(Arc::from(ast.name(field)));
        }
    }
    fields.sort_unstable();
    fields.dedup();
    fields
}
