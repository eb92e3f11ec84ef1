//! A street of town houses in late light, seen down its length.

use super::canvas::{Canvas, Darkroom, fill_rows};
use super::math::{Camera, V3, grey, hex, smooth, v3};
use super::noise::{Rng, fbm2, fbm3, hash, noise2};
use super::sky::{Air, Clouds, Sky};
use super::tracer::{Hit, Shape, Thing, World};

const FRONT: f32 = 7.0;
const KERB: f32 = 4.1;

const STONE: u32 = 1;
const METAL: u32 = 2;
const BARK: u32 = 3;
const LEAF: u32 = 4;
const ROOF: u32 = 5;
const ROAD: u32 = 6;
const PAVING: u32 = 7;
const LAMP: u32 = 8;
const AWNING: u32 = 9;
const POT: u32 = 10;
const PETAL: u32 = 11;
/// Three colours of shop sign.
const SIGN: u32 = 20;
/// Materials from here on are the walls of house `n - WALL`.
const WALL: u32 = 100;

/// One house front.
struct House {
    /// −1 stands left of the street, 1 right.
    side: f32,
    z0: f32,
    z1: f32,
    floors: i32,
    floor: f32,
    ground: f32,
    bays: i32,
    colour: V3,
    brick: bool,
    shop: bool,
    door: V3,
    id: i32,
}

impl House {
    fn top(&self) -> f32 {
        self.ground + self.floors as f32 * self.floor
    }

    /// The opening at a place of the front: its left, bottom, width, height and kind
    /// (0 window, 1 door, 2 shop window).
    fn opening(&self, along: f32, y: f32) -> Option<(f32, f32, f32, f32, u32)> {
        let wide = self.z1 - self.z0;
        let bay = (wide - 0.8) / self.bays as f32;
        let k = ((along - 0.4) / bay).floor();
        if k < 0.0 || k >= self.bays as f32 {
            return None;
        }
        let centre = 0.4 + (k + 0.5) * bay;
        let frame = |w: f32, bottom: f32, h: f32, kind: u32| {
            let left = centre - w / 2.0;
            ((left..left + w).contains(&along) && (bottom..bottom + h).contains(&y))
                .then_some((left, bottom, w, h, kind))
        };
        if y < self.ground {
            let door = k as i32 == self.id.rem_euclid(self.bays);
            return if door {
                frame(1.15, 0.15, 2.65, 1)
            } else if self.shop {
                frame(bay * 0.86, 0.55, 2.25, 2)
            } else {
                frame(1.15, 0.95, 1.85, 0)
            };
        }
        let level = ((y - self.ground) / self.floor).floor();
        let shrink = 1.0 - 0.07 * level;
        frame(1.12, self.ground + level * self.floor + 0.55, (self.floor - 1.15) * shrink, 0)
    }
}

struct Scene {
    sky: Sky,
    world: World,
    houses: Vec<House>,
    sunlight: V3,
}

/// What a ray sees at the end of its way.
struct Surface {
    p: V3,
    n: V3,
    colour: V3,
    /// Share of mirror reflection.
    gloss: f32,
    glow: V3,
    /// Thin leaves pass light on.
    leaf: bool,
    /// A recess: where the sun must enter, relative to the surface.
    reveal: Option<(f32, V3)>,
}

struct Builder {
    things: Vec<Thing>,
    rng: Rng,
}

impl Builder {
    fn block(&mut self, low: V3, high: V3, material: u32) {
        let (a, b) = (low, high);
        let low = v3(a.x.min(b.x), a.y.min(b.y), a.z.min(b.z));
        let high = v3(a.x.max(b.x), a.y.max(b.y), a.z.max(b.z));
        self.things.push(Thing { shape: Shape::Block { low, high }, material });
    }

    fn quad(&mut self, [a, b, c, d]: [V3; 4], material: u32) {
        self.things.push(Thing { shape: Shape::Triangle { a, b, c }, material });
        self.things.push(Thing { shape: Shape::Triangle { a, b: c, c: d }, material });
    }

    fn post(&mut self, foot: V3, radius: f32, tall: f32, material: u32) {
        self.things.push(Thing { shape: Shape::Post { foot, radius, tall }, material });
    }

