//! The attributes of a node, by name and type, with the defaults of the standard.

use std::sync::Arc;

use super::error::LoadError;
use super::proto::{self, AttributeProto, NodeProto};
use super::tensor::{Data, Labels, Tensor};

/// A node while its operator is made of it.
#[derive(Debug)]
pub(super) struct Attributes<'a, 'f> {
    node: &'a NodeProto<'f>,
    /// The version of the operator set that the file asks for.
    pub opset: i64,
}

impl<'a, 'f> Attributes<'a, 'f> {
    pub(super) fn new(node: &'a NodeProto<'f>, opset: i64) -> Self {
        Self { node, opset }
    }

    fn find(&self, name: &str) -> Option<&'a AttributeProto<'f>> {
        self.node.attributes.iter().find(|it| it.name == name)
    }

    /// The operator, as messages name it.
    pub(super) fn op(&self) -> &'f str {
        self.node.op
    }

    /// Something about this node.
    pub(super) fn wrong(&self, message: &str) -> LoadError {
        LoadError::invalid(format!("operator `{}`: {message}", self.op()))
    }

    pub(super) fn unsupported(&self, message: &str) -> LoadError {
        LoadError::unsupported(format!("operator `{}`: {message}", self.op()))
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.find(name).and_then(|it| it.int)
    }

    pub(super) fn float(&self, name: &str) -> Option<f32> {
        self.find(name).and_then(|it| it.float)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'f str>, LoadError> {
        let text = self.find(name).and_then(|it| it.text);
        text.map(|text| std::str::from_utf8(text).map_err(|_| LoadError::torn()))
            .transpose()
    }

    pub(super) fn ints(&self, name: &str) -> &'a [i64] {
        self.find(name).map_or(&[], |it| &it.ints)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    pub(super) fn floats(&self, name: &str) -> &'a [f32] {
        self.find(name).map_or(&[], |it| &it.floats)
    }

    /// Numbers as floats under the name, or as a tensor under `NAME_as_tensor`.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>, LoadError> {
        if let Some(tensor) = self.tensor(&format!("{name}_as_tensor"))? {
            let not_numbers = |_| self.wrong(&format!("`{name}_as_tensor` has no numbers"));
            return tensor.numbers().map_err(not_numbers);
        }
        Ok(self.floats(name).iter().map(|x| f64::from(*x)).collect())
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<Arc<str>>, LoadError> {
        let texts = self.find(name).map_or(&[][..], |it| &it.texts);
        let read = |text: &&[u8]| match std::str::from_utf8(text) {
            Ok(text) => Ok(Arc::from(text)),
            Err(_) => Err(LoadError::torn()),
        };
        texts.iter().map(read).collect()
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Option<Tensor>, LoadError> {
        let bytes = self.find(name).and_then(|it| it.tensor);
        let read = bytes.map(proto::tensor).transpose()?;
        Ok(read.map(|(_, tensor)| tensor))
    }

    /// The classes of a classifier, under one of these names.
    pub(super) fn labels(&self, ints: &str, texts: &str) -> Result<Option<Labels>, LoadError> {
        let names = self.texts(texts)?;
        if !names.is_empty() {
            return Ok(Some(Labels::Text(names.into())));
        }
        let numbers = self.ints(ints);
        Ok((!numbers.is_empty()).then(|| Labels::Int(numbers.into())))
    }

    /// The value of a `Constant`, under whichever name it stands.
    pub(super) fn constant(&self) -> Result<Tensor, LoadError> {
        if let Some(tensor) = self.tensor("value")? {
            return Ok(tensor);
        }
        let scalar = |data| Tensor::new(Vec::new(), data);
        if let Some(float) = self.float("value_float") {
            return Ok(scalar(Data::F32(vec![float])));
        }
        if let Some(int) = self.int("value_int") {
            return Ok(scalar(Data::Int(vec![int])));
        }
        if let Some(text) = self.text("value_string")? {
            return Ok(scalar(Data::Text(vec![text.into()])));
        }
        let data = if self.has("value_floats") {
            Data::F32(self.floats("value_floats").to_vec())
        } else if self.has("value_ints") {
            Data::Int(self.ints("value_ints").to_vec())
        } else if self.has("value_strings") {
            Data::Text(self.texts("value_strings")?)
        } else {
            return Err(self.unsupported("it has no value of a kind that is supported"));
        };
        Ok(Tensor::new(vec![data.len()], data))
    }
}
