//! What brings many elements to few along axes, and `Softmax`, which needs all of a row.

use super::super::attributes::Attributes;
use super::super::error::RunError;
use super::super::run::{Given, Run};
use super::super::tensor::{Data, Element, Tensor, Value, strides};
use super::elementwise::not_numbers;
use super::linear::floats;
use super::scores;
use super::shape::{axes, axis, written};
use super::{Built, Operator, one};

#[derive(Debug)]
struct Softmax {
    axis: i64,
    /// Before opset 13, everything from the axis on is one row.
    to_the_end: bool,
    log: bool,
}

pub(super) fn softmax(node: &Attributes<'_, '_>) -> Built {
    let old = node.opset < 13;
    Ok(Box::new(Softmax {
        axis: node.int("axis").unwrap_or(if old { 1 } else { -1 }),
        to_the_end: old,
        log: node.op() == "LogSoftmax",
    }))
}

impl Operator for Softmax {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let element = tensor.data.element();
        if !matches!(element, Element::F32 | Element::F64) {
            return Err(not_numbers(&tensor.data));
        }
        let at = axis(self.axis, tensor.shape.len())?;
        let (length, step) = if self.to_the_end {
            (tensor.shape[at..].iter().product(), 1)
        } else {
            (tensor.shape[at], strides(&tensor.shape)[at])
        };
        let mut numbers = tensor.numbers()?;
        for start in starts(numbers.len(), length, step) {
            let places = (0..length).map(|index| start + index * step);
            let mut row: Vec<f64> = places.clone().map(|place| numbers[place]).collect();
            if self.log {
                let max = row.iter().copied().fold(f64::NEG_INFINITY, libm::fmax);
                let sum: f64 = row.iter().map(|x| libm::exp(x - max)).sum();
                for x in &mut row {
                    *x = *x - max - libm::log(sum);
                }
            } else {
                scores::softmax(&mut row, |_| true);
            }
            for (place, score) in places.zip(row) {
                numbers[place] = score;
            }
        }
        let shape = tensor.shape.clone();
        one(Value::Tensor(Tensor::new(shape, floats(element, numbers))))
    }
}

/// Where the rows along an axis begin: `length` elements, each `step` from the next.
fn starts(count: usize, length: usize, step: usize) -> impl Iterator<Item = usize> {
    let block = (length * step).max(1);
    (0..count / block).flat_map(move |outer| (0..step).map(move |inner| outer * block + inner))
}

/// The place of the greatest or smallest along an axis; the first of several, or the last.
#[derive(Debug)]
struct Arg {
    axis: i64,
    keep: bool,
    max: bool,
    last: bool,
}

pub(super) fn arg(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Arg {
        axis: node.int("axis").unwrap_or(0),
        keep: node.int("keepdims").unwrap_or(1) != 0,
        max: node.op() == "ArgMax",
        last: node.int("select_last_index").unwrap_or(0) != 0,
    }))
}

impl Operator for Arg {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let at = axis(self.axis, tensor.shape.len())?;
        let (length, step) = (tensor.shape[at], strides(&tensor.shape)[at]);
        if length == 0 {
            return Err(RunError::new("it has nothing to choose from"));
        }
        let numbers = tensor.numbers()?;
        let better = |new: f64, old: f64| {
            (if self.max { new > old } else { new < old })
                || (self.last && new >= old && new <= old)
        };
        let best = |start: usize| {
            (1..length).fold(0, |best, index| {
                let (new, old) = (numbers[start + index * step], numbers[start + best * step]);
                if better(new, old) { index } else { best }
            }) as i64
        };
        let made: Vec<i64> = starts(numbers.len(), length, step).map(best).collect();
        let shape = reduced(&tensor.shape, &[at], self.keep);
        one(Value::Tensor(Tensor::new(shape, Data::Int(made))))
    }
}

fn reduced(shape: &[usize], axes: &[usize], keep: bool) -> Vec<usize> {
    let dims = shape.iter().enumerate();
    dims.filter_map(|(at, dim)| match (axes.contains(&at), keep) {
        (false, _) => Some(*dim),
        (true, true) => Some(1),
        (true, false) => None,
    })
    .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Sum,
    Mean,
    Min,
    Max,
}

#[derive(Debug)]
struct Reduce {
    how: How,
    axes: Option<Box<[i64]>>,
    keep: bool,
    /// Without axes, nothing is done rather than everything.
    noop: bool,
}

pub(super) fn reduce(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Reduce {
        how: match node.op() {
            "ReduceSum" => How::Sum,
            "ReduceMean" => How::Mean,
            "ReduceMin" => How::Min,
            _ => How::Max,
        },
        axes: written(node, "axes"),
        keep: node.int("keepdims").unwrap_or(1) != 0,
        noop: node.int("noop_with_empty_axes").unwrap_or(0) != 0,
    }))
}

impl Operator for Reduce {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let element = tensor.data.element();
        if !matches!(element, Element::F32 | Element::F64) {
            return Err(not_numbers(&tensor.data));
        }
        let rank = tensor.shape.len();
        let asked = axes(self.axes.as_deref(), given.optional(1)?)?.unwrap_or_default();
        if asked.is_empty() && self.noop {
            return one(Value::Tensor(tensor.clone()));
        }
        let axes: Vec<usize> = if asked.is_empty() {
            (0..rank).collect()
        } else {
            asked
                .iter()
                .map(|at| axis(*at, rank))
                .collect::<Result<_, _>>()?
        };
        let shape = reduced(&tensor.shape, &axes, true);
        let size = run.size(&shape)?;
        let (own, made) = (strides(&tensor.shape), strides(&shape));
        let start = match self.how {
            How::Sum | How::Mean => 0.0,
            How::Min => f64::INFINITY,
            How::Max => f64::NEG_INFINITY,
        };
        let mut numbers = vec![start; size];
        for (index, x) in tensor.numbers()?.into_iter().enumerate() {
            let at: usize = (0..rank)
                .map(|axis| index / own[axis] % tensor.shape[axis] % shape[axis] * made[axis])
                .sum();
            numbers[at] = match self.how {
                How::Sum | How::Mean => numbers[at] + x,
                How::Min => libm::fmin(numbers[at], x),
                How::Max => libm::fmax(numbers[at], x),
            };
        }
        if self.how == How::Mean {
            let each = tensor.data.len() as f64 / size.max(1) as f64;
            for x in &mut numbers {
                *x /= each;
            }
        }
        let shape = reduced(&tensor.shape, &axes, self.keep);
        one(Value::Tensor(Tensor::new(shape, floats(element, numbers))))
    }
}
