//! `worker`: runs virtual users for a controller.

use std::process::ExitCode;

fn main() -> ExitCode {
    worker::program::main()
}
