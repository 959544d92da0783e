//! What the way to a listener takes, and whether the kernel stamps what comes back.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};

use super::stamped::StampedTcp;

/// Connections that are opened one after the other.
const TIMES: usize = 5;
/// A listener that has not answered by then is not there.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes that are sent until one of them has a stamp: the kernel begins to stamp a little after it was asked to.
const BYTES: usize = 50;

/// The median time of a handshake of TCP, the kernel's own measurement where there is one. What listens sees
/// connections that end without a word.
///
/// # Errors
/// Nothing listens there.
pub async fn round_trip(address: impl ToSocketAddrs) -> io::Result<Duration> {
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let begun = Instant::now();
        let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(&address)).await;
        let tcp = connected.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let seen = begun.elapsed();
        times.push(StampedTcp::new(tcp).handshake().unwrap_or(seen));
    }
    times.sort_unstable();
    Ok(times[TIMES / 2])
}

/// Whether what comes has a stamp of the kernel, tried out on a connection of this process to itself.
///
/// # Errors
/// There can be no such connection.
pub async fn are_stamped() -> io::Result<bool> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let near = TcpStream::connect(listener.local_addr()?).await?;
    let (mut far, _) = listener.accept().await?;
    let mut near = StampedTcp::new(near);
    for _ in 0..BYTES {
        far.write_all(b".").await?;
        std::future::poll_fn(|cx| near.poll_receive(cx, &mut [0; 8])).await?;
        if near.stamp().is_some() {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_listens_is_near_and_who_does_not_is_not_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert!(round_trip(address).await.unwrap() < Duration::from_secs(1));
        drop(listener);
        assert_eq!(round_trip(address).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn this_kernel_stamps() {
        assert!(are_stamped().await.unwrap());
    }
}
