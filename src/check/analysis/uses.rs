//! What a workspace makes use of, by name: collected from the declarations as written.
//!
//! What is passed on whole (`traveler`, `vars["x"]`) counts as a use of everything in it, so that
//! nothing is called unused that could be read. Tests are not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::visit::{self, Visitor};
use crate::cel::{Ast, BinaryOp, ExprId, Kind, Literal};
use crate::model::JourneyId;
use crate::resolve::{EventSource, Resolved};
use crate::source::Span;
use crate::syntax::ast::{
    self, Assign, Expr, On, Rule, Scope, SegmentKind, SessionKey, Step, StepKind, Trigger,
    TriggerKind,
};

/// Names that are read below one root; everything below it where the root is used whole.
#[derive(Debug, Default)]
pub(super) struct Read<'w> {
    names: BTreeSet<&'w str>,
    whole: bool,
}

impl Read<'_> {
    pub(super) fn has(&self, name: &str) -> bool {
        self.whole || self.names.contains(name)
    }
}

#[derive(Debug, Default)]
pub(super) struct Uses<'w> {
    pub traveler: Read<'w>,
    pub segments: Read<'w>,
    pub models: Read<'w>,
    /// What is read of `vars`, by journey.
    pub variables: BTreeMap<JourneyId, Read<'w>>,
    /// Where variables are set first, by journey and name.
    pub sets: BTreeMap<(JourneyId, &'w str), Span>,
    /// What is read of `params`, by template.
    pub params: BTreeMap<&'w str, Read<'w>>,
    /// The personas that `traveler.persona` is compared with; all where it is read otherwise.
    pub personas: Read<'w>,
    pub events: BTreeSet<&'w str>,
    pub actions: BTreeSet<&'w str>,
    /// The connections that channels deliver through.
    pub carriers: BTreeSet<&'w str>,
    pub templates: BTreeSet<&'w str>,
    pub channels: BTreeSet<&'w str>,
}

/// Everything that the declarations of a workspace use.
pub(super) fn of<'w>(names: &Resolved<'w>) -> Uses<'w> {
    let mut walk = Walk {
        uses: Uses::default(),
        journeys: Vec::new(),
        template: None,
    };
    walk.people(names);
    walk.systems(names);
    walk.travel(names);
    walk.uses
}

struct Walk<'w> {
    uses: Uses<'w>,
    /// Whose `vars` are meant.
    journeys: Vec<JourneyId>,
    /// Whose `params` are meant.
    template: Option<&'w str>,
}

impl<'w> Walk<'w> {
    fn people(&mut self, names: &Resolved<'w>) {
        for traveler in &names.travelers {
            for each in &traveler.decl.traits {
                each.when.iter().for_each(|when| self.expr(when));
                self.uses.events.insert(each.source.event.text());
            }
        }
        for segment in &names.segments {
            if let SegmentKind::When(when) = &segment.kind {
                self.expr(when);
            }
        }
        names.personas.iter().for_each(|p| self.expr(&p.when));
        for model in &names.models {
            let inputs = model.inputs.iter();
            inputs.for_each(|input| input.values.iter().for_each(|value| self.expr(value)));
        }
        for kpi in &names.kpis {
            self.expr(&kpi.value);
        }
    }

