//! A workspace in memory: for tests, and for texts that are not saved yet.

use std::collections::BTreeMap;
use std::io;

use super::files::{self, Files, MANIFEST, MAX_FILE_BYTES};

/// Files by path. What `.gitignore` says is not looked at; the other rules are those of the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryFiles {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file or takes its place.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }

    fn in_another_workspace(&self, path: &str) -> bool {
        path.match_indices('/').any(|(at, _)| {
            self.files
                .contains_key(&format!("{}/{MANIFEST}", &path[..at]))
        })
    }
}

impl<P: Into<String>, B: Into<Vec<u8>>> FromIterator<(P, B)> for MemoryFiles {
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        let mut memory = Self::new();
        for (path, bytes) in files {
            memory.insert(path, bytes);
        }
        memory
    }
}

impl Files for MemoryFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self
            .files
            .keys()
            .filter(|path| files::is_source(path) && !self.in_another_workspace(path))
            .cloned()
            .collect())
    }

    fn names_in(&self, folder: &str) -> Vec<String> {
        let below = |path: &String| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            (parent == folder).then(|| name.to_owned())
        };
        self.files.keys().filter_map(below).collect()
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = self
            .files
            .get(path)
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(files::too_large());
        }
        Ok(bytes.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lists_sources_of_this_workspace_alone() {
        let files: MemoryFiles = [
            ("cjoc.yaml", ""),
            ("journeys/a.yml", ""),
            ("lists/beta.csv", ""),
            (".cache/b.yaml", ""),
            ("other/cjoc.yaml", ""),
            ("other/deep/c.yaml", ""),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            files.list().expect("memory lists"),
            ["cjoc.yaml", "journeys/a.yml"]
        );
    }
}
