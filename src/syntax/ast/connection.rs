//! `connection:` a system that sends events and carries out actions.

use super::{Assign, Content, Delivery, FieldDecl, Log, Name, Spanned, TypeDecl};
use crate::source::Span;

#[derive(Debug)]
pub struct Connection {
    pub name: Name,
    pub title: Option<String>,
    /// `std/slack`.
    pub uses: Option<Name>,
    /// `pii: allowed`: cleared for personal data.
    pub pii_allowed: bool,
    pub config: Vec<(Name, Content)>,
    pub delivery: Delivery,
    pub types: Vec<TypeDecl>,
    pub events: Vec<Event>,
    pub actions: Vec<Action>,
    pub entities: Vec<Entity>,
    pub logs: Vec<Log>,
}

#[derive(Debug)]
pub struct Event {
    pub name: Name,
    pub title: Option<String>,
    /// The `CloudEvents` type, where it is not `CONNECTION.EVENT`.
    pub cloud_type: Option<Spanned<String>>,
    /// The traveler type whose events these are, where several exist.
    pub traveler: Option<Name>,
    pub fields: Vec<FieldDecl>,
    /// With several traveler types each may have its own: `{ customer: {…}, application: {…} }`.
    pub identify: Vec<(Option<Name>, Vec<Assign>)>,
    pub update: Vec<Assign>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Action {
    pub name: Name,
    pub title: Option<String>,
    pub channel: Option<Name>,
    pub params: Vec<FieldDecl>,
    pub returns: Vec<FieldDecl>,
    pub span: Span,
}

/// A record of the connected system; gives the event `CONNECTION.NAME_changed` with its fields.
#[derive(Debug)]
pub struct Entity {
    pub name: Name,
    pub title: Option<String>,
    pub key: Name,
    pub fields: Vec<FieldDecl>,
    pub maps: Vec<EntityMap>,
    /// What its event writes to the profile beside `maps`; `event` is the record.
    pub update: Vec<Assign>,
    pub span: Span,
}

/// `email: Email`: the profile field takes the entity's field, and identifies by it where it is
/// an identity.
#[derive(Debug)]
pub struct EntityMap {
    pub profile: Name,
    pub field: Name,
}
