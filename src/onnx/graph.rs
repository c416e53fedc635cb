//! A loaded model: what it takes, what it answers, and its nodes in the order in which they run.

use std::sync::Arc;

use super::error::RunError;
use super::ops::Operator;
use super::run::{Given, Run};
use super::tensor::{Element, Tensor, Value, count};

/// A model that has been read and whose operators are known.
#[derive(Debug)]
pub struct Graph {
    pub inputs: Vec<Input>,
    /// By name, in the order of the file.
    pub outputs: Vec<Arc<str>>,
    pub(super) output_values: Vec<usize>,
    pub(super) input_values: Vec<usize>,
    /// What is known before anything runs, by value.
    pub(super) constants: Vec<Option<Value>>,
    pub(super) nodes: Vec<Node>,
}

/// What a model takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    pub name: Arc<str>,
    pub element: Element,
    /// Its dimensions; none for one that is left open. None where the file does not say.
    pub shape: Option<Vec<Option<usize>>>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub op: Box<dyn Operator>,
    /// The operator's name, for messages.
    pub name: Arc<str>,
    pub inputs: Vec<Option<usize>>,
    pub outputs: Vec<Option<usize>>,
}

impl Graph {
    /// Works out the outputs for inputs in the order of [`Self::inputs`].
    pub fn run(&self, inputs: Vec<Tensor>) -> Result<Vec<Value>, RunError> {
        self.execute(inputs, Run::new(false))
    }

    /// Runs with neutral inputs of these shapes, to find what can never work: the types and
    /// shapes of what comes out are those of every run. What depends on the values of inputs, such
    /// as a number in a text, is let pass.
    pub fn probe(&self, shapes: &[Vec<usize>]) -> Result<Vec<Value>, RunError> {
        let inputs = self.inputs.iter().zip(shapes).map(|(input, shape)| {
            let elements = count(shape).unwrap_or(0);
            Tensor::new(shape.clone(), input.element.zeros(elements))
        });
        self.execute(inputs.collect(), Run::new(true))
    }

    fn execute(&self, inputs: Vec<Tensor>, mut run: Run) -> Result<Vec<Value>, RunError> {
        let mut values: Vec<Option<Value>> = Vec::new();
        values.resize_with(self.constants.len(), || None);
        for (slot, tensor) in self.input_values.iter().zip(inputs) {
            values[*slot] = Some(Value::Tensor(tensor));
        }
        for node in &self.nodes {
            let at = |slot: usize| values[slot].as_ref().or(self.constants[slot].as_ref());
            let given: Vec<Option<&Value>> =
                (node.inputs.iter()).map(|slot| slot.and_then(at)).collect();
            let made = run
                .spend(1)
                .and_then(|()| node.op.run(&Given(&given), &mut run))
                .map_err(|error| RunError {
                    message: format!("operator `{}`: {}", node.name, error.message),
                    ..error
                })?;
            let mut made = made.into_iter();
            for slot in &node.outputs {
                let value = made.next();
                if let Some(slot) = slot {
                    let missing = || {
                        let message = "has an output that is not supported";
                        RunError::new(format!("operator `{}` {message}", node.name))
                    };
                    values[*slot] = Some(value.ok_or_else(missing)?);
                }
            }
        }
        let answer = |slot: &usize| {
            let value = values[*slot].as_ref().or(self.constants[*slot].as_ref());
            value
                .cloned()
                .ok_or_else(|| RunError::new("an input is missing"))
        };
        self.output_values.iter().map(answer).collect()
    }
}

impl Input {
    /// The shape that so many elements of one row have, or what the input takes instead: one
    /// line, without its name.
    pub fn shape_for(&self, elements: usize) -> Result<Vec<usize>, String> {
        let Some(dims) = &self.shape else {
            return Ok(vec![1, elements]);
        };
        let mut shape: Vec<Option<usize>> = dims.clone();
        // The first of several dimensions counts rows, of which there is one.
        if let [first, _, ..] = shape.as_mut_slice() {
            match first {
                None => *first = Some(1),
                Some(1) => {}
                Some(rows) => return Err(format!("takes {rows} rows at once")),
            }
        }
        let known: Option<usize> = count(&shape.iter().flatten().copied().collect::<Vec<_>>());
        let open = shape.iter().filter(|dim| dim.is_none()).count();
        match (open, known) {
            (0, Some(known)) if known == elements => {}
            (0, Some(1)) => return Err("takes one value".to_owned()),
            (0, Some(known)) => return Err(format!("takes {known} values")),
            (1, Some(known)) if known > 0 && elements.is_multiple_of(known) => {
                let rest = elements / known;
                for dim in &mut shape {
                    *dim = dim.or(Some(rest));
                }
            }
            (1, Some(known)) => return Err(format!("takes a multiple of {known} values")),
            _ => return Err("leaves its shape open".to_owned()),
        }
        Ok(shape.into_iter().flatten().collect())
    }
}
