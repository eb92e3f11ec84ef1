//! Training: one photo is overfitted, and a run that stopped goes on as if it had not.
#![cfg(feature = "train")]
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::SgdConfig;
use burn::tensor::{Device, Tensor};
use naobu::model::Network;
use naobu::task::Task;
use naobu::train::checkpoint::{RunFolder, State};
use naobu::train::config::{Phase, Settings};
use naobu::train::{Job, Losses, Measures, begin, data, step, train};
use naobu::weights::{Card, Precision, bytes_from_net};
use safetensors::SafeTensors;

/// Burn's generator of random numbers is one for the whole process, and a run seeds it: two runs at
/// once would disturb each other's first weights.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A folder of our own for one test, with two small photos in it; gone when dropped.
struct Folder {
    path: PathBuf,
    photos: PathBuf,
    #[expect(dead_code, reason = "held until dropped")]
    alone: MutexGuard<'static, ()>,
}

impl Folder {
    fn new(name: &str) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let path = std::env::temp_dir().join(format!("naobu-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        let photos = path.join("photos");
        std::fs::create_dir_all(&photos).unwrap();
        for (file, lower) in [("a.png", 0), ("b.png", 8)] {
            // Not among the photos: for what is told apart, the sun is the thing.
            let sun = image::GrayImage::from_fn(96, 80, |x, y| {
                let is_sun = (x as f32 - 30.0).hypot(y as f32 - 20.0) < 12.0;
                image::Luma([if is_sun { 255 } else { 0 }])
            });
            std::fs::create_dir_all(path.join("things/masks")).unwrap();
            sun.save(path.join("things/masks").join(file)).unwrap();
            // A sky over a field with a sun: smooth, but not the same everywhere.
            let picture = image::RgbImage::from_fn(96, 80, |x, y| {
                let sun = (x as f32 - 30.0).hypot(y as f32 - 20.0) < 12.0;
                let field = y > 50 + x / 8 + lower;
                image::Rgb(if sun {
                    [250, 230, 120]
                } else if field {
                    [60, 120, 40]
                } else {
                    [90, 150, 220]
                })
            });
            picture.save(photos.join(file)).unwrap();
            std::fs::create_dir_all(path.join("things/images")).unwrap();
            picture.save(path.join("things/images").join(file)).unwrap();
        }
        Self { path, photos, alone }
    }

    /// A new run on the photos, which are looked at as well.
    fn job<'a>(&'a self, out: &'a Path) -> Job<'a> {
        Job {
            photos: &self.photos,
            val: Some(&self.photos),
            out,
            from: None,
            encoder: None,
            resume: false,
            features: None,
        }
    }

    fn shots(&self) -> Vec<data::Shot> {
        data::Shots::read(&self.photos, 80).unwrap().shots
    }

    /// The same photos, their sun known to be a thing.
    fn things(&self) -> Vec<data::Shot> {
        data::Shots::read(&self.path.join("things"), 80).unwrap().shots
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn run(folder: &Folder, settings: &Settings, out: &str, resume: bool) {
    run_on(1, folder, settings, out, resume);
}

fn run_on(devices: usize, folder: &Folder, settings: &Settings, out: &str, resume: bool) {
    let out = folder.path.join(out);
    let job = Job { resume, ..folder.job(&out) };
    train(settings, job, &vec![Device::flex(); devices]).unwrap();
}

fn smoke(task: Task, changes: &[&str]) -> Settings {
    let changes: Vec<_> = changes.iter().map(|&change| change.to_owned()).collect();
    Settings::preset(task, "smoke", &changes).unwrap()
}

/// One step on these pictures, all on one device.
fn stepped(state: State, settings: &Settings, examples: &[data::Example]) -> (State, Losses) {
    let device = Device::flex().autodiff();
    step(state, settings, examples, &Measures::default(), std::slice::from_ref(&device))
}

/// Step and losses of each line, without the seconds.
fn losses(folder: &Folder, out: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path.join(out).join("losses.csv")).unwrap();
    text.lines().skip(1).map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect()
}

#[test]
fn the_smoke_presets_overfit_one_photo() {
    let folder = Folder::new("overfit");
    let device = Device::flex().autodiff();
    // What a mosaic tells is much already, and so is what auto-levels do; an encoder that has seen nothing
    // before learns slowly what a thing is.
    for (task, least) in [
        (Task::Extend, 20.0),
        (Task::Fill, 10.0),
        (Task::Unmosaic, 3.0),
        (Task::Colorize, 10.0),
        (Task::Defade, 5.0),
        (Task::Cutout, 4.0),
        (Task::Enlarge, 1.3),
        (Task::Scratches, 4.0),
    ] {
        let shots = if task == Task::Cutout { folder.things() } else { folder.shots() };
        let settings = smoke(task, &["phases=[1, 0, 0]"]);
        let mut state = begin(&settings, &device);
        let side = settings.largest_side();
        let examples =
            vec![data::Example::central(&shots[0], task, settings.generator.fill(task), side)];
        let mut errors = Vec::new();
        for _ in 0..150 {
            let losses;
            (state, losses) = stepped(state, &settings, &examples);
            errors.push(losses.mse);
        }
        let [first, last] = [errors[0], errors[errors.len() - 1]];
        assert!(last < first / least, "{}: from {first} to {last}", task.name());
    }
}

#[test]
fn the_critic_learns_to_tell_a_photo_from_a_painting() {
    let folder = Folder::new("critic");
    let shots = folder.shots();
    let settings = smoke(Task::Extend, &["phases=[0, 1, 0]", "holes.frame=0.0"]);
    let device = Device::flex().autodiff();
    let mut state = begin(&settings, &device);
    let mut costs = Vec::new();
    for number in 0..120 {
        let examples = data::batch(&shots, &settings, number);
        let losses;
        (state, losses) = stepped(state, &settings, &examples);
        assert_eq!(losses.mse, 0.0, "the generator rests in the second phase");
        costs.push(losses.critic);
    }
    assert!(costs[0] > 1.0, "it starts by guessing: 2 ln 2, got {}", costs[0]);
    assert!(costs[119] < 0.4, "and ends by knowing, got {}", costs[119]);
}

/// Each published preset, and what makes it quick: changes without spaces in them.
const NARROW: [(Task, &str, &str); 7] = [
    (
        Task::Extend,
        "paper",
        "generator.channels=4 generator.inner_channels=16 critic.side_px=64 critic.features=8 \
         phases=[5,1,8]",
    ),
    (
        Task::Extend,
        "keras",
        "generator.channels=4 generator.dropout=0.0 critic.size_px=[64,64] critic.features=8",
    ),
    (
        Task::Fill,
        "paper",
        "generator.channels=8 critic.side_px=64 critic.local_px=32 critic.features=8 \
         phases=[5,1,8] optimizer.learning_rate=1e-3",
    ),
    (
        Task::Fill,
        "contextual",
        "generator.channels=8 critic.side_px=64 critic.local_px=32 game.critic_steps=2 \
         optimizer.learning_rate=1e-3",
    ),
    (
        Task::Colorize,
        "paper",
        "generator.channels=[8,8,12,16,16] generator.blocks=[1,1,1,1] generator.middle_channels=16 \
         generator.decoder=[16,16,16,16] phases=[5,1,8]",
    ),
    (Task::Defade, "paper", "phases=[5,1,8]"),
    (
        Task::Unmosaic,
        "paper",
        "generator.channels=8 critic.side_px=64 critic.local_px=32 game.critic_steps=2 \
         optimizer.learning_rate=1e-3",
    ),
];

#[test]
fn every_published_preset_takes_steps_and_learns_at_a_fraction_of_its_width() {
    let folder = Folder::new("presets");
    let shots = folder.shots();
    let device = Device::flex().autodiff();
    for (task, preset, changes) in NARROW {
        // One stage in place of all that a preset has.
        let few = "stages=[{side_px=64,batch=2,steps=14}] critic.channels=4";
        let changes: Vec<_> = few.split(' ').chain(changes.split(' ')).map(str::to_owned).collect();
        let settings = Settings::preset(task, preset, &changes).unwrap();
        let mut state = begin(&settings, &device);
        let fill = settings.generator.fill(task);
        let examples: Vec<_> =
            shots.iter().map(|shot| data::Example::central(shot, task, fill, 64)).collect();
        let mut errors = Vec::new();
        for number in 0..settings.steps() {
            let losses;
            (state, losses) = stepped(state, &settings, &examples);
            let all = [losses.mse, losses.critic, losses.adversarial];
            assert!(all.iter().all(|loss| loss.is_finite()), "{preset}, step {number}: {losses:?}");
            if settings.phase(number) != Phase::Critic {
                errors.push(losses.mse);
            }
            assert_eq!(
                losses.adversarial != 0.0,
                settings.phase(number) == Phase::Both,
                "{preset}, {number}"
            );
        }
        let [first, last] = [errors[0], errors[errors.len() - 1]];
        assert!(last < first, "{} {preset}: from {first} to {last}", task.name());
    }
}

#[test]
fn a_run_that_was_killed_goes_on_as_if_it_had_not_been() {
    let folder = Folder::new("resume");
    // Ten steps through all three phases; the first run is cut short by its number of steps.
    let short = ["stages.0.batch=2", "stages.0.steps=10", "phases=[4, 2, 4]"];
    let whole = smoke(Task::Extend, &short);
    run(&folder, &whole, "whole", false);
    let cut = smoke(Task::Extend, &["stages.0.batch=2", "stages.0.steps=7", "phases=[4, 2, 1]"]);
    run(&folder, &cut, "cut", false);
    // What a killed run has on disk: its checkpoint, its settings, and lines of steps after the
    // checkpoint, here one that says something else.
    let of_run = |name: &str| folder.path.join("cut").join(name);
    std::fs::write(of_run("settings.toml"), whole.to_toml()).unwrap();
    let table = std::fs::read_to_string(of_run("losses.csv")).unwrap();
    std::fs::write(of_run("losses.csv"), table + "8,3,0.5,0.5,0.5,1.0\n").unwrap();
    run(&folder, &whole, "cut", true);
    assert_eq!(losses(&folder, "cut"), losses(&folder, "whole"));
    assert_eq!(losses(&folder, "whole").len(), 10);
    let summary = std::fs::read_to_string(of_run("summary.md")).unwrap();
    assert!(summary.contains("| 64² | 2 | 10 |") && of_run("losses.svg").is_file(), "{summary}");
    // Control: another seed takes another way.
    run(&folder, &Settings { seed: 2, ..whole.clone() }, "other", false);
    assert_ne!(losses(&folder, "other"), losses(&folder, "whole"));
}

#[test]
fn a_run_goes_on_from_another_run_and_from_a_weight_file() {
    let folder = Folder::new("from");
    let changes = ["stages.0.batch=2", "stages.0.steps=60", "phases=[1, 0, 0]"];
    run(&folder, &smoke(Task::Extend, &changes), "first", false);
    let first_error =
        |out: &str| -> f32 { losses(&folder, out)[0].split(',').nth(2).unwrap().parse().unwrap() };
    let device = Device::flex();
    let settings = smoke(Task::Fill, &["stages.0.batch=2", "stages.0.steps=3", "phases=[1, 0, 0]"]);
    let first = RunFolder::new(&folder.path.join("first"));
    let net = first.load_generator(settings.generator.init(&device), &device).unwrap();
    let card = Card {
        name: "first".into(),
        task: Task::Extend,
        side_px: 64,
        config: settings.generator.clone(),
        licence: "none".into(),
        data: "none".into(),
        work: None,
    };
    let file = folder.path.join("first.safetensors");
    std::fs::write(&file, bytes_from_net(&net, &card, Precision::Half)).unwrap();
    run(&folder, &settings, "alone", false);
    for (out, from) in [("of-run", folder.path.join("first")), ("of-file", file)] {
        let path = folder.path.join(out);
        let job = Job { val: None, from: Some(&from), ..folder.job(&path) };
        train(&settings, job, std::slice::from_ref(&device)).unwrap();
        let [with, without] = [first_error(out), first_error("alone")];
        assert!(with < 0.9 * without, "{out}: begins at {with}, from nothing at {without}");
        let steps = losses(&folder, out);
        assert_ne!(steps[0], steps[1], "and learns on: {steps:?}");
    }
}

/// A colouring network on an encoder, small; its encoder follows at this share of the step size.
fn on_an_encoder(encoder_rate: f64) -> Settings {
    let changes = [
        "generator.channels=8",
        "generator.fine_channels=8",
        "stages.0.side_px=32",
        "stages.0.batch=2",
        "stages.0.steps=2",
        "stages.1.side_px=32",
        "stages.1.batch=2",
        "stages.1.steps=2",
        "optimizer.ema=0.0",
        &format!("stages.0.encoder_rate={encoder_rate:?}"),
    ];
    let changes: Vec<_> = changes.iter().map(|&change| change.to_owned()).collect();
    Settings::preset(Task::Colorize, "ship", &changes).unwrap()
}

/// All numbers of a module that are trained, in order.
fn parameters(module: &impl Module) -> Vec<f32> {
    struct Gather(Vec<f32>);
    impl ModuleVisitor for Gather {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.extend(param.val().into_data().try_to_vec::<f32>().unwrap());
        }
    }
    let mut gather = Gather(Vec::new());
    module.visit(&mut gather);
    gather.0
}

#[test]
fn an_encoder_rests_or_follows_at_its_own_rate_and_the_others_at_theirs() {
    let folder = Folder::new("encoder");
    let shots = data::Shots::read(&folder.path.join("photos"), 40).unwrap();
    let device = Device::flex().autodiff();
    // How far one step moves the encoder and all of the network, on the mean.
    let moved = |rate: f64| {
        let settings = on_an_encoder(rate);
        let state = begin(&settings, &device);
        let of =
            |net: &Network| [parameters(&net.encoder().unwrap().valid()), parameters(&net.valid())];
        let before = of(&state.generator);
        let examples = data::batch(&shots.shots, &settings, 0);
        let devices = std::slice::from_ref(&device);
        let (state, _) = step(state, &settings, &examples, &Measures::default(), devices);
        let after = of(&state.generator);
        [0, 1].map(|i| {
            let apart = before[i].iter().zip(&after[i]).map(|(a, b)| f64::from((a - b).abs()));
            apart.sum::<f64>()
        })
    };
    let [resting, others] = moved(0.0);
    assert_eq!(resting, 0.0, "an encoder at rest stays as it is");
    assert!(others > 0.0, "the others learn");
    let [slow, _] = moved(0.1);
    let [whole, _] = moved(1.0);
    // Adam's first step has its full length wherever there is a gradient.
    assert!((slow / whole - 0.1).abs() < 0.02, "{slow} of {whole}");
}

#[test]
fn a_run_begins_with_a_given_encoder_and_never_rests_an_ignorant_one() {
    let folder = Folder::new("given");
    let device = Device::flex();
    let settings = on_an_encoder(0.0);
    let other = Settings { seed: 9, ..settings.clone() }.generator.init(&device);
    let card = Card {
        name: "encoder".into(),
        task: Task::Colorize,
        side_px: 32,
        config: settings.generator.clone(),
        licence: String::new(),
        data: String::new(),
        work: None,
    };
    // A file of a whole network, its encoder's names as a file of an encoder has them.
    let bytes = bytes_from_net(&other, &card, Precision::Half);
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let inside = file.tensors().into_iter().filter_map(|(name, view)| {
        let name = name.strip_prefix("encoder.").map(str::to_owned);
        name.map(|name| (name, view))
    });
    let path = folder.path.join("encoder.safetensors");
    std::fs::write(&path, safetensors::serialize(inside, None).unwrap()).unwrap();
    let out = folder.path.join("rests");
    let job = |encoder| Job { encoder, ..folder.job(&out) };
    let devices = std::slice::from_ref(&device);
    let refused = train(&settings, job(None), devices).unwrap_err().to_string();
    assert!(refused.contains("weights for an encoder that rests"), "{refused}");
    let short = Settings { stages: settings.stages[..1].to_vec(), ..settings.clone() };
    train(&short, job(Some(&path)), devices).unwrap();
    let trained =
        RunFolder::new(&out).load_generator(short.generator.init(&device), &device).unwrap();
    let [wanted, got] = [&other, &trained].map(|net| parameters(net.encoder().unwrap()));
    let apart = wanted.iter().zip(&got).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // Files hold halves.
    assert!(apart < 2e-3, "it began with the file's, and rested: {apart}");
    let fill = smoke(Task::Fill, &["phases=[1, 0, 0]"]);
    let refused = train(&fill, job(Some(&path)), devices).unwrap_err().to_string();
    assert!(refused.contains("this generator has no encoder"), "{refused}");
}

/// The losses of a line of [`losses`].
fn numbers(line: &str) -> Vec<f32> {
    line.split(',').skip(2).filter_map(|number| number.parse().ok()).collect()
}

/// Twelve steps, alike but for the rounding of floats.
fn assert_same_curve(one: &[String], two: &[String]) {
    assert_eq!([one.len(), two.len()], [12; 2]);
    for (one, two) in one.iter().zip(two) {
        let pairs: Vec<_> = numbers(one).into_iter().zip(numbers(two)).collect();
        assert!(pairs.len() >= 3, "{one}");
        assert!(pairs.iter().all(|(a, b)| (a - b).abs() <= 1e-4 + 1e-3 * a.abs()), "{one} {two}");
    }
}

/// Steps that plain gradient descent can be seen in.
const STEEP: &str = "optimizer.learning_rate=0.1";

/// The largest relative difference of two curves.
fn apart(one: &[[f32; 3]], two: &[[f32; 3]]) -> f32 {
    let pairs = one.as_flattened().iter().zip(two.as_flattened());
    pairs.map(|(a, b)| (a - b).abs() / a.abs().max(1e-3)).fold(0.0, f32::max)
}

/// What the steps of plain gradient descent cost on these devices. Adam goes by the direction of a
/// gradient and forgets its length, so its curve would hide a sum in the place of a mean.
fn descent(settings: &Settings, folder: &Folder, devices: &[Device]) -> Vec<[f32; 3]> {
    let shots = folder.shots();
    let devices: Vec<_> = devices.iter().map(|device| device.clone().autodiff()).collect();
    let mut state = begin(settings, &devices[0]);
    state.generator_adam = SgdConfig::new().init();
    state.critic_adam = SgdConfig::new().init();
    let mut costs = Vec::new();
    for number in 0..settings.steps() {
        let examples = data::batch(&shots, settings, number);
        let losses;
        (state, losses) = step(state, settings, &examples, &Measures::default(), &devices);
        costs.push([losses.mse, losses.critic, losses.adversarial]);
    }
    costs
}

#[test]
fn several_devices_give_the_curve_of_one() {
    let folder = Folder::new("devices");
    // Five pictures to two devices do not go evenly; the frame is alike for all of them.
    let changes = [
        "stages.0.batch=5",
        "stages.0.steps=12",
        "phases=[4, 2, 6]",
        "holes.frame=0.0",
        "holes.columns=1.0",
    ];
    let settings = smoke(Task::Extend, &changes);
    let down = |rate, devices| {
        let settings = smoke(Task::Extend, &[&changes[..], &[rate]].concat());
        descent(&settings, &folder, &vec![Device::flex(); devices])
    };
    let [one, two] = [1, 2].map(|devices| down(STEEP, devices));
    assert!(apart(&one, &two) < 1e-5, "{one:?} {two:?}");
    let longer = down("optimizer.learning_rate=0.101", 1);
    assert!(apart(&one, &longer) > 1e-4, "control: gradients longer by a hundredth are seen");
    for devices in [1, 2] {
        run_on(devices, &folder, &settings, &devices.to_string(), false);
    }
    let [one, two] = ["1", "2"].map(|out| losses(&folder, out));
    assert_same_curve(&one, &two);
    assert_ne!(numbers(&one[0]), numbers(&one[3]), "control: the error moves");
    let other = smoke(Task::Extend, &[&changes[..], &["seed=2"]].concat());
    run(&folder, &other, "other", false);
    let apart = numbers(&losses(&folder, "other")[3])[0] - numbers(&one[3])[0];
    assert!(apart.abs() > 1e-4, "control: other pictures give another curve: {apart}");
}

/// With two workers on loopback: `cargo test --features remote --test training`.
#[cfg(feature = "remote")]
#[test]
fn workers_give_the_curve_of_one_device() {
    use naobu::train::remote::{open, serve};
    let folder = Folder::new("workers");
    let changes = [
        "stages.0.batch=6",
        "stages.0.steps=12",
        "phases=[4, 2, 6]",
        "holes.frame=0.0",
        "holes.columns=1.0",
    ];
    let settings = smoke(Task::Extend, &changes);
    run(&folder, &settings, "one", false);
    let worker = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || serve(Device::flex(), Some("word"), listener));
        url
    };
    let urls = [worker(), worker()];
    let refused = open(&urls[0], Some("another word")).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("remote device failed"), "{refused}");
    let devices = urls.map(|url| open(&url, Some("word")).unwrap());
    let plain = smoke(Task::Extend, &[&changes[..], &[STEEP]].concat());
    let near = descent(&plain, &folder, &[Device::flex()]);
    let far = descent(&plain, &folder, &devices);
    assert!(apart(&near, &far) < 1e-5, "{near:?} {far:?}");
    train(&settings, folder.job(&folder.path.join("two")), &devices).unwrap();
    let [one, two] = ["one", "two"].map(|out| losses(&folder, out));
    assert_same_curve(&one, &two);
}

