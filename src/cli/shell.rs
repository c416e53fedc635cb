//! `cjoc completions` and `cjoc man`: what shells and manuals know of the command line, made from
//! the one declaration of its arguments.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::Exit;
use super::terminal::{Terminal, say};
use super::write;

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell that the script is for
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// Write one page per command into this folder, which must exist
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn completions(
    args: &CompletionsArgs,
    mut command: clap::Command,
    terminal: &Terminal,
) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "cjoc", &mut script);
    terminal.product(&String::from_utf8_lossy(&script), Exit::Clean)
}

pub(super) fn man(args: &ManArgs, mut command: clap::Command, terminal: &Terminal) -> Exit {
    // Names of commands are filled in when it is built.
    command = command.disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.out else {
        return match page(&command) {
            Ok(page) => terminal.product(&String::from_utf8_lossy(&page), Exit::Clean),
            Err(error) => terminal.unable(&format!("the page cannot be made: {error}"), None),
        };
    };
    for one in std::iter::once(&command).chain(command.get_subcommands()) {
        let name = one.get_display_name().unwrap_or_else(|| one.get_name());
        let path = folder.join(format!("{name}.1"));
        let written = page(one).and_then(|page| write::whole(&path, &page));
        if let Err(error) = written {
            let message = format!("`{}` cannot be written: {error}", path.display());
            return terminal.unable(&message, Some("name a folder that is there"));
        }
    }
    say(&format!("wrote the pages to {}\n", folder.display()));
    Exit::Clean
}

/// The page of one command. Its examples and exit codes stand as they are, lines are not filled.
fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let man = clap_mangen::Man::new(command.clone());
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    let end = command.get_after_help().map(ToString::to_string);
    for line in end.unwrap_or_default().lines() {
        match line {
            "Examples:" => writeln!(out, ".SH EXAMPLES\n.nf")?,
            "Exit codes:" => writeln!(out, ".fi\n.SH \"EXIT STATUS\"\n.nf")?,
            line => {
                let line = line.strip_prefix("  ").unwrap_or(line);
                writeln!(out, "\\&{}", line.replace('\\', "\\e").replace('-', "\\-"))?;
            }
        }
    }
    writeln!(out, ".fi")?;
    Ok(out)
}
