//! What can be wrong with an output.

use std::io;
use std::path::PathBuf;

/// A file that cannot be written. The message names the flag it came from and the path.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The folder is not there and cannot be made.
    #[error("{flag}: cannot create the folder `{}` ({source}); choose another path", path.display())]
    Folder {
        /// The flag that named the file.
        flag: &'static str,
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The path is a folder, where a file is wanted.
    #[error("{flag}: `{}` is a folder; name a file in it", path.display())]
    IsFolder {
        /// The flag that named the file.
        flag: &'static str,
        /// The folder.
        path: PathBuf,
    },
    /// The path names no file, as `..` does.
    #[error("{flag}: `{}` names no file; give a path that ends with a file name", path.display())]
    NoName {
        /// The flag that named the file.
        flag: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// Two outputs want the same file.
    #[error("{flag} and {other} both want to write `{}`; give each a path of its own", path.display())]
    SamePath {
        /// One flag.
        flag: &'static str,
        /// The other flag.
        other: &'static str,
        /// The path.
        path: PathBuf,
    },
    /// The output would replace what it is made of.
    #[error("{flag}: writing `{}` would replace `{}`, which is read; choose another path", path.display(), input.display())]
    IsInput {
        /// The flag that named the file.
        flag: &'static str,
        /// The path.
        path: PathBuf,
        /// The file that is read, as it was named.
        input: PathBuf,
    },
    /// Another run writes there.
    #[error("{flag}: another run is writing to `{}`; choose another path, or wait until it has ended", path.display())]
    InUse {
        /// The flag that named it.
        flag: &'static str,
        /// The folder, or the file.
        path: PathBuf,
    },
    /// Writing failed: no permission, a full disk, a folder that went away.
    #[error("{flag}: cannot write `{}` ({source}); check permissions and free space, or choose another path", path.display())]
    Write {
        /// The flag that named the file.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