    /// A band that stands out of the front by `out` metres.
    fn band(
        &mut self,
        h: &House,
        (z0, z1): (f32, f32),
        (y0, y1): (f32, f32),
        (out, material): (f32, u32),
    ) {
        let x = h.side * FRONT;
        self.block(v3(x - h.side * out, y0, z0), v3(x + h.side * 0.3, y1, z1), material);
    }

    fn house(&mut self, h: &House) {
        let (x, s) = (h.side * FRONT, h.side);
        let top = h.top();
        self.block(v3(x, 0.0, h.z0), v3(x + s * 9.0, top, h.z1), WALL + h.id as u32);
        let full = (h.z0 + 0.02, h.z1 - 0.02);
        self.band(h, full, (0.0, 0.42), (0.07, STONE));
        self.band(h, full, (h.ground - 0.10, h.ground + 0.14), (0.10, STONE));
        self.band(h, full, (top - 0.42, top - 0.20), (0.14, STONE));
        self.band(h, full, (top - 0.20, top + 0.06), (0.34, STONE));
        self.roof(h, top);
        let bay = (h.z1 - h.z0 - 0.8) / h.bays as f32;
        for k in 0..h.bays {
            let z = h.z0 + 0.4 + (k as f32 + 0.5) * bay;
            for level in 0..h.floors {
                let y = h.ground + level as f32 * h.floor + 0.55;
                let tall = (h.floor - 1.15) * (1.0 - 0.07 * level as f32);
                self.band(h, (z - 0.72, z + 0.72), (y - 0.11, y), (0.16, STONE));
                self.band(h, (z - 0.70, z + 0.70), (y + tall, y + tall + 0.2), (0.07, STONE));
                if level == 0 && h.id % 2 == 0 {
                    self.band(
                        h,
                        (z - 0.80, z + 0.80),
                        (y + tall + 0.2, y + tall + 0.30),
                        (0.20, STONE),
                    );
                }
                if h.id % 3 == 1 && level == 0 {
                    self.balcony(h, z, y - 0.2);
                } else if hash(h.id, k, level + 40) > 0.62 && level < 2 {
                    self.window_box(h, z, y);
                }
            }
        }
        if h.shop {
            self.shop(h);
        }
    }

    fn roof(&mut self, h: &House, top: f32) {
        let (x, s) = (h.side * FRONT, h.side);
        let ridge = top + 2.5;
        let (a, b) = (x - s * 0.25, x + s * 3.6);
        self.quad(
            [
                v3(a, top + 0.06, h.z0),
                v3(a, top + 0.06, h.z1),
                v3(b, ridge, h.z1),
                v3(b, ridge, h.z0),
            ],
            ROOF,
        );
        self.block(v3(b - s * 0.1, top, h.z0), v3(b + s * 4.0, ridge, h.z1), ROOF);
        for k in 0..h.bays - 1 {
            let bay = (h.z1 - h.z0 - 0.8) / h.bays as f32;
            let z = h.z0 + 0.4 + (k as f32 + 1.0) * bay;
            self.block(v3(x + s * 0.9, top, z - 0.6), v3(x + s * 3.0, top + 1.75, z + 0.6), STONE);
            self.block(
                v3(x + s * 0.87, top + 0.65, z - 0.4),
                v3(x + s * 1.2, top + 1.55, z + 0.4),
                METAL,
            );
            self.block(
                v3(x + s * 0.72, top + 1.75, z - 0.75),
                v3(x + s * 3.0, top + 1.88, z + 0.75),
                ROOF,
            );
        }
        self.block(
            v3(x + s * 1.6, top, h.z1 - 0.45),
            v3(x + s * 3.4, ridge + 1.3, h.z1 + 0.35),
            WALL + h.id as u32,
        );
        for k in 0..3 {
            let foot = v3(x + s * (1.9 + 0.6 * k as f32), ridge + 1.3, h.z1 - 0.05);
            self.post(foot, 0.13, 0.5, POT);
        }
    }

    fn balcony(&mut self, h: &House, z: f32, y: f32) {
        let (x, s) = (h.side * FRONT, h.side);
        self.band(h, (z - 0.95, z + 0.95), (y, y + 0.14), (0.62, STONE));
        let rail = x - s * 0.58;
        self.block(v3(rail, y + 1.0, z - 0.93), v3(rail - s * 0.04, y + 1.05, z + 0.93), METAL);
        for end in [-0.92f32, 0.92] {
            self.block(v3(rail, y + 1.0, z + end - 0.02), v3(x, y + 1.05, z + end + 0.02), METAL);
        }
        let mut k = -0.92;
        while k < 0.94 {
            self.block(
                v3(rail, y + 0.12, z + k - 0.011),
                v3(rail - s * 0.022, y + 1.0, z + k + 0.011),
                METAL,
            );
            k += 0.115;
        }
    }

