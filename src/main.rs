//! The command line: translates arguments, delegates, prints. No decision is made here.

use clap::Parser;

mod cli;

fn main() -> std::process::ExitCode {
    match cli::Command::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("naobu: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
