//! Products of matrices, and normalization of a batch as it is when nothing is learned any more.

use super::super::attributes::Attributes;
use super::super::error::RunError;
use super::super::run::{Given, Run};
use super::super::tensor::{Data, Element, Tensor, Value};
use super::elementwise::Broadcast;
use super::{Built, Operator, one};

#[derive(Debug)]
struct MatMul;

pub(super) fn matmul(_: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(MatMul))
}

impl Operator for MatMul {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let (left, right) = (given.tensor(0)?, given.tensor(1)?);
        let element = same_floats(left, right)?;
        let (a, b) = (left.numbers()?, right.numbers()?);
        let (rows, inner) = left.rows()?;
        let (other, columns) = match *right.shape {
            [length] => (length, 1),
            [rows, columns] => (rows, columns),
            _ => return Err(RunError::new("it takes at most two dimensions")),
        };
        if left.shape.is_empty() || inner != other {
            let (a, b) = (&left.shape, &right.shape);
            let message = format!("the shapes {a:?} and {b:?} do not fit");
            return Err(RunError::new(message));
        }
        let (a, b) = (
            Matrix::new(&a, rows, inner, false),
            Matrix::new(&b, inner, columns, false),
        );
        let made = product(&a, &b, run)?;
        let mut shape = Vec::new();
        shape.extend((left.shape.len() == 2).then_some(rows));
        shape.extend((right.shape.len() == 2).then_some(columns));
        one(Value::Tensor(Tensor::new(shape, floats(element, made))))
    }
}

/// Numbers as rows and columns.
struct Matrix<'a> {
    numbers: &'a [f64],
    rows: usize,
    columns: usize,
    /// How far apart the elements of a column, and of a row, lie.
    steps: (usize, usize),
}

impl<'a> Matrix<'a> {
    fn new(numbers: &'a [f64], rows: usize, columns: usize, transposed: bool) -> Self {
        if transposed {
            Self {
                numbers,
                rows: columns,
                columns: rows,
                steps: (1, columns),
            }
        } else {
            Self {
                numbers,
                rows,
                columns,
                steps: (columns, 1),
            }
        }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.numbers[row * self.steps.0 + column * self.steps.1]
    }
}

/// Every row with every column, added up in order.
fn product(a: &Matrix<'_>, b: &Matrix<'_>, run: &mut Run) -> Result<Vec<f64>, RunError> {
    let size = run.size(&[a.rows, b.columns])?;
    run.spend(size.saturating_mul(a.columns))?;
    let mut made = Vec::with_capacity(size);
    for row in 0..a.rows {
        for column in 0..b.columns {
            let mut sum = 0.0;
            for inner in 0..a.columns {
                sum += a.at(row, inner) * b.at(inner, column);
            }
            made.push(sum);
        }
    }
    Ok(made)
}

fn same_floats(left: &Tensor, right: &Tensor) -> Result<Element, RunError> {
    match (left.data.element(), right.data.element()) {
        (a @ (Element::F32 | Element::F64), b) if a == b => Ok(a),
        (a, b) => Err(RunError::new(format!(
            "it cannot take {} with {}",
            a.name(),
            b.name()
        ))),
    }
}

/// Doubles as elements of this kind.
pub(super) fn floats(element: Element, numbers: Vec<f64>) -> Data {
    match element {
        Element::F64 => Data::F64(numbers),
        Element::Int => Data::Int(numbers.into_iter().map(|x| x as i64).collect()),
        _ => Data::F32(numbers.into_iter().map(|x| x as f32).collect()),
    }
}

/// `alpha * A * B + beta * C`.
#[derive(Debug)]
struct Gemm {
    alpha: f64,
    beta: f64,
    transposed: (bool, bool),
}

pub(super) fn gemm(node: &Attributes<'_, '_>) -> Built {
    let factor = |name: &str| f64::from(node.float(name).unwrap_or(1.0));
    let flag = |name: &str| node.int(name).unwrap_or(0) != 0;
    Ok(Box::new(Gemm {
        alpha: factor("alpha"),
        beta: factor("beta"),
        transposed: (flag("transA"), flag("transB")),
    }))
}

impl Operator for Gemm {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let (left, right) = (given.tensor(0)?, given.tensor(1)?);
        let element = same_floats(left, right)?;
        let (&[rows, inner], &[other, columns]) = (&*left.shape, &*right.shape) else {
            return Err(RunError::new("it takes two dimensions"));
        };
        let (a, b) = (left.numbers()?, right.numbers()?);
        let a = Matrix::new(&a, rows, inner, self.transposed.0);
        let b = Matrix::new(&b, other, columns, self.transposed.1);
        if a.columns != b.rows {
            let (a, b) = (&left.shape, &right.shape);
            let message = format!("the shapes {a:?} and {b:?} do not fit");
            return Err(RunError::new(message));
        }
        let mut made = product(&a, &b, run)?;
        let shape = [a.rows, b.columns];
        for number in &mut made {
            *number *= self.alpha;
        }
        if let Some(bias) = given.optional(2)? {
            let both = Broadcast::of(&[&shape, &bias.shape], run)?;
            if both.shape != shape {
                let message = format!("a bias of the shape {:?} does not fit", bias.shape);
                return Err(RunError::new(message));
            }
            let bias = bias.numbers()?;
            for (number, index) in made.iter_mut().zip(both.indexes(1)) {
                *number += self.beta * bias[index];
            }
        }
        let data = floats(element, made);
        one(Value::Tensor(Tensor::new(shape.to_vec(), data)))
    }
}

/// Scale and shift by what was learned of each column.
#[derive(Debug)]
struct BatchNormalization {
    epsilon: f64,
}

pub(super) fn batch_normalization(node: &Attributes<'_, '_>) -> Built {
    if node.int("training_mode").unwrap_or(0) != 0 {
        return Err(node.unsupported("it is still learning (`training_mode`)"));
    }
    let epsilon = f64::from(node.float("epsilon").unwrap_or(1e-5));
    Ok(Box::new(BatchNormalization { epsilon }))
}

impl Operator for BatchNormalization {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let &[_, columns, ref rest @ ..] = &*tensor.shape else {
            return Err(RunError::new("it takes at least two dimensions"));
        };
        let each: usize = rest.iter().product();
        let learned = |index: usize| {
            let numbers = given.tensor(index)?.numbers()?;
            if numbers.len() == columns {
                Ok(numbers)
            } else {
                let found = numbers.len();
                Err(RunError::new(format!(
                    "it has {found} numbers for {columns} columns"
                )))
            }
        };
        let (scale, bias, mean, variance) = (learned(1)?, learned(2)?, learned(3)?, learned(4)?);
        let numbers = tensor.numbers()?.into_iter().enumerate();
        let made = numbers.map(|(index, x)| {
            let column = index / each.max(1) % columns.max(1);
            let deviation = (variance[column] + self.epsilon).sqrt();
            (x - mean[column]) / deviation * scale[column] + bias[column]
        });
        let data = floats(tensor.data.element(), made.collect());
        one(Value::Tensor(Tensor::new(tensor.shape.clone(), data)))
    }
}
