//! `--with FILE`: the keys of an object become variables, with the types that their values have.

use std::io::{self, Read as _};
use std::path::Path;

use serde_json::Value as Json;

use super::unreadable;
use crate::cel::cases::MAX_VARIABLES;
use crate::cel::{self, Env, Value};
use crate::cli::Exit;
use crate::cli::terminal::Terminal;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{FileId, MAX_FILE_BYTES, Sources, open};
use crate::yaml::{self, Kind, Node};

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
        let bytes =
            bytes(path).map_err(|error| unable(&format!("`{name}` cannot be read: {error}")))?;
        let data = data(&name, bytes, terminal)?;
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

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // A byte more than may be: what is longer, or never ends, is refused without being read.
    let most = MAX_FILE_BYTES + 1;
    if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// YAML, which JSON is too, and which has no key twice.
fn data(name: &str, bytes: Vec<u8>, terminal: &Terminal) -> Result<Json, Exit> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(terminal.unable(&format!("`{name}` is too long"), None));
    }
    let (sources, mut diagnostics) = Sources::from_bytes(name, bytes);
    let file = FileId(0);
    let parsed = yaml::parse(file, &sources.file(file).text);
    diagnostics.extend(parsed.diagnostics);
    let wrong = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    if diagnostics.iter().any(wrong) {
        return Err(unreadable(&sources, &diagnostics, terminal));
    }
    let mut documents = parsed.tree.documents();
    let document = documents.next();
    if documents.next().is_some() {
        let message = format!("`{name}` holds several documents");
        return Err(terminal.unable(&message, Some("keep the one whose keys are the variables")));
    }
    if let Some(number) = document.and_then(beyond) {
        let message = format!("`{number}` in `{name}` is not a number that JSON can carry");
        let help = "numbers are finite, whole ones within 64 bits";
        return Err(terminal.unable(&message, Some(help)));
    }
    Ok(document.map_or(Json::Null, yaml::to_json))
}

/// The first number that no value can hold.
fn beyond(node: Node<'_>) -> Option<String> {
    match node.value() {
        yaml::Value::Error => None,
        yaml::Value::Seq(seq) => seq.items().find_map(beyond),
        yaml::Value::Map(map) => map.entries().find_map(|entry| beyond(entry.value)),
        yaml::Value::Scalar(scalar) => match scalar.kind() {
            Kind::Float(value) if !value.is_finite() => Some(scalar.value().to_owned()),
            Kind::HugeInt if scalar.value().parse::<u64>().is_err() => {
                Some(scalar.value().to_owned())
            }
            _ => None,
        },
    }
}
