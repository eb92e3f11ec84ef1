// A small looping picture of before and after, for where no film plays: the result wipes over the
// photo, stays a while, and it begins again. Written out because libraries for it weigh more than all
// else that saves; 256 colours of both pictures, mixed by a fixed pattern, which does not flicker.
//
// Format: GIF89a, with Netscape's block for loops. Colours by median cut (Heckbert 1982).

import { BitmapMaker } from '../drawing/bitmap-worker.js';
import { CodedError } from '../engine/protocol.js';
import { label, pairLayout } from './pair.js';

/** @import { Photo, Rect } from '../store.js' */
/** @typedef {readonly [number, number, number]} Colour */

const LONGEST_PX = 540;
/** Strips of the wipe, and how long each, the photo and the result stay, in hundredths of a second. */
const STRIPS = 12;
const [STRIP_TIME, BEFORE_TIME, AFTER_TIME] = [5, 110, 190];
/** So many colours of each picture are looked at. */
const SAMPLES = 2500;
const COLOURS = 256;
/** How far the pattern moves a colour: about half the way to its neighbour. */
const MIXED = 14;
/** Bayer's pattern, 4 × 4. */
const PATTERN = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map((v) => v / 16 - 0.47);
/** So many pixels are worked on before the page has its turn again. */
const PIXELS_AT_ONCE = 2 ** 15;

/**
 * @param {Photo} opened  or what it is compared with @param {Photo} photo  what was made of it
 * @param {readonly [string, string]} words  for before and after
 * @returns {Promise<Blob>}
 */
export async function loopOf(opened, photo, words) {
  const { before: all, opened: place } = pairLayout(opened, photo, LONGEST_PX);
  const { width, height } = all;
  const frames = [
    await drawn(opened, place, all, words[0]),
    await drawn(photo, all, all, words[1]),
  ];
  const colours = paletteOf(frames);
  const nearest = nearestIn(colours);
  const pictures = [];
  for (const frame of frames) pictures.push(await indexed(frame, width, nearest));
  const [first = new Uint8Array(), second = new Uint8Array()] = pictures;
  const parts = [headOf(width, height, colours), await frameOf(all, first, BEFORE_TIME)];
  for (let i = 0; i < STRIPS; i++) {
    const [x, end] = [i, i + 1].map((at) => Math.round((at * width) / STRIPS));
    const strip = { x: x ?? 0, y: 0, width: (end ?? 0) - (x ?? 0), height };
    const time = i + 1 < STRIPS ? STRIP_TIME : AFTER_TIME;
    if (strip.width > 0) parts.push(await frameOf(strip, cut(second, width, strip), time));
  }
  return new Blob([...parts, Uint8Array.of(0x3b)], { type: 'image/gif' });
}

/** Gives the page its turn. @returns {Promise<void>} */
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** The pixels of a picture at its place. @param {Photo} picture @param {Rect} at @param {Rect} all @param {string} word */
async function drawn(picture, at, all, word) {
  const context = new OffscreenCanvas(all.width, all.height).getContext('2d');
  if (!context) throw new CodedError('encode', 'no canvas');
  const { full, small } = await new BitmapMaker().make(picture);
  context.fillStyle = '#ececea';
  context.fillRect(0, 0, all.width, all.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(small ?? full, at.x, at.y, at.width, at.height);
  full.close();
  small?.close();
  label(context, word, all);
  return context.getImageData(0, 0, all.width, all.height).data;
}

/**
 * Colours that stand for all: boxes of them are halved at their middle colour, the widest first.
 * @param {readonly Uint8ClampedArray[]} frames
 * @returns {readonly Colour[]}
 */
function paletteOf(frames) {
  const seen = frames.flatMap((rgba) =>
    Array.from({ length: SAMPLES }, (_, i) => {
      const at = 4 * Math.floor(((i + 0.5) * rgba.length) / 4 / SAMPLES);
      return /** @type {Colour} */ ([rgba[at] ?? 0, rgba[at + 1] ?? 0, rgba[at + 2] ?? 0]);
    }),
  );
  const boxOf = (/** @type {Colour[]} */ inside) => {
    const spans = [0, 1, 2].map((c) => {
      const values = inside.map((colour) => colour[c] ?? 0);
      return Math.max(...values) - Math.min(...values);
    });
    const span = Math.max(...spans);
    return { inside, channel: spans.indexOf(span), weight: span * Math.sqrt(inside.length) };
  };
  const boxes = [boxOf(seen)];
  while (boxes.length < COLOURS) {
    const widest = boxes.reduce((a, b) => (b.weight > a.weight ? b : a));
    if (widest.weight === 0) break;
    const { inside, channel } = widest;
    inside.sort((a, b) => (a[channel] ?? 0) - (b[channel] ?? 0));
    const middle = inside.length >> 1;
    const halves = [inside.slice(0, middle), inside.slice(middle)];
    boxes.splice(boxes.indexOf(widest), 1, ...halves.map(boxOf));
  }
  return boxes.map(({ inside }) => {
    const mean = (/** @type {number} */ c) =>
      Math.round(inside.reduce((sum, colour) => sum + (colour[c] ?? 0), 0) / inside.length);
    return /** @type {Colour} */ ([mean(0), mean(1), mean(2)]);
  });
}

/** Which of the colours is nearest to one, remembered in steps of 8. @param {readonly Colour[]} colours */
function nearestIn(colours) {
  const known = new Int16Array(32 ** 3).fill(-1);
  return (/** @type {number} */ red, /** @type {number} */ green, /** @type {number} */ blue) => {
    const step = (/** @type {number} */ v) => Math.max(0, Math.min(v, 255)) >> 3;
    const cell = (step(red) << 10) | (step(green) << 5) | step(blue);
    let best = known[cell] ?? -1;
    if (best >= 0) return best;
    let least = Infinity;
    const [r, g, b] = [step(red) * 8 + 4, step(green) * 8 + 4, step(blue) * 8 + 4];
    for (const [i, colour] of colours.entries()) {
      const off = 2 * (r - colour[0]) ** 2 + 4 * (g - colour[1]) ** 2 + (b - colour[2]) ** 2;
      if (off < least) [least, best] = [off, i];
    }
    return (known[cell] = best);
  };
}

/** @param {Uint8ClampedArray} rgba @param {number} width @param {ReturnType<typeof nearestIn>} nearest */
async function indexed(rgba, width, nearest) {
  const pixels = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < pixels.length; i++) {
    const x = i % width;
    const y = (i - x) / width;
    if (i % PIXELS_AT_ONCE === 0) await turn();
    const off = MIXED * (PATTERN[4 * (y % 4) + (x % 4)] ?? 0);
    const channel = (/** @type {number} */ c) => (rgba[4 * i + c] ?? 0) + off;
    pixels[i] = nearest(channel(0), channel(1), channel(2));
  }
  return pixels;
}

