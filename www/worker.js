// The one worker: owns the wasm module, the weights and the device.
//
// It keeps no photo between jobs; each request brings its pixels and each reply hands the result
// over. Errors with a code are answered; anything else (a panic, memory gone) means the wasm
// instance cannot be trusted any more: it is thrown, the page hears it and starts a new worker.

import { CodedError, codeFromError } from './protocol.js';
import { watchTraffic } from './traffic.js';

/** @import { Colouring, Decibels, Grid, Limits, Origins, Pixels } from './protocol.js' */
/** @import { Reply, Request, Stage } from './protocol.js' */
/** @typedef {typeof import('../pkg/naobu.js')} Naobu */
/** @typedef {{ naobu: Naobu, engine: Promise<import('../pkg/naobu.js').Engine> }} Loaded */
/** @typedef {(stage: Stage, done: number, total: number) => void} OnProgress */
/**
 * @typedef {{ name: string, task: string, file: string, bytes: number, sha256: string }} WeightsEntry
 */

// A module with one SIMD instruction (i8x16.splat): valid only where the engine can run.
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15,
  11,
]);

/** Of a step of an extension: sharp at its size in the strip, on two device pixels each. */
const THUMB_PIXELS = 2.4e4;
/** The longer side of the map that says where the painting was taken from. */
const MAP_CELLS = 256;

/**
 * Answers requests on `scope` for as long as it lives.
 * @param {{ postMessage(reply: Reply, transfer?: Transferable[]): void,
 *   onmessage: ((event: MessageEvent<Request>) => void) | null }} scope
 * @param {() => Promise<Naobu>} loadNaobu
 */
