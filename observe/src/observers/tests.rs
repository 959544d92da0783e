//! Targets that are slow, huge, gone or hostile: each costs its own series and a sentence, within its deadline.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

/// A server that does the same to whoever asks.
async fn server<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = [0; 2048];
            let _ = socket.read(&mut head).await;
            tokio::spawn(serve(socket));
        }
    });
    address
}

/// Says this and closes.
async fn says(text: String) -> SocketAddr {
    server(move |mut socket| {
        let text = text.clone();
        async move {
            let _ = socket.write_all(text.as_bytes()).await;
        }
    })
    .await
}

/// As the program does at its start; without it no client can be made.
fn install_tls() {
    // The first test of the process wins.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

async fn look_at(target: &str) -> Result<Page, String> {
    install_tls();
    let observe: Observe = format!("x={target}").parse().unwrap();
    let choice = Choice::of(&["own_*".to_owned()]).unwrap();
    let mut source = Source::of(&observe.place, &Trust::default());
    tokio::time::timeout(DEADLINE, source.look(&choice)).await.unwrap_or_else(|_| Err("deadline".to_owned()))
}

async fn look(address: SocketAddr) -> Result<Page, String> {
    look_at(&format!("http://{address}/metrics")).await
}

#[tokio::test]
async fn a_page_is_read_and_what_is_none_says_why() {
    let page =
        says(format!("{OK}Connection: close\r\n\r\nown_x{{a=\"\u{fffd}\"}} 3\ntgi_queue_size 2\nother 1\n"))
            .await;
    let page = look(page).await.unwrap();
    let seen: Vec<(&str, f64)> =
        page.samples.iter().map(|sample| (sample.series.as_str(), sample.value)).collect();
    assert_eq!((seen, page.left_out), (vec![("own_x{a=\"\u{fffd}\"}", 3.0), ("tgi_queue_size", 2.0)], 0));
    for (answer, why) in [
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "302 Found, which is not followed",
        ),
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "401 Unauthorized"),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\u{1f}8b", "compressed"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\nown_x 1\n", "longer than 8 MiB"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nown_x 1\n", ""),
        ("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nother 1\n", "none of the series"),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 30\r\n\r\n<!DOCTYPE html>\n<body>\nown_x 1",
            "is no page of metrics (text/html, begins with `<!DOCTYPE html>`); check the path, as in /metrics, and whether it \
             wants a login",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "is no page of metrics (without a content type, and empty); check the path",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n", ""),
        ("", ""),
    ] {
        let said = look(says(answer.to_owned()).await).await.unwrap_err();
        assert!(said.contains(why) && said != "deadline", "{answer}: {said}");
    }
    assert!(look_at("http://127.0.0.1:1/metrics").await.unwrap_err().contains("refused"));
    assert!(look_at("pid:4294967295").await.unwrap_err().contains("no process"));
    assert!(look_at("cgroup:/no/such/group").await.unwrap_err().contains("no control group"));
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    static VISITS: AtomicUsize = AtomicUsize::new(0);
    let elsewhere = server(|_| async {
        VISITS.fetch_add(1, Ordering::SeqCst);
    })
    .await;
    let text = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n"
    );
    assert!(look(says(text).await).await.is_err());
    assert_eq!(VISITS.load(Ordering::SeqCst), 0);
}

/// 200 MB without a length: the reader leaves after 8 MiB.
#[tokio::test]
async fn a_page_without_end_is_left() {
    static SENT: AtomicUsize = AtomicUsize::new(0);
    let endless = server(|mut socket| async move {
        let _ = socket.write_all(format!("{OK}Connection: close\r\n\r\n").as_bytes()).await;
        let line = "own_series{number=\"1\"} 1\n".repeat(4000);
        while SENT.load(Ordering::SeqCst) < 200_000_000 && socket.write_all(line.as_bytes()).await.is_ok() {
            SENT.fetch_add(line.len(), Ordering::SeqCst);
        }
    })
    .await;
    assert!(look(endless).await.unwrap_err().contains("longer than 8 MiB"));
    assert!(SENT.load(Ordering::SeqCst) < 100_000_000, "{SENT:?}");
}

