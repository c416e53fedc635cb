//! What happens when an event arrives, from outside: workspaces, events and the traces that
//! `spec/evaluation.md` asks for, as data in `tests/semantics/`. A case needs no Rust.
//!
//! Each runs as users run it: compiled, made a plan, written and read back, run dry, told as JSON.
//! A file of cases looks like this:
//!
//! ```text
//! == title
//! declarations, beside those of base.yaml (a document that is declared there takes its place)
//! -- manifest        lines of cjoc.yaml, if need be
//! -- file PATH       another file of the workspace, if need be
//! -- events          TIME TYPE SUBJECT [id=ID] [source=SOURCE] [DATA], or a CloudEvent as JSON
//! -- until TIME      if need be
//! -- later TIME      declarations that take the place of others from then on: another plan goes on;
//!                    as often as need be
//! -- pending N       if need be: timers that are due after the end
//! -- trace KIND …    what is looked at (`action_*`; nothing: everything); `+FIELD` shows a field
//! TIME TRAVELER JOURNEY#SESSION/KEY KIND NAME VALUE WITH FIELD=VALUE…
//! ```
//!
//! A case that declares a `test:` runs that instead of events.
//!
//! Times leave out `2026-`, `:00` and `Z`. A first session has no number, what is no traveler's
//! or no journey's a `-`.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use cjoc::compile::{self, Outcome};
use cjoc::diagnostic::{Diagnostic, Severity};
use cjoc::dryrun::{self, samples};
use cjoc::engine::{Engine, Incoming, Record, State};
use cjoc::plan::Plan;
use cjoc::render::trace_json;
use cjoc::source::MemoryFiles;
use cjoc::syntax::ast::Scenario;
use serde_json::{Value, json};

use times::{full, short};

#[path = "support/times.rs"]
mod times;

/// The other driver: what runs dry here runs the same in the runtime.
#[cfg(feature = "runtime")]
#[path = "runtime/side.rs"]
#[allow(dead_code, reason = "the tests of the runtime need more of it")]
mod side;

#[cfg(feature = "runtime")]
#[path = "runtime/stage.rs"]
mod stage;

const BASE: &str = include_str!("semantics/base.yaml");
const HIDDEN: [&str; 8] = [
    "at",
    "scores",
    "idempotency_key",
    "channel",
    "time",
    "traveler",
    "session",
    "key",
];
const FIRST: [&str; 3] = ["name", "value", "with"];

/// A case as it is written.
#[derive(Default)]
struct Case {
    title: String,
    line: usize,
    declarations: String,
    manifest: String,
    files: Vec<(String, String)>,
    events: Vec<String>,
    until: Option<String>,
    /// When another plan goes on, and what it declares instead of the first.
    later: Vec<(String, String)>,
    pending: Option<usize>,
    kinds: Vec<String>,
    shown: Vec<String>,
    trace: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut section = String::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(title) = line.strip_prefix("== ") {
            cases.push(Case {
                title: title.into(),
                line: index + 1,
                ..Case::default()
            });
            section.clear();
            continue;
        }
        let Some(case) = cases.last_mut() else {
            continue;
        };
        if let Some(head) = line.strip_prefix("-- ") {
            let mut words = head.split_whitespace().map(str::to_owned);
            section = words.next().unwrap_or_default();
            match section.as_str() {
                "until" => case.until = words.next().map(|time| full(&time)),
                "later" => {
                    let time = words.next().expect("it has a time");
                    case.later.push((full(&time), String::new()));
                }
                "pending" => case.pending = words.next().and_then(|it| it.parse().ok()),
                "file" => case
                    .files
                    .push((words.next().unwrap_or_default(), String::new())),
                "trace" => (case.shown, case.kinds) = words.partition(|it| it.starts_with('+')),
                "events" | "manifest" => {}
                other => panic!("line {}: no section `{other}`", index + 1),
            }
            continue;
        }
        let blank = line.trim().is_empty() || line.starts_with("# ");
        match section.as_str() {
            "" => writeln!(case.declarations, "{line}").expect("text"),
            "manifest" => writeln!(case.manifest, "{line}").expect("text"),
            "file" => {
                let file = case.files.last_mut().expect("it has a path");
                writeln!(file.1, "{line}").expect("text");
            }
            "later" => {
                let later = case.later.last_mut().expect("it has a time");
                writeln!(later.1, "{line}").expect("text");
            }
            _ if blank => {}
            "events" => case.events.push(line.into()),
            "trace" => case.trace.push(line.trim().into()),
            _ => panic!("line {}: nothing stands here", index + 1),
        }
    }
    cases
}

