//! Where a body ends: by its length, by its chunks (RFC 9112 §7.1), or with the connection.

use super::failure::HttpError;
use super::head::Headers;

/// Most bytes of chunk extensions and trailers in one body.
const MOST_OVERHEAD: u32 = 16 << 10;
/// What most often follows the data of the last chunk; its beginning follows that of every other.
const END: &[u8] = b"\r\n0\r\n\r\n";

/// What is left of a body (RFC 9112 §6.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    /// Nothing.
    Done,
    /// So many bytes, at least one.
    Length(u64),
    /// Chunks.
    Chunked(Chunks),
    /// Everything until the peer closes the connection.
    UntilClosed,
}

impl Body {
    /// The body that follows a head. Its length, if it has one, must be one number.
    pub(super) fn of(status: u16, headers: Headers<'_>) -> Result<Body, HttpError> {
        if matches!(status, 101 | 204 | 304) {
            return Ok(Body::Done);
        }
        if let Some(coding) = headers.all("transfer-encoding").last() {
            let last = coding.rsplit(|byte| *byte == b',').next().unwrap_or_default();
            let chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            return Ok(if chunked { Body::Chunked(Chunks::default()) } else { Body::UntilClosed });
        }
        let mut length = None;
        for value in headers.all("content-length") {
            let value = number(value).ok_or(HttpError::Length)?;
            if length.replace(value).is_some_and(|before| before != value) {
                return Err(HttpError::Length);
            }
        }
        Ok(match length {
            None => Body::UntilClosed,
            Some(0) => Body::Done,
            Some(length) => Body::Length(length),
        })
    }

    /// Takes what belongs to the body from the front of `input` and hands its data to `sink`, with whether nothing
    /// but the framing of chunks is behind it.
    /// Whatever stays in `input` came after the body's end.
    pub(super) fn take(
        &mut self,
        input: &mut &[u8],
        mut sink: impl FnMut(&[u8], bool),
    ) -> Result<(), HttpError> {
        match self {
            Body::Done => {}
            Body::UntilClosed => sink(std::mem::take(input), true),
            Body::Length(left) => {
                let length = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                let (data, rest) = input.split_at(length);
                sink(data, rest.is_empty());
                *input = rest;
                *left -= length as u64;
                if *left == 0 {
                    *self = Body::Done;
                }
            }
            Body::Chunked(chunks) => {
                if chunks.take(input, sink)? {
                    *self = Body::Done;
                }
            }
        }
        Ok(())
    }

    /// Whether all of it was taken.
    pub(super) fn is_done(&self) -> bool {
        *self == Body::Done
    }
}

/// Digits alone: `str::parse` would take a sign.
fn number(text: &[u8]) -> Option<u64> {
    let digits = text.trim_ascii();
    let add = |number: u64, digit: &u8| {
        let digit = digit.wrapping_sub(b'0');
        if digit < 10 { number.checked_mul(10)?.checked_add(digit.into()) } else { None }
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

/// A chunked body as far as it was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunks {
    state: State,
    /// Size of the chunk whose line is being read, then what is left of its data.
    left: u64,
    overhead: u32,
}

/// Which byte is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first digit of a size.
    Size,
    /// Another digit, or what ends the size.
    SizeMore,
    /// Blanks behind the size.
    Blank,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// The first byte of a trailer's line, or of the last line.
    Trailer,
    TrailerMore,
    TrailerLf,
    LastLf,
}

impl Default for Chunks {
    fn default() -> Self {
        Self { state: State::Size, left: 0, overhead: 0 }
    }
}

impl Chunks {
    /// Takes what belongs to the body from `input`, data to `sink`. Returns whether it has ended.
    fn take(&mut self, input: &mut &[u8], mut sink: impl FnMut(&[u8], bool)) -> Result<bool, HttpError> {
        while let Some((&byte, rest)) = input.split_first() {
            if self.state == State::Size
                && let Some((size, line)) = usual_size(input)
            {
                (self.left, self.state) = (size, State::Data);
                *input = &input[line..];
                continue;
            }
            if self.state == State::Data {
                let length = input.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                let (data, rest) = input.split_at(length);
                // What follows one chunk when each comes by itself is compared without a call.
                sink(data, rest == b"\r\n" || END.starts_with(rest));
                *input = rest;
                self.left -= length as u64;
                if self.left == 0 {
                    self.state = State::DataCr;
                    // As it most often is, at once.
                    if let Some(rest) = input.strip_prefix(b"\r\n") {
                        (*input, self.state) = (rest, State::Size);
                    }
                }
                continue;
            }
            *input = rest;
            if self.state == State::LastLf {
                return if byte == b'\n' { Ok(true) } else { Err(HttpError::Chunk) };
            }
            self.state = self.after(byte)?;
        }
        Ok(false)
    }

    /// The state after a byte that is no data and not the last one.
    fn after(&mut self, byte: u8) -> Result<State, HttpError> {
        Ok(match (self.state, byte) {
            (State::Size, _) => {
                self.left = u64::from(digit(byte).ok_or(HttpError::Chunk)?);
                State::SizeMore
            }
            (State::SizeMore | State::Blank | State::Extension, b'\r') => State::SizeLf,
            (State::SizeMore | State::Blank, b';') => State::Extension,
            (State::SizeMore | State::Blank, b' ' | b'\t') => self.over(State::Blank)?,
            (State::SizeMore, _) => {
                let digit = digit(byte).filter(|_| self.left >> 60 == 0).ok_or(HttpError::Chunk)?;
                self.left = self.left << 4 | u64::from(digit);
                State::SizeMore
            }
            // A line feed alone would let two parties see different chunks.
            (State::Extension | State::TrailerMore, b'\n') => return Err(HttpError::Chunk),
            (State::Extension, _) => self.over(State::Extension)?,
            (State::SizeLf, b'\n') if self.left == 0 => State::Trailer,
            (State::SizeLf, b'\n') => State::Data,
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size,
            (State::Trailer, b'\r') => State::LastLf,
            (State::TrailerMore, b'\r') => State::TrailerLf,
            (State::TrailerLf, b'\n') => State::Trailer,
            (State::Trailer | State::TrailerMore, _) => self.over(State::TrailerMore)?,
            _ => return Err(HttpError::Chunk),
        })
    }

