// The tools, one record each: what stops them, what they ask of the engine, what comes of it.
//
// A tool is added by its record here, its name in `store.js`, its section in index.html with a
// panel that draws it, and its words.

import { NO_AMOUNTS, isEmptyFrame, scaledAmounts } from './drawing/geometry.js';
import { enlargedShape, movedShape } from './drawing/shapes.js';
import { croppedInPieces } from './engine/pieces.js';
import { CodedError } from './engine/protocol.js';
import { shelved } from './history/shelf.js';
import { FORGOTTEN } from './history/steps.js';
import { croppedPhoto } from './tools/crop.js';

/** @import { Engine, JobOptions } from './engine/engine.js' */
/** @import { Backdrop, Coat, ErrorCode, Grid, Pixels, Stage, Step } from './engine/protocol.js' */
/** @import { Cropping } from './drawing/crop.js' */
/** @import { Hole } from './drawing/shapes.js' */
/** @import { Colourised, Entry, Freshened, Gaps, Photo, State, Strip, Tint, ToolName } from './store.js' */
/** @import { WordKey } from './words.js' */
/**
 * @typedef {JobOptions & { cropping?: Omit<Cropping, 'photo'>, backdrop?: Backdrop, behind?: Pixels | null }}
 *   TaskOptions  `cropping`: for Crop alone; `backdrop` and the photo `behind`: for Cut out
 */
/**
 * @typedef {object} Task
 * @property {(entry: Entry, hole: Hole | null) => ErrorCode | null} refusal
 * @property {(engine: Engine, entry: Entry, hole: Hole | null, options: TaskOptions) =>
 *   Promise<{ change: Partial<Entry>, status: { key: WordKey, words: Gaps } }>} run
 * @property {Stage} [firstStage]  what is told before the engine says what it does; else `paint`
 * @property {boolean} isRevealed  whether the result sweeps in from the left
 * @property {boolean} [isGuess]  whether it can be asked again, for another answer
 * @property {boolean} [hasMethods]  whether another method can be asked in place of our network
 */

/** @type {Task} */
const crop = {
  refusal: () => null,
  async run(_, { photo }, _hole, { cropping }) {
    if (!cropping) throw new CodedError('crop-empty');
    const cropped = await croppedPhoto(photo, cropping);
    const { width, height } = cropped;
    return {
      change: { ...FORGOTTEN, photo: cropped, frame: NO_AMOUNTS, shapes: [], grid: null },
      status: { key: 'crop.done', words: { width, height } },
    };
  },
  firstStage: 'crop',
  isRevealed: false,
};

/** How many times as long the sides become. */
const TIMES = 2;

/**
 * Crop's other work: doubles the sides. What is set and drawn stays in its place.
 * @type {Task}
 */
export const enlarge = {
  refusal: () => null,
  async run(engine, { photo, frame, shapes, growPx }, _, options) {
    const { picture, device, millis } = await engine.enlarge(photo, options).catch((error) => {
      const isLimit = error instanceof CodedError && error.code === 'too-large';
      throw isLimit ? new CodedError('enlarged-too-large', error.message) : error;
    });
    const { original, border, times = 1 } = photo;
    const [x, y] = [original.x * TIMES, original.y * TIMES];
    const place = { x, y, width: original.width * TIMES, height: original.height * TIMES };
    const { width, height } = picture;
    return {
      change: {
        ...FORGOTTEN,
        photo: shelved({
          ...{ ...photo, ...picture, original: place, made: 'enlarged', times: times * TIMES },
          ...(border && { border: scaledAmounts(border, TIMES) }),
        }),
        frame: scaledAmounts(frame, TIMES),
        shapes: shapes.map((shape) => enlargedShape(shape, TIMES)),
        growPx: growPx * TIMES,
        grid: null,
      },
      status: {
        key: device ? 'enlarge.painted' : 'enlarge.done',
        words: { width, height, device, millis: Math.round(millis) },
      },
    };
  },
  isRevealed: true,
};

/** The size of a photo once it is enlarged. @param {{ width: number, height: number }} photo */
export function enlargedSize({ width, height }) {
  return { width: width * TIMES, height: height * TIMES };
}

