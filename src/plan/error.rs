//! Why a text is refused as a plan.

use std::fmt;

use super::{MAX_BYTES, MAX_NESTING, VERSION};

/// Why a text is refused as a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// Longer than any plan may be.
    TooLarge,
    /// More levels within one another than any plan has.
    TooDeep,
    /// No JSON, or of something else.
    NotAPlan(String),
    /// Written by another version of cjoc.
    Version(String),
    /// The model in it does not have the form of this version.
    Malformed(String),
    /// It was changed after it was written.
    Hash { stated: String, actual: String },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(
                f,
                "the plan is larger than {} MiB",
                MAX_BYTES / (1024 * 1024)
            ),
            Self::TooDeep => write!(
                f,
                "the plan has more than {MAX_NESTING} levels within one another"
            ),
            Self::NotAPlan(why) => write!(f, "this is not a plan: {why}"),
            Self::Version(found) => write!(
                f,
                "the plan has version {found}, this cjoc reads version {VERSION}"
            ),
            Self::Malformed(why) => write!(f, "the plan is malformed: {why}"),
            Self::Hash { stated, actual } => write!(
                f,
                "the plan was changed after it was written: its hash says `{stated}`, its content \
                 has `{actual}`"
            ),
        }
    }
}

impl std::error::Error for PlanError {}
