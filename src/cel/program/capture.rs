//! What a program read, kept: it can be run again, as it was or with other values.

use super::super::error::EvalError;
use super::super::value::Value;
use super::{Program, Slots};

/// A root, the path below it, and what stood there.
type Read = (u16, Box<[u16]>, Result<Value, EvalError>);

/// The values of all that a program can read, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// Sorted by root and path.
    reads: Vec<Read>,
}

impl Captured {
    /// Reads all that the program can read.
    pub fn of(program: &Program, slots: &dyn Slots) -> Self {
        let read = |(root, path): (u16, Vec<u16>)| {
            let value = slots.try_load(root, &path);
            (root, path.into_boxed_slice(), value)
        };
        Self {
            reads: program.roots().into_iter().map(read).collect(),
        }
    }

    /// What stood there; absent where the program does not read it.
    pub fn get(&self, root: u16, path: &[u16]) -> Value {
        self.load(root, path)
    }

    /// The same with another value there.
    #[must_use]
    pub fn with(&self, root: u16, path: &[u16], value: Value) -> Self {
        let mut changed = self.clone();
        if let Ok(at) = self.find(root, path) {
            changed.reads[at].2 = Ok(value);
        }
        changed
    }

    fn find(&self, root: u16, path: &[u16]) -> Result<usize, usize> {
        self.reads
            .binary_search_by(|read| (read.0, &*read.1).cmp(&(root, path)))
    }
}

impl Slots for Captured {
    fn load(&self, root: u16, path: &[u16]) -> Value {
        self.try_load(root, path).unwrap_or(Value::Null)
    }

    fn try_load(&self, root: u16, path: &[u16]) -> Result<Value, EvalError> {
        match self.find(root, path) {
            Ok(at) => self.reads[at].2.clone(),
            Err(_) => Ok(Value::Null),
        }
    }
}
