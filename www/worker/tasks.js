// What the worker can do, one record for each request: what it needs, and what it answers.
//
// A task is added by a request and a reply in `protocol.js`, a record here, and a method of
// `engine.js`. Cancels come in before it runs and between the steps of a painting.

/** @import { Colouring, Grid, Origins, Pixels } from '../engine/protocol.js' */
/** @import { OnProgress, Reply, Request, Stage, WithoutJobId } from '../engine/protocol.js' */
/** @import { Needs, Tools } from './weights.js' */
/** @typedef {import('../../pkg/naobu.js').Picture} Picture */
/** @typedef {import('../../pkg/naobu.js').Extension} Extension */
/** @typedef {import('../../pkg/naobu.js').Filling} Filling */
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
    run: ({ naobu }, { bytes }) => pictured(naobu.decode(bytes)),
  },
  encode: {
    needs: {},
    isAtOnce: true,
    run({ naobu }, { photo, format, quality }) {
      return { kind: 'file', bytes: naobu.encode(...sized(photo), format, quality) };
    },
  },
  extend: {
    needs: { weights: 'extend' },
    run({ engine }, { photo, amounts }, job) {
      const { left, top, right, bottom } = amounts;
      const painting = engine.extend(...sized(photo), left, top, right, bottom);
      return painted(painting, job, (done) => {
        const [left = 0, top = 0, right = 0, bottom = 0] = painting.grown;
        const thumb = pixelsFrom(painting.thumbnail(THUMB_PIXELS));
        job.reply({ kind: 'step', done, step: { grown: { left, top, right, bottom }, thumb } });
      });
    },
  },
  fill: {
    needs: { weights: 'fill', isOptional: true },
    run({ painter }, { photo, hole, featherPx }, job) {
      return painted(painter.fill(...sized(photo), hole, featherPx), job);
    },
  },
  'find-mosaic': {
    needs: {},
    run({ naobu }, { photo, hole }) {
      const found = /** @type {any} */ (naobu.find_mosaic(...sized(photo), hole));
      const { confidence } = found;
      const [cell, phase, spans] = [[...found.cell], [...found.phase], [...found.spans]];
      return { kind: 'mosaic', mosaic: /** @type {any} */ ({ cell, phase, confidence, spans }) };
    },
  },
  unmosaic: {
    needs: { weights: 'unmosaic', isOptional: true },
    stage: 'paint',
    async run({ naobu, painter }, { photo, hole, grid, detail, truth }) {
      const picture = await painter.unmosaic(...sized(photo), hole, ...numbersOf(grid), detail);
      const answer = pictured(picture);
      if (!truth) return answer;
      const psnr = (/** @type {Uint8Array} */ rgba) => naobu.psnr(...sized(truth), rgba, hole);
      return { ...answer, decibels: { guess: psnr(answer.photo.rgba), mosaic: psnr(photo.rgba) } };
    },
  },
  pixelate: {
    needs: {},
    run({ naobu }, { photo, hole, grid }) {
      return pictured(naobu.pixelate(...sized(photo), hole, ...numbersOf(grid)));
    },
  },
  colouring: {
    needs: {},
    run({ naobu }, { photo }) {
      const colouring = /** @type {Colouring} */ (naobu.colouring(...sized(photo)));
      return { kind: 'colouring', colouring };
    },
  },
  colours: {
    needs: { weights: 'colorize' },
    stage: 'colours',
    async run({ engine }, { photo, hints }) {
      const known = Float32Array.from(hints.flatMap(({ x, y, rgb }) => [x, y, ...rgb]));
      const found = /** @type {any} */ (await engine.colours(...sized(photo), known));
      const { columns, rows, variants } = found;
      return { kind: 'colours', colours: { columns, rows, variants } };
    },
  },
  curves: {
    needs: { weights: 'defade' },
    stage: 'curves',
    async run({ engine }, { photo }) {
      const curves = /** @type {any} */ (await engine.curves(...sized(photo)));
      return { kind: 'curves', curves };
    },
  },
  put: {
    needs: {},
    run({ naobu }, { photo, coat }) {
      const { columns, rows, strength } = coat;
      const grid = /** @type {const} */ ([...sized(photo), columns, rows]);
      return pictured(
        coat.kind === 'curves'
          ? naobu.put_curves(...grid, coat.points, strength)
          : naobu.put_colours(...grid, coat.uv, coat.saturation, coat.warmth, strength),
      );
    },
  },
  shrink: {
    needs: {},
    run: ({ naobu }, { photo, mostPixels }) => pictured(naobu.shrink(...sized(photo), mostPixels)),
  },
};

/**
 * Takes a painting step by step to its end, unless it is cancelled between two of them, or is to
 * end there with what is done.
 * @param {Extension | Filling} painting @param {Job} job
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

/** The answer that a picture is. @param {Picture} picture */
function pictured(picture) {
  const map = /** @type {Origins | undefined} */ (picture.origins(MAP_CELLS));
  const photo = pixelsFrom(picture); // Gives the picture up.
  return { kind: /** @type {const} */ ('picture'), photo, ...(map ? { origins: map } : {}) };
}

/** Gives the picture up: it must not be freed as well. @param {Picture} picture @returns {Pixels} */
function pixelsFrom(picture) {
  const { width, height } = picture;
  return { width, height, rgba: picture.take_rgba() };
}

/** @param {Pixels} photo */
function sized({ width, height, rgba }) {
  return /** @type {const} */ ([width, height, rgba]);
}

/** @param {Grid} grid */
function numbersOf({ cell, phase }) {
  return /** @type {const} */ ([Float32Array.from(cell), Float32Array.from(phase)]);
}
