//! KPIs: what is measured over ended sessions, and what it should come to.
//!
//! A session for which a measure reads something absent is left out, so everything that may be
//! absent counts as present here.

use std::sync::Arc;

use super::context::Checker;
use crate::cel::{Binding, Env, Facts, Type};
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::model::env::{Here, Place, SessionView};
use crate::model::{self, JourneyId};
use crate::syntax::ast::{self, Spanned};
use crate::syntax::duration;

const OPERATORS: [&str; 5] = ["<=", ">=", "==", "<", ">"];

impl Checker<'_> {
    /// Checks every KPI; those that are sound come out, by name.
    pub(super) fn kpis(&mut self) -> Vec<model::Kpi> {
        let kpis = self.names.kpis.clone();
        kpis.into_iter().filter_map(|kpi| self.kpi(kpi)).collect()
    }

    fn kpi(&mut self, kpi: &ast::Kpi) -> Option<model::Kpi> {
        let journey = self.names.find_journey(&kpi.journey);
        let journey = self.found(journey)?;
        let place = self.ended_session(journey);
        let facts = all_present(&place.env(&self.names.vocabulary));
        let is_rate = kpi.measure.value == ast::Measure::Rate;
        let expected = is_rate.then_some(&Type::Bool);
        let before = self.out.len();
        let typed = self.expr(&kpi.value, &place, &facts, expected);
        let told = self.wrong_since(before);
        self.compared_outcomes(&kpi.value, journey);
        let due = match typed.ty.present() {
            Type::Bool if is_rate => Some(Type::Double),
            ty @ (Type::Int | Type::Uint | Type::Double | Type::Duration) if !is_rate => {
                Some(ty.clone())
            }
            Type::Error | Type::Dyn => None,
            _ if told || is_rate => None,
            ty => {
                let ty = ty.clone();
                self.unmeasurable(kpi, &ty);
                None
            }
        };
        let sound = self.target(kpi, due.as_ref());
        let wrong = self.wrong_since(before);
        (sound && due.is_some() && !wrong).then(|| model::Kpi {
            name: kpi.name.text.clone(),
            journey: kpi.journey.text.clone(),
            measure: measure(kpi.measure.value),
            value: typed.model,
            target: kpi.target.as_ref().map(|t| Arc::from(&*t.value)),
            at: self.at(kpi.name.span),
        })
    }

    /// Whether any error came behind the first `before` reports.
    fn wrong_since(&self, before: usize) -> bool {
        (self.out[before..].iter()).any(|it| it.severity == Severity::Error)
    }

    fn ended_session(&self, journey: JourneyId) -> Place {
        let head = self.names.vocabulary.journey(journey);
        let mut place = Place::of_traveler(head.traveler);
        place.event = Here::not(
            "`event` is not available here: a KPI is measured when the session is over",
            "save what you need in a variable of the journey",
        );
        place.vars = Here::Is(head.variables.clone());
        place.session = Here::Is((journey, SessionView::Ended));
        place.now = Here::Is(());
        place
    }

    fn unmeasurable(&mut self, kpi: &ast::Kpi, ty: &Type) {
        let text = &self.sources.file(kpi.value.text.span().file).text;
        let span = kpi
            .value
            .locate(kpi.value.ast.range(kpi.value.ast.root()), text);
        let word = word(kpi.measure.value);
        let message = format!("`{word}` needs a number or a duration, found `{ty}`");
        let diagnostic = Diagnostic::new(&codes::TYPE_MISMATCH, span, message);
        self.report(match ty {
            Type::Bool => diagnostic.help("measure how often it holds with `rate`"),
            Type::Timestamp => {
                diagnostic.help("subtract another time from it: `session.ended_at - …`")
            }
            _ => diagnostic.help("measure a number or a duration"),
        });
    }

    /// Whether the target, if any, can be read and is of the measure's type.
    fn target(&mut self, kpi: &ast::Kpi, due: Option<&Type>) -> bool {
        let Some(target) = &kpi.target else {
            return true;
        };
        let form = match due {
            Some(Type::Duration) => "`\"<= 2d\"`",
            _ => "`\">= 0.20\"`",
        };
        let text = target.value.trim();
        let operator = OPERATORS.iter().find(|op| text.starts_with(**op));
        let Some(operator) = operator else {
            let message = format!("the target `{text}` has no comparison in front");
            let help = format!(
                "write one of `>=`, `>`, `<=`, `<`, `==` and what it is compared with, as in {form}"
            );
            return self.bad_target(target, &codes::INVALID_VALUE, message, help);
        };
        let bound = text[operator.len()..].trim();
        let number = bound.parse::<f64>().ok().filter(|n| n.is_finite());
        let number = number.filter(|_| bound.ends_with(|c: char| c.is_ascii_digit() || c == '.'));
        let is_duration = duration::parse(bound).is_ok();
        match due {
            _ if number.is_none() && !is_duration => {
                let message = format!("`{bound}` is neither a number nor a duration");
                let help = match bound.strip_suffix('%').map(str::trim_end) {
                    Some(percent) if percent.parse::<f64>().is_ok() => {
                        "write a share as a fraction: `0.20` for 20 %".to_owned()
                    }
                    _ => format!("write it as in {form}"),
                };
                self.bad_target(target, &codes::INVALID_VALUE, message, help)
            }
            Some(Type::Duration) if !is_duration => {
                let message = format!("the measure is a duration, and `{bound}` is a number");
                let help = format!("give it a unit, as in {form}");
                self.bad_target(target, &codes::TYPE_MISMATCH, message, help)
            }
            Some(Type::Int | Type::Uint | Type::Double) if number.is_none() => {
                let message = format!("the measure is a number, and `{bound}` is a duration");
                let help = format!("write a number, as in {form}");
                self.bad_target(target, &codes::TYPE_MISMATCH, message, help)
            }
            Some(_)
                if kpi.measure.value == ast::Measure::Rate
                    && number.is_some_and(|n| !(0.0..=1.0).contains(&n)) =>
            {
                let message = format!("a rate lies between 0 and 1, and `{bound}` does not");
                let help = "write a share as a fraction: `0.20` for 20 %".to_owned();
                self.bad_target(target, &codes::INVALID_VALUE, message, help)
            }
            _ => true,
        }
    }

    fn bad_target(
        &mut self,
        target: &Spanned<String>,
        code: &'static crate::diagnostic::Code,
        message: String,
        help: String,
    ) -> bool {
        self.report(Diagnostic::new(code, target.span, message).help(help));
        false
    }
}

