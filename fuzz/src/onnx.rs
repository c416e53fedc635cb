//! Bytes as a predictive model: refused with a reason, or loaded; what is loaded answers for any
//! inputs, or says why not, and twice the same.

use std::fmt::Write as _;

use cjoc::onnx::{Data, Element, Graph, Input, MAX_ELEMENTS, RunError, Tensor, Value};

/// The most elements that an input is given here; what asks for more is given less than it asks for.
const MAX_GIVEN: usize = 1_000;

pub fn run(data: &[u8]) {
    let graph = match Graph::load(data) {
        Ok(graph) => graph,
        Err(error) => {
            line(&error.message);
            error.help.as_deref().map(line);
            return;
        }
    };
    let shapes: Vec<Vec<usize>> = graph.inputs.iter().map(shape).collect();
    held(&graph.probe(&shapes));
    for step in [0, 1, -3] {
        let inputs = || {
            let given = graph.inputs.iter().zip(&shapes);
            given
                .map(|(input, shape)| filled(input.element, shape, step))
                .collect()
        };
        let first = graph.run(inputs());
        held(&first);
        assert_eq!(
            shown(&first),
            shown(&graph.run(inputs())),
            "a model answers twice the same"
        );
    }
    held(&graph.run(Vec::new()));
}

/// Some shape that an input takes.
fn shape(input: &Input) -> Vec<usize> {
    let declared = input.shape.iter().flatten();
    let shape: Vec<usize> = declared.map(|dim| dim.unwrap_or(1)).collect();
    let size = shape
        .iter()
        .try_fold(1_usize, |all, dim| all.checked_mul(*dim));
    match size {
        Some(size) if size <= MAX_GIVEN => shape,
        _ => input.shape_for(3).unwrap_or_else(|_| vec![1, 3]),
    }
}

/// Elements that differ from each other, with what a number may not be among them.
fn filled(element: Element, shape: &[usize], step: i32) -> Tensor {
    let count = shape.iter().product::<usize>().min(MAX_GIVEN);
    let numbers = || (0..).take(count).map(|at: i32| at.wrapping_mul(step));
    let odd = |at: i32| match at % 7 {
        5 => f64::NAN,
        6 => f64::INFINITY,
        _ => f64::from(at) * 0.5,
    };
    let large = |at: i32| i64::from(at).wrapping_mul(i64::MAX / 3);
    let data = match element {
        Element::F32 => Data::F32(numbers().map(|at| odd(at) as f32).collect()),
        Element::F64 => Data::F64(numbers().map(odd).collect()),
        Element::Int => Data::Int(numbers().map(large).collect()),
        Element::Bool => Data::Bool(numbers().map(|at| at % 2 != 0).collect()),
        Element::Text => Data::Text(numbers().map(|at| at.to_string().into()).collect()),
    };
    Tensor {
        shape: shape.to_vec(),
        data,
    }
}

fn held(answer: &Result<Vec<Value>, RunError>) {
    let values = match answer {
        Ok(values) => values,
        Err(error) => return line(&error.message),
    };
    for value in values {
        if let Value::Tensor(tensor) = value {
            let size: usize = tensor.shape.iter().product();
            assert_eq!(
                size,
                tensor.data.len(),
                "a tensor has as many elements as its shape says"
            );
            assert!(
                size <= MAX_ELEMENTS.max(MAX_GIVEN),
                "a tensor of {size} elements"
            );
        }
    }
}

/// Not a number is equal to itself here.
fn shown(answer: &Result<Vec<Value>, RunError>) -> String {
    let mut text = String::new();
    let _ = match answer {
        Ok(values) => write!(text, "{values:?}"),
        Err(error) => write!(text, "{}", error.message),
    };
    text
}

fn line(message: &str) {
    assert!(
        !message.is_empty() && !message.contains('\n'),
        "{message:?} is no line"
    );
}
