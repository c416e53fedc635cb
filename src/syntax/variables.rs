//! `variables:` variables that several journeys share the declaration of.

use crate::yaml::{Map, Node};

use super::MAX_VARIABLES;
use super::ast::{FieldDecl, Name, Scope, Variables};
use super::keys::{Key, Shape, Table, required};
use super::reader::Reader;
use super::traveler::TITLE;
use super::values::Pattern;

pub(super) const IN: Key = required(
    "in",
    Shape::Any(&[Shape::Word(&["all"]), Shape::List(&Shape::Name)]),
    "The journeys it holds in, or `all`.",
);

/// `variables:`.
pub(super) static VARIABLES: Table = Table {
    what: "a `variables`",
    keys: &[
        required("variables", Shape::Name, "The name of the group."),
        TITLE,
        IN,
        required(
            "fields",
            Shape::Named(&Shape::Type),
            "The variables, with their types.",
        ),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn variables(&mut self, name: Name, map: Map<'a>) -> Option<Variables> {
        let fields = self.fields(map, &VARIABLES, name.span);
        let title = fields.read(self, "title", Reader::text);
        let scope = fields.read(self, "in", |r, node| Some(r.scope(node)));
        let decls = fields.read(self, "fields", |r, node| Some(r.variable_fields(node)));
        Some(Variables {
            name,
            title,
            scope: scope?,
            fields: decls?,
        })
    }

    /// Variables by name, each with its type.
    pub(super) fn variable_fields(&mut self, node: Node<'a>) -> Vec<FieldDecl> {
        let fields = self.fields_of(node, Pattern::Snake);
        self.at_most(MAX_VARIABLES, fields, "variables", |it| it.name.span)
    }

    /// `all`, or a list of journeys.
    pub(super) fn scope(&mut self, node: Node<'a>) -> Scope {
        if node.as_str() == Some("all") {
            return Scope::All(node.span());
        }
        let items = self.some_items(
            node,
            "a list of journeys, or `all`",
            "name at least one journey, or write `in: all`",
        );
        Scope::Journeys(self.read_each(items, Self::reference))
    }
}
