//! Limits: of the acceptor, before HTTP/2 sees a connection, and of what workers can make a run remember.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use common::protocol as wire;
use hub::fleet::{AttachError, Fleet, LeaseTiming, WorkerIdentity};
use hub::grpc::{ATTACH_WITHIN, Acceptor, Tls};
use hub::merge::{DeltaError, Ledger};
use hub::rejections::{RejectionReason, Rejections};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use worker::tls_files::TlsFiles;

const SOON: Duration = Duration::from_secs(20);

/// An acceptor on a free port, the way of local workers, and what is counted at it.
async fn acceptor(
    connections: usize,
    tls: Option<Tls>,
) -> (Acceptor, SocketAddr, mpsc::Sender<DuplexStream>, Arc<Rejections>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (local, locals) = mpsc::channel(1);
    (Acceptor { listener, tls, connections, locals }, address, local, Arc::default())
}

async fn is_closed(socket: &mut TcpStream) -> bool {
    !matches!(socket.read(&mut [0; 1]).await, Ok(1..))
}

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once_and_its_place_comes_back() {
    let (acceptor, address, _local, rejections) = acceptor(4, None).await;
    let mut ready = acceptor.start(Arc::clone(&rejections));
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
    assert_eq!(rejections.counts()[RejectionReason::Crowd as usize], 3);

    drop(served.pop());
    let _next = TcpStream::connect(address).await.unwrap();
    let next = timeout(SOON, ready.recv()).await.unwrap();
    assert!(next.is_some());
    assert_eq!(rejections.counts()[RejectionReason::Crowd as usize], 3);
}

#[tokio::test]
async fn local_workers_need_no_place() {
    let (acceptor, _, local, rejections) = acceptor(0, None).await;
    let mut ready = acceptor.start(Arc::clone(&rejections));
    let (mut near, far) = tokio::io::duplex(64);
    local.send(far).await.unwrap();
    let mut served = ready.recv().await.unwrap().unwrap();
    near.write_all(b"hello").await.unwrap();
    let mut said = [0; 5];
    served.read_exact(&mut said).await.unwrap();
    assert_eq!((&said, rejections.counts()), (b"hello", [0; 6]));
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
    let (acceptor, address, _local, rejections) = acceptor(2, Some(tls)).await;
    let mut ready = acceptor.start(Arc::clone(&rejections));
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
    assert_eq!(rejections.counts()[RejectionReason::Tls as usize], 1);

    assert!(timeout(ATTACH_WITHIN + SOON, is_closed(&mut stuck)).await.unwrap());
    assert!(began.elapsed() >= ATTACH_WITHIN);
    assert_eq!(rejections.counts()[RejectionReason::Silent as usize], 1);
    assert!(ready.try_recv().is_err(), "neither of them was let in");
}

const RUN: [u8; 16] = [1; 16];
const INCARNATION: [u8; 16] = [2; 16];

/// A delta of one second with as many failures as there are texts, each its own.
fn failing(seq: u64, stage: u32, texts: impl Iterator<Item = String>) -> wire::Delta {
    let failure = |text| wire::Failure { text, count: 1, ..wire::Failure::default() };
    let failures: Vec<wire::Failure> = texts.map(failure).collect();
    let mut recorder = common::stats::Recorder::default();
    failures.iter().for_each(|_| recorder.record(1_000));
    let samples = recorder.drain().encode();
    let endpoint = wire::EndpointPart {
        latency: samples.clone(),
        failed_latency: samples,
        failures: failures.len() as u64,
        ..wire::EndpointPart::default()
    };
    wire::Delta {
        run: RUN.to_vec(),
        incarnation: INCARNATION.to_vec(),
        seq,
        from_us: (seq - 1) * 1_000_000,
        to_us: seq * 1_000_000,
        layout: wire::LAYOUT,
        stages: vec![wire::StagePart { stage, endpoints: vec![endpoint], ..wire::StagePart::default() }],
        failures,
        ..wire::Delta::default()
    }
}

