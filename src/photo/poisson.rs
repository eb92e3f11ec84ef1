//! Blends a painted hole into the photo around it, so that no seam shows.
//!
//! The painting keeps its own detail and gets a correction added that is as smooth as can be: at
//! the rim of the hole it closes the gap between painting and photo, inside it is harmonic (every
//! pixel the mean of its neighbours). At the border of the picture nothing is fixed.
//!
//! Always holds: known pixels keep their bits, and time and memory grow with the rectangle around
//! the hole, memory by 18 bytes a pixel for all channels together. Deliberately absent: mixing
//! gradients of both pictures, and any notion of transparency. Awkward: in a hole a few pixels
//! wide and thousands long, known at its far ends only, `f32` costs about one step of 255. Start at
//! [`blend`], then `cycle`.
//!
//! # Source
//! The membrane form of Pérez, Gangnet & Blake, *Poisson Image Editing* (2003), solved with
//! Dendy's *Black Box Multigrid* (1982): the interpolation follows the equations, so dots, lines
//! and ragged rims converge like a plain rectangle. We differ in that the finest grid stores one
//! float and one byte a pixel, and that its relaxation makes half of the transfers unnecessary.

/// A cycle that changed no pixel by more than this was the last. Each cycle leaves about a fifth
/// of the error, so what remains is far below half a step of 255, which nobody sees.
const TOLERANCE: f32 = 0.1;
/// More than twice what the worst hole takes. More cycles would only stir rounding errors.
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
        membrane.close(|p| target[p * 3 + channel] - guide[p * 3 + channel]);
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
        let fine = Fine::new(&frame, hole);
        let mut pyramid = vec![Coarse::below(&fine, &mut |_| {})];
        while let Some(last) = pyramid.last_mut()
            && last.shape.width * last.shape.height > 1
        {
            let mut transfers = Vec::with_capacity(last.shape.halved().len());
            let next = Coarse::below(&*last, &mut |cell| transfers.push(cell.transfer()));
            last.transfers = transfers;
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
        self.close(|p| target[p] - guide[p]);
        self.for_each(|correction, p| guide[p] += correction);
    }

    /// Finds the correction that meets `gap`, asked for known pixels that touch the hole.
    pub fn close(&mut self, gap: impl Fn(usize) -> f32) {
        self.offset = self.fine.load(&self.frame, gap);
        for _ in 0..MAX_CYCLES {
            if cycle(&mut self.fine, &mut self.pyramid) <= TOLERANCE {
                break;
            }
        }
    }

    /// Hands out the correction found last and the pixel's number, for every painted pixel.
    pub fn for_each(&self, mut take: impl FnMut(f32, usize)) {
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
    /// Whether the cell that begins here certainly is like all others in the open.
    fn is_open(&self, at: usize) -> bool;
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

    fn is_open(&self, at: usize) -> bool {
        let rows = [at, at + self.shape.stride, at + 2 * self.shape.stride];
        rows.iter().all(|&row| self.codes[row..row + 3] == [INSIDE; 3])
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
    /// For every cell how its upper edge's middle follows the two ends and its centre the four
    /// corners. Empty on the coarsest grid.
    transfers: Vec<[f32; 6]>,
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

    fn is_open(&self, _: usize) -> bool {
        false
    }
}

impl Coarse {
    /// Galerkin's choice: the energy of a coarse correction is that of its interpolation.
    ///
    /// `see` gets every cell that had to be looked at, row by row.
    fn below(above: &impl Equations, see: &mut dyn FnMut(&Cell)) -> Self {
        let shape = above.shape().halved();
        let len = shape.len();
        let (mut edges, mut ties) = (vec![[0.0; 4]; len], vec![0.0; len]);
        let mut in_the_open = None;
        for y in 0..shape.height {
            for x in 0..shape.width {
                let at = above.shape().at(2 * x, 2 * y);
                let mut compute = || {
                    let cell = Cell::new(above, at);
                    see(&cell);
                    cell.energy(above, at)
                };
                let energy = match above.is_open(at) {
                    true => *in_the_open.get_or_insert_with(compute),
                    false => compute(),
                };
                energy.spread(&shape.corners(shape.at(x, y)), &mut edges, &mut ties);
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

    /// Hands the imbalance down, except from the set that was relaxed last and has none.
    fn restrict(&self, below: &mut Self) {
        let (shape, to) = (self.shape, below.shape);
        below.clear();
        for y in 0..to.height {
            for x in 0..to.width {
                let at = shape.at(2 * x, 2 * y);
                let corners = to.corners(to.at(x, y));
                let [left, right, centre @ ..] = self.transfers[y * to.width + x];
                let upper = self.imbalance(at + 1);
                let middle = self.imbalance(at + shape.stride + 1);
                below.b[corners[0]] += self.imbalance(at) + left * upper + centre[0] * middle;
                below.b[corners[1]] += right * upper + centre[1] * middle;
                below.b[corners[2]] += centre[2] * middle;
                below.b[corners[3]] += centre[3] * middle;
            }
        }
    }

    /// Adds the coarse correction, except to the set that is relaxed next.
    fn prolong(&mut self, below: &Self) {
        let (shape, from) = (self.shape, below.shape);
        for y in 0..from.height {
            for x in 0..from.width {
                let at = shape.at(2 * x, 2 * y);
                let corners = from.corners(from.at(x, y)).map(|corner| below.x[corner]);
                let [left, right, centre @ ..] = self.transfers[y * from.width + x];
                self.x[at] += corners[0];
                self.x[at + 1] += left * corners[0] + right * corners[1];
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
}

/// The equations that one cell adds to the grid of the corners.
#[derive(Clone, Copy, Debug, Default)]
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
            let pulls = match ends {
                [0, 1] | [2, 3] => [nw + w + sw, ne + e + se],
                _ => [nw + n + ne, sw + s + se],
            };
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
                let share = pull / sum;
                weights[4] = std::array::from_fn(|c| weights[4][c] + share * weights[k][c]);
                lacks[4] += share * lacks[k];
            }
        }
        Self { weights, lacks }
    }

    /// What the transfers need of it, as [`Coarse::transfers`] has it.
    fn transfer(&self) -> [f32; 6] {
        let ([left, right, ..], [a, b, c, d]) = (self.weights[1], self.weights[4]);
        [left, right, a, b, c, d]
    }

    /// Each edge and tie belongs to one cell: those on the right and lower side to the next.
    fn energy(&self, grid: &impl Equations, at: usize) -> Energy {
        let mut energy = Energy::default();
        for k in [0, 1, 3, 4] {
            let node = at + k / 3 * grid.shape().stride + k % 3;
            let [right, down, down_right, _] = grid.edges(node);
            energy.add_edge(self, [k, k + 1], right);
            energy.add_edge(self, [k, k + 3], down);
            energy.add_edge(self, [k, k + 4], down_right);
            energy.add_edge(self, [k + 1, k + 3], grid.edges(node + 1)[3]);
            energy.add(grid.tie(node), self.weights[k], 1.0 - self.lacks[k]);
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

    /// Adds itself to the equations of the corners.
    fn spread(&self, corners: &[usize; 4], edges: &mut [[f32; 4]], ties: &mut [f32]) {
        for (&corner, tie) in corners.iter().zip(self.ties) {
            ties[corner] += tie;
        }
        let [top_left, top_right, bottom_left, _] = *corners;
        edges[top_left][0] += self.edges[0][1];
        edges[bottom_left][0] += self.edges[2][3];
        edges[top_left][1] += self.edges[0][2];
        edges[top_right][1] += self.edges[1][3];
        edges[top_left][2] += self.edges[0][3];
        edges[top_right][3] += self.edges[1][2];
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Numerical Recipes' generator.
    struct Dice(u32);

    impl Dice {
        /// From 0 to 1.
        fn unit(&mut self) -> f32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as f32 / 16_777_216.0
        }

        fn picture(&mut self, [w, h]: [usize; 2]) -> Vec<f32> {
            (0..w * h * 3).map(|_| self.unit() * 255.0).collect()
        }
    }

    fn hole([w, h]: [usize; 2], mut is_painted: impl FnMut(usize, usize) -> bool) -> Vec<u8> {
        (0..w * h).map(|i| u8::from(is_painted(i % w, i / w))).collect()
    }

    /// Holes of all kinds, each in a picture of its size.
    fn zoo() -> Vec<(&'static str, [usize; 2], Vec<u8>)> {
        let mut dice = Dice(5);
        let wide = [47, 31];
        let disc = |x: usize, y: usize, [cx, cy, r]: [usize; 3]| {
            x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < r * r
        };
        vec![
            ("frame", wide, hole(wide, |x, y| !((9..34).contains(&x) && (4..25).contains(&y)))),
            ("right", wide, hole(wide, |x, _| x >= 26)),
            ("top", wide, hole(wide, |_, y| y < 13)),
            ("disc", wide, hole(wide, |x, y| disc(x, y, [21, 14, 12]))),
            ("two", wide, hole(wide, |x, y| disc(x, y, [8, 8, 7]) || disc(x, y, [33, 20, 9]))),
            ("ragged", wide, hole(wide, |x, y| y > 6 && dice.unit() < 0.9 || x > 40)),
            ("noise", wide, hole(wide, |_, _| dice.unit() < 0.5)),
            ("all but two", wide, hole(wide, |x, y| [x, y] != [13, 20] && [x, y] != [46, 0])),
            ("board", wide, hole(wide, |x, y| (x + y) % 2 == 0)),
            ("lines", wide, hole(wide, |x, _| x % 3 != 1)),
            ("row", [61, 1], hole([61, 1], |x, _| (5..52).contains(&x))),
            ("end of a row", [61, 1], hole([61, 1], |x, _| x > 20)),
            ("column", [1, 29], hole([1, 29], |_, y| y != 7)),
            ("band", [2, 33], hole([2, 33], |_, y| (3..30).contains(&y))),
            ("one", [17, 13], hole([17, 13], |x, y| [x, y] == [16, 12])),
        ]
    }

    /// The same equations, relaxed one after the other until nothing moves.
    #[expect(clippy::cast_possible_truncation, reason = "f64 only for the sums")]
    fn by_brute_force(guide: &[f32], target: &[f32], hole: &[u8], [w, h]: [usize; 2]) -> Vec<f32> {
        let mut result = guide.to_vec();
        for channel in 0..3 {
            let gap = |p: usize| f64::from(target[p * 3 + channel] - guide[p * 3 + channel]);
            let mut x: Vec<f64> =
                (0..w * h).map(|p| if hole[p] == 0 { gap(p) } else { 0.0 }).collect();
            for _ in 0..100_000 {
                let mut moved = 0.0_f64;
                for p in (0..w * h).filter(|&p| hole[p] != 0) {
                    let near = [
                        (p % w > 0).then(|| p - 1),
                        (p % w + 1 < w).then(|| p + 1),
                        (p >= w).then(|| p.wrapping_sub(w)),
                        (p + w < w * h).then(|| p + w),
                    ];
                    let (sum, n) = near
                        .iter()
                        .flatten()
                        .fold((0.0, 0.0), |(sum, n), &q| (sum + x[q], n + 1.0));
                    // Over-relaxed: some hundred rounds instead of some thousand.
                    let step = 1.8 * (sum / n - x[p]);
                    x[p] += step;
                    moved = moved.max(step.abs());
                }
                if moved < 1e-7 {
                    break;
                }
            }
            for p in (0..w * h).filter(|&p| hole[p] != 0) {
                result[p * 3 + channel] += x[p] as f32;
            }
        }
        result
    }

    fn blended(guide: &[f32], target: &[f32], hole: &[u8], size: [usize; 2]) -> Vec<f32> {
        let mut guide = guide.to_vec();
        blend(&mut guide, target, hole, size);
        guide
    }

    fn differences<'a>(a: &'a [f32], b: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        a.iter().zip(b).map(|(a, b)| (a - b).abs())
    }

    fn largest(values: impl Iterator<Item = f32>) -> f32 {
        values.fold(0.0, f32::max)
    }

    #[test]
    fn it_solves_the_equations_in_every_hole() {
        for (name, size, hole) in zoo() {
            let mut dice = Dice(11);
            // Noise along the rim is harder than any photo.
            let (guide, target) = (dice.picture(size), dice.picture(size));
            let wanted = by_brute_force(&guide, &target, &hole, size);
            let got = blended(&guide, &target, &hole, size);
            let worst = largest(differences(&got, &wanted));
            let mean = differences(&got, &wanted).sum::<f32>() / got.len() as f32;
            // Promised is half a step of 255; a solver that works is far better than that.
            assert!(worst < 0.1 && mean < 0.02, "{name}: at most {worst}, on average {mean}");
            assert!(largest(differences(&guide, &wanted)) > 20.0, "{name}: control");
        }
    }

    #[test]
    fn every_cycle_leaves_less_than_half_and_a_few_suffice() {
        let mut longest = 0;
        for (name, size, hole) in zoo() {
            let gaps = Dice(3).picture(size);
            let mut membrane = Membrane::over(&hole, size).unwrap();
            membrane.fine.load(&membrane.frame, |p| gaps[p]);
            let Membrane { fine, pyramid, .. } = &mut membrane;
            let changes: Vec<f32> = (0..12).map(|_| cycle(fine, pyramid)).collect();
            // Two cycles to settle; below a hundredth rounding takes over.
            for pair in changes[2..].windows(2).filter(|pair| pair[0] > 1e-2) {
                assert!(pair[1] < pair[0] * 0.5, "{name}: {changes:?}");
            }
            let cycles = 1 + changes.iter().position(|change| *change <= TOLERANCE).unwrap();
            longest = longest.max(cycles);
        }
        assert!((4..=MAX_CYCLES / 2).contains(&longest), "{longest} cycles");
    }

    #[test]
    fn a_painting_that_is_off_by_a_constant_becomes_the_photo() {
        for (name, size, hole) in zoo() {
            let target = Dice(7).picture(size);
            let off: Vec<f32> =
                target.iter().zip([40.0, -16.0, 0.5].iter().cycle()).map(|(t, d)| t + d).collect();
            let inside: Vec<bool> = hole.iter().flat_map(|&h| [h != 0; 3]).collect();
            let got = blended(&off, &target, &hole, size);
            let errors = differences(&got, &target).zip(&inside);
            assert!(
                largest(errors.filter(|(_, inside)| **inside).map(|(e, _)| e)) < 1e-3,
                "{name}"
            );
            let errors = differences(&off, &target).zip(&inside);
            assert!(
                errors.filter(|(_, inside)| **inside).any(|(e, _)| e > 39.0),
                "control: {name}"
            );
        }
    }

    #[test]
    fn known_pixels_keep_their_bits_and_painted_ones_change() {
        for (name, size, hole) in zoo() {
            let mut dice = Dice(13);
            let (guide, target) = (dice.picture(size), dice.picture(size));
            let got = blended(&guide, &target, &hole, size);
            for (p, &painted) in hole.iter().enumerate() {
                let [before, after] = [&guide, &got].map(|picture| &picture[p * 3..p * 3 + 3]);
                assert_eq!(before != after, painted != 0, "{name}: pixel {p}");
            }
        }
    }

    #[test]
    fn a_gap_fades_in_a_straight_line_across_a_row() {
        // Gaps of 10 and 50 at the ends, four pixels to cross: 18, 26, 34, 42. The second channel
        // has a gap on the left only, the third none.
        let target =
            [10.0, 5.0, 0.0, 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 50.0, 0.0, 0.0];
        let got = blended(&[0.0; 18], &target, &[0, 1, 1, 1, 1, 0], [6, 1]);
        let pinned = [0., 0., 0., 18., 4., 0., 26., 3., 0., 34., 2., 0., 42., 1., 0., 0., 0., 0.];
        assert!(largest(differences(&got, &pinned)) < 1e-3, "{got:?}");
        // What lies under the hole in the target is nobody's business.
        let mut other = target;
        other[7] = 200.0;
        assert_eq!(blended(&[0.0; 18], &other, &[0, 1, 1, 1, 1, 0], [6, 1]), got);
        other[0] = 200.0;
        assert_ne!(blended(&[0.0; 18], &other, &[0, 1, 1, 1, 1, 0], [6, 1]), got, "control");
    }

    #[test]
    fn the_border_of_the_picture_holds_nothing() {
        // Known on the left only: the gap goes on unchanged to the right border.
        let size = [23, 5];
        let target = [30.0, -7.0, 200.0].repeat(23 * 5);
        let got = blended(&[0.0; 23 * 5 * 3], &target, &hole(size, |x, _| x > 0), size);
        let last = &got[(2 * 23 + 22) * 3..][..3];
        assert!(largest(differences(last, &[30.0, -7.0, 200.0])) < 1e-3, "{last:?}");
    }

    #[test]
    fn without_a_rim_nothing_changes() {
        let size = [13, 7];
        let mut dice = Dice(17);
        let (guide, target) = (dice.picture(size), dice.picture(size));
        assert_eq!(blended(&guide, &target, &[0; 91], size), guide, "nothing painted");
        assert_eq!(blended(&guide, &target, &[1; 91], size), guide, "nothing known");
        assert_eq!(blended(&[], &[], &[], [0, 7]), Vec::<f32>::new(), "nothing at all");
        let mut almost = [1; 91];
        almost[45] = 0;
        assert_ne!(blended(&guide, &target, &almost, size), guide, "control: one known pixel");
    }

    #[test]
    fn any_value_but_zero_is_painted_and_planes_blend_like_pictures() {
        let (_, size, hole) = zoo().swap_remove(4);
        let mut dice = Dice(19);
        let (guide, target) = (dice.picture(size), dice.picture(size));
        let wanted = blended(&guide, &target, &hole, size);
        let bright: Vec<u8> = hole.iter().map(|&painted| painted * 255).collect();
        assert_eq!(blended(&guide, &target, &bright, size), wanted);
        let mut membrane = Membrane::over(&hole, size).unwrap();
        let plane = |picture: &[f32], channel| -> Vec<f32> {
            picture.iter().skip(channel).step_by(3).copied().collect()
        };
        // One membrane for all: nothing of one channel may stay for the next.
        for channel in [2, 0, 1] {
            let mut got = plane(&guide, channel);
            membrane.blend(&mut got, &plane(&target, channel));
            assert_eq!(got, plane(&wanted, channel), "channel {channel}");
            assert_ne!(got, plane(&wanted, (channel + 1) % 3), "control");
        }
    }

    #[test]
    #[should_panic(expected = "buffers against 4×3")]
    fn err_buffers_of_another_size() {
        blend(&mut [0.0; 36], &[0.0; 35], &[0; 12], [4, 3]);
    }
}
