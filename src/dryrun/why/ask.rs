//! Why not: a question about one traveler goes in, each moment at which it could have happened
//! comes out, with the first thing that stood in the way and the smallest change that would have
//! let it pass.

use jiff::Timestamp;

use super::answer::{Answer, Moment, Reason};
use super::conditions::Conditions;
use super::gate;
use super::nearest::Change;
use super::story::{Occasion, SessionOf, Stay, Story};
use super::target::{Question, Site, SiteKind, sites};
use super::words::{hindrance, named, occasion, wrong_milestone};
use crate::cel::format_timestamp;
use crate::dryrun::Mask;
use crate::engine::{Looked, Record, What};
use crate::model::{Model, Occurrence, On, Trigger};

/// Answers a question about the traveler whose records these are; `end`: of the run. The error is
/// a message and what may have been meant.
pub fn why_not(
    model: &Model,
    question: &Question,
    records: Vec<&Record>,
    end: Timestamp,
    mask: Option<&Mask>,
) -> Result<Answer, (String, Option<String>)> {
    let conditions = Conditions::new(model).masking(mask.cloned());
    let ask = Ask {
        model,
        conditions: &conditions,
        story: Story::new(records, end),
    };
    let mut moments: Vec<Moment> = Vec::new();
    for site in sites(model, question)? {
        moments.extend(ask.site(&site, 0));
    }
    // What there was no moment for says something only where there was none at all.
    if moments.iter().any(|moment| moment.time.is_some()) {
        moments.retain(|moment| moment.time.is_some());
    }
    // The event that starts the session is no chance for what comes after it.
    if (moments.iter()).any(|moment| moment.reason != Reason::Starts) {
        moments.retain(|moment| moment.reason != Reason::Starts);
    }
    if let Some(mask) = mask {
        for moment in &mut moments {
            moment.mask(mask);
        }
    }
    // Stable: at one time in the order of the file.
    moments.sort_by_key(|moment| moment.time);
    Ok(Answer { moments })
}

pub(super) struct Ask<'a> {
    pub model: &'a Model,
    pub conditions: &'a Conditions,
    pub story: Story<'a>,
}

