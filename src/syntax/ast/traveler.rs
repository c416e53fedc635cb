//! `traveler:` who travels, what is known of them, and aggregates over their history.

use super::{Duration, EventRef, Expr, FieldDecl, Name, Spanned};
use crate::source::Span;

#[derive(Debug)]
pub struct Traveler {
    pub name: Name,
    pub title: Option<String>,
    pub key: Name,
    /// Profile fields any of which ties an event to one traveler.
    pub identities: Vec<Name>,
    pub profile: Vec<FieldDecl>,
    pub consents: Vec<Name>,
    pub traits: Vec<Trait>,
    /// Traits that could not be read.
    pub broken_traits: Vec<Name>,
}

/// `NAME: { count: shop.order_placed, within: 365d, when: … }`.
#[derive(Debug)]
pub struct Trait {
    pub name: Name,
    pub aggregate: Spanned<Aggregate>,
    /// What is counted, and the field for all but `count`.
    pub source: TraitSource,
    pub within: Option<Duration>,
    pub keep: Option<Spanned<u32>>,
    /// `within` or `keep` is there, also where what it says could not be read.
    pub bounded: bool,
    pub when: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregate {
    Count,
    Sum,
    Min,
    Max,
    Avg,
    First,
    Last,
    List,
    Distinct,
}

/// What a trait looks at.
#[derive(Debug)]
pub struct TraitSource {
    /// An event, `send.TEMPLATE` or `call.CONNECTION.ACTION`.
    pub event: EventRef,
    /// The path below the payload (or, for actions, the parameters), empty for `count`.
    pub field: Vec<Name>,
    pub span: Span,
}