/// A line of a sample file.
fn event(number: usize, line: &str) -> String {
    if line.starts_with('{') {
        return line.into();
    }
    let mut id = format!("e-{}", number + 1);
    let mut words = line.splitn(4, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (time, name, subject, mut rest) = (word(), word(), word(), word());
    let mut source = name.split('.').next().unwrap_or_default();
    while let Some((word, more)) = rest
        .split_once(' ')
        .or((!rest.is_empty()).then_some((rest, "")))
    {
        if let Some(given) = word.strip_prefix("id=") {
            id = given.into();
        } else if let Some(given) = word.strip_prefix("source=") {
            source = given;
        } else {
            break;
        }
        rest = more;
    }
    let mut event = json!({
        "specversion": "1.0", "id": id, "source": source, "type": name, "time": full(time),
    });
    if subject != "-" {
        event["subject"] = subject.into();
    }
    if !rest.is_empty() {
        event["data"] = serde_json::from_str(rest)
            .unwrap_or_else(|error| panic!("`{line}` holds no JSON: {error}"));
    }
    event.to_string()
}

/// A line of a trace, as cases write it; nothing where the case does not look at it.
fn told(case: &Case, line: &str) -> Option<String> {
    let record: Value = serde_json::from_str(line).expect("a trace is JSON");
    let text = |field: &str| record[field].as_str().unwrap_or("-");
    let kind = text("kind");
    let looked_at = |wanted: &String| match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == wanted,
    };
    if !case.kinds.is_empty() && !case.kinds.iter().any(looked_at) {
        return None;
    }
    let mut journey = text("journey").to_owned();
    if let Some(number) = record["session"].as_u64().filter(|number| *number > 1) {
        write!(journey, "#{number}").expect("text");
    }
    match &record["key"] {
        Value::Null => {}
        Value::String(key) => write!(journey, "/{key}").expect("text"),
        key => write!(journey, "/{key}").expect("text"),
    }
    let mut line = format!(
        "{} {} {journey} {kind}",
        short(text("time")),
        text("traveler")
    );
    let fields = record.as_object().expect("a trace is of objects");
    let last = |field: &&str| !FIRST.contains(field);
    let others = fields.keys().map(String::as_str).filter(last);
    for field in FIRST.into_iter().chain(others) {
        let Some(value) = fields.get(field) else {
            continue;
        };
        let hidden = HIDDEN.contains(&field) && !case.shown.contains(&format!("+{field}"));
        if hidden || ["kind", "journey"].contains(&field) {
            continue;
        }
        let value = match value {
            Value::String(text) if field == "until" => short(text),
            Value::String(text) if field == "value" => format!("\"{text}\""),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match field {
            _ if FIRST.contains(&field) => write!(line, " {value}").expect("text"),
            _ => write!(line, " {field}={value}").expect("text"),
        }
    }
    Some(line)
}

/// The first line of a document that is more than a comment.
fn head(document: &str) -> &str {
    let told = |line: &&str| !line.starts_with('#') && !line.is_empty();
    document.lines().find(told).unwrap_or_default()
}

/// Documents, without those that others declare.
fn without(documents: &str, others: &str) -> String {
    let own: Vec<&str> = others.split("---\n").map(head).collect();
    let kept = documents
        .split("---\n")
        .filter(|document| !own.contains(&head(document)));
    kept.collect::<Vec<_>>().join("---\n")
}

fn compiled(case: &Case, declarations: &str) -> Result<Outcome, String> {
    let manifest = format!("name: case\nedition: 2026\n{}", case.manifest);
    let mut files = vec![
        ("cjoc.yaml".to_owned(), manifest),
        ("base.yaml".to_owned(), without(BASE, declarations)),
        ("case.yaml".to_owned(), declarations.to_owned()),
    ];
    files.extend(case.files.iter().cloned());
    let files: MemoryFiles = files.into_iter().collect();
    let outcome = compile::check(&files).expect("files in memory can be listed");
    if outcome.model.is_some() {
        return Ok(outcome);
    }
    let mut text = String::new();
    let errors = |it: &&Diagnostic| it.severity == Severity::Error;
    for it in outcome.diagnostics.iter().filter(errors) {
        let path = outcome.sources.path(it.span.file);
        let at = outcome.sources.text(it.span);
        writeln!(text, "{path}: `{at}`: {}", it.message).expect("text");
    }
    Err(format!("does not compile:\n{text}"))
}

/// The plan, written and read back.
fn planned(outcome: &mut Outcome) -> Result<Plan, String> {
    let model = outcome.model.take().ok_or("there is no model")?;
    Plan::from_json(&Plan::new(model).to_json()).map_err(|error| error.to_string())
}

fn engine(plan: &Plan) -> Result<Engine, String> {
    Engine::new(&plan.model).map_err(|errors| format!("{errors:?}"))
}

/// Runs a case; answers its trace as cases write it, and how many timers are pending.
fn run(case: &Case) -> Result<(Vec<String>, usize), String> {
    let mut outcome = compiled(case, &case.declarations)?;
    let plan = planned(&mut outcome)?;
    let before = Arc::new(engine(&plan)?);
    let lines: Vec<String> = (case.events.iter().enumerate())
        .map(|(number, line)| event(number, line))
        .collect();
    let samples = samples::read("events.jsonl", lines.join("\n").as_bytes());
    if !outcome.tests.is_empty() {
        return scenarios(case, &plan, &before, &outcome.tests);
    }
    let until = (case.until.as_ref()).map(|time| time.parse().expect("`until` is a time"));
    let (records, pending) = if case.later.is_empty() {
        let done = dryrun::run(&before, samples, until);
        #[cfg(feature = "runtime")]
        in_the_runtime(&before, &lines)?;
        (done.records, done.counts.pending)
    } else {
        let mut engines = vec![(jiff::Timestamp::MIN, before)];
        for (at, instead) in &case.later {
            let documents = case.declarations.split("---\n");
            let documents = documents.map(|document| {
                let mut others = instead.split("---\n");
                let same = others.find(|other| head(other) == head(document));
                same.unwrap_or(document)
            });
            let declarations = documents.collect::<Vec<_>>().join("---\n");
            let after = planned(&mut compiled(case, &declarations)?)?;
            engines.push((
                at.parse().expect("`later` is a time"),
                Arc::new(engine(&after)?),
            ));
        }
        several_plans(&engines, &samples, until)?
    };
    let trace = trace_json::lines(&records);
    let told = trace.lines().filter_map(|line| told(case, line)).collect();
    Ok((told, pending))
}

/// What was remembered under one plan goes on under the next.
fn several_plans(
    engines: &[(jiff::Timestamp, Arc<Engine>)],
    samples: &[samples::Sample],
    until: Option<jiff::Timestamp>,
) -> Result<(Vec<Record>, usize), String> {
    let mut state = State::default();
    let mut records = Vec::new();
    let mut tell = |record| records.push(record);
    let mut current = 0;
    let mut end = jiff::Timestamp::MIN;
    let mut moments: Vec<(jiff::Timestamp, Option<&samples::Envelope>)> = Vec::new();
    for sample in samples {
        let event = sample.content.as_ref().map_err(|bad| bad.reason.clone())?;
        end = end.max(event.time);
        moments.push((event.time, Some(event)));
    }
    let end = until.unwrap_or(end);
    moments.push((end, None));
    for (time, event) in moments {
        while let Some((at, next)) = engines.get(current + 1).filter(|next| next.0 <= time) {
            let before = &engines[current].1;
            before.advance_before(&mut state, *at, &mut tell);
            state = (next.load(&before.save(&state))).map_err(|error| error.to_string())?;
            current += 1;
        }
        let engine = &engines[current].1;
        engine.advance_before(&mut state, time, &mut tell);
        let Some(event) = event else { continue };
        let incoming = Incoming::from(event.clone());
        engine.handle(&mut state, &incoming, &mut tell);
    }
    let engine = &engines[current].1;
    engine.advance(&mut state, end, &mut tell);
    Ok((records, engine.pending(&state)))
}

/// Runs the events in the runtime, too, and holds it against a dry run.
#[cfg(feature = "runtime")]
fn in_the_runtime(engine: &Arc<Engine>, lines: &[String]) -> Result<(), String> {
    let mut events: Vec<Value> = (lines.iter())
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|event: &Value| samples::envelope(event.clone().into()).is_ok())
        .collect();
    events.sort_by_key(|event| side::incoming(event).time);
    side::side_by_side(engine, &events, 1, 1)
        .map_err(|error| format!("the runtime comes to something else: {error}"))
}

