//! The engine with all that is remembered: events, timers and answers go in, groups of durable
//! changes come out. One thread owns it; it knows no clock but what it is told.
//!
//! Everything that an input does is in one group: the traveler's record, who leads to it, when it
//! is due, the event's id, and the actions that go out.

mod group;
mod look;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::aside::Aside;
use super::census::Census;
use super::outbox::{Outbox, Settled};
use super::outgoing::{Outcome, Outgoing};
use super::plans::Plans;
use super::posted::{Policy, Posted};
use super::store::{JOURNAL, Kept, LAYOUT, Meta, Store, StoreError};
use super::timeline::Timeline;
use super::working::Working;
use crate::engine::{Engine, Listener, Options, RECORD_VERSION, Ready, Record, Stand, State, What};

pub use group::Sealed;
pub use look::{Levels, Overview, Tally};

/// How far the clock may lie behind before it is told.
const MAX_BEHIND: SignedDuration = SignedDuration::from_secs(60);

/// How far an event's time may lie ahead of the clock.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Whose time the engine follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Time {
    /// The clock's.
    #[default]
    Clock,
    /// That of the latest event: for events of another time, as a dry run takes them.
    Events,
}

/// How it is kept up.
#[derive(Clone, Debug)]
pub struct Settings {
    pub time: Time,
    /// How many travelers are in memory at most, between groups.
    pub cache: usize,
    /// How many bytes of tables the store holds in memory.
    pub blocks: u64,
    /// How long the journal may grow, about, before what is in it goes into tables.
    pub journal: usize,
    pub policy: Policy,
    /// How many inputs of each traveler are remembered, for people who ask what happened.
    pub timeline: u32,
    /// How calls are answered and splits are decided; what is sent is answered by the world.
    pub options: Options,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            time: Time::Clock,
            cache: 200_000,
            blocks: 64 << 20,
            journal: JOURNAL,
            policy: Policy::default(),
            timeline: 50,
            options: Options {
                answers_later: true,
                ..Options::default()
            },
        }
    }
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Duplicate,
    /// It is handled, and changed nothing.
    Ignored,
    Rejected(Arc<str>),
    /// It is for a traveler, by number, whose record is damaged.
    Damaged(u32),
}

/// The engine and what it remembers.
pub struct Core {
    pub(super) engine: Arc<Engine>,
    pub(super) settings: Settings,
    pub(super) state: State,
    pub(super) store: Store,
    pub(super) meta: Meta,
    pub(super) working: Working,
    /// Travelers whose records cannot be read.
    pub(super) aside: Aside,
    hears: Hears,
    outbox: Outbox,
    ids: BTreeMap<[u8; 16], Timestamp>,
    /// The plans that travelers may still be on; none where no plan is ever deployed.
    pub(super) plans: Option<Plans>,
    wall: Timestamp,
    /// How far the clock lies behind the time that it showed before.
    behind: SignedDuration,
    pub(super) dirty: bool,
    tally: Tally,
    census: Census,
    timeline: Timeline,
}

/// Somebody who hears.
pub type Hear<T> = Box<dyn FnMut(&T) + Send>;

/// Who hears what happens.
#[derive(Default)]
pub struct Hears {
    /// Every record, as a dry run tells them.
    pub record: Option<Hear<Record>>,
    /// What whoever runs it should know.
    pub notice: Option<Hear<str>>,
}

impl Core {
    /// Opens what a folder keeps, or begins there.
    pub fn open(
        engine: Arc<Engine>,
        plan: &str,
        folder: &Path,
        settings: Settings,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let (store, known) = Store::open_with(folder, settings.blocks, settings.journal)?;
        Self::begin(store, known, engine, plan, settings, now, None)
    }

