//! Values for `${env.NAME}`: from a secrets file and from the process's environment.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A larger file is none of secrets.
const MAX_BYTES: u64 = 1 << 20;

/// Values by name. They are never shown, not even by `Debug`.
#[derive(Clone, Default)]
pub struct Secrets {
    values: BTreeMap<Arc<str>, Arc<str>>,
}

/// Why a secrets file cannot be used. It never quotes the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretsError {
    pub path: PathBuf,
    pub line: Option<usize>,
    pub message: String,
}

impl std::fmt::Display for SecretsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for SecretsError {}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl<N: Into<Arc<str>>, V: Into<Arc<str>>> FromIterator<(N, V)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self {
            values: pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }
}

impl Secrets {
    /// The process's environment; what is no text is left out.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// Adds the `NAME=value` lines of a file, in place of what is there. A file that everybody may
    /// read, or write, is refused.
    pub fn add_file(&mut self, path: &Path) -> Result<(), SecretsError> {
        let wrong = |message: String| SecretsError {
            path: path.to_owned(),
            line: None,
            message,
        };
        let mut file = File::open(path).map_err(|error| wrong(error.to_string()))?;
        let metadata = file.metadata().map_err(|error| wrong(error.to_string()))?;
        if open_to_all(&metadata) {
            return Err(wrong(
                "everybody may read or write this file of secrets: run `chmod 600` on it".into(),
            ));
        }
        let mut text = String::new();
        let read = (&mut file).take(MAX_BYTES + 1).read_to_string(&mut text);
        if read.map_err(|error| wrong(error.to_string()))? as u64 > MAX_BYTES {
            return Err(wrong("a file of secrets has at most 1 MiB".into()));
        }
        for (index, line) in text.lines().enumerate() {
            let wrong = |message: &str| SecretsError {
                line: Some(index + 1),
                ..wrong(message.into())
            };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((name, value)) = line.split_once('=') else {
                return Err(wrong("expected `NAME=value`"));
            };
            let name = name.trim_end();
            if !is_name(name) {
                return Err(wrong(
                    "expected a name before the `=`: letters, digits and `_`",
                ));
            }
            self.values
                .insert(name.into(), unquoted(value.trim()).into());
        }
        Ok(())
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<str>> {
        self.values.get(name)
    }
}

#[cfg(unix)]
fn open_to_all(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o006 != 0
}

#[cfg(not(unix))]
fn open_to_all(_: &std::fs::Metadata) -> bool {
    false
}

fn is_name(name: &str) -> bool {
    let first = name.chars().next();
    first.is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Quotes around a whole value are no part of it.
fn unquoted(value: &str) -> &str {
    let within = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(value)
}
