//! The command line: arguments go in, an exit code comes out. The only place that knows clap, the
//! standard streams and exit codes.
//!
//! Standard output holds the product, standard error progress and summaries. One file a command.

mod check;
mod deploy;
mod doctor;
mod dry_run;
mod eval;
mod events;
mod exit;
mod explain;
mod format;
mod help;
mod http;
mod init;
#[cfg(feature = "runtime")]
mod log;
mod mend;
mod output;
mod plan;
mod plan_file;
mod report;
mod repository;
#[cfg(feature = "runtime")]
mod run;
mod schema;
mod shell;
#[cfg(feature = "runtime")]
mod sink;
mod step_summary;
mod terminal;
mod test;
mod trace;
mod version;
mod watch;
mod why_not;
mod workspace;
mod write;

use std::panic;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

pub use exit::Exit;
use terminal::{ColourChoice, Terminal, say};

/// Customer journeys as code: checked, proved and dry-run before the merge
#[derive(Debug, Parser)]
#[command(
    name = "cjoc",
    version,
    propagate_version = false,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = help::CJOC
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    color: ColourChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compile a workspace and report all diagnostics
    #[command(after_help = help::CHECK)]
    Check(check::CheckArgs),
    /// Show the execution plan, save it, or dry-run it on sample events
    #[command(after_help = help::PLAN)]
    Plan(plan::PlanArgs),
    /// Run the scenarios and report what they cover
    #[command(after_help = help::TEST)]
    Test(test::TestArgs),
    /// Explain why something did not happen to a traveler, moment by moment
    #[command(
        after_help = help::WHY_NOT,
        override_usage = "cjoc why-not [PATH] --events FILE… --traveler T --milestone M\n       \
                          (or --rule R, --action A) [OPTIONS]"
    )]
    WhyNot(why_not::WhyNotArgs),
    /// Run a plan on this machine: events in over HTTP, actions out
    #[cfg(feature = "runtime")]
    #[command(after_help = help::RUN)]
    Run(run::RunArgs),
    /// Run a stand-in mail and web server that shows what would be sent
    #[cfg(feature = "runtime")]
    #[command(after_help = help::SINK)]
    Sink(sink::SinkArgs),
    /// Replace a running plan, and report what happens to its sessions
    #[command(after_help = help::DEPLOY)]
    Deploy(deploy::DeployArgs),
    /// Show what recently happened to a traveler, as a runtime recorded it
    #[command(after_help = help::TRACE)]
    Trace(trace::TraceArgs),
    /// Evaluate one expression, or many cases
    #[command(after_help = help::EVAL)]
    Eval(eval::EvalArgs),
    /// Print JSON Schemas, for editors
    #[command(after_help = help::SCHEMA)]
    Schema(schema::SchemaArgs),
    /// Explain a diagnostic, with a wrong and a right example
    #[command(after_help = help::EXPLAIN)]
    Explain(explain::ExplainArgs),
    /// Create a small workspace that checks clean, with a passing test
    #[command(after_help = help::INIT)]
    Init(init::InitArgs),
    /// Show what a check sees, what it skips and why, what it costs, and any problems
    #[command(after_help = help::DOCTOR)]
    Doctor(doctor::DoctorArgs),
    /// Print a shell completion script for commands, flags and diagnostic names
    #[command(after_help = help::COMPLETIONS)]
    Completions(shell::CompletionsArgs),
    /// Print manual pages
    #[command(after_help = help::MAN)]
    Man(shell::ManArgs),
    /// Show version details: edition, time zones, system
    #[command(after_help = help::VERSION)]
    Version(version::VersionArgs),
}

/// Runs the command of this process's arguments.
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let place = info.location().map(ToString::to_string);
        say(&internal_error(
            message.unwrap_or("no message"),
            place.as_deref().unwrap_or("an unknown place"),
        ));
    }));
    panic::catch_unwind(run).unwrap_or(Exit::Internal).into()
}

