//! Predictive models: the file in the plan is read, what the model is given is compiled.

use super::{Link, Linker, refused};
use crate::engine::predict::{InputType, OutputType, PredictiveType};
use crate::model::env::{Here, Place};
use crate::model::{PredictiveModel, predictive};

impl Linker<'_> {
    /// Links all models, in the order of the vocabulary.
    pub(super) fn models(&mut self) {
        let model = self.model;
        for head in self.engine.vocabulary.models.clone() {
            let Some(decl) = model.models.iter().find(|it| it.name == head.name) else {
                continue;
            };
            let linked = self.predictive(decl);
            if let Some(linked) = self.keep(linked) {
                self.engine.models.push(linked);
            }
        }
    }

    fn predictive(&self, decl: &PredictiveModel) -> Link<PredictiveType> {
        let Some(traveler) = self.engine.vocabulary.find_traveler(&decl.traveler) else {
            let message = format!("there is no traveler `{}`", decl.traveler);
            return refused(&decl.at, message);
        };
        let graph = match decl.graph() {
            Some(Ok(graph)) => graph,
            Some(Err(error)) => {
                let message = format!("the model `{}` cannot be read: {error}", decl.name);
                return refused(&decl.at, message);
            }
            None => return refused(&decl.at, format!("`{}` is no base64", decl.name)),
        };
        let place = Place {
            models: Here::not("a model cannot read `models`", ""),
            ..Place::of_traveler(Some(traveler))
        };
        let mut inputs = Vec::with_capacity(graph.inputs.len());
        for input in &graph.inputs {
            let Some(given) = decl.inputs.iter().find(|it| it.name == input.name) else {
                let message = format!("`{}` is not given `{}`", decl.name, input.name);
                return refused(&decl.at, message);
            };
            let due = predictive::element_type(input.element).nullable();
            let shape = input.shape_for(given.values.len()).or_else(|takes| {
                refused(&decl.at, format!("the input `{}` {takes}", input.name))
            })?;
            let values = given.values.iter();
            inputs.push(InputType {
                name: input.name.clone(),
                element: input.element,
                shape,
                values: values
                    .map(|value| self.expr(value, &place, &due, &decl.name))
                    .collect::<Link<_>>()?,
            });
        }
        let mut outputs = Vec::with_capacity(decl.outputs.len());
        for output in &decl.outputs {
            let Some(index) = graph.outputs.iter().position(|it| *it == output.from) else {
                let message = format!("`{}` does not answer `{}`", decl.name, output.from);
                return refused(&decl.at, message);
            };
            outputs.push(OutputType {
                name: output.name.clone(),
                ty: output.ty.clone(),
                index,
                pick: output.pick.clone(),
            });
        }
        Ok(PredictiveType {
            name: decl.name.clone(),
            graph,
            inputs,
            outputs,
        })
    }
}
