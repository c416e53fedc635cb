//! Diagnostics in the format that was asked for, also where a command cannot do its work: a program
//! that expects a document always gets one.

use std::io::{self, Write};

use clap::ValueEnum;

use super::Exit;
use super::terminal::Terminal;
use crate::compile::Summary;
use crate::render::{self, Look, Report, github, gitlab, human, json, junit, plain, sarif, short};
use crate::source::Sources;

/// How diagnostics are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// With the source lines, for people
    #[default]
    Human,
    /// In sentences, without drawings, for screen readers and email
    Plain,
    /// One line per diagnostic: `path:line:column: error[CODE name]: message`
    Short,
    /// One document, for programs
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Workflow commands of GitHub Actions: annotations, and a table in the summary of the step
    Github,
    /// A Code Quality report of GitLab
    Gitlab,
    /// A `JUnit` report: a case a file
    Junit,
}

impl Format {
    /// Writes the report; `look` is of the terminal, if it goes to one.
    pub(super) fn write(
        self,
        report: &Report<'_>,
        look: Option<Look>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let text = match self {
            Self::Json => return json::write(report, out),
            Self::Sarif => return sarif::write(report, out),
            Self::Gitlab => return gitlab::write(report, out),
            Self::Github => github::commands(report),
            Self::Junit => junit::diagnostics(report),
            Self::Human | Self::Plain | Self::Short if report.unable.is_some() => {
                unable(report, look)
            }
            Self::Human => {
                let look = look.unwrap_or(Look::plain());
                human::diagnostics(report.sources, report.diagnostics, look)
            }
            Self::Plain => plain::diagnostics(report),
            Self::Short => short::diagnostics(report.sources, report.diagnostics),
        };
        out.write_all(text.as_bytes())
    }
}

/// People have read on standard error why there is nothing; a file says so itself.
fn unable(report: &Report<'_>, look: Option<Look>) -> String {
    match (report.unable, look) {
        (Some(unable), None) => format!("error: {}\n", unable.message),
        _ => String::new(),
    }
}

/// Why a command cannot do its work, and what to do.
#[derive(Debug)]
pub(super) struct Unable {
    pub message: String,
    pub help: Option<String>,
}

impl Unable {
    /// Says so to people, and by `tell` to programs.
    pub(super) fn tell(
        &self,
        terminal: &Terminal,
        tell: impl FnOnce(&Report<'_>, Exit) -> Exit,
    ) -> Exit {
        terminal.complain(&self.message, self.help.as_deref());
        let sources = Sources::default();
        let report = Report {
            unable: Some(render::Unable {
                message: &self.message,
                help: self.help.as_deref(),
            }),
            ..Report::new(&sources, &[], Summary::default())
        };
        tell(&report, Exit::Unable)
    }
}

/// The document of `--format json` on standard output, where that was asked for.
pub(super) fn json_if(
    is_asked_for: bool,
    report: &Report<'_>,
    exit: Exit,
    terminal: &Terminal,
) -> Exit {
    if is_asked_for {
        terminal.stream(exit, |out| json::write(report, out))
    } else {
        exit
    }
}
