//! A proxy that holds a stream back until it has all of it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::alarm::Alarm;
use super::body::{ChatStream, Cut, FLUSH};

/// Reads `stream` to its end. Dropped before that, the stream is aborted, as a
/// proxy hangs up on its upstream when the peer has left.
pub(crate) async fn collected(stream: ChatStream) -> Collected {
    let mut stream = pin!(stream);
    let mut bytes = BytesMut::new();
    let cut = loop {
        match poll_fn(|cx| stream.as_mut().poll_frame(cx)).await {
            Some(Ok(frame)) => bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
            Some(Err(cut)) => break Some(cut),
            None => break None,
        }
    };
    Collected { bytes: Some(bytes.freeze()), cut, alarm: None }
}

/// What was collected, as one frame; a stream that was cut is cut after it.
#[derive(Debug)]
pub(crate) struct Collected {
    bytes: Option<Bytes>,
    cut: Option<Cut>,
    /// Lets the frame leave the process before the connection breaks.
    alarm: Option<(Instant, Alarm)>,
}

impl Body for Collected {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let this = self.get_mut();
        if let Some(bytes) = this.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if this.cut.is_none() {
            return Poll::Ready(None);
        }
        let now = Instant::now();
        let (at, alarm) = this.alarm.get_or_insert_with(|| (now + FLUSH, Alarm::new(now)));
        ready!(alarm.poll(*at, cx));
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
