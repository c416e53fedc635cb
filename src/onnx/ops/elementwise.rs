//! Arithmetic, element by element, with the shapes of several inputs brought together.

use super::super::attributes::Attributes;
use super::super::error::RunError;
use super::super::run::{Given, Run};
use super::super::tensor::{Data, Tensor, Value, strides};
use super::{Built, Operator, one};

/// A function of one number.
#[derive(Debug)]
struct Unary {
    name: &'static str,
    function: Function,
}

#[derive(Clone, Copy, Debug)]
enum Function {
    Plain(Float),
    /// With two parameters.
    Shaped(fn(f64, f64, f64) -> f64, f64, f64),
}

type Float = fn(f64) -> f64;
type Floats = fn(f64, f64) -> f64;
type Ints = fn(i64, i64) -> Option<i64>;

static PLAIN: &[(&str, Float)] = &[
    ("Abs", f64::abs),
    ("Ceil", f64::ceil),
    ("Erf", libm::erf),
    ("Exp", libm::exp),
    ("Floor", f64::floor),
    ("Log", libm::log),
    ("Neg", |x| -x),
    ("Reciprocal", |x| 1.0 / x),
    ("Relu", |x| if x < 0.0 { 0.0 } else { x }),
    ("Sigmoid", super::scores::logistic),
    ("Sign", |x| {
        if x == 0.0 || x.is_nan() {
            x
        } else {
            x.signum()
        }
    }),
    ("Softplus", |x| {
        x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
    }),
    ("Softsign", |x| x / (1.0 + x.abs())),
    ("Sqrt", f64::sqrt),
    ("Tanh", libm::tanh),
];

pub(super) fn unary(node: &Attributes<'_, '_>) -> Built {
    let parameter = |name: &str, otherwise: f32| f64::from(node.float(name).unwrap_or(otherwise));
    let plain = PLAIN.iter().find(|(name, _)| *name == node.op());
    let (name, function) = match (plain, node.op()) {
        (Some((name, function)), _) => (*name, Function::Plain(*function)),
        (None, "LeakyRelu") => {
            let leak = |x: f64, alpha: f64, _: f64| if x < 0.0 { alpha * x } else { x };
            (
                "LeakyRelu",
                Function::Shaped(leak, parameter("alpha", 0.01), 0.0),
            )
        }
        (None, "Elu") => {
            let elu = |x: f64, alpha: f64, _: f64| if x < 0.0 { alpha * libm::expm1(x) } else { x };
            ("Elu", Function::Shaped(elu, parameter("alpha", 1.0), 0.0))
        }
        (None, "Selu") => {
            let selu = |x: f64, alpha: f64, gamma: f64| {
                gamma * if x > 0.0 { x } else { alpha * libm::expm1(x) }
            };
            let (alpha, gamma) = (
                parameter("alpha", 1.673_263_2),
                parameter("gamma", 1.050_701),
            );
            ("Selu", Function::Shaped(selu, alpha, gamma))
        }
        (None, "HardSigmoid") => {
            let hard = |x: f64, alpha: f64, beta: f64| (alpha * x + beta).clamp(0.0, 1.0);
            let (alpha, beta) = (parameter("alpha", 0.2), parameter("beta", 0.5));
            ("HardSigmoid", Function::Shaped(hard, alpha, beta))
        }
        _ => return Err(node.unsupported("it is not known")),
    };
    Ok(Box::new(Unary { name, function }))
}

impl Operator for Unary {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let apply = |x: f64| match self.function {
            Function::Plain(function) => function(x),
            Function::Shaped(function, a, b) => function(x, a, b),
        };
        let data = match &tensor.data {
            Data::F32(v) => Data::F32(v.iter().map(|x| apply(f64::from(*x)) as f32).collect()),
            Data::F64(v) => Data::F64(v.iter().map(|x| apply(*x)).collect()),
            Data::Int(v) => Data::Int(self.ints(v)?),
            other => return Err(not_numbers(other)),
        };
        one(Value::Tensor(Tensor::new(tensor.shape.clone(), data)))
    }
}

