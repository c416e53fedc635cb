//! The standard's own cases: parsed, compiled, run and compared. Which of them do not hold, and
//! why, stands in `spec/cel-conformance.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cjoc::cel::{self, Env, Field, ObjectValue, Type, Value};
use serde_json::Value as Json;

/// The shared data: named by the environment, else beside the repository.
fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("CJOC_SHARED").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The names in the table of exceptions: `| file/section/name | reason |`.
fn exceptions() -> BTreeMap<String, String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/cel-conformance.md");
    let mut known = BTreeMap::new();
    for line in read(&page).lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if let [name, reason] = cells[..]
            && name.contains('/')
        {
            known.insert(name.trim_matches('`').to_owned(), reason.to_owned());
        }
    }
    known
}

#[test]
fn the_standards_cases_hold() {
    let Some(folder) = shared() else {
        eprintln!("skipped: there is no ../shared/data, and CJOC_SHARED names no other folder");
        return;
    };
    let cases: Vec<Json> = serde_json::from_str(&read(&folder.join("cel/conformance.json")))
        .expect("the cases are JSON");
    assert!(cases.len() > 500, "only {} cases", cases.len());
    let mut known = exceptions();
    let mut wrong = Vec::new();
    for case in &cases {
        let part = |key: &str| case[key].as_str().unwrap_or_default();
        let name = format!("{}/{}/{}", part("file"), part("section"), part("name"));
        let failure = run(case).err();
        match (failure, known.remove(&name)) {
            (None, Some(_)) => wrong.push(format!("{name}: is listed as an exception, but holds")),
            (Some(failure), None) => wrong.push(format!("{name}: `{}`: {failure}", part("expr"))),
            _ => {}
        }
    }
    wrong.extend(
        known
            .keys()
            .map(|name| format!("{name}: is listed, but there is no such case")),
    );
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// Runs a case; the error says what came out instead.
fn run(case: &Json) -> Result<(), String> {
    let text = case["expr"].as_str().ok_or("no expression")?;
    let expect = &case["expect"];
    let (env, slots) = bindings(case)?;
    let outcome = outcome(text, &env, &slots);
    if expect.get("error").is_some() {
        return outcome.map_or(Ok(()), |value| Err(format!("came to {value:?}")));
    }
    if let Some(wanted) = expect.get("value") {
        let wanted = value(wanted)?;
        let found = outcome?;
        if !same(&wanted, &found) {
            return Err(format!("came to {found:?}, expected {wanted:?}"));
        }
    }
    Ok(())
}

fn outcome(text: &str, env: &Env, slots: &Vec<Value>) -> Result<Value, String> {
    let parsed = cel::parse(text);
    if let Some(problem) = parsed.problems.first() {
        return Err(format!("does not parse: {}", problem.message));
    }
    let program = cel::compile_untyped(&parsed.ast, env);
    program.eval(slots).map_err(|e| format!("fails: {e}"))
}

/// The environment and the values of its roots. A dotted name is an object of its first part.
fn bindings(case: &Json) -> Result<(Env, Vec<Value>), String> {
    let mut env = Env::default();
    let mut slots = Vec::new();
    let Some(bindings) = case["bindings"].as_object() else {
        return Ok((env, slots));
    };
    for (name, bound) in bindings {
        let (root, rest) = name.split_once('.').unwrap_or((name, ""));
        let path = rest.split('.').filter(|part| !part.is_empty());
        let value = path.rev().try_fold(value(bound)?, |value, field| {
            Ok::<_, String>(object(field, value))
        })?;
        if env.root(root).is_some() {
            return Err(format!("`{root}` is bound twice"));
        }
        env.bind(root, Type::Dyn);
        slots.push(value);
    }
    Ok((env, slots))
}

fn object(field: &str, value: Value) -> Value {
    let field = Field {
        name: field.into(),
        ty: Type::Dyn,
        declared: None,
    };
    let Type::Object(ty) = Type::object("binding", vec![field]) else {
        unreachable!("an object type was made");
    };
    Value::Object(Arc::new(ObjectValue {
        ty,
        slots: vec![value],
    }))
}

/// A value as the cases write it.
fn value(json: &Json) -> Result<Value, String> {
    let text = || json["v"].as_str().ok_or("no text");
    let number = |e| format!("{json}: {e}");
    Ok(match json["t"].as_str().ok_or("no type")? {
        "null" => Value::Null,
        "bool" => Value::Bool(json["v"].as_bool().ok_or("no bool")?),
        "int" => Value::Int(text()?.parse().map_err(number)?),
        "uint" => Value::Uint(text()?.parse().map_err(number)?),
        "double" => Value::Double(text()?.parse().map_err(|e| format!("{json}: {e}"))?),
        "string" => Value::string(text()?),
        "bytes" => {
            let hex = text()?;
            let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).map_err(number);
            let bytes: Result<Vec<u8>, _> = (0..hex.len()).step_by(2).map(byte).collect();
            Value::Bytes(bytes?.into())
        }
        "timestamp" => Value::Timestamp(cel::parse_timestamp(text()?)?),
        "duration" => Value::Duration(cel::parse_duration(text()?).map_err(|e| e.to_string())?),
        "list" => {
            let items = json["v"].as_array().ok_or("no list")?;
            Value::list(items.iter().map(value).collect::<Result<_, _>>()?)
        }
        "map" => {
            let pairs = json["v"].as_array().ok_or("no pairs")?;
            let pairs = pairs
                .iter()
                .map(|pair| Ok::<_, String>((value(&pair[0])?, value(&pair[1])?)));
            Value::Map(Arc::new(pairs.collect::<Result<_, _>>()?))
        }
        "type" => Value::Type(Arc::new(type_named(text()?)?)),
        other => return Err(format!("a value of type {other}")),
    })
}

fn type_named(name: &str) -> Result<Type, String> {
    Ok(match name {
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "int" => Type::Int,
        "list" => Type::list(Type::Dyn),
        "map" => Type::Map(Type::Dyn.into(), Type::Dyn.into()),
        "null_type" => Type::Null,
        "string" => Type::String,
        "type" => Type::Type(Type::Dyn.into()),
        "uint" => Type::Uint,
        other => return Err(format!("a type named {other}")),
    })
}

/// Equal, and of the same kinds: `1` is not `1.0` here, and NaN is NaN.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Double(a), Value::Double(b)) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        _ => a.kind_name() == b.kind_name() && cel::equal(a, b),
    }
}
