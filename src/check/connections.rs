//! Connections: their settings and their actions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::context::Checker;
use crate::cel::{Facts, Type};
use crate::diagnostic::{Diagnostic, Severity, codes, nearest};
use crate::model;
use crate::model::env::{Here, Place};
use crate::source::Span;
use crate::syntax::ast::{self, Content, Name};

impl Checker<'_> {
    pub(super) fn connections(&mut self) -> Vec<model::Connection> {
        let declared: Vec<_> = self
            .names
            .connections
            .iter()
            .map(|c| (c.decl, c.standard))
            .collect();
        let mut all = Vec::new();
        for (index, (decl, standard)) in declared.into_iter().enumerate() {
            // What the workspace says stands in for what the standard connection says, key by key.
            let defaults = standard.map_or(&[][..], |s| &s.config[..]);
            let known: Vec<_> = defaults.iter().map(|(name, _)| name).collect();
            self.mistaken(&decl.config, &known);
            let config = self.config(defaults.iter().chain(&decl.config));
            all.push(model::Connection {
                name: decl.name.text.clone(),
                uses: decl.uses.as_ref().map(|uses| uses.text.clone()),
                pii_allowed: decl.pii_allowed,
                config,
                delivery: delivery(&decl.delivery),
                logs: self.logs(index),
                at: self.at(decl.name.span),
            });
        }
        all
    }

    /// Settings; of two of one name, the second.
    pub(super) fn config<'c>(
        &mut self,
        settings: impl Iterator<Item = &'c (Name, Content)>,
    ) -> BTreeMap<Arc<str>, model::Content> {
        let mut place = Place::of_traveler(None);
        place.env = Here::Is(());
        place.now = Here::not(
            "`now` is not available in a `config`: it is read once, when it runs",
            "write the value itself",
        );
        let mut config = BTreeMap::new();
        for (name, content) in settings {
            let mut reads = Vec::new();
            let value = self.content(content, &place, &Facts::default(), &Type::Dyn, &mut reads);
            for (path, span) in reads {
                self.only_environment(&path, span);
                if let [root, name, ..] = &*path
                    && **root == *"env"
                {
                    self.variables_read.insert(name.clone());
                }
            }
            config.extend(value.map(|value| (name.text.clone(), value)));
        }
        config
    }

    /// Tells settings that a standard connection does not read, and that are written almost as one
    /// that it does. Others may be for whoever carries it out.
    pub(super) fn mistaken(&mut self, written: &[(Name, Content)], known: &[&Name]) {
        let is_written = |name: &&str| written.iter().any(|(written, _)| *written.text == **name);
        let free: Vec<&str> = (known.iter().map(|known| &*known.text))
            .filter(|known| !is_written(known))
            .collect();
        let is_known = |name: &Name| known.iter().any(|known| known.text == name.text);
        for (name, _) in written.iter().filter(|(name, _)| !is_known(name)) {
            if nearest(&name.text, free.iter().copied()).is_some() {
                let message = format!("nothing reads the setting `{name}`");
                let diagnostic = Diagnostic::new(&codes::UNKNOWN_KEY, name.span, message);
                self.report(Diagnostic {
                    severity: Severity::Warning,
                    ..diagnostic.suggest(&name.text, free.iter().copied())
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
            let message =
                format!("`{root}` is not available in a `config`: it is the same for everybody");
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

/// How actions are carried out, as a model says it.
pub(super) fn delivery(written: &ast::Delivery) -> model::Delivery {
    model::Delivery {
        timeout: written.timeout,
        rate: written.rate.map(|rate| model::Rate {
            count: rate.count,
            per: rate.per,
        }),
        parallel: written.parallel,
        retry: model::Retry {
            attempts: written.retry.attempts,
            from: written.retry.from,
            to: written.retry.to,
            statuses: written.retry.statuses.clone(),
        },
    }
}