    fn systems(&mut self, names: &Resolved<'w>) {
        for event in &names.events {
            let (identify, update) = match event.source {
                EventSource::Event(decl) => (&decl.identify[..], &decl.update),
                EventSource::Entity(decl) => (&[][..], &decl.update),
            };
            let identify = identify.iter().flat_map(|(_, by)| by);
            identify.chain(update).for_each(|a| self.expr(&a.value));
        }
        for action in &names.actions {
            let channel = action.decl.channel.iter();
            self.uses.channels.extend(channel.map(|c| &*c.text));
        }
        for channel in &names.channels {
            // What goes out on it is delivered by its action for that.
            if let Some(via) = &channel.via {
                self.uses.carriers.insert(&via.text);
            }
            channel.address.iter().for_each(|a| self.expr(a));
            let zone = channel.quiet.iter().filter_map(|q| q.zone.as_ref());
            zone.for_each(|z| self.expr(z));
        }
        for template in &names.templates {
            let decl = template.decl;
            self.uses.channels.insert(&decl.channel.text);
            self.template = Some(&decl.name.text);
            for text in decl.subject.iter().chain(&decl.body) {
                visit::text_exprs(text, &mut |expr| self.expr(expr));
                // `$params.name` is told as text that is not filled in.
                for part in &text.parts {
                    if let ast::Part::Literal(literal) = part {
                        let params = decl.params.iter().map(|param| &*param.name.text);
                        let meant = params.filter(|param| mentions(literal, param));
                        let read = self.uses.params.entry(&decl.name.text).or_default();
                        read.names.extend(meant);
                    }
                }
            }
        }
    }

    fn travel(&mut self, names: &Resolved<'w>) {
        let all = || (0..names.journeys.len() as u32).map(JourneyId);
        for (id, journey) in all().zip(&names.journeys) {
            self.journeys = vec![id];
            let decl = journey.decl;
            match &decl.key {
                Some(SessionKey::Shared(key)) => self.expr(key),
                Some(SessionKey::PerEvent(keys)) => {
                    for key in keys {
                        self.uses.events.insert(key.event.text());
                        self.expr(&key.key);
                    }
                }
                None => {}
            }
            visit::triggers(&decl.start, self);
            for milestone in &decl.milestones {
                let channel = milestone.channel.iter();
                self.uses.channels.extend(channel.map(|c| &*c.text));
                visit::milestone(milestone, self);
            }
            decl.rules.iter().for_each(|rule| visit::rule(rule, self));
            visit::triggers(&decl.end, self);
        }
        for rule in &names.rules {
            self.journeys = journeys_of(rule, names).unwrap_or_else(|| all().collect());
            visit::rule(rule, self);
        }
    }

    /// Notes what an expression reads; `own` is the variable that is set to it, which that alone
    /// does not use.
    fn reads(&mut self, expr: &'w Expr, own: Option<&str>) {
        let ast = &*expr.ast;
        // What is read of a name stands right behind it.
        let behind = ast.ids().skip(1).map(Some).chain([None]);
        for (id, behind) in ast.ids().zip(behind) {
            let Kind::Ident(root) = ast.kind(id) else {
                continue;
            };
            let field = behind.and_then(|behind| match ast.kind(behind) {
                Kind::Select { operand, field, .. } if *operand == id => Some(ast.name(field)),
                _ => None,
            });
            if ast.name(root) == "vars" && field.is_some() && field == own {
                continue;
            }
            self.root(ast.name(root), |read| match field {
                Some(field) => {
                    read.names.insert(field);
                }
                None => read.whole = true,
            });
        }
        self.personas(ast);
    }

