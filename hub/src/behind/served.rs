//! What the model says of its requests: lines of JSON, a header first.

use common::trace::TraceId;
use serde::Deserialize;

/// One request that the model has finished. Times are microseconds of its own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Its number; none is given twice.
    pub seq: u64,
    /// The trace that its caller named.
    pub trace: Option<TraceId>,
    /// The nonce in its question.
    pub nonce: Option<u32>,
    /// When it had the whole question.
    pub received_us: u64,
    /// When it wrote the first token.
    pub first_us: Option<u64>,
    /// When it wrote the last one.
    pub last_us: Option<u64>,
    /// When the answer had ended.
    pub ended_us: u64,
}

/// A page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServedPage {
    /// Number of the newest that has finished.
    pub newest: u64,
    /// Requests that the model has not finished.
    pub open: u64,
    /// Finished requests that the model has forgotten.
    pub dropped: u64,
    /// In the order of their numbers.
    pub served: Vec<Served>,
}

/// What is no such page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPage {
    #[error("its page begins with no header, so it is no list of a model's requests")]
    Header,
    #[error("line {0} of its page is no request")]
    Line(usize),
}

#[derive(Deserialize)]
struct Header {
    header: bool,
    newest: u64,
    #[serde(default)]
    open: u64,
    #[serde(default)]
    dropped: u64,
}

#[derive(Deserialize)]
struct Line<'l> {
    seq: u64,
    #[serde(borrow, default)]
    trace: Option<std::borrow::Cow<'l, str>>,
    #[serde(borrow, default)]
    nonce: Option<std::borrow::Cow<'l, str>>,
    received_us: u64,
    #[serde(default)]
    first_us: Option<u64>,
    #[serde(default)]
    last_us: Option<u64>,
    ended_us: u64,
}

impl ServedPage {
    /// Reads a page.
    ///
    /// # Errors
    /// It has no header, or a line that is no request.
    pub fn read(page: &[u8]) -> Result<ServedPage, NoPage> {
        let mut lines = page.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        let header = lines.next().and_then(|(_, line)| serde_json::from_slice::<Header>(line).ok());
        let header = header.filter(|header| header.header).ok_or(NoPage::Header)?;
        let served = lines.map(|(place, line)| read_line(line).ok_or(NoPage::Line(place + 1)));
        Ok(ServedPage {
            newest: header.newest,
            open: header.open,
            dropped: header.dropped,
            served: served.collect::<Result<_, _>>()?,
        })
    }
}

fn read_line(line: &[u8]) -> Option<Served> {
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    Some(Served {
        seq: line.seq,
        // Whatever else a caller put there is as good as none.
        trace: line.trace.and_then(|trace| trace.parse().ok()),
        nonce: line.nonce.and_then(|nonce| u32::from_str_radix(&nonce, 16).ok()),
        received_us: line.received_us,
        first_us: line.first_us,
        last_us: line.last_us,
        ended_us: line.ended_us,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        r#"{"header":true,"now_us":9,"oldest":1,"newest":2,"dropped":3,"received":6,"open":1}"#;

    #[test]
    fn a_page_is_a_header_and_requests() {
        let page = format!(
            "{HEADER}\n{}\n{}\n",
            r#"{"seq":1,"request":"a","trace":"0af7651916cd43dd8448eb211c80319c","nonce":"0a1b2c3d","path":"/p","model":"m",
               "status":200,"outcome":"ok","received_us":1,"started_us":2,"first_us":3,"last_us":4,"ended_us":5,"tokens":6}"#
                .replace('\n', ""),
            r#"{"seq":2,"trace":null,"nonce":null,"received_us":7,"first_us":null,"last_us":null,"ended_us":8,"more":[]}"#
        );
        let read = ServedPage::read(page.as_bytes()).unwrap();
        assert_eq!((read.newest, read.open, read.dropped), (2, 1, 3));
        let first = Served {
            seq: 1,
            trace: "0af7651916cd43dd8448eb211c80319c".parse().ok(),
            nonce: Some(0x0a1b_2c3d),
            received_us: 1,
            first_us: Some(3),
            last_us: Some(4),
            ended_us: 5,
        };
        let second = Served {
            seq: 2,
            trace: None,
            nonce: None,
            received_us: 7,
            first_us: None,
            last_us: None,
            ended_us: 8,
        };
        assert_eq!(read.served, [first, second]);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for (page, wrong) in [
            (String::new(), NoPage::Header),
            ("<html>".to_owned(), NoPage::Header),
            (r#"{"header":false,"newest":1}"#.to_owned(), NoPage::Header),
            (format!("{HEADER}\n{{\"seq\":1}}\n"), NoPage::Line(2)),
            (format!("{HEADER}\n\n[]"), NoPage::Line(3)),
        ] {
            assert_eq!(ServedPage::read(page.as_bytes()), Err(wrong), "{page}");
        }
    }
}
