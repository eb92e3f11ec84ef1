// Files in, files out: photos are read from them, results written to them.
//
// Our own decoder reads first: it keeps every byte and turns the photo upright. Kinds it does not
// know are left to the browser, which may still know them (AVIF, HEIC, rare variants of JPEG).

import { isOpaqueInPieces } from '../engine/pieces.js';
import { CodedError } from '../engine/protocol.js';
import { shelved } from '../history/shelf.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { Format, Limits, Pixels } from '../engine/protocol.js' */
/** @import { Photo } from '../store.js' */

/** @type {readonly ('sea' | 'mountains' | 'street' | 'field' | 'portrait' | 'night')[]} */
export const SAMPLES = ['sea', 'mountains', 'street', 'field', 'portrait', 'night'];

let lastOpenedId = 0;

/**
 * @typedef {object} ReadOptions
 * @property {AbortSignal} signal
 * @property {() => Limits | null} getLimits  known from the engine's first answer on
 * @property {boolean} isShrunk  whether a photo over the limits is reduced instead of refused
 */

/**
 * @param {Engine} engine @param {Blob} file @param {string} name @param {ReadOptions} options
 * @returns {Promise<Photo>}
 */
export async function readPhoto(engine, file, name, { signal, getLimits, isShrunk }) {
  const pixels = await pixelsFromEngine(engine, file, { signal, getLimits, isShrunk });
  signal.throwIfAborted();
  const { width, height } = pixels;
  const original = { x: 0, y: 0, width, height };
  const kind = await kindOf(file);
  const opened = { name, original, openedId: ++lastOpenedId, made: /** @type {const} */ ('copy') };
  return shelved({ ...pixels, ...opened, kind });
}

/**
 * The format that is like that of a file, by its first bytes: cameras' others become JPEG.
 * @param {Blob} file @returns {Promise<Format>}
 */
export async function kindOf(file) {
  const bytes = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  if (/^RIFF....WEBP/s.test(text)) return 'webp';
  return text.startsWith('\xFF\xD8') || text.startsWith('ftyp', 4) ? 'jpeg' : 'png';
}

/**
 * The format that a picture is saved in. What shows through would be lost in a JPEG.
 * @param {Format | 'same'} wish @param {Pick<Photo, 'kind' | 'rgba'>} photo
 * @returns {Promise<Format>}
 */
export async function formatFor(wish, { kind, rgba }) {
  if (wish !== 'same') return wish;
  return kind === 'jpeg' && !(await isOpaqueInPieces(rgba)) ? 'png' : kind;
}

/**
 * @param {Engine} engine @param {Blob} file @param {ReadOptions} options
 * @returns {Promise<Pixels & Pick<Photo, 'metadata'>>}
 */
async function pixelsFromEngine(engine, file, { signal, getLimits, isShrunk }) {
  const bytes = await file.arrayBuffer().catch((error) => {
    throw new CodedError('file', String(error));
  });
  if (bytes.byteLength === 0) throw new CodedError('empty-file');
  // Before the bytes are handed over.
  const isPicture = isOtherPicture(new Uint8Array(bytes, 0, Math.min(12, bytes.byteLength)));
  try {
    return await engine.decode(new Uint8Array(bytes), signal, isShrunk);
  } catch (error) {
    // Our decoder shrinks JPEGs alone, and the largest not at all.
    const isForBrowser = ['not-an-image', 'unknown-variant', ...(isShrunk ? ['too-large'] : [])];
    if (!(error instanceof CodedError && isForBrowser.includes(error.code))) throw error;
    return pixelsFromBrowser(file, getLimits(), isShrunk).catch((reason) => {
      if (reason instanceof CodedError && reason.code !== 'damaged-image') throw reason;
      throw isPicture ? new CodedError('unsupported-image', file.type) : error;
    });
  }
}

