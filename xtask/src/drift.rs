//! What must agree with something else, and is checked because nobody would notice.
//!
//! - the versions of wasm-bindgen in the page and in xtask;
//! - the lock file of npm names no registry, so it works behind any;
//! - the weights are those in their manifest;
//! - the documents name only files that exist.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::precache::hex;
use crate::project::{Project, check_bindgen_version};

/// Documents whose paths are checked, as far as they exist.
const DOCUMENTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "pkg/README.md", "docs/features.md"];
/// A name in backquotes that begins like this is a path from the root.
const FOLDERS: [&str; 9] =
    [".cargo/", ".ci/", ".github/", "docs/", "src/", "tests/", "www/", "xtask/", "examples/"];
/// In folders that are built, or filled by tests, files may be missing.
const GENERATED: [&str; 2] = ["tests/pages/artefacts", "www/precache.js"];

/// Runs every comparison; all that differs is listed at once.
pub(crate) fn check(project: &Project) -> Result<()> {
    let mut wrong = Vec::new();
    if let Err(error) = check_bindgen_version(&project.read("Cargo.lock")?) {
        wrong.push(error.to_string());
    }
    if names_registry(&project.read("package-lock.json")?) {
        wrong.push("package-lock.json names a registry; delete it and run npm install".to_owned());
    }
    wrong.extend(check_weights(&project.path("www/weights"))?);
    for document in DOCUMENTS.into_iter().filter(|name| project.path(name).is_file()) {
        let missing = paths_in(&project.read(document)?)
            .into_iter()
            .filter(|path| !GENERATED.iter().any(|made| path.starts_with(made)))
            .filter(|path| !project.path(path).exists());
        wrong.extend(missing.map(|path| format!("{document} names {path}, which is not there")));
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n       ")) }
}

/// npm notes where each package came from unless `.npmrc` forbids it.
fn names_registry(lock: &str) -> bool {
    lock.contains("\"resolved\":")
}

/// Compares `manifest.json` with the files beside it, both ways.
fn check_weights(folder: &Path) -> Result<Vec<String>> {
    let manifest = folder.join("manifest.json");
    if !manifest.is_file() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&manifest)?;
    let json: Value = serde_json::from_str(&text).context("www/weights/manifest.json")?;
    let entries = json["weights"].as_array().context("manifest.json has no list `weights`")?;
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::new();
    for entry in entries {
        let file = entry["file"].as_str().context("manifest.json has weights without `file`")?;
        listed.insert(file.to_owned());
        let Ok(bytes) = std::fs::read(folder.join(file)) else {
            wrong.push(format!("www/weights/{file} is in the manifest but not there"));
            continue;
        };
        if entry["bytes"] != bytes.len() || entry["sha256"] != hex(&Sha256::digest(&bytes)) {
            wrong.push(format!("www/weights/{file} differs from its entry in the manifest"));
        }
    }
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".safetensors") && !listed.contains(&name) {
            wrong.push(format!("www/weights/{name} is not in the manifest"));
        }
    }
    Ok(wrong)
}

/// Paths of the repository in a Markdown text: in backquotes, and as the targets of links.
/// Patterns and placeholders are no paths.
fn paths_in(markdown: &str) -> BTreeSet<String> {
    let quoted = markdown.split('`').skip(1).step_by(2);
    let quoted = quoted.filter(|text| FOLDERS.iter().any(|folder| text.starts_with(folder)));
    let linked = markdown.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let linked = linked.filter(|link| !link.contains("://") && !link.starts_with(['#', '/', '<']));
    let paths = quoted.chain(linked).filter_map(|path| path.split('#').next());
    paths
        .filter(|path| !path.contains(['*', '{', '<', '…', ' ', '\n']))
        .map(|path| path.trim_end_matches('/').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_and_patterns_left_alone() {
        let text = "See `src/photo/`, [how](ARCHITECTURE.md#flow) and `cargo xtask`; not \
                    `src/*.rs`, `www/<name>.js`, [site](https://example.org) or [below](#here).";
        let found: Vec<String> = paths_in(text).into_iter().collect();
        assert_eq!(found, ["ARCHITECTURE.md", "src/photo"]);
    }

    #[test]
    fn err_weights_that_differ_from_their_manifest_are_named() {
        let folder = std::env::temp_dir().join(format!("naobu-weights-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.join(name), text).expect("a file");
        };
        // The well-known SHA-256 of "abc".
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let manifest = format!(
            r#"{{"weights": [{{"file": "a.safetensors", "bytes": 3, "sha256": "{sum}"}}]}}"#
        );
        write("manifest.json", &manifest);
        write("a.safetensors", "abc");
        let check = || check_weights(&folder).expect("a readable manifest");
        assert!(check().is_empty(), "control: these agree");

        write("a.safetensors", "abd");
        write("b.safetensors", "");
        assert_eq!(check().len(), 2, "one differs, one is not listed: {:?}", check());
        std::fs::remove_file(folder.join("a.safetensors")).expect("the file is ours");
        assert!(check().iter().any(|line| line.contains("not there")), "{:?}", check());
        std::fs::remove_dir_all(folder).expect("the folder is ours");
    }

    #[test]
    fn err_a_registry_in_the_lock_file_is_seen() {
        assert!(names_registry(r#""resolved": "https://registry.example/a.tgz""#));
        assert!(!names_registry(r#""integrity": "sha512-resolved""#));
    }
}
