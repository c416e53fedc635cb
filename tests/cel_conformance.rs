//! The standard's own cases: parsed, compiled, run and compared; as the standard judges them, and as
//! the language does. Which of them do not hold, and why, stands in `spec/cel-conformance.md`.

mod standard;

use cjoc::cel::{self, EvalError, Facts, Value};
use cjoc::diagnostic::Severity;
use serde_json::Value as Json;
use standard::Exception;

#[test]
fn the_standards_cases_hold() {
    let Some(cases) = standard::cases() else {
        return;
    };
    let mut known = standard::exceptions();
    let mut wrong = Vec::new();
    for case in &cases {
        let name = standard::name(case);
        let listed = known.remove(&name);
        let lenient = listed.filter(|listed| *listed == Exception::Different);
        for (how, lenient, listed) in [("strict", false, listed), ("lenient", true, lenient)] {
            let wrongly = match (run(case, lenient), listed) {
                (Ok(()), None) => continue,
                (Err((found, _)), Some(listed)) if found == listed => continue,
                (Ok(()), Some(_)) => "is listed as an exception, but holds".to_owned(),
                (Err((found, why)), _) => format!("`{}`: {found:?}: {why}", case["expr"]),
            };
            wrong.push(format!("{name} ({how}): {wrongly}"));
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

/// Runs a case with and without types; the error says what came out instead.
fn run(case: &Json, lenient: bool) -> Result<(), (Exception, String)> {
    let different = |why| (Exception::Different, why);
    let text = case["expr"].as_str().unwrap_or_default();
    let expect = &case["expect"];
    let parsed = cel::parse(text);
    if let Some(problem) = parsed.problems.first() {
        return failed(expect, &format!("does not parse: {}", problem.message)).map_err(different);
    }
    let (mut env, slots) = cel::cases::variables(case).map_err(different)?;
    env.lenient = lenient;
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
            let wanted = expect.get("value").ok_or(format!("came to {found:?}"))?;
            let wanted = cel::value_of_notation(wanted)?;
            let held = same(&wanted, &found);
            held.then_some(())
                .ok_or_else(|| format!("came to {found:?}, expected {wanted:?}"))
        }
    }
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
