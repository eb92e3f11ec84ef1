//! `cargo xtask torch …`: `naobu …` built with LibTorch, which trains on a processor 1.7
//! times as fast as Burn's own device.
//!
//! LibTorch comes out of PyTorch's wheel, in a virtual environment in `.torch/`; nothing but this
//! command uses it. Start reading at [`run`].

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::project::Project;
use crate::tools;

/// What tch 0.22 is made for is 2.9.0; from 2.10 on it links, and its first tensor panics.
const PYTORCH: &str = "torch==2.9.1";

/// Installs and builds what is missing, then runs `naobu` with these words.
pub(crate) fn run(project: &Project, words: &[String]) -> Result<()> {
    let environment = project.path(".torch");
    let python = environment.join("bin").join("python");
    let site = match packages(project, &python) {
        Some(site) if site.join("torch").is_dir() => site,
        _ => install(project, &environment, &python)?,
    };
    let mut cargo = project.cargo("build");
    cargo.args(["--release", "--package", "naobu", "--bin", "naobu", "--features", "tch"]);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let bin = environment.join("bin");
    let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&folders)))?;
    cargo.env("PATH", path).env("LIBTORCH_USE_PYTORCH", "1");
    cargo.env("LIBTORCH_BYPASS_VERSION_CHECK", "1");
    let naobu = tools::made_by_cargo(cargo, &[], crate::checks::program_from_message)?;
    let mut naobu = project.command(naobu);
    naobu.args(words).env("LD_LIBRARY_PATH", std::env::join_paths(libraries(&site))?);
    for threads in ["OMP_NUM_THREADS", "RAYON_NUM_THREADS"] {
        // A second thread gains little for networks of this size; a second training gains all of it.
        if std::env::var_os(threads).is_none() {
            naobu.env(threads, "1");
        }
    }
    tools::run(&mut naobu)
}

/// Where the packages of `python` lie; `None` where there is no such program.
fn packages(project: &Project, python: &Path) -> Option<PathBuf> {
    let ask = "import sysconfig; print(sysconfig.get_path('purelib'))";
    tools::output(project.command(python).args(["-c", ask])).map(PathBuf::from)
}

fn install(project: &Project, environment: &Path, python: &Path) -> Result<PathBuf> {
    println!("Installing {PYTORCH} into .torch: some gigabytes …");
    tools::run(project.command("python3").args(["-m", "venv"]).arg(environment))
        .context("training with LibTorch needs Python 3 with venv, to install it")?;
    // Its build asks Python where torch lies, and torch wants numpy to say so in silence.
    tools::run(project.command(python).args(["-m", "pip", "install", PYTORCH, "numpy"]))
        .with_context(|| format!("pip could not install {PYTORCH}"))?;
    packages(project, python).context("the environment in .torch has no packages; delete it")
}

/// The folders of LibTorch's libraries and of those that they load, some of which only machines with
/// a graphics card have a use for.
fn libraries(site: &Path) -> Vec<PathBuf> {
    let nvidia = std::fs::read_dir(site.join("nvidia")).into_iter().flatten().flatten();
    let more = nvidia.map(|package| package.path().join("lib")).filter(|folder| folder.is_dir());
    std::iter::once(site.join("torch").join("lib")).chain(more).collect()
}
