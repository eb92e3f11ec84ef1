// The tools, one record each: what stops them, what they ask of the engine, what comes of it.
//
// A tool is added by its record here, its name in `store.js`, its section in index.html with a
// panel that draws it, and its words.

import { NO_AMOUNTS, isEmptyFrame } from './geometry.js';
import { movedShape } from './shapes.js';

/** @import { Engine, JobOptions } from './engine.js' */
/** @import { Coat, ErrorCode, Grid } from './protocol.js' */
/** @import { Hole } from './shapes.js' */
/** @import { Colourised, Entry, Freshened, Gaps, Photo, Tint, ToolName } from './store.js' */
/** @import { WordKey } from './words.js' */
/**
 * @typedef {object} Task
 * @property {(entry: Entry, hole: Hole | null) => ErrorCode | null} refusal
 * @property {(engine: Engine, entry: Entry, hole: Hole | null, options: JobOptions) =>
 *   Promise<{ change: Partial<Entry>, status: { key: WordKey, words: Gaps } }>} run
 * @property {boolean} isRevealed  whether the result sweeps in from the left
 */

/** What becomes of colours and hints once another tool has changed the photo. */
const UNTINTED = { hints: [], tint: null };

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
        ...UNTINTED,
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
        ...UNTINTED,
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
        ...UNTINTED,
      },
      status: { key: 'unmosaic.done', words },
    };
  },
  isRevealed: false,
};

/** @type {Task} */
const colour = {
  refusal: () => null,
  async run(engine, { photo, hints, tint: before }, _, options) {
    const isAgain = before?.kind === 'colours';
    const source = isAgain ? before.source : photo;
    const { colours, device, millis } = await engine.colours(source, hints, options);
    const names = colours.variants.map(({ name }) => name);
    const [usual = ''] = names;
    const settings = isAgain ? before : { variant: usual, saturation: 1, warmth: 0, strength: 1 };
    const { saturation, warmth, strength } = settings;
    const variant = names.includes(settings.variant) ? settings.variant : usual;
    /** @type {Colourised} */
    const tint = { kind: 'colours', source, colours, variant, saturation, warmth, strength };
    options.onProgress?.('put', 0, 1);
    return {
      change: { photo: await tinted(engine, tint, options.signal), tint },
      status: { key: 'colour.done', words: { device, millis: Math.round(millis) } },
    };
  },
  isRevealed: true,
};

/** Colour's other work, for photos that have colours: undoes their fading. @type {Task} */
export const freshen = {
  refusal: () => null,
  async run(engine, { photo, tint: before }, _, options) {
    const isAgain = before?.kind === 'curves';
    const source = isAgain ? before.source : photo;
    const { curves, device, millis } = await engine.curves(source, options);
    /** @type {Freshened} */
    const tint = { kind: 'curves', source, curves, strength: isAgain ? before.strength : 1 };
    options.onProgress?.('put', 0, 1);
    return {
      change: { photo: await tinted(engine, tint, options.signal), tint, hints: [] },
      status: { key: 'freshen.done', words: { device, millis: Math.round(millis) } },
    };
  },
  isRevealed: true,
};

/**
 * The photo that a tint makes of its source; without a run of the network.
 * @param {Engine} engine @param {Tint} tint @param {AbortSignal} signal
 * @returns {Promise<Photo>}
 */
export async function tinted(engine, tint, signal) {
  const picture = await engine.put(tint.source, coatFrom(tint), signal);
  const made = tint.kind === 'colours' ? 'coloured' : 'freshened';
  return Object.freeze({ ...tint.source, ...picture, made });
}

/** What a tint puts on its source, or on a copy of it. @param {Tint} tint @returns {Coat} */
export function coatFrom(tint) {
  if (tint.kind === 'curves') {
    return { kind: 'curves', ...tint.curves, strength: tint.strength };
  }
  const { colours, variant, saturation, warmth, strength } = tint;
  const { columns, rows, variants } = colours;
  const chosen = variants.find(({ name }) => name === variant) ?? variants[0];
  if (!chosen) throw new Error('colours without a variant');
  return { kind: 'colours', columns, rows, uv: chosen.uv, saturation, warmth, strength };
}

/** @type {Readonly<Record<ToolName, Task>>} */
export const TASKS = { extend, fill, unmosaic, colour };

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
