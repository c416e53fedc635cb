//! A connection whose other side has to take what it asked for: whoever reads nothing for too long is
//! hung up on, so that answers do not pile up.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// A stream, and since when nothing could be written to it.
pub(super) struct Patient {
    stream: TcpStream,
    patience: Duration,
    stuck: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            stuck: None,
        }
    }

    /// What came of writing; an error where it has waited for too long.
    fn wait<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        let patience = self.patience;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stuck.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wait(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wait(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::net::TcpListener;

    use super::*;

    /// Writes until that fails, or all is written; how much that was.
    async fn write(patient: &mut Patient, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut written = 0;
        while written < bytes.len() {
            let rest = &bytes[written..];
            match poll_fn(|context| Pin::new(&mut *patient).poll_write(context, rest)).await {
                Ok(count) => written += count,
                Err(error) => return (written, Err(error)),
            }
        }
        (written, Ok(()))
    }

    #[tokio::test]
    async fn who_reads_nothing_is_hung_up_on_and_who_reads_slowly_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let bytes = vec![7; 32 << 20];
        for reads in [false, true] {
            let client = TcpStream::connect(address).await.expect("it listens");
            let (server, _) = listener.accept().await.expect("one comes");
            let mut patient = Patient::new(server, Duration::from_millis(300));
            let reader = tokio::spawn(async move {
                let mut buffer = vec![0; 1 << 20];
                loop {
                    if !reads {
                        std::future::pending::<()>().await;
                    }
                    sleep(Duration::from_millis(20)).await;
                    client.readable().await.expect("it is open");
                    if matches!(client.try_read(&mut buffer), Ok(0)) {
                        return;
                    }
                }
            });
            let (written, result) = write(&mut patient, &bytes).await;
            match result {
                Ok(()) => assert!(reads && written == bytes.len()),
                Err(error) => {
                    assert!(!reads && written < bytes.len());
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                }
            }
            drop(patient);
            reader.abort();
        }
    }
}
