//! The journey of `workspace/`, written by hand over typed events: what a team would write who need
//! nothing else. Counts what `cjoc plan --summary` counts.

use rustc_hash::FxHashMap;

const DAY: i64 = 86_400_000;

/// An event that was read; `time` in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    pub id: &'a str,
    pub subject: &'a str,
    pub time: i64,
    pub kind: Kind,
    pub category: &'a str,
    pub price: f64,
    pub quantity: i64,
    pub device: &'a str,
    pub country: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    View,
    Cart,
    Order,
    Return,
    Close,
}

/// The counts, by the names of `cjoc plan --summary --format json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    pub events: u64,
    pub duplicates: u64,
    pub ignored: u64,
    pub travelers: u64,
    pub sessions_started: u64,
    pub sessions_ended: u64,
    pub milestones: u64,
    pub rules: u64,
    pub calls: u64,
    pub pending: u64,
}

/// What is remembered of a traveler.
#[derive(Clone, Copy, Debug, Default)]
struct Traveler {
    views: u32,
    sent_back: u32,
    spend: f64,
    /// When the nudge is due.
    due: Option<i64>,
    /// None: no session runs.
    milestone: Option<Milestone>,
    big: bool,
    mobile: bool,
    abroad: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Milestone {
    Considering,
    Basket,
    Ordered,
    Returned,
}

/// All travelers, and the ids of the last days.
#[derive(Debug, Default)]
pub struct Machine {
    numbers: FxHashMap<Box<str>, u32>,
    travelers: Vec<Traveler>,
    /// Ids and their times, of this day and of the one before.
    seen: [FxHashMap<Box<str>, i64>; 2],
    day: i64,
    now: i64,
    pub counts: Counts,
}

impl Machine {
    pub fn step(&mut self, event: &Event<'_>) {
        self.counts.events += 1;
        self.now = event.time;
        let day = event.time / DAY;
        if day > self.day {
            self.seen.swap(0, 1);
            self.seen[0].clear();
            self.day = day;
        }
        let before = self.seen.iter().find_map(|seen| seen.get(event.id));
        if before.is_some_and(|before| event.time - before < DAY) {
            self.counts.duplicates += 1;
            return;
        }
        self.seen[0].insert(event.id.into(), event.time);
        let mut touched = false;
        let number = match self.numbers.get(event.subject) {
            Some(number) => *number,
            None => {
                let number = self.travelers.len() as u32;
                self.numbers.insert(event.subject.into(), number);
                self.travelers.push(Traveler::default());
                self.counts.travelers += 1;
                touched = true;
                number
            }
        };
        let traveler = &mut self.travelers[number as usize];
        if traveler.due.is_some_and(|due| due < event.time) {
            traveler.due = None;
            self.counts.rules += 1;
            self.counts.calls += 1;
        }
        touched |= traveler.take(event, &mut self.counts);
        if !touched {
            self.counts.ignored += 1;
        }
    }

    /// The nudges that are due at the end.
    pub fn finish(&mut self) {
        for due in self.travelers.iter().filter_map(|it| it.due) {
            if due <= self.now {
                self.counts.rules += 1;
                self.counts.calls += 1;
            } else {
                self.counts.pending += 1;
            }
        }
    }
}

impl Traveler {
    fn take(&mut self, event: &Event<'_>, counts: &mut Counts) -> bool {
        let mut touched = false;
        if event.kind == Kind::View {
            self.views += 1;
            touched = true;
        }
        if event.kind == Kind::Order {
            self.spend += event.price;
            touched = true;
        }
        if event.kind == Kind::Return && event.price > 10.0 {
            self.sent_back += 1;
            touched = true;
        }
        let Some(milestone) = self.milestone else {
            if event.kind == Kind::View && event.category == "backpack" {
                self.milestone = Some(Milestone::Considering);
                (self.big, self.mobile, self.abroad) = (false, false, false);
                counts.sessions_started += 1;
                counts.milestones += 1;
                touched = true;
            }
            return touched;
        };
        if event.price * event.quantity as f64 > 3000.0 && !self.big {
            self.big = true;
            counts.rules += 1;
            touched = true;
        }
        if event.device == "mobile" && !self.mobile {
            self.mobile = true;
            counts.rules += 1;
            touched = true;
        }
        if event.country != "FR" && !self.abroad {
            self.abroad = true;
            counts.rules += 1;
            touched = true;
        }
        if milestone == Milestone::Considering && event.price > 900.0 && self.views >= 3 {
            counts.rules += 1;
            counts.calls += 1;
            touched = true;
        }
        if event.kind == Kind::Close {
            self.milestone = None;
            self.due = None;
            counts.sessions_ended += 1;
            return true;
        }
        let next = match (milestone, event.kind) {
            (Milestone::Considering, Kind::Cart) if event.price >= 20.0 => Milestone::Basket,
            (Milestone::Considering | Milestone::Basket, Kind::Order) if event.quantity > 0 => {
                Milestone::Ordered
            }
            (Milestone::Ordered, Kind::Return) if self.sent_back >= 1 => Milestone::Returned,
            _ => return touched,
        };
        self.milestone = Some(next);
        self.due = (next == Milestone::Basket).then_some(event.time + 2 * DAY);
        counts.milestones += 1;
        true
    }
}

/// The milliseconds of `2026-03-02T18:00:00.000Z`.
pub fn millis(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 24 || bytes[23] != b'Z' {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to]
            .iter()
            .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
        - 719_468;
    let seconds = (number(11, 13) * 60 + number(14, 16)) * 60 + number(17, 19);
    Some((days * 86_400 + seconds) * 1000 + number(20, 23))
}