/** @type {Task} */
const extend = {
  refusal: ({ frame }) => (isEmptyFrame(frame) ? 'extension-empty' : null),
  async run(engine, { photo, frame, shapes }, _, options) {
    const steps = /** @type {Step[]} */ ([]);
    const onStep = (/** @type {Step} */ step, /** @type {number} */ done) => {
      steps.length = done; // Another device may have begun anew.
      steps.push(step);
      options.onStep?.(step, done);
    };
    const painted = await engine.extend(photo, frame, { ...options, onStep });
    const { picture, origins, device, millis } = painted;
    // Less than was asked for where it was stopped.
    const { left: x, top: y } = steps.at(-1)?.grown ?? frame;
    const original = { ...photo.original, x: photo.original.x + x, y: photo.original.y + y };
    const made = /** @type {const} */ ('extended');
    const { method = '' } = options;
    const whole = shelved({ ...photo, ...picture, original, made, border: NO_AMOUNTS, method });
    const { width, height } = picture;
    const at = steps.length - 1;
    return {
      change: {
        ...FORGOTTEN,
        photo: whole,
        frame: NO_AMOUNTS,
        shapes: shapes.map((shape) => movedShape(shape, { x, y })),
        grid: null,
        // One step is what undoing is for.
        origins,
        strip: at > 1 ? Object.freeze({ source: photo, whole, steps, at }) : null,
      },
      status: { key: 'result.done', words: { width, height, device, millis: Math.round(millis) } },
    };
  },
  isRevealed: true,
  isGuess: true,
  hasMethods: true,
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
    const painted = await engine.fill(photo, hole.pixels, featherPx, options);
    const { picture, origins, millis } = painted;
    return {
      change: {
        ...FORGOTTEN,
        photo: shelved({ ...photo, ...picture, made: 'filled', method: options.method ?? '' }),
        shapes: [],
        grid: null,
        origins,
      },
      status: { key: 'fill.done', words: { percent, millis: Math.round(millis) } },
    };
  },
  isRevealed: false,
  isGuess: true,
  hasMethods: true,
};

/** @type {Task} */
const cutout = {
  refusal(_, hole) {
    const count = hole?.count() ?? 0;
    if (!hole || count === 0) return 'cutout-empty';
    return count === hole.pixels.length ? 'cutout-full' : null;
  },
  async run(engine, { photo, shapes }, hole, options) {
    if (!hole) throw new Error('a hole that was not refused');
    const { backdrop = NO_BACKDROP, behind = null } = options;
    const done = await engine.cutOut(photo, hole.pixels, backdrop, behind, options);
    const { picture, millis } = done;
    return {
      change: {
        ...FORGOTTEN,
        photo: shelved({ ...photo, ...picture, made: 'cut-out' }),
        shapes: [],
        grid: null,
        cut: Object.freeze({ source: photo, shapes }),
      },
      status: { key: 'cutout.done', words: { millis: Math.round(millis) } },
    };
  },
  firstStage: 'cut',
  isRevealed: false,
};
/** @type {Backdrop} */
export const NO_BACKDROP = { kind: 'none', rgb: [0, 0, 0], blur: 0 };

/** What the panel's choice of a backdrop asks of the engine. @param {State['backdrop']} choice @returns {Backdrop} */
export function backdropFrom({ kind, colour, blurPercent, photoId }) {
  if (kind === 'photo') return { ...NO_BACKDROP, kind, photoId };
  if (kind === 'blur') return { ...NO_BACKDROP, kind, blur: blurPercent / 100 };
  if (kind === 'none') return NO_BACKDROP;
  return { ...NO_BACKDROP, kind, rgb: [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)) };
}