#[test]
fn a_worker_that_makes_up_texts_leaves_room_for_the_others() {
    let mut ledger = Ledger::new(RUN);
    let now = Duration::from_secs(60);
    for seq in 1..=3 {
        let texts = (0..1000).map(|number| format!("made up {seq} {number}"));
        ledger.merge(0, &INCARNATION, "talker", failing(seq, 0, texts), now).unwrap();
    }
    let honest = failing(1, 0, ["connection refused".to_owned()].into_iter());
    ledger.merge(1, &INCARNATION, "honest", honest, now).unwrap();

    let count = |text: &str| {
        let of_text = ledger.failures.iter().filter(|(key, _)| key.words == text);
        of_text.map(|(_, failure)| failure.count).sum::<u64>()
    };
    assert_eq!((ledger.failures.len(), count("(other texts)"), count("connection refused")), (252, 2750, 1));
    assert_eq!(ledger.failures.values().map(|failure| failure.count).sum::<u64>(), 3001);
    assert_eq!(ledger.totals.run.all().failures, 3001);
}

#[test]
fn exceptions_beyond_the_kept_ones_are_counted_together() {
    let mut ledger = Ledger::new(RUN);
    for seq in 1..=500 {
        let exception =
            wire::Exception { message: format!("bug {seq}"), count: 2, ..wire::Exception::default() };
        let delta = wire::Delta {
            stages: Vec::new(),
            exceptions: vec![exception],
            ..failing(seq, 0, [].into_iter())
        };
        ledger.merge(0, &INCARNATION, "w", delta, Duration::from_secs(600)).unwrap();
    }
    assert_eq!((ledger.exceptions.len(), ledger.exceptions["(other exceptions)"].count), (201, 600));
}

#[test]
fn a_stage_that_the_shape_does_not_have_costs_no_memory() {
    let mut ledger = Ledger::new(RUN).with_segments(2);
    let now = Duration::from_secs(60);
    assert!(ledger.merge(0, &INCARNATION, "w", failing(1, 1, [].into_iter()), now).is_ok());
    let refused = ledger.merge(0, &INCARNATION, "w", failing(2, 2, [].into_iter()), now);
    assert_eq!(refused, Err(DeltaError::Unknown { what: "stage", number: 2 }));
    assert_eq!((ledger.totals.segments.len(), ledger.account(0).next_seq), (1, 3));
}

#[test]
fn reasons_for_refusals_that_differ_in_their_numbers_are_not_kept_without_end() {
    let mut ledger = Ledger::new(RUN);
    for seq in 2..1_002 {
        let gap =
            ledger.merge(0, &INCARNATION, "w", failing(seq, 0, [].into_iter()), Duration::from_secs(2_000));
        assert_eq!(gap, Err(DeltaError::Gap { expected: 1, got: seq }));
    }
    let account = ledger.account(0);
    assert_eq!(
        (account.refused_deltas(), account.refused.len(), account.refused["other reasons"]),
        (1_000, 9, 992)
    );
}

#[test]
fn worker_processes_over_a_run_have_an_end() {
    let mut fleet = Fleet::new(LeaseTiming::default(), 2);
    let identity = |number: u128| WorkerIdentity {
        name: "again".to_owned(),
        incarnation: number.to_be_bytes(),
        version: String::new(),
        host: String::new(),
        cores: 1,
    };
    for number in 0..10_002 {
        let link = u64::try_from(number).unwrap();
        fleet.attach(Duration::ZERO, link, identity(number)).unwrap();
        fleet.detach(link);
        fleet.expire(Duration::from_secs(1));
    }
    assert_eq!(fleet.attach(Duration::ZERO, 99_999, identity(99_999)), Err(AttachError::Full(2)));
    // One that was there before may always come back.
    assert!(fleet.attach(Duration::ZERO, 99_999, identity(0)).is_ok());
}
