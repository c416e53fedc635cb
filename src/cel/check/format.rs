//! `"…".format([…])`: the one place where a list literal may hold values of several types. Where
//! the template is a literal too, each value is held to its clause, and they are counted.

use super::super::ast::{ExprId, Kind, ListItem, Literal};
use super::super::error::Problem;
use super::super::format::{Clause, Piece, pieces};
use super::super::functions;
use super::super::types::Type;
use super::calls::Site;
use super::{Callee, Checker, Typed};
use crate::diagnostic::codes;
use crate::source::TextRange;

impl Checker<'_> {
    /// A call of `format` with its values in brackets; none where it is something else, or judged
    /// as the standard does.
    pub(super) fn format_call(&mut self, site: &Site<'_>) -> Option<Typed> {
        let [template, list] = *site.args else {
            return None;
        };
        let own = site.name == "format" && site.receiver && !self.env.lenient;
        let (Kind::List(items), true) = (self.ast.kind(list), own) else {
            return None;
        };
        let typed = self.check(template);
        let of = self.present(template, &typed);
        self.set_type(list, Type::list(Type::Dyn));
        for item in items {
            let typed = self.check(item.value);
            if item.optional {
                self.need_optional(item.value);
            } else {
                self.present(item.value, &typed);
            }
        }
        if !matches!(of, Type::String | Type::Enum(_) | Type::Dyn | Type::Error) {
            self.report(
                Problem::new(
                    &codes::INVALID_ARGUMENTS,
                    self.ast.range(template),
                    format!("`format` cannot be called on `{of}`"),
                )
                .here(format!("this is `{of}`"))
                .help("it is called on the text: `\"%s\".format([…])`"),
            );
        } else if let Kind::Literal(Literal::String(text)) = self.ast.kind(template) {
            self.clauses(template, text, items, list);
        }
        if let Some(function) = functions::lookup("format") {
            let callee = Callee {
                overloads: function.overloads.iter().collect(),
                namespaced: false,
            };
            self.callees.insert(site.id, callee);
        }
        Some(Typed::of(Type::String))
    }

    /// Holds the values to the clauses of a literal template.
    fn clauses(&mut self, template: ExprId, text: &str, items: &[ListItem], list: ExprId) {
        let mut clauses = Vec::new();
        for piece in pieces(text) {
            match piece {
                Ok(Piece::Text(_)) => {}
                Ok(Piece::Clause(clause)) => clauses.push(clause),
                Err(fault) => {
                    let range = self.inside(template, text, fault.start, fault.end);
                    self.report(
                        Problem::new(&codes::INVALID_LITERAL, range, fault.message).help(
                            "there are `%s %d %f %e %b %o %x %X`, `%.2f` with two decimals, and `%%` for a `%`",
                        ),
                    );
                    return;
                }
            }
        }
        for (clause, item) in clauses.iter().zip(items) {
            self.clause(template, text, *clause, *item);
        }
        // What an optional item comes to is known only when it runs.
        if items.iter().any(|item| item.optional) {
            return;
        }
        if let Some(extra) = items.get(clauses.len()) {
            self.report(
                Problem::new(
                    &codes::INVALID_ARGUMENTS,
                    self.ast.range(extra.value),
                    "no `%` of the text takes this value",
                )
                .label(self.ast.range(template), counted(clauses.len()))
                .help("write `%s` where it belongs, or leave it out"),
            );
        } else if let Some(unfilled) = clauses.get(items.len()) {
            let range = self.inside(template, text, unfilled.start, unfilled.end);
            let message = format!("there is no value for this `%{}`", unfilled.letter);
            self.report(
                Problem::new(&codes::INVALID_ARGUMENTS, range, message)
                    .label(self.ast.range(list), holding(items.len()))
                    .help("add the value to the list; a `%` that is meant as it is, is `%%`"),
            );
        }
    }

    fn clause(&mut self, template: ExprId, text: &str, clause: Clause, item: ListItem) {
        let ty = self.item_type(item);
        if clause.takes(&ty) {
            return;
        }
        let letter = clause.letter;
        let problem = Problem::new(
            &codes::INVALID_ARGUMENTS,
            self.ast.range(item.value),
            format!("`%{letter}` takes {}, not `{ty}`", clause.due()),
        )
        .here(format!("this is `{ty}`"))
        .label(
            self.inside(template, text, clause.start, clause.end),
            "what it is for",
        );
        let problem = match (letter, &ty) {
            (_, Type::Optional(_)) => problem.help("take the value out first: `.orValue(…)`"),
            ('d', Type::Double) => problem.help("write `%f`, or `%.2f` with two decimals"),
            _ => problem.help("write `%s`, which takes any value"),
        };
        self.report(problem);
    }

    /// A part of a literal's text as a place; the whole literal where its escapes blur it.
    fn inside(&self, literal: ExprId, text: &str, start: usize, end: usize) -> TextRange {
        let whole = self.ast.range(literal);
        // One quote on either side, and nothing is written otherwise than it is meant.
        if (whole.end - whole.start) as usize != text.len() + 2 {
            return whole;
        }
        let from = whole.start + 1;
        TextRange::new(from + start as u32, from + end as u32)
    }
}

fn counted(clauses: usize) -> String {
    match clauses {
        0 => "there is no `%` in it".to_owned(),
        1 => "there is 1 `%` in it".to_owned(),
        many => format!("there are {many} `%` in it"),
    }
}

fn holding(values: usize) -> String {
    match values {
        1 => "it holds 1 value".to_owned(),
        many => format!("it holds {many} values"),
    }
}
