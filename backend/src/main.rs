//! `backend`: the sandbox chat backend.

use std::process::ExitCode;

fn main() -> ExitCode {
    backend::program::main()
}
