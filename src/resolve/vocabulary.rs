//! The vocabulary, built in the order in which types depend on each other: connections and their
//! types, events and actions, templates, profiles, journeys, and last the traits.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collect::{Collected, unique};
use super::types::{Types, cel_fields};
use super::{Field, Journey, Resolved, Template, Traveler, connections, duplicate, models, traits};
use crate::cel::{self, ObjectType};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{
    EventHead, JourneyHead, SegmentHead, SignatureHead, TravelerHead, TravelerId, Vocabulary,
};
use crate::source::Span;
use crate::syntax::ast::{self, FieldDecl, Name, Scope, Workspace};

pub(super) fn build<'w>(
    workspace: &'w Workspace,
    collected: Collected<'w>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Resolved<'w> {
    let connections = connections::connections(workspace, &collected.connections, diagnostics);
    let mut types = Types::new(&connections, diagnostics);
    types.all(diagnostics);
    let events = connections::events(&connections, &mut types, diagnostics);
    let actions = connections::actions(&connections, &mut types, diagnostics);

    let mut vocabulary = Vocabulary::default();
    for (name, event) in &events {
        vocabulary.events.push(EventHead {
            name: name.clone(),
            payload: object(name, &event.fields),
        });
    }
    for (name, action) in &actions {
        vocabulary.actions.push(SignatureHead {
            name: name.clone(),
            params: object("params", &action.params),
            returns: object(name, &action.returns),
        });
    }
    let mut templates = Vec::new();
    for decl in &collected.templates {
        let params = types.fields("parameter", None, &decl.params, diagnostics);
        vocabulary.templates.push(SignatureHead {
            name: decl.name.text.clone(),
            params: object("params", &params),
            returns: object("returned", &[]),
        });
        templates.push(Template { decl, params });
    }
    let mut travelers = Vec::new();
    for decl in &collected.travelers {
        let profile = types.fields("field", None, &decl.profile, diagnostics);
        known_identities(decl, &profile, diagnostics);
        vocabulary.travelers.push(TravelerHead {
            name: decl.name.text.clone(),
            profile_len: profile.len(),
            fields: cel_fields(&profile),
            consents: unique("consent", &decl.consents, |n| n, diagnostics)
                .into_iter()
                .map(|n| n.text.clone())
                .collect(),
            personas: personas_of(&collected, &decl.name),
        });
        travelers.push(Traveler {
            decl,
            profile,
            traits: Vec::new(),
        });
    }
    for decl in &collected.segments {
        vocabulary.segments.push(SegmentHead {
            name: decl.name.text.clone(),
            traveler: vocabulary.find_traveler(&decl.traveler.text),
        });
    }
    let mut journeys = Vec::new();
    for decl in &collected.journeys {
        let variables = variables_of(decl, &collected, &mut types, diagnostics);
        vocabulary.journeys.push(JourneyHead {
            name: decl.name.text.clone(),
            traveler: vocabulary.find_traveler(&decl.traveler.text),
            milestones: decl
                .milestones
                .iter()
                .map(|m| m.name.text.clone())
                .collect(),
            variables: object("vars", &variables),
            key: None,
        });
        journeys.push(Journey { decl, variables });
    }
    for decl in &collected.models {
        let head = models::head(decl, &vocabulary, diagnostics);
        vocabulary.models.push(head);
    }
    let resolved = Resolved {
        workspace,
        vocabulary,
        travelers,
        connections,
        events: events.into_iter().map(|(_, event)| event).collect(),
        actions: actions.into_iter().map(|(_, action)| action).collect(),
        channels: collected.channels,
        templates,
        segments: collected.segments,
        personas: collected.personas,
        journeys,
        variables: collected.variables,
        rules: collected.rules,
        kpis: collected.kpis,
        models: collected.models,
        tests: collected.tests,
        broken: collected.broken,
    };
    with_traits(resolved, diagnostics)
}

