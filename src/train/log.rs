//! What a run writes while it goes: progress, `losses.csv`, `val.csv`, and at its end `summary.md`
//! with `losses.svg`.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::task::Task;

use super::Losses;
use super::checkpoint::{RunFolder, State, failed};
use super::config::Settings;

/// The run's progress bar and its tables.
pub(super) struct Log {
    bar: indicatif::ProgressBar,
    losses: Csv,
    val: Csv,
    folder: PathBuf,
    began: Instant,
    began_at: usize,
}

/// A CSV file that grows by lines.
struct Csv {
    file: fs::File,
    path: PathBuf,
}

impl Csv {
    /// Goes on after the lines of the steps up to and including `step`; later ones, of a run that
    /// died after its last checkpoint, are dropped.
    fn open(path: PathBuf, header: &str, step: usize) -> Result<Self> {
        let io = |e: std::io::Error| failed("writing the table", &e, &path);
        let before =
            if step > 0 { fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        let is_before = |line: &&str| {
            let number = line.split(',').next().and_then(|first| first.parse().ok());
            number.is_some_and(|number: usize| number <= step)
        };
        let kept: Vec<&str> =
            std::iter::once(header).chain(before.lines().filter(is_before)).collect();
        fs::write(&path, kept.join("\n") + "\n").map_err(io)?;
        let file = OpenOptions::new().append(true).open(&path).map_err(io)?;
        Ok(Self { file, path })
    }

    fn line(&mut self, line: &str) -> Result<()> {
        writeln!(self.file, "{line}").map_err(|e| failed("writing the table", &e, &self.path))
    }
}

impl Log {
    pub(super) fn open(run: &RunFolder, settings: &Settings, step: usize) -> Result<Self> {
        let losses =
            Csv::open(run.path("losses.csv"), "step,phase,mse,critic,adversarial,seconds", step)?;
        let header = format!("step,{}", measure(settings).0);
        let val = Csv::open(run.path("val.csv"), &header, step)?;
        let style = "{wide_bar} {pos}/{len} {msg} {eta}";
        let bar = indicatif::ProgressBar::new(settings.steps() as u64)
            .with_style(indicatif::ProgressStyle::with_template(style).expect("a fixed template"))
            .with_position(step as u64);
        bar.reset_eta();
        let folder = run.path("");
        Ok(Self { bar, losses, val, folder, began: Instant::now(), began_at: step })
    }

    /// Writes one step's line.
    ///
    /// # Errors
    /// [`Error::Device`] when a loss is no longer a number, [`Error::File`] when writing fails.
    pub(super) fn line(
        &mut self,
        state: &State,
        settings: &Settings,
        losses: Losses,
    ) -> Result<()> {
        let Losses { mse, critic, adversarial } = losses;
        if !(mse + critic + adversarial).is_finite() {
            let why = format!(
                "a loss stopped being a number at step {}; the last checkpoint is whole",
                state.step
            );
            return Err(Error::Device { device: "training", why });
        }
        let seconds = self.began.elapsed().as_secs_f64();
        let phase = settings.phase(state.step - 1).number();
        let done = state.step;
        self.losses
            .line(&format!("{done},{phase},{mse:.6},{critic:.5},{adversarial:.5},{seconds:.2}"))?;
        let seen = settings.pictures_before(done) - settings.pictures_before(self.began_at);
        let speed = seen as f64 / seconds;
        self.bar.set_message(format!("phase {phase} mse {mse:.4} · {speed:.1} images/s"));
        self.bar.inc(1);
        if self.bar.is_hidden() && done.is_multiple_of(100) {
            let left = (settings.steps() - done) as f64 * seconds / (done - self.began_at) as f64;
            eprintln!(
                "step {done} phase {phase} mse {mse:.5} · {speed:.1} images/s · {:.0} min left",
                left / 60.0
            );
        }
        Ok(())
    }

    /// Writes how far off the held-out photos are, as [`measure`] names it.
    pub(super) fn look(&mut self, state: &State, settings: &Settings, off: f64) -> Result<()> {
        self.val.line(&format!("{},{off:.3}", state.step))?;
        if self.bar.is_hidden() {
            eprintln!("step {}: held out, {} {off:.2}", state.step, measure(settings).1);
        }
        Ok(())
    }

