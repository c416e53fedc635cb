//! A plan in words: who travels which journeys, what moves them on, and what is sent on the way.

use std::fmt::Write as _;

use super::text::{clean, count, duration, wrap};
use super::{Ink, Look};
use crate::model::{
    Choice, Content, Expr, Journey, Milestone, Model, Occurrence, Offer, On, Reentry, Rule, Since,
    Status, Step, StepKind, TextPart, TimeOfDay, Trigger, Wait, WhileActive,
};
use crate::plan::{Plan, Sender, worst_case};

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
            self.milestone(milestone, index == 0);
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

    fn milestone(&mut self, milestone: &Milestone, first: bool) {
        let title = match &milestone.title {
            Some(title) => format!("{} ({title})", milestone.name),
            None => milestone.name.to_string(),
        };
        self.line(1, "●", &title, Some(Ink::Strong));
        if first {
            self.line(2, "", "entered at the start", None);
        } else if milestone.enter.is_empty() {
            self.line(2, "", "entered by `goto` only", None);
        }
        for trigger in &milestone.enter {
            let from = if trigger.from.is_empty() {
                String::new()
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

    fn steps(&mut self, steps: &[Step], depth: usize) {
        for step in steps {
            self.step(step, depth);
        }
    }

    /// A block under a heading, left out where it is empty.
    fn block(&mut self, depth: usize, head: &str, steps: &[Step]) {
        if !steps.is_empty() {
            self.line(depth, "◇", head, None);
            self.steps(steps, depth + 1);
        }
    }

    fn step(&mut self, step: &Step, depth: usize) {
        match &step.kind {
            StepKind::Wait(wait) => self.wait(wait, depth),
            StepKind::Send { template, with, .. } => {
                let text = format!("send {template}{}", contents(with));
                self.line(depth, "✉", &text, Some(Ink::Message));
            }
            StepKind::Call {
                action,
                with,
                otherwise,
                timeout,
                ..
            } => {
                let text = format!("call {action}{}", contents(with));
                self.line(depth, "→", &text, Some(Ink::Message));
                let head = match timeout {
                    Some(timeout) => format!("without an answer within {}", duration(*timeout)),
                    None => "without an answer".to_owned(),
                };
                self.block(depth + 1, &head, otherwise);
            }
            StepKind::Set(assigns) => {
                for assign in assigns {
                    let text = format!("note {} = {}", assign.name, assign.value.cel);
                    self.line(depth, "·", &text, None);
                }
            }
            StepKind::Update(assigns) => {
                for assign in assigns {
                    let text = format!("write {} = {}", assign.name, assign.value.cel);
                    self.line(depth, "·", &text, None);
                }
            }
            StepKind::Emit { event, with } => {
                self.line(depth, "↗", &format!("emit {event}{}", contents(with)), None);
            }
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.line(depth, "◇", &format!("if {}", condition.cel), None);
                self.steps(then, depth + 1);
                self.block(depth, "else", otherwise);
            }
            StepKind::Choose(choices) => {
                for Choice { when, steps, .. } in choices {
                    let head = when
                        .as_ref()
                        .map_or("otherwise".to_owned(), |when| format!("when {}", when.cel));
                    self.line(depth, "◇", &head, None);
                    self.steps(steps, depth + 1);
                }
            }
            StepKind::Split(split) => {
                let sum: u64 = split.arms.iter().map(|arm| u64::from(arm.weight)).sum();
                for arm in &split.arms {
                    let share = (u64::from(arm.weight) * 100 + sum / 2) / sum.max(1);
                    let head = format!("split {}: {} ({share}%)", split.name, arm.name);
                    self.line(depth, "◇", &head, None);
                    self.steps(&arm.steps, depth + 1);
                }
            }
            StepKind::Decide {
                name,
                among,
                fallback,
            } => {
                for Offer {
                    name: offer,
                    when,
                    score,
                    steps,
                    ..
                } in among
                {
                    let when = condition(when.as_ref());
                    let head = format!("decide {name}: {offer}, score {}{when}", score.cel);
                    self.line(depth, "◇", &head, None);
                    self.steps(steps, depth + 1);
                }
                self.block(depth, &format!("decide {name}: none fits"), fallback);
            }
            StepKind::Parallel(branches) => {
                for branch in branches {
                    self.block(depth, "at the same time", branch);
                }
            }
            StepKind::Goto(milestone) => {
                self.line(depth, "●", &format!("go to {milestone}"), Some(Ink::Strong));
            }
            StepKind::End(outcome) => {
                self.line(depth, "■", &format!("end as {outcome}"), Some(Ink::Strong));
            }
        }
    }

    fn wait(&mut self, wait: &Wait, depth: usize) {
        let text = match wait {
            Wait::For(time) => format!("wait {}", duration(*time)),
            Wait::At { days, at, .. } => {
                let at = match at {
                    TimeOfDay::Literal(time) => time.strftime("%H:%M").to_string(),
                    TimeOfDay::Cel(expr) => expr.cel.to_string(),
                };
                match days {
                    0 => format!("wait until the next {at}"),
                    days => format!("wait {} and until {at}", count(*days as usize, "day")),
                }
            }
            Wait::Until(time) => format!("wait until {}", time.cel),
            Wait::On {
                any,
                timeout,
                otherwise,
            } => {
                let limit = timeout.map(|timeout| format!(", at most {}", duration(timeout)));
                let head = format!("wait{}", limit.unwrap_or_default());
                self.line(depth, "…", &head, Some(Ink::Faint));
                for alternative in any {
                    self.line(depth + 1, "◇", &sentence(&alternative.trigger), None);
                    self.steps(&alternative.then, depth + 2);
                }
                self.block(depth + 1, "in vain", otherwise);
                return;
            }
        };
        self.line(depth, "…", &text, Some(Ink::Faint));
    }

    /// How many messages one traveler can get.
    fn worst(&mut self, model: &Model) {
        let all = worst_case(model);
        if all.is_empty() {
            return;
        }
        self.out.push('\n');
        let head = "At worst, one traveler gets within any 7 days";
        self.line(0, "", head, Some(Ink::Strong));
        let several = model.travelers.len() > 1;
        for worst in &all {
            let who = if several {
                format!(" (a {})", worst.traveler)
            } else {
                String::new()
            };
            let (many, ink) = match worst.messages {
                Some(messages) => (count_of(messages), None),
                None => ("unbounded".to_owned(), Some(Ink::Help)),
            };
            let why = because(&worst.why);
            self.line(1, "", &format!("{}{who}: {many}{why}", worst.channel), ink);
            for sender in worst.senders.iter().take(MAX_SENDERS) {
                let many = match sender.messages {
                    Some(messages) => messages.to_string(),
                    None => "any number".to_owned(),
                };
                let why = because(&sender.why);
                let text = format!("{many} by {}{why}", sender_name(sender));
                self.line(2, "✉", &text, Some(Ink::Faint));
            }
            if worst.senders.len() > MAX_SENDERS {
                let more = format!("and {} others", worst.senders.len() - MAX_SENDERS);
                self.line(2, "", &more, Some(Ink::Faint));
            }
        }
    }

    /// Segments and personas, with what puts a traveler in.
    fn groups(&mut self, model: &Model) {
        let nothing = model.segments.is_empty() && model.personas.is_empty();
        if nothing && model.channels.is_empty() && model.models.is_empty() {
            return;
        }
        self.out.push('\n');
        self.line(0, "", "Groups and channels", Some(Ink::Strong));
        for segment in &model.segments {
            let text = match &segment.kind {
                crate::model::SegmentKind::When(when) => format!("when {}", when.cel),
                crate::model::SegmentKind::Members(lists) => {
                    let members = lists.values().map(Vec::len).max().unwrap_or(0);
                    format!("a list of {}", count(members, "member"))
                }
            };
            self.line(1, "", &format!("segment {}: {text}", segment.name), None);
        }
        for persona in &model.personas {
            let text = format!("persona {}: when {}", persona.name, persona.when.cel);
            self.line(1, "", &text, None);
        }
        for predictive in &model.models {
            let outputs = predictive.outputs.iter();
            let outputs: Vec<String> = outputs
                .map(|output| format!("{}: {}", output.name, output.ty))
                .collect();
            let (name, file) = (&predictive.name, &predictive.file);
            let text = format!("model {name}: {} from {file}", outputs.join(", "));
            self.line(1, "", &text, None);
        }
        for channel in &model.channels {
            let mut facts = Vec::new();
            facts.extend(channel.via.as_ref().map(|via| format!("via {via}")));
            facts.extend(
                channel
                    .consent
                    .as_ref()
                    .map(|name| format!("needs consent to {name}")),
            );
            for cap in &channel.caps {
                facts.push(format!("at most {} in {}", cap.max, duration(cap.per)));
            }
            if let Some(quiet) = &channel.quiet {
                let (from, to) = (quiet.from.strftime("%H:%M"), quiet.to.strftime("%H:%M"));
                facts.push(format!("quiet from {from} to {to}"));
            }
            if facts.is_empty() {
                facts.push("nothing is sent here".to_owned());
            }
            let text = format!("channel {}: {}", channel.name, facts.join(", "));
            self.line(1, "", &text, None);
        }
    }
}

/// More senders of a channel are only counted.
pub(super) const MAX_SENDERS: usize = 12;

/// "2 messages".
pub(super) fn count_of(messages: u64) -> String {
    let thing = if messages == 1 { "message" } else { "messages" };
    format!("{messages} {thing}")
}

fn because(why: &str) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(": {}", why.replace('`', ""))
    }
}

