//! `cjoc why-not`: why something did not happen to a traveler of sample events, moment by moment.

use clap::{ArgGroup, Args};
use jiff::Timestamp;

use super::Exit;
use super::events::EventArgs;
use super::format::Format;
use super::plan::{cannot_run, time, unknown_traveler};
use super::report::json_if;
use super::terminal::Terminal;
use super::workspace::WorkspaceArgs;
use crate::dryrun::why::{self, Question};
use crate::dryrun::{self, DryRun, Inputs, Mask};
use crate::engine::{Engine, Listening};
use crate::render::{Report, why_not};

#[derive(Args, Debug)]
#[command(
    group(ArgGroup::new("question").required(true)),
    mut_arg("files", |files| files.required(true).help("The sample events, as `cjoc plan` takes them"))
)]
pub(super) struct WhyNotArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[command(flatten)]
    events: EventArgs,
    /// Whose story: the traveler's key, or `IDENTITY:VALUE`
    #[arg(long)]
    traveler: String,
    /// Why was this milestone not reached: `NAME` or `JOURNEY.NAME`
    #[arg(long, group = "question")]
    milestone: Option<String>,
    /// Why did this rule not fire: `NAME` or `JOURNEY.NAME`
    #[arg(long, group = "question")]
    rule: Option<String>,
    /// Why did this not go out: `TEMPLATE` or `CONNECTION.ACTION`
    #[arg(long, group = "question")]
    action: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Run timers on to this time rather than to that of the last event
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Mask personal data: values marked `pii`, wherever they appear
    #[arg(long)]
    mask_pii: bool,
}

pub(super) fn run(args: &WhyNotArgs, terminal: &Terminal) -> Exit {
    let json = args.format == Format::Json;
    let terminal = &terminal.for_programs(json);
    let tell = |report: &Report<'_>, exit| json_if(json, report, exit, terminal);
    let model = match args.workspace.model(terminal, tell) {
        Ok((_, model)) => model,
        Err(exit) => return exit,
    };
    let inputs = match args.events.read(&model, terminal) {
        Ok(events) => Inputs::new(events.samples, args.until),
        Err(exit) => return exit,
    };
    let engine = match Engine::new(&model) {
        Ok(engine) => engine,
        Err(errors) => return cannot_run(&errors, terminal),
    };
    // Who that is shows in a first run; of them alone the second tells why.
    let (first, _) = inputs.run(&engine, Listening::ToNobody);
    let mask = (args.mask_pii).then(|| Mask::new(&model, inputs.payloads(), &first.records));
    if let Some(exit) = unknown_traveler(&args.traveler, &first.records, mask.as_ref(), terminal) {
        return exit;
    }
    let traveler =
        (mask.as_ref()).map_or_else(|| args.traveler.clone(), |it| it.text(&args.traveler));
    let numbers = dryrun::numbers_of(&first.records, &args.traveler);
    let listening = Listening::To(numbers.clone());
    let DryRun { records, end, .. } = inputs.run(&engine, listening).0;
    let theirs = (records.iter())
        .filter(|record| record.number.is_none_or(|number| numbers.contains(&number)))
        .collect();
    let question = args.question();
    match why::why_not(&model, &question, theirs, end, mask.as_ref()) {
        Ok(answer) => {
            let text = match args.format {
                Format::Human => why_not::human(&traveler, &question, &answer, terminal.out),
                Format::Json => why_not::json(&traveler, &question, &answer),
            };
            terminal.product(&text, Exit::Clean)
        }
        Err((message, help)) => terminal.unable(&message, help.as_deref()),
    }
}

impl WhyNotArgs {
    fn question(&self) -> Question {
        match (&self.milestone, &self.rule, &self.action) {
            (Some(name), _, _) => Question::Milestone(name.clone()),
            (_, Some(name), _) => Question::Rule(name.clone()),
            (_, _, action) => Question::Action(action.clone().unwrap_or_default()),
        }
    }
}