    fn window_box(&mut self, h: &House, z: f32, y: f32) {
        let (x, s) = (h.side * FRONT, h.side);
        self.block(v3(x - s * 0.02, y, z - 0.5), v3(x - s * 0.25, y + 0.2, z + 0.5), POT);
        for _ in 0..70 {
            let p = v3(
                x - s * self.rng.range(-0.02, 0.32),
                y + self.rng.range(0.12, 0.42),
                z + self.rng.range(-0.52, 0.52),
            );
            let flower = self.rng.next() > 0.6;
            self.leaf(p, 0.055, if flower { PETAL } else { LEAF });
        }
    }

    fn shop(&mut self, h: &House) {
        let (x, s) = (h.side * FRONT, h.side);
        self.band(h, (h.z0 + 0.2, h.z1 - 0.2), (2.95, 3.35), (0.12, SIGN + h.id as u32 % 3));
        let (near, far) = (x - s * 0.1, x - s * 1.45);
        let (a, b) = (h.z0 + 0.35, h.z1 - 0.35);
        self.quad([v3(near, 3.0, a), v3(near, 3.0, b), v3(far, 2.42, b), v3(far, 2.42, a)], AWNING);
        self.quad([v3(far, 2.42, a), v3(far, 2.42, b), v3(far, 2.22, b), v3(far, 2.22, a)], AWNING);
        for z in [a + 0.5, (a + b) / 2.0, b - 0.5] {
            let foot = v3(x - s * 0.6, 0.15, z + 0.2);
            self.post(foot, 0.2, 0.42, POT);
            for _ in 0..90 {
                let p = foot
                    + v3(
                        0.22 * self.rng.normal(),
                        0.62 + 0.2 * self.rng.normal(),
                        0.22 * self.rng.normal(),
                    );
                let petal = self.rng.next() > 0.75;
                self.leaf(p, 0.07, if petal { PETAL } else { LEAF });
            }
        }
    }

    fn leaf(&mut self, p: V3, size: f32, material: u32) {
        let rng = &mut self.rng;
        let mut d = || v3(rng.normal(), rng.normal() * 0.7, rng.normal()).unit() * size;
        let (a, b) = (d(), d());
        self.things.push(Thing {
            shape: Shape::Triangle { a: p - a, b: p + a, c: p + b * 1.6 },
            material,
        });
    }

    fn tree(&mut self, foot: V3, tall: f32) {
        self.post(foot, 0.15, tall * 0.5, BARK);
        let crown = foot + v3(0.0, tall * 0.66, 0.0);
        let mut clumps = Vec::new();
        for _ in 0..26 {
            let d = v3(self.rng.normal(), self.rng.normal() * 1.15, self.rng.normal()).unit();
            let r = self.rng.range(0.35, 1.0);
            clumps.push(crown + v3(d.x * 1.45 * r, d.y * tall * 0.27 * r, d.z * 1.45 * r));
        }
        for c in clumps {
            let from = foot + v3(0.0, tall * 0.36, 0.0);
            for k in 0..9 {
                let p = from.lerp(c, k as f32 / 9.0);
                self.things.push(Thing {
                    shape: Shape::Ball { centre: p, radius: 0.06 - 0.005 * k as f32 },
                    material: BARK,
                });
            }
            for _ in 0..190 {
                let d = v3(self.rng.normal(), self.rng.normal(), self.rng.normal()) * 0.36;
                self.leaf(c + d, self.rng.clone().range(0.055, 0.10), LEAF);
            }
        }
    }

