//! What a deployment does, in numbers: told before it happens, and after.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::content::of_journey;
use crate::engine::{Fate, LinkError, Outlook, Passages, UNDEPLOYED};
use crate::model::ids::{KEPT, plain};
use crate::model::{Migrate, Model, Onward, Status};

/// The version of the form.
const VERSION: u32 = 1;

/// What becomes of everyone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub version: u32,
    /// The hash of the plan; empty where nobody has said it.
    #[serde(default)]
    pub plan: String,
    /// Whether the plan runs now.
    #[serde(default)]
    pub deployed: bool,
    /// Why it is refused; empty: it is not.
    #[serde(default)]
    pub refused: Vec<String>,
    /// By name.
    pub journeys: Vec<JourneyAnswer>,
    /// Travelers of types that the plan does not have, and that are forgotten.
    pub forgotten: u64,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// The journeys, as the plan before calls them, that some stay on.
    #[serde(skip)]
    pub(super) stays: BTreeSet<Arc<str>>,
}

/// What becomes of a journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyAnswer {
    pub journey: Arc<str>,
    pub change: Change,
    /// As the new plan says; none where it has no such journey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    pub sessions: Counts,
    /// Those with sessions, by name.
    pub milestones: Vec<MilestoneCounts>,
    /// Why sessions stay or end, those with the most first.
    pub why: Vec<Reason>,
    /// Why it cannot live in the new plan as it was.
    pub cannot_stay: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    New,
    Same,
    Changed,
    Gone,
}

/// How many sessions do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Their journey is the same.
    pub same: u64,
    /// They go on in the journey as it is now.
    #[serde(rename = "move")]
    pub moves: u64,
    /// They finish on the journey as it was.
    pub stay: u64,
    pub end: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneCounts {
    pub milestone: Arc<str>,
    pub sessions: Counts,
}

/// Why sessions stay or end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub fate: Fated,
    /// The outcome of those that end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Arc<str>>,
    pub sessions: u64,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fated {
    Stay,
    End,
}

impl Counts {
    fn add(&mut self, fate: &Fate) {
        match fate {
            Fate::Same => self.same += 1,
            Fate::Moves => self.moves += 1,
            Fate::Stays(_) => self.stay += 1,
            Fate::Ends { .. } => self.end += 1,
        }
    }
}

impl Answer {
    pub(super) fn new(
        before: &Model,
        new: &Model,
        passages: &Passages,
        dead: &BTreeMap<Arc<str>, Vec<LinkError>>,
    ) -> Self {
        let mut journeys: BTreeMap<Arc<str>, JourneyAnswer> = BTreeMap::new();
        let (mut refused, mut notes) = (Vec::new(), Vec::new());
        for journey in &new.journeys {
            let old = before.journeys.iter().find(|it| it.name == journey.name);
            let same = |old| of_journey(before, old) == of_journey(new, journey);
            let change = match old {
                None => Change::New,
                Some(old) if same(old) => Change::Same,
                Some(_) => Change::Changed,
            };
            let answer = JourneyAnswer::new(&journey.name, change, Some(journey.status));
            journeys.insert(journey.name.clone(), answer);
            if journey.status == Status::Hypothetical {
                let name = &journey.name;
                refused.push(format!(
                    "`{name}` is hypothetical, so it cannot be deployed"
                ));
            }
            if let Some(migrate) = &journey.migrate {
                unknown_names(before, &journey.name, migrate, &mut notes);
            }
        }
        let templates = new.templates.iter().map(|it| &it.name);
        let names = (new.journeys.iter().map(|it| &it.name)).chain(templates);
        for name in names.chain(new.rules.iter().map(|it| &it.name)) {
            if name.contains(KEPT) {
                refused.push(format!(
                    "`{name}` is not a valid name: a `{KEPT}` tells plans apart"
                ));
            }
        }
        for name in passages.keys() {
            let name: Arc<str> = plain(name).into();
            let gone = || JourneyAnswer::new(&name, Change::Gone, None);
            journeys.entry(name.clone()).or_insert_with(gone);
        }
        for (name, errors) in dead {
            if let Some(journey) = journeys.get_mut(plain(name)) {
                let reasons = errors.iter().map(ToString::to_string);
                journey.cannot_stay.extend(reasons);
            }
        }
        people(before, new, &mut notes);
        Self {
            version: VERSION,
            plan: String::new(),
            deployed: false,
            refused,
            journeys: journeys.into_values().collect(),
            forgotten: 0,
            notes,
            stays: BTreeSet::new(),
        }
    }

    /// The plan itself cannot run.
    pub fn unlinked(plan: &str, errors: &[LinkError]) -> Self {
        let reasons = errors.iter().map(|it| format!("the plan cannot run: {it}"));
        Self {
            version: VERSION,
            plan: plan.to_owned(),
            deployed: false,
            refused: reasons.collect(),
            journeys: Vec::new(),
            forgotten: 0,
            notes: Vec::new(),
            stays: BTreeSet::new(),
        }
    }

