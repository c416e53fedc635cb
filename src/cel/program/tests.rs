use std::sync::Arc;

use super::super::check::check;
use super::super::env::{Env, Facts};
use super::super::error::EvalErrorKind;
use super::super::parser::parse;
use super::super::types::{Field, ObjectType, Type};
use super::super::value::{ObjectValue, Value};
use crate::diagnostic::Severity;

use super::{MAX_EXPLAINED, Program, Slots, compile, compile_untyped};

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.into(),
        ty,
        declared: None,
        default: None,
        least: None,
    }
}

fn object_type(name: &str, fields: Vec<Field>) -> Arc<ObjectType> {
    Arc::new(ObjectType {
        name: name.into(),
        fields,
    })
}

fn item_type() -> Arc<ObjectType> {
    object_type(
        "Product",
        vec![field("sku", Type::String), field("price", Type::Double)],
    )
}

/// An event with a total and items, and a traveler of whom little is known.
fn world() -> (Env, Vec<Value>) {
    let address = object_type("Address", vec![field("city", Type::String.nullable())]);
    let event = object_type(
        "shop.order_placed",
        vec![
            field("total", Type::Double),
            field("items", Type::list(Type::Object(item_type()))),
            field("labels", Type::map(Type::String)),
        ],
    );
    let traveler = object_type(
        "customer",
        vec![
            field("tier", Type::String.nullable()),
            field("home", Type::Object(address).nullable()),
        ],
    );
    let item = |sku: &str, price: f64| {
        Value::Object(Arc::new(ObjectValue {
            ty: item_type(),
            slots: vec![Value::string(sku), Value::Double(price)],
        }))
    };
    let object = |ty: &Arc<ObjectType>, slots| {
        Value::Object(Arc::new(ObjectValue {
            ty: ty.clone(),
            slots,
        }))
    };
    let mut env = Env::default();
    env.bind("event", Type::Object(event.clone()));
    env.bind("traveler", Type::Object(traveler.clone()));
    let items = Value::list(vec![item("b-7", 99.5), item("b-8", 29.5)]);
    let labels = Value::Map(Arc::new(vec![(Value::string("a"), Value::string("x"))]));
    let slots = vec![
        object(&event, vec![Value::Double(129.0), items, labels]),
        object(&traveler, vec![Value::string("gold"), Value::Null]),
    ];
    (env, slots)
}

fn program(text: &str) -> Program {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    compile_untyped(&parsed.ast, &world().0)
}

/// What the expression comes to without types; with them too, where the checker accepts it.
fn run(text: &str) -> Result<bool, String> {
    let (env, slots) = world();
    let untyped = program(text).eval_bool(&slots).map_err(|e| e.message);
    if let Some(typed) = typed_program(text, &env) {
        let typed = typed.eval_bool(&slots).map_err(|e| e.message);
        assert_eq!(typed, untyped, "types change what this comes to: {text}");
    }
    untyped
}

fn typed_program(text: &str, env: &Env) -> Option<Program> {
    let ast = parse(text).ast;
    let checked = check(&ast, env, &Facts::default(), None);
    let rejected = checked
        .problems
        .iter()
        .any(|p| p.code.severity == Severity::Error);
    (!rejected).then(|| compile(&ast, &checked, env))
}

#[test]
fn conditions_on_objects() {
    for (text, expected) in [
        ("event.total > 100.0 && traveler.tier == 'gold'", true),
        ("event.total > 100", true),
        (
            "event.items.exists(i, i.sku == 'b-8' && i.price < 30)",
            true,
        ),
        ("event.items.all(i, i.price > 30.0)", false),
        ("event.items.map(i, i.price).exists_one(p, p > 50.0)", true),
        ("event.items.map(i, i.price > 50.0, i.sku) == ['b-7']", true),
        (
            "event.items.filter(i, i.price > 50.0)[0].sku == 'b-7'",
            true,
        ),
        (
            "event.items.exists(i, event.items.exists(j, i.price + j.price == 129.0))",
            true,
        ),
        (
            "'a' in event.labels && event.labels.a == 'x' && !('b' in event.labels)",
            true,
        ),
        ("has(event.labels.a) && !has(event.labels.b)", true),
        (
            "has(traveler.tier) && !has(traveler.home) && !has(traveler.home.city)",
            true,
        ),
        // Absent equals only null.
        (
            "traveler.home.city == null && traveler.home.city != 'Lyon'",
            true,
        ),
        ("traveler.?home.?city.orValue('Paris') == 'Paris'", true),
        ("traveler.?tier.orValue('none') == 'gold'", true),
        ("traveler.?home.city.hasValue()", false),
        ("event.items[?5].sku.orValue('none') == 'none'", true),
        ("event.items[?0].sku.orValue('none') == 'b-7'", true),
        (
            "cel.bind(t, event.total, t + t == 258.0 && t > 100.0)",
            true,
        ),
        // A macro's variable hides a root, and `.name` looks past it.
        (
            "[1].exists(event, event == 1 && .event.total == 129.0)",
            true,
        ),
    ] {
        assert_eq!(run(text), Ok(expected), "{text}");
    }
}

