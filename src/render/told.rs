//! A trace that was told as JSON, for people: what happened, under its time. For who has the lines
//! and not the plan; a dry run shows more (`timeline`).

use std::fmt::Write as _;

use serde_json::Value;

use super::text::clean;
use super::{Ink, Look};

/// The lines of a trace, in their order.
pub fn lines(lines: &[Value], look: Look) -> String {
    let mut out = String::new();
    let mut time = "";
    for line in lines {
        let text = |key: &str| line[key].as_str().unwrap_or_default();
        if text("time") != time {
            time = text("time");
            out.push_str(&look.paint(Ink::Strong, &clean(time)));
            out.push('\n');
        }
        let mut said = text("kind").replace('_', " ");
        for key in ["name", "outcome", "value", "until", "reason", "with"] {
            let _ = match &line[key] {
                Value::Null => Ok(()),
                Value::String(text) if key == "until" => write!(said, " until {text}"),
                Value::String(text) if key == "reason" => write!(said, " ({text})"),
                Value::String(text) => write!(said, " {text}"),
                other => write!(said, " {other}"),
            };
        }
        let mut from = Vec::new();
        if !text("journey").is_empty() {
            from.push(format!("{} {}", text("journey"), line["session"]));
        }
        if !text("at").is_empty() {
            from.push(text("at").to_owned());
        }
        let from = look.paint(Ink::Faint, &clean(&from.join(", ")));
        let _ = writeln!(out, "  {}  {from}", clean(&said));
    }
    if lines.is_empty() {
        out.push_str("Nothing that is remembered.\n");
    }
    out
}
