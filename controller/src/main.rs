//! `controller`: runs a load shape over workers and reports what it found.

fn main() -> std::process::ExitCode {
    controller::program::main()
}