/// `backpack/considering`, `backpack/rules/long_hold`, `rules/thank_vip in backpack`.
pub(super) fn sender_name(sender: &Sender) -> String {
    match sender.id.strip_prefix("journeys/") {
        Some(own) => own.replace("/milestones/", "/"),
        None => format!("{} in {}", sender.id, sender.journey),
    }
}

pub(super) fn reentry(journey: &Journey) -> String {
    match journey.reentry {
        Reentry::Never => "once".to_owned(),
        Reentry::Always => "again and again".to_owned(),
        Reentry::After { wait, since } => {
            let since = match since {
                Since::End => "the end",
                Since::Start => "the start",
            };
            format!("again {} after {since} of the last", duration(wait))
        }
    }
}

/// `on shop.review_read when event.x == 1`, `after 3d`, `as soon as traveler.vip`.
pub(super) fn sentence(trigger: &Trigger) -> String {
    let when = condition(trigger.when.as_ref());
    match &trigger.on {
        On::Any(occurrences) => {
            let names: Vec<String> = occurrences.iter().map(occurrence).collect();
            format!("on {}{when}", names.join(" or "))
        }
        On::After(time) => format!("after {}{when}", duration(*time)),
        On::Every(time) => format!("every {}{when}", duration(*time)),
        On::Schedule { cron, .. } => format!("on the schedule {cron}{when}"),
        On::Condition => match &trigger.when {
            Some(when) => format!("as soon as {}", when.cel),
            None => "at once".to_owned(),
        },
    }
}

