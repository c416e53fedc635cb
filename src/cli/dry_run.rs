//! `cjoc plan --events`: what a plan would do to sample events, told in full, in part or in numbers.
//!
//! What can be told as it happens is never held: the trace for programs, and the numbers, of files
//! in the order of time. People see some travelers and why, and those alone are held twice.

use std::fmt::Write as _;

use super::Exit;
use super::events::Running;
use super::plan::{Format, PlanArgs, cannot_run, unknown_traveler};
use super::terminal::{Terminal, say};
use crate::diagnostic::{did_you_mean, nearest};
use crate::dryrun::why::Conditions;
use crate::dryrun::{self, Counts, DryRun, Inputs, Mask, Part, Selection, Streamed, Survey};
use crate::engine::{Engine, Listening, Record, State};
use crate::plan::Plan;
use crate::render::{Look, count, counts, plan_markdown, timeline, trace_json};

/// How many travelers a person is shown who does not say.
const MAX_TRAVELERS: usize = 100;

/// Of so few events the reasons of all travelers can be held; of more only those of who is shown,
/// which is known when the run is over, so that it is made again.
const FEW: usize = 20_000;

pub(super) fn run(args: &PlanArgs, plan: &Plan, terminal: &Terminal) -> Exit {
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
    if let Some(exit) = streamed(args, plan, &engine, terminal) {
        return exit;
    }
    held(args, plan, &engine, terminal)
}

/// The counts alone, of one log in the order of time, without holding it; none where more is asked
/// for, the log is another one, or it cannot be read: then it is read as all are.
fn counted(args: &PlanArgs, engine: &Engine) -> Option<Counts> {
    let all = args.traveler.is_none() && args.journey.is_none();
    let all = all && matches!(args.travelers, None | Some(0));
    let file = args.events.alone().filter(|_| all && args.summary)?;
    let mut input = std::fs::File::open(file).ok()?;
    let threads = rayon::current_num_threads();
    dryrun::count(engine, &mut input, args.until, threads).ok()?
}

/// What programs read, of files in the order of time, told as it happens; none where it takes all
/// that happens to say what is shown, or the files are not such.
fn streamed(args: &PlanArgs, plan: &Plan, engine: &Engine, terminal: &Terminal) -> Option<Exit> {
    let whole = args.traveler.is_none() && matches!(args.travelers, None | Some(0));
    let told = if args.summary {
        args.journey.is_none()
    } else {
        args.format == Format::Json && !args.mask_pii
    };
    if !whole || !told || !args.events.can_be_read_again() {
        return None;
    }
    let mut survey = Survey::default();
    let model = &plan.model;
    let surveyed = (args.events).each(model, terminal, false, &mut |sample| survey.see(&sample));
    if let Err(exit) = surveyed {
        return Some(exit);
    }
    if !survey.is_in_order() {
        return None;
    }
    let journey = args.journey.as_deref();
    let again = |tell: &mut dyn FnMut(Record)| {
        let Some(mut run) = Streamed::new(engine, survey, args.until) else {
            return Ok(Counts::default());
        };
        let skipped =
            (args.events).each(model, terminal, true, &mut |sample| run.take(sample, tell))?;
        let counts = run.finish(tell);
        Ok(Counts { skipped, ..counts })
    };
    if args.summary {
        return Some(match again(&mut |_| {}) {
            Ok(counts) => tell_counts(args, counts, terminal),
            Err(exit) => exit,
        });
    }
    let mut ended = Ok(Counts::default());
    let written = terminal.stream(Exit::Clean, |out| {
        let mut failed = None;
        ended = again(&mut |record| {
            if failed.is_none() && dryrun::of_journey(&record, journey) {
                failed = trace_json::write(out, &record).err();
            }
        });
        failed.map_or(Ok(()), Err)
    });
    Some(match ended {
        Ok(counts) => {
            say(&counts::human(counts, terminal.err));
            worse(written, exit_of(counts))
        }
        Err(exit) => exit,
    })
}

/// Standard output that cannot be written outweighs what was told there.
fn worse(written: Exit, found: Exit) -> Exit {
    if written == Exit::Clean {
        found
    } else {
        written
    }
}

fn held(args: &PlanArgs, plan: &Plan, engine: &Engine, terminal: &Terminal) -> Exit {
    let events = match args.events.read(&plan.model, terminal) {
        Ok(events) => events,
        Err(exit) => return exit,
    };
    let inputs = Inputs::new(events.samples, args.until);
    let tells_why = args.format != Format::Json && !args.no_why && !args.summary;
    let running = Running::new(inputs.len());
    let at_once = if tells_why && inputs.len() <= FEW {
        Listening::ToAll
    } else {
        Listening::ToNobody
    };
    let (done, state) = inputs.run(engine, at_once.clone());
    let DryRun {
        mut records,
        counts,
        ..
    } = done;
    drop(running);
    let counts = Counts {
        skipped: events.skipped,
        ..counts
    };
    let mask = (args.mask_pii).then(|| Mask::new(&plan.model, inputs.payloads(), &records));
    if let Some(wanted) = &args.traveler
        && let Some(exit) = unknown_traveler(wanted, &records, mask.as_ref(), terminal)
    {
        return exit;
    }
    let shown = Selection::new(&records, part(args));
    if args.summary {
        let counts = part_of(args, counts, engine, &state, &records, &shown);
        return tell_counts(args, counts, terminal);
    }
    if tells_why && at_once == Listening::ToNobody {
        let listening = Listening::To(shown.numbers().clone());
        records = inputs.run(engine, listening).0.records;
    }
    drop(inputs);
    records.retain(|record| shown.shows(record));
    if let Some(mask) = &mask {
        records = records.into_iter().map(|it| mask.record(it)).collect();
    }
    let text = match args.format {
        Format::Human | Format::Markdown if records.is_empty() => nothing(args, counts),
        Format::Human | Format::Markdown => {
            let conditions = Conditions::new(&plan.model).masking(mask);
            let mut text = timeline::render(&records, &conditions, look(args, terminal));
            if shown.left_out > 0 {
                let _ = writeln!(
                    text,
                    "… and {}: `--travelers 0` shows all, `--traveler` one of them.",
                    count(shown.left_out, "more traveler")
                );
            }
            text
        }
        Format::Json => trace_json::lines(&records),
    };
    let exit = terminal.product(&fenced(args, text), exit_of(counts));
    say(&counts::human(counts, terminal.err));
    exit
}

/// What is asked for.
fn part(args: &PlanArgs) -> Part<'_> {
    let few = match args.format {
        Format::Human | Format::Markdown if !args.summary => MAX_TRAVELERS,
        _ => 0,
    };
    Part {
        traveler: args.traveler.as_deref(),
        journey: args.journey.as_deref(),
        limit: args.travelers.unwrap_or(few),
    }
}

/// The counts of what is asked for: of all, or of a part of what came of the input.
fn part_of(
    args: &PlanArgs,
    counts: Counts,
    engine: &Engine,
    state: &State,
    records: &[Record],
    shown: &Selection<'_>,
) -> Counts {
    let part = part(args);
    if part.traveler.is_none() && part.journey.is_none() && part.limit == 0 {
        return counts;
    }
    let pending = engine.waiting(state).filter(|(number, journey)| {
        shown.numbers().contains(number) && part.journey.is_none_or(|it| it == *journey)
    });
    let theirs = records.iter().filter(|record| shown.shows(record));
    counts.part(theirs, shown.travelers, pending.count())
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
