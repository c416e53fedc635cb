//! Happy paths that cannot be walked in their order.

use super::map::Map;
use crate::check::context::Checker;
use crate::diagnostic::{Diagnostic, codes};

/// Each milestone of the happy path must follow from the one before it, at once or through
/// milestones that the happy path leaves out.
pub(super) fn check(checker: &mut Checker<'_>, map: &Map<'_>) {
    let path: Vec<_> = (map.decl.happy_path.iter())
        .filter_map(|name| Some((name, map.index(&name.text)?)))
        .collect();
    for pair in path.windows(2) {
        let [(before, from), (name, to)] = pair else {
            continue;
        };
        if from == to || !map.reached[*from] || !map.reached[*to] {
            continue;
        }
        let between = |index: usize| path.iter().all(|(_, it)| *it != index);
        if map.from(*from, between)[*to] {
            continue;
        }
        let decl = &map.decl.milestones[*to];
        let message = format!("the happy path cannot go from `{before}` to `{name}`");
        let later = map.from(*from, |_| true)[*to];
        let label = if later {
            format!("other milestones of the happy path lie between `{before}` and this one")
        } else {
            format!("nothing leads from `{before}` here")
        };
        checker.report(
            Diagnostic::new(&codes::UNWALKABLE_HAPPY_PATH, name.span, message)
                .label(decl.name.span, label)
                .help(format!(
                    "put the milestones in the order in which they follow, or enter `{name}` from `{before}`"
                )),
        );
    }
}
