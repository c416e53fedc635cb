//! The engine with all that is remembered: events, timers and answers go in, groups of durable
//! changes come out. One thread owns it; it knows no clock but what it is told.
//!
//! Everything that an input does is in one group: the traveler's record, who leads to it, when it
//! is due, the event's id, and the actions that go out.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::aside::Aside;
use super::census::Census;
use super::outgoing::{Outcome, Outgoing};
use super::plans::Plans;
use super::posted::{Policy, Posted};
use super::store::{JOURNAL, Kept, LAYOUT, Meta, Store, StoreError, Syncer};
use super::tables::Space;
use super::timeline::{Recent, Timeline};
use super::working::Working;
use crate::engine::{Engine, Listener, Options, RECORD_VERSION, Ready, Record, Stand, State, What};

/// How many travelers may change before what changed is given to the store.
const MAX_CHANGED: usize = 20_000;

/// How many actions of one connection are carried out at a time.
const MAX_AT_ONCE: usize = 64;

/// How many actions are carried out at a time, over all connections.
const MAX_UNDER_WAY: usize = 1_000;

/// How many actions are kept in memory on their way out; others are read again.
const MAX_HOT: usize = 10_000;

/// How far the clock may lie behind before it is told.
const MAX_BEHIND: SignedDuration = SignedDuration::from_secs(60);

/// How far an event's time may lie ahead of the clock.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// The shortest generation of ids.
const MIN_GENERATION: SignedDuration = SignedDuration::from_hours(1);

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

/// What happened so far, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: u64,
    pub duplicate: u64,
    pub ignored: u64,
    pub rejected: u64,
    pub timers: u64,
    pub emitted: u64,
    pub deferred: u64,
    pub suppressed: u64,
    pub delivered: u64,
    pub retried: u64,
    pub dead: u64,
    pub failed: u64,
    pub groups: u64,
    pub loaded: u64,
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
    /// Changes to the outbox and to dead letters of this group.
    posts: BTreeMap<u64, Option<Posted>>,
    letters: BTreeMap<Arc<str>, Option<Posted>>,
    ids: BTreeMap<[u8; 16], Timestamp>,
    /// Actions that are durable, by connection, when they are due.
    waiting: BTreeMap<Arc<str>, BTreeSet<(Timestamp, u64)>>,
    /// Some of them, so that they need not be read again.
    hot: BTreeMap<u64, Posted>,
    under_way: BTreeMap<u64, Posted>,
    at_once: BTreeMap<Arc<str>, usize>,
    /// The plans that travelers may still be on; none where no plan is ever deployed.
    pub(super) plans: Option<Plans>,
    wall: Timestamp,
    /// How far the clock lies behind the time that it showed before.
    behind: SignedDuration,
    /// Actions that the store has, and that are not durable yet.
    fresh: Vec<(u64, Posted)>,
    pub(super) dirty: bool,
    dead: u64,
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

