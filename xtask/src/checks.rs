//! `cargo xtask test`: everything CI runs, cheapest first, until the first failure.
//!
//! Burn is large, so the order and the profiles below also keep the number of times it is compiled
//! at four: metadata and code, natively (`dev`) and for the browser (`web`). Clippy and the
//! documentation share the native metadata; the browser tests use the build of the step before.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::browser_build::{self, Profile};
use crate::project::Project;
use crate::{drift, precache, tools};

/// One thing to check.
struct Step {
    name: &'static str,
    what: &'static str,
    check: fn(&Project) -> Result<()>,
}

const STEPS: [Step; 14] = [
    Step { name: "format", what: "Rust is laid out by rustfmt", check: rustfmt },
    Step { name: "prettier", what: "the page is laid out by Prettier", check: prettier },
    Step { name: "drift", what: "files that must agree do", check: drift::check },
    Step { name: "types", what: "the types of the page", check: page_types },
    Step { name: "web", what: "JavaScript unit tests", check: web_tests },
    Step { name: "xtask", what: "tests of xtask and of the samples", check: xtask_tests },
    Step { name: "clippy", what: "lints, native", check: clippy },
    Step { name: "clippy-wasm", what: "lints, for the browser", check: clippy_wasm },
    Step { name: "doc", what: "the documentation of the code", check: doc },
    Step { name: "rust", what: "Rust tests, on the CPU", check: rust_tests },
    Step { name: "wasm", what: "the browser build", check: wasm },
    Step { name: "worker-types", what: "the types of the worker", check: worker_types },
    Step { name: "package", what: "the npm package, packed and installed", check: package_tests },
    Step { name: "pages", what: "the page in Chromium and Firefox", check: page_tests },
];

/// What the page is made of, for Prettier.
const PAGE_SOURCES: [&str; 7] = [
    "index.html",
    "*.{js,mjs,json}",
    "examples/*.{mjs,html}",
    "npm/*.{js,ts,json}",
    "www/**/*.{js,mjs,css}",
    "tests/**/*.{js,mjs,mts}",
    "xtask/src/*.mjs",
];

/// The same report on a terminal and in a log.
const NODE_TEST: [&str; 2] = ["--test", "--test-reporter=spec"];

/// The names that `--only` takes.
pub(crate) fn names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

/// Runs the named steps, or all of them.
pub(crate) fn run(project: &Project, only: &[String]) -> Result<()> {
    if let Some(unknown) = only.iter().find(|name| !names().contains(&name.as_str())) {
        bail!("there is no step {unknown:?}; these are: {}", names().join(", "));
    }
    let chosen: Vec<&Step> = STEPS
        .iter()
        .filter(|step| only.is_empty() || only.iter().any(|name| name == step.name))
        .collect();
    let start = Instant::now();
    let mut done = Vec::new();
    for (index, step) in chosen.iter().enumerate() {
        println!("\n── {}/{} {}: {}", index + 1, chosen.len(), step.name, step.what);
        let step_start = Instant::now();
        let result = (step.check)(project);
        let secs = step_start.elapsed().as_secs_f64();
        println!("── {}: {secs:.1} s", step.name);
        result.with_context(|| format!("the step `{}` failed", step.name))?;
        done.push(format!("{:<14}{secs:>8.1} s", step.name));
    }
    println!("\n{}\n{:<14}{:>8.1} s", done.join("\n"), "together", start.elapsed().as_secs_f64());
    println!("All checks passed.");
    Ok(())
}

/// `cargo xtask fmt`: lays out everything the first two steps look at.
pub(crate) fn fmt(project: &Project) -> Result<()> {
    tools::run(project.cargo("fmt").arg("--all"))?;
    run_prettier(project, "--write")
}

fn rustfmt(project: &Project) -> Result<()> {
    tools::run(project.cargo("fmt").args(["--all", "--check"]))
        .context("run `cargo xtask fmt` to mend the layout")
}

fn prettier(project: &Project) -> Result<()> {
    run_prettier(project, "--check").context("run `cargo xtask fmt` to mend the layout")
}

fn run_prettier(project: &Project, mode: &str) -> Result<()> {
    let mut prettier = tools::node_program(project, "prettier/bin/prettier.cjs")?;
    prettier.args([mode, "--log-level", "warn", "--no-error-on-unmatched-pattern"]);
    tools::run(prettier.args(PAGE_SOURCES))
}

fn page_types(project: &Project) -> Result<()> {
    tsc(project, "tsconfig.json")?;
    tsc(project, "tsconfig.npm.json")
}

/// After the browser build, which writes the types of the engine.
fn worker_types(project: &Project) -> Result<()> {
    ensure_browser_build(project)?;
    tsc(project, "tsconfig.worker.json")
}

fn tsc(project: &Project, config: &str) -> Result<()> {
    let mut tsc = tools::node_program(project, "typescript/bin/tsc")?;
    tools::run(tsc.args(["--noEmit", "--project", config]))
}

fn web_tests(project: &Project) -> Result<()> {
    node_tests(project, "tests/web")
}

fn package_tests(project: &Project) -> Result<()> {
    ensure_browser_build(project)?;
    node_tests(project, "tests/package")
}

fn node_tests(project: &Project, folder: &str) -> Result<()> {
    let mut node = tools::node(project)?;
    tools::ensure_node_modules(project)?;
    tools::run(node.args(NODE_TEST).args(test_files(project, folder)?))
}

fn xtask_tests(project: &Project) -> Result<()> {
    let mut cargo = project.cargo("test");
    tools::run(cargo.args(["--package", "xtask", "--profile", "xtask", "--features", "samples"]))
}

