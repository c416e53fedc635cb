//! Files that a command names itself, wherever they lie: a path goes in, what can be read from comes
//! out, or an error in words that are the same on every system.
//!
//! Pipes and devices are fine here, since whoever runs the command named them; how much is read from
//! one is up to the caller.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a file, a pipe or a device.
pub fn open(path: &Path) -> io::Result<File> {
    let opened = File::open(path).and_then(|file| {
        if file.metadata()?.is_dir() {
            // Reading it would say so, and later.
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(file)
    });
    opened.map_err(|error| worded(path, &error))
}

/// The error of opening a path, in words of our own.
pub(super) fn worded(path: &Path, error: &io::Error) -> io::Error {
    let is_link = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    if is_link && error.kind() != io::ErrorKind::IsADirectory {
        return of_link(error);
    }
    io::Error::new(error.kind(), reason(error))
}

/// The error of following a link.
pub(super) fn of_link(error: &io::Error) -> io::Error {
    let what = match error.kind() {
        kind @ io::ErrorKind::PermissionDenied => return kind.into(),
        io::ErrorKind::NotFound => "it is a link to nothing",
        _ => "it is a link that leads back to itself",
    };
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

/// Why something cannot be read.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::NotADirectory => {
            "it leads through a file as if that were a folder".to_owned()
        }
        io::ErrorKind::InvalidFilename => "its name is too long".to_owned(),
        _ => error.to_string(),
    }
}