impl Unary {
    fn ints(&self, all: &[i64]) -> Result<Vec<i64>, RunError> {
        let each: fn(i64) -> Option<i64> = match self.name {
            "Abs" => i64::checked_abs,
            "Neg" => i64::checked_neg,
            "Relu" => |x| Some(x.max(0)),
            "Sign" => |x| Some(x.signum()),
            _ => return Err(RunError::new("it takes floats, and was given integers")),
        };
        let made: Option<Vec<i64>> = all.iter().map(|x| each(*x)).collect();
        made.ok_or_else(overflow)
    }
}

pub(super) fn not_numbers(data: &Data) -> RunError {
    RunError::new(format!(
        "it takes numbers, and was given {}",
        data.element().name()
    ))
}

fn overflow() -> RunError {
    RunError::new("integer overflow")
}

/// An operation on two numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binary {
    floats: Floats,
    ints: Ints,
}

pub(super) fn binary(node: &Attributes<'_, '_>) -> Built {
    arithmetic(node.op()).map_or_else(
        || Err(node.unsupported("it is not known")),
        |operation| Ok(Box::new(operation) as Box<dyn Operator>),
    )
}

fn arithmetic(name: &str) -> Option<Binary> {
    let (floats, ints): (Floats, Ints) = match name {
        "Add" | "Sum" => (|a, b| a + b, i64::checked_add),
        "Sub" => (|a, b| a - b, i64::checked_sub),
        "Mul" => (|a, b| a * b, i64::checked_mul),
        "Div" => (|a, b| a / b, i64::checked_div),
        "Pow" => (libm::pow, |a, b| {
            u32::try_from(b).ok().and_then(|b| a.checked_pow(b))
        }),
        "Min" => (libm::fmin, |a, b| Some(a.min(b))),
        "Max" => (libm::fmax, |a, b| Some(a.max(b))),
        _ => return None,
    };
    Some(Binary { floats, ints })
}

impl Operator for Binary {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let made = self.apply(given.tensor(0)?, given.tensor(1)?, run)?;
        one(Value::Tensor(made))
    }
}

impl Binary {
    fn apply(&self, left: &Tensor, right: &Tensor, run: &mut Run) -> Result<Tensor, RunError> {
        let both = Broadcast::of(&[&left.shape, &right.shape], run)?;
        let data = match (&left.data, &right.data) {
            (Data::F32(a), Data::F32(b)) => Data::F32(
                both.pairs(a, b)
                    .map(|(a, b)| (self.floats)(f64::from(*a), f64::from(*b)) as f32)
                    .collect(),
            ),
            (Data::F64(a), Data::F64(b)) => Data::F64(
                both.pairs(a, b)
                    .map(|(a, b)| (self.floats)(*a, *b))
                    .collect(),
            ),
            (Data::Int(a), Data::Int(b)) => {
                let made: Option<Vec<i64>> =
                    both.pairs(a, b).map(|(a, b)| (self.ints)(*a, *b)).collect();
                Data::Int(
                    made.ok_or_else(|| RunError::new("integer overflow, or a division by zero"))?,
                )
            }
            (a, b) => return Err(mixed(a, b)),
        };
        Ok(Tensor::new(both.shape, data))
    }
}

pub(super) fn mixed(left: &Data, right: &Data) -> RunError {
    let (left, right) = (left.element().name(), right.element().name());
    RunError::new(format!("it cannot take {left} with {right}"))
}

/// The same operation over any number of inputs.
#[derive(Debug)]
struct Variadic(Binary);

pub(super) fn variadic(node: &Attributes<'_, '_>) -> Built {
    match arithmetic(node.op()) {
        Some(operation) => Ok(Box::new(Variadic(operation))),
        None => Err(node.unsupported("it is not known")),
    }
}

