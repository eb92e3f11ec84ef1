// Records the steps of an extension as a film that zooms out from the photo to the last of them.
//
// Pure arithmetic first: where each moment looks.

import { BitmapMaker } from '../drawing/bitmap-worker.js';
import { CodedError } from '../engine/protocol.js';
import { boxOfStep } from '../tasks.js';

/** @import { Rect, Strip } from '../store.js' */

/** The film's longer side. */
const LONGEST_PX = 1280;
const SPEED = { framesPerSecond: 30, bitsPerSecond: 8e6 };
/** How long the photo stands still at first, one step takes, and the whole stands at the end. */
const [FIRST_MILLIS, STEP_MILLIS, LAST_MILLIS] = [700, 1100, 1300];
/** What recorders write, the best first; it takes as long as the film. */
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
  return kind() !== '' || 'VideoEncoder' in globalThis;
}

/**
 * As MP4 with H.264, which phones and slides play, where the browser has an encoder; else as what
 * its recorder writes.
 * @param {Strip} strip @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function recordedFilm(strip, signal) {
  const { whole, steps } = strip;
  const boxes = steps.map((_, at) => boxOfStep(strip, at));
  const canvas = Object.assign(document.createElement('canvas'), filmSize(whole));
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new CodedError('encode', 'no canvas');
  const { full, small } = await bitmaps.make(whole);
  const bitmap = small ?? full; // Always larger than the film.
  const draw = (/** @type {number} */ millis) => drawMoment(context, bitmap, boxAt(boxes, millis));
  const millis = filmMillis(boxes.length - 1);
  try {
    const { encodedFilm } = await import('./mp4.js');
    const film = await encodedFilm({ canvas, draw, millis, ...SPEED, signal });
    if (film) return film;
    return await filmOf(canvas, draw, millis, signal);
  } finally {
    full.close();
    small?.close();
  }
}

/**
 * By the recorder, which films a canvas as it is drawn.
 * @param {HTMLCanvasElement} canvas @param {(millis: number) => void} draw @param {number} millis
 * @param {AbortSignal} signal
 */
async function filmOf(canvas, draw, millis, signal) {
  if (kind() === '') throw new CodedError('encode', 'no recorder');
  const recorder = new MediaRecorder(canvas.captureStream(SPEED.framesPerSecond), {
    mimeType: kind(),
    videoBitsPerSecond: SPEED.bitsPerSecond,
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
    const startedMillis = performance.now();
    for (let at = 0; at < millis; at = performance.now() - startedMillis) {
      signal.throwIfAborted();
      draw(at);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    recorder.stop();
    await stopped;
  } finally {
    if (recorder.state !== 'inactive') recorder.stop();
  }
  return new Blob(parts, { type: kind().replace(/;.*/, '') });
}

/** @param {CanvasRenderingContext2D} context @param {ImageBitmap} bitmap @param {Rect} box */
function drawMoment(context, bitmap, box) {
  const { width, height } = context.canvas;
  const scale = Math.min(width / box.width, height / box.height);
  const [wide, high] = [box.width * scale, box.height * scale];
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  const [left, top] = [(width - wide) / 2, (height - high) / 2];
  context.drawImage(bitmap, box.x, box.y, box.width, box.height, left, top, wide, high);
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
