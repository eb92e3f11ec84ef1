//! A small ray tracer for built scenes: boxes, upright cylinders and triangles in a tree of
//! bounding boxes.

use super::math::{V3, v3};

#[derive(Clone, Copy)]
pub(super) enum Shape {
    Block { low: V3, high: V3 },
    Post { foot: V3, radius: f32, tall: f32 },
    Ball { centre: V3, radius: f32 },
    Triangle { a: V3, b: V3, c: V3 },
}

#[derive(Clone, Copy)]
pub(super) struct Thing {
    pub(super) shape: Shape,
    /// What it is made of; the scene gives it meaning.
    pub(super) material: u32,
}

#[derive(Clone, Copy)]
pub(super) struct Hit {
    pub(super) t: f32,
    pub(super) normal: V3,
    pub(super) thing: usize,
}

struct Node {
    low: V3,
    high: V3,
    /// First thing of a leaf, or the second child of a branch (the first follows its parent).
    link: u32,
    /// 0 marks a branch.
    count: u32,
}

pub(super) struct World {
    pub(super) things: Vec<Thing>,
    nodes: Vec<Node>,
}

fn min(a: V3, b: V3) -> V3 {
    v3(a.x.min(b.x), a.y.min(b.y), a.z.min(b.z))
}

fn max(a: V3, b: V3) -> V3 {
    v3(a.x.max(b.x), a.y.max(b.y), a.z.max(b.z))
}

impl Shape {
    fn bounds(&self) -> (V3, V3) {
        match *self {
            Shape::Block { low, high } => (low, high),
            Shape::Post { foot, radius, tall } => {
                (foot - v3(radius, 0.0, radius), foot + v3(radius, tall, radius))
            }
            Shape::Ball { centre, radius } => {
                let r = v3(radius, radius, radius);
                (centre - r, centre + r)
            }
            Shape::Triangle { a, b, c } => (min(a, min(b, c)), max(a, max(b, c))),
        }
    }

    fn meet(&self, eye: V3, dir: V3, inverse: V3, far: f32) -> Option<(f32, V3)> {
        const NEAR: f32 = 1e-4;
        match *self {
            Shape::Block { low, high } => {
                let t = span(low, high, eye, inverse, far)?;
                (t > NEAR).then(|| (t, face(eye + dir * t, low, high)))
            }
            Shape::Post { foot, radius, tall } => {
                let (ox, oz) = (eye.x - foot.x, eye.z - foot.z);
                let a = dir.x * dir.x + dir.z * dir.z;
                let b = ox * dir.x + oz * dir.z;
                let c = ox * ox + oz * oz - radius * radius;
                let root = b * b - a * c;
                if root < 0.0 || a < 1e-9 {
                    return None;
                }
                let t = (-b - root.sqrt()) / a;
                let y = eye.y + dir.y * t - foot.y;
                let normal = v3((ox + dir.x * t) / radius, 0.0, (oz + dir.z * t) / radius);
                (t > NEAR && t < far && (0.0..tall).contains(&y)).then_some((t, normal))
            }
            Shape::Ball { centre, radius } => {
                let o = eye - centre;
                let b = o.dot(dir);
                let root = b * b - o.dot(o) + radius * radius;
                if root < 0.0 {
                    return None;
                }
                let t = -b - root.sqrt();
                (t > NEAR && t < far).then(|| (t, (o + dir * t) * (1.0 / radius)))
            }
            Shape::Triangle { a, b, c } => {
                let (e, f) = (b - a, c - a);
                let h = dir.cross(f);
                let det = e.dot(h);
                if det.abs() < 1e-9 {
                    return None;
                }
                let s = (eye - a) * (1.0 / det);
                let u = s.dot(h);
                let q = s.cross(e);
                let v = dir.dot(q);
                let t = f.dot(q);
                if u < 0.0 || v < 0.0 || u + v > 1.0 || t < NEAR || t > far {
                    return None;
                }
                let n = e.cross(f).unit();
                Some((t, if n.dot(dir) > 0.0 { -n } else { n }))
            }
        }
    }
}

/// Where a ray enters a box, 0 from inside.
fn span(low: V3, high: V3, eye: V3, inverse: V3, far: f32) -> Option<f32> {
    let (a, b) = ((low - eye).tint(inverse), (high - eye).tint(inverse));
    let (n, f) = (min(a, b), max(a, b));
    let (enter, leave) = (n.x.max(n.y).max(n.z), f.x.min(f.y).min(f.z).min(far));
    (enter <= leave && leave >= 0.0).then_some(enter.max(0.0))
}

