//! Cases in the form of the standard's own: one goes in, what it comes to goes out.
//!
//! An expression is judged as the standard does ([`Env::lenient`]). What the checker refuses is
//! run without types all the same, since much of it has a value then; the answer tells both.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::ast::{Ast, Kind};
use super::check::{celgo_notation, check, is_macro};
use super::env::{Env, Facts, Root};
use super::error::{EvalError, Problem};
use super::notation::{notation, type_of_notation, value_of_notation};
use super::parser::parse;
use super::program::{compile, compile_untyped};
use super::types::Type;
use super::value::Value;
use crate::diagnostic::Severity;

/// How many variables a case may have.
pub const MAX_VARIABLES: usize = 1_000;

/// What a case comes to: `{"name", "value" or "error", "type" or "check_error"}`, with `name` as it
/// is in the case. `type` is there where the checker ran and accepts the expression, `check_error`
/// where it ran and refuses it.
pub fn answer(case: &Json) -> Json {
    let mut answer = Map::new();
    answer.insert("name".to_owned(), case["name"].clone());
    if let Err(message) = evaluate(case, &mut answer) {
        answer.insert("error".to_owned(), one_line(&message).into());
    }
    Json::Object(answer)
}

/// The environment of a case and the values of its roots: what it gives a type has it, what it only
/// gives a value is `dyn`.
pub fn variables(case: &Json) -> Result<(Env, Vec<Value>), String> {
    let mut env = Env {
        lenient: true,
        ..Env::default()
    };
    let mut slots = Vec::new();
    let of_key = |key: &str| match &case[key] {
        Json::Object(map) => Ok(Some(map)),
        Json::Null => Ok(None),
        _ => Err(format!("`{key}` is a map")),
    };
    let (types, bindings) = (of_key("types")?, of_key("bindings")?);
    if [types, bindings]
        .iter()
        .flatten()
        .any(|map| map.len() > MAX_VARIABLES)
    {
        return Err(format!("there are more than {MAX_VARIABLES} variables"));
    }
    for (name, ty) in types.into_iter().flatten() {
        let ty = ty
            .as_str()
            .ok_or_else(|| format!("the type of `{name}` is text"))?;
        let ty = type_of_notation(ty).map_err(|error| format!("type of `{name}`: {error}"))?;
        let value = bindings.and_then(|bindings| bindings.get(name));
        env.bind(name.as_str(), ty);
        slots.push(value.map_or(Ok(Value::Null), |value| bound(name, value))?);
    }
    for (name, value) in bindings.into_iter().flatten() {
        if env.root(name).is_none() {
            env.bind(name.as_str(), Type::Dyn);
            slots.push(bound(name, value)?);
        }
    }
    if let Some(container) = case["container"].as_str() {
        within(container, &mut env, &mut slots);
    }
    Ok((env, slots))
}

fn bound(name: &str, value: &Json) -> Result<Value, String> {
    value_of_notation(value).map_err(|error| format!("value of `{name}`: {error}"))
}

/// Inside of a namespace, its names can be said without it; those of the innermost come first.
fn within(container: &str, env: &mut Env, slots: &mut Vec<Value>) {
    let mut prefix = container;
    let (mut roots, mut values) = (Vec::new(), Vec::new());
    while !prefix.is_empty() {
        for (root, value) in env.roots.iter().zip(&*slots) {
            let rest = root.name.strip_prefix(prefix);
            if let Some(short) = rest.and_then(|rest| rest.strip_prefix('.')) {
                roots.push(Root {
                    name: Arc::from(short),
                    ..root.clone()
                });
                values.push(value.clone());
            }
        }
        prefix = prefix.rsplit_once('.').map_or("", |(outer, _)| outer);
    }
    // The first root of a name is the one that counts.
    roots.append(&mut env.roots);
    values.append(slots);
    env.roots = roots;
    *slots = values;
}

fn evaluate(case: &Json, answer: &mut Map<String, Json>) -> Result<(), String> {
    if !case.is_object() {
        return Err("a case is a JSON object".to_owned());
    }
    let text = case["expr"].as_str().ok_or("`expr` is text")?;
    let flag = |key: &str| case[key].as_bool().unwrap_or(false);
    let (env, slots) = variables(case)?;
    let parsed = parse(text);
    if let Some(problem) = parsed.problems.first() {
        return Err(problem.message.clone());
    }
    if flag("disable_macros")
        && let Some(name) = first_macro(&parsed.ast)
    {
        return Err(format!("unknown function `{name}`: macros are disabled"));
    }
    if flag("disable_check") {
        let program = compile_untyped(&parsed.ast, &env);
        return tell(program.eval(&slots), answer);
    }
    let checked = check(&parsed.ast, &env, &Facts::default(), None);
    if let Some(problem) = first_error(&checked.problems) {
        if flag("check_only") {
            return Err(problem.message.clone());
        }
        answer.insert("check_error".to_owned(), problem.message.clone().into());
        let program = compile_untyped(&parsed.ast, &env);
        return tell(program.eval(&slots), answer);
    }
    answer.insert("type".to_owned(), celgo_notation(&checked.ty).into());
    if flag("check_only") {
        return Ok(());
    }
    let program = compile(&parsed.ast, &checked, &env);
    tell(program.eval(&slots), answer)
}

fn tell(outcome: Result<Value, EvalError>, answer: &mut Map<String, Json>) -> Result<(), String> {
    let value = outcome.map_err(|error| error.message)?;
    answer.insert("value".to_owned(), notation(&value));
    Ok(())
}

fn first_error(problems: &[Problem]) -> Option<&Problem> {
    problems
        .iter()
        .find(|problem| problem.code.severity == Severity::Error)
}

/// The name of the first macro that the expression calls.
fn first_macro(ast: &Ast) -> Option<String> {
    ast.ids().find_map(|id| match ast.kind(id) {
        Kind::Call {
            target, function, ..
        } if is_macro(ast, *target, ast.name(function)) => Some(ast.name(function).to_string()),
        _ => None,
    })
}

/// A message as one line, whatever names it quotes.
fn one_line(message: &str) -> String {
    message.replace(['\n', '\r'], " ")
}

/// Whether there is an expression to be judged.
pub fn is_case(case: &Json) -> bool {
    case["expr"].is_string()
}

/// What is said of input that is no case at all.
pub fn no_case(line: usize, why: &str) -> Json {
    json!({"name": null, "error": format!("line {line}: {}", one_line(why))})
}
