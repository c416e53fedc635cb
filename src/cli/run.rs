//! `cjoc run`: runs a plan on this machine: events in over HTTP, actions out.

use std::env;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tracing::{error, info};

use super::Exit;
use super::log::LogArgs;
use super::report::json_if;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use crate::model::{Model, Status};
use crate::plan::Plan;
use crate::render::{Report, deployment};
use crate::runtime::clock::{Clock as _, WallClock};
use crate::runtime::core::{Core, Hears, Settings, Time};
use crate::runtime::deliver::{Connectors, Problem, Secrets};
use crate::runtime::deploy::log;
use crate::runtime::door::Tokens;
use crate::runtime::posted::Policy;
use crate::runtime::{Connect, Deliver, LogDeliverer, Serving, Ways, serve};

/// Where tokens are, unless a file is named.
const TOKENS: &str = "CJOC_TOKENS";

#[derive(Args, Debug)]
pub(super) struct RunArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Where all state is stored; created if missing
    #[arg(long, value_name = "DIR", default_value = "cjoc-data")]
    data: PathBuf,
    /// Where to listen; beyond this machine only with tokens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787", value_parser = address)]
    listen: SocketAddr,
    /// Log actions instead of carrying them out: `log` to standard output, `log:FILE` to a file
    #[arg(long, value_name = "HOW", conflicts_with_all = ["environment", "secrets"])]
    deliver: Option<String>,
    /// Where it runs: one of the manifest's `environments`
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Values for `${env.NAME}`: lines `NAME=value`, before those of the process's environment
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// Who may do what: lines `ROLE:TOKEN`, roles are send, read and deploy [env: `CJOC_TOKENS`]
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Whose time it is
    #[arg(long, value_enum, default_value_t)]
    time: TimeOf,
    /// How many travelers are held in memory
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    cache: usize,
    /// How long the journal may grow, in MiB, before what is in it goes into tables
    #[arg(long, value_name = "MIB", default_value_t = 32, value_parser = clap::value_parser!(u16).range(..1024))]
    journal: u16,
    /// How many inputs of each traveler are remembered for its timeline; 0 for none
    #[arg(long, value_name = "N", default_value_t = 50)]
    timeline: u32,
    /// Show personal data to those who may read
    #[arg(long)]
    show_pii: bool,
    #[command(flatten)]
    log: LogArgs,
}

/// An address and a port.
pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "write it as `127.0.0.1:8787`, an address and a port")
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum TimeOf {
    /// This machine's
    #[default]
    Clock,
    /// That of the latest event: to try events of another time
    Events,
}

pub(super) fn run(args: &RunArgs, terminal: &Terminal) -> Exit {
    args.log.begin();
    let tell = |report: &Report<'_>, exit| json_if(false, report, exit, terminal);
    let plan = match args.workspace.plan(&[], terminal, tell) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    match started(args, plan, terminal) {
        Ok(exit) => exit,
        Err((message, help)) => args.unable(&message, help.as_deref(), terminal),
    }
}

impl RunArgs {
    /// Says that it cannot run, or not go on: to programs as a line of the log.
    fn unable(&self, message: &str, help: Option<&str>, terminal: &Terminal) -> Exit {
        if self.log.is_json() {
            error!(help, "{message}");
            return Exit::Unable;
        }
        terminal.unable(message, help)
    }
}

type Unable = (String, Option<String>);