export function serve(scope, loadNaobu) {
  const running = /** @type {Set<number>} */ (new Set());
  /** @type {Promise<Naobu> | null} */
  let loading = null;
  /** @type {import('../pkg/naobu.js').Engine | null} */
  let engine = null;
  /** @type {Promise<void>} */
  let started = Promise.resolve();
  /** @type {Promise<WeightsEntry[]>} */
  let manifest = Promise.resolve([]);
  /** Which of the page's weights extend, if not the first; as the address has it. */
  let extending = '';
  /** The page's weights, fetched when they are first needed, by task. */
  const shipped = /** @type {Map<string, Promise<void>>} */ (new Map());
  /** The tasks that the visitor's own weights are for; for these nothing is fetched. */
  const owned = /** @type {Set<string>} */ (new Set());
  /** Extensions that are to end with the step under way. */
  const ending = /** @type {Set<number>} */ (new Set());
  // Paintings queue up: the device works for one at a time.
  let lastPainting = Promise.resolve();

  /** @param {number} jobId @returns {OnProgress} */
  const progressOf = (jobId) => (stage, done, total) =>
    scope.postMessage({ kind: 'progress', jobId, stage, done, total });

  /**
   * @param {number} jobId @param {import('../pkg/naobu.js').Picture} picture
   * @param {(photo: Pixels) => Decibels} [judge]
   */
  const answerPicture = (jobId, picture, judge) => {
    const map = /** @type {Origins | undefined} */ (picture.origins(MAP_CELLS));
    const photo = pixelsFrom(picture); // Gives the picture up.
    const more = {
      ...(map ? { origins: map } : {}),
      ...(judge ? { decibels: judge(photo) } : {}),
    };
    scope.postMessage({ kind: 'picture', jobId, photo, ...more }, [photo.rgba.buffer]);
  };

  /** @param {Extract<Request, { kind: 'start' }>} request */
  async function start({ jobId, backend, weightsName, own }) {
    const onProgress = progressOf(jobId);
    const download = sharedProgress(onProgress);
    loading = load(loadNaobu, download());
    manifest = fetchManifest();
    extending = weightsName;
    for (const { task } of own) owned.add(task);
    const tellTrained = manifest.then((entries) => {
      const tasks = [...new Set(entries.map(({ task }) => task))];
      const found = tasks.flatMap((task) => entryFor(entries, task, extending) ?? []);
      const weights = found.map(({ task, name, bytes }) => ({ task, name, bytes }));
      scope.postMessage({ kind: 'trained', jobId, weights });
    });
    const weights = owned.has('extend')
      ? Promise.resolve(null)
      : fetchWeights(manifest, 'extend', extending, download());
    for (const each of [tellTrained, weights]) each.catch(() => {}); // Awaited below, or not at all.
    const naobu = await loading;
    const limits = /** @type {Limits} */ (naobu.limits());
    scope.postMessage({ kind: 'loaded', jobId, limits });
    onProgress('device', 0, 1);
    const opened = await naobu.Engine.open(backend);
    const fetched = await weights;
    if (fetched) {
      const { entry, bytes } = fetched;
      await opened.load(entry.name, entry.sha256, bytes);
      shipped.set('extend', Promise.resolve());
    }
    for (const { file, bytes } of own) opened.load_own(file, bytes);
    engine = opened;
    scope.postMessage({
      kind: 'ready',
      jobId,
      device: opened.device,
      fallback: opened.fallback,
    });
  }

  /** @param {Extract<Request, { kind: 'extend' }>} request */
  async function extend({ jobId, photo, amounts }) {
    const trained = await neededEngineFor('extend', progressOf(jobId));
    const { left, top, right, bottom } = amounts;
    const { width, height, rgba } = photo;
    const painting = trained.extend(width, height, rgba, left, top, right, bottom);
    await paint(jobId, painting, (done) => {
      const [left = 0, top = 0, right = 0, bottom = 0] = painting.grown;
      const thumb = pixelsFrom(painting.thumbnail(THUMB_PIXELS));
      const step = { grown: { left, top, right, bottom }, thumb };
      scope.postMessage({ kind: 'step', jobId, done, step }, [thumb.rgba.buffer]);
    });
  }

  /** @param {Extract<Request, { kind: 'fill' }>} request */
  async function fill({ jobId, photo, hole, featherPx }) {
    if (!loading) throw new CodedError('download-failed', 'the engine has not started');
    const naobu = await loading;
    const { width, height, rgba } = photo;
    const trained = await engineFor('fill', progressOf(jobId));
    const painter = trained ?? naobu;
    await paint(jobId, painter.fill(width, height, rgba, hole, featherPx));
  }

  /**
   * The engine with the weights for a task: the visitor's own, or the page's, fetched when first
   * needed; `null` where none are trained for it.
   * @param {string} task @param {OnProgress} onProgress
   */
  async function engineFor(task, onProgress) {
    const isOwn = owned.has(task);
    const entries = isOwn ? [] : await manifest.catch(() => []);
    if (!isOwn && !entries.some((entry) => entry.task === task)) return null;
    const opened = await startedEngine();
    if (isOwn) return opened;
    const onBytes = sharedProgress(onProgress)();
    const loaded =
      shipped.get(task) ??
      fetchWeights(manifest, task, extending, onBytes).then(({ entry, bytes }) =>
        opened.load(entry.name, entry.sha256, bytes),
      );
    shipped.set(task, loaded);
    await loaded.catch((error) => {
      shipped.delete(task); // To be tried again.
      throw error;
    });
    return opened;
  }

  async function startedEngine() {
    await started.catch(() => {}); // Why it failed was told.
    if (!engine) throw new CodedError('weights-missing', 'the engine has not started');
    return engine;
  }

  /** @param {Extract<Request, { kind: 'load-own' }>} request */
  async function loadOwn({ jobId, file, bytes }) {
    const opened = await startedEngine();
    const card = /** @type {{ name: string, task: string }} */ (opened.load_own(file, bytes));
    const { name, task } = card;
    if (owned.has(task)) {
      // The engine gives the last up first. Now that the new ones are known to be good, both go, so
      // that the old ones do not stay beneath.
      opened.unload(task);
      opened.unload(task);
      opened.load_own(file, bytes);
    }
    owned.add(task);
    scope.postMessage({ kind: 'own', jobId, task, name });
  }

  /** @param {Extract<Request, { kind: 'give-up' }>} request */
  async function giveUp({ jobId, task }) {
    await started.catch(() => {});
    if (owned.delete(task)) engine?.unload(task);
    scope.postMessage({ kind: 'given-up', jobId });
  }

  /** @param {Extract<Request, { kind: 'find-mosaic' }>} request */
  async function findMosaic({ jobId, photo, hole }) {
    if (!loading) throw new CodedError('download-failed', 'the engine has not started');
    const naobu = await loading;
    if (!running.has(jobId)) return;
    const { width, height, rgba } = photo;
    const found = /** @type {any} */ (naobu.find_mosaic(width, height, rgba, hole));
    const pair = (/** @type {Float32Array} */ [a = 0, b = 0]) => /** @type {const} */ ([a, b]);
    const { confidence } = found;
    const mosaic = {
      cell: pair(found.cell),
      phase: pair(found.phase),
      confidence,
      spans: [...found.spans],
    };
    scope.postMessage({ kind: 'mosaic', jobId, mosaic });
  }

  /** @param {Extract<Request, { kind: 'unmosaic' }>} request */
  async function unmosaic({ jobId, photo, hole, grid, detail, truth }) {
    const naobu = await loaded();
    const painter = (await engineFor('unmosaic', progressOf(jobId))) ?? naobu;
    progressOf(jobId)('paint', 0, 1);
    await nextTask();
    if (!running.has(jobId)) return;
    const { width, height, rgba } = photo;
    const [cell, phase] = numbersOf(grid);
    const picture = await painter.unmosaic(width, height, rgba, hole, cell, phase, detail);
    if (!running.has(jobId) || !truth) return answerPicture(jobId, picture);
    const psnr = (/** @type {Uint8Array} */ other) =>
      naobu.psnr(width, height, truth.rgba, other, hole);
    answerPicture(jobId, picture, (guess) => ({ guess: psnr(guess.rgba), mosaic: psnr(rgba) }));
  }

  /** @param {Extract<Request, { kind: 'pixelate' }>} request */
  async function pixelate({ jobId, photo, hole, grid }) {
    const naobu = await loaded();
    if (!running.has(jobId)) return;
    const { width, height, rgba } = photo;
    const [cell, phase] = numbersOf(grid);
    answerPicture(jobId, naobu.pixelate(width, height, rgba, hole, cell, phase));
  }

  /** @param {Extract<Request, { kind: 'colouring' }>} request */
  async function colouring({ jobId, photo }) {
    const naobu = await loaded();
    if (!running.has(jobId)) return;
    const { width, height, rgba } = photo;
    const found = /** @type {Colouring} */ (naobu.colouring(width, height, rgba));
    scope.postMessage({ kind: 'colouring', jobId, colouring: found });
  }

  /** @param {Extract<Request, { kind: 'colours' }>} request */
  async function colours({ jobId, photo, hints }) {
    const trained = await neededEngineFor('colorize', progressOf(jobId));
    progressOf(jobId)('colours', 0, 1);
    await nextTask();
    if (!running.has(jobId)) return;
    const { width, height, rgba } = photo;
    const known = Float32Array.from(hints.flatMap(({ x, y, rgb }) => [x, y, ...rgb]));
    const found = /** @type {any} */ (await trained.colours(width, height, rgba, known));
    const { columns, rows, variants } = found;
    const answer = { columns, rows, variants };
    scope.postMessage({ kind: 'colours', jobId, colours: answer });
  }

  /** @param {Extract<Request, { kind: 'curves' }>} request */
  async function curves({ jobId, photo }) {
    const trained = await neededEngineFor('defade', progressOf(jobId));
    progressOf(jobId)('curves', 0, 1);
    await nextTask();
    if (!running.has(jobId)) return;
    const { width, height, rgba } = photo;
    const found = /** @type {any} */ (await trained.curves(width, height, rgba));
    scope.postMessage({ kind: 'curves', jobId, curves: found });
  }

  /** @param {Extract<Request, { kind: 'put' }>} request */
  async function put({ jobId, photo, coat }) {
    const naobu = await loaded();
    await nextTask();
    if (!running.has(jobId)) return;
    const { width, height, rgba } = photo;
    const { columns, rows, strength } = coat;
    const picture =
      coat.kind === 'curves'
        ? naobu.put_curves(width, height, rgba, columns, rows, coat.points, strength)
        : naobu.put_colours(
            width,
            height,
            rgba,
            columns,
            rows,
            coat.uv,
            coat.saturation,
            coat.warmth,
            strength,
          );
    answerPicture(jobId, picture);
  }

  /** @param {Extract<Request, { kind: 'shrink' }>} request */
  async function shrink({ jobId, photo, mostPixels }) {
    const naobu = await loaded();
    if (!running.has(jobId)) return;
    const { width, height, rgba } = photo;
    answerPicture(jobId, naobu.shrink(width, height, rgba, mostPixels));
  }

  async function loaded() {
    if (!loading) throw new CodedError('download-failed', 'the engine has not started');
    return loading;
  }

  /** As `engineFor`, where nothing can be done without weights. @param {string} task @param {OnProgress} onProgress */
  async function neededEngineFor(task, onProgress) {
    const trained = await engineFor(task, onProgress);
    if (!trained) throw new CodedError('weights-missing', `no weights for ${task}`);
    return trained;
  }

  /**
   * Takes a painting step by step to its end, unless it is cancelled between two of them, or is to
   * end there with what is done.
   * @param {number} jobId
   * @param {import('../pkg/naobu.js').Extension | import('../pkg/naobu.js').Filling} painting
   * @param {(done: number) => void} [onStep]  called before the first step and after each
   */
  async function paint(jobId, painting, onStep) {
    const onProgress = progressOf(jobId);
    let isFinished = false;
    try {
      const steps = painting.steps;
      onStep?.(0);
      for (let done = 0; done < steps; done++) {
        onProgress('paint', done, steps);
        await nextTask();
        if (!running.has(jobId)) return;
        if (done > 0 && ending.has(jobId)) break;
        await painting.step();
        onStep?.(done + 1);
      }
      onProgress('blend', steps, steps);
      await nextTask();
      if (!running.has(jobId)) return;
      isFinished = true; // Finishing gives the painting up.
      answerPicture(jobId, painting.finish());
    } finally {
      if (!isFinished) painting.free();
    }
  }

  /** Paints when all before it has been painted. @param {() => Promise<void>} work */
  function inTurn(work) {
    lastPainting = lastPainting.catch(() => {}).then(work);
    return lastPainting;
  }

  /** @param {Request} request */
  async function answer(request) {
    switch (request.kind) {
      case 'start':
        return (started = start(request));
      case 'decode':
        if (!loading) throw new CodedError('download-failed', 'the engine has not started');
        return answerPicture(request.jobId, (await loading).decode(request.bytes));
      case 'extend':
        return inTurn(() => extend(request));
      case 'fill':
        return inTurn(() => fill(request));
      case 'find-mosaic':
        return inTurn(() => findMosaic(request));
      case 'unmosaic':
        return inTurn(() => unmosaic(request));
      case 'pixelate':
        return inTurn(() => pixelate(request));
      case 'colouring':
        return inTurn(() => colouring(request));
      case 'colours':
        return inTurn(() => colours(request));
      case 'curves':
        return inTurn(() => curves(request));
      case 'put':
        return inTurn(() => put(request));
      case 'shrink':
        return inTurn(() => shrink(request));
      case 'load-own':
        return inTurn(() => loadOwn(request));
      case 'give-up':
        return inTurn(() => giveUp(request));
      case 'encode': {
        if (!loading) throw new CodedError('download-failed', 'the engine has not started');
        const { jobId, photo, format, quality } = request;
        const naobu = await loading;
        const bytes = naobu.encode(photo.width, photo.height, photo.rgba, format, quality);
        return scope.postMessage({ kind: 'file', jobId, bytes }, [bytes.buffer]);
      }
      case 'keep':
        return void (running.has(request.jobId) && ending.add(request.jobId));
      case 'cancel':
        running.delete(request.jobId);
    }
  }

  scope.onmessage = async ({ data: request }) => {
    const isAboutAnother = request.kind === 'cancel' || request.kind === 'keep';
    if (!isAboutAnother) running.add(request.jobId);
    try {
      await answer(request);
    } catch (error) {
      const code = codeFromError(error);
      if (!code) throw error;
      const message = error instanceof Error ? error.message : String(error);
      scope.postMessage({ kind: 'failed', jobId: request.jobId, code, message });
    } finally {
      if (request.kind !== 'keep') {
        running.delete(request.jobId);
        ending.delete(request.jobId);
      }
    }
  };
}

