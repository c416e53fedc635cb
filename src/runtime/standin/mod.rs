//! What stands in for systems while somebody tries a plan: a mail server and a web server on this
//! machine, that take everything, tell what came, and send nothing on.
//!
//! They are for people to look at what would go out; nothing of it is kept.

mod letter;
mod mail;
mod web;

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use super::deliver::Answers;
use super::serve::{Stop, bound};

pub use letter::Letter;

/// What came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    Mail(Letter),
    Request(Asked),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    pub method: String,
    pub path: String,
    /// The idempotency key, where there is one.
    pub key: Option<String>,
    /// As JSON where it is that; else as text.
    pub body: Json,
    /// What was answered.
    pub status: u16,
}

/// Where they listen, and what they say.
#[derive(Clone, Debug)]
pub struct StandIn {
    pub mail: SocketAddr,
    pub web: SocketAddr,
    /// The status of every answer; mail is taken where it is one of success.
    pub status: u16,
}

/// Told what came.
type Tell = Arc<dyn Fn(&Came) + Send + Sync>;

/// Serves until it is told to stop (SIGTERM, Ctrl-C) or `tell`, which hears what came, wants no more;
/// `ready` is told where mail and requests are taken.
pub fn stand_in(
    as_told: &StandIn,
    answers: Answers,
    ready: impl FnOnce(SocketAddr, SocketAddr),
    tell: impl Fn(&Came) -> bool + Send + Sync + 'static,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    runtime.block_on(async {
        let (mail, mail_at) = bound(as_told.mail).await?;
        let (web, web_at) = bound(as_told.web).await?;
        let stop = Stop::new().map_err(|error| format!("signals cannot be heard: {error}"))?;
        let (gone, mut closed) = tokio::sync::mpsc::unbounded_channel();
        let tell: Tell = Arc::new(move |came| {
            if !tell(came) {
                // It ends by this, or has ended.
                let _ = gone.send(());
            }
        });
        ready(mail_at, web_at);
        let (status, answers) = (as_told.status, Arc::new(answers));
        tokio::select! {
            () = mail::serve(mail, status, tell.clone()) => {}
            () = web::serve(web, status, answers, tell) => {}
            () = stop.wanted() => {}
            _ = closed.recv() => {}
        }
        Ok(())
    })
}
