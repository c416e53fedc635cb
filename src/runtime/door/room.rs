//! Bodies in memory: read piece by piece, with room for each piece that has come, so that whoever
//! sends slowly, or little of what was announced, holds up nobody.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming as Stream};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::problem::Problem;

/// How many bytes of bodies may be in memory, in KiB.
const MAX_BODIES: usize = 64 << 10;

/// How many long bodies are taken apart at a time: what is made of one is many times as large.
const MAX_READERS: usize = 2;

/// How long a body may take to come.
const BODY: Duration = Duration::from_secs(30);

/// How long memory for a body is waited for.
const ROOM: Duration = Duration::from_secs(5);

/// The memory for bodies.
pub(super) struct Room {
    kibibytes: Semaphore,
    readers: Semaphore,
}

/// A body, and the room that it takes.
pub(super) struct Held<'r> {
    pub bytes: Bytes,
    _room: Option<SemaphorePermit<'r>>,
}

impl Room {
    pub(super) fn new() -> Self {
        Self {
            kibibytes: Semaphore::new(MAX_BODIES),
            readers: Semaphore::new(MAX_READERS),
        }
    }

    /// Reads a body of at most so many bytes.
    pub(super) async fn body(&self, stream: Stream, most: usize) -> Result<Held<'_>, Problem> {
        match tokio::time::timeout(BODY, self.collect(stream, most)).await {
            Ok(read) => read,
            Err(_) => Err(Problem::new(
                408,
                "too slow",
                "the body took longer than 30 seconds",
            )),
        }
    }

    /// Waits for the turn to take a long body apart.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.readers.acquire().await.ok()
    }

    async fn collect(&self, mut stream: Stream, most: usize) -> Result<Held<'_>, Problem> {
        if stream.size_hint().lower() > most as u64 {
            return Err(too_large(most));
        }
        let mut room: Option<SemaphorePermit<'_>> = None;
        let mut has = 0;
        let mut bytes = Vec::new();
        while let Some(frame) = stream.frame().await {
            let Ok(frame) = frame else {
                return Err(Problem::new(400, "broken off", "the body is not complete"));
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if bytes.len() + data.len() > most {
                return Err(too_large(most));
            }
            bytes.extend_from_slice(&data);
            // A vector has up to twice the room that it needs.
            let needs = bytes.capacity() / 1024 + 1;
            if needs > has {
                let more = self.kibibytes.acquire_many((needs - has) as u32);
                let Ok(Ok(more)) = tokio::time::timeout(ROOM, more).await else {
                    return Err(Problem::busy("too many requests are being read"));
                };
                has = needs;
                match &mut room {
                    Some(room) => room.merge(more),
                    None => room = Some(more),
                }
            }
        }
        Ok(Held {
            bytes: bytes.into(),
            _room: room,
        })
    }
}

fn too_large(most: usize) -> Problem {
    Problem::new(
        413,
        "body too large",
        format!("a body may have {most} bytes here"),
    )
}