pub(super) fn occurrence(occurrence: &Occurrence) -> String {
    match occurrence {
        Occurrence::Event(name) => name.to_string(),
        Occurrence::Start => "the start".to_owned(),
        Occurrence::End => "the end".to_owned(),
        Occurrence::Milestone(name) => format!("reaching {name}"),
        Occurrence::SegmentEntered(name) => format!("joining the segment {name}"),
        Occurrence::SegmentLeft(name) => format!("leaving the segment {name}"),
        Occurrence::JourneyStarted(name) => format!("the start of {name}"),
        Occurrence::JourneyEnded(name) => format!("the end of {name}"),
    }
}

fn condition(when: Option<&Expr>) -> String {
    when.map_or(String::new(), |when| format!(" when {}", when.cel))
}

/// " with percent = 10, sku = vars.sku".
fn contents<'a>(with: impl IntoIterator<Item = (&'a std::sync::Arc<str>, &'a Content)>) -> String {
    let parts: Vec<String> = with
        .into_iter()
        .map(|(name, content)| format!("{name} = {}", self::content(content)))
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" with {}", parts.join(", "))
    }
}

fn content(content: &Content) -> String {
    match content {
        Content::Literal(value) => super::text::value(value),
        Content::Text(text) => text
            .parts
            .iter()
            .map(|part| match part {
                TextPart::Literal(text) => text.to_string(),
                TextPart::Cel(expr) => format!("${{{}}}", expr.cel),
            })
            .collect(),
        Content::Value(expr) => expr.cel.to_string(),
        Content::List(items) => {
            let items: Vec<String> = items.iter().map(self::content).collect();
            format!("[{}]", items.join(", "))
        }
        Content::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, entry)| format!("{name}: {}", self::content(entry)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}
