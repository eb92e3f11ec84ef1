//! Vectors, colours and the few scalar curves that the sample painters share.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A vector in space or a linear RGB colour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct V3 {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) z: f32,
}

pub(super) const fn v3(x: f32, y: f32, z: f32) -> V3 {
    V3 { x, y, z }
}

/// A grey of linear value `g`.
pub(super) const fn grey(g: f32) -> V3 {
    v3(g, g, g)
}

impl V3 {
    pub(super) fn dot(self, o: V3) -> f32 {
        self.x * o.x + self.y * o.y + self.z * o.z
    }

    pub(super) fn cross(self, o: V3) -> V3 {
        v3(self.y * o.z - self.z * o.y, self.z * o.x - self.x * o.z, self.x * o.y - self.y * o.x)
    }

    pub(super) fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    pub(super) fn unit(self) -> V3 {
        self * (1.0 / self.length().max(1e-20))
    }

    /// The component-wise product, which filters one colour by another.
    pub(super) fn tint(self, o: V3) -> V3 {
        v3(self.x * o.x, self.y * o.y, self.z * o.z)
    }

    pub(super) fn map(self, f: impl Fn(f32) -> f32) -> V3 {
        v3(f(self.x), f(self.y), f(self.z))
    }

    pub(super) fn lerp(self, o: V3, t: f32) -> V3 {
        self + (o - self) * t
    }

    /// The mirror image of an incoming direction at a surface of normal `n`.
    pub(super) fn reflect(self, n: V3) -> V3 {
        self - n * (2.0 * self.dot(n))
    }

    pub(super) fn luma(self) -> f32 {
        self.dot(v3(0.2126, 0.7152, 0.0722))
    }
}

impl Add for V3 {
    type Output = V3;
    fn add(self, o: V3) -> V3 {
        v3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl Sub for V3 {
    type Output = V3;
    fn sub(self, o: V3) -> V3 {
        v3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Mul<f32> for V3 {
    type Output = V3;
    fn mul(self, k: f32) -> V3 {
        v3(self.x * k, self.y * k, self.z * k)
    }
}

impl Neg for V3 {
    type Output = V3;
    fn neg(self) -> V3 {
        self * -1.0
    }
}

impl AddAssign for V3 {
    fn add_assign(&mut self, o: V3) {
        *self = *self + o;
    }
}

pub(super) fn lerp(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// 0 below `a`, 1 above `b`, smooth between.
pub(super) fn smooth(a: f32, b: f32, x: f32) -> f32 {
    let t = ((x - a) / (b - a)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// An sRGB hex colour as linear light.
pub(super) fn hex(rgb: u32) -> V3 {
    let channel = |shift: u32| {
        let c = ((rgb >> shift) & 255) as f32 / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    v3(channel(16), channel(8), channel(0))
}

/// A pinhole camera.
#[derive(Clone, Copy)]
pub(super) struct Camera {
    pub(super) eye: V3,
    forward: V3,
    right: V3,
    up: V3,
    tan_half: f32,
}

impl Camera {
    /// A camera at `eye` looking at `target`; `fov` is the horizontal angle of view in degrees.
    pub(super) fn look(eye: V3, target: V3, fov: f32) -> Camera {
        let forward = (target - eye).unit();
        let right = forward.cross(v3(0.0, 1.0, 0.0)).unit();
        let up = right.cross(forward);
        Camera { eye, forward, right, up, tan_half: (fov.to_radians() / 2.0).tan() }
    }

    /// The direction through the point `(x, y)` of a frame: x in −1..1, y in the same unit, up.
    pub(super) fn ray(&self, x: f32, y: f32) -> V3 {
        (self.forward + self.right * (x * self.tan_half) + self.up * (y * self.tan_half)).unit()
    }

    /// Where a point falls in the frame (same units as [`Camera::ray`]) and its depth.
    pub(super) fn project(&self, p: V3) -> (f32, f32, f32) {
        let d = p - self.eye;
        let depth = d.dot(self.forward);
        let k = 1.0 / (depth.max(1e-4) * self.tan_half);
        (d.dot(self.right) * k, d.dot(self.up) * k, depth)
    }
}
