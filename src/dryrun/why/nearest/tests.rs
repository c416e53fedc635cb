//! What would have had to be otherwise.

use std::sync::Arc;

use super::*;
use crate::cel::{Env, Facts, Field, ObjectType, Type, Value};

/// A condition over `event`, the facts as JSON, and what would have to change.
const CASES: &[(&str, &str, &str)] = &[
    (
        "event.total >= 1000.0",
        r#"{"total": 129.0}"#,
        "event.total: 1000.0 rather than 129.0",
    ),
    (
        "event.total > 1000.0",
        r#"{"total": 129.0}"#,
        "event.total: 1000.01 rather than 129.0",
    ),
    (
        "event.count < 3",
        r#"{"count": 7}"#,
        "event.count: 2 rather than 7",
    ),
    (
        "event.count * 2 + 1 > 20",
        r#"{"count": 7}"#,
        "event.count: 10 rather than 7",
    ),
    (
        "event.wait > duration('10m')",
        r#"{"wait": "4m"}"#,
        "event.wait: 10m1s rather than 4m",
    ),
    (
        "event.at + duration('1d') <= timestamp('2026-03-02T00:00:00Z')",
        r#"{"at": "2026-03-02T00:00:00Z"}"#,
        "event.at: 2026-03-01T00:00:00Z rather than 2026-03-02T00:00:00Z",
    ),
    (
        "event.gift",
        r#"{"gift": false}"#,
        "event.gift: true rather than false",
    ),
    (
        "!event.gift",
        r#"{"gift": true}"#,
        "event.gift: false rather than true",
    ),
    (
        "event.sku == 'b-7'",
        r#"{"sku": "b-8"}"#,
        r#"event.sku: "b-7" rather than "b-8""#,
    ),
    (
        "event.sku != 'b-7'",
        r#"{"sku": "b-7"}"#,
        r#"event.sku: anything else rather than "b-7""#,
    ),
    (
        "event.sku in ['a', 'b']",
        r#"{"sku": "c"}"#,
        r#"event.sku: "a" rather than "c""#,
    ),
    (
        "event.sku.startsWith('x')",
        r#"{"sku": "c"}"#,
        r#"event.sku: "x" rather than "c""#,
    ),
    (
        "has(event.note)",
        "{}",
        "event.note: present rather than absent",
    ),
    (
        "event.?note.orValue('') == 'hi'",
        "{}",
        r#"event.note: "hi" rather than absent"#,
    ),
    (
        "event.gift && event.count > 8 && event.sku == 'b-8'",
        r#"{"gift": false, "count": 7, "sku": "b-8"}"#,
        "event.gift: true rather than false; event.count: 9 rather than 7",
    ),
    (
        "event.gift && event.count > 8 || event.sku == 'x'",
        r#"{"gift": false, "count": 7, "sku": "b-8"}"#,
        r#"event.sku: "x" rather than "b-8""#,
    ),
    (
        "event.gift ? event.count > 8 : event.count > 100",
        r#"{"gift": true, "count": 7}"#,
        "event.count: 9 rather than 7",
    ),
    (
        "event.items.exists(i, i.sku == 'a' && i.count > 1)",
        r#"{"items": [{"sku": "b", "count": 0}, {"sku": "a", "count": 1}]}"#,
        "event.items[1].count: 2 rather than 1",
    ),
    (
        "event.items.all(i, i.count > 0)",
        r#"{"items": [{"sku": "b", "count": 0}, {"sku": "a", "count": 1}]}"#,
        "event.items[0].count: 1 rather than 0",
    ),
    // Neither side is a straight line.
    (
        "event.total / double(event.count) < 10.0",
        r#"{"total": 500.0, "count": 7}"#,
        "event.total: 69.99 rather than 500.0",
    ),
    (
        "100 / event.count <= 9",
        r#"{"count": 3}"#,
        "event.count: -1 rather than 3",
    ),
    (
        "event.count / 7 >= 3",
        r#"{"count": 2}"#,
        "event.count: 21 rather than 2",
    ),
    (
        "event.count * event.count > 1000",
        r#"{"count": 7}"#,
        "event.count: 32 rather than 7",
    ),
    (
        "double(event.count) / event.total > 2.0 && event.total > 1.0",
        r#"{"total": 100.0, "count": 40}"#,
        "event.count: 201 rather than 40",
    ),
    // Nothing to change: a list cannot be guessed.
    (
        "event.items.exists(i, i.sku == 'a')",
        r#"{"items": []}"#,
        "",
    ),
    // It holds already.
    ("event.count > 1", r#"{"count": 7}"#, ""),
];

fn payload() -> Arc<ObjectType> {
    let field = |name: &str, ty: Type| Field {
        name: name.into(),
        ty,
        declared: None,
        default: None,
        least: None,
    };
    let item = ObjectType {
        name: "Item".into(),
        fields: vec![field("sku", Type::String), field("count", Type::Int)],
    };
    let fields = vec![
        field("total", Type::Double),
        field("count", Type::Int),
        field("wait", Type::Duration),
        field("at", Type::Timestamp),
        field("gift", Type::Bool),
        field("sku", Type::String),
        field("note", Type::String.nullable()),
        field("items", Type::list(Type::Object(item.into()))),
    ];
    let fields = fields.into_iter().map(|it| Field {
        ty: it.ty.nullable(),
        ..it
    });
    ObjectType {
        name: "event".into(),
        fields: fields.collect(),
    }
    .into()
}

fn looked(cel: &str, json: &str) -> Looked {
    let ty = Type::Object(payload());
    let mut env = Env::default();
    env.bind("event", ty.clone());
    let parsed = cel::parse(cel);
    let checked = cel::check(&parsed.ast, &env, &Facts::default(), Some(&Type::Bool));
    let program = cel::compile(&parsed.ast, &checked, &env);
    let json = serde_json::from_str(json).expect("it is JSON");
    let event: Value = cel::from_json(&json, &ty).expect("it fits");
    let saw = Captured::of(&program, &vec![event]);
    let holds = matches!(program.eval(&saw), Ok(Value::Bool(true)));
    Looked {
        at: "here".into(),
        program: program.into(),
        saw,
        holds,
    }
}

#[test]
fn the_smallest_change_is_found_and_has_been_tried() {
    for (cel, json, expected) in CASES {
        let looked = looked(cel, json);
        let changes = nearest(cel, &looked, true);
        let told: Vec<String> = changes.iter().map(Change::told).collect();
        assert_eq!(told.join("; "), *expected, "{cel} of {json}");
    }
}

#[test]
fn a_condition_can_be_made_to_fail_too() {
    let cel = "event.count > 1 && event.gift";
    let looked = looked(cel, r#"{"count": 7, "gift": true}"#);
    let changes = nearest(cel, &looked, false);
    assert_eq!(changes.len(), 1, "{changes:?}");
}
