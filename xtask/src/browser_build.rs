//! From the crate to the files a browser loads: cargo, then wasm-bindgen.
//!
//! Two kinds of build share this: `web` into `pkg/`, quick, with names for stack traces; and `dist`
//! into `dist/pkg/`, slow and small. Neither asks where the target folder is: cargo names the file
//! it has made.

use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;

use crate::project::{Project, check_bindgen_version, version_from_lock};
use crate::tools;

/// Says from which wasm the files beside it were generated.
const STAMP: &str = ".generated-from";

/// How the crate is compiled for a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build; what one develops and tests with.
    Web,
    /// Slow to build and small; what a host serves.
    Dist,
}

impl Profile {
    /// The name in `Cargo.toml`.
    fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Dist => "dist",
        }
    }
}

/// The crate of the page. The generated files are `naobu.js`, `naobu.d.ts` and `naobu_bg.wasm`.
pub(crate) const PAGE: &str = "naobu";
/// The crate that `benches/peer` times.
pub(crate) const PEER: &str = "peer";

/// Compiles a crate and brings `into` up to date; answers with the path of the wasm in it.
pub(crate) fn build(
    project: &Project,
    name: &str,
    profile: Profile,
    into: &Path,
) -> Result<PathBuf> {
    let lock = project.read("Cargo.lock")?;
    check_bindgen_version(&lock)?;
    tools::ensure_wasm_target(project)?;
    println!("Compiling for the browser (the first time takes many minutes, then seconds) …");
    let compiled = compile(project, name, profile)?;

    let wasm = into.join(format!("{name}_bg.wasm"));
    let version = version_from_lock(&lock, "wasm-bindgen").unwrap_or_default();
    let stamp = stamp(&compiled, version, profile)?;
    let is_current = std::fs::read_to_string(into.join(STAMP)).is_ok_and(|old| old == stamp);
    if !(is_current && wasm.is_file() && into.join(format!("{name}.js")).is_file()) {
        let start = Instant::now();
        print!("Generating {} … ", project.relative(into).display());
        std::io::Write::flush(&mut std::io::stdout())?;
        bind(&compiled, name, profile, into)?;
        std::fs::write(into.join(STAMP), stamp)?;
        println!("{:.1} s", start.elapsed().as_secs_f64());
    }
    Ok(wasm)
}

fn compile(project: &Project, name: &str, profile: Profile) -> Result<PathBuf> {
    let mut cargo = project.cargo("rustc");
    cargo.args(["--package", name, "--lib", "--target", tools::WASM, "--no-default-features"]);
    cargo.args(["--profile", profile.name()]);
    // These replace the flags in `.cargo/config.toml`, and with them SIMD.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    // Or else the linker calls them at the start of every exported function: see `src/web.rs`.
    let once = ["-C", "link-arg=--export=__wasm_call_ctors"];
    tools::made_by_cargo(cargo, &once, |message| wasm_from_message(message, name))
        .context("the crate does not compile for the browser")
}

/// The wasm that one message of cargo says was made from a crate.
fn wasm_from_message(message: &Value, name: &str) -> Option<PathBuf> {
    let is_ours = message["reason"] == "compiler-artifact" && message["target"]["name"] == name;
    let files = message["filenames"].as_array().filter(|_| is_ours)?;
    files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".wasm")).map(PathBuf::from)
}

/// Tells one wasm from another. The times of files do not: several checkouts may share a target
/// folder, and cargo then puts back an older file.
fn stamp(compiled: &Path, version: &str, profile: Profile) -> Result<String> {
    let bytes = std::fs::read(compiled)
        .with_context(|| format!("cannot read what cargo made, {}", compiled.display()))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    Ok(format!("{:016x} {version} {}\n", hasher.finish(), profile.name()))
}

fn bind(compiled: &Path, name: &str, profile: Profile, into: &Path) -> Result<()> {
    let snippets = into.join("snippets");
    if snippets.is_dir() {
        std::fs::remove_dir_all(&snippets)?;
    }
    std::fs::create_dir_all(into)?;
    let is_small = profile == Profile::Dist;
    Bindgen::new()
        .input_path(compiled)
        .out_name(name)
        .web(true)?
        .typescript(true)
        .remove_name_section(is_small)
        .remove_producers_section(is_small)
        .generate(into)
        .context("wasm-bindgen refuses what cargo made")
}

/// Takes away what no browser loads.
pub(crate) fn remove_leftovers(folder: &Path) -> Result<()> {
    for name in [STAMP.to_owned(), format!("{PAGE}.d.ts"), format!("{PAGE}_bg.wasm.d.ts")] {
        std::fs::remove_file(folder.join(&name)).with_context(|| format!("{name} is missing"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wasm_is_found_among_cargos_answers() {
        let ours = serde_json::json!({
            "reason": "compiler-artifact", "target": { "name": "naobu" },
            "filenames": ["/t/libnaobu.rlib", "/t/naobu.wasm"],
        });
        assert_eq!(wasm_from_message(&ours, PAGE), Some(PathBuf::from("/t/naobu.wasm")));
        let mut other = ours.clone();
        other["target"]["name"] = "burn".into();
        assert_eq!(wasm_from_message(&other, PAGE), None);
    }
}
