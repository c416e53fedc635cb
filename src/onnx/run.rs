//! One run of a graph: what a node is given, and how much work is left.

use super::error::RunError;
use super::tensor::{Tensor, Value, count};

/// The most elements that a tensor may have which a node makes.
pub const MAX_ELEMENTS: usize = 1 << 20;

/// How much work one run may be, counted in elements that are made and products that are added.
pub const MAX_WORK: u64 = 1 << 24;

#[derive(Debug)]
pub(super) struct Run {
    work_left: u64,
    /// The inputs stand for any: what is wrong with their values is no error.
    pub probe: bool,
}

impl Run {
    pub(super) fn new(probe: bool) -> Self {
        Self {
            work_left: MAX_WORK,
            probe,
        }
    }

    /// Counts work against the limit.
    pub(super) fn spend(&mut self, work: usize) -> Result<(), RunError> {
        match self.work_left.checked_sub(work as u64) {
            Some(left) => {
                self.work_left = left;
                Ok(())
            }
            None => Err(RunError::limit(
                "the model is more work than one run may be",
            )),
        }
    }

    /// The number of elements of a shape that is to be made.
    pub(super) fn size(&mut self, shape: &[usize]) -> Result<usize, RunError> {
        let size = count(shape).filter(|size| *size <= MAX_ELEMENTS);
        let size = size.ok_or_else(|| {
            RunError::limit(format!("a tensor has more than {MAX_ELEMENTS} elements"))
        })?;
        self.spend(size)?;
        Ok(size)
    }
}

/// The inputs of a node; none where one is left out.
#[derive(Debug)]
pub(super) struct Given<'a>(pub &'a [Option<&'a Value>]);

impl<'a> Given<'a> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// An input that has to be there, and has to be a tensor.
    pub(super) fn tensor(&self, index: usize) -> Result<&'a Tensor, RunError> {
        self.optional(index)?
            .ok_or_else(|| RunError::new(format!("it lacks its input {}", index + 1)))
    }

    /// An input that may be left out.
    pub(super) fn optional(&self, index: usize) -> Result<Option<&'a Tensor>, RunError> {
        match self.0.get(index).copied().flatten() {
            None => Ok(None),
            Some(Value::Tensor(tensor)) => Ok(Some(tensor)),
            Some(Value::Maps { .. }) => Err(RunError::new("it takes tensors, and was given a map")),
        }
    }
}
