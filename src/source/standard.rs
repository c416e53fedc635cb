//! The texts that are built in: the standard connections, as files of their own behind those of
//! the workspace, so that a label can point into them.

use std::sync::LazyLock;

use super::{FileId, SourceFile};

/// The ids from here on are those of the built-in texts; no workspace has so many files.
const FIRST: u32 = u32::MAX - 0xffff;

macro_rules! texts {
    ($($name:literal)*) => {
        /// Path and text, in the order of paths.
        const TEXTS: &[(&str, &str)] = &[$((
            concat!("std/", $name, ".yaml"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/std/", $name, ".yaml")),
        )),*];
    };
}

texts! {
    "email" "http" "push" "salesforce" "segment" "servicenow" "slack" "sms" "survey" "teams"
    "webhook" "zendesk"
}

static FILES: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
    TEXTS
        .iter()
        .map(|(path, text)| SourceFile::new(*path, *text))
        .collect()
});

/// Every built-in text with its id, in the order of paths.
pub fn all() -> impl Iterator<Item = (FileId, &'static SourceFile)> {
    FILES
        .iter()
        .enumerate()
        .map(|(index, file)| (FileId(FIRST + index as u32), file))
}

/// The built-in text of an id, if it is one's.
pub(super) fn get(id: FileId) -> Option<&'static SourceFile> {
    FILES.get(id.0.checked_sub(FIRST)? as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_the_folder_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/std");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| {
                entry
                    .expect("it is readable")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .map(|name| format!("std/{name}"))
            .collect();
        found.sort();
        let paths: Vec<&str> = all().map(|(_, file)| &*file.path).collect();
        assert_eq!(paths, found);
        for (id, file) in all() {
            assert_eq!(get(id).map(|it| &it.path), Some(&file.path));
        }
        assert!(get(FileId(0)).is_none());
    }
}
