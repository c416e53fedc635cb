//! YAML trees go in, declarations as written come out; unknown keys end here.
//!
//! It knows the shape of the language and no types: names are not resolved, expressions are
//! parsed but not checked. One file per kind of declaration and per family of steps; the keys that
//! each knows stand in a [`keys::Table`] beside its reader.

pub mod ast;
mod channel;
mod colon;
mod connection;
mod declaration;
mod delivery;
pub mod duration;
mod expr;
mod journey;
pub mod keys;
mod kpi;
mod log;
mod manifest;
mod migrate;
mod milestone;
mod missing;
mod model;
mod notation;
mod persona;
mod reader;
pub mod report;
mod rule;
mod scenario;
pub mod schema;
mod segment;
mod slipped;
mod standard;
mod steps;
mod template;
mod times;
mod traveler;
mod trigger;
mod types;
mod unquoted;
mod values;
mod variables;

pub use manifest::{EDITION, read_manifest};
pub use standard::{standard, standard_names};
pub use unquoted::settle;

use crate::diagnostic::Kept;
use crate::yaml::Tree;

use ast::Declaration;
use reader::Reader;

/// The letters of a name.
pub const MAX_NAME: usize = 1024;

/// The milestones of a journey: each may lead to each.
pub const MAX_MILESTONES: usize = 1_000;

/// The variables of a journey, or of a group.
pub const MAX_VARIABLES: usize = 500;

/// The fields of an object, an event or a profile, and the parameters of an action or a template.
pub const MAX_FIELDS: usize = 2_000;

/// The values of an enum.
pub const MAX_VALUES: usize = 1_000;

/// The patterns under `exclude`.
pub const MAX_PATTERNS: usize = 5_000;

/// Reads every document of a file, in order. Files are independent of each other.
pub fn read(tree: &Tree) -> (Vec<Declaration>, Kept) {
    let mut reader = Reader::new(tree.text());
    // Kept as long as the workspace: without room to spare, of which many small files have a lot.
    let mut declarations = Vec::with_capacity(tree.all_documents().count());
    let documents = tree.documents();
    declarations.extend(documents.filter_map(|document| reader.declaration(document, false)));
    (declarations, reader.out)
}
