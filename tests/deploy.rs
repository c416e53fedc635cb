//! From plan to plan, as stories: a plan, events, another plan and what its deployment answers,
//! more events, and the trace of it all. The stories are in `tests/deploy/`.
//!
//! A story is `== TITLE`, the declarations of its first plan (added to `base.yaml`, a declaration
//! of the same name takes the place of the base's), then sections: `-- events` a line each,
//! `-- until TIME` lets time go by, `-- deploy TIME [end-sessions]` the declarations of the next
//! plan, `-- answer` what the deployment says, `-- trace KIND…` what happened, from first to last.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use cjoc::compile;
use cjoc::deploy::{Answer, Draft, Fated, Running};
use cjoc::diagnostic::Severity;
use cjoc::engine::{Crossing, Incoming, Listener, Passage, Record, State, What};
use cjoc::model::Model;
use cjoc::plan::Plan;
use cjoc::render::trace_json;
use cjoc::source::MemoryFiles;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

#[path = "support/times.rs"]
mod times;

use times::{full, short};

const BASE: &str = include_str!("deploy/base.yaml");

/// One thing that is done in a story.
enum Act {
    Event(String),
    Until(String),
    Deploy {
        at: String,
        end_sessions: bool,
        declarations: String,
        answer: Option<Vec<String>>,
    },
}

#[derive(Default)]
struct Story {
    title: String,
    line: usize,
    declarations: String,
    acts: Vec<Act>,
    kinds: Vec<String>,
    trace: Vec<String>,
}

fn stories(text: &str) -> Vec<Story> {
    let mut all: Vec<Story> = Vec::new();
    let mut section = String::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(title) = line.strip_prefix("== ") {
            all.push(Story {
                title: title.into(),
                line: index + 1,
                ..Story::default()
            });
            section = "plan".into();
            continue;
        }
        let Some(story) = all.last_mut() else {
            continue;
        };
        if let Some(head) = line.strip_prefix("-- ") {
            let mut words = head.split_whitespace();
            section = words.next().unwrap_or_default().into();
            match section.as_str() {
                "until" => story
                    .acts
                    .push(Act::Until(full(words.next().expect("a time")))),
                "deploy" => story.acts.push(Act::Deploy {
                    at: full(words.next().expect("a time")),
                    end_sessions: words.next() == Some("end-sessions"),
                    declarations: String::new(),
                    answer: None,
                }),
                "trace" => story.kinds = words.map(str::to_owned).collect(),
                "answer" => {
                    if let Some(Act::Deploy { answer, .. }) = story.acts.last_mut() {
                        *answer = Some(Vec::new());
                    }
                }
                "events" => {}
                other => panic!("line {}: no section `{other}`", index + 1),
            }
            continue;
        }
        let blank = line.trim().is_empty() || line.starts_with("# ");
        match (section.as_str(), story.acts.last_mut()) {
            ("plan", _) => writeln!(story.declarations, "{line}").expect("text"),
            ("deploy", Some(Act::Deploy { declarations, .. })) => {
                writeln!(declarations, "{line}").expect("text");
            }
            _ if blank => {}
            ("answer", Some(Act::Deploy { answer, .. })) => {
                answer.get_or_insert_default().push(line.trim().into());
            }
            ("events", _) => story.acts.push(Act::Event(line.into())),
            ("trace", _) => story.trace.push(line.trim().into()),
            _ => panic!("line {}: nothing stands here", index + 1),
        }
    }
    all
}

