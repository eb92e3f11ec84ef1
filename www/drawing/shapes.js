// What the visitor draws, and the hole that comes of it. Pure arithmetic in photo pixels.
//
// Shapes are what undo keeps: a few numbers each. A `Hole` is one byte a pixel, 1 = paint. There is
// one way from the first to the second, and the same bytes are shown and sent, so what is painted
// is what is filled. One rule for all shapes, that of `src/photo/hole/draw.rs`: a pixel belongs to
// a shape if its centre does.
//
// Growing widens what is painted, each shape by the same distance, but not what was found worn. What the eraser passes is known
// again, however much the hole grows: erased is what one sees erased.

/** @import { Click } from '../engine/protocol.js' */
/** @import { Point } from './geometry.js' */
/** @typedef {'add' | 'erase'} Pen */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box  whole pixels */
/**
 * `points` are x and y in turn. A stroke is all that a disc of `radiusPx` passes, or one that has
 * another of `radii` at each point; an outline closes itself.
 * @typedef {Readonly<{ kind: 'stroke', pen: Pen, radiusPx: number, points: readonly number[],
 *   radii?: readonly number[] }>} Stroke
 * @typedef {Readonly<{ kind: 'outline', pen: Pen, points: readonly number[] }>} Outline
 * @typedef {Readonly<{ kind: 'rectangle', pen: Pen, box: Readonly<Box> }>} Rectangle
 * `spans` are row, first and end column in turn: what was found, not drawn; `clicks` are those that it
 * was found by, none if it was proposed; what `isWorn` was found as damage, to the pixel, and does not grow.
 * @typedef {Readonly<{ kind: 'spans', pen: Pen, spans: readonly number[],
 *   clicks?: readonly Click[], isSnapped?: boolean, isWorn?: boolean }>} Spans
 * @typedef {Stroke | Outline | Rectangle | Spans} Shape
 */

/** A thinner brush would slip between the centres of the pixels it passes. */
const LEAST_RADIUS_PX = Math.SQRT1_2;

/**
 * The shape, moved: as the photo grows to the left, what is drawn on it moves to the right.
 * @param {Shape} shape @param {Point} by
 * @returns {Shape}
 */
export function movedShape(shape, { x, y }) {
  if (shape.kind === 'rectangle') {
    const { left, top, right, bottom } = shape.box;
    const box = { left: left + x, top: top + y, right: right + x, bottom: bottom + y };
    return { ...shape, box };
  }
  if (shape.kind === 'spans') {
    const clicks = shape.clicks?.map((click) => ({ ...click, x: click.x + x, y: click.y + y }));
    const spans = shape.spans.map((value, i) => value + (i % 3 ? x : y));
    return { ...shape, spans, ...(clicks && { clicks }) };
  }
  return { ...shape, points: shape.points.map((value, i) => value + (i % 2 ? y : x)) };
}

/**
 * The shape on a photo whose sides are a whole number of times as long.
 * @param {Shape} shape @param {number} times
 * @returns {Shape}
 */
export function enlargedShape(shape, times) {
  if (shape.kind === 'rectangle') {
    const { left, top, right, bottom } = shape.box;
    const [x, y] = [left * times, top * times];
    return { ...shape, box: { left: x, top: y, right: right * times, bottom: bottom * times } };
  }
  if (shape.kind === 'spans') {
    const clicks = shape.clicks?.map((click) => ({
      ...click,
      x: click.x * times,
      y: click.y * times,
    }));
    const spans = [];
    for (let i = 0; i + 2 < shape.spans.length; i += 3) {
      const [row = 0, first = 0, end = 0] = shape.spans.slice(i, i + 3);
      for (let y = row * times; y < (row + 1) * times; y++) {
        spans.push(y, first * times, end * times);
      }
    }
    return { ...shape, spans, ...(clicks && { clicks }) };
  }
  const enlarged = (/** @type {readonly number[]} */ values) =>
    values.map((value) => value * times);
  const points = enlarged(shape.points);
  if (shape.kind === 'outline') return { ...shape, points };
  const radii = shape.radii && { radii: enlarged(shape.radii) };
  return { ...shape, points, radiusPx: shape.radiusPx * times, ...radii };
}

