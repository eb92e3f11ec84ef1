//! draft
use naobu::photo::{fast_marching, poisson};
use std::time::Instant;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, op, photo, other, hole, out, n] = &args[..] else { panic!("args") };
    let read = |p: &str| image::open(p).unwrap();
    let img = read(photo).to_rgb8();
    let size = [img.width() as usize, img.height() as usize];
    let hole: Vec<u8> = read(hole).to_luma8().into_raw();
    let mut best = f64::MAX;
    let mut result = Vec::new();
    let f =
        |i: &image::RgbImage| -> Vec<f32> { i.as_raw().iter().map(|&v| f32::from(v)).collect() };
    for _ in 0..n.parse::<usize>().unwrap() {
        if let Some(r) = op.strip_prefix("telea") {
            let mut px = img.as_raw().clone();
            let t = Instant::now();
            fast_marching::inpaint::<u8, 3>(&mut px, &hole, size, r.parse().unwrap());
            best = best.min(t.elapsed().as_secs_f64());
            result = px;
        } else if let Some(r) = op.strip_prefix("ftelea") {
            let mut px = f(&img);
            let t = Instant::now();
            fast_marching::inpaint::<f32, 3>(&mut px, &hole, size, r.parse().unwrap());
            best = best.min(t.elapsed().as_secs_f64());
            result = px.iter().map(|&v| (v + 0.5) as u8).collect();
        } else {
            let mut px = f(&img);
            let target = f(&read(other).to_rgb8());
            let t = Instant::now();
            poisson::blend(&mut px, &target, &hole, size);
            best = best.min(t.elapsed().as_secs_f64());
            result = px.iter().map(|&v| (v + 0.5) as u8).collect();
        }
    }
    image::RgbImage::from_raw(img.width(), img.height(), result).unwrap().save(out).unwrap();
    println!("{{\"millis\": {:.2}}}", best * 1e3);
}