/** @param {Uint8Array} pixels @param {number} width @param {Rect} strip */
function cut(pixels, width, strip) {
  const part = new Uint8Array(strip.width * strip.height);
  for (let y = 0; y < strip.height; y++) {
    const from = y * width + strip.x;
    part.set(pixels.subarray(from, from + strip.width), y * strip.width);
  }
  return part;
}

/** A number of two bytes. @param {number} value */
const two = (value) => [value & 255, value >> 8];

/** @param {number} width @param {number} height @param {readonly Colour[]} colours */
function headOf(width, height, colours) {
  const palette = new Uint8Array(3 * COLOURS);
  palette.set(colours.flat());
  const text = (/** @type {string} */ s) => [...s].map((letter) => letter.charCodeAt(0));
  const loop = [0x21, 0xff, 11, ...text('NETSCAPE2.0'), 3, 1, 0, 0, 0];
  const screen = [...two(width), ...two(height), 0xf7, 0, 0];
  return Uint8Array.from([...text('GIF89a'), ...screen, ...palette, ...loop]);
}

/** @param {Rect} box @param {Uint8Array} pixels @param {number} time */
async function frameOf({ x, y, width, height }, pixels, time) {
  const stays = [0x21, 0xf9, 4, 4, ...two(time), 0, 0];
  const place = [0x2c, ...two(x), ...two(y), ...two(width), ...two(height), 0, 8];
  const data = await compressed(pixels);
  const blocks = [];
  for (let at = 0; at < data.length; at += 255) {
    const block = data.slice(at, at + 255);
    blocks.push(Uint8Array.from([block.length, ...block]));
  }
  return new Blob([Uint8Array.from([...stays, ...place]), ...blocks, Uint8Array.of(0)]);
}

/** As GIF wants it: LZW with codes of 9 to 12 bits, the lowest bit first. @param {Uint8Array} pixels */
async function compressed(pixels) {
  const [clear, end, most] = [256, 257, 4096];
  const bytes = /** @type {number[]} */ ([]);
  let [held, bits, size, next] = [0, 0, 9, end + 1];
  const put = (/** @type {number} */ code) => {
    held |= code << bits;
    for (bits += size; bits >= 8; bits -= 8, held >>= 8) bytes.push(held & 255);
  };
  const codes = /** @type {Map<number, number>} */ (new Map());
  put(clear);
  let prefix = pixels[0] ?? 0;
  for (let i = 1; i < pixels.length; i++) {
    if (i % PIXELS_AT_ONCE === 0) await turn();
    const pixel = pixels[i] ?? 0;
    const key = (prefix << 8) | pixel;
    const known = codes.get(key);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    put(prefix);
    prefix = pixel;
    if (next === most) {
      put(clear);
      codes.clear();
      [size, next] = [9, end + 1];
      continue;
    }
    if (next === 1 << size) size += 1;
    codes.set(key, next);
    next += 1;
  }
  put(prefix);
  if (next === 1 << size && next < most) size += 1;
  put(end);
  if (bits > 0) bytes.push(held & 255);
  return bytes;
}
