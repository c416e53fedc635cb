//! Where personal data flows: what is marked `pii`, what events write into marked fields, and what
//! variables, profiles and emitted events take from either, may not reach a connection that is not cleared for it.
//!
//! A connection that brings messages to the traveler's own address (`std/email`, `std/sms`,
//! `std/push`) is cleared by its nature: it tells travelers what they know of themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::content::Reads;
use super::context::Checker;
use super::flow_notes::{Flow, Origin, Target};
use crate::cel::Type;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{EventId, JourneyId, TemplateId, TravelerId};
use crate::resolve::Field;
use crate::source::Span;

/// Standard connections that deliver to the traveler.
const TO_THE_TRAVELER: [&str; 3] = ["std/email", "std/push", "std/sms"];

/// What declarations say of personal data, noted on the way through them.
#[derive(Default)]
pub(super) struct Personal {
    /// Fields of payloads that fill a marked field of a profile.
    events: BTreeSet<(EventId, Arc<str>)>,
    /// Fields of profiles that take it, marked or not.
    profiles: BTreeSet<(TravelerId, Arc<str>)>,
    /// Variables that hold personal data.
    variables: BTreeSet<(JourneyId, Arc<str>)>,
    /// Models that are given personal data.
    models: BTreeSet<Arc<str>>,
}

impl Personal {
    /// Personal data flows there; answers whether that was not known.
    fn take(&mut self, flow: &Flow) -> bool {
        match &flow.to {
            Target::Variable(journeys, name) => {
                let before = self.variables.len();
                let held = journeys.iter().map(|id| (*id, name.clone()));
                self.variables.extend(held);
                self.variables.len() > before
            }
            Target::Profile(field) => (flow.from.traveler)
                .is_some_and(|traveler| self.profiles.insert((traveler, field.clone()))),
            Target::Event(event, field) => self.events.insert((*event, field.clone())),
            Target::Action(..) | Target::Template(..) | Target::Address(_) => false,
        }
    }
}

