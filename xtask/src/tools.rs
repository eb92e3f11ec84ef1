//! The programs we call: found, installed where that is allowed, or asked for in one sentence.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::project::Project;

/// The target of the browser build.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// `node --test --test-concurrency` came with this one.
const OLDEST_NODE: (u32, u32) = (20, 10);

/// Runs `command` with our terminal; an exit status other than 0 is an error that names it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let text = text_from_command(command);
    let status = command.status().with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` failed ({status})");
    }
    Ok(())
}

/// Runs a cargo that builds, whose progress and warnings go to the terminal, and gives the last
/// file that `pick` finds among its messages. `rustc` are flags for the last crate, of `cargo rustc`.
pub(crate) fn made_by_cargo(
    mut cargo: Command,
    rustc: &[&str],
    pick: impl Fn(&Value) -> Option<PathBuf>,
) -> Result<PathBuf> {
    cargo.args(["--message-format", "json-render-diagnostics"]);
    if !rustc.is_empty() {
        cargo.arg("--").args(rustc);
    }
    let text = text_from_command(&cargo);
    let mut running =
        cargo.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{text}`"))?;
    let answers = running.stdout.take().context("cargo has no output")?;
    let mut made = None;
    for line in BufReader::new(answers).lines() {
        let message = serde_json::from_str(&line?).unwrap_or(Value::Null);
        made = pick(&message).or(made);
    }
    if !running.wait()?.success() {
        bail!("`{text}` failed; see above");
    }
    made.with_context(|| format!("`{text}` named no such file"))
}

/// What `command` prints; `None` where it does not exist or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// A command as one would type it; the folder of the program and all past a dozen words left out.
pub(crate) fn text_from_command(command: &Command) -> String {
    const WORDS: usize = 12;
    let program = Path::new(command.get_program());
    let program = program.file_stem().unwrap_or(program.as_os_str()).to_string_lossy();
    let mut words = vec![program.into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    if words.len() > WORDS {
        words.truncate(WORDS);
        words.push("…".to_owned());
    }
    words.join(" ")
}

/// Adds the wasm target to the toolchain if it is missing.
pub(crate) fn ensure_wasm_target(project: &Project) -> Result<()> {
    let sysroot = output(project.command("rustc").args(["--print", "sysroot"]))
        .context("rustc cannot be started; install Rust with rustup")?;
    if Path::new(&sysroot).join("lib").join("rustlib").join(WASM).is_dir() {
        return Ok(());
    }
    println!("Adding the Rust target {WASM} …");
    run(project.command("rustup").args(["target", "add", WASM]))
        .with_context(|| format!("Rust lacks the target {WASM}; add it as Rust was installed"))
}

/// `node`, checked once for its age.
pub(crate) fn node(project: &Project) -> Result<Command> {
    let (major, minor) = OLDEST_NODE;
    let wanted = format!("install Node.js {major}.{minor} or newer");
    let version = output(Command::new("node").arg("--version"))
        .with_context(|| format!("node is missing; {wanted}"))?;
    let found = node_version(&version)
        .with_context(|| format!("node calls itself {version:?}; {wanted}"))?;
    if found < OLDEST_NODE {
        bail!("node {version} is too old; {wanted}");
    }
    Ok(project.command("node"))
}

/// Major and minor from `v20.11.1`.
fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `node` with a program of an npm package, installed first if need be.
pub(crate) fn node_program(project: &Project, program: &str) -> Result<Command> {
    let mut command = node(project)?;
    ensure_node_modules(project)?;
    command.arg(project.path("node_modules").join(program));
    Ok(command)
}

/// Installs the npm packages that check and test the page.
pub(crate) fn ensure_node_modules(project: &Project) -> Result<()> {
    ensure_npm_packages(project, &project.path(""))
}

/// Runs `npm ci` in a folder whose `node_modules` is missing or older than its lock file.
pub(crate) fn ensure_npm_packages(project: &Project, folder: &Path) -> Result<()> {
    let changed = |path: &str| folder.join(path).metadata().and_then(|file| file.modified()).ok();
    let locked = changed("package-lock.json")
        .context("package-lock.json is missing; restore it from git")?;
    // npm writes this file last, so half an installation does not count.
    if changed("node_modules/.package-lock.json").is_some_and(|installed| installed >= locked) {
        return Ok(());
    }
    println!("Installing npm packages …");
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(project.command(npm).args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))
        .context("npm could not install the packages; it comes with Node.js and needs the network")
}

/// A Chromium or Chrome for the browser tests; on Debian, as root, installed if there is none.
pub(crate) fn ensure_chromium(project: &Project) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        if !named.is_file() {
            bail!("CHROMIUM names no file: {}", named.display());
        }
        return Ok(named);
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    install_on_debian(project, "Chromium", &["chromium", "fonts-noto-cjk"])?;
    find_chromium().context(
        "the browser tests need Chromium; install Chromium or Chrome, or set CHROMIUM to its path",
    )
}

/// Installs Firefox on Debian, as root, if there is none. Elsewhere it may be missing: the one test
/// that wants it, and finds it by itself, is then skipped and says so.
pub(crate) fn offer_firefox(project: &Project) -> Result<()> {
    let is_named = std::env::var_os("FIREFOX").is_some();
    if is_named || in_path(&["firefox-esr", "firefox"]).next().is_some() {
        return Ok(());
    }
    install_on_debian(project, "Firefox", &["firefox-esr"])
}

/// Does nothing but on Debian as root.
fn install_on_debian(project: &Project, name: &str, packages: &[&str]) -> Result<()> {
    if !(is_debian() && is_root()) {
        return Ok(());
    }
    println!("Installing {name} for the browser tests …");
    let apt = || {
        let mut apt = project.command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    run(apt().arg("update"))?;
    run(apt().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

/// Where programs of these names could be found, and are.
fn in_path(names: &[&str]) -> impl Iterator<Item = PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let files = names.iter().map(|name| format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let paths = files.flat_map(|file| folders.iter().map(move |folder| folder.join(&file)));
    let paths: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    paths.into_iter()
}

fn find_chromium() -> Option<PathBuf> {
    const NAMES: [&str; 4] =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let elsewhere = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];
    in_path(&NAMES).chain(elsewhere.map(PathBuf::from)).find(|path| path.is_file())
}

/// Debian itself: Ubuntu's package of that name only points to a snap.
fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_compare_as_numbers() {
        assert_eq!(node_version("v20.9.0\n"), Some((20, 9)));
        assert!(node_version("v20.9.0") < Some(OLDEST_NODE), "9 is before 10");
        assert!(node_version("v100.0.0") > Some(OLDEST_NODE));
        assert_eq!(node_version("20"), None);
    }

    #[test]
    fn a_command_reads_as_one_would_type_it() {
        let mut command = Command::new("/usr/bin/cargo");
        assert_eq!(text_from_command(command.args(["fmt", "--all"])), "cargo fmt --all");
        command.args((0..20).map(|n| n.to_string()));
        assert!(text_from_command(&command).ends_with(" 8 …"), "long lists are cut");
    }
}
