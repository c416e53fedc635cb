//! Predictive models: the file is there and can be run, its inputs are given what they take, and
//! its outputs are what is said of them.
//!
//! What can be told of a file is told before anything runs: it is loaded, and run once with
//! neutral inputs of the right shapes, so that types and shapes are those of every run.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::Checker;
use crate::cel::{Facts, Field, ObjectType, Type, base64};
use crate::diagnostic::{Applicability, Diagnostic, codes, nearest};
use crate::model::env::{Here, Place};
use crate::model::predictive::{self, Pick};
use crate::model::{self, ModelId, TravelerId};
use crate::onnx::{self, Graph, LoadErrorKind};
use crate::source::Files;
use crate::syntax::ast::{self, Name};

/// A file that has been read.
struct Loaded {
    path: String,
    bytes: Vec<u8>,
    graph: Graph,
}

impl Checker<'_> {
    /// Checks all models, and tells the vocabulary what may be absent of what they answer.
    pub(super) fn models(&mut self, files: &dyn Files) -> Vec<model::PredictiveModel> {
        let mut all = Vec::new();
        for index in 0..self.names.models.len() {
            let decl = self.names.models[index];
            let id = ModelId(index as u32);
            all.extend(self.predictive(decl, id, files));
        }
        all
    }

    fn predictive(
        &mut self,
        decl: &ast::Model,
        id: ModelId,
        files: &dyn Files,
    ) -> Option<model::PredictiveModel> {
        let traveler = self.scored(decl);
        let loaded = self.loaded(&decl.file, files);
        let graph = loaded.as_ref().map(|loaded| &loaded.graph);
        let given = self.given(decl, traveler, graph);
        if given.absent {
            self.may_be_absent(id);
        }
        let traveler = self.names.vocabulary.traveler(traveler?).name.clone();
        let Loaded { path, bytes, graph } = loaded?;
        let shapes = given.shapes?;
        let answers = match graph.probe(&shapes) {
            Ok(answers) => answers,
            Err(error) => {
                let code = if error.limit {
                    &codes::LIMIT_EXCEEDED
                } else {
                    &codes::INVALID_MODEL
                };
                let message = format!("`{path}` cannot be run: {error}");
                let help = "export the model again for these inputs, and see that it runs there";
                return self.bad_file(code, &decl.file, message, help);
            }
        };
        let outputs = self.outputs(decl, id, &graph, &answers)?;
        Some(model::PredictiveModel {
            name: decl.name.text.clone(),
            traveler,
            file: path.into(),
            onnx: base64::encode(&bytes).into(),
            inputs: given.inputs,
            outputs,
            at: self.at(decl.name.span),
        })
    }

    /// Whom the model is about.
    fn scored(&mut self, decl: &ast::Model) -> Option<TravelerId> {
        match (&decl.traveler, self.names.vocabulary.travelers.len()) {
            (Some(name), _) => self.found(self.names.find_traveler(name)),
            (None, 1) => Some(TravelerId(0)),
            (None, 0) => None,
            (None, _) => {
                let name = &decl.name;
                let message = format!("the model `{name}` does not say whom it is about");
                self.report(
                    Diagnostic::new(&codes::MISSING_KEY, name.span, message)
                        .help("add `traveler:` with the type of its travelers"),
                );
                None
            }
        }
    }

    fn loaded(&mut self, file: &Name, files: &dyn Files) -> Option<Loaded> {
        let (path, bytes) = self.workspace_file(file, files, "model")?;
        let error = match Graph::load(&bytes) {
            Ok(graph) => return Some(Loaded { path, bytes, graph }),
            Err(error) => error,
        };
        let (code, message) = match error.kind {
            LoadErrorKind::Invalid => (&codes::INVALID_MODEL, "cannot be read"),
            LoadErrorKind::Unsupported => (&codes::NOT_SUPPORTED, "cannot be run"),
            LoadErrorKind::Limit => (&codes::LIMIT_EXCEEDED, "is too large"),
        };
        let message = format!("`{path}` {message}: {error}");
        let help = error.help.as_deref();
        let help = help.unwrap_or("export the model again, and see that it runs there");
        self.bad_file(code, file, message, help)
    }

    /// The inputs, in the order of the file, where all of them are given something.
    fn given(
        &mut self,
        decl: &ast::Model,
        traveler: Option<TravelerId>,
        graph: Option<&Graph>,
    ) -> Given {
        self.unique("input", decl.inputs.iter().map(|input| &input.name));
        let mut place = Place::of_traveler(traveler);
        place.models = Here::not(
            "`models` is not available here: a model cannot be given what another answers",
            "give it what the other one is given",
        );
        let mut given = Given::default();
        let mut found: Vec<Option<(model::ModelInput, Vec<usize>)>> = Vec::new();
        found.resize_with(graph.map_or(0, |graph| graph.inputs.len()), || None);
        for written in &decl.inputs {
            let known = graph.map(|graph| {
                let position = |input: &onnx::Input| *input.name == *written.name.text;
                graph.inputs.iter().position(position)
            });
            let slot = match (known, graph) {
                (Some(None), Some(graph)) => {
                    self.unknown_input(decl, written, graph);
                    None
                }
                (Some(slot), _) => slot,
                (None, _) => None,
            };
            let input = slot.and_then(|slot| Some(&graph?.inputs[slot]));
            let due = input.map(|input| predictive::element_type(input.element).nullable());
            let mut values = Vec::new();
            for expr in &written.values {
                let typed = self.expr(expr, &place, &Facts::default(), due.as_ref());
                given.absent |= typed.ty.is_nullable();
                self.note_model_reads(&decl.name.text, &typed.reads, traveler);
                values.push(typed.model);
            }
            let (Some(slot), Some(input)) = (slot, input) else {
                continue;
            };
            match input.shape_for(values.len()) {
                Ok(shape) => {
                    let name = written.name.text.clone();
                    let at = self.at(written.name.span);
                    found[slot] = Some((model::ModelInput { name, values, at }, shape));
                }
                Err(takes) => {
                    let count = values.len();
                    let message = format!("the input `{}` {takes}, not {count}", written.name);
                    self.report(
                        Diagnostic::new(&codes::TYPE_MISMATCH, written.name.span, message)
                            .help("give an expression for each, as a list in their order"),
                    );
                    found[slot] = None;
                }
            }
        }
        let Some(graph) = graph else { return given };
        let written: BTreeSet<&str> = decl.inputs.iter().map(|it| &*it.name.text).collect();
        for input in &graph.inputs {
            if !written.contains(&*input.name) {
                let (name, ty) = (&input.name, predictive::element_type(input.element));
                let message = format!("the model `{}` is not given its input `{name}`", decl.name);
                self.report(
                    Diagnostic::new(&codes::MISSING_PARAMETER, decl.name.span, message)
                        .label(decl.file.span, "this file takes it")
                        .help(format!(
                            "add `{name}:` with an expression of `{ty}` to `inputs`"
                        )),
                );
            }
        }
        let complete: Option<Vec<_>> = found.into_iter().collect();
        if let Some(complete) = complete {
            let (inputs, shapes) = complete.into_iter().unzip();
            given.inputs = inputs;
            given.shapes = Some(shapes);
        }
        given
    }

    fn unknown_input(&mut self, decl: &ast::Model, written: &ast::ModelInput, graph: &Graph) {
        let name = &written.name;
        let message = format!("the model `{}` has no input `{name}`", decl.name);
        let open = graph.inputs.iter().map(|input| &*input.name);
        let open: Vec<&str> = open
            .filter(|known| decl.inputs.iter().all(|it| *it.name.text != **known))
            .collect();
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_PARAMETER, name.span, message)
            .label(decl.file.span, "the inputs of this file")
            .suggest(&name.text, open);
        self.report(match diagnostic.help {
            Some(_) => diagnostic,
            None => diagnostic.help("remove it: the model is given all that it takes"),
        });
    }

    /// An input may be absent, and so may all that the model answers.
    fn may_be_absent(&mut self, id: ModelId) {
        let outputs = &self.names.vocabulary.model(id).outputs;
        let fields = outputs.fields.iter().map(|field| Field {
            ty: field.ty.clone().nullable(),
            ..field.clone()
        });
        let outputs = ObjectType {
            name: outputs.name.clone(),
            fields: fields.collect(),
        };
        self.names_mut()
            .vocabulary
            .set_outputs(id, Arc::new(outputs));
    }

    fn outputs(
        &mut self,
        decl: &ast::Model,
        id: ModelId,
        graph: &Graph,
        answers: &[onnx::Value],
    ) -> Option<Vec<model::ModelOutput>> {
        let mut made = Vec::new();
        for output in &decl.outputs {
            made.push(self.output(decl, id, output, graph, answers));
        }
        made.into_iter().collect()
    }

    fn output(
        &mut self,
        decl: &ast::Model,
        id: ModelId,
        output: &ast::ModelOutput,
        graph: &Graph,
        answers: &[onnx::Value],
    ) -> Option<model::ModelOutput> {
        let from = output.from.as_ref().unwrap_or(&output.name);
        let Some(index) = graph.outputs.iter().position(|it| *it == from.text) else {
            let message = format!("the model `{}` has no output `{from}`", decl.name);
            let known = graph.outputs.iter().map(|name| &**name);
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_FIELD, from.span, message)
                .label(decl.file.span, "the outputs of this file");
            self.report(match (nearest(&from.text, known.clone()), &output.from) {
                // Its own name is what expressions say; only `from` is free to follow the file.
                (Some(best), None) => diagnostic.help(format!(
                    "did you mean `{best}`? Write `{}: {{ from: {best}, type: … }}`, or rename it",
                    output.name
                )),
                _ => diagnostic.suggest(&from.text, known),
            });
            return None;
        };
        let answer = &answers[index];
        let pick = match &output.pick {
            None => None,
            Some(written) => Some(self.pick(written, answer)?),
        };
        let head = &self.names.vocabulary.model(id).outputs;
        let ty = head.field(&output.name.text)?.1.ty.clone();
        if ty.is_error() {
            return None;
        }
        if let Err(why) = predictive::value(answer, &ty, pick.as_ref()) {
            let message = format!("the output `{from}` {why}");
            self.report(wrong_answer(output, message, answer, pick.as_ref()));
            return None;
        }
        Some(model::ModelOutput {
            name: output.name.text.clone(),
            ty,
            from: from.text.clone(),
            pick,
            at: self.at(output.name.span),
        })
    }

    /// The place in a tensor, or the class in a map.
    fn pick(&mut self, written: &Name, answer: &onnx::Value) -> Option<Pick> {
        if let onnx::Value::Maps { .. } = answer {
            return Some(Pick::Class(written.text.clone()));
        }
        if let Ok(index) = written.text.parse() {
            return Some(Pick::Index(index));
        }
        let message = format!("`{written}` is not a position in a list");
        self.report(
            Diagnostic::new(&codes::INVALID_VALUE, written.span, message)
                .help("write a number, counted from 0: the output has no classes by name"),
        );
        None
    }

    /// Models of one type of traveler say nothing of another.
    pub(super) fn models_of(
        &mut self,
        reads: &super::content::Reads,
        traveler: Option<TravelerId>,
    ) {
        for (path, span) in reads {
            let name = match path.as_slice() {
                [root, name, ..] if **root == *"models" => name,
                _ => continue,
            };
            let vocabulary = &self.names.vocabulary;
            let Some(id) = vocabulary.find_model(name) else {
                continue;
            };
            let (Some(of), Some(here)) = (vocabulary.model(id).traveler, traveler) else {
                continue;
            };
            if of != here {
                let (of, here) = (vocabulary.traveler(of), vocabulary.traveler(here));
                let (of, here) = (of.name.clone(), here.name.clone());
                let message = format!("the model `{name}` is about `{of}`, not `{here}`");
                self.report(
                    Diagnostic::new(&codes::WRONG_TRAVELER, *span, message)
                        .label(self.names.models[id.index()].name.span, "declared here")
                        .help(format!("use a model of `{here}`")),
                );
            }
        }
    }
}

