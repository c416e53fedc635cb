//! Analyses of a workspace that is right by itself: what follows from it, over all journeys.
//!
//! A workspace in which nothing is an error goes in, findings come out. One line an analysis.

mod flow;

use super::context::Checker;

/// Runs every analysis. Only where nothing is an error: names are resolved, types fit.
pub(super) fn run(checker: &mut Checker<'_>) {
    flow::run(checker);
}