/// Everything that may be absent in an environment, taken for present.
fn all_present(env: &Env) -> Facts {
    let mut facts = Facts::default();
    for root in &env.roots {
        if let Binding::Value(ty) = &root.binding {
            assume(&root.name, ty, &mut facts);
        }
    }
    facts
}

fn assume(path: &str, ty: &Type, facts: &mut Facts) {
    if ty.is_nullable() {
        facts.assume(path);
    }
    if let Type::Object(object) = ty.present() {
        for field in &object.fields {
            let plain = field
                .name
                .bytes()
                .all(|b| b == b'_' || b.is_ascii_alphanumeric())
                && !field.name.starts_with(|c: char| c.is_ascii_digit());
            let path = if plain {
                format!("{path}.{}", field.name)
            } else {
                format!("{path}.`{}`", field.name)
            };
            assume(&path, &field.ty, facts);
        }
    }
}

const fn measure(measure: ast::Measure) -> model::Measure {
    match measure {
        ast::Measure::Rate => model::Measure::Rate,
        ast::Measure::Sum => model::Measure::Sum,
        ast::Measure::Mean => model::Measure::Mean,
        ast::Measure::P50 => model::Measure::P50,
        ast::Measure::P90 => model::Measure::P90,
    }
}

const fn word(measure: ast::Measure) -> &'static str {
    match measure {
        ast::Measure::Rate => "rate",
        ast::Measure::Sum => "sum",
        ast::Measure::Mean => "mean",
        ast::Measure::P50 => "p50",
        ast::Measure::P90 => "p90",
    }
}

#[cfg(test)]
mod tests {
    use crate::check::samples::{checked, places};
    use crate::source::{Exclude, OsFiles, Sources};

    const TRIP: &str = "traveler: customer
key: id
profile: { id: string | null, visits: int | null }
---
connection: shop
events:
  opened: { fields: { sku: string }, identify: { id: trigger.subject } }
---
journey: trip
traveler: customer
variables: { paid: bool | null, amount: double | null, sku: string | null }
start: { on: shop.opened }
milestones: { begun: {}, done: { enter: { on: shop.opened } } }
end: { on: milestone.done, outcome: success }
";

