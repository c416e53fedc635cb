//! Why a step was not reached: the way to it is followed from each moment at which its milestone
//! was entered or its rule fired.

use super::answer::{Moment, Reason};
use super::ask::Ask;
use super::gate;
use super::story::SessionOf;
use super::target::{Passage, Site, SiteKind, Within, ways_into};
use super::words::hindrance;
use crate::cel::{format_duration, format_timestamp};
use crate::engine::{ActionKind, Record, WaitEnd, What};
use crate::model::{Expr, Step, StepKind, Wait};

/// How deep the question goes on to what holds the steps.
const MAX_DEPTH: usize = 3;

/// How far the steps came.
enum Passed {
    On(usize),
    /// They stopped; why is told.
    Stopped(Box<Moment>),
}

impl Ask<'_> {
    pub(super) fn step(&self, site: &Site<'_>, depth: usize) -> Vec<Moment> {
        let SiteKind::Step { within, .. } = &site.what else {
            return Vec::new();
        };
        let begins: Vec<usize> = (0..self.story.records.len())
            .filter(|index| self.begins(site, *within, *index))
            .collect();
        if begins.is_empty() {
            return self.not_reached(site, *within, depth);
        }
        let moments = begins.iter().map(|begin| {
            let record = self.story.records[*begin];
            Moment {
                session: record.session,
                ..self.follow(site, *within, *begin)
            }
        });
        moments.collect()
    }

    /// Whether the steps begin with this record.
    fn begins(&self, site: &Site<'_>, within: Within<'_>, index: usize) -> bool {
        let record = self.story.records[index];
        record.journey.as_deref() == Some(&*site.journey.name)
            && match (within, &record.what) {
                (Within::Milestone(wanted), What::MilestoneEntered { name }) => **name == *wanted,
                (Within::Rule(rule, _), What::RuleFired { .. }) => {
                    record.at.as_deref() == Some(&*rule.trigger.at)
                }
                _ => false,
            }
    }

    /// Its milestone was never entered, its rule never fired: why not?
    fn not_reached(&self, site: &Site<'_>, within: Within<'_>, depth: usize) -> Vec<Moment> {
        let what = match within {
            Within::Milestone(name) => format!("milestone {name}, which is not reached"),
            Within::Rule(rule, _) => format!("rule {}, which does not fire", rule.name),
        };
        let text = format!("it is among the steps of {what}");
        let journey = site.journey;
        let holders: Vec<Site<'_>> = match within {
            Within::Milestone(name) => (journey.milestones.iter())
                .position(|it| &*it.name == name)
                .map_or_else(Vec::new, |index| ways_into(self.model, journey, index)),
            Within::Rule(rule, milestone) => {
                let what = SiteKind::Rule(rule, milestone);
                vec![Site { journey, what }]
            }
        };
        let mut moments = Vec::new();
        if depth < MAX_DEPTH {
            for holder in &holders {
                moments.extend(self.site(holder, depth + 1));
            }
        }
        if moments.is_empty() {
            let end = self.story.records.len();
            moments.push(Moment {
                time: None,
                ..self.moment(site, end, Reason::NotReached, text.clone())
            });
            return moments;
        }
        for moment in &mut moments {
            moment.text = format!("{text}: {}", moment.text);
        }
        moments
    }

    /// Follows the steps from where they began.
    fn follow(&self, site: &Site<'_>, within: Within<'_>, begin: usize) -> Moment {
        let SiteKind::Step { way, step, .. } = &site.what else {
            return self.moment(site, begin, Reason::NotReached, String::new());
        };
        let session = SessionOf::of(self.story.records[begin]);
        let next = (begin + 1..self.story.records.len()).find(|index| {
            self.begins(site, within, *index)
                && SessionOf::of(self.story.records[*index]) == session
        });
        let end = next.unwrap_or(self.story.records.len());
        let mut at = begin;
        for passage in way {
            match self.pass(site, *passage, at, end, session) {
                Passed::On(index) => at = index,
                Passed::Stopped(moment) => return *moment,
            }
        }
        self.done(site, step, at, end, session)
            .unwrap_or_else(|| self.stopped(site, at, end, session, None))
    }

    /// The records of a step in a session, from one on.
    fn of_step<'s>(
        &'s self,
        site: &'s Site<'_>,
        step: &'s Step,
        range: std::ops::Range<usize>,
        session: Option<SessionOf<'s>>,
    ) -> impl Iterator<Item = (usize, &'s Record)> + 's {
        range.filter_map(move |index| {
            let record = self.story.records[index];
            let is = record.at.as_deref() == Some(&*step.at)
                && record.journey.as_deref() == Some(&*site.journey.name)
                && SessionOf::of(record) == session;
            is.then_some((index, record))
        })
    }

    fn pass(
        &self,
        site: &Site<'_>,
        passage: Passage<'_>,
        from: usize,
        end: usize,
        session: Option<SessionOf<'_>>,
    ) -> Passed {
        let step = passage.step;
        let stopped = |moment: Moment| Passed::Stopped(Box::new(moment));
        if let Some(block) = passage.block
            && !matches!(
                step.kind,
                StepKind::Wait(_) | StepKind::Call { .. } | StepKind::Parallel(_)
            )
        {
            return self.pass_branch(site, step, block, from, end, session);
        }
        // A wait for a time that is past begins not at all.
        let mut at = from;
        let mut began = None;
        for (index, record) in self.of_step(site, step, from..end, session) {
            at = index;
            match &record.what {
                What::WaitStarted { until, .. } => began = Some(*until),
                What::WaitEnded { reason, .. } => {
                    let late = *reason == WaitEnd::Timeout;
                    match (passage.block, late) {
                        (Some(block), _) if late == is_else(step, block) => {}
                        (Some(_), true) => {
                            let text = format!("{} waited in vain", step.id);
                            let moment = self.moment(site, index, Reason::TimedOut, text);
                            return stopped(moment);
                        }
                        (Some(_), false) => {
                            let text = format!("what {} waited for came in time", step.id);
                            let moment = self.moment(site, index, Reason::OtherBranch, text);
                            return stopped(moment);
                        }
                        (None, _) => {}
                    }
                    return Passed::On(index);
                }
                What::ActionDeferred(action) => began = Some(action.until),
                What::ActionEmitted(_) | What::ActionSuppressed(_) => began = None,
                _ => {}
            }
        }
        match began {
            Some(until) => stopped(self.stopped(site, at, end, session, Some((step, until)))),
            None => Passed::On(at),
        }
    }

    fn pass_branch(
        &self,
        site: &Site<'_>,
        step: &Step,
        block: usize,
        from: usize,
        end: usize,
        session: Option<SessionOf<'_>>,
    ) -> Passed {
        let taken = self
            .of_step(site, step, from..end, session)
            .find_map(|(index, record)| match &record.what {
                What::BranchTaken { value, .. } => Some((index, text_of(value))),
                _ => None,
            });
        let needed = arm(step, block);
        if let Some((index, taken)) = &taken
            && *taken == needed
        {
            return Passed::On(*index);
        }
        // The condition that decided: its own, or that of an arm before it.
        let until = taken.as_ref().map_or(end, |(index, _)| *index);
        let own = condition(step, block);
        let own_want = !matches!((&step.kind, block), (StepKind::If { .. }, 1));
        let decided = own
            .and_then(|expr| {
                self.story
                    .looked(from..until, &site.journey.name, &expr.at, session)
            })
            .filter(|(_, looked)| looked.holds != own_want)
            .map(|found| (found, own_want));
        let other = match &step.kind {
            StepKind::Choose(choices) => (choices.iter().take(block))
                .filter_map(|choice| choice.when.as_ref())
                .find_map(|when| {
                    self.story
                        .looked(from..until, &site.journey.name, &when.at, session)
                        .filter(|(_, looked)| looked.holds)
                })
                .map(|found| (found, false)),
            _ => None,
        };
        let took = match &taken {
            Some((_, value)) => format!("{} takes {value}, not {needed}", step.id),
            None => format!("{} does not take {needed}", step.id),
        };
        let stopped = |moment: Moment| Passed::Stopped(Box::new(moment));
        match decided.or(other) {
            Some(((index, looked), want)) => {
                let moment = self.moment(site, index, Reason::Condition, took);
                stopped(self.failing(moment, looked, want))
            }
            None => match taken {
                Some((index, _)) => stopped(self.moment(site, index, Reason::OtherBranch, took)),
                None => stopped(self.stopped(site, from, end, session, None)),
            },
        }
    }

    /// What came of the step itself; none where it was not reached.
    fn done(
        &self,
        site: &Site<'_>,
        step: &Step,
        from: usize,
        end: usize,
        session: Option<SessionOf<'_>>,
    ) -> Option<Moment> {
        // A deferred action may go out when its milestone is left.
        let all = self.story.records.len();
        let mut found = None;
        for (index, record) in self.of_step(site, step, from..all, session) {
            if found.is_none() && index >= end {
                return None;
            }
            let moment = |reason, text: String| self.moment(site, index, reason, text);
            found = Some(match &record.what {
                What::ActionEmitted(action) => {
                    let does = match action.kind {
                        ActionKind::Send => "it is sent",
                        ActionKind::Call => "it is called",
                    };
                    return Some(moment(Reason::Happened, does.to_owned()));
                }
                What::EventEmitted { .. } | What::MilestoneEntered { .. } => {
                    return Some(moment(Reason::Happened, "it happens".to_owned()));
                }
                What::ActionSuppressed(action) => {
                    let (text, remedy) = gate::held(self.model, &self.story, index, action);
                    let text = format!("the step is reached, and nothing goes out: {text}");
                    return Some(Moment {
                        remedy,
                        ..moment(Reason::Suppressed, text)
                    });
                }
                What::ActionDeferred(action) => {
                    let (text, remedy) = gate::held(self.model, &self.story, index, action);
                    let until = action.until.map_or(String::new(), |until| {
                        format!(" until {}", format_timestamp(until))
                    });
                    let text = format!("the step is reached, and held back{until}: {text}");
                    Moment {
                        remedy,
                        ..moment(Reason::Deferred, text)
                    }
                }
                _ => continue,
            });
        }
        if found.is_none()
            && let Some(by) = self.story.hindered(from..end, &step.at)
        {
            let moment = self.moment(site, from, Reason::Moved, String::new());
            return Some(hindrance(moment, by));
        }
        found
    }

    /// The steps stopped on the way: the milestone was left, the session ended, or the run.
    fn stopped(
        &self,
        site: &Site<'_>,
        at: usize,
        end: usize,
        session: Option<SessionOf<'_>>,
        waiting: Option<(&Step, Option<jiff::Timestamp>)>,
    ) -> Moment {
        let begin = &site.journey.name;
        let failed = (at..end).find_map(|index| {
            let record = self.story.records[index];
            match &record.what {
                What::ConditionFailed { name, reason }
                    if SessionOf::of(record) == session
                        && record.journey.as_deref() == Some(&*site.journey.name) =>
                {
                    Some((index, format!("{name} fails: {reason}")))
                }
                _ => None,
            }
        });
        if let (Some((index, text)), None) = (failed, waiting) {
            return self.moment(site, index, Reason::Failed, text);
        }
        let waits = waiting.map(|(step, until)| match until {
            Some(until) => format!("{} waits until {}", step.id, format_timestamp(until)),
            None => format!("{} waits", step.id),
        });
        let left = (at..self.story.records.len()).find(|index| {
            let record = self.story.records[*index];
            let gone = matches!(
                record.what,
                What::MilestoneLeft { .. } | What::SessionEnded { .. }
            );
            gone && SessionOf::of(record) == session && record.journey.as_deref() == Some(&**begin)
        });
        let because = |then: String| match &waits {
            Some(waits) => format!("{waits}, and {then}"),
            None => format!("the steps stop before it: {then}"),
        };
        let until = waiting.and_then(|(_, until)| until);
        if let Some(left) = left {
            let text = because(self.left(left));
            let remedy = until.map(|until| {
                let more = until.duration_since(self.story.time(left));
                format!("{} more before it is left", format_duration(more))
            });
            return Moment {
                remedy,
                ..self.moment(site, left, Reason::Left, text)
            };
        }
        let text = because("the run ends before".to_owned());
        Moment {
            remedy: until.map(|until| format!("`--until {}`", format_timestamp(until))),
            ..self.moment(site, self.story.records.len(), Reason::Pending, text)
        }
    }
}

/// How the trace calls an arm.
fn arm(step: &Step, block: usize) -> String {
    match &step.kind {
        StepKind::If { .. } if block == 0 => "then".to_owned(),
        StepKind::If { .. } => "else".to_owned(),
        StepKind::Split(split) => split
            .arms
            .get(block)
            .map_or(String::new(), |it| it.name.to_string()),
        StepKind::Decide { among, .. } => among
            .get(block)
            .map_or("fallback".to_owned(), |it| it.name.to_string()),
        _ => block.to_string(),
    }
}

fn condition(step: &Step, block: usize) -> Option<&Expr> {
    match &step.kind {
        StepKind::If { condition, .. } => Some(condition),
        StepKind::Choose(choices) => choices.get(block)?.when.as_ref(),
        StepKind::Decide { among, .. } => among.get(block)?.when.as_ref(),
        _ => None,
    }
}

/// Whether a block of a step that waits is what follows a time-out.
fn is_else(step: &Step, block: usize) -> bool {
    match &step.kind {
        StepKind::Wait(Wait::On { any, .. }) => block == any.len(),
        _ => true,
    }
}

fn text_of(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
