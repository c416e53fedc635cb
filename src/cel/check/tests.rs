//! The checker's cases: `cases.txt` holds expressions, and under each the places and names of the
//! problems that are due, all of them.

use std::fmt::Write as _;
use std::sync::Arc;

use super::super::env::{Absent, Binding, Env, Facts, Root};
use super::super::error::Problem;
use super::super::parser::parse;
use super::super::types::{Field, Type};
use super::{Checked, check};
use proptest::prelude::*;

fn object(name: &str, fields: Vec<(&str, Type)>) -> Type {
    let field = |(name, ty): (&str, Type)| Field {
        name: name.into(),
        ty,
        declared: None,
        default: None,
        least: None,
    };
    Type::object(name, fields.into_iter().map(field).collect())
}

fn env() -> Env {
    use Type as T;
    let product = object(
        "Product",
        vec![
            ("sku", T::String),
            ("name", T::String),
            ("category", T::String),
            ("price", T::Double),
            ("colour", T::String.nullable()),
        ],
    );
    let address = object(
        "Address",
        vec![("city", T::String), ("zip", T::String.nullable())],
    );
    let mut env = Env::default();
    env.bind(
        "traveler",
        object(
            "traveler",
            vec![
                ("email", T::String.nullable()),
                ("first_name", T::String.nullable()),
                ("country", T::String.nullable()),
                ("home_store", T::String.nullable()),
                ("loyalty", T::enumeration(["none", "member", "gold"])),
                ("language", T::enumeration(["fr", "en"]).nullable()),
                ("timezone", T::String),
                ("orders_year", T::Int),
                ("spend_year", T::Double),
                ("age", T::Int.nullable()),
                ("score", T::Double.nullable()),
                ("last_seen", T::Timestamp.nullable()),
                ("opt_in", T::Bool.nullable()),
                ("vip", T::Bool),
                (
                    "consents",
                    object("traveler.consents", vec![("marketing", T::Bool)]),
                ),
                ("recent_calls", T::list(T::String)),
                ("wishes", T::list(product.clone()).nullable()),
                ("address", address.nullable()),
            ],
        ),
    );
    env.bind(
        "event",
        object(
            "shop.order_placed",
            vec![
                ("order_id", T::String),
                ("total", T::Double),
                ("count", T::Int),
                ("size_u", T::Uint),
                ("currency", T::enumeration(["EUR", "USD"])),
                ("items", T::list(product.clone())),
                ("product", product),
                ("tags", T::map(T::String)),
                ("paid_at", T::Timestamp),
                ("took", T::Duration),
                ("note", T::String.nullable()),
                ("order-no", T::String),
                ("raw", T::Bytes),
                ("in", T::Int),
            ],
        ),
    );
    env.bind(
        "vars",
        object(
            "vars",
            vec![
                ("sku", T::String.nullable()),
                ("limit", T::Double),
                ("mobile", T::Bool),
            ],
        ),
    );
    env.bind("now", T::Timestamp);
    env.bind("maybe", T::Int.nullable());
    env.bind("anything", T::Dyn);
    env.roots.push(Root {
        name: "returned".into(),
        binding: Binding::Absent(Arc::new(Absent {
            message: "`returned` is only there in the `set` of a `call`".into(),
            help: "save it in a variable there".into(),
            because: None,
        })),
    });
    env
}

fn checked(text: &str, expected: Option<&Type>, env: &Env) -> (Checked, Vec<Problem>) {
    let parsed = parse(text);
    let checked = check(&parsed.ast, env, &Facts::default(), expected);
    let mut problems = parsed.problems;
    problems.extend(checked.problems.clone());
    problems.sort_by_key(|p| (p.range.start, p.range.end));
    (checked, problems)
}

/// The problems as `cases.txt` marks them.
fn marks(text: &str, problems: &[Problem]) -> Vec<String> {
    let column = |at: u32| text[..at as usize].chars().count();
    problems
        .iter()
        .map(|p| {
            let (start, end) = (column(p.range.start), column(p.range.end));
            format!(
                "{}{} {}",
                " ".repeat(start),
                "^".repeat((end - start).max(1)),
                p.code.name
            )
        })
        .collect()
}

/// One expression of `cases.txt`.
struct Case<'t> {
    line: usize,
    expected: Option<Type>,
    text: &'t str,
    /// The marks, and what message or help must hold.
    due: Vec<(String, &'t str)>,
}

