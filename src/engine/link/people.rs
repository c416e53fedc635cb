//! Travelers, the events that concern them, segments and personas.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Link, Linker, refused, root_object, texts};
use crate::cel::{Program, Type};
use crate::engine::linked::{
    EventType, Expr, IdentifyType, Input, PersonaType, ProfileField, Reads, SegmentRule,
    SegmentType, Source, Target, TraitType, TravelerType,
};
use crate::engine::predict::PredictiveType;
use crate::model::env::{Here, Place, slot};
use crate::model::ids::plain;
use crate::model::{
    self, Event, JourneyId, Persona, Segment, SegmentId, SegmentKind, TraitSource, Traveler,
    TravelerId,
};

impl Linker<'_> {
    /// Links everything but journeys.
    pub(super) fn people(&mut self) {
        let model = self.model;
        for (index, head) in self.engine.vocabulary.travelers.clone().iter().enumerate() {
            let Some(traveler) = model.travelers.iter().find(|it| it.name == head.name) else {
                continue;
            };
            let linked = self.traveler(traveler, TravelerId(index as u32));
            if let Some(linked) = self.keep(linked) {
                self.engine.travelers.push(linked);
            }
        }
        for head in self.engine.vocabulary.events.clone() {
            let Some(event) = model.events.iter().find(|it| it.name == head.name) else {
                continue;
            };
            let linked = self.event(event);
            if let Some(linked) = self.keep(linked) {
                self.engine.events.push(linked);
            }
        }
        let mut by_type = BTreeMap::<_, Vec<_>>::new();
        for (index, event) in self.engine.events.iter().enumerate() {
            let ids = by_type.entry(event.cloud_type.clone()).or_default();
            ids.push(model::EventId(index as u32));
        }
        self.engine.by_cloud_type = by_type;
        for head in self.engine.vocabulary.segments.clone() {
            let Some(segment) = model.segments.iter().find(|it| it.name == head.name) else {
                continue;
            };
            let linked = self.segment(segment, head.traveler);
            if let Some(linked) = self.keep(linked) {
                self.engine.segments.push(linked);
            }
        }
        if self.errors.is_empty() {
            let ordered = self.order_segments();
            self.keep(ordered);
        }
    }

    fn traveler(&mut self, traveler: &Traveler, id: TravelerId) -> Link<TravelerType> {
        let field_of = |name: &Arc<str>| {
            let found = traveler
                .profile
                .iter()
                .position(|field| field.name == *name);
            found.map_or_else(
                || refused(&traveler.at, format!("there is no profile field `{name}`")),
                Ok,
            )
        };
        let identities: Vec<_> = (traveler.identities.iter().map(field_of)).collect::<Link<_>>()?;
        let Some(key) = traveler
            .identities
            .iter()
            .position(|it| *it == traveler.key)
        else {
            return refused(
                &traveler.at,
                format!("the key `{}` is no identity", traveler.key),
            );
        };
        let mut profile = Vec::with_capacity(traveler.profile.len());
        for (index, field) in traveler.profile.iter().enumerate() {
            profile.push(ProfileField {
                name: field.name.clone(),
                ty: field.ty.clone(),
                default: texts::default(field)?,
                normalize: field.normalize,
                identity: (identities.iter().position(|it| *it == index)).map(|it| it as u16),
            });
        }
        let place = Place::of_traveler(Some(id));
        let counted = Place {
            now: Here::Is(()),
            ..place.clone()
        };
        let mut sorted: Vec<_> = traveler.traits.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        let traits = (sorted.into_iter())
            .map(|it| self.trait_type(it, &counted))
            .collect::<Link<_>>()?;
        let mut personas: Vec<&Persona> = (self.model.personas.iter())
            .filter(|persona| persona.traveler == traveler.name)
            .collect();
        personas.sort_by(|a, b| b.priority.cmp(&a.priority).then(a.name.cmp(&b.name)));
        let personas = (personas.into_iter())
            .map(|persona| {
                let when = self.expr(&persona.when, &place, &Type::Bool, &persona.name)?;
                Ok(PersonaType {
                    name: persona.name.clone(),
                    reads: reads(&when.program, &self.engine.models),
                    when,
                    at: persona.at.clone(),
                })
            })
            .collect::<Link<_>>()?;
        let mut journeys: Vec<_> = (self.model.journeys.iter())
            .filter(|journey| journey.traveler == traveler.name)
            .collect();
        // One kept from an earlier plan comes right after that of today, whose starts must see its
        // sessions before what is handled ends them.
        let priorities: BTreeMap<&str, i64> = (self.model.journeys.iter())
            .map(|journey| (&*journey.name, journey.priority))
            .collect();
        journeys.sort_by_key(|journey| {
            let name = plain(&journey.name);
            let priority = priorities.get(name).copied().unwrap_or(journey.priority);
            (Reverse(priority), name, &*journey.name)
        });
        let vocabulary = &self.engine.vocabulary;
        let journeys = (journeys.into_iter())
            .filter_map(|journey| vocabulary.find_journey(&journey.name))
            .collect();
        let env = place.env(vocabulary);
        let object = root_object(&env, slot::TRAVELER);
        let consents_object = match object.fields.last().map(|field| &field.ty) {
            Some(Type::Object(consents)) => consents.clone(),
            _ => return refused(&traveler.at, "a traveler has consents"),
        };
        Ok(TravelerType {
            name: traveler.name.clone(),
            key: key as u16,
            identities,
            profile,
            consents: traveler.consents.clone(),
            traits,
            segments: Vec::new(),
            personas,
            journeys,
            object,
            consents_object,
            segment_object: root_object(&env, slot::SEGMENT),
            journey_object: root_object(&env, slot::JOURNEY),
            at: traveler.at.clone(),
        })
    }

    fn trait_type(&self, it: &model::Trait, place: &Place) -> Link<TraitType> {
        let vocabulary = &self.engine.vocabulary;
        let missing =
            |kind: &str, name: &str| refused(&it.at, format!("there is no {kind} `{name}`"));
        let (source, object) = match &it.source {
            TraitSource::Event(name) => match vocabulary.find_event(name) {
                Some(id) => (Source::Event(id), vocabulary.event(id).payload.clone()),
                None => return missing("event", name),
            },
            TraitSource::Send(name) => match vocabulary.find_template(name) {
                Some(id) => (
                    Source::Send(name.clone()),
                    vocabulary.template(id).params.clone(),
                ),
                None => return missing("template", name),
            },
            TraitSource::Call(name) => match vocabulary.find_action(name) {
                Some(id) => (
                    Source::Call(name.clone()),
                    vocabulary.action(id).params.clone(),
                ),
                None => return missing("action", name),
            },
        };
        let (path, element) = Self::slots(&object, &it.field, &it.at)?;
        let when = match (&it.when, &source) {
            (None, _) => None,
            (Some(when), Source::Event(_)) => {
                Some(self.expr(when, place, &Type::Bool, &it.name)?)
            }
            (Some(when), _) => Some(self.expr_over(when, place, &object, &it.name)?),
        };
        if it.within.is_some_and(|within| !within.is_positive()) {
            return refused(&it.at, "a window needs a time above zero");
        }
        Ok(TraitType {
            ty: it.ty.clone(),
            element: element.present().clone(),
            aggregate: it.aggregate,
            source,
            path,
            within: it.within,
            keep: it.keep.map(|keep| keep as usize),
            when,
        })
    }

    /// A profile field or `consents.NAME`, and the type that is due there.
    pub(super) fn target(&self, traveler: TravelerId, name: &str) -> Option<(Target, Type)> {
        let head = self.engine.vocabulary.traveler(traveler);
        if let Some(consent) = name.strip_prefix("consents.") {
            let index = head.consents.iter().position(|it| **it == *consent)?;
            return Some((Target::Consent(index), Type::Bool.nullable()));
        }
        let profile = &head.fields[..head.profile_len];
        let index = profile.iter().position(|field| *field.name == *name)?;
        Some((Target::Field(index), profile[index].ty.clone().nullable()))
    }

    fn event(&self, event: &Event) -> Link<EventType> {
        let vocabulary = &self.engine.vocabulary;
        let Some(id) = vocabulary.find_event(&event.name) else {
            return refused(&event.at, format!("there is no event `{}`", event.name));
        };
        let mut entries = Vec::with_capacity(event.identify.len());
        for entry in &event.identify {
            let Some(traveler) = vocabulary.find_traveler(&entry.traveler) else {
                return refused(
                    &event.at,
                    format!("there is no traveler `{}`", entry.traveler),
                );
            };
            let Some(ty) = self.engine.travelers.get(traveler.index()) else {
                continue;
            };
            let place = Place {
                now: Here::Is(()),
                ..Place::of_traveler(Some(traveler))
            };
            let mut by = Vec::with_capacity(entry.by.len());
            for assign in &entry.by {
                let found =
                    (ty.identities.iter()).position(|field| ty.profile[*field].name == assign.name);
                let Some(identity) = found else {
                    return refused(
                        &assign.value.at,
                        format!("`{}` is not an identity of `{}`", assign.name, ty.name),
                    );
                };
                let due = ty.profile[ty.identities[identity]].ty.clone().nullable();
                let value = self.expr(&assign.value, &place, &due, &event.name)?;
                by.push((identity as u16, value));
            }
            let several = event.identify.len() > 1;
            let update = self.writes(&event.update, &place, &event.name, !several)?;
            entries.push(IdentifyType {
                traveler,
                by,
                update,
            });
        }
        let normalize = (event.fields.iter().enumerate())
            .filter_map(|(index, field)| field.normalize.map(|normalize| (index, normalize)))
            .collect();
        let connection = event.name.split('.').next().unwrap_or_default();
        Ok(EventType {
            name: event.name.clone(),
            cloud_type: event.cloud_type.clone(),
            connection: connection.into(),
            payload: Type::Object(vocabulary.event(id).payload.clone()),
            keep: Vec::new(),
            written: Vec::new(),
            plain: false,
            normalize,
            identify: entries,
            at: event.at.clone(),
        })
    }

    fn segment(&self, segment: &Segment, traveler: Option<TravelerId>) -> Link<SegmentType> {
        let ty = traveler.and_then(|id| self.engine.travelers.get(id.index()));
        let Some(ty) = ty else {
            return refused(
                &segment.at,
                format!("there is no traveler `{}`", segment.traveler),
            );
        };
        let (rule, inputs) = match &segment.kind {
            SegmentKind::When(when) => {
                let place = Place::of_traveler(traveler);
                let when = self.expr(when, &place, &Type::Bool, &segment.name)?;
                let reads = reads(&when.program, &self.engine.models);
                (SegmentRule::When(when), reads)
            }
            SegmentKind::Members(lists) => {
                let mut members = Vec::with_capacity(lists.len());
                for (name, values) in lists {
                    let found =
                        (ty.identities.iter()).position(|field| ty.profile[*field].name == *name);
                    let Some(identity) = found else {
                        return refused(
                            &segment.at,
                            format!("`{name}` is not an identity of `{}`", ty.name),
                        );
                    };
                    let mut values = values.clone();
                    values.sort();
                    members.push((identity as u16, values));
                }
                (
                    SegmentRule::Members(members),
                    Reads(Some(vec![Input::Identities])),
                )
            }
        };
        Ok(SegmentType {
            name: segment.name.clone(),
            rule,
            reads: inputs,
            at: segment.at.clone(),
        })
    }

    /// Segments in the order of names, each after those that it reads.
    fn order_segments(&mut self) -> Link<()> {
        let mut done = vec![false; self.engine.segments.len()];
        for first in 0..done.len() {
            let mut open = vec![first];
            while let Some(next) = open.last().copied() {
                let read = match &self.engine.segments[next].reads.0 {
                    Some(inputs) => inputs.iter().find_map(|input| match input {
                        Input::Segment(id) if !done[id.index()] => Some(id.index()),
                        _ => None,
                    }),
                    None => None,
                };
                if let Some(read) = read {
                    if open.contains(&read) {
                        let segment = &self.engine.segments[read];
                        return refused(
                            &segment.at,
                            format!("the segment `{}` depends on itself", segment.name),
                        );
                    }
                    open.push(read);
                    continue;
                }
                open.pop();
                if std::mem::replace(&mut done[next], true) {
                    continue;
                }
                if let Some(traveler) = self.engine.vocabulary.segments[next].traveler {
                    let ty = &mut self.engine.travelers[traveler.index()];
                    ty.segments.push(SegmentId(next as u32));
                }
            }
        }
        Ok(())
    }
}

