//! Entities of other systems: the traveler that one is mapped to, by which identities, and the
//! fields that it writes.

use std::sync::Arc;

use smallvec::smallvec;

use super::context::Checker;
use crate::cel::Tree;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{self, EventId, Identify, TravelerId};
use crate::syntax::ast;

impl Checker<'_> {
    /// The traveler type whose profile has all that an entity maps to; where several have, it is
    /// not clear.
    pub(super) fn mapped_to(&mut self, entity: &ast::Entity) -> Option<TravelerId> {
        let travelers = &self.names.vocabulary.travelers;
        let fits = |id: &TravelerId| {
            let head = &travelers[id.index()];
            let profile = &head.fields[..head.profile_len];
            let mut mapped = entity.maps.iter().map(|map| &map.profile.text);
            mapped.all(|name| profile.iter().any(|field| field.name == *name))
        };
        let all = (0..travelers.len() as u32).map(TravelerId);
        let fitting: Vec<TravelerId> = all.filter(fits).collect();
        match (fitting.as_slice(), travelers.len()) {
            ([one], _) => Some(*one),
            (_, 0) => None,
            (_, 1) => Some(TravelerId(0)),
            _ => {
                let message = format!(
                    "it is not clear which type of traveler `{}` is",
                    entity.name
                );
                let help = "map fields under `maps` that only one type of traveler has";
                self.report(
                    Diagnostic::new(&codes::MISSING_KEY, entity.name.span, message).help(help),
                );
                None
            }
        }
    }

    /// A record of the connected system: its fields fill the profile, and find the traveler.
    pub(super) fn entity(
        &mut self,
        id: EventId,
        entity: &ast::Entity,
    ) -> (Vec<Identify>, Vec<model::Assign>) {
        let payload = self.names.vocabulary.event(id).payload.clone();
        let known = || payload.fields.iter().map(|f| &*f.name);
        for field in entity.maps.iter().map(|m| &m.field).chain([&entity.key]) {
            if payload.field(&field.text).is_none() {
                let message = format!("`{}` has no field `{field}`", entity.name);
                self.report(
                    Diagnostic::new(&codes::UNKNOWN_FIELD, field.span, message)
                        .suggest(&field.text, known()),
                );
            }
        }
        let Some(traveler) = self.mapped_to(entity) else {
            return (Vec::new(), Vec::new());
        };
        let decl = self.names.travelers[traveler.index()].decl;
        let event: Arc<str> = self.names.vocabulary.event(id).name.clone();
        let (mut by, mut update) = (Vec::new(), Vec::new());
        for map in &entity.maps {
            let target = ast::EventRef::new(vec![map.profile.clone()], map.profile.span);
            let Some(due) = self.profile_target(traveler, &target) else {
                continue;
            };
            let Some((_, field)) = payload.field(&map.field.text) else {
                continue;
            };
            if !crate::cel::assignable(field.ty.present(), due.present()) {
                let message = format!(
                    "`{}` is `{}`, but `{}` is `{}`",
                    map.field,
                    field.ty.present(),
                    map.profile,
                    due.present()
                );
                self.report(
                    Diagnostic::new(&codes::TYPE_MISMATCH, map.field.span, message)
                        .help("work the value out under `update` instead of `maps`"),
                );
                continue;
            }
            let reads = vec![(
                smallvec![Arc::from("event"), map.field.text.clone()],
                map.field.span,
            )];
            self.note_personal_event(id, traveler, &map.profile.text, &reads);
            let read = format!("event.{}", quoted(&map.field.text));
            let assign = model::Assign {
                name: map.profile.text.clone(),
                value: model::Expr {
                    tree: Tree::uniform(&read, &field.ty),
                    cel: Arc::from(read),
                    events: vec![event.clone()],
                    at: self.at(map.field.span),
                },
            };
            if decl.identities.iter().any(|n| n.text == map.profile.text) {
                by.push(assign.clone());
            }
            update.push(assign);
        }
        let names = [self.names.vocabulary.traveler(traveler).name.clone()];
        update.extend(self.updates(id, entity.update.iter(), &names));
        if by.is_empty() {
            let message = format!(
                "`{}` finds no traveler: it maps to no identity",
                entity.name
            );
            let identities: Vec<_> = decl.identities.iter().map(|n| format!("`{n}`")).collect();
            self.report(
                Diagnostic::new(&codes::UNKNOWN_IDENTITY, entity.name.span, message)
                    .help(format!("map one of {} under `maps`", identities.join(", "))),
            );
        }
        (
            vec![Identify {
                traveler: decl.name.text.clone(),
                by,
                at: self.at(entity.name.span),
            }],
            update,
        )
    }
}

/// A field's name as CEL has it: in back-ticks where it is no identifier.
fn quoted(name: &str) -> String {
    let is_identifier = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_identifier {
        name.to_owned()
    } else {
        format!("`{name}`")
    }
}