    fn lamp(&mut self, foot: V3) {
        self.post(foot, 0.11, 0.7, METAL);
        self.post(foot, 0.055, 3.6, METAL);
        let head = foot + v3(0.0, 3.6, 0.0);
        self.block(head - v3(0.24, 0.0, 0.24), head + v3(0.24, 0.05, 0.24), METAL);
        self.block(head + v3(-0.16, 0.05, -0.16), head + v3(0.16, 0.5, 0.16), LAMP);
        for (x, z) in [(-0.18, -0.18), (0.18, -0.18), (-0.18, 0.18), (0.18, 0.18)] {
            self.post(head + v3(x, 0.05, z), 0.018, 0.48, METAL);
        }
        self.block(head + v3(-0.25, 0.5, -0.25), head + v3(0.25, 0.55, 0.25), METAL);
        self.block(head + v3(-0.14, 0.55, -0.14), head + v3(0.14, 0.68, 0.14), METAL);
        self.post(head + v3(0.0, 0.68, 0.0), 0.03, 0.18, METAL);
    }
}

fn houses() -> Vec<House> {
    let paints = [
        0xd9b48a, 0xc98f6b, 0xe3d3b4, 0xb5654a, 0xd7c29a, 0x9fb0a8, 0xe0b9a0, 0xcfa25f, 0xb98a86,
        0xd8d3c4,
    ];
    let doors = [0x23453c, 0x6b1f22, 0x1f3353, 0x3b2a1e, 0x4a5a2c];
    let mut rng = Rng::new(61);
    let mut list = Vec::new();
    for side in [-1.0f32, 1.0] {
        let mut z = 34.0f32;
        while z > -150.0 {
            let bays = 2 + rng.pick(3) as i32;
            let wide = bays as f32 * rng.range(2.0, 2.35) + 0.8;
            let id = list.len() as i32;
            list.push(House {
                side,
                z0: z - wide,
                z1: z,
                floors: 2 + rng.pick(2) as i32,
                floor: rng.range(2.95, 3.3),
                ground: rng.range(3.45, 3.75),
                bays,
                colour: hex(paints[(id as usize * 7 + rng.pick(2)) % paints.len()]),
                brick: rng.next() > 0.62,
                shop: rng.next() > 0.5,
                door: hex(doors[rng.pick(doors.len())]),
                id,
            });
            z -= wide;
        }
    }
    list
}

fn build(houses: &[House]) -> World {
    let mut b = Builder { things: Vec::new(), rng: Rng::new(17) };
    b.block(v3(-KERB, -1.0, -900.0), v3(KERB, 0.0, 40.0), ROAD);
    for s in [-1.0f32, 1.0] {
        b.block(v3(s * KERB, -1.0, -900.0), v3(s * (KERB + 0.22), 0.13, 40.0), STONE);
        b.block(v3(s * (KERB + 0.22), -1.0, -900.0), v3(s * 60.0, 0.14, 40.0), PAVING);
    }
    for house in houses {
        b.house(house);
    }
    for k in 0..9 {
        let z = -9.5 - 13.0 * k as f32;
        b.tree(v3(-4.75, 0.1, z - 3.0), 5.9 + 0.9 * hash(k, 1, 1));
        b.tree(v3(4.75, 0.1, z - 9.0), 5.9 + 0.9 * hash(k, 2, 1));
        b.lamp(v3(4.6, 0.14, z + 0.2));
        b.lamp(v3(-4.6, 0.14, z - 9.5));
    }
    // A church closes the street, so that the eye has somewhere to go.
    b.block(v3(-4.4, 0.0, -176.0), v3(4.4, 25.0, -168.0), STONE);
    b.block(v3(-4.9, 24.6, -176.5), v3(4.9, 25.6, -167.5), STONE);
    for (a, c) in [
        ((-4.4, -168.0), (4.4, -168.0)),
        ((4.4, -168.0), (4.4, -176.0)),
        ((-4.4, -176.0), (-4.4, -168.0)),
    ] {
        let shape = Shape::Triangle {
            a: v3(a.0, 25.6, a.1),
            b: v3(c.0, 25.6, c.1),
            c: v3(0.0, 47.0, -172.0),
        };
        b.things.push(Thing { shape, material: ROOF });
    }
    b.block(v3(-1.0, 16.0, -167.95), v3(1.0, 22.0, -167.9), METAL);
    b.block(v3(-26.0, 0.0, -190.0), v3(26.0, 11.0, -174.0), WALL);
    World::new(b.things)
}

