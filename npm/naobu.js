// The package's API: pixels in, pixels out. A thin layer over the page's engine, which it runs in a
// worker of its own; `web.js` and `node.js` say what kind of worker that is, `index.d.ts` what all of
// it means.

import { NO_AMOUNTS } from '../www/drawing/geometry.js';
import { Engine } from '../www/engine/engine.js';
import { CodedError } from '../www/engine/protocol.js';

/** @import { WorkerLike } from '../www/engine/engine.js' */
/** @import { Backdrop, Pixels } from '../www/engine/protocol.js' */
/** @import { CutOutOptions, Naobu, OpenOptions, UnmosaicOptions } from './index.d.ts' */

const NEVER = new AbortController().signal;

/**
 * @param {() => WorkerLike} makeWorker @param {OpenOptions} options
 * @returns {Promise<Naobu>}
 */
export async function openWith(makeWorker, { backend = 'auto', signal, onProgress }) {
  signal?.throwIfAborted();
  let device = '';
  const engine = new Engine({
    makeWorker,
    backend,
    onState(state) {
      if (state.status === 'starting') onProgress?.(state.stage, state.done, state.total);
      if (state.status === 'ready') device = state.device;
    },
    onLimits() {},
    onTrained() {},
    onFallback() {},
  });
  const close = () => engine.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    await engine.start();
  } catch (error) {
    close(); // The worker may still be there.
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', close);
  }

  return {
    get device() {
      return /** @type {Naobu['device']} */ (device);
    },
    decode: (bytes, { signal = NEVER } = {}) => engine.decode(new Uint8Array(bytes), signal),
    encode: (photo, format, { signal = NEVER, quality = 90, metadata = null } = {}) =>
      engine.encode(photo, format, quality, signal, metadata),
    async extend(photo, amounts, { signal = NEVER, ...options } = {}) {
      const all = { ...NO_AMOUNTS, ...amounts };
      return (await engine.extend(photo, all, { signal, ...options })).picture;
    },
    async fill(photo, hole, { signal = NEVER, feather = 0, ...options } = {}) {
      return (await engine.fill(photo, hole, feather, { signal, ...options })).picture;
    },
    async enlarge(photo, { signal = NEVER, onProgress } = {}) {
      return (await engine.enlarge(photo, { signal, onProgress })).picture;
    },
    async unmosaic(photo, { signal = NEVER, detail = 0, onProgress, ...where } = {}) {
      onProgress?.('search', 0, 1);
      const { hole, grid } = await mosaicIn(engine, photo, where, signal);
      const options = { signal, onProgress, detail };
      return (await engine.unmosaic(photo, hole, grid, null, options)).picture;
    },
    async colorize(photo, { signal = NEVER, onProgress, hints = [], ...look } = {}) {
      const { variant = 'natural', saturation = 1, warmth = 0, strength = 1 } = look;
      const { colours } = await engine.colours(photo, hints, { signal, onProgress });
      const { columns, rows, variants } = colours;
      const uv = variants.find(({ name }) => name === variant)?.uv;
      if (!uv) {
        const known = variants.map(({ name }) => name).join(', ');
        throw new CodedError('bad-setting', `the variants are ${known}, not ${variant}`);
      }
      onProgress?.('put', 0, 1);
      const settings = { saturation, warmth, strength };
      return engine.put(photo, { kind: 'colours', columns, rows, uv, ...settings }, signal);
    },
    async freshen(photo, { signal = NEVER, onProgress, strength = 1 } = {}) {
      const { curves } = await engine.curves(photo, { signal, onProgress });
      onProgress?.('put', 0, 1);
      return engine.put(photo, { kind: 'curves', ...curves, strength }, signal);
    },
    async select(photo, { signal = NEVER, onProgress, clicks = [] } = {}) {
      const { spans } = await engine.select(photo, clicks, { signal, onProgress });
      if (spans.length === 0) throw new CodedError('nothing-found');
      return holeFromSpans(photo, spans);
    },
    async findScratches(photo, { signal = NEVER, onProgress } = {}) {
      const { spans } = await engine.findScratches(photo, { signal, onProgress });
      return holeFromSpans(photo, spans);
    },
    async cutOut(photo, hole, { signal = NEVER, onProgress, background = 'none' } = {}) {
      const [backdrop, behind] = backdropFrom(background);
      const options = { signal, onProgress };
      return (await engine.cutOut(photo, hole, backdrop, behind, options)).picture;
    },
    close,
  };
}

/**
 * Where a mosaic is and where its cells lie, as far as that is not said.
 * @param {Engine} engine @param {Pixels} photo
 * @param {Pick<UnmosaicOptions, 'hole' | 'cell'>} where @param {AbortSignal} signal
 */
async function mosaicIn(engine, photo, { hole, cell }, signal) {
  if (cell === undefined) {
    const found = await engine.findMosaic(photo, hole ?? null, signal);
    return { hole: hole ?? holeFromSpans(photo, found.spans), grid: found };
  }
  if (!hole) throw new CodedError('bad-setting', 'cells of a known size need a hole');
  const corner = cornerOf(photo, hole);
  return { hole, grid: { cell: /** @type {const} */ ([cell, cell]), phase: corner } };
}

/** The left and the upper end of a hole. @param {Pixels} photo @param {Uint8Array} hole */
function cornerOf({ width, height }, hole) {
  const rows = Array.from({ length: height }, (_, y) =>
    hole.subarray(y * width, (y + 1) * width).findIndex(Boolean),
  );
  const left = Math.min(...rows.filter((x) => x >= 0), width);
  const top = rows.findIndex((x) => x >= 0);
  return /** @type {const} */ ([left, Math.max(0, top)]);
}

/** @param {Pixels} photo @param {readonly number[]} spans  row, first and end column in turn */
function holeFromSpans({ width, height }, spans) {
  const hole = new Uint8Array(width * height);
  for (let i = 0; i < spans.length; i += 3) {
    const [y = 0, first = 0, end = 0] = spans.slice(i, i + 3);
    hole.fill(1, y * width + first, y * width + end);
  }
  return hole;
}

/**
 * What the engine calls a background, and the photo that is one.
 * @param {NonNullable<CutOutOptions['background']>} background
 * @returns {[Backdrop, Pixels | null]}
 */
function backdropFrom(background) {
  const none = { kind: /** @type {const} */ ('none'), rgb: [0, 0, 0], blur: 0 };
  if (background === 'none') return [none, null];
  if ('rgba' in background) return [{ ...none, kind: 'photo' }, background];
  if ('blur' in background) return [{ ...none, kind: 'blur', blur: background.blur }, null];
  return [{ ...none, kind: 'colour', rgb: background }, null];
}

/** @type {typeof import('./index.d.ts').rectangle} */
export function rectangle(photo, left, top, width, height) {
  const hole = new Uint8Array(photo.width * photo.height);
  const [first, end] = [Math.max(0, left), Math.min(photo.width, left + width)];
  for (let y = Math.max(0, top); y < Math.min(photo.height, top + height); y++) {
    if (end > first) hole.fill(1, y * photo.width + first, y * photo.width + end);
  }
  return hole;
}
