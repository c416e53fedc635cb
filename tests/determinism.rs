//! The same workspace gives the same bytes: for any order of files, any number of threads, any
//! order of declarations in them.

use std::io;
use std::path::Path;

use cjoc::compile::{self, Outcome};
use cjoc::plan::Plan;
use cjoc::render;
use cjoc::source::{Files, OsFiles};

/// The example with its files listed in another order, and one text changed.
struct Shuffled {
    files: OsFiles,
    /// By how many places the list is turned.
    turn: usize,
    fault: Option<(&'static str, &'static str)>,
}

impl Files for Shuffled {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut paths = self.files.list()?;
        paths.reverse();
        let turn = self.turn % paths.len();
        paths.rotate_left(turn);
        Ok(paths)
    }

    fn names_in(&self, _folder: &str) -> Vec<String> {
        Vec::new()
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let bytes = self.files.read(path)?;
        let Some((from, to)) = self.fault else {
            return Ok(bytes);
        };
        let text = String::from_utf8(bytes).expect("the example is UTF-8");
        Ok(text.replace(from, to).into_bytes())
    }
}

fn compiled(turn: usize, threads: usize, fault: Option<(&'static str, &'static str)>) -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/nto");
    let files = Shuffled {
        files: OsFiles::new(root),
        turn,
        fault,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| compile::check(&files).expect("the example is readable"))
}

#[test]
fn a_plan_has_the_same_bytes() {
    let plan = |turn, threads| {
        let model = compiled(turn, threads, None)
            .model
            .expect("the example compiles");
        Plan::new(model).to_json()
    };
    let first = plan(0, 1);
    for (turn, threads) in [(1, 1), (7, 2), (13, 8), (20, 3)] {
        assert!(
            plan(turn, threads) == first,
            "turned by {turn}, on {threads} threads"
        );
    }
}

#[test]
fn diagnostics_have_the_same_bytes() {
    let told = |turn, threads| {
        let it = compiled(
            turn,
            threads,
            Some(("  order_placed:\n", "  odrer_placed:\n")),
        );
        let report = render::Report::new(&it.sources, &it.diagnostics, it.summary);
        let mut all = Vec::new();
        render::json::write(&report, &mut all).expect("memory can be written");
        render::sarif::write(&report, &mut all).expect("memory can be written");
        render::gitlab::write(&report, &mut all).expect("memory can be written");
        all.extend(render::junit::diagnostics(&report).into_bytes());
        String::from_utf8(all).expect("documents are UTF-8")
    };
    let first = told(0, 1);
    assert!(
        first.matches("\"code\"").count() > 3,
        "the fault is reported in several files"
    );
    for (turn, threads) in [(1, 1), (7, 2), (13, 8), (20, 3)] {
        assert!(
            told(turn, threads) == first,
            "turned by {turn}, on {threads} threads"
        );
    }
}

#[test]
fn a_plan_reads_back_as_it_was_written() {
    let model = compiled(0, 2, None).model.expect("the example compiles");
    let plan = Plan::new(model);
    let read = Plan::from_json(&plan.to_json()).expect("a plan that was written can be read");
    assert_eq!(read.hash, plan.hash);
    assert_eq!(read.to_json(), plan.to_json());
}