    /// Writes the summary.
    pub(super) fn finish(self, settings: &Settings) -> Result<()> {
        self.bar.finish();
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|e| failed("reading the table", &e, path))
        };
        let losses = columns(&read(&self.losses.path)?);
        let val = columns(&read(&self.val.path)?);
        let write = |name: &str, text: String| {
            let path = self.folder.join(name);
            fs::write(&path, text).map_err(|e| failed("writing the summary", &e, &path))
        };
        let mse = smoothed(
            losses.iter().filter(|row| row[2] > 0.0).map(|row| [row[0], row[2].sqrt() * 255.0]),
        );
        let (_, measured) = measure(settings);
        let named = format!("held out, {measured}");
        let held_out: Vec<[f64; 2]> = val.iter().map(|row| [row[0], row[1]]).collect();
        write(
            "losses.svg",
            svg(&[("training, RMSE", "#8a8a8a", &mse), (&named, "#c0392b", &held_out)]),
        )?;
        let last = held_out.last().map_or(f64::NAN, |row| row[1]);
        let stages: String = settings
            .stages
            .iter()
            .map(|s| format!("| {}² | {} | {} |\n", s.side_px, s.batch, s.steps))
            .collect();
        let seconds = losses.last().map_or(0.0, |row| row[5]);
        write(
            "summary.md",
            format!(
                "# {} · {} · seed {}\n\n| pictures | batch | steps |\n|---|---|---|\n{stages}\n\
                 Held out, {measured}: {last:.2} (at most {} photos' middle squares).\n\
                 {seconds:.0} seconds since it was last started.\n\n![Errors by step](losses.svg)\n\n\
                 ```toml\n{}```\n",
                settings.task.name(),
                settings.preset,
                settings.seed,
                super::WATCHED,
                settings.to_toml()
            ),
        )
    }
}

/// Returns the name of the number of the held-out photos, in `val.csv` and in words.
fn measure(settings: &Settings) -> (&'static str, &'static str) {
    match settings.task {
        Task::Colorize => ("chroma", "mean error of chroma, Lab"),
        Task::Defade | Task::Enlarge => ("rmse", "RMSE of 255"),
        Task::Cutout => ("missed", "100 - IoU without a click, per cent"),
        Task::Scratches => ("missed", "100 - IoU, per cent"),
        _ => ("rmse", "in the hole, RMSE of 255"),
    }
}

/// Reads the numbers of a CSV file, without its header.
fn columns(text: &str) -> Vec<Vec<f64>> {
    let row = |line: &str| line.split(',').map(|field| field.parse().unwrap_or(f64::NAN)).collect();
    text.lines().skip(1).map(row).collect()
}

/// Averages the points, a two-hundredth of them at a time.
fn smoothed(points: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let points: Vec<_> = points.collect();
    let mean = |some: &[[f64; 2]], axis: usize| {
        some.iter().map(|p| p[axis]).sum::<f64>() / some.len() as f64
    };
    points
        .chunks(points.len().div_ceil(200).max(1))
        .map(|some| [mean(some, 0), mean(some, 1)])
        .collect()
}

/// Draws lines over the steps, with the two ends of each axis written on it.
fn svg(lines: &[(&str, &str, &[[f64; 2]])]) -> String {
    let all = || lines.iter().flat_map(|line| line.2);
    let ends = |axis: usize| {
        all()
            .map(|point| point[axis])
            .fold([f64::MAX, f64::MIN], |[low, high], v| [low.min(v), high.max(v)])
    };
    let [xs, ys] = [ends(0), ends(1)];
    let place = |p: &[f64; 2]| {
        let share = |[low, high]: [f64; 2], v: f64| (v - low) / (high - low).max(1e-9);
        format!("{:.1},{:.1}", 50.0 + 560.0 * share(xs, p[0]), 290.0 - 270.0 * share(ys, p[1]))
    };
    let mut body = String::new();
    for (i, (name, colour, points)) in lines.iter().enumerate() {
        let path: Vec<_> = points.iter().map(place).collect();
        let y = 20 + 18 * i;
        body += &format!(
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{}\"/>\n\
             <text x=\"610\" y=\"{y}\" fill=\"{colour}\" text-anchor=\"end\">{name}</text>\n",
            path.join(" ")
        );
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 320\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"640\" height=\"320\" fill=\"white\"/>\n{body}\
         <text x=\"45\" y=\"290\" text-anchor=\"end\">{:.1}</text>\n<text x=\"45\" y=\"25\" text-anchor=\"end\">{:.1}</text>\n\
         <text x=\"50\" y=\"310\">{:.0}</text>\n<text x=\"610\" y=\"310\" text-anchor=\"end\">{:.0}</text>\n</svg>\n",
        ys[0], ys[1], xs[0], xs[1]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_goes_on_after_the_checkpoint_and_forgets_what_came_later() {
        let path = std::env::temp_dir().join(format!("naobu-table-{}.csv", std::process::id()));
        let mut table = Csv::open(path.clone(), "step,rmse", 0).unwrap();
        for step in 1..=5 {
            table.line(&format!("{step},7")).unwrap();
        }
        let mut table = Csv::open(path.clone(), "step,rmse", 3).unwrap();
        table.line("4,8").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "step,rmse\n1,7\n2,7\n3,7\n4,8\n");
        assert_eq!(columns(&text).last().unwrap(), &[4.0, 8.0]);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn the_plot_reaches_from_end_to_end() {
        let text = svg(&[("a", "red", &[[0.0, 5.0], [100.0, 1.0]])]);
        assert!(text.contains("points=\"50.0,20.0 610.0,290.0\""), "{text}");
        assert!(text.contains(">5.0<") && text.contains(">100<"));
    }
}
