//! Bodies that are checked until nothing new is known before them: the last check counts.

use std::sync::Arc;

use super::{Causes, Goto, Names, Scope, State};
use crate::check::context::Checker;
use crate::check::flow_notes::Flow;
use crate::diagnostic::Diagnostic;

/// The last check of one body.
pub(in crate::check) struct Unit<T> {
    before: State,
    /// What it was told of starts, ends and milestones, where it asked.
    causes: Option<Arc<Causes>>,
    pub made: T,
    found: Vec<Diagnostic>,
    flows: Vec<Flow>,
    pub gotos: Vec<Goto>,
    pub ends: Vec<State>,
    pub rest: Option<Names>,
    pub broken: bool,
}

impl<T> Unit<T> {
    /// What was found in it, to be told.
    pub(crate) fn tell(self, checker: &mut Checker<'_>) -> T {
        checker.out.extend(self.found);
        checker.flows.extend(self.flows);
        self.made
    }
}

impl Checker<'_> {
    /// Checks a body anew, unless all that is known before it is as it was.
    pub(crate) fn unit<T>(
        &mut self,
        last: &mut Option<Unit<T>>,
        scope: &Scope,
        before: &State,
        check: impl FnOnce(&mut Self, &mut Scope, &State) -> T,
    ) {
        if let Some(last) = last
            && last.before == *before
            && (last.causes.as_ref()).is_none_or(|causes| *causes == scope.causes)
        {
            return;
        }
        let asked = std::mem::take(&mut self.asked_causes);
        let found = std::mem::take(&mut self.out);
        let flows = std::mem::take(&mut self.flows);
        let mut scope = scope.clone();
        let made = check(self, &mut scope, before);
        *last = Some(Unit {
            before: before.clone(),
            causes: self.asked_causes.then_some(scope.causes),
            made,
            found: std::mem::replace(&mut self.out, found),
            flows: std::mem::replace(&mut self.flows, flows),
            gotos: scope.gotos,
            ends: scope.ends,
            rest: scope.rest,
            broken: scope.broken,
        });
        self.asked_causes |= asked;
    }
}
