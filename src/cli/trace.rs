//! `cjoc trace`: what a runtime remembers of what happened to a traveler.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::Exit;
use super::http::{TOKEN_HELP, Url, part, token};
use super::terminal::Terminal;
use crate::render::told;

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
    let path = format!("/travelers/{}/timeline", part(&args.traveler));
    let (status, body) = match args.from.get(&path, token.as_deref()) {
        Ok(answer) => answer,
        Err(why) => {
            let help = "is `cjoc run` running there?";
            return terminal.unable(&format!("the runtime cannot be reached: {why}"), Some(help));
        }
    };
    if status != 200 {
        let problem: Value = serde_json::from_str(&body).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or("it does not say why");
        let help = match status {
            401 | 403 => Some("set `CJOC_TOKEN` to a token with the role `read`"),
            404 => Some("travelers are called by their key, or as `email:carla@example.org`"),
            503 => Some("try again in a moment"),
            _ => None,
        };
        return terminal.unable(&format!("the runtime answers {status}: {detail}"), help);
    }
    if args.format == Format::Json {
        return terminal.product(&body, Exit::Clean);
    }
    let lines: Result<Vec<Value>, _> = body.lines().map(serde_json::from_str).collect();
    match lines {
        Ok(lines) => terminal.product(&told::lines(&lines, terminal.out), Exit::Clean),
        Err(_) => terminal.unable("what answers there is no runtime of this version", None),
    }
}