/// Runs the scenarios that a case declares instead of events: what is looked at is their trace.
fn scenarios(
    case: &Case,
    plan: &Plan,
    engine: &Arc<Engine>,
    tests: &[Scenario],
) -> Result<(Vec<String>, usize), String> {
    let mut told_all = Vec::new();
    for test in tests {
        let verdict = dryrun::scenario::run(&plan.model, engine, test);
        if let Some(failure) = verdict.failures.first() {
            let (expected, found) = (&failure.expected, &failure.found);
            return Err(format!(
                "`{}`: expected {expected}, found {found}",
                verdict.name
            ));
        }
        let trace = trace_json::lines(&verdict.records);
        #[cfg(feature = "runtime")]
        {
            let records = stage::play(&plan.model, engine, test, stage::Answers::AtOnce)?;
            if trace_json::lines(&records) != trace {
                return Err(format!("`{}` is another in the runtime", verdict.name));
            }
        }
        told_all.extend(trace.lines().filter_map(|line| told(case, line)));
    }
    Ok((told_all, 0))
}

fn theme(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/semantics/{name}.txt"));
    let text = std::fs::read_to_string(path).expect("the cases can be read");
    let cases = cases(&text);
    assert!(!cases.is_empty(), "{name} holds cases");
    let mut failed = String::new();
    for case in &cases {
        let place = format!("tests/semantics/{name}.txt:{} {}", case.line, case.title);
        match run(case) {
            Err(reason) => writeln!(failed, "{place}\n{reason}").expect("text"),
            Ok((trace, pending)) => {
                if trace != case.trace {
                    let told = trace.join("\n    ");
                    let wanted = case.trace.join("\n    ");
                    writeln!(
                        failed,
                        "{place}\n  expected\n    {wanted}\n  found\n    {told}"
                    )
                    .expect("text");
                }
                if case.pending.is_some_and(|wanted| wanted != pending) {
                    writeln!(failed, "{place}\n  {pending} timers are pending").expect("text");
                }
            }
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

macro_rules! themes {
    ($($name:ident)*) => {
        const THEMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                theme(stringify!($name));
            }
        )*
    };
}

themes! {
    timers
    payloads
    identity
    traits
    sessions
    steps
    policy
    failures
    keys
    late
    calendar
    joins
    limits
    statuses
}

/// The cases of all files.
fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/semantics");
    let files = std::fs::read_dir(folder).expect("the cases can be listed");
    let mut all = Vec::new();
    for file in files {
        let path = file.expect("the cases can be listed").path();
        if path.extension().is_some_and(|it| it == "txt") {
            let name = path.file_stem().and_then(|name| name.to_str());
            let name = name.expect("a file of cases has a name").to_owned();
            assert!(THEMES.contains(&&*name), "{name} is no theme");
            let text = std::fs::read_to_string(&path).expect("the cases can be read");
            all.extend(cases(&text));
        }
    }
    all
}

