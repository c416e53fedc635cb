//! The fuzz targets on their seeds and on all that they have found: what they hold, they hold here
//! too. `fuzz/README.md` tells how to look for more.

#![allow(
    unreachable_pub,
    clippy::missing_panics_doc,
    reason = "the targets are a crate of their own too"
)]

use std::path::Path;

#[path = "../fuzz/src/cel.rs"]
mod cel;
#[path = "../fuzz/src/check.rs"]
mod check;
#[cfg(feature = "runtime")]
#[path = "../fuzz/src/door.rs"]
mod door;
#[path = "../fuzz/src/events.rs"]
mod events;
#[path = "../fuzz/src/held.rs"]
mod held;
#[path = "../fuzz/src/logs.rs"]
mod logs;
#[path = "../fuzz/src/onnx.rs"]
mod onnx;
#[path = "../fuzz/src/pack.rs"]
mod pack;
#[path = "../fuzz/src/plan.rs"]
mod plan;
#[path = "../fuzz/src/typed.rs"]
mod typed;
#[path = "../fuzz/src/yaml.rs"]
mod yaml;

/// Runs a target on every file of `fuzz/seeds/TARGET` and `fuzz/found/TARGET`.
fn each(target: &str, run: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut inputs = 0;
    for folder in ["seeds", "found"] {
        let Ok(entries) = std::fs::read_dir(fuzz.join(folder).join(target)) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("the folder can be listed").path();
            let bytes = std::fs::read(&path).expect("the file can be read");
            let held = std::panic::catch_unwind(|| run(&bytes));
            assert!(held.is_ok(), "it fails on {}", path.display());
            inputs += 1;
        }
    }
    assert!(inputs > 0, "{target} has seeds");
}

#[test]
fn yaml_holds() {
    each("yaml", yaml::run);
}

#[test]
fn cel_holds() {
    each("cel", cel::run);
}

#[test]
fn check_holds() {
    each("check", check::run);
}

#[test]
fn events_hold() {
    each("events", events::run);
}

#[test]
fn onnx_holds() {
    each("onnx", onnx::run);
}

#[test]
fn logs_hold() {
    each("logs", logs::run);
}

#[test]
fn plan_holds() {
    each("plan", plan::run);
}

#[cfg(feature = "runtime")]
#[test]
fn door_holds() {
    each("door", door::run);
}

#[test]
fn pack_holds() {
    each("pack", pack::run);
}

/// Saved states with a few bytes changed, many times: the target's own work, as far as it goes in
/// some seconds.
#[test]
fn states_that_were_tampered_with_hold() {
    let mut roll = 1_u64;
    for _ in 0..400 {
        let mut input = vec![b'#'];
        for _ in 0..7 {
            roll = roll
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            input.push((roll >> 40) as u8);
        }
        pack::run(&input);
    }
}
