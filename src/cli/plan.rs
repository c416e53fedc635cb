//! `cjoc plan`: the execution plan, as a summary or a file, and what it would do to sample events.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::events::EventArgs;
use super::report::json_if;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use super::write;
use super::{Exit, dry_run};
use crate::cel::parse_timestamp;
use crate::diagnostic::{did_you_mean, nearest};
use crate::dryrun::Mask;
use crate::engine::{LinkError, Record};
use crate::plan::{MAX_BYTES, PlanError};
use crate::render::{Report, plan_markdown, plan_summary};

#[derive(Args, Debug)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Write the plan as JSON to this file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    pub events: EventArgs,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Run timers on to this time, as `2026-03-31T00:00:00Z`, rather than to that of the last event
    #[arg(long, value_name = "TIME", requires = "files", value_parser = time)]
    pub until: Option<Timestamp>,
    /// Print only counts of what happens
    #[arg(long, requires = "files")]
    pub summary: bool,
    /// Only what concerns this traveler: its key, or `IDENTITY:VALUE`
    #[arg(long, requires = "files")]
    pub traveler: Option<String>,
    /// Only what happens in this journey
    #[arg(long, requires = "files")]
    pub journey: Option<String>,
    /// Only the first N travelers; 0 is all [default: 100 for people, else all]
    #[arg(long, requires = "files", value_name = "N")]
    pub travelers: Option<usize>,
    /// Leave out why: the conditions that were looked at, with the values of their parts
    #[arg(long, requires = "files")]
    pub no_why: bool,
    /// Mask personal data: values marked `pii`, wherever they appear
    #[arg(long, requires = "files")]
    pub mask_pii: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
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
    let plan = match args.workspace.plan(&args.events.files, terminal, tell) {
        Ok(plan) => plan,
        Err(exit) => return exit,
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
        Some(_) if args.format == Format::Markdown => {
            return terminal.unable(
                "`--out` writes the plan as JSON, and a page cannot go to standard output beside it",
                Some("leave out `--out -`, or name a file after `--out`"),
            );
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
        return dry_run::run(args, &plan, terminal);
    }
    let text = match args.format {
        Format::Human => plan_summary::render(&plan, terminal.out),
        Format::Json => plan.to_json(),
        Format::Markdown => plan_markdown::render(&plan),
    };
    terminal.product(&text, Exit::Clean)
}

/// A checked model that does not link is a defect of cjoc; it is told in full.
pub(super) fn cannot_run(errors: &[LinkError], terminal: &Terminal) -> Exit {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    terminal.unable(&format!("the plan cannot run: {}", errors.join("; ")), None);
    Exit::Internal
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
