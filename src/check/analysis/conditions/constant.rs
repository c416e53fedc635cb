//! Conditions that always or never hold: told at the smallest part, with what makes it so.

use crate::cel::{ConstantBool, Kind, Literal, Place};
use crate::check::context::{Checker, Typed};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::{Span, TextRange};
use crate::syntax::ast::Expr;

/// Longer conditions are not repeated in a message.
const MAX_SHOWN: usize = 40;

impl Checker<'_> {
    /// Tells the booleans of an expression that come out only one way.
    pub(in crate::check) fn constants(
        &mut self,
        expr: &Expr,
        found: &[ConstantBool],
        file_text: &str,
    ) {
        for constant in found.iter().filter(|constant| !constant.plain) {
            self.one_way(expr, constant, file_text);
        }
    }

    fn one_way(&mut self, expr: &Expr, constant: &ConstantBool, file_text: &str) {
        let span = expr.locate(constant.range, file_text);
        let is_literal = expr.ast.ids().any(|id| {
            expr.ast.range(id) == constant.range && matches!(expr.ast.kind(id), Kind::Literal(_))
        });
        let mut diagnostic = if is_literal {
            literal(span, constant.always)
        } else {
            told(span, &shown(expr, constant.range), constant.always)
        };
        match &constant.because {
            Some((Place::Here(range), text)) => {
                diagnostic = diagnostic.label(expr.locate(*range, file_text), text);
            }
            Some((Place::There(span), text)) => diagnostic = diagnostic.label(*span, text),
            None if is_literal => {}
            None => diagnostic = diagnostic.here("its possible values allow no other result"),
        }
        self.report(diagnostic);
    }

    /// Tells a condition that is a literal alone, or a field alone that has been decided: as a
    /// value either is sound.
    pub(in crate::check) fn asked(&mut self, expr: &Expr, typed: &Typed) {
        let file_text = self.sources.file(expr.text.span().file).text.clone();
        let root = expr.ast.root();
        if let Kind::Literal(Literal::Bool(always)) = expr.ast.kind(root) {
            let span = expr.locate(expr.ast.range(root), &file_text);
            self.report(literal(span, *always));
        } else if let Some(constant) = &typed.plain {
            self.one_way(expr, constant, &file_text);
        }
    }

    /// Adds to what has been told since `mark` what follows: that something never fires.
    pub(in crate::check) fn never_fires(&mut self, mark: usize, what: &str) {
        let told = self.out.iter_mut().skip(mark);
        let mut told = told.filter(|d| d.code == &codes::CONSTANT_CONDITION);
        if let Some(diagnostic) = told.next_back() {
            diagnostic.message = format!("{}, so {what} never fires", diagnostic.message);
        }
    }
}

fn told(span: Span, shown: &str, always: bool) -> Diagnostic {
    let (how, help) = if always {
        (
            "always true",
            "remove it, or change what it asks for: it excludes nothing",
        )
    } else {
        (
            "never true",
            "compare with a value that can still occur, or remove what depends on it",
        )
    };
    let message = format!("{shown} is {how}");
    Diagnostic::new(&codes::CONSTANT_CONDITION, span, message).help(help)
}

fn literal(span: Span, always: bool) -> Diagnostic {
    let message = if always {
        "`true` as a condition is always true"
    } else {
        "`false` as a condition is never true"
    };
    Diagnostic::new(&codes::CONSTANT_CONDITION, span, message).help(if always {
        "remove it, or write the condition that was meant"
    } else {
        "write the condition that was meant, or remove what depends on it"
    })
}

/// A part of an expression, as a message names it.
fn shown(expr: &Expr, range: TextRange) -> String {
    let written = expr.source().get(range.as_usize()).unwrap_or_default();
    let long = written.chars().count() > MAX_SHOWN;
    if long || written.is_empty() || written.contains(['`', '\n']) {
        "this condition".to_owned()
    } else {
        format!("`{written}`")
    }
}
