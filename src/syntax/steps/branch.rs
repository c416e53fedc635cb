//! `if`, `choose` and `parallel`: steps that hold other steps.

use crate::diagnostic::{Diagnostic, codes};
use crate::yaml::{Node, Value};

use super::super::ast::{Branch, Choice, StepKind};
use super::super::keys::{Shape, Table, required};
use super::super::reader::{Fields, Reader, quiet_entries};
use super::super::traveler::first_key;
use super::{ELSE, ID};

/// `if:`.
pub(super) static IF: Table = Table {
    what: "an `if`",
    keys: &[
        required("if", Shape::Expression, "The condition."),
        required("then", Shape::Steps, "The steps if it holds."),
        ELSE,
        ID,
    ],
};

/// `choose:`.
pub(super) static CHOOSE: Table = Table {
    what: "a `choose`",
    keys: &[
        required(
            "choose",
            Shape::List(&Shape::Any(&[Shape::Map(&CHOICE), Shape::Map(&OTHERWISE)])),
            "The choices; the first that holds is taken.",
        ),
        ID,
    ],
};

/// An entry of `choose`.
pub(super) static CHOICE: Table = Table {
    what: "a choice",
    keys: &[
        required("when", Shape::Expression, "The condition."),
        required("do", Shape::Steps, "The steps if it holds."),
    ],
};

/// The last entry of `choose`.
pub(super) static OTHERWISE: Table = Table {
    what: "an `otherwise`",
    keys: &[required(
        "otherwise",
        Shape::Steps,
        "The steps if no condition holds.",
    )],
};

/// `parallel:`.
pub(super) static PARALLEL: Table = Table {
    what: "a `parallel`",
    keys: &[
        required(
            "parallel",
            Shape::List(&Shape::Steps),
            "Lists of steps that run side by side.",
        ),
        ID,
    ],
};

impl<'a> Reader<'a> {
    pub(super) fn if_(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let condition = fields.expr(self, "if")?;
        let then = fields.read_all(self, "then", Reader::steps);
        let otherwise = fields.read_all(self, "else", Reader::steps);
        Some(StepKind::If {
            condition,
            then,
            otherwise,
        })
    }

    pub(super) fn choose(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let choices = fields.read(self, "choose", |r, node| {
            let items = r.some_items(
                node,
                "a list of choices",
                "add a choice, as in `- { when: …, do: […] }`",
            );
            let last = items.len().saturating_sub(1);
            let mut choices = Vec::new();
            for (index, item) in items.into_iter().enumerate() {
                choices.extend(r.choice(item, index == last));
            }
            Some(choices)
        })?;
        Some(StepKind::Choose { choices })
    }

    fn choice(&mut self, node: Node<'a>, last: bool) -> Option<Choice> {
        let map = self.map(node, "a choice, as in `{ when: …, do: […] }`")?;
        let Some(otherwise) = map.get("otherwise") else {
            let fields = self.fields(map, &CHOICE, first_key(map));
            let steps = fields.read_all(self, "do", Reader::steps);
            return Some(Choice {
                when: Some(fields.expr(self, "when")?),
                steps,
                span: fields.span(),
            });
        };
        if map.get("when").is_some() {
            let entries = quiet_entries(map);
            let entry = |key: &str| entries.iter().find(|entry| entry.key == key);
            if let (Some(otherwise), Some(when)) = (entry("otherwise"), entry("when")) {
                self.conflict("a choice", when, otherwise);
            }
            return None;
        }
        if !last {
            self.report(
                Diagnostic::new(
                    &codes::CONFLICTING_KEYS,
                    otherwise.key.span(),
                    "`otherwise` stands before other choices, which are never reached",
                )
                .help("move it to the end of `choose`"),
            );
        }
        let fields = self.fields(map, &OTHERWISE, otherwise.key.span());
        let steps = fields.read_all(self, "otherwise", Reader::steps);
        Some(Choice {
            when: None,
            steps,
            span: fields.span(),
        })
    }

    pub(super) fn parallel(&mut self, fields: &Fields<'a>) -> Option<StepKind> {
        let branches = fields.read(self, "parallel", |r, node| {
            let items = r.some_items(
                node,
                "a list of lists of steps",
                "add the steps of each branch, as in `- [{ wait: 1d }]`",
            );
            let mut branches = Vec::new();
            for item in items {
                if let Value::Error = item.value() {
                    continue;
                }
                branches.push(Branch {
                    steps: r.steps(item),
                    span: item.span(),
                });
            }
            Some(branches)
        })?;
        Some(StepKind::Parallel(branches))
    }
}
