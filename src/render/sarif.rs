//! Diagnostics as SARIF 2.1.0, for code scanning and the viewers of editors.
//!
//! One run. The rules are the codes that occur; places are relative to the root of the repository,
//! which is called `SRCROOT` and left to the reader, so that the same workspace gives the same bytes
//! on every machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::Serializer;
use serde_json::{Map, Value, json};

use super::report::{Report, Unable, machine_fixes};
use super::text::clean;
use super::{fingerprint, line_hash, page, uri};
use crate::diagnostic::{Code, Diagnostic, Fix, Severity};
use crate::source::{FileId, Span};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// What places are relative to.
const ROOT: &str = "SRCROOT";
/// The most characters that code scanning shows of a rule's description.
const MAX_DESCRIPTION: usize = 1000;

/// The document, with a line end; each result is written as it is made.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run::new(report)],
    };
    serde_json::to_writer(&mut *out, &log)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    automation_details: Option<Value>,
    invocations: Value,
    original_uri_base_ids: Value,
    column_kind: &'static str,
    results: Results<'a>,
}

impl<'a> Run<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        let rules: BTreeMap<&str, &'static Code> = report
            .diagnostics
            .iter()
            .map(|diagnostic| (diagnostic.code.id, diagnostic.code))
            .collect();
        Self {
            tool: tool(rules.values().copied()),
            // Several workspaces of a repository are told apart by their folders.
            automation_details: (!report.prefix.is_empty())
                .then(|| json!({ "id": format!("cjoc/{}", report.prefix) })),
            invocations: invocations(report.unable),
            original_uri_base_ids: json!({
                ROOT: { "description": { "text": "The root of the repository." } }
            }),
            column_kind: "unicodeCodePoints",
            results: Results {
                report,
                rules: rules.into_keys().collect(),
            },
        }
    }
}

fn tool(rules: impl Iterator<Item = &'static Code>) -> Value {
    let version = env!("CARGO_PKG_VERSION");
    let mut driver = json!({
        "name": "cjoc",
        "version": version,
        "semanticVersion": version,
        "rules": rules.map(rule).collect::<Vec<_>>(),
    });
    let repository = env!("CARGO_PKG_REPOSITORY");
    if !repository.is_empty() {
        driver["informationUri"] = json!(repository);
    }
    json!({ "driver": driver })
}

fn rule(code: &Code) -> Value {
    let text = page::without_marks(code.page);
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": description(code) },
        "help": { "text": text, "markdown": text },
        "defaultConfiguration": { "level": code.severity.as_str() },
        "properties": { "problem.severity": code.severity.as_str(), "precision": "very-high" },
    })
}

/// The first paragraph below the title.
fn description(code: &Code) -> String {
    let first = code.page.lines().skip(1).find(|line| !line.is_empty());
    let first = first.unwrap_or_else(|| code.title());
    first.chars().take(MAX_DESCRIPTION).collect()
}

fn invocations(unable: Option<Unable<'_>>) -> Value {
    let notifications: Vec<Value> = unable
        .iter()
        .map(|unable| {
            let text = match unable.help {
                Some(help) => format!("{}\nhelp: {help}", unable.message),
                None => unable.message.to_owned(),
            };
            json!({ "level": "error", "message": { "text": text } })
        })
        .collect();
    json!([{
        "executionSuccessful": unable.is_none(),
        "toolExecutionNotifications": notifications,
    }])
}

struct Results<'a> {
    report: &'a Report<'a>,
    /// The ids of the rules, sorted.
    rules: Vec<&'static str>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.report;
        let files: BTreeSet<FileId> = report.diagnostics.iter().map(|d| d.span.file).collect();
        let hashes: BTreeMap<FileId, Vec<String>> = files
            .into_iter()
            .map(|id| (id, line_hash::of_lines(&report.sources.file(id).text)))
            .collect();
        let prints = fingerprint::of(report).into_iter();
        let results = report.diagnostics.iter().zip(prints);
        serializer.collect_seq(results.map(|(diagnostic, print)| {
            let line = report.sources.start(diagnostic.span).line as usize;
            let lines = hashes.get(&diagnostic.span.file);
            let hash = lines.and_then(|lines| lines.get(line - 1));
            self.result(diagnostic, &print, hash.map(String::as_str))
        }))
    }
}

