//! A proxy that buffers a stream until it is complete.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::body::{ChatStream, ConnectionCut, FLUSH};
use super::timer::DeadlineTimer;

/// Reads `stream` to its end. Dropped before that, the stream is aborted, as a
/// proxy closes its upstream connection when the client has left.
pub(crate) async fn buffered(stream: ChatStream) -> BufferedBody {
    let mut stream = pin!(stream);
    let mut bytes = BytesMut::new();
    let cut = loop {
        match poll_fn(|cx| stream.as_mut().poll_frame(cx)).await {
            Some(Ok(frame)) => bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(cut)) => break Some(cut),
            None => break None,
        }
    };
    let status = stream.status();
    BufferedBody { bytes: Some(bytes.freeze()), cut, timer: None, status }
}

/// The whole stream as one frame; if the stream was cut, the connection breaks after it.
#[derive(Debug)]
pub(crate) struct BufferedBody {
    bytes: Option<Bytes>,
    cut: Option<ConnectionCut>,
    /// What it is answered with.
    pub(crate) status: u16,
    /// Lets the frame leave the process before the connection breaks.
    timer: Option<(Instant, DeadlineTimer)>,
}

impl Body for BufferedBody {
    type Data = Bytes;
    type Error = ConnectionCut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionCut>>> {
        let this = self.get_mut();
        if let Some(bytes) = this.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if this.cut.is_none() {
            return Poll::Ready(None);
        }
        let now = Instant::now();
        let (at, timer) = this.timer.get_or_insert_with(|| (now + FLUSH, DeadlineTimer::new(now)));
        ready!(timer.poll(*at, cx));
        Poll::Ready(this.cut.take().map(Err))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && self.cut.is_none()
    }

    /// Known, unless the connection is to break before the length is reached.
    fn size_hint(&self) -> SizeHint {
        match (&self.bytes, &self.cut) {
            (Some(bytes), None) => SizeHint::with_exact(bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
