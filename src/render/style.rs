//! Colours and width, as the command line has decided them.

/// How to print for one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub colour: bool,
    /// Columns; less than 20 counts as 20.
    pub width: usize,
}

impl Look {
    /// Without colours, for files and pipes.
    pub const fn plain() -> Self {
        Self {
            colour: false,
            width: 100,
        }
    }

    /// The columns that text may take.
    pub const fn columns(self) -> usize {
        if self.width < 20 { 20 } else { self.width }
    }

    /// The text in this ink, or as it is.
    pub fn paint(self, ink: Ink, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{}m{text}\u{1b}[0m", ink.code())
        } else {
            text.to_owned()
        }
    }
}

/// What a piece of text is, rather than which colour it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Error,
    Warning,
    /// What to do, and what went well.
    Good,
    Help,
    /// A name that the eye looks for.
    Strong,
    /// What may be skipped.
    Faint,
    /// Of a title.
    Title,
    /// Something on its way to a person.
    Message,
}

impl Ink {
    const fn code(self) -> &'static str {
        match self {
            Self::Error => "1;31",
            Self::Warning => "1;33",
            Self::Good => "32",
            Self::Help => "36",
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Title => "1;4",
            Self::Message => "35",
        }
    }
}