    /// Begins with what a store keeps.
    pub(super) fn begin(
        store: Store,
        known: Option<Meta>,
        engine: Arc<Engine>,
        plan: &str,
        settings: Settings,
        now: Timestamp,
        plans: Option<Plans>,
    ) -> Result<Self, StoreError> {
        let fresh = known.is_none();
        let since = match settings.time {
            Time::Clock => now,
            Time::Events => Timestamp::MIN,
        };
        let meta = known.unwrap_or_else(|| Meta {
            layout: LAYOUT,
            records: RECORD_VERSION,
            plan: plan.to_owned(),
            fingerprint: engine.fingerprint(),
            clock: since,
            numbers: 0,
            sequence: 0,
            posted: 0,
            noted: 0,
            unswept: None,
            generation: 0,
            generation_since: since,
        });
        let refused = |message: String| Err(StoreError { message });
        if meta.fingerprint != engine.fingerprint() {
            return refused(format!("it belongs to another plan, {}", meta.plan));
        }
        let mut state = State::default();
        state.options = settings.options.clone();
        state.expect(meta.numbers);
        state.expect_inputs(meta.sequence);
        let numbers = meta.numbers;
        let due = std::thread::scope(|scope| {
            let due = scope.spawn(|| all_due(&store));
            store
                .each_lead(|lead| lead.number < numbers && engine.expect_lead(&mut state, &lead))?;
            due.join().unwrap_or_else(|panic| resume_unwind(panic))
        })?;
        for (due, number) in due {
            state.expect_due(number, due);
        }
        state.watch();
        let outbox = Outbox::open(&store, settings.policy)?;
        let (census, timeline) = (store.census()?, Timeline::new(settings.timeline));
        let (changed_plan, wall) = (meta.plan != plan, now);
        let mut core = Self {
            working: Working::new(settings.cache.max(1)),
            aside: Aside::default(),
            hears: Hears::default(),
            engine,
            settings,
            state,
            store,
            meta,
            outbox,
            ids: BTreeMap::new(),
            plans,
            wall,
            behind: SignedDuration::ZERO,
            dirty: fresh,
            tally: Tally::default(),
            timeline,
            census,
        };
        if changed_plan {
            plan.clone_into(&mut core.meta.plan);
            core.resume_all()?;
        }
        core.turn(now);
        if core.dirty {
            core.seal()?;
            core.store.begin()?;
        }
        Ok(core)
    }

    /// Journeys that were paused may be live again: all go on with what was held.
    fn resume_all(&mut self) -> Result<(), StoreError> {
        self.dirty = true;
        for number in 0..self.meta.numbers {
            if self.admit(number)? == Some(number) {
                (self.engine).resume(&mut self.state, number, self.meta.clock);
                self.flush_if_full()?;
            }
        }
        Ok(())
    }

    /// The clock shows this now; it never turns back here.
    pub fn turn(&mut self, now: Timestamp) {
        let was_behind = self.behind > MAX_BEHIND;
        self.behind = self.meta.clock.duration_since(now);
        if self.settings.time == Time::Clock && self.behind > MAX_BEHIND && !was_behind {
            self.tell_of_the_clock(now);
        }
        self.wall = self.wall.max(now);
        if self.settings.time == Time::Clock && self.wall > self.meta.clock {
            self.meta.clock = self.wall;
        }
    }

    /// The engine's time.
    pub fn now(&self) -> Timestamp {
        self.meta.clock
    }

    /// What the clock showed last.
    pub fn wall(&self) -> Timestamp {
        self.wall
    }

    /// How many actions are being carried out.
    pub fn under_way(&self) -> usize {
        self.outbox.under_way()
    }

    /// When there is something to do without an input.
    pub fn next_due(&self) -> Option<Timestamp> {
        let timer = match self.settings.time {
            Time::Clock => self.state.next_timer().map(|next| next.0),
            Time::Events => None,
        };
        timer.into_iter().chain(self.outbox.next_due()).min()
    }

    /// Looks at what will be needed for some events that come next, all at once.
    pub fn look_ahead(&self, events: &[Ready]) {
        self.engine.look_ahead(&self.state, events.iter());
    }

