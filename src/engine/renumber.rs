//! Numbers of sessions, steps, timers and actions are their traveler's own: what joins another
//! traveler gets new ones there, behind all that were given.

use super::state::{Deferred, Session, Strand, Timer, TimerKey, TimerKind, Traveler, Waiting};

impl Traveler {
    /// Puts the numbers of everything up by so many; their order stays.
    pub(super) fn renumber(&mut self, by: u64) {
        self.made += by;
        for session in &mut self.sessions {
            session.renumber(by);
        }
        let timers = std::mem::take(&mut self.timers);
        for (mut key, mut timer) in timers {
            renumber_timer(&mut key, &mut timer, by);
            self.timers.insert(key, timer);
        }
        let Some(rare) = self.rare.get_mut() else {
            return;
        };
        for deferred in &mut rare.outbox {
            deferred.renumber(by);
        }
        for (key, timer) in &mut rare.held {
            renumber_timer(key, timer, by);
        }
    }
}

impl Session {
    fn renumber(&mut self, by: u64) {
        self.sid += by;
        for strand in &mut self.strands {
            strand.renumber(by);
        }
    }
}

impl Strand {
    fn renumber(&mut self, by: u64) {
        self.id += by;
        self.root += by;
        self.line += by;
        if let Some(parent) = &mut self.parent {
            *parent += by;
        }
        match &mut self.waiting {
            Waiting::Out(action) | Waiting::Answer(action) => *action += by,
            Waiting::Not | Waiting::Time | Waiting::On | Waiting::Join(_) => {}
        }
    }
}

impl Deferred {
    fn renumber(&mut self, by: u64) {
        self.number += by;
        self.line += by;
        self.action.sid += by;
    }
}

fn renumber_timer(key: &mut TimerKey, timer: &mut Timer, by: u64) {
    key.number += by;
    if let Some(sid) = &mut timer.session {
        *sid += by;
    }
    match &mut timer.what {
        TimerKind::Wait(number)
        | TimerKind::Alternative(number, _)
        | TimerKind::Deferred(number) => *number += by,
        TimerKind::Window(_)
        | TimerKind::Start(..)
        | TimerKind::Trigger(_)
        | TimerKind::Promise(_) => {}
    }
}
