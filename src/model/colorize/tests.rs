//! Tests of sizes, borders and forms of the colouring generator; a file of its own for its length.

use super::*;
use crate::model::testing::{difference, learnt, random, values};

/// The numbers that are learnt and the multiply-adds at 256², layer by layer.
struct Cost {
    numbers: usize,
    macs: usize,
}

impl Cost {
    /// Adds a convolution whose output has cells of `cell_px`; `extra` numbers for each output
    /// channel.
    fn conv(&mut self, [c_in, c_out]: [usize; 2], k: usize, cell_px: usize, extra: usize) {
        self.numbers += k * k * c_in * c_out + extra * c_out;
        self.macs += k * k * c_in * c_out * (256 / cell_px).pow(2);
    }

    /// Works the cost out from the description, not from the code. Two numbers per channel are
    /// batch norm's, one is a bias.
    fn of(config: &ColorizeConfig, channels_in: usize, channels_out: usize) -> Self {
        let mut cost = Self { numbers: 0, macs: 0 };
        let c = config.channels;
        cost.conv([channels_in, c[0]], 7, 2, 2);
        for stage in 0..4 {
            let cell = 4 << stage;
            for block in 0..config.blocks[stage] {
                let c_in = if block == 0 { c[stage] } else { c[stage + 1] };
                cost.conv([c_in, c[stage + 1]], 3, cell, 2);
                cost.conv([c[stage + 1]; 2], 3, cell, 2);
                if block == 0 && (stage > 0 || c[0] != c[1]) {
                    cost.conv([c_in, c[stage + 1]], 1, cell, 2);
                }
            }
        }
        cost.numbers += 2 * c[4];
        cost.conv([c[4], config.middle_channels], 3, 32, 2);
        cost.conv([config.middle_channels, c[4]], 3, 32, 2);
        let mut x = c[4];
        for (i, &wide) in config.decoder.iter().enumerate() {
            let (cell, skip) = (16 >> i, c[3 - i]);
            cost.conv([x, 4 * (x / 2)], 1, 2 * cell, 2);
            cost.numbers += 2 * skip;
            cost.conv([x / 2 + skip, wide], 3, cell, 2);
            cost.conv([wide, wide], 3, cell, 2);
            if i == 1 {
                let places = (256_usize / cell).pow(2);
                for c_out in [wide / 8, wide / 8, wide] {
                    cost.conv([wide, c_out], 1, cell, 0);
                }
                cost.macs += places * places * (wide / 8 + wide);
                cost.numbers += 1;
            }
            x = wide;
        }
        if config.full_size {
            cost.conv([x, 4 * x], 1, 2, 1);
            x += channels_in;
            cost.conv([x, x], 3, 1, 1);
            cost.conv([x, x], 3, 1, 1);
        }
        cost.conv([x, channels_out], 1, config.cell_px(), 1);
        cost
    }
}

#[test]
fn the_published_size_has_the_published_number_of_parameters() {
    let device = Device::flex();
    let paper = ColorizeConfig::paper();
    // As published, with three channels in and out and weight norm's 1 200 lengths: 63.65 M, 197
    // GMACs.
    let published = Cost::of(&paper, 3, 3);
    assert_eq!(published.numbers + 1_200, 63_646_881);
    assert_eq!(published.macs / 1_000_000, 196_588);
    // Ours sees one channel and answers two.
    let ours = Cost::of(&paper, 1, 2);
    assert_eq!([ours.numbers, ours.macs / 1_000_000], [63_617_353, 195_040]);
    assert_eq!(learnt(&paper.init(&device)), ours.numbers);
    // Control: another decoder has another number.
    let narrow = paper.with_decoder(vec![512, 512, 448, 200]);
    assert_ne!(learnt(&narrow.init(&device)), ours.numbers);
}

#[test]
fn what_ships_is_small_and_quick() {
    let device = Device::flex();
    let ship = ColorizeConfig::ship();
    let bins = ChromaBins::new().places().len();
    let cost = Cost::of(&ship, 4, bins);
    assert_eq!(learnt(&ship.init(&device)), cost.numbers);
    assert_eq!([cost.numbers, cost.macs / 1_000_000], [2_309_126, 1_314]);
    assert!(cost.numbers <= 2_500_000 && cost.macs <= 6_000_000_000);
    assert_eq!(ship.cell_px(), 4);
    let folded = ship.clone().with_folded(true).init(&device);
    assert!(folded.num_params() < ship.init(&device).num_params());
}

/// Returns the settings of a small network with every part there is.
fn whole() -> ColorizeConfig {
    ColorizeConfig::smoke().with_decoder(vec![16, 16, 12, 10]).with_full_size(true)
}

#[test]
fn the_answer_has_the_announced_size_for_any_aspect() {
    let device = Device::flex();
    let half = ColorizeConfig::smoke().with_decoder(vec![16, 16, 16, 8]);
    for (config, cell) in [(ColorizeConfig::smoke(), 4), (half, 2), (whole(), 1)] {
        assert_eq!(config.cell_px(), cell);
        let config = config.with_head(Head::Mean).with_hints(cell != 2);
        let input = random([2, config.input_channels(), 32, 96], &device);
        let answer = config.init(&device).forward(input);
        assert_eq!(answer.dims(), [2, 2, 32 / cell, 96 / cell]);
        assert!(values(answer).iter().all(|v| v.abs() <= MAX_CHROMA));
    }
}

