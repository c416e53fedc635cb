//! Where personal data flows: what is marked `pii`, what events write into marked fields, and what
//! variables take from either, may not reach a connection that is not cleared for it.
//!
//! A connection that brings messages to the traveler's own address (`std/email`, `std/sms`,
//! `std/push`) is cleared by its nature: it tells travelers what they know of themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::content::Reads;
use super::context::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{EventId, JourneyId, TemplateId, TravelerId};
use crate::source::Span;

/// Standard connections that deliver to the traveler.
const TO_THE_TRAVELER: [&str; 3] = ["std/email", "std/push", "std/sms"];

/// What is noted on the way through a workspace, judged when all of it is known.
#[derive(Default)]
pub(super) struct Personal {
    /// Fields of payloads that fill a marked field of a profile.
    events: BTreeSet<(EventId, Arc<str>)>,
    /// What variables are set to.
    sets: Vec<(JourneyId, Arc<str>, Source)>,
    /// What goes out.
    flows: Vec<(Destination, Source)>,
}

/// Where an action takes data.
#[derive(Clone, Debug)]
pub(super) enum Destination {
    /// An index into the connections.
    Connection(usize),
    Template(TemplateId),
}

/// What is read, and what its roots mean there.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub reads: Reads,
    pub traveler: Option<TravelerId>,
    pub events: Vec<EventId>,
    pub journey: Option<JourneyId>,
}

impl Checker<'_> {
    /// An event fills a field of the profile.
    pub fn note_personal_event(
        &mut self,
        event: EventId,
        traveler: TravelerId,
        field: &str,
        reads: &Reads,
    ) {
        let marked = |f: &crate::resolve::Field<'_>| f.decl.pii && *f.decl.name.text == *field;
        if !self.names.travelers[traveler.index()]
            .profile
            .iter()
            .any(marked)
        {
            return;
        }
        let fields = reads.iter().filter_map(|(path, _)| match path.as_slice() {
            [root, field, ..] if &**root == "event" => Some((event, field.clone())),
            _ => None,
        });
        self.personal.events.extend(fields);
    }

    /// A template's texts read something beside their parameters.
    pub fn note_template(
        &mut self,
        template: TemplateId,
        traveler: Option<TravelerId>,
        reads: Reads,
    ) {
        let source = Source {
            reads,
            traveler,
            events: Vec::new(),
            journey: None,
        };
        self.personal
            .flows
            .push((Destination::Template(template), source));
    }

    /// An action takes data to a connection.
    pub fn note_flow(&mut self, to: Destination, source: Source) {
        self.personal.flows.push((to, source));
    }

    /// A variable of a journey is set.
    pub fn note_set(&mut self, journey: JourneyId, variable: &Arc<str>, source: Source) {
        self.personal.sets.push((journey, variable.clone(), source));
    }

    /// Reports personal data on its way to a connection that is not cleared.
    pub fn personal_data(&mut self) {
        let personal = std::mem::take(&mut self.personal);
        let tainted = self.tainted_variables(&personal);
        let mut reported = BTreeSet::new();
        for (to, source) in &personal.flows {
            let Some(index) = self.uncleared(to) else {
                continue;
            };
            for (path, span) in &source.reads {
                if self.is_personal(path, source, &personal, &tainted) && reported.insert(*span) {
                    self.leak(path, *span, index);
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

    /// Variables that hold personal data, found until no more turn up.
    fn tainted_variables(&self, personal: &Personal) -> BTreeSet<(JourneyId, Arc<str>)> {
        let mut tainted: BTreeSet<(JourneyId, Arc<str>)> = BTreeSet::new();
        for (index, journey) in self.names.journeys.iter().enumerate() {
            let marked = journey.variables.iter().filter(|f| f.decl.pii);
            let id = JourneyId(index as u32);
            tainted.extend(marked.map(|f| (id, f.decl.name.text.clone())));
        }
        loop {
            let before = tainted.len();
            for (journey, variable, source) in &personal.sets {
                let holds = |(path, _): &(Vec<Arc<str>>, Span)| {
                    self.is_personal(path, source, personal, &tainted)
                };
                if source.reads.iter().any(holds) {
                    tainted.insert((*journey, variable.clone()));
                }
            }
            if tainted.len() == before {
                return tainted;
            }
        }
    }

    fn is_personal(
        &self,
        path: &[Arc<str>],
        source: &Source,
        personal: &Personal,
        tainted: &BTreeSet<(JourneyId, Arc<str>)>,
    ) -> bool {
        let [root, field, ..] = path else {
            return false;
        };
        match &**root {
            "traveler" => source.traveler.is_some_and(|id| {
                let profile = &self.names.travelers[id.index()].profile;
                profile
                    .iter()
                    .any(|f| f.decl.pii && f.decl.name.text == *field)
            }),
            "event" => source.events.iter().any(|id| {
                let fields = &self.names.events[id.index()].fields;
                personal.events.contains(&(*id, field.clone()))
                    || fields
                        .iter()
                        .any(|f| f.decl.pii && f.decl.name.text == *field)
            }),
            "vars" => source
                .journey
                .is_some_and(|id| tainted.contains(&(id, field.clone()))),
            _ => false,
        }
    }

    /// The connection, where it is not cleared.
    fn uncleared(&self, to: &Destination) -> Option<usize> {
        let index = match to {
            Destination::Connection(index) => *index,
            Destination::Template(id) => {
                let channel = &self.names.templates[id.index()].decl.channel;
                let channel = self.names.channel(&channel.text)?;
                self.names.connection(&channel.via.as_ref()?.text)?.0
            }
        };
        let decl = self.names.connections[index].decl;
        let by_nature = decl
            .uses
            .as_ref()
            .is_some_and(|uses| TO_THE_TRAVELER.contains(&&*uses.text));
        (!decl.pii_allowed && !by_nature).then_some(index)
    }
}
