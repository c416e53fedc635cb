//! What moves elements about and changes none of them.

use super::super::attributes::Attributes;
use super::super::error::RunError;
use super::super::run::{Given, Run};
use super::super::tensor::{Data, Tensor, Value, count, strides};
use super::{Built, Operator, one};

/// The index of an axis that may be counted from the end.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, RunError> {
    let from_start = if axis < 0 { axis + rank as i64 } else { axis };
    let index = usize::try_from(from_start).ok().filter(|axis| *axis < rank);
    index.ok_or_else(|| RunError::new(format!("there is no axis {axis} in {rank} dimensions")))
}

/// Axes that old files give as an attribute and newer ones as an input; none where neither does.
pub(super) fn axes(
    attribute: Option<&[i64]>,
    input: Option<&Tensor>,
) -> Result<Option<Vec<i64>>, RunError> {
    match (attribute, input) {
        (Some(axes), _) => Ok(Some(axes.to_vec())),
        (None, Some(tensor)) => tensor.ints().map(|axes| Some(axes.to_vec())),
        (None, None) => Ok(None),
    }
}

/// The attribute, where the node has it.
pub(super) fn written(node: &Attributes<'_, '_>, name: &str) -> Option<Box<[i64]>> {
    node.has(name).then(|| node.ints(name).into())
}

/// The same elements in another shape.
fn reshaped(tensor: &Tensor, shape: Vec<usize>, run: &mut Run) -> Result<Vec<Value>, RunError> {
    run.spend(tensor.data.len())?;
    if count(&shape) != Some(tensor.data.len()) {
        let own = &tensor.shape;
        return Err(RunError::new(format!(
            "the shape {own:?} cannot become {shape:?}"
        )));
    }
    one(Value::Tensor(Tensor::new(shape, tensor.data.clone())))
}

#[derive(Debug)]
struct Identity;

pub(super) fn identity(_: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Identity))
}

impl Operator for Identity {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let value = given.0.first().copied().flatten();
        let value = value.ok_or_else(|| RunError::new("it lacks its input"))?;
        run.spend(match value {
            Value::Tensor(tensor) => tensor.data.len(),
            Value::Maps { keys, rows } => keys.len() * rows.len(),
        })?;
        one(value.clone())
    }
}

#[derive(Debug)]
struct Constant(Tensor);

pub(super) fn constant(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Constant(node.constant()?)))
}

impl Operator for Constant {
    fn run(&self, _: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        run.spend(self.0.data.len())?;
        one(Value::Tensor(self.0.clone()))
    }
}

#[derive(Debug)]
struct Reshape {
    /// Whether 0 is a length rather than "as it was".
    allow_zero: bool,
}

pub(super) fn reshape(node: &Attributes<'_, '_>) -> Built {
    let allow_zero = node.int("allowzero").unwrap_or(0) != 0;
    Ok(Box::new(Reshape { allow_zero }))
}

impl Operator for Reshape {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        let asked = given.tensor(1)?.ints()?;
        let wrong = || {
            let own = &tensor.shape;
            RunError::new(format!("the shape {own:?} cannot become {asked:?}"))
        };
        let mut open = None;
        let mut shape = Vec::with_capacity(asked.len());
        for (index, dim) in asked.iter().enumerate() {
            shape.push(match dim {
                -1 if open.replace(index).is_none() => 1,
                0 if !self.allow_zero => *tensor.shape.get(index).ok_or_else(wrong)?,
                dim => usize::try_from(*dim).map_err(|_| wrong())?,
            });
        }
        if let Some(open) = open {
            let others = count(&shape)
                .filter(|others| *others > 0)
                .ok_or_else(wrong)?;
            shape[open] = tensor.data.len() / others;
        }
        reshaped(tensor, shape, run)
    }
}

#[derive(Debug)]
struct Flatten(i64);

pub(super) fn flatten(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Flatten(node.int("axis").unwrap_or(1))))
}

impl Operator for Flatten {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        let rank = tensor.shape.len();
        let at = if self.0 == rank as i64 {
            rank
        } else {
            axis(self.0, rank)?
        };
        let (before, after) = tensor.shape.split_at(at);
        let shape = vec![before.iter().product(), after.iter().product()];
        reshaped(tensor, shape, run)
    }
}

#[derive(Debug)]
struct Squeeze(Option<Box<[i64]>>);

pub(super) fn squeeze(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Squeeze(written(node, "axes"))))
}

impl Operator for Squeeze {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        let rank = tensor.shape.len();
        let axes = match axes(self.0.as_deref(), given.optional(1)?)? {
            Some(axes) => axes
                .iter()
                .map(|at| axis(*at, rank))
                .collect::<Result<_, _>>()?,
            None => (0..rank)
                .filter(|at| tensor.shape[*at] == 1)
                .collect::<Vec<_>>(),
        };
        let kept = (0..rank).filter(|at| !axes.contains(at));
        let shape = kept.map(|at| tensor.shape[at]).collect();
        reshaped(tensor, shape, run)
    }
}

#[derive(Debug)]
struct Unsqueeze(Option<Box<[i64]>>);

pub(super) fn unsqueeze(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Unsqueeze(written(node, "axes"))))
}

impl Operator for Unsqueeze {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        let added = axes(self.0.as_deref(), given.optional(1)?)?.unwrap_or_default();
        let rank = tensor.shape.len() + added.len();
        let added: Vec<usize> = added
            .iter()
            .map(|at| axis(*at, rank))
            .collect::<Result<_, _>>()?;
        let mut own = tensor.shape.iter();
        let mut shape = Vec::with_capacity(rank);
        for at in 0..rank {
            shape.push(if added.contains(&at) {
                1
            } else {
                *own.next()
                    .ok_or_else(|| RunError::new("an axis is named twice"))?
            });
        }
        reshaped(tensor, shape, run)
    }
}

