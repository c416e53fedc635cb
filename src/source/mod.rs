//! Where text comes from: paths go in, texts with stable ids, spans and line indexes come out.
//!
//! Nothing here knows YAML. Only `os` and `opened` touch the file system; everything else works on the
//! [`Files`] trait, so that tests, editors and the command line read a workspace the same way.

mod decode;
mod exclude;
mod files;
mod line_index;
mod map;
mod memory;
mod opened;
mod os;
mod span;
mod standard;

pub use exclude::{BadPattern, Exclude};
pub use files::{Files, MANIFEST, MAX_FILE_BYTES};
pub use line_index::{LineIndex, Position};
pub use map::{SourceFile, Sources};
pub use memory::MemoryFiles;
pub use opened::open;
pub use os::{NoWorkspace, OsFiles, Walked, find_root};
pub use span::{FileId, Span, TextRange};
pub use standard::all as standard_files;
