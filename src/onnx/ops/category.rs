//! Classes and categories: encoded, decoded, chosen, and named in the answer.

use std::sync::Arc;

use super::super::attributes::Attributes;
use super::super::error::{LoadError, RunError};
use super::super::run::{Given, Run};
use super::super::tensor::{Data, Labels, Tensor, Value};
use super::elementwise::not_numbers;
use super::shape::{axis, concatenated};
use super::{Built, Operator, one};

/// A column a category: 1 where it is the one.
#[derive(Debug)]
struct OneHotEncoder {
    categories: Labels,
    /// A category that is not known is no error.
    zeros: bool,
}

pub(super) fn one_hot_encoder(node: &Attributes<'_, '_>) -> Built {
    let categories = node.labels("cats_int64s", "cats_strings")?;
    Ok(Box::new(OneHotEncoder {
        categories: categories.ok_or_else(|| node.wrong("it has no categories"))?,
        zeros: node.int("zeros").unwrap_or(1) != 0,
    }))
}

impl Operator for OneHotEncoder {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        let width = self.categories.len();
        let mut shape = tensor.shape.clone();
        shape.push(width);
        let size = run.size(&shape)?;
        let found: Vec<Option<usize>> = match (&self.categories, &tensor.data) {
            (Labels::Text(known), Data::Text(v)) => v
                .iter()
                .map(|x| known.iter().position(|k| k == x))
                .collect(),
            (Labels::Int(known), Data::Text(_)) => {
                let message = format!("it has {} categories that are numbers", known.len());
                return Err(RunError::new(message));
            }
            (Labels::Int(known), _) => {
                let whole = |x: &f64| known.iter().position(|k| *k == *x as i64);
                tensor.numbers()?.iter().map(whole).collect()
            }
            (Labels::Text(_), data) => {
                return Err(RunError::new(format!(
                    "it takes strings, and was given {}",
                    data.element().name()
                )));
            }
        };
        let mut made = vec![0.0f32; size];
        for (row, place) in found.into_iter().enumerate() {
            match place {
                Some(place) => made[row * width + place] = 1.0,
                None if self.zeros || run.probe => {}
                None => return Err(RunError::new("a category is not known to the model")),
            }
        }
        one(Tensor::floats(shape, made))
    }
}

/// Keys to values, of text, integers or floats each.
#[derive(Debug)]
struct LabelEncoder {
    keys: Data,
    values: Data,
    otherwise: Data,
}

pub(super) fn label_encoder(node: &Attributes<'_, '_>) -> Built {
    if node.has("classes_strings") {
        return old_label_encoder(node);
    }
    let keys = column(node, "keys")?;
    let values = column(node, "values")?;
    if keys.len() != values.len() {
        return Err(node.wrong("its keys do not fit its values"));
    }
    let otherwise = match &values {
        Data::Int(_) => Data::Int(vec![node.int("default_int64").unwrap_or(-1)]),
        Data::Text(_) => {
            let text = node.text("default_string")?.unwrap_or("_Unused");
            Data::Text(vec![text.into()])
        }
        _ => Data::F32(vec![node.float("default_float").unwrap_or(-0.0)]),
    };
    Ok(Box::new(LabelEncoder {
        keys,
        values,
        otherwise,
    }))
}

/// Of the first version: a place in a list to its text, or back.
fn old_label_encoder(node: &Attributes<'_, '_>) -> Built {
    let classes = node.texts("classes_strings")?;
    let places = Data::Int((0..classes.len() as i64).collect());
    Ok(Box::new(OldLabelEncoder {
        to_place: LabelEncoder {
            keys: Data::Text(classes.clone()),
            values: places.clone(),
            otherwise: Data::Int(vec![node.int("default_int64").unwrap_or(-1)]),
        },
        to_text: LabelEncoder {
            keys: places,
            values: Data::Text(classes),
            otherwise: Data::Text(vec![
                node.text("default_string")?.unwrap_or("_Unused").into(),
            ]),
        },
    }))
}

#[derive(Debug)]
struct OldLabelEncoder {
    to_place: LabelEncoder,
    to_text: LabelEncoder,
}

impl Operator for OldLabelEncoder {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        match &given.tensor(0)?.data {
            Data::Text(_) => self.to_place.run(given, run),
            _ => self.to_text.run(given, run),
        }
    }
}

/// `keys_strings`, `keys_int64s`, `keys_floats`, or a tensor.
fn column(node: &Attributes<'_, '_>, name: &str) -> Result<Data, LoadError> {
    if let Some(tensor) = node.tensor(&format!("{name}_tensor"))? {
        return Ok(match tensor.data {
            Data::Bool(_) => return Err(node.unsupported("it encodes booleans")),
            data => data,
        });
    }
    let texts = node.texts(&format!("{name}_strings"))?;
    let ints = node.ints(&format!("{name}_int64s"));
    let floats = node.floats(&format!("{name}_floats"));
    Ok(if !texts.is_empty() {
        Data::Text(texts)
    } else if !ints.is_empty() {
        Data::Int(ints.to_vec())
    } else {
        Data::F32(floats.to_vec())
    })
}

