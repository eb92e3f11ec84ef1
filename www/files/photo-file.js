// Files in, files out: what the visitor opens, drops, pastes and saves.
//
// Our own decoder reads first: it keeps every byte and turns the photo upright. Kinds it does not
// know are left to the browser, which may still know them (AVIF, HEIC).

import { CodedError } from '../engine/protocol.js';

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
  const pixels = isShrunk
    ? await pixelsFromBrowser(file, getLimits(), true)
    : await pixelsFromEngine(engine, file, signal, getLimits);
  signal.throwIfAborted();
  const { width, height } = pixels;
  const original = { x: 0, y: 0, width, height };
  return Object.freeze({ ...pixels, name, original, openedId: ++lastOpenedId, made: 'copy' });
}

/**
 * @param {Engine} engine @param {Blob} file @param {AbortSignal} signal
 * @param {() => Limits | null} getLimits
 * @returns {Promise<Pixels>}
 */
async function pixelsFromEngine(engine, file, signal, getLimits) {
  const bytes = await file.arrayBuffer().catch((error) => {
    throw new CodedError('file', String(error));
  });
  try {
    return await engine.decode(new Uint8Array(bytes), signal);
  } catch (error) {
    if (!(error instanceof CodedError && error.code === 'not-an-image')) throw error;
    const isPicture = file.type.startsWith('image/');
    return pixelsFromBrowser(file, getLimits(), false).catch((reason) => {
      if (reason instanceof CodedError && reason.code !== 'damaged-image') throw reason;
      throw isPicture ? new CodedError('unsupported-image', file.type) : error;
    });
  }
}

/**
 * What the browser's own decoder makes of the file: reduced, or refused, if it exceeds `limits`.
 * @param {Blob} file @param {Limits | null} limits @param {boolean} isShrunk
 * @returns {Promise<Pixels>}
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
    return { width, height, rgba: new Uint8Array(data.buffer) };
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
 * The name a picture is saved under: "photo-extended.png"; never that of its file.
 * @param {Pick<Photo, 'name' | 'made'>} photo @param {Format} format
 */
export function resultName({ name, made }, format) {
  const stem = name.replace(/\.[^.]*$/, '').trim() || 'photo';
  return `${stem}-${made}.${format === 'jpeg' ? 'jpg' : format}`;
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
    throw new CodedError('copy-refused', String(error));
  }
}

/** Whether this device's browser takes photos for a page: phones and tablets do. */
export function hasCamera() {
  return 'capture' in HTMLInputElement.prototype;
}

/**
 * Reports files from the inputs, from dropping anywhere and from pasting.
 * @param {readonly HTMLInputElement[]} inputs @param {HTMLElement} release  shown while files hover
 * @param {(files: File[]) => void} onFiles  at least one
 * @returns {() => void} stops listening
 */
export function attachOpening(inputs, release, onFiles) {
  const attached = new AbortController();
  const { signal } = attached;
  const take = (/** @type {FileList | null | undefined} */ list) => {
    const files = [...(list ?? [])];
    if (files.length > 0) onFiles(files);
    return files.length > 0;
  };
  for (const input of inputs) {
    input.addEventListener(
      'change',
      () => {
        take(input.files);
        input.value = ''; // So that choosing the same file again is heard.
      },
      { signal },
    );
  }
  const isFileDrag = (/** @type {DragEvent} */ event) =>
    event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener(
    'dragover',
    (event) => {
      if (!isFileDrag(event)) return;
      event.preventDefault();
      release.hidden = false;
    },
    { signal },
  );
  addEventListener(
    'dragleave',
    (event) => {
      if (!event.relatedTarget) release.hidden = true;
    },
    { signal },
  );
  addEventListener(
    'drop',
    (event) => {
      release.hidden = true;
      if (!isFileDrag(event)) return;
      event.preventDefault();
      take(event.dataTransfer?.files);
    },
    { signal },
  );
  addEventListener(
    'paste',
    (event) => {
      if (take(event.clipboardData?.files)) event.preventDefault();
    },
    { signal },
  );
  return () => attached.abort();
}
