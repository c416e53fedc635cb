//! How travelers are reached and grouped: channels, templates, segments, personas, shared variables.

use super::{Duration, Expr, FieldDecl, Name, Spanned, TextExpr};
use crate::source::Span;

#[derive(Debug)]
pub struct Channel {
    pub name: Name,
    pub title: Option<String>,
    /// The connection that delivers; none for channels of interactions only.
    pub via: Option<Name>,
    pub address: Option<Expr>,
    pub consent: Option<Name>,
    pub caps: Vec<Cap>,
    pub quiet: Option<Quiet>,
}

/// `{ max: 2, per: 7d, then: drop }`.
#[derive(Debug)]
pub struct Cap {
    pub max: Spanned<u32>,
    pub per: Duration,
    pub then: Overflow,
    pub span: Span,
}

/// What becomes of an action that may not go out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    Drop,
    Defer,
}

/// Hours in which nothing goes out: `from` included, `to` excluded; may run over midnight.
#[derive(Debug)]
pub struct Quiet {
    pub from: Spanned<jiff::civil::Time>,
    pub to: Spanned<jiff::civil::Time>,
    pub zone: Option<Expr>,
    pub then: Overflow,
    pub span: Span,
}

#[derive(Debug)]
pub struct Template {
    pub name: Name,
    pub title: Option<String>,
    pub channel: Name,
    pub transactional: bool,
    pub params: Vec<FieldDecl>,
    pub subject: Option<TextExpr>,
    pub body: Option<TextExpr>,
}

#[derive(Debug)]
pub struct Segment {
    pub name: Name,
    pub title: Option<String>,
    pub traveler: Name,
    pub kind: SegmentKind,
}

#[derive(Debug)]
pub enum SegmentKind {
    When(Expr),
    /// A CSV file below the workspace; its columns are identities.
    Members(Name),
}

#[derive(Debug)]
pub struct Persona {
    pub name: Name,
    pub title: Option<String>,
    pub traveler: Name,
    pub priority: i64,
    pub when: Expr,
}

/// `variables:` shared by journeys.
#[derive(Debug)]
pub struct Variables {
    pub name: Name,
    pub title: Option<String>,
    pub scope: super::Scope,
    pub fields: Vec<FieldDecl>,
}
