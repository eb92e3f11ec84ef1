// Records the steps of an extension as a film that zooms out from the photo to the last of them.
//
// The browser's own recorder films a canvas as it is drawn, so it takes as long as the film. Pure
// arithmetic first: where each moment looks.

import { BitmapMaker } from '../drawing/bitmap-worker.js';
import { CodedError } from '../engine/protocol.js';
import { boxOfStep } from '../tasks.js';

/** @import { Rect, Strip } from '../store.js' */

/** The film's longer side. */
const LONGEST_PX = 1280;
const FRAMES_PER_SECOND = 30;
const BITS_PER_SECOND = 8e6;
/** How long the photo stands still at first, one step takes, and the whole stands at the end. */
const [FIRST_MILLIS, STEP_MILLIS, LAST_MILLIS] = [700, 1100, 1300];
/** What browsers write, the best first; WebM wherever there is one. */
const KINDS = ['video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm', 'video/mp4'];

/** For large photos a worker of its own: the page's thread stays free. */
const bitmaps = new BitmapMaker();

/** How long a film of so many steps takes. @param {number} steps */
export function filmMillis(steps) {
  return FIRST_MILLIS + steps * STEP_MILLIS + LAST_MILLIS;
}

/**
 * What is to be seen at a moment: a part of the whole, between the boxes of two steps.
 * @param {readonly Rect[]} boxes  the photo first @param {number} millis
 * @returns {Rect}
 */
export function boxAt(boxes, millis) {
  const last = boxes.length - 1;
  const at = Math.max(0, Math.min((millis - FIRST_MILLIS) / STEP_MILLIS, last));
  const from = boxes[Math.floor(at)];
  const to = boxes[Math.min(Math.floor(at) + 1, last)];
  if (!from || !to) throw new Error('a film without a step');
  const part = at - Math.floor(at);
  const eased = part * part * (3 - 2 * part);
  const between = (/** @type {keyof Rect} */ key) => from[key] + (to[key] - from[key]) * eased;
  return { x: between('x'), y: between('y'), width: between('width'), height: between('height') };
}

/**
 * The film's size: as `whole`, not larger than it, sides even, as encoders want them.
 * @param {{ width: number, height: number }} whole
 */
export function filmSize({ width, height }) {
  const scale = Math.min(1, LONGEST_PX / Math.max(width, height));
  const even = (/** @type {number} */ side) => Math.max(2, 2 * Math.round((side * scale) / 2));
  return { width: even(width), height: even(height) };
}

/** What the browser's recorder can write; empty where there is none. */
function kind() {
  const isThere =
    typeof MediaRecorder === 'function' && 'captureStream' in HTMLCanvasElement.prototype;
  return (isThere && KINDS.find((each) => MediaRecorder.isTypeSupported(each))) || '';
}

export function canRecord() {
  return kind() !== '';
}

/**
 * @param {Strip} strip @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function recordedFilm(strip, signal) {
  const { whole, steps } = strip;
  const boxes = steps.map((_, at) => boxOfStep(strip, at));
  const canvas = Object.assign(document.createElement('canvas'), filmSize(whole));
  const context = canvas.getContext('2d', { alpha: false });
  const { full, small } = await bitmaps.make(whole);
  const bitmap = small ?? full; // Always larger than the film.
  const recorder = new MediaRecorder(canvas.captureStream(FRAMES_PER_SECOND), {
    mimeType: kind(),
    videoBitsPerSecond: BITS_PER_SECOND,
  });
  const parts = /** @type {Blob[]} */ ([]);
  recorder.ondataavailable = ({ data }) => parts.push(data);
  try {
    const stopped = new Promise((resolve, reject) => {
      recorder.onstop = resolve;
      recorder.onerror = () => reject(new CodedError('encode', 'the recorder failed'));
    });
    stopped.catch(() => {}); // Awaited below, unless the drawing fails first.
    recorder.start();
    await drawn(context, bitmap, boxes, signal);
    recorder.stop();
    await stopped;
  } finally {
    if (recorder.state !== 'inactive') recorder.stop();
    full.close();
    small?.close();
  }
  return new Blob(parts, { type: kind().replace(/;.*/, '') });
}

/**
 * Draws the film in its own time.
 * @param {CanvasRenderingContext2D | null} context @param {ImageBitmap} bitmap
 * @param {readonly Rect[]} boxes @param {AbortSignal} signal
 */
async function drawn(context, bitmap, boxes, signal) {
  if (!context) throw new CodedError('encode', 'no canvas');
  const { width, height } = context.canvas;
  const startedMillis = performance.now();
  const end = filmMillis(boxes.length - 1);
  for (let millis = 0; millis < end; millis = performance.now() - startedMillis) {
    signal.throwIfAborted();
    const box = boxAt(boxes, millis);
    const scale = Math.min(width / box.width, height / box.height);
    const [wide, high] = [box.width * scale, box.height * scale];
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = 'high';
    const [left, top] = [(width - wide) / 2, (height - high) / 2];
    context.drawImage(bitmap, box.x, box.y, box.width, box.height, left, top, wide, high);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** Hands a film to the browser's downloads. @param {Blob} film @param {string} name  of the photo */
export function saveFilm(film, name) {
  const stem = name.replace(/\.[^.]*$/, '').trim() || 'photo';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(film);
  link.download = `${stem}-zoom.${film.type.endsWith('mp4') ? 'mp4' : 'webm'}`;
  link.click();
  // The download reads the address a moment later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return link.download;
}
