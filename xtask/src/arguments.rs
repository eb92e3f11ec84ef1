//! The few options the commands take, read without a parser crate.

use anyhow::{Context as _, Result, bail};

/// What is left of the command line; reading an option takes it out.
#[derive(Debug)]
pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn new(words: impl Iterator<Item = String>) -> Self {
        Self(words.collect())
    }

    /// The first word, which names the command.
    pub(crate) fn command(&mut self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    /// Whether `name` was given.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let found = self.0.iter().position(|word| word == name);
        found.map(|at| self.0.remove(at)).is_some()
    }

    /// The value of `name`, as `--name value` or `--name=value`.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let assigned = format!("{name}=");
        let Some(at) = self.0.iter().position(|word| word == name || word.starts_with(&assigned))
        else {
            return Ok(None);
        };
        let word = self.0.remove(at);
        if let Some(value) = word.strip_prefix(&assigned) {
            return Ok(Some(value.to_owned()));
        }
        let is_there = self.0.get(at).is_some_and(|next| !next.starts_with("--"));
        is_there
            .then(|| self.0.remove(at))
            .with_context(|| format!("{name} needs a value after it"))
            .map(Some)
    }

    /// Every value of an option that may be repeated.
    pub(crate) fn values(&mut self, name: &str) -> Result<Vec<String>> {
        let mut values = Vec::new();
        while let Some(value) = self.value(name)? {
            values.push(value);
        }
        Ok(values)
    }

    /// All that is left, for another program.
    pub(crate) fn rest(self) -> Vec<String> {
        self.0
    }

    /// Refuses what no option has taken.
    pub(crate) fn finish(&self) -> Result<()> {
        match self.0.first() {
            Some(word) => bail!("unknown option {word:?}; `cargo xtask help` lists them"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_found_in_any_order_and_either_spelling() {
        let mut given = arguments("serve --open --port=81 --only a --only b");
        assert_eq!(given.command().as_deref(), Some("serve"));
        assert_eq!(given.value("--port").expect("a value"), Some("81".to_owned()));
        assert_eq!(given.values("--only").expect("values"), ["a", "b"]);
        assert!(given.finish().is_err(), "control: --open has not been taken yet");
        assert!(given.flag("--open"));
        given.finish().expect("nothing is left");
    }

    #[test]
    fn err_an_option_without_its_value_is_refused() {
        assert!(arguments("--port").value("--port").is_err());
        assert!(arguments("--port --open").value("--port").is_err());
    }
}
