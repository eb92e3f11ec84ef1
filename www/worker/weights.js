// What the worker computes with: the wasm module, a device, and the weights on it.
//
// The start fetches what extends; weights for other tasks are fetched when first needed. Where the
// visitor has own ones for a task, those of the page are not fetched. A method is fetched when it is
// first asked for by its name, and in no other case.

import { CodedError } from '../engine/protocol.js';
import { counted, download, sharedProgress } from './download.js';

/** @import { Limits, OnProgress, Request } from '../engine/protocol.js' */
/** @import { OnBytes } from './download.js' */
/** @import { Job } from './tasks.js' */
/** @typedef {typeof import('../../pkg/naobu.js')} Naobu */
/** @typedef {import('../../pkg/naobu.js').Engine} Engine */
/**
 * @typedef {{ name: string, task: string, file: string, bytes: number, sha256: string,
 *   licence: string, work?: string }} WeightsEntry  with a `work` it is a method
 */
/**
 * The weights that a task cannot do without, or, if `isOptional`, goes better with.
 * @typedef {{ weights?: string, isOptional?: boolean }} Needs
 * `engine` has them; `painter` is the engine, or the module where no weights are trained.
 * @typedef {{ naobu: Naobu, engine: Engine, painter: Engine | Naobu }} Tools
 */

// A module with one SIMD instruction (i8x16.splat): valid only where the engine can run.
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15,
  11,
]);
const MANIFEST = new URL('../weights/manifest.json', import.meta.url);

export class Loaded {
  #loadNaobu;
  /** @type {Promise<Naobu> | null} */
  #naobu = null;
  /** @type {Engine | null} */
  #engine = null;
  /** @type {Promise<void>} */
  #started = Promise.resolve();
  /** @type {Promise<WeightsEntry[]>} */
  #manifest = Promise.resolve([]);
  /** Which of the page's weights extend, if not the first; as the address has it. */
  #extending = '';
  /** The page's weights, fetched when they are first needed, by task. */
  #shipped = /** @type {Map<string, Promise<void>>} */ (new Map());
  /** The tasks that the visitor's own weights are for; for these nothing is fetched. */
  #owned = /** @type {Set<string>} */ (new Set());
  /** The methods that were asked for, by name. */
  #methods = /** @type {Map<string, Promise<void>>} */ (new Map());

  /** @param {() => Promise<Naobu>} loadNaobu */
  constructor(loadNaobu) {
    this.#loadNaobu = loadNaobu;
  }

  /**
   * Loads the module and what extends, opens the device, and tells each as soon as it is there.
   * @param {Extract<Request, { kind: 'start' }>} request @param {Job} job
   */
  start(request, job) {
    this.#started = this.#start(request, job);
    return this.#started;
  }

