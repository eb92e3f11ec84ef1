//! The picture being painted: linear light in, a developed JPEG out.
//!
//! Holds the film of every scene, its lens (blur, bloom) and its darkroom (tone curve, vignette,
//! grain).

use super::math::{V3, grey, smooth};
use super::noise::{Rng, hash};
use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, imageops};
use std::path::Path;
use std::sync::Mutex;

/// A picture in linear RGB.
#[derive(Clone)]
pub(super) struct Canvas {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<V3>,
}

/// How a picture is developed.
pub(super) struct Darkroom {
    /// Factor before the tone curve.
    pub(super) exposure: f32,
    /// 1 leaves colours as they are.
    pub(super) saturation: f32,
    /// Share of light the corners lose.
    pub(super) vignette: f32,
    /// Standard deviation of the grain.
    pub(super) grain: f32,
    /// Share of light that the lens scatters.
    pub(super) bloom: f32,
    /// White balance.
    pub(super) balance: V3,
}

impl Default for Darkroom {
    fn default() -> Darkroom {
        let balance = grey(1.0);
        Darkroom {
            exposure: 1.0,
            saturation: 1.05,
            vignette: 0.18,
            grain: 0.005,
            bloom: 0.05,
            balance,
        }
    }
}

/// Computes every item of a grid from its place in it, on all cores.
pub(super) fn fill_rows<T: Send>(
    items: &mut [T],
    width: usize,
    item: impl Fn(usize, usize) -> T + Sync,
) {
    let rows = Mutex::new(items.chunks_mut(width).enumerate());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = rows.lock().expect("no thread panics with the lock").next();
                    let Some((y, row)) = next else { break };
                    for (x, out) in row.iter_mut().enumerate() {
                        *out = item(x, y);
                    }
                }
            });
        }
    });
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, pixels: vec![V3::default(); width * height] }
    }

    /// Computes every pixel from its own position and its own generator, on all cores.
    pub(super) fn render(
        width: usize,
        height: usize,
        seed: u32,
        pixel: impl Fn(usize, usize, &mut Rng) -> V3 + Sync,
    ) -> Canvas {
        let mut canvas = Canvas::new(width, height);
        fill_rows(&mut canvas.pixels, width, |x, y| {
            pixel(x, y, &mut Rng::new(seed ^ ((y * width + x) as u32)))
        });
        canvas
    }

    /// Like [`Canvas::render`], with `side`² jittered samples a pixel. The painter receives frame
    /// coordinates: x in −1..1 and y in the same unit, up.
    pub(super) fn sample(
        width: usize,
        height: usize,
        side: usize,
        seed: u32,
        shade: impl Fn(f32, f32, &mut Rng) -> V3 + Sync,
    ) -> Canvas {
        let half = width as f32 / 2.0;
        Canvas::render(width, height, seed, |x, y, rng| {
            let mut sum = V3::default();
            for sub in 0..side * side {
                let jx = ((sub % side) as f32 + rng.next()) / side as f32;
                let jy = ((sub / side) as f32 + rng.next()) / side as f32;
                let fx = (x as f32 + jx) / half - 1.0;
                let fy = (height as f32 / 2.0 - (y as f32 + jy)) / half;
                // A cap on one sample keeps a stray glint from lighting its whole pixel.
                sum += shade(fx, fy, rng).map(|c| c.min(40.0));
            }
            sum * (1.0 / (side * side) as f32)
        })
    }

    pub(super) fn get(&self, x: i32, y: i32) -> V3 {
        let x = x.clamp(0, self.width as i32 - 1) as usize;
        let y = y.clamp(0, self.height as i32 - 1) as usize;
        self.pixels[y * self.width + x]
    }

    /// Bilinear look-up; pixel centres lie at half-integers.
    pub(super) fn bilinear(&self, x: f32, y: f32) -> V3 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (xf, yf) = (x.floor(), y.floor());
        let (xi, yi) = (xf as i32, yf as i32);
        let (u, v) = (x - xf, y - yf);
        let top = self.get(xi, yi).lerp(self.get(xi + 1, yi), u);
        top.lerp(self.get(xi, yi + 1).lerp(self.get(xi + 1, yi + 1), u), v)
    }

    /// Averages blocks of `k`×`k` pixels.
    pub(super) fn shrink(&self, k: usize) -> Canvas {
        let (w, h) = (self.width / k, self.height / k);
        Canvas::render(w, h, 0, |x, y, _| {
            let mut sum = V3::default();
            for j in 0..k {
                for i in 0..k {
                    sum += self.pixels[(y * k + j) * self.width + x * k + i];
                }
            }
            sum * (1.0 / (k * k) as f32)
        })
    }

    /// A soft blur of about `radius` pixels: three box passes each way.
    pub(super) fn blur(&self, radius: usize) -> Canvas {
        let mut out = self.clone();
        for _ in 0..3 {
            out = out.box_rows(radius).turned().box_rows(radius).turned();
        }
        out
    }

    fn box_rows(&self, radius: usize) -> Canvas {
        let mut out = Canvas::new(self.width, self.height);
        let (w, r) = (self.width as i32, radius as i32);
        let norm = 1.0 / (2 * r + 1) as f32;
        for y in 0..self.height as i32 {
            let mut sum = V3::default();
            for x in -r..=r {
                sum += self.get(x, y);
            }
            for x in 0..w {
                out.pixels[(y * w + x) as usize] = sum * norm;
                sum = sum + self.get(x + r + 1, y) - self.get(x - r, y);
            }
        }
        out
    }

    fn turned(&self) -> Canvas {
        let mut out = Canvas::new(self.height, self.width);
        for y in 0..self.height {
            for x in 0..self.width {
                out.pixels[x * self.height + y] = self.pixels[y * self.width + x];
            }
        }
        out
    }

    /// Lays `colour` over one pixel.
    pub(super) fn over(&mut self, x: i32, y: i32, colour: V3, alpha: f32) {
        if x >= 0 && y >= 0 && x < self.width as i32 && y < self.height as i32 {
            let at = y as usize * self.width + x as usize;
            self.pixels[at] = self.pixels[at].lerp(colour, alpha.clamp(0.0, 1.0));
        }
    }

    /// A filled disc with a one-pixel soft edge; `rim` brightens or darkens its outline.
    pub(super) fn disc(
        &mut self,
        (cx, cy): (f32, f32),
        radius: f32,
        colour: V3,
        (alpha, rim): (f32, f32),
    ) {
        let r = radius + 1.0;
        for y in (cy - r) as i32..=(cy + r) as i32 {
            for x in (cx - r) as i32..=(cx + r) as i32 {
                let d = (x as f32 + 0.5 - cx).hypot(y as f32 + 0.5 - cy);
                let cover = (radius + 0.5 - d).clamp(0.0, 1.0) * alpha;
                if cover > 0.0 {
                    let k = 1.0 + rim * smooth(0.6 * radius, radius, d);
                    self.over(x, y, colour * k, cover);
                }
            }
        }
    }

    /// A brush stroke along the curve `at(t)` = (x, y, half-width, colour), t in 0..1.
    pub(super) fn stroke(
        &mut self,
        alpha: f32,
        length: f32,
        at: impl Fn(f32) -> (f32, f32, f32, V3),
    ) {
        let mut t = 0.0;
        while t <= 1.0 {
            let (x, y, r, colour) = at(t);
            // A brush thinner than a pixel still touches it, only more faintly.
            let thin = (r / 0.5).min(1.0);
            self.disc((x, y), r.max(0.5), colour, (alpha * thin, 0.0));
            t += (r.max(0.5) * 0.7 / length.max(1.0)).clamp(0.002, 0.5);
        }
    }

    /// The finished picture in 8-bit sRGB.
    pub(super) fn develop(&self, room: &Darkroom) -> RgbImage {
        let glow = self.shrink(4).blur((self.width / 220).max(1));
        let wide = glow.blur((self.width / 50).max(1));
        let (w, h) = (self.width as f32, self.height as f32);
        let mut film = Canvas::render(self.width, self.height, 0, |x, y, _| {
            let (fx, fy) = (x as f32 + 0.5, y as f32 + 0.5);
            let (gx, gy) = (fx / 4.0, fy / 4.0);
            let scattered = glow.bilinear(gx, gy).lerp(wide.bilinear(gx, gy), 0.5);
            let mut c = self.pixels[y * self.width + x].lerp(scattered, room.bloom);
            let r = ((fx / w - 0.5).powi(2) + (fy / h - 0.5).powi(2)) * 2.0;
            c = c.tint(room.balance) * (room.exposure * (1.0 - room.vignette * r.powf(1.3)));
            c = grey(c.luma()).lerp(c, room.saturation).map(|v| tone(v.max(0.0)));
            let grain = grain_at(x as i32, y as i32) * room.grain * (1.4 - c.luma());
            c.map(|v| encode(v) + grain)
        });
        film.soften_colour();
        RgbImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            image::Rgb(film.pixels[y as usize * self.width + x as usize].to_bytes())
        })
    }

    /// A sensor resolves colour less sharply than brightness; so does this film.
    fn soften_colour(&mut self) {
        let soft = self.box_rows(1).turned().box_rows(1).turned();
        for (p, s) in self.pixels.iter_mut().zip(&soft.pixels) {
            *p = *s + grey(p.luma() - s.luma());
        }
    }
}

