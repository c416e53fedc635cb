//! An expression, judged and run: with types as the language has them, as the standard has them,
//! and without. Places are places, promises of the checker hold, and what is written out means the
//! same when it is read again.

use std::sync::LazyLock;

use cjoc::cel::{self, Env, EvalErrorKind, Facts, Problem, Type, Value};
use cjoc::diagnostic::Severity;

use crate::held;
use crate::typed::{is_of, widens};

static WORLD: LazyLock<(Env, Vec<Value>)> = LazyLock::new(world);

static LENIENT: LazyLock<Env> = LazyLock::new(|| Env {
    lenient: true,
    ..WORLD.0.clone()
});

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    interpolated(text);
    let parsed = cel::parse(text);
    problems(text, &parsed.problems);
    for id in parsed.ast.ids() {
        held::range(text, parsed.ast.range(id), "a node");
    }
    let (env, values) = &*WORLD;
    let untyped = cel::compile_untyped(&parsed.ast, env);
    let came_to = untyped.eval(values);
    let _ = untyped.explain(values);
    let lenient = cel::check(&parsed.ast, &LENIENT, &Facts::default(), None);
    problems(text, &lenient.problems);
    let wish = cel::check(&parsed.ast, env, &Facts::default(), Some(&Type::Bool));
    problems(text, &wish.problems);
    let checked = cel::check(&parsed.ast, env, &Facts::default(), None);
    problems(text, &checked.problems);
    if is_wrong(&parsed.problems) || is_wrong(&checked.problems) {
        return;
    }
    let program = cel::compile(&parsed.ast, &checked, env);
    let _ = program.explain(values);
    // Where something is known only at run time, promises end.
    let known = !format!("{:?}", checked.types).contains("Dyn");
    match program.eval(values) {
        Ok(value) => {
            assert!(
                !known || is_of(&value, &checked.ty),
                "{text}: {value:?} is no {:?}",
                checked.ty
            );
            if let Ok(untyped) = came_to
                && !widens(&parsed.ast, &checked)
            {
                assert_eq!(
                    cel::to_json(&value),
                    cel::to_json(&untyped),
                    "{text}: types change it"
                );
            }
            for constant in &checked.constant {
                held::range(text, constant.range, "a constant");
                if constant.range == parsed.ast.range(parsed.ast.root())
                    && let Value::Bool(is) = value
                {
                    assert_eq!(
                        is, constant.always,
                        "{text}: it is always the same, and yet not"
                    );
                }
            }
            written(&value);
        }
        Err(error) => assert!(
            !known || error.kind != EvalErrorKind::NoSuchOverload,
            "{text}: checked, and yet: {error}"
        ),
    }
}

/// The same bytes as a text with expressions in it.
fn interpolated(text: &str) {
    let (segments, found) = cel::interpolations(text);
    problems(text, &found);
    let mut last = 0;
    for segment in &segments {
        let range = match segment {
            cel::Segment::Literal { range, .. } => *range,
            cel::Segment::Cel { range, outer } => {
                held::range(text, *range, "the inside of a segment");
                assert!(
                    outer.start <= range.start && range.end <= outer.end,
                    "{segment:?}"
                );
                *outer
            }
        };
        held::range(text, range, "a segment");
        assert!(
            last <= range.start,
            "{segment:?} stands in the one before it"
        );
        last = range.end;
    }
}

fn problems(text: &str, problems: &[Problem]) {
    for problem in problems {
        let name = problem.code.name;
        held::range(text, problem.range, name);
        for (range, _) in &problem.labels {
            held::range(text, *range, name);
        }
        for fix in &problem.fixes {
            let mut edits: Vec<_> = fix.edits.iter().map(|(range, _)| *range).collect();
            edits.sort();
            for range in &edits {
                held::range(text, *range, name);
            }
            let apart = edits.windows(2).all(|pair| pair[0].end <= pair[1].start);
            assert!(apart, "{name}: the edits of `{}` overlap", fix.message);
        }
        assert!(
            !problem.message.contains('\n'),
            "{name}: {}",
            problem.message
        );
    }
}

fn is_wrong(problems: &[Problem]) -> bool {
    let wrong = |problem: &Problem| problem.code.severity == Severity::Error;
    problems.iter().any(wrong)
}

/// A value that is written out reads as itself.
fn written(value: &Value) {
    let text = cel::written(value);
    if text.len() > 10_000 || !is_data(value, 40) {
        return;
    }
    let parsed = cel::parse(&text);
    assert!(parsed.problems.is_empty(), "{text}: {:?}", parsed.problems);
    let program = cel::compile_untyped(&parsed.ast, &Env::default());
    let read = program.eval(&Vec::new());
    let read = read.unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(cel::written(&read), text);
}

/// What has a notation of its own: no types, no lists and maps deeper than expressions may be.
fn is_data(value: &Value, depth: u32) -> bool {
    match value {
        Value::Type(_) | Value::Object(_) | Value::Optional(_) => false,
        Value::List(items) => depth > 0 && items.iter().all(|v| is_data(v, depth - 1)),
        Value::Map(entries) => {
            depth > 0
                && entries
                    .iter()
                    .all(|(k, v)| is_data(k, depth - 1) && is_data(v, depth - 1))
        }
        _ => true,
    }
}

/// A root of every kind of type, and values for them.
fn world() -> (Env, Vec<Value>) {
    let json = serde_json::json!({
        "n": 3, "d": 0.25, "s": "abc", "b": true, "u": null, "t": "2026-03-02T18:00:00Z",
        "lasts": "90s", "l": [1, 3], "m": { "a": 1 }, "maybe": null,
        "tier": "gold", "x": { "y": 1, "name": "é", "zip": null, "odd name": [0.5] },
        "items": [{ "sku": "a", "price": 2.5 }, { "sku": "b", "price": 0.5 }],
    });
    let field = |name: &str, ty: Type| cel_field(name, ty);
    let item = Type::object(
        "Item",
        vec![field("sku", Type::String), field("price", Type::Double)],
    );
    let object = Type::object(
        "X",
        vec![
            field("y", Type::Int),
            field("name", Type::String),
            field("zip", Type::String.nullable()),
            field("odd name", Type::list(Type::Double)),
        ],
    );
    let types = [
        ("n", Type::Int),
        ("d", Type::Double),
        ("s", Type::String),
        ("b", Type::Bool),
        ("t", Type::Timestamp),
        ("lasts", Type::Duration),
        ("l", Type::list(Type::Int)),
        ("m", Type::map(Type::Int)),
        ("maybe", Type::Int.nullable()),
        ("tier", Type::enumeration(["none", "silver", "gold"])),
        ("x", object),
        ("items", Type::list(item)),
    ];
    let mut env = Env::default();
    let mut values = Vec::new();
    for (name, ty) in types {
        let value = cel::read_json(&json[name], &ty, name, &mut Vec::new());
        values.push(value.expect("the values are of their types"));
        env.bind(name, ty);
    }
    env.bind("u", Type::Uint);
    values.push(Value::Uint(7));
    env.bind("raw", Type::Bytes);
    values.push(Value::Bytes([0, 0xff, b'"'].as_slice().into()));
    env.bind("any", Type::Dyn);
    values.push(Value::Int(1));
    (env, values)
}

fn cel_field(name: &str, ty: Type) -> cel::Field {
    cel::Field {
        name: name.into(),
        ty,
        declared: None,
        default: None,
        least: None,
    }
}
