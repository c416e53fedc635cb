//! Names to declarations: a workspace as written goes in; the vocabulary of types that expressions
//! can mention comes out, with tables from its ids back to the declarations.
//!
//! What is declared twice, refers to itself or names a type that is not there ends here. Names
//! that triggers, steps and expressions use are looked up later, with [`lookup`]. No expression is
//! typed here.

mod collect;
mod connections;
mod cycles;
mod defaults;
mod lookup;
mod models;
mod names;
mod traits;
mod types;
mod vocabulary;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cel::Type;
use crate::diagnostic::Diagnostic;
use crate::model::Vocabulary;
use crate::source::{Sources, Span};
use crate::syntax::ast::{self, Kind, Name, Workspace};

pub(crate) use defaults::{literal, misfit};
pub use lookup::Lookup;
pub use names::snake_case;

/// A workspace whose names lead to declarations. Every list is sorted by name; those that the
/// vocabulary has too stand in its order, so that an id is an index into both.
#[derive(Debug)]
pub struct Resolved<'w> {
    pub workspace: &'w Workspace,
    pub vocabulary: Vocabulary,
    pub travelers: Vec<Traveler<'w>>,
    pub connections: Vec<Connection<'w>>,
    pub events: Vec<Event<'w>>,
    pub actions: Vec<Action<'w>>,
    pub channels: Vec<&'w ast::Channel>,
    pub templates: Vec<Template<'w>>,
    pub segments: Vec<&'w ast::Segment>,
    pub personas: Vec<&'w ast::Persona>,
    pub journeys: Vec<Journey<'w>>,
    pub variables: Vec<&'w ast::Variables>,
    /// Rules outside any journey.
    pub rules: Vec<&'w ast::Rule>,
    pub kpis: Vec<&'w ast::Kpi>,
    pub models: Vec<&'w ast::Model>,
    pub tests: Vec<&'w ast::Scenario>,
    /// Declarations that could not be read: nothing is said of names that lead to them.
    pub broken: BTreeSet<(Kind, Arc<str>)>,
}

/// A field, variable or parameter with its type.
#[derive(Clone, Debug)]
pub struct Field<'w> {
    pub decl: &'w ast::FieldDecl,
    pub ty: Type,
}

#[derive(Clone, Debug)]
pub struct Traveler<'w> {
    pub decl: &'w ast::Traveler,
    pub profile: Vec<Field<'w>>,
    /// By name, each with its type.
    pub traits: Vec<Trait<'w>>,
}

#[derive(Clone, Debug)]
pub struct Trait<'w> {
    pub decl: &'w ast::Trait,
    pub ty: Type,
    /// None where the source is unknown; it has been reported.
    pub source: Option<TraitSource>,
}

/// What a trait looks at, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraitSource {
    Event(crate::model::EventId),
    Send(crate::model::TemplateId),
    Call(crate::model::ActionId),
}

/// A connection and the standard one that it uses.
#[derive(Debug)]
pub struct Connection<'w> {
    pub decl: &'w ast::Connection,
    pub standard: Option<&'w ast::Connection>,
    /// What it uses is not known: nothing is said of events and actions that are not found.
    pub incomplete: bool,
}

#[derive(Clone, Debug)]
pub struct Event<'w> {
    /// An index into [`Resolved::connections`].
    pub connection: usize,
    pub source: EventSource<'w>,
    /// The standard event that `source` adds to.
    pub base: Option<&'w ast::Event>,
    pub fields: Vec<Field<'w>>,
    /// Declared by a standard connection.
    pub standard: bool,
    pub cloud_type: Arc<str>,
}

#[derive(Clone, Copy, Debug)]
pub enum EventSource<'w> {
    Event(&'w ast::Event),
    Entity(&'w ast::Entity),
}

impl<'w> EventSource<'w> {
    pub fn name(self) -> &'w Name {
        match self {
            Self::Event(event) => &event.name,
            Self::Entity(entity) => &entity.name,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Action<'w> {
    pub connection: usize,
    pub decl: &'w ast::Action,
    /// Declared again, which has been reported.
    pub twice: bool,
    pub params: Vec<Field<'w>>,
    pub returns: Vec<Field<'w>>,
}

#[derive(Clone, Debug)]
pub struct Template<'w> {
    pub decl: &'w ast::Template,
    pub params: Vec<Field<'w>>,
}

#[derive(Clone, Debug)]
pub struct Journey<'w> {
    pub decl: &'w ast::Journey,
    /// Its own variables and the shared ones, by name.
    pub variables: Vec<Field<'w>>,
}

impl Resolved<'_> {
    pub fn is_broken(&self, kind: Kind, name: &str) -> bool {
        let is_among = |name: &str| {
            let mut from = self.broken.range((kind, Arc::from(name))..);
            from.next().is_some_and(|(k, n)| *k == kind && &**n == name)
        };
        // One without a name may be any.
        !self.broken.is_empty() && (is_among(name) || is_among(""))
    }

    pub fn channel(&self, name: &str) -> Option<&ast::Channel> {
        self.channels
            .iter()
            .copied()
            .find(|c| &*c.name.text == name)
    }

    pub fn connection(&self, name: &str) -> Option<(usize, &Connection<'_>)> {
        let index = self
            .connections
            .binary_search_by(|c| (*c.decl.name.text).cmp(name))
            .ok()?;
        Some((index, &self.connections[index]))
    }
}

/// Resolves a workspace. `sources` has the texts that its places are in.
pub fn resolve<'w>(workspace: &'w Workspace, sources: &Sources) -> (Resolved<'w>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let collected = collect::collect(workspace, &mut diagnostics);
    let resolved = vocabulary::build(workspace, collected, &mut diagnostics);
    cycles::check(&resolved, sources, &mut diagnostics);
    (resolved, diagnostics)
}

/// A second declaration of a name.
pub(crate) fn duplicate(what: &str, name: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(
        &crate::diagnostic::codes::DUPLICATE_NAME,
        again,
        format!("{what} `{name}` is declared twice"),
    )
    .here("declared again here")
    .label(first, "first declared here")
    .help("rename one of them, or remove it")
}
