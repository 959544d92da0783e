//! The store in PostgreSQL, on a private server.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic here is a failed test")]

mod support;

use backend::{DbCounts, Pool, Settings};
use serde_json::json;
use support::http::{call, open, send};

use support::{MS, ask, count, eventually, quick, start, thread};
use testkit::postgres::PrivatePostgres;
use tokio_postgres::{Client, NoTls};

fn settings(postgres: &PrivatePostgres, pool: Pool) -> Settings {
    Settings { database_url: Some(postgres.url()), pool, ..quick() }
}

/// A connection of the test's own.
async fn connect(postgres: &PrivatePostgres) -> Client {
    let (client, connection) = tokio_postgres::connect(&postgres.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Connections of others that the server knows of.
async fn connections(client: &Client) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn the_api_answers_as_from_memory() {
    let Some(postgres) = PrivatePostgres::start_or_skip(&[]) else { return };
    let server = start(settings(&postgres, Pool::Size(2))).await;
    let addr = server.addr();
    let path = "/threads/t/messages";
    let message = r#"{"id":"m1","role":"user","content":"hello"}"#;
    assert_eq!(call(addr, "GET", "/threads", None).await.json(), json!([]));
    assert_eq!(call(addr, "GET", path, None).await.status, 404);
    assert_eq!(call(addr, "POST", path, Some(message)).await.status, 404);
    thread(addr, "t").await;
    thread(addr, "u").await;
    let taken = call(addr, "POST", "/threads", Some(r#"{"id":"t","title":"t"}"#)).await;
    assert_eq!(taken.status, 409);
    let renamed = call(addr, "PATCH", "/threads/t", Some(r#"{"title":"new"}"#)).await;
    assert_eq!(renamed.status, 200);
    let listed = call(addr, "GET", "/threads", None).await.json();
    assert_eq!(listed, json!([{"id": "u", "title": "t"}, {"id": "t", "title": "new"}]));

    assert_eq!(call(addr, "GET", path, None).await.json(), json!([]));
    assert_eq!(call(addr, "POST", path, Some(message)).await.status, 201);
    assert_eq!(call(addr, "POST", path, Some(message)).await.status, 409);
    assert!(ask(addr).await.finish().await.body.contains("done"));
    let kept = call(addr, "GET", path, None).await.json();
    let contents: Vec<_> = kept.as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap()).collect();
    assert_eq!(contents, ["hello", "hello", "w0 w1 w2 w3 w4 w5 "]);

    assert_eq!(call(addr, "DELETE", "/threads/t", None).await.status, 204);
    assert_eq!(call(addr, "DELETE", "/threads/t", None).await.status, 404);
    assert_eq!(call(addr, "PATCH", "/threads/t", Some(r#"{"title":"x"}"#)).await.status, 404);
    let left: i64 =
        connect(&postgres).await.query_one("SELECT count(*) FROM messages", &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn without_a_pool_every_operation_opens_a_connection_and_closes_it() {
    let Some(postgres) = PrivatePostgres::start_or_skip(&[]) else { return };
    let server = start(settings(&postgres, Pool::None)).await;
    let addr = server.addr();
    thread(addr, "t").await;
    for _ in 0..10 {
        assert_eq!(call(addr, "GET", "/threads", None).await.status, 200);
    }
    assert_eq!(server.counts().db, DbCounts { connections_opened: 11, operations: 11 });
    // A stream is two: the question before its headers, the answer before its end.
    let stream = ask(addr).await;
    assert_eq!(server.counts().db.operations, 12);
    stream.finish().await;
    assert_eq!(server.counts().db, DbCounts { connections_opened: 13, operations: 13 });

    let own = connect(&postgres).await;
    for _ in 0..1_000 {
        if connections(&own).await == 0 {
            return;
        }
        tokio::time::sleep(10 * MS).await;
    }
    panic!("{} connections stayed open", connections(&own).await);
}

#[tokio::test]
async fn a_pool_opens_no_more_than_its_size() {
    let Some(postgres) = PrivatePostgres::start_or_skip(&[]) else { return };
    let server = start(settings(&postgres, Pool::Size(3))).await;
    let addr = server.addr();
    thread(addr, "t").await;
    let own = connect(&postgres).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..200 {
        calls.spawn(async move { call(addr, "GET", "/threads", None).await.status });
    }
    let mut most = 0;
    while let Some(status) = calls.join_next().await {
        assert_eq!(status.unwrap(), 200);
        if calls.len() % 20 == 0 {
            most = most.max(connections(&own).await);
        }
    }
    assert_eq!(server.counts().db, DbCounts { connections_opened: 3, operations: 201 });
    assert_eq!(most, 3);
}

#[tokio::test]
async fn too_many_connections_are_500s_with_the_sqlstate() {
    let limits = ["max_connections=4", "superuser_reserved_connections=0", "max_wal_senders=0"];
    let Some(postgres) = PrivatePostgres::start_or_skip(&limits) else { return };
    let server = start(settings(&postgres, Pool::None)).await;
    let mut holders = Vec::new();
    while let Ok((client, connection)) = tokio_postgres::connect(&postgres.url(), NoTls).await {
        holders.push((client, tokio::spawn(connection)));
    }
    let reply = call(server.addr(), "GET", "/threads", None).await;
    assert_eq!((reply.status, reply.json()["sqlstate"].as_str()), (500, Some("53300")));
    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("too many clients already"), "{detail}");
    assert_eq!(server.counts().db, DbCounts { connections_opened: 0, operations: 1 });
}

#[tokio::test]
async fn a_broken_database_is_a_500_before_and_an_error_event_inside_a_stream() {
    let Some(postgres) = PrivatePostgres::start_or_skip(&[]) else { return };
    let server = start(Settings { ttft: 300 * MS, ..settings(&postgres, Pool::Size(1)) }).await;
    thread(server.addr(), "t").await;
    let stream = ask(server.addr()).await;
    connect(&postgres).await.batch_execute("DROP TABLE messages").await.unwrap();
    let reply = stream.finish().await;
    let last = "\"the answer is not stored: db error: ERROR: relation \\\"messages\\\" does not exist\"}\n\n";
    assert!(reply.body.ends_with(last), "{}", reply.body);
    assert_eq!(server.counts().streams.failed, 1);
    let reply = ask(server.addr()).await.finish().await;
    assert_eq!((reply.status, reply.json()["sqlstate"].as_str()), (500, Some("42P01")));
}

#[tokio::test]
async fn a_peer_that_leaves_during_an_operation_is_one_499() {
    let Some(postgres) = PrivatePostgres::start_or_skip(&[]) else { return };
    let server = start(settings(&postgres, Pool::None)).await;
    let mut own = connect(&postgres).await;
    let lock = own.transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE threads IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let waiting = send(server.addr(), "GET /threads HTTP/1.1\r\nhost: t\r\n\r\n").await;
    eventually(&server, |counts| counts.db.connections_opened == 1).await;
    drop(waiting);
    let counts = eventually(&server, |counts| counts.total("GET /threads") == 1).await;
    assert_eq!(count(&counts, "GET /threads", 499), 1);
    lock.rollback().await.unwrap();
    assert_eq!(open(server.addr(), "GET", "/threads", None, "").await.status, 200);
}

#[tokio::test]
async fn two_backends_share_a_database_and_a_restart_keeps_it() {
    let Some(postgres) = PrivatePostgres::start_or_skip(&[]) else { return };
    let (one, two) =
        tokio::join!(start(settings(&postgres, Pool::None)), start(settings(&postgres, Pool::None)));
    thread(one.addr(), "t").await;
    let taken = call(two.addr(), "POST", "/threads", Some(r#"{"id":"t","title":"t"}"#)).await;
    assert_eq!(taken.status, 409);
    // The ids that each gives to the messages of its streams do not collide.
    for server in [&one, &two] {
        assert!(ask(server.addr()).await.finish().await.body.contains("done"));
    }
    one.stop().await;
    let again = start(settings(&postgres, Pool::None)).await;
    let kept = call(again.addr(), "GET", "/threads/t/messages", None).await.json();
    assert_eq!(kept.as_array().unwrap().len(), 4);
}
