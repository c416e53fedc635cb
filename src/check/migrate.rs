//! `migrate:` of a journey: what it leads to has to be there. Whether there was what it leads from
//! is not known before it is deployed.

use std::sync::Arc;

use super::context::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{self, JourneyId};
use crate::syntax::ast::{Migrate, Onward};

impl Checker<'_> {
    pub(super) fn migrate(&mut self, migrate: &Migrate, journey: JourneyId) -> model::Migrate {
        for (_, onward) in &migrate.milestones {
            if let Onward::Milestone(name) = onward {
                self.milestone(name, journey);
            }
        }
        let variables = self.names.vocabulary.journey(journey).variables.clone();
        for (_, name) in &migrate.variables {
            if variables.field(&name.text).is_some() {
                continue;
            }
            let known = variables.fields.iter().map(|field| &*field.name);
            let message = format!("there is no variable `{name}`");
            let diagnostic = Diagnostic::new(&codes::UNKNOWN_VARIABLE, name.span, message)
                .suggest(&name.text, known);
            self.report(match diagnostic.help {
                Some(_) => diagnostic,
                None => diagnostic.help(
                    "write the variable of this journey behind the colon, and what an earlier \
                     plan called it before it",
                ),
            });
        }
        let new = migrate.variables.iter().map(|(_, name)| name);
        self.unique("variable that is migrated to", new);
        model::Migrate {
            milestones: (migrate.milestones.iter())
                .map(|(old, onward)| {
                    let onward = match onward {
                        Onward::Milestone(name) => model::Onward::Milestone(name.text.clone()),
                        Onward::End(outcome) => model::Onward::End(outcome.text.clone()),
                    };
                    (old.text.clone(), onward)
                })
                .collect(),
            variables: (migrate.variables.iter())
                .map(|(old, new)| (Arc::clone(&old.text), new.text.clone()))
                .collect(),
            at: self.at(migrate.span),
        }
    }
}