    /// Counts a byte that carries no data.
    fn over(&mut self, next: State) -> Result<State, HttpError> {
        self.overhead += 1;
        if self.overhead > MOST_OVERHEAD { Err(HttpError::ChunkOverhead) } else { Ok(next) }
    }
}

/// The size of a chunk, at least 1, and the length of its line, if that is as most are: up to three
/// digits and the line's end, all of it there. Any other goes byte by byte.
fn usual_size(input: &[u8]) -> Option<(u64, usize)> {
    let mut size = 0;
    for (at, byte) in input.iter().take(4).enumerate() {
        match digit(*byte) {
            Some(digit) => size = size << 4 | u64::from(digit),
            None => return (size > 0 && input[at..].starts_with(b"\r\n")).then_some((size, at + 2)),
        }
    }
    None
}

fn digit(byte: u8) -> Option<u8> {
    // At most 15.
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Decodes pieces; returns the data, whether the body ended, and what was left over.
    fn decode(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool, Vec<u8>), String> {
        let (mut chunks, mut data, mut ended, mut rest) = (Chunks::default(), Vec::new(), false, Vec::new());
        for mut piece in pieces.iter().copied() {
            if !ended {
                let taken = chunks.take(&mut piece, |part, _| data.extend_from_slice(part));
                ended = taken.map_err(|error| format!("{error:?}"))?;
            }
            rest.extend_from_slice(piece);
        }
        Ok((data, ended, rest))
    }

    #[test]
    fn extensions_blanks_and_trailers_carry_no_data() {
        let body = b"3;a=\"b\"\r\nabc\r\n0A \t\r\n0123456789\r\n000;x\r\nx-sum: 1\r\ny: z\r\n\r\nHTTP";
        let expected = (b"abc0123456789".to_vec(), true, b"HTTP".to_vec());
        assert_eq!(decode(&[body]), Ok(expected));
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for body in
            ["\r\n", "xyz\r\n", "-1\r\n", "3\nabc", "3\r\nabcd", "3\r\nabc\r3", "fffffffffffffffff\r\n"]
        {
            assert_eq!(decode(&[body.as_bytes()]), Err("Chunk".to_owned()), "{body:?}");
        }
        for body in ["1;a\nb", "0\r\nx: y\nz", "0\r\n\rx", "0\r\nx\rx", "1 1\r\n", "1\rx"] {
            assert_eq!(decode(&[body.as_bytes()]), Err("Chunk".to_owned()), "{body:?}");
        }
        assert_eq!(decode(&[b"ffffffffffffffff\r\nabc"]), Ok((b"abc".to_vec(), false, vec![])));
    }

    #[test]
    fn what_surrounds_the_data_is_bounded() {
        let long = "x".repeat(MOST_OVERHEAD as usize + 1);
        for body in [format!("1;{long}"), format!("0\r\n{long}"), format!("1{}", " ".repeat(20_000))] {
            assert_eq!(decode(&[body.as_bytes()]), Err("ChunkOverhead".to_owned()));
        }
    }

    #[test]
    fn data_is_the_last_of_a_read_when_only_framing_follows() {
        let last = |mut input: &[u8], mut body: Body| {
            let mut told = Vec::new();
            body.take(&mut input, |_, last| told.push(last)).unwrap();
            told
        };
        let chunked = |input: &[u8]| last(input, Body::Chunked(Chunks::default()));
        assert_eq!(chunked(b"3\r\nabc\r\n3\r\nabc\r\n0\r\n\r\n"), [false, true]);
        assert_eq!(chunked(b"3\r\nabc\r\n1"), [false], "the beginning of what came later");
        assert_eq!((chunked(b"3\r\nabc\r\n"), chunked(b"3\r\na")), (vec![true], vec![true]));
        assert_eq!(
            (last(b"abcd", Body::Length(3)), last(b"abc", Body::UntilClosed)),
            (vec![false], vec![true])
        );
    }

    proptest! {
        #[test]
        fn reads_may_be_cut_anywhere(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..8),
            cuts in prop::collection::vec(0..400usize, 0..20),
        ) {
            let mut body = Vec::new();
            for chunk in &chunks {
                body.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                body.extend(chunk);
                body.extend(b"\r\n");
            }
            body.extend(b"0\r\n\r\n");
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|ends| &body[ends[0]..ends[1]]).collect();
            prop_assert_eq!(decode(&pieces), Ok((chunks.concat(), true, vec![])));
        }

        /// What is taken at once where all of it is there, is taken byte by byte where it drips in: with one outcome.
        #[test]
        fn one_read_gives_what_single_bytes_give(
            body in prop::collection::vec(prop::sample::select(b"\r\n\r\n\r\n0113af; x".to_vec()), 0..60)
        ) {
            prop_assert_eq!(decode(&[&body]), decode(&body.chunks(1).collect::<Vec<_>>()));
        }

        #[test]
        fn garbage_never_panics(body: Vec<u8>) {
            let _ = decode(&[&body]);
        }
    }
}
