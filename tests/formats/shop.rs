//! A workspace that goes wrong in every way that is hard to show: a label in another file and one in
//! a standard connection, a fix, several lines at once, characters of several bytes, a byte order
//! mark, every kind of line end, tabs, and what XML and workflow commands mean something by.

use cjoc::compile::{self, Outcome};
use cjoc::render::Report;
use cjoc::source::MemoryFiles;

/// Where in its repository the workspace lies.
pub(crate) const PREFIX: &str = "my shop/";

pub(crate) const FILES: &[(&str, &str)] = &[
    ("cjoc.yaml", "name: shop\nedition: 2026\n"),
    (
        "connections/shop.yaml",
        "\u{FEFF}connection: shop\r\nuses: std/webhook\r\nevents:\r\n  placed:\r\n    \
         fields: { id: string, größe: string }\r\n    identify: { id: event.id }\r\n",
    ),
    (
        "connections/slack.yaml",
        "connection: slack\nuses: std/slack\n",
    ),
    (
        "journeys/größe.yaml",
        "journey: sizes\ntraveler: customer\nstart: { on: shop.plced } # größe → 100%: 😀\n\
         milestones:\n  one:\n    do:\n      call: slack.post\n      with: { text: a }\n\
         end: { after: 30d, outcome: over }\n",
    ),
    (
        "journeys/thanks.yaml",
        "journey: thanks\ntraveler: customer\nstart: { on: shop.placed }\nmilestones:\n  one:\n    \
         do:\n      - call: slack.post\n        with: { channel: \"#care\" }\n\
         end: { after: 30d, outcome: over }\n",
    ),
    (
        "people.yaml",
        "traveler: customer\nkey: id\nidentities: [id]\nprofile: { id: string | null }\n\
         ---\nsegment: a\ntraveler: customer\nwhen: >-\n  traveler.id == \"<&>\" &&\n  \
         traveler.größe == '%,:'\n",
    ),
    (
        "slips.yaml",
        "channel: web\ntitle:\tno\r\nvia: mailr\r\naddress: a\rtitel: \"x\"\r",
    ),
];

pub(crate) fn compiled() -> Outcome {
    let files: MemoryFiles = FILES.iter().copied().collect();
    compile::check(&files).expect("memory can be listed")
}

pub(crate) fn report(outcome: &Outcome) -> Report<'_> {
    Report {
        prefix: PREFIX,
        ..Report::new(&outcome.sources, &outcome.diagnostics, outcome.summary)
    }
}

/// A document as text.
pub(crate) fn text(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("memory can be written");
    String::from_utf8(bytes).expect("documents are UTF-8")
}
