//! How often the parts of a journey begin: its sessions, its milestones, its rules.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use super::rate::{Rate, Window};
use super::schedule;
use super::walk::{Jump, down, jumps};
use super::ways::{Limit, Ways};
use crate::model::{
    Journey, Milestone, Model, Occurrence, On, Reentry, Rule, Since, Status, Trigger, WhileActive,
};

/// How many journeys are followed from one that starts with another.
const MAX_CHAIN: usize = 1;

/// A journey as it is travelled.
pub(super) struct Travel<'m> {
    model: &'m Model,
    pub journey: &'m Journey,
    /// Its own and those outside any that are in it.
    pub rules: Vec<&'m Rule>,
    ways: Ways<'m>,
    /// By milestone, once they are asked for.
    rounds: Vec<OnceCell<Option<Rounds>>>,
    /// The shortest time that a session can take, once that is asked for.
    shortest: OnceCell<u64>,
    /// Sessions that begin within a window, once they are asked for.
    begun: RefCell<BTreeMap<Option<u64>, Rate>>,
}

/// How travelers come round to a milestone again.
struct Rounds {
    /// What bounds ways on the rounds.
    limits: Vec<usize>,
    /// The quickest by other ways, and how long it takes.
    quickest: Option<(u64, Vec<usize>)>,
}

impl<'m> Travel<'m> {
    pub(super) fn new(model: &'m Model, journey: &'m Journey) -> Self {
        let outside = model.rules.iter();
        let outside = outside.filter(|rule| rule.journeys.contains(&journey.name));
        let rules: Vec<&Rule> = outside.chain(&journey.rules).collect();
        Self {
            model,
            journey,
            ways: Ways::new(journey, &rules),
            rules,
            rounds: journey.milestones.iter().map(|_| OnceCell::new()).collect(),
            shortest: OnceCell::new(),
            begun: RefCell::default(),
        }
    }

    fn index(&self, name: &str) -> Option<usize> {
        (self.journey.milestones.iter()).position(|milestone| *milestone.name == *name)
    }

    /// Sessions that begin within a window.
    pub(super) fn starts(&self, window: Window) -> Rate {
        if let Some(known) = self.begun.borrow().get(&window.0) {
            return known.clone();
        }
        let rate = self.starts_after(window, 0);
        self.begun.borrow_mut().insert(window.0, rate.clone());
        rate
    }

    fn starts_after(&self, window: Window, chain: usize) -> Rate {
        let journey = self.journey;
        let name = &journey.name;
        match journey.status {
            Status::Shadow => return Rate::of(0, "nothing goes out in shadow"),
            Status::Paused => return Rate::of(0, "paused: nothing starts"),
            Status::Live | Status::Hypothetical => {}
        }
        let caused = (journey.start.iter())
            .map(|trigger| self.started(trigger, window, chain))
            .reduce(Rate::or)
            .unwrap_or_else(|| Rate::of(0, "it never starts"));
        if journey.key.is_some() {
            let every = format!("`{name}` has a session for every key");
            return Rate::unbounded(every).min(caused);
        }
        if journey.while_active == WhileActive::Restart {
            return caused;
        }
        let again = match journey.reentry {
            Reentry::Never => Rate::of(1, "once"),
            Reentry::After { wait, since } => {
                let of = match since {
                    Since::Start => "start",
                    Since::End => "end",
                };
                let shown = shown(down(wait));
                let why = format!("`{name}` starts again {shown} after its {of} at the earliest");
                let length = match since {
                    Since::Start => 0,
                    Since::End => self.shortest(),
                };
                Rate::new(window.every(down(wait).saturating_add(length)), why)
            }
            Reentry::Always => {
                let why = format!(
                    "`{name}` starts again and again, and a session takes {} at least",
                    shown(self.shortest())
                );
                Rate::new(window.every(self.shortest()), why)
            }
        };
        // Where neither is a bound, what causes the starts says more.
        caused.min(again)
    }

