// Pictures of the history that nobody looks at, put away as what tells them from their neighbour.
//
// A filling changes a part of a photo, an extension leaves all of it as it was: of ten fillings of 12
// megapixels, 48 MB each, the shelf keeps the last and ten small differences. Whoever asks for the
// pixels of a photo gets them, and it is whole again until it is put away once more. What has
// changed all over, as colours do, stays whole; the budget of the past sees to that.

import { pictureOf } from './thumbs.js';

/** @import { Photo, Snapshot } from '../store.js' */
/** @typedef {Pick<Photo, 'width' | 'height' | 'original'>} Place */
/**
 * Runs of pixels, as pairs of where one begins and how long it is; all others are the base's.
 * @typedef {Readonly<{ runs: Uint32Array, pixels: Uint32Array }>} Difference
 * @typedef {{ rgba: Uint8Array } | { base: Photo, difference: Difference }} Kept
 */

/** So many pixels alike between two that are not are kept with them: a run costs two numbers. */
const GAP = 8;
/** A difference of a larger share of the photo is none worth keeping. */
const MOST_SHARE = 0.6;
/** So many pixels are compared at once, in a few milliseconds. */
const PIXELS_AT_ONCE = 2 ** 18;

/** How long after a change: what was made is to be seen first. */
const REST_MILLIS = 300;

const shelf = /** @type {WeakMap<Photo, Kept>} */ (new WeakMap());

/** A photo whose pixels can be put away. @param {Photo} photo @returns {Photo} */
export function shelved(photo) {
  const rgba = { enumerable: true, get: () => pixelsOf(made) };
  const made = /** @type {Photo} */ (
    Object.freeze(Object.defineProperty({ ...photo }, 'rgba', rgba))
  );
  shelf.set(made, { rgba: photo.rgba });
  return made;
}

/** What a photo's pixels take now. @param {Photo} photo */
export function bytesOfPhoto(photo) {
  const kept = shelf.get(photo);
  if (!kept) return photo.rgba.byteLength;
  if ('rgba' in kept) return kept.rgba.byteLength;
  return kept.difference.runs.byteLength + kept.difference.pixels.byteLength;
}

/** @param {Photo} photo @returns {Uint8Array} */
function pixelsOf(photo) {
  const rgba = peek(photo);
  shelf.set(photo, { rgba });
  return rgba;
}

/**
 * The pixels of a photo, which stays as it is kept. Along a chain of differences between pictures of
 * one size a single copy is made.
 * @param {Photo} photo @returns {Uint8Array}
 */
function peek(photo) {
  const kept = shelf.get(photo);
  if (!kept) return photo.rgba;
  if ('rgba' in kept) return kept.rgba;
  const { base, difference } = kept;
  const from = peek(base);
  const isCopy = isAway(base) && areInPlace(photo, base);
  return restored(photo, base, from, difference, isCopy ? from : undefined);
}

/** @param {Photo} photo */
function isAway(photo) {
  const kept = shelf.get(photo);
  return kept !== undefined && 'base' in kept;
}

/** @param {Place} a @param {Place} b */
function areInPlace(a, b) {
  const isSameSize = a.width === b.width && a.height === b.height;
  return isSameSize && a.original.x === b.original.x && a.original.y === b.original.y;
}

/**
 * Puts away what nobody looks at, whenever the history has changed and nothing else is being done:
 * from the present outwards, each picture as what tells it from the one nearer to the present.
 * @param {{ get: () => Snapshot, subscribe: (listener: (state: Snapshot) => void) => unknown }} store
 */
export function createShelving({ get, subscribe }) {
  let tidied = /** @type {Snapshot['history']} */ (null);
  let isTidying = false;

  async function tidy() {
    isTidying = true;
    const { history, opened } = get();
    const isStale = () => get().history !== history || get().job !== null;
    if (history) {
      const { photo, tint, answers } = history.present;
      const near = [photo, tint?.source];
      for (const { photo: other } of answers?.all ?? []) {
        if (other && !isStale()) await putAway(other, photo, isStale);
      }
      for (const way of [[...history.past].reverse(), history.future]) {
        let base = history.present.photo;
        for (const { photo } of way) {
          if (isStale()) break;
          pictureOf(photo); // While its pixels are at hand.
          // What is compared with, and what settings are put on, is asked for again and again.
          if (photo !== opened && !near.includes(photo)) await putAway(photo, base, isStale);
          base = photo;
        }
      }
    }
    isTidying = false;
    if (!isStale()) tidied = history;
    else later();
  }
  const later = () => {
    if (isTidying || get().job !== null || get().history === tidied) return;
    isTidying = true;
    setTimeout(tidy, REST_MILLIS);
  };
  subscribe(later);
}

