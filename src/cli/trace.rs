//! `cjoc trace`: what a runtime remembers of what happened to a traveler.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::Exit;
use super::http::{self, TOKEN_HELP, Url, token};
use super::terminal::Terminal;
use crate::render::{told, uri};

#[derive(Args, Debug)]
pub(super) struct TraceArgs {
    /// Where the runtime is: `http://HOST:PORT`. The token for it is read from `CJOC_TOKEN`
    #[arg(long, value_name = "URL", value_parser = Url::parse)]
    from: Url,
    /// The traveler: the value of its key, or `IDENTITY:VALUE`
    #[arg(long, value_name = "NAME")]
    traveler: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for everything that happened, under its time
    #[default]
    Human,
    /// The trace, one JSON object a line
    Json,
}

pub(super) fn run(args: &TraceArgs, terminal: &Terminal) -> Exit {
    let terminal = &terminal.for_programs(args.format == Format::Json);
    let token = match token() {
        Ok(token) => token,
        Err(why) => return terminal.unable(why, Some(TOKEN_HELP)),
    };
    let path = format!("/travelers/{}/timeline", uri::part(&args.traveler));
    let (status, body) = match args.from.get(&path, token.as_deref()) {
        Ok(answer) => answer,
        Err(why) => return http::unreached(&why, terminal),
    };
    if status != 200 {
        let help = match status {
            401 | 403 => Some("set `CJOC_TOKEN` to a token with the role `read`"),
            404 => Some("travelers are called by their key, or as `email:carla@example.org`"),
            _ => None,
        };
        return http::refused(status, &body, help, terminal);
    }
    if args.format == Format::Json {
        return terminal.product(&body, Exit::Clean);
    }
    let lines: Result<Vec<Value>, _> = body.lines().map(serde_json::from_str).collect();
    match lines {
        Ok(lines) => terminal.product(&told::lines(&lines, terminal.out), Exit::Clean),
        Err(_) => terminal.unable(http::STRANGER, None),
    }
}
