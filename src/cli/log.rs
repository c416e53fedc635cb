//! What a running `cjoc` tells of itself: lines on standard error, for people or for programs.
//!
//! Only this program's own words are let through: crates below it may have secrets in theirs.

use std::fmt;
use std::io;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt as lines};

#[derive(Args, Clone, Copy, Debug)]
pub(super) struct LogArgs {
    /// How much is told of what goes on, on standard error
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    log: Level,
    /// How it is told
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Level {
    Off,
    /// It cannot go on
    Error,
    /// Connections that fail, dead letters, deployments that are refused
    Warn,
    /// Starts, stops, deployments, connections that work again
    #[default]
    Info,
    /// Every request and every attempt at an action
    Debug,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// A line with the time, the level and what happened
    #[default]
    Human,
    /// A JSON object a line
    Json,
}

impl LogArgs {
    /// Whether programs read it.
    pub(super) fn is_json(self) -> bool {
        self.log_format == LogFormat::Json
    }

    /// From here on it is told.
    pub(super) fn begin(self) {
        let level = match self.log {
            Level::Off => LevelFilter::OFF,
            Level::Error => LevelFilter::ERROR,
            Level::Warn => LevelFilter::WARN,
            Level::Info => LevelFilter::INFO,
            Level::Debug => LevelFilter::DEBUG,
        };
        let own = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
        let layer = lines::layer().with_writer(io::stderr).with_target(false);
        let layer = match self.log_format {
            LogFormat::Human => layer.with_ansi(false).with_timer(Seconds).boxed(),
            LogFormat::Json => (layer.json().flatten_event(true))
                .with_current_span(false)
                .with_span_list(false)
                .with_timer(Exact)
                .boxed(),
        };
        // Fails where somebody listens already, who is told then.
        let _ = tracing::subscriber::set_global_default(
            Registry::default().with(layer.with_filter(own)),
        );
    }
}

/// For people.
struct Seconds;

impl FormatTime for Seconds {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", Timestamp::now().strftime("%FT%TZ"))
    }
}

struct Exact;

impl FormatTime for Exact {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", Timestamp::now().strftime("%FT%T%.3fZ"))
    }
}