/** Whether a file begins as pictures do that only some programs read: HEIC, TIFF and raw, JPEG XL. @param {Uint8Array} head */
function isOtherPicture(head) {
  const text = String.fromCharCode(...head);
  return /ftyp|^II\*\0|^MM\0\*|^\xFF\x0A|JXL/.test(text);
}

/**
 * What the browser's own decoder makes of the file: reduced, or refused, if it exceeds `limits`.
 * @param {Blob} file @param {Limits | null} limits @param {boolean} isShrunk
 * @returns {Promise<Pixels & Pick<Photo, 'metadata'>>}
 */
async function pixelsFromBrowser(file, limits, isShrunk) {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(
    (error) => {
      throw new CodedError('damaged-image', String(error));
    },
  );
  try {
    const pixels = bitmap.width * bitmap.height;
    const most = limits?.max_photo_pixels ?? pixels;
    const size = `${bitmap.width} × ${bitmap.height}`;
    if (pixels > most && !isShrunk) throw new CodedError('too-large', size);
    const least = limits?.min_side_px ?? 1;
    if (Math.min(bitmap.width, bitmap.height) < least) throw new CodedError('too-small', size);
    const factor = Math.min(1, Math.sqrt(most / pixels));
    const width = Math.max(1, Math.floor(bitmap.width * factor));
    const height = Math.max(1, Math.floor(bitmap.height * factor));
    const context = new OffscreenCanvas(width, height).getContext('2d');
    if (!context) throw new CodedError('too-large', 'no canvas of this size');
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, rgba: new Uint8Array(data.buffer), metadata: null };
  } finally {
    bitmap.close();
  }
}

/**
 * The sample picture of that name.
 * @param {string} name @param {AbortSignal} signal
 */
export async function fetchSample(name, signal) {
  if (!SAMPLES.some((sample) => sample === name)) throw new CodedError('unknown-sample', name);
  const response = await fetch(sampleUrl(`${name}.jpg`), { signal }).catch((error) => {
    signal.throwIfAborted();
    throw new CodedError('download-failed', String(error));
  });
  if (!response.ok) throw new CodedError('download-failed', `HTTP ${response.status}: ${name}`);
  return response.blob();
}

/** @param {string} file */
export function sampleUrl(file) {
  return new URL(`../samples/${file}`, import.meta.url).href;
}

/**
 * The name a picture is saved under: "photo-extended.png", "photo-extended-sabini.png" where a method
 * painted it; never that of its file.
 * @param {Pick<Photo, 'name' | 'made' | 'method'>} photo @param {Format} format
 */
export function resultName({ name, made, method }, format) {
  const by = method ? method.replace(/^[^-]*/, '') : '';
  return `${stemOf(name)}-${made}${by}.${endingOf(format)}`;
}

/** @param {string} name  of a file */
export function stemOf(name) {
  return name.replace(/\.[^.]*$/, '').trim() || 'photo';
}

/** @param {Format} format */
export function endingOf(format) {
  return format === 'jpeg' ? 'jpg' : format;
}

/** Hands a file to the browser's downloads. @param {Blob} blob @param {string} name */
export function saveFile(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download reads the address a moment later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Bytes as a picture file. @param {Uint8Array} bytes @param {Format} format */
export function blobFrom(bytes, format) {
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: `image/${format}` });
}

/**
 * Puts a picture on the clipboard. Called while a key or click counts; what comes later is awaited.
 * @param {Promise<Blob>} png
 */
export async function copyPicture(png) {
  png.catch(() => {}); // Told below, or not at all where the clipboard is refused first.
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
  } catch (error) {
    await png; // What went wrong with the picture says more.
    throw new CodedError(isSecureContext ? 'copy-refused' : 'copy-insecure', String(error));
  }
}

/** @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    throw new CodedError(isSecureContext ? 'copy-refused' : 'copy-insecure', String(error));
  }
}

/** Whether this device's browser takes photos for a page: phones and tablets do. */
export function hasCamera() {
  return 'capture' in HTMLInputElement.prototype;
}