impl Scene {
    fn surface(&self, eye: V3, dir: V3, hit: &Hit) -> Surface {
        let p = eye + dir * hit.t;
        let material = self.world.things[hit.thing].material;
        let mut s = Surface {
            p: p + hit.normal * 1e-3,
            n: hit.normal,
            colour: grey(0.3),
            gloss: 0.0,
            glow: V3::default(),
            leaf: false,
            reveal: None,
        };
        let dirt = 0.5 + fbm3(p.x * 0.7, p.y * 0.7, p.z * 0.7, 4);
        match material {
            STONE => s.colour = hex(0xcabfae) * (0.68 + 0.42 * dirt),
            METAL => (s.colour, s.gloss) = (hex(0x1d2422), 0.04),
            BARK => s.colour = hex(0x5a4a3c) * (0.6 + 0.5 * dirt),
            LEAF => {
                let k = hash(hit.thing as i32, 2, 2);
                s.colour = v3(0.085, 0.15, 0.032).lerp(v3(0.22, 0.22, 0.05), k * k);
                s.leaf = true;
            }
            PETAL => {
                let k = hash(hit.thing as i32, 3, 3);
                s.colour = hex(0xc93a4a).lerp(hex(0xf0d8dc), smooth(0.5, 0.7, k));
                s.leaf = true;
            }
            ROOF => {
                let tile = noise2(p.z * 4.0, p.y * 5.0, 4) * 0.2 + (p.y * 5.0).fract() * 0.12;
                s.colour = hex(0x5b5757) * (0.75 + tile + 0.3 * dirt);
            }
            ROAD => self.road(&mut s, p),
            PAVING => {
                let (u, v) = (p.x / 0.62, p.z / 0.9 + (p.x / 0.62).floor() * 0.5);
                let slab = hash(u.floor() as i32, v.floor() as i32, 5);
                let joint = joint(u, 0.025).max(joint(v, 0.018));
                s.colour = hex(0xa89f93) * (0.72 + 0.2 * slab + 0.2 * dirt) * (1.0 - 0.5 * joint);
            }
            LAMP => (s.colour, s.glow) = (hex(0xf4ead6), hex(0xffd590) * 0.5),
            AWNING => {
                let stripe = ((p.z / 0.28).floor() as i32 & 1) == 0;
                s.colour = if stripe { hex(0xe9e0cf) } else { hex(0x9b3b32) };
                s.leaf = true;
            }
            POT => s.colour = hex(0xa8603f) * (0.7 + 0.3 * dirt),
            20..=22 => s.colour = hex([0x24423c, 0x33405c, 0x5c2a2a][(material - SIGN) as usize]),
            WALL.. => self.wall(&mut s, p, dir, (material - WALL) as usize),
            _ => {}
        }
        s
    }

    fn road(&self, s: &mut Surface, p: V3) {
        // Setts laid in rows, each a little domed.
        let row = (p.z / 0.17).floor();
        let u = p.x / 0.22 + 0.5 * (row as i32 & 1) as f32 + 0.25 * hash(row as i32, 1, 1);
        let v = p.z / 0.17;
        let id = hash(u.floor() as i32, row as i32, 6);
        let (du, dv) = (u - u.floor() - 0.5, v - v.floor() - 0.5);
        let gap = joint(u, 0.07).max(joint(v, 0.08));
        let wear = 0.5 + fbm2(p.x * 0.6, p.z * 0.25, 4, 7);
        s.colour = hex(0x857d74).lerp(hex(0xa3988a), id) * (0.55 + 0.35 * wear) * (1.0 - 0.6 * gap);
        s.n = v3(du * 0.35, 1.0, dv * 0.35).unit();
        s.gloss = 0.05 * (1.0 - gap);
        let gutter = smooth(KERB - 0.35, KERB - 0.2, p.x.abs());
        s.colour = s.colour.lerp(hex(0x8d867c) * 0.6, gutter * 0.7);
    }

    fn wall(&self, s: &mut Surface, p: V3, dir: V3, id: usize) {
        let h = &self.houses[id];
        let stain = 0.5 + fbm2(p.z * 1.1, p.y * 0.35, 5, h.id);
        let grime = smooth(0.0, 1.6, p.y + 0.5 * stain) * 0.25 + 0.75;
        let mut paint = h.colour * (0.80 + 0.22 * stain) * grime;
        if h.brick {
            let row = (p.y / 0.085).floor();
            let u = p.z / 0.24 + 0.5 * (row as i32 & 1) as f32;
            let k = hash(u.floor() as i32, row as i32, 9);
            let seam = joint(u, 0.05).max(joint(p.y / 0.085, 0.10));
            let fired = hex(0x9c5b42).lerp(hex(0xb87a58), k) * (0.75 + 0.3 * stain);
            paint = fired.lerp(hex(0xb8ab9a), seam * 0.6) * grime;
        }
        s.colour = paint;
        if s.n.x.abs() < 0.5 || p.x * h.side > FRONT + 0.5 {
            return;
        }
        let along = p.z - h.z0;
        if let Some(opening) = h.opening(along, p.y) {
            self.recess(s, (p, dir), h, opening);
        }
    }

