// The tools, one record each: what stops them, what they ask of the engine, what comes of it.
//
// A tool is added by its record here, its name in `store.js`, its section in index.html with a
// panel that draws it, and its words.

import { NO_AMOUNTS, isEmptyFrame } from './geometry.js';
import { movedShape } from './shapes.js';

/** @import { Engine, JobOptions } from './engine.js' */
/** @import { ErrorCode, Grid } from './protocol.js' */
/** @import { Hole } from './shapes.js' */
/** @import { Entry, Gaps, ToolName } from './store.js' */
/** @import { WordKey } from './words.js' */
/**
 * @typedef {object} Task
 * @property {(entry: Entry, hole: Hole | null) => ErrorCode | null} refusal
 * @property {(engine: Engine, entry: Entry, hole: Hole | null, options: JobOptions) =>
 *   Promise<{ change: Partial<Entry>, status: { key: WordKey, words: Gaps } }>} run
 * @property {boolean} isRevealed  whether the result sweeps in from the left
 */

/** @type {Task} */
const extend = {
  refusal: ({ frame }) => (isEmptyFrame(frame) ? 'extension-empty' : null),
  async run(engine, { photo, frame, shapes }, _, options) {
    const { picture, device, millis } = await engine.extend(photo, frame, options);
    const original = {
      ...photo.original,
      x: photo.original.x + frame.left,
      y: photo.original.y + frame.top,
    };
    const { width, height } = picture;
    return {
      change: {
        photo: Object.freeze({ ...photo, ...picture, original, made: 'extended' }),
        frame: NO_AMOUNTS,
        shapes: shapes.map((shape) => movedShape(shape, { x: frame.left, y: frame.top })),
        grid: null,
      },
      status: { key: 'result.done', words: { width, height, device, millis: Math.round(millis) } },
    };
  },
  isRevealed: true,
};

/** @type {Task} */
const fill = {
  refusal(_, hole) {
    const count = hole?.count() ?? 0;
    if (!hole || count === 0) return 'hole-empty';
    return count === hole.pixels.length ? 'hole-full' : null;
  },
  async run(engine, { photo, featherPx }, hole, options) {
    if (!hole) throw new Error('a hole that was not refused');
    const percent = percentText(hole.count() / hole.pixels.length);
    const { picture, millis } = await engine.fill(photo, hole.pixels, featherPx, options);
    return {
      change: {
        photo: Object.freeze({ ...photo, ...picture, made: 'filled' }),
        shapes: [],
        grid: null,
      },
      status: { key: 'fill.done', words: { percent, millis: Math.round(millis) } },
    };
  },
  isRevealed: false,
};

/** @type {Task} */
const unmosaic = {
  refusal: (_, hole) => (hole && hole.count() > 0 ? null : 'hole-empty'),
  async run(engine, { photo, grid }, hole, options) {
    if (!hole) throw new Error('a hole that was not refused');
    const cells = grid ?? (await engine.findMosaic(photo, hole.pixels, options.signal));
    const { picture, millis } = await engine.unmosaic(photo, hole.pixels, cells, options);
    const words = { cell: cellText(cells), millis: Math.round(millis) };
    return {
      change: {
        photo: Object.freeze({ ...photo, ...picture, made: 'unmosaic' }),
        shapes: [],
        grid: null,
      },
      status: { key: 'unmosaic.done', words },
    };
  },
  isRevealed: false,
};

/** @type {Readonly<Record<ToolName, Task>>} */
export const TASKS = { extend, fill, unmosaic };

/**
 * What a search for a mosaic changes: the cells under what is drawn, or, where nothing is, all of
 * the mosaic that the photo has.
 * @param {Engine} engine @param {Entry} entry @param {Hole | null} hole @param {AbortSignal} signal
 * @returns {Promise<Partial<Entry>>}
 */
export async function searchedMosaic(engine, { photo }, hole, signal) {
  const drawn = hole && hole.count() > 0 ? hole.pixels : null;
  const { cell, phase, spans } = await engine.findMosaic(photo, drawn, signal);
  const grid = { cell, phase };
  return drawn ? { grid } : { grid, shapes: [{ kind: 'spans', pen: 'add', spans }] };
}

/** The sides of a cell, as people say them: "12", "11.4", "12 × 9.5". @param {Grid} grid */
export function cellText({ cell }) {
  const [width, height] = cell.map((side) => String(Math.round(side * 10) / 10));
  return width === height ? String(width) : `${width} × ${height}`;
}

/** A share in per cent, with a decimal where it is small. @param {number} share */
export function percentText(share) {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '< 0.1';
  return percent < 10 ? percent.toFixed(1) : String(Math.round(percent));
}
