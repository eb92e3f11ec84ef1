//! Blends a painted hole into the photo around it, so that no seam shows.
//!
//! The painting keeps its own detail and gets a correction added that is as smooth as can be: at
//! the rim of the hole it closes the gap between painting and photo, inside it is harmonic (every
//! pixel the mean of its neighbours). At the border of the picture nothing is fixed.
//!
//! Always holds: known pixels keep their bits, and time and memory grow with the rectangle around
//! the hole. Deliberately absent: mixing gradients of both pictures, and any notion of
//! transparency. Start at [`blend`], then [`cycle`].
//!
//! # Source
//! The membrane form of Pérez, Gangnet & Blake, *Poisson Image Editing* (2003), solved with
//! Dendy's *Black Box Multigrid* (1982): the interpolation follows the equations, so dots, lines
//! and ragged rims converge like a plain rectangle. We differ in that the finest grid stores one
//! float and one byte a pixel, and that its relaxation makes half of the transfers unnecessary.

/// A cycle that changed no pixel by more than this was the last. Each cycle leaves about a fifth
/// of the error, so what remains is far below half a step of 255, which nobody sees.
const TOLERANCE: f32 = 0.1;
/// Twice what the worst hole of the tests takes. More cycles would only stir rounding errors.
const MAX_CYCLES: usize = 30;
/// One over the number of neighbours, by that number; 0 where nothing is painted.
const INVERSE: [f32; 8] = [0.0, 1.0, 0.5, 1.0 / 3.0, 0.25, 0.0, 0.0, 0.0];
/// The code of a pixel with four neighbours, all painted.
const INSIDE: u8 = 4;
/// Edges as weak as this hold nothing: the weakest that matter join the ends of a strip one pixel
/// high and half a million long. Kept, they would shrink from grid to grid until they are
/// subnormal, which made a noisy hole fifty times slower.
const NEGLIGIBLE: f32 = 1e-6;
/// What a known neighbour adds to a pixel's code; the low three bits count all neighbours.
const KNOWN_NEIGHBOUR: u8 = 8;

/// Adds to the painted pixels of `guide` what makes them meet `target` at the rim of the hole.
///
/// A hole without any known pixel around it has no rim and stays as it is. `target` is read only
/// at known pixels that touch the hole.
///
/// # Shapes and ranges
/// `guide` and `target`: interleaved RGB, `width * height * 3`, any unit; errors stay below half a
/// unit if values span some hundreds, as 0..255 does. `hole`: `width * height`, 0 is known,
/// anything else is painted. `size`: `[width, height]`.
///
/// # Panics
/// If a length is not that of `size`.
pub fn blend(guide: &mut [f32], target: &[f32], hole: &[u8], size: [usize; 2]) {
    let [width, height] = size;
    let lengths = [guide.len(), target.len(), hole.len() * 3];
    assert_eq!(lengths, [width * height * 3; 3], "buffers against {width}×{height}");
    let Some(mut membrane) = Membrane::over(hole, size) else { return };
    for channel in 0..3 {
        membrane.solve(|p| target[p * 3 + channel] - guide[p * 3 + channel]);
        membrane.for_each(|correction, p| guide[p * 3 + channel] += correction);
    }
}

/// The equations of one hole: set up once, solved for as many channels as there are.
#[derive(Debug)]
pub struct Membrane {
    frame: Frame,
    fine: Fine,
    pyramid: Vec<Coarse>,
    /// The mean gap of the channel solved last.
    offset: f32,
    pixels: usize,
}

impl Membrane {
    /// Sets up a hole; nothing if no pixel is painted, or all are.
    #[must_use]
    pub fn over(hole: &[u8], size: [usize; 2]) -> Option<Self> {
        let frame = Frame::around(hole, size)?;
        if hole.iter().all(|&painted| painted != 0) {
            return None;
        }
        let mut fine = Fine::new(&frame, hole);
        let mut pyramid = vec![Coarse::below(&fine)];
        while let Some(last) = pyramid.last_mut()
            && last.shape.width * last.shape.height > 1
        {
            last.keep_transfers();
            let next = Coarse::below(&*last);
            pyramid.push(next);
        }
        Some(Self { frame, fine, pyramid, offset: 0.0, pixels: hole.len() })
    }

    /// As [`blend`], for one channel: planes of `width * height`.
    ///
    /// # Panics
    /// If a plane has another length than the hole.
    pub fn blend(&mut self, guide: &mut [f32], target: &[f32]) {
        assert_eq!([guide.len(), target.len()], [self.pixels; 2], "planes against the hole");
        self.solve(|p| target[p] - guide[p]);
        self.for_each(|correction, p| guide[p] += correction);
    }

