//! Where things are: the root of the repository, and what `Cargo.lock` says.
//!
//! The target folder is never guessed: cargo names the files it made (see `browser_build`).

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// The repository this xtask belongs to.
#[derive(Debug)]
pub(crate) struct Project {
    root: PathBuf,
}

impl Project {
    /// The folder above `xtask/`. Asked of cargo at run time, since a target folder that several
    /// checkouts share may hold an xtask that was compiled in another one.
    pub(crate) fn find() -> Result<Self> {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = xtask.parent().map(Path::to_path_buf).context("xtask lies in no folder")?;
        if !root.join("Cargo.toml").is_file() {
            bail!("the repository is not at {}; start it with `cargo xtask`", root.display());
        }
        Ok(Self { root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path given from the root, with `/` on every system.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        relative.split('/').fold(self.root.clone(), |path, part| path.join(part))
    }

    /// A path as one would give it from the root.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// `program`, to be run at the root.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// The cargo that runs us, with a subcommand.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = self.command(cargo);
        command.arg(subcommand);
        command
    }

    /// The text of a file of the repository.
    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        let path = self.path(relative);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

/// The version of `package` in a `Cargo.lock`; the first one, if there are several.
pub(crate) fn version_from_lock<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

/// Refuses a wasm-bindgen in the page that differs from the one that xtask was built with.
pub(crate) fn check_bindgen_version(lock: &str) -> Result<()> {
    let [page, tool] =
        ["wasm-bindgen", "wasm-bindgen-cli-support"].map(|name| version_from_lock(lock, name));
    match (page, tool) {
        (Some(page), Some(tool)) if page == tool => Ok(()),
        (Some(page), Some(tool)) => bail!(
            "wasm-bindgen is {page} but wasm-bindgen-cli-support is {tool}; write ={page} for \
             wasm-bindgen-cli-support in xtask/Cargo.toml"
        ),
        _ => bail!("Cargo.lock names no wasm-bindgen; restore it from git"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
version = 4

[[package]]
name = \"wasm-bindgen-cli-support\"
version = \"0.2.9\"

[[package]]
name = \"wasm-bindgen\"
version = \"0.2.10\"
source = \"registry\"
";

    #[test]
    fn a_version_belongs_to_the_whole_name() {
        assert_eq!(version_from_lock(LOCK, "wasm-bindgen"), Some("0.2.10"));
        assert_eq!(version_from_lock(LOCK, "wasm-bindgen-cli-support"), Some("0.2.9"));
        assert_eq!(version_from_lock(LOCK, "wasm"), None);
    }

    #[test]
    fn err_two_versions_of_wasm_bindgen_say_what_to_write() {
        let error = check_bindgen_version(LOCK).expect_err("they differ").to_string();
        assert!(error.contains("write =0.2.10"), "{error}");
        let same = LOCK.replace("0.2.9", "0.2.10");
        check_bindgen_version(&same).expect("control: equal versions are fine");
    }
}