/** Whether a shape was found as damage. @param {Shape} shape */
export function isWorn(shape) {
  return shape.kind === 'spans' && shape.isWorn === true;
}

/** About how many bytes a shape takes. @param {Shape} shape */
export function bytesOfShape(shape) {
  if (shape.kind === 'rectangle') return 64;
  const radii = shape.kind === 'stroke' ? (shape.radii?.length ?? 0) : 0;
  return 64 + 8 * ((shape.kind === 'spans' ? shape.spans : shape.points).length + radii);
}

/** Which pixels of a photo are to be painted. */
export class Hole {
  /** What the shape under way writes, and the box it has written to. */
  #value = 1;
  #touched = { left: 0, top: 0, right: 0, bottom: 0 };
  /** @type {number | null} what `count` found last, until something is drawn */
  #counted = 0;

  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    /** One byte a pixel: 1 = paint, 0 = known. */
    this.pixels = new Uint8Array(width * height);
    /** Around all that was ever painted; at least around the hole. */
    this.bounds = /** @type {Box | null} */ (null);
  }

  clear() {
    this.#counted = 0;
    if (!this.bounds) return;
    const { top, bottom } = this.bounds;
    this.pixels.fill(0, top * this.width, bottom * this.width);
    this.bounds = null;
  }

  /** How many pixels are to be painted. */
  count() {
    if (this.#counted !== null || !this.bounds) return this.#counted ?? 0;
    const { left, top, right, bottom } = this.bounds;
    let count = 0;
    for (let y = top; y < bottom; y++) {
      const end = y * this.width + right;
      for (let i = y * this.width + left; i < end; i++) count += this.pixels[i] ?? 0;
    }
    this.#counted = count;
    return count;
  }

  /** All that is not in the hole, as spans. */
  inverted() {
    const spans = [];
    for (let y = 0; y < this.height; y++) {
      const [from, to] = [y * this.width, (y + 1) * this.width];
      for (let i = from, end = from; i < to; i = end) {
        end = i + 1;
        while (end < to && this.pixels[end] === this.pixels[i]) end += 1;
        if (!this.pixels[i]) spans.push(y, i - from, end - from);
      }
    }
    return spans;
  }

  /**
   * Draws a shape; answers with the box that it may have changed.
   * @param {Shape} shape @param {number} growPx  for what is painted, not for what is erased or worn
   * @returns {Box | null}
   */
  draw(shape, growPx) {
    const grow = shape.pen === 'add' && !isWorn(shape) ? growPx : 0;
    this.#value = shape.pen === 'add' ? 1 : 0;
    this.#counted = null;
    Object.assign(this.#touched, { left: Infinity, top: Infinity, right: 0, bottom: 0 });
    if (shape.kind === 'stroke') this.#stroke(shape.points, shape.radiusPx, grow, shape.radii);
    else if (shape.kind === 'spans') this.#spans(shape.spans, grow);
    else this.#area(shape, grow);
    const { left, top, right, bottom } = this.#touched;
    const changed = left < right ? { left, top, right, bottom } : null;
    if (shape.pen === 'add') this.bounds = joined(this.bounds, changed);
    return changed;
  }

  /** @param {Outline | Rectangle} shape @param {number} grow */
  #area(shape, grow) {
    const isBox = shape.kind === 'rectangle';
    const points = isBox ? corners(shape.box) : shape.points;
    if (points.length < 6) return;
    if (isBox) this.#box(shape.box);
    else this.#outline(points);
    if (grow > 0) this.#stroke([...points, points[0] ?? 0, points[1] ?? 0], 0, grow);
  }

  /** @param {readonly number[]} spans @param {number} grow */
  #spans(spans, grow) {
    for (let i = 0; i + 2 < spans.length; i += 3) {
      const [row = 0, first = 0, end = 0] = spans.slice(i, i + 3);
      this.#span(row, first, end);
      const y = row + 0.5;
      if (grow > 0) this.#capsule({ x: first + 0.5, y }, { x: end - 0.5, y }, grow);
    }
  }

  /**
   * @param {readonly number[]} points @param {number} radius @param {number} grow
   * @param {readonly number[]} [radii]
   */
  #stroke(points, radius, grow, radii) {
    const radiusAt = (/** @type {number} */ i) =>
      Math.max((radii?.[i / 2] ?? radius) + grow, LEAST_RADIUS_PX);
    const from = at(points, 0);
    if (points.length === 2) this.#capsule(from, from, radiusAt(0));
    for (let i = 0; i + 2 < points.length; i += 2) {
      this.#capsule(at(points, i), at(points, i + 2), radiusAt(i), radiusAt(i + 2));
    }
  }

  /**
   * All that a disc passes from `a` to `b`, while its radius goes from the first to the second.
   * @param {Point} a @param {Point} b @param {number} radiusA @param {number} [radiusB]
   */
  #capsule(a, b, radiusA, radiusB = radiusA) {
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const length = Math.hypot(dx, dy);
    // Where lines touch both discs: the corners of what lies between them. There are none where one
    // disc holds the other.
    const slope = (radiusA - radiusB) / length;
    const hasSides = length > Math.abs(radiusA - radiusB);
    const [ux, uy, across] = [dx / length, dy / length, Math.sqrt(1 - slope * slope)];
    const touch = (
      /** @type {Point} */ { x, y },
      /** @type {number} */ radius,
      /** @type {1 | -1} */ side,
    ) => ({
      x: x + (ux * slope - side * uy * across) * radius,
      y: y + (uy * slope + side * ux * across) * radius,
    });
    const p = touch(a, radiusA, 1);
    const sides = hasSides
      ? [p, touch(b, radiusB, 1), touch(b, radiusB, -1), touch(a, radiusA, -1), p]
      : [];
    const first = clamped(Math.ceil(Math.min(a.y - radiusA, b.y - radiusB) - 0.5), this.height);
    const end = clamped(endAfter(Math.max(a.y + radiusA, b.y + radiusB)), this.height);
    for (let row = first; row < end; row++) {
      const y = row + 0.5;
      let [left, right] = [Infinity, -Infinity];
      const see = (/** @type {number} */ x) => {
        if (x < left) left = x;
        if (x > right) right = x;
      };
      for (const centre of [a, b]) {
        const radius = centre === a ? radiusA : radiusB;
        const squared = radius * radius - (y - centre.y) * (y - centre.y);
        if (squared < 0) continue;
        see(centre.x - Math.sqrt(squared));
        see(centre.x + Math.sqrt(squared));
      }
      for (let i = 1; i < sides.length; i++) {
        const [from, to] = [sides[i - 1] ?? p, sides[i] ?? p];
        if (from.y <= y === to.y <= y) continue;
        see(from.x + (to.x - from.x) * ((y - from.y) / (to.y - from.y)));
      }
      this.#span(row, Math.ceil(left - 0.5), endAfter(right));
    }
  }

  /** What an outline winds around (the non-zero rule). @param {readonly number[]} points */
  #outline(points) {
    const edges = [];
    for (let i = 0; i < points.length; i += 2) {
      const [a, b] = [at(points, i), at(points, (i + 2) % points.length)];
      const [upper, lower, turn] = a.y <= b.y ? [a, b, 1] : [b, a, -1];
      const first = clamped(Math.ceil(upper.y - 0.5), this.height);
      const end = clamped(Math.ceil(lower.y - 0.5), this.height);
      if (first < end) edges.push({ upper, lower, turn, first, end });
    }
    edges.sort((a, b) => a.first - b.first);
    let active = /** @type {typeof edges} */ ([]);
    let next = 0;
    for (let row = edges[0]?.first ?? 0; active.length > 0 || next < edges.length; row++) {
      active = active.filter(({ end }) => end > row);
      for (let edge = edges[next]; edge && edge.first <= row; edge = edges[++next]) {
        active.push(edge);
      }
      const crossings = active.map(({ upper, lower, turn }) => {
        const share = (row + 0.5 - upper.y) / (lower.y - upper.y);
        return { x: upper.x + (lower.x - upper.x) * share, turn };
      });
      crossings.sort((a, b) => a.x - b.x);
      let winding = 0;
      for (const [i, { x, turn }] of crossings.entries()) {
        winding += turn;
        const end = crossings[i + 1]?.x ?? x;
        if (winding !== 0) this.#span(row, Math.ceil(x - 0.5), Math.ceil(end - 0.5));
      }
    }
  }

  /** @param {Readonly<Box>} box */
  #box({ left, top, right, bottom }) {
    const end = Math.min(bottom, this.height);
    for (let row = Math.max(0, top); row < end; row++) this.#span(row, left, right);
  }

  /** @param {number} row @param {number} first @param {number} end */
  #span(row, first, end) {
    const left = clamped(first, this.width);
    const right = clamped(end, this.width);
    if (left >= right) return;
    this.pixels.fill(this.#value, row * this.width + left, row * this.width + right);
    const touched = this.#touched;
    touched.left = Math.min(touched.left, left);
    touched.right = Math.max(touched.right, right);
    touched.top = Math.min(touched.top, row);
    touched.bottom = Math.max(touched.bottom, row + 1);
  }
}

