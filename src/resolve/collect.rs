//! The declarations of a workspace by kind, sorted by name, each name once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::duplicate;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, Declaration, Kind, Name, Workspace};

#[derive(Debug, Default)]
pub(super) struct Collected<'w> {
    pub travelers: Vec<&'w ast::Traveler>,
    pub connections: Vec<&'w ast::Connection>,
    pub channels: Vec<&'w ast::Channel>,
    pub templates: Vec<&'w ast::Template>,
    pub segments: Vec<&'w ast::Segment>,
    pub personas: Vec<&'w ast::Persona>,
    pub variables: Vec<&'w ast::Variables>,
    pub journeys: Vec<&'w ast::Journey>,
    pub rules: Vec<&'w ast::Rule>,
    pub kpis: Vec<&'w ast::Kpi>,
    pub models: Vec<&'w ast::Model>,
    pub tests: Vec<&'w ast::Scenario>,
    pub broken: std::collections::BTreeSet<(Kind, Arc<str>)>,
}

pub(super) fn collect<'w>(
    workspace: &'w Workspace,
    diagnostics: &mut Vec<Diagnostic>,
) -> Collected<'w> {
    let mut all = Collected::default();
    let mut seen: BTreeMap<(Kind, &str), Span> = BTreeMap::new();
    for declaration in &workspace.declarations {
        let (kind, name) = kind_and_name(declaration);
        if let (Declaration::Broken(..), true) = (declaration, name.text.is_empty()) {
            all.broken.insert((kind, name.text.clone()));
            continue;
        }
        if let Some(first) = seen.get(&(kind, &*name.text)) {
            let what = match kind {
                Kind::Variables => "the group of variables",
                kind => kind.keyword(),
            };
            diagnostics.push(duplicate(what, &name.text, name.span, *first));
            continue;
        }
        seen.insert((kind, &name.text), name.span);
        match declaration {
            Declaration::Traveler(d) => all.travelers.push(d),
            Declaration::Connection(d) => all.connections.push(d),
            Declaration::Channel(d) => all.channels.push(d),
            Declaration::Template(d) => all.templates.push(d),
            Declaration::Segment(d) => all.segments.push(d),
            Declaration::Persona(d) => all.personas.push(d),
            Declaration::Variables(d) => all.variables.push(d),
            Declaration::Journey(d) => all.journeys.push(d),
            Declaration::Rule(d) => all.rules.push(d),
            Declaration::Kpi(d) => all.kpis.push(d),
            Declaration::Model(d) => all.models.push(d),
            Declaration::Test(d) => all.tests.push(d),
            Declaration::Broken(kind, name) => {
                all.broken.insert((*kind, name.text.clone()));
            }
        }
    }
    all.travelers.sort_by_key(|d| &d.name.text);
    all.connections.sort_by_key(|d| &d.name.text);
    all.channels.sort_by_key(|d| &d.name.text);
    all.templates.sort_by_key(|d| &d.name.text);
    all.segments.sort_by_key(|d| &d.name.text);
    all.personas.sort_by_key(|d| &d.name.text);
    all.variables.sort_by_key(|d| &d.name.text);
    all.journeys.sort_by_key(|d| &d.name.text);
    all.rules.sort_by_key(|d| &d.name.text);
    all.kpis.sort_by_key(|d| &d.name.text);
    all.models.sort_by_key(|d| &d.name.text);
    all
}

fn kind_and_name(declaration: &Declaration) -> (Kind, &Name) {
    match declaration {
        Declaration::Traveler(d) => (Kind::Traveler, &d.name),
        Declaration::Connection(d) => (Kind::Connection, &d.name),
        Declaration::Channel(d) => (Kind::Channel, &d.name),
        Declaration::Template(d) => (Kind::Template, &d.name),
        Declaration::Segment(d) => (Kind::Segment, &d.name),
        Declaration::Persona(d) => (Kind::Persona, &d.name),
        Declaration::Variables(d) => (Kind::Variables, &d.name),
        Declaration::Journey(d) => (Kind::Journey, &d.name),
        Declaration::Rule(d) => (Kind::Rule, &d.name),
        Declaration::Kpi(d) => (Kind::Kpi, &d.name),
        Declaration::Model(d) => (Kind::Model, &d.name),
        Declaration::Test(d) => (Kind::Test, &d.name),
        Declaration::Broken(kind, name) => (*kind, name),
    }
}

/// Of several fields, variables or parameters with one name, the first; the others are reported.
pub(super) fn unique<'w, T>(
    what: &str,
    items: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> &'w Name,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<T> {
    let mut seen: BTreeMap<&'w str, Span> = BTreeMap::new();
    let mut kept = Vec::new();
    for item in items {
        let written = name(&item);
        if let Some(first) = seen.get(&*written.text) {
            diagnostics.push(duplicate(what, &written.text, written.span, *first));
        } else {
            seen.insert(&written.text, written.span);
            kept.push(item);
        }
    }
    kept
}