  /** @param {Extract<Request, { kind: 'start' }>} request @param {Job} job */
  async #start({ backend, weightsName, own }, job) {
    const onBytes = sharedProgress(job.onProgress);
    this.#naobu = loadModule(this.#loadNaobu, onBytes());
    this.#manifest = fetchManifest();
    this.#extending = weightsName;
    for (const { task } of own) this.#owned.add(task);
    const told = this.#tellTrained(job);
    const fetched = this.#owned.has('extend') ? null : this.#fetch('extend', onBytes());
    for (const each of [told, fetched]) each?.catch(() => {}); // Awaited below, or not at all.
    const naobu = await this.#naobu;
    job.reply({ kind: 'loaded', limits: /** @type {Limits} */ (naobu.limits()) });
    job.onProgress('device', 0, 1);
    const engine = await naobu.Engine.open(backend);
    const weights = await fetched;
    if (weights) {
      await engine.load(weights.name, weights.sha256, weights.bytes);
      this.#shipped.set('extend', Promise.resolve());
    }
    for (const { file, bytes } of own) engine.load_own(file, bytes);
    this.#engine = engine;
    job.reply({ kind: 'ready', device: engine.device, fallback: engine.fallback });
  }

  /** @param {Job} job */
  async #tellTrained(job) {
    const entries = await this.#manifest;
    const tasks = [...new Set(entries.map(({ task }) => task))];
    const found = tasks.flatMap((task) => this.#entryFor(entries, task) ?? []);
    const weights = found.map(({ task, name, bytes }) => ({ task, name, bytes }));
    const methods = entries.flatMap(({ task, name, bytes, file, work, licence }) => {
      const isLoaded = this.#methods.has(name);
      return work ? { task, name, bytes, file, work, licence, isLoaded } : [];
    });
    job.reply({ kind: 'trained', weights, methods });
  }

  /**
   * Waits for what a task needs, and fetches its weights if that was not done before.
   * @param {Needs} needs @param {Job} job
   * @param {string} [method]  that does the task in place of its weights
   * @returns {Promise<Tools>}
   */
  async toolsFor({ weights, isOptional = false }, job, method = '') {
    if (!this.#naobu) throw new CodedError('download-failed', 'the engine has not started');
    const naobu = await this.#naobu;
    const engine = !weights
      ? null
      : method
        ? await this.#engineWith(method, weights, job)
        : await this.#engineFor(weights, job.onProgress);
    if (weights && !engine && !isOptional) {
      throw new CodedError('weights-missing', `no weights for ${weights}`);
    }
    engine?.choose(method);
    return { naobu, engine: /** @type {Engine} */ (engine), painter: engine ?? naobu };
  }

  /**
   * The engine with the weights for a task: the visitor's own, or the page's, fetched when first
   * needed; `null` where none are trained for it.
   * @param {string} task @param {OnProgress} onProgress
   */
  async #engineFor(task, onProgress) {
    const isOwn = this.#owned.has(task);
    const entries = isOwn ? [] : await this.#manifest.catch(() => []);
    if (!isOwn && !entries.some((entry) => entry.task === task && !entry.work)) return null;
    const engine = await this.#startedEngine();
    if (isOwn) return engine;
    const loaded =
      this.#shipped.get(task) ??
      this.#fetch(task, sharedProgress(onProgress)()).then(({ name, sha256, bytes }) =>
        engine.load(name, sha256, bytes),
      );
    this.#shipped.set(task, loaded);
    await loaded.catch((error) => {
      this.#shipped.delete(task); // To be tried again.
      throw error;
    });
    return engine;
  }

  /** The engine with a method beside the weights for its task. @param {string} name @param {string} task @param {Job} job */
  async #engineWith(name, task, job) {
    const engine = await this.#startedEngine();
    const entry = (await this.#manifest).find((each) => each.name === name);
    if (!entry?.work || entry.task !== task) throw new CodedError('method-missing', name);
    const isNew = !this.#methods.has(name);
    const loaded =
      this.#methods.get(name) ??
      fetchWeights(entry, sharedProgress(job.onProgress)()).then(({ sha256, bytes }) =>
        engine.load_method(name, sha256, bytes),
      );
    this.#methods.set(name, loaded);
    await loaded.catch((error) => {
      this.#methods.delete(name); // To be tried again.
      throw error;
    });
    if (isNew) await this.#tellTrained(job);
    return engine;
  }

  async #startedEngine() {
    await this.#started.catch(() => {}); // Why it failed was told.
    if (!this.#engine) throw new CodedError('weights-missing', 'the engine has not started');
    return this.#engine;
  }

  /** @param {{ file: string, bytes: Uint8Array }} own */
  async loadOwn({ file, bytes }) {
    const engine = await this.#startedEngine();
    const card = /** @type {{ name: string, task: string }} */ (engine.load_own(file, bytes));
    const { name, task } = card;
    if (this.#owned.has(task)) {
      // The engine gives the last up first. Now that the new ones are known to be good, both go, so
      // that the old ones do not stay beneath.
      engine.unload(task);
      engine.unload(task);
      engine.load_own(file, bytes);
    }
    this.#owned.add(task);
    return { task, name };
  }

  /** @param {string} task */
  async giveUpOwn(task) {
    await this.#started.catch(() => {});
    if (this.#owned.delete(task)) this.#engine?.unload(task);
  }

  /**
   * The weights of the page for a task: the first, but those that the address names, if any, to
   * extend.
   * @param {readonly WeightsEntry[]} entries @param {string} task
   */
  #entryFor(entries, task) {
    const name = task === 'extend' ? this.#extending : '';
    return entries.find((each) => !each.work && (name ? each.name === name : each.task === task));
  }

  /** @param {string} task @param {OnBytes} onBytes */
  async #fetch(task, onBytes) {
    const entry = this.#entryFor(await this.#manifest, task);
    const wanted = `${task} ${this.#extending}`;
    if (!entry) throw new CodedError('weights-missing', `no weights for ${wanted}`);
    return fetchWeights(entry, onBytes);
  }
}

/**
 * Weights of the announced length; the engine checks the SHA-256.
 * @param {WeightsEntry} entry @param {OnBytes} onBytes
 */
async function fetchWeights(entry, onBytes) {
  const response = await download(new URL(entry.file, MANIFEST), 'no-cache');
  onBytes(0, entry.bytes);
  const stream = counted(response, (done) => onBytes(done, entry.bytes));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (bytes.length !== entry.bytes) {
    const found = `${bytes.length} bytes instead of ${entry.bytes}`;
    throw new CodedError('weights-damaged', `${entry.name}: ${found}`);
  }
  return { name: entry.name, sha256: entry.sha256, bytes };
}

/** @param {() => Promise<Naobu>} loadNaobu @param {OnBytes} onBytes */
async function loadModule(loadNaobu, onBytes) {
  if (!WebAssembly.validate(SIMD_PROBE)) throw new CodedError('no-simd');
  const url = new URL('../../pkg/naobu_bg.wasm', import.meta.url);
  const response = await download(url, 'default');
  const module = new Response(counted(response, onBytes), {
    headers: { 'content-type': 'application/wasm' },
  });
  try {
    const naobu = await loadNaobu();
    await naobu.default({ module_or_path: module });
    return naobu;
  } catch (error) {
    throw new CodedError('download-failed', `the engine's module: ${error}`);
  }
}

/** @returns {Promise<WeightsEntry[]>} */
async function fetchManifest() {
  const response = await download(MANIFEST, 'no-cache');
  const manifest = await response.json().catch(() => {
    throw new CodedError('weights-damaged', 'the manifest is not JSON');
  });
  return manifest?.weights ?? [];
}