/// With `disallowed-methods` off: they are about browsers.
fn clippy(project: &Project) -> Result<()> {
    let mut cargo = project.cargo("clippy");
    cargo.args(["--workspace", "--all-targets", "--features", "train,xtask/samples"]);
    tools::run(cargo.args(["--", "-D", "warnings", "-A", "clippy::disallowed_methods"]))
}

/// In the profile of the browser build, to share its build scripts and macros.
fn clippy_wasm(project: &Project) -> Result<()> {
    tools::ensure_wasm_target(project)?;
    let mut cargo = project.cargo("clippy");
    cargo.args(["--package", "naobu", "--lib", "--target", tools::WASM, "--profile", "web"]);
    tools::run(cargo.args(["--no-default-features", "--", "-D", "warnings"]))
}

fn doc(project: &Project) -> Result<()> {
    let mut cargo = project.cargo("doc");
    cargo.args(["--workspace", "--no-deps", "--document-private-items"]);
    cargo.args(["--features", "train,xtask/samples"]);
    tools::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

fn rust_tests(project: &Project) -> Result<()> {
    tools::run(project.cargo("test").args(["--package", "naobu", "--features", "train"]))
}

fn wasm(project: &Project) -> Result<()> {
    ensure_browser_build(project)
}

/// Also writes what the page keeps, so that any static server can serve it as it is.
fn ensure_browser_build(project: &Project) -> Result<()> {
    browser_build::build(project, browser_build::PAGE, Profile::Web, &project.path("pkg"))?;
    precache::write(project.root())
}

/// One file at a time: each starts a browser and computes. A file that fails is run once more, for
/// a browser on a busy machine may be late where a test has not waited for it. The last lines say
/// which files needed that: each of them is a mistake, of the page's or of the test's.
fn page_tests(project: &Project) -> Result<()> {
    ensure_browser_build(project)?;
    tools::ensure_node_modules(project)?;
    let chromium = tools::ensure_chromium(project)?;
    tools::offer_firefox(project)?;
    let naobu = naobu_command(project)?;
    let fails = |file: &PathBuf| -> Result<bool> {
        let mut node = tools::node(project)?;
        node.args(NODE_TEST).arg(file).env("CHROMIUM", &chromium).env("NAOBU", &naobu);
        Ok(tools::run(&mut node).is_err())
    };
    let mut once = Vec::new();
    for file in test_files(project, "tests/pages")? {
        if fails(&file)? {
            once.push(file);
        }
    }
    let mut twice = Vec::new();
    for file in once {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if fails(&file)? {
            twice.push(name);
        } else {
            eprintln!("warning: {name} failed, and passed when it ran again");
        }
    }
    if !twice.is_empty() {
        bail!("failed twice: {}", twice.join(", "));
    }
    Ok(())
}

/// The command, as the Rust tests have built it: `cargo run` would choose other features for what
/// both depend on, and compile Burn once more.
fn naobu_command(project: &Project) -> Result<PathBuf> {
    let mut cargo = project.cargo("test");
    cargo.args(["--package", "naobu", "--features", "train", "--no-run"]);
    tools::made_by_cargo(cargo, &[], program_from_message).context("the command does not compile")
}

/// The program that one message of cargo says was made, not its tests.
pub(crate) fn program_from_message(message: &Value) -> Option<PathBuf> {
    let is_ours = message["target"]["name"] == "naobu" && message["profile"]["test"] == false;
    message["executable"].as_str().filter(|_| is_ours).map(PathBuf::from)
}

/// The tests below a folder, by the names that node itself goes by. Listed here because versions
/// of node differ in what they make of a folder.
fn test_files(project: &Project, folder: &str) -> Result<Vec<PathBuf>> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                collect(&path, found)?;
            } else if is_test(&path) {
                found.push(path);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    collect(&project.path(folder), &mut found)
        .with_context(|| format!("cannot look for tests in {folder}/"))?;
    found.sort();
    let found: Vec<PathBuf> =
        found.iter().map(|path| project.relative(path).to_path_buf()).collect();
    if found.is_empty() {
        bail!("{folder}/ holds no test; their names end in .test.js");
    }
    Ok(found)
}

/// Whether node would take a file for a test: `a.test.js`, `a-test.mjs`, `test-a.js`, `test.js`.
fn is_test(path: &Path) -> bool {
    let is_script = path.extension().is_some_and(|end| end == "js" || end == "mjs");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let is_named = stem == "test"
        || stem.starts_with("test-")
        || [".test", "-test", "_test"].iter().any(|end| stem.ends_with(end));
    is_script && is_named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_what_they_use() {
        for name in ["store.test.js", "page.test.mjs", "test-a.js", "a_test.js", "test.mjs"] {
            assert!(is_test(Path::new(name)), "{name}");
        }
        for name in ["server.js", "latest.js", "store.test.js.snap", "contest.mjs"] {
            assert!(!is_test(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn the_program_is_told_from_its_tests_and_from_the_library() {
        let ours = serde_json::json!({
            "reason": "compiler-artifact", "target": { "name": "naobu", "kind": ["bin"] },
            "profile": { "test": false }, "executable": "/t/naobu",
        });
        assert_eq!(program_from_message(&ours), Some(PathBuf::from("/t/naobu")));
        for (key, value) in
            [("profile", serde_json::json!({ "test": true })), ("executable", Value::Null)]
        {
            let mut other = ours.clone();
            other[key] = value;
            assert_eq!(program_from_message(&other), None, "{key}");
        }
    }

    #[test]
    fn each_step_has_its_own_name() {
        let mut sorted = names();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), STEPS.len());
    }
}
