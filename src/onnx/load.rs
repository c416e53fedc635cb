//! Bytes of a file to a [`Graph`]: operators are looked up, names of values become indexes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attributes::Attributes;
use super::error::LoadError;
use super::graph::{Graph, Input, Node};
use super::ops;
use super::proto::{GraphProto, ModelProto, NodeProto};
use super::tensor::Value;

/// The most bytes that a model may have: 4 MiB, as it goes into the plan.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// The versions of the operator sets whose meaning is known.
const STANDARD: std::ops::RangeInclusive<i64> = 7..=25;
const CLASSIC: std::ops::RangeInclusive<i64> = 1..=5;

impl Graph {
    /// Reads a file.
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        if bytes.len() > MAX_FILE_BYTES {
            let (limit, size) = (MAX_FILE_BYTES >> 20, bytes.len().div_ceil(1 << 20));
            return Err(LoadError::limit(format!(
                "it has {size} MiB, and {limit} MiB is the most that a model may have"
            ))
            .help("export a smaller one, with fewer trees or without training data"));
        }
        let model = ModelProto::read(bytes)?;
        let graph = GraphProto::read(model.graph.ok_or_else(LoadError::torn)?)?;
        let opsets = Opsets::of(&model)?;
        Loader::default().load(&graph, &opsets)
    }
}

struct Opsets {
    standard: i64,
    classic: i64,
}

impl Opsets {
    fn of(model: &ModelProto<'_>) -> Result<Self, LoadError> {
        let version = |domains: &[&str]| {
            let found = model.opsets.iter().find(|(name, _)| domains.contains(name));
            found.map(|(_, version)| *version)
        };
        let known = |name: &str, version: Option<i64>, range: &std::ops::RangeInclusive<i64>| {
            let Some(version) = version else {
                return Ok(*range.end());
            };
            if range.contains(&version) {
                return Ok(version);
            }
            let (from, to) = (range.start(), range.end());
            Err(LoadError::unsupported(format!(
                "it uses version {version} of the operators `{name}`, and {from} to {to} are known"
            ))
            .help(format!("export it again with an opset of {from} to {to}")))
        };
        Ok(Self {
            standard: known("ai.onnx", version(&["", "ai.onnx"]), &STANDARD)?,
            classic: known("ai.onnx.ml", version(&["ai.onnx.ml"]), &CLASSIC)?,
        })
    }
}

#[derive(Default)]
struct Loader<'f> {
    values: BTreeMap<&'f str, usize>,
    constants: Vec<Option<Value>>,
}

impl<'f> Loader<'f> {
    fn load(mut self, graph: &GraphProto<'f>, opsets: &Opsets) -> Result<Graph, LoadError> {
        for (name, tensor) in &graph.initializers {
            self.made(name, Some(Value::Tensor(tensor.clone())))?;
        }
        let (mut inputs, mut input_values) = (Vec::new(), Vec::new());
        for input in &graph.inputs {
            // Older files list constants among the inputs.
            if self.values.contains_key(input.name) {
                continue;
            }
            let Some((element, shape)) = &input.tensor else {
                let name = input.name;
                let message = format!("its input `{name}` is no tensor of a known type");
                return Err(LoadError::unsupported(message));
            };
            input_values.push(self.made(input.name, None)?);
            inputs.push(Input {
                name: input.name.into(),
                element: *element,
                shape: shape.clone(),
            });
        }
        let mut nodes = Vec::new();
        for node in &graph.nodes {
            nodes.push(self.node(node, opsets)?);
        }
        let (mut outputs, mut output_values) = (Vec::new(), Vec::new());
        for output in &graph.outputs {
            output_values.push(self.read(output.name, "the model answers")?);
            outputs.push(Arc::from(output.name));
        }
        if outputs.is_empty() {
            return Err(LoadError::invalid("it answers nothing: it has no outputs"));
        }
        Ok(Graph {
            inputs,
            outputs,
            output_values,
            input_values,
            constants: self.constants,
            nodes,
        })
    }

    fn node(&mut self, node: &NodeProto<'f>, opsets: &Opsets) -> Result<Node, LoadError> {
        let opset = match node.domain {
            "ai.onnx.ml" => opsets.classic,
            _ => opsets.standard,
        };
        let attributes = Attributes::new(node, opset);
        let op = match ops::find(node.domain, node.op) {
            Some(build) => build(&attributes)?,
            None => return Err(unknown(node)),
        };
        let inputs = node.inputs.iter().map(|name| match *name {
            "" => Ok(None),
            name => (self.read(name, &format!("operator `{}` reads", node.op))).map(Some),
        });
        let inputs = inputs.collect::<Result<_, _>>()?;
        let outputs = node.outputs.iter().map(|name| match *name {
            "" => Ok(None),
            name => self.made(name, None).map(Some),
        });
        Ok(Node {
            op,
            name: node.op.into(),
            inputs,
            outputs: outputs.collect::<Result<_, _>>()?,
        })
    }

    /// A value that must have been made before: so no circle can be.
    fn read(&self, name: &str, who: &str) -> Result<usize, LoadError> {
        self.values.get(name).copied().ok_or_else(|| {
            LoadError::invalid(format!("{who} `{name}`, which nothing before it makes"))
        })
    }

    fn made(&mut self, name: &'f str, constant: Option<Value>) -> Result<usize, LoadError> {
        let slot = self.constants.len();
        if self.values.insert(name, slot).is_some() {
            return Err(LoadError::invalid(format!(
                "two things make the value `{name}`"
            )));
        }
        self.constants.push(constant);
        Ok(slot)
    }
}

fn unknown(node: &NodeProto<'_>) -> LoadError {
    let name = match node.domain {
        "" | "ai.onnx" => node.op.to_owned(),
        domain => format!("{domain}.{}", node.op),
    };
    LoadError::unsupported(format!("it uses the operator `{name}`"))
        .help("the page on models (`spec/model.md`) lists the operators that are supported")
}
