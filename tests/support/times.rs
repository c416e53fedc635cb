//! Times as stories write them: without `2026-`, `:00` and `Z`.

/// `03-02T12:00` → `2026-03-02T12:00:00Z`.
pub(crate) fn full(time: &str) -> String {
    let mut text = match time.as_bytes() {
        [_, _, _, _, b'-', ..] => time.to_owned(),
        _ => format!("2026-{time}"),
    };
    if text.len() == 16 {
        text.push_str(":00");
    }
    if !text.ends_with('Z') && !text.contains('+') {
        text.push('Z');
    }
    text
}

/// `2026-03-02T12:00:00Z` → `03-02T12:00`.
pub(crate) fn short(time: &str) -> String {
    let text = time.strip_suffix('Z').unwrap_or(time);
    let text = text.strip_prefix("2026-").unwrap_or(text);
    text.strip_suffix(":00").unwrap_or(text).into()
}
