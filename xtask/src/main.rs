//! `cargo xtask`: everything one does with this repository, in one program.
//!
//! - [`serve`] builds the page and serves it on this machine;
//! - [`checks`] runs what CI runs, cheapest first;
//! - [`dist`] packs the page small, for a host, and weighs it; from that, the npm package;
//! - [`precache`] lists what the page keeps for when there is no network;
//! - [`torch`] runs the trainer with LibTorch;
//! - [`tools`] finds cargo, node, npm and Chromium, and installs what it may.
//!
//! Each command installs what it needs or says in one sentence what is missing. Nothing here ships.

mod arguments;
mod browser_build;
mod checks;
mod dist;
mod drift;
mod precache;
mod project;
mod serve;
mod tools;
mod torch;
mod weights;

use std::process::ExitCode;

use anyhow::{Result, bail};
use arguments::Arguments;
use browser_build::{PEER, Profile};
use project::Project;

const HELP: &str = "\
cargo xtask serve [--port 8080] [--open]   build the page and serve it on this machine
cargo xtask test [--only NAME]...          everything CI runs, cheapest first
cargo xtask dist [--no-opt]                pack the page into dist/ and weigh it
cargo xtask package                        put the npm package together in dist-npm/
cargo xtask fmt                            lay out Rust, JavaScript, CSS and HTML
cargo xtask samples                        paint the sample pictures again
cargo xtask torch WORDS…                   naobu WORDS… with LibTorch, to train faster
cargo xtask peer [ROUNDS] [WORD]...        time the networks beside onnxruntime-web
cargo xtask icons                          draw the icons in their sizes again";

fn main() -> ExitCode {
    match run(Arguments::new(std::env::args().skip(1))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: Arguments) -> Result<()> {
    let project = Project::find()?;
    match arguments.command().as_deref() {
        Some("serve") => {
            let port = match arguments.value("--port")? {
                Some(text) => serve::port_from_text(&text)?,
                None => serve::DEFAULT_PORT,
            };
            let opens = arguments.flag("--open");
            arguments.finish()?;
            serve::serve(&project, port, opens)
        }
        Some("test") => {
            let only = arguments.values("--only")?;
            arguments.finish()?;
            checks::run(&project, &only)
        }
        Some("dist") => {
            let optimizes = !arguments.flag("--no-opt");
            arguments.finish()?;
            dist::dist(&project, optimizes)
        }
        Some("package") => {
            arguments.finish()?;
            dist::package(&project)
        }
        Some("fmt") => {
            arguments.finish()?;
            checks::fmt(&project)
        }
        Some("samples") => {
            arguments.finish()?;
            tools::run(project.cargo("run").args([
                "--profile",
                "xtask",
                "--package",
                "xtask",
                "--features",
                "samples",
                "--bin",
                "samples",
            ]))
        }
        Some("torch") => torch::run(&project, &arguments.rest()),
        Some("peer") => peer(&project, &arguments.rest()),
        Some("icons") => {
            arguments.finish()?;
            let chromium = tools::ensure_chromium(&project)?;
            tools::ensure_node_modules(&project)?;
            let script = project.path("xtask/src/icons.mjs");
            tools::run(tools::node(&project)?.arg(script).env("CHROMIUM", chromium))
        }
        Some("help" | "--help" | "-h") | None => {
            println!("{HELP}\n\nThe names for --only: {}", checks::names().join(", "));
            Ok(())
        }
        Some(other) => bail!("there is no command {other:?}; these are:\n{HELP}"),
    }
}

/// Times our networks beside onnxruntime-web, which only this installs.
fn peer(project: &Project, words: &[String]) -> Result<()> {
    let chromium = tools::ensure_chromium(project)?;
    tools::ensure_node_modules(project)?;
    let into = project.path("target/peer");
    browser_build::build(project, PEER, Profile::Web, &into)?;
    let folder = project.path("benches/peer");
    tools::ensure_npm_packages(project, &folder)?;
    tools::run(
        tools::node(project)?.arg(folder.join("peer.mjs")).args(words).env("CHROMIUM", chromium),
    )
}
