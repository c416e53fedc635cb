//! What is said of a condition is true of it: whatever is called always or never true comes out so
//! for all values of the fields.

use cjoc::cel::{self, Env, Facts, Field, ObjectType, Type, Value};
use cjoc::source::TextRange;
use proptest::prelude::*;
use std::sync::Arc;

fn event() -> Arc<ObjectType> {
    let field = |name: &str, ty: Type| Field {
        name: name.into(),
        ty,
        declared: None,
        default: None,
        least: None,
    };
    let counted = |name: &str| Field {
        least: Some(0),
        ..field(name, Type::Int)
    };
    let tier = Type::enumeration(["none", "silver", "gold"]);
    Arc::new(ObjectType {
        name: "event".into(),
        fields: vec![
            field("n", Type::Int),
            field("d", Type::Double),
            field("b", Type::Bool),
            field("s", Type::String),
            field("e", tier.clone()),
            field("mn", Type::Int.nullable()),
            field("me", tier.nullable()),
            field("t", Type::Duration),
            field("l", Type::list(Type::String)),
            field("at", Type::Timestamp),
            counted("c"),
        ],
    })
}

fn env() -> Env {
    let mut env = Env::default();
    env.bind("event", Type::Object(event()));
    env
}

fn atom() -> impl Strategy<Value = String> {
    let op = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let equality = || prop::sample::select(vec!["==", "!="]);
    let int = || -2..4_i64;
    let double = || prop::sample::select(vec!["-1.5", "0.0", "-0.0", "0.5", "1", "1.0", "2.0"]);
    let text = || prop::sample::select(vec!["\"a\"", "\"b\"", "\"c\""]);
    let tier = || prop::sample::select(vec!["\"none\"", "\"silver\"", "\"gold\""]);
    let time = || prop::sample::select(vec!["0s", "1h", "90m"]);
    let field = || prop::sample::select(vec!["n", "d", "c"]);
    let part = || prop::sample::select(vec!["contains", "startsWith", "endsWith"]);
    let letters = || prop::sample::select(vec!["\"a\"", "\"A\"", "\"\"", "\" a\""]);
    let of_time = || prop::sample::select(vec!["getHours", "getDayOfWeek", "getDate", "getMonth"]);
    prop_oneof![
        (op(), int()).prop_map(|(op, v)| format!("event.n {op} {v}")),
        (int(), op()).prop_map(|(v, op)| format!("{v} {op} event.n")),
        (op(), double()).prop_map(|(op, v)| format!("event.n {op} {v}")),
        (op(), double()).prop_map(|(op, v)| format!("event.d {op} {v}")),
        Just("event.b".to_owned()),
        (equality(), any::<bool>()).prop_map(|(op, v)| format!("event.b {op} {v}")),
        (equality(), text()).prop_map(|(op, v)| format!("event.s {op} {v}")),
        (text(), text()).prop_map(|(a, b)| format!("event.s in [{a}, {b}]")),
        (equality(), tier()).prop_map(|(op, v)| format!("event.e {op} {v}")),
        (tier(), tier()).prop_map(|(a, b)| format!("event.e in [{a}, {b}]")),
        (equality(), int()).prop_map(|(op, v)| format!("event.mn {op} {v}")),
        (op(), int()).prop_map(|(op, v)| format!("(has(event.mn) && event.mn {op} {v})")),
        (op(), int()).prop_map(|(op, v)| format!("(event.mn == null || event.mn {op} {v})")),
        (int(), op(), int()).prop_map(|(i, op, v)| format!("event.?mn.orValue({i}) {op} {v}")),
        (tier(), equality(), tier())
            .prop_map(|(i, op, v)| format!("event.?me.orValue({i}) {op} {v}")),
        (equality(), tier()).prop_map(|(op, v)| format!("event.me {op} {v}")),
        equality().prop_map(|op| format!("event.me {op} null")),
        Just("has(event.mn)".to_owned()),
        Just("event.?mn.hasValue()".to_owned()),
        (op(), time()).prop_map(|(op, v)| format!("event.t {op} duration(\"{v}\")")),
        (op(), int()).prop_map(|(op, v)| format!("event.c {op} {v}")),
        (op(), field()).prop_map(|(op, f)| format!("event.n {op} event.{f}")),
        (field(), op()).prop_map(|(f, op)| format!("event.{f} {op} event.n")),
        (op(), field()).prop_map(|(op, f)| format!("(has(event.mn) && event.mn {op} event.{f})")),
        equality().prop_map(|op| format!("event.mn {op} event.n")),
        equality().prop_map(|op| format!("event.s {op} event.e")),
        Just("event.s in event.l".to_owned()),
        Just("\"a\" in event.l".to_owned()),
        (text(), text(), text()).prop_map(|(a, b, c)| format!("{a} in [{b}, {c}]")),
        (op(), int()).prop_map(|(op, v)| format!("event.s.size() {op} {v}")),
        (op(), int()).prop_map(|(op, v)| format!("size(event.l) {op} {v}")),
        (op(), int()).prop_map(|(op, v)| format!("event.s.indexOf(\"b\") {op} {v}")),
        op().prop_map(|op| format!("event.s.size() {op} event.n")),
        part().prop_map(|part| format!("event.s.{part}(\"a\")")),
        (equality(), letters()).prop_map(|(op, v)| format!("event.s.lowerAscii() {op} {v}")),
        (equality(), letters()).prop_map(|(op, v)| format!("event.s.upperAscii() {op} {v}")),
        (equality(), letters()).prop_map(|(op, v)| format!("event.s.trim() {op} {v}")),
        (letters(), letters()).prop_map(|(a, b)| format!("event.s.lowerAscii() in [{a}, {b}]")),
        (of_time(), op(), int()).prop_map(|(of, op, v)| format!("event.at.{of}() {op} {v}")),
        (of_time(), op(), int())
            .prop_map(|(of, op, v)| format!("event.at.{of}(\"Asia/Tokyo\") {op} {v}")),
        // Most texts are no time zone: it fails.
        (of_time(), op(), int()).prop_map(|(of, op, v)| format!("event.at.{of}(event.s) {op} {v}")),
        (op(), int()).prop_map(|(op, v)| format!("6 / event.n {op} {v}")),
        (op(), int()).prop_map(|(op, v)| format!("[1, 2].exists(x, x {op} event.n && x {op} {v})")),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    atom().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            1 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
}

fn values() -> impl Strategy<Value = Value> {
    let tier = || prop::sample::select(vec!["none", "silver", "gold"]).prop_map(Value::string);
    let double = prop::sample::select(vec![-2.0, -1.5, -0.0, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 9.0]);
    let time = prop::sample::select(vec![-1, 0, 1, 3600, 5400, 9000]);
    (
        -3..5_i64,
        double,
        any::<bool>(),
        prop::sample::select(vec!["a", "b", "A", " a", "none", "UTC", ""]),
        tier(),
        prop::option::of(-3..5_i64),
        prop::option::of(tier()),
        time,
        prop::collection::vec(prop::sample::select(vec!["a", "b"]), 0..3),
        (0..4_i64, -400_000_000..400_000_000_i64),
    )
        .prop_map(|(n, d, b, s, e, mn, me, t, l, (c, at))| {
            Value::Object(Arc::new(cel::ObjectValue {
                ty: event(),
                slots: vec![
                    Value::Int(n),
                    Value::Double(d),
                    Value::Bool(b),
                    Value::string(s),
                    e,
                    mn.map_or(Value::Null, Value::Int),
                    me.unwrap_or(Value::Null),
                    Value::Duration(jiff::SignedDuration::from_secs(t)),
                    Value::list(l.into_iter().map(Value::string).collect()),
                    Value::Timestamp(jiff::Timestamp::from_second(at).expect("in range")),
                    Value::Int(c),
                ],
            }))
        })
}

/// What a condition comes to; a failure is no `true`.
fn run(text: &str, values: &Value) -> Option<bool> {
    let env = env();
    let parsed = cel::parse(text);
    let checked = cel::check(&parsed.ast, &env, &Facts::default(), Some(&Type::Bool));
    match cel::compile(&parsed.ast, &checked, &env).eval(&vec![values.clone()]) {
        Ok(Value::Bool(value)) => Some(value),
        _ => None,
    }
}

/// The condition with what is said of a part of it written in its place.
fn replaced(text: &str, range: TextRange, always: bool) -> String {
    let mut text = text.to_owned();
    text.replace_range(range.as_usize(), &always.to_string());
    text
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        max_global_rejects: 10_000_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_called_constant_is(
        text in condition(),
        known in condition(),
        values in prop::collection::vec(values(), 40),
    ) {
        let env = env();
        let parsed = cel::parse(&text);
        let checked = cel::check(&parsed.ast, &env, &Facts::default(), Some(&Type::Bool));
        prop_assume!(checked.problems.is_empty());
        let before = cel::parse(&known);
        let before = cel::check(&before.ast, &env, &Facts::default(), Some(&Type::Bool));
        prop_assume!(before.problems.is_empty());
        // The same under a condition that guards it.
        let guarded = cel::check(&parsed.ast, &env, &before.when_true, Some(&Type::Bool));
        for values in &values {
            let came_to = run(&text, values);
            for constant in &checked.constant {
                let other = replaced(&text, constant.range, constant.always);
                prop_assert_eq!(
                    came_to == Some(true), run(&other, values) == Some(true),
                    "{}\nsays the same as\n{}\nfor {:?}", text, other, values
                );
            }
            // Where nothing is left on a way, nothing comes out that way.
            if checked.when_true.world.is_never() {
                prop_assert_ne!(came_to, Some(true), "{}", text);
            }
            if checked.when_false.world.is_never() {
                prop_assert_eq!(came_to, Some(true), "{}", text);
            }
            if run(&known, values) == Some(true) {
                if guarded.when_true.world.is_never() && !before.when_true.world.is_never() {
                    prop_assert_ne!(came_to, Some(true), "{} under {}", text, known);
                }
                if guarded.when_false.world.is_never() && !before.when_true.world.is_never() {
                    prop_assert_eq!(came_to, Some(true), "{} under {}", text, known);
                }
            }
        }
    }
}