#[test]
#[should_panic(expected = "40×64 must divide by 32")]
fn err_a_side_that_does_not_divide() {
    let device = Device::flex();
    let _ = ColorizeConfig::smoke().init(&device).forward(Tensor::zeros([1, 4, 40, 64], &device));
}

#[test]
fn a_flat_picture_gets_a_flat_answer_up_to_the_border() {
    let device = Device::flex();
    for config in [ColorizeConfig::smoke(), whole()] {
        let net = awake(config.clone(), &device);
        let flat = Tensor::<4>::full([1, 4, 64, 96], 0.3, &device);
        let uneven = |input: Tensor<4>| {
            let answer = net.forward(input);
            let [_, _, h, w] = answer.dims();
            let answer = values(answer);
            let middle = |plane: &[f32]| plane[h / 2 * w + w / 2];
            let planes = answer.chunks(h * w);
            let flat: Vec<f32> = planes.flat_map(|p| vec![middle(p); h * w]).collect();
            difference(&flat, &answer)
        };
        assert!(uneven(flat.clone()) < 1e-4, "{}", uneven(flat));
        // Control: a picture with a frame of zeros around it, as padding would add, shows it.
        let framed = flat.clone().narrow(2, 0, 60).pad((0, 0, 2, 2), 0.0);
        assert!(uneven(framed.clone()) > 1e-2, "{}", uneven(framed));
    }
}

/// Makes a network whose attention acts and whose normalisation has seen pictures.
fn awake(config: ColorizeConfig, device: &Device) -> Colorize {
    struct Wake;
    impl burn::module::ModuleMapper for Wake {
        fn map_float<const D: usize>(
            &mut self,
            param: burn::module::Param<Tensor<D>>,
        ) -> burn::module::Param<Tensor<D>> {
            // γ of the attention is the only parameter with one number.
            let alone = param.lazy_shape().num_elements() == 1;
            if alone { param.map(|gamma| gamma + 0.7) } else { param }
        }
    }
    let learning = device.clone().autodiff();
    let net = config.init(&learning).map(&mut Wake);
    for _ in 0..3 {
        let _ = net.forward(random([2, config.input_channels(), 64, 32], &learning));
    }
    net.valid()
}

#[test]
fn folding_changes_the_form_and_not_the_answer() {
    let device = Device::flex();
    for config in [ColorizeConfig::smoke(), whole().with_head(Head::Mean).with_hints(false)] {
        let net = awake(config.clone(), &device);
        let input = random([1, config.input_channels(), 64, 96], &device);
        let [open, folded] =
            [values(net.forward(input.clone())), { values(net.folded().forward(input.clone())) }];
        assert!(difference(&open, &folded) < 1e-4, "{}", difference(&open, &folded));
        let fresh = config.clone().with_folded(true).init(&device);
        assert_eq!(fresh.num_params(), net.folded().num_params(), "the form a weight file has");
        assert!(fresh.num_params() < net.num_params());
        assert!(difference(&open, &values(fresh.forward(input))) > 0.01, "control");
    }
}

#[test]
fn a_hint_reaches_the_answer_and_lightness_far_away_does_too() {
    let device = Device::flex();
    let net = awake(ColorizeConfig::smoke().with_head(Head::Mean), &device);
    let input = random([1, 4, 64, 192], &device);
    let answer = |input: Tensor<4>| values(net.forward(input));
    let before = answer(input.clone());
    let hinted = input.clone().slice_fill([0..1, 1..4, 20..24, 20..24], 1.0);
    assert!(difference(&before, &answer(hinted)) > 1e-4);
    // From one end to the other: what attention is for.
    let end = input.slice_fill([0..1, 0..1, 0..64, 184..192], 1.0);
    let first = |answer: &[f32]| [answer[0], answer[16 * 48]];
    assert!(difference(&first(&before), &first(&answer(end))) > 1e-6);
}

#[test]
fn bins_become_chroma_that_srgb_has() {
    let device = Device::flex();
    let bins = ChromaBins::new();
    let net = awake(ColorizeConfig::smoke(), &device);
    let input = random([1, 4, 32, 64], &device);
    let of = |how| net.chroma(input.clone(), &bins, how);
    let chroma = of(Decode::default());
    assert_eq!(chroma.dims(), [1, 2, 8, 16]);
    assert!(values(chroma.clone()).iter().all(|v| v.abs() < 176.0));
    // Far enough that random weights give way, however sure they are; 4 was not always enough.
    let warm = of(Decode { lean: [-12.0, 12.0], ..Decode::default() });
    let mean = |x: Tensor<4>, channel: usize| values(x.narrow(1, channel, 1).mean())[0];
    assert!(mean(warm.clone(), 0) < mean(chroma.clone(), 0) - 1.0, "less blue");
    assert!(mean(warm, 1) > mean(chroma, 1) + 1.0, "more red");
}