fn started(args: &RunArgs, plan: Plan, terminal: &Terminal) -> Result<Exit, Unable> {
    let hypothetical = |it: &&crate::model::Journey| it.status == Status::Hypothetical;
    if let Some(journey) = plan.model.journeys.iter().find(hypothetical) {
        let message = format!(
            "journey `{}` is hypothetical, so it cannot run",
            journey.name
        );
        let help = "give it `status: shadow`, or leave it out";
        return Err((message, Some(help.to_owned())));
    }
    let tokens = tokens(args)?;
    if tokens.is_empty() && !args.listen.ip().is_loopback() {
        let message = format!(
            "`{}` can be reached by others, and there are no tokens",
            args.listen
        );
        let help = "set CJOC_TOKENS to `send:TOKEN,read:TOKEN`, or name a file after `--tokens`";
        return Err((message, Some(help.to_owned())));
    }
    // Before anything is opened or made for it.
    if let Err(error) = TcpListener::bind(args.listen) {
        let message = format!("`{}` cannot be listened on: {error}", args.listen);
        return Err((message, Some("`--listen` names another address".to_owned())));
    }
    let ways = Ways::new(connect(args)?, &plan.model)
        .map_err(|message| (message, Some(other_ways(args, &plan.model))))?;
    let settings = Settings {
        time: match args.time {
            TimeOf::Clock => Time::Clock,
            TimeOf::Events => Time::Events,
        },
        cache: args.cache,
        journal: usize::from(args.journal) << 20,
        timeline: args.timeline,
        policy: policy(args),
        ..Settings::default()
    };
    let core = Core::open_plan(&plan, &args.data, settings, WallClock.now());
    let (mut core, answer) = core.map_err(|error| {
        let message = format!("`{}` cannot be used: {error}", args.data.display());
        (
            message,
            Some("`--data` with another folder begins anew".to_owned()),
        )
    })?;
    core.heard_by(Hears {
        notice: Some(Box::new(|notice| tracing::warn!("{notice}"))),
        record: None,
    });
    match answer {
        Some(answer) if args.log.is_json() => log(&answer),
        Some(answer) => say(&deployment::answer(&answer, false, terminal.err)),
        None => {}
    }
    let Some(runs) = core.running().cloned() else {
        return Err(("no plan runs".to_owned(), None));
    };
    let serving = Serving {
        runs,
        core,
        clock: Arc::new(WallClock),
        ways,
        listen: args.listen,
        tokens,
        shows_pii: args.show_pii,
    };
    let (hash, data) = (plan.hash, args.data.display());
    let ready = |address| {
        if args.log.is_json() {
            let environment = args.environment.as_deref();
            info!(plan = hash, %address, %data, environment, "it runs");
        } else {
            say(&format!(
                "plan {hash} runs at http://{address}, kept in {data}\n"
            ));
        }
    };
    match serve(serving, ready) {
        Ok(()) => {
            if args.log.is_json() {
                info!("it has stopped; everything is kept");
            } else {
                say("stopped; everything is kept\n");
            }
            Ok(Exit::Clean)
        }
        Err(message) => Ok(args.unable(&message, None, terminal)),
    }
}

fn tokens(args: &RunArgs) -> Result<Tokens, Unable> {
    let (text, place) = match &args.tokens {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| {
                (
                    format!("`{}` cannot be read: {error}", path.display()),
                    None,
                )
            })?;
            (text, path.display().to_string())
        }
        None => (env::var(TOKENS).unwrap_or_default(), TOKENS.to_owned()),
    };
    Tokens::read(&text).map_err(|error| (format!("{place}: {error}"), None))
}

/// How the actions of a plan are carried out.
fn connect(args: &RunArgs) -> Result<Box<Connect>, Unable> {
    let Some(how) = args.deliver.as_deref() else {
        let (environment, secrets) = (args.environment.clone(), args.secrets.clone());
        return Ok(Box::new(move |model| {
            connectors(model, environment.as_deref(), secrets.as_deref())
        }));
    };
    let log: Arc<dyn Deliver> = match how.split_once(':') {
        None if how == "log" => Arc::new(LogDeliverer::stdout()),
        Some(("log", path)) if !path.is_empty() => {
            let log = LogDeliverer::file(path.as_ref());
            Arc::new(log.map_err(|error| (format!("`{path}` cannot be written: {error}"), None))?)
        }
        _ => {
            let message = format!("`{how}` is no way to carry out actions");
            return Err((message, Some("write `log` or `log:FILE`".to_owned())));
        }
    };
    Ok(Box::new(move |_| Ok(log.clone())))
}

/// What else there is to run it with.
fn other_ways(args: &RunArgs, model: &Model) -> String {
    let log = "`--deliver log` only writes actions down";
    let names = model.environments.iter().map(|it| format!("`{}`", it.name));
    let names: Vec<String> = names.collect();
    match &args.environment {
        None if !names.is_empty() => format!(
            "the manifest has settings for {}: choose with `--environment`; {log}",
            names.join(", ")
        ),
        _ => format!("`--environment` chooses other settings, {log}"),
    }
}

/// The ways out of all connections, or all that is missing for them.
fn connectors(
    model: &Model,
    environment: Option<&str>,
    secrets_file: Option<&Path>,
) -> Result<Arc<dyn Deliver>, String> {
    let mut secrets = Secrets::of_process();
    if let Some(path) = secrets_file {
        (secrets.add_file(path)).map_err(|error| error.to_string())?;
    }
    let connectors = Connectors::new(model, environment, &secrets).map_err(|problems| {
        format!(
            "the plan's actions cannot be carried out here: {}",
            Problem::list(&problems)
        )
    })?;
    Ok(Arc::new(connectors))
}

/// Each connection has its own number of attempts.
fn policy(args: &RunArgs) -> Policy {
    match args.deliver {
        Some(_) => Policy::default(),
        None => Policy {
            attempts: u32::MAX,
            ..Policy::default()
        },
    }
}
