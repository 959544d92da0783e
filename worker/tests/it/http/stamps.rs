//! When an answer came is not when it was read.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::http::{peer, tls};
use common::plan::Plan;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";
/// After which the second answer is sent, and for how long nobody reads it.
const SENT: Duration = Duration::from_millis(30);
const BUSY: Duration = Duration::from_millis(150);

fn serve(mut stream: impl Read + Write, sent: &mpsc::Sender<[Instant; 2]>) {
    let (_still, never) = mpsc::channel::<()>();
    for wait in [Duration::ZERO, SENT] {
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).unwrap() > 0);
        let _ = never.recv_timeout(wait);
        let before = Instant::now();
        stream.write_all(ANSWER).unwrap();
        stream.flush().unwrap();
        sent.send([before, Instant::now()]).unwrap();
    }
    let _ = stream.read(&mut [0]);
}

/// Whatever the thread does meanwhile, the answer's time is that of its sending.
async fn came_when_it_was_sent(plan: Plan, sends: mpsc::Receiver<[Instant; 2]>) {
    let mut client = peer::client(&plan).await;
    assert_eq!(client.exchange(tls::get()).await.outcome, Ok(()));
    sends.recv().unwrap();
    let busy = async {
        let begun = Instant::now();
        while begun.elapsed() < BUSY {}
        Instant::now()
    };
    let (exchange, free) = tokio::join!(client.exchange(tls::get()), busy);
    let [before, after] = sends.recv().unwrap();
    let slack = Duration::from_millis(1);
    assert_eq!(exchange.outcome, Ok(()));
    let came = exchange.ended.at;
    assert!(came + slack >= before, "it came before it was sent");
    assert!(after + slack < free, "the machine is too busy for this test to show anything");
    assert!(came <= after + slack, "it lay unread for {:?} of its time", came - after);
    assert!(exchange.ended.is_exact() && exchange.ended.unread.time() + slack >= free - after);
}

#[tokio::test]
async fn a_late_reader_is_not_in_the_time_of_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let (sent, sends) = mpsc::channel();
    thread::spawn(move || serve(listener.accept().unwrap().0, &sent));
    came_when_it_was_sent(Plan { base_url, ..Plan::default() }, sends).await;
}

#[tokio::test]
async fn nor_with_tls() {
    let (config, pem): (Arc<ServerConfig>, String) = tls::self_signed_config();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (sent, sends) = mpsc::channel();
    thread::spawn(move || {
        let connection = ServerConnection::new(config).unwrap();
        serve(StreamOwned::new(connection, listener.accept().unwrap().0), &sent);
    });
    came_when_it_was_sent(Plan { base_url, ca_pem: pem, ..Plan::default() }, sends).await;
}