    /// Calls `note` with what is known to be read below a root.
    fn root(&mut self, root: &str, mut note: impl FnMut(&mut Read<'w>)) {
        let uses = &mut self.uses;
        match root {
            "traveler" => note(&mut uses.traveler),
            "segment" => note(&mut uses.segments),
            "models" => note(&mut uses.models),
            "vars" => {
                for id in &self.journeys {
                    note(uses.variables.entry(*id).or_default());
                }
            }
            "params" => {
                if let Some(template) = self.template {
                    note(uses.params.entry(template).or_default());
                }
            }
            _ => {}
        }
    }

    /// The personas that a comparison names; any other reading is of all.
    fn personas(&mut self, ast: &'w Ast) {
        let is_persona = |id: ExprId| match ast.kind(id) {
            Kind::Select { operand, field, .. } => {
                ast.name(field) == "persona"
                    && matches!(ast.kind(*operand), Kind::Ident(root) if ast.name(root) == "traveler")
            }
            _ => false,
        };
        let read = ast.ids().filter(|id| is_persona(*id)).count();
        if read == 0 {
            return;
        }
        let mut compared = 0;
        for id in ast.ids() {
            let named = match ast.kind(id) {
                Kind::Binary {
                    op, left, right, ..
                } => {
                    let equal = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
                    if is_persona(*left) && (equal || *op == BinaryOp::In) {
                        words(ast, *right)
                    } else if is_persona(*right) && equal {
                        words(ast, *left)
                    } else {
                        None
                    }
                }
                // Whether there is any says nothing of which.
                Kind::Call { function, args, .. } if ast.name(function) == "has" => {
                    let guards = args.iter().any(|arg| is_persona(*arg));
                    guards.then(Vec::new)
                }
                _ => None,
            };
            if let Some(named) = named {
                compared += 1;
                self.uses.personas.names.extend(named);
            }
        }
        self.uses.personas.whole |= compared < read;
    }
}

/// Whether a text speaks of a parameter.
fn mentions(text: &str, param: &str) -> bool {
    let path = format!("params.{param}");
    let mut found = text.match_indices(&path);
    found.any(|(at, _)| {
        let after = text[at + path.len()..].chars().next();
        !after.is_some_and(|c| c == '_' || c.is_alphanumeric())
    })
}

/// The texts of a literal, or of a list of them; of `null`, none.
fn words(ast: &Ast, id: ExprId) -> Option<Vec<&str>> {
    match ast.kind(id) {
        Kind::Literal(Literal::Null) => Some(Vec::new()),
        Kind::Literal(Literal::String(text)) => Some(vec![text]),
        Kind::List(items) => items
            .iter()
            .map(|item| match ast.kind(item.value) {
                Kind::Literal(Literal::String(text)) => Some(&**text),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// The journeys that a rule outside any names; none for `all`.
fn journeys_of(rule: &Rule, names: &Resolved<'_>) -> Option<Vec<JourneyId>> {
    match &rule.scope {
        Some(Scope::Journeys(journeys)) => Some(
            journeys
                .iter()
                .filter_map(|name| names.vocabulary.find_journey(&name.text))
                .collect(),
        ),
        Some(Scope::All(_)) | None => None,
    }
}

impl<'w> Visitor<'w> for Walk<'w> {
    fn expr(&mut self, expr: &'w Expr) {
        self.reads(expr, None);
    }

    fn set(&mut self, assign: &'w Assign) {
        let target = assign.target.names().first().map(|name| &*name.text);
        self.reads(&assign.value, target);
        for (id, name) in self.journeys.iter().zip(std::iter::repeat(target)) {
            if let Some(name) = name {
                let first = self.uses.sets.entry((*id, name));
                first.or_insert(assign.target.span);
            }
        }
    }

    fn trigger(&mut self, trigger: &'w Trigger) {
        let TriggerKind::On(ons) = &trigger.kind else {
            return;
        };
        for on in ons {
            match on {
                On::Event(event) => {
                    self.uses.events.insert(event.text());
                }
                On::SegmentEntered(name) | On::SegmentLeft(name) => {
                    self.uses.segments.names.insert(&name.text);
                }
                On::Start(_)
                | On::End(_)
                | On::Milestone(_)
                | On::JourneyStarted(_)
                | On::JourneyEnded(_) => {}
            }
        }
    }

    fn step(&mut self, step: &'w Step) {
        match &step.kind {
            StepKind::Send { template, .. } => {
                self.uses.templates.insert(&template.text);
            }
            StepKind::Call { action, .. } => {
                self.uses.actions.insert(action.text());
            }
            StepKind::Emit { event, .. } => {
                self.uses.events.insert(event.text());
            }
            _ => {}
        }
    }
}

/// What tests expect by name: segments and personas may be there for reports alone, and are then
/// kept by their tests.
pub(super) fn expected(names: &Resolved<'_>, what: ast::Expected) -> BTreeSet<Arc<str>> {
    let expectations = names.tests.iter().flat_map(|test| &test.expect);
    expectations
        .filter(|expectation| expectation.expected == what)
        .filter_map(|expectation| expectation.name.names().first())
        .map(|name| name.text.clone())
        .collect()
}
