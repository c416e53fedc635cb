//! Logs in CSV, and events in files of all kinds: what is read of them, what is told of what cannot
//! be read.

mod ecom;
mod files;
mod properties;
mod rows;

#[path = "../support/mod.rs"]
mod support;

use support::Workspace;

const TRAVELER: &str = "\
traveler: guest
key: user
identities: [user]
profile: { user: string | null }
";

/// A workspace with a connection `store` that has these events and this log.
fn store(events: &str, log: &str) -> Workspace {
    let connection = format!(
        "connection: store\nuses: std/webhook\n\
         types: {{ Place: {{ city: string, zip: string | null }} }}\n\
         events:\n{events}\nlog:\n{log}\n"
    );
    Workspace::new(&[
        (
            "cjoc.yaml",
            "name: store\nedition: 2026\ntimezone: Europe/Paris\n",
        ),
        ("guest.yaml", TRAVELER),
        ("store.yaml", &connection),
    ])
}