/// What a condition about a traveler reads; of a model, what that is given.
fn reads(program: &Program, models: &[PredictiveType]) -> Reads {
    let mut inputs = Vec::new();
    for (root, path) in program.roots() {
        let input = match (root, path.as_slice()) {
            (slot::TRAVELER, [slot, ..]) => Input::Slot(*slot),
            (slot::SEGMENT, [segment, ..]) => Input::Segment(SegmentId(u32::from(*segment))),
            (slot::JOURNEY, [journey, ..]) => Input::Journey(JourneyId(u32::from(*journey))),
            (slot::MODELS, [model, ..]) => {
                let Some(model) = models.get(usize::from(*model)) else {
                    return Reads(None);
                };
                for value in model.inputs.iter().flat_map(|input| &input.values) {
                    // A model reads no other: this goes one level down.
                    match reads(&value.program, &[]).0 {
                        Some(more) => inputs.extend(more),
                        None => return Reads(None),
                    }
                }
                continue;
            }
            _ => return Reads(None),
        };
        inputs.push(input);
    }
    inputs.sort();
    inputs.dedup();
    Reads(Some(inputs))
}

/// What a trace calls the condition of a trigger.
pub(super) fn linked_when(
    linker: &Linker<'_>,
    when: Option<&model::Expr>,
    place: &Place,
    name: &Arc<str>,
) -> Link<Option<Expr>> {
    when.map(|when| linker.expr(when, place, &Type::Bool, name))
        .transpose()
}
