//! Why something could not be kept or read, in words for whoever runs it.

/// Why something could not be kept or read.
#[derive(Debug)]
pub struct StoreError {
    pub message: String,
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

impl From<fjall::Error> for StoreError {
    fn from(error: fjall::Error) -> Self {
        use std::io::ErrorKind;

        use fjall::Error;
        let message = match error {
            Error::Locked => "it is in use by another process".to_owned(),
            // It is in the way of what is made where nothing is known to be.
            Error::Io(error) if error.kind() == ErrorKind::AlreadyExists => {
                incomplete(&error.to_string())
            }
            Error::Io(error) => error.to_string(),
            Error::InvalidVersion(_) => {
                "it was written by another version of the store, which this cjoc cannot read"
                    .to_owned()
            }
            Error::JournalRecovery(error) => {
                format!(
                    "its journal is damaged before its end, so what came later cannot be trusted: restore a copy ({error:?})"
                )
            }
            Error::Poisoned => "an earlier write failed".to_owned(),
            error if is_damage(&error) => {
                format!("what lies on the disk is not what was written: restore a copy ({error})")
            }
            error if is_loss(&error) => incomplete(&error.to_string()),
            error => error.to_string(),
        };
        Self { message }
    }
}

pub(super) fn broken<T>(message: impl Into<String>) -> Result<T, StoreError> {
    Err(StoreError {
        message: message.into(),
    })
}

/// What is said where a part of what was kept is not there.
pub(super) fn incomplete(what: &str) -> String {
    format!("a part of it is missing or cut off: restore a copy ({what})")
}

/// Whether a file is not there, or is not as long as it was written.
fn is_loss(error: &fjall::Error) -> bool {
    use std::io::ErrorKind;

    use fjall::{Error, LsmError};
    match error {
        Error::Storage(LsmError::Unrecoverable) => true,
        Error::Storage(LsmError::Io(error)) => matches!(
            error.kind(),
            ErrorKind::NotFound
                | ErrorKind::AlreadyExists
                | ErrorKind::UnexpectedEof
                | ErrorKind::InvalidInput
                | ErrorKind::InvalidData
        ),
        _ => false,
    }
}

/// Whether the store has other bytes than were written, rather than none, or no way to them.
pub(super) fn is_damage(error: &fjall::Error) -> bool {
    use fjall::{Error, LsmError};
    match error {
        Error::Storage(error) => !matches!(error, LsmError::Io(_) | LsmError::Unrecoverable),
        Error::Decompress(_) => true,
        _ => false,
    }
}