/** @type {Task} */
const unmosaic = {
  refusal: (_, hole) => (hole && hole.count() > 0 ? null : 'hole-empty'),
  async run(engine, { photo, grid, truth }, hole, options) {
    if (!hole) throw new Error('a hole that was not refused');
    const cells = grid ?? (await engine.findMosaic(photo, hole.pixels, options.signal));
    const hidden = truth?.photo ?? null;
    const done = await engine.unmosaic(photo, hole.pixels, cells, hidden, options);
    const { picture, origins, device, decibels } = done;
    const words = { cell: cellText(cells), device, millis: Math.round(done.millis) };
    return {
      change: {
        ...FORGOTTEN,
        photo: shelved({ ...photo, ...picture, made: 'unmosaic', method: options.method ?? '' }),
        shapes: [],
        grid: null,
        origins,
        truth: truth && decibels ? { ...truth, undone: { mosaic: photo, decibels } } : null,
      },
      status: { key: device ? 'unmosaic.painted' : 'unmosaic.done', words },
    };
  },
  isRevealed: false,
  hasMethods: true,
};

/**
 * How colours that were found are put on a photo at first; what is left out is as usual.
 * @typedef {Pick<Colourised, 'variant' | 'saturation' | 'warmth' | 'strength'>} Look
 */
/** @param {Partial<Look>} look @returns {Task} */
export const colouredWith = (look) => ({
  refusal: () => null,
  async run(engine, { photo, hints, tint: before }, _, options) {
    const isAgain = before?.kind === 'colours';
    const source = isAgain ? before.source : photo;
    const { colours, device, millis } = await engine.colours(source, hints, options);
    const names = colours.variants.map(({ name }) => name);
    const [usual = ''] = names;
    const plain = { variant: usual, saturation: 1, warmth: 0, strength: 1 };
    const settings = isAgain ? before : { ...plain, ...look };
    const { saturation, warmth, strength } = settings;
    const { method = '' } = options;
    const variant = names.includes(settings.variant) ? settings.variant : usual;
    /** @type {Colourised} */
    const tint = {
      ...{ kind: 'colours', source, colours, method },
      ...{ variant, saturation, warmth, strength },
    };
    options.onProgress?.('put', 0, 1);
    return {
      change: { ...FORGOTTEN, hints, photo: await tinted(engine, tint, options.signal), tint },
      status: { key: 'colour.done', words: { device, millis: Math.round(millis) } },
    };
  },
  isRevealed: true,
  hasMethods: true,
});
const colour = colouredWith({});

/**
 * Colour's other work, for photos that have colours: undoes their fading.
 * @param {Partial<Look>} look @returns {Task}
 */
export const freshenedWith = (look) => ({
  refusal: () => null,
  async run(engine, { photo, tint: before }, _, options) {
    const isAgain = before?.kind === 'curves';
    const source = isAgain ? before.source : photo;
    const { curves, device, millis } = await engine.curves(source, options);
    /** @type {Freshened} */
    const tint = {
      kind: 'curves',
      source,
      curves,
      strength: isAgain ? before.strength : (look.strength ?? 1),
    };
    options.onProgress?.('put', 0, 1);
    return {
      change: { ...FORGOTTEN, photo: await tinted(engine, tint, options.signal), tint },
      status: { key: 'freshen.done', words: { device, millis: Math.round(millis) } },
    };
  },
  isRevealed: true,
});
export const freshen = freshenedWith({});

/**
 * The photo that a tint makes of its source; without a run of the network.
 * @param {Engine} engine @param {Tint} tint @param {AbortSignal} signal
 * @returns {Promise<Photo>}
 */
