// Makes pixels drawable. For a large photo that takes many frames, so a worker of its own does it;
// the page imports this file for its side, the worker runs it.

import { copyInPieces } from '../engine/pieces.js';

/** @import { Pixels } from '../engine/protocol.js' */
/**
 * `small` is for large pictures while they are shown reduced, so that moving them stays fluid.
 * @typedef {{ full: ImageBitmap, small: ImageBitmap | null, isOpaque: boolean }} Bitmaps
 */
/**
 * @typedef {{ id: number, message: string } | { id: number, thumb: Pixels }
 *   | Bitmaps & { id: number }} Made
 * @typedef {{ x: number, y: number, width: number, height: number, share: number }} Cut  see `croppedBox`
 * @typedef {{ id: number, pixels: Pixels } | { id: number, file: Blob, heightPx: number }
 *   | { id: number, pixels: Pixels, cut: Cut, degrees: number }} Wanted
 */

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
    const pixels = { width, height, rgba: copy };
    return new Promise((resolve, reject) => {
      this.#send({ pixels }, [copy.buffer], (made) => {
        if ('full' in made) resolve(made);
        else reject(new Error('message' in made ? made.message : 'no bitmaps'));
      });
    });
  }

  /**
   * A small copy of a picture file, as the browser reads it.
   * @param {Blob} file @param {number} heightPx
   * @returns {Promise<Pixels>}
   */
  thumb(file, heightPx) {
    return new Promise((resolve, reject) => {
      this.#send({ file, heightPx }, [], (made) => {
        if ('thumb' in made) resolve(made.thumb);
        else reject(new Error('message' in made ? made.message : 'no thumb'));
      });
    });
  }

  /** A part of a picture that is turned. @param {Pixels} pixels @param {Cut} cut @param {number} degrees @returns {Promise<Pixels>} */
  async turn({ width, height, rgba }, cut, degrees) {
    const copy = await copyInPieces(rgba);
    const pixels = { width, height, rgba: copy };
    return new Promise((resolve, reject) => {
      this.#send({ pixels, cut, degrees }, [copy.buffer], (made) => {
        if ('thumb' in made) resolve(made.thumb);
        else reject(new Error('message' in made ? made.message : 'nothing turned'));
      });
    });
  }

  /**
   * @param {{ pixels: Pixels } | { file: Blob, heightPx: number }
   *   | { pixels: Pixels, cut: Cut, degrees: number }} wanted
   * @param {Transferable[]} owned @param {(made: Made) => void} settle
   */
  #send(wanted, owned, settle) {
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#lastId;
    this.#waiting.set(id, settle);
    worker.postMessage({ id, ...wanted }, owned);
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

/** @param {Blob} file @param {number} heightPx @returns {Promise<Pixels>} */
async function thumbFrom(file, heightPx) {
  const options = { resizeHeight: heightPx, resizeQuality: /** @type {const} */ ('medium') };
  const bitmap = await createImageBitmap(file, options);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  bitmap.close();
  if (!context) throw new Error('no canvas of this size');
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, rgba: new Uint8Array(data.buffer) };
}

/**
 * A part of the whole middle of a picture that is turned about its own.
 * @param {ImageBitmap} bitmap @param {Cut} cut @param {number} degrees @returns {Pixels}
 */
export function turned(bitmap, { x, y, width, height, share }, degrees) {
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('no canvas of this size');
  context.imageSmoothingQuality = 'high';
  context.translate((bitmap.width * share) / 2 - x, (bitmap.height * share) / 2 - y);
  context.rotate((degrees * Math.PI) / 180);
  context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, rgba: new Uint8Array(data.buffer) };
}

/** @param {Uint8Array} rgba */
function isOpaque(rgba) {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

if (typeof document === 'undefined' && typeof self !== 'undefined') {
  self.onmessage = async (/** @type {MessageEvent<Wanted>} */ { data }) => {
    const { id } = data;
    try {
      if ('file' in data) {
        const thumb = await thumbFrom(data.file, data.heightPx);
        self.postMessage({ id, thumb }, { transfer: [thumb.rgba.buffer] });
        return;
      }
      if ('cut' in data) {
        const bitmap = await bitmapFrom(data.pixels);
        const thumb = turned(bitmap, data.cut, data.degrees);
        bitmap.close();
        self.postMessage({ id, thumb }, { transfer: [thumb.rgba.buffer] });
        return;
      }
      const made = await bitmapsFrom(data.pixels);
      const owned = made.small ? [made.full, made.small] : [made.full];
      self.postMessage({ id, ...made }, { transfer: owned });
    } catch (error) {
      self.postMessage({ id, message: String(error) });
    }
  };
}