#[test]
fn errors_on_one_side_give_way_when_the_other_decides() {
    for (text, expected) in [
        ("1 / 0 > 1 || true", Ok(true)),
        ("1 / 0 > 1 && false", Ok(false)),
        ("false && 1 / 0 > 1", Ok(false)),
        ("1 / 0 > 1 || false", Err("division by zero")),
        ("true && 1 / 0 > 1", Err("division by zero")),
        ("[0, 1].exists(i, 1 / i == 1)", Ok(true)),
        ("[0, 2].exists(i, 1 / i == 1)", Err("division by zero")),
        ("[0, 2].all(i, 1 / i == 1)", Ok(false)),
        ("false ? 1 / 0 > 1 : true", Ok(true)),
        ("1 % 0 == 1", Err("modulus by zero")),
        ("9223372036854775807 + 1 > 0", Err("integer overflow")),
        ("{'a': 1}.b == 1", Err("no such key: `b`")),
        (
            "[1][3] == 1",
            Err("no such element: index 3 of a list of 1"),
        ),
        ("{'a': 1, 'a': 2}.a == 1", Err("repeated key: `a`")),
        ("1 < 'a'", Err("no such overload: `<` on int and string")),
        (
            "traveler.home.city > 'a'",
            Err("no such overload: `>` on null and string"),
        ),
        (
            "event.total",
            Err("no such overload: expected bool, found double"),
        ),
        ("unknown == 1", Err("unknown variable `unknown`")),
        ("f(1)", Err("unknown function `f`")),
    ] {
        assert_eq!(run(text), expected.map_err(str::to_owned), "{text}");
    }
}

#[test]
fn an_int_literal_is_a_double_where_the_checker_says_so() {
    let (env, slots) = world();
    let ast = parse("[1, -2]").ast;
    let due = Type::list(Type::Double);
    let checked = check(&ast, &env, &Facts::default(), Some(&due));
    let value = compile(&ast, &checked, &env).eval(&slots);
    let Ok(Value::List(items)) = value else {
        panic!("{value:?}");
    };
    let doubles = matches!(items[..], [Value::Double(1.0), Value::Double(-2.0)]);
    assert!(doubles, "{items:?}");
}

#[test]
fn an_empty_sum_is_the_zero_of_its_type() {
    let (env, slots) = world();
    let program = typed_program("event.items.filter(i, false).map(i, i.price).sum()", &env);
    let value = program.expect("it is sound").eval(&slots);
    assert!(matches!(value, Ok(Value::Double(0.0))), "{value:?}");
}

#[test]
fn fields_keep_their_meaning_when_a_value_orders_them_differently() {
    let (env, mut slots) = world();
    let program = typed_program("event.items.exists(i, i.sku == 'b-9')", &env);
    let turned = object_type(
        "Product",
        vec![field("price", Type::Double), field("sku", Type::String)],
    );
    let item = Value::Object(Arc::new(ObjectValue {
        ty: turned,
        slots: vec![Value::Double(1.0), Value::string("b-9")],
    }));
    if let Value::Object(event) = &mut slots[0] {
        Arc::make_mut(event).slots[1] = Value::list(vec![item]);
    }
    let found = program.expect("it is sound").eval_bool(&slots);
    assert_eq!(found, Ok(true));
}

#[test]
fn a_program_knows_what_it_reads() {
    let program = program("event.total > 1.0 && has(traveler.home.city) && event.items.size() > 0");
    let roots = program.roots();
    assert_eq!(roots, [(0, vec![0]), (0, vec![1]), (1, vec![1, 0])]);
}

