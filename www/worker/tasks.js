// What the worker can do, one record for each request: what it needs, and what it answers.
//
// A task is added by a request and a reply in `protocol.js`, a record here, and a method of
// `engine.js`. Cancels come in before it runs and between the steps of a painting.

import { coloured, compared, curved, cut, framed, marked, picture, tiled } from './handed.js';

/** @import { Amounts, Colouring, Metadata, Origins, Pixels } from '../engine/protocol.js' */
/** @import { OnProgress, Reply, Request, Stage, WithoutJobId } from '../engine/protocol.js' */
/** @import { Needs, Tools } from './weights.js' */
/** @typedef {import('../../pkg/naobu.js').Picture} Picture */
/** @typedef {import('../../pkg/naobu.js').Extension} Extension */
/** @typedef {import('../../pkg/naobu.js').Filling} Filling */
/** @typedef {import('../../pkg/naobu.js').Enlarging} Enlarging */
/** @typedef {Exclude<Request['kind'], 'start' | 'load-own' | 'give-up' | 'keep' | 'cancel'>} TaskKind */
/** @typedef {Extract<Request, { kind: TaskKind }>} TaskRequest */
/** @typedef {WithoutJobId<Reply>} Answer */
/**
 * @typedef {{ isRunning: () => boolean, isEnding: () => boolean, onProgress: OnProgress,
 *   reply: (reply: Answer) => void }} Job
 */
/**
 * A task waits for its turn unless it is done `isAtOnce`, and tells its `stage` if it has only one.
 * @template {TaskKind} Kind
 * @typedef {{ needs: Needs, stage?: Stage, isAtOnce?: boolean,
 *   run: (tools: Tools, request: Extract<Request, { kind: Kind }>, job: Job) =>
 *     Answer | Promise<Answer | undefined> }} Task  answers nothing once it is cancelled
 */

/** Of a step of an extension: sharp at its size in the strip, on two device pixels each. */
const THUMB_PIXELS = 2.4e4;
/** The longer side of the map that says where the painting was taken from. */
const MAP_CELLS = 256;

