//! Channels, templates and actions, each for the traveler type of the journey that uses it.

use std::sync::Arc;

use super::{Link, LinkError, Linker, refused};
use crate::cel::{ObjectType, Type};
use crate::engine::linked::{Cap, Channel, Delivery, Part, Quiet};
use crate::model::env::{Here, Place};
use crate::model::ids::plain;
use crate::model::{At, Field, Text, TravelerId};

impl Linker<'_> {
    /// A template, for travelers of the type.
    pub(super) fn template(
        &mut self,
        name: &Arc<str>,
        traveler: TravelerId,
        at: &At,
    ) -> Link<usize> {
        let key = (true, name.clone(), traveler);
        if let Some(found) = self.deliveries.get(&key) {
            return Ok(*found);
        }
        let model = self.model;
        let (Some(template), Some(id)) = (
            model.templates.iter().find(|it| it.name == *name),
            self.engine.vocabulary.find_template(name),
        ) else {
            return refused(at, format!("there is no template `{name}`"));
        };
        let channel = self.channel(&template.channel, traveler, &template.at)?;
        let place = Place {
            params: Here::Is(id),
            now: Here::Is(()),
            ..Place::of_traveler(Some(traveler))
        };
        let text = |text: &Option<Text>| -> Link<Option<Vec<Part>>> {
            let linked = text.as_ref().map(|text| self.text(text, &place, name));
            linked.transpose()
        };
        let known_as = plain(name);
        let counted = (known_as != &**name)
            .then(|| self.engine.vocabulary.find_template(known_as))
            .flatten();
        let delivery = Delivery {
            name: known_as.into(),
            traveler,
            counted: counted.map(|id| self.engine.vocabulary.template(id).params.clone()),
            send: true,
            channel: Some(channel),
            transactional: template.transactional,
            params: self.engine.vocabulary.template(id).params.clone(),
            returns: Type::Null,
            subject: text(&template.subject)?,
            body: text(&template.body)?,
        };
        Ok(self.deliver(key, delivery))
    }

    /// An action, for travelers of the type.
    pub(super) fn action(&mut self, name: &Arc<str>, traveler: TravelerId, at: &At) -> Link<usize> {
        let key = (false, name.clone(), traveler);
        if let Some(found) = self.deliveries.get(&key) {
            return Ok(*found);
        }
        let model = self.model;
        let (Some(action), Some(id)) = (
            model.actions.iter().find(|it| it.name == *name),
            self.engine.vocabulary.find_action(name),
        ) else {
            return refused(at, format!("there is no action `{name}`"));
        };
        let channel = match &action.channel {
            Some(channel) => Some(self.channel(channel, traveler, &action.at)?),
            None => None,
        };
        let head = self.engine.vocabulary.action(id);
        let delivery = Delivery {
            name: name.clone(),
            traveler,
            counted: None,
            send: false,
            channel,
            transactional: false,
            params: head.params.clone(),
            returns: Type::Object(head.returns.clone()),
            subject: None,
            body: None,
        };
        Ok(self.deliver(key, delivery))
    }

    fn deliver(&mut self, key: (bool, Arc<str>, TravelerId), delivery: Delivery) -> usize {
        self.engine.deliveries.push(delivery);
        let index = self.engine.deliveries.len() - 1;
        self.deliveries.insert(key, index);
        index
    }

    fn channel(&mut self, name: &Arc<str>, traveler: TravelerId, at: &At) -> Link<usize> {
        let key = (name.clone(), traveler);
        if let Some(found) = self.channels.get(&key) {
            return Ok(*found);
        }
        let model = self.model;
        let Some(channel) = model.channels.iter().find(|it| it.name == *name) else {
            return refused(at, format!("there is no channel `{name}`"));
        };
        let place = Place {
            now: Here::Is(()),
            ..Place::of_traveler(Some(traveler))
        };
        let address = (channel.address.as_ref())
            .map(|address| self.expr(address, &place, &Type::String.nullable(), name))
            .transpose()?;
        let consents = &self.engine.vocabulary.traveler(traveler).consents;
        let consent = match &channel.consent {
            Some(consent) => Some(consents.iter().position(|it| it == consent).ok_or_else(
                || LinkError {
                    at: Some(channel.at.clone()),
                    message: format!("there is no consent `{consent}`"),
                },
            )?),
            None => None,
        };
        let mut caps = Vec::with_capacity(channel.caps.len());
        for cap in &channel.caps {
            if !cap.per.is_positive() {
                return refused(&cap.at, "a cap needs a time above zero");
            }
            caps.push(Cap {
                max: cap.max as usize,
                per: cap.per,
                then: cap.then,
            });
        }
        let quiet = match &channel.quiet {
            Some(quiet) => Some(Quiet {
                from: quiet.from,
                to: quiet.to,
                zone: (quiet.zone.as_ref())
                    .map(|zone| self.expr(zone, &place, &Type::String.nullable(), name))
                    .transpose()?,
                then: quiet.then,
            }),
            None => None,
        };
        self.engine.channels.push(Channel {
            name: name.clone(),
            via: channel.via.clone(),
            address,
            consent,
            caps,
            quiet,
        });
        let index = self.engine.channels.len() - 1;
        self.channels.insert(key, index);
        Ok(index)
    }

    /// The parameters of a template or action, with their defaults.
    pub(super) fn params(&self, name: &str, send: bool) -> &[Field] {
        if send {
            let found = self.model.templates.iter().find(|it| *it.name == *name);
            found.map_or(&[], |it| &it.params)
        } else {
            let found = self.model.actions.iter().find(|it| *it.name == *name);
            found.map_or(&[], |it| &it.params)
        }
    }

    /// The slots of a path below an object.
    pub(super) fn slots(
        object: &Arc<ObjectType>,
        path: &[Arc<str>],
        at: &At,
    ) -> Link<(Vec<usize>, Type)> {
        let mut ty = Type::Object(object.clone());
        let mut slots = Vec::with_capacity(path.len());
        for name in path {
            let Type::Object(object) = ty.present() else {
                return refused(at, format!("there is no field `{name}`"));
            };
            let Some((slot, field)) = object.field(name) else {
                return refused(at, format!("there is no field `{name}`"));
            };
            slots.push(slot);
            ty = field.ty.clone();
        }
        Ok((slots, ty))
    }
}
