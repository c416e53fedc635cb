//! Traits: aggregates over a traveler's own history, kept as it grows.
//!
//! Windows go by an entry's own time, however late it came: a window of D holds what is less than
//! D old, and what grows older leaves it at that instant, by a timer.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::linked::{Input, Source, TraitType};
use super::profile::same;
use super::run::{Run, Seen, later};
use super::scope::conform;
use super::state::{Frame, Timer, TimerKey, TimerKind};
use crate::cel::{self, Type, Value};
use crate::model::Aggregate;

/// What is kept for one trait.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TraitState {
    /// What `traveler.NAME` reads.
    pub value: Value,
    /// None where the value says it all.
    pub rest: Option<Box<Kept>>,
}

/// What a value is worked out of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// The entries, by their own time; only where single ones can leave or be listed.
    pub held: Vec<(Timestamp, Value)>,
    /// The rest of them, as a whole.
    pub tally: Tally,
    /// When the oldest entry leaves the window.
    pub leaves: Option<TimerKey>,
}

/// All entries, as far as any aggregate needs them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    pub count: i64,
    pub int: i128,
    /// Its bits are what is written, so that it is read back exactly.
    #[serde(with = "bits")]
    pub double: f64,
    pub least: Option<Value>,
    pub most: Option<Value>,
    pub first: Option<(Timestamp, Value)>,
    pub last: Option<(Timestamp, Value)>,
}

impl Tally {
    fn add(&mut self, time: Timestamp, value: &Value) {
        self.count += 1;
        match value {
            Value::Int(int) => {
                self.int = self.int.saturating_add(i128::from(*int));
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "the average of ints is a double"
                )]
                let double = *int as f64;
                self.double += double;
            }
            Value::Double(double) => self.double += double,
            Value::Duration(duration) => {
                self.int = self.int.saturating_add(duration.as_nanos());
            }
            _ => {}
        }
        if self.least.as_ref().is_none_or(|least| less(value, least)) {
            self.least = Some(value.clone());
        }
        if self.most.as_ref().is_none_or(|most| less(most, value)) {
            self.most = Some(value.clone());
        }
        if self.first.as_ref().is_none_or(|first| time < first.0) {
            self.first = Some((time, value.clone()));
        }
        if self.last.as_ref().is_none_or(|last| last.0 <= time) {
            self.last = Some((time, value.clone()));
        }
    }

    fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.int = self.int.saturating_add(other.int);
        self.double += other.double;
        let pick =
            |mine: &mut Option<Value>, other: &Option<Value>, wins: fn(&Value, &Value) -> bool| {
                if let Some(other) = other
                    && mine.as_ref().is_none_or(|mine| wins(other, mine))
                {
                    *mine = Some(other.clone());
                }
            };
        pick(&mut self.least, &other.least, less);
        pick(&mut self.most, &other.most, |a, b| less(b, a));
        if let Some(first) = &other.first
            && self.first.as_ref().is_none_or(|mine| first.0 < mine.0)
        {
            self.first = Some(first.clone());
        }
        if let Some(last) = &other.last
            && self.last.as_ref().is_none_or(|mine| mine.0 < last.0)
        {
            self.last = Some(last.clone());
        }
    }
}

fn just_before(time: Timestamp) -> Timestamp {
    time.saturating_sub(SignedDuration::from_nanos(1))
        .unwrap_or(time)
}

/// The running value with one more entry.
fn run_on(value: &Value, entry: &Value) -> Value {
    match (value, entry) {
        (Value::Int(count), _) => Value::Int(count.saturating_add(1)),
        (Value::Double(sum), Value::Double(double)) => Value::Double(sum + double),
        #[expect(clippy::cast_precision_loss, reason = "a sum of doubles is a double")]
        (Value::Double(sum), Value::Int(int)) => Value::Double(sum + *int as f64),
        (value, _) => value.clone(),
    }
}

/// A duration of so many nanoseconds, as far as there are such.
fn duration(nanos: i128) -> Value {
    const SECOND: i128 = 1_000_000_000;
    let seconds = nanos / SECOND;
    Value::Duration(match i64::try_from(seconds) {
        Ok(seconds) => SignedDuration::new(seconds, (nanos % SECOND) as i32),
        Err(_) if nanos < 0 => SignedDuration::MIN,
        Err(_) => SignedDuration::MAX,
    })
}

fn less(a: &Value, b: &Value) -> bool {
    matches!(cel::compare(a, b), Ok(Some(std::cmp::Ordering::Less)))
}

