//! What a program asks a dashboard, byte by byte: the rules are about headers that clients set for us.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Controller, START};

/// The dashboard of a controller.
#[derive(Debug, Clone)]
pub struct Web {
    /// `127.0.0.1:PORT`.
    pub host: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Header lines.
    pub head: String,
    /// Body.
    pub body: String,
}

impl Web {
    /// The dashboard that a controller has announced.
    pub fn of(controller: &mut Controller) -> Web {
        let url = controller.process.printed_after("controller: dashboard at http://", START);
        Web { host: url.trim_end_matches('/').to_owned() }
    }

    /// Sends a request with these header lines beside `content-length` and `connection`.
    pub fn ask(&self, line: &str, headers: &[&str], body: &str) -> Answer {
        let mut socket = TcpStream::connect(&self.host).unwrap();
        socket.set_read_timeout(Some(START)).unwrap();
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let length = body.len();
        write!(
            socket,
            "{line} HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a response head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// `GET`, as a browser of this machine would.
    pub fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[&format!("host: {}", self.host)], "")
    }

    /// A JSON document.
    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{path}: {error}: {}", answer.body))
    }

    /// Waits until so many seconds of the run are closed.
    pub fn until_seconds(&self, seconds: usize) {
        let deadline = Instant::now() + START;
        while self.json("/api/v1/history")["rows"].as_array().unwrap().len() < seconds {
            assert!(Instant::now() < deadline, "{seconds} seconds never come: {}", self.json("/api/v1/run"));
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    /// Waits until a second has closed at whose end so many users ran and were wanted.
    pub fn until_users(&self, users: u64) {
        let deadline = Instant::now() + START;
        loop {
            let history = self.json("/api/v1/history");
            let place =
                |name: &str| history["columns"].as_array().unwrap().iter().position(|other| other == name);
            let last = history["rows"].as_array().unwrap().last().cloned().unwrap_or_default();
            let number = |name: &str| place(name).and_then(|place| last[place].as_u64());
            if number("users") == Some(users) && number("users_target") == Some(users) {
                return;
            }
            assert!(Instant::now() < deadline, "{users} users never run: {last}");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    /// A control from our own page, with these further header lines.
    pub fn control(&self, what: &str, headers: &[&str], body: &str) -> Answer {
        let (host, origin) = (format!("host: {}", self.host), format!("origin: http://{}", self.host));
        let own =
            [host.as_str(), origin.as_str(), "content-type: application/json", "sec-fetch-site: same-origin"];
        self.ask(&format!("POST /api/v1/control/{what}"), &[&own, headers].concat(), body)
    }

    /// Opens the stream of events and hands over its lines; what comes first is the response head.
    pub fn watch(&self) -> impl Iterator<Item = String> + use<> {
        let mut socket = TcpStream::connect(&self.host).unwrap();
        write!(socket, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n\r\n", self.host).unwrap();
        socket.set_read_timeout(Some(START)).unwrap();
        BufReader::new(socket).lines().map_while(Result::ok)
    }
}
