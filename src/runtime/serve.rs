//! All parts together: a keeper, a door and those who deliver, from start to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tracing::info;

use super::clock::Clock;
use super::core::Core;
use super::delivery::{Ways, deliver_all};
use super::door::{Door, Tokens};
use super::keeper;
use crate::deploy::Running;

/// How often it is seen whether the keeper has ended.
const LOOK: Duration = Duration::from_millis(100);

/// What is served, and to whom.
pub struct Serving {
    pub runs: Running,
    pub core: Core,
    pub clock: Arc<dyn Clock>,
    pub ways: Ways,
    pub listen: SocketAddr,
    pub tokens: Tokens,
    pub shows_pii: bool,
}

/// Serves until it is told to stop (SIGTERM, Ctrl-C) or cannot go on; `ready` is told where it
/// listens.
pub fn serve(serving: Serving, ready: impl FnOnce(SocketAddr)) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("cjoc")
        .enable_all()
        .build()
        .map_err(|error| format!("threads cannot be started: {error}"))?;
    runtime.block_on(run(serving, ready))
}

async fn run(serving: Serving, ready: impl FnOnce(SocketAddr)) -> Result<(), String> {
    let (listener, address) = bound(serving.listen).await?;
    let stop = Stop::new().map_err(|error| format!("signals cannot be heard: {error}"))?;
    let (keeper, orders, thread) = keeper::start(serving.core, serving.clock.clone());
    let ways = Arc::new(serving.ways);
    let delivery = tokio::spawn(deliver_all(orders, keeper.clone(), ways.clone()));
    let door = Arc::new(Door::new(
        serving.runs,
        keeper.clone(),
        ways,
        serving.clock,
        serving.tokens,
        serving.shows_pii,
    ));
    ready(address);
    let ended = {
        let keeper = keeper.clone();
        async move {
            while keeper.is_running() {
                tokio::time::sleep(LOOK).await;
            }
        }
    };
    let over = async move {
        tokio::select! {
            () = stop.wanted() => {}
            () = ended => {}
        }
        info!("it stops, and takes nothing more");
    };
    door.serve(listener, over).await;
    keeper.stop();
    let joined = tokio::task::spawn_blocking(move || thread.join()).await;
    delivery.abort();
    match (joined, keeper.failure()) {
        (Ok(Ok(())), None) => Ok(()),
        (_, Some(failure)) => Err(format!("what happened cannot be kept: {failure}")),
        _ => Err("the engine stopped: a defect of cjoc".to_owned()),
    }
}

/// Listens at an address; where that is, should any port have done.
pub(super) async fn bound(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok::<_, io::Error>((listener, address))
    };
    (bound.await).map_err(|error| format!("`{address}` cannot be listened on: {error}"))
}

/// Signals to stop.
pub(super) struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    pub(super) async fn wanted(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }

    #[cfg(not(unix))]
    pub(super) async fn wanted(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