impl Ask<'_> {
    pub(super) fn site(&self, site: &Site<'_>, depth: usize) -> Vec<Moment> {
        let Some(trigger) = site.what.trigger() else {
            return self.step(site, depth);
        };
        let mut moments = match &trigger.on {
            On::Any(_) => (self.story.occasions(&site.journey.name, &trigger.on).iter())
                .flat_map(|occasion| self.occasion(site, trigger, occasion))
                .collect(),
            On::Condition => self.turns(site, trigger),
            On::After(time) | On::Every(time) => self.by_time(site, trigger, Some(*time)),
            On::Schedule { .. } => self.by_time(site, trigger, None),
        };
        if moments.is_empty() {
            moments.push(self.never_came(site, trigger));
        }
        moments
    }

    /// A moment of a site, to be filled in.
    pub(super) fn moment(
        &self,
        site: &Site<'_>,
        at: usize,
        reason: Reason,
        text: String,
    ) -> Moment {
        Moment {
            time: Some(self.story.time(at)),
            journey: site.journey.name.to_string(),
            session: None,
            occasion: None,
            reason,
            text,
            at: site.what.at().clone(),
            condition: None,
            changes: Vec::new(),
            remedy: None,
        }
    }

    /// A condition that came out the wrong way, with what would have turned it.
    pub(super) fn failing(&self, moment: Moment, looked: &Looked, want: bool) -> Moment {
        let Some((condition, assertion)) = self.conditions.assertion(looked) else {
            return moment;
        };
        let changes = self.conditions.nearest(looked, want);
        Moment {
            condition: Some((condition.at.clone(), assertion)),
            remedy: self.through_segments(&changes, moment.time.unwrap_or(self.story.end)),
            changes,
            ..moment
        }
    }

    /// What would have brought the traveler into the segments that are asked for, or out of them,
    /// by their conditions when they were looked at last.
    fn through_segments(&self, changes: &[Change], by: Timestamp) -> Option<String> {
        let told: Vec<String> = (changes.iter())
            .filter_map(|change| {
                let name = change.fact.strip_prefix("segment.")?;
                let segment = self.conditions.segment(name)?;
                let records = self.story.records.iter().enumerate().rev();
                let mut looks = records.filter(|(_, record)| record.time <= by);
                let (_, looked) = looks.find_map(|(index, _)| {
                    self.story.looked(index..index + 1, "", &segment.at, None)
                })?;
                let changes = self.conditions.nearest(looked, !looked.holds);
                let changes: Vec<String> = changes.iter().map(Change::told).collect();
                (!changes.is_empty()).then(|| format!("{} by {}", change.fact, changes.join(", ")))
            })
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// What a trigger's effect is recorded as.
    pub(super) fn effect(
        &self,
        site: &Site<'_>,
        range: std::ops::Range<usize>,
        session: Option<SessionOf<'_>>,
    ) -> bool {
        let records = self.story.records.get(range).unwrap_or_default();
        records.iter().any(|record| {
            let here = record.at.as_deref() == Some(&**site.what.at())
                && record.journey.as_deref() == Some(&*site.journey.name)
                && (session.is_none() || SessionOf::of(record) == session);
            here && match &record.what {
                What::SessionStarted => matches!(site.what, SiteKind::Start(_)),
                What::MilestoneEntered { .. } => matches!(site.what, SiteKind::Enter(_)),
                What::RuleFired { .. } => matches!(site.what, SiteKind::Rule(..)),
                _ => false,
            }
        })
    }

    /// A journey is told of what the trigger waits for.
    fn occasion(&self, site: &Site<'_>, trigger: &Trigger, it: &Occasion<'_>) -> Vec<Moment> {
        let range = it.from..it.to;
        let told = |moment: Moment| Moment {
            occasion: Some(occasion(it)),
            ..moment
        };
        if matches!(site.what, SiteKind::Start(_)) {
            return vec![told(self.start(site, trigger, range))];
        }
        let mut running = self.story.running(&site.journey.name, it.from);
        // Rules see the start of their session, and its end.
        if matches!(it.what, Occurrence::Start | Occurrence::End) {
            running.extend(self.seen_late(site, it));
        }
        if running.is_empty() {
            let starts = self.story.records.get(range).into_iter().flatten();
            let mut starts = starts.filter(|it| matches!(it.what, What::SessionStarted));
            if starts.any(|it| it.journey.as_deref() == Some(&*site.journey.name)) {
                let text = "it starts the session, and does nothing more in it".to_owned();
                return vec![told(self.moment(site, it.from, Reason::Starts, text))];
            }
            return vec![told(self.not_started(site, it.from))];
        }
        let concerned: Vec<&&Stay<'_>> = (running.iter())
            .filter(|stay| it.key.is_none() || stay.key == it.key)
            .collect();
        if concerned.is_empty() {
            let key = it.key.map(|key| self.conditions.told(key));
            let key = key.unwrap_or_default();
            let text = format!("it is about the session with the key {key}, and none runs");
            return vec![told(self.moment(site, it.from, Reason::OtherKey, text))];
        }
        concerned
            .into_iter()
            .map(|stay| {
                let moment = self.in_session(site, trigger, stay, range.clone());
                Moment {
                    session: Some(stay.session.number),
                    ..told(moment)
                }
            })
            .collect()
    }

    /// The session whose own start or end is told.
    fn seen_late(&self, site: &Site<'_>, it: &Occasion<'_>) -> Option<&Stay<'_>> {
        let looked = self.story.records.get(it.from..it.to)?;
        let session = looked.iter().find_map(|record| SessionOf::of(record))?;
        let running = self.story.running(&site.journey.name, it.from);
        if running.iter().any(|stay| stay.session == session) {
            return None;
        }
        let of = |stay: &&Stay<'_>| {
            let journey = stay.session.journey == &*site.journey.name;
            journey && stay.session == session && stay.from < it.from
        };
        self.story.stays.iter().rfind(of)
    }

    fn start(&self, site: &Site<'_>, trigger: &Trigger, range: std::ops::Range<usize>) -> Moment {
        let at = range.start;
        let moment = |reason, text: String| self.moment(site, at, reason, text);
        if self.effect(site, range.clone(), None) {
            return moment(Reason::Happened, "it happens".to_owned());
        }
        let hindered = (site.journey.start.iter())
            .find_map(|start| self.story.hindered(range.clone(), &start.at));
        if let Some(when) = &trigger.when
            && let Some((_, looked)) = self.story.looked(range, &site.journey.name, &when.at, None)
            && !looked.holds
        {
            let text = "its condition does not hold".to_owned();
            return self.failing(moment(Reason::Condition, text), looked, true);
        }
        match hindered {
            Some(by) => hindrance(moment(Reason::Decided, String::new()), by),
            None => moment(
                Reason::Decided,
                "another of the journey's starts matched first".to_owned(),
            ),
        }
    }

    pub(super) fn not_started(&self, site: &Site<'_>, at: usize) -> Moment {
        let name = &site.journey.name;
        if let Some((traveler, until)) = self.story.not_joined(name, at) {
            let text = format!(
                "no session of {name} runs for {traveler}, a traveler of its own until {}",
                format_timestamp(until)
            );
            return self.moment(site, at, Reason::NotStarted, text);
        }
        let text = match self.story.last_end(name, at) {
            Some((time, outcome)) => format!(
                "no session of {name} runs: the last one ended at {} ({outcome})",
                format_timestamp(time)
            ),
            None => format!("no session of {name} has started"),
        };
        let first = site.journey.milestones.first();
        let remedy = first.map(|first| {
            format!(
                "to see why it does not start, ask for `--milestone {name}.{}`",
                first.name
            )
        });
        Moment {
            remedy,
            ..self.moment(site, at, Reason::NotStarted, text)
        }
    }

    /// What became of a trigger in a running session.
    fn in_session(
        &self,
        site: &Site<'_>,
        trigger: &Trigger,
        stay: &Stay<'_>,
        range: std::ops::Range<usize>,
    ) -> Moment {
        let at = range.start;
        let moment = |reason, text: String| self.moment(site, at, reason, text);
        let session = Some(stay.session);
        if self.effect(site, range.clone(), session) {
            return moment(Reason::Happened, "it happens".to_owned());
        }
        if let Some(wrong) = wrong_milestone(site, stay) {
            return moment(Reason::WrongMilestone, wrong);
        }
        if let Some(when) = &trigger.when
            && let Some((_, looked)) =
                self.story
                    .looked(range.clone(), &site.journey.name, &when.at, session)
            && !looked.holds
        {
            let text = "its condition does not hold".to_owned();
            return self.failing(moment(Reason::Condition, text), looked, true);
        }
        match self.story.hindered(range, site.what.at()) {
            Some(by) => hindrance(moment(Reason::Decided, String::new()), by),
            None => moment(
                Reason::Decided,
                "the session starts anew or ends with this event before it is its turn".to_owned(),
            ),
        }
    }

    /// A trigger that is only a condition: the moments at which it was looked at, those alike said
    /// once.
    fn turns(&self, site: &Site<'_>, trigger: &Trigger) -> Vec<Moment> {
        let Some(when) = &trigger.when else {
            return Vec::new();
        };
        let mut moments: Vec<Moment> = Vec::new();
        // Of which session each of them is.
        let mut of: Vec<Option<SessionOf<'_>>> = Vec::new();
        let mut from = 0;
        let all = self.story.records.len();
        while let Some((index, looked)) =
            self.story
                .looked(from..all, &site.journey.name, &when.at, None)
        {
            from = index + 1;
            let session = SessionOf::of(self.story.records[index]);
            let moment = |reason, text: &str| Moment {
                session: session.map(|it| it.number),
                ..self.moment(site, index, reason, text.to_owned())
            };
            let next = self
                .story
                .looked(from..all, &site.journey.name, &when.at, session);
            let until = next.map_or(all, |(next, _)| next);
            // What is looked at over and over is told when it comes out otherwise.
            let again = moments.last().is_some_and(|last| {
                last.reason == Reason::Condition
                    && of.last() == Some(&session)
                    && !looked.holds
                    && self.conditions.assertion(looked).map(|it| it.1)
                        == last.condition.as_ref().map(|it| it.1.clone())
            });
            if again {
                continue;
            }
            let told = if !looked.holds {
                let text = "its condition does not hold";
                self.failing(moment(Reason::Condition, text), looked, true)
            } else if self.effect(site, index..until, session) {
                moment(Reason::Happened, "it happens")
            } else if matches!(site.what, SiteKind::Start(_))
                && let Some(by) = self.story.hindered(index..until, site.what.at())
            {
                hindrance(moment(Reason::Decided, ""), by)
            } else {
                let text = "its condition holds already: it fires only when it turns true";
                self.failing(moment(Reason::NotTurned, text), looked, false)
            };
            let same = moments.last().is_some_and(|last| {
                last.reason == told.reason
                    && of.last() == Some(&session)
                    && last.condition == told.condition
                    && told.reason != Reason::Happened
            });
            // While it is true, nobody asks; but for a session that might have started again.
            let again = matches!(site.what, SiteKind::Start(_))
                && self.story.running(&site.journey.name, index).is_empty();
            let after_it_happened = !again
                && told.reason == Reason::NotTurned
                && (moments.iter().zip(&of))
                    .rfind(|it| *it.1 == session)
                    .is_some_and(|(last, _)| last.reason == Reason::Happened);
            if !same && !after_it_happened {
                moments.push(told);
                of.push(session);
            }
        }
        moments
    }

    /// How a stay ended, in words.
    pub(super) fn left(&self, to: usize) -> String {
        let Some(record) = self.story.records.get(to) else {
            return "the run ends".to_owned();
        };
        let when = format_timestamp(record.time);
        match &record.what {
            What::SessionEnded { outcome } => format!("the session ends at {when} ({outcome})"),
            What::MilestoneLeft { name } => {
                let next = self.story.records.get(to + 1).map(|next| &next.what);
                match next {
                    Some(What::MilestoneEntered { name: next }) => {
                        format!("{name} is left at {when} for {next}")
                    }
                    _ => format!("{name} is left at {when}"),
                }
            }
            What::MilestoneEntered { name } => format!("{name} is entered at {when}"),
            _ => format!("it is over at {when}"),
        }
    }

    /// There was no moment at all.
    fn never_came(&self, site: &Site<'_>, trigger: &Trigger) -> Moment {
        let all = self.story.records.len();
        let started = self
            .story
            .stays
            .iter()
            .any(|it| it.session.journey == &*site.journey.name);
        if !started && !matches!(site.what, SiteKind::Start(_)) {
            return Moment {
                time: None,
                ..self.not_started(site, all)
            };
        }
        let text = match &trigger.on {
            On::Any(any) => {
                let names: Vec<String> = any.iter().map(named).collect();
                format!("{} never came", names.join(" or "))
            }
            On::Condition | On::After(_) | On::Every(_) | On::Schedule { .. } => match &site.what {
                SiteKind::Rule(_, Some(milestone)) => format!("{milestone} was never reached"),
                SiteKind::Enter(trigger) => {
                    format!("{} was never reached", trigger.from.join(" or "))
                }
                _ => "its time has not come".to_owned(),
            },
        };
        Moment {
            time: None,
            remedy: gate::rejected(&self.story, self.model, &trigger.on),
            ..self.moment(site, all, Reason::NeverCame, text)
        }
    }
}
