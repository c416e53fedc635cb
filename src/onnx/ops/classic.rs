//! Linear models and what prepares numbers for them.

use super::super::attributes::Attributes;
use super::super::error::{LoadError, RunError};
use super::super::run::{Given, Run};
use super::super::tensor::{Data, Labels, Tensor, Value};
use super::scores::PostTransform;
use super::{Built, Operator, one};

/// Rows times coefficients, plus intercepts.
#[derive(Debug)]
struct Linear {
    coefficients: Vec<f64>,
    intercepts: Vec<f64>,
    targets: usize,
    transform: PostTransform,
}

impl Linear {
    fn new(node: &Attributes<'_, '_>, targets: usize) -> Result<Self, LoadError> {
        let coefficients = node.numbers("coefficients")?;
        let intercepts = node.numbers("intercepts")?;
        if targets == 0 || !coefficients.len().is_multiple_of(targets) {
            return Err(node.wrong("its coefficients do not fit its targets"));
        }
        if !intercepts.is_empty() && intercepts.len() != targets {
            return Err(node.wrong("its intercepts do not fit its targets"));
        }
        Ok(Self {
            coefficients,
            intercepts,
            targets,
            transform: PostTransform::of(node)?,
        })
    }

    /// The raw scores of every row.
    fn rows(&self, tensor: &Tensor, run: &mut Run) -> Result<Vec<Vec<f64>>, RunError> {
        let (rows, columns) = tensor.rows()?;
        let each = self.coefficients.len() / self.targets;
        if columns != each {
            return Err(features(each, columns));
        }
        run.size(&[rows, self.targets])?;
        run.spend(rows.saturating_mul(self.coefficients.len()))?;
        let numbers = tensor.numbers()?;
        let score = |row: &[f64], target: usize| {
            let own = &self.coefficients[target * each..(target + 1) * each];
            let start = self.intercepts.get(target).copied().unwrap_or(0.0);
            let products = row.iter().zip(own).map(|(x, c)| x * c);
            products.sum::<f64>() + start
        };
        let one_row = |row: usize| {
            let row = &numbers[row * columns..(row + 1) * columns];
            (0..self.targets).map(|target| score(row, target)).collect()
        };
        Ok((0..rows).map(one_row).collect())
    }
}

/// A row of the wrong width.
pub(super) fn features(known: usize, given: usize) -> RunError {
    RunError::new(format!(
        "it was trained on {known} features, and is given {given}"
    ))
}

#[derive(Debug)]
struct LinearRegressor(Linear);

pub(super) fn linear_regressor(node: &Attributes<'_, '_>) -> Built {
    let targets = usize::try_from(node.int("targets").unwrap_or(1)).unwrap_or(0);
    Ok(Box::new(LinearRegressor(Linear::new(node, targets)?)))
}

impl Operator for LinearRegressor {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let mut rows = self.0.rows(given.tensor(0)?, run)?;
        for row in &mut rows {
            self.0.transform.apply(row);
        }
        let shape = vec![rows.len(), self.0.targets];
        let scores = rows.into_iter().flatten().map(|x| x as f32).collect();
        one(Tensor::floats(shape, scores))
    }
}

#[derive(Debug)]
struct LinearClassifier {
    linear: Linear,
    labels: Labels,
}

pub(super) fn linear_classifier(node: &Attributes<'_, '_>) -> Built {
    let labels = node.labels("classlabels_ints", "classlabels_strings")?;
    let labels = labels.ok_or_else(|| node.wrong("it has no classes"))?;
    let intercepts = node.numbers("intercepts")?.len();
    let targets = if intercepts > 0 {
        intercepts
    } else {
        labels.len()
    };
    if targets != labels.len() && (targets, labels.len()) != (1, 2) {
        return Err(node.wrong("its classes do not fit its intercepts"));
    }
    Ok(Box::new(LinearClassifier {
        linear: Linear::new(node, targets)?,
        labels,
    }))
}

impl Operator for LinearClassifier {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let mut rows = self.linear.rows(given.tensor(0)?, run)?;
        let mut chosen = Vec::with_capacity(rows.len());
        for row in &mut rows {
            if let ([score], 2) = (&**row, self.labels.len()) {
                let score = *score;
                chosen.push(usize::from(score > 0.0));
                *row = self.linear.transform.of_two(score, false).to_vec();
            } else {
                chosen.push(greatest(row));
                self.linear.transform.apply(row);
            }
        }
        let shape = vec![rows.len(), self.labels.len()];
        let scores = rows.into_iter().flatten().map(|x| x as f32).collect();
        let labels = Value::Tensor(self.labels.pick(&chosen));
        Ok(vec![labels, Tensor::floats(shape, scores)])
    }
}

/// The first place of the greatest.
pub(super) fn greatest(scores: &[f64]) -> usize {
    let better = |best: usize, (index, score): (usize, &f64)| {
        if *score > scores[best] { index } else { best }
    };
    scores.iter().enumerate().fold(0, better)
}

