//! The limits of the door, before HTTP/2 sees a connection.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use controller::control::{ATTACH_WITHIN, Door, Strangers, Tls, TurnedAway};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use worker::link::TlsFiles;

const SOON: Duration = Duration::from_secs(20);

/// A door on a free port, the way of local workers, and what is counted at it.
async fn door(
    connections: usize,
    tls: Option<Tls>,
) -> (Door, SocketAddr, mpsc::Sender<DuplexStream>, Arc<Strangers>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (local, locals) = mpsc::channel(1);
    (Door { listener, tls, connections, locals }, address, local, Arc::default())
}

async fn is_closed(socket: &mut TcpStream) -> bool {
    !matches!(socket.read(&mut [0; 1]).await, Ok(1..))
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once_and_its_place_comes_back() {
    let (door, address, _local, strangers) = door(4, None).await;
    let mut ready = door.open(Arc::clone(&strangers));
    let mut served = Vec::new();
    let mut peers = Vec::new();
    for _ in 0..4 {
        peers.push(TcpStream::connect(address).await.unwrap());
        served.push(ready.recv().await.unwrap());
    }
    for _ in 0..3 {
        let mut beyond = TcpStream::connect(address).await.unwrap();
        assert!(timeout(SOON, is_closed(&mut beyond)).await.unwrap());
    }
    assert_eq!(strangers.counts()[TurnedAway::Crowd as usize], 3);

    drop(served.pop());
    let _next = TcpStream::connect(address).await.unwrap();
    let next = timeout(SOON, ready.recv()).await.unwrap();
    assert!(next.is_some());
    assert_eq!(strangers.counts()[TurnedAway::Crowd as usize], 3);
}

#[tokio::test]
async fn local_workers_need_no_place() {
    let (door, _, local, strangers) = door(0, None).await;
    let mut ready = door.open(Arc::clone(&strangers));
    let (mut near, far) = tokio::io::duplex(64);
    local.send(far).await.unwrap();
    let mut served = ready.recv().await.unwrap().unwrap();
    near.write_all(b"hello").await.unwrap();
    let mut said = [0; 5];
    served.read_exact(&mut said).await.unwrap();
    assert_eq!((&said, strangers.counts()), (b"hello", [0; 6]));
}

/// A certificate of `localhost`, as TLS flags name it.
fn certificate() -> (tempfile::TempDir, Tls) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let files = TlsFiles { cert: Some(cert), key: Some(key), ca: None };
    (folder, Tls::new(&files).unwrap().unwrap())
}

#[tokio::test]
async fn a_handshake_that_stops_halfway_is_given_up_and_blocks_nobody() {
    let (_folder, tls) = certificate();
    let (door, address, _local, strangers) = door(2, Some(tls)).await;
    let mut ready = door.open(Arc::clone(&strangers));
    let began = Instant::now();
    let mut stuck = TcpStream::connect(address).await.unwrap();
    // The first bytes of a ClientHello, and nothing more.
    stuck.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).await.unwrap();

    // One that speaks no TLS hears so in an alert, while the other is still stuck.
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    timeout(SOON, plain.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer.first(), Some(&0x15));
    assert_eq!(strangers.counts()[TurnedAway::Tls as usize], 1);

    assert!(timeout(ATTACH_WITHIN + SOON, is_closed(&mut stuck)).await.unwrap());
    assert!(began.elapsed() >= ATTACH_WITHIN);
    assert_eq!(strangers.counts()[TurnedAway::Silent as usize], 1);
    assert!(ready.try_recv().is_err(), "neither of them was let in");
}