/** Gives the picture up: it must not be freed as well. @param {import('../pkg/naobu.js').Picture} picture */
function pixelsFrom(picture) {
  const { width, height } = picture;
  return { width, height, rgba: /** @type {Uint8Array<ArrayBuffer>} */ (picture.take_rgba()) };
}

/** @param {Grid} grid @returns {[cell: Float32Array, phase: Float32Array]} */
function numbersOf({ cell, phase }) {
  return [Float32Array.from(cell), Float32Array.from(phase)];
}

/**
 * Lets waiting messages (a cancel, above all) in before going on.
 * @returns {Promise<void>}
 */
function nextTask() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Several downloads reported as one: the sums of what is done and of what is known to come.
 * @param {OnProgress} onProgress
 */
function sharedProgress(onProgress) {
  const parts = /** @type {{ done: number, total: number }[]} */ ([]);
  return () => {
    const part = { done: 0, total: 0 };
    parts.push(part);
    return (/** @type {number} */ done, /** @type {number} */ total) => {
      Object.assign(part, { done, total });
      const isKnown = parts.every(({ total }) => total > 0);
      const sum = (/** @type {'done' | 'total'} */ key) =>
        parts.reduce((so_far, each) => so_far + each[key], 0);
      onProgress('download', sum('done'), isKnown ? sum('total') : 0);
    };
  };
}

