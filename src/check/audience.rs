//! Which types of travelers something is for: templates and channels by who is sent what, rules
//! outside journeys by the journeys that they are in.
//!
//! What several types have in common is checked for each of them. What is wrong for all is told
//! once; what is wrong for some names them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::analysis::visit::{self, Visitor};
use super::context::Checker;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::model::{JourneyId, TravelerId};
use crate::resolve::Resolved;
use crate::source::Span;
use crate::syntax::ast::{Step, StepKind};

/// The types, each with the first place that makes it one of them.
pub(super) type Types = BTreeMap<TravelerId, Span>;

/// Who is sent what.
#[derive(Debug, Default)]
pub(super) struct Audience {
    templates: BTreeMap<Arc<str>, Types>,
    channels: BTreeMap<Arc<str>, Types>,
}

impl Audience {
    pub(super) fn of_template(&self, name: &str) -> Types {
        self.templates.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn of_channel(&self, name: &str) -> Types {
        self.channels.get(name).cloned().unwrap_or_default()
    }
}

/// Walks through all that travelers of one type meet.
struct Walk<'w, 'n> {
    names: &'n Resolved<'w>,
    traveler: TravelerId,
    audience: Audience,
}

impl<'w> Visitor<'w> for Walk<'w, '_> {
    fn step(&mut self, step: &'w Step) {
        let (channel, span) = match &step.kind {
            StepKind::Send { template, .. } => {
                let known = &self.names.templates;
                let found = known.iter().find(|it| it.decl.name.text == template.text);
                let types = (self.audience.templates).entry(template.text.clone());
                types
                    .or_default()
                    .entry(self.traveler)
                    .or_insert(template.span);
                (found.map(|it| &it.decl.channel), template.span)
            }
            StepKind::Call { action, .. } => {
                let id = self.names.vocabulary.find_action(action.text());
                let found = id.and_then(|id| self.names.actions.get(id.index()));
                (found.and_then(|it| it.decl.channel.as_ref()), action.span)
            }
            _ => return,
        };
        if let Some(channel) = channel {
            let types = self.audience.channels.entry(channel.text.clone());
            types.or_default().entry(self.traveler).or_insert(span);
        }
    }
}

impl Checker<'_> {
    /// Notes who is sent what, where that makes a difference.
    pub(super) fn audience(&mut self) {
        if self.names.vocabulary.travelers.len() < 2 {
            return;
        }
        let outside = self.outside();
        let mut walk = Walk {
            names: &self.names,
            traveler: TravelerId(0),
            audience: Audience::default(),
        };
        for (index, journey) in self.names.journeys.iter().enumerate() {
            let id = JourneyId(index as u32);
            let Some(traveler) = self.names.vocabulary.journey(id).traveler else {
                continue;
            };
            walk.traveler = traveler;
            for milestone in &journey.decl.milestones {
                visit::milestone(milestone, &mut walk);
            }
            for rule in journey
                .decl
                .rules
                .iter()
                .chain(outside[index].iter().copied())
            {
                visit::rule(rule, &mut walk);
            }
        }
        self.audience = Arc::new(walk.audience);
    }

    /// Checks something for each type, `None` where none is known; answers what the first check
    /// made.
    pub(super) fn for_each_type<T>(
        &mut self,
        types: &Types,
        mut check: impl FnMut(&mut Self, Option<TravelerId>) -> T,
    ) -> T {
        let mut all = types.iter().map(|(id, span)| (*id, *span));
        let Some((first, span)) = all.next() else {
            return check(self, None);
        };
        let mark = self.out.len();
        let made = check(self, Some(first));
        let mut found = vec![(first, span, self.out.split_off(mark))];
        for (id, span) in all {
            check(self, Some(id));
            found.push((id, span, self.out.split_off(mark)));
        }
        let found = found.into_iter();
        let found = found.map(|(id, span, found)| (Some(id), Some(span), found));
        self.told_of_types(found.collect());
        made
    }

    /// Tells what was found in several checks of one thing, each for a type of travelers.
    pub(super) fn told_of_types(
        &mut self,
        checks: Vec<(Option<TravelerId>, Option<Span>, Vec<Diagnostic>)>,
    ) {
        let count = checks.len();
        if let [(_, _, _)] = checks.as_slice() {
            self.out
                .extend(checks.into_iter().flat_map(|(.., found)| found));
            return;
        }
        let several = checks.iter().any(|(id, ..)| *id != checks[0].0);
        let mut all: Vec<Told> = Vec::new();
        for (id, span, found) in checks {
            let mut own: Vec<usize> = Vec::new();
            for diagnostic in found {
                let same = |told: &Told| {
                    told.first.span == diagnostic.span
                        && told.first.code == diagnostic.code
                        && told.first.message == diagnostic.message
                };
                let at = all.iter().position(same).unwrap_or_else(|| {
                    all.push(Told {
                        first: diagnostic,
                        places: Vec::new(),
                        times: 0,
                    });
                    all.len() - 1
                });
                if own.contains(&at) {
                    continue;
                }
                own.push(at);
                all[at].times += 1;
                if let Some(id) = id
                    && all[at].places.iter().all(|(known, _)| *known != id)
                {
                    all[at].places.push((id, span));
                }
            }
        }
        for told in all {
            // What is never so for one type may be so for another.
            if told.times < count && told.first.severity == Severity::Warning {
                continue;
            }
            let everywhere = told.times == count;
            let diagnostic = if everywhere || !several {
                told.first
            } else {
                self.naming(told)
            };
            let told_here = |it: &Diagnostic| {
                it.span == diagnostic.span
                    && it.code == diagnostic.code
                    && (!several || it.message == diagnostic.message)
            };
            if !self.out.iter().any(told_here) {
                self.report(diagnostic);
            }
        }
    }

    /// What is wrong for some types says for which.
    fn naming(&self, told: Told) -> Diagnostic {
        let mut diagnostic = told.first;
        let names: Vec<String> = (told.places.iter())
            .map(|(id, _)| format!("`{}`", self.names.vocabulary.traveler(*id).name))
            .collect();
        let names_none = names.iter().any(|name| !diagnostic.message.contains(name));
        if names_none {
            let of = names.join(" and ");
            diagnostic.message = format!("{}, for travelers of type {of}", diagnostic.message);
        }
        // What mends it for one type may break it for another.
        diagnostic.fixes.clear();
        if diagnostic.code == &codes::UNKNOWN_FIELD && names_none {
            let help = "declare it for them too, or write one of these for each type of travelers";
            diagnostic.help = Some(help.to_owned());
        }
        for ((_, span), name) in told.places.iter().zip(names) {
            if let Some(span) = span.filter(|span| *span != diagnostic.span) {
                diagnostic = diagnostic.label(span, format!("this goes to a {name}"));
            }
        }
        diagnostic
    }
}

/// Something that was found in some of several checks.
struct Told {
    first: Diagnostic,
    /// The types that it was found for.
    places: Vec<(TravelerId, Option<Span>)>,
    times: usize,
}
