//! The checker's cases: `cases.txt` holds expressions, and under each the places and names of the
//! problems that are due, all of them.

use std::fmt::Write as _;
use std::sync::Arc;

use super::super::env::{Absent, Binding, Env, Facts, Root};
use super::super::error::Problem;
use super::super::parser::parse;
use super::super::types::{Field, Type};
use super::{Checked, check};

fn object(name: &str, fields: Vec<(&str, Type)>) -> Type {
    let field = |(name, ty): (&str, Type)| Field {
        name: name.into(),
        ty,
        declared: None,
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