    /// Follows the ray into a window or door niche.
    fn recess(
        &self,
        s: &mut Surface,
        (p, dir): (V3, V3),
        h: &House,
        (left, bottom, w, tall, kind): (f32, f32, f32, f32, u32),
    ) {
        let deep = if kind == 2 { 0.10 } else { 0.20 };
        let into = dir.x * h.side;
        let t_back = deep / into.max(1e-4);
        let (u0, y0) = (p.z - h.z0, p.y);
        let (u1, y1) = (u0 + dir.z * t_back, y0 + dir.y * t_back);
        let inside = (left..left + w).contains(&u1) && (bottom..bottom + tall).contains(&y1);
        if !inside {
            let tu =
                if dir.z > 0.0 { (left + w - u0) / dir.z } else { (left - u0) / dir.z.min(-1e-6) };
            let ty = if dir.y > 0.0 {
                (bottom + tall - y0) / dir.y
            } else {
                (bottom - y0) / dir.y.min(-1e-6)
            };
            let t = tu.min(ty);
            s.p = p + dir * t;
            s.n =
                if tu < ty { v3(0.0, 0.0, -dir.z.signum()) } else { v3(0.0, -dir.y.signum(), 0.0) };
            s.reveal = Some((into * t, v3(left, bottom, h.z0)));
            s.colour = hex(0xcabfae) * 0.7;
            return;
        }
        s.p = p + dir * t_back;
        s.reveal = Some((deep, v3(left, bottom, h.z0)));
        let (fu, fy) = ((u1 - left) / w, (y1 - bottom) / tall);
        if kind == 1 {
            let panel = (joint(fu * 2.0, 0.06)).max(joint(fy * 3.0, 0.05));
            s.colour = h.door * (1.0 - 0.5 * panel);
            s.gloss = 0.03;
            if fy > 0.82 {
                s.colour = grey(0.02);
                s.gloss = 0.3;
            }
            return;
        }
        self.pane(s, h, (left, bottom, kind), (fu, fy));
    }

    /// A glazed window at the place `(fu, fy)` of its opening, 0..1 each way.
    fn pane(
        &self,
        s: &mut Surface,
        h: &House,
        (left, bottom, kind): (f32, f32, u32),
        (fu, fy): (f32, f32),
    ) {
        let bars = if kind == 2 { (3.0, 1.0) } else { (2.0, 3.0) };
        let rim = 0.055;
        let edge = fu < rim || fu > 1.0 - rim || fy < rim * 0.7 || fy > 1.0 - rim * 0.7;
        let bar = joint(fu * bars.0, 0.05) > 0.5 || joint(fy * bars.1, 0.035 * bars.1 / 3.0) > 0.5;
        if edge || bar {
            s.colour = if kind == 2 { h.door * 1.1 } else { hex(0xe8e3d8) };
            return;
        }
        let k = hash(h.id, (left * 10.0) as i32, (bottom * 10.0) as i32);
        s.colour = grey(0.012);
        s.gloss = 0.5;
        // Old panes are not quite flat.
        let pane = hash((fu * bars.0) as i32, (fy * bars.1) as i32, (k * 999.0) as i32) - 0.5;
        s.n = (s.n + v3(0.0, 0.020 * pane, 0.024 * (k - 0.5 + pane))).unit();
        let drape = smooth(0.30, 0.22, fu.min(1.0 - fu)) * (0.7 + 0.3 * (fu * 90.0).sin());
        if kind == 0 && k > 0.35 {
            s.colour = s.colour.lerp(hex(0xd9cfbf) * 0.30, drape * 0.9);
        }
        if k > 0.80 || kind == 2 {
            let shelf = 0.55 + 0.45 * noise2(fu * 7.0, fy * 5.0, h.id);
            s.glow = hex(0xffb868)
                * (if kind == 2 { 0.30 } else { 0.24 } * shelf * smooth(1.15, 0.2, fy));
        }
    }

