//! `model:` a predictive model with typed inputs and outputs.

use crate::yaml::Map;

use super::ast::{Model, Name};
use super::keys::{Shape, Table, optional, required};
use super::reader::Reader;
use super::traveler::TITLE;
use super::values::Pattern;

/// `model:`.
pub(super) static MODEL: Table = Table {
    what: "a model",
    keys: &[
        required("model", Shape::Name, "The name of the model."),
        TITLE,
        optional("file", Shape::Text, "An ONNX file in the workspace."),
        optional("inputs", Shape::Named(&Shape::Type), "What it is given."),
        optional("outputs", Shape::Named(&Shape::Type), "What it answers."),
    ],
};

impl<'a> Reader<'a> {
    #[allow(clippy::unnecessary_wraps, reason = "as all readers of declarations")]
    pub(super) fn model(&mut self, name: Name, map: Map<'a>) -> Option<Model> {
        let fields = self.fields(map, &MODEL, name.span);
        Some(Model {
            name,
            title: fields.read(self, "title", Reader::text),
            file: fields.read(self, "file", Reader::reference),
            inputs: fields.read_all(self, "inputs", |r, node| r.fields_of(node, Pattern::Field)),
            outputs: fields.read_all(self, "outputs", |r, node| r.fields_of(node, Pattern::Field)),
            span: map.span(),
        })
    }
}
