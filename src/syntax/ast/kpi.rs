//! `kpi:` what is measured over ended sessions; `model:` a predictive model.

use super::{Expr, FieldDecl, Name, Spanned};
use crate::source::Span;

#[derive(Debug)]
pub struct Kpi {
    pub name: Name,
    pub title: Option<String>,
    pub journey: Name,
    pub measure: Spanned<Measure>,
    pub value: Expr,
    /// `">= 0.20"`, `"<= 2d"`.
    pub target: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Rate,
    Sum,
    Mean,
    P50,
    P90,
}

/// An ONNX file with typed inputs and outputs.
#[derive(Debug)]
pub struct Model {
    pub name: Name,
    pub title: Option<String>,
    pub file: Option<Name>,
    pub inputs: Vec<FieldDecl>,
    pub outputs: Vec<FieldDecl>,
    pub span: Span,
}