fn face(p: V3, low: V3, high: V3) -> V3 {
    let sides = [
        ((p.x - low.x).abs(), v3(-1.0, 0.0, 0.0)),
        ((p.x - high.x).abs(), v3(1.0, 0.0, 0.0)),
        ((p.y - low.y).abs(), v3(0.0, -1.0, 0.0)),
        ((p.y - high.y).abs(), v3(0.0, 1.0, 0.0)),
        ((p.z - low.z).abs(), v3(0.0, 0.0, -1.0)),
        ((p.z - high.z).abs(), v3(0.0, 0.0, 1.0)),
    ];
    sides.iter().min_by(|a, b| a.0.total_cmp(&b.0)).map_or(v3(0.0, 1.0, 0.0), |s| s.1)
}

impl World {
    pub(super) fn new(mut things: Vec<Thing>) -> World {
        let mut nodes = Vec::new();
        let count = things.len();
        divide(&mut things, 0, count, &mut nodes);
        World { things, nodes }
    }

    /// The nearest thing along a ray.
    pub(super) fn meet(&self, eye: V3, dir: V3, far: f32) -> Option<Hit> {
        self.search(eye, dir, far, false)
    }

    /// Whether anything lies between a point and a distance.
    pub(super) fn blocked(&self, eye: V3, dir: V3, far: f32) -> bool {
        self.search(eye, dir, far, true).is_some()
    }

    fn search(&self, eye: V3, dir: V3, mut far: f32, any: bool) -> Option<Hit> {
        let inverse = dir.map(|d| 1.0 / if d.abs() < 1e-9 { 1e-9 } else { d });
        let mut best = None;
        let mut stack = [0u32; 64];
        let mut depth = 1;
        while depth > 0 {
            depth -= 1;
            let at = stack[depth];
            let node = &self.nodes[at as usize];
            if span(node.low, node.high, eye, inverse, far).is_none() {
                continue;
            }
            if node.count == 0 {
                let (first, second) = (at + 1, node.link);
                // The nearer child is looked at first.
                let enter = |n: u32| {
                    let n = &self.nodes[n as usize];
                    span(n.low, n.high, eye, inverse, far).unwrap_or(f32::MAX)
                };
                let (near, later) =
                    if enter(first) <= enter(second) { (first, second) } else { (second, first) };
                stack[depth] = later;
                stack[depth + 1] = near;
                depth += 2;
                continue;
            }
            for thing in node.link as usize..(node.link + node.count) as usize {
                if let Some((t, normal)) = self.things[thing].shape.meet(eye, dir, inverse, far) {
                    far = t;
                    best = Some(Hit { t, normal, thing });
                    if any {
                        return best;
                    }
                }
            }
        }
        best
    }
}

fn divide(things: &mut [Thing], start: usize, end: usize, nodes: &mut Vec<Node>) {
    let far = 1e9;
    let (mut low, mut high) = (v3(far, far, far), v3(-far, -far, -far));
    let (mut inner_low, mut inner_high) = (low, high);
    for thing in &things[start..end] {
        let (a, b) = thing.shape.bounds();
        (low, high) = (min(low, a), max(high, b));
        let middle = (a + b) * 0.5;
        (inner_low, inner_high) = (min(inner_low, middle), max(inner_high, middle));
    }
    let count = end - start;
    let at = nodes.len();
    if count <= 3 {
        nodes.push(Node { low, high, link: start as u32, count: count as u32 });
        return;
    }
    nodes.push(Node { low, high, link: 0, count: 0 });
    let size = inner_high - inner_low;
    let axis = |v: V3| {
        if size.x > size.y && size.x > size.z {
            v.x
        } else if size.y > size.z {
            v.y
        } else {
            v.z
        }
    };
    let key = |t: &Thing| {
        let (a, b) = t.shape.bounds();
        axis(a + b)
    };
    let half = count / 2;
    things[start..end].select_nth_unstable_by(half, |a, b| key(a).total_cmp(&key(b)));
    divide(things, start, start + half, nodes);
    nodes[at].link = nodes.len() as u32;
    divide(things, start + half, end, nodes);
}
