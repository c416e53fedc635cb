//! Anchors and aliases, as the tree is built: aliases stay references and are never copied, and
//! what they stand for is counted as if they were.

use super::bare;
use super::build::Builder;
use super::limits::{MAX_DEPTH, MAX_EXPANDED};
use super::tree::Data;
use crate::diagnostic::{Applicability, Diagnostic, codes, nearest};
use crate::source::{Span, TextRange};

/// How many of the anchors above an alias are looked at when it is misspelt.
const MAX_COMPARED: usize = 100;

/// An anchored node.
#[derive(Clone, Copy)]
pub(super) struct Anchor {
    node: u32,
    weight: u64,
    height: u32,
    complete: bool,
}

impl Builder<'_> {
    pub(super) fn anchored(
        &mut self,
        anchor: usize,
        node: u32,
        weight: u64,
        height: u32,
        complete: bool,
    ) {
        if anchor != 0 {
            let entry = Anchor {
                node,
                weight,
                height,
                complete,
            };
            self.anchors.insert(anchor, entry);
        }
    }

    /// An alias becomes a reference, unless following it would never end or lead too far.
    pub(super) fn alias(&mut self, id: usize, range: TextRange) {
        let name = self.buffer[range.as_usize()].to_owned();
        let span = self.tree.span(range);
        let Some(anchor) = self.anchors.get(&id).copied() else {
            // The anchored value could not be read, which has been reported.
            self.push(range, Data::Error, 0);
            return;
        };
        if !anchor.complete {
            self.push(range, Data::Error, 0);
            self.diagnostics.push(Diagnostic::new(
                &codes::INVALID_YAML,
                span,
                format!("`{name}` is inside what it refers to"),
            ));
            return;
        }
        let depth = self.stack.len() as u32 + anchor.height;
        let message = if depth > MAX_DEPTH {
            Some(format!(
                "`{name}` makes more than {MAX_DEPTH} levels within one another"
            ))
        } else if self.expanded.saturating_add(anchor.weight) > MAX_EXPANDED {
            Some(format!(
                "the aliases of this file stand for more than {MAX_EXPANDED} values"
            ))
        } else {
            None
        };
        if let Some(message) = message {
            self.push(range, Data::Error, 0);
            if !std::mem::replace(&mut self.is_over, true) {
                self.diagnostics
                    .push(Diagnostic::new(&codes::LIMIT_EXCEEDED, span, message));
            }
            return;
        }
        let data = match self.tree.nodes[anchor.node as usize].data {
            Data::Alias { target } => Data::Alias { target },
            _ => Data::Alias {
                target: anchor.node,
            },
        };
        self.push(range, data, 0);
        self.expanded += anchor.weight;
        if let Some(parent) = self.stack.last_mut() {
            parent.weight = parent.weight.saturating_add(anchor.weight);
            parent.height = parent.height.max(anchor.height + 1);
        }
    }

    pub(super) fn unknown_alias(&mut self, name: &str, range: TextRange) {
        self.push(range, Data::Error, 0);
        // The anchor may stand in what could not be read.
        let anchor = format!("&{name}");
        let text = &self.tree.text;
        if self
            .holes
            .iter()
            .filter_map(|hole| text.get(hole.as_usize()))
            .any(|hole| hole.contains(&anchor))
        {
            return;
        }
        let span = self.tree.span(range);
        let known = &self.anchor_names;
        self.diagnostics
            .push_with(&codes::INVALID_YAML, span, || unknown(name, span, known));
    }
}

fn unknown(name: &str, span: Span, known: &[Box<str>]) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        &codes::INVALID_YAML,
        span,
        format!("`*{name}` refers to an anchor that this document does not set above"),
    );
    let near = known.iter().rev().take(MAX_COMPARED);
    match nearest(name, near.map(|name| &**name)) {
        Some(best) => diagnostic.help(format!("did you mean `*{best}`?")).fix(
            Applicability::Unsafe,
            format!("write `*{best}`"),
            span,
            format!("*{best}"),
        ),
        None => diagnostic
            .help(format!(
                "set it with `&{name}` in front of a value, or quote `\"*{name}\"` if text is meant"
            ))
            .fix(
                Applicability::Unsafe,
                "quote it",
                span,
                bare::quoted(&format!("*{name}")),
            ),
    }
}
