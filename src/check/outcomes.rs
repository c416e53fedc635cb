//! The outcomes that a session of a journey can end with, and comparisons with others.

use super::analysis::visit::{self, Visitor};
use super::context::Checker;
use crate::cel::{BinaryOp, ExprId, Kind, Literal};
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::model::JourneyId;
use crate::syntax::ast::{Expr, Onward, Step, StepKind};

/// Outcomes that the engine gives by itself: a restart, a join, an `end` that says none, a
/// deployment without a place for the session.
const OWN: [&str; 4] = ["incomplete", "merged", "end", "undeployed"];

#[derive(Default)]
struct Ends<'w> {
    outcomes: Vec<&'w str>,
    /// A step could not be read: what it does is not known.
    broken: bool,
}

impl<'w> Visitor<'w> for Ends<'w> {
    fn step(&mut self, step: &'w Step) {
        match &step.kind {
            StepKind::End(outcome) => self.outcomes.push(&outcome.text),
            StepKind::Error => self.broken = true,
            _ => {}
        }
    }
}

impl Checker<'_> {
    /// Tells comparisons of `session.outcome` with what is none.
    pub(super) fn compared_outcomes(&mut self, expr: &Expr, journey: JourneyId) {
        let ast = &expr.ast;
        let is_outcome = |id: ExprId| match ast.kind(id) {
            Kind::Select { operand, field, .. } => {
                ast.name(field) == "outcome"
                    && matches!(ast.kind(*operand), Kind::Ident(root) if ast.name(root) == "session")
            }
            _ => false,
        };
        let mut words: Vec<ExprId> = Vec::new();
        for id in ast.ids() {
            let Kind::Binary {
                op, left, right, ..
            } = ast.kind(id)
            else {
                continue;
            };
            let equal = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
            if is_outcome(*left) && equal {
                words.push(*right);
            } else if is_outcome(*right) && equal {
                words.push(*left);
            } else if is_outcome(*left)
                && *op == BinaryOp::In
                && let Kind::List(items) = ast.kind(*right)
            {
                words.extend(items.iter().map(|item| item.value));
            }
        }
        if words.is_empty() {
            return;
        }
        let Some(known) = self.outcomes(journey) else {
            return;
        };
        let file_text = self.sources.file(expr.text.span().file).text.clone();
        let mut found = Vec::new();
        for id in words {
            let Kind::Literal(Literal::String(word)) = ast.kind(id) else {
                continue;
            };
            if known.contains(&&**word) {
                continue;
            }
            let name = &self.names.vocabulary.journey(journey).name;
            let message = format!("no session of `{name}` ends with the outcome `{word}`");
            let span = expr.locate(ast.range(id), &file_text);
            // It can be worked out all the same: to what never changes.
            let mut diagnostic = Diagnostic {
                severity: Severity::Warning,
                ..Diagnostic::new(&codes::UNKNOWN_ENUM_VALUE, span, message)
            }
            .suggest(word, known.iter().copied());
            // It stands in quotes.
            for fix in &mut diagnostic.fixes {
                for edit in &mut fix.edits {
                    edit.text = format!("\"{}\"", edit.text);
                }
            }
            found.push(diagnostic);
        }
        self.out.extend(found);
    }

    /// None where not all are known.
    fn outcomes(&self, id: JourneyId) -> Option<Vec<&str>> {
        let decl = self.names.journeys[id.index()].decl;
        // Without an `end` something is missing, which is told there.
        let mut ends = Ends {
            broken: decl.end.is_empty(),
            ..Ends::default()
        };
        for milestone in &decl.milestones {
            visit::milestone(milestone, &mut ends);
        }
        for rule in decl.rules.iter().chain(self.rules_in(id)) {
            visit::rule(rule, &mut ends);
        }
        let written = decl.end.iter().filter_map(|end| end.outcome.as_ref());
        let migrated = decl.migrate.iter().flat_map(|it| &it.milestones);
        let mut all = ends.outcomes;
        all.extend(migrated.filter_map(|(_, onward)| match onward {
            Onward::End(outcome) => Some(&*outcome.text),
            Onward::Milestone(_) => None,
        }));
        all.extend(written.map(|outcome| &*outcome.text));
        all.sort_unstable();
        all.dedup();
        all.extend(OWN);
        (!ends.broken).then_some(all)
    }
}