/// An answer that is not what is said of it.
fn wrong_answer(
    output: &ast::ModelOutput,
    message: String,
    answer: &onnx::Value,
    pick: Option<&Pick>,
) -> Diagnostic {
    let Some(natural) = predictive::natural(answer, pick) else {
        let span = output
            .pick
            .as_ref()
            .map_or(output.ty.span, |pick| pick.span);
        return Diagnostic::new(&codes::INVALID_VALUE, span, message)
            .help("name a place or a class that the output has");
    };
    let span = output.ty.span;
    let diagnostic = Diagnostic::new(&codes::TYPE_MISMATCH, span, message);
    let one = pick.is_none() && matches!(natural, Type::List(_) | Type::Map(..));
    let diagnostic = if one {
        let at = if matches!(natural, Type::Map(..)) {
            "CLASS"
        } else {
            "1"
        };
        diagnostic.help(format!(
            "write `{natural}`, or name the one that is wanted: `{{ type: double, at: {at} }}`"
        ))
    } else {
        diagnostic.help(format!("write `{natural}`"))
    };
    let text = natural.to_string();
    diagnostic.fix(Applicability::Unsafe, format!("write `{text}`"), span, text)
}

#[derive(Default)]
struct Given {
    inputs: Vec<model::ModelInput>,
    /// None where an input is missing or wrong.
    shapes: Option<Vec<Vec<usize>>>,
    /// One of them may be absent.
    absent: bool,
}
