//! `cjoc.yaml`: the manifest.

use jiff::SignedDuration;

use super::{Environment, Name, Spanned};

#[derive(Debug)]
pub struct Manifest {
    pub name: Option<Name>,
    pub exclude: Vec<Spanned<String>>,
    pub levels: Vec<LevelSetting>,
    /// The fallback zone, an IANA name; UTC where it is not written.
    pub timezone: Option<Spanned<String>>,
    /// How long event ids are remembered.
    pub dedupe: SignedDuration,
    /// Lifecycle stages of the workspace's own.
    pub lifecycles: Vec<Name>,
    pub environments: Vec<Environment>,
}

impl std::default::Default for Manifest {
    fn default() -> Self {
        Self {
            name: None,
            exclude: Vec::new(),
            levels: Vec::new(),
            timezone: None,
            dedupe: SignedDuration::from_hours(7 * 24),
            lifecycles: Vec::new(),
            environments: Vec::new(),
        }
    }
}

/// `unused-variable: ignore`.
#[derive(Debug)]
pub struct LevelSetting {
    /// A diagnostic's name or id.
    pub diagnostic: Name,
    pub level: Level,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Ignore,
    Warning,
    Error,
}
