//! Declarations that nothing uses: each is told at its name, as a warning.
//!
//! Quiet by design: profile and event fields, milestones' touchpoints, what standard connections
//! bring. Where an error may have hidden a use, `compile` takes the finding back.

use super::uses::{self, Uses};
use crate::check::contact::DELIVER;
use crate::check::context::Checker;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::model::JourneyId;
use crate::resolve::{Event, EventSource};
use crate::syntax::ast::{self, Expected, Name};

impl Checker<'_> {
    pub(in crate::check) fn unused(&mut self) {
        let uses = uses::of(&self.names);
        let mut found = Vec::new();
        self.unused_variables(&uses, &mut found);
        self.unused_content(&uses, &mut found);
        self.unused_people(&uses, &mut found);
        self.unused_members(&uses, &mut found);
        self.out.extend(found);
    }

    /// A journey's own variables, and those it shares with others.
    fn unused_variables(&self, uses: &Uses<'_>, found: &mut Vec<Diagnostic>) {
        let ids = (0..self.names.journeys.len() as u32).map(JourneyId);
        for (id, journey) in ids.zip(&self.names.journeys) {
            for variable in &journey.decl.variables {
                found.extend(variable_of(&variable.name, &[id], uses));
            }
        }
        for shared in &self.names.variables {
            let journeys: Vec<JourneyId> = match &shared.scope {
                ast::Scope::All(_) => (0..self.names.journeys.len() as u32)
                    .map(JourneyId)
                    .collect(),
                ast::Scope::Journeys(names) => names
                    .iter()
                    .filter_map(|name| self.names.vocabulary.find_journey(&name.text))
                    .collect(),
            };
            for variable in &shared.fields {
                found.extend(variable_of(&variable.name, &journeys, uses));
            }
        }
    }

    /// Templates, their parameters, and channels.
    fn unused_content(&self, uses: &Uses<'_>, found: &mut Vec<Diagnostic>) {
        for template in &self.names.templates {
            let name = &template.decl.name;
            if !uses.templates.contains(&*name.text) {
                found.push(never(
                    &codes::UNUSED_TEMPLATE,
                    name,
                    format!("template `{name}` is never sent"),
                    format!("send it, `send: {name}`, or remove it"),
                ));
            }
            let read = uses.params.get(&*name.text);
            for param in &template.decl.params {
                let param = &param.name;
                if read.is_none_or(|read| !read.has(&param.text)) {
                    found.push(never(
                        &codes::UNUSED_PARAMETER,
                        param,
                        format!("parameter `{param}` is not in the text of template `{name}`"),
                        format!(
                            "write `${{params.{param}}}` in the subject or body, or remove it here and from each `with`"
                        ),
                    ));
                }
            }
        }
        for channel in &self.names.channels {
            let name = &channel.name;
            if !uses.channels.contains(&*name.text) {
                found.push(never(
                    &codes::UNUSED_CHANNEL,
                    name,
                    format!("channel `{name}` is never used"),
                    format!("name it in a template, an action or a milestone, `channel: {name}`, or remove it"),
                ));
            }
        }
    }

    /// Segments, personas, traits and models.
    fn unused_people(&self, uses: &Uses<'_>, found: &mut Vec<Diagnostic>) {
        for model in &self.names.models {
            let name = &model.name;
            if !uses.models.has(&name.text) {
                let output = model.outputs.first().map_or("OUTPUT", |it| &*it.name.text);
                found.push(never(
                    &codes::UNUSED_MODEL,
                    name,
                    format!("model `{name}` is never used"),
                    format!(
                        "read `models.{name}.{output}` in a score or a condition, or remove it"
                    ),
                ));
            }
        }
        let tested = uses::expected(&self.names, Expected::Segment);
        for segment in &self.names.segments {
            let name = &segment.name;
            if !uses.segments.has(&name.text) && !tested.contains(&name.text) {
                found.push(never(
                    &codes::UNUSED_SEGMENT,
                    name,
                    format!("segment `{name}` is never used"),
                    format!("read `segment.{name}` in a condition, wait for `on: segment.{name}.entered`, or remove it"),
                ));
            }
        }
        let tested = uses::expected(&self.names, Expected::Persona);
        let named = |persona: &ast::Persona| {
            uses.personas.has(&persona.name.text) || tested.contains(&persona.name.text)
        };
        for persona in &self.names.personas {
            // One that comes before a persona in use takes travelers from it.
            let before = |other: &&&ast::Persona| {
                other.traveler.text == persona.traveler.text
                    && (-other.priority, &other.name.text) > (-persona.priority, &persona.name.text)
            };
            let takes_part =
                named(persona) || self.names.personas.iter().filter(before).any(|p| named(p));
            if !takes_part {
                let name = &persona.name;
                found.push(never(
                    &codes::UNUSED_PERSONA,
                    name,
                    format!("persona `{name}` makes no difference"),
                    format!("compare it, `traveler.persona == \"{name}\"`, expect it in a test, or remove it"),
                ));
            }
        }
        for traveler in &self.names.travelers {
            for each in &traveler.decl.traits {
                let name = &each.name;
                if !uses.traveler.has(&name.text) {
                    found.push(never(
                        &codes::UNUSED_TRAIT,
                        name,
                        format!("trait `{name}` is never read"),
                        format!("read `traveler.{name}` in a condition or a text, or remove it"),
                    ));
                }
            }
        }
    }

    /// Events and actions that the workspace's own connections declare.
    fn unused_members(&self, uses: &Uses<'_>, found: &mut Vec<Diagnostic>) {
        let heads = self.names.vocabulary.events.iter();
        for (head, event) in heads.zip(&self.names.events) {
            let Some(name) = self.own_event(event) else {
                continue;
            };
            if !uses.events.contains(&*head.name) && !concerns(event) {
                found.push(never(
                    &codes::UNUSED_EVENT,
                    name,
                    format!("event `{}` has no effect", head.name),
                    format!(
                        "let it trigger something, `on: {}`, or remove it",
                        head.name
                    ),
                ));
            }
        }
        let heads = self.names.vocabulary.actions.iter();
        for (head, action) in heads.zip(&self.names.actions) {
            let connection = &self.names.connections[action.connection];
            let own = connection
                .decl
                .actions
                .iter()
                .any(|a| std::ptr::eq(a, action.decl));
            let delivers = *action.decl.name.text == *DELIVER
                && uses.carriers.contains(&*connection.decl.name.text);
            if own && !delivers && !uses.actions.contains(&*head.name) {
                found.push(never(
                    &codes::UNUSED_ACTION,
                    &action.decl.name,
                    format!("action `{}` is never called", head.name),
                    format!("call it, `call: {}`, or remove it", head.name),
                ));
            }
        }
    }

    /// The name of an event that the workspace declares: not what a standard connection brings.
    fn own_event<'e>(&self, event: &Event<'e>) -> Option<&'e Name> {
        let connection = &self.names.connections[event.connection];
        let own = match event.source {
            EventSource::Event(_) => !event.standard && event.base.is_none(),
            EventSource::Entity(decl) => {
                let entities = &connection.decl.entities;
                entities.iter().any(|entity| std::ptr::eq(entity, decl))
            }
        };
        own.then(|| event.source.name())
    }
}

