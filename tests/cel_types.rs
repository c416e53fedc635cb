//! The types that we infer for the standard's own cases are those that cel-go infers.

use std::path::{Path, PathBuf};

use cjoc::cel::{self, Env, Facts, Type};
use serde_json::Value as Json;

/// The shared data: named by the environment, else beside the repository.
fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("CJOC_SHARED").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// A type in cel-go's notation.
fn read_type(text: &str) -> Type {
    let inside = |prefix: &str| text.strip_prefix(prefix)?.strip_suffix(')');
    if let Some(element) = inside("list(") {
        return Type::list(read_type(element));
    }
    if let Some((key, value)) = inside("map(").and_then(|inner| inner.split_once(',')) {
        return Type::Map(read_type(key.trim()).into(), read_type(value.trim()).into());
    }
    match text {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "dyn" => Type::Dyn,
        other => panic!("no type `{other}`"),
    }
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn the_standards_cases_have_the_types_of_cel_go() {
    let Some(folder) = shared() else {
        eprintln!("skipped: there is no ../shared/data, and CJOC_SHARED names no other folder");
        return;
    };
    let text = std::fs::read_to_string(folder.join("cel/conformance.json")).expect("it is there");
    let cases: Vec<Json> = serde_json::from_str(&text).expect("the cases are JSON");
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let (Some(text), Some(due)) = (case["expr"].as_str(), case["celgo_type"].as_str()) else {
            continue;
        };
        let mut env = Env {
            lenient: true,
            ..Env::default()
        };
        for (name, ty) in case["types"].as_object().into_iter().flatten() {
            env.bind(&**name, read_type(ty.as_str().expect("a type is a text")));
        }
        let parsed = cel::parse(text);
        let checked = cel::check(&parsed.ast, &env, &Facts::default(), None);
        let found = cel::celgo_notation(&checked.ty);
        compared += 1;
        if let Some(problem) = parsed.problems.iter().chain(&checked.problems).next() {
            wrong.push(format!("`{text}`: {}", problem.message));
        } else if found != due {
            wrong.push(format!("`{text}`: is {found}, expected {due}"));
        }
    }
    assert!(compared > 500, "only {compared} cases have a type");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
