//! Predictive models while they are asked: what they are given is worked out, the graph is run,
//! and of its answer the one output that is read is made a value of the language.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::linked::{Engine, Expr};
use super::scope::Scope;
use crate::cel::{self, EvalError, EvalErrorKind, Value};
use crate::model::env::slot;
use crate::model::predictive::{self, Pick};
use crate::onnx::{Element, Graph, Tensor};

/// A model whose expressions are compiled and whose file is read.
#[derive(Debug)]
pub(super) struct PredictiveType {
    pub name: Arc<str>,
    pub graph: Graph,
    /// In the order of the graph.
    pub inputs: Vec<InputType>,
    pub outputs: Vec<OutputType>,
}

#[derive(Debug)]
pub(super) struct InputType {
    pub name: Arc<str>,
    pub element: Element,
    pub shape: Vec<usize>,
    pub values: Vec<Expr>,
}

#[derive(Debug)]
pub(super) struct OutputType {
    pub name: Arc<str>,
    pub ty: cel::Type,
    /// Its place among the outputs of the graph.
    pub index: usize,
    pub pick: Option<Pick>,
}

/// Model and output → what a test says that it answers.
pub(super) type Given = BTreeMap<Arc<str>, BTreeMap<Arc<str>, serde_json::Value>>;

impl Scope<'_> {
    /// The value of `models`, or of what stands below it.
    pub(super) fn models(&self, path: &[u16]) -> Result<Value, EvalError> {
        let models = &self.engine.models;
        match path {
            [] => {
                let ty = &self.engine.models_object(self.traveler.map(|(ty, _)| ty));
                let all = (0..models.len() as u16).map(|model| {
                    let known = ty.fields.get(usize::from(model));
                    if known.is_some_and(|field| !field.ty.is_error()) {
                        self.models(&[model])
                    } else {
                        Ok(Value::Null)
                    }
                });
                Ok(super::scope::object(ty, all.collect::<Result<_, _>>()?))
            }
            [model, rest @ ..] => {
                let Some(model) = models.get(usize::from(*model)) else {
                    return Ok(Value::Null);
                };
                self.answer(model, rest)
            }
        }
    }

    fn answer(&self, model: &PredictiveType, path: &[u16]) -> Result<Value, EvalError> {
        if let [output, ..] = path {
            let output = model.outputs.get(usize::from(*output));
            let given = output.and_then(|it| self.given(model, it));
            if let Some(value) = given {
                return Ok(value);
            }
        }
        let Some(answers) = self.ask(model)? else {
            return Ok(Value::Null);
        };
        let value = |output: &OutputType| match self.given(model, output) {
            Some(value) => Ok(value),
            None => read(model, output, &answers[output.index]),
        };
        match path {
            [] => {
                let slots = model.outputs.iter().map(value).collect::<Result<_, _>>()?;
                let head = self.engine.vocabulary.find_model(&model.name);
                let head = head.map(|id| &self.engine.vocabulary.model(id).outputs);
                Ok(head.map_or(Value::Null, |ty| super::scope::object(ty, slots)))
            }
            [output, ..] => {
                (model.outputs.get(usize::from(*output))).map_or(Ok(Value::Null), value)
            }
        }
    }

    /// What a test says.
    fn given(&self, model: &PredictiveType, output: &OutputType) -> Option<Value> {
        let json = self.given?.get(&model.name)?.get(&output.name)?;
        cel::from_json(json, &output.ty).ok()
    }

    /// All that the graph answers; None where something that it is given is absent.
    fn ask(&self, model: &PredictiveType) -> Result<Option<Vec<crate::onnx::Value>>, EvalError> {
        let failed = |what: &str| {
            let message = format!("model `{}`: {what}", model.name);
            EvalError::new(EvalErrorKind::InvalidArgument, message)
        };
        // Only the traveler is seen: the answer is the same wherever it is read.
        let scope = Scope {
            session: None,
            frame: None,
            event: None,
            params: None,
            returned: None,
            ..*self
        };
        let mut tensors: Vec<Tensor> = Vec::with_capacity(model.inputs.len());
        for input in &model.inputs {
            let mut values = Vec::with_capacity(input.values.len());
            for expr in &input.values {
                let value = expr.program.eval(&scope);
                let value = value.map_err(|error| failed(&error.message))?;
                values.push(match value {
                    Value::Null | Value::Optional(None) => return Ok(None),
                    Value::Optional(Some(value)) => (*value).clone(),
                    value => value,
                });
            }
            let tensor = predictive::tensor(input.element, input.shape.clone(), &values);
            let misfit = || failed(&format!("the input `{}` is given another type", input.name));
            tensors.push(tensor.ok_or_else(misfit)?);
        }
        let answers = model.graph.run(tensors);
        answers.map(Some).map_err(|error| failed(&error.message))
    }
}

fn read(
    model: &PredictiveType,
    output: &OutputType,
    answer: &crate::onnx::Value,
) -> Result<Value, EvalError> {
    let value = predictive::value(answer, &output.ty, output.pick.as_ref());
    let finite = value.and_then(|value| {
        if predictive::is_finite(&value) {
            Ok(value)
        } else {
            Err("is no finite number".to_owned())
        }
    });
    finite.map_err(|why| {
        let message = format!("model `{}`: `{}` {why}", model.name, output.name);
        EvalError::new(EvalErrorKind::InvalidArgument, message)
    })
}

impl Engine {
    /// The type of `models`, for travelers of a type.
    fn models_object(
        &self,
        ty: Option<&super::linked::TravelerType>,
    ) -> Arc<crate::cel::ObjectType> {
        let traveler = ty.and_then(|ty| self.vocabulary.find_traveler(&ty.name));
        let env = crate::model::env::Place::of_traveler(traveler).env(&self.vocabulary);
        super::link::root_object(&env, slot::MODELS)
    }
}
