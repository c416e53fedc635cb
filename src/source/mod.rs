//! Where text comes from: paths go in, texts with stable ids, spans and line indexes come out.
//!
//! Nothing here knows YAML. Only `os` touches the file system; everything else works on the
//! [`Files`] trait, so that tests, editors and the command line read a workspace the same way.

mod span;

pub use span::{FileId, Span, TextRange};
