//! YAML 1.2 with merge keys: text goes in, a tree with a span on every node comes out, with all
//! that is wrong with the text as YAML.
//!
//! Parsing never fails and never panics: what cannot be read is an error node, and the rest of the
//! file stands. Nothing here knows what the keys mean.

mod alias;
mod ambiguous;
mod bare;
mod build;
mod condition;
mod limits;
mod lines;
mod merge;
mod message;
mod offsets;
mod pending;
mod plain;
mod quick;
mod recover;
mod schema;
mod text;
mod tree;
mod view;

pub use condition::{Unquoted, unquoted_condition};
pub use limits::{MAX_DEPTH, MAX_DOCUMENTS, MAX_EXPANDED, MAX_NODES};
pub use plain::to_json;
pub use schema::Kind;
pub use text::Text;
pub use tree::{Comment, Node, Style, Tag, Tree, Value};
pub use view::{Entries, Entry, Items, Map, Scalar, Seq};

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Rest};
use crate::source::FileId;

/// What a text is as YAML, and what is wrong with it, in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub tree: Tree,
    pub diagnostics: Vec<Diagnostic>,
    /// What was found besides, where it is too much to be told.
    pub rest: Rest,
}

/// Reads a text as YAML. It must be shorter than 4 GiB, which the limit on files sees to.
pub fn parse(file: FileId, text: &Arc<str>) -> Parsed {
    parse_quickly(file, text).unwrap_or_else(|| parse_thoroughly(file, text))
}

/// The text as [`parse`] reads it, where it is of the everyday kind and nothing can be wrong with
/// it: one pass, without the parser of all of YAML.
#[doc(hidden)]
pub fn parse_quickly(file: FileId, text: &Arc<str>) -> Option<Parsed> {
    quick::read(file, text)
}

/// The text as [`parse`] reads it, by the parser of all of YAML: to compare with.
#[doc(hidden)]
pub fn parse_thoroughly(file: FileId, text: &Arc<str>) -> Parsed {
    recover::parse(file, text)
}
