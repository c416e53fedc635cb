//! The conditions in the `cel` crate, everything else by hand: what a team would write who take a
//! CEL library for the conditions alone.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};

use cel::{Context, Program, Value as Cel};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use crate::machine::{Counts, millis};

const DAY: i64 = 86_400_000;

const CONDITIONS: [&str; 12] = [
    r#"event.kind == "view""#,
    r#"event.kind == "order""#,
    r#"event.kind == "return" && event.price > 10.0"#,
    r#"event.kind == "view" && event.category == "backpack""#,
    "event.price * double(event.quantity) > 3000.0 && !vars.big",
    r#"event.device == "mobile" && !vars.mobile"#,
    r#"event.country != "FR" && !vars.abroad"#,
    "event.price > 900.0 && traveler.views >= 3",
    r#"event.kind == "close""#,
    r#"event.kind == "cart" && event.price >= 20.0"#,
    r#"event.kind == "order" && event.quantity > 0"#,
    r#"event.kind == "return" && traveler.sent_back >= 1"#,
];

#[derive(Default)]
struct Traveler {
    views: i64,
    sent_back: i64,
    due: Option<i64>,
    milestone: Option<u8>,
    vars: [bool; 3],
}

pub fn run(path: &str) -> Result<Counts, Box<dyn Error>> {
    let programs: Vec<Program> =
        (CONDITIONS.iter().map(|it| Program::compile(it))).collect::<Result<_, _>>()?;
    let mut travelers: FxHashMap<String, Traveler> = FxHashMap::default();
    let mut seen: FxHashSet<String> = FxHashSet::default();
    let mut counts = Counts::default();
    let mut now = 0;
    let mut input = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut line = String::new();
    while input.read_line(&mut line)? > 0 {
        let event: Value = serde_json::from_str(&line)?;
        line.clear();
        counts.events += 1;
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        now = millis(text("time")).ok_or("no time")?;
        if !seen.insert(text("id").to_owned()) {
            counts.duplicates += 1;
            continue;
        }
        let mut touched = false;
        let it = travelers
            .entry(text("subject").to_owned())
            .or_insert_with(|| {
                counts.travelers += 1;
                touched = true;
                Traveler::default()
            });
        if it.due.is_some_and(|due| due < now) {
            it.due = None;
            counts.rules += 1;
            counts.calls += 1;
        }
        let mut context = Context::default();
        context.add_variable("event", &event["data"])?;
        let holds = |context: &Context, index: usize| {
            matches!(programs[index].execute(context), Ok(Cel::Bool(true)))
        };
        if holds(&context, 0) {
            it.views += 1;
            touched = true;
        }
        touched |= holds(&context, 1);
        if holds(&context, 2) {
            it.sent_back += 1;
            touched = true;
        }
        context.add_variable(
            "traveler",
            serde_json::json!({ "views": it.views, "sent_back": it.sent_back }),
        )?;
        let [big, mobile, abroad] = it.vars;
        context.add_variable(
            "vars",
            serde_json::json!({ "big": big, "mobile": mobile, "abroad": abroad }),
        )?;
        let start = holds(&context, 3);
        match it.milestone {
            None if start => {
                *it = Traveler {
                    milestone: Some(0),
                    vars: [false; 3],
                    due: None,
                    ..*it
                };
                counts.sessions_started += 1;
                counts.milestones += 1;
                touched = true;
            }
            None => {}
            Some(milestone) => {
                for rule in 0..3 {
                    if holds(&context, 4 + rule) {
                        it.vars[rule] = true;
                        counts.rules += 1;
                        touched = true;
                    }
                }
                if milestone == 0 && holds(&context, 7) {
                    counts.rules += 1;
                    counts.calls += 1;
                    touched = true;
                }
                let next = if holds(&context, 8) {
                    counts.sessions_ended += 1;
                    (it.milestone, it.due) = (None, None);
                    touched = true;
                    None
                } else if milestone == 0 && holds(&context, 9) {
                    Some(1)
                } else if milestone < 2 && holds(&context, 10) {
                    Some(2)
                } else if milestone == 2 && holds(&context, 11) {
                    Some(3)
                } else {
                    None
                };
                if let Some(next) = next {
                    it.milestone = Some(next);
                    it.due = (next == 1).then_some(now + 2 * DAY);
                    counts.milestones += 1;
                    touched = true;
                }
            }
        }
        counts.ignored += u64::from(!touched);
    }
    for due in travelers.values().filter_map(|it| it.due) {
        if due <= now {
            counts.rules += 1;
            counts.calls += 1;
        } else {
            counts.pending += 1;
        }
    }
    Ok(counts)
}
