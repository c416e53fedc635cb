//! Predictive models as a plan holds them, and the bridge between values of the language and
//! tensors: what an input takes, what an output is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{At, Expr};
use crate::cel::{self, Field, ObjectType, Type, base64};
use crate::onnx::{self, Data, Element, Graph, LoadError, Tensor};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictiveModel {
    pub name: Arc<str>,
    pub traveler: Arc<str>,
    /// Where the bytes came from.
    pub file: Arc<str>,
    /// The ONNX file, in base64: a plan needs nothing beside it.
    pub onnx: Arc<str>,
    /// In the order of the file.
    pub inputs: Vec<ModelInput>,
    /// In the order of the declaration.
    pub outputs: Vec<ModelOutput>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelInput {
    pub name: Arc<str>,
    /// Its elements, in order.
    pub values: Vec<Expr>,
    pub at: At,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelOutput {
    pub name: Arc<str>,
    /// `| null` where an input may be absent.
    #[serde(rename = "type")]
    pub ty: Type,
    /// The output of the file.
    pub from: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<Pick>,
    pub at: At,
}

/// One of several in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    Index(u32),
    Class(Arc<str>),
}

impl PredictiveModel {
    /// The type of what expressions read below the model's name.
    pub fn outputs_object(&self) -> Arc<ObjectType> {
        let fields = self.outputs.iter().map(|output| Field {
            name: output.name.clone(),
            ty: output.ty.clone(),
            declared: None,
            default: None,
            least: None,
        });
        Arc::new(ObjectType {
            name: format!("models.{}", self.name).into(),
            fields: fields.collect(),
        })
    }

    /// The graph in it; None where the bytes are no base64.
    pub fn graph(&self) -> Option<Result<Graph, LoadError>> {
        base64::decode(&self.onnx).map(|bytes| Graph::load(&bytes))
    }
}

/// The type that an element of an input takes.
pub fn element_type(element: Element) -> Type {
    match element {
        Element::F32 | Element::F64 => Type::Double,
        Element::Int => Type::Int,
        Element::Bool => Type::Bool,
        Element::Text => Type::String,
    }
}

/// Values as the tensor that an input takes; None where one is absent or of another type.
pub fn tensor(element: Element, shape: Vec<usize>, values: &[cel::Value]) -> Option<Tensor> {
    fn each<T>(values: &[cel::Value], of: impl Fn(&cel::Value) -> Option<T>) -> Option<Vec<T>> {
        values.iter().map(of).collect()
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "an int literal stands for a double"
    )]
    let double = |value: &cel::Value| match value {
        cel::Value::Double(x) => Some(*x),
        cel::Value::Int(x) => Some(*x as f64),
        _ => None,
    };
    let data = match element {
        Element::F32 => Data::F32(each(values, |value| double(value).map(|x| x as f32))?),
        Element::F64 => Data::F64(each(values, double)?),
        Element::Int => Data::Int(each(values, |value| match value {
            cel::Value::Int(x) => Some(*x),
            _ => None,
        })?),
        Element::Bool => Data::Bool(each(values, |value| match value {
            cel::Value::Bool(x) => Some(*x),
            _ => None,
        })?),
        Element::Text => Data::Text(each(values, |value| match value {
            cel::Value::String(x) => Some(x.as_str().into()),
            _ => None,
        })?),
    };
    Some(Tensor { shape, data })
}

/// An answer as a value of a type, or why it is none: one line, without the names.
pub fn value(answer: &onnx::Value, ty: &Type, pick: Option<&Pick>) -> Result<cel::Value, String> {
    let value = picked(answer, pick)?;
    let found = type_of(&value);
    match (ty.present(), value) {
        (Type::List(of), cel::Value::List(items)) if items.iter().all(|it| type_of(it) == **of) => {
            Ok(cel::Value::List(items))
        }
        // A list of one is what a single answer looks like.
        (Type::List(of), single) if type_of(&single) == **of => Ok(cel::Value::list(vec![single])),
        (due, value) if type_of(&value) == *due => Ok(value),
        (due, _) => Err(format!("is `{found}`, not `{due}`")),
    }
}

/// The type that an answer has when all of it is taken.
pub fn natural(answer: &onnx::Value, pick: Option<&Pick>) -> Option<Type> {
    picked(answer, pick).ok().map(|value| type_of(&value))
}

fn type_of(value: &cel::Value) -> Type {
    match value {
        cel::Value::List(items) => Type::list(items.first().map_or(Type::Dyn, type_of)),
        cel::Value::Map(_) => Type::map(Type::Double),
        other => other.type_of(),
    }
}

fn picked(answer: &onnx::Value, pick: Option<&Pick>) -> Result<cel::Value, String> {
    match answer {
        onnx::Value::Tensor(tensor) => {
            let count = tensor.data.len();
            match pick {
                Some(Pick::Index(index)) if (*index as usize) < count => {
                    Ok(element(&tensor.data, *index as usize))
                }
                Some(Pick::Index(index)) => {
                    Err(format!("has {count} elements, and none at {index}"))
                }
                Some(Pick::Class(class)) => {
                    Err(format!("has no classes by name, and so no `{class}`"))
                }
                None if count == 1 => Ok(element(&tensor.data, 0)),
                None => {
                    let items = (0..count).map(|index| element(&tensor.data, index));
                    Ok(cel::Value::list(items.collect()))
                }
            }
        }
        onnx::Value::Maps { keys, rows } => {
            let names = keys.texts();
            let [row] = rows.as_slice() else {
                return Err("is not about one traveler".to_owned());
            };
            let entries = names.iter().zip(row.iter().map(|x| double(f64::from(*x))));
            match pick {
                None => {
                    let entries = entries.map(|(name, x)| (cel::Value::string(name.clone()), x));
                    Ok(cel::Value::Map(Arc::new(entries.collect())))
                }
                Some(pick) => {
                    let class = match pick {
                        Pick::Class(class) => class.clone(),
                        Pick::Index(index) => index.to_string().into(),
                    };
                    let found = entries.into_iter().find(|(name, _)| **name == class);
                    let known = || {
                        let known: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
                        format!("has no class `{class}`, only {}", known.join(", "))
                    };
                    found.map(|(_, x)| x).ok_or_else(known)
                }
            }
        }
    }
}

fn double(x: f64) -> cel::Value {
    cel::Value::Double(x)
}

fn element(data: &Data, index: usize) -> cel::Value {
    match data {
        Data::F32(v) => double(f64::from(v[index])),
        Data::F64(v) => double(v[index]),
        Data::Int(v) => cel::Value::Int(v[index]),
        Data::Bool(v) => cel::Value::Bool(v[index]),
        Data::Text(v) => cel::Value::string(v[index].clone()),
    }
}

/// Whether all numbers in a value are finite, as those of the language are.
pub fn is_finite(value: &cel::Value) -> bool {
    match value {
        cel::Value::Double(x) => x.is_finite(),
        cel::Value::List(items) => items.iter().all(is_finite),
        cel::Value::Map(entries) => entries.iter().all(|(_, value)| is_finite(value)),
        _ => true,
    }
}