impl Results<'_> {
    fn result(&self, diagnostic: &Diagnostic, print: &str, line_hash: Option<&str>) -> Value {
        let mut prints = json!({ "cjoc/v1": print });
        if let Some(hash) = line_hash {
            prints["primaryLocationLineHash"] = json!(hash);
        }
        let message = format!(
            "{}\n{}",
            clean(&diagnostic.message),
            self.report.details(diagnostic)
        );
        let mut result = json!({
            "ruleId": diagnostic.code.id,
            "ruleIndex": self.rules.binary_search(&diagnostic.code.id).ok(),
            "level": level(diagnostic.severity),
            "message": { "text": message },
            "locations": [self.location(diagnostic.span, diagnostic.label.as_deref(), None)],
            "partialFingerprints": prints,
        });
        let related: Vec<Value> = diagnostic
            .labels
            .iter()
            .enumerate()
            .map(|(id, label)| self.location(label.span, Some(&label.message), Some(id)))
            .collect();
        if !related.is_empty() {
            result["relatedLocations"] = Value::Array(related);
        }
        let fixes: Vec<Value> = machine_fixes(diagnostic).map(|fix| self.fix(fix)).collect();
        if !fixes.is_empty() {
            result["fixes"] = Value::Array(fixes);
        }
        result
    }

    fn location(&self, span: Span, message: Option<&str>, id: Option<usize>) -> Value {
        let mut location = Map::new();
        if let Some(id) = id {
            location.insert("id".to_owned(), json!(id));
        }
        if self.report.is_ours(span) {
            let place = json!({
                "artifactLocation": self.artifact(span),
                "region": self.region(span),
            });
            location.insert("physicalLocation".to_owned(), place);
        } else {
            // What comes with cjoc is no file of the repository.
            let start = self.report.sources.start(span);
            let path = self.report.sources.path(span.file);
            let name = format!("{path}:{}:{}", start.line, start.column);
            let place = json!([{ "fullyQualifiedName": name, "kind": "declaration" }]);
            location.insert("logicalLocations".to_owned(), place);
        }
        if let Some(message) = message {
            location.insert("message".to_owned(), json!({ "text": clean(message) }));
        }
        Value::Object(location)
    }

    fn artifact(&self, span: Span) -> Value {
        json!({ "uri": uri::path(&self.report.path(span)), "uriBaseId": ROOT })
    }

    fn region(&self, span: Span) -> Value {
        let lines = &self.report.sources.file(span.file).lines;
        let (start, end) = (lines.position(span.start()), lines.position(span.end()));
        let first = lines.characters(span.start());
        json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
            "charOffset": first,
            "charLength": lines.characters(span.end()) - first,
            "byteOffset": start.offset,
            "byteLength": end.offset - start.offset,
        })
    }

    fn fix(&self, fix: &Fix) -> Value {
        let files: BTreeSet<FileId> = fix.edits.iter().map(|edit| edit.span.file).collect();
        let changes: Vec<Value> = files
            .into_iter()
            .map(|id| {
                let edits = fix.edits.iter().filter(|edit| edit.span.file == id);
                let replacements: Vec<Value> = edits
                    .map(|edit| {
                        json!({
                            "deletedRegion": self.region(edit.span),
                            "insertedContent": { "text": edit.text },
                        })
                    })
                    .collect();
                json!({
                    "artifactLocation": self.artifact(Span::new(id, 0, 0)),
                    "replacements": replacements,
                })
            })
            .collect();
        json!({ "description": { "text": clean(&fix.message) }, "artifactChanges": changes })
    }
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri_without_loss() {
        assert_eq!(uri::path("a-b/c_d.yaml"), "a-b/c_d.yaml");
        assert_eq!(
            uri::path("a b/50%/ü:#?.yaml"),
            "a%20b/50%25/%C3%BC%3A%23%3F.yaml"
        );
    }
}