    fn found(kpi: &str) -> (usize, Vec<String>) {
        let text = format!("kpi: k\n{kpi}\n");
        let sources = Sources::from_texts([("a.yaml", TRIP), ("kpi.yaml", &text)]);
        let (kpis, found) = checked(&sources, |checker| checker.kpis().len());
        (kpis, places(&sources, "kpi.yaml", &found))
    }

    #[test]
    fn measures_and_targets_are_typed() {
        let table: &[(&str, &[&str])] = &[
            (
                "journey: trip\nrate: session.outcome == \"success\"\ntarget: \">= 0.20\"",
                &[],
            ),
            (
                "journey: trip\np50: session.entered.done - session.entered.begun\ntarget: \"<= 2d\"",
                &[],
            ),
            ("journey: trip\nsum: vars.amount\ntarget: \"> 100\"", &[]),
            ("journey: trip\nmean: traveler.visits + session.number", &[]),
            ("journey: trip\nrate: vars.paid", &[]),
            (
                "journey: trip\np90: now - session.started_at\ntarget: < 36h",
                &[],
            ),
            (
                "journey: trp\nrate: vars.paid",
                &["2:10-13 unknown-journey"],
            ),
            (
                "journey: trip\nrate: session.number",
                &["3:7-21 type-mismatch"],
            ),
            ("journey: trip\nsum: vars.paid", &["3:6-15 type-mismatch"]),
            (
                "journey: trip\nmean: 1 > 2 || session.number > 3",
                &["3:7-12 constant-condition", "3:7-34 type-mismatch"],
            ),
            ("journey: trip\nsum: vars.sku", &["3:6-14 type-mismatch"]),
            (
                "journey: trip\nmean: session.ended_at",
                &["3:7-23 type-mismatch"],
            ),
            (
                "journey: trip\nmean: vars.amonut",
                &["3:12-18 unknown-variable"],
            ),
            (
                "journey: trip\nmean: session.entered.don",
                &["3:23-26 unknown-field"],
            ),
            (
                "journey: trip\nrate: event.sku == \"a\"",
                &["3:7-12 unavailable-name"],
            ),
            (
                "journey: trip\nsum: vars.amount\ntarget: \"100\"",
                &["4:9-14 invalid-value"],
            ),
            (
                "journey: trip\nsum: vars.amount\ntarget: \">= lots\"",
                &["4:9-18 invalid-value"],
            ),
            (
                "journey: trip\nsum: vars.amount\ntarget: \">= 2d\"",
                &["4:9-16 type-mismatch"],
            ),
            (
                "journey: trip\nmean: session.ended_at - session.started_at\ntarget: \"<= 2\"",
                &["4:9-15 type-mismatch"],
            ),
            (
                "journey: trip\nrate: vars.paid\ntarget: \">= 20\"",
                &["4:9-16 invalid-value"],
            ),
            (
                "journey: trip\nrate: vars.paid\ntarget: \">= 20%\"",
                &["4:9-17 invalid-value"],
            ),
            (
                "journey: trip\nrate: vars.paid\ntarget: \"=> 0.2\"",
                &["4:9-17 invalid-value"],
            ),
        ];
        let mut wrong = Vec::new();
        for (kpi, expected) in table {
            let (sound, found) = found(kpi);
            if found != *expected || (sound == 1) != expected.is_empty() {
                wrong.push(format!(
                    "{kpi}\n  expected {expected:?}\n  found    {found:?}"
                ));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn the_kpis_of_the_example_are_clean() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
        let loaded = Sources::load(&OsFiles::new(root), &Exclude::none());
        let (sources, _) = loaded.expect("the example is there");
        let (kpis, found) = checked(&sources, |checker| {
            let kpis = checker.kpis().into_iter();
            kpis.map(|kpi| (kpi.name, kpi.target)).collect::<Vec<_>>()
        });
        let kpis: Vec<_> = kpis
            .iter()
            .map(|(name, target)| (&**name, target.as_deref()))
            .collect();
        assert_eq!(
            kpis,
            [
                ("conversion", Some(">= 0.20")),
                ("days_to_order", Some("<= 2d"))
            ]
        );
        assert_eq!(found, []);
    }
}
