//! The weights that ship: they are those in their manifest, and none is worse than one before it.
//!
//! `training/held-out.json` has, for each pack, one measure on photographs that its network never
//! saw, and its value for every version that shipped, the newest last. Whoever ships new weights
//! measures them and adds a line; a line that is worse than one above it fails the tests.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::precache::hex;

/// What is wrong with the weights in a folder, and with what is noted about them in another.
pub(crate) fn check(folder: &Path, notes: &Path) -> Result<Vec<String>> {
    let json = |path: &Path| {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str::<Value>(&text).with_context(|| format!("in {}", path.display()))
    };
    let manifest = json(&folder.join("manifest.json"))?;
    let entries = manifest["weights"].as_array().context("manifest.json has no list `weights`")?;
    let mut wrong = differing(folder, entries)?;
    wrong.extend(worse(entries, &json(&notes.join("held-out.json"))?)?);
    Ok(wrong)
}

/// Compares `manifest.json` with the files beside it, both ways.
fn differing(folder: &Path, entries: &[Value]) -> Result<Vec<String>> {
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
        for key in ["run", "commit"] {
            if entry[key].as_str().is_none_or(str::is_empty) {
                wrong.push(format!(
                    "the manifest does not say of which {key} www/weights/{file} is"
                ));
            }
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

/// Packs whose last noted version is not the one that ships, or worse than one before it.
fn worse(entries: &[Value], noted: &Value) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for entry in entries {
        let name = entry["name"].as_str().context("manifest.json has weights without `name`")?;
        let about = &noted[name];
        let none = Vec::new();
        let versions = about["versions"].as_array().unwrap_or(&none);
        let Some((last, before)) = versions.split_last() else {
            wrong.push(format!("training/held-out.json has no measured version of {name}"));
            continue;
        };
        if last["sha256"] != entry["sha256"] {
            wrong.push(format!("{name} is not the last version in training/held-out.json"));
        }
        let value = |version: &Value| {
            version["value"].as_f64().with_context(|| format!("{name} has a version without value"))
        };
        let sign = match about["better"].as_str() {
            Some("lower") => -1.0,
            Some("higher") => 1.0,
            _ => anyhow::bail!("{name} in training/held-out.json: better is `lower` or `higher`"),
        };
        for version in before {
            if sign * value(last)? < sign * value(version)? {
                let [new, old] = [value(last)?, value(version)?];
                wrong.push(format!("{name} is worse than a version before it: {new} after {old}"));
            }
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            r#"{{"weights": [{{"file": "a.safetensors", "bytes": 3, "sha256": "{sum}",
                 "run": "1", "commit": "c"}}]}}"#
        );
        write("a.safetensors", "abc");
        let check = || {
            let json = serde_json::from_str::<Value>(&manifest).expect("a manifest");
            differing(&folder, json["weights"].as_array().expect("a list")).expect("a folder")
        };
        assert!(check().is_empty(), "control: these agree");

        let silent = manifest.replace(r#""run": "1""#, r#""run": """#);
        let json = serde_json::from_str::<Value>(&silent).expect("a manifest");
        let wrong = differing(&folder, json["weights"].as_array().expect("a list"));
        assert_eq!(wrong.expect("a folder").len(), 1, "where it comes from is not said");

        write("a.safetensors", "abd");
        write("b.safetensors", "");
        assert_eq!(check().len(), 2, "one differs, one is not listed: {:?}", check());
        std::fs::remove_file(folder.join("a.safetensors")).expect("the file is ours");
        assert!(check().iter().any(|line| line.contains("not there")), "{:?}", check());
        std::fs::remove_dir_all(folder).expect("the folder is ours");
    }

    #[test]
    fn err_weights_that_are_worse_or_not_measured_are_named() {
        let entries = serde_json::json!([{ "name": "a", "sha256": "2" }]);
        let check = |better: &str, values: [f64; 2], sha256: &str| {
            let versions = serde_json::json!([
                { "sha256": "1", "value": values[0] },
                { "sha256": sha256, "value": values[1] },
            ]);
            let noted = serde_json::json!({ "a": { "better": better, "versions": versions } });
            worse(entries.as_array().expect("a list"), &noted).map(|wrong| wrong.join("\n"))
        };
        assert_eq!(check("lower", [17.5, 16.1], "2").expect("readable"), "");
        assert_eq!(check("higher", [17.5, 17.5], "2").expect("readable"), "", "as good is fine");
        let text = check("higher", [17.5, 16.1], "2").expect("readable");
        assert_eq!(text, "a is worse than a version before it: 16.1 after 17.5");
        let text = check("lower", [17.5, 16.1], "3").expect("readable");
        assert_eq!(text, "a is not the last version in training/held-out.json");
        assert!(check("faster", [17.5, 16.1], "2").is_err());
        let nothing = worse(entries.as_array().expect("a list"), &serde_json::json!({}));
        assert_eq!(nothing.expect("readable").len(), 1);
    }
}
