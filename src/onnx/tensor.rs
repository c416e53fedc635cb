//! The values that flow through a graph: tensors, and the maps that classifiers answer.

use std::sync::Arc;

use super::error::RunError;

/// What the elements of a tensor are. Integers of all widths are kept in 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    F32,
    F64,
    Int,
    Bool,
    Text,
}

/// The elements, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    F32(Vec<f32>),
    F64(Vec<f64>),
    Int(Vec<i64>),
    Bool(Vec<bool>),
    Text(Vec<Arc<str>>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Data,
}

/// The names of classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labels {
    Int(Arc<[i64]>),
    Text(Arc<[Arc<str>]>),
}

/// What a node makes.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Tensor(Tensor),
    /// A number by class, once a row.
    Maps {
        keys: Labels,
        rows: Vec<Vec<f32>>,
    },
}

impl Data {
    pub fn len(&self) -> usize {
        match self {
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::Int(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn element(&self) -> Element {
        match self {
            Self::F32(_) => Element::F32,
            Self::F64(_) => Element::F64,
            Self::Int(_) => Element::Int,
            Self::Bool(_) => Element::Bool,
            Self::Text(_) => Element::Text,
        }
    }

    /// The elements at these indexes, all of which are there.
    pub(super) fn pick(&self, indexes: &[usize]) -> Self {
        fn of<T: Clone>(all: &[T], indexes: &[usize]) -> Vec<T> {
            indexes.iter().map(|index| all[*index].clone()).collect()
        }
        match self {
            Self::F32(v) => Self::F32(of(v, indexes)),
            Self::F64(v) => Self::F64(of(v, indexes)),
            Self::Int(v) => Self::Int(of(v, indexes)),
            Self::Bool(v) => Self::Bool(of(v, indexes)),
            Self::Text(v) => Self::Text(of(v, indexes)),
        }
    }
}

impl Element {
    /// Neutral elements: zero, false, the empty text.
    pub(super) fn zeros(self, count: usize) -> Data {
        match self {
            Self::F32 => Data::F32(vec![0.0; count]),
            Self::F64 => Data::F64(vec![0.0; count]),
            Self::Int => Data::Int(vec![0; count]),
            Self::Bool => Data::Bool(vec![false; count]),
            Self::Text => Data::Text(vec![Arc::from(""); count]),
        }
    }

    /// As messages call them.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::F32 => "floats",
            Self::F64 => "doubles",
            Self::Int => "integers",
            Self::Bool => "booleans",
            Self::Text => "strings",
        }
    }
}

impl Labels {
    pub fn len(&self) -> usize {
        match self {
            Self::Int(labels) => labels.len(),
            Self::Text(labels) => labels.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As text, as keys of the language are.
    pub fn texts(&self) -> Vec<Arc<str>> {
        match self {
            Self::Int(labels) => labels.iter().map(|l| l.to_string().into()).collect(),
            Self::Text(labels) => labels.to_vec(),
        }
    }

    /// A tensor of the labels at these indexes.
    pub(super) fn pick(&self, indexes: &[usize]) -> Tensor {
        let data = match self {
            Self::Int(labels) => Data::Int(indexes.iter().map(|i| labels[*i]).collect()),
            Self::Text(labels) => Data::Text(indexes.iter().map(|i| labels[*i].clone()).collect()),
        };
        Tensor {
            shape: vec![indexes.len()],
            data,
        }
    }
}

impl Tensor {
    /// A tensor whose shape and number of elements agree.
    pub(super) fn new(shape: Vec<usize>, data: Data) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        Self { shape, data }
    }

    pub(super) fn floats(shape: Vec<usize>, data: Vec<f32>) -> Value {
        Value::Tensor(Self::new(shape, Data::F32(data)))
    }

    /// All elements as doubles; texts are none.
    pub(super) fn numbers(&self) -> Result<Vec<f64>, RunError> {
        Ok(match &self.data {
            Data::F32(v) => v.iter().map(|x| f64::from(*x)).collect(),
            Data::F64(v) => v.clone(),
            Data::Int(v) => v.iter().map(|x| *x as f64).collect(),
            Data::Bool(v) => v.iter().map(|x| f64::from(u8::from(*x))).collect(),
            Data::Text(_) => return Err(RunError::new("it takes numbers, and was given strings")),
        })
    }

    /// The elements as integers, as shapes and axes are written.
    pub(super) fn ints(&self) -> Result<&[i64], RunError> {
        match &self.data {
            Data::Int(v) => Ok(v),
            other => Err(RunError::new(format!(
                "it takes integers, and was given {}",
                other.element().name()
            ))),
        }
    }

    /// As rows: how many, and how long each is. What has one dimension is one row.
    pub(super) fn rows(&self) -> Result<(usize, usize), RunError> {
        match *self.shape {
            [] => Ok((1, 1)),
            [columns] => Ok((1, columns)),
            [rows, columns] => Ok((rows, columns)),
            _ => Err(RunError::new("it takes at most two dimensions")),
        }
    }
}

/// The number of elements of a shape; none where it is past what can be counted.
pub(super) fn count(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1usize, |all, dim| all.checked_mul(*dim))
}

/// How far apart the elements of each dimension lie.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis].max(1);
    }
    strides
}