/** Whether a photo is put away as a difference from another, near or far. @param {Photo} photo @param {Photo} other */
function dependsOn(photo, other) {
  for (let at = /** @type {Photo | null} */ (photo); at;) {
    if (at === other) return true;
    const kept = shelf.get(at);
    at = kept && 'base' in kept ? kept.base : null;
  }
  return false;
}

/**
 * Puts a photo away as what tells it from `base`, if that is worth it; a frame's work at a time.
 * @param {Photo} photo @param {Photo} base @param {() => boolean} isStale  whether to give up
 */
export async function putAway(photo, base, isStale) {
  const kept = shelf.get(photo);
  if (!kept || !('rgba' in kept) || photo === base || photo.openedId !== base.openedId) return;
  if (dependsOn(base, photo)) return;
  const difference = await differenceOf(photo, kept.rgba, base, peek(base), isStale);
  const isAsBefore = shelf.get(photo) === kept && !dependsOn(base, photo);
  if (difference && isAsBefore && !isStale()) shelf.set(photo, { base, difference });
}

/**
 * How a picture differs from another of the same photo, each pixel from the one at its place.
 * @param {Place} photo @param {Uint8Array} rgba @param {Place} base @param {Uint8Array} baseRgba
 * @param {() => boolean} [isStale]
 * @returns {Promise<Difference | null>} nothing where it is too much, or stale
 */
export async function differenceOf(photo, rgba, base, baseRgba, isStale = () => false) {
  const { width, height } = photo;
  const [pixels, others] = [wordsOf(rgba), wordsOf(baseRgba)];
  if (!pixels || !others) return null;
  const { left, right, rowOf } = overlap(photo, base);
  const runs = /** @type {number[]} */ ([]);
  let [start, end, count] = [0, 0, 0]; // Of the run under way.
  const differ = (/** @type {number} */ from, /** @type {number} */ to) => {
    if (end > start && from - end <= GAP) end = to;
    else {
      if (end > start) runs.push(start, end - start);
      [start, end] = [from, to];
    }
    count += to - from;
  };
  for (let y = 0, done = 0; y < height; y++, done += width) {
    if (done >= PIXELS_AT_ONCE) {
      done = 0;
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (isStale() || count > MOST_SHARE * width * height) return null;
    }
    const row = y * width;
    const shift = rowOf(y);
    if (shift === null) {
      differ(row, row + width);
      continue;
    }
    if (left > 0) differ(row, row + left);
    for (let x = left; x < right; x++) {
      if (pixels[row + x] !== others[shift + x]) differ(row + x, row + x + 1);
    }
    if (right < width) differ(row + right, row + width);
  }
  if (end > start) runs.push(start, end - start);
  return count > MOST_SHARE * width * height ? null : packed(runs, pixels);
}

/** @param {readonly number[]} runs @param {Uint32Array} pixels @returns {Difference} */
function packed(runs, pixels) {
  const lengths = runs.filter((_, i) => i % 2 === 1);
  const kept = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0));
  for (let i = 0, at = 0; i < runs.length; i += 2) {
    const [start = 0, length = 0] = runs.slice(i, i + 2);
    kept.set(pixels.subarray(start, start + length), at);
    at += length;
  }
  return { runs: Uint32Array.from(runs), pixels: kept };
}

/**
 * @param {Place} photo @param {Place} base @param {Uint8Array} baseRgba @param {Difference} difference
 * @param {Uint8Array} [own]  the base's, where they may be written to
 * @returns {Uint8Array}
 */
export function restored(photo, base, baseRgba, { runs, pixels }, own) {
  const { width, height } = photo;
  const rgba = own ?? new Uint8Array(4 * width * height);
  const words = new Uint32Array(rgba.buffer);
  const { left, right, rowOf } = overlap(photo, base);
  for (let y = 0; y < height && !own; y++) {
    const shift = rowOf(y);
    if (shift === null || right <= left) continue;
    const from = 4 * (shift + left);
    rgba.set(baseRgba.subarray(from, from + 4 * (right - left)), 4 * (y * width + left));
  }
  for (let i = 0, at = 0; i < runs.length; i += 2) {
    const [start = 0, length = 0] = [runs[i], runs[i + 1]];
    words.set(pixels.subarray(at, at + length), start);
    at += length;
  }
  return rgba;
}

/**
 * Which columns of a photo its base has, too, and what to add to a column of a row to find it there.
 * @param {Place} photo @param {Place} base
 */
function overlap({ width, original }, base) {
  const across = base.original.x - original.x;
  const down = base.original.y - original.y;
  const left = Math.min(width, Math.max(0, -across));
  const right = Math.max(left, Math.min(width, base.width - across));
  return {
    left,
    right,
    rowOf: (/** @type {number} */ y) =>
      y + down < 0 || y + down >= base.height ? null : (y + down) * base.width + across,
  };
}

/** Four bytes at a time; nothing where they lie askew. @param {Uint8Array} rgba */
function wordsOf({ buffer, byteOffset, byteLength }) {
  return byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, byteLength / 4) : null;
}
