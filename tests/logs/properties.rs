//! What another program writes as CSV is read as it was meant, and bytes of any kind are read
//! without a fault.

use std::sync::LazyLock;

use cjoc::dryrun::log;
use cjoc::model::Model;
use cjoc::source::MemoryFiles;
use proptest::prelude::*;
use serde_json::{Value, json};

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let connection = "connection: store
events:
  said: { fields: { a: string | null, b: string | null } }
log: { event: said, time: at, subject: at, delimiter: ';', fields: [a, b] }
";
    let files: MemoryFiles = [
        ("cjoc.yaml", "name: store\nedition: 2026\n"),
        ("guest.yaml", crate::TRAVELER),
        ("store.yaml", connection),
    ]
    .into_iter()
    .collect();
    let outcome = cjoc::compile::check(&files).expect("memory can be read");
    let messages: Vec<_> = outcome.diagnostics.iter().map(|it| &it.message).collect();
    outcome.model.unwrap_or_else(|| panic!("{messages:?}"))
});

/// Lines and payloads, or the reasons.
fn read(bytes: &[u8]) -> Option<Vec<(String, Result<Value, String>)>> {
    let mut found = Vec::new();
    let log = &MODEL.connections[0].logs[0];
    let read = log::read("l", log, &MODEL, bytes, &mut |sample| {
        let content = sample.content.map(|event| event.data);
        found.push((sample.place.to_string(), content.map_err(|bad| bad.reason)));
    });
    read.ok().map(|_| found)
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,3}",
        "[;,\"\r\n x'é]{0,6}",
        any::<String>().prop_map(|text| text.chars().take(5).collect()),
    ]
}

/// As a log reads it: what is blank is absent.
fn meant(a: &str, b: &str) -> Value {
    let mut data = json!({});
    for (name, cell) in [("a", a), ("b", b)] {
        if !cell.trim().is_empty() {
            data[name] = cell.into();
        }
    }
    data
}

proptest! {
    #[test]
    fn what_another_program_writes_is_read_as_it_was_meant(
        rows in prop::collection::vec((cell(), cell()), 0..20),
        crlf: bool,
        always: bool,
    ) {
        let mut writer = csv::WriterBuilder::new();
        writer.delimiter(b';');
        if crlf {
            writer.terminator(csv::Terminator::CRLF);
        }
        if always {
            writer.quote_style(csv::QuoteStyle::Always);
        }
        let mut writer = writer.from_writer(Vec::new());
        writer.write_record(["at", "b", "a"]).expect("memory can be written");
        for (a, b) in &rows {
            writer.write_record(["2026-03-02", b, a]).expect("memory can be written");
        }
        let bytes = writer.into_inner().expect("memory can be written");
        let found: Vec<_> = read(&bytes).expect("it has the columns").into_iter().map(|(_, it)| it).collect();
        let meant: Vec<_> = rows.iter().map(|(a, b)| Ok(meant(a, b))).collect();
        prop_assert_eq!(found, meant);
    }

    #[test]
    fn any_bytes_are_read_line_by_line(rows in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = b"at;a;b\n".to_vec();
        bytes.extend(&rows);
        bytes.extend(b"\n2026-03-02;x;y\n");
        let found = read(&bytes).expect("it has the columns");
        // Whatever stands before it, the last line is an event of its own, unless a quote before
        // it reaches into it.
        let last = found.last().map(|(_, it)| it.clone());
        if !rows.contains(&b'"') {
            prop_assert_eq!(last, Some(Ok(json!({"a": "x", "b": "y"}))));
        }
    }
}
