//! A journey as a picture: the text of a Mermaid flowchart, as pages of repositories show it.
//!
//! Names and conditions come from outside: whatever could mean something to Mermaid or to HTML is
//! written as the number of its character.

use std::fmt::Write as _;

use super::journey_graph::{JourneyGraph, Node};
use super::text::clean;
use crate::model::{Journey, Model};

/// Longer labels are cut.
const MAX_LABEL: usize = 80;

/// The flowchart of a journey, without the fence around it.
pub fn journey(journey: &Journey, model: &Model) -> String {
    let graph = JourneyGraph::of(journey, model);
    let ids = ids(&graph.nodes);
    let mut lines = String::from("flowchart TD\n");
    let mut line = |text: &str| {
        let _ = writeln!(lines, "    {text}");
    };
    let shape = |node: usize| match &graph.nodes[node] {
        Node::Start => "start((start))".to_owned(),
        Node::Milestone { title, sends, .. } => {
            let mut text = label(title);
            for name in sends {
                let _ = write!(text, "<br/>{}", label(&format!("sends {name}")));
            }
            format!("{}[\"{text}\"]", ids[node])
        }
        Node::Anywhere => format!("{}{{{{\"in every milestone\"}}}}", ids[node]),
        Node::Outcome(name) => format!("{}([\"{}\"])", ids[node], label(name)),
    };
    let stops = |node: &usize| matches!(graph.nodes[*node], Node::Start | Node::Milestone { .. });
    for node in (0..graph.nodes.len()).filter(stops) {
        line(&shape(node));
    }
    for arrow in &graph.arrows {
        let from: Vec<&str> = arrow.from.iter().map(|node| &*ids[*node]).collect();
        let drawn = if arrow.by_steps { "-.->" } else { "-->" };
        let (from, to) = (from.join(" & "), &ids[arrow.to]);
        line(&format!("{from} {drawn}|\"{}\"| {to}", label(&arrow.why)));
    }
    for node in (0..graph.nodes.len()).filter(|node| !stops(node)) {
        line(&shape(node));
    }
    lines
}

/// What each node is called in the chart.
fn ids(nodes: &[Node<'_>]) -> Vec<String> {
    let mut outcomes = 0;
    let mut ids = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        ids.push(match node {
            Node::Start => "start".to_owned(),
            Node::Milestone { .. } => format!("m{}", index - 1),
            Node::Anywhere => "any".to_owned(),
            Node::Outcome(_) => {
                outcomes += 1;
                format!("e{}", outcomes - 1)
            }
        });
    }
    ids
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