/// A plan that has been written and read, as a deployment gets it.
fn plan(declarations: &str) -> Result<Plan, String> {
    let head = |document: &str| {
        let mut lines = document.lines();
        let line = lines.find(|line| !line.starts_with('#') && !line.is_empty());
        line.unwrap_or_default().to_owned()
    };
    let own: Vec<String> = declarations.split("---\n").map(head).collect();
    let base: Vec<&str> = (BASE.split("---\n"))
        .filter(|document| !own.contains(&head(document)))
        .collect();
    let files: MemoryFiles = [
        (
            "cjoc.yaml".to_owned(),
            "name: story\nedition: 2026\n".to_owned(),
        ),
        ("base.yaml".to_owned(), base.join("---\n")),
        ("story.yaml".to_owned(), declarations.to_owned()),
    ]
    .into_iter()
    .collect();
    let outcome = compile::check(&files).expect("files in memory can be listed");
    let Some(model) = outcome.model else {
        let mut text = String::from("does not compile:\n");
        for it in outcome
            .diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
        {
            let at = outcome.sources.text(it.span);
            writeln!(text, "`{at}`: {}", it.message).expect("text");
        }
        return Err(text);
    };
    Plan::from_json(&Plan::new(model).to_json()).map_err(|error| error.to_string())
}