    /// How often a start is caused.
    fn started(&self, trigger: &Trigger, window: Window, chain: usize) -> Rate {
        let name = &self.journey.name;
        match &trigger.on {
            On::Schedule { .. } => self.due(trigger, window),
            On::Every(time) => Rate::new(window.every(down(*time)), "at fixed times"),
            On::Any(any) => (any.iter())
                .map(|on| match on {
                    Occurrence::JourneyStarted(other) | Occurrence::JourneyEnded(other)
                        if other != name && chain < MAX_CHAIN =>
                    {
                        let other = self.model.journeys.iter().find(|it| it.name == *other);
                        let Some(other) = other else {
                            return Rate::of(0, "it never starts");
                        };
                        let travel = Travel::new(self.model, other);
                        match on {
                            Occurrence::JourneyStarted(_) => travel.starts_after(window, chain + 1),
                            _ => travel.acting_after(window, chain + 1),
                        }
                    }
                    on => Rate::unbounded(format!("`{name}` starts {}", every(on))),
                })
                .reduce(Rate::or)
                .unwrap_or_else(|| Rate::of(0, "it never starts")),
            On::Condition => {
                Rate::unbounded(format!("`{name}` starts whenever its condition turns true"))
            }
            On::After(_) => Rate::unbounded(format!("`{name}` starts again and again")),
        }
    }

    fn due(&self, trigger: &Trigger, window: Window) -> Rate {
        let On::Schedule { cron, zone } = &trigger.on else {
            return Rate::unbounded("it is no schedule");
        };
        let times = schedule::most(cron, zone.as_ref(), &self.model.timezone, window);
        Rate::new(times, format!("on the schedule `{cron}`"))
    }

    /// Sessions that run at some time of a window: one at a time.
    pub(super) fn acting(&self, window: Window) -> Rate {
        self.acting_after(window, 0)
    }

    fn acting_after(&self, window: Window, chain: usize) -> Rate {
        let starts = |window| match chain {
            0 => self.starts(window),
            chain => self.starts_after(window, chain),
        };
        starts(window).plus(1).min(starts(Window::EVER))
    }

    /// The shortest time that a session can take, as far as it is easily told.
    fn shortest(&self) -> u64 {
        *self.shortest.get_or_init(|| self.work_out_shortest())
    }

