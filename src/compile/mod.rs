//! The one way from files to diagnostics and a model.

use serde::Serialize;

/// What was found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub errors: usize,
    pub warnings: usize,
    pub files: usize,
    pub declarations: usize,
}
