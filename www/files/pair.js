// A picture of before and after, to be shown to others: side by side, or one above the other where
// that makes them larger; what was added to a photo is empty before.

import { BitmapMaker } from '../drawing/bitmap-worker.js';
import { placeIn } from '../drawing/geometry.js';
import { CodedError } from '../engine/protocol.js';

/** @import { Photo, Rect } from '../store.js' */
/** @typedef {Pick<Photo, 'width' | 'height' | 'original' | 'times'>} Place */

/** The longer side of either picture. */
const LONGEST_PX = 1200;
const GAP_PX = 12;
const QUALITY = 0.92;

/**
 * Where either picture lies, and in the first the photo as it was.
 * @param {Place} earlier @param {Place} photo @param {number} [longest]  of the sides of either
 */
export function pairLayout(earlier, photo, longest = LONGEST_PX) {
  const { width, height } = photo;
  const scale = Math.min(1, longest / Math.max(width, height));
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const size = { width: wide ?? 1, height: high ?? 1 };
  const isStacked = width > height;
  const second = isStacked ? { x: 0, y: size.height + GAP_PX } : { x: size.width + GAP_PX, y: 0 };
  const place = placeIn(photo, earlier);
  /** @type {Rect} */
  const opened = {
    x: place.x * scale,
    y: place.y * scale,
    width: place.width * scale,
    height: place.height * scale,
  };
  return {
    width: second.x + size.width,
    height: second.y + size.height,
    opened,
    after: { ...second, ...size },
    before: { x: 0, y: 0, ...size },
  };
}

/**
 * @param {Photo} opened  or what it is compared with @param {Photo} photo  what was made of it
 * @param {readonly [string, string]} words  for before and after
 * @returns {Promise<Blob>} a JPEG
 */
export async function pairOf(opened, photo, words) {
  const layout = pairLayout(opened, photo);
  const canvas = new OffscreenCanvas(layout.width, layout.height);
  const context = canvas.getContext('2d');
  if (!context) throw new CodedError('encode', 'no canvas');
  const bitmaps = new BitmapMaker();
  context.fillStyle = '#fff';
  context.fillRect(0, 0, layout.width, layout.height);
  context.fillStyle = '#ececea';
  context.fillRect(0, 0, layout.before.width, layout.before.height);
  context.imageSmoothingQuality = 'high';
  for (const [picture, at] of /** @type {const} */ ([
    [opened, layout.opened],
    [photo, layout.after],
  ])) {
    const { full, small } = await bitmaps.make(picture);
    context.drawImage(small ?? full, at.x, at.y, at.width, at.height);
    full.close();
    small?.close();
  }
  label(context, words[0], layout.before);
  label(context, words[1], layout.after);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
}

/** @param {OffscreenCanvasRenderingContext2D} context @param {string} text @param {Rect} box */
export function label(context, text, { x, y, width, height }) {
  const size = Math.max(11, Math.round(Math.min(width, height) * 0.035));
  context.font = `500 ${size}px system-ui, sans-serif`;
  const wide = context.measureText(text).width + 1.4 * size;
  const [left, top] = [x + size * 0.8, y + height - size * 2.5];
  context.fillStyle = '#000000a6';
  context.beginPath();
  context.roundRect(left, top, wide, size * 1.7, size);
  context.fill();
  context.fillStyle = '#fff';
  context.textBaseline = 'middle';
  context.fillText(text, left + 0.7 * size, top + size * 0.87);
}
