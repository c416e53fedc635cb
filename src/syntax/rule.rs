//! `rule:` steps that a trigger sets off: of a milestone, of a journey, or outside any.

use crate::yaml::{Map, Node};

use super::ast::{Name, Rule};
use super::keys::{Key, Shape, Table, optional, required};
use super::reader::{Fields, Reader};
use super::traveler::{TITLE, first_key};
use super::trigger::{AFTER, EVERY, ON, SCHEDULE, WHEN, ZONE};
use super::values::Pattern;
use super::variables::IN;

const NAME: Key = required("rule", Shape::Name, "The name of the rule.");
pub(super) const DO: Key = optional("do", Shape::Steps, "The steps.");
const STEPS: Key = required("do", Shape::Steps, "The steps it sets off.");

/// A rule of a journey or milestone.
pub(super) static RULE: Table = Table {
    what: "a rule",
    keys: &[NAME, TITLE, ON, AFTER, EVERY, SCHEDULE, ZONE, WHEN, STEPS],
};

/// `rule:` outside any journey.
pub(super) static GLOBAL_RULE: Table = Table {
    what: "a global rule",
    keys: &[
        NAME, TITLE, IN, ON, AFTER, EVERY, SCHEDULE, ZONE, WHEN, STEPS,
    ],
};

impl<'a> Reader<'a> {
    /// A rule outside any journey.
    pub(super) fn global_rule(&mut self, name: Name, map: Map<'a>) -> Option<Rule> {
        let fields = self.fields(map, &GLOBAL_RULE, name.span);
        let scope = fields.read(self, "in", |r, node| Some(r.scope(node)));
        let mut rule = self.rule_body(name, &fields);
        rule.scope = Some(scope?);
        Some(rule)
    }

    /// `rules:` of a journey or milestone.
    pub(super) fn rules(&mut self, node: Node<'a>) -> Vec<Rule> {
        let items = self.items(node, "a list of rules");
        self.read_each(items, Self::rule)
    }

    fn rule(&mut self, node: Node<'a>) -> Option<Rule> {
        let map = self.map(node, "a rule, as in `{ rule: NAME, on: …, do: […] }`")?;
        let name = map
            .get("rule")
            .filter(|entry| !entry.value.is_missing())
            .and_then(|entry| entry.value.as_scalar())
            .map(super::values::name_of);
        let head = name
            .as_ref()
            .map_or_else(|| first_key(map), |name| name.span);
        let fields = self.fields(map, &RULE, head);
        let name = fields.read(self, "rule", |r, node| {
            r.declared_node(node, Pattern::Snake)
        })?;
        Some(self.rule_body(name, &fields))
    }

    fn rule_body(&mut self, name: Name, fields: &Fields<'a>) -> Rule {
        let head = name.span;
        Rule {
            name,
            title: fields.read(self, "title", Reader::text),
            scope: None,
            trigger: self.trigger(fields, head),
            steps: fields.read_all(self, "do", Reader::steps),
        }
    }
}