    fn work_out_shortest(&self) -> u64 {
        let triggers = self.journey.end.iter().map(|trigger| match &trigger.on {
            On::After(time) | On::Every(time) => down(*time),
            _ => 0,
        });
        let ends = |jumps: Vec<Jump<'m>>| {
            let ends = jumps.into_iter().filter(|jump| jump.to.is_none());
            ends.map(|jump| jump.least).collect::<Vec<_>>()
        };
        let mut all: Vec<u64> = triggers.collect();
        for milestone in &self.journey.milestones {
            all.extend(ends(jumps(&milestone.steps)));
            for rule in &milestone.rules {
                all.extend(ends(jumps(&rule.steps)));
            }
        }
        for rule in &self.rules {
            all.extend(ends(jumps(&rule.steps)));
        }
        all.into_iter().min().unwrap_or(0)
    }

    /// How often a milestone is entered within a window.
    pub(super) fn entries(&self, index: usize, window: Window) -> Rate {
        let starts = || {
            if index == 0 {
                self.starts(window)
            } else {
                Rate::of(0, "")
            }
        };
        let into = self.ways.leading_to(index);
        let Some(into) = into.filter(|it| it.free || !it.limited.is_empty()) else {
            return starts();
        };
        let acting = self.acting(window);
        let entered = acting.clone().times(self.in_session(index, window));
        if into.free {
            return entered;
        }
        let limited = (into.limited.iter())
            .map(|(limit, ways)| {
                let limit = self.ways.limit(*limit);
                let rate = match limit {
                    Limit::Schedule(_) => self.limit(limit, window),
                    limit => acting.clone().times(self.limit(limit, window)),
                };
                rate.by(*ways)
            })
            .fold(starts(), Rate::or);
        entered.min(limited)
    }

    /// How often one session enters a milestone within a window.
    fn in_session(&self, index: usize, window: Window) -> Rate {
        let known = self.rounds[index].get_or_init(|| self.rounds(index));
        let Some(Rounds { limits, quickest }) = known else {
            return Rate::of(1, "");
        };
        let shown_path = |path: &[usize]| {
            let name = |at: &usize| format!("`{}`", self.journey.milestones[*at].name);
            path.iter().map(name).collect::<Vec<_>>().join(" → ")
        };
        let around = match quickest {
            Some((0, path)) => {
                let path = shown_path(path);
                return Rate::unbounded(format!("{path} goes round as often as events come"));
            }
            Some((least, path)) => {
                let why = format!("{} takes {} at least", shown_path(path), shown(*least));
                Some(Rate::new(window.every(*least), why))
            }
            None => None,
        };
        let limited = (limits.iter())
            .map(|limit| self.limit(self.ways.limit(*limit), window))
            .reduce(Rate::or);
        match (around, limited) {
            (Some(around), None) => around,
            (around, Some(limited)) => {
                let all = around.map_or(limited.clone(), |around| around.or(limited));
                all.plus(1)
            }
            (None, None) => Rate::of(1, ""),
        }
    }

    fn limit(&self, limit: Limit<'m>, window: Window) -> Rate {
        match limit {
            Limit::Once(_) => Rate::of(1, ""),
            Limit::Gap(_, gap) => {
                Rate::new(window.every(gap), format!("at most every {}", shown(gap)))
            }
            Limit::Schedule(trigger) => self.due(trigger, window),
        }
    }

    /// The rounds through a milestone.
    fn rounds(&self, index: usize) -> Option<Rounds> {
        let around = self.ways.around(index)?;
        Some(Rounds {
            limits: self.ways.limits_around(around),
            quickest: self.ways.quickest(index, around),
        })
    }

    /// How often a rule fires within a window; `of` is the milestone that it is a rule of.
    pub(super) fn fires(&self, rule: &Rule, of: Option<usize>, window: Window) -> Rate {
        let base = || match of {
            Some(index) => self.entries(index, window),
            None => self.starts(window),
        };
        let acting = || self.acting(window);
        match &rule.trigger.on {
            On::After(_) => base(),
            On::Every(time) => {
                let why = format!("`{}` fires every {}", rule.name, shown(down(*time)));
                Rate::new(window.every(down(*time)), why).times(self.runs())
            }
            On::Schedule { .. } => self.due(&rule.trigger, window).times(self.runs()),
            On::Condition => Rate::unbounded(format!(
                "`{}` fires whenever its condition turns true",
                rule.name
            )),
            On::Any(any) => (any.iter())
                .map(|on| match on {
                    Occurrence::Start => self.starts(window),
                    Occurrence::End => acting(),
                    Occurrence::Milestone(name) => match self.index(name) {
                        Some(index) => self.entries(index, window),
                        None => Rate::of(0, ""),
                    },
                    on => Rate::unbounded(format!("`{}` fires {}", rule.name, every(on))),
                })
                .reduce(Rate::or)
                .unwrap_or_else(|| Rate::of(0, "")),
        }
    }

    /// Sessions that run at the same time.
    fn runs(&self) -> Rate {
        let journey = self.journey;
        match journey.key {
            Some(_) => Rate::unbounded(format!("`{}` has a session for every key", journey.name)),
            None => Rate::of(1, ""),
        }
    }

    pub(super) fn milestones(&self) -> impl Iterator<Item = (usize, &'m Milestone)> + use<'m> {
        self.journey.milestones.iter().enumerate()
    }
}

fn every(on: &Occurrence) -> String {
    match on {
        Occurrence::Event(name) => format!("with every `{name}`"),
        Occurrence::SegmentEntered(name) => format!("whenever segment `{name}` is entered"),
        Occurrence::SegmentLeft(name) => format!("whenever segment `{name}` is left"),
        Occurrence::JourneyStarted(name) => format!("whenever `{name}` starts"),
        Occurrence::JourneyEnded(name) => format!("whenever `{name}` ends"),
        Occurrence::Milestone(name) => format!("whenever `{name}` is reached"),
        Occurrence::Start => "with every start".to_owned(),
        Occurrence::End => "with every end".to_owned(),
    }
}

/// `7d`, `36h`, `90s`: the largest unit that is exact.
pub(super) fn shown(seconds: u64) -> String {
    for (unit, of) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if seconds > 0 && seconds.is_multiple_of(of) {
            return format!("{}{unit}", seconds / of);
        }
    }
    format!("{seconds}s")
}
