//! How travelers are reached and grouped: channels, templates, segments, personas.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::analysis::{AskedPersona, Earlier};
use super::audience::Types;
use super::context::Checker;
use crate::cel::{Facts, Type, World};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::env::{Here, Place, Standing};
use crate::model::{self, SegmentKind, TemplateId, TravelerId};
use crate::source::Files;
use crate::syntax::ast::{self, Expr, Overflow, TextExpr};

/// What a connection must be able to do to carry a channel.
pub(super) const DELIVER: &str = "deliver";

impl Checker<'_> {
    pub(super) fn channels(&mut self) -> Vec<model::Channel> {
        let declared = self.names.channels.clone();
        declared
            .into_iter()
            .map(|decl| self.channel(decl))
            .collect()
    }

    fn channel(&mut self, decl: &ast::Channel) -> model::Channel {
        let via = decl.via.as_ref().and_then(|name| {
            let index = self.found(self.names.find_connection(name))?;
            self.can_deliver(index, name);
            Some(name.text.clone())
        });
        if let (Some(via), None) = (&decl.via, &decl.address) {
            let message = format!("the channel `{}` does not say where messages go", decl.name);
            self.report(
                Diagnostic::new(&codes::MISSING_KEY, decl.name.span, message)
                    .label(via.span, "they go out through this connection")
                    .help("add `address:`, as in `address: traveler.email`"),
            );
        }
        let reached = self.reached(decl);
        let (address, zone) = self.for_each_type(&reached, |checker, traveler| {
            if let Some(consent) = &decl.consent {
                checker.known_consent(consent, traveler);
            }
            let mut place = Place::of_declaration(Standing::Channel, traveler);
            place.now = Here::Is(());
            let mut checked = |expr: Option<&Expr>, due: &Type| {
                let typed = checker.expr(expr?, &place, &Facts::default(), Some(due));
                Some((typed.model, typed.reads))
            };
            let address = checked(decl.address.as_ref(), &Type::String.nullable());
            let zone = decl.quiet.as_ref().and_then(|quiet| quiet.zone.as_ref());
            let zone = checked(zone, &Type::String).map(|(zone, _)| zone);
            let address = address.map(|(address, reads)| {
                checker.note_address(&decl.name.text, traveler, reads);
                address
            });
            (address, zone)
        });
        model::Channel {
            name: decl.name.text.clone(),
            via,
            address,
            consent: decl.consent.as_ref().map(|name| name.text.clone()),
            caps: decl
                .caps
                .iter()
                .map(|cap| model::Cap {
                    max: cap.max.value,
                    per: cap.per.value,
                    then: overflow(cap.then),
                    at: self.at(cap.span),
                })
                .collect(),
            quiet: decl.quiet.as_ref().map(|quiet| model::Quiet {
                from: quiet.from.value,
                to: quiet.to.value,
                zone,
                then: overflow(quiet.then),
                at: self.at(quiet.span),
            }),
            at: self.at(decl.name.span),
        }
    }

    fn can_deliver(&mut self, index: usize, name: &ast::Name) {
        let connection = &self.names.connections[index];
        let action = format!("{}.{DELIVER}", connection.decl.name);
        if connection.incomplete || self.names.vocabulary.find_action(&action).is_some() {
            return;
        }
        let span = connection.decl.name.span;
        let message = format!("the connection `{name}` cannot deliver messages");
        self.report(
            Diagnostic::new(&codes::UNKNOWN_ACTION, name.span, message)
                .label(span, format!("it has no action `{DELIVER}`"))
                .help(
                    "use one that can (`std/email`, `std/sms`, `std/push`), or declare the action",
                ),
        );
    }

    /// The types of travelers that a channel reaches: the only one, or those that something is
    /// sent to on it. One that nothing goes through yet is for those whose fields it reads.
    fn reached(&self, decl: &ast::Channel) -> Types {
        let travelers = &self.names.vocabulary.travelers;
        let all = (0..travelers.len() as u32).map(TravelerId);
        let of = |id| (id, decl.name.span);
        if travelers.len() <= 1 {
            return all.map(of).collect();
        }
        let types = self.audience.of_channel(&decl.name.text);
        if !types.is_empty() {
            return types;
        }
        let text = decl.address.as_ref().map_or("", |expr| expr.source());
        let field = text.trim().strip_prefix("traveler.").unwrap_or_default();
        let has = |id: &TravelerId| {
            travelers[id.index()]
                .fields
                .iter()
                .any(|f| *f.name == *field)
                && decl
                    .consent
                    .as_ref()
                    .is_none_or(|c| travelers[id.index()].consents.contains(&c.text))
        };
        all.into_iter().find(has).map(of).into_iter().collect()
    }

    fn known_consent(&mut self, consent: &ast::Name, traveler: Option<TravelerId>) {
        let Some(traveler) = traveler else {
            return;
        };
        let head = self.names.vocabulary.traveler(traveler);
        if head.consents.contains(&consent.text) {
            return;
        }
        let message = format!("`{}` has no consent `{consent}`", head.name);
        let known: Vec<String> = head.consents.iter().map(ToString::to_string).collect();
        let diagnostic = Diagnostic::new(&codes::UNKNOWN_FIELD, consent.span, message)
            .suggest(&consent.text, known.iter().map(String::as_str));
        self.report(match diagnostic.help {
            Some(_) => diagnostic,
            None => diagnostic.help(format!("add `{consent}` to `consents` of the traveler")),
        });
    }

    pub(super) fn templates(&mut self) -> Vec<model::Template> {
        let checked = self.in_parallel(self.names.templates.len(), |checker, index| {
            let model = checker.template(TemplateId(index as u32));
            checker.modelled.then_some(model)
        });
        checked.into_iter().flatten().collect()
    }

    fn template(&mut self, id: TemplateId) -> model::Template {
        let template = self.names.templates[id.index()].clone();
        let decl = template.decl;
        let channel = self.found(self.names.find_channel(&decl.channel));
        let channel = channel.map(|index| self.names.channels[index]);
        if let Some(channel) = channel.filter(|c| c.via.is_none()) {
            let message = format!("nothing can be sent on the channel `{}`", channel.name);
            self.report(
                Diagnostic::new(&codes::MISSING_KEY, decl.channel.span, message)
                    .label(channel.name.span, "it names no connection with `via`")
                    .help("choose a channel that has one"),
            );
        }
        let sent = self.audience.of_template(&decl.name.text);
        let audience = match channel {
            Some(channel) if sent.is_empty() => self.reached(channel),
            _ => sent,
        };
        let params = self.fields(&template.params);
        let (subject, body) = self.for_each_type(&audience, |checker, traveler| {
            let mut place = Place::of_declaration(Standing::Template, traveler);
            place.params = Here::Is(id);
            place.now = Here::Is(());
            let mut reads = Vec::new();
            let mut text = |text: Option<&TextExpr>| {
                text.map(|text| checker.text(text, &place, &Facts::default(), &mut reads))
            };
            let (subject, body) = (text(decl.subject.as_ref()), text(decl.body.as_ref()));
            checker.note_template(id, traveler, reads);
            (subject, body)
        });
        model::Template {
            name: decl.name.text.clone(),
            channel: decl.channel.text.clone(),
            transactional: decl.transactional,
            params,
            subject,
            body,
            at: self.at(decl.name.span),
        }
    }

    pub(super) fn segments(&mut self, files: &dyn Files) -> Vec<model::Segment> {
        let checked = self.in_parallel(self.names.segments.len(), |checker, index| {
            let mut known = None;
            let model = checker.segment(checker.names.segments[index], files, &mut known);
            (model.filter(|_| checker.modelled), known)
        });
        let (models, known): (Vec<_>, Vec<_>) = checked.into_iter().unzip();
        self.segment_conditions = Arc::new(known.into_iter().flatten().collect());
        models.into_iter().flatten().collect()
    }

    /// `known` becomes what its condition says of those in it, and of the others.
    fn segment(
        &mut self,
        decl: &ast::Segment,
        files: &dyn Files,
        known: &mut Option<(Arc<str>, (World, World))>,
    ) -> Option<model::Segment> {
        let traveler = self.found(self.names.find_traveler(&decl.traveler))?;
        let kind = match &decl.kind {
            ast::SegmentKind::When(expr) => {
                let place = Place::of_declaration(Standing::Segment, Some(traveler));
                let typed = self.condition(expr, &place, &Facts::default());
                self.asked(expr, &typed);
                // Of one that is always the same that has been told.
                if !typed.taken.is_never() && !typed.left.is_never() {
                    let of_traveler = |path: &str| path.starts_with("traveler.");
                    let path = Arc::from(format!("segment.{}", decl.name));
                    let worlds = (typed.taken.only(of_traveler), typed.left.only(of_traveler));
                    *known = Some((path, worlds));
                }
                SegmentKind::When(typed.model)
            }
            ast::SegmentKind::Members(path) => self.members(decl, path, files)?,
        };
        Some(model::Segment {
            name: decl.name.text.clone(),
            traveler: decl.traveler.text.clone(),
            kind,
            at: self.at(decl.name.span),
        })
    }

    pub(super) fn personas(&mut self) -> Vec<model::Persona> {
        let declared = self.names.personas.clone();
        let mut asked = BTreeMap::new();
        let personas = declared
            .into_iter()
            .filter_map(|decl| self.persona(decl, &mut asked))
            .collect();
        for of_type in asked.into_values() {
            self.shadowed_personas(of_type);
        }
        personas
    }

    fn persona(
        &mut self,
        decl: &ast::Persona,
        asked: &mut BTreeMap<u32, Vec<AskedPersona>>,
    ) -> Option<model::Persona> {
        let traveler = self.found(self.names.find_traveler(&decl.traveler))?;
        let place = Place::of_declaration(Standing::Persona, Some(traveler));
        let typed = self.condition(&decl.when, &place, &Facts::default());
        self.asked(&decl.when, &typed);
        asked.entry(traveler.0).or_default().push(AskedPersona {
            name: decl.name.text.clone(),
            priority: decl.priority.into(),
            taken: typed.taken,
            earlier: Earlier {
                span: decl.when.text.span(),
                left: typed.left,
            },
        });
        Some(model::Persona {
            name: decl.name.text.clone(),
            traveler: decl.traveler.text.clone(),
            priority: decl.priority,
            when: typed.model,
            at: self.at(decl.name.span),
        })
    }
}

fn overflow(written: Overflow) -> model::Overflow {
    match written {
        Overflow::Drop => model::Overflow::Drop,
        Overflow::Defer => model::Overflow::Defer,
    }
}