    /// Handles an event.
    pub fn event(&mut self, event: &Ready) -> Result<Verdict, StoreError> {
        match self.settings.time {
            Time::Clock => {
                let ahead = event.time().duration_since(self.meta.clock);
                if ahead > MAX_AHEAD {
                    self.tally.rejected += 1;
                    let reason = "bad time: it lies more than 5 minutes ahead of the clock";
                    return Ok(Verdict::Rejected(reason.into()));
                }
            }
            Time::Events => {
                self.fire_while(|due| due < event.handled_at(), usize::MAX)?;
                self.meta.clock = self.meta.clock.max(event.handled_at());
            }
        }
        let id = event.id();
        let before = match self.ids.get(&id) {
            Some(before) => Some(*before),
            None => self.store.id(&id)?,
        };
        if let Some(before) = before {
            event.repeats(&mut self.state, before);
        }
        let age = |before| event.time().duration_since(before);
        let repeated = before.is_some_and(|it| age(it) < self.engine.dedupe());
        let mut needed = Vec::new();
        (self.engine).wanted(&self.state, event, &mut |number| needed.push(number));
        for number in needed {
            if self.admit(number)?.is_none()
                && !repeated
                && let Some(damaged) = self.keeps_back(event, number)?
            {
                self.engine.hand_over_ids(&mut self.state);
                self.tally.rejected += 1;
                return Ok(Verdict::Damaged(damaged));
            }
        }
        let mut told = Vec::new();
        let mut tell = |record| told.push(record);
        let mut listener = listener(self.reads(), &mut tell);
        (self.engine).take(&mut self.state, event, &mut listener);
        let verdict = self.effects(told);
        match &verdict {
            Verdict::Accepted => self.tally.accepted += 1,
            Verdict::Ignored => self.tally.ignored += 1,
            Verdict::Duplicate => self.tally.duplicate += 1,
            Verdict::Rejected(_) | Verdict::Damaged(_) => self.tally.rejected += 1,
        }
        self.engine.hand_over_ids(&mut self.state);
        if matches!(verdict, Verdict::Accepted | Verdict::Ignored) {
            self.ids.insert(id, event.time());
            self.dirty = true;
        }
        self.flush_if_full()?;
        Ok(verdict)
    }

    /// Fires timers that are due by the clock, at most so many; whether there are more.
    pub fn fire(&mut self, most: usize) -> Result<bool, StoreError> {
        let now = self.meta.clock;
        match self.settings.time {
            Time::Clock => self.fire_while(|due| due <= now, most),
            Time::Events => Ok(false),
        }
    }

    fn fire_while(
        &mut self,
        is_due: impl Fn(Timestamp) -> bool,
        most: usize,
    ) -> Result<bool, StoreError> {
        for _ in 0..most {
            let Some((due, number)) = self.state.next_timer() else {
                return Ok(false);
            };
            if !is_due(due) {
                return Ok(false);
            }
            let admitted = self.admit(number)?;
            if self.state.next_timer() != Some((due, number)) {
                // Under another plan it is due at another time.
                continue;
            }
            if admitted.is_none() && self.aside.holds(number) {
                self.state.forget_due(number, due);
                continue;
            }
            if admitted != Some(number) {
                let message = format!("traveler {number} has a timer, and no record");
                return Err(StoreError { message });
            }
            let mut told = Vec::new();
            let mut tell = |record| told.push(record);
            let mut listener = listener(self.reads(), &mut tell);
            (self.engine).fire(&mut self.state, &mut listener);
            self.effects(told);
            self.tally.timers += 1;
            self.dirty = true;
            self.flush_if_full()?;
        }
        Ok(true)
    }

    /// Lets a traveler into memory, or the one that it was joined to: who that is; none where there
    /// is no such.
    pub(super) fn admit(&mut self, number: u32) -> Result<Option<u32>, StoreError> {
        let mut at = number;
        // Each of them was joined to one that was known longer or named by its key: no circle.
        for _ in 0..=self.state.numbers() {
            if self.state.holds(at) {
                self.working.needs(at);
                return Ok(Some(at));
            }
            if self.aside.holds(at) {
                return Ok(None);
            }
            match self.store.traveler(at)? {
                None => return Ok(None),
                Some(Kept::Gone(into)) => at = into,
                Some(Kept::Damaged(reason)) => {
                    self.set_aside(at, reason);
                    return Ok(None);
                }
                Some(Kept::Record { noted, record }) => {
                    let told = match self.let_in(at, &record) {
                        Ok(told) => told,
                        Err(error) => {
                            self.set_aside(at, error.message);
                            return Ok(None);
                        }
                    };
                    self.timeline.admit(at, noted);
                    self.effects(told);
                    if !self.state.holds(at) {
                        return Ok(None);
                    }
                    self.tally.loaded += 1;
                    self.working.needs(at);
                    return Ok(Some(at));
                }
            }
        }
        Ok(None)
    }

    /// What the engine told of an input: actions are posted, the rest is counted.
    fn effects(&mut self, told: Vec<Record>) -> Verdict {
        let mut verdict = Verdict::Accepted;
        self.meta.noted += 1;
        self.timeline.note(self.meta.noted, &told);
        if let Some(hear) = &mut self.hears.record {
            told.iter().for_each(hear);
        }
        for record in told {
            match &record.what {
                What::EventDuplicate { .. } => verdict = Verdict::Duplicate,
                What::EventIgnored { .. } => verdict = Verdict::Ignored,
                What::EventRejected { reason, .. } => verdict = Verdict::Rejected(reason.clone()),
                What::ActionEmitted(action) => {
                    self.tally.emitted += 1;
                    if let Some(posted) = Posted::of(&record, action, self.wall) {
                        self.post(posted);
                    }
                }
                What::ActionDeferred(_) => self.tally.deferred += 1,
                What::ActionSuppressed(_) => self.tally.suppressed += 1,
                What::ConditionFailed { .. } => self.tally.failed += 1,
                _ => {}
            }
        }
        verdict
    }

