//! `kpi:` what is measured over ended sessions.

use super::{Expr, Name, Spanned};

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
