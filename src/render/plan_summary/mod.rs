//! A plan in words: who travels which journeys, what moves them on, and what is sent on the way.

mod groups;
mod sentences;
mod steps;

use std::fmt::Write as _;

use super::text::{clean, count, duration, wrap};
use super::{Ink, Look};
use crate::model::{Journey, Milestone, Model, Rule, Status, WhileActive};
use crate::plan::Plan;
pub(super) use groups::{MAX_SENDERS, sender_name};
pub(super) use sentences::{reentry, sentence};

/// The whole summary.
pub fn render(plan: &Plan, look: Look) -> String {
    let model = &plan.model;
    let mut page = Page {
        out: String::new(),
        look,
    };
    let _ = writeln!(
        page.out,
        "{}  {}",
        look.paint(Ink::Title, &clean(&model.name)),
        look.paint(
            Ink::Faint,
            &format!("plan {}", &plan.hash[..plan.hash.len().min(12)])
        )
    );
    page.line(0, "", &counts(model), None);
    for journey in &model.journeys {
        page.journey(journey, model);
    }
    if !model.rules.is_empty() {
        page.out.push('\n');
        page.line(0, "", "Rules for several journeys", Some(Ink::Strong));
        for rule in &model.rules {
            page.rule(rule, 1);
        }
    }
    page.groups(model);
    page.worst(model);
    page.out
}

/// "1 journey with 4 milestones and 2 rules; 9 events and 4 actions of 6 connections; …".
pub(super) fn counts(model: &Model) -> String {
    let milestones = model.journeys.iter().map(|j| j.milestones.len()).sum();
    let rules: usize = model
        .journeys
        .iter()
        .map(|j| j.rules.len() + j.milestones.iter().map(|m| m.rules.len()).sum::<usize>())
        .sum();
    let models = match model.models.len() {
        0 => String::new(),
        models => format!(", {}", count(models, "model")),
    };
    format!(
        "{} with {} and {}; {} and {} of {}; {}, {}, {}{models}",
        count(model.journeys.len(), "journey"),
        count(milestones, "milestone"),
        count(rules + model.rules.len(), "rule"),
        count(model.events.len(), "event"),
        count(model.actions.len(), "action"),
        count(model.connections.len(), "connection"),
        count(model.templates.len(), "template"),
        count(model.segments.len(), "segment"),
        count(model.personas.len(), "persona"),
    )
}

/// Of more milestones than these it is only said that they are all of those above.
const MANY: usize = 8;

struct Page {
    out: String,
    look: Look,
}

impl Page {
    /// A line, `depth` steps in, that starts with a mark and wraps behind it.
    fn line(&mut self, depth: usize, mark: &str, text: &str, ink: Option<Ink>) {
        let indent = "  ".repeat(depth);
        let mark = if mark.is_empty() {
            String::new()
        } else {
            format!("{mark} ")
        };
        let rest = format!("{indent}{}  ", " ".repeat(mark.chars().count()));
        let width = self.look.columns().max(rest.len() + 20);
        let body = wrap(&clean(text), width, &format!("{indent}{mark}"), &rest);
        match ink {
            Some(ink) => {
                for line in body.lines() {
                    let blank = line.len() - line.trim_start().len();
                    let _ = writeln!(
                        self.out,
                        "{}{}",
                        &line[..blank],
                        self.look.paint(ink, &line[blank..])
                    );
                }
            }
            None => self.out.push_str(&body),
        }
    }

    fn journey(&mut self, journey: &Journey, model: &Model) {
        self.out.push('\n');
        let title = journey
            .title
            .as_deref()
            .map(|title| format!("  {}", clean(title)));
        let _ = writeln!(
            self.out,
            "{}{}  {}",
            self.look
                .paint(Ink::Strong, &format!("journey {}", journey.name)),
            title.unwrap_or_default(),
            self.look.paint(Ink::Faint, &clean(&journey.at))
        );
        let mut facts = vec![format!("for each {}", journey.traveler)];
        match journey.status {
            Status::Live => {}
            Status::Hypothetical => facts.push("hypothetical: cannot be deployed".to_owned()),
            Status::Shadow => facts.push("shadow: nothing goes out".to_owned()),
            Status::Paused => facts.push("paused: nothing starts".to_owned()),
        }
        if journey.key.is_some() {
            facts.push("one session per key".to_owned());
        }
        facts.push(reentry(journey));
        if journey.while_active == WhileActive::Restart {
            facts.push("a new start ends the running session".to_owned());
        }
        self.line(1, "", &facts.join("; "), None);
        for trigger in &journey.start {
            self.line(
                1,
                "▶",
                &format!("starts {}", sentence(trigger)),
                Some(Ink::Good),
            );
        }
        for (index, milestone) in journey.milestones.iter().enumerate() {
            self.milestone(milestone, &journey.milestones[..index]);
        }
        if !journey.rules.is_empty() {
            self.line(1, "", "in every milestone", Some(Ink::Faint));
        }
        for rule in &journey.rules {
            self.rule(rule, 2);
        }
        for trigger in &journey.end {
            let outcome = trigger.outcome.as_deref().unwrap_or("ended");
            self.line(
                1,
                "■",
                &format!("ends as {outcome} {}", sentence(trigger)),
                Some(Ink::Strong),
            );
        }
        let measured: Vec<&str> = model
            .kpis
            .iter()
            .filter(|kpi| kpi.journey == journey.name)
            .map(|kpi| &*kpi.name)
            .collect();
        if !measured.is_empty() {
            self.line(
                1,
                "",
                &format!("measured by {}", measured.join(", ")),
                Some(Ink::Faint),
            );
        }
    }

    fn milestone(&mut self, milestone: &Milestone, above: &[Milestone]) {
        let title = match &milestone.title {
            Some(title) => format!("{} ({title})", milestone.name),
            None => milestone.name.to_string(),
        };
        self.line(1, "●", &title, Some(Ink::Strong));
        if above.is_empty() {
            self.line(2, "", "entered at the start", None);
        } else if milestone.enter.is_empty() {
            self.line(2, "", "entered by `goto` only", None);
        }
        for trigger in &milestone.enter {
            let all_above = above.iter().map(|it| &it.name).eq(&trigger.from);
            let from = if trigger.from.is_empty() {
                String::new()
            } else if all_above && above.len() > MANY {
                ", from any above".to_owned()
            } else {
                format!(", from {}", trigger.from.join(", "))
            };
            self.line(2, "", &format!("entered {}{from}", sentence(trigger)), None);
        }
        if let Some(promise) = &milestone.promise {
            let of = promise.of.as_deref().unwrap_or("the start");
            let text = format!("promised within {} of {of}", duration(promise.within));
            self.line(2, "", &text, Some(Ink::Faint));
        }
        self.steps(&milestone.steps, 2);
        for rule in &milestone.rules {
            self.rule(rule, 2);
        }
    }

    fn rule(&mut self, rule: &Rule, depth: usize) {
        let of = if rule.journeys.is_empty() {
            String::new()
        } else {
            format!(" (in {})", rule.journeys.join(", "))
        };
        let text = format!("rule {}{of}: {}", rule.name, sentence(&rule.trigger));
        self.line(depth, "!", &text, Some(Ink::Help));
        self.steps(&rule.steps, depth + 1);
    }
}
