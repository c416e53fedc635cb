//! Where travelers can go in a journey, as nodes and arrows: what every picture of it is drawn
//! from. Knows nothing of how it is drawn.

use super::plan_summary::sentence;
use crate::model::{Journey, Model, Rule, Step, StepKind};

/// A journey as a graph. The start stands first, then the milestones in their order; what is
/// possible in every milestone and the outcomes follow as they come up.
#[derive(Debug)]
pub(super) struct JourneyGraph<'m> {
    pub nodes: Vec<Node<'m>>,
    pub arrows: Vec<Arrow>,
}

/// What an arrow leads from or to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node<'m> {
    Start,
    Milestone {
        name: &'m str,
        /// Its title, else its name.
        title: &'m str,
        /// The templates that its steps send, each once.
        sends: Vec<&'m str>,
    },
    /// Stands for all milestones: what leads from here does so wherever the traveler is.
    Anywhere,
    Outcome(&'m str),
}

/// Leads from any of several nodes to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrow {
    /// Indexes of nodes; never empty.
    pub from: Vec<usize>,
    pub to: usize,
    /// In words: the trigger, or the steps or the rule that go there.
    pub why: String,
    /// By a `goto` or `end` among steps, rather than by a trigger.
    pub by_steps: bool,
}

impl<'m> JourneyGraph<'m> {
    pub(super) fn of(journey: &'m Journey, model: &'m Model) -> Self {
        let mut graph = Self {
            nodes: vec![Node::Start],
            arrows: Vec::new(),
        };
        for milestone in &journey.milestones {
            let mut sends = Vec::new();
            templates(&milestone.steps, &mut sends);
            graph.nodes.push(Node::Milestone {
                name: &milestone.name,
                title: milestone.title.as_deref().unwrap_or(&milestone.name),
                sends,
            });
        }
        for trigger in &journey.start {
            graph.arrow(vec![0], 1, sentence(trigger), false);
        }
        for (index, milestone) in journey.milestones.iter().enumerate() {
            let to = index + 1;
            for trigger in &milestone.enter {
                let from = trigger.from.iter().filter_map(|name| graph.milestone(name));
                let from: Vec<usize> = from.collect();
                if !from.is_empty() {
                    graph.arrow(from, to, sentence(trigger), false);
                }
            }
            graph.leads(Some(to), &milestone.steps, None);
            for rule in &milestone.rules {
                graph.leads(Some(to), &rule.steps, Some(rule));
            }
        }
        let outside = model.rules.iter();
        let outside = outside.filter(|rule| rule.journeys.contains(&journey.name));
        for rule in outside.chain(&journey.rules) {
            graph.leads(None, &rule.steps, Some(rule));
        }
        for trigger in &journey.end {
            let from = graph.node(Node::Anywhere);
            let to = graph.node(Node::Outcome(trigger.outcome.as_deref().unwrap_or("ended")));
            graph.arrow(vec![from], to, sentence(trigger), false);
        }
        graph
    }

    fn arrow(&mut self, from: Vec<usize>, to: usize, why: String, by_steps: bool) {
        self.arrows.push(Arrow {
            from,
            to,
            why,
            by_steps,
        });
    }

    /// The index of a node, which is added if it is new.
    fn node(&mut self, node: Node<'m>) -> usize {
        let known = self.nodes.iter().position(|it| *it == node);
        known.unwrap_or_else(|| {
            self.nodes.push(node);
            self.nodes.len() - 1
        })
    }

    fn milestone(&self, wanted: &str) -> Option<usize> {
        let is = |it: &Node<'_>| matches!(it, Node::Milestone { name, .. } if *name == wanted);
        self.nodes.iter().position(is)
    }

    /// Where steps lead, in the order of the file, each place once. From: none is anywhere.
    fn leads(&mut self, from: Option<usize>, steps: &'m [Step], rule: Option<&Rule>) {
        let why = match rule {
            Some(rule) => format!("rule {}", rule.name),
            None => "its steps".to_owned(),
        };
        let (mut found, mut seen) = (Vec::new(), Vec::new());
        targets(steps, &mut found);
        for step in found {
            let to = match step {
                StepKind::Goto(milestone) => self.milestone(milestone),
                StepKind::End(outcome) => Some(self.node(Node::Outcome(outcome))),
                _ => None,
            };
            let Some(to) = to.filter(|to| !seen.contains(to)) else {
                continue;
            };
            seen.push(to);
            let from = from.unwrap_or_else(|| self.node(Node::Anywhere));
            self.arrow(vec![from], to, why.clone(), true);
        }
    }
}

/// Templates of a block and those below, each once.
fn templates<'m>(steps: &'m [Step], found: &mut Vec<&'m str>) {
    for step in steps {
        if let StepKind::Send { template, .. } = &step.kind
            && !found.contains(&&**template)
        {
            found.push(template);
        }
        for block in step.kind.blocks() {
            templates(block, found);
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
