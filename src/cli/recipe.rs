//! `naobu run`: the steps of a recipe, one after another, on one photo or a folder of them.
//!
//! A recipe is a JSON file: `{ "steps": [{ "tool": "colorize", "variant": "warm" }, { "tool":
//! "extend", "aspect": "21:9" }] }`. A step names a command and its options, without the dashes;
//! it is read as if it had been typed, so there is one place that knows them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};

use naobu::error::{Error, Result};
use naobu::photo::Photo;

use super::photos::{Done, Photos, Work};
use super::{colorize, cutout, enlarge, extend, fill, read, unmosaic};

#[derive(clap::Args, Debug)]
pub(crate) struct Run {
    /// The file that has the steps.
    recipe: PathBuf,
    #[command(flatten)]
    photos: Photos,
}

/// One step: a command on photos without its files.
#[derive(clap::Parser, Debug)]
#[command(no_binary_name = true, disable_help_flag = true, disable_help_subcommand = true)]
enum Step {
    Extend(extend::Settings),
    Fill(fill::Settings),
    Unmosaic(unmosaic::Settings),
    Colorize(colorize::Settings),
    Cutout(cutout::Settings),
    Enlarge(enlarge::Settings),
}

impl Step {
    fn files(&self) -> Result<Vec<PathBuf>> {
        match self {
            Self::Fill(fill) => fill.files(),
            Self::Unmosaic(unmosaic) => unmosaic.files(),
            Self::Cutout(cutout) => cutout.files(),
            Self::Extend(_) | Self::Colorize(_) | Self::Enlarge(_) => Ok(Vec::new()),
        }
    }

    fn ready(self) -> Result<Work> {
        match self {
            Self::Extend(extend) => extend.ready(),
            Self::Fill(fill) => fill.ready(),
            Self::Unmosaic(unmosaic) => unmosaic.ready(),
            Self::Colorize(colorize) => colorize.ready(),
            Self::Cutout(cutout) => cutout.ready(),
            Self::Enlarge(enlarge) => enlarge.ready(),
        }
    }
}

impl Run {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let steps = steps_from(&read(&self.recipe)?)?;
        let mut besides = vec![self.recipe];
        for step in &steps {
            besides.extend(step.files()?);
        }
        let works: Vec<Work> = steps.into_iter().map(Step::ready).collect::<Result<_>>()?;
        self.photos.each(&besides, |name, photo, bar| all(&works, name, photo, bar))
    }
}

/// Does each step to what the one before has made.
fn all(works: &[Work], name: &Path, photo: Photo, bar: &ProgressBar) -> Result<Done> {
    let nothing =
        Done { photo, note: String::new(), summary: String::new(), facts: json!({ "steps": [] }) };
    works.iter().try_fold(nothing, |done, work| {
        bar.set_position(0);
        let next = work(name, done.photo, bar)?;
        let mut facts = done.facts;
        if let Some(steps) = facts["steps"].as_array_mut() {
            steps.push(next.facts);
        }
        let joined = |all: String, next: &str| match all.is_empty() {
            true => next.to_owned(),
            false => format!("{all}; {next}"),
        };
        Ok(Done {
            photo: next.photo,
            note: joined(done.note, &next.note),
            summary: joined(done.summary, &next.summary),
            facts,
        })
    })
}

/// Reads the steps of a recipe.
fn steps_from(bytes: &[u8]) -> Result<Vec<Step>> {
    let recipe: Value =
        serde_json::from_slice(bytes).map_err(|error| refused("JSON", &error.to_string()))?;
    let steps = recipe["steps"].as_array().filter(|steps| !steps.is_empty());
    let steps = steps.ok_or_else(|| refused("an object with a list of steps", "none"))?;
    steps
        .iter()
        .enumerate()
        .map(|(i, step)| {
            let step = step.as_object().ok_or_else(|| refused("objects", &step.to_string()))?;
            Step::try_parse_from(words_from(step)?).map_err(|error| {
                let text = error.to_string();
                let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
                refused("of commands and their options", &format!("step {}: {line}", i + 1))
            })
        })
        .collect()
}

/// A step as it would be typed.
fn words_from(step: &Map<String, Value>) -> Result<Vec<String>> {
    let tool = step.get("tool").and_then(Value::as_str);
    let mut words = vec![tool.ok_or_else(|| refused("steps with a tool", "one without"))?.into()];
    for (name, value) in step.iter().filter(|(name, _)| *name != "tool") {
        let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for each in all {
            match each {
                Value::Bool(true) => words.push(format!("--{name}")),
                Value::Bool(false) | Value::Null => {}
                Value::Number(number) => words.push(format!("--{name}={number}")),
                Value::String(text) => words.push(format!("--{name}={text}")),
                other => {
                    return Err(refused(
                        "options that are numbers, texts or lists of them",
                        &other.to_string(),
                    ));
                }
            }
        }
    }
    Ok(words)
}

fn refused(expected: &str, found: &str) -> Error {
    Error::BadSetting { name: "recipe", expected: expected.into(), found: found.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(recipe: &str) -> std::result::Result<String, String> {
        let steps = steps_from(recipe.as_bytes());
        steps.map(|steps| format!("{steps:?}")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_step_is_read_as_it_would_be_typed() {
        let recipe = r#"{ "steps": [
            { "tool": "colorize", "variant": "warm", "warmth": -0.25, "even-if-coloured": true },
            { "tool": "extend", "aspect": "21:9", "network-only": false },
            { "tool": "fill", "rect": ["1,2,3,4", "5,6,7,8"] } ] }"#;
        let steps = read_as(recipe).unwrap();
        for part in ["warmth: -0.25", "even_if_coloured: true", "Aspect([21, 9])", "right: 12"] {
            assert!(steps.contains(part), "{part}: {steps}");
        }
    }

    #[test]
    fn err_what_is_no_recipe_is_named() {
        for (recipe, sentence) in [
            ("{", "recipe must be JSON"),
            ("[]", "recipe must be an object with a list of steps"),
            (r#"{ "steps": [] }"#, "recipe must be an object with a list of steps"),
            (r#"{ "steps": [{ "aspect": "1:1" }] }"#, "recipe must be steps with a tool"),
            (r#"{ "steps": [{ "tool": "crop" }] }"#, "step 1: unrecognized subcommand 'crop'"),
            (
                r#"{ "steps": [{ "tool": "extend", "aspect": "1:1" }, { "tool": "fill", "grow": -1 }] }"#,
                "step 2: invalid value '-1' for '--grow <N>'",
            ),
            (
                r#"{ "steps": [{ "tool": "extend", "size": 3 }] }"#,
                "step 1: unexpected argument '--size'",
            ),
            (
                r#"{ "steps": [{ "tool": "extend", "left": { "px": 3 } }] }"#,
                "recipe must be options",
            ),
        ] {
            let error = read_as(recipe).unwrap_err();
            assert!(error.contains(sentence), "{recipe}: {error}");
        }
    }
}