    fn solve(&mut self, gap: impl Fn(usize) -> f32) {
        self.offset = self.fine.load(&self.frame, gap);
        for _ in 0..MAX_CYCLES {
            if cycle(&mut self.fine, &mut self.pyramid) <= TOLERANCE {
                break;
            }
        }
    }

    fn for_each(&self, mut take: impl FnMut(f32, usize)) {
        let offset = self.offset;
        self.fine.for_each(&self.frame, |x, p| take(x + offset, p));
    }
}

/// Brings the correction nearer to the solution: relaxation on every grid removes what is rough
/// there, the next coarser grid the rest.
///
/// Returns the largest change or remaining imbalance seen on the finest grid.
fn cycle(fine: &mut Fine, pyramid: &mut [Coarse]) -> f32 {
    fine.relax(0);
    fine.relax(1);
    let imbalance = fine.restrict(&mut pyramid[0]);
    for level in 0..pyramid.len() {
        let (upper, lower) = pyramid.split_at_mut(level + 1);
        upper[level].relax([[0, 0], [1, 1], [1, 0], [0, 1]]);
        if let Some(next) = lower.first_mut() {
            upper[level].restrict(next);
        }
    }
    for level in (0..pyramid.len() - 1).rev() {
        let (upper, lower) = pyramid.split_at_mut(level + 1);
        upper[level].prolong(&lower[0]);
        upper[level].relax([[0, 1], [1, 0], [1, 1], [0, 0]]);
    }
    let change = fine.prolong(&pyramid[0]);
    fine.relax(1);
    fine.relax(0);
    change.max(imbalance)
}

/// The rectangle around the hole and its rim, and the picture's width.
#[derive(Debug)]
struct Frame {
    left: usize,
    top: usize,
    shape: Shape,
    photo_width: usize,
}

impl Frame {
    /// Nothing if nothing is painted.
    fn around(hole: &[u8], [width, height]: [usize; 2]) -> Option<Self> {
        let (mut left, mut right, mut top, mut bottom) = (width, 0, height, 0);
        for (y, row) in hole.chunks_exact(width.max(1)).enumerate() {
            let Some(first) = row.iter().position(|&painted| painted != 0) else { continue };
            let last = row.iter().rposition(|&painted| painted != 0).unwrap_or(first);
            (left, right) = (left.min(first), right.max(last + 1));
            (top, bottom) = (top.min(y), y + 1);
        }
        if bottom == 0 {
            return None;
        }
        let (left, top) = (left.saturating_sub(1), top.saturating_sub(1));
        let shape = Shape::new((right + 1).min(width) - left, (bottom + 1).min(height) - top);
        Some(Self { left, top, shape, photo_width: width })
    }

    /// The pixel's number in the whole picture.
    fn in_photo(&self, x: usize, y: usize) -> usize {
        (self.top + y) * self.photo_width + self.left + x
    }
}

/// A grid inside a margin of zeros, one node wide on the left and above, more on the right and
/// below: all that [`Cell::new`] looks at, so that no border needs a branch.
#[derive(Clone, Copy, Debug)]
struct Shape {
    width: usize,
    height: usize,
    stride: usize,
}

impl Shape {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, stride: width + 3 }
    }

    fn len(self) -> usize {
        self.stride * (self.height + 4)
    }

    fn at(self, x: usize, y: usize) -> usize {
        (y + 1) * self.stride + x + 1
    }

    /// The four nodes of the cell that begins at `at`, row by row.
    fn corners(self, at: usize) -> [usize; 4] {
        [at, at + 1, at + self.stride, at + self.stride + 1]
    }

    /// Every second node of every second row, from the first.
    fn halved(self) -> Self {
        Self::new(self.width.div_ceil(2), self.height.div_ceil(2))
    }
}

/// The equations of a grid: the balance of node `p` is `tie·x_p + Σ edge·(x_p − x_q) = b_p`.
trait Equations {
    fn shape(&self) -> Shape;
    /// To the right, down, down right, down left; 0 where there is none.
    fn edges(&self, at: usize) -> [f32; 4];
    /// How strongly known pixels hold the node at zero.
    fn tie(&self, at: usize) -> f32;
}

/// The pixels. Known ones hold the gap between photo and painting, painted ones the correction.
#[derive(Debug)]
struct Fine {
    shape: Shape,
    x: Vec<f32>,
    /// How many neighbours there are and how many are known, or 0 for a known pixel.
    codes: Vec<u8>,
}

