//! Why a trigger by time did not fire: each stay in which it was in force is told.

use jiff::{SignedDuration, Timestamp};

use super::answer::{Moment, Reason};
use super::ask::Ask;
use super::story::{SessionOf, Stay};
use super::target::{Site, SiteKind};
use super::words::{hindrance, wrong_milestone};
use crate::cel::{format_duration, format_timestamp};
use crate::model::Trigger;

impl Ask<'_> {
    /// A trigger by time: each stay in which it was in force.
    pub(super) fn by_time(
        &self,
        site: &Site<'_>,
        trigger: &Trigger,
        time: Option<SignedDuration>,
    ) -> Vec<Moment> {
        if matches!(site.what, SiteKind::Start(_)) {
            return self.scheduled_starts(site, trigger);
        }
        let name = &*site.journey.name;
        let mut moments = Vec::new();
        let mut open: Vec<SessionOf<'_>> = Vec::new();
        for stay in &self.story.stays {
            if stay.session.journey != name || wrong_milestone(site, stay).is_some() {
                continue;
            }
            // What is in force in all milestones is so from the start to the end.
            let of_all = matches!(site.what, SiteKind::Rule(_, None));
            if of_all && open.contains(&stay.session) {
                continue;
            }
            open.push(stay.session);
            let (base, to) = if of_all {
                let last = (self.story.stays.iter()).rfind(|it| it.session == stay.session);
                (stay.started, last.and_then(|it| it.to))
            } else {
                (stay.entered, stay.to)
            };
            let range = stay.from..to.unwrap_or(self.story.records.len());
            moments.extend(self.due(site, trigger, stay, range, base, to, time));
        }
        moments
    }

    /// What came of a trigger by time in one stay.
    #[expect(clippy::too_many_arguments, reason = "each says one thing of the stay")]
    fn due(
        &self,
        site: &Site<'_>,
        trigger: &Trigger,
        stay: &Stay<'_>,
        range: std::ops::Range<usize>,
        base: Timestamp,
        to: Option<usize>,
        time: Option<SignedDuration>,
    ) -> Vec<Moment> {
        let session = Some(stay.session);
        let of_session = |moment: Moment| Moment {
            session: Some(stay.session.number),
            ..moment
        };
        let mut moments = Vec::new();
        if let Some(when) = &trigger.when {
            let mut from = range.start;
            let end = (range.end + 1).min(self.story.records.len());
            while let Some((index, looked)) =
                self.story
                    .looked(from..end, &site.journey.name, &when.at, session)
            {
                from = index + 1;
                if !looked.holds {
                    let text = "its time came, and its condition did not hold".to_owned();
                    let moment = self.moment(site, index, Reason::Condition, text);
                    moments.push(of_session(self.failing(moment, looked, true)));
                }
            }
        }
        // The record that leaves the milestone may be its own doing.
        let last = (range.end + 2).min(self.story.records.len());
        // The record that begins the stay may be what came of the stay before: a way in that leads
        // from its own milestone.
        let first = (range.start + 1).min(last);
        for at in (first..last).filter(|at| self.effect(site, *at..*at + 1, session)) {
            let text = "it happens".to_owned();
            moments.push(of_session(self.moment(site, at, Reason::Happened, text)));
        }
        if !moments.is_empty() {
            return moments;
        }
        let due = time.and_then(|time| base.checked_add(time).ok());
        let would = match due {
            Some(due) => format!("it would be due at {}", format_timestamp(due)),
            None => "its time has not come".to_owned(),
        };
        let (at, reason, text, remedy) = if let Some(to) = to {
            let early = due.map(|due| {
                let time = due.duration_since(self.story.time(to));
                format!("{} more in {}", format_duration(time), stay.milestone)
            });
            let text = format!("{would}, and {}", self.left(to));
            (to, Reason::Left, text, early)
        } else {
            let later = due.map(|due| format!("`--until {}`", format_timestamp(due)));
            let text = format!("{would}, and the run ends before");
            (range.end, Reason::Pending, text, later)
        };
        let moment = self.moment(site, at, reason, text);
        vec![of_session(Moment { remedy, ..moment })]
    }

    fn scheduled_starts(&self, site: &Site<'_>, trigger: &Trigger) -> Vec<Moment> {
        let all = self.story.records.len();
        let mut moments = Vec::new();
        for index in 0..all {
            let one = index..index + 1;
            if self.effect(site, one.clone(), None) {
                let text = "it happens".to_owned();
                moments.push(self.moment(site, index, Reason::Happened, text));
            } else if let Some(by) = self.story.hindered(one.clone(), site.what.at()) {
                let moment = self.moment(site, index, Reason::Decided, String::new());
                moments.push(hindrance(moment, by));
            } else if let Some(when) = &trigger.when
                && let Some((_, looked)) =
                    self.story.looked(one, &site.journey.name, &when.at, None)
                && !looked.holds
            {
                let text = "its time came, and its condition did not hold".to_owned();
                let moment = self.moment(site, index, Reason::Condition, text);
                moments.push(self.failing(moment, looked, true));
            }
        }
        moments
    }
}
