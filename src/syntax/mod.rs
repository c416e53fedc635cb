//! YAML trees go in, declarations as written come out; unknown keys end here.
//!
//! It knows the shape of the language and no types: names are not resolved, expressions are
//! parsed but not checked.

pub mod ast;
