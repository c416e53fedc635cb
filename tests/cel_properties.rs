//! What holds for every expression: running it never panics, types do not change what it comes
//! to, and what it comes to is of the type that the checker said.

#![allow(
    unreachable_pub,
    reason = "what the fuzz targets share is of a crate of its own too"
)]

use cjoc::cel::{self, Env, EvalErrorKind, Facts, Type, Value, functions};
use cjoc::diagnostic::Severity;
use proptest::prelude::*;
use typed::{is_of, widens};

#[path = "../fuzz/src/typed.rs"]
mod typed;

/// Expressions over a few roots, more often sound than not.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "0",
        "1",
        "-7",
        "9223372036854775807",
        "2u",
        "0.5",
        "-2.0",
        "1e300",
        "true",
        "false",
        "null",
        "''",
        "'abc'",
        "'2026-03-02T18:00:00Z'",
        "'1h30m'",
        "'b+'",
        "b'\\xff'",
        "[]",
        "[1, 2, 3]",
        "['b', 'a']",
        "[[1], [2]]",
        "{}",
        "{'a': 1}",
        "{1: 'x'}",
        "duration('36h')",
        "timestamp('2026-03-02T18:00:00Z')",
        "optional.none()",
        "optional.of(1)",
        "int",
        "n",
        "d",
        "s",
        "l",
        "m",
        "maybe",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let operator = prop::sample::select(vec![
            "&&", "||", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%",
        ]);
        let function = prop::sample::select(functions::all().collect::<Vec<_>>());
        let a_macro = prop::sample::select(vec!["all", "exists", "exists_one", "map", "filter", "optMap"]);
        prop_oneof![
            4 => (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            1 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => inner.clone().prop_map(|a| format!("-({a})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[?{b}]")),
            1 => inner.clone().prop_map(|a| format!("({a}).a")),
            1 => inner.clone().prop_map(|a| format!("({a}).?a")),
            1 => inner.clone().prop_map(|a| format!("has(({a}).a)")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{{a}: {b}}}")),
            2 => (inner.clone(), a_macro, inner.clone()).prop_map(|(a, m, b)| format!("({a}).{m}(x, {b})")),
            2 => (inner.clone(), prop::sample::select(vec!["x == 1", "x > n", "x + x", "size(x) > 0"]))
                .prop_map(|(a, b)| format!("({a}).exists(x, {b})")),
            6 => (function, prop::collection::vec(inner, 5), any::<prop::sample::Index>())
                .prop_map(|(function, args, index)| call(function, &args, index)),
        ]
    })
}

/// A call with as many arguments as one of the overloads takes.
fn call(function: &functions::Function, args: &[String], index: prop::sample::Index) -> String {
    let overload = &function.overloads[index.index(function.overloads.len())];
    let args = &args[..overload.params.len()];
    match args.split_first() {
        Some((target, rest)) if overload.receiver => {
            format!("({target}).{}({})", function.name, rest.join(", "))
        }
        _ => format!("{}({})", function.name, args.join(", ")),
    }
}

fn world() -> (Env, Vec<Value>) {
    let mut env = Env::default();
    env.bind("n", Type::Int);
    env.bind("d", Type::Double);
    env.bind("s", Type::String);
    env.bind("l", Type::list(Type::Int));
    env.bind("m", Type::map(Type::Int));
    env.bind("maybe", Type::Int.nullable());
    let slots = vec![
        Value::Int(3),
        Value::Double(0.25),
        Value::string("abc"),
        Value::list(vec![Value::Int(1), Value::Int(3)]),
        Value::Map(vec![(Value::string("a"), Value::Int(1))].into()),
        Value::Null,
    ];
    (env, slots)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(200),
        max_global_rejects: 10_000_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn expressions_keep_their_types_and_never_panic(text in expression()) {
        let (env, slots) = world();
        let parsed = cel::parse(&text);
        let untyped = cel::compile_untyped(&parsed.ast, &env);
        let came_to = untyped.eval(&slots);
        prop_assert!(!untyped.explain(&slots).is_empty());
        prop_assume!(parsed.problems.is_empty());

        let checked = cel::check(&parsed.ast, &env, &Facts::default(), None);
        prop_assume!(checked.problems.iter().all(|p| p.code.severity != Severity::Error));
        // Where something is known only at run time, promises end.
        let known = !format!("{:?}", checked.types).contains("Dyn");
        let program = cel::compile(&parsed.ast, &checked, &env);
        match program.eval(&slots) {
            Ok(value) => {
                prop_assert!(
                    !known || is_of(&value, &checked.ty),
                    "{}: {:?} is no {}", text, value, checked.ty
                );
                if let Ok(untyped) = came_to && !widens(&parsed.ast, &checked) {
                    prop_assert_eq!(cel::to_json(&value), cel::to_json(&untyped), "{}", text);
                }
            }
            // No overload is ever missing.
            Err(error) if known => {
                prop_assert_ne!(error.kind, EvalErrorKind::NoSuchOverload, "{}: {}", text, error);
            }
            Err(_) => {}
        }
    }
}
