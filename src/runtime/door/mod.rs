//! The door: HTTP/1.1 over TCP. Requests go in, work for the keeper and answers come out.
//!
//! Everything is bounded: connections, bodies, what waits, and how long anyone may take.

pub mod events;
mod metrics;
mod patient;
mod plans;
mod problem;
mod quick;
mod room;
mod routes;
mod tokens;
mod window;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use problem::Problem;
pub use tokens::{Access, Role, Tokens};

use patient::Patient;
use room::Room;

use super::clock::Clock;
use super::delivery::Ways;
use super::keeper::Keeper;
use crate::deploy::Running;

/// How many connections there may be.
const MAX_CONNECTIONS: usize = 1024;

/// How many files the store and those who deliver may have open, besides connections.
const OWN_FILES: usize = 256;

/// How long a request's head may take, or none may come.
const HEAD: Duration = Duration::from_secs(30);

/// The same, while more than half of the connections that there may be are there.
const HEAD_WHEN_CROWDED: Duration = Duration::from_secs(3);

/// How long it may take until somebody reads more of an answer.
const READS: Duration = Duration::from_secs(30);

/// How long connections that are in the middle of a request have when it ends.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// What every request sees.
pub struct Door {
    /// The plan that it began with.
    began: Running,
    pub keeper: Keeper,
    pub ways: Arc<Ways>,
    pub clock: Arc<dyn Clock>,
    pub tokens: Tokens,
    /// Whether personal data is shown to those who may read.
    pub shows_pii: bool,
    room: Room,
    /// Events that were refused here: they never came to the engine.
    refused: AtomicU64,
}

impl Door {
    pub fn new(
        began: Running,
        keeper: Keeper,
        ways: Arc<Ways>,
        clock: Arc<dyn Clock>,
        tokens: Tokens,
        shows_pii: bool,
    ) -> Self {
        Self {
            began,
            keeper,
            ways,
            clock,
            tokens,
            shows_pii,
            room: Room::new(),
            refused: AtomicU64::new(0),
        }
    }

    /// The plan that runs.
    fn runs(&self) -> Running {
        self.keeper.runs().unwrap_or_else(|| self.began.clone())
    }

    /// Serves until `over`, then finishes what was begun.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, over: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let most = max_connections();
        let places = Arc::new(Semaphore::new(most));
        let mut over = std::pin::pin!(over);
        loop {
            let Ok(place) = places.clone().acquire_owned().await else {
                break;
            };
            let stream = tokio::select! {
                () = &mut over => break,
                accepted = listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        // Out of file descriptors, or the other side is gone already.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        continue;
                    };
                    stream
                }
            };
            let _ = stream.set_nodelay(true);
            let crowded = places.available_permits() < most / 2;
            let door = self.clone();
            let service = service_fn(move |request| {
                let door = door.clone();
                async move { Ok::<_, std::convert::Infallible>(door.answer(request).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(if crowded { HEAD_WHEN_CROWDED } else { HEAD })
                .half_close(true)
                .max_buf_size(64 << 10)
                .serve_connection(TokioIo::new(Patient::new(stream, READS)), service);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // A connection that breaks off concerns nobody else.
                let _ = connection.await;
                drop(place);
            });
        }
        drop(listener);
        let _ = tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await;
    }
}

/// What a request is for, as a log may have it: of the rest of the path nothing, since travelers are
/// called there.
fn first(path: &str) -> &'static str {
    let known = [
        "events",
        "overview",
        "actions",
        "outbox",
        "dead",
        "damaged",
        "plans",
        "travelers",
        "journeys",
        "metrics",
        "healthz",
        "readyz",
        "openapi.json",
        "page.css",
        "page.js",
    ];
    let first = path.split('/').nth(1).unwrap_or_default();
    let found = known.into_iter().find(|it| *it == first);
    found.unwrap_or(if first.is_empty() { "page" } else { "unknown" })
}

/// How many connections there may be: fewer where the process may not have as many open files, so
/// that the store never wants for one.
fn max_connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|line| line.split_whitespace().next()?.parse().ok());
    let files: usize = files.unwrap_or(usize::MAX);
    files.saturating_sub(OWN_FILES).clamp(16, MAX_CONNECTIONS)
}
