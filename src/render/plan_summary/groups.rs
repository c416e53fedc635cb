//! Who gets how much at worst, and what a plan knows besides journeys: groups, models, channels.

use super::Page;
use crate::model::Model;
use crate::plan::{Sender, worst_case};
use crate::render::Ink;
use crate::render::text::{count, duration};

/// More senders of a channel are only counted.
pub(in crate::render) const MAX_SENDERS: usize = 12;

impl Page {
    /// How many messages one traveler can get.
    pub(super) fn worst(&mut self, model: &Model) {
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
    pub(super) fn groups(&mut self, model: &Model) {
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

/// "2 messages".
fn count_of(messages: u64) -> String {
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
pub(in crate::render) fn sender_name(sender: &Sender) -> String {
    match sender.id.strip_prefix("journeys/") {
        Some(own) => own.replace("/milestones/", "/"),
        None => format!("{} in {}", sender.id, sender.journey),
    }
}
