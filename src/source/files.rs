//! What a workspace is read through.

use std::io;

/// The file that makes a folder a workspace.
pub const MANIFEST: &str = "cjoc.yaml";

/// The most bytes that one file may have: 64 MiB. Offsets are `u32` because of it.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The files of one workspace. Paths are relative to its root, with `/`.
pub trait Files: Sync {
    /// The paths of all sources, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// The names of the files, sources or not, right in a folder: what a path that leads nowhere
    /// may have meant. Empty where that cannot be told.
    fn names_in(&self, folder: &str) -> Vec<String>;

    /// A file's bytes; a file past [`MAX_FILE_BYTES`] is [`io::ErrorKind::FileTooLarge`].
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
}

/// Whether a path names a source: it ends in `.yaml` or `.yml`, and no part starts with a dot.
pub(super) fn is_source(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("yaml" | "yml")) && !path.split('/').any(|part| part.starts_with('.'))
}

/// Whether a relative path stays in its workspace.
pub(super) fn stays_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with(['/', '\\'])
        && !path.contains('\0')
        && !path.split(['/', '\\']).any(|part| part == "..")
        && !std::path::Path::new(path).is_absolute()
}

/// What `read` answers for a path that leaves the workspace.
pub(super) fn outside() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it leads out of the workspace")
}

/// What `read` answers for a file that is too large.
pub(super) fn too_large() -> io::Error {
    io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!(
            "files may have {} MiB at most",
            MAX_FILE_BYTES / (1024 * 1024)
        ),
    )
}
