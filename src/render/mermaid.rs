//! A journey as a picture: the text of a Mermaid flowchart, as pages of repositories show it.
//!
//! Names and conditions come from outside: whatever could mean something to Mermaid or to HTML is
//! written as the number of its character.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::plan_summary::sentence;
use super::text::clean;
use crate::model::{Journey, Model, Rule, Step, StepKind, Trigger};

/// Longer labels are cut.
const MAX_LABEL: usize = 80;
/// The node for "in every milestone".
const ANY: &str = "any";

/// The flowchart of a journey, without the fence around it.
pub fn journey(journey: &Journey, model: &Model) -> String {
    let mut chart = Chart {
        journey,
        lines: String::from("flowchart TD\n"),
        outcomes: BTreeMap::new(),
        any: false,
    };
    chart.line("start((start))");
    for (index, milestone) in journey.milestones.iter().enumerate() {
        let mut sent = Vec::new();
        messages(&milestone.steps, &mut sent);
        let mut text = label(milestone.title.as_deref().unwrap_or(&milestone.name));
        for name in sent {
            let _ = write!(text, "<br/>{}", label(&format!("sends {name}")));
        }
        chart.line(&format!("m{index}[\"{text}\"]"));
    }
    for trigger in &journey.start {
        chart.arrow("start", "-->", &sentence(trigger), "m0");
    }
    for (index, milestone) in journey.milestones.iter().enumerate() {
        let to = format!("m{index}");
        for trigger in &milestone.enter {
            let from = trigger.from.iter().filter_map(|from| chart.node(from));
            let from: Vec<String> = from.collect();
            if !from.is_empty() {
                chart.arrow(&from.join(" & "), "-->", &sentence(trigger), &to);
            }
        }
        chart.leads(&to, &milestone.steps, None);
        for rule in &milestone.rules {
            chart.leads(&to, &rule.steps, Some(rule));
        }
    }
    let outside = model.rules.iter();
    let outside = outside.filter(|rule| rule.journeys.contains(&journey.name));
    for rule in outside.chain(&journey.rules) {
        chart.leads(ANY, &rule.steps, Some(rule));
    }
    for trigger in &journey.end {
        chart.ends(trigger);
    }
    chart.finish()
}

struct Chart<'m> {
    journey: &'m Journey,
    lines: String,
    /// The nodes of outcomes, by name.
    outcomes: BTreeMap<String, usize>,
    /// Something is in every milestone.
    any: bool,
}

impl Chart<'_> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.lines, "    {text}");
    }

    fn arrow(&mut self, from: &str, arrow: &str, text: &str, to: &str) {
        self.any |= from == ANY;
        self.line(&format!("{from} {arrow}|\"{}\"| {to}", label(text)));
    }

    fn node(&self, milestone: &str) -> Option<String> {
        let mut names = self.journey.milestones.iter().map(|it| &*it.name);
        names
            .position(|name| name == milestone)
            .map(|index| format!("m{index}"))
    }

    fn outcome(&mut self, name: &str) -> String {
        let next = self.outcomes.len();
        format!("e{}", self.outcomes.entry(name.to_owned()).or_insert(next))
    }

    fn ends(&mut self, trigger: &Trigger) {
        let to = self.outcome(trigger.outcome.as_deref().unwrap_or("ended"));
        self.arrow(ANY, "-->", &sentence(trigger), &to);
    }

    /// Where steps lead, in the order of the file, each place once.
    fn leads(&mut self, from: &str, steps: &[Step], rule: Option<&Rule>) {
        let text = match rule {
            Some(rule) => format!("rule {}", rule.name),
            None => "its steps".to_owned(),
        };
        let (mut to, mut seen) = (Vec::new(), Vec::new());
        targets(steps, &mut to);
        for step in to {
            let node = match step {
                StepKind::Goto(milestone) => self.node(milestone),
                StepKind::End(outcome) => Some(self.outcome(outcome)),
                _ => None,
            };
            let Some(node) = node.filter(|node| !seen.contains(node)) else {
                continue;
            };
            self.arrow(from, "-.->", &text, &node);
            seen.push(node);
        }
    }

    fn finish(mut self) -> String {
        let outcomes = std::mem::take(&mut self.outcomes);
        for (name, index) in outcomes {
            self.line(&format!("e{index}([\"{}\"])", label(&name)));
        }
        if self.any {
            self.line(&format!("{ANY}{{{{\"in every milestone\"}}}}"));
        }
        self.lines
    }
}

/// Templates and actions of a block and those below, each once.
fn messages<'m>(steps: &'m [Step], found: &mut Vec<&'m str>) {
    for step in steps {
        if let StepKind::Send { template, .. } = &step.kind
            && !found.contains(&&**template)
        {
            found.push(template);
        }
        for block in step.kind.blocks() {
            messages(block, found);
        }
    }
}

fn targets<'m>(steps: &'m [Step], found: &mut Vec<&'m StepKind>) {
    for step in steps {
        if let StepKind::Goto(_) | StepKind::End(_) = &step.kind {
            found.push(&step.kind);
        }
        for block in step.kind.blocks() {
            targets(block, found);
        }
    }
}

/// A text that means nothing but itself within double quotes.
fn label(text: &str) -> String {
    let mut label = String::new();
    for (index, c) in clean(text).chars().enumerate() {
        if index == MAX_LABEL {
            label.push('…');
            break;
        }
        if c.is_alphanumeric() || " _.,-+/".contains(c) {
            label.push(c);
        } else if c.is_whitespace() {
            label.push(' ');
        } else {
            let _ = write!(label, "#{};", u32::from(c));
        }
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_holds_nothing_that_has_a_meaning() {
        assert_eq!(
            label("a \"b\" <i>#1;\n"),
            "a #34;b#34; #60;i#62;#35;1#59;#92;n"
        );
        assert_eq!(label("été, 9.5"), "été, 9.5");
        assert_eq!(label(&"x".repeat(200)).chars().count(), MAX_LABEL + 1);
    }
}