/// `(x - offset) * scale`, by column.
#[derive(Debug)]
struct Scaler {
    offset: Vec<f64>,
    scale: Vec<f64>,
}

pub(super) fn scaler(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Scaler {
        offset: node.numbers("offset")?,
        scale: node.numbers("scale")?,
    }))
}

/// The number of a column: one for all, or one each.
fn of_column(learned: &[f64], column: usize, columns: usize) -> Result<f64, RunError> {
    match learned {
        [all] => Ok(*all),
        each if each.len() == columns => Ok(each[column]),
        each => Err(features(each.len(), columns)),
    }
}

impl Operator for Scaler {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        by_column(given.tensor(0)?, run, |x, column, columns| {
            let offset = of_column(&self.offset, column, columns)?;
            Ok((x - offset) * of_column(&self.scale, column, columns)?)
        })
    }
}

/// Every number made anew, by its column; floats come out.
fn by_column(
    tensor: &Tensor,
    run: &mut Run,
    make: impl Fn(f64, usize, usize) -> Result<f64, RunError>,
) -> Result<Vec<Value>, RunError> {
    run.size(&tensor.shape)?;
    let (_, columns) = tensor.rows()?;
    let numbers = tensor.numbers()?.into_iter().enumerate();
    let floats = numbers.map(|(index, x)| Ok(make(x, index % columns.max(1), columns)? as f32));
    let floats: Vec<f32> = floats.collect::<Result<_, RunError>>()?;
    one(Tensor::floats(tensor.shape.clone(), floats))
}

#[derive(Debug)]
struct Binarizer(f64);

pub(super) fn binarizer(node: &Attributes<'_, '_>) -> Built {
    let threshold = node.float("threshold").unwrap_or(0.0);
    Ok(Box::new(Binarizer(f64::from(threshold))))
}

impl Operator for Binarizer {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        by_column(given.tensor(0)?, run, |x, _, _| {
            Ok(f64::from(u8::from(x > self.0)))
        })
    }
}

/// Another number where one is missing.
#[derive(Debug)]
struct Imputer {
    by_column: Vec<f64>,
    missing: f64,
    ints: bool,
}

pub(super) fn imputer(node: &Attributes<'_, '_>) -> Built {
    let ints = node.ints("imputed_value_int64s");
    Ok(Box::new(if ints.is_empty() {
        Imputer {
            by_column: node.numbers("imputed_value_floats")?,
            missing: f64::from(node.float("replaced_value_float").unwrap_or(0.0)),
            ints: false,
        }
    } else {
        Imputer {
            by_column: ints.iter().map(|x| *x as f64).collect(),
            missing: node.int("replaced_value_int64").unwrap_or(0) as f64,
            ints: true,
        }
    }))
}

impl Operator for Imputer {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        let is_missing = |x: f64| (x.is_nan() && self.missing.is_nan()) || x == self.missing;
        let made = by_column(tensor, run, |x, column, columns| {
            let imputed = of_column(&self.by_column, column, columns)?;
            Ok(if is_missing(x) { imputed } else { x })
        })?;
        if !self.ints {
            return Ok(made);
        }
        let Data::Int(own) = &tensor.data else {
            return Err(RunError::new("it takes integers, and was given others"));
        };
        let (_, columns) = tensor.rows()?;
        let places = own.iter().enumerate();
        let data = places.map(|(index, x)| {
            let imputed = of_column(&self.by_column, index % columns.max(1), columns)?;
            Ok(if is_missing(*x as f64) {
                imputed as i64
            } else {
                *x
            })
        });
        let data = Data::Int(data.collect::<Result<_, RunError>>()?);
        one(Value::Tensor(Tensor::new(tensor.shape.clone(), data)))
    }
}

#[derive(Debug)]
struct Normalizer(Norm);

#[derive(Clone, Copy, Debug)]
enum Norm {
    Max,
    L1,
    L2,
}

pub(super) fn normalizer(node: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(Normalizer(
        match node.text("norm")?.unwrap_or("MAX") {
            "MAX" => Norm::Max,
            "L1" => Norm::L1,
            "L2" => Norm::L2,
            other => return Err(node.unsupported(&format!("`norm` {other:?}"))),
        },
    )))
}

impl Operator for Normalizer {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let (_, columns) = tensor.rows()?;
        let numbers = tensor.numbers()?;
        let mut made = Vec::with_capacity(numbers.len());
        for row in numbers.chunks(columns.max(1)) {
            let norm = match self.0 {
                Norm::Max => row.iter().copied().fold(f64::NEG_INFINITY, libm::fmax),
                Norm::L1 => row.iter().map(|x| x.abs()).sum(),
                Norm::L2 => row.iter().map(|x| x * x).sum::<f64>().sqrt(),
            };
            let divisor = if norm == 0.0 { 1.0 } else { norm };
            made.extend(row.iter().map(|x| (x / divisor) as f32));
        }
        one(Tensor::floats(tensor.shape.clone(), made))
    }
}