impl Equations for Fine {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn edges(&self, at: usize) -> [f32; 4] {
        let to = |other: usize| if self.codes[at].min(self.codes[other]) > 0 { 1.0 } else { 0.0 };
        [to(at + 1), to(at + self.shape.stride), 0.0, 0.0]
    }

    fn tie(&self, at: usize) -> f32 {
        f32::from(self.codes[at] / KNOWN_NEIGHBOUR)
    }
}

impl Fine {
    fn new(frame: &Frame, hole: &[u8]) -> Self {
        let shape = frame.shape;
        let mut codes = vec![0; shape.len()];
        let is_painted = |x: usize, y: usize| hole[frame.in_photo(x, y)] != 0;
        for y in 0..shape.height {
            for x in (0..shape.width).filter(|&x| is_painted(x, y)) {
                let code = &mut codes[shape.at(x, y)];
                let mut see = |x: usize, y: usize| {
                    *code += if is_painted(x, y) { 1 } else { 1 + KNOWN_NEIGHBOUR };
                };
                if x > 0 {
                    see(x - 1, y);
                }
                if y > 0 {
                    see(x, y - 1);
                }
                if x + 1 < shape.width {
                    see(x + 1, y);
                }
                if y + 1 < shape.height {
                    see(x, y + 1);
                }
            }
        }
        Self { shape, x: vec![0.0; shape.len()], codes }
    }

    /// Sets known pixels to the gap less its mean, painted ones to zero, and returns the mean.
    /// Small numbers keep rounding errors small, and a constant gap is met exactly.
    fn load(&mut self, frame: &Frame, gap: impl Fn(usize) -> f32) -> f32 {
        let shape = self.shape;
        let neighbours = |at: usize| [at - 1, at + 1, at - shape.stride, at + shape.stride];
        let (mut mean, mut count) = (0.0, 0.0);
        let rim = |x: usize, y: usize, take: &mut dyn FnMut(usize, f32)| {
            let at = shape.at(x, y);
            if self.codes[at] == 0 && neighbours(at).iter().any(|&near| self.codes[near] > 0) {
                take(at, gap(frame.in_photo(x, y)));
            }
        };
        for y in 0..shape.height {
            for x in 0..shape.width {
                rim(x, y, &mut |_, gap| {
                    count += 1.0;
                    mean += (gap - mean) / count;
                });
            }
        }
        self.x.fill(0.0);
        let values = &mut self.x;
        for y in 0..shape.height {
            for x in 0..shape.width {
                rim(x, y, &mut |at, gap| values[at] = gap - mean);
            }
        }
        mean
    }

    /// Hands out the correction and the pixel's number in the picture, for every painted pixel.
    fn for_each(&self, frame: &Frame, mut take: impl FnMut(f32, usize)) {
        for y in 0..self.shape.height {
            for x in 0..self.shape.width {
                let at = self.shape.at(x, y);
                if self.codes[at] > 0 {
                    take(self.x[at], frame.in_photo(x, y));
                }
            }
        }
    }

    /// Sets every second painted pixel, those with `x + y` of this parity, to the mean of its
    /// neighbours.
    fn relax(&mut self, parity: usize) {
        let Shape { width, height, stride } = self.shape;
        for y in 0..height {
            let row = (y + 1) * stride;
            let (above, rest) = self.x.split_at_mut(row);
            let (here, below) = rest.split_at_mut(stride);
            let above = &above[row - stride..][..stride];
            let below = &below[..stride];
            let codes = &self.codes[row..][..stride];
            for i in (1 + (y + parity) % 2..=width).step_by(2) {
                let code = codes[i];
                if code > 0 {
                    let sum = here[i - 1] + here[i + 1] + above[i] + below[i];
                    here[i] = sum * INVERSE[usize::from(code % KNOWN_NEIGHBOUR)];
                }
            }
        }
    }

    /// What is missing for a pixel to be the mean of its neighbours, times their number.
    fn imbalance(&self, at: usize) -> f32 {
        let (x, stride) = (&self.x, self.shape.stride);
        let sum = x[at - 1] + x[at + 1] + x[at - stride] + x[at + stride];
        sum - x[at] * f32::from(self.codes[at] % KNOWN_NEIGHBOUR)
    }