fn cases(source: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut expected = None;
    for (at, line) in source.lines().enumerate() {
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        if let Some(ty) = line.strip_prefix("@ ") {
            expected = match ty {
                "any" => None,
                "bool" => Some(Type::Bool),
                "int" => Some(Type::Int),
                "double" => Some(Type::Double),
                "double | null" => Some(Type::Double.nullable()),
                "string" => Some(Type::String),
                "string | null" => Some(Type::String.nullable()),
                "duration" => Some(Type::Duration),
                "list(double)" => Some(Type::list(Type::Double)),
                "EUR | USD" => Some(Type::enumeration(["EUR", "USD"])),
                "list(EUR | USD)" => Some(Type::list(Type::enumeration(["EUR", "USD"]))),
                other => panic!("line {}: no type `{other}` in the cases", at + 1),
            };
        } else if line.trim_start().starts_with('^') {
            let (mark, part) = line.split_once(": ").unwrap_or((line, ""));
            let case = cases.last_mut().expect("a mark stands under an expression");
            case.due.push((mark.trim_end().to_owned(), part));
        } else {
            cases.push(Case {
                line: at + 1,
                expected: expected.clone(),
                text: line,
                due: Vec::new(),
            });
        }
    }
    cases
}

#[test]
fn every_case_has_its_problems_and_no_others() {
    let env = env();
    let mut failures = String::new();
    let cases = cases(include_str!("cases.txt"));
    assert!(cases.len() >= 120, "only {} cases", cases.len());
    for case in cases {
        let (_, problems) = checked(case.text, case.expected.as_ref(), &env);
        let found = marks(case.text, &problems);
        let due: Vec<&String> = case.due.iter().map(|(mark, _)| mark).collect();
        let told = found.len() == due.len()
            && problems.iter().zip(&case.due).all(|(p, (_, part))| {
                format!(
                    "{}\n{}\n{}",
                    p.message,
                    p.label.as_deref().unwrap_or(""),
                    p.help.as_deref().unwrap_or("")
                )
                .contains(part)
            });
        if found.iter().ne(due) || !told {
            let _ = writeln!(failures, "line {}:\n{}", case.line, case.text);
            for (mark, p) in found.iter().zip(&problems) {
                let _ = writeln!(
                    failures,
                    "{mark}: {} [help: {}]",
                    p.message,
                    p.help.as_deref().unwrap_or("")
                );
            }
            let _ = writeln!(failures, "due: {:#?}\n", case.due);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// What is known after the expression was true, and after it was false.
fn proved(text: &str) -> (Vec<String>, Vec<String>) {
    let (checked, problems) = checked(text, Some(&Type::Bool), &env());
    assert_eq!(problems, [], "`{text}`");
    let paths = |facts: &Facts| facts.paths().map(ToString::to_string).collect();
    (paths(&checked.when_true), paths(&checked.when_false))
}

#[test]
fn a_condition_proves_what_holds_behind_it() {
    for (text, when_true, when_false) in [
        ("has(traveler.email)", "traveler traveler.email", ""),
        ("traveler.email == null", "", "traveler traveler.email"),
        ("!(traveler.email != null)", "", "traveler traveler.email"),
        ("traveler.email == \"x\"", "traveler traveler.email", ""),
        ("traveler.email == traveler.country", "", ""),
        (
            "has(traveler.email) && maybe == 1",
            "maybe traveler traveler.email",
            "",
        ),
        ("has(traveler.email) || maybe == 1", "", ""),
        (
            "traveler.email == null || maybe == null",
            "",
            "maybe traveler traveler.email",
        ),
        ("traveler.?email.hasValue()", "traveler traveler.email", ""),
        ("traveler.vip ? maybe != null : false", "maybe", ""),
        ("traveler.vip || true", "", ""),
        (
            "event.items.exists(i, has(i.colour) && maybe != null)",
            "maybe",
            "",
        ),
        ("event.items.all(i, maybe == null)", "", "maybe"),
    ] {
        let (yes, no) = proved(text);
        assert_eq!(yes.join(" "), when_true, "true: `{text}`");
        assert_eq!(no.join(" "), when_false, "false: `{text}`");
    }
}

#[test]
fn what_is_known_before_is_believed_and_kept() {
    let mut facts = Facts::default();
    facts.assume("traveler.address.zip");
    let text = "traveler.address.zip.reverse() == \"5\"";
    let parsed = parse(text);
    let checked = check(&parsed.ast, &env(), &facts, Some(&Type::Bool));
    assert_eq!(checked.problems, []);
    assert_eq!(checked.when_false, facts);
}

#[test]
fn reads_are_whole_paths_from_roots() {
    let text = "event.items.exists(i, i.sku == traveler.address.?city.orValue(vars.sku)) && has(traveler.email) && now > event.typo";
    let (checked, _) = checked(text, None, &env());
    let paths: Vec<String> = checked.reads.iter().map(|r| r.path.join(".")).collect();
    assert_eq!(
        paths,
        [
            "event.items",
            "traveler.address.city",
            "vars.sku",
            "traveler.email",
            "now",
            "event"
        ]
    );
    let places: Vec<&str> = checked
        .reads
        .iter()
        .map(|r| &text[r.range.as_usize()])
        .collect();
    assert_eq!(places[1], "traveler.address.?city");
}

#[test]
fn an_int_literal_becomes_a_double_where_one_is_due() {
    let text = "traveler.vip ? [1, 2] : [event.total]";
    let parsed = parse(text);
    let checked = check(&parsed.ast, &env(), &Facts::default(), None);
    assert_eq!(checked.ty, Type::list(Type::Double));
    let of = |part: &str| {
        let at = text.find(part).expect("the text has it") as u32;
        let id = parsed
            .ast
            .ids()
            .find(|id| parsed.ast.range(*id).start == at);
        checked.types[id.expect("a node begins there").index()].clone()
    };
    assert_eq!((of("1"), of("2")), (Type::Double, Type::Double));
}

/// A name that is mended gets a type, and with it something else comes to light.
const UNCOVERED: &[&str] = &[
    r#"event.totl.startsWith("x")"#,
    "event.order_id.startsWith(event.totl)",
];

#[test]
fn fixes_that_may_be_applied_mend() {
    let env = env();
    let (mut applied, mut failures) = (0, String::new());
    for case in cases(include_str!("cases.txt")) {
        let (_, problems) = checked(case.text, case.expected.as_ref(), &env);
        for problem in &problems {
            for fix in &problem.fixes {
                if fix.applicability == crate::diagnostic::Applicability::DisplayOnly {
                    continue;
                }
                let mut text = case.text.to_owned();
                let mut edits = fix.edits.clone();
                edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
                for (range, new) in edits {
                    text.replace_range(range.as_usize(), &new);
                }
                let (_, after) = checked(&text, case.expected.as_ref(), &env);
                let uncovers = UNCOVERED.contains(&case.text);
                if uncovers != (after.len() >= problems.len()) {
                    let told: Vec<&str> = after.iter().map(|p| &*p.message).collect();
                    let _ = writeln!(failures, "`{}` becomes `{text}`: {told:#?}", case.text);
                }
                applied += 1;
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(applied > 40, "only {applied} fixes");
}

#[test]
fn long_chains_are_checked_at_once() {
    let text = vec!["(traveler.age == null || traveler.age > 18)"; 20_000].join(" && ");
    let (checked, problems) = checked(&text, Some(&Type::Bool), &env());
    assert_eq!(problems, []);
    assert_eq!(checked.ty, Type::Bool);
}

#[test]
fn the_deepest_expression_is_checked() {
    let depth = crate::cel::MAX_DEPTH as usize - 2;
    for (open, inner, close) in [
        ("[", "1", "]"),
        ("!", "true", ""),
        ("size([", "1", "])"),
        ("true ? 1 : ", "1", ""),
        ("[1].map(x, ", "x", ")"),
        ("", "anything", ".a"),
        ("", "1", " + 1"),
    ] {
        let times = if open.contains('(') { depth / 2 } else { depth };
        let text = format!("{}{inner}{}", open.repeat(times), close.repeat(times));
        let (_, problems) = checked(&text, None, &env());
        let codes: Vec<&str> = problems.iter().map(|p| p.code.name).collect();
        assert!(
            codes.is_empty() || codes == ["invalid-arguments"],
            "{open}: {codes:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_expression_is_answered_within_its_text(
        parts in prop::collection::vec(prop::sample::select(vec![
            "event", ".", "total", "traveler", "traveler.country", "event.items", "maybe", "(", ")", "[", "]",
            "{", "}", ",", ":", " && ", " || ", "!", " == ", " != ", " > ", " in ", " + ", "1", "1.5", "'x'", "null",
            "has(", ".exists(i, ", ".map(i, ", "i", "i.colour", ".?", "? ", ".orValue(", ".value()", "duration(",
            "optional.of(", "optional.none()", "[?", "-", "'EUR'", "event.currency", "\"é\"", "cel.bind(x, ", "x",
        ]), 0..24),
        lenient: bool,
    ) {
        let text = parts.concat();
        let mut env = env();
        env.lenient = lenient;
        for due in [None, Some(Type::Bool), Some(Type::enumeration(["EUR", "USD"]).nullable())] {
            let (checked, problems) = checked(&text, due.as_ref(), &env);
            for problem in &problems {
                prop_assert!(text.get(problem.range.as_usize()).is_some(), "{problem:?}");
                prop_assert!(!problem.message.contains('\n') && !problem.message.ends_with('.'), "{problem:?}");
                for (range, _) in problem.fixes.iter().flat_map(|f| &f.edits).chain(&problem.labels) {
                    prop_assert!(text.get(range.as_usize()).is_some(), "{problem:?}");
                }
            }
            if problems.is_empty() {
                prop_assert!(!checked.types.contains(&Type::Error), "`{text}`: {:?}", checked.types);
                let due = due.unwrap_or(Type::Dyn);
                prop_assert!(super::assignable(&checked.ty, &due), "`{text}` is {}, not {due}", checked.ty);
            }
        }
    }
}
