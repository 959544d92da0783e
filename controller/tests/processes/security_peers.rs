//! Hostile peers on the control plane: refused, counted, and the run does not notice.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::security::victim::{counted, note, worker_row};
use super::security::{Answer, Peer, Raw, Victim, delta, latency, register};
use common::protocol as wire;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use testkit::runs::{beside_others, folder};
use wire::controller_message::Kind as Said;
use wire::refusal::Reason;
use wire::worker_message::Kind;

/// Seconds that a stranger may stay, as the controller states it, and as long again for a busy machine.
const STAY: Duration = hub::grpc::ATTACH_WITHIN.saturating_mul(2);

const ME: [u8; 16] = [7; 16];

#[tokio::test]
async fn without_the_very_token_nobody_gets_in() {
    let _alone = beside_others();
    let secrets = folder();
    let file = secrets.path().join("token");
    std::fs::write(&file, "correct-horse-battery\n").unwrap();
    let flags = ["--token-file", file.to_str().unwrap()];
    let mut run = Victim::start(&flags, &flags);

    let mut raw = Raw::connect(run.address()).await;
    let wrong = [
        None,
        Some(""),
        Some("correct-horse-battery"),
        Some("Bearer "),
        Some("Bearer correct-horse-batterx"),
        Some("Bearer correct-horse-battery-and-more"),
        Some("Basic correct-horse-battery"),
    ];
    for authorization in wrong.into_iter().cycle().take(210) {
        let status = raw.attach(authorization).await.err().expect("let in");
        assert_eq!(status.code(), tonic::Code::Unauthenticated, "{authorization:?}");
    }
    let mut peer = raw.attach(Some("Bearer correct-horse-battery")).await.expect("the right token");
    assert_eq!(peer.refused(Kind::Leave(wire::Leave {})).await, Reason::Malformed);

    let results = run.unharmed(&[]);
    let strangers = note(&results, "strangers");
    assert_eq!(counted(&strangers, "connections with a wrong or missing token"), 210, "{strangers}");
    assert_eq!(counted(&strangers, "messages that no worker"), 1, "{strangers}");
    // The secret is in nothing that was printed or written.
    let mut said = run.controller.process.output();
    for entry in std::fs::read_dir(run.controller.results()).unwrap() {
        said.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    assert!(!said.contains("correct-horse"), "the token was printed");
}

#[tokio::test]
async fn a_replayed_delta_counts_once_and_a_false_one_never() {
    let _alone = beside_others();
    let mut run = Victim::start(&[], &[]);
    let (mut peer, welcome) = Peer::registered(run.address(), "replay", ME).await;
    let id = welcome.run.clone();

    let endpoint = wire::EndpointPart { latency: latency(3), ..wire::EndpointPart::default() };
    let stage = wire::StagePart { endpoints: vec![endpoint.clone()], ..wire::StagePart::default() };
    let three = wire::Delta { stages: vec![stage], ..delta(&id, ME, 1) };
    for _ in 0..5 {
        assert_eq!(peer.acked(three.clone()).await, 1);
    }
    // Another run, another process, a gap: nothing moves, and the number that is due stays due.
    let mut other_run = id.clone();
    other_run[0] ^= 1;
    assert_eq!(peer.acked(wire::Delta { run: other_run, seq: 2, ..three.clone() }).await, 1);
    assert_eq!(peer.acked(wire::Delta { incarnation: vec![8; 16], seq: 2, ..three.clone() }).await, 1);
    assert_eq!(peer.acked(wire::Delta { seq: 9, ..three.clone() }).await, 1);
    // More failures than requests, a segment that the shape does not have (it has two, of its one stage): refused for good.
    let failing = wire::EndpointPart { failures: 4, ..endpoint.clone() };
    let failing = wire::StagePart { endpoints: vec![failing], ..wire::StagePart::default() };
    assert_eq!(peer.acked(wire::Delta { stages: vec![failing], ..delta(&id, ME, 2) }).await, 2);
    let nowhere = wire::StagePart { stage: 2, endpoints: vec![endpoint], ..wire::StagePart::default() };
    assert_eq!(peer.acked(wire::Delta { stages: vec![nowhere], ..delta(&id, ME, 3) }).await, 3);
    // The old one once more, and an end in good order.
    assert_eq!(peer.acked(three).await, 3);
    peer.send(Kind::Leave(wire::Leave {})).await;
    peer.send(Kind::Drained(wire::Drained { last_seq: 3 })).await;
    assert!(matches!(peer.answer().await, Answer::Said(Said::Farewell(_))));

    let results = run.unharmed(&[("GET /threads", 3)]);
    let row = worker_row(&results, "replay");
    let cells =
        ["Request Count", "Deltas", "Duplicates", "Refused", "State"].map(|column| row[column].as_str());
    assert_eq!(cells, ["3", "1", "5", "5", "left"]);
    let refused = note(&results, "delta_refused");
    for reason in
        ["another run", "another incarnation", "delta 9 came before delta 2", "contradict", "stage 2"]
    {
        assert!(refused.contains(reason), "{reason}: {refused}");
    }
}

#[tokio::test]
async fn only_a_registration_comes_first_and_only_under_a_free_name() {
    let _alone = beside_others();
    let mut run = Victim::start(&[], &[]);
    let address = run.address();
    let first_words = [
        Kind::Heartbeat(wire::Heartbeat::default()),
        Kind::Delta(delta(&[0; 16], ME, 1)),
        Kind::Leave(wire::Leave {}),
        Kind::Drained(wire::Drained { last_seq: 0 }),
        Kind::Register(register("no name", ME)),
        Kind::Register(wire::Register { incarnation: vec![1], ..register("short", ME) }),
    ];
    let count = first_words.len() as u64;
    for word in first_words {
        assert_eq!(Peer::attach(address).await.refused(word).await, Reason::Malformed);
    }
    let twin = Kind::Register(register("honest", ME));
    assert_eq!(Peer::attach(address).await.refused(twin).await, Reason::NameTaken);
    let alien = wire::Register { protocol: 999, ..register("alien", ME) };
    assert_eq!(Peer::attach(address).await.refused(Kind::Register(alien)).await, Reason::Protocol);

    let results = run.unharmed(&[]);
    assert_eq!(counted(&note(&results, "strangers"), "messages that no worker"), count);
    assert_eq!(counted(&note(&results, "registrations"), "registrations of workers were refused"), 2);
    assert_eq!(results.csv("workers").len(), 1);
}

/// What became of the messages of a flood, as their sender saw it.
#[derive(Default)]
struct Flood {
    out_of_turn: u64,
    undecodable: u64,
    refused: u64,
    cut: u64,
}

#[tokio::test]
async fn ten_thousand_garbage_messages_change_nothing() {
    let _alone = beside_others();
    let mut run = Victim::start(&[], &[]);
    let mut rng = Pcg64::seed_from_u64(99);
    let mut raw = Raw::connect(run.address()).await;
    let mut flood = Flood::default();
    let mut rogues = 0;
    while flood.out_of_turn + flood.undecodable + flood.refused < 10_000 {
        match rng.random_range(0..3) {
            0 => {
                let mut peer = raw.attach(None).await.unwrap();
                let bytes =
                    wire::WorkerMessage { kind: Some(Kind::Delta(garbage(&mut rng, &[1; 16], ME, 1))) };
                assert_eq!(peer.refused(bytes.kind.unwrap()).await, Reason::Malformed);
                flood.out_of_turn += 1;
            }
            1 => {
                let mut peer = raw.attach(None).await.unwrap();
                // A field of a wire type that does not exist, before whatever else.
                let mut bytes = vec![0x0f];
                bytes.extend((0..rng.random_range(0..200)).map(|_| rng.random::<u8>()));
                peer.send_bytes(bytes).await;
                assert_eq!(peer.answer().await, Answer::Ended);
                flood.undecodable += 1;
            }
            _ => {
                rogues += 1;
                garbage_of_a_worker(&mut rng, &mut raw, rogues, &mut flood).await;
            }
        }
    }
    drop(raw);

    let results = run.unharmed(&[]);
    let strangers = note(&results, "strangers");
    assert_eq!(
        counted(&strangers, "connections with bytes that are no message"),
        flood.undecodable,
        "{strangers}"
    );
    assert_eq!(counted(&strangers, "messages that no worker"), flood.out_of_turn + flood.cut, "{strangers}");
    let rows = results.csv("workers");
    let rogue = rows.iter().filter(|row| row["Worker"].starts_with("rogue-"));
    let refused: u64 = rogue.clone().map(|row| testkit::runs::results::number(&row["Refused"])).sum();
    assert_eq!((refused, rogue.clone().count() as u64), (flood.refused, rogues));
    assert!(rogue.clone().all(|row| row["Request Count"] == "0" && row["Deltas"] == "0"));
    assert!(note(&results, "delta_refused").contains("further workers were refused"));
}

/// A registered peer sends garbage until it is cut off.
async fn garbage_of_a_worker(rng: &mut Pcg64, raw: &mut Raw, number: u64, flood: &mut Flood) {
    let mut peer = raw.attach(None).await.unwrap();
    let incarnation = u128::from(number + 1_000).to_be_bytes();
    let welcome = peer.ask(Kind::Register(register(&format!("rogue-{number}"), incarnation))).await;
    let Answer::Said(Said::Welcome(welcome)) = welcome else { panic!("{welcome:?}") };
    for seq in 1.. {
        match peer.ask(Kind::Delta(garbage(rng, &welcome.run, incarnation, seq))).await {
            Answer::Said(Said::Ack(ack)) => assert_eq!(ack.seq, seq),
            Answer::Said(Said::Refusal(refusal)) => {
                assert_eq!((refusal.reason(), seq), (Reason::Malformed, 32));
                assert_eq!(peer.answer().await, Answer::Ended);
                flood.refused += seq;
                flood.cut += 1;
                return;
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A delta with random content and at least one thing that no worker sends.
fn garbage(rng: &mut Pcg64, run: &[u8], incarnation: [u8; 16], seq: u64) -> wire::Delta {
    let mut delta = delta(run, incarnation, seq);
    let samples = |runs: Vec<u8>, rng: &mut Pcg64| wire::Samples {
        filled: rng.random(),
        runs,
        sum: rng.random(),
        min: rng.random(),
        max: rng.random(),
        clamped: rng.random(),
    };
    let endpoint = |endpoint, latency: Option<wire::Samples>, rng: &mut Pcg64| wire::EndpointPart {
        endpoint,
        latency,
        failed_latency: None,
        failures: rng.random(),
        cut: 0,
        abandoned: 0,
        bytes: rng.random(),
        uncertain: None,
        waiting: None,
    };
    let wild: Vec<u8> = (0..rng.random_range(1..50)).map(|_| rng.random()).collect();
    let mut stage = wire::StagePart::default();
    match rng.random_range(0..10) {
        0 => delta.layout = rng.random_range(2..u32::MAX),
        1 => (delta.from_us, delta.to_us) = (delta.to_us, delta.from_us),
        2 => delta.to_us = delta.from_us,
        3 => stage.endpoints = vec![endpoint(rng.random_range(7..u32::MAX), latency(1), rng)],
        4 => stage.endpoints = vec![endpoint(0, Some(samples(wild, rng)), rng)],
        5 => stage.endpoints = vec![endpoint(0, Some(samples(vec![u8::MAX; 16], rng)), rng)],
        6 => stage.stage = rng.random_range(1..u32::MAX),
        7 => stage.streams = Some(wire::StreamPart { completed: u64::MAX, ..wire::StreamPart::default() }),
        8 => {
            delta.failures =
                vec![wire::Failure { count: 1, text: "x".repeat(201), ..wire::Failure::default() }]
        }
        _ => {
            delta.users =
                vec![wire::UserCount { class: rng.random_range(3..u32::MAX), ..wire::UserCount::default() }]
        }
    }
    delta.stages = vec![stage];
    delta
}

#[tokio::test]
async fn a_message_of_100_mib_is_refused_by_its_length() {
    let _alone = beside_others();
    let mut run = Victim::start(&[], &[]);
    for length in [100 << 20, (4 << 20) + 1] {
        let (mut peer, _) =
            Peer::registered(run.address(), &format!("large-{length}"), u128::to_be_bytes(length)).await;
        peer.send_bytes(vec![0; usize::try_from(length).unwrap()]).await;
        assert_eq!(peer.answer().await, Answer::Ended);
    }
    let results = run.unharmed(&[]);
    assert_eq!(counted(&note(&results, "strangers"), "connections with a message that is too long"), 2);
    assert_eq!(counted(&note(&results, "registrations"), "workers were gone before they ran a user"), 2);
}

#[tokio::test]
async fn idle_and_slow_connections_are_closed_and_keep_no_worker_out() {
    let _alone = beside_others();
    let mut run = Victim::start(&[], &[]);
    let address = run.address();
    let idle: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(address).unwrap()).collect();
    let slow = std::thread::spawn(move || dribble(address));
    // Attached, but it never says who it is.
    let mut silent = Peer::attach(address).await;

    // Meanwhile workers come and go as if nobody else were there.
    let (mut late, _) = Peer::registered(address, "late", ME).await;
    late.send(Kind::Leave(wire::Leave {})).await;
    late.send(Kind::Drained(wire::Drained { last_seq: 0 })).await;
    assert!(matches!(late.answer().await, Answer::Said(Said::Farewell(_))));

    assert_eq!(silent.answer().await, Answer::Ended);
    for socket in idle {
        closed(socket);
    }
    assert!(slow.join().unwrap() < 24, "the preface went through");
    let results = run.unharmed(&[]);
    let strangers = note(&results, "strangers");
    assert_eq!(counted(&strangers, "connections that did not register in time"), 202, "{strangers}");
}

/// Sends the HTTP/2 preface, a byte a second, until the other side closes; how many bytes it took.
fn dribble(address: SocketAddr) -> usize {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let began = Instant::now();
    for (sent, byte) in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".iter().enumerate() {
        let mut answer = [0; 512];
        if socket.write_all(&[*byte]).is_err() {
            return sent;
        }
        match socket.read(&mut answer) {
            Ok(0) => return sent,
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return sent;
            }
            // The controller's own settings come at once: after them, the pace is kept by waiting.
            Ok(_) => std::thread::park_timeout(Duration::from_secs(1)),
            Err(_) => {}
        }
        assert!(began.elapsed() < STAY, "still open after {:?}", began.elapsed());
    }
    24
}

/// The other side closes this socket.
fn closed(mut socket: TcpStream) {
    socket.set_read_timeout(Some(STAY)).unwrap();
    let mut rest = Vec::new();
    match socket.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "still open: {error}"),
    }
}
