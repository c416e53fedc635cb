//! The parser: shapes, extents, recovery, limits.

use proptest::prelude::*;

use super::super::ast::{Ast, ExprId, Kind};
use super::parse;

/// The tree as nested lists, with everything that is not a place.
fn shape(ast: &Ast, id: ExprId) -> String {
    let inner = |ids: &[ExprId]| {
        ids.iter()
            .map(|id| shape(ast, *id))
            .collect::<Vec<_>>()
            .join(" ")
    };
    match ast.kind(id) {
        Kind::Error => "error".into(),
        Kind::Literal(literal) => format!("{literal:?}"),
        Kind::Ident(name) => ast.name(name).to_string(),
        Kind::Select {
            operand,
            field,
            optional,
        } => {
            let dot = if *optional { ".?" } else { "." };
            format!("({}{dot}{})", shape(ast, *operand), ast.name(field))
        }
        Kind::Index {
            operand,
            index,
            optional,
        } => {
            let at = if *optional { "at?" } else { "at" };
            format!("({at} {})", inner(&[*operand, *index]))
        }
        Kind::Call {
            target,
            function,
            args,
        } => {
            let target = target.map_or(String::new(), |t| shape(ast, t));
            format!("({target}:{} {})", ast.name(function), inner(args))
        }
        Kind::Unary { op, operand, .. } => format!("({op:?} {})", shape(ast, *operand)),
        Kind::Binary {
            op, left, right, ..
        } => format!("({} {})", op.symbol(), inner(&[*left, *right])),
        Kind::Conditional {
            condition,
            then,
            otherwise,
        } => format!("(? {})", inner(&[*condition, *then, *otherwise])),
        Kind::List(items) => {
            let items = items.iter().map(|item| {
                format!(
                    "{}{}",
                    if item.optional { "?" } else { "" },
                    shape(ast, item.value)
                )
            });
            format!("[{}]", items.collect::<Vec<_>>().join(" "))
        }
        Kind::Map(entries) => {
            let entries = entries.iter().map(|entry| {
                let optional = if entry.optional { "?" } else { "" };
                format!(
                    "{optional}{}:{}",
                    shape(ast, entry.key),
                    shape(ast, entry.value)
                )
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
        Kind::Message { name, fields } => {
            let fields = fields
                .iter()
                .map(|(field, value)| format!("{}:{}", ast.name(field), shape(ast, *value)));
            format!(
                "{}{{{}}}",
                ast.name(name),
                fields.collect::<Vec<_>>().join(" ")
            )
        }
    }
}

fn shape_of(text: &str) -> String {
    let parsed = parse(text);
    assert_eq!(parsed.problems, [], "`{text}`");
    shape(&parsed.ast, parsed.ast.root())
}

/// The marked text and the message of each problem.
fn told(text: &str) -> Vec<(String, String)> {
    parse(text)
        .problems
        .into_iter()
        .map(|p| (text[p.range.as_usize()].to_owned(), p.message))
        .collect()
}

#[test]
fn operators_bind_as_the_standard_says() {
    for (text, due) in [
        ("a || b && c", "(|| a (&& b c))"),
        ("a && b || c && d", "(|| (&& a b) (&& c d))"),
        ("a == b + c * d", "(== a (+ b (* c d)))"),
        ("a - b - c", "(- (- a b) c)"),
        ("a < b == c", "(== (< a b) c)"),
        ("a in b && !c.d", "(&& (in a b) (Not (c.d)))"),
        ("!a == b", "(== (Not a) b)"),
        ("-a.b * c", "(* (Negate (a.b)) c)"),
        ("a ? b : c ? d : e", "(? a b (? c d e))"),
        ("a ? b ? c : d : e", "(? a (? b c d) e)"),
        ("a || b ? c : d", "(? (|| a b) c d)"),
        ("(a || b) && c", "(&& (|| a b) c)"),
        ("a && b && c && d", "(&& (&& a b) (&& c d))"),
        ("a.b.c(d, e)[f].?g[?h]", "(at? ((at ((a.b):c d e) f).?g) h)"),
        ("[1, ?a, -1u - 2]", ""),
        (".a.b", "(a.b)"),
        ("{'a': 1, ?b: c}", "{String(\"a\"):Int(1) ?b:c}"),
        ("[a, ?b,]", "[a ?b]"),
        ("a.b.C{d: 1}", "a.b.C{d:Int(1)}"),
        ("a.`b-c/d`", "(a.b-c/d)"),
        ("2 - -1", "(- Int(2) Int(-1))"),
        ("a -1", "(- a Int(1))"),
        ("a // the rest\n + b", "(+ a b)"),
        ("a ? .b : c", "(? a b c)"),
        ("a ?.b : c", "(? a b c)"),
        ("x.map(a, b, c)", "(x:map a b c)"),
    ] {
        if !due.is_empty() {
            assert_eq!(shape_of(text), due, "`{text}`");
        }
    }
}

#[test]
fn literals_are_read_as_the_standard_says() {
    for (text, due) in [
        ("0x1F", "Int(31)"),
        ("-0x80", "Int(-128)"),
        ("0x1Fu", "Uint(31)"),
        ("42U", "Uint(42)"),
        ("1.5", "Double(1.5)"),
        (".5e-1", "Double(0.05)"),
        ("1e3", "Double(1000.0)"),
        ("-9223372036854775808", "Int(-9223372036854775808)"),
        ("18446744073709551615u", "Uint(18446744073709551615)"),
        (
            r#""a\n\t\"\x41\u00e9\U0001F431\101""#,
            "String(\"a\\n\\t\\\"Aé🐱A\")",
        ),
        (r#"r"\n""#, "String(\"\\\\n\")"),
        ("'''a'b\n''c'''", "String(\"a'b\\n''c\")"),
        ("r\"\"\"\"\"\"", "String(\"\")"),
        (r"b'\xff\377é'", "Bytes([255, 255, 195, 169])"),
        ("bR'\\x'", "Bytes([92, 120])"),
        ("null", "Null"),
    ] {
        assert_eq!(shape_of(text), due, "`{text}`");
    }
}

#[test]
fn one_expression_can_have_several_mistakes() {
    let messages = told("a. && (b c) || [1 2, 3] && d =");
    let places: Vec<&str> = messages.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, [".", "c", "2", "="], "{messages:?}");
}

#[test]
fn what_is_not_closed_is_told_where_it_opens() {
    for (text, place, message) in [
        ("a == \"b", "\"", "this quote is never closed"),
        ("a == '''b\nc", "'''", "this quote is never closed"),
        ("(a && b", "(", "this `(` is never closed"),
        ("f(a, b", "(", "this `(` is never closed"),
        ("(f(a, b)", "(", "this `(` is never closed"),
        ("{\"a\": [1, 2}", "[", "this `[` is never closed"),
        ("a.`b", "`", "this back-tick is never closed"),
    ] {
        assert_eq!(
            told(text),
            [(place.to_owned(), message.to_owned())],
            "`{text}`"
        );
    }
}

#[test]
fn nothing_is_too_deep_or_too_long_to_answer_at_once() {
    for open in [
        "(", "!", "[", "{", "-", "a ? ", "a(", "a[", "{1:", "(-", "1 + (", "a?b:", "[?",
    ] {
        let parsed = parse(&open.repeat(20_000));
        let names: Vec<&str> = parsed.problems.iter().map(|p| p.code.name).collect();
        assert_eq!(names, ["limit-exceeded"], "{open}");
    }
    for close in [
        ")", "]", "}", ":", ",", "&&", "|| ", "= ", "a.", "?", "?.", "'", "\"\"\"", "`", "a ", "$",
    ] {
        parse(&close.repeat(20_000));
    }
    let long = vec!["a.b != c"; 30_000].join(" && ");
    let parsed = parse(&long);
    assert_eq!(parsed.problems, []);
    assert_eq!(
        parsed.ast.range(parsed.ast.root()).as_usize(),
        0..long.len()
    );
    let sum = vec!["a"; 150].join(" + ");
    assert_eq!(parse(&sum).problems, []);
    let sum = vec!["a"; 5000].join(" + ");
    assert_eq!(parse(&sum).problems[0].code.name, "limit-exceeded");
}

#[test]
fn the_extent_of_a_node_is_all_of_it_and_of_a_name_the_name() {
    let text = "  (a.b + 1) * f(c).?d ";
    let parsed = parse(text);
    let root = parsed.ast.root();
    assert_eq!(
        &text[parsed.ast.range(root).as_usize()],
        "(a.b + 1) * f(c).?d"
    );
    let Kind::Binary {
        left,
        right,
        op_range,
        ..
    } = parsed.ast.kind(root)
    else {
        panic!("no product");
    };
    assert_eq!(&text[op_range.as_usize()], "*");
    assert_eq!(&text[parsed.ast.range(*left).as_usize()], "a.b + 1");
    let Kind::Select { operand, field, .. } = parsed.ast.kind(*right) else {
        panic!("no field");
    };
    assert_eq!(&text[field.range.as_usize()], "d");
    assert_eq!(&text[parsed.ast.range(*operand).as_usize()], "f(c)");
}

/// Expressions that are sound, with parentheses where anything can stand.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("a"),
        Just("b_1"),
        Just(".c"),
        Just("1"),
        Just("-2"),
        Just("3u"),
        Just("1.5e3"),
        Just("'x'"),
        Just("r\"\\\""),
        Just("b'\\xff'"),
        Just("'''é'''"),
        Just("null"),
        Just("true"),
        Just("[]"),
        Just("{}"),
    ]
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let op = prop::sample::select(vec![
            "||", "&&", "==", "!=", "<", "<=", ">", ">=", " in ", "+", "-", "*", "/", "%", " && ",
            " || ",
        ]);
        prop_oneof![
            4 => (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("{a}{op}{b}")),
            1 => inner.clone().prop_map(|a| format!("( {a} )")),
            1 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => inner.clone().prop_map(|a| format!("-({a})")),
            1 => inner.clone().prop_map(|a| format!("({a}).`x y`")),
            1 => inner.clone().prop_map(|a| format!("({a}).?field")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[?{b}]")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}).f(x, {b})")),
            1 => inner.clone().prop_map(|a| format!("f({a})")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, ?{b}]")),
            1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{ ({a}) : {b} }}")),
            1 => (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
}

proptest! {
    #[test]
    fn every_node_reads_again_from_its_own_text(text in expression()) {
        let parsed = parse(&text);
        prop_assert_eq!(&parsed.problems, &[], "`{}`", text);
        for id in parsed.ast.ids() {
            let part = &text[parsed.ast.range(id).as_usize()];
            let again = parse(part);
            prop_assert_eq!(&again.problems, &[], "`{}` of `{}`", part, text);
            prop_assert_eq!(shape(&parsed.ast, id), shape(&again.ast, again.ast.root()), "`{}`", part);
        }
    }

    #[test]
    fn any_text_is_answered(
        text in prop_oneof![
            any::<String>(),
            "[a-z0-9 .?,:()\\[\\]{}&|!=<>+*/%'\"`$“”é\\\\\n-]{0,60}",
            prop::collection::vec(prop::sample::select(vec![
                "a", ".", "?", "(", ")", "[", "]", "{", "}", ",", ":", "&&", "||", "!", "=", "==", " in ",
                "1", "'x'", "'", "\"\"\"", "`", " and ", " not ", "-", "has", "exists", "x", "null", "é", "?.",
            ]), 0..40).prop_map(|parts| parts.concat()),
        ]
    ) {
        let parsed = parse(&text);
        let within = |range: crate::source::TextRange| text.get(range.as_usize()).is_some();
        for problem in &parsed.problems {
            prop_assert!(within(problem.range), "{problem:?}");
            prop_assert!(problem.labels.iter().all(|(range, _)| within(*range)), "{problem:?}");
        }
        prop_assert!(!parsed.problems.is_empty() || !text.is_empty());
        let mut parents = vec![None; parsed.ast.len()];
        for id in parsed.ast.ids() {
            prop_assert!(within(parsed.ast.range(id)), "{:?}", parsed.ast.node(id));
            for child in children(parsed.ast.kind(id)) {
                prop_assert!(child < id);
                let (inner, outer) = (parsed.ast.range(child), parsed.ast.range(id));
                prop_assert!(outer.start <= inner.start && inner.end <= outer.end, "{:?}", parsed.ast.node(id));
                prop_assert!(parents[child.index()].replace(id).is_none());
            }
        }
        let has_error = parsed.ast.ids().any(|id| matches!(parsed.ast.kind(id), Kind::Error));
        prop_assert!(!has_error || !parsed.problems.is_empty());
    }
}

#[test]
fn a_quote_is_told_however_many_problems_come_before_it() {
    let parsed = parse(&format!("{}\"x", "$ ".repeat(40)));
    let told: Vec<&str> = parsed.problems.iter().map(|it| &*it.message).collect();
    assert_eq!(told, [super::super::lexer::UNCLOSED_QUOTE]);
}

fn children(kind: &Kind) -> Vec<ExprId> {
    let mut children = Vec::new();
    kind.for_each_child(|child| children.push(child));
    children
}