/// `TIME TYPE SUBJECT DATA`.
fn event(number: usize, line: &str) -> Incoming {
    let mut words = line.splitn(4, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (time, name, subject, data) = (word(), word(), word(), word());
    Incoming {
        id: format!("e-{number}").into(),
        source: name.split('.').next().unwrap_or_default().into(),
        cloud_type: name.into(),
        time: full(time).parse().expect("a time"),
        subject: Some(subject.into()),
        data: if data.is_empty() {
            Value::Object(serde_json::Map::new())
        } else {
            serde_json::from_str(data).unwrap_or_else(|error| panic!("`{line}`: {error}"))
        },
        arrives: None,
    }
}

/// A record in a line, with what these stories look at.
fn told(kinds: &[String], line: &str) -> Option<String> {
    let record: Value = serde_json::from_str(line).expect("a trace is JSON");
    let text = |field: &str| record[field].as_str().unwrap_or("-");
    let kind = text("kind");
    let looked_at = |wanted: &String| match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == wanted,
    };
    if !kinds.is_empty() && !kinds.iter().any(looked_at) {
        return None;
    }
    let mut journey = text("journey").to_owned();
    if let Some(number) = record["session"].as_u64().filter(|number| *number > 1) {
        write!(journey, "#{number}").expect("text");
    }
    match &record["key"] {
        Value::Null => {}
        key => write!(journey, "/{key}").expect("text"),
    }
    let time = short(text("time"));
    let mut line = format!("{time} {} {journey} {kind}", text("traveler"));
    for field in ["name", "value", "with", "outcome", "reason", "until"] {
        let shown = match &record[field] {
            Value::Null => continue,
            // What steps are called is no part of these stories.
            _ if kind.starts_with("wait") && field == "name" => continue,
            Value::String(text) if field == "until" => format!("until {}", short(text)),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        write!(line, " {shown}").expect("text");
    }
    Some(line)
}

/// An answer in lines.
fn answered(answer: &Answer) -> Vec<String> {
    let mut lines = Vec::new();
    for it in &answer.journeys {
        let change = serde_json::to_value(it.change).expect("a word");
        let mut line = format!("{} {}", it.journey, change.as_str().unwrap_or_default());
        let counts = it.sessions;
        for (count, what) in [
            (counts.same, "same"),
            (counts.moves, "move"),
            (counts.stay, "stay"),
            (counts.end, "end"),
        ] {
            if count > 0 {
                write!(line, " {count} {what}").expect("text");
            }
        }
        lines.push(line);
        for why in &it.why {
            let fate = match (why.fate, &why.outcome) {
                (Fated::Stay, _) => "stay".to_owned(),
                (Fated::End, outcome) => format!("end {}", outcome.as_deref().unwrap_or("-")),
            };
            lines.push(format!(
                "{} {} {fate}: {}",
                it.journey, why.sessions, why.reason
            ));
        }
        for reason in &it.cannot_stay {
            lines.push(format!("{} cannot stay: {reason}", it.journey));
        }
    }
    lines.extend(answer.refused.iter().map(|it| format!("refused: {it}")));
    lines.extend(answer.notes.iter().map(|it| format!("note: {it}")));
    lines
}

/// What is on its way in a story.
struct World {
    running: Running,
    state: State,
    records: Vec<Record>,
}

impl World {
    fn new(model: &Model) -> Self {
        Self {
            running: Running::first(model).unwrap_or_else(|errors| panic!("{errors:?}")),
            state: State::default(),
            records: Vec::new(),
        }
    }

    fn handle(&mut self, event: &Incoming) {
        let engine = self.running.engine.clone();
        let records = &mut self.records;
        let mut tell = |it| records.push(it);
        engine.advance_before(&mut self.state, event.handled_at(), &mut tell);
        engine.handle(&mut self.state, event, &mut tell);
        self.stays_the_same();
    }

    /// Whoever is taken to the plan that they are on is who they were, to the byte.
    fn stays_the_same(&self) {
        let Running { model, engine } = &self.running;
        let same = |journey: &cjoc::model::Journey| {
            let passage = Passage {
                next: Some(journey.name.clone()),
                same: true,
                ..Passage::default()
            };
            (journey.name.clone(), passage)
        };
        let passages = model.journeys.iter().map(same).collect();
        let plan = (&**model, engine);
        let crossing = Crossing::new(plan, plan, &passages, Timestamp::MIN);
        let mut nobody = |_: &What| {};
        let crossed = crossing.cross(self.state.clone(), &mut Listener::Kinds(&mut nobody));
        assert_eq!(engine.save(&crossed), engine.save(&self.state));
    }

    fn pass(&mut self, until: &str) {
        let until = until.parse().expect("a time");
        let records = &mut self.records;
        let engine = self.running.engine.clone();
        engine.advance(&mut self.state, until, &mut |it| records.push(it));
    }

    fn deploy(&mut self, new: &Plan, at: &str, end_sessions: bool) -> Answer {
        let at = at.parse().expect("a time");
        let draft = Draft::new(&self.running, &new.model).unwrap_or_else(|it| panic!("{it:?}"));
        let crossing = draft.crossing(at);
        let mut answer = draft.answer();
        crossing.outlook(&self.state, &mut |outlook| answer.count(&outlook));
        answer.close(
            &new.hash,
            crossing.forgotten(&self.state) as u64,
            end_sessions,
        );
        if answer.is_refused() {
            return answer;
        }
        let deployment = draft.finish(&answer).unwrap_or_else(|it| panic!("{it:?}"));
        let crossing = deployment.crossing(&self.running, at);
        let records = &mut self.records;
        let mut tell = |it| records.push(it);
        let state = std::mem::take(&mut self.state);
        self.state = crossing.cross(state, &mut Listener::Records(&mut tell));
        // What is written down of a plan that runs is enough to run it.
        let written = serde_json::to_string(&*deployment.running.model).expect("JSON");
        let read = serde_json::from_str(&written).expect("it was written by us");
        self.running = Running::of(read).unwrap_or_else(|it| panic!("{it:?}"));
        let saved = deployment.running.engine.save(&self.state);
        self.state = self
            .running
            .engine
            .load(&saved)
            .expect("the plan is the same");
        answer
    }
}

fn run(story: &Story) -> Result<(), String> {
    let mut world = World::new(&plan(&story.declarations)?.model);
    let mut wrong = String::new();
    for (number, act) in story.acts.iter().enumerate() {
        match act {
            Act::Event(line) => world.handle(&event(number, line)),
            Act::Until(time) => world.pass(time),
            Act::Deploy {
                at,
                end_sessions,
                declarations,
                answer: wanted,
            } => {
                let answer = world.deploy(&plan(declarations)?, at, *end_sessions);
                let found = answered(&answer);
                if let Some(wanted) = wanted.as_ref().filter(|wanted| **wanted != found) {
                    let (wanted, found) = (wanted.join("\n    "), found.join("\n    "));
                    writeln!(
                        wrong,
                        "  expected the answer\n    {wanted}\n  found\n    {found}"
                    )
                    .expect("text");
                }
            }
        }
    }
    let trace = trace_json::lines(&world.records);
    let found: Vec<String> = (trace.lines())
        .filter_map(|line| told(&story.kinds, line))
        .collect();
    if found != story.trace {
        let (wanted, found) = (story.trace.join("\n    "), found.join("\n    "));
        writeln!(
            wrong,
            "  expected the trace\n    {wanted}\n  found\n    {found}"
        )
        .expect("text");
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn theme(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/deploy/{name}.txt"));
    let text = std::fs::read_to_string(path).expect("the stories can be read");
    let stories = stories(&text);
    assert!(!stories.is_empty(), "{name} holds stories");
    let mut failed = String::new();
    for story in &stories {
        if let Err(wrong) = run(story) {
            let place = format!("tests/deploy/{name}.txt:{} {}", story.line, story.title);
            writeln!(failed, "{place}\n{wrong}").expect("text");
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

/// Journeys with a bit of everything.
const RICH: &str = include_str!("deploy/rich.yaml");

/// A plan that has none of them.
const WITHOUT: &str = "journey: other\ntraveler: person\nstart: { on: crm.never }\n\
    milestones: { m: {} }\nend: { after: 1d, outcome: done }\n---\n\
    connection: crm\nuses: std/webhook\nevents: { never: { traveler: person } }\nactions:\n  \
    open: { params: { s: string | null }, returns: { id: string } }\n  \
    ping: { params: { n: int = 0 } }\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whoever stays is told, sent and asked the very same as if nothing had been deployed.
    #[test]
    fn who_stays_notices_nothing(
        before in prop::collection::vec((0..4usize, 0..3usize, 0..20u32, 0..6i64), 1..25),
        after in prop::collection::vec((1..4usize, 0..3usize, 0..20u32, 0..6i64), 0..40),
    ) {
        static PLANS: LazyLock<[Plan; 2]> = LazyLock::new(|| {
            [RICH, WITHOUT].map(|text| plan(text).unwrap_or_else(|why| panic!("{why}")))
        });
        let mut at: Timestamp = "2026-03-02T12:00:00Z".parse().expect("a time");
        let mut number = 0;
        let mut events = |steps: &[(usize, usize, u32, i64)]| -> Vec<Incoming> {
            let event = |(kind, who, hours, n): &(usize, usize, u32, i64)| {
                number += 1;
                at += SignedDuration::from_mins(i64::from(*hours) * 53);
                let (name, data) = match kind {
                    3 => ("a.wrote", json!({ "points": n * 2 })),
                    kind => (["a.x", "a.y", "a.z"][*kind], json!({ "n": n })),
                };
                Incoming {
                    id: format!("e-{number}").into(),
                    source: "a".into(),
                    cloud_type: name.into(),
                    time: at,
                    subject: Some(["t", "u", "v"][*who].into()),
                    data,
                    arrives: None,
                }
            };
            steps.iter().map(event).collect()
        };
        let (before, after) = (events(&before), events(&after));
        let [rich, without] = &*PLANS;
        let (mut stays, mut reference) = (World::new(&rich.model), World::new(&rich.model));
        for event in &before {
            stays.handle(event);
            reference.handle(event);
        }
        let time = before.last().expect("there is one").time.to_string();
        let answer = stays.deploy(without, &time, false);
        prop_assert_eq!(&answer.refused, &Vec::<String>::new());
        prop_assert_eq!(answer.total().moves + answer.total().same + answer.total().end, 0);
        for event in &after {
            stays.handle(event);
            reference.handle(event);
        }
        stays.pass("2026-06-01T00:00:00Z");
        reference.pass("2026-06-01T00:00:00Z");
        let (found, expected) = (&stays.records, &reference.records);
        prop_assert_eq!(trace_json::lines(found), trace_json::lines(expected));
    }
}

#[test]
fn sessions() {
    theme("sessions");
}

#[test]
fn migrations() {
    theme("migrations");
}

#[test]
fn travelers() {
    theme("travelers");
}

#[test]
fn statuses() {
    theme("statuses");
}
