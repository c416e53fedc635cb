//! What is due is demanded: of the smallest part that fails to be it.

use super::super::ast::{Ast, ExprId, Kind, Literal};
use super::super::error::Problem;
use super::super::types::Type;
use super::relate::assignable;
use super::{Checker, Typed};
use crate::diagnostic::{Applicability, codes, did_you_mean};
use crate::source::TextRange;

impl Checker<'_> {
    /// Notes the conditionals whose branches are judged one by one.
    pub(super) fn judge(&mut self, id: ExprId) {
        if let Kind::Conditional {
            then, otherwise, ..
        } = self.ast.kind(id)
        {
            self.judged.insert(id, ());
            self.judge(*then);
            self.judge(*otherwise);
        }
    }

    /// Demands a type: reports the smallest parts that are of another.
    pub(super) fn expect(&mut self, id: ExprId, typed: &Typed, due: &Type) {
        self.adapt(id, due);
        self.demand(id, Some(typed), due);
    }

    fn demand(&mut self, id: ExprId, typed: Option<&Typed>, due: &Type) {
        let ast = self.ast;
        if let Kind::Conditional {
            then, otherwise, ..
        } = ast.kind(id)
            && self.judged.get(id).is_some()
        {
            self.demand(*then, None, due);
            self.demand(*otherwise, None, due);
            return;
        }
        let ty = self.ty(id).clone();
        if assignable(&ty, due) {
            return;
        }
        if let (Kind::List(items), Type::List(element)) = (ast.kind(id), due.present())
            && items.iter().all(|item| !item.optional)
        {
            for item in items {
                self.demand(item.value, None, element);
            }
            return;
        }
        // Only its absence is in the way.
        if let Type::Nullable(inner) = &ty
            && assignable(inner, due)
        {
            let typed = typed.map_or_else(|| Typed::of(ty.clone()), Typed::clone);
            self.present(id, &Typed { ty, ..typed });
            return;
        }
        let shown = typed.and_then(|typed| typed.path.as_ref());
        let shown = shown.map(super::facts::Path::shown);
        self.report(mismatch(ast, id, &ty, due, shown.as_deref()));
    }
}

fn mismatch(ast: &Ast, id: ExprId, ty: &Type, due: &Type, shown: Option<&str>) -> Problem {
    let range = ast.range(id);
    let problem = Problem::new(
        &codes::TYPE_MISMATCH,
        range,
        format!("expected `{due}`, found `{ty}`"),
    )
    .here(format!("this is `{ty}`"));
    if let (Type::String, Kind::Literal(Literal::Int(_) | Literal::Bool(_))) =
        (due.present(), ast.kind(id))
    {
        let edits = vec![
            (TextRange::at(range.start), "\"".into()),
            (TextRange::at(range.end), "\"".into()),
        ];
        return problem
            .help("quote it")
            .fix_all(Applicability::Safe, "quote it", edits);
    }
    let convert = |problem, function| match ty {
        Type::Nullable(_) => convert_guarded(problem, ast, id, due, function, shown),
        _ => convert(problem, range, function),
    };
    match (due.present(), ty.present()) {
        (Type::Bool, Type::String) if matches!(ast.kind(id), Kind::Literal(_)) => problem
            .help("this is read as CEL, where quotes make text; `true` or `false` is expected"),
        (Type::Bool, Type::String | Type::Enum(_)) => {
            problem.help("`true` or `false` is expected: compare it, as in `… == \"…\"`")
        }
        (Type::Bool, Type::Int | Type::Uint | Type::Double) => {
            problem.help("`true` or `false` is expected: compare it, as in `… > 0`")
        }
        (Type::Bool, Type::List(_) | Type::Map(..)) => {
            problem.help("`true` or `false` is expected: ask for its size, as in `size(…) > 0`")
        }
        (Type::Double, Type::Int) => convert(problem, "double"),
        (Type::Int, Type::Double) => convert(problem, "int"),
        (
            Type::String,
            Type::Int | Type::Uint | Type::Double | Type::Bool | Type::Timestamp | Type::Duration,
        ) => convert(problem, "string"),
        (Type::Enum(values), Type::String) => {
            let known: Vec<&str> = values.values.iter().map(|v| &**v).collect();
            match did_you_mean::list(&known) {
                Some(list) => problem.help(format!(
                    "a text that is worked out can be anything, and {list}"
                )),
                None => problem,
            }
        }
        (due_ty, Type::Optional(inner)) if assignable(inner, due_ty) => {
            problem.help(if due.is_nullable() {
                "what may be absent may be passed as it is: read it with `.` in place of `.?`"
            } else {
                "give a value for when there is none: `.orValue(…)`"
            })
        }
        (Type::Duration, Type::String) => problem.help("write `duration(\"…\")`"),
        (Type::Timestamp, Type::String) => problem.help("write `timestamp(\"…\")`"),
        _ => problem,
    }
}

fn convert(problem: Problem, range: TextRange, function: &str) -> Problem {
    problem
        .help(format!("convert it: `{function}(…)`"))
        .fix_all(
            Applicability::Unsafe,
            format!("convert it with `{function}(…)`"),
            vec![
                (TextRange::at(range.start), format!("{function}(")),
                (TextRange::at(range.end), ")".into()),
            ],
        )
}

/// What may be absent is converted only where it is there; where nothing may be absent, a person
/// says what stands for it.
fn convert_guarded(
    problem: Problem,
    ast: &Ast,
    id: ExprId,
    due: &Type,
    function: &str,
    shown: Option<&str>,
) -> Problem {
    let Some(shown) = shown else {
        return problem.help(format!(
            "it may be absent: give a value for when it is, and convert that with `{function}(…)`"
        ));
    };
    let guard = match ast.kind(id) {
        Kind::Select { .. } => format!("has({shown})"),
        _ => format!("{shown} != null"),
    };
    let (otherwise, applicability) = match (due, function) {
        (Type::Nullable(_), _) => ("null", Applicability::Unsafe),
        (_, "double") => ("0.0", Applicability::DisplayOnly),
        (_, "int") => ("0", Applicability::DisplayOnly),
        _ => ("\"…\"", Applicability::DisplayOnly),
    };
    let text = format!("{guard} ? {function}({shown}) : {otherwise}");
    problem
        .help(format!("convert it where it is there: `{text}`"))
        .fix(
            applicability,
            format!("write `{text}`"),
            ast.range(id),
            text,
        )
}