    fn sun(&self, s: &Surface, rng: &mut Rng) -> V3 {
        let axis = self.sky.air.sun;
        let toward = (axis + v3(rng.normal(), rng.normal(), rng.normal()) * 0.002).unit();
        let mut facing = s.n.dot(toward);
        if s.leaf {
            facing = if facing > 0.0 { facing } else { -facing * 0.65 };
        }
        if facing <= 0.0 {
            return V3::default();
        }
        let mut from = s.p;
        if let Some((deep, frame)) = s.reveal {
            let into = -toward.x * from.x.signum();
            if into <= 0.0 {
                return V3::default();
            }
            from += toward * ((deep + 2e-3) / into);
            let inside = self.houses.iter().any(|h| {
                (h.z0 - frame.z).abs() < 1e-3
                    && h.side * from.x > 0.0
                    && h.opening(from.z - h.z0, from.y).is_some_and(|o| {
                        (o.0 - frame.x).abs() < 1e-3 && (o.1 - frame.y).abs() < 1e-3
                    })
            });
            if !inside {
                return V3::default();
            }
        }
        if self.world.blocked(from, toward, 200.0) {
            return V3::default();
        }
        self.sunlight * facing
    }

    /// Light from everywhere but the sun: one bounce into the scene.
    fn around(&self, s: &Surface, rng: &mut Rng, cell: (f32, f32)) -> V3 {
        let (a, b) = (cell.0 * std::f32::consts::TAU, cell.1);
        let side = if s.n.x.abs() > 0.6 { v3(0.0, 1.0, 0.0) } else { v3(1.0, 0.0, 0.0) };
        let t = s.n.cross(side).unit();
        let u = s.n.cross(t);
        let r = b.sqrt();
        let dir = (t * (r * a.cos()) + u * (r * a.sin()) + s.n * (1.0 - b).sqrt()).unit();
        match self.world.meet(s.p, dir, 120.0) {
            None => self.sky.at(v3(dir.x, dir.y.max(0.03), dir.z)),
            Some(hit) => {
                let second = self.surface(s.p, dir, &hit);
                let light = self.sun(&second, rng) + self.sky.ambient * 0.30;
                second.colour.tint(light) + second.glow
            }
        }
    }

    fn trace(&self, eye: V3, dir: V3, rng: &mut Rng, cell: (f32, f32)) -> Sample {
        let Some(hit) = self.world.meet(eye, dir, 600.0) else {
            let fixed = self.sky.at(dir);
            return Sample { fixed, normal: -dir, depth: 600.0, ..Sample::default() };
        };
        let s = self.surface(eye, dir, &hit);
        let mut fixed = s.colour.tint(self.sun(&s, rng)) + s.glow;
        let mut keep = 1.0;
        if s.gloss > 0.0 {
            let facing = (-dir).dot(s.n).max(0.0);
            let base = s.gloss * 0.16;
            let fresnel = base + (1.0 - base) * (1.0 - facing).powi(5) * (s.gloss * 1.8).min(1.0);
            keep = 1.0 - fresnel;
            fixed = fixed * keep + self.mirrored(&s, dir, rng) * fresnel;
        }
        let clear = (-hit.t / 900.0).exp();
        Sample {
            fixed: fixed * clear + self.sky.distance(dir) * (1.0 - clear),
            albedo: s.colour * (keep * clear),
            light: self.around(&s, rng, cell),
            normal: s.n,
            depth: hit.t,
        }
    }

    fn mirrored(&self, s: &Surface, dir: V3, rng: &mut Rng) -> V3 {
        let out = dir.reflect(s.n).unit();
        let start = if s.reveal.is_some() { s.p + out * 0.3 } else { s.p };
        match self.world.meet(start, out, 200.0) {
            None => self.sky.at(v3(out.x, out.y.abs(), out.z)),
            Some(h) => {
                let second = self.surface(start, out, &h);
                second.colour.tint(self.sun(&second, rng) + self.sky.ambient * 0.4)
            }
        }
    }
}

