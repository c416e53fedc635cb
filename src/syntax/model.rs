//! `model:` a predictive model: an ONNX file, what it is given and what it answers.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::{Map, Node, Value};

use super::ast::{Expr, Model, ModelInput, ModelOutput, Name, TypeExpr};
use super::keys::{Shape, Table, optional, required};
use super::notation::Notation;
use super::reader::{Entry, Reader};
use super::traveler::TITLE;
use super::unquoted;
use super::values::{Pattern, name_of};

/// `model:`.
pub(super) static MODEL: Table = Table {
    what: "a model",
    keys: &[
        required("model", Shape::Name, "The name of the model."),
        TITLE,
        optional(
            "traveler",
            Shape::Name,
            "The type of its travelers; not needed where there is one.",
        ),
        required("file", Shape::Text, "An ONNX file in the workspace."),
        required(
            "inputs",
            Shape::Named(&Shape::Any(&[
                Shape::Expression,
                Shape::List(&Shape::Expression),
            ])),
            "What each input of the file is given: an expression, or several in order.",
        ),
        required(
            "outputs",
            Shape::Named(&Shape::Any(&[Shape::Type, Shape::Map(&OUTPUT)])),
            "What expressions can read of the answer, each with its type.",
        ),
    ],
};

/// The long form of an output.
pub(super) static OUTPUT: Table = Table {
    what: "an output of a model",
    keys: &[
        required("type", Shape::Type, "Its type."),
        optional(
            "from",
            Shape::Text,
            "The output of the file, where it has another name.",
        ),
        optional(
            "at",
            Shape::Any(&[Shape::Integer, Shape::Text]),
            "The place in it, counted from 0, or the class, where only one is wanted.",
        ),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn model(&mut self, name: Name, map: Map<'a>) -> Option<Model> {
        let fields = self.fields(map, &MODEL, name.span);
        let title = fields.read(self, "title", Reader::text);
        let traveler = fields.read(self, "traveler", Reader::reference);
        let file = fields.read(self, "file", Reader::reference);
        let inputs = fields.read_all(self, "inputs", Reader::model_inputs);
        let outputs = fields.read_all(self, "outputs", |r, node| {
            r.each(node, "a map of names to types", Reader::model_output)
        });
        let complete = fields.has("inputs") && fields.has("outputs");
        Some(Model {
            name,
            title,
            traveler,
            file: file.filter(|_| complete)?,
            inputs,
            outputs,
        })
    }

    fn model_inputs(&mut self, node: Node<'a>) -> Vec<ModelInput> {
        let Some(map) = self.map(node, "a map of inputs to expressions") else {
            return Vec::new();
        };
        let mut entries = self.entries(map);
        // A list is meant here, and no condition that lost its quotes.
        let listed: BTreeSet<&str> = (entries.iter())
            .filter(|entry| matches!(entry.value.value(), Value::Seq(_)))
            .map(|entry| entry.key)
            .collect();
        let inputs = unquoted::Expressions::Under(|key: &str| !listed.contains(&key));
        unquoted::repair(self, &mut entries, &inputs);
        self.take_lost(&mut entries, |_| true);
        let input = |entry: &Entry<'a>| ModelInput {
            name: entry.name(),
            values: self.model_values(entry),
        };
        entries.iter().map(input).collect()
    }

    fn model_values(&mut self, entry: &Entry<'a>) -> Vec<Expr> {
        if !matches!(entry.value.value(), Value::Seq(_)) {
            return vec![self.expr(entry)];
        }
        let items = self.items(entry.value, "a list of expressions").into_iter();
        let value = |item: Node<'a>| {
            let own = Entry {
                at: item.span(),
                value: item,
                meant: None,
                ..entry.clone()
            };
            self.expr(&own)
        };
        items.map(value).collect()
    }

    #[allow(clippy::unnecessary_wraps, reason = "as all readers of entries")]
    fn model_output(&mut self, entry: &Entry<'a>) -> Option<ModelOutput> {
        let name = self.key_name(entry, Pattern::Field);
        let Some(map) = entry.value.as_map() else {
            let ty = self.output_type(entry.value, Some(entry), &name);
            return Some(ModelOutput {
                name,
                ty,
                from: None,
                pick: None,
            });
        };
        let fields = self.fields(map, &OUTPUT, entry.at);
        let ty = fields.read(self, "type", |r, node| {
            Some(r.output_type(node, None, &name))
        });
        let scalar = |r: &mut Self, node: Node<'a>| r.scalar(node, "a name").map(name_of);
        Some(ModelOutput {
            ty: ty.unwrap_or(TypeExpr {
                kind: super::ast::TypeKind::Error,
                nullable: false,
                span: map.span(),
            }),
            from: fields.read(self, "from", scalar),
            pick: fields.read(self, "at", scalar),
            name,
        })
    }

    fn output_type(&mut self, node: Node<'a>, entry: Option<&Entry<'a>>, name: &Name) -> TypeExpr {
        let Notation { ty, default } = self.notation(node, entry);
        if let Some(default) = default {
            let message = format!("the output `{name}` cannot have a default");
            self.report(
                Diagnostic::new(&codes::INVALID_TYPE, default.span, message)
                    .help("write `.orValue(…)` where it is read, if it may be absent"),
            );
        }
        ty
    }
}
