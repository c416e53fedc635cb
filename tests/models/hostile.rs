//! Whatever a file says, loading and running it end in an answer or an error, soon.

use std::time::{Duration, Instant};

use cjoc::onnx::{Graph, MAX_WORK, Tensor};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{exported, operators};

/// Loads and, where that goes well, runs with the neutral inputs of one row.
fn survive(bytes: &[u8]) {
    let Ok(graph) = Graph::load(bytes) else {
        return;
    };
    let shape = |shape: &Option<Vec<Option<usize>>>| {
        let dims = shape.iter().flatten();
        let dims: Vec<usize> = dims.map(|dim| dim.unwrap_or(1)).collect();
        let size: usize = dims.iter().fold(1, |all, dim| all.saturating_mul(*dim));
        if size > 1000 { vec![1, 3] } else { dims }
    };
    let shapes: Vec<Vec<usize>> = graph.inputs.iter().map(|it| shape(&it.shape)).collect();
    let _ = graph.probe(&shapes);
    let _ = graph.run(Vec::<Tensor>::new());
}

fn all() -> Vec<Vec<u8>> {
    let both = exported().into_iter().chain(operators());
    both.map(|(_, bytes, _)| bytes).collect()
}

#[test]
fn a_part_of_a_file_is_an_error() {
    for (name, bytes, _) in exported() {
        for end in (0..bytes.len() - 1).step_by(1 + bytes.len() / 400) {
            survive(&bytes[..end]);
        }
        let graph_only_half = &bytes[..bytes.len() / 2];
        assert!(Graph::load(graph_only_half).is_err(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_end_in_an_answer_or_an_error(
        which in any::<Index>(),
        changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..8),
        cut in proptest::option::of(any::<Index>()),
    ) {
        thread_local! {
            static FILES: Vec<Vec<u8>> = all();
        }
        let mut bytes = FILES.with(|files| which.get(files).clone());
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        survive(&bytes);
    }

    #[test]
    fn any_bytes_end_in_an_answer_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        survive(&bytes);
    }
}

/// A field of a message with bytes in it.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

pub(crate) fn node(op: &str, inputs: &[&str], outputs: &[&str]) -> Vec<u8> {
    let inputs = inputs.iter().flat_map(|it| field(1, it.as_bytes()));
    let outputs = outputs.iter().flat_map(|it| field(2, it.as_bytes()));
    let body: Vec<u8> = (inputs.chain(outputs))
        .chain(field(4, op.as_bytes()))
        .collect();
    field(1, &body)
}

/// A model with one float input `x` of four columns and the output `y`.
pub(crate) fn model(nodes: &[Vec<u8>]) -> Vec<u8> {
    let dims = [field(1, &[0x08, 1]), field(1, &[0x08, 4])].concat();
    let tensor = [vec![0x08, 1], field(2, &dims)].concat();
    let input = [field(1, b"x"), field(2, &field(1, &tensor))].concat();
    let graph = [
        nodes.concat(),
        field(11, &input),
        field(12, &field(1, b"y")),
    ]
    .concat();
    field(7, &graph)
}

#[test]
fn circles_duplicates_and_strangers_are_named() {
    let table: &[(&[Vec<u8>], &str)] = &[
        (
            &[node("Relu", &["y"], &["z"]), node("Relu", &["z"], &["y"])],
            "operator `Relu` reads `y`, which nothing before it makes",
        ),
        (
            &[node("Relu", &["y"], &["y"])],
            "reads `y`, which nothing before it makes",
        ),
        (
            &[node("Relu", &["x"], &["y"]), node("Relu", &["x"], &["y"])],
            "two things make the value `y`",
        ),
        (
            &[node("Relu", &["x"], &["z"])],
            "the model answers `y`, which nothing before it makes",
        ),
        (
            &[node("Loop", &["x"], &["y"])],
            "it uses the operator `Loop`",
        ),
    ];
    for (nodes, message) in table {
        let error = Graph::load(&model(nodes)).unwrap_err();
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn a_graph_that_grows_without_end_is_stopped() {
    // Each node doubles what is there: 4 * 2^60 elements.
    let names: Vec<String> = (0..=60).map(|it| format!("v{it}")).collect();
    let mut nodes = vec![node("Identity", &["x"], &["v0"])];
    for pair in names.windows(2) {
        let mut body = node("Concat", &[&pair[0], &pair[0]], &[&pair[1]]);
        // `axis: 0`
        let axis = field(5, &[field(1, b"axis"), vec![0x18, 0]].concat());
        let inner: Vec<u8> = [&body[2..], &axis].concat();
        body = field(1, &inner);
        nodes.push(body);
    }
    nodes.push(node("Identity", &["v60"], &["y"]));
    let graph = Graph::load(&model(&nodes)).unwrap();
    let start = Instant::now();
    let error = graph.probe(&[vec![1, 4]]).unwrap_err();
    assert!(error.limit, "{error}");
    assert!(
        error.message.contains("elements") || error.message.contains("more work"),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{MAX_WORK}");
}
