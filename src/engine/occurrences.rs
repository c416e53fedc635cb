//! Step 5: what an event or timer set off, first in, first out; then the triggers that are only a
//! condition, until none turns true.

use super::decide::Hit;
use super::linked::On;
use super::run::Run;
use super::state::Occurrence;
use crate::model::JourneyId;

impl Run<'_> {
    /// Handles all that is waiting for its turn.
    pub(super) fn drain(&mut self) {
        loop {
            while let Some(occurrence) = self.queue.pop_front() {
                if !self.spend() {
                    return;
                }
                self.occur(occurrence);
            }
            self.look();
            if self.queue.is_empty() {
                return;
            }
        }
    }

    /// Counts an occurrence; false where there were too many.
    fn spend(&mut self) -> bool {
        self.occurrences_left = self.occurrences_left.saturating_sub(1);
        if self.occurrences_left == 0 {
            self.queue.clear();
            let at = self.ty.at.clone();
            let reason = "too many occurrences at one time: the rest is left out";
            self.failed(None, &"occurrences".into(), reason, &at);
        }
        self.occurrences_left > 0
    }

    fn occur(&mut self, occurrence: Occurrence) {
        let engine = self.engine;
        match occurrence {
            Occurrence::Happened {
                what,
                session,
                frame,
                emitted,
            } => {
                if let (true, Some(frame)) = (emitted, &frame) {
                    let declared = &engine.events[frame.event.index()];
                    self.absorb(declared, frame);
                }
                self.tell(what, session, frame.as_ref());
            }
            Occurrence::Turned {
                session,
                entry,
                place,
            } => {
                let still = self
                    .session(session)
                    .is_some_and(|it| !it.ended && (!place.of_milestone() || it.entry == entry));
                if still {
                    self.run_hits(session, &[Hit::Place(place)], None);
                }
            }
            Occurrence::WaitTurned {
                session,
                strand,
                alternative,
            } => self.run_hits(session, &[Hit::Wait(strand, alternative)], None),
            Occurrence::StartTurned { journey, trigger } => {
                self.try_start(JourneyId(journey), trigger);
            }
        }
    }

    /// Looks at the triggers that are only a condition, and queues those that turned true.
    fn look(&mut self) {
        let engine = self.engine;
        for id in &self.ty.journeys {
            let journey = &engine.journeys[id.index()];
            if !journey.index.looks {
                continue;
            }
            let running: Vec<(u64, u16, u32)> = (self.t.sessions.iter())
                .filter(|session| session.journey == id.0 && !session.ended)
                .map(|session| (session.sid, session.milestone, session.entry))
                .collect();
            for (sid, milestone, entry) in running {
                if journey.index.waits_for_conditions {
                    self.look_at_waits(sid, journey);
                }
                for place in journey.conditions(milestone).iter().copied() {
                    let Some(trigger) = journey.trigger(place) else {
                        continue;
                    };
                    let holds = self.permits(trigger, Some(sid), None);
                    let Some(session) = self.session_mut(sid) else {
                        continue;
                    };
                    if !holds {
                        session.truths.remove(&place);
                    } else if session.truths.get(&place).is_none() {
                        session.truths.insert(place, ());
                        self.queue.push_back(Occurrence::Turned {
                            session: sid,
                            entry,
                            place,
                        });
                    }
                }
            }
            for (index, trigger) in journey.start.iter().enumerate() {
                if !matches!(trigger.on, On::Condition) {
                    continue;
                }
                let holds = self.permits(trigger, None, None);
                let key = (id.0, index as u16);
                let known = self.t.rare.get();
                let held = known.is_some_and(|rare| rare.starts.get(&key).is_some());
                if held && !holds {
                    self.t.rare.make().starts.remove(&key);
                } else if holds && !held {
                    self.t.rare.make().starts.insert(key, ());
                    self.queue.push_back(Occurrence::StartTurned {
                        journey: id.0,
                        trigger: index as u16,
                    });
                }
            }
        }
    }

    fn look_at_waits(&mut self, sid: u64, journey: &super::linked::JourneyType) {
        let Some(session) = self.session(sid) else {
            return;
        };
        let waiting = session.waiting_on();
        for (strand, code, ip) in waiting {
            let any = journey.alternatives(code, ip);
            let turned = any.iter().position(|(trigger, _)| {
                matches!(trigger.on, On::Condition) && self.permits(trigger, Some(sid), None)
            });
            if let Some(index) = turned {
                self.queue.push_back(Occurrence::WaitTurned {
                    session: sid,
                    strand,
                    alternative: index as u16,
                });
            }
        }
    }

    /// Forgets sessions that are over: their variables with them.
    pub(super) fn flush(&mut self) {
        self.t.sessions.retain(|session| !session.ended);
    }
}