/** Keeps a `Hole` in step with the shapes it is drawn from. */
export class HolePainter {
  /** @type {Hole | null} */
  #hole = null;
  /** @type {readonly Shape[]} */
  #drawn = [];
  #growPx = 0;
  /** Whether something lies on the hole that is no shape yet. */
  #hasDraft = false;

  /** The hole as it was drawn last. */
  get hole() {
    return this.#hole;
  }

  /**
   * Draws what is new; all of it only if something else than more shapes came.
   * @param {{ width: number, height: number }} photo @param {readonly Shape[]} shapes
   * @param {number} growPx
   * @returns {boolean} whether the hole may have changed
   */
  sync({ width, height }, shapes, growPx) {
    const isSize = this.#hole?.width === width && this.#hole.height === height;
    if (!isSize) this.#hole = null;
    const isMore = this.#drawn.every((shape, i) => shapes[i] === shape) && growPx === this.#growPx;
    const isSame = isSize && isMore && shapes.length === this.#drawn.length && !this.#hasDraft;
    if (isSame || (!this.#hole && shapes.length === 0)) {
      this.#drawn = shapes;
      this.#growPx = growPx;
      return !isSize;
    }
    const hole = (this.#hole ??= new Hole(width, height));
    // A draft that became the next shape is drawn over itself, which changes nothing.
    const goesOn = isSize && isMore && (shapes.length > this.#drawn.length || !this.#hasDraft);
    if (!goesOn) hole.clear();
    for (const shape of shapes.slice(goesOn ? this.#drawn.length : 0)) hole.draw(shape, growPx);
    this.#drawn = shapes;
    this.#growPx = growPx;
    this.#hasDraft = false;
    return true;
  }

  /**
   * Draws a shape that is still being made; `sync` keeps it if it comes as the next shape, and
   * takes it away otherwise.
   * @param {{ width: number, height: number }} photo @param {Shape} shape @param {number} growPx
   */
  draft({ width, height }, shape, growPx) {
    this.#hasDraft = true;
    this.#hole ??= new Hole(width, height);
    this.#hole.draw(shape, growPx);
  }
}

/** @param {readonly number[]} points @param {number} i @returns {Point} */
function at(points, i) {
  return { x: points[i] ?? 0, y: points[i + 1] ?? 0 };
}

/** @param {Readonly<Box>} box */
function corners({ left, top, right, bottom }) {
  return [left, top, right, top, right, bottom, left, bottom];
}

/** @param {number} value @param {number} most */
function clamped(value, most) {
  return Math.max(0, Math.min(value, most));
}

/** One past the last pixel whose centre lies at or before `x`. @param {number} x */
function endAfter(x) {
  return Math.floor(x - 0.5) + 1;
}

/** @param {Box | null} a @param {Box | null} b @returns {Box | null} */
export function joined(a, b) {
  if (!a || !b) return a ?? b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}
