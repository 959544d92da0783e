//! Files that a person names, read no further than a bound.
//!
//! A device, a pipe or a file of /proc states no size before it is read, and may have no end: so what counts are the
//! bytes that came, and whoever reads a file says how many may.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Most bytes of what people write by hand, and of what identifies them: shapes, APIs, tokens, certificates.
pub const BY_HAND: u64 = 16 << 20;

/// All of a file, if it has no more than `most` bytes, which are whole MiB.
///
/// # Errors
/// It cannot be read, or goes on after `most` bytes ([`ErrorKind::FileTooLarge`]). The error's words need the file's
/// name in front of them.
pub fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(read) {
        Ok(read) if read <= most => Ok(bytes),
        _ => Err(io::Error::new(
            ErrorKind::FileTooLarge,
            format!("it has more than {} MiB, the most that is read", most >> 20),
        )),
    }
}

/// The text of a file, likewise.
///
/// # Errors
/// As for [`bytes`], or it is no UTF-8 ([`ErrorKind::InvalidData`]).
pub fn text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(bytes(path, most)?)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_states_no_size_is_read_to_the_bound_and_no_further() {
        for endless in ["/dev/zero", "/dev/urandom"] {
            let error = bytes(Path::new(endless), 1 << 20).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::FileTooLarge, "{endless}");
            assert_eq!(error.to_string(), "it has more than 1 MiB, the most that is read");
        }
        assert!(
            text(Path::new("/proc/self/stat"), 1 << 20).unwrap().contains(' '),
            "states 0 bytes, and has some"
        );
        assert_eq!(bytes(Path::new("/dev/null"), 0).unwrap(), b"");
    }

    #[test]
    fn as_many_bytes_as_may_be_are_read() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let size = std::fs::metadata(&file).unwrap().len();
        assert_eq!(text(&file, size).unwrap().len() as u64, size);
        assert_eq!(text(&file, size - 1).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(text(Path::new("no/such"), size).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
