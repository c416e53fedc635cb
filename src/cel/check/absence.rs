//! Reading what may be absent: an error at the place, unless something before proves that it is
//! there; with the guard that would.

use super::super::ast::{ExprId, Kind};
use super::super::error::Problem;
use super::super::types::Type;
use super::facts::Path;
use super::{Checker, Typed};
use crate::diagnostic::{Applicability, codes};
use crate::source::TextRange;

impl Checker<'_> {
    /// The type of a value that is read, which must be there.
    pub(super) fn present(&mut self, id: ExprId, typed: &Typed) -> Type {
        let Type::Nullable(inner) = &typed.ty else {
            return typed.ty.clone();
        };
        let range = self.ast.range(id);
        match &typed.path {
            // Told before: the same guard mends both.
            Some(path) if self.known.is_present(path) => {}
            Some(path) => {
                let problem = Problem::new(
                    &codes::POSSIBLY_ABSENT,
                    range,
                    format!("`{}` may be absent", path.shown()),
                )
                .here(format!("this is `{}`", typed.ty));
                let problem = self.mend(problem, id, path, inner);
                self.known.tell(path);
                self.report(problem);
            }
            None => self.report(
                Problem::new(
                    &codes::POSSIBLY_ABSENT,
                    range,
                    format!("this value of type `{}` may be absent", typed.ty),
                )
                .help("compare it with a value, or read it with `.?` or `[?…]` and give a value for when it is absent: `.orValue(…)`"),
            ),
        }
        let ty = Type::clone(inner);
        self.set_type(id, ty.clone());
        ty
    }

    /// How to prove that it is there, or what to use instead.
    fn mend(&self, problem: Problem, id: ExprId, path: &Path, ty: &Type) -> Problem {
        let field = match self.ast.kind(id) {
            Kind::Select { field, .. } => Some(field),
            _ => None,
        };
        let guard = match field {
            Some(_) => format!("has({}) && ", path.shown()),
            None => format!("{} != null && ", path.shown()),
        };
        let instead = field
            .filter(|_| !matches!(ty, Type::Object(_)))
            .map(|field| Instead::new(path, field.range, self.ast.range(id), ty));
        let problem = problem.help(match &instead {
            // A text or a value has no place for a guard, the step that it stands in has.
            Some(instead) if self.condition.is_none() => format!(
                "give a value to use instead, `{}`, or guard the step with `has(…)`",
                instead.shown
            ),
            Some(instead) => format!(
                "write `{guard}…`, or give a value to use instead: `{}`",
                instead.shown
            ),
            None if matches!(ty, Type::Object(_)) => {
                format!("write `{guard}…`, or read it and what is in it with `.?`")
            }
            None => format!("write `{guard}…`"),
        });
        // The guard of what stands before it comes first.
        let first = !self.known.told_before(path);
        let problem = match self.condition.filter(|_| first) {
            Some(condition) => problem.fix(
                Applicability::Unsafe,
                format!("put `{}` before it", guard.trim_end()),
                TextRange::at(self.ast.range(condition).start),
                guard,
            ),
            None => problem,
        };
        match instead {
            Some(instead) => problem.fix_all(
                Applicability::DisplayOnly,
                format!("write `{}`", instead.shown),
                instead.edits,
            ),
            None => problem,
        }
    }

    /// An optional that is opened with `.value()`, which fails where there is none.
    pub(super) fn opened(&mut self, target: ExprId, typed: &Typed) {
        let Some(path) = typed.path.as_ref().filter(|path| path.optional) else {
            return;
        };
        if matches!(typed.ty, Type::Optional(_)) && !self.known.is_present(path) {
            self.known.tell(path);
            self.report(
                Problem::new(
                    &codes::POSSIBLY_ABSENT,
                    self.ast.range(target),
                    format!("`{}` may be absent", path.shown()),
                )
                .here(format!("this is `{}`", typed.ty))
                .help("give a value to use instead, `.orValue(…)`, or ask `.hasValue()` first"),
            );
        }
    }
}

/// `traveler.?country.orValue("…")`
struct Instead {
    shown: String,
    edits: Vec<(TextRange, String)>,
}

impl Instead {
    fn new(path: &Path, field: TextRange, whole: TextRange, ty: &Type) -> Self {
        let value = match ty {
            Type::Bool => "false",
            Type::Int => "0",
            Type::Uint => "0u",
            Type::Double => "0.0",
            Type::String | Type::Enum(_) => "\"…\"",
            Type::List(_) => "[]",
            Type::Duration => "duration(\"0s\")",
            _ => "…",
        };
        let last = path.segments.last().map_or("", |s| s);
        let shown = path.shown();
        let before = shown
            .strip_suffix(last)
            .or_else(|| shown.strip_suffix(&format!("`{last}`")));
        let name = &shown[before.map_or(0, str::len)..];
        Self {
            shown: format!("{}?{name}.orValue({value})", before.unwrap_or_default()),
            edits: vec![
                (TextRange::at(field.start), "?".into()),
                (TextRange::at(whole.end), format!(".orValue({value})")),
            ],
        }
    }
}
