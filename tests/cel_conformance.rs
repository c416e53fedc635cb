//! The standard's own cases: parsed, compiled, run and compared. Which of them do not hold, and
//! why, stands in `spec/cel-conformance.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cjoc::cel::{self, Env, EvalError, Facts, Type, Value};
use cjoc::diagnostic::Severity;
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

/// What may come of a case instead of what the standard says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Exception {
    /// The checker refuses it; without types it holds.
    Refused,
    /// It comes out otherwise.
    Different,
}

/// The names in the tables of exceptions: `| file/section/name | reason |`.
fn exceptions() -> BTreeMap<String, Exception> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/cel-conformance.md");
    let mut known = BTreeMap::new();
    let mut exception = Exception::Different;
    for line in read(&page).lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            exception = match heading {
                "Refused by the checker" => Exception::Refused,
                _ => Exception::Different,
            };
        }
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if let [name, reason] = cells[..]
            && name.contains('/')
        {
            assert!(!reason.is_empty(), "{name}: no reason is given");
            known.insert(name.trim_matches('`').to_owned(), exception);
        }
    }
    known
}

#[test]
#[allow(clippy::print_stderr)]
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
        let wrongly = match (run(case), known.remove(&name)) {
            (Ok(()), None) => continue,
            (Err((found, _)), Some(listed)) if found == listed => continue,
            (Ok(()), Some(_)) => "is listed as an exception, but holds".to_owned(),
            (Err((found, why)), _) => format!("`{}`: {found:?}: {why}", part("expr")),
        };
        wrong.push(format!("{name}: {wrongly}"));
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

/// Runs a case with and without types; the error says what came out instead.
fn run(case: &Json) -> Result<(), (Exception, String)> {
    let different = |why| (Exception::Different, why);
    let text = case["expr"].as_str().unwrap_or_default();
    let expect = &case["expect"];
    let parsed = cel::parse(text);
    if let Some(problem) = parsed.problems.first() {
        return failed(expect, &format!("does not parse: {}", problem.message)).map_err(different);
    }
    let (env, slots) = bindings(case).map_err(different)?;
    let run_only = case.get("disable_check").is_some() || case.get("celgo_check_error").is_some();
    let checks_only = case.get("check_only").is_some();
    if !checks_only {
        let program = cel::compile_untyped(&parsed.ast, &env);
        compare(expect, program.eval(&slots)).map_err(different)?;
    }
    if run_only {
        return Ok(());
    }
    let checked = cel::check(&parsed.ast, &env, &Facts::default(), None);
    if let Some(problem) = checked
        .problems
        .iter()
        .find(|p| p.code.severity == Severity::Error)
    {
        return failed(expect, &problem.message).map_err(|why| (Exception::Refused, why));
    }
    let found = cel::celgo_notation(&checked.ty);
    if let Some(wanted) = case["celgo_type"].as_str()
        && found != wanted
    {
        return Err(different(format!("is a {found}, expected {wanted}")));
    }
    if checks_only {
        return Ok(());
    }
    let program = cel::compile(&parsed.ast, &checked, &env);
    compare(expect, program.eval(&slots)).map_err(different)
}

/// Something that is as good as an error while it runs.
fn failed(expect: &Json, why: &str) -> Result<(), String> {
    expect
        .get("error")
        .map(|_| ())
        .ok_or_else(|| why.to_owned())
}

fn compare(expect: &Json, outcome: Result<Value, EvalError>) -> Result<(), String> {
    match outcome {
        Err(error) => failed(expect, &format!("fails: {error}")),
        Ok(found) => {
            let wanted = value(expect.get("value").ok_or(format!("came to {found:?}"))?)?;
            let held = same(&wanted, &found);
            held.then_some(())
                .ok_or_else(|| format!("came to {found:?}, expected {wanted:?}"))
        }
    }
}

/// The environment and the values of its roots.
fn bindings(case: &Json) -> Result<(Env, Vec<Value>), String> {
    let mut env = Env::default();
    let mut slots = Vec::new();
    if let Some(types) = case["types"].as_object() {
        for (name, ty) in types {
            env.bind(name.as_str(), type_written(ty.as_str().ok_or("no type")?)?);
            let bound = case["bindings"].get(name);
            slots.push(bound.map_or(Ok(Value::Null), value)?);
        }
    }
    if let Some(bindings) = case["bindings"].as_object() {
        for (name, bound) in bindings {
            if env.root(name).is_none() {
                env.bind(name.as_str(), Type::Dyn);
                slots.push(value(bound)?);
            }
        }
    }
    Ok((env, slots))
}

/// A type as the cases write it: `map(string,list(int))`.
fn type_written(text: &str) -> Result<Type, String> {
    let inner = |prefix: &str| text.strip_prefix(prefix).and_then(|t| t.strip_suffix(')'));
    if let Some(element) = inner("list(") {
        return Ok(Type::list(type_written(element)?));
    }
    if let Some((key, value)) = inner("map(").and_then(|t| t.split_once(',')) {
        return Ok(Type::Map(
            type_written(key)?.into(),
            type_written(value)?.into(),
        ));
    }
    type_named(text)
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
