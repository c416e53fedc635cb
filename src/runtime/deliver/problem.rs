//! What keeps a plan from being run in an environment: told before anything is sent.

use std::sync::Arc;

/// Something missing or wrong in the settings of a connection, or of the environment as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub connection: Option<Arc<str>>,
    pub message: String,
    pub help: Option<String>,
}

impl Problem {
    pub(super) fn of(connection: &Arc<str>, message: impl Into<String>) -> Self {
        Self {
            connection: Some(connection.clone()),
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn general(message: impl Into<String>) -> Self {
        Self {
            connection: None,
            message: message.into(),
            help: None,
        }
    }

    #[must_use]
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(connection) = &self.connection {
            write!(f, "connection `{connection}`: ")?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