#[test]
fn err_more_devices_than_pictures() {
    let folder = Folder::new("many");
    let settings = smoke(Task::Extend, &["stages.0.batch=2", "stages.0.steps=2"]);
    let out = folder.path.join("run");
    let job = Job { val: None, ..folder.job(&out) };
    let refused = train(&settings, job, &vec![Device::flex(); 3]).unwrap_err().to_string();
    assert_eq!(refused, "batch must be at least 3, one picture for each device, got \"2\"");
}

#[test]
fn err_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_checkpoint() {
    let folder = Folder::new("nan");
    // A step size that is no number makes weights that are none.
    let changes = ["stages.0.batch=2", "stages.0.steps=260", "phases=[1, 0, 0]"];
    let calm = smoke(Task::Extend, &changes);
    run(
        &folder,
        &smoke(Task::Extend, &["stages.0.batch=2", "stages.0.steps=2", "phases=[1, 0, 0]"]),
        "run",
        false,
    );
    let before = std::fs::read(folder.path.join("run/checkpoint/generator.bpk")).unwrap();
    let mut wild = calm.clone();
    wild.optimizer.learning_rate = f64::NAN;
    let out = folder.path.join("run");
    let job = Job { resume: true, ..folder.job(&out) };
    let refused = train(&wild, job, &[Device::flex()]).unwrap_err().to_string();
    assert!(refused.contains("stopped being a number at step"), "{refused}");
    assert_eq!(std::fs::read(folder.path.join("run/checkpoint/generator.bpk")).unwrap(), before);
}
