//! `cjoc sink`: what stands in for systems while somebody tries connectors, and shows what came.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use super::Exit;
use super::report::json_if;
use super::run::address;
use super::terminal::{Terminal, say};
use super::workspace::WorkspaceArgs;
use crate::render::{Ink, Look, Report, clean};
use crate::runtime::deliver::Answers;
use crate::runtime::standin::{Asked, Came, Letter, StandIn, stand_in};

#[derive(Args, Debug)]
pub(super) struct SinkArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    /// Where mail is taken, by SMTP; on this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2525", value_parser = local)]
    mail: SocketAddr,
    /// Where requests are taken, by HTTP; on this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8788", value_parser = local)]
    web: SocketAddr,
    /// The status of every answer: `503` to see attempts repeated, `400` for dead letters
    #[arg(long, value_name = "STATUS", default_value_t = 200,
          value_parser = clap::value_parser!(u16).range(200..600))]
    answer: u16,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A paragraph for each mail and request
    #[default]
    Human,
    /// A JSON object a line
    Json,
}

fn local(text: &str) -> Result<SocketAddr, &'static str> {
    let address = address(text)?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("it takes whatever comes, so it listens on this machine only: `127.0.0.1:PORT`")
    }
}

pub(super) fn run(args: &SinkArgs, terminal: &Terminal) -> Exit {
    let tell = |report: &Report<'_>, exit| json_if(false, report, exit, terminal);
    let plan = match args.workspace.plan(&[], terminal, tell) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let as_told = StandIn {
        mail: args.mail,
        web: args.web,
        status: args.answer,
    };
    let ready = |mail: SocketAddr, web: SocketAddr| {
        let status = match args.answer {
            200..300 => String::new(),
            status => format!(", answers {status}"),
        };
        say(&format!(
            "takes mail at {mail} and requests at http://{web}{status}; nothing is sent on\n"
        ));
    };
    let (format, look) = (args.format, terminal.out);
    let show = move |came: &Came| {
        let text = match format {
            Format::Human => human(came, look),
            Format::Json => serde_json::to_string(came).unwrap_or_default() + "\n",
        };
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .is_ok()
    };
    match stand_in(&as_told, Answers::of(&plan.model.actions), ready, show) {
        Ok(()) => Exit::Clean,
        Err(message) => terminal.unable(&message, Some("`--mail` and `--web` name other ports")),
    }
}

/// A line that says what came, and below it what it says.
fn human(came: &Came, look: Look) -> String {
    let mut out = String::new();
    match came {
        Came::Mail(Letter {
            to, subject, text, ..
        }) => {
            let line = format!("mail to {}: {}", to.join(", "), subject);
            let _ = write!(out, "{}", look.paint(Ink::Message, &clean(&line)));
            out.push_str(&refused(came, look));
            for line in text.lines() {
                let _ = write!(out, "\n    {}", clean(line));
            }
        }
        Came::Request(Asked {
            method, path, body, ..
        }) => {
            let line = format!("{method} {path}");
            let _ = write!(out, "{}", look.paint(Ink::Message, &clean(&line)));
            out.push_str(&refused(came, look));
            match body {
                serde_json::Value::Null => {}
                serde_json::Value::String(text) => {
                    let _ = write!(out, "\n    {}", clean(text));
                }
                json => {
                    let _ = write!(out, "\n    {}", clean(&json.to_string()));
                }
            }
        }
    }
    out.push_str("\n\n");
    out
}

/// That it was not taken, where that was wanted.
fn refused(came: &Came, look: Look) -> String {
    let told = match came {
        Came::Mail(letter) if !letter.taken => "refused".to_owned(),
        Came::Request(asked) if !(200..300).contains(&asked.status) => {
            format!("answered {}", asked.status)
        }
        _ => return String::new(),
    };
    format!("  {}", look.paint(Ink::Warning, &told))
}
