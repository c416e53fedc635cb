//! `template:` a message with parameters.

use crate::yaml::Map;

use super::ast::{Name, Template};
use super::keys::{Shape, Table, optional, required};
use super::reader::Reader;
use super::traveler::TITLE;
use super::values::Pattern;

/// `template:`.
pub(super) static TEMPLATE: Table = Table {
    what: "a template",
    keys: &[
        required("template", Shape::Name, "The name of the template."),
        TITLE,
        required("channel", Shape::Name, "The channel it goes out on."),
        optional(
            "transactional",
            Shape::Bool,
            "Whether it goes out whatever consent, caps and quiet hours say.",
        ),
        optional(
            "params",
            Shape::Named(&Shape::Type),
            "What it has to be told: `params.NAME`.",
        ),
        optional("subject", Shape::Content, "The subject, with `${…}`."),
        optional("body", Shape::Content, "The text, with `${…}`."),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn template(&mut self, name: Name, map: Map<'a>) -> Option<Template> {
        let fields = self.fields(map, &TEMPLATE, name.span);
        let channel = fields.read(self, "channel", Reader::reference);
        let template = Template {
            title: fields.read(self, "title", Reader::text),
            transactional: fields
                .read(self, "transactional", Reader::bool)
                .unwrap_or(false),
            params: fields.read_all(self, "params", |r, node| r.fields_of(node, Pattern::Field)),
            subject: fields.read(self, "subject", Reader::text_expr),
            body: fields.read(self, "body", Reader::text_expr),
            channel: channel?,
            name,
        };
        Some(template)
    }
}
