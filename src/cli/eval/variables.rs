//! `--with FILE`: the keys of an object become variables, with the types that their values have.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::Value as Json;

use super::unreadable;
use crate::cel::cases::MAX_VARIABLES;
use crate::cel::{self, Env, Value};
use crate::cli::Exit;
use crate::cli::terminal::Terminal;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, Sources};
use crate::yaml;

/// The names that an expression may mention, and their values.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub env: Env,
    pub values: Vec<Value>,
}

impl Variables {
    /// Reads a file; `-` is standard input. What is wrong with it has been said where it fails.
    pub(super) fn read(path: &Path, terminal: &Terminal) -> Result<Self, Exit> {
        let name = if path == Path::new("-") {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let unable = |message: &str| terminal.unable(message, None);
        let text =
            text(path).map_err(|error| unable(&format!("`{name}` cannot be read: {error}")))?;
        let data = data(&name, text, terminal)?;
        let Json::Object(object) = data else {
            return Err(terminal.unable(
                &format!("`{name}` holds no object"),
                Some("write an object whose keys are the variables: `total: 129.0`"),
            ));
        };
        if object.len() > MAX_VARIABLES {
            return Err(unable(&format!(
                "`{name}` holds more than {MAX_VARIABLES} variables"
            )));
        }
        let mut variables = Self::default();
        for (key, json) in &object {
            let ty = cel::infer(json, key);
            let value = cel::read_json(json, &ty, key, &mut Vec::new())
                .map_err(|mismatch| unable(&format!("`{name}` cannot be read: {mismatch}")))?;
            variables.env.bind(key.as_str(), ty);
            variables.values.push(value);
        }
        Ok(variables)
    }
}

fn text(path: &Path) -> io::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(path)
}

/// JSON where it is that, else YAML.
fn data(name: &str, text: String, terminal: &Terminal) -> Result<Json, Exit> {
    if let Ok(json) = serde_json::from_str(&text) {
        return Ok(json);
    }
    if u32::try_from(text.len()).is_err() {
        return Err(terminal.unable(&format!("`{name}` is too long"), None));
    }
    let sources = Sources::from_texts([(name, text)]);
    let file = FileId(0);
    let parsed = yaml::parse(file, &sources.file(file).text);
    let wrong = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    if parsed.diagnostics.iter().any(wrong) {
        return Err(unreadable(&sources, &parsed.diagnostics, terminal));
    }
    let document = parsed.tree.documents().next();
    Ok(document.map_or(Json::Null, yaml::to_json))
}