impl V3 {
    fn to_bytes(self) -> [u8; 3] {
        [self.x, self.y, self.z].map(|v| (255.0 * v).round().clamp(0.0, 255.0) as u8)
    }
}

/// A film curve: a soft toe, a long shoulder.
fn tone(x: f32) -> f32 {
    let x = x * 1.05;
    (x * (2.35 * x + 0.04) / (x * (2.27 * x + 0.66) + 0.13)).min(1.0)
}

fn encode(v: f32) -> f32 {
    if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

/// Grain is a little softer than a pixel.
fn grain_at(x: i32, y: i32) -> f32 {
    let speck = |dx: i32, dy: i32| hash(x + dx, y + dy, 77) - 0.5;
    let cross = speck(1, 0) + speck(-1, 0) + speck(0, 1) + speck(0, -1);
    2.6 * speck(0, 0) + 0.8 * cross
}

/// Writes a JPEG that holds at most `limit` bytes, at the best quality (≤ 88) that fits.
fn save_jpeg(image: &RgbImage, path: &Path, limit: usize) -> Result<(usize, u8), String> {
    let mut quality = 88;
    loop {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode_image(image)
            .map_err(|e| format!("cannot encode {}: {e}", path.display()))?;
        if bytes.len() <= limit || quality < 50 {
            std::fs::write(path, &bytes).map_err(|e| format!("{}: {e}", path.display()))?;
            return Ok((bytes.len(), quality));
        }
        quality -= 2;
    }
}

/// Writes `name`.jpg and `name`-thumb.jpg; returns the bytes and quality of the large one.
pub(super) fn save(image: &RgbImage, into: &Path, name: &str) -> Result<(usize, u8), String> {
    let (w, h) = image.dimensions();
    let thumb_height = (192.0 * h as f32 / w as f32).round() as u32;
    let thumb = imageops::resize(image, 192, thumb_height, imageops::FilterType::Lanczos3);
    save_jpeg(&thumb, &into.join(format!("{name}-thumb.jpg")), 12_000)?;
    save_jpeg(image, &into.join(format!("{name}.jpg")), 260_000)
}
