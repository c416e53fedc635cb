//! Whose something is: with several types of travelers an event, a segment and a journey concern
//! some of them, and cannot be named for others.

use super::context::Checker;
use crate::cel::Kind;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{EventId, TravelerId};
use crate::source::Span;
use crate::syntax::ast::{Expr, Name};

impl Checker<'_> {
    /// Reports an event that concerns other travelers.
    pub(super) fn concerns(&mut self, id: EventId, span: Span, traveler: Option<TravelerId>) {
        let Some(traveler) = traveler else { return };
        if self.is_of(id, traveler) {
            return;
        }
        let event = &self.names.events[id.index()];
        let vocabulary = &self.names.vocabulary;
        let (name, traveler) = (
            &vocabulary.event(id).name,
            &vocabulary.traveler(traveler).name,
        );
        let others: Vec<String> = vocabulary
            .travelers
            .iter()
            .enumerate()
            .filter(|(other, _)| self.is_of(id, TravelerId(*other as u32)))
            .map(|(_, other)| format!("`{}`", other.name))
            .collect();
        let message = match others.as_slice() {
            [] => format!("`{name}` is not an event of `{traveler}`"),
            others => format!(
                "`{name}` is an event of {}, not of `{traveler}`",
                others.join(" and ")
            ),
        };
        let diagnostic = Diagnostic::new(&codes::WRONG_TRAVELER, span, message)
            .label(
                event.source.name().span,
                "declared here, for another type of traveler",
            )
            .help("name an event of this type, or give that one an `identify` for it");
        self.report(diagnostic);
    }

    /// Whether an event concerns travelers of a type.
    pub(super) fn is_of(&self, id: EventId, traveler: TravelerId) -> bool {
        if self.names.vocabulary.travelers.len() < 2 {
            return true;
        }
        let name = &self.names.vocabulary.traveler(traveler).name;
        let event = &self.names.events[id.index()];
        let own = match event.source {
            crate::resolve::EventSource::Event(decl) => Some(decl),
            crate::resolve::EventSource::Entity(_) => None,
        };
        let mut told = false;
        for decl in own.into_iter().chain(event.base) {
            let named = decl.identify.iter().filter_map(|(name, _)| name.as_ref());
            for of in decl.traveler.iter().chain(named) {
                told = true;
                let travelers = &self.names.vocabulary.travelers;
                // A type that is not there has been told where it is named.
                if of.text == *name || !travelers.iter().any(|known| known.name == of.text) {
                    return true;
                }
            }
        }
        !told
    }

    /// Reports a name of what belongs to other travelers.
    pub(super) fn same_traveler(
        &mut self,
        what: &str,
        name: &Name,
        of: Option<TravelerId>,
        traveler: Option<TravelerId>,
    ) {
        self.same_type(what, &name.text, name.span, of, traveler);
    }

    fn same_type(
        &mut self,
        what: &str,
        name: &str,
        span: Span,
        of: Option<TravelerId>,
        traveler: Option<TravelerId>,
    ) {
        let (Some(of), Some(traveler)) = (of, traveler) else {
            return;
        };
        if of == traveler {
            return;
        }
        let vocabulary = &self.names.vocabulary;
        let message = format!(
            "{what} `{name}` is for travelers of type `{}`, not `{}`",
            vocabulary.traveler(of).name,
            vocabulary.traveler(traveler).name
        );
        self.report(
            Diagnostic::new(&codes::WRONG_TRAVELER, span, message)
                .help(format!("name a {what} of this type of travelers")),
        );
    }

    /// Reports segments and journeys of others that an expression reads.
    pub(super) fn read_of_others(&mut self, expr: &Expr, traveler: Option<TravelerId>) {
        if self.names.vocabulary.travelers.len() < 2 {
            return;
        }
        let ast = &expr.ast;
        let mut found = Vec::new();
        for id in ast.ids() {
            let Kind::Select { operand, field, .. } = ast.kind(id) else {
                continue;
            };
            let Kind::Ident(root) = ast.kind(*operand) else {
                continue;
            };
            let vocabulary = &self.names.vocabulary;
            let (what, of) = match ast.name(root) {
                "segment" => {
                    let id = vocabulary.find_segment(ast.name(field));
                    ("segment", id.and_then(|id| vocabulary.segment(id).traveler))
                }
                "journey" => {
                    let id = vocabulary.find_journey(ast.name(field));
                    ("journey", id.and_then(|id| vocabulary.journey(id).traveler))
                }
                _ => continue,
            };
            found.push((what, ast.name(field), field.range, of));
        }
        if found.is_empty() {
            return;
        }
        let file_text = self.sources.file(expr.text.span().file).text.clone();
        for (what, name, range, of) in found {
            self.same_type(what, name, expr.locate(range, &file_text), of, traveler);
        }
    }
}