/**
 * @param {() => Promise<Naobu>} loadNaobu
 * @param {(done: number, total: number) => void} onBytes
 */
async function load(loadNaobu, onBytes) {
  if (!WebAssembly.validate(SIMD_PROBE)) throw new CodedError('no-simd');
  const url = new URL('../pkg/naobu_bg.wasm', import.meta.url);
  const response = await download(url, 'default');
  const counted = new Response(countedStream(response, onBytes), {
    headers: { 'content-type': 'application/wasm' },
  });
  try {
    const naobu = await loadNaobu();
    await naobu.default({ module_or_path: counted });
    return naobu;
  } catch (error) {
    throw new CodedError('download-failed', `the engine's module: ${error}`);
  }
}

const MANIFEST = new URL('./weights/manifest.json', import.meta.url);

/** @returns {Promise<WeightsEntry[]>} */
async function fetchManifest() {
  const response = await download(MANIFEST, 'no-cache');
  const manifest = await response.json().catch(() => {
    throw new CodedError('weights-damaged', 'the manifest is not JSON');
  });
  return manifest?.weights ?? [];
}

/**
 * The weights of the page for a task: the first, but those named `extending`, if any, to extend.
 * @param {readonly WeightsEntry[]} entries @param {string} task @param {string} extending
 */
