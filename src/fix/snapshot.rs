//! The files as they were when they were first read, so that every round sees the same ones and
//! nobody writes over what came in between.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use crate::source::Files;

/// Files that are listed once and read once.
pub struct Snapshot<'f> {
    files: &'f dyn Files,
    list: Vec<String>,
    read: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl<'f> Snapshot<'f> {
    /// Lists the files; an error is one of listing them.
    pub fn new(files: &'f dyn Files) -> io::Result<Self> {
        Ok(Self {
            list: files.list()?,
            files,
            read: Mutex::default(),
        })
    }
}

impl Files for Snapshot<'_> {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.list.clone())
    }

    fn names_in(&self, folder: &str) -> Vec<String> {
        self.files.names_in(folder)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let kept = |read: &BTreeMap<String, Vec<u8>>| read.get(path).cloned();
        if let Some(bytes) = kept(&self.read.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(bytes);
        }
        let bytes = self.files.read(path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        // Two readers at once: the first has said what the file holds.
        Ok(read.entry(path.to_owned()).or_insert(bytes).clone())
    }
}