/// The words in back-ticks of the cells of a table of the reference, row by row.
fn table(page: &str, head: &str) -> Vec<Vec<Vec<String>>> {
    let rows = page.split_once(head).expect("the table is there").1;
    let rows = rows
        .lines()
        .skip(1)
        .skip_while(|row| !row.starts_with("| `"));
    let words = |cell: &str| {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    rows.take_while(|row| row.starts_with('|'))
        .map(|row| row.split('|').skip(1).map(words).collect())
        .collect()
}

#[test]
fn every_kind_of_line_and_every_reason_that_the_reference_names_is_in_a_trace() {
    let page = include_str!("../spec/trace.md");
    let cases = all();
    let lines: Vec<&str> = (cases.iter().flat_map(|it| &it.trace))
        .map(String::as_str)
        .collect();
    let kind_of = |line: &&str| line.split(' ').nth(3).unwrap_or_default().to_owned();
    let mut missing = Vec::new();
    let kinds = table(page, "| kinds | their fields");
    assert!(kinds.len() > 10, "the kinds are found");
    for kind in kinds.iter().flat_map(|row| &row[0]) {
        if !lines.iter().any(|line| kind_of(line) == *kind) {
            missing.push(kind.clone());
        }
    }
    let reasons = table(page, "| kind | reasons |");
    assert!(reasons.len() > 4, "the reasons are found");
    for row in &reasons {
        for reason in &row[1] {
            let open = reason.trim_end_matches('…');
            let told = |line: &&&str| {
                let found = line.split_once(" reason=").map(|(_, found)| found);
                let found = found.is_some_and(|found| {
                    if open.len() < reason.len() {
                        found.starts_with(open)
                    } else {
                        found == open || found.starts_with(&format!("{open} until="))
                    }
                });
                found && row[0].contains(&kind_of(line))
            };
            if !lines.iter().any(|line| told(&line)) {
                missing.push(format!("{:?} {reason}", row[0]));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "in no trace of tests/semantics: {missing:#?}"
    );
}
