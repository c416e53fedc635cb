//! The door: HTTP/1.1 over TCP. Requests go in, work for the keeper and answers come out.
//!
//! Everything is bounded: connections, bodies, what waits, and how long anyone may take.

pub mod events;
mod metrics;
mod plans;
mod problem;
mod quick;
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

use super::clock::Clock;
use super::delivery::Ways;
use super::keeper::Keeper;
use crate::deploy::Running;
use crate::engine::Engine;
use crate::model::Model;

/// How many connections there may be.
const MAX_CONNECTIONS: usize = 1024;

/// How many bytes of bodies may be in memory, in KiB.
const MAX_BODIES: usize = 64 << 10;

/// How long a request's head may take, or none may come.
const HEAD: Duration = Duration::from_secs(30);

/// How long connections that are in the middle of a request have when it ends.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// What every request sees.
pub struct Door {
    engine: Arc<Engine>,
    model: Arc<Model>,
    pub keeper: Keeper,
    pub ways: Arc<Ways>,
    pub clock: Arc<dyn Clock>,
    pub tokens: Tokens,
    /// Whether personal data is shown to those who may read.
    pub shows_pii: bool,
    bodies: Semaphore,
    /// Events that were refused here: they never came to the engine.
    refused: AtomicU64,
}

impl Door {
    pub fn new(
        engine: Arc<Engine>,
        model: Arc<Model>,
        keeper: Keeper,
        ways: Arc<Ways>,
        clock: Arc<dyn Clock>,
        tokens: Tokens,
        shows_pii: bool,
    ) -> Self {
        Self {
            engine,
            model,
            keeper,
            ways,
            clock,
            tokens,
            shows_pii,
            bodies: Semaphore::new(MAX_BODIES),
            refused: AtomicU64::new(0),
        }
    }

    /// The plan that runs.
    fn runs(&self) -> Running {
        self.keeper.runs().unwrap_or_else(|| Running {
            engine: self.engine.clone(),
            model: self.model.clone(),
        })
    }

    /// Serves until `over`, then finishes what was begun.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, over: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
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
            let door = self.clone();
            let service = service_fn(move |request| {
                let door = door.clone();
                async move { Ok::<_, std::convert::Infallible>(door.answer(request).await) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(64 << 10)
                .serve_connection(TokioIo::new(stream), service);
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
