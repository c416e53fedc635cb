//! `kpi:` what is measured over ended sessions.

use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::Map;

use super::ast::{Kpi, Measure, Name, Spanned};
use super::keys::{Shape, Table, optional, required};
use super::reader::Reader;
use super::traveler::TITLE;

const MEASURES: [(&str, Measure); 5] = [
    ("rate", Measure::Rate),
    ("sum", Measure::Sum),
    ("mean", Measure::Mean),
    ("p50", Measure::P50),
    ("p90", Measure::P90),
];

/// `kpi:`.
pub(super) static KPI: Table = Table {
    what: "a KPI",
    keys: &[
        required("kpi", Shape::Name, "The name of the KPI."),
        TITLE,
        required(
            "journey",
            Shape::Name,
            "The journey whose sessions are measured.",
        ),
        optional(
            "rate",
            Shape::Expression,
            "The share of sessions for which this holds.",
        ),
        optional("sum", Shape::Expression, "The sum of a number or duration."),
        optional(
            "mean",
            Shape::Expression,
            "The mean of a number or duration.",
        ),
        optional(
            "p50",
            Shape::Expression,
            "The median of a number or duration.",
        ),
        optional(
            "p90",
            Shape::Expression,
            "What nine of ten sessions stay below.",
        ),
        optional(
            "target",
            Shape::Text,
            "What it should be: `\">= 0.20\"`, `\"<= 2d\"`.",
        ),
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn kpi(&mut self, name: Name, map: Map<'a>) -> Option<Kpi> {
        let fields = self.fields(map, &KPI, name.span);
        let title = fields.read(self, "title", Reader::text);
        let journey = fields.read(self, "journey", Reader::reference);
        let target = fields.read(self, "target", Reader::spanned_text);
        let Some(found) = fields.one_of(self, &MEASURES.map(|(word, _)| word)) else {
            if !fields.is_broken() {
                self.report(
                    Diagnostic::new(
                        &codes::MISSING_KEY,
                        name.span,
                        format!("the KPI `{name}` does not say what it measures"),
                    )
                    .help("add one of `rate`, `sum`, `mean`, `p50`, `p90`"),
                );
            }
            return None;
        };
        let (_, measure) = MEASURES.iter().find(|(word, _)| *word == found.key)?;
        Some(Kpi {
            name,
            title,
            measure: Spanned {
                value: *measure,
                span: found.at,
            },
            value: fields.expr(self, found.key)?,
            target,
            journey: journey?,
        })
    }
}