/// Whether an event tells something of its traveler all by itself: it ties identities together, or
/// writes to the profile.
fn concerns(event: &Event<'_>) -> bool {
    match event.source {
        EventSource::Event(decl) => {
            decl.identify.iter().any(|(_, by)| by.len() > 1) || !decl.update.is_empty()
        }
        EventSource::Entity(decl) => !decl.maps.is_empty() || !decl.update.is_empty(),
    }
}

fn variable_of(name: &Name, journeys: &[JourneyId], uses: &Uses<'_>) -> Option<Diagnostic> {
    let read = |id: &JourneyId| uses.variables.get(id).is_some_and(|r| r.has(&name.text));
    if journeys.iter().any(read) {
        return None;
    }
    let set = journeys
        .iter()
        .find_map(|id| uses.sets.get(&(*id, &*name.text)));
    Some(match set {
        Some(set) => never(
            &codes::UNUSED_VARIABLE,
            name,
            format!("variable `{name}` is set but never read"),
            format!("read it, `vars.{name}`, or remove it together with what sets it"),
        )
        .label(*set, "set here"),
        None => never(
            &codes::UNUSED_VARIABLE,
            name,
            format!("variable `{name}` is never used"),
            format!("read it, `vars.{name}`, or remove it"),
        ),
    })
}

fn never(code: &'static Code, name: &Name, message: String, help: String) -> Diagnostic {
    Diagnostic::new(code, name.span, message).help(help)
}
