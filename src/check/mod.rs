//! Declarations go in, the typed model comes out, and everything that is wrong with them.
//!
//! One file per family of checks. Names have been resolved; every expression is typed here, at its
//! place. A model comes out only where nothing is wrong.

mod analysis;
mod audience;
mod belongs;
mod connections;
mod contact;
mod content;
mod context;
mod cron;
mod csv;
mod entities;
mod environments;
mod events;
mod fields;
mod files;
pub mod fixtures;
mod flow;
mod flow_notes;
mod journeys;
mod keys;
mod kpis;
mod logs;
mod logs_values;
mod members;
mod milestones;
mod models;
mod outcomes;
mod pii;
mod reach;
mod rules;
#[cfg(test)]
mod samples;
mod scenarios;
mod steps;
mod travel;
mod travelers;
mod triggers;
mod unfilled;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Model, ids};
use crate::resolve::Resolved;
use crate::source::{Files, Sources};
use context::Checker;

/// A workspace, checked.
#[derive(Debug)]
pub struct Checked {
    /// Only where it was asked for and nothing is wrong.
    pub model: Option<Model>,
    /// In no particular order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a workspace whose names are resolved. `files` has the lists of members and the
/// models that declarations name. `readable`: nothing is missing in the declarations because it could
/// not be read. `modelled`: a model is to come out.
pub fn check(
    resolved: Resolved<'_>,
    sources: &Sources,
    files: &dyn Files,
    readable: bool,
    modelled: bool,
) -> Checked {
    let manifest = &resolved.workspace.manifest;
    let name = manifest
        .name
        .as_ref()
        .map_or_else(|| Arc::from(""), |n| n.text.clone());
    let timezone = manifest.timezone.as_ref().map_or("UTC", |zone| &zone.value);
    let (timezone, dedupe) = (Arc::from(timezone), manifest.dedupe);
    let mut checker = Checker::new(resolved, sources, modelled);
    let models = checker.models(files);
    checker.session_keys();
    checker.audience();
    let mut model = Model {
        name,
        timezone,
        dedupe,
        travelers: checker.travelers(),
        connections: checker.connections(),
        events: checker.events(),
        actions: checker.actions(),
        channels: checker.channels(),
        templates: checker.templates(),
        segments: checker.segments(files),
        personas: checker.personas(),
        journeys: checker.journeys(),
        rules: checker.global_rules(),
        kpis: checker.kpis(),
        models,
        environments: checker.environments(),
    };
    checker.analyses(readable);
    let diagnostics = checker.out;
    let sound = diagnostics.iter().all(|it| it.severity != Severity::Error);
    let model = (sound && modelled).then(|| {
        ids::assign(&mut model);
        model
    });
    Checked { model, diagnostics }
}
