//! Connections: their settings and their actions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use crate::cel::{Facts, Type};
use crate::diagnostic::{Diagnostic, Severity, codes, nearest};
use crate::model;
use crate::model::env::{Here, Place};
use crate::source::Span;
use crate::syntax::ast::{Content, Name};

impl Checker<'_> {
    pub(super) fn connections(&mut self) -> Vec<model::Connection> {
        let mut place = Place::of_traveler(None);
        place.env = Here::Is(());
        place.now = Here::not(
            "`now` is not in a `config`: it is read once, when it runs",
            "write the value itself",
        );
        let declared: Vec<_> = self
            .names
            .connections
            .iter()
            .map(|c| (c.decl, c.standard))
            .collect();
        let mut all = Vec::new();
        for (index, (decl, standard)) in declared.into_iter().enumerate() {
            let mut config = BTreeMap::new();
            // What the workspace says stands in for what the standard connection says, key by key.
            let defaults = standard.map_or(&[][..], |s| &s.config[..]);
            self.mistaken(&decl.config, defaults);
            for (name, content) in defaults.iter().chain(&decl.config) {
                let mut reads = Vec::new();
                let value =
                    self.content(content, &place, &Facts::default(), &Type::Dyn, &mut reads);
                for (path, span) in reads {
                    self.only_environment(&path, span);
                }
                config.extend(value.map(|value| (name.text.clone(), value)));
            }
            all.push(model::Connection {
                name: decl.name.text.clone(),
                uses: decl.uses.as_ref().map(|uses| uses.text.clone()),
                pii_allowed: decl.pii_allowed,
                config,
                logs: self.logs(index),
                at: self.at(decl.name.span),
            });
        }
        all
    }

    /// Tells settings that a standard connection does not read, and that are written almost as one
    /// that it does. Others may be for whoever carries it out.
    fn mistaken(&mut self, written: &[(Name, Content)], known: &[(Name, Content)]) {
        let is = |names: &[(Name, Content)], name: &str| {
            names.iter().any(|(known, _)| *known.text == *name)
        };
        for (name, _) in written.iter().filter(|(name, _)| !is(known, &name.text)) {
            let free = known.iter().map(|(known, _)| &*known.text);
            let free: Vec<&str> = free.filter(|known| !is(written, known)).collect();
            if nearest(&name.text, free.iter().copied()).is_some() {
                let message = format!("nothing reads the setting `{name}`");
                let diagnostic = Diagnostic::new(&codes::UNKNOWN_KEY, name.span, message);
                self.report(Diagnostic {
                    severity: Severity::Warning,
                    ..diagnostic.suggest(&name.text, free)
                });
            }
        }
    }

    /// A connection serves all travelers: its settings cannot depend on one.
    fn only_environment(&mut self, path: &[Arc<str>], span: Span) {
        let Some(root) = path.first() else {
            return;
        };
        if matches!(&**root, "traveler" | "segment" | "journey" | "models") {
            let message = format!("`{root}` is not in a `config`: it is the same for everybody");
            self.report(
                Diagnostic::new(&codes::UNAVAILABLE_NAME, span, message)
                    .help("read the environment, as in `${env.TOKEN}`, or pass it under `with`"),
            );
        }
    }

    pub(super) fn actions(&mut self) -> Vec<model::Action> {
        let mut all = Vec::new();
        for index in 0..self.names.actions.len() {
            let action = self.names.actions[index].clone();
            let channel = action.decl.channel.as_ref();
            let found = channel.and_then(|name| self.found(self.names.find_channel(name)));
            all.push(model::Action {
                name: self.names.vocabulary.actions[index].name.clone(),
                channel: found.map(|index| self.names.channels[index].name.text.clone()),
                params: self.fields(&action.params),
                returns: self.fields(&action.returns),
                at: self.at(action.decl.name.span),
            });
        }
        all
    }
}
