//! Who travels: the profile, and aggregates over the traveler's own history.

use std::sync::Arc;

use super::context::Checker;
use crate::cel::{Binding, Facts, Type};
use crate::diagnostic::{Applicability, Diagnostic, codes};
use crate::model::env::{Here, Place, Standing, slot};
use crate::model::{self, TraitSource, TravelerId};
use crate::resolve;
use crate::syntax::ast::{self, Aggregate};

impl Checker<'_> {
    pub(super) fn travelers(&mut self) -> Vec<model::Traveler> {
        (0..self.names.travelers.len())
            .map(|index| self.traveler(TravelerId(index as u32)))
            .collect()
    }

    fn traveler(&mut self, id: TravelerId) -> model::Traveler {
        let traveler = self.names.travelers[id.index()].clone();
        for field in &traveler.profile {
            self.may_be_unknown(field);
        }
        let decl = traveler.decl;
        self.unique("identity", &decl.identities);
        model::Traveler {
            name: decl.name.text.clone(),
            key: decl.key.text.clone(),
            identities: decl.identities.iter().map(|n| n.text.clone()).collect(),
            profile: self.fields(&traveler.profile),
            consents: self.names.vocabulary.traveler(id).consents.clone(),
            traits: traveler
                .traits
                .iter()
                .filter_map(|t| self.trait_of(id, t))
                .collect(),
            at: self.at(decl.name.span),
        }
    }

    /// Nothing is known of a new traveler: a field is absent or has a default.
    fn may_be_unknown(&mut self, field: &resolve::Field<'_>) {
        let decl = field.decl;
        if field.ty.is_nullable() || field.ty.is_error() || decl.default.is_some() {
            return;
        }
        let span = decl.ty.span;
        let message = format!(
            "the profile field `{}` needs `| null` or a default",
            decl.name
        );
        let written = self.sources.text(span);
        let nullable = format!("{written} | null");
        self.report(
            Diagnostic::new(&codes::INVALID_TYPE, span, message)
                .note("nothing is known yet about a new traveler")
                .help(format!("write `{nullable}`"))
                .fix(
                    Applicability::Unsafe,
                    "make it optional",
                    span,
                    nullable.clone(),
                ),
        );
    }

    fn trait_of(&mut self, id: TravelerId, it: &resolve::Trait<'_>) -> Option<model::Trait> {
        let source = it.source?;
        let names = &self.names.vocabulary;
        let (object, events, source) = match source {
            resolve::TraitSource::Event(event) => {
                let head = names.event(event);
                (
                    head.payload.clone(),
                    vec![event],
                    TraitSource::Event(head.name.clone()),
                )
            }
            resolve::TraitSource::Send(template) => {
                let head = names.template(template);
                (
                    head.params.clone(),
                    Vec::new(),
                    TraitSource::Send(head.name.clone()),
                )
            }
            resolve::TraitSource::Call(action) => {
                let head = names.action(action);
                (
                    head.params.clone(),
                    Vec::new(),
                    TraitSource::Call(head.name.clone()),
                )
            }
        };
        let mut place = Place::of_declaration(Standing::Trait, Some(id));
        place.event = Here::Is(events.as_slice().into());
        let mut env = place.env(names);
        if let Some(root) = env.roots.get_mut(usize::from(slot::EVENT)) {
            root.binding = Binding::Value(Type::Object(object));
        }
        let when = it.decl.when.as_ref().map(|when| {
            let typed = self.expr_in(when, &env, &events, &Facts::default(), Some(&Type::Bool));
            self.asked(when, &typed);
            typed.model
        });
        let decl: &ast::Trait = it.decl;
        Some(model::Trait {
            name: decl.name.text.clone(),
            ty: it.ty.clone(),
            aggregate: aggregate(decl.aggregate.value),
            source,
            field: decl
                .source
                .field
                .iter()
                .map(|n| Arc::clone(&n.text))
                .collect(),
            within: decl.within.as_ref().map(|d| d.value),
            keep: decl.keep.as_ref().map(|k| k.value),
            when,
            at: self.at(decl.name.span),
        })
    }
}

fn aggregate(written: Aggregate) -> model::Aggregate {
    match written {
        Aggregate::Count => model::Aggregate::Count,
        Aggregate::Sum => model::Aggregate::Sum,
        Aggregate::Min => model::Aggregate::Min,
        Aggregate::Max => model::Aggregate::Max,
        Aggregate::Avg => model::Aggregate::Avg,
        Aggregate::First => model::Aggregate::First,
        Aggregate::Last => model::Aggregate::Last,
        Aggregate::List => model::Aggregate::List,
        Aggregate::Distinct => model::Aggregate::Distinct,
    }
}
