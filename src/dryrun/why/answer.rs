//! The answer to a question: the moments, each with what stood in the way.

use jiff::Timestamp;

use super::nearest::Change;
use super::parts::Assertion;
use crate::dryrun::Mask;
use crate::model::At;

/// Why something did not happen, or when it did.
#[derive(Clone, Debug)]
pub struct Answer {
    /// By time.
    pub moments: Vec<Moment>,
}

impl Answer {
    /// How often it did happen.
    pub fn happened(&self) -> usize {
        (self.moments.iter())
            .filter(|it| it.reason == Reason::Happened)
            .count()
    }
}

/// One moment at which it could have happened.
#[derive(Clone, Debug)]
pub struct Moment {
    /// None: there was no such moment, and why.
    pub time: Option<Timestamp>,
    pub journey: String,
    pub session: Option<u64>,
    /// What came: `shop.order_placed (e-7)`.
    pub occasion: Option<String>,
    pub reason: Reason,
    /// One line, in words.
    pub text: String,
    /// The trigger or step.
    pub at: At,
    /// The condition that did not hold.
    pub condition: Option<(At, Assertion)>,
    /// What would have let it pass.
    pub changes: Vec<Change>,
    /// The same in words, where it is no value of a condition.
    pub remedy: Option<String>,
}

impl Moment {
    /// Masks what is personal in its words; conditions and changes are masked where they are told.
    pub(super) fn mask(&mut self, mask: &Mask) {
        self.text = mask.text(&self.text);
        for words in [&mut self.occasion, &mut self.remedy].into_iter().flatten() {
            *words = mask.text(words);
        }
    }
}

/// What stood in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Happened,
    NeverCame,
    NotStarted,
    Starts,
    WrongMilestone,
    OtherKey,
    Condition,
    NotTurned,
    Decided,
    Moved,
    Running,
    Reentry,
    Paused,
    Left,
    Pending,
    OtherBranch,
    TimedOut,
    Suppressed,
    Deferred,
    Failed,
    NotReached,
}

impl Reason {
    /// As programs read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Happened => "happened",
            Self::NeverCame => "never came",
            Self::NotStarted => "not started",
            Self::Starts => "starts",
            Self::WrongMilestone => "wrong milestone",
            Self::OtherKey => "other key",
            Self::Condition => "condition",
            Self::NotTurned => "true already",
            Self::Decided => "decided before",
            Self::Moved => "moved before",
            Self::Running => "running",
            Self::Reentry => "reentry",
            Self::Paused => "paused",
            Self::Left => "left",
            Self::Pending => "pending",
            Self::OtherBranch => "other branch",
            Self::TimedOut => "timed out",
            Self::Suppressed => "suppressed",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
            Self::NotReached => "not reached",
        }
    }
}
