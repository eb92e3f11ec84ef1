// Makes pixels drawable. For a large photo that takes many frames, so a worker of its own does it;
// the page imports this file for its side, the worker runs it.

import { copyInPieces } from './pieces.js';

/** @import { Pixels } from './protocol.js' */
/**
 * `small` is for large pictures while they are shown reduced, so that moving them stays fluid.
 * @typedef {{ full: ImageBitmap, small: ImageBitmap | null, isOpaque: boolean }} Bitmaps
 */
/** @typedef {Bitmaps & { id: number } | { id: number, message: string }} Made */

/** A copy with this many pixels on its longer side is sharp on any fitted view up to 4K. */
const SMALL_SIDE_PX = 3840;
/** Fewer pixels than these are ready within a frame; the way to the worker would take longer. */
const MOST_PIXELS_AT_ONCE = 2_000_000;

/** The page's side. */
export class BitmapMaker {
  /** @type {Worker | null} */
  #worker = null;
  #lastId = 0;
  #waiting = /** @type {Map<number, (made: Made) => void>} */ (new Map());

  /** @param {Pixels} pixels @returns {Promise<Bitmaps>} */
  async make({ width, height, rgba }) {
    if (width * height <= MOST_PIXELS_AT_ONCE) return bitmapsFrom({ width, height, rgba });
    const copy = await copyInPieces(rgba);
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#lastId;
    worker.postMessage({ id, pixels: { width, height, rgba: copy } }, [copy.buffer]);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (made) => {
        if ('full' in made) resolve(made);
        else reject(new Error(made.message));
      });
    });
  }

  #start() {
    const worker = new Worker(new URL('./bitmap-worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => {
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    };
    worker.onerror = ({ message = 'the worker for bitmaps stopped' }) => {
      this.#worker = null; // The next picture gets a new one.
      for (const [id, settle] of this.#waiting) settle({ id, message });
      this.#waiting.clear();
    };
    return worker;
  }
}

/** @param {Pixels} pixels @returns {Promise<Bitmaps>} */
async function bitmapsFrom({ width, height, rgba }) {
  const full = await bitmapFrom({ width, height, rgba });
  const reduction = SMALL_SIDE_PX / Math.max(width, height);
  const small =
    reduction >= 1
      ? null
      : await createImageBitmap(full, {
          resizeWidth: Math.max(1, Math.round(width * reduction)),
          resizeHeight: Math.max(1, Math.round(height * reduction)),
          resizeQuality: 'high',
        });
  return { full, small, isOpaque: isOpaque(rgba) };
}

/** @param {Pixels} pixels @returns {Promise<ImageBitmap>} */
export function bitmapFrom({ width, height, rgba }) {
  const { buffer, byteOffset, length } = /** @type {Uint8Array<ArrayBuffer>} */ (rgba);
  const bytes = new Uint8ClampedArray(buffer, byteOffset, length);
  return createImageBitmap(new ImageData(bytes, width, height));
}

/** @param {Uint8Array} rgba */
function isOpaque(rgba) {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

if (typeof document === 'undefined' && typeof self !== 'undefined') {
  self.onmessage = async (/** @type {MessageEvent<{ id: number, pixels: Pixels }>} */ { data }) => {
    const { id, pixels } = data;
    try {
      const made = await bitmapsFrom(pixels);
      const owned = made.small ? [made.full, made.small] : [made.full];
      self.postMessage({ id, ...made }, { transfer: owned });
    } catch (error) {
      self.postMessage({ id, message: String(error) });
    }
  };
}