#[derive(Debug)]
struct Shape;

pub(super) fn shape(node: &Attributes<'_, '_>) -> Built {
    if node.has("start") || node.has("end") {
        return Err(node.unsupported("a part of a shape (`start`, `end`)"));
    }
    Ok(Box::new(Shape))
}

impl Operator for Shape {
    fn run(&self, given: &Given<'_>, _: &mut Run) -> Result<Vec<Value>, RunError> {
        let shape = &given.tensor(0)?.shape;
        let dims = shape.iter().map(|dim| *dim as i64).collect();
        one(Value::Tensor(Tensor::new(
            vec![shape.len()],
            Data::Int(dims),
        )))
    }
}

#[derive(Debug)]
struct Concat(i64);

pub(super) fn concat(node: &Attributes<'_, '_>) -> Built {
    let axis = node
        .int("axis")
        .ok_or_else(|| node.wrong("it lacks `axis`"))?;
    Ok(Box::new(Concat(axis)))
}

impl Operator for Concat {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let parts = (0..given.len()).map(|index| given.tensor(index));
        let parts: Vec<&Tensor> = parts.collect::<Result<_, _>>()?;
        concatenated(&parts, self.0, run)
    }
}

/// Tensors one after the other along an axis.
pub(super) fn concatenated(
    parts: &[&Tensor],
    along: i64,
    run: &mut Run,
) -> Result<Vec<Value>, RunError> {
    let first = *parts
        .first()
        .ok_or_else(|| RunError::new("it has no inputs"))?;
    let along = axis(along, first.shape.len())?;
    let mut shape = first.shape.clone();
    shape[along] = 0;
    for part in parts {
        let fits = part.shape.len() == shape.len()
            && (0..shape.len()).all(|at| at == along || part.shape[at] == shape[at]);
        if !fits {
            let (a, b) = (&first.shape, &part.shape);
            return Err(RunError::new(format!(
                "the shapes {a:?} and {b:?} do not fit"
            )));
        }
        shape[along] = shape[along].saturating_add(part.shape[along]);
    }
    run.size(&shape)?;
    let outer: usize = shape[..along].iter().product();
    let mut data = first.data.element().zeros(0);
    for row in 0..outer {
        for part in parts {
            let width: usize = part.shape[along..].iter().product();
            append(&mut data, &part.data, row * width..(row + 1) * width)?;
        }
    }
    one(Value::Tensor(Tensor::new(shape, data)))
}

fn append(to: &mut Data, from: &Data, range: std::ops::Range<usize>) -> Result<(), RunError> {
    match (to, from) {
        (Data::F32(to), Data::F32(from)) => to.extend_from_slice(&from[range]),
        (Data::F64(to), Data::F64(from)) => to.extend_from_slice(&from[range]),
        (Data::Int(to), Data::Int(from)) => to.extend_from_slice(&from[range]),
        (Data::Bool(to), Data::Bool(from)) => to.extend_from_slice(&from[range]),
        (Data::Text(to), Data::Text(from)) => to.extend_from_slice(&from[range]),
        (to, from) => return Err(super::elementwise::mixed(to, from)),
    }
    Ok(())
}

#[derive(Debug)]
struct Transpose(Option<Box<[i64]>>);

pub(super) fn transpose(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Transpose(written(node, "perm"))))
}

impl Operator for Transpose {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        let size = run.size(&tensor.shape)?;
        let rank = tensor.shape.len();
        let order: Vec<usize> = match &self.0 {
            Some(order) => order
                .iter()
                .map(|at| axis(*at, rank))
                .collect::<Result<_, _>>()?,
            None => (0..rank).rev().collect(),
        };
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..rank) {
            return Err(RunError::new("`perm` does not name every axis once"));
        }
        let shape: Vec<usize> = order.iter().map(|at| tensor.shape[*at]).collect();
        let (own, made) = (strides(&tensor.shape), strides(&shape));
        let place = |index: usize| {
            let axes = order.iter().zip(&made).zip(&shape);
            axes.map(|((from, stride), dim)| index / stride % dim * own[*from])
                .sum()
        };
        let places: Vec<usize> = (0..size).map(place).collect();
        one(Value::Tensor(Tensor::new(shape, tensor.data.pick(&places))))
    }
}

#[derive(Debug)]
struct Gather(i64);

pub(super) fn gather(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Gather(node.int("axis").unwrap_or(0))))
}

impl Operator for Gather {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let (tensor, indexes) = (given.tensor(0)?, given.tensor(1)?);
        let along = axis(self.0, tensor.shape.len())?;
        let (outer, inner) = tensor.shape.split_at(along);
        let length = inner[0];
        let chosen = indexes
            .ints()?
            .iter()
            .map(|index| match axis(*index, length) {
                Err(_) if run.probe && length > 0 => Ok(0),
                Err(_) => Err(RunError::new(format!(
                    "there is no element {index} of {length}"
                ))),
                found => found,
            });
        let chosen: Vec<usize> = chosen.collect::<Result<_, _>>()?;
        let shape = [outer, &indexes.shape, &inner[1..]].concat();
        let size = run.size(&shape)?;
        let width: usize = inner[1..].iter().product();
        let mut places = Vec::with_capacity(size);
        for row in 0..outer.iter().product::<usize>() {
            for at in &chosen {
                let start = (row * length + at) * width;
                places.extend(start..start + width);
            }
        }
        one(Value::Tensor(Tensor::new(shape, tensor.data.pick(&places))))
    }
}