impl Operator for LabelEncoder {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        fn places<T>(keys: &[T], given: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<Option<usize>> {
            let place = |x: &T| keys.iter().position(|key| same(key, x));
            given.iter().map(place).collect()
        }
        let tensor = given.tensor(0)?;
        let size = run.size(&tensor.shape)?;
        run.spend(size.saturating_mul(self.keys.len()))?;
        let found = match (&self.keys, &tensor.data) {
            (Data::Text(keys), Data::Text(v)) => places(keys, v, |a, b| a == b),
            (Data::Int(keys), Data::Int(v)) => places(keys, v, |a, b| a == b),
            (Data::Text(_), _) | (_, Data::Text(_)) => {
                return Err(RunError::new(format!(
                    "its keys are {}, and it was given {}",
                    self.keys.element().name(),
                    tensor.data.element().name()
                )));
            }
            (keys, _) => {
                let keys = Tensor::new(vec![keys.len()], keys.clone()).numbers()?;
                let same = |a: &f64, b: &f64| (a.is_nan() && b.is_nan()) || a == b;
                places(&keys, &tensor.numbers()?, same)
            }
        };
        let data = match (&self.values, &self.otherwise) {
            (Data::Text(values), Data::Text(otherwise)) => {
                Data::Text(chosen(values, &found, &otherwise[0]))
            }
            (Data::Int(values), Data::Int(otherwise)) => {
                Data::Int(chosen(values, &found, &otherwise[0]))
            }
            (Data::F32(values), Data::F32(otherwise)) => {
                Data::F32(chosen(values, &found, &otherwise[0]))
            }
            (Data::F64(values), Data::F32(otherwise)) => {
                Data::F64(chosen(values, &found, &f64::from(otherwise[0])))
            }
            (values, _) => return Err(not_numbers(values)),
        };
        one(Value::Tensor(Tensor::new(tensor.shape.clone(), data)))
    }
}

fn chosen<T: Clone>(values: &[T], places: &[Option<usize>], otherwise: &T) -> Vec<T> {
    let value = |place: &Option<usize>| place.map_or(otherwise, |place| &values[place]).clone();
    places.iter().map(value).collect()
}

/// Some columns of a table.
#[derive(Debug)]
struct ArrayFeatureExtractor;

pub(super) fn array_feature_extractor(_: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(ArrayFeatureExtractor))
}

impl Operator for ArrayFeatureExtractor {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let (tensor, columns) = (given.tensor(0)?, given.tensor(1)?.ints()?);
        let (rows, width) = tensor.rows()?;
        let size = run.size(&[rows, columns.len()])?;
        let columns = columns.iter().map(|column| match axis(*column, width) {
            Err(_) if run.probe && width > 0 => Ok(0),
            Err(_) => Err(RunError::new(format!(
                "there is no column {column} of {width}"
            ))),
            found => found,
        });
        let columns: Vec<usize> = columns.collect::<Result<_, _>>()?;
        let mut places = Vec::with_capacity(size);
        for row in 0..rows {
            places.extend(columns.iter().map(|column| row * width + column));
        }
        let shape = vec![rows, columns.len()];
        one(Value::Tensor(Tensor::new(shape, tensor.data.pick(&places))))
    }
}

/// Several inputs as the columns of one table of floats.
#[derive(Debug)]
struct FeatureVectorizer;

pub(super) fn feature_vectorizer(_: &Attributes<'_, '_>) -> Built {
    Ok(Box::new(FeatureVectorizer))
}

impl Operator for FeatureVectorizer {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let floats = |index: usize| {
            let tensor = given.tensor(index)?;
            let (rows, columns) = tensor.rows()?;
            let numbers = tensor.numbers()?.into_iter().map(|x| x as f32).collect();
            Ok(Tensor::new(vec![rows, columns], Data::F32(numbers)))
        };
        let parts: Vec<Tensor> = (0..given.len())
            .map(floats)
            .collect::<Result<_, RunError>>()?;
        concatenated(&parts.iter().collect::<Vec<_>>(), 1, run)
    }
}

/// A score by the name of its class.
#[derive(Debug)]
struct ZipMap(Labels);

pub(super) fn zip_map(node: &Attributes<'_, '_>) -> Built {
    let labels = node.labels("classlabels_int64s", "classlabels_strings")?;
    let labels = labels.ok_or_else(|| node.wrong("it has no classes"))?;
    let mut names: Vec<Arc<str>> = labels.texts();
    names.sort();
    names.dedup();
    if names.len() != labels.len() {
        return Err(node.wrong("two of its classes have one name"));
    }
    Ok(Box::new(ZipMap(labels)))
}

impl Operator for ZipMap {
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError> {
        let tensor = given.tensor(0)?;
        let (_, columns) = tensor.rows()?;
        if columns != self.0.len() {
            let known = self.0.len();
            return Err(RunError::new(format!(
                "it names {known} classes, and is given {columns} scores"
            )));
        }
        run.size(&tensor.shape)?;
        let numbers = tensor.numbers()?;
        let rows = numbers.chunks(columns.max(1));
        one(Value::Maps {
            keys: self.0.clone(),
            rows: rows
                .map(|row| row.iter().map(|x| *x as f32).collect())
                .collect(),
        })
    }
}
