//! A listener whose connections can be cut: at once, or after so many bytes of a reply.
//!
//! Cutting is done below HTTP, so that a client sees what it would see from a broken network:
//! a closed connection, not an error page.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The handle that cuts one connection.
#[derive(Clone, Debug)]
pub struct Link(Arc<AtomicUsize>);

impl Link {
    /// Lets no further byte out.
    pub fn cut(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Lets `bytes` more out, then closes.
    pub fn cut_after(&self, bytes: usize) {
        self.0.store(bytes, Ordering::SeqCst);
    }
}

/// A TCP connection with a pair of scissors.
pub struct Wire {
    stream: TcpStream,
    left: Arc<AtomicUsize>,
}

/// Accepts [`Wire`]s.
pub struct CutListener(pub TcpListener);

impl Listener for CutListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Without it small replies wait for the client's delayed acknowledgement; failing is harmless.
        let _ = stream.set_nodelay(true);
        (Wire { stream, left: Arc::new(AtomicUsize::new(usize::MAX)) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, CutListener>> for Link {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Self {
        Self(Arc::clone(&stream.io().left))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if left == usize::MAX {
            return Pin::new(&mut self.stream).poll_write(cx, buf);
        }
        let part = &buf[..buf.len().min(left)];
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, part))?;
        self.left.store(left - written, Ordering::SeqCst);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
