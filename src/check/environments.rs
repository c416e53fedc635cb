//! The manifest's environments: what differs where a plan runs.

use std::sync::Arc;

use super::connections::delivery;
use super::context::Checker;
use crate::diagnostic::{Diagnostic, Severity, codes, nearest};
use crate::model;
use crate::syntax::ast::{self, Environment};

impl Checker<'_> {
    /// By name.
    pub(super) fn environments(&mut self) -> Vec<model::Environment> {
        let names = self.names.clone();
        let declared = &names.workspace.manifest.environments;
        let mut all: Vec<_> = (declared.iter())
            .map(|environment| self.environment(environment))
            .collect();
        for environment in declared {
            self.misspelt(environment);
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    fn environment(&mut self, declared: &Environment) -> model::Environment {
        let connections = (declared.connections.iter())
            .filter_map(|replaced| self.replaced(replaced))
            .collect();
        model::Environment {
            name: declared.name.text.clone(),
            values: (declared.values.iter())
                .map(|(name, value)| (name.text.clone(), Arc::from(&*value.value)))
                .collect(),
            runtime: (declared.runtime.as_ref()).map(|it| Arc::from(&*it.value)),
            connections,
            at: self.at(declared.name.span),
        }
    }

    fn replaced(&mut self, written: &ast::Replaced) -> Option<(Arc<str>, model::Replaced)> {
        let names = self.names.clone();
        let found = self.found(names.find_connection(&written.connection));
        if let Some(index) = found {
            let connection = &names.connections[index];
            let standard = connection.standard.map_or(&[][..], |s| &s.config[..]);
            let known: Vec<_> = (standard.iter())
                .chain(&connection.decl.config)
                .map(|(name, _)| name)
                .collect();
            self.mistaken(&written.config, &known);
        }
        let replaced = model::Replaced {
            deliver: written.deliver.as_ref().map(|sink| match sink {
                ast::Sink::Stdout => model::Sink::Stdout,
                ast::Sink::File(path) => model::Sink::File(Arc::from(&**path)),
            }),
            config: self.config(written.config.iter()),
            delivery: delivery(&written.delivery),
            at: self.at(written.connection.span),
        };
        found.map(|_| (written.connection.text.clone(), replaced))
    }

    /// Tells values that no setting reads, and that are written almost as one that is read. Others may
    /// be for whoever else reads the manifest.
    fn misspelt(&mut self, declared: &Environment) {
        let given = |name: &str| {
            declared
                .values
                .iter()
                .any(|(given, _)| *given.text == *name)
        };
        let read = self.variables_read.clone();
        let free: Vec<&str> = read
            .iter()
            .map(|name| &**name)
            .filter(|name| !given(name))
            .chain(declared.runtime.is_none().then_some("runtime"))
            .collect();
        for (name, _) in declared
            .values
            .iter()
            .filter(|(name, _)| !read.contains(&name.text))
        {
            if nearest(&name.text, free.iter().copied()).is_some() {
                let message = format!("no setting reads `{name}`");
                let diagnostic = Diagnostic::new(&codes::UNKNOWN_KEY, name.span, message);
                self.report(Diagnostic {
                    severity: Severity::Warning,
                    ..diagnostic.suggest(&name.text, free.iter().copied())
                });
            }
        }
    }
}
