//! Conditions that had to be quoted: where YAML made several entries, or none, out of one
//! expression, the map is put right again, so that one mistake is told once.

use std::sync::Arc;

use crate::yaml::{self, Text, unquoted_condition};

use super::reader::{Entry, Reader};

/// Reports unquoted conditions under the keys that hold expressions, takes their debris out of the
/// entries and notes what was meant. Answers whether there was any.
pub(super) fn repair<'a>(
    r: &mut Reader<'a>,
    entries: &mut Vec<Entry<'a>>,
    holds_expression: impl Fn(&str) -> bool,
) -> bool {
    let mut found = Vec::new();
    for entry in entries.iter_mut() {
        if !holds_expression(entry.key) {
            continue;
        }
        if let Some(unquoted) = unquoted_condition(&entry.raw) {
            entry.meant = Some(Arc::new(Text::new(
                unquoted.text.as_str(),
                unquoted.whole,
                yaml::Style::Plain,
                entry.value.is_in_flow(),
            )));
            r.report(unquoted.diagnostic.clone());
            found.push(unquoted);
        }
    }
    entries.retain(|entry| !found.iter().any(|unquoted| unquoted.covers(&entry.raw)));
    !found.is_empty()
}