fn run() -> Exit {
    match Arguments::try_parse() {
        Ok(arguments) => arguments.run(),
        Err(error) => {
            // Help and version are what was asked for; a reader that has gone away is no error.
            let _ = error.print();
            if error.use_stderr() {
                Exit::Unable
            } else {
                Exit::Clean
            }
        }
    }
}

impl Arguments {
    fn run(&self) -> Exit {
        let terminal = Terminal::new(self.color);
        match &self.command {
            Command::Check(args) => check::run(args, &terminal),
            Command::Plan(args) => plan::run(args, &terminal),
            Command::Test(args) => test::run(args, &terminal),
            Command::WhyNot(args) => why_not::run(args, &terminal),
            #[cfg(feature = "runtime")]
            Command::Run(args) => run::run(args, &terminal),
            #[cfg(feature = "runtime")]
            Command::Sink(args) => sink::run(args, &terminal),
            Command::Deploy(args) => deploy::run(args, &terminal),
            Command::Trace(args) => trace::run(args, &terminal),
            Command::Eval(args) => eval::run(args, &terminal),
            Command::Schema(args) => schema::run(args, &terminal),
            Command::Explain(args) => explain::run(args, &terminal),
            Command::Init(args) => init::run(args, &terminal),
            Command::Doctor(args) => doctor::run(args, &terminal),
            Command::Completions(args) => shell::completions(args, Self::command(), &terminal),
            Command::Man(args) => shell::man(args, Self::command(), &terminal),
            Command::Version(args) => version::run(args, &terminal),
        }
    }
}

/// What to say, and where to report it, when cjoc itself is wrong.
fn internal_error(message: &str, place: &str) -> String {
    let version = version::VERSION;
    let tracker = match env!("CARGO_PKG_REPOSITORY") {
        "" => "the issue tracker of cjoc".to_owned(),
        repository => format!("{repository}/issues"),
    };
    format!(
        "internal error: {message}\n  at {place} in cjoc {version}\n  \
         This is a defect of cjoc, not of your workspace. Please report it, with this message and \
         the\n  files that lead to it, in {tracker}.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    /// Every command ends its help with examples, which are right, and says what exit codes mean;
    /// nothing is wider than a small terminal.
    #[test]
    fn help_has_examples_that_parse_and_names_the_exit_codes() {
        let mut command = Arguments::command().term_width(80);
        command.build();
        let mut helps = vec![command.clone().render_help().to_string()];
        for one in command.get_subcommands_mut() {
            if one.get_name() != "help" {
                helps.push(one.render_help().to_string());
                helps.push(one.render_long_help().to_string());
            }
        }
        for text in helps {
            let (_, examples) = text.split_once("Examples:\n").unwrap_or_else(|| {
                panic!("no examples: {text}");
            });
            let (examples, codes) = examples.split_once("\n\nExit codes:\n").unwrap_or_else(|| {
                panic!("no exit codes: {text}");
            });
            assert!(codes.starts_with("  0 "), "{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
            for example in examples.lines().filter_map(|it| it.strip_prefix("  cjoc ")) {
                let example = example.split("  ").next().unwrap_or(example);
                let example = example.split(" > ").next().unwrap_or(example);
                let words = words(example);
                let words = std::iter::once("cjoc").chain(words.iter().map(String::as_str));
                if let Err(error) = Arguments::try_parse_from(words) {
                    assert!(!error.use_stderr(), "cjoc {example}: {error}");
                }
            }
        }
    }

    /// As a shell splits them: at blanks outside single quotes.
    fn words(line: &str) -> Vec<String> {
        line.split('\'')
            .enumerate()
            .flat_map(|(index, part)| match index % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            })
            .collect()
    }

    #[test]
    fn an_internal_error_says_what_where_and_whom_to_tell() {
        let text = internal_error("index out of bounds", "src/plan/mod.rs:3:4");
        for part in [
            "index out of bounds",
            "src/plan/mod.rs:3:4",
            "report it",
            "tracker",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
