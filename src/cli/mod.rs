//! The command line: arguments go in, an exit code comes out. The only place that knows clap, the
//! standard streams and exit codes.
//!
//! Standard output holds the product, standard error progress and summaries. One file a command.

mod check;
mod eval;
mod exit;
mod explain;
mod mend;
mod output;
mod plan;
mod report;
mod repository;
mod schema;
mod step_summary;
mod terminal;
mod test;
mod workspace;
mod write;

use std::panic;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;
use terminal::{ColourChoice, Terminal, say};

/// Customer journeys as code: checked, proved and dry-run before the merge
#[derive(Debug, Parser)]
#[command(
    name = "cjoc",
    version,
    propagate_version = false,
    arg_required_else_help = true
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
    Check(check::CheckArgs),
    /// The execution plan: a summary, a file, or what it would do to sample events
    Plan(plan::PlanArgs),
    /// Run the scenarios, and tell what they reach
    Test(test::TestArgs),
    /// Try one expression, or evaluate many cases
    Eval(eval::EvalArgs),
    /// JSON Schemas, for editors
    Schema(schema::SchemaArgs),
    /// The long story of a diagnostic, with an example of wrong and right
    Explain(explain::ExplainArgs),
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
            Command::Eval(args) => eval::run(args, &terminal),
            Command::Schema(args) => schema::run(args, &terminal),
            Command::Explain(args) => explain::run(args, &terminal),
        }
    }
}

/// What to say, and where to report it, when cjoc itself is wrong.
fn internal_error(message: &str, place: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
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
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
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