    /// Counts a session.
    pub fn count(&mut self, outlook: &Outlook) {
        let name = plain(&outlook.journey);
        if let Fate::Stays(_) = outlook.fate {
            self.stays.insert(outlook.journey.clone());
        }
        let Ok(index) = (self.journeys).binary_search_by(|it| (*it.journey).cmp(name)) else {
            return;
        };
        let journey = &mut self.journeys[index];
        journey.sessions.add(&outlook.fate);
        let found =
            (journey.milestones).binary_search_by(|it| it.milestone.cmp(&outlook.milestone));
        let at = found.unwrap_or_else(|at| {
            let counts = MilestoneCounts {
                milestone: outlook.milestone.clone(),
                sessions: Counts::default(),
            };
            journey.milestones.insert(at, counts);
            at
        });
        journey.milestones[at].sessions.add(&outlook.fate);
        let (fate, outcome, reason) = match &outlook.fate {
            Fate::Same | Fate::Moves => return,
            Fate::Stays(why) => (Fated::Stay, None, why),
            Fate::Ends { outcome, why } => (Fated::End, Some(outcome.clone()), why),
        };
        let same =
            |it: &&mut Reason| it.fate == fate && it.outcome == outcome && it.reason == *reason;
        match journey.why.iter_mut().find(same) {
            Some(known) => known.sessions += 1,
            None => journey.why.push(Reason {
                fate,
                outcome,
                sessions: 1,
                reason: reason.clone(),
            }),
        }
    }

    /// All is counted. `end_sessions`: what has no place may end.
    pub fn close(&mut self, plan: &str, forgotten: u64, end_sessions: bool) {
        plan.clone_into(&mut self.plan);
        self.forgotten = forgotten;
        for journey in &mut self.journeys {
            journey.why.sort_by(|a, b| {
                (b.sessions.cmp(&a.sessions)).then_with(|| a.reason.cmp(&b.reason))
            });
        }
        for journey in &mut self.journeys {
            let has_no_place = |it: &&Reason| it.outcome.as_deref() == Some(UNDEPLOYED);
            let count: u64 = (journey.why.iter().filter(has_no_place))
                .map(|it| it.sessions)
                .sum();
            if count == 0 {
                // Nobody would stay.
                journey.cannot_stay.clear();
            } else if !end_sessions {
                let name = &journey.journey;
                let sessions = counted(count, "session");
                self.refused.push(format!(
                    "{sessions} of `{name}` can neither go on in the new plan nor stay on the old journey"
                ));
            }
        }
        if forgotten > 0 && !end_sessions {
            self.refused.push(format!(
                "the new plan has no place for {}, whose type it does not have",
                counted(forgotten, "traveler")
            ));
        }
    }

    /// Whether it may be deployed.
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// All sessions.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        for it in &self.journeys {
            total.same += it.sessions.same;
            total.moves += it.sessions.moves;
            total.stay += it.sessions.stay;
            total.end += it.sessions.end;
        }
        total
    }
}

impl JourneyAnswer {
    fn new(name: &Arc<str>, change: Change, status: Option<Status>) -> Self {
        Self {
            journey: name.clone(),
            change,
            status,
            sessions: Counts::default(),
            milestones: Vec::new(),
            why: Vec::new(),
            cannot_stay: Vec::new(),
        }
    }
}

/// `1 session`, `2 sessions`.
fn counted(count: u64, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// Names of a migration that no running journey of the name has. What the one that runs migrates
/// the same way was done, or told, when that was deployed.
fn unknown_names(before: &Model, name: &str, migrate: &Migrate, notes: &mut Vec<String>) {
    let known: Vec<_> = (before.journeys.iter())
        .filter(|it| plain(&it.name) == name)
        .collect();
    if known.is_empty() {
        return;
    }
    let done: Vec<_> = known.iter().filter_map(|it| it.migrate.as_ref()).collect();
    for (old, onward) in &migrate.milestones {
        let has = known
            .iter()
            .any(|it| it.milestones.iter().any(|it| it.name == *old));
        let done = (done.iter()).any(|it| it.milestones.get(old) == Some(onward));
        if !has && !done {
            let to = match onward {
                Onward::Milestone(new) => format!("`{new}`"),
                Onward::End(outcome) => format!("the end `{outcome}`"),
            };
            notes.push(format!(
                "`{name}` migrates `{old}` to {to}, and what runs has no milestone `{old}`"
            ));
        }
    }
    for (old, new) in &migrate.variables {
        let has = known
            .iter()
            .any(|it| it.variables.iter().any(|it| it.name == *old));
        let done = (done.iter()).any(|it| it.variables.get(old) == Some(new));
        if !has && !done {
            notes.push(format!(
                "`{name}` migrates the variable `{old}` to `{new}`, and what runs has no variable `{old}`"
            ));
        }
    }
}

/// What of travelers themselves does not go on.
fn people(before: &Model, new: &Model, notes: &mut Vec<String>) {
    for old in &before.travelers {
        let Some(ty) = new.travelers.iter().find(|it| it.name == old.name) else {
            notes.push(format!("the traveler `{}` is gone", old.name));
            continue;
        };
        let name = &ty.name;
        for field in &old.profile {
            let label = &field.name;
            match ty.profile.iter().find(|it| it.name == field.name) {
                None => notes.push(format!(
                    "the profile field `{label}` of `{name}` is gone, and its values with it"
                )),
                Some(now) if now.ty != field.ty => notes.push(format!(
                    "the profile field `{label}` of `{name}` is of type `{}` now: values of `{}` \
                     that do not fit are dropped",
                    now.ty, field.ty
                )),
                Some(_) => {}
            }
        }
        for consent in old.consents.iter().filter(|it| !ty.consents.contains(it)) {
            notes.push(format!("the consent `{consent}` of `{name}` is gone"));
        }
        for identity in old
            .identities
            .iter()
            .filter(|it| !ty.identities.contains(it))
        {
            notes.push(format!(
                "`{identity}` of `{name}` is no identity any more: it leads to nobody"
            ));
        }
        for it in &ty.traits {
            let same = old
                .traits
                .iter()
                .any(|old| crate::engine::same_trait(old, it));
            if !same {
                notes.push(format!(
                    "the trait `{}` of `{name}` begins empty: it counts from now on",
                    it.name
                ));
            }
        }
    }
}
