//! One test, two drivers: every scenario of the examples and of the workspaces of the tests, played
//! on the runtime as well as dry.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cjoc::compile;
use cjoc::dryrun::scenario;
use cjoc::engine::Engine;
use cjoc::render::trace_json;
use cjoc::source::OsFiles;

use super::stage::{self, Answers};

/// Folders with a manifest.
fn workspaces() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["examples", "tests/workspaces"] {
        let entries = std::fs::read_dir(root.join(folder)).expect("it can be listed");
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        found.extend(paths.filter(|path| path.join("cjoc.yaml").is_file()));
    }
    found.sort();
    found
}

#[test]
fn scenarios_come_to_the_same_in_the_runtime() {
    let mut played = 0;
    for folder in workspaces() {
        let outcome = compile::check(&OsFiles::new(&folder)).expect("the workspace is there");
        let Some(model) = outcome.model else { continue };
        let engine = Arc::new(Engine::new(&model).expect("it links"));
        for test in &outcome.tests {
            let place = format!("{}: {}", folder.display(), test.name.text);
            let dry = scenario::run(&model, &engine, test);
            assert!(dry.passed(), "{place}: {:?}", dry.failures);
            let records = stage::play(&model, &engine, test, Answers::AtOnce);
            let records = records.expect("what is played dry can be played");
            assert_eq!(
                trace_json::lines(&records),
                trace_json::lines(&dry.records),
                "{place}"
            );
            let records = stage::play(&model, &engine, test, Answers::Delivered);
            let records = records.expect("what is played dry can be played");
            let failures = scenario::unmet(&model, test, &records);
            assert!(
                failures.is_empty(),
                "{place}, answered by those who carry out: {failures:?}\n{}",
                trace_json::lines(&records)
            );
            played += 1;
        }
    }
    assert!(played >= 60, "{played} scenarios only");
}