/// What one ray, or a pixel of them, brings home. The scattered light is kept apart from the
/// surface's colour, so that its noise can be smoothed without blurring bricks.
#[derive(Clone, Copy, Default)]
struct Sample {
    fixed: V3,
    albedo: V3,
    light: V3,
    normal: V3,
    depth: f32,
}

impl Sample {
    fn add(&mut self, o: &Sample, k: f32) {
        self.fixed += o.fixed.map(|c| c.min(12.0)) * k;
        self.albedo += o.albedo * k;
        self.light += o.light.map(|c| c.min(8.0)) * k;
        self.normal += o.normal * k;
        self.depth += o.depth * k;
    }
}

/// Smooths the scattered light along surfaces: four passes of a spreading 5×5 kernel that stops
/// at edges of depth and direction.
fn smooth_light(film: &mut Vec<Sample>, width: usize) {
    const KERNEL: [f32; 5] = [1.0, 4.0, 6.0, 4.0, 1.0];
    let height = film.len() / width;
    for pass in 0..4 {
        let step = 1i32 << pass;
        let mut next = film.clone();
        let from = &*film;
        fill_rows(&mut next, width, |x, y| {
            let here = from[y * width + x];
            let (mut sum, mut weight) = (V3::default(), 0.0);
            for (j, kj) in KERNEL.iter().enumerate() {
                for (i, ki) in KERNEL.iter().enumerate() {
                    let qx = x as i32 + (i as i32 - 2) * step;
                    let qy = y as i32 + (j as i32 - 2) * step;
                    if qx < 0 || qy < 0 || qx >= width as i32 || qy >= height as i32 {
                        continue;
                    }
                    let q = &from[qy as usize * width + qx as usize];
                    let turn = here.normal.dot(q.normal).clamp(0.0, 1.0).powi(8);
                    let gap =
                        (here.depth - q.depth).abs() / (0.012 * here.depth * step as f32 + 0.04);
                    let w = kj * ki * (turn + 1e-4) * (-gap).exp();
                    sum += q.light * w;
                    weight += w;
                }
            }
            Sample { light: sum * (1.0 / weight), ..here }
        });
        *film = next;
    }
}

/// 1 at whole numbers of `u`, 0 away from them.
fn joint(u: f32, width: f32) -> f32 {
    let d = (u - u.round()).abs();
    smooth(width, width * 0.6, d)
}

pub(super) fn paint(width: usize, height: usize, scale: f32) -> (Canvas, Darkroom) {
    let air = Air::new(33.0, 147.0, 5e-6);
    let clouds = Clouds {
        base: 1800.0,
        top: 2900.0,
        cover: -0.24,
        size: 2200.0,
        density: 0.010,
        veil: 0.9,
        seed: 47.1,
    };
    let sky = Sky::paint(air, Some(&clouds), 180.0, scale.max(0.5));
    let sunlight = sky.air.sunlight(0.0);
    let houses = houses();
    let scene = Scene { world: build(&houses), houses, sky, sunlight };
    let camera = Camera::look(v3(0.9, 1.7, 2.0), v3(0.25, 3.35, -20.0), 66.0);
    let side = if scale > 0.9 { 3 } else { 2 };
    let half = width as f32 / 2.0;
    let n = side as f32;
    let mut film = vec![Sample::default(); width * height];
    fill_rows(&mut film, width, |x, y| {
        let mut rng = Rng::new((y * width + x) as u32 ^ 15);
        let mut pixel = Sample::default();
        let turn = (rng.next(), rng.next());
        for sub in 0..side * side {
            let (i, j) = ((sub % side) as f32, (sub / side) as f32);
            let fx = (x as f32 + (i + rng.next()) / n) / half - 1.0;
            let fy = (height as f32 / 2.0 - y as f32 - (j + rng.next()) / n) / half;
            let cell =
                (((j + rng.next()) / n + turn.0).fract(), ((i + rng.next()) / n + turn.1).fract());
            let sample = scene.trace(camera.eye, camera.ray(fx, fy), &mut rng, cell);
            pixel.add(&sample, 1.0 / (n * n));
        }
        pixel
    });
    smooth_light(&mut film, width);
    let pixels = film.iter().map(|s| s.fixed + s.albedo.tint(s.light)).collect();
    let canvas = Canvas { width, height, pixels };
    let room = Darkroom { exposure: 0.58, saturation: 1.1, bloom: 0.06, ..Darkroom::default() };
    (canvas, room)
}