impl Operator for Variadic {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let mut made = given.tensor(0)?.clone();
        for index in 1..given.len() {
            made = self.0.apply(&made, given.tensor(index)?, run)?;
        }
        one(Value::Tensor(made))
    }
}

/// Numbers kept between two bounds, which are attributes in old files and inputs in newer ones.
#[derive(Debug)]
struct Clip {
    min: Option<f64>,
    max: Option<f64>,
}

pub(super) fn clip(node: &Attributes<'_, '_>) -> Built {
    let bound = |name: &str| node.float(name).map(f64::from);
    Ok(Box::new(Clip {
        min: bound("min"),
        max: bound("max"),
    }))
}

impl Operator for Clip {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        run.size(&tensor.shape)?;
        let bound = |index: usize, otherwise: Option<f64>| match given.optional(index)? {
            Some(bound) => Ok(bound.numbers()?.first().copied().or(otherwise)),
            None => Ok(otherwise),
        };
        let (min, max) = (bound(1, self.min)?, bound(2, self.max)?);
        let keep = |x: f64| {
            let x = min.map_or(x, |min| if x < min { min } else { x });
            max.map_or(x, |max| if x > max { max } else { x })
        };
        let data = match &tensor.data {
            Data::F32(v) => Data::F32(v.iter().map(|x| keep(f64::from(*x)) as f32).collect()),
            Data::F64(v) => Data::F64(v.iter().map(|x| keep(*x)).collect()),
            Data::Int(v) => Data::Int(v.iter().map(|x| keep(*x as f64) as i64).collect()),
            other => return Err(not_numbers(other)),
        };
        one(Value::Tensor(Tensor::new(tensor.shape.clone(), data)))
    }
}

/// Several shapes brought together: dimensions of 1 are repeated, missing ones stand before.
#[derive(Debug)]
pub(super) struct Broadcast {
    pub shape: Vec<usize>,
    /// For each input, how far apart its elements lie along each dimension of the whole.
    steps: Vec<Vec<usize>>,
}

impl Broadcast {
    /// The work of making it is counted.
    pub(super) fn of(shapes: &[&[usize]], run: &mut Run) -> Result<Self, RunError> {
        let rank = shapes.iter().map(|shape| shape.len()).max().unwrap_or(0);
        let mut whole = vec![1; rank];
        for shape in shapes {
            let before = rank - shape.len();
            for (dim, own) in whole[before..].iter_mut().zip(*shape) {
                match (*dim, *own) {
                    (a, b) if a == b => {}
                    (1, b) => *dim = b,
                    (_, 1) => {}
                    _ => {
                        let [a, b] = [shapes[0], shapes[shapes.len() - 1]];
                        let message = format!("the shapes {a:?} and {b:?} do not fit");
                        return Err(RunError::new(message));
                    }
                }
            }
        }
        run.size(&whole)?;
        let steps = shapes.iter().map(|shape| {
            let before = rank - shape.len();
            let own = strides(shape);
            let step = |axis: usize| match axis.checked_sub(before) {
                Some(axis) if shape[axis] != 1 => own[axis],
                _ => 0,
            };
            (0..rank).map(step).collect()
        });
        Ok(Self {
            steps: steps.collect(),
            shape: whole,
        })
    }

    /// For each element of the whole, the place of the input's element.
    pub(super) fn indexes(&self, input: usize) -> impl Iterator<Item = usize> + '_ {
        let own = &self.steps[input];
        let all = strides(&self.shape);
        let count: usize = self.shape.iter().product();
        (0..count).map(move |index| {
            let axes = all.iter().zip(&self.shape).zip(own);
            axes.map(|((stride, dim), step)| index / stride % (*dim).max(1) * step)
                .sum()
        })
    }

    fn pairs<'d, T>(
        &'d self,
        left: &'d [T],
        right: &'d [T],
    ) -> impl Iterator<Item = (&'d T, &'d T)> {
        let right = self.indexes(1).map(|index| &right[index]);
        self.indexes(0).map(|index| &left[index]).zip(right)
    }
}
