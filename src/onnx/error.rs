//! Why a file is no model that can be used, and why one run of a model came to nothing.

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    pub kind: LoadErrorKind,
    /// One line, with the names of the file in back-ticks.
    pub message: String,
    pub help: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadErrorKind {
    /// No ONNX file, or one that contradicts itself.
    Invalid,
    /// A sound model, perhaps, that uses what cannot be run here.
    Unsupported,
    /// Too large, or too much work.
    Limit,
}

impl LoadError {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            kind: LoadErrorKind::Invalid,
            message: one_line(message.into()),
            help: None,
        }
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self {
            kind: LoadErrorKind::Unsupported,
            message: one_line(message.into()),
            help: None,
        }
    }

    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self {
            kind: LoadErrorKind::Limit,
            message: one_line(message.into()),
            help: None,
        }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The bytes are not what the format says.
    pub(super) fn torn() -> Self {
        Self::invalid("it is no ONNX file, or cut short")
            .help("point `file` at an `.onnx` export of the model")
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LoadError {}

/// The message with what would end its line written out: it holds names of the file.
fn one_line(message: String) -> String {
    if !message.contains(char::is_control) {
        return message;
    }
    let mut line = String::with_capacity(message.len());
    for c in message.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// Why a run came to nothing: one line, as a trace shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunError {
    pub message: String,
    /// It was too much work, whatever the inputs.
    pub limit: bool,
}

impl RunError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: one_line(message.into()),
            limit: false,
        }
    }

    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self {
            message: one_line(message.into()),
            limit: true,
        }
    }
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RunError {}
