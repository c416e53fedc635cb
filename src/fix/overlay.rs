//! Files of which some read otherwise than they are.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use super::Change;
use crate::source::Files;

/// The files of a workspace, with new texts in the place of some.
#[derive(Clone)]
pub struct Overlay<'f> {
    files: &'f dyn Files,
    texts: BTreeMap<String, Vec<u8>>,
}

impl<'f> Overlay<'f> {
    /// The files as they are.
    pub fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            texts: BTreeMap::new(),
        }
    }

    /// Lets a file read otherwise.
    pub fn put(&mut self, path: impl Into<String>, text: impl Into<Vec<u8>>) {
        self.texts.insert(path.into(), text.into());
    }

    /// The files that read otherwise than they are, in the order of paths.
    pub fn changes(&self) -> io::Result<Vec<Change>> {
        let mut changes = Vec::new();
        for (path, after) in &self.texts {
            let before = self.files.read(path)?;
            if before != *after {
                changes.push(Change {
                    path: path.clone(),
                    before,
                    after: after.clone(),
                });
            }
        }
        Ok(changes)
    }
}

impl fmt::Debug for Overlay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.texts.keys()).finish()
    }
}

impl Files for Overlay<'_> {
    fn list(&self) -> io::Result<Vec<String>> {
        self.files.list()
    }

    fn names_in(&self, folder: &str) -> Vec<String> {
        self.files.names_in(folder)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone()),
            None => self.files.read(path),
        }
    }
}
