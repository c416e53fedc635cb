//! The example workspaces as texts in memory, and what the compiler says about them.

use std::path::Path;

use cjoc::compile::{self, Outcome};
use cjoc::source::{Files, MemoryFiles, OsFiles};

/// One example: its name, and its files by path.
#[derive(Clone)]
pub(crate) struct Workspace {
    pub(crate) name: &'static str,
    pub(crate) texts: Vec<(String, String)>,
    /// Files that are no text, and stay as they are.
    models: Vec<(String, Vec<u8>)>,
}

impl Workspace {
    pub(crate) fn load(name: &'static str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(name);
        let files = OsFiles::new(root);
        let mut paths = files.list().expect("the example is readable");
        for list in ["segments/lists/beta.csv", "groups/lists/pilots.csv"] {
            if files.read(list).is_ok() {
                paths.push(list.to_owned());
            }
        }
        let model = "models/churn.onnx";
        let models = files.read(model).map(|bytes| (model.to_owned(), bytes));
        let text = |path: &String| {
            let bytes = files.read(path).expect("the example is readable");
            String::from_utf8(bytes).expect("the example is UTF-8")
        };
        let texts = paths.iter().map(|path| (path.clone(), text(path)));
        Self {
            name,
            texts: texts.collect(),
            models: models.into_iter().collect(),
        }
    }

    /// A copy in which one file reads otherwise.
    pub(crate) fn with(&self, path: &str, text: &str) -> Self {
        let mut copy = self.clone();
        for (at, old) in &mut copy.texts {
            if at == path {
                text.clone_into(old);
            }
        }
        copy
    }

    pub(crate) fn check(&self) -> Outcome {
        let mut files = MemoryFiles::new();
        for (path, text) in &self.texts {
            files.insert(path.clone(), text.clone());
        }
        for (path, bytes) in &self.models {
            files.insert(path.clone(), bytes.clone());
        }
        compile::check(&files).expect("files in memory are readable")
    }
}