/** @type {{ [Kind in TaskKind]: Task<Kind> }} */
export const TASKS = {
  decode: {
    needs: {},
    isAtOnce: true,
    run({ naobu }, { bytes, isShrunk }) {
      const opened = isShrunk ? naobu.decode_shrunk(bytes) : naobu.decode(bytes);
      const metadata = /** @type {Metadata | undefined} */ (opened.metadata());
      const border = /** @type {Amounts} */ (opened.border());
      return { ...pictured(opened), border, ...(metadata ? { metadata } : {}) };
    },
  },
  encode: {
    needs: {},
    isAtOnce: true,
    run({ naobu }, { photo, format, quality, metadata }) {
      const { exif, xmp } = metadata ?? {};
      const bytes = naobu.encode(picture(naobu, photo), format, quality, exif, xmp);
      return { kind: 'file', bytes };
    },
  },
  extend: {
    needs: { weights: 'extend' },
    run({ naobu, engine }, { photo, amounts, paintsBorder, seed }, job) {
      const painting = engine.extend(...framed(naobu, photo, amounts), paintsBorder, seed);
      return painted(painting, job, (done) => {
        const [left = 0, top = 0, right = 0, bottom = 0] = painting.grown;
        const thumb = pixelsFrom(painting.thumbnail(THUMB_PIXELS));
        job.reply({ kind: 'step', done, step: { grown: { left, top, right, bottom }, thumb } });
      });
    },
  },
  fill: {
    needs: { weights: 'fill', isOptional: true },
    run({ naobu, painter }, { photo, hole, featherPx, seed }, job) {
      return painted(painter.fill(...marked(naobu, photo, hole), featherPx, seed), job);
    },
  },
  enlarge: {
    needs: { weights: 'enlarge', isOptional: true },
    run: ({ naobu, painter }, { photo }, job) =>
      painted(painter.enlarge(picture(naobu, photo)), job),
  },
  'find-mosaic': {
    needs: {},
    run({ naobu }, { photo, hole }) {
      const [photoIn, holeIn] = hole ? marked(naobu, photo, hole) : [picture(naobu, photo)];
      const found = /** @type {any} */ (naobu.find_mosaic(photoIn, holeIn));
      const { confidence } = found;
      const [cell, phase, spans] = [[...found.cell], [...found.phase], [...found.spans]];
      return { kind: 'mosaic', mosaic: /** @type {any} */ ({ cell, phase, confidence, spans }) };
    },
  },
  unmosaic: {
    needs: { weights: 'unmosaic', isOptional: true },
    stage: 'paint',
    async run({ naobu, painter }, { photo, hole, grid, detail, truth }) {
      const guess = await painter.unmosaic(...tiled(naobu, photo, hole, grid), detail);
      const answer = pictured(guess);
      if (!truth) return answer;
      const psnr = (/** @type {Pixels} */ other) =>
        naobu.psnr(...compared(naobu, truth, other, hole));
      return { ...answer, decibels: { guess: psnr(answer.photo), mosaic: psnr(photo) } };
    },
  },
  pixelate: {
    needs: {},
    run({ naobu }, { photo, hole, grid }) {
      return pictured(naobu.pixelate(...tiled(naobu, photo, hole, grid)));
    },
  },
  select: {
    needs: { weights: 'cutout' },
    stage: 'select',
    async run({ naobu, engine }, { photo, clicks }) {
      const places = clicks.flatMap(({ x, y, isIn }) => [x, y, isIn ? 1 : -1]);
      const spans = await engine.select(picture(naobu, photo), Float32Array.from(places));
      return { kind: 'selection', spans: [...spans] };
    },
  },
  snap: {
    needs: { weights: 'cutout' },
    stage: 'select',
    async run({ naobu, engine }, { photo, hole }) {
      const spans = await engine.snap(...marked(naobu, photo, hole));
      return { kind: 'selection', spans: [...spans] };
    },
  },
  'find-scratches': {
    needs: { weights: 'scratches' },
    stage: 'scratches',
    async run({ naobu, engine }, { photo }) {
      const spans = await engine.scratches(picture(naobu, photo));
      return { kind: 'selection', spans: [...spans] };
    },
  },
  'cut-out': {
    needs: {},
    stage: 'cut',
    run: ({ naobu }, { photo, hole, backdrop, behind }) =>
      pictured(naobu.cut_out(...cut(naobu, photo, hole, backdrop, behind))),
  },
  colouring: {
    needs: {},
    run({ naobu }, { photo }) {
      const colouring = /** @type {Colouring} */ (naobu.colouring(picture(naobu, photo)));
      return { kind: 'colouring', colouring };
    },
  },
  colours: {
    needs: { weights: 'colorize' },
    stage: 'colours',
    async run({ naobu, engine }, { photo, hints }) {
      const known = Float32Array.from(
        hints.flatMap(({ x, y, rgb, reach = 1 }) => [x, y, ...rgb, reach]),
      );
      const found = /** @type {any} */ (await engine.colours(picture(naobu, photo), known));
      const { columns, rows, variants } = found;
      return { kind: 'colours', colours: { columns, rows, variants } };
    },
  },
  curves: {
    needs: { weights: 'defade' },
    stage: 'curves',
    async run({ naobu, engine }, { photo }) {
      const curves = /** @type {any} */ (await engine.curves(picture(naobu, photo)));
      return { kind: 'curves', curves };
    },
  },
  put: {
    needs: {},
    run({ naobu }, { photo, coat }) {
      if (coat.kind === 'curves') {
        return pictured(naobu.put_curves(...curved(naobu, photo, coat), coat.strength));
      }
      const { saturation, warmth, strength } = coat;
      const handed = coloured(naobu, photo, coat);
      return pictured(naobu.put_colours(...handed, saturation, warmth, strength));
    },
  },
  shrink: {
    needs: {},
    run: ({ naobu }, { photo, mostPixels }) =>
      pictured(naobu.shrink(picture(naobu, photo), mostPixels)),
  },
};

/**
 * Takes a painting step by step to its end, unless it is cancelled between two of them, or is to
 * end there with what is done.
 * @param {Extension | Filling | Enlarging} painting @param {Job} job
 * @param {(done: number) => void} [onStep]  called before the first step and after each
 */
async function painted(painting, job, onStep) {
  let isFinished = false;
  try {
    const steps = painting.steps;
    onStep?.(0);
    for (let done = 0; done < steps; done++) {
      job.onProgress('paint', done, steps);
      await nextTask();
      if (!job.isRunning()) return undefined;
      if (done > 0 && job.isEnding()) break;
      await painting.step();
      onStep?.(done + 1);
    }
    job.onProgress('blend', steps, steps);
    await nextTask();
    if (!job.isRunning()) return undefined;
    isFinished = true; // Finishing gives the painting up.
    return pictured(painting.finish());
  } finally {
    if (!isFinished) painting.free();
  }
}

/**
 * Lets waiting messages (a cancel, above all) in before going on.
 * @returns {Promise<void>}
 */
export function nextTask() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The answer that a result is. @param {Picture} result */
function pictured(result) {
  const map = /** @type {Origins | undefined} */ (result.origins(MAP_CELLS));
  const photo = pixelsFrom(result); // Gives the result up.
  return { kind: /** @type {const} */ ('picture'), photo, ...(map ? { origins: map } : {}) };
}

/** Gives the result up: it must not be freed as well. @param {Picture} result @returns {Pixels} */
function pixelsFrom(result) {
  const { width, height } = result;
  return { width, height, rgba: result.take_rgba() };
}