#[test]
fn constants_are_worked_out_beforehand() {
    for (text, constant) in [
        ("duration('6h')", true),
        ("['a', 'b']", true),
        ("-(5)", true),
        ("duration('x')", false),
        ("size(event.items)", false),
    ] {
        assert_eq!(program(text).constant().is_some(), constant, "{text}");
    }
}

#[test]
fn an_explanation_tells_what_each_part_came_to() {
    let text =
        "event.total > 200.0 && traveler.tier == 'gold' || event.items.exists(i, i.price > 50.0)";
    let parsed = parse(text);
    let (env, slots) = world();
    let told: Vec<String> = compile_untyped(&parsed.ast, &env)
        .explain(&slots)
        .into_iter()
        .filter_map(|(id, result)| match result {
            Ok(Value::Bool(v)) => {
                Some(format!("{} -> {v}", &text[parsed.ast.range(id).as_usize()]))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            "event.total > 200.0 -> false".to_owned(),
            "event.total > 200.0 && traveler.tier == 'gold' -> false".to_owned(),
            "i.price > 50.0 -> true".to_owned(),
            "event.items.exists(i, i.price > 50.0) -> true".to_owned(),
            format!("{text} -> true"),
        ]
    );
}

#[test]
fn an_explanation_stays_short_and_ends_with_the_whole() {
    let text = "lists.range(100000).all(i, i >= 0)";
    let parsed = parse(text);
    let told = compile_untyped(&parsed.ast, &Env::default()).explain(&Vec::<Value>::new());
    assert_eq!(told.len(), MAX_EXPLAINED + 1);
    let (id, result) = told.last().expect("it is not empty");
    assert_eq!(*id, parsed.ast.root());
    assert!(matches!(result, Ok(Value::Bool(true))), "{result:?}");
}

#[test]
fn work_is_limited() {
    let thousand = "lists.range(1000)";
    for text in [
        format!("{thousand}.all(i, {thousand}.all(j, {thousand}.all(k, i + j + k >= 0)))"),
        format!("{thousand}.all(i, {thousand} + {thousand} + {thousand} != []) || true"),
        format!("{thousand}.all(i, lists.range(100000).size() > 0)"),
        // Values that share their parts: 2^60 elements in all.
        (0..60)
            .fold("x60 == x60".to_owned(), |body, i| {
                let x = 60 - i;
                format!("cel.bind(x{x}, [x{0}, x{0}], {body})", x - 1)
            })
            .replace("[x0, x0]", "[event]"),
        format!("{thousand}.map(i, lists.range(100000)).size() > 0 || true"),
    ] {
        let program = program(&text);
        let error = program.eval(&world().1).expect_err(&text);
        assert_eq!(error.kind, EvalErrorKind::Limit, "{text}");
    }
    assert_eq!(
        run("lists.range(10000).map(i, i * 2).exists(i, i == 19998)"),
        Ok(true)
    );
}

#[test]
fn the_deepest_expression_does_not_overflow_the_stack() {
    for (open, inner, close, levels) in [
        ("!(", "true", ")", 2),
        ("[", "1", "]", 1),
        ("size([", "1", "])", 2),
        ("(true ? ", "1", " : 0)", 2),
        ("-(-5 + ", "1", ")", 2),
    ] {
        let depth = (super::super::parser::MAX_DEPTH / levels - 2) as usize;
        let text = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
        let parsed = parse(&text);
        assert_eq!(parsed.problems, [], "{text}");
        let program = compile_untyped(&parsed.ast, &Env::default());
        let none: Vec<Value> = Vec::new();
        assert!(program.eval(&none).is_ok(), "{text}");
        assert!(!program.explain(&none).is_empty());
    }
    let nested = (0..40).fold("x0 > 0".to_owned(), |body, i| {
        format!("[1].all(x{}, {body})", 39 - i)
    });
    assert_eq!(run(&nested), Ok(true));
}

#[test]
fn what_is_not_there_loads_as_absent() {
    let slots = world().1;
    for (root, path) in [(7, &[][..]), (0, &[9]), (1, &[1, 0]), (0, &[0, 0])] {
        assert!(slots.load(root, path).is_null(), "{root} {path:?}");
    }
}
