//! How actions are carried out, as it is written.

use jiff::SignedDuration;

use super::{Content, Name, Spanned};
use crate::source::Span;

/// What a connection, or an environment of it, says about carrying out its actions.
#[derive(Debug, Default)]
pub struct Delivery {
    pub timeout: Option<SignedDuration>,
    pub rate: Option<Rate>,
    pub parallel: Option<u32>,
    pub retry: Retry,
}

/// `50/s`.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub count: u32,
    pub per: SignedDuration,
}

#[derive(Debug, Default)]
pub struct Retry {
    pub attempts: Option<u32>,
    pub from: Option<SignedDuration>,
    pub to: Option<SignedDuration>,
    pub statuses: Option<Vec<u16>>,
}

/// What differs where a plan runs.
#[derive(Debug)]
pub struct Environment {
    pub name: Name,
    pub values: Vec<(Name, Spanned<String>)>,
    /// Where the runtime is.
    pub runtime: Option<Spanned<String>>,
    pub connections: Vec<Replaced>,
    pub span: Span,
}

/// A connection in an environment.
#[derive(Debug)]
pub struct Replaced {
    pub connection: Name,
    pub deliver: Option<Sink>,
    pub config: Vec<(Name, Content)>,
    pub delivery: Delivery,
}

/// Where actions go that are only to be looked at.
#[derive(Debug)]
pub enum Sink {
    Stdout,
    File(String),
}
