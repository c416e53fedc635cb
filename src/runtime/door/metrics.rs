//! What there is and what happened, in the text format of Prometheus.

use std::fmt::Write as _;

use crate::runtime::keeper::Seen;

/// The page, with how many events wait.
pub(super) fn page(seen: &Seen, waiting: usize) -> String {
    let (tally, levels) = (&seen.tally, &seen.levels);
    let mut page = String::new();
    let mut family = |name: &str, kind: &str, help: &str, values: &[(&str, u64)]| {
        let _ = writeln!(page, "# HELP cjoc_{name} {help}\n# TYPE cjoc_{name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(page, "cjoc_{name}{labels} {value}");
        }
    };
    family(
        "events_total",
        "counter",
        "Events by what became of them.",
        &[
            ("{result=\"accepted\"}", tally.accepted),
            ("{result=\"duplicate\"}", tally.duplicate),
            ("{result=\"ignored\"}", tally.ignored),
            ("{result=\"rejected\"}", tally.rejected),
        ],
    );
    family(
        "actions_total",
        "counter",
        "Actions that came up, by what was decided.",
        &[
            ("{decision=\"emitted\"}", tally.emitted),
            ("{decision=\"deferred\"}", tally.deferred),
            ("{decision=\"suppressed\"}", tally.suppressed),
        ],
    );
    family(
        "deliveries_total",
        "counter",
        "Attempts to carry out actions, by what came of them.",
        &[
            ("{outcome=\"done\"}", tally.delivered),
            ("{outcome=\"again\"}", tally.retried),
            ("{outcome=\"dead\"}", tally.dead),
        ],
    );
    let single = [
        (
            "timers_fired_total",
            "counter",
            "Timers that fired.",
            tally.timers,
        ),
        (
            "conditions_failed_total",
            "counter",
            "Expressions that failed when they ran.",
            tally.failed,
        ),
        (
            "groups_total",
            "counter",
            "Groups of changes that were made durable.",
            tally.groups,
        ),
        (
            "travelers_loaded_total",
            "counter",
            "Travelers that were read from the store.",
            tally.loaded,
        ),
        (
            "travelers",
            "gauge",
            "Travelers that were ever known.",
            levels.travelers,
        ),
        (
            "travelers_in_memory",
            "gauge",
            "Travelers in memory.",
            levels.in_memory,
        ),
        (
            "outbox",
            "gauge",
            "Actions that wait to be carried out.",
            levels.posted,
        ),
        (
            "outbox_under_way",
            "gauge",
            "Actions that are being carried out.",
            levels.under_way,
        ),
        (
            "dead_letters",
            "gauge",
            "Actions that were given up.",
            levels.dead,
        ),
        (
            "travelers_damaged",
            "gauge",
            "Travelers whose records cannot be read, and who are set aside.",
            levels.damaged,
        ),
        (
            "clock_behind_seconds",
            "gauge",
            "How far the clock lies behind what it showed before: nothing is due meanwhile.",
            levels.behind,
        ),
        (
            "store_bytes",
            "gauge",
            "What is kept, on disk.",
            levels.bytes,
        ),
        (
            "events_waiting",
            "gauge",
            "Events that wait for their turn.",
            waiting as u64,
        ),
    ];
    for (name, kind, help, value) in single {
        family(name, kind, help, &[("", value)]);
    }
    page
}
