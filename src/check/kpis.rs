//! KPIs: measures over ended sessions. A session in which the measure reads something absent is
//! left out, so that everything counts as present here.

use super::context::Checker;
use crate::cel::{self, Facts, Type};
use crate::diagnostic::{Diagnostic, codes};
use crate::model;
use crate::syntax::ast::{Kpi, Measure, Spanned};

impl Checker<'_> {
    pub fn kpis(&mut self) -> Vec<model::Kpi> {
        let declared = self.names.kpis.clone();
        declared
            .into_iter()
            .filter_map(|kpi| self.kpi(kpi))
            .collect()
    }

    fn kpi(&mut self, decl: &Kpi) -> Option<model::Kpi> {
        let journey = self.found(self.names.find_journey(&decl.journey))?;
        let place = self.kpi_place(journey);
        let env = place.env(&self.names.vocabulary);
        let mut facts = Facts::default();
        for read in cel::check(&decl.value.ast, &env, &facts, None).reads {
            let path: Vec<&str> = read.path.iter().map(|name| &**name).collect();
            for length in 1..=path.len() {
                facts.assume(path[..length].join("."));
            }
        }
        let due = (decl.measure.value == Measure::Rate).then_some(Type::Bool);
        let typed = self.expr(&decl.value, &place, &facts, due.as_ref());
        let is_measured = matches!(
            typed.ty.present(),
            Type::Int | Type::Uint | Type::Double | Type::Duration | Type::Error | Type::Dyn
        );
        if due.is_none() && !is_measured {
            let span = decl.value.text.span();
            let message = format!("a measure is a number or a duration, this is `{}`", typed.ty);
            self.report(
                Diagnostic::new(&codes::TYPE_MISMATCH, span, message)
                    .help("measure a share of sessions with `rate:`"),
            );
        }
        if let Some(target) = &decl.target {
            self.target(target, typed.ty.present());
        }
        Some(model::Kpi {
            name: decl.name.text.clone(),
            journey: decl.journey.text.clone(),
            measure: match decl.measure.value {
                Measure::Rate => model::Measure::Rate,
                Measure::Sum => model::Measure::Sum,
                Measure::Mean => model::Measure::Mean,
                Measure::P50 => model::Measure::P50,
                Measure::P90 => model::Measure::P90,
            },
            value: typed.model,
            target: decl.target.as_ref().map(|t| t.value.as_str().into()),
            at: self.at(decl.name.span),
        })
    }

    /// `>= 0.20`, `<= 2d`: a comparison with a value of the measure's kind.
    fn target(&mut self, target: &Spanned<String>, measure: &Type) {
        let text = target.value.trim();
        let operators = [">=", "<=", ">", "<", "=="];
        let value = operators.iter().find_map(|op| text.strip_prefix(op)).map(str::trim);
        let is_number = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
        let fits = value.is_some_and(|value| match measure {
            Type::Duration => cel::parse_data_duration(value).is_ok(),
            Type::Error | Type::Dyn => true,
            _ => is_number(value),
        });
        if fits {
            return;
        }
        let example = match measure {
            Type::Duration => "<= 2d",
            _ => ">= 0.20",
        };
        self.report(
            Diagnostic::new(
                &codes::INVALID_VALUE,
                target.span,
                format!("`{text}` is no target for this measure"),
            )
            .help(format!("write a comparison, as in `{example}`")),
        );
    }
}