function entryFor(entries, task, extending) {
  const name = task === 'extend' ? extending : '';
  return entries.find((each) => (name ? each.name === name : each.task === task));
}

/**
 * An entry of the manifest and its bytes, of the announced length; the engine checks the SHA-256.
 * @param {Promise<WeightsEntry[]>} manifest @param {string} task
 * @param {string} extending  see `entryFor`
 * @param {(done: number, total: number) => void} onBytes
 * @returns {Promise<{ entry: WeightsEntry, bytes: Uint8Array }>}
 */
async function fetchWeights(manifest, task, extending, onBytes) {
  const entry = entryFor(await manifest, task, extending);
  if (!entry) throw new CodedError('weights-missing', `no weights for ${task} ${extending}`);
  const response = await download(new URL(entry.file, MANIFEST), 'no-cache');
  onBytes(0, entry.bytes);
  const counted = countedStream(response, (done) => onBytes(done, entry.bytes));
  const bytes = new Uint8Array(await new Response(counted).arrayBuffer());
  if (bytes.length !== entry.bytes) {
    const found = `${bytes.length} bytes instead of ${entry.bytes}`;
    throw new CodedError('weights-damaged', `${entry.name}: ${found}`);
  }
  return { entry, bytes };
}

/** @param {URL} url @param {RequestCache} cache */
async function download(url, cache) {
  const response = await fetch(url, { cache }).catch((error) => {
    throw new CodedError('download-failed', `${error}: ${url}`);
  });
  if (!response.ok) throw new CodedError('download-failed', `HTTP ${response.status}: ${url}`);
  return response;
}

/**
 * The body of `response`, counted as it passes. The total is 0 where it is not known: the length
 * of a compressed answer is not that of its content.
 * @param {Response} response @param {(done: number, total: number) => void} onBytes
 */
function countedStream(response, onBytes) {
  const isPlain = !response.headers.get('content-encoding');
  const total = isPlain ? Number(response.headers.get('content-length') ?? 0) : 0;
  let done = 0;
  const counter = new TransformStream({
    transform(/** @type {Uint8Array} */ chunk, controller) {
      done += chunk.length;
      onBytes(done, total);
      controller.enqueue(chunk);
    },
  });
  return (response.body ?? new ReadableStream()).pipeThrough(counter);
}

if (
  typeof DedicatedWorkerGlobalScope === 'function' &&
  self instanceof DedicatedWorkerGlobalScope
) {
  // A rejection nobody waits for does not reach the page by itself; an error does.
  self.addEventListener('unhandledrejection', (event) => reportError(event.reason));
  watchTraffic((traffic) => self.postMessage({ kind: 'traffic', traffic }));
  serve(self, () => import('../pkg/naobu.js'));
}