    /// Lets somebody hear what happens from now on.
    pub fn heard_by(&mut self, hears: Hears) {
        self.hears = hears;
        self.tell_of_all_aside();
        // Whoever begins to hear hears that, too.
        self.behind = SignedDuration::ZERO;
    }

    fn tell_of_the_clock(&mut self, now: Timestamp) {
        let clock = self.meta.clock;
        self.notice(&format!(
            "the clock shows {now}, and showed {clock} before: until then nothing is due"
        ));
    }

    /// Whether anybody reads all that happens.
    fn reads(&self) -> bool {
        self.timeline.reads() || self.hears.record.is_some()
    }

    /// Tells whoever runs it.
    pub(super) fn notice(&mut self, text: &str) {
        if let Some(hear) = &mut self.hears.notice {
            hear(text);
        }
    }

    /// Counts sessions that ended on the way from one plan to another.
    pub(super) fn count_ends(&mut self, told: &[Record]) {
        let mut ends = BTreeMap::new();
        for record in told {
            if let (Some(journey), What::SessionEnded { outcome }) = (&record.journey, &record.what)
            {
                let stand = Stand::Ended(outcome.clone());
                *ends.entry((journey.clone(), stand)).or_default() += 1;
            }
        }
        self.census.count(ends);
    }

    /// What came of an attempt to carry out an action.
    pub fn settle(&mut self, number: u64, outcome: Outcome) -> Result<(), StoreError> {
        let Some(settled) = self.outbox.settle(number, outcome, self.wall) else {
            return Ok(());
        };
        self.dirty = true;
        match settled {
            Settled::Done(posted, returned) => {
                self.tally.delivered += 1;
                self.answer(&posted, Some(&returned))?;
            }
            Settled::Again => self.tally.retried += 1,
            Settled::Dead(posted) => {
                self.tally.dead += 1;
                self.answer(&posted, None)?;
            }
        }
        self.flush_if_full()
    }

    /// Puts an action into the outbox.
    fn post(&mut self, action: Posted) {
        self.meta.posted += 1;
        self.outbox.post(self.meta.posted, action);
    }

    /// Tells the engine what was answered, or that nothing will be.
    fn answer(
        &mut self,
        posted: &Posted,
        returned: Option<&serde_json::Value>,
    ) -> Result<(), StoreError> {
        if !posted.call {
            return Ok(());
        }
        if self.admit(posted.number)?.is_none() {
            self.notice(&format!(
                "the answer to action {} is lost: what its traveler waited for is not known",
                posted.outgoing.key
            ));
            return Ok(());
        }
        let mut told = Vec::new();
        let mut tell = |record| told.push(record);
        let (key, now) = (&posted.outgoing.key, self.meta.clock);
        let listener = &mut listener(self.reads(), &mut tell);
        (self.engine).answer(&mut self.state, key, returned, now, listener);
        self.effects(told);
        Ok(())
    }

    /// Tries a dead letter again; false where there is none with this key.
    pub fn revive(&mut self, key: &str) -> Result<bool, StoreError> {
        let Some(posted) = self.outbox.revived(&self.store, key, self.wall)? else {
            return Ok(false);
        };
        self.post(posted);
        self.dirty = true;
        Ok(true)
    }

    /// Actions to carry out now, as many as may be under way; each is until it is settled.
    pub fn outgoing(&mut self) -> Result<Vec<(u64, Outgoing)>, StoreError> {
        self.outbox.take_due(&self.store, self.wall)
    }
}

/// When whose next timer is due, in the order of time.
fn all_due(store: &Store) -> Result<Vec<(Timestamp, u32)>, StoreError> {
    let mut all = Vec::new();
    store.each_due(|number, due| all.push((due, number)))?;
    all.sort_unstable();
    Ok(all)
}

/// Tells all where what happens is remembered.
fn listener(reads: bool, tell: &mut dyn FnMut(Record)) -> Listener<'_> {
    if reads {
        Listener::Records(tell)
    } else {
        Listener::Effects(tell)
    }
}
