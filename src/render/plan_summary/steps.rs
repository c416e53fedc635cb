//! The steps of a plan in words.

use super::Page;
use super::sentences::{condition, sentence};
use crate::model::{Choice, Content, Offer, Step, StepKind, TextPart, TimeOfDay, Wait};
use crate::render::Ink;
use crate::render::text::{count, duration};

impl Page {
    pub(super) fn steps(&mut self, steps: &[Step], depth: usize) {
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
        Content::Literal(value) => crate::render::text::value(value),
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
