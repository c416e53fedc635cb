//! The tables of keys as a JSON Schema (2020-12), so that an editor that knows nothing of the
//! language completes keys, shows what they are for and marks what is misspelled.
//!
//! A schema sees shapes only: whether names exist, types agree and expressions parse, `cjoc check`
//! says. What the schema refuses, the reader refuses too.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::ast::Kind;
use super::keys::{Key, Shape, Table, further, long_type, manifest, steps, table};

/// A name that is declared by the first key of a document.
const DECLARED: &str = "^[a-z][a-z0-9_]*$";
/// A name that refers to something: a word, or anything in back-ticks.
const NAME: &str = "^([A-Za-z_][A-Za-z0-9_]*|`[^`]+`)$";
/// Such names with dots between them.
const PATH: &str = r"^([A-Za-z_][A-Za-z0-9_]*|`[^`]+`)(\.([A-Za-z_][A-Za-z0-9_]*|`[^`]+`))*$";
const DURATION: &str = "^([0-9]+[smhdw])+$";
const CLOCK: &str = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$";
const CRON: &str = r"^\s*\S+(\s+\S+){4}\s*$";

/// The schema of every document of a workspace, as text with a line end. It is the same in every
/// run.
pub fn text() -> String {
    let schema = schema();
    let text =
        serde_json::to_string_pretty(&schema).expect("texts, lists and maps are always JSON");
    format!("{text}\n")
}

/// The schema of every document of a workspace: one of the kinds, or the manifest.
pub fn schema() -> Json {
    let mut definitions = Definitions::default();
    let mut documents: Vec<Json> = Kind::ALL
        .into_iter()
        .map(|kind| definitions.refer(table(kind)))
        .collect();
    documents.push(definitions.refer(manifest()));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A document of a cjoc workspace",
        "description": "Customer journeys as code: the first key of a document names its kind.",
        "oneOf": documents,
        "$defs": definitions.finish(),
    })
}

/// What is defined once and referred to.
#[derive(Default)]
struct Definitions {
    /// The tables met so far, each with its name.
    tables: Vec<(&'static Table, String)>,
    written: BTreeMap<String, Json>,
}

impl Definitions {
    /// A reference to a table, which is defined the first time.
    fn refer(&mut self, table: &'static Table) -> Json {
        let known = self.tables.iter().find(|(other, _)| other.is(table));
        let name = if let Some((_, name)) = known {
            name.clone()
        } else {
            let name = self.name(table);
            // Known before it is written: tables hold each other.
            self.tables.push((table, name.clone()));
            let object = self.object(table);
            self.written.insert(name.clone(), object);
            name
        };
        json!({"$ref": format!("#/$defs/{name}")})
    }

    /// `a wait for an event` is `wait_for_an_event`; of several with one name, the second is
    /// `wait_2`.
    fn name(&self, table: &Table) -> String {
        let words = table.what.split(' ').skip(1);
        let base: Vec<String> = words
            .map(|word| word.trim_matches('`').to_lowercase())
            .collect();
        let base = base.join("_");
        let taken = |name: &String| self.tables.iter().any(|(_, other)| other == name);
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        std::iter::once(base.clone())
            .chain(numbered)
            .find(|name| !taken(name))
            .unwrap_or(base)
    }

    fn object(&mut self, table: &'static Table) -> Json {
        let mut properties = Map::new();
        for key in table.keys {
            properties.insert(key.name.to_owned(), self.property(table, key));
        }
        let required: Vec<&str> = table
            .keys
            .iter()
            .filter(|key| key.required)
            .map(|key| key.name)
            .collect();
        let mut object = json!({
            "title": table.what,
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        });
        if !required.is_empty() {
            object["required"] = required.into();
        }
        if let Some((pattern, shape)) = further(table) {
            object["patternProperties"] = json!({pattern: self.shape(shape)});
        }
        object
    }

    fn property(&mut self, table: &'static Table, key: &'static Key) -> Json {
        let mut schema = self.shape(&key.shape);
        let declares = Kind::ALL
            .into_iter()
            .any(|kind| super::keys::table(kind).is(table) && kind.keyword() == key.name);
        if declares && matches!(key.shape, Shape::Name) {
            schema["pattern"] = DECLARED.into();
        }
        schema["description"] = key.doc.into();
        schema
    }

