//! Names as they are used: each leads to an id, or to a diagnostic that says what there is instead.
//!
//! `Err(None)` is a name that has been reported elsewhere: of a declaration that could not be read,
//! or below a connection whose standard part is not known.

use super::Resolved;
use crate::diagnostic::{Code, Diagnostic, codes, nearest};
use crate::model::{ActionId, EventId, JourneyId, ModelId, SegmentId, TemplateId, TravelerId};
use crate::source::Span;
use crate::syntax::ast::{self, EventRef, Kind, Name};

pub type Lookup<T> = Result<T, Option<Box<Diagnostic>>>;

impl Resolved<'_> {
    pub fn find_traveler(&self, name: &Name) -> Lookup<TravelerId> {
        let known = self.vocabulary.travelers.iter().map(|t| &*t.name);
        let found = self.vocabulary.find_traveler(&name.text);
        self.or_unknown(found, Kind::Traveler, &codes::UNKNOWN_TRAVELER, name, known)
    }

    pub fn find_journey(&self, name: &Name) -> Lookup<JourneyId> {
        let known = self.vocabulary.journeys.iter().map(|j| &*j.name);
        let found = self.vocabulary.find_journey(&name.text);
        self.or_unknown(found, Kind::Journey, &codes::UNKNOWN_JOURNEY, name, known)
    }

    pub fn find_segment(&self, name: &Name) -> Lookup<SegmentId> {
        let known = self.vocabulary.segments.iter().map(|s| &*s.name);
        let found = self.vocabulary.find_segment(&name.text);
        self.or_unknown(found, Kind::Segment, &codes::UNKNOWN_SEGMENT, name, known)
    }

    pub fn find_model(&self, name: &Name) -> Lookup<ModelId> {
        let known = self.vocabulary.models.iter().map(|m| &*m.name);
        let found = self.vocabulary.find_model(&name.text);
        self.or_unknown(found, Kind::Model, &codes::UNKNOWN_MODEL, name, known)
    }

    pub fn find_template(&self, name: &Name) -> Lookup<TemplateId> {
        let known = self.vocabulary.templates.iter().map(|t| &*t.name);
        let found = self.vocabulary.find_template(&name.text);
        self.or_unknown(found, Kind::Template, &codes::UNKNOWN_TEMPLATE, name, known)
    }

    /// The channel, by its index in [`Resolved::channels`].
    pub fn find_channel(&self, name: &Name) -> Lookup<usize> {
        let known = self.channels.iter().map(|c| &*c.name.text);
        let named = |channel: &&ast::Channel| channel.name.text.cmp(&name.text);
        let found = self.channels.binary_search_by(named).ok();
        self.or_unknown(found, Kind::Channel, &codes::UNKNOWN_CHANNEL, name, known)
    }

    /// The connection, by its index in [`Resolved::connections`].
    pub fn find_connection(&self, name: &Name) -> Lookup<usize> {
        let known = self.connections.iter().map(|c| &*c.decl.name.text);
        let found = self.connection(&name.text).map(|(index, _)| index);
        self.or_unknown(
            found,
            Kind::Connection,
            &codes::UNKNOWN_CONNECTION,
            name,
            known,
        )
    }

    /// `CONNECTION.EVENT`.
    pub fn find_event(&self, event: &EventRef) -> Lookup<EventId> {
        let known = || self.vocabulary.events.iter().map(|e| &*e.name).collect();
        let found = |name: &str| self.vocabulary.find_event(name);
        self.find_member(event, "event", &codes::UNKNOWN_EVENT, known, found)
    }

    /// `CONNECTION.ACTION`.
    pub fn find_action(&self, action: &EventRef) -> Lookup<ActionId> {
        let known = || self.vocabulary.actions.iter().map(|a| &*a.name).collect();
        let found = |name: &str| self.vocabulary.find_action(name);
        self.find_member(action, "action", &codes::UNKNOWN_ACTION, known, found)
    }

    fn find_member<'k, T>(
        &'k self,
        written: &EventRef,
        what: &str,
        code: &'static Code,
        known: impl Fn() -> Vec<&'k str>,
        find: impl Fn(&str) -> Option<T>,
    ) -> Lookup<T> {
        let full = &**written.text();
        if let Some(id) = find(full) {
            return Ok(id);
        }
        let [connection, rest @ ..] = written.names() else {
            return Err(None);
        };
        let known = known();
        if rest.is_empty() {
            let diagnostic = Diagnostic::new(
                code,
                written.span,
                format!("`{full}` is no {what}: a connection stands before it"),
            );
            let ends_so = |name: &&&str| name.rsplit_once('.').is_some_and(|(_, e)| e == full);
            let with_connection = known.iter().find(ends_so).copied();
            return Err(Some(Box::new(suggest_whole(
                diagnostic,
                written.span,
                with_connection,
                &format!(
                    "write `CONNECTION.{what_upper}`",
                    what_upper = what.to_uppercase()
                ),
            ))));
        }
        let index = self.find_connection(connection)?;
        let linked = &self.connections[index];
        if linked.incomplete {
            return Err(None);
        }
        let name = full.split_once('.').map_or("", |(_, name)| name);
        let prefix = format!("{connection}.");
        let mine: Vec<&str> = known
            .iter()
            .filter_map(|k| k.strip_prefix(&prefix))
            .collect();
        let diagnostic = Diagnostic::new(
            code,
            written.span,
            format!("connection `{connection}` has no {what} `{name}`"),
        )
        .label(
            linked.decl.name.span,
            format!("`{connection}` is declared here"),
        );
        let diagnostic = match nearest(name, mine.iter().copied()) {
            Some(best) => {
                let best = format!("{prefix}{best}");
                suggest_whole(diagnostic, written.span, Some(&best), "")
            }
            None => match crate::diagnostic::did_you_mean::list(&mine) {
                Some(list) => diagnostic.help(list),
                None => diagnostic.help(format!("declare the {what} under `{connection}`")),
            },
        };
        Err(Some(Box::new(diagnostic)))
    }

    fn or_unknown<'n, T>(
        &self,
        found: Option<T>,
        kind: Kind,
        code: &'static Code,
        name: &Name,
        known: impl Iterator<Item = &'n str>,
    ) -> Lookup<T> {
        if let Some(found) = found {
            return Ok(found);
        }
        if self.is_broken(kind, &name.text) {
            return Err(None);
        }
        let what = match kind {
            Kind::Traveler => "traveler type",
            other => other.keyword(),
        };
        let message = format!("there is no {what} `{name}`");
        let diagnostic = Diagnostic::new(code, name.span, message).suggest(&name.text, known);
        let keyword = kind.keyword();
        Err(Some(Box::new(if diagnostic.help.is_some() {
            diagnostic
        } else {
            diagnostic.help(format!("declare it: `{keyword}: {name}`"))
        })))
    }
}

fn suggest_whole(
    diagnostic: Diagnostic,
    span: Span,
    best: Option<&str>,
    otherwise: &str,
) -> Diagnostic {
    match best {
        Some(best) => diagnostic.help(format!("did you mean `{best}`?")).fix(
            crate::diagnostic::Applicability::Unsafe,
            format!("write `{best}`"),
            span,
            best,
        ),
        None => diagnostic.help(otherwise),
    }
}