    /// How the pixel right below `at` follows the corners of the cell that begins at `at`.
    fn centre(&self, at: usize) -> [f32; 4] {
        let s = self.shape.stride;
        let cross = [at + 1, at + s, at + s + 1, at + s + 2, at + 2 * s + 1];
        if cross.iter().all(|&near| self.codes[near] == INSIDE) {
            return [0.25; 4];
        }
        Cell::new(self, at).weights[4]
    }

    /// Hands the imbalance down. Only pixels with even `x + y` have one: the others were relaxed
    /// last. Returns the largest.
    fn restrict(&self, below: &mut Coarse) -> f32 {
        let (shape, to) = (self.shape, below.shape);
        below.clear();
        let mut largest = 0.0_f32;
        for y in 0..to.height {
            for x in 0..to.width {
                let (at, node) = (shape.at(2 * x, 2 * y), to.at(x, y));
                if self.codes[at] > 0 {
                    let imbalance = self.imbalance(at);
                    below.b[node] += imbalance;
                    largest = largest.max(imbalance.abs());
                }
                let middle = at + shape.stride + 1;
                if self.codes[middle] > 0 {
                    let imbalance = self.imbalance(middle);
                    largest = largest.max(imbalance.abs());
                    for (node, weight) in to.corners(node).into_iter().zip(self.centre(at)) {
                        below.b[node] += imbalance * weight;
                    }
                }
            }
        }
        largest
    }

    /// Adds the coarse correction where `x + y` is even; the others are relaxed next and would
    /// forget it. Returns the largest change.
    fn prolong(&mut self, below: &Coarse) -> f32 {
        let (shape, from) = (self.shape, below.shape);
        let mut largest = 0.0_f32;
        for y in 0..from.height {
            for x in 0..from.width {
                let (at, node) = (shape.at(2 * x, 2 * y), from.at(x, y));
                if self.codes[at] > 0 {
                    self.x[at] += below.x[node];
                    largest = largest.max(below.x[node].abs());
                }
                let middle = at + shape.stride + 1;
                if self.codes[middle] > 0 {
                    let corners = from.corners(node).map(|node| below.x[node]);
                    let change = dot(corners, self.centre(at));
                    self.x[middle] += change;
                    largest = largest.max(change.abs());
                }
            }
        }
        largest
    }
}

/// A grid of every second node. Its unknowns are corrections to the grid above, so known pixels
/// count as zero and show up only as ties.
#[derive(Debug)]
struct Coarse {
    shape: Shape,
    x: Vec<f32>,
    b: Vec<f32>,
    /// One over the sum of tie and edges, or 0 where nothing is painted.
    inverse: Vec<f32>,
    edges: Vec<[f32; 4]>,
    ties: Vec<f32>,
    /// For every cell how its upper edge's middle follows the two ends, its left edge's middle
    /// the two ends, its centre the four corners. Empty on the coarsest grid.
    transfers: Vec<[f32; 8]>,
}

impl Equations for Coarse {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn edges(&self, at: usize) -> [f32; 4] {
        self.edges[at]
    }

    fn tie(&self, at: usize) -> f32 {
        self.ties[at]
    }
}

impl Coarse {
    /// Galerkin's choice: the energy of a coarse correction is that of its interpolation.
    fn below(above: &impl Equations) -> Self {
        let shape = above.shape().halved();
        let len = shape.len();
        let (mut edges, mut ties) = (vec![[0.0; 4]; len], vec![0.0; len]);
        for y in 0..shape.height {
            for x in 0..shape.width {
                let energy = Cell::new(above, above.shape().at(2 * x, 2 * y)).energy();
                let corners = shape.corners(shape.at(x, y));
                for (corner, tie) in corners.into_iter().zip(energy.ties) {
                    ties[corner] += tie;
                }
                let [top_left, top_right, bottom_left, _] = corners;
                edges[top_left][0] += energy.edges[0][1];
                edges[bottom_left][0] += energy.edges[2][3];
                edges[top_left][1] += energy.edges[0][2];
                edges[top_right][1] += energy.edges[1][3];
                edges[top_left][2] += energy.edges[0][3];
                edges[top_right][3] += energy.edges[1][2];
            }
        }
        for edge in edges.iter_mut().flatten().filter(|edge| edge.abs() < NEGLIGIBLE) {
            *edge = 0.0;
        }
        let zeros = || vec![0.0; len];
        let (x, b, inverse) = (zeros(), zeros(), zeros());
        let mut coarse = Self { shape, x, b, inverse, edges, ties, transfers: Vec::new() };
        for y in 0..shape.height {
            for x in 0..shape.width {
                let at = shape.at(x, y);
                let sum = coarse.ties[at] + around(&coarse, at).iter().sum::<f32>();
                coarse.inverse[at] = if sum > NEGLIGIBLE { 1.0 / sum } else { 0.0 };
            }
        }
        coarse
    }

