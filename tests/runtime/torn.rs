//! A last write that was torn: what was durable before is there, and of the torn group nothing.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::side::{Dry, mixed, open, settle, take};
use super::world::{self, ENGINE};

/// The newest file of a store's journal.
fn journal(folder: &Path) -> PathBuf {
    let entries = fs::read_dir(folder.join("journal")).expect("the folder can be listed");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let journals = paths.filter(|path| path.extension().is_some_and(|it| it == "epoch"));
    journals
        .max_by_key(|path| {
            let stem = path.file_stem().expect("it has a name").to_string_lossy();
            stem.parse::<u64>().expect("files are numbered")
        })
        .expect("there is a journal")
}

/// A file of the journal. What follows what is written in it is zeros.
fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).expect("it is there")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folders can be made");
    for entry in fs::read_dir(from).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        let to = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("files can be copied");
        }
    }
}

#[test]
fn of_a_torn_group_nothing_is_left() {
    let events = world::events(3, 120, 10);
    let (first, second) = events.split_at(80);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = folder.path().join("whole");
    let mut core = open(&ENGINE, &whole, 100);
    let mut dry = Dry::new(ENGINE.clone());
    for event in first {
        take(&mut core, &ENGINE, event);
        dry.event(event);
    }
    settle(&mut core);
    let before = dry.save();
    let durable = bytes(&journal(&whole));
    for event in second {
        take(&mut core, &ENGINE, event);
    }
    settle(&mut core);
    let written = bytes(&journal(&whole));
    // Every group begins with bytes that are none.
    let mut pairs = durable.iter().zip(&written);
    let durable = pairs
        .position(|it| it.0 != it.1)
        .expect("it is written in place") as u64;
    let end = written
        .iter()
        .rposition(|it| *it != 0)
        .expect("it is not empty") as u64;
    assert!(durable < end);
    // Left as a process leaves it that is killed.
    std::mem::forget(core);
    for round in 0..24_u64 {
        let torn = folder.path().join(format!("torn-{round}"));
        copy(&whole, &torn);
        let path = journal(&torn);
        let mut file = OpenOptions::new()
            .write(true)
            .open(&path)
            .expect("it opens");
        let cut = durable + mixed(round) % (end - durable);
        if round.is_multiple_of(2) {
            file.set_len(cut).expect("it can be cut");
        } else {
            file.seek(SeekFrom::Start(cut)).expect("it is as long");
            // A sector that never came to the disk.
            file.write_all(&[0; 512]).expect("it can be written");
        }
        drop(file);
        let mut core = open(&ENGINE, &torn, 100);
        assert!(
            core.save().expect("it can be read") == before,
            "cut at {cut}"
        );
        let mut dry = Dry::new(ENGINE.clone());
        for event in first {
            dry.event(event);
        }
        for event in second {
            assert_eq!(take(&mut core, &ENGINE, event), dry.event(event));
        }
        settle(&mut core);
        assert!(core.save().expect("it can be read") == dry.save());
        drop(core);
        fs::remove_dir_all(&torn).expect("it can be removed");
    }
}

#[test]
fn a_folder_is_used_by_one_at_a_time_and_by_the_plan_that_wrote_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let core = open(&ENGINE, folder.path(), 10);
    let again = |engine: &std::sync::Arc<cjoc::engine::Engine>| {
        let settings = cjoc::runtime::core::Settings::default();
        let now = world::time(world::START);
        let opened =
            cjoc::runtime::core::Core::open(engine.clone(), "other", folder.path(), settings, now);
        opened.err().expect("it is refused").message
    };
    assert_eq!(again(&ENGINE), "it is in use by another process");
    drop(core);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let other = world::compiled(&root).1;
    assert_eq!(again(&other), "it belongs to another plan, plan");
}
