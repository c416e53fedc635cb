//! Events: which traveler one concerns, and what it writes to the profile.

use std::sync::Arc;

use smallvec::smallvec;

use super::context::Checker;
use super::flow_notes::{Flow, Origin, Target};
use crate::cel::{Facts, Tree, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Here, Place};
use crate::model::{self, EventId, Identify, TravelerId};
use crate::resolve::EventSource;
use crate::source::Span;
use crate::syntax::ast::{self, Assign, Name};

impl Checker<'_> {
    pub(super) fn events(&mut self) -> Vec<model::Event> {
        (0..self.names.events.len())
            .map(|index| self.declared_event(EventId(index as u32)))
            .collect()
    }

    fn declared_event(&mut self, id: EventId) -> model::Event {
        let event = self.names.events[id.index()].clone();
        let name = event.source.name();
        let (identify, update) = match event.source {
            EventSource::Event(decl) => {
                let base = event.base;
                let identify = match base {
                    Some(base) if decl.identify.is_empty() => &base.identify,
                    _ => &decl.identify,
                };
                let identify = self.identify(id, decl, identify, name.span);
                let written = base.into_iter().flat_map(|b| &b.update).chain(&decl.update);
                let travelers: Vec<_> = identify.iter().map(|i| i.traveler.clone()).collect();
                // Of a type that is not known, anything may be written.
                let all_known = identify.len() >= decl.identify.len();
                let written = written.filter(|it| {
                    let name = it.target.text();
                    all_known || travelers.iter().any(|of| self.is_written(of, name))
                });
                let written: Vec<_> = written.collect();
                (identify, self.updates(id, written.into_iter(), &travelers))
            }
            EventSource::Entity(entity) => self.entity(id, entity),
        };
        model::Event {
            name: self.names.vocabulary.event(id).name.clone(),
            cloud_type: event.cloud_type.clone(),
            fields: self.fields(&event.fields),
            identify,
            update,
            at: self.at(name.span),
        }
    }

    /// The place of `identify` and `update`: the event has come, its traveler may be nobody yet.
    fn event_place(id: EventId, traveler: Option<TravelerId>) -> Place {
        let mut place = Place::of_traveler(traveler);
        place.event = Here::Is(smallvec![id]);
        place.now = Here::Is(());
        place
    }

    fn identify(
        &mut self,
        id: EventId,
        decl: &ast::Event,
        written: &[(Option<Name>, Vec<Assign>)],
        span: Span,
    ) -> Vec<Identify> {
        if written.is_empty() {
            return self.by_subject(decl, span);
        }
        let mut all: Vec<Identify> = Vec::new();
        for (traveler, assigns) in written {
            let Some(traveler) = self.concerned(traveler.as_ref().or(decl.traveler.as_ref()), span)
            else {
                continue;
            };
            let by = self.identities(id, traveler, assigns);
            let traveler = self.names.vocabulary.traveler(traveler).name.clone();
            let at = self.at(span);
            all.push(Identify { traveler, by, at });
        }
        all.sort_by(|a, b| a.traveler.cmp(&b.traveler));
        all
    }

    /// Without `identify` the subject is the key.
    fn by_subject(&mut self, decl: &ast::Event, span: Span) -> Vec<Identify> {
        let only = match (&decl.traveler, self.names.travelers.len()) {
            (None, 0) => return Vec::new(),
            (None, 1) => Some(TravelerId(0)),
            (None, _)
                if self
                    .names
                    .workspace
                    .standard
                    .iter()
                    .any(|(_, c)| c.events.iter().any(|e| std::ptr::eq(e, decl))) =>
            {
                None
            }
            (written, _) => match self.concerned(written.as_ref(), span) {
                Some(id) => Some(id),
                None => return Vec::new(),
            },
        };
        let travelers: Vec<_> = match only {
            Some(id) => vec![id.index()],
            None => (0..self.names.travelers.len()).collect(),
        };
        let subject = |key: &Name, at: Arc<str>| model::Assign {
            name: key.text.clone(),
            value: model::Expr {
                cel: Arc::from("trigger.subject"),
                tree: Tree::uniform("trigger.subject", &Type::String.nullable()),
                events: Vec::new(),
                at,
            },
        };
        let event = self
            .names
            .events
            .iter()
            .position(|e| matches!(e.source, EventSource::Event(d) if std::ptr::eq(d, decl)));
        let event = event.map(|index| self.names.vocabulary.events[index].name.clone());
        let at = self.at(span);
        let identify = |index: usize| {
            let traveler = self.names.travelers[index].decl;
            let mut by = subject(&traveler.key, at.clone());
            by.value.events.extend(event.clone());
            Identify {
                traveler: traveler.name.text.clone(),
                by: vec![by],
                at: at.clone(),
            }
        };
        travelers.into_iter().map(identify).collect()
    }

    /// The traveler type that an event concerns: the one named, or the only one.
    fn concerned(&mut self, written: Option<&Name>, span: Span) -> Option<TravelerId> {
        if let Some(name) = written {
            return self.found(self.names.find_traveler(name));
        }
        match self.names.travelers.as_slice() {
            [] => None,
            [_] => Some(TravelerId(0)),
            several => {
                let names: Vec<_> = several
                    .iter()
                    .map(|t| format!("`{}`", t.decl.name))
                    .collect();
                let message = "it is not clear which type of traveler this event concerns";
                self.report(
                    Diagnostic::new(&codes::MISSING_KEY, span, message).help(format!(
                        "say it with `traveler:`, one of {}",
                        names.join(", ")
                    )),
                );
                None
            }
        }
    }

    fn identities(
        &mut self,
        id: EventId,
        traveler: TravelerId,
        assigns: &[Assign],
    ) -> Vec<model::Assign> {
        let place = Self::event_place(id, Some(traveler));
        let decl = self.names.travelers[traveler.index()].decl;
        let mut all = Vec::new();
        for assign in assigns {
            let name = assign.target.text().clone();
            let is_identity = decl
                .identities
                .iter()
                .chain([&decl.key])
                .any(|n| *n.text == *name);
            if !is_identity {
                // One of the list is none of the fields: it may be this that was meant.
                let fields = &self.names.vocabulary.traveler(traveler).fields;
                let known = |name: &str| fields.iter().any(|field| *field.name == *name);
                if known(&name) && !decl.identities.iter().all(|n| known(&n.text)) {
                    continue;
                }
                let message = format!("`{name}` is not an identity of `{}`", decl.name);
                let known = decl.identities.iter().map(|n| &*n.text);
                self.report(
                    Diagnostic::new(&codes::UNKNOWN_IDENTITY, assign.target.span, message)
                        .label(decl.name.span, "its identities are declared here")
                        .suggest(&name, known),
                );
                continue;
            }
            let head = self.names.vocabulary.traveler(traveler);
            let due = head
                .fields
                .iter()
                .find(|f| *f.name == *name)
                .map(|f| f.ty.clone());
            let due = due.map(Type::nullable);
            let typed = self.expr(&assign.value, &place, &Facts::default(), due.as_ref());
            self.note_personal_event(id, traveler, &name, &typed.reads);
            all.push(model::Assign {
                name,
                value: typed.model,
            });
        }
        all
    }

    /// What an event writes to the profiles of the travelers that it concerns.
    pub(super) fn updates<'a>(
        &mut self,
        id: EventId,
        written: impl Iterator<Item = &'a Assign>,
        travelers: &[Arc<str>],
    ) -> Vec<model::Assign> {
        let travelers: Vec<_> = travelers
            .iter()
            .filter_map(|name| self.names.vocabulary.find_traveler(name))
            .collect();
        let mut all = Vec::new();
        for assign in written {
            let name = assign.target.text().clone();
            let owner = travelers
                .iter()
                .find(|t| self.written_type(**t, &name).is_some());
            let Some(owner) = owner.or(travelers.first()).copied() else {
                continue;
            };
            let Some(due) = self.profile_target(owner, &assign.target) else {
                continue;
            };
            let place = Self::event_place(id, Some(owner));
            let typed = self.expr(
                &assign.value,
                &place,
                &Facts::default(),
                Some(&due.nullable()),
            );
            self.note_personal_event(id, owner, &name, &typed.reads);
            self.flows.push(Flow {
                to: Target::Profile(name.clone()),
                reads: typed.reads,
                from: Origin {
                    events: smallvec![id],
                    ..Origin::of_traveler(Some(owner))
                },
            });
            all.push(model::Assign {
                name,
                value: typed.model,
            });
        }
        all
    }

    fn is_written(&self, traveler: &str, name: &str) -> bool {
        let id = self.names.vocabulary.find_traveler(traveler);
        id.is_some_and(|id| self.written_type(id, name).is_some())
    }

    /// The type of a profile field or of `consents.NAME`.
    fn written_type(&self, traveler: TravelerId, name: &str) -> Option<Type> {
        let head = self.names.vocabulary.traveler(traveler);
        if let Some(consent) = name.strip_prefix("consents.") {
            return head
                .consents
                .iter()
                .any(|c| **c == *consent)
                .then_some(Type::Bool);
        }
        let profile = &head.fields[..head.profile_len];
        profile
            .iter()
            .find(|f| *f.name == *name)
            .map(|f| f.ty.clone())
    }

    /// The type that is due where the profile is written; says so where there is no such field.
    pub(super) fn profile_target(
        &mut self,
        traveler: TravelerId,
        target: &ast::EventRef,
    ) -> Option<Type> {
        let name = &**target.text();
        if let Some(ty) = self.written_type(traveler, name) {
            return Some(ty);
        }
        let head = self.names.vocabulary.traveler(traveler);
        let is_trait = head.fields[head.profile_len..]
            .iter()
            .any(|f| *f.name == *name);
        let diagnostic = if is_trait {
            let message = format!("`{name}` is a trait, which only history changes");
            Diagnostic::new(&codes::UNKNOWN_FIELD, target.span, message)
                .help("write a field of the profile")
        } else {
            let fields = head.fields[..head.profile_len]
                .iter()
                .map(|f| f.name.to_string());
            let consents = head.consents.iter().map(|c| format!("consents.{c}"));
            let known: Vec<String> = fields.chain(consents).collect();
            let message = format!("the profile of `{}` has no field `{name}`", head.name);
            Diagnostic::new(&codes::UNKNOWN_FIELD, target.span, message)
                .suggest(name, known.iter().map(String::as_str))
        };
        self.report(diagnostic);
        None
    }
}