/// PostgreSQL's protocol by somebody who lets everybody in, and answers without end: rows, or a single one.
#[tokio::test]
async fn a_database_without_end_is_left() {
    static SENT: AtomicUsize = AtomicUsize::new(0);
    let row = |length: u32| [b"D".as_slice(), &(length + 4).to_be_bytes()].concat();
    let rows = [row(2), vec![0, 0]].concat().repeat(4000);
    let one = [row(1 << 30), vec![0; 1 << 20]].concat();
    for answer in [rows, one] {
        let answer = Arc::new(answer);
        let endless = server(move |mut socket| {
            let answer = Arc::clone(&answer);
            async move {
                let _ = socket.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await;
                let _ = socket.read(&mut [0; 4096]).await;
                // Rows of no columns.
                let _ = socket.write_all(b"T\0\0\0\x06\0\0").await;
                while SENT.load(Ordering::SeqCst) < 200_000_000 && socket.write_all(&answer).await.is_ok() {
                    SENT.fetch_add(answer.len(), Ordering::SeqCst);
                }
            }
        })
        .await;
        let said = look_at(&format!("postgres://u:secret@{endless}/d")).await.unwrap_err();
        assert!(said.contains("more than such a server says") && !said.contains("secret"), "{said}");
    }
    assert!(SENT.load(Ordering::SeqCst) < 100_000_000, "{SENT:?}");
}

/// What a name and a password before the `@` become.
#[tokio::test]
async fn a_page_that_wants_a_password_gets_it() {
    let (heard, asked) = std::sync::mpsc::channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut head = [0; 2048];
        let read = socket.read(&mut head).await.unwrap();
        heard.send(String::from_utf8_lossy(&head[..read]).into_owned()).unwrap();
        let _ = socket.write_all(format!("{OK}Connection: close\r\n\r\ntgi_queue_size 2\n").as_bytes()).await;
    });
    look_at(&format!("http://bob:hunter2@{front}/federate?match[]=tgi_*")).await.unwrap();
    let asked = asked.recv().unwrap().to_lowercase();
    // bob:hunter2 in base 64.
    assert!(asked.contains("authorization: basic ym9iomh1bnrlcji="), "{asked}");
    assert!(asked.starts_with("get /federate?match[]=tgi_* "), "{asked}");
}

#[tokio::test]
async fn a_hundred_thousand_series_are_as_many_as_there_is_room_for() {
    let lines: String = (0..100_000).map(|number| format!("own_x{{n=\"{number}\"}} 1\n")).collect();
    let many = says(format!("{OK}Connection: close\r\n\r\n{lines}")).await;
    let Page { samples, left_out: dropped, .. } = look(many).await.unwrap();
    let mut rates = Rates::default();
    let (values, left_out) = rates.values(Duration::ZERO, samples);
    assert_eq!((values.len(), dropped + left_out), (64, 100_000 - 64));
}

/// All at once, a byte a second, silence, and a database that takes the connection and says nothing: while they keep
/// their own tasks waiting, the observer beside them looks every second.
#[tokio::test]
async fn slow_targets_cost_their_own_looks_alone() {
    install_tls();
    let slow = server(|mut socket| async move {
        while socket.write_all(b"H").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
    let silent = server(|socket| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(socket);
    })
    .await;
    let targets = Observe::all(&[
        format!("slow=http://{slow}/metrics"),
        format!("silent=http://{silent}/metrics"),
        format!("hangs=postgres://u:secret@{silent}/d"),
        format!("own=pid:{}", std::process::id()),
    ]);
    let (looks, mut seen) = mpsc::channel(64);
    let observers = Observers::start(targets.unwrap(), Choice::default(), Trust::default(), looks).unwrap();
    let mut counts = [0; 4];
    let mut missed = [0; 4];
    while missed[..3].contains(&0) {
        let (_, look) = seen.recv().await.unwrap();
        match look.values {
            Ok(_) => counts[look.observer] += 1,
            Err(why) => {
                assert!(!why.contains("secret"), "{why}");
                missed[look.observer] += 1;
            }
        }
    }
    observers.end();
    assert_eq!((&counts[..3], missed[3]), (&[0; 3][..], 0));
    // The others gave up after their deadline; this one went on looking meanwhile.
    assert!(counts[3] >= 3, "{counts:?} {missed:?}");
}