/// A group that the others see, and that is not durable yet.
pub struct Sealed {
    /// Actions that may go out when it is.
    fresh: Vec<(u64, Posted)>,
    /// A generation of ids that nobody needs then.
    old_ids: Option<Space>,
    /// Whether there is anything to make durable.
    pub changed: bool,
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
        let mut waiting: BTreeMap<Arc<str>, BTreeSet<(Timestamp, u64)>> = BTreeMap::new();
        let mut damaged = false;
        store.each_posted(|number, bytes| match Posted::of_bytes(bytes) {
            Some(posted) => {
                let of = waiting.entry(posted.outgoing.connection).or_default();
                of.insert((posted.due, number));
            }
            None => damaged = true,
        })?;
        if damaged {
            return refused("the outbox is damaged".to_owned());
        }
        let dead = store.count_dead()?;
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
            posts: BTreeMap::new(),
            letters: BTreeMap::new(),
            ids: BTreeMap::new(),
            waiting,
            hot: BTreeMap::new(),
            under_way: BTreeMap::new(),
            at_once: BTreeMap::new(),
            plans,
            wall,
            behind: SignedDuration::ZERO,
            fresh: Vec::new(),
            dirty: fresh,
            dead,
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
            core.store.sync()?;
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
        self.under_way.len()
    }

    /// When there is something to do without an input.
    pub fn next_due(&self) -> Option<Timestamp> {
        let timer = match self.settings.time {
            Time::Clock => self.state.next_timer().map(|next| next.0),
            Time::Events => None,
        };
        let full = |of: &Arc<str>| self.at_once.get(of).is_some_and(|it| *it >= MAX_AT_ONCE);
        let open = self.waiting.iter().filter(|(of, _)| !full(of));
        let posted = open.filter_map(|(_, due)| due.first().map(|it| it.0)).min();
        let posted = posted.filter(|_| self.under_way.len() < MAX_UNDER_WAY);
        timer.into_iter().chain(posted).min()
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
                        self.meta.posted += 1;
                        self.posts.insert(self.meta.posted, Some(posted));
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
        let Some(mut posted) = self.under_way.remove(&number) else {
            return Ok(());
        };
        let connection = posted.outgoing.connection.clone();
        if let Some(count) = self.at_once.get_mut(&connection) {
            *count = count.saturating_sub(1);
        }
        self.dirty = true;
        match outcome {
            Outcome::Done { returned } => {
                self.tally.delivered += 1;
                self.posts.insert(number, None);
                self.answer(&posted, Some(&returned))?;
            }
            Outcome::Again { reason, after }
                if posted.outgoing.attempt < self.settings.policy.attempts =>
            {
                self.tally.retried += 1;
                let (key, attempt) = (&posted.outgoing.key, posted.outgoing.attempt);
                let pause = after.unwrap_or_else(|| self.settings.policy.pause(key, attempt));
                let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
                posted.due = self.wall.saturating_add(pause).unwrap_or(Timestamp::MAX);
                posted.outgoing.attempt += 1;
                posted.reason = Some(reason);
                self.posts.insert(number, Some(posted));
            }
            Outcome::Again { reason, .. } | Outcome::Dead { reason } => {
                self.tally.dead += 1;
                self.dead += 1;
                self.answer(&posted, None)?;
                posted.reason = Some(reason);
                posted.due = self.wall;
                self.posts.insert(number, None);
                self.letters
                    .insert(posted.outgoing.key.clone(), Some(posted));
            }
        }
        self.flush_if_full()
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
        let letter = match self.letters.get(key) {
            Some(letter) => letter.clone(),
            None => (self.store.dead(key)?).and_then(|bytes| Posted::of_bytes(&bytes)),
        };
        let Some(mut posted) = letter else {
            return Ok(false);
        };
        posted.due = self.wall;
        posted.outgoing.attempt = 1;
        self.letters.insert(key.into(), None);
        self.meta.posted += 1;
        self.posts.insert(self.meta.posted, Some(posted));
        self.dead = self.dead.saturating_sub(1);
        self.dirty = true;
        Ok(true)
    }

    /// Dead letters in the order of their keys, after one of them; as far as groups are sealed.
    pub fn dead_letters(&self, after: &str, most: usize) -> Result<Vec<Posted>, StoreError> {
        let found = self.store.dead_after(after, most)?;
        Ok((found.iter())
            .filter_map(|bytes| Posted::of_bytes(bytes))
            .collect())
    }

    /// Actions on their way out, those under way first and then as they are due; as far as groups
    /// are durable.
    pub fn outbox(&self, most: usize) -> Result<Vec<serde_json::Value>, StoreError> {
        let under_way = self.under_way.values().map(|it| it.on_its_way(true));
        let mut shown: Vec<_> = under_way.take(most).collect();
        let first = self.waiting.values().flat_map(|due| due.iter().take(most));
        let mut due: Vec<(Timestamp, u64)> = first.copied().collect();
        due.sort_unstable();
        for (_, number) in due.into_iter().take(most.saturating_sub(shown.len())) {
            let posted = match self.hot.get(&number) {
                Some(posted) => Some(posted.clone()),
                None => (self.store.posted(number)?).and_then(|it| Posted::of_bytes(&it)),
            };
            shown.extend(posted.map(|it| it.on_its_way(false)));
        }
        Ok(shown)
    }

    /// Actions to carry out now, as many as may be under way; each is until it is settled.
    pub fn outgoing(&mut self) -> Result<Vec<(u64, Outgoing)>, StoreError> {
        let mut out = Vec::new();
        let most = MAX_UNDER_WAY.saturating_sub(self.under_way.len());
        for (connection, due) in &mut self.waiting {
            let count = self.at_once.entry(connection.clone()).or_default();
            while *count < MAX_AT_ONCE && out.len() < most {
                let Some(&(time, number)) = due.first().filter(|first| first.0 <= self.wall) else {
                    break;
                };
                due.remove(&(time, number));
                let kept = match self.hot.remove(&number) {
                    Some(posted) => Some(posted),
                    None => (self.store.posted(number)?).and_then(|it| Posted::of_bytes(&it)),
                };
                let Some(posted) = kept else {
                    let message = format!("action {number} of the outbox is damaged");
                    return Err(StoreError { message });
                };
                *count += 1;
                out.push((number, posted.outgoing.clone()));
                self.under_way.insert(number, posted);
            }
        }
        Ok(out)
    }

    /// Gives the store what changed, where that is much; it is no more durable for that.
    pub(super) fn flush_if_full(&mut self) -> Result<(), StoreError> {
        if self.state.changes() >= MAX_CHANGED || self.posts.len() >= MAX_CHANGED {
            self.flush()?;
        }
        Ok(())
    }

    /// Gives the store all that changed, at once.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        let (store, mut group) = (&self.store, self.store.group());
        let changed = self.state.changed();
        let mut travelers = changed.travelers;
        travelers.sort_by_key(|it| it.0);
        travelers.dedup_by_key(|it| it.0);
        for (number, due) in travelers {
            let Some(record) = self.engine.record(&self.state, number) else {
                continue;
            };
            let noted = self.timeline.count(number);
            group.traveler(store, number, &Kept::Record { noted, record });
            let now_due = self.state.due_of(number);
            if now_due != due {
                group.due(store, number, now_due);
            }
            self.working.needs(number);
        }
        for (number, into) in changed.gone {
            group.traveler(store, number, &Kept::Gone(into));
            group.joined(store, into, number);
            group.due(store, number, None);
        }
        let leads: BTreeMap<_, bool> = changed.leads.into_iter().collect();
        for (lead, leads) in leads {
            group.lead(store, &lead, leads);
        }
        for (id, time) in std::mem::take(&mut self.ids) {
            group.id(store, id, time);
        }
        for (number, posted) in std::mem::take(&mut self.posts) {
            let bytes = posted.as_ref().map(Posted::to_bytes);
            group.posted(store, number, bytes.as_deref());
            if let Some(posted) = posted {
                self.fresh.push((number, posted));
            }
        }
        for (key, letter) in std::mem::take(&mut self.letters) {
            let bytes = letter.as_ref().map(Posted::to_bytes);
            group.dead(store, &key, bytes.as_deref());
        }
        if !changed.stands.is_empty() {
            self.census.count(changed.stands);
            group.census(store, &self.census);
        }
        self.timeline.flush(store, &mut group);
        self.meta.numbers = self.state.numbers();
        self.meta.sequence = self.state.inputs();
        group.meta(store, &self.meta);
        self.store.commit(group)?;
        self.working.end_group(|number| {
            self.state.evict(number);
            self.timeline.evict(number);
        });
        Ok(())
    }

    /// Ends a group: all that changed is given to the store, and durable when that has been synced.
    pub fn seal(&mut self) -> Result<Sealed, StoreError> {
        if !self.dirty {
            // Nothing changed, but somebody may have been looked at.
            self.working.end_group(|number| self.state.evict(number));
            return Ok(Sealed {
                fresh: std::mem::take(&mut self.fresh),
                old_ids: None,
                changed: false,
            });
        }
        self.dirty = false;
        self.tally.groups += 1;
        let old_ids = self.rotate()?;
        self.flush()?;
        Ok(Sealed {
            fresh: std::mem::take(&mut self.fresh),
            old_ids,
            changed: true,
        })
    }

    /// Begins a new generation of ids, where it is time.
    fn rotate(&mut self) -> Result<Option<Space>, StoreError> {
        let lasts = self.engine.dedupe().max(MIN_GENERATION);
        if self.meta.clock.duration_since(self.meta.generation_since) < lasts {
            return Ok(None);
        }
        self.meta.generation += 1;
        self.meta.generation_since = self.meta.clock;
        self.store.next_generation(self.meta.generation)
    }

    /// A group is durable: its actions may go out.
    pub fn durable(&mut self, sealed: Sealed) -> Result<(), StoreError> {
        for (number, posted) in sealed.fresh {
            let connection = posted.outgoing.connection.clone();
            (self.waiting.entry(connection).or_default()).insert((posted.due, number));
            if self.hot.len() < MAX_HOT {
                self.hot.insert(number, posted);
            }
        }
        match sealed.old_ids {
            Some(ids) => self.store.drop_generation(ids),
            None => Ok(()),
        }
    }

    /// What makes groups durable.
    pub fn syncer(&self) -> Syncer {
        self.store.syncer()
    }

    /// What is remembered of the traveler with a name, as JSON.
    pub fn look(&mut self, name: &str) -> Result<Option<serde_json::Value>, StoreError> {
        if let Some(number) = self.find(name)? {
            return Ok(self.engine.view(&self.state, number, name));
        }
        Ok(self.look_aside(name, &self.named(name)))
    }

    /// The travelers that a name may mean.
    fn named(&self, name: &str) -> Vec<u32> {
        let mut numbers = Vec::new();
        (self.engine).named(&self.state, name, &mut |number| numbers.push(number));
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The traveler with a name, let into memory.
    fn find(&mut self, name: &str) -> Result<Option<u32>, StoreError> {
        for number in self.named(name) {
            if let Some(number) = self.admit(number)?
                && self.engine.view(&self.state, number, name).is_some()
            {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// What happened lately to the traveler with a name, as lines of a trace; as far as groups were
    /// sealed.
    pub fn timeline(
        &mut self,
        name: &str,
    ) -> Result<Option<(serde_json::Value, Vec<String>)>, StoreError> {
        let Some(number) = self.find(name)? else {
            return Ok(None);
        };
        let view = self.engine.view(&self.state, number, name);
        let lines = Timeline::lines(&self.store, number)?;
        Ok(view.map(|view| (view, lines)))
    }

    /// Where sessions are, and which actions came up lately, the latest first.
    pub fn overview(&self) -> Overview {
        Overview {
            plan: self.meta.plan.clone(),
            census: self.census.clone(),
            recent: self.timeline.recent(),
            levels: self.levels(),
            inputs: self.meta.noted,
        }
    }

    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// How many travelers were ever known, how many are in memory, how many actions wait to be
    /// carried out, are under way, and are dead; how many timers' travelers wait.
    pub fn levels(&self) -> Levels {
        Levels {
            travelers: u64::from(self.state.numbers()),
            in_memory: self.working.len() as u64,
            posted: self.waiting.values().map(|it| it.len() as u64).sum(),
            under_way: self.under_way.len() as u64,
            dead: self.dead,
            damaged: self.aside.len() as u64,
            behind: match self.settings.time {
                Time::Clock => self.behind.as_secs().max(0).cast_unsigned(),
                Time::Events => 0,
            },
            bytes: self.store.bytes(),
        }
    }

    /// Everything that is remembered of travelers, as bytes: what a dry run of the same inputs comes to.
    pub fn save(&mut self) -> Result<Vec<u8>, StoreError> {
        for number in 0..self.state.numbers() {
            if matches!(self.store.traveler(number)?, Some(Kept::Record { .. })) {
                self.admit(number)?;
            }
        }
        Ok(self.engine.save(&self.state))
    }
}

/// What a page shows of all of it.
pub struct Overview {
    /// The hash of the plan that runs.
    pub plan: String,
    pub census: Census,
    pub recent: Vec<Recent>,
    pub levels: Levels,
    /// How many inputs there were: events, timers and answers.
    pub inputs: u64,
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

/// How much there is of it now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    pub travelers: u64,
    pub in_memory: u64,
    pub posted: u64,
    pub under_way: u64,
    pub dead: u64,
    /// Travelers whose records cannot be read, as far as that is known.
    pub damaged: u64,
    /// How many seconds the clock lies behind the time that it showed before.
    pub behind: u64,
    /// On disk.
    pub bytes: u64,
}
