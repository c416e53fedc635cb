//! `cjoc plan`: the execution plan, as a summary or a file, and what it would do to sample events.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::Exit;
use super::events::{EventArgs, Running};
use super::plan_file;
use super::report::json_if;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use super::write;
use crate::cel::parse_timestamp;
use crate::diagnostic::{did_you_mean, nearest};
use crate::dryrun::why::Conditions;
use crate::dryrun::{self, Counts, DryRun, Mask};
use crate::engine::{Engine, LinkError, Listening, Record};
use crate::plan::{MAX_BYTES, Plan, PlanError};
use crate::render::{
    Look, Report, count, counts, plan_markdown, plan_summary, timeline, trace_json,
};

/// How many travelers a person is shown who does not say.
const MAX_TRAVELERS: usize = 100;

#[derive(Args, Debug)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Write the plan as JSON to this file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    events: EventArgs,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Run timers on to this time, as `2026-03-31T00:00:00Z`, rather than to that of the last event
    #[arg(long, value_name = "TIME", requires = "files", value_parser = time)]
    until: Option<Timestamp>,
    /// Only count what happens
    #[arg(long, requires = "files")]
    summary: bool,
    /// Only what concerns this traveler: its key, or `IDENTITY:VALUE`
    #[arg(long, requires = "files")]
    traveler: Option<String>,
    /// Only what happens in this journey
    #[arg(long, requires = "files")]
    journey: Option<String>,
    /// Only the first N travelers; 0 is all [default: 100 for people, else all]
    #[arg(long, requires = "files", value_name = "N")]
    travelers: Option<usize>,
    /// Leave out why: the conditions that were looked at, with the values of their parts
    #[arg(long, requires = "files")]
    no_why: bool,
    /// Mask personal data: what is `pii`, wherever it turns up
    #[arg(long, requires = "files")]
    mask_pii: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A summary of the plan, or a timeline of the dry run, for people
    #[default]
    Human,
    /// The plan, or the trace of the dry run with one object a line, for programs
    Json,
    /// A page about the plan, with pictures, for a pull request
    Markdown,
}

pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    parse_timestamp(text).map_err(str::to_owned)
}

pub(super) fn run(args: &PlanArgs, terminal: &Terminal) -> Exit {
    let json = args.format == Format::Json || args.out.as_deref() == Some(Path::new("-"));
    let terminal = &terminal.for_programs(json);
    let tell = |report: &Report<'_>, exit| json_if(json, report, exit, terminal);
    let plan = match args.workspace.plan_file() {
        Some(path) => match plan_file::read(path, &args.events.files) {
            Ok(plan) => plan,
            Err(unable) => return terminal.unable(&unable.message, unable.help.as_deref()),
        },
        None => match args.workspace.model(terminal, tell) {
            Ok((_, model)) => Plan::new(model),
            Err(exit) => return exit,
        },
    };
    match &args.out {
        Some(path) if path != Path::new("-") => {
            let text = plan.to_json();
            if text.len() > MAX_BYTES {
                let message = PlanError::TooLarge.to_string();
                return terminal.unable(&message, Some("take some declarations out"));
            }
            if let Err(error) = write::whole(path, text) {
                let message = format!("`{}` cannot be written: {error}", path.display());
                return terminal.unable(&message, None);
            }
            say(&format!("wrote plan {} to {}\n", plan.hash, path.display()));
        }
        Some(_) if args.events.files.is_empty() => {
            return terminal.product(&plan.to_json(), Exit::Clean);
        }
        Some(_) => {
            return terminal.unable(
                "the plan and the trace cannot both go to standard output",
                Some("name a file after `--out`"),
            );
        }
        None => {}
    }
    if !args.events.files.is_empty() {
        return dry_run(args, &plan, terminal);
    }
    let text = match args.format {
        Format::Human => plan_summary::render(&plan, terminal.out),
        Format::Json => plan.to_json(),
        Format::Markdown => plan_markdown::render(&plan),
    };
    terminal.product(&text, Exit::Clean)
}

fn dry_run(args: &PlanArgs, plan: &Plan, terminal: &Terminal) -> Exit {
    if let Some(exit) = unknown_journey(args, plan, terminal) {
        return exit;
    }
    let engine = match Engine::new(&plan.model) {
        Ok(engine) => engine,
        Err(errors) => return cannot_run(&errors, terminal),
    };
    if let Some(counts) = counted(args, &engine) {
        return tell_counts(args, counts, terminal);
    }
    let events = match args.events.read(&plan.model, terminal) {
        Ok(events) => events,
        Err(exit) => return exit,
    };
    let tells_why = args.format != Format::Json && !args.no_why;
    let needed = args.mask_pii || (!args.summary && tells_why);
    let again = needed.then(|| events.samples.clone());
    let running = Running::new(events.samples.len());
    let DryRun {
        mut records,
        counts,
        ..
    } = dryrun::run(&engine, events.samples, args.until);
    drop(running);
    let counts = Counts {
        skipped: events.skipped,
        ..counts
    };
    let mask = match (&again, args.mask_pii) {
        (Some(inputs), true) => Some(Mask::new(&plan.model, inputs, &records)),
        _ => None,
    };
    if let Some(wanted) = &args.traveler
        && let Some(exit) = unknown_traveler(wanted, &records, mask.as_ref(), terminal)
    {
        return exit;
    }
    if args.summary {
        return tell_counts(args, counts, terminal);
    }
    if let (Some(inputs), true) = (again, tells_why) {
        // Who is shown is known only now.
        let (shown, _) = select(args, &records);
        let numbers = shown.iter().filter_map(|record| record.number).collect();
        records = dryrun::run_telling(&engine, inputs, args.until, Listening::To(numbers)).records;
    }
    let (shown, left_out) = select(args, &records);
    let masked: Vec<Record> = match &mask {
        Some(mask) => shown.iter().map(|it| mask.record((*it).clone())).collect(),
        None => Vec::new(),
    };
    let shown = if mask.is_some() {
        masked.iter().collect()
    } else {
        shown
    };
    let text = match args.format {
        Format::Human | Format::Markdown if shown.is_empty() => nothing(args, counts),
        Format::Human | Format::Markdown => {
            let conditions = Conditions::new(&plan.model).masking(mask);
            let mut text = timeline::render(shown, &conditions, look(args, terminal));
            if left_out > 0 {
                let _ = writeln!(
                    text,
                    "… and {}: `--travelers 0` shows all, `--traveler` one of them.",
                    count(left_out, "more traveler")
                );
            }
            text
        }
        Format::Json => trace_json::lines(shown),
    };
    let exit = terminal.product(&fenced(args, text), exit_of(counts));
    say(&counts::human(counts, terminal.err));
    exit
}