    fn keep_transfers(&mut self) {
        let next = self.shape.halved();
        let cells = (0..next.height).flat_map(|y| (0..next.width).map(move |x| (x, y)));
        self.transfers = cells
            .map(|(x, y)| {
                let w = Cell::new(self, self.shape.at(2 * x, 2 * y)).weights;
                [w[1][0], w[1][1], w[3][0], w[3][2], w[4][0], w[4][1], w[4][2], w[4][3]]
            })
            .collect();
    }

    fn clear(&mut self) {
        self.x.fill(0.0);
        self.b.fill(0.0);
    }

    /// Solves node after node for itself alone, one of four interleaved sets after the other.
    fn relax(&mut self, order: [[usize; 2]; 4]) {
        let Shape { width, height, stride } = self.shape;
        for [left, top] in order {
            for y in (top..height).step_by(2) {
                let row = (y + 1) * stride;
                let (above, rest) = self.x.split_at_mut(row);
                let (here, below) = rest.split_at_mut(stride);
                let above = &above[row - stride..][..stride];
                let below = &below[..stride];
                let edges = &self.edges[row..][..stride];
                let edges_above = &self.edges[row - stride..][..stride];
                let inverse = &self.inverse[row..][..stride];
                let b = &self.b[row..][..stride];
                for i in (left + 1..=width).step_by(2) {
                    if inverse[i] > 0.0 {
                        let ahead = [here[i + 1], below[i], below[i + 1], below[i - 1]];
                        let sum = b[i]
                            + dot(edges[i], ahead)
                            + edges[i - 1][0] * here[i - 1]
                            + edges_above[i][1] * above[i]
                            + edges_above[i - 1][2] * above[i - 1]
                            + edges_above[i + 1][3] * above[i + 1];
                        here[i] = sum * inverse[i];
                    }
                }
            }
        }
    }

    /// What is missing in the node's balance.
    fn imbalance(&self, at: usize) -> f32 {
        if self.inverse[at] <= 0.0 {
            return 0.0;
        }
        let (x, s) = (&self.x, self.shape.stride);
        let ends = [at - s - 1, at - s, at - s + 1, at - 1, at + 1, at + s - 1, at + s, at + s + 1];
        let pulls = around(self, at).into_iter().zip(ends).map(|(edge, end)| edge * x[end]);
        self.b[at] + pulls.sum::<f32>() - x[at] / self.inverse[at]
    }

    fn restrict(&self, below: &mut Self) {
        let (shape, to) = (self.shape, below.shape);
        below.clear();
        for y in 0..to.height {
            for x in 0..to.width {
                let at = shape.at(2 * x, 2 * y);
                let corners = to.corners(to.at(x, y));
                let [t0, t1, l0, l2, centre @ ..] = self.transfers[y * to.width + x];
                let (top, left) = (self.imbalance(at + 1), self.imbalance(at + shape.stride));
                let middle = self.imbalance(at + shape.stride + 1);
                below.b[corners[0]] += self.imbalance(at) + t0 * top + l0 * left + centre[0] * middle;
                below.b[corners[1]] += t1 * top + centre[1] * middle;
                below.b[corners[2]] += l2 * left + centre[2] * middle;
                below.b[corners[3]] += centre[3] * middle;
            }
        }
    }

    fn prolong(&mut self, below: &Self) {
        let (shape, from) = (self.shape, below.shape);
        for y in 0..from.height {
            for x in 0..from.width {
                let at = shape.at(2 * x, 2 * y);
                let corners = from.corners(from.at(x, y)).map(|corner| below.x[corner]);
                let [t0, t1, l0, l2, centre @ ..] = self.transfers[y * from.width + x];
                self.x[at] += corners[0];
                self.x[at + 1] += t0 * corners[0] + t1 * corners[1];
                self.x[at + shape.stride] += l0 * corners[0] + l2 * corners[2];
                self.x[at + shape.stride + 1] += dot(centre, corners);
            }
        }
    }
}

/// Three by three nodes, row by row, and how they follow the four corners, which are the nodes
/// that the next coarser grid keeps.
#[derive(Debug)]
struct Cell {
    weights: [[f32; 4]; 9],
    /// One less the sum of the weights, computed without cancellation: in the open it is exactly
    /// 0, or rounding would tie down what nothing holds.
    lacks: [f32; 9],
    edges: [[f32; 4]; 9],
    ties: [f32; 9],
}

