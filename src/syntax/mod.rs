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
pub mod duration;
mod expr;
mod journey;
pub mod keys;
mod kpi;
mod log;
mod manifest;
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

use crate::diagnostic::{Diagnostic, Kept, codes};
use crate::yaml::Tree;

use ast::Declaration;
use reader::Reader;

/// How many documents of one file are read.
pub const MAX_DOCUMENTS: usize = 100_000;

/// Reads every document of a file, in order. Files are independent of each other.
pub fn read(tree: &Tree) -> (Vec<Declaration>, Kept) {
    let mut reader = Reader::new(tree.text());
    let mut documents = tree.documents();
    // Kept as long as the workspace: without room to spare, of which many small files have a lot.
    let count = tree.all_documents().count();
    let mut declarations = Vec::with_capacity(count.min(MAX_DOCUMENTS));
    let read = documents.by_ref().take(MAX_DOCUMENTS);
    declarations.extend(read.filter_map(|document| reader.declaration(document, false)));
    if let Some(next) = documents.next() {
        let message = format!("there are more than {MAX_DOCUMENTS} documents in this file");
        reader.report(
            Diagnostic::new(&codes::LIMIT_EXCEEDED, next.span(), message)
                .here("this one and those behind it are not read")
                .help("put some of them into other files"),
        );
    }
    (declarations, reader.out)
}
