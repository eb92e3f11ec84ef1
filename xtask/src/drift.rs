//! What must agree with something else, and is checked because nobody would notice.
//!
//! - the versions of wasm-bindgen in the page and in xtask;
//! - the lock file of npm names no registry, so it works behind any;
//! - the weights are those in their manifest, and none is worse than one before it: `weights.rs`;
//! - the documents name only files that exist, and ARCHITECTURE.md names all there is in `src/` and
//!   `www/`, or the folder that it lies in.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use crate::project::{Project, check_bindgen_version};
use crate::weights;

/// Documents whose paths are checked, as far as they exist.
const DOCUMENTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "npm/README.md", "docs/features.md"];
/// A name in backquotes that begins like this is a path from the root.
const FOLDERS: [&str; 10] = [
    ".cargo/",
    ".ci/",
    ".github/",
    "docs/",
    "examples/",
    "npm/",
    "src/",
    "tests/",
    "www/",
    "xtask/",
];
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
    wrong.extend(weights::check(&project.path("www/weights"), &project.path("training"))?);
    for document in DOCUMENTS.into_iter().filter(|name| project.path(name).is_file()) {
        let missing = paths_in(&project.read(document)?)
            .into_iter()
            .filter(|path| !GENERATED.iter().any(|made| path.starts_with(made)))
            .filter(|path| !project.path(path).exists());
        wrong.extend(missing.map(|path| format!("{document} names {path}, which is not there")));
    }
    let map = project.read("ARCHITECTURE.md")?;
    for room in ["src/", "www/"] {
        let unnamed = unnamed_in(&map, room, &entries_of(&project.path(room))?);
        wrong.extend(
            unnamed.iter().map(|name| format!("ARCHITECTURE.md does not name {room}{name}")),
        );
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n       ")) }
}

/// npm notes where each package came from unless `.npmrc` forbids it.
fn names_registry(lock: &str) -> bool {
    lock.contains("\"resolved\":")
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

/// What lies in a folder itself: files, and folders with a `/` at the end. Hidden files do not count.
fn entries_of(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let end = if entry.file_type()?.is_dir() { "/" } else { "" };
        found.push(format!("{}{end}", entry.file_name().to_string_lossy()));
    }
    found.retain(|name| !name.starts_with('.'));
    found.sort();
    Ok(found)
}

/// The entries of a room that the map does not name: by their path, or by their name in the point
/// of the list that is about the room. A folder stands for all that lies in it.
fn unnamed_in(map: &str, room: &str, entries: &[String]) -> Vec<String> {
    let quoted = |text: &str| -> BTreeSet<String> {
        text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let everywhere = quoted(map);
    let about = map.split("\n- ").find(|point| point.starts_with(&format!("`{room}`")));
    let here = about.map(quoted).unwrap_or_default();
    let is_named =
        |name: &String| here.contains(name) || everywhere.contains(&format!("{room}{name}"));
    entries.iter().filter(|name| !is_named(name)).cloned().collect()
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
    fn err_what_the_map_does_not_name_is_seen() {
        let map =
            "`www/view.js` draws.\n- `src/`: `lib.rs`\n  - and `photo/`\n- `www/`: `main.js`\n";
        let named = ["lib.rs", "photo/"].map(str::to_owned);
        assert_eq!(unnamed_in(map, "src/", &named), Vec::<String>::new());
        let entries = ["main.js", "view.js", "lib.rs", "photo", "other/"].map(str::to_owned);
        assert_eq!(unnamed_in(map, "www/", &entries), ["lib.rs", "photo", "other/"]);
    }

    #[test]
    fn err_a_registry_in_the_lock_file_is_seen() {
        assert!(names_registry(r#""resolved": "https://registry.example/a.tgz""#));
        assert!(!names_registry(r#""integrity": "sha512-resolved""#));
    }
}
