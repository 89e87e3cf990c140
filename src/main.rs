//! Parse, run, report, exit.

fn main() -> std::process::ExitCode {
    siegelpost::cli::run().into()
}