export async function tinted(engine, tint, signal) {
  const picture = await engine.put(tint.source, coatFrom(tint), signal);
  const made =
    tint.kind === 'colours'
      ? /** @type {const} */ ({ made: 'coloured', method: tint.method })
      : /** @type {const} */ ({ made: 'freshened' });
  return shelved({ ...tint.source, ...picture, ...made });
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
export const TASKS = { crop, extend, fill, cutout, unmosaic, colour };

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

/**
 * What a photo shows above all, as what is selected of it; `null` where nothing stands out.
 * @param {Engine} engine @param {Entry} entry @param {JobOptions} options
 * @returns {Promise<Partial<Entry> | null>}
 */
export async function proposedSelection(engine, { photo }, options) {
  const { spans } = await engine.select(photo, [], options);
  if (spans.length === 0) return null;
  return { shapes: [{ kind: 'spans', pen: 'add', spans, clicks: [] }], grid: null };
}

/**
 * The scratches and the dust of a photo, added to what is drawn on it; `null` where there are none.
 * @param {Engine} engine @param {Entry} entry @param {JobOptions} options
 * @returns {Promise<Pick<Entry, 'shapes' | 'grid'> | null>}
 */
export async function foundScratches(engine, { photo, shapes }, options) {
  const { spans } = await engine.findScratches(photo, options);
  if (spans.length === 0) return null;
  return { shapes: [...shapes, { kind: 'spans', pen: 'add', spans, isWorn: true }], grid: null };
}

/**
 * Puts a mosaic on what is drawn, or, where nothing is, on all of the photo; its cells begin at the
 * corner. What it hides is kept, from the first one on.
 * @param {Engine} engine @param {Entry} entry @param {Hole | null} hole @param {number} cellPx
 * @param {AbortSignal} signal
 * @returns {Promise<Partial<Entry>>}
 */
export async function pixelated(engine, { photo, shapes, truth }, hole, cellPx, signal) {
  const { width, height } = photo;
  const isDrawn = hole !== null && hole.count() > 0;
  const { left, top } = (isDrawn && hole.bounds) || { left: 0, top: 0 };
  const pixels = isDrawn ? hole.pixels : new Uint8Array(width * height).fill(1);
  const all = { left: 0, top: 0, right: width, bottom: height };
  /** @type {Grid} */
  const grid = { cell: [cellPx, cellPx], phase: [left % cellPx, top % cellPx] };
  const picture = await engine.pixelate(photo, pixels, grid, signal);
  /** @type {Entry['shapes']} */
  const covered = isDrawn ? shapes : [{ kind: 'rectangle', pen: 'add', box: all }];
  return {
    ...FORGOTTEN,
    photo: shelved({ ...photo, ...picture, made: 'pixelated' }),
    shapes: covered,
    grid,
    truth: Object.freeze({ photo: truth?.photo ?? photo, shapes: covered, undone: null }),
  };
}

/**
 * What going to another step of an extension changes. Every step is a part of the last.
 * @param {Entry} entry @param {number} at
 * @returns {Promise<Partial<Entry>>}
 */
export async function strippedTo({ shapes, photo, strip }, at) {
  if (!strip) throw new Error('no steps to go to');
  const shown = await photoOfStep(strip, at);
  const by = {
    x: shown.original.x - photo.original.x,
    y: shown.original.y - photo.original.y,
  };
  return {
    ...FORGOTTEN,
    photo: shown,
    frame: NO_AMOUNTS,
    shapes: shapes.map((shape) => movedShape(shape, by)),
    grid: null,
    strip: Object.freeze({ ...strip, at }),
  };
}

/** @param {Strip} strip @param {number} at @returns {Promise<Photo>} */
async function photoOfStep(strip, at) {
  const { source, whole, steps } = strip;
  if (at === 0) return source;
  if (at === steps.length - 1) return whole;
  const box = boxOfStep(strip, at);
  const rgba = await croppedInPieces(whole, box);
  const { x, y, ...size } = box;
  const { original } = whole;
  const moved = { ...original, x: original.x - x, y: original.y - y };
  return shelved({ ...whole, ...size, rgba, original: moved });
}

/**
 * Where a step of an extension lies in the last one.
 * @param {Strip} strip @param {number} at
 */
export function boxOfStep({ source, steps }, at) {
  const none = { grown: NO_AMOUNTS };
  const [{ grown: now }, { grown: end }] = [steps[at] ?? none, steps.at(-1) ?? none];
  const width = now.left + source.width + now.right;
  const height = now.top + source.height + now.bottom;
  return { x: end.left - now.left, y: end.top - now.top, width, height };
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

/** A ratio in dB as people read it. @param {number} decibels */
export function decibelText(decibels) {
  if (decibels === Infinity) return '∞';
  return Number.isNaN(decibels) ? '–' : decibels.toFixed(1);
}