/// The equations that one cell adds to the grid of the corners.
#[derive(Debug, Default)]
struct Energy {
    /// Between corners; only the upper triangle is used.
    edges: [[f32; 4]; 4],
    ties: [f32; 4],
}

impl Cell {
    fn new(grid: &impl Equations, at: usize) -> Self {
        let s = grid.shape().stride;
        let rows = [at, at + s, at + 2 * s];
        let nodes: [usize; 9] = std::array::from_fn(|k| rows[k / 3] + k % 3);
        let mut weights = [[0.0; 4]; 9];
        let mut lacks = [1.0; 9];
        for (corner, k) in [0, 2, 6, 8].into_iter().enumerate() {
            weights[k][corner] = 1.0;
            lacks[k] = 0.0;
        }
        // The middle of an edge follows its ends, as if the nodes beside it followed it.
        for (k, ends) in [(1, [0, 1]), (7, [2, 3]), (3, [0, 2]), (5, [1, 3])] {
            let [nw, n, ne, w, e, sw, s, se] = around(grid, nodes[k]);
            let is_horizontal = ends[1] - ends[0] == 1;
            let pulls = if is_horizontal { [nw + w + sw, ne + e + se] } else { [nw + n + ne, sw + s + se] };
            let tie = grid.tie(nodes[k]).max(0.0);
            let sum = pulls[0] + pulls[1] + tie;
            if sum > NEGLIGIBLE {
                weights[k][ends[0]] = pulls[0] / sum;
                weights[k][ends[1]] = pulls[1] / sum;
                lacks[k] = tie / sum;
            }
        }
        let pulls = around(grid, nodes[4]);
        let tie = grid.tie(nodes[4]);
        let sum = tie + pulls.iter().sum::<f32>();
        if sum > NEGLIGIBLE {
            lacks[4] = tie / sum;
            for (pull, k) in pulls.into_iter().zip([0, 1, 2, 3, 5, 6, 7, 8]) {
                for corner in 0..4 {
                    weights[4][corner] += pull / sum * weights[k][corner];
                }
                lacks[4] += pull / sum * lacks[k];
            }
        }
        let edges = nodes.map(|node| grid.edges(node));
        let ties = nodes.map(|node| grid.tie(node));
        Self { weights, lacks, edges, ties }
    }

    /// Each edge and tie belongs to one cell: those on the right and lower side to the next.
    fn energy(&self) -> Energy {
        let mut energy = Energy::default();
        for k in [0, 1, 3, 4] {
            energy.add_edge(self, [k, k + 1], self.edges[k][0]);
            energy.add_edge(self, [k, k + 3], self.edges[k][1]);
            energy.add_edge(self, [k, k + 4], self.edges[k][2]);
            energy.add_edge(self, [k + 1, k + 3], self.edges[k + 1][3]);
            energy.add(self.ties[k], self.weights[k], 1.0 - self.lacks[k]);
        }
        energy
    }
}

impl Energy {
    fn add_edge(&mut self, cell: &Cell, [p, q]: [usize; 2], edge: f32) {
        if edge != 0.0 {
            let slope = std::array::from_fn(|k| cell.weights[p][k] - cell.weights[q][k]);
            self.add(edge, slope, cell.lacks[q] - cell.lacks[p]);
        }
    }

    /// Adds `strength` times the square of a linear form whose coefficients sum to `sum`.
    fn add(&mut self, strength: f32, form: [f32; 4], sum: f32) {
        for k in 0..4 {
            for other in k + 1..4 {
                self.edges[k][other] -= strength * form[k] * form[other];
            }
            self.ties[k] += strength * form[k] * sum;
        }
    }
}

/// The edges of a node: up left, up, up right, left, right, down left, down, down right.
fn around(grid: &impl Equations, at: usize) -> [f32; 8] {
    let s = grid.shape().stride;
    let [right, down, down_right, down_left] = grid.edges(at);
    let up_left = grid.edges(at - s - 1)[2];
    let up = grid.edges(at - s)[1];
    let up_right = grid.edges(at - s + 1)[3];
    let left = grid.edges(at - 1)[0];
    [up_left, up, up_right, left, right, down_left, down, down_right]
}

fn dot(a: [f32; 4], b: [f32; 4]) -> f32 {
    (a[0] * b[0] + a[1] * b[1]) + (a[2] * b[2] + a[3] * b[3])
}
