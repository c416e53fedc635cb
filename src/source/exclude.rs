//! The manifest's `exclude:`: patterns in the manner of `.gitignore`.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Which paths of the workspace are left out.
#[derive(Clone, Debug)]
pub struct Exclude(Gitignore);

/// A pattern that cannot be read: its place in the list, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPattern {
    pub index: usize,
    pub message: String,
}

impl Exclude {
    /// Leaves nothing out.
    pub fn none() -> Self {
        Self(Gitignore::empty())
    }

    /// Later patterns win, `!` takes a path back in; those that cannot be read are answered apart.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> (Self, Vec<BadPattern>) {
        let mut builder = GitignoreBuilder::new("");
        let mut bad = Vec::new();
        for (index, pattern) in patterns.into_iter().enumerate() {
            if let Err(error) = builder.add_line(None, pattern) {
                bad.push(BadPattern {
                    index,
                    message: reason(&error),
                });
            }
        }
        let matcher = builder.build().unwrap_or_else(|error| {
            bad.push(BadPattern {
                index: 0,
                message: reason(&error),
            });
            Gitignore::empty()
        });
        (Self(matcher), bad)
    }

    /// Whether the file, or a folder it lies in, is left out.
    pub fn matches(&self, path: &str) -> bool {
        !path.starts_with('/') && self.0.matched_path_or_any_parents(path, false).is_ignore()
    }
}

impl Default for Exclude {
    fn default() -> Self {
        Self::none()
    }
}

/// The innermost words of the error: the outer ones name lines and files that are not there.
fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        ignore::Error::WithLineNumber { err, .. }
        | ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. } => reason(err),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_read_as_in_gitignore() {
        let (exclude, bad) = Exclude::new(["/drafts/", "*.gen.yaml", "!keep.gen.yaml"]);
        assert_eq!(bad, []);
        assert!(exclude.matches("drafts/deep/a.yaml"));
        assert!(!exclude.matches("journeys/drafts/a.yaml"));
        assert!(exclude.matches("journeys/b.gen.yaml"));
        assert!(!exclude.matches("journeys/keep.gen.yaml"));
        assert!(!exclude.matches("journeys/c.yaml"));
    }

    #[test]
    fn a_broken_pattern_is_named_and_the_others_hold() {
        let (exclude, bad) = Exclude::new(["a/**", "[z-a]", "b.yaml"]);
        assert_eq!(bad.len(), 1);
        assert_eq!(bad[0].index, 1);
        assert!(exclude.matches("a/x.yaml") && exclude.matches("b.yaml"));
    }
}
