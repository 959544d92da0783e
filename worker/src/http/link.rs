//! A connection whose future is polled by whoever waits for it.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;

use super::socket::{Socket, Stream};
use super::timer::Timer;

/// Cap on a connection's read buffer and so on the head of an answer, bytes. It starts at 8 KiB and
/// grows only with bodies that fill it.
const MAX_BUFFER: usize = 64 << 10;

/// A request as it goes over the wire.
pub(super) type Message = http::Request<Full<Bytes>>;

/// One connection. Its future lives and dies here: no other task touches the socket.
pub(super) struct Link {
    sender: SendRequest<Full<Bytes>>,
    /// `None` once it has ended.
    connection: Option<Connection<TokioIo<Socket>, Full<Bytes>>>,
}

/// Why a wait ended without what was waited for.
#[derive(Debug)]
pub(super) enum Loss {
    /// The deadline came.
    Late,
    /// The connection broke, or the peer does not speak HTTP.
    Broken(hyper::Error),
}

impl Link {
    pub(super) async fn open(stream: Stream, sent: Rc<Cell<bool>>) -> hyper::Result<Box<Link>> {
        let io = TokioIo::new(Socket::new(stream, sent));
        let (sender, connection) = Builder::new().max_buf_size(MAX_BUFFER).handshake(io).await?;
        Ok(Box::new(Link { sender, connection: Some(connection) }))
    }

    /// Whether the next request can go over it, as far as is known without reading.
    pub(super) fn is_reusable(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }

    /// As [`is_reusable`](Self::is_reusable), after a look whether the peer has closed it since.
    pub(super) async fn is_alive(&mut self) -> bool {
        poll_fn(|cx| {
            self.drive(cx);
            Poll::Ready(self.is_reusable())
        })
        .await
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn request(
        &mut self,
        message: Message,
        timer: &mut Timer,
        until: Instant,
    ) -> Result<http::Response<Incoming>, Loss> {
        let mut answer = pin!(self.sender.send_request(message));
        poll_fn(|cx| {
            drive(&mut self.connection, cx);
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(answer.map_err(Loss::Broken));
            }
            timer.poll_until(cx, until).map(|()| Err(Loss::Late))
        })
        .await
    }

    /// Waits for the next piece of a body; `None` at its end.
    pub(super) async fn frame(
        &mut self,
        body: &mut Incoming,
        timer: &mut Timer,
        until: Instant,
    ) -> Result<Option<Bytes>, Loss> {
        poll_fn(|cx| {
            // What has already arrived is taken before the socket is asked.
            let mut data = poll_data(body, cx);
            if data.is_pending() {
                self.drive(cx);
                data = poll_data(body, cx);
            }
            match data {
                Poll::Ready(data) => Poll::Ready(data.map_err(Loss::Broken)),
                Poll::Pending => timer.poll_until(cx, until).map(|()| Err(Loss::Late)),
            }
        })
        .await
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.connection, cx);
    }
}

/// Lets the connection do what it can. How it ended does not matter here: whoever waits for an
/// answer or a body is told by hyper, and nobody else needs to know.
fn drive(connection: &mut Option<Connection<TokioIo<Socket>, Full<Bytes>>>, cx: &mut Context<'_>) {
    if let Some(running) = connection
        && Pin::new(running).poll(cx).is_ready()
    {
        *connection = None;
    }
}

/// The next data of a body; trailers are passed over.
fn poll_data(body: &mut Incoming, cx: &mut Context<'_>) -> Poll<hyper::Result<Option<Bytes>>> {
    loop {
        return match Pin::new(&mut *body).poll_frame(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(Ok(None)),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(error)),
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => Poll::Ready(Ok(Some(data))),
                Err(_trailers) => continue,
            },
        };
    }
}
