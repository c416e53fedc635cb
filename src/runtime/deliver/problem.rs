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

impl Problem {
    /// Several in a line; what to do about those that follow each other stands once, after the last.
    pub fn list(problems: &[Self]) -> String {
        let mut out = String::new();
        for (index, problem) in problems.iter().enumerate() {
            let next = problems.get(index + 1);
            let same = next.is_some_and(|next| next.help == problem.help);
            let told = Self {
                help: problem.help.clone().filter(|_| !same),
                ..problem.clone()
            };
            out.push_str(&told.to_string());
            out.push_str(if next.is_some() { "; " } else { "" });
        }
        out
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