fn object(name: &str, fields: &[Field<'_>]) -> Arc<ObjectType> {
    Arc::new(ObjectType {
        name: name.into(),
        fields: cel_fields(fields),
    })
}

fn personas_of(collected: &Collected<'_>, traveler: &Name) -> Vec<Arc<str>> {
    let mine = collected
        .personas
        .iter()
        .filter(|p| p.traveler.text == traveler.text);
    // One that could not be read may be of any.
    let broken = collected.broken.iter();
    let broken = broken.filter(|(kind, _)| *kind == ast::Kind::Persona);
    if broken.clone().any(|(_, name)| name.is_empty()) {
        // Nor is it known what that one is called: any text may be right.
        return Vec::new();
    }
    let mut all: Vec<_> = mine.map(|p| p.name.text.clone()).collect();
    all.extend(broken.map(|(_, name)| name.clone()));
    all.sort_unstable();
    all.dedup();
    all
}

/// Key and identities are fields of the profile.
fn known_identities(
    decl: &ast::Traveler,
    profile: &[Field<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let known = || profile.iter().map(|f| &*f.decl.name.text);
    for name in decl.identities.iter().chain([&decl.key]) {
        if !known().any(|field| field == &*name.text) {
            diagnostics.push(
                Diagnostic::new(
                    &codes::UNKNOWN_IDENTITY,
                    name.span,
                    format!("`{name}` is not a profile field of `{}`", decl.name),
                )
                .suggest(&name.text, known()),
            );
        }
    }
    if !decl
        .identities
        .iter()
        .any(|name| name.text == decl.key.text)
        && !decl.identities.is_empty()
        && known().any(|field| field == &*decl.key.text)
    {
        diagnostics.push(
            Diagnostic::new(
                &codes::UNKNOWN_IDENTITY,
                decl.key.span,
                format!("the key `{}` is not among the identities", decl.key),
            )
            .help(format!("add `{}` to `identities`", decl.key)),
        );
    }
}

/// A journey's own variables and those that it shares, by name, each name once.
fn variables_of<'w>(
    journey: &'w ast::Journey,
    collected: &Collected<'w>,
    types: &mut Types<'w>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Field<'w>> {
    let bound = |scope: &Scope| match scope {
        Scope::All(_) => true,
        Scope::Journeys(names) => names.iter().any(|n| n.text == journey.name.text),
    };
    let shared = collected
        .variables
        .iter()
        .filter(|v| bound(&v.scope))
        .flat_map(|v| &v.fields);
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    let mut all: Vec<&'w FieldDecl> = Vec::new();
    for decl in shared.chain(&journey.variables) {
        if let Some(span) = first.get(&*decl.name.text) {
            diagnostics.push(duplicate(
                "variable",
                &decl.name.text,
                decl.name.span,
                *span,
            ));
        } else {
            first.insert(&decl.name.text, decl.name.span);
            all.push(decl);
        }
    }
    all.sort_by_key(|decl| &decl.name.text);
    types.fields_of("variable", None, all, diagnostics)
}

/// Traits look at events and actions, whose types are known by now.
fn with_traits<'w>(mut resolved: Resolved<'w>, diagnostics: &mut Vec<Diagnostic>) -> Resolved<'w> {
    for index in 0..resolved.travelers.len() {
        let decl = resolved.travelers[index].decl;
        let mut decls = unique("trait", &decl.traits, |t| &t.name, diagnostics);
        decls.sort_by_key(|t| &t.name.text);
        let profile = &resolved.travelers[index].profile;
        let clash = |t: &ast::Trait| {
            let field = profile.iter().find(|f| f.decl.name.text == t.name.text)?;
            Some(duplicate(
                "field",
                &t.name.text,
                t.name.span,
                field.decl.name.span,
            ))
        };
        diagnostics.extend(decls.iter().filter_map(|t| clash(t)));
        let traits: Vec<_> = decls
            .into_iter()
            .map(|t| traits::resolve(&resolved, t, diagnostics))
            .collect();
        let id = TravelerId(index as u32);
        let fields = &mut resolved.vocabulary.travelers[id.index()].fields;
        fields.extend(traits.iter().map(|t| cel::Field {
            name: t.decl.name.text.clone(),
            ty: t.ty.clone(),
            declared: Some(t.decl.name.span),
            default: None,
            least: (t.decl.aggregate.value == ast::Aggregate::Count).then_some(0),
        }));
        let broken = decl.broken_traits.iter();
        let unread: Vec<_> = (broken.filter(|name| fields.iter().all(|it| it.name != name.text)))
            .map(|name| cel::Field {
                name: name.text.clone(),
                ty: cel::Type::Error,
                declared: Some(name.span),
                default: None,
                least: None,
            })
            .collect();
        fields.extend(unread);
        resolved.travelers[index].traits = traits;
    }
    resolved
}
