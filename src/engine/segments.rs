//! Segments and the persona: follow what changed, in the order of names, those they read first.

use super::linked::{Happening, Input, SegmentRule};
use super::record::What;
use super::run::{Changes, Run, Seen};
use super::state::Occurrence;

/// How often segments follow the persona and the persona segments, at one time.
const MAX_ROUNDS: usize = 16;

impl Run<'_> {
    /// Brings segments and the persona up to date with what changed.
    pub(super) fn refresh(&mut self) {
        if self.settling {
            return;
        }
        let changed = std::mem::take(&mut self.dirty);
        let all = std::mem::take(&mut self.unknown);
        if all || !changed.is_empty() {
            self.follow(changed, all, false);
        }
    }

    /// Looks at all of them, and enters nothing: the traveler is known already.
    pub(super) fn refresh_silently(&mut self) {
        self.dirty.clear();
        self.follow(Changes::new(), true, true);
    }

    fn follow(&mut self, mut changed: Changes, mut all: bool, silent: bool) {
        for _ in 0..MAX_ROUNDS {
            self.follow_segments(&mut changed, all, silent);
            if !self.follow_persona(&changed, all, silent) {
                return;
            }
            // Only what the persona changed is still to be followed.
            all = false;
            let slot = self.ty.profile.len() + self.ty.traits.len();
            changed.clear();
            changed.push(Input::Slot(slot as u16));
        }
    }

    fn follow_segments(&mut self, changed: &mut Changes, all: bool, silent: bool) {
        let (engine, ty) = (self.engine, self.ty);
        for id in &ty.segments {
            let segment = &engine.segments[id.index()];
            if !all && !segment.reads.any_of(changed) {
                continue;
            }
            let inside = match &segment.rule {
                SegmentRule::When(when) => self.holds(when, Seen::default()),
                SegmentRule::Members(lists) => lists.iter().any(|(identity, values)| {
                    let mut leads = self.t.leads.iter().filter(|lead| lead.0 == *identity);
                    leads.any(|lead| values.binary_search_by(|it| (**it).cmp(&lead.1)).is_ok())
                }),
            };
            if inside == self.t.segments[id.index()] {
                continue;
            }
            self.t.segments[id.index()] = inside;
            changed.push(Input::Segment(*id));
            if silent {
                continue;
            }
            let name = segment.name.clone();
            let (what, happening) = if inside {
                (
                    What::SegmentEntered { name },
                    Happening::SegmentEntered(*id),
                )
            } else {
                (What::SegmentLeft { name }, Happening::SegmentLeft(*id))
            };
            self.record(None, what, &segment.at);
            self.queue.push_back(Occurrence::Happened {
                what: happening,
                session: None,
                frame: None,
                emitted: false,
            });
        }
    }

    /// Whether the persona changed.
    fn follow_persona(&mut self, changed: &[Input], all: bool, silent: bool) -> bool {
        let ty = self.ty;
        if !all && !ty.personas.iter().any(|it| it.reads.any_of(changed)) {
            return false;
        }
        let fits = (ty.personas.iter()).position(|it| self.holds(&it.when, Seen::default()));
        let fits = fits.map(|index| index as u16);
        let before = std::mem::replace(&mut self.t.persona, fits);
        if before == fits {
            return false;
        }
        if !silent {
            let named = |index: u16| &ty.personas[usize::from(index)];
            let at = fits.or(before).map_or(&ty.at, |index| &named(index).at);
            let what = What::PersonaChanged {
                name: fits.map(|index| named(index).name.clone()),
            };
            self.record(None, what, at);
        }
        true
    }
}
