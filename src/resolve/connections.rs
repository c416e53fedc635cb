//! Connections with what the standard ones that they use bring: events and actions, each with the
//! types of its fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::types::Types;
use super::{Action, Connection, Event, EventSource, collect, duplicate, snake_case};
use crate::diagnostic::{Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Workspace};
use crate::syntax::standard_names;

/// Links each connection to the standard one that it uses.
pub(super) fn connections<'w>(
    workspace: &'w Workspace,
    declared: &[&'w ast::Connection],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Connection<'w>> {
    let standard = |uses: &ast::Name| {
        let found = workspace
            .standard
            .iter()
            .find(|(name, _)| *name == uses.text);
        found.map(|(_, connection)| &**connection)
    };
    let link = |decl: &&'w ast::Connection| {
        let standard = decl.uses.as_ref().and_then(standard);
        if let (Some(uses), None) = (&decl.uses, standard) {
            diagnostics.push(
                Diagnostic::new(
                    &codes::UNKNOWN_CONNECTION,
                    uses.span,
                    format!("there is no standard connection `{uses}`"),
                )
                .suggest(&uses.text, standard_names()),
            );
        }
        Connection {
            decl,
            standard,
            incomplete: decl.uses.is_some() && standard.is_none(),
        }
    };
    declared.iter().map(link).collect()
}

/// All events by `CONNECTION.EVENT`, with their names. What a connection declares under the name of
/// a standard event adds to it.
pub(super) fn events<'w>(
    connections: &[Connection<'w>],
    types: &mut Types<'w>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Arc<str>, Event<'w>)> {
    let mut all = Vec::new();
    for (index, connection) in connections.iter().enumerate() {
        let prefix = &connection.decl.name.text;
        let own = collect::unique("event", &connection.decl.events, |e| &e.name, diagnostics);
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        for decl in connection.standard.map_or(&[][..], |s| &s.events[..]) {
            let added = own.iter().find(|e| e.name.text == decl.name.text).copied();
            let fields = decl
                .fields
                .iter()
                .chain(added.map_or(&[][..], |e| &e.fields[..]));
            let fields = types.fields_of("field", Some(index), fields, diagnostics);
            first.insert(decl.name.text.to_string(), added.unwrap_or(decl).name.span);
            all.push((
                Arc::from(format!("{prefix}.{}", decl.name)),
                Event {
                    connection: index,
                    source: EventSource::Event(added.unwrap_or(decl)),
                    base: added.map(|_| decl),
                    fields,
                    standard: added.is_none(),
                    cloud_type: cloud_type(prefix, decl, added),
                },
            ));
        }
        for decl in own.iter().filter(|e| !first.contains_key(&*e.name.text)) {
            all.push((
                Arc::from(format!("{prefix}.{}", decl.name)),
                Event {
                    connection: index,
                    source: EventSource::Event(decl),
                    base: None,
                    fields: types.fields("field", Some(index), &decl.fields, diagnostics),
                    standard: false,
                    cloud_type: cloud_type(prefix, decl, None),
                },
            ));
        }
        first.extend(own.iter().map(|e| (e.name.text.to_string(), e.name.span)));
        let standard_entities = connection.standard.map_or(&[][..], |s| &s.entities[..]);
        for entity in standard_entities.iter().chain(&connection.decl.entities) {
            let name = format!("{}_changed", snake_case(&entity.name.text));
            if let Some(span) = first.get(&name) {
                let name = format!("{prefix}.{name}");
                diagnostics.push(duplicate("event", &name, entity.name.span, *span));
                continue;
            }
            let full: Arc<str> = Arc::from(format!("{prefix}.{name}"));
            first.insert(name, entity.name.span);
            all.push((
                full.clone(),
                Event {
                    connection: index,
                    source: EventSource::Entity(entity),
                    base: None,
                    fields: types.fields("field", Some(index), &entity.fields, diagnostics),
                    standard: false,
                    cloud_type: full,
                },
            ));
        }
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    one_event_per_type(&all, connections, diagnostics);
    all
}

fn cloud_type(prefix: &str, decl: &ast::Event, added: Option<&ast::Event>) -> Arc<str> {
    let written = added
        .and_then(|e| e.cloud_type.as_ref())
        .or(decl.cloud_type.as_ref());
    match written {
        Some(written) => Arc::from(written.value.as_str()),
        None => Arc::from(format!("{prefix}.{}", decl.name)),
    }
}

/// An incoming event is known by its type alone.
fn one_event_per_type(
    events: &[(Arc<str>, Event<'_>)],
    connections: &[Connection<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut first: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for (name, event) in events {
        let span = type_span(event, connections);
        match first.get(&*event.cloud_type) {
            Some((other, place)) => diagnostics.push(
                Diagnostic::new(
                    &codes::DUPLICATE_NAME,
                    span,
                    format!(
                        "`{name}` and `{other}` have the same CloudEvents type `{}`",
                        event.cloud_type
                    ),
                )
                .label(*place, format!("`{other}` has it too"))
                .help("give one of them a `type:` of its own"),
            ),
            None => {
                first.insert(&event.cloud_type, (name, span));
            }
        }
    }
}

fn type_span(event: &Event<'_>, connections: &[Connection<'_>]) -> Span {
    let connection = connections[event.connection].decl;
    match event.source {
        EventSource::Event(_) if event.standard => connection
            .uses
            .as_ref()
            .map_or(connection.name.span, |uses| uses.span),
        EventSource::Event(decl) => decl.cloud_type.as_ref().map_or(decl.name.span, |t| t.span),
        EventSource::Entity(decl) => decl.name.span,
    }
}

/// All actions by `CONNECTION.ACTION`, with their names.
pub(super) fn actions<'w>(
    connections: &[Connection<'w>],
    types: &mut Types<'w>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Arc<str>, Action<'w>)> {
    let mut all: Vec<(Arc<str>, Action<'w>)> = Vec::new();
    for (index, connection) in connections.iter().enumerate() {
        let standard = connection.standard.map_or(&[][..], |s| &s.actions[..]);
        let decls = standard.iter().chain(&connection.decl.actions);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for decl in decls.clone() {
            *counts.entry(&decl.name.text).or_default() += 1;
        }
        for decl in collect::unique("action", decls.clone(), |a| &a.name, diagnostics) {
            all.push((
                Arc::from(format!("{}.{}", connection.decl.name, decl.name)),
                Action {
                    connection: index,
                    decl,
                    twice: counts.get(&*decl.name.text).is_some_and(|count| *count > 1),
                    params: types.fields("parameter", Some(index), &decl.params, diagnostics),
                    returns: types.fields("field", Some(index), &decl.returns, diagnostics),
                },
            ));
        }
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}
