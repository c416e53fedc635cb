//! Numbers and times that are well formed and let nothing happen, or everything: arms that nobody
//! is sent to, caps that let nothing through or never bind, quiet hours without an end, schedules
//! that are never due, waits of no time.

use jiff::tz::TimeZone;

use super::visit::{self, Visitor};
use crate::check::context::Checker;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::Cron;
use crate::syntax::ast::{
    Cap, Channel, Duration, Journey, Reentry, ReentryAfter, Spanned, Step, StepKind, Trigger,
    TriggerKind,
};

impl Checker<'_> {
    pub(in crate::check) fn limits(&mut self) {
        let mut found = Found::default();
        for channel in &self.names.channels {
            found.caps(channel);
            found.quiet_hours(channel);
        }
        for journey in &self.names.journeys {
            found.journey(journey.decl);
        }
        for rule in &self.names.rules {
            visit::rule(rule, &mut found);
        }
        self.out.extend(found.0);
    }
}

#[derive(Default)]
struct Found(Vec<Diagnostic>);

impl Found {
    fn caps(&mut self, channel: &Channel) {
        let name = &channel.name;
        for (index, cap) in channel.caps.iter().enumerate() {
            if cap.max.value == 0 {
                self.0.push(
                    Diagnostic::new(
                        &codes::INEFFECTIVE_CAP,
                        cap.max.span,
                        format!("with a cap of 0, nothing goes out on channel `{name}`"),
                    )
                    .help("allow at least 1, or pause the journeys with `status: paused`"),
                );
            } else if let Some(tighter) = tighter(&channel.caps, index) {
                self.0.push(
                    Diagnostic::new(
                        &codes::INEFFECTIVE_CAP,
                        cap.span,
                        format!(
                            "this cap of channel `{name}` has no effect: another cap is always reached first"
                        ),
                    )
                    .label(tighter.span, "this one allows no more, over at least as long")
                    .help("remove it, or lower its `max`"),
                );
            }
        }
    }

    fn quiet_hours(&mut self, channel: &Channel) {
        let Some(quiet) = &channel.quiet else {
            return;
        };
        if quiet.from.value == quiet.to.value {
            self.0.push(
                Diagnostic::new(
                    &codes::ENDLESS_QUIET_HOURS,
                    quiet.to.span,
                    format!(
                        "quiet hours that end when they start never end: nothing goes out on channel `{}`",
                        channel.name
                    ),
                )
                .label(quiet.from.span, "they start at the same time")
                .help("give them an end, or remove `quiet`"),
            );
        }
    }

    fn journey(&mut self, journey: &Journey) {
        if let Reentry::After { wait, since } = &journey.reentry {
            let from = match since {
                ReentryAfter::End => "the last one ends",
                ReentryAfter::Start => "the last one starts",
            };
            self.no_time(
                wait,
                format!(
                    "journey `{}` may start again as soon as {from}",
                    journey.name
                ),
                "write `reentry: always`, or a time above zero",
            );
        }
        visit::triggers(&journey.start, self);
        for milestone in &journey.milestones {
            if let Some(promise) = &milestone.promise {
                self.no_time(
                    &promise.within,
                    format!(
                        "nothing can reach milestone `{}` in zero time",
                        milestone.name
                    ),
                    "say how long it may take, as in `within: 5d`",
                );
            }
            visit::milestone(milestone, self);
        }
        journey
            .rules
            .iter()
            .for_each(|rule| visit::rule(rule, self));
        visit::triggers(&journey.end, self);
    }

    fn no_time(&mut self, time: &Duration, message: String, help: &str) {
        if time.value.is_zero() {
            let found = Diagnostic::new(&codes::ZERO_DURATION, time.span, message);
            self.0.push(found.help(help));
        }
    }

    fn schedule(&mut self, cron: &Spanned<String>) {
        let Ok(parsed) = Cron::parse(&cron.value) else {
            return;
        };
        // From any time on: leap years come around within the decades that are looked at.
        if parsed
            .next(&TimeZone::UTC, jiff::Timestamp::UNIX_EPOCH)
            .is_none()
        {
            self.0.push(
                Diagnostic::new(
                    &codes::NEVER_DUE,
                    cron.span,
                    format!(
                        "the schedule `{}` is never due: none of its months has such a day",
                        cron.value
                    ),
                )
                .help("correct the third field, the day of the month, or the fourth, the month"),
            );
        }
    }
}

impl<'w> Visitor<'w> for Found {
    fn trigger(&mut self, trigger: &'w Trigger) {
        match &trigger.kind {
            TriggerKind::Schedule { cron, .. } => self.schedule(cron),
            TriggerKind::After(time) => self.no_time(
                time,
                "an `after` of zero is due at once".to_owned(),
                "say how long after, as in `after: 1d`",
            ),
            _ => {}
        }
    }

    fn step(&mut self, step: &'w Step) {
        match &step.kind {
            StepKind::Split { name, arms, .. } if arms.iter().any(|arm| arm.weight.value > 0) => {
                for arm in arms.iter().filter(|arm| arm.weight.value == 0) {
                    self.0.push(
                        Diagnostic::new(
                            &codes::ZERO_WEIGHT,
                            arm.weight.span,
                            format!(
                                "no traveler is ever sent to arm `{}` of split `{name}`",
                                arm.name
                            ),
                        )
                        .help("give it a weight above zero, or remove the arm"),
                    );
                }
            }
            StepKind::Call {
                timeout: Some(timeout),
                ..
            } => self.no_time(
                timeout,
                "a timeout of zero leaves none for an answer".to_owned(),
                "say how long to wait for it, as in `timeout: 1h`",
            ),
            StepKind::Wait(wait) => {
                if let Some(timeout) = &wait.timeout {
                    self.no_time(
                        timeout,
                        "a timeout of zero leaves nothing to wait for".to_owned(),
                        "say how long to wait, as in `timeout: 1d`",
                    );
                }
                if let crate::syntax::ast::WaitKind::For(time) = &wait.kind {
                    self.no_time(
                        time,
                        "a wait of zero does not wait".to_owned(),
                        "say how long, as in `wait: 1d`, or remove the step",
                    );
                }
            }
            _ => {}
        }
    }
}

/// A cap that is full whenever the one at `index` is, and says the same then or is asked first: it
/// allows no more, in as long a time. Of two equal ones the first stays.
fn tighter(caps: &[Cap], index: usize) -> Option<&Cap> {
    let cap = &caps[index];
    let others = caps.iter().enumerate().filter(|(other, _)| *other != index);
    others
        .filter(|(other, by)| {
            let covers = by.max.value <= cap.max.value && by.per.value >= cap.per.value;
            let equal = by.max.value == cap.max.value && by.per.value == cap.per.value;
            let asked_first = *other < index;
            covers && (asked_first || (by.then == cap.then && !equal))
        })
        .map(|(_, by)| by)
        .next()
}