#[test]
fn gradients_reach_every_weight() {
    let device = Device::flex().autodiff();
    struct Reached<'a> {
        gradients: &'a burn::tensor::Gradients,
        path: Vec<String>,
        missing: Vec<String>,
    }
    impl burn::module::ModuleVisitor for Reached<'_> {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }

        fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
            let last = self.path.last().map_or("", String::as_str);
            let buffer = ["running_mean", "running_var", "u"].contains(&last);
            if !buffer && param.val().grad(self.gradients).is_none() {
                self.missing.push(self.path.join("."));
            }
        }
    }
    let config = whole().with_head(Head::Mean);
    let net = config.init(&device);
    let loss = net.forward(random([2, 4, 32, 64], &device)).square().mean();
    let gradients = loss.backward();
    let mut reached = Reached { gradients: &gradients, path: Vec::new(), missing: Vec::new() };
    net.visit(&mut reached);
    assert_eq!(reached.missing, [""; 0]);
    // Control: a part that is left out gets no gradient.
    let mut cut = Colorize { finish: None, ..net.clone() };
    cut.out = SpectralConvConfig::new([10, 2]).with_kernel_px(1).init(&device);
    let gradients = cut.forward(random([2, 4, 32, 64], &device)).square().mean().backward();
    let mut reached = Reached { gradients: &gradients, path: Vec::new(), missing: Vec::new() };
    net.visit(&mut reached);
    assert!(reached.missing.iter().any(|name| name.starts_with("finish")), "{:?}", reached.missing);
}

/// The reason for bins: of two pictures that look alike, one is orange and one is blue, three to
/// two.
#[test]
fn bins_choose_a_colour_where_the_mean_is_grey() {
    use crate::model::chroma_bins::cross_entropy;
    use burn::optim::{AdamConfig, GradientsParams};
    let device = Device::flex().autodiff();
    let bins = ChromaBins::new();
    let input = random([1, 4, 32, 32], &device).repeat_dim(0, 5);
    let [orange, blue] = [[-40.0_f32, 50.0], [40.0, -50.0]];
    let truth = [orange, blue, orange, blue, orange];
    let truth = Tensor::<4>::from_floats(truth.map(|[u, v]| [[[u]], [[v]]]), &device);
    let truth = truth.expand([5, 2, 8, 8]);
    let even = Tensor::ones([bins.places().len()], &device);
    let learnt = |head: Head| {
        let mut net = ColorizeConfig::smoke().with_head(head).init(&device);
        let mut adam = AdamConfig::new().init();
        for _ in 0..80 {
            let answer = net.forward(input.clone());
            let loss = match head {
                Head::Mean => (answer - truth.clone()).square().mean() * 1e-3,
                Head::Bins => cross_entropy(answer, bins.targets(&truth), even.clone()),
            };
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            net = adam.step(0.01, net, gradients);
        }
        let how = Decode { temperature: 0.1, ..Decode::default() };
        let chroma = net.chroma(input.clone(), &bins, how);
        [0, 1].map(|channel| values(chroma.clone().narrow(1, channel, 1).mean())[0])
    };
    let [u, v] = learnt(Head::Bins);
    assert!((u + 40.0).abs() < 8.0 && (v - 50.0).abs() < 8.0, "orange, not {u}, {v}");
    // Control: the mean of both is a fifth of either.
    let [u, v] = learnt(Head::Mean);
    assert!((u + 8.0).abs() < 8.0 && (v - 10.0).abs() < 8.0, "nearly grey, not {u}, {v}");
}

#[test]
#[ignore = "a measurement, for the release build"]
fn time_of_one_picture() {
    let device = Device::flex();
    let net = ColorizeConfig::ship().with_folded(true).init(&device);
    let input = random([1, 4, 256, 256], &device);
    for _ in 0..5 {
        let start = std::time::Instant::now();
        let _ = values(net.chroma(input.clone(), &ChromaBins::new(), Decode::default()));
        println!("{:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
    }
}

#[test]
fn boldness_makes_each_bin_likelier_by_its_rarity() {
    let device = Device::flex();
    let net = ColorizeConfig::smoke().init(&device);
    let input = random([1, 4, 32, 64], &device);
    let plain = values(net.forward(input.clone()));
    let bins = ChromaBins::new().places().len();
    let rarity: Vec<f32> = (0..bins).map(|bin| if bin == 3 { 4.0 } else { 0.5 }).collect();
    let bold = values(net.clone().emboldened(&rarity, 0.5).forward(input.clone()));
    let cells = plain.len() / bins;
    for (i, (bold, plain)) in bold.iter().zip(&plain).enumerate() {
        // By hand: √4 and √0.5.
        let times = (bold - plain).exp();
        let wanted = if i / cells == 3 { 2.0 } else { 0.5_f32.sqrt() };
        assert!((times - wanted).abs() < 1e-3, "bin {}: {times}", i / cells);
    }
    assert_eq!(values(net.emboldened(&rarity, 0.0).forward(input)), plain, "control");
}
