//! The two output streams: who may have colours, how wide they are, and what becomes of errors.

use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};

use clap::ValueEnum;

use super::Exit;
use crate::compile::Summary;
use crate::render::{Ink, Look, Report, Unable, clean, json};
use crate::source::Sources;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ColourChoice {
    /// On a terminal, unless `NO_COLOR` is set; elsewhere if `CLICOLOR_FORCE` is
    #[default]
    Auto,
    Always,
    Never,
}

/// Standard output for the product, standard error for everything else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    pub out: Look,
    pub err: Look,
    /// Whether standard output is to hold JSON whatever happens.
    json: bool,
    /// The lines of standard output, where it is a terminal.
    pub height: Option<usize>,
    choice: ColourChoice,
}

impl Terminal {
    pub(super) fn new(choice: ColourChoice) -> Self {
        let env = Environment {
            no_colour: is_set("NO_COLOR"),
            force: is_set("CLICOLOR_FORCE") && env::var_os("CLICOLOR_FORCE") != Some("0".into()),
            dumb: env::var_os("TERM") == Some("dumb".into()),
        };
        let out = io::stdout();
        let err = io::stderr();
        // Whoever exports `COLUMNS` means it; a shell keeps its own to itself.
        let wanted = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let out_size = terminal_size::terminal_size_of(&out);
        let columns = |size: Option<(terminal_size::Width, terminal_size::Height)>| {
            let own = size.map(|(width, _)| usize::from(width.0));
            wanted.or(own).unwrap_or(Look::plain().width)
        };
        Self {
            out: Look {
                colour: env.colour(choice, out.is_terminal()),
                width: columns(out_size),
            },
            err: Look {
                colour: env.colour(choice, err.is_terminal()),
                width: columns(terminal_size::terminal_size_of(&err)),
            },
            json: false,
            height: out_size.map(|(_, height)| usize::from(height.0)),
            choice,
        }
    }

    /// The same, measured anew: windows change their size.
    pub(super) fn again(&self) -> Self {
        Self::new(self.choice)
    }

    /// Writes the product and ends with `exit`. A reader that has gone away has seen enough.
    pub(super) fn product(&self, text: &str, exit: Exit) -> Exit {
        self.stream(exit, |out| out.write_all(text.as_bytes()))
    }

    /// Lets `write` write the product piece by piece, and ends with `exit`.
    pub(super) fn stream(
        &self,
        exit: Exit,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Exit {
        let mut out = BufWriter::new(io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Ok(()) => exit,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                // What is left of it has no reader either.
                let _ = out.into_parts();
                exit
            }
            Err(error) => {
                self.complain(&format!("standard output cannot be written: {error}"), None);
                Exit::Unable
            }
        }
    }

    /// The same terminal, on which a command that cannot do its work says so in a JSON document
    /// as well, where that is what standard output is to hold.
    pub(super) const fn for_programs(self, json: bool) -> Self {
        Self { json, ..self }
    }

    /// Says why the command cannot do its work, and what to do.
    pub(super) fn unable(&self, message: &str, help: Option<&str>) -> Exit {
        self.complain(message, help);
        if !self.json {
            return Exit::Unable;
        }
        let sources = Sources::default();
        let report = Report {
            unable: Some(Unable { message, help }),
            ..Report::new(&sources, &[], Summary::default())
        };
        self.stream(Exit::Unable, |out| json::write(&report, out))
    }

    /// Says so to people only. Names of files and arguments may be in it, whatever they are.
    pub(super) fn complain(&self, message: &str, help: Option<&str>) {
        let (message, help) = (clean(message), help.map(clean));
        say(&format!(
            "{} {message}\n",
            self.err.paint(Ink::Error, "error:")
        ));
        if let Some(help) = help {
            say(&format!(
                "  {} {help}\n",
                self.err.paint(Ink::Help, "help:")
            ));
        }
    }
}

/// Writes progress, summaries and what else is no product to standard error. Nobody may be
/// listening.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// What the environment says about colours.
#[derive(Clone, Copy, Debug, Default)]
struct Environment {
    no_colour: bool,
    force: bool,
    dumb: bool,
}

impl Environment {
    /// Arguments win over the environment, `NO_COLOR` over `CLICOLOR_FORCE`.
    fn colour(self, choice: ColourChoice, is_terminal: bool) -> bool {
        match choice {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto if self.no_colour => false,
            ColourChoice::Auto if self.force => true,
            ColourChoice::Auto => is_terminal && !self.dumb,
        }
    }
}

/// Set, and not to nothing.
fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_arguments_then_the_environment_then_the_terminal() {
        let env = |no_colour, force, dumb| Environment {
            no_colour,
            force,
            dumb,
        };
        let table = [
            (ColourChoice::Auto, env(false, false, false), true, true),
            (ColourChoice::Auto, env(false, false, false), false, false),
            (ColourChoice::Auto, env(false, false, true), true, false),
            (ColourChoice::Auto, env(false, true, false), false, true),
            (ColourChoice::Auto, env(true, true, false), true, false),
            (ColourChoice::Always, env(true, false, true), false, true),
            (ColourChoice::Never, env(false, true, false), true, false),
        ];
        for (choice, env, is_terminal, colour) in table {
            assert_eq!(
                env.colour(choice, is_terminal),
                colour,
                "{choice:?} {env:?}"
            );
        }
    }
}