/// How text looks: a page has no colours, wherever it goes.
fn look(args: &PlanArgs, terminal: &Terminal) -> Look {
    match args.format {
        Format::Markdown => Look::plain(),
        Format::Human | Format::Json => terminal.out,
    }
}

/// Text for a page, where one is due.
fn fenced(args: &PlanArgs, text: String) -> String {
    match args.format {
        Format::Markdown => plan_markdown::fenced(&text),
        Format::Human | Format::Json => text,
    }
}

fn exit_of(counts: Counts) -> Exit {
    if counts.rejected > 0 {
        Exit::Found
    } else {
        Exit::Clean
    }
}

fn tell_counts(args: &PlanArgs, counts: Counts, terminal: &Terminal) -> Exit {
    let text = match args.format {
        Format::Human | Format::Markdown => counts::human(counts, look(args, terminal)),
        Format::Json => counts::json(counts),
    };
    terminal.product(&fenced(args, text), exit_of(counts))
}

/// The counts alone, of one log in the order of time, without holding it; none where more is asked
/// for, the log is another one, or it cannot be read: then it is read as all are.
fn counted(args: &PlanArgs, engine: &Engine) -> Option<Counts> {
    let all = args.summary && args.traveler.is_none() && args.journey.is_none();
    let file = args.events.alone().filter(|_| all)?;
    let mut input = std::fs::File::open(file).ok()?;
    let threads = rayon::current_num_threads();
    dryrun::count(engine, &mut input, args.until, threads).ok()?
}

/// What is shown, and how many travelers are not, beyond the limit.
fn select<'a>(args: &PlanArgs, records: &'a [Record]) -> (Vec<&'a Record>, usize) {
    let shown = dryrun::filter(records, args.traveler.as_deref(), args.journey.as_deref());
    let few = match args.format {
        Format::Human | Format::Markdown => MAX_TRAVELERS,
        Format::Json => 0,
    };
    match args.travelers.unwrap_or(few) {
        0 => (shown, 0),
        limit => dryrun::limit(shown, records, limit),
    }
}

/// A checked model that does not link is a defect of cjoc; it is told in full.
pub(super) fn cannot_run(errors: &[LinkError], terminal: &Terminal) -> Exit {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    terminal.unable(&format!("the plan cannot run: {}", errors.join("; ")), None);
    Exit::Internal
}

fn unknown_journey(args: &PlanArgs, plan: &Plan, terminal: &Terminal) -> Option<Exit> {
    let wanted = args.journey.as_deref()?;
    let known: Vec<&str> = plan.model.journeys.iter().map(|j| &*j.name).collect();
    if known.contains(&wanted) {
        return None;
    }
    let help = match nearest(wanted, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => did_you_mean::list(&known),
    };
    let message = format!("there is no journey `{}`", wanted.escape_debug());
    Some(terminal.unable(&message, help.as_deref()))
}

/// What is asked for and not there is more often a slip than an answer. With a mask, who is there is
/// told only as far as it lets on.
pub(super) fn unknown_traveler(
    wanted: &str,
    records: &[Record],
    mask: Option<&Mask>,
    terminal: &Terminal,
) -> Option<Exit> {
    let known: BTreeSet<&str> = records
        .iter()
        .filter_map(|record| record.traveler.as_deref())
        .collect();
    if known.contains(wanted) {
        return None;
    }
    let known: Vec<&str> = known.into_iter().collect();
    // An identity without its name is the likeliest slip: `v-1` for `visitor_id:v-1`.
    let unnamed = |name: &&str| {
        name.split_once(':')
            .is_some_and(|(_, value)| value == wanted)
    };
    let near = known.iter().copied().find(unnamed);
    let near = near.or_else(|| nearest(wanted, known.iter().copied()));
    // Most of what is personal in a name is masked in full: no suggestion, and one name for many.
    let open = |name: &&str| mask.is_none_or(|mask| mask.text(name) == **name);
    let help = match near {
        Some(near) if open(&near) => Some(format!("did you mean `{}`?", near.escape_debug())),
        _ => did_you_mean::list(&known.into_iter().filter(open).collect::<Vec<_>>()),
    };
    let message = format!(
        "these events are of no traveler `{}`",
        wanted.escape_debug()
    );
    Some(terminal.unable(&message, help.as_deref()))
}

/// What a person reads where there is nothing to tell.
fn nothing(args: &PlanArgs, counts: Counts) -> String {
    let why = if counts.events == 0 {
        "there are no events in the input".to_owned()
    } else if counts.left_out == counts.events {
        "all events are later than `--until`".to_owned()
    } else if let Some(journey) = &args.journey {
        format!("no event concerns journey `{journey}`")
    } else {
        "no event has an effect".to_owned()
    };
    format!("Nothing happens: {why}.\n")
}
