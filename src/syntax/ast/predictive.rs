//! `model:` a predictive model: a file, what it is given, and what it answers.

use super::{Expr, Name, TypeExpr};

#[derive(Debug)]
pub struct Model {
    pub name: Name,
    pub title: Option<String>,
    /// None where there is one type of traveler.
    pub traveler: Option<Name>,
    pub file: Name,
    pub inputs: Vec<ModelInput>,
    pub outputs: Vec<ModelOutput>,
}

/// An input of the file and what it is given: one expression, or several in order.
#[derive(Debug)]
pub struct ModelInput {
    pub name: Name,
    pub values: Vec<Expr>,
}

/// What expressions can read of the answer.
#[derive(Debug)]
pub struct ModelOutput {
    pub name: Name,
    pub ty: TypeExpr,
    /// The output of the file, where it has another name.
    pub from: Option<Name>,
    /// The place or class in it, where only one is wanted.
    pub pick: Option<Name>,
}
