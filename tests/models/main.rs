//! Predictive models answer what onnxruntime answers: for models as data scientists export them,
//! and for every operator alone. `make.py` makes the files.
#![allow(clippy::unwrap_used, reason = "the fixtures are ours")]

#[path = "../marks/compiled.rs"]
mod compiled;
mod hostile;
mod language;
#[path = "../marks/mod.rs"]
mod marks;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use cjoc::cel::base64;
use cjoc::onnx::{Data, Element, Graph, Input, Tensor, Value};
use serde_json::Value as Json;

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/models")
}

/// The models as exported: name, bytes and cases.
pub(crate) fn exported() -> Vec<(String, Vec<u8>, Json)> {
    let mut models = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "onnx") {
            let cases = fs::read_to_string(path.with_extension("json")).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let cases = serde_json::from_str(&cases).unwrap();
            models.push((name, fs::read(&path).unwrap(), cases));
        }
    }
    models.sort_by(|a, b| a.0.cmp(&b.0));
    models
}

/// The graphs of one operator each.
pub(crate) fn operators() -> Vec<(String, Vec<u8>, Json)> {
    let text = fs::read_to_string(folder().join("operators.json")).unwrap();
    let all: Vec<Json> = serde_json::from_str(&text).unwrap();
    all.iter()
        .map(|it| {
            let bytes = base64::decode(it["model"].as_str().unwrap()).unwrap();
            let name = it["name"].as_str().unwrap().to_owned();
            (name, bytes, it["cases"].clone())
        })
        .collect()
}

fn tensor(input: &Input, json: &Json) -> Tensor {
    let values = json["values"].as_array().unwrap();
    let double = |value: &Json| value.as_f64().unwrap();
    let data = match input.element {
        Element::F32 => Data::F32(values.iter().map(|it| double(it) as f32).collect()),
        Element::F64 => Data::F64(values.iter().map(double).collect()),
        Element::Int => Data::Int(values.iter().map(|it| it.as_i64().unwrap()).collect()),
        Element::Bool => Data::Bool(values.iter().map(|it| it.as_bool().unwrap()).collect()),
        Element::Text => {
            let text = |it: &Json| Arc::from(it.as_str().unwrap());
            Data::Text(values.iter().map(text).collect())
        }
    };
    let shape = json["shape"].as_array().unwrap();
    let shape = shape.iter().map(|it| it.as_u64().unwrap() as usize);
    Tensor {
        shape: shape.collect(),
        data,
    }
}

/// An answer in the form of the fixtures.
fn plain(value: &Value) -> Json {
    match value {
        Value::Tensor(tensor) => {
            let values: Vec<Json> = match &tensor.data {
                Data::F32(v) => v.iter().map(|it| f64::from(*it).into()).collect(),
                Data::F64(v) => v.iter().map(|it| (*it).into()).collect(),
                Data::Int(v) => v.iter().map(|it| (*it).into()).collect(),
                Data::Bool(v) => v.iter().map(|it| (*it).into()).collect(),
                Data::Text(v) => v.iter().map(|it| it.to_string().into()).collect(),
            };
            serde_json::json!({ "shape": tensor.shape, "values": values })
        }
        Value::Maps { keys, rows } => {
            let keys = keys.texts();
            let row = |row: &Vec<f32>| {
                let entries = keys.iter().zip(row);
                entries
                    .map(|(key, x)| (key.to_string(), Json::from(*x)))
                    .collect()
            };
            rows.iter().map(|it| Json::Object(row(it))).collect()
        }
    }
}

/// Whether both say the same, numbers within what adding up in another order may change.
fn same(ours: &Json, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 2e-6 + 2e-6 * b.abs()
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) if b.contains_key("shape") => ["shape", "values"]
            .iter()
            .all(|key| same(&a[*key], &b[*key])),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| same(a, &b[key]))
        }
        (a, b) => a == b,
    }
}

/// What differs from the runtime's answers.
fn differences(name: &str, bytes: &[u8], cases: &Json) -> Vec<String> {
    let graph = match Graph::load(bytes) {
        Ok(graph) => graph,
        Err(error) => return vec![format!("{name}: {error}")],
    };
    let mut wrong = Vec::new();
    for (number, case) in cases.as_array().unwrap().iter().enumerate() {
        let inputs = graph.inputs.iter();
        let inputs: Vec<Tensor> = inputs
            .map(|input| tensor(input, &case["inputs"][&*input.name]))
            .collect();
        match graph.run(inputs) {
            Ok(made) => {
                for (output, made) in graph.outputs.iter().zip(&made) {
                    let (ours, theirs) = (plain(made), &case["outputs"][&**output]);
                    if !same(&ours, theirs) {
                        wrong.push(format!("{name} {number} {output}: {ours} is not {theirs}"));
                    }
                }
            }
            Err(error) => wrong.push(format!("{name} {number}: {error}")),
        }
    }
    wrong
}

#[test]
fn models_answer_what_onnxruntime_answers() {
    let models = exported();
    assert!(models.len() >= 18, "{}", models.len());
    let wrong: Vec<String> = (models.iter())
        .flat_map(|(name, bytes, cases)| differences(name, bytes, cases))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_operator_answers_what_onnxruntime_answers() {
    let graphs = operators();
    let wrong: Vec<String> = (graphs.iter())
        .flat_map(|(name, bytes, cases)| differences(name, bytes, cases))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let tried: BTreeSet<&str> = (graphs.iter())
        .map(|(name, ..)| name.split(' ').next().unwrap())
        .collect();
    let untried: Vec<&str> = cjoc::onnx::operators()
        .map(|(_, name)| name)
        .filter(|name| !tried.contains(name))
        .collect();
    assert!(untried.is_empty(), "operators without a case: {untried:?}");
}

#[test]
fn the_reference_lists_every_operator() {
    let page = include_str!("../../spec/model.md");
    let missing: Vec<&str> = cjoc::onnx::operators()
        .map(|(_, name)| name)
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