impl Checker<'_> {
    /// An event fills a field of the profile.
    pub(super) fn note_personal_event(
        &mut self,
        event: EventId,
        traveler: TravelerId,
        field: &str,
        reads: &Reads,
    ) {
        if !is_marked(&self.names.travelers[traveler.index()].profile, field) {
            return;
        }
        let fields = reads.iter().filter_map(|(path, _)| match path.as_slice() {
            [root, field, ..] if &**root == "event" => Some((event, field.clone())),
            _ => None,
        });
        self.personal.events.extend(fields);
    }

    /// A model is given something.
    pub(super) fn note_model_reads(
        &mut self,
        model: &Arc<str>,
        reads: &Reads,
        traveler: Option<TravelerId>,
    ) {
        let from = Origin::of_traveler(traveler);
        if reads.iter().any(|(path, _)| self.is_personal(path, &from)) {
            self.personal.models.insert(model.clone());
        }
    }

    /// A template's texts read something beside their parameters.
    pub(super) fn note_template(
        &mut self,
        id: TemplateId,
        traveler: Option<TravelerId>,
        reads: Reads,
    ) {
        let to = Target::Template(id, Arc::from(""));
        self.flows_to(to, reads, || Origin::of_traveler(traveler));
    }

    /// A channel's address reads something.
    pub(super) fn note_address(
        &mut self,
        channel: &Arc<str>,
        traveler: Option<TravelerId>,
        reads: Reads,
    ) {
        let to = Target::Address(channel.clone());
        self.flows_to(to, reads, || Origin::of_traveler(traveler));
    }

    /// Reports personal data on its way to a connection that is not cleared.
    pub(super) fn personal_data(&mut self) {
        let flows = std::mem::take(&mut self.flows);
        self.taint_events(&flows);
        self.taint(&flows);
        let mut reported = BTreeSet::new();
        for flow in &flows {
            let Some(index) = self.uncleared(&flow.to) else {
                continue;
            };
            for (path, span) in &flow.reads {
                if self.is_personal(path, &flow.from) && reported.insert(*span) {
                    self.leak(path, *span, index);
                }
            }
        }
    }

    /// An event's field that a step writes into a marked field is personal too.
    fn taint_events(&mut self, flows: &[Flow]) {
        for flow in flows {
            if let (Target::Profile(field), Some(traveler)) = (&flow.to, flow.from.traveler) {
                for event in &flow.from.events {
                    self.note_personal_event(*event, traveler, field, &flow.reads);
                }
            }
        }
    }

    fn leak(&mut self, path: &[Arc<str>], span: Span, connection: usize) {
        let decl = self.names.connections[connection].decl;
        let message = format!(
            "`{}` is personal data, and `{}` is not cleared for it",
            path.join("."),
            decl.name
        );
        self.report(
            Diagnostic::new(&codes::UNCLEARED_PERSONAL_DATA, span, message)
                .label(decl.name.span, format!("`{}` is declared here", decl.name))
                .help(format!(
                    "leave it out, or clear the connection with `pii: allowed` under `{}`",
                    decl.name
                )),
        );
    }

    /// What holds personal data, marked or not, found until no more turns up.
    fn taint(&mut self, flows: &[Flow]) {
        for (index, journey) in self.names.journeys.iter().enumerate() {
            let marked = journey.variables.iter().filter(|f| f.decl.pii);
            let id = JourneyId(index as u32);
            self.personal
                .variables
                .extend(marked.map(|f| (id, f.decl.name.text.clone())));
        }
        loop {
            let mut more = false;
            for flow in flows {
                let mut reads = flow.reads.iter();
                if reads.any(|(path, _)| self.is_personal(path, &flow.from)) {
                    more |= self.personal.take(flow);
                }
            }
            if !more {
                return;
            }
        }
    }

    fn is_personal(&self, path: &[Arc<str>], from: &Origin) -> bool {
        let [root, field, ..] = path else {
            return false;
        };
        match &**root {
            "traveler" => from.traveler.is_some_and(|id| {
                let profile = &self.names.travelers[id.index()].profile;
                self.personal.profiles.contains(&(id, field.clone())) || is_marked(profile, field)
            }),
            "event" => from.events.iter().any(|id| {
                let fields = &self.names.events[id.index()].fields;
                self.personal.events.contains(&(*id, field.clone())) || is_marked(fields, field)
            }),
            // A score tells nothing of what it was made of; a text may be a copy.
            "models" => self.personal.models.contains(field) && self.answers_text(field, path),
            "vars" => {
                let holds =
                    |id: &JourneyId| self.personal.variables.contains(&(*id, field.clone()));
                from.journeys.iter().any(holds)
            }
            "returned" => from
                .returned
                .is_some_and(|id| is_marked(&self.names.actions[id.index()].returns, field)),
            _ => false,
        }
    }

    /// Whether what is read of a model has text in it.
    fn answers_text(&self, model: &str, path: &[Arc<str>]) -> bool {
        let Some(id) = self.names.vocabulary.find_model(model) else {
            return false;
        };
        let outputs = &self.names.vocabulary.model(id).outputs;
        let asked = |name: &str| path.get(2).is_none_or(|read| **read == *name);
        let mut asked = outputs.fields.iter().filter(|field| asked(&field.name));
        asked.any(|field| match field.ty.present() {
            Type::String => true,
            Type::List(of) => **of == Type::String,
            _ => false,
        })
    }

    /// The connection, where it is not cleared.
    fn uncleared(&self, to: &Target) -> Option<usize> {
        let index = match to {
            Target::Action(id, _) => self.names.actions[id.index()].connection,
            Target::Template(id, _) => {
                let channel = &self.names.templates[id.index()].decl.channel;
                self.carrier(&channel.text)?
            }
            Target::Address(channel) => self.carrier(channel)?,
            Target::Variable(..) | Target::Profile(_) | Target::Event(..) => return None,
        };
        let decl = self.names.connections[index].decl;
        let by_nature = decl
            .uses
            .as_ref()
            .is_some_and(|uses| TO_THE_TRAVELER.contains(&&*uses.text));
        (!decl.pii_allowed && !by_nature).then_some(index)
    }

    /// The connection that a channel's messages go out through.
    fn carrier(&self, channel: &str) -> Option<usize> {
        let channel = self.names.channel(channel)?;
        Some(self.names.connection(&channel.via.as_ref()?.text)?.0)
    }
}

/// Whether a declared field is `pii: true`.
fn is_marked(fields: &[Field<'_>], name: &str) -> bool {
    let mut fields = fields.iter();
    fields.any(|field| field.decl.pii && *field.decl.name.text == *name)
}
