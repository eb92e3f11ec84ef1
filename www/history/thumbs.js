// Small pictures of the steps of the history: the photo, the frame around it, what is drawn on it.
//
// A photo is sampled where it lies: that reads as many bytes of 24 megapixels as of one, in a
// millisecond or two. A worker would have to be handed a copy of them all first.

import { isEmptyFrame, sizeFromAmounts } from '../drawing/geometry.js';
import { isDrawnFor } from '../store.js';

/** @import { Shape } from '../drawing/shapes.js' */
/** @import { Pixels } from '../engine/protocol.js' */
/** @import { Entry, Photo } from '../store.js' */
/** @typedef {OffscreenCanvasRenderingContext2D} Context */

/** Sharp in a box of 60 × 45 CSS pixels on screens of two device pixels each. */
const BOX = /** @type {const} */ ([120, 90]);
/** So many of the photo's pixels, along either side, make one of the small picture. */
const SAMPLES = 4;
/** As `hole-overlay.js` has it, but stronger: what is drawn may be small. */
const TINT = '#ff3b5a';
const TINT_ALPHA = 0.85;

/** What a photo looks like small; forgotten together with it. */
const pictures = /** @type {WeakMap<Photo, OffscreenCanvas>} */ (new WeakMap());

/**
 * Draws the small picture of an entry.
 * @param {HTMLCanvasElement} canvas  of any size; its `color` is that of the frame @param {Entry} entry
 */
export function drawThumb(canvas, entry) {
  const { photo, step } = entry;
  const hasFrame = !isEmptyFrame(entry.frame) && (!step || step.tool === 'extend');
  const frame = hasFrame ? entry.frame : { left: 0, top: 0, right: 0, bottom: 0 };
  const [width, height] = sizeFromAmounts([photo.width, photo.height], frame);
  const scale = scaleInto(width, height);
  Object.assign(canvas, sizeAt(scale, width, height));
  const context = canvas.getContext('2d');
  if (!context) return;
  const picture = pictureOf(photo);
  context.imageSmoothingQuality = 'high';
  const place = { x: frame.left * scale, y: frame.top * scale };
  const [wide, high] = [photo.width * scale, photo.height * scale];
  context.drawImage(picture, place.x, place.y, wide, high);
  if (hasFrame) {
    context.strokeStyle = getComputedStyle(canvas).color;
    context.setLineDash([5, 4]);
    context.lineWidth = 2;
    context.strokeRect(1, 1, canvas.width - 2, canvas.height - 2);
  }
  if (entry.shapes.length === 0 || (step && !isDrawnFor(step.tool))) return;
  const layer = new OffscreenCanvas(canvas.width, canvas.height);
  const ink = layer.getContext('2d');
  if (!ink) return;
  ink.setTransform(scale, 0, 0, scale, place.x, place.y);
  for (const shape of entry.shapes) drawShape(ink, shape, scale);
  context.globalAlpha = TINT_ALPHA;
  context.drawImage(layer, 0, 0);
}

/** A photo made small, once. @param {Photo} photo */
export function pictureOf(photo) {
  const known = pictures.get(photo);
  if (known) return known;
  const { width, height, rgba } = sampled(photo);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  pictures.set(photo, canvas);
  return canvas;
}

/**
 * A photo made small: each pixel the mean of some of those that it stands for.
 * @param {Pixels} photo
 */
export function sampled({ width, height, rgba }) {
  const size = sizeAt(scaleInto(width, height), width, height);
  const small = new Uint8ClampedArray(4 * size.width * size.height);
  for (let y = 0, to = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, to += 4) {
      let [red, green, blue, alpha] = [0, 0, 0, 0];
      for (let i = 0; i < SAMPLES * SAMPLES; i++) {
        const down = y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES;
        const across = x + ((i % SAMPLES) + 0.5) / SAMPLES;
        const row = Math.floor((down * height) / size.height);
        const at = 4 * (row * width + Math.floor((across * width) / size.width));
        const a = rgba[at + 3] ?? 0;
        red += a * (rgba[at] ?? 0);
        green += a * (rgba[at + 1] ?? 0);
        blue += a * (rgba[at + 2] ?? 0);
        alpha += a;
      }
      const whole = alpha || 1; // What cannot be seen has no colour.
      small[to] = red / whole;
      small[to + 1] = green / whole;
      small[to + 2] = blue / whole;
      small[to + 3] = alpha / (SAMPLES * SAMPLES);
    }
  }
  return { ...size, rgba: small };
}

/** What makes a picture fit into the box; small ones stay as they are. @param {number} width @param {number} height */
function scaleInto(width, height) {
  return Math.min(1, BOX[0] / width, BOX[1] / height);
}

/** @param {number} scale @param {number} width @param {number} height */
function sizeAt(scale, width, height) {
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  return { width: wide ?? 1, height: high ?? 1 };
}

/** @param {Context} ink  in photo pixels @param {Shape} shape @param {number} scale */
function drawShape(ink, shape, scale) {
  ink.globalCompositeOperation = shape.pen === 'add' ? 'source-over' : 'destination-out';
  ink.fillStyle = ink.strokeStyle = TINT;
  if (shape.kind === 'rectangle') {
    const { left, top, right, bottom } = shape.box;
    ink.fillRect(left, top, right - left, bottom - top);
    return;
  }
  if (shape.kind === 'spans') {
    const { spans } = shape;
    for (let i = 0; i + 2 < spans.length; i += 3) {
      const [row = 0, first = 0, end = 0] = spans.slice(i, i + 3);
      ink.fillRect(first, row, end - first, 1);
    }
    return;
  }
  const path = new Path2D();
  const { points } = shape;
  for (let i = 0; i + 1 < points.length; i += 2) path.lineTo(points[i] ?? 0, points[i + 1] ?? 0);
  if (shape.kind === 'outline') {
    ink.fill(path);
    return;
  }
  if (points.length === 2) path.lineTo(points[0] ?? 0, points[1] ?? 0);
  ink.lineCap = ink.lineJoin = 'round';
  ink.lineWidth = Math.max(2 * shape.radiusPx, 2 / scale); // A thin one can still be seen.
  ink.stroke(path);
}
