//! What the checker lets through reads nothing that is absent, and what it says is proved holds:
//! random conditions are run with every choice of what is there.

use std::sync::Arc;

use cjoc::cel::{self, Env, Facts, Field, ObjectType, ObjectValue, Type, Value};
use proptest::prelude::*;

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        // Guards.
        "has(t.a)",
        "has(t.c)",
        "t.a != null",
        "t.b == null",
        "t.c == null",
        "maybe != null",
        "null == t.a",
        "t.a == 1",
        "t.b == n",
        "t.a == t.b",
        "t.b != 2",
        "t.?a.hasValue()",
        "t.?c.?d.hasValue()",
        "t.?a.orValue(0) > 0",
        "l.exists(x, x == t.a)",
        "l.all(x, x != t.a)",
        "flag",
        "true",
        "false",
        // Reads.
        "t.a > 0",
        "t.b + t.a == 2",
        "n == t.b + 1",
        "has(t.c.d)",
        "t.c.d == 1",
        "t.c.d > 0",
        "t.c.e > 0",
        "maybe > 1",
        "l.exists(x, x > t.a)",
        "l.all(t, t > maybe)",
        "[t.a, t.b].exists(x, x != null && x > 1)",
        "[t.a, t.b].filter(x, has(t.b)).exists(y, y == t.b)",
        "t.?a.value() > 0",
        "cel.bind(x, t.a, x != null && x > 0)",
        "size([t.a, maybe]) == t.b",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            4 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            4 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            2 => inner.clone().prop_map(|a| format!("!{a}")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("l.exists(i, {a} && i > 0 && {b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("l.all(i, {a} || {b})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) == ({b}))")),
            2 => (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
}

fn object(name: &str, fields: Vec<(&str, Type)>) -> Arc<ObjectType> {
    let field = |(name, ty): (&str, Type)| Field {
        name: name.into(),
        ty,
        declared: None,
        default: None,
        least: None,
    };
    Arc::new(ObjectType {
        name: name.into(),
        fields: fields.into_iter().map(field).collect(),
    })
}

/// The names, and their values for every choice of what is there.
fn worlds() -> (Env, Vec<Vec<Value>>) {
    let maybe_int = Type::Int.nullable();
    let inner = object("inner", vec![("d", maybe_int.clone()), ("e", Type::Int)]);
    let t = object(
        "t",
        vec![
            ("a", maybe_int.clone()),
            ("b", maybe_int.clone()),
            ("c", Type::Object(inner.clone()).nullable()),
        ],
    );
    let mut env = Env::default();
    env.bind("t", Type::Object(t.clone()));
    env.bind("maybe", maybe_int);
    env.bind("n", Type::Int);
    env.bind("l", Type::list(Type::Int));
    env.bind("flag", Type::Bool);
    let value = |ty: &Arc<ObjectType>, slots| {
        Value::Object(Arc::new(ObjectValue {
            ty: ty.clone(),
            slots,
        }))
    };
    let worlds = (0..64).map(|choice: u32| {
        let or_null = |bit: u32, value: Value| {
            if choice >> bit & 1 == 0 {
                Value::Null
            } else {
                value
            }
        };
        let c = value(&inner, vec![or_null(3, Value::Int(1)), Value::Int(2)]);
        let a = or_null(0, Value::Int(1));
        let b = or_null(1, Value::Int(2));
        vec![
            value(&t, vec![a, b, or_null(2, c)]),
            or_null(4, Value::Int(3)),
            Value::Int(3),
            Value::list(vec![Value::Int(1), Value::Int(2)]),
            Value::Bool(choice >> 5 & 1 == 1),
        ]
    });
    (env, worlds.collect())
}

/// Whether there is a value at the path.
fn is_there(path: &str, env: &Env, world: &[Value]) -> bool {
    let mut parts = path.split('.');
    let root = parts.next().expect("a path has a root");
    let (slot, _) = env.root(root).expect("facts are about roots");
    let mut value = world[slot].clone();
    for part in parts {
        value = match &value {
            Value::Object(object) => {
                let (slot, _) = object.ty.field(part).expect("facts are about fields");
                object.slots[slot].clone()
            }
            _ => Value::Null,
        };
    }
    !value.is_null()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(400),
        max_global_rejects: 1_000_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_let_through_reads_nothing_absent(text in condition()) {
        let (env, worlds) = worlds();
        let parsed = cel::parse(&text);
        let checked = cel::check(&parsed.ast, &env, &Facts::default(), Some(&Type::Bool));
        prop_assume!(checked.problems.is_empty());
        let program = cel::compile(&parsed.ast, &checked, &env);
        for world in &worlds {
            let result = program.eval_bool(world);
            prop_assert!(result.is_ok(), "`{}` with {:?}: {:?}", text, world, result);
            let facts = if result == Ok(true) { &checked.when_true } else { &checked.when_false };
            for path in facts.paths() {
                prop_assert!(
                    is_there(path, &env, world),
                    "`{}` is {:?}, but `{}` is absent in {:?}", text, result, path, world
                );
            }
        }
    }
}
