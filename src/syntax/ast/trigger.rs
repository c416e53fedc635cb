//! Triggers: what starts a journey, enters a milestone, fires a rule, ends a session or a wait.

use std::sync::Arc;

use super::{Assign, Duration, Expr, Name, Spanned};
use crate::source::Span;

/// What something refers to with dots in it: `shop.order_placed`, `send.discount_mail`,
/// `call.crm.open_case`, `segment.vip.entered`.
#[derive(Clone, Debug)]
pub struct EventRef {
    names: Box<[Name]>,
    text: Arc<str>,
    pub span: Span,
}

/// As it is written.
impl std::fmt::Display for EventRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl EventRef {
    /// Of at least one name, written without back-ticks.
    pub fn written(names: Vec<Name>, text: &str, span: Span) -> Self {
        let text = match names.as_slice() {
            [one] => Arc::clone(&one.text),
            _ => Arc::from(text),
        };
        let names = names.into();
        Self { names, text, span }
    }

    /// Of at least one name.
    pub fn new(names: impl Into<Box<[Name]>>, span: Span) -> Self {
        let names = names.into();
        let text = match &*names {
            [one] => Arc::clone(&one.text),
            path => {
                let len: usize = path.iter().map(|name| name.text.len() + 1).sum();
                let mut text = String::with_capacity(len);
                for (index, name) in path.iter().enumerate() {
                    if index > 0 {
                        text.push('.');
                    }
                    text.push_str(&name.text);
                }
                Arc::from(text)
            }
        };
        Self { names, text, span }
    }

    /// At least one.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// The names with dots between them, without back-ticks.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }
}

#[derive(Clone, Debug)]
pub struct Trigger {
    pub kind: TriggerKind,
    pub when: Option<Expr>,
    pub set: Vec<Assign>,
    /// Only in `enter`; empty where it is not written.
    pub from: Option<Vec<Name>>,
    /// Only in `end`.
    pub outcome: Option<Name>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TriggerKind {
    On(Vec<On>),
    After(Duration),
    Every(Duration),
    Schedule {
        cron: Spanned<String>,
        zone: Option<Expr>,
    },
    /// Only a `when`.
    Condition,
}

#[derive(Clone, Debug)]
pub enum On {
    /// `CONNECTION.EVENT`: the first two names of the path.
    Event(EventRef),
    Start(Span),
    End(Span),
    Milestone(Name),
    SegmentEntered(Name),
    SegmentLeft(Name),
    JourneyStarted(Name),
    JourneyEnded(Name),
}
