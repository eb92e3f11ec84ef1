//! What the command promises about files, options and numbers, with real processes.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
#![expect(clippy::cast_possible_truncation, reason = "small pictures, small numbers")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use burn::tensor::Device;
use naobu::fill::{Filling, Options};
use naobu::generator::Generator;
use naobu::photo::complete::Join;
use naobu::photo::decode::decode;
use naobu::photo::encode::{Format, encode};
use naobu::photo::hole::{Hole, Pen};
use naobu::photo::{Photo, Rect};
use naobu::task::Finish;

/// Fills a small hole from the photo itself: the quickest thing to do to a photo.
const FILL: [&str; 5] = ["fill", "--rect", "12,9,6,5", "--model", "none"];
const SIZE: [u32; 2] = [41, 30];

/// A folder of a test's own, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("naobu-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in a folder inside, hidden ones too.
    fn names(&self, folder: &str) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_naobu"));
        command.current_dir(&self.0).args(args).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn fill(&self, args: &[&str]) -> Output {
        self.run(&[&FILL[..], args].concat())
    }

    /// Asks for something that is not done to a photo, and why.
    fn refuses(&self, args: &[&str], sentence: &str) {
        let output = self.run(&[&[args[0], "a.png", "b.png"], &args[1..]].concat());
        assert!(!output.status.success(), "{args:?}");
        assert!(errors(&output).contains(sentence), "{args:?}: {}", errors(&output));
        assert!(!self.path("b.png").exists(), "{args:?}");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A photo with a texture, its first pixels of one shade, by which it is told from others.
fn photo(shade: u8) -> Photo {
    let pixel = |i: u32| {
        let [x, y] = [i % SIZE[0], i / SIZE[0]];
        if y < 8 { [shade, shade, shade, 255] } else { [(x * 5) as u8, (y * 7) as u8, 90, 255] }
    };
    Photo::from_rgba8(SIZE, (0..SIZE[0] * SIZE[1]).flat_map(pixel).collect()).unwrap()
}

fn file(shade: u8, format: Format) -> Vec<u8> {
    encode(&photo(shade), format).unwrap()
}

fn png(shade: u8) -> Vec<u8> {
    file(shade, Format::Png)
}

/// The shade of the photo that a result was made of.
fn shade(bytes: &[u8]) -> u8 {
    decode(bytes).unwrap().pixel(0, 0)[0]
}

#[test]
fn names_are_kept_whole() {
    let folder = Folder::new("names");
    let names = ["2019.05.12 Rome.png", "scan.001.png", "scan.002.png"];
    for (name, shade) in names.iter().zip([10, 20, 30]) {
        folder.write(&format!("in/{name}"), &png(shade));
    }
    let output = folder.fill(&["in", "out"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(folder.names("out"), set(&names));
    for (name, wanted) in names.iter().zip([10, 20, 30]) {
        assert_eq!(shade(&folder.read(&format!("out/{name}"))), wanted, "{name}");
    }
    // Into a folder, one photo keeps its name, too.
    let output = folder.fill(&["in/scan.002.png", "out", "--format", "webp"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(shade(&folder.read("out/scan.002.webp")), 30);
}

#[test]
fn photos_of_one_name_are_numbered_as_in_the_zip() {
    let folder = Folder::new("one-name");
    folder.write("in/A.webp", &file(10, Format::WebP));
    folder.write("in/a.jpg", &file(20, Format::Jpeg { quality: 95 }));
    folder.write("in/a.png", &png(30));
    folder.write("in/b.png", &png(40));
    let output = folder.fill(&["in", "out"]);
    assert!(output.status.success(), "{}", errors(&output));
    let wanted = [("A.png", 10), ("a-2.png", 20), ("a-3.png", 30), ("b.png", 40)];
    assert_eq!(folder.names("out"), set(&wanted.map(|(name, _)| name)));
    for (name, wanted) in wanted {
        let got = shade(&folder.read(&format!("out/{name}")));
        assert!(got.abs_diff(wanted) <= 2, "{name}: {got}");
    }
}

#[test]
fn err_a_result_never_lands_on_what_is_read() {
    let folder = Folder::new("originals");
    let original = png(50);
    folder.write("in/a.png", &original);
    folder.write("in/b.png", &png(60));
    let mut ways = vec![
        ["in/a.png", "in/a.png"],
        ["in/a.png", "./in/../in/a.png"],
        ["in/a.png", "in/A.PNG"],
        ["in/a.png", "in"],
        ["in", "in"],
        ["in", "./in/."],
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path("in"), folder.path("linked")).unwrap();
        std::os::unix::fs::symlink(folder.path("in/a.png"), folder.path("link.png")).unwrap();
        ways.extend([["in", "linked"], ["linked", "in"], ["in/a.png", "link.png"]]);
        ways.push(["link.png", "in/a.png"]);
    }
    for way in ways {
        let output = folder.fill(&way);
        assert_eq!(folder.read("in/a.png"), original, "{way:?}");
        assert_eq!(folder.names("in"), set(&["a.png", "b.png"]), "{way:?}");
        assert!(!output.status.success(), "{way:?}");
        assert!(errors(&output).contains("--overwrite"), "{way:?}: {}", errors(&output));
    }
    let output = folder.fill(&["in", "in", "--overwrite"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(folder.names("in"), set(&["a.png", "b.png"]), "control: on purpose");
    assert!(folder.read("in/a.png") != original, "control: on purpose");
    assert_eq!(shade(&folder.read("in/a.png")), 50);
}

#[test]
fn another_photo_never_gives_way_even_on_purpose() {
    let folder = Folder::new("another");
    folder.write("in/a.jpg", &file(70, Format::Jpeg { quality: 95 }));
    folder.write("in/a.png", &png(80));
    let output = folder.fill(&["in", "in", "--overwrite"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(folder.names("in"), set(&["a.jpg", "a.png", "a-2.png"]));
    assert_eq!(shade(&folder.read("in/a.png")), 80);
    // Nor does a picture of a hole.
    let mask = encode(&mask(255, [255; 4], [0, 0, 0, 255]), Format::Png).unwrap();
    folder.write("mask.png", &mask);
    let args = ["fill", "in/a.png", "mask.png", "--hole", "mask.png", "--model", "none"];
    let output = folder.run(&[&args[..], &["--overwrite"]].concat());
    assert!(!output.status.success());
    assert_eq!(folder.read("mask.png"), mask);
}

/// Killed by the system as soon as it has written a few kilobytes to any file.
#[cfg(unix)]
#[test]
fn a_result_is_whole_or_not_there() {
    let folder = Folder::new("killed");
    let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8;
    let photo = Photo::from_rgba8([200, 150], (0..120_000).map(noise).collect()).unwrap();
    folder.write("a.png", &encode(&photo, Format::Png).unwrap());
    folder.write("old.png", b"the result of before");
    for result in ["new.png", "old.png"] {
        let line = format!("ulimit -f 8; exec '{}' \"$@\"", env!("CARGO_BIN_EXE_naobu"));
        let mut command = Command::new("sh");
        command.args(["-c", &line, "sh"]).args(FILL).args(["a.png", result]);
        let output = command.current_dir(&folder.0).output().unwrap();
        assert!(!output.status.success(), "control: it was stopped");
        assert_eq!(folder.read("old.png"), b"the result of before");
        assert!(!folder.path("new.png").exists(), "half a file");
    }
    let output = folder.fill(&["a.png", "new.png"]);
    assert!(output.status.success(), "control: {}", errors(&output));
    assert!(folder.read("new.png").len() > 16_384, "control: more than was allowed");
    assert!(decode(&folder.read("new.png")).is_ok());
}

#[test]
fn hidden_files_are_passed_by() {
    let folder = Folder::new("hidden");
    folder.write("in/a.png", &png(90));
    folder.write("in/._a.png", b"what macOS leaves beside a file");
    let output = folder.fill(&["in", "out"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(folder.names("out"), set(&["a.png"]));
}

#[test]
fn err_a_folder_without_a_photo_says_so() {
    let folder = Folder::new("empty");
    folder.write("in/notes.txt", b"no photo");
    let output = folder.fill(&["in", "out"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).contains("no photo found"), "{}", errors(&output));
    assert!(errors(&output).trim_end().ends_with(": in"), "{}", errors(&output));
    assert!(!folder.path("out").exists());
}

#[test]
fn format_and_quality_hold_for_folders() {
    let folder = Folder::new("format");
    folder.write("in/a.png", &png(100));
    let mut sizes = Vec::new();
    for quality in ["95", "20"] {
        let output = folder.fill(&["in", quality, "--format", "jpg", "--quality", quality]);
        assert!(output.status.success(), "{}", errors(&output));
        let bytes = folder.read(&format!("{quality}/a.jpg"));
        assert_eq!(bytes[..3], [0xFF, 0xD8, 0xFF]);
        sizes.push(bytes.len());
    }
    assert!(sizes[0] > sizes[1], "{sizes:?}");
    let output = folder.fill(&["in", "out", "--format", "webp"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(folder.read("out/a.webp")[8..12], *b"WEBP");
    let output = folder.fill(&["in/a.png", "a.jpg", "--format", "png"]);
    assert!(!output.status.success(), "a name that would lie");
    assert!(errors(&output).contains("format must be jpg"), "{}", errors(&output));
    let output = folder.fill(&["in/a.png", "a.JPEG", "--format", "jpg"]);
    assert!(output.status.success(), "control: {}", errors(&output));
}

#[test]
fn resuming_skips_what_is_done_and_nothing_else() {
    let folder = Folder::new("resume");
    for (name, shade) in [("a", 110), ("b", 120), ("c", 130)] {
        folder.write(&format!("in/{name}.png"), &png(shade));
    }
    folder.write("out/a.png", b"done before");
    folder.write("out/b.png", b"done before, but the photo has changed since");
    let age = |name: &str, secs: u64| {
        let file = std::fs::File::options().append(true).open(folder.path(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(secs)).unwrap();
    };
    age("in/a.png", 500);
    age("out/b.png", 500);
    let output = folder.fill(&["in", "out", "--resume", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(folder.read("out/a.png"), b"done before");
    assert_eq!([shade(&folder.read("out/b.png")), shade(&folder.read("out/c.png"))], [120, 130]);
    assert_eq!(text(&output).lines().count(), 2, "one line per photo that was worked on");
    let output = folder.fill(&["in", "out"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(shade(&folder.read("out/a.png")), 110, "control: not asked to resume");
}

#[test]
fn a_photo_may_come_from_standard_input_and_go_to_standard_output() {
    let folder = Folder::new("streams");
    folder.write("a.png", &png(140));
    let piped = |args: &[&str]| {
        let mut command = folder.command(&[&FILL[..], args].concat());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever refuses before reading closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(&png(150));
        child.wait_with_output().unwrap()
    };
    let output = piped(&["-", "-"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(output.stdout[..4], *b"\x89PNG");
    assert_eq!(shade(&output.stdout), 150);
    assert!(errors(&output).contains("30 of 41×30 pixels"), "told beside: {}", errors(&output));
    let output = piped(&["-", "b.webp", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(shade(&folder.read("b.webp")), 150);
    let output = piped(&["a.png", "-", "--format", "jpg", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(shade(&output.stdout).abs_diff(140) <= 2);
    let facts: serde_json::Value = serde_json::from_str(errors(&output).trim()).unwrap();
    assert_eq!(facts["output"], "-");
    assert_eq!(folder.names(""), set(&["a.png", "b.webp"]), "nothing is called -");
    for args in [["-", "."], [".", "-"]] {
        assert_eq!(piped(&args).status.code(), Some(1), "{args:?}");
    }
}

#[test]
fn several_at_a_time_give_the_same_and_damaged_photos_are_named() {
    let folder = Folder::new("jobs");
    for i in 0..7 {
        folder.write(&format!("in/{i}.png"), &png(10 * i));
    }
    let whole = png(200);
    folder.write("in/cut off.png", &whole[..whole.len() / 2]);
    for jobs in ["1", "3", "20"] {
        let output = folder.fill(&["in", jobs, "--jobs", jobs, "--json"]);
        assert_eq!(output.status.code(), Some(1), "some failed");
        let told = errors(&output);
        assert!(told.contains("skipped: the picture is damaged"), "{told}");
        assert!(told.contains("in/cut off.png") && told.contains("1 of 8 photos failed"), "{told}");
        assert_eq!(text(&output).lines().count(), 7);
        for line in text(&output).lines() {
            assert!(serde_json::from_str::<serde_json::Value>(line).unwrap().is_object());
        }
        let names: Vec<String> = (0..7).map(|i| format!("{i}.png")).collect();
        assert_eq!(folder.names(jobs), names.iter().cloned().collect());
        for name in names {
            let [one, several] = ["1", jobs].map(|jobs| folder.read(&format!("{jobs}/{name}")));
            assert!(one == several, "{jobs} at a time, {name}");
        }
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let folder = Folder::new("pipe");
    folder.write("a.png", &png(160));
    let mut command = folder.command(&[&FILL[..], &["a.png", "b.png"]].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(errors(&output).contains("cannot report"), "{}", errors(&output));
    assert_eq!(shade(&folder.read("b.png")), 160, "the result is there all the same");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_text_are_names_all_the_same() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new("bytes");
    let name = std::ffi::OsStr::from_bytes(b"R\xE9union.png");
    std::fs::create_dir(folder.path("in")).unwrap();
    std::fs::write(folder.path("in").join(name), png(170)).unwrap();
    let output = folder.fill(&["in", "out", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(shade(&std::fs::read(folder.path("out").join(name)).unwrap()), 170);
}

#[test]
fn err_a_result_without_a_folder_is_refused_before_the_work() {
    let folder = Folder::new("nowhere");
    folder.write("a.png", b"not even a photo");
    let output = folder.fill(&["a.png", "nowhere/a.png"]);
    assert_eq!(output.status.code(), Some(1));
    let told = errors(&output);
    assert!(told.contains("cannot write the file") && told.contains("nowhere/a.png"), "{told}");
}

// ---- options and numbers

const TASKS: [&str; 6] = ["extend", "fill", "unmosaic", "colorize", "cutout", "enlarge"];

fn help(task: &str) -> String {
    let output = Folder::new(&format!("help-{task}")).run(&[task, "--help"]);
    text(&output)
}

/// What the help says about one option: its lines, without the space around them.
fn about(help: &str, option: &str) -> Option<String> {
    let mut lines = help.lines().map(str::trim).skip_while(|line| !line.starts_with(option));
    let lines: Vec<&str> = std::iter::once(lines.next()?)
        .chain(lines.take_while(|line| !line.starts_with('-') && !line.starts_with('[')))
        .collect();
    // How far the texts are set in depends on the longest option.
    Some(lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn shared_options_have_one_wording() {
    let helps = TASKS.map(help);
    let shared = [
        "--format",
        "--quality",
        "--overwrite",
        "--resume",
        "--jobs",
        "--shrink",
        "--keep-metadata",
        "--note",
        "--json",
        "--model",
        "--device",
        "--network-only",
    ];
    for option in shared {
        let first = about(&helps[0], option);
        assert!(first.is_some(), "{option}");
        for (task, help) in TASKS.iter().zip(&helps) {
            assert_eq!(about(help, option), first, "{option} of {task}");
        }
    }
    for option in ["--seed", "--detail"] {
        let first = about(&helps[0], option);
        assert!(first.is_some() && helps[1..3].iter().all(|help| about(help, option) == first));
    }
    for (task, help) in TASKS.iter().zip(&helps) {
        assert!(!help.contains("[default: \"\"]") && !help.contains("[default: ]"), "{task}");
    }
    assert!(helps[0].starts_with("Extend a photo, or a folder of photos"), "{}", helps[0]);
}

#[test]
fn err_numbers_beyond_their_range_are_refused_in_one_sentence() {
    let folder = Folder::new("numbers");
    folder.write("a.png", &png(180));
    let share = "must be a number from 0 to 1";
    for task in ["extend", "fill", "unmosaic"] {
        for bad in ["7", "-0.1", "nan", "inf", "much"] {
            folder.refuses(&[task, &format!("--detail={bad}")], share);
        }
        folder.refuses(&[task, "--seed=-1"], "must be a whole number");
    }
    for bad in ["0", "101", "300", "-1", "x"] {
        folder.refuses(
            &["fill", &format!("--quality={bad}")],
            "must be a whole number from 1 to 100",
        );
    }
    folder.refuses(&["fill", "--jobs=0"], "must be a whole number from 1 to 256");
    for (option, range) in [("grow", "0 to 2048"), ("feather", "0 to 2048")] {
        for bad in ["-1", "2049", "nan"] {
            let option = format!("--{option}={bad}");
            folder.refuses(
                &["fill", "--rect=5,5,5,5", &option],
                &format!("must be a number from {range}"),
            );
        }
    }
    for bad in ["1.9", "nan", "1e9"] {
        let cell = format!("--cell={bad}");
        folder.refuses(&["unmosaic", "--rect=5,5,5,5", &cell], "must be a number from 2 to 16384");
    }
    folder.refuses(&["unmosaic", "--cell=8"], "--rect");
    for (option, range) in [("saturation", "0 to 4"), ("warmth", "-1 to 1"), ("strength", "0 to 1")]
    {
        for bad in ["-1.5", "4.5", "nan"] {
            let option = format!("--{option}={bad}");
            folder.refuses(&["colorize", &option], &format!("must be a number from {range}"));
        }
    }
    folder.refuses(&["colorize", "--defade=1.5"], share);
    folder.refuses(
        &["colorize", "--hint=41,3,#102030", "--even-if-coloured"],
        "hint must be inside 41×30, got \"41,3\"",
    );
    folder.refuses(&["fill", "--rect=4294967295,0,9,9"], "rect must be");
    folder.refuses(&["fill", "--rect=50,0,9,9"], "hole must have at least one pixel");
    let plain = ["a.png", "b.png", "--detail", "0.25", "--quality", "100", "--grow", "1"];
    let output = folder.fill(&plain);
    assert!(output.status.success(), "control: {}", errors(&output));
}

#[test]
fn err_amounts_are_refused_in_one_sentence() {
    let folder = Folder::new("amounts");
    folder.write("a.png", &png(185));
    for (amount, sentence) in [
        ("--left=-3", "amount must be"),
        ("--left=nan%", "amount must be"),
        ("--left=0", "at least one pixel"),
        ("--left=4294967295", "no side more than 8 times"),
        ("--left=10000%", "no side more than 8 times"),
        ("--aspect=1:0", "aspect must be"),
        ("--aspect=4294967295:1", "no side more than 8 times"),
        ("--trim=-1", "trim must be"),
        ("--trim=some", "trim must be"),
    ] {
        folder.refuses(&["extend", amount], sentence);
    }
    folder.refuses(&["extend", "--left=5", "--trim=15"], "border must be");
}

#[test]
fn a_border_is_found_kept_painted_over_or_taken_for_photo() {
    let folder = Folder::new("border");
    let [width, height] = [64, 48];
    let pixel = |i: u32| {
        let [x, y] = [i % width, i / width];
        let is_frame = x < 2 || y < 2 || x >= width - 2 || y >= height - 2;
        if is_frame { [9, 9, 9, 255] } else { [(150 + x) as u8, (120 + y) as u8, 140, 255] }
    };
    let rgba: Vec<u8> = (0..width * height).flat_map(pixel).collect();
    let photo = Photo::from_rgba8([width, height], rgba).unwrap();
    folder.write("a.png", &encode(&photo, Format::Png).unwrap());
    let extended = |trim: &[&str], [found, border]: [u64; 2]| {
        let output = folder.run(
            &[&["extend", "a.png", "b.png", "--right=9", "--overwrite", "--json"], trim].concat(),
        );
        let facts = facts(&output);
        assert_eq!(facts["border"]["right"], found, "{trim:?}");
        let result = decode(&folder.read("b.png")).unwrap();
        let dark = (60..width + 9).filter(|&x| result.pixel(x, 20)[0] < 60).count() as u64;
        assert_eq!(dark, border, "dark columns, {trim:?}");
    };
    extended(&[], [2, 2]);
    extended(&["--trim=auto"], [2, 2]);
    extended(&["--trim=found"], [2, 0]);
    extended(&["--trim=3"], [3, 0]);
    let output = folder.run(&["extend", "a.png", "c.png", "--right=9", "--trim=none", "--json"]);
    assert_eq!(facts(&output)["border"]["right"], 0);
    let result = decode(&folder.read("c.png")).unwrap();
    assert!(result.pixel(65, 20)[0] < 90, "control: the frame goes on, {:?}", result.pixel(65, 20));
    let told = text(&folder.run(&["extend", "a.png", "d.png", "--right=9"]));
    assert!(told.contains("border") && told.contains("kept"), "{told}");
}

fn facts(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", errors(output));
    assert_eq!(text(output).lines().count(), 1);
    serde_json::from_str(&text(output)).unwrap()
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("www/weights").join(name)
}

#[test]
fn weights_are_picked_by_task_not_by_their_place_in_the_manifest() {
    let folder = Folder::new("manifest");
    let text = std::fs::read_to_string(source("manifest.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["weights"].as_array_mut().unwrap().reverse();
    assert_ne!(manifest["weights"][0]["name"], "extend-ship");
    folder.write("weights/manifest.json", manifest.to_string().as_bytes());
    for entry in manifest["weights"].as_array().unwrap() {
        let name = entry["file"].as_str().unwrap();
        folder.write(&format!("weights/{name}"), &std::fs::read(source(name)).unwrap());
    }
    folder.write("a.png", &png(190));
    for (task, option) in
        [("extend", "--left=3"), ("fill", "--rect=9,9,5,5"), ("colorize", "--even-if-coloured")]
    {
        let mut command = folder.command(&[task, "a.png", "b.png", option, "--json"]);
        let output = command.env("NAOBU_WEIGHTS", folder.path("weights")).output().unwrap();
        assert_eq!(facts(&output)["model"], format!("{task}-ship"));
    }
}

#[test]
fn a_published_work_paints_where_it_is_named_and_is_joined_as_published() {
    let folder = Folder::new("works");
    folder.write("a.png", &png(190));
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages/tiny-weights");
    let run = |args: &[&str]| {
        let args = [&["fill", "a.png", "b.png", "--rect=9,9,12,10", "--overwrite", "--json"], args];
        let mut command = folder.command(&args.concat());
        command.env("NAOBU_WEIGHTS", &tiny).output().unwrap()
    };
    assert_eq!(facts(&run(&[]))["model"], serde_json::Value::Null, "it is nobody's default");
    assert_eq!(facts(&run(&["--model=fill-completion"]))["model"], "fill-completion");
    let painted = decode(&folder.read("b.png")).unwrap();

    let bytes = std::fs::read(tiny.join("fill-completion.safetensors")).unwrap();
    let generator = Generator::from_bytes("tiny", None, &bytes, &Device::flex()).unwrap();
    let by = |finish| {
        let mut hole = Hole::empty(SIZE).unwrap();
        hole.rectangle(Rect { left: 9, top: 9, right: 21, bottom: 19 }, Pen::Add);
        let options = Options { finish, ..Options::default() };
        let photo = decode(&png(190)).unwrap();
        let mut filling = Filling::new(photo, hole, options).unwrap();
        pollster::block_on(filling.step(Some(&generator))).unwrap();
        filling.finish().photo
    };
    assert_eq!(painted, by(Finish::Published(Join::Cloned)));
    assert_ne!(painted, by(Finish::Blended), "control");
    let list = folder.command(&["models"]).env("NAOBU_WEIGHTS", &tiny).output().unwrap();
    assert!(text(&list).contains("Iizuka et al. 2017"), "{}", text(&list));
}

#[test]
fn the_line_of_json_has_its_keys() {
    let folder = Folder::new("json");
    folder.write("a.png", &png(200));
    let common = ["input", "output", "millis", "model", "sha256"];
    for (args, keys) in [
        (&["extend", "--left=3"][..], &["from", "to", "amounts", "border", "steps", "device"][..]),
        (&["fill", "--rect=9,9,5,5"], &["size", "painted", "steps"]),
        (&["unmosaic", "--rect=9,9,8,8", "--cell=4"], &["size", "painted", "cells"]),
        (&["colorize", "--even-if-coloured"], &["size", "task"]),
        (&["colorize", "--defade=1"], &["size", "task"]),
        (&["cutout", "--rect=9,9,9,9"], &["size", "kept"]),
        (&["enlarge"], &["size", "enlarged"]),
    ] {
        let facts = facts(&folder.run(&[args, &["a.png", "b.png", "--json"]].concat()));
        let found = facts.as_object().unwrap().keys().cloned().collect();
        assert_eq!(set(&[&common, keys].concat()), found, "{args:?}");
        assert_eq!([&facts["input"], &facts["output"]], ["a.png", "b.png"]);
    }
}

#[test]
fn every_task_shows_what_its_network_made() {
    let folder = Folder::new("network");
    folder.write("a.png", &png(210));
    let grey = |i: u32| [[(i * 31 % 200) as u8, 0][usize::from(i % 41 < 20)]; 3];
    let grey = (0..SIZE[0] * SIZE[1]).flat_map(|i| [&grey(i)[..], &[255]].concat()).collect();
    folder
        .write("grey.png", &encode(&Photo::from_rgba8(SIZE, grey).unwrap(), Format::Png).unwrap());
    for args in [
        &["extend", "a.png", "--left=9"][..],
        &["fill", "a.png", "--rect=9,9,12,12"],
        &["unmosaic", "a.png", "--rect=9,9,16,16", "--cell=4"],
        &["colorize", "grey.png"],
    ] {
        let run = |name: &'static str, more: &[&str]| {
            let args = [&args[..2], &[name], &args[2..], more].concat();
            let output = folder.run(&args);
            assert!(output.status.success(), "{args:?}: {}", errors(&output));
            decode(&folder.read(name)).unwrap()
        };
        let [whole, network] = [run("whole.png", &[]), run("network.png", &["--network-only"])];
        assert_eq!(whole.size(), network.size());
        assert!(whole != network, "{args:?}");
        if args[0] != "colorize" {
            let [right, below] = [whole.size()[0] - 1, whole.size()[1] - 1];
            assert_eq!(whole.pixel(right, below), network.pixel(right, below), "outside the hole");
        }
    }
    for args in [
        &["fill", "--rect=9,9,5,5", "--model=none"][..],
        &["extend", "--left=9", "--detail=1"],
        &["colorize", "--even-if-coloured", "--hint=3,3,#102030"],
        &["colorize", "--even-if-coloured", "--saturation=2"],
    ] {
        let output = folder.run(&[args, &["a.png", "b.png", "--network-only"]].concat());
        assert!(!output.status.success(), "what the network does not do: {args:?}");
        assert!(errors(&output).contains("--network-only"), "{}", errors(&output));
    }
}

// ---- cutting out

#[test]
fn what_is_given_as_a_region_is_cut_out_and_put_on_what_is_wished() {
    let folder = Folder::new("cutout");
    folder.write("a.png", &png(150));
    folder.write(
        "behind.png",
        &encode(&Photo::from_rgba8([20, 20], [9, 8, 7, 255].repeat(400)).unwrap(), Format::Png)
            .unwrap(),
    );
    let cut = |name: &'static str, more: &[&str]| {
        let args = [&["cutout", "a.png", name, "--rect=10,5,20,20"], more].concat();
        let output = folder.run(&args);
        assert!(output.status.success(), "{args:?}: {}", errors(&output));
        decode(&folder.read(name)).unwrap()
    };
    let before = photo(150);
    let corner = |photo: &Photo| photo.pixel(40, 29);
    let clear = cut("clear.png", &[]);
    assert_eq!(corner(&clear), [0; 4]);
    assert_eq!(clear.pixel(20, 15), before.pixel(20, 15), "inside as it was");
    assert_eq!(corner(&cut("blue.webp", &["--background=#0a14fa"])), [10, 20, 250, 255]);
    assert_eq!(corner(&cut("behind.webp", &["--background=behind.png"])), [9, 8, 7, 255]);
    let blurred = cut("blurred.png", &["--background=blur:1"]);
    assert_eq!(corner(&blurred)[3], 255);
    assert_ne!(corner(&blurred), corner(&before));
    let white = corner(&cut("clear.jpg", &[]));
    assert!(white[..3].iter().all(|&v| v > 250), "a JPEG has no transparency: {white:?}");
}

#[test]
fn err_what_cannot_be_cut_out_is_refused_in_one_sentence() {
    let folder = Folder::new("no-cutout");
    folder.write("a.png", &png(160));
    folder.refuses(&["cutout", "--rect=0,0,41,30"], "hole must leave a part");
    folder.refuses(&["cutout", "--point=1"], "point must be a place");
    folder.refuses(&["cutout", "--point=1,1", "--rect=1,1,5,5"], "cannot be used with");
    folder.refuses(&["cutout", "--rect=1,1,5,5", "--background=#12"], "background must be");
    folder.refuses(&["cutout", "--rect=1,1,5,5", "--background=none.png"], "none.png");
}

// ---- enlarging, and repairing what is worn

#[test]
fn a_photo_is_enlarged_with_its_network_and_without() {
    let folder = Folder::new("enlarge");
    folder.write("a.png", &png(170));
    let sizes = ["with.png", "without.png"].map(|name| {
        let args = ["enlarge", "a.png", name, "--json"];
        let more = if name == "without.png" { &["--model=none"][..] } else { &[] };
        let facts = facts(&folder.run(&[&args[..], more].concat()));
        assert_eq!(facts["enlarged"], serde_json::json!([2 * SIZE[0], 2 * SIZE[1]]));
        assert_eq!(facts["model"].is_null(), name == "without.png");
        decode(&folder.read(name)).unwrap()
    });
    assert_eq!(sizes.each_ref().map(Photo::size), [SIZE.map(|side| 2 * side); 2]);
    assert_ne!(sizes[0], sizes[1]);
}

#[test]
fn scratches_are_found_and_filled_and_a_photo_without_any_stays() {
    let folder = Folder::new("scratches");
    let size = [240_u32, 180];
    let soft = |i: u32| (90 + i / size[0] / 3 + ((i * 7919) >> 4) % 5) as u8;
    let save = |name: &str, worn: &dyn Fn(u32) -> bool| {
        let pixel = |i: u32| {
            if worn(i) {
                [240, 240, 240, 255]
            } else {
                [[soft(i)].repeat(3), vec![255]].concat().try_into().unwrap()
            }
        };
        let rgba = (0..size[0] * size[1]).flat_map(|i| -> [u8; 4] { pixel(i) }).collect();
        folder.write(name, &encode(&Photo::from_rgba8(size, rgba).unwrap(), Format::Png).unwrap());
    };
    save("in/plain.png", &|_| false);
    save("in/worn.png", &|i| (90..92).contains(&(i % size[0])));
    let output = folder.run(&["fill", "in", "out", "--scratches", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    let painted: Vec<u64> = text(&output)
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["painted"].as_u64().unwrap()
        })
        .collect();
    assert!(painted[0] == 0 && (360..2000).contains(&painted[1]), "{painted:?}");
    let [plain, worn] =
        ["out/plain.png", "out/worn.png"].map(|name| decode(&folder.read(name)).unwrap());
    assert_eq!(plain, decode(&folder.read("in/plain.png")).unwrap());
    let lightest = worn.rgba().chunks_exact(4).map(|pixel| pixel[0]).max();
    assert!(lightest < Some(190), "no scratch is left: {lightest:?}");
}

// ---- recipes

#[test]
fn a_recipe_does_what_its_commands_do_one_after_another() {
    let folder = Folder::new("recipe");
    let recipe = r#"{ "steps": [
        { "tool": "fill", "rect": ["12,9,6,5", "25,20,4,4"], "model": "none" },
        { "tool": "extend", "left": 9, "detail": 0.5 } ] }"#;
    folder.write("recipe.json", recipe.as_bytes());
    for (name, shade) in [("in/a.png", 40), ("in/b.png", 50)] {
        folder.write(name, &png(shade));
    }
    let output = folder.run(&["run", "recipe.json", "in", "out", "--json"]);
    assert!(output.status.success(), "{}", errors(&output));
    for (line, name) in text(&output).lines().zip(["a.png", "b.png"]) {
        let facts: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(facts["steps"][0]["painted"], 46);
        assert_eq!(facts["steps"][1]["to"], serde_json::json!([50, 30]));
        let made = folder.read(&format!("out/{name}"));
        let photo = format!("in/{name}");
        let fill = ["fill", &photo, "1.png", "--rect=12,9,6,5", "--rect=25,20,4,4"];
        folder.run(&[&fill[..], &["--model=none"]].concat());
        folder.run(&["extend", "1.png", "2.png", "--left=9", "--detail=0.5"]);
        assert_eq!(made, folder.read("2.png"), "{name}");
        assert_ne!(made, folder.read("1.png"), "control");
    }
    assert_eq!(folder.names("out"), set(&["a.png", "b.png"]));
}

#[test]
fn err_a_recipe_that_cannot_be_followed_is_refused_before_the_work() {
    let folder = Folder::new("recipes");
    folder.write("a.png", &png(40));
    let steps = r#"{ "steps": [{ "tool": "fill", "rect": "12,9,6,5", "model": "none" }"#;
    folder.write("bad.json", format!("{steps}, {{ \"tool\": \"crop\" }}] }}").as_bytes());
    let output = folder.run(&["run", "bad.json", "a.png", "b.png"]);
    assert!(errors(&output).contains("step 2: unrecognized subcommand 'crop'"));
    assert!(!output.status.success() && !folder.path("b.png").exists());
    folder.write("good.png", format!("{steps}] }}").as_bytes());
    let output = folder.run(&["run", "good.png", "a.png", "good.png"]);
    assert!(!output.status.success(), "a result never lands on its recipe");
    let output = folder.run(&["run", "good.png", "a.png", "b.png"]);
    assert!(output.status.success(), "control: {}", errors(&output));
}

// ---- pictures of holes

/// Two colours, the first in a rectangle of 12×10, and a pixel of its own kind in a corner.
fn mask(corner: u8, inner: [u8; 4], outer: [u8; 4]) -> Photo {
    let pixel = |i: u32| {
        let [x, y] = [i % SIZE[0], i / SIZE[0]];
        let inside = (10..22).contains(&x) && (12..22).contains(&y);
        let [r, g, b, a] = if inside { inner } else { outer };
        [r, g, b, if i == 0 { corner } else { a }]
    };
    Photo::from_rgba8(SIZE, (0..SIZE[0] * SIZE[1]).flat_map(pixel).collect()).unwrap()
}

#[test]
fn pictures_of_holes_are_read_as_they_are_meant() {
    let folder = Folder::new("masks");
    folder.write("a.png", &png(220));
    let args = ["fill", "a.png", "b.png", "--hole", "mask.png", "--model", "none", "--json"];
    let black = [0, 0, 0, 255];
    for (name, mask) in [
        ("white on black", mask(255, [255; 4], black)),
        ("the numbers 0 and 1", mask(255, [1, 1, 1, 255], black)),
        ("the colours of two classes", mask(255, [128, 0, 0, 255], black)),
        ("two light shades", mask(255, [255; 4], [200, 200, 200, 255])),
        ("a pixel half clear", mask(100, [255; 4], black)),
        ("a pixel wholly clear", mask(0, [255; 4], black)),
    ] {
        folder.write("mask.png", &encode(&mask, Format::Png).unwrap());
        let output = folder.run(&args);
        assert_eq!(facts(&output)["painted"], 120, "{name}");
    }
    let three = |i: u32| [(i % 3) as u8, (i % 3) as u8, (i % 3) as u8, 255];
    let three = (0..SIZE[0] * SIZE[1]).flat_map(three).collect();
    let three = Photo::from_rgba8(SIZE, three).unwrap();
    folder.write("mask.png", &encode(&three, Format::Png).unwrap());
    let output = folder.run(&args);
    assert!(errors(&output).contains("nothing lighter than 2 of 255"), "{}", errors(&output));
}