impl TraitState {
    /// The same with the types of another plan, whose trait is the same.
    pub(super) fn retyped(&self, kind: &TraitType) -> Self {
        let mut state = self.clone();
        state.value = conform(&state.value, &kind.ty);
        if let Some(kept) = &mut state.rest {
            let tally = &mut kept.tally;
            let single = [&mut tally.least, &mut tally.most].into_iter().flatten();
            let timed = [&mut tally.first, &mut tally.last].into_iter().flatten();
            let held = kept.held.iter_mut().map(|entry| &mut entry.1);
            for value in single.chain(timed.map(|entry| &mut entry.1)).chain(held) {
                *value = conform(value, &kind.element);
            }
        }
        state
    }
}

impl TraitType {
    /// Whether entries are kept one by one.
    fn holds_entries(&self) -> bool {
        let listed = matches!(self.aggregate, Aggregate::List | Aggregate::Distinct);
        listed || self.within.is_some() || self.keep.is_some()
    }

    /// Whether the value is all that there is to know: how many there were, or a sum of doubles.
    pub(super) fn is_running(&self) -> bool {
        let sums = !matches!(self.ty.present(), Type::Int | Type::Duration);
        !self.holds_entries()
            && (self.aggregate == Aggregate::Count || (self.aggregate == Aggregate::Sum && sums))
    }

    pub(super) fn empty(&self) -> TraitState {
        let kept = Kept::default();
        TraitState {
            value: self.value(&kept),
            rest: (!self.is_running()).then(|| Box::new(kept)),
        }
    }

    fn add(&self, state: &mut Kept, time: Timestamp, value: Value) {
        if !self.holds_entries() {
            state.tally.add(time, &value);
            return;
        }
        if self.aggregate == Aggregate::Distinct
            && let Some(at) = state.held.iter().position(|held| same(&held.1, &value))
        {
            if state.held[at].0 > time {
                return;
            }
            state.held.remove(at);
        }
        let at = state.held.partition_point(|held| held.0 <= time);
        state.held.insert(at, (time, value));
        if let Some(keep) = self.keep {
            let surplus = state.held.len().saturating_sub(keep);
            state.held.drain(..surplus);
        }
    }

    /// Lets go what has grown too old.
    fn expire(&self, state: &mut Kept, now: Timestamp) {
        if let Some(within) = self.within {
            let gone = state
                .held
                .partition_point(|held| later(held.0, within) <= now);
            state.held.drain(..gone);
        }
    }

    fn value(&self, state: &Kept) -> Value {
        if matches!(self.aggregate, Aggregate::List | Aggregate::Distinct) {
            return Value::list(state.held.iter().map(|held| held.1.clone()).collect());
        }
        if !self.holds_entries() {
            return self.of_tally(&state.tally);
        }
        if self.aggregate == Aggregate::Count {
            return Value::Int(i64::try_from(state.held.len()).unwrap_or(i64::MAX));
        }
        let mut tally = Tally::default();
        for (time, value) in &state.held {
            tally.add(*time, value);
        }
        self.of_tally(&tally)
    }

    fn of_tally(&self, tally: &Tally) -> Value {
        let absent = |value: &Option<Value>| value.clone().unwrap_or(Value::Null);
        let timed = |entry: &Option<(Timestamp, Value)>| {
            (entry.as_ref()).map_or(Value::Null, |entry| entry.1.clone())
        };
        match self.aggregate {
            Aggregate::Count => Value::Int(tally.count),
            Aggregate::Sum if *self.ty.present() == Type::Int => {
                Value::Int(i64::try_from(tally.int).unwrap_or(if tally.int < 0 {
                    i64::MIN
                } else {
                    i64::MAX
                }))
            }
            Aggregate::Sum if *self.ty.present() == Type::Duration => duration(tally.int),
            Aggregate::Sum => Value::Double(tally.double),
            Aggregate::Avg if tally.count == 0 => Value::Null,
            Aggregate::Avg if *self.ty.present() == Type::Duration => {
                duration(tally.int / i128::from(tally.count.max(1)))
            }
            #[expect(clippy::cast_precision_loss, reason = "an average is a double")]
            Aggregate::Avg => Value::Double(tally.double / tally.count as f64),
            Aggregate::Min => absent(&tally.least),
            Aggregate::Max => absent(&tally.most),
            Aggregate::First => timed(&tally.first),
            Aggregate::Last => timed(&tally.last),
            Aggregate::List | Aggregate::Distinct => Value::Null,
        }
    }

    fn oldest_leaves(&self, state: &Kept) -> Option<Timestamp> {
        let within: SignedDuration = self.within?;
        state.held.first().map(|held| later(held.0, within))
    }
}