    fn shape(&mut self, shape: &'static Shape) -> Json {
        match shape {
            Shape::Text | Shape::Expression | Shape::Zone => self.scalar(),
            Shape::Name => json!({"type": "string", "pattern": NAME}),
            Shape::Path => json!({"type": "string", "pattern": PATH}),
            Shape::Word(words) => {
                json!({"enum": words.iter().flat_map(|w| readings(w)).collect::<Vec<_>>()})
            }
            Shape::Bool => json!({"type": "boolean"}),
            Shape::Integer => json!({"type": "integer"}),
            Shape::Duration => json!({
                "type": "string",
                "pattern": DURATION,
                "examples": ["90s", "1h30m", "2d"],
            }),
            Shape::Clock => json!({"type": "string", "pattern": CLOCK, "examples": ["09:00"]}),
            Shape::Timestamp => json!({
                "type": "string",
                "format": "date-time",
                "examples": ["2026-03-02T18:00:00Z"],
            }),
            Shape::Cron => json!({
                "type": "string",
                "pattern": CRON,
                "examples": ["0 9 * * MON"],
            }),
            Shape::Content | Shape::Data => json!({}),
            Shape::Type => self.type_(),
            Shape::Steps => self.steps(),
            Shape::Triggers(table) => {
                let trigger = self.refer(table);
                json!({"anyOf": [trigger, {"type": "array", "items": trigger}]})
            }
            Shape::Map(table) => self.refer(table),
            Shape::Named(inner) => {
                let values = self.shape(inner);
                let values = match inner {
                    // Under a name, nothing is an entry without keys, and `null` an expression.
                    Shape::Expression | Shape::Named(_) => nullable(&values),
                    Shape::Map(table) if table.keys.iter().all(|key| !key.required) => {
                        nullable(&values)
                    }
                    _ => values,
                };
                json!({"type": "object", "additionalProperties": values})
            }
            Shape::List(inner) => json!({"type": "array", "items": self.shape(inner)}),
            Shape::Any(shapes) => {
                let shapes: Vec<Json> = shapes.iter().map(|shape| self.shape(shape)).collect();
                json!({"anyOf": shapes})
            }
        }
    }

    /// A text or CEL source: a number or a truth value reads as such, and means itself.
    fn scalar(&mut self) -> Json {
        self.written
            .entry("scalar".to_owned())
            .or_insert_with(|| json!({"type": ["string", "number", "boolean"]}));
        json!({"$ref": "#/$defs/scalar"})
    }

    /// The notation of types, an object type in place, or the long form.
    fn type_(&mut self) -> Json {
        const NAME: &str = "type";
        if !self.written.contains_key(NAME) {
            self.written.insert(NAME.to_owned(), Json::Null);
            let long = self.refer(long_type());
            let schema = json!({
                "title": "a type",
                "anyOf": [
                    {"type": "string", "minLength": 1},
                    long,
                    {"type": "object", "additionalProperties": {"$ref": "#/$defs/type"}},
                ],
            });
            self.written.insert(NAME.to_owned(), schema);
        }
        json!({"$ref": "#/$defs/type"})
    }

    fn steps(&mut self) -> Json {
        const NAME: &str = "steps";
        if !self.written.contains_key(NAME) {
            // Known before it is written: steps hold steps.
            self.written.insert(NAME.to_owned(), Json::Null);
            let kinds: Vec<Json> = steps().map(|table| self.refer(table)).collect();
            let schema = json!({
                "title": "a list of steps",
                "type": "array",
                "items": {"oneOf": kinds},
            });
            self.written.insert(NAME.to_owned(), schema);
        }
        json!({"$ref": "#/$defs/steps"})
    }

    fn finish(self) -> Json {
        Json::Object(self.written.into_iter().collect())
    }
}

fn nullable(schema: &Json) -> Json {
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// A word as YAML may read it: `2026` is a number where it is not quoted.
fn readings(word: &str) -> Vec<Json> {
    let number = word.parse::<i64>().ok().map(Json::from);
    std::iter::once(word.into()).chain(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference leads somewhere, and every definition is referred to.
    #[test]
    fn references_and_definitions_agree() {
        fn references(json: &Json, found: &mut Vec<String>) {
            match json {
                Json::Object(map) => {
                    if let Some(Json::String(to)) = map.get("$ref") {
                        found.push(to.trim_start_matches("#/$defs/").to_owned());
                    }
                    map.values().for_each(|inner| references(inner, found));
                }
                Json::Array(items) => items.iter().for_each(|inner| references(inner, found)),
                _ => {}
            }
        }
        let schema = schema();
        let mut found = Vec::new();
        references(&schema, &mut found);
        found.sort();
        found.dedup();
        let defined: Vec<&String> = schema["$defs"].as_object().expect("a map").keys().collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), defined);
        assert!(defined.len() > 40, "{}", defined.len());
    }
}