impl Run<'_> {
    /// Tells traits of an event, at its own time.
    pub(super) fn count_event(&mut self, frame: &Frame) {
        let source = Source::Event(frame.event);
        let seen = Seen {
            frame: Some(frame),
            ..Seen::default()
        };
        self.count(&source, &frame.payload, frame.time, seen);
    }

    /// Tells traits of an action that was emitted.
    pub(super) fn count_action(&mut self, source: &Source, with: &Value) {
        let seen = Seen {
            event: Some(with),
            ..Seen::default()
        };
        self.count(source, with, self.now, seen);
    }

    fn count(&mut self, source: &Source, data: &Value, time: Timestamp, seen: Seen<'_>) {
        let ty = self.ty;
        for (index, kind) in ty.traits.iter().enumerate() {
            if kind.source != *source {
                continue;
            }
            if kind
                .within
                .is_some_and(|within| later(time, within) <= self.now)
            {
                continue;
            }
            let value = below(data, &kind.path);
            if value.is_null() && kind.aggregate != Aggregate::Count {
                continue;
            }
            if kind
                .when
                .as_ref()
                .is_some_and(|when| !self.holds(when, seen))
            {
                continue;
            }
            let value = match kind.aggregate {
                Aggregate::Count => &Value::Null,
                _ => value,
            };
            self.touched = true;
            let state = &mut self.t.traits[index];
            if let Some(kept) = &mut state.rest {
                kind.add(kept, time, value.clone());
                kind.expire(kept, self.now);
                self.settle(index);
            } else {
                let value = run_on(&state.value, value);
                self.set_trait(index, value);
            }
        }
    }

    /// A value has grown too old for a trait.
    pub(super) fn window(&mut self, index: usize) {
        if let (Some(kind), Some(state)) = (self.ty.traits.get(index), self.t.traits.get_mut(index))
            && let Some(kept) = &mut state.rest
        {
            kept.leaves = None;
            kind.expire(kept, self.now);
            self.settle(index);
        }
    }

    /// Adds what another traveler's trait has.
    pub(super) fn join_trait(&mut self, index: usize, other: &TraitState) {
        let kind = &self.ty.traits[index];
        let mine = &mut self.t.traits[index];
        if let (Some(mine), Some(other)) = (&mut mine.rest, &other.rest) {
            for (time, value) in &other.held {
                kind.add(mine, *time, value.clone());
            }
            mine.tally.join(&other.tally);
            // What leaves at this very instant does so after its events, as if nobody had joined.
            kind.expire(mine, just_before(self.now));
            self.settle(index);
            return;
        }
        let joined = match (&mine.value, &other.value) {
            (Value::Int(mine), Value::Int(other)) => Value::Int(mine.saturating_add(*other)),
            (Value::Double(mine), Value::Double(other)) => Value::Double(mine + other),
            (mine, _) => mine.clone(),
        };
        self.set_trait(index, joined);
    }

    /// Brings a trait's value and its timer up to date.
    fn settle(&mut self, index: usize) {
        let kind = &self.ty.traits[index];
        let Some(kept) = &mut self.t.traits[index].rest else {
            return;
        };
        let value = kind.value(kept);
        let due = kind.oldest_leaves(kept);
        let before = kept.leaves;
        self.set_trait(index, value);
        if due == before.map(|key| key.due) {
            return;
        }
        if let Some(key) = before {
            self.t.timers.remove(&key);
        }
        let timer = Timer {
            what: TimerKind::Window(index as u16),
            session: None,
            entry: None,
        };
        let key = due.map(|due| self.timer(due, 0, timer));
        if let Some(kept) = &mut self.t.traits[index].rest {
            kept.leaves = key;
        }
    }

    fn set_trait(&mut self, index: usize, value: Value) {
        let state = &mut self.t.traits[index];
        if !same(&value, &state.value) {
            state.value = value;
            let slot = self.ty.profile.len() + index;
            self.dirty.push(Input::Slot(slot as u16));
        }
    }
}

mod bits {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        value.to_bits().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(f64::from_bits(u64::deserialize(deserializer)?))
    }
}

/// What stands at a path of slots.
fn below<'v>(value: &'v Value, path: &[usize]) -> &'v Value {
    let mut value = value;
    for slot in path {
        value = match value {
            Value::Object(object) => match object.slots.get(*slot) {
                Some(value) => value,
                None => return &Value::Null,
            },
            _ => return &Value::Null,
        };
    }
    value
}
