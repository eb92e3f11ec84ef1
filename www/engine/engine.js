// The page's side of the worker: jobs, abort, crash, another device.
//
// Every promise settles: by its reply, by its signal, or by the death of the worker. A worker that
// died is never used again; a new one is started, on the CPU if the graphics device may be to
// blame. Which sentence is shown for any of this is not decided here.

import { NO_AMOUNTS } from '../drawing/geometry.js';
import { PIECE_BYTES, copyInPieces } from './pieces.js';
import { CodedError } from './protocol.js';

/** @import { Amounts, Backend, Format, FoundMosaic, Grid, Limits, Pixels } from './protocol.js' */
/** @import { Backdrop, Click, Coat, Colouring, Colours, Curves, Hint } from './protocol.js' */
/** @import { Decibels, Metadata, OnProgress, Origins, OwnFile, Reply, Request } from './protocol.js' */
/** @import { Method, Step, Weights, WithoutJobId } from './protocol.js' */
/** @import { EngineState } from '../store.js' */
/**
 * `onStep` hears of the steps of an extension, the first before it has begun; once `keep` is aborted,
 * it ends with the step under way. `detail`, 0 to 1: how much undoing a mosaic borrows from around.
 * `method`: see `protocol.js`.
 * @typedef {{ signal: AbortSignal, onProgress?: OnProgress | undefined,
 *   onStep?: ((step: Step, done: number) => void) | undefined,
 *   keep?: AbortSignal | undefined, detail?: number, paintsBorder?: boolean,
 *   seed?: number, method?: string }} JobOptions
 */
/**
 * @typedef {{ resolve: (reply: Reply) => void, reject: (reason: unknown) => void,
 *   onProgress: OnProgress | undefined, onStep: JobOptions['onStep'] }} Waiting
 */
/** @typedef {Readonly<Weights & { isOwn: boolean }>} TaskWeights */
/**
 * What every painting says of itself; `device` is empty where none was needed, `millis` is the time
 * of the work, without what was waited for before.
 * @typedef {{ device: string, millis: number }} Painted
 * @typedef {Painted & { picture: Pixels, origins: Origins | null,
 *   decibels: Decibels | null }} PaintedPicture
 */
/**
 * What `Engine` needs of a `Worker`.
 * @typedef {Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'
 *   | 'onmessageerror'>} WorkerLike
 */
/**
 * @typedef {object} EngineOptions
 * @property {() => WorkerLike} makeWorker
 * @property {Backend} backend  `auto` may fall back to the CPU, the others are forced
 * @property {string} [weightsName]  empty: the first that extends
 * @property {(state: EngineState) => void} onState
 * @property {(limits: Limits) => void} onLimits
 * @property {(weights: readonly TaskWeights[], methods: readonly Method[]) => void} onTrained  one
 *   for each task that weights are there for, and all methods; told anew when the visitor's own are
 *   used or given up, and when a method was loaded
 * @property {() => void} onFallback  the graphics device failed and the CPU goes on
 */

export class Engine {
  #options;
  /** @type {Backend} */
  #backend;
  /** @type {WorkerLike | null} */
  #worker = null;
  #lastJobId = 0;
  #waiting = /** @type {Map<number, Waiting>} */ (new Map());
  /** @type {Promise<string> | null} resolves to the device once extending is possible */
  #started = null;
  #device = '';
  /** The weights that ship with the page, once they are known. */
  #shipped = /** @type {readonly Weights[]} */ ([]);
  #methods = /** @type {readonly Method[]} */ ([]);
  #trained = withResolvers();
  /** The visitor's own weights by task, for the next worker too. */
  #own = /** @type {Map<string, OwnFile & { name: string }>} */ (new Map());
  #isClosed = false;

  /** @param {EngineOptions} options */
  constructor(options) {
    this.#options = options;
    this.#backend = options.backend;
  }

  /**
   * Starts the worker unless it runs or is starting; resolves to the device that will compute.
   * @returns {Promise<string>}
   */
  start() {
    this.#started ??= this.#start();
    return this.#started;
  }

  /**
   * Reads a file; `border` is what lies around the photo in it.
   * @param {Uint8Array} bytes @param {AbortSignal} signal
   * @param {boolean} [isShrunk]  whether a JPEG over the limit is shrunk while it is decoded
   * @returns {Promise<Pixels & { metadata: Metadata | null, border: Amounts }>}
   */
  async decode(bytes, signal, isShrunk = false) {
    const reply = await this.#ask({ kind: 'decode', bytes, isShrunk }, 'picture', signal);
    const { photo, metadata = null, border = NO_AMOUNTS } = reply;
    return { ...photo, metadata, border };
  }

  /**
   * @param {Pixels} photo @param {Format} format @param {number} quality @param {AbortSignal} signal
   * @param {Metadata | null} [metadata]  what to write beside the picture
   * @returns {Promise<Uint8Array>}
   */
  async encode(photo, format, quality, signal, metadata = null) {
    const request = { kind: /** @type {const} */ ('encode'), photo, format, quality, metadata };
    return (await this.#ask(request, 'file', signal)).bytes;
  }

  /**
   * Extends a photo. A border around it is not continued, and kept unless it is to be painted over.
   * @param {Pixels} photo @param {Amounts} amounts @param {JobOptions} options
   */
  extend(photo, amounts, options) {
    const { paintsBorder = false, seed = 1, method = '' } = options;
    const request = { kind: /** @type {const} */ ('extend'), photo, amounts, paintsBorder };
    return this.#paintPicture({ ...request, seed, method }, options);
  }

  /**
   * Fills a hole, if need be without weights.
   * @param {Pixels} photo @param {Uint8Array} hole  one byte a pixel, 1 = paint
   * @param {number} featherPx @param {JobOptions} options
   */
  fill(photo, hole, featherPx, options) {
    const { seed = 1, method = '' } = options;
    return this.#paintPicture({ kind: 'fill', photo, hole, featherPx, seed, method }, options);
  }

  /**
   * Doubles the sides of a photo, if need be without weights.
   * @param {Pixels} photo @param {JobOptions} options
   */
  enlarge(photo, options) {
    return this.#paintPicture({ kind: 'enlarge', photo }, options);
  }

  /**
   * Finds the mosaic in a photo, or the cells of the one that a hole covers.
   * @param {Pixels} photo @param {Uint8Array | null} hole @param {AbortSignal} signal
   * @returns {Promise<FoundMosaic>}
   */
  async findMosaic(photo, hole, signal) {
    return (await this.#ask({ kind: 'find-mosaic', photo, hole }, 'mosaic', signal)).mosaic;
  }

  /**
   * Undoes a mosaic; where there are no weights for that, its steps are made smooth.
   * @param {Pixels} photo @param {Uint8Array} hole @param {Grid} grid
   * @param {Pixels | null} truth  what the mosaic hides, where that is known: to compare with
   * @param {JobOptions} options
   */
  unmosaic(photo, hole, grid, truth, options) {
    const { detail = 0, method = '' } = options;
    const request = { kind: /** @type {const} */ ('unmosaic'), photo, hole, grid, detail };
    return this.#paintPicture({ ...request, truth, method }, options);
  }

  /**
   * Puts a mosaic on a photo.
   * @param {Pixels} photo @param {Uint8Array} hole @param {Grid} grid @param {AbortSignal} signal
   * @returns {Promise<Pixels>}
   */
  async pixelate(photo, hole, grid, signal) {
    return (await this.#ask({ kind: 'pixelate', photo, hole, grid }, 'picture', signal)).photo;
  }

  /**
   * Selects what is clicked on; without clicks, what the photo shows above all.
   * @param {Pixels} photo @param {readonly Click[]} clicks @param {JobOptions} options
   * @returns {Promise<Painted & { spans: readonly number[] }>}  none where nothing was found
   */
  async select(photo, clicks, options) {
    const { reply, ...painted } = await this.#paint({ kind: 'select', photo, clicks }, options);
    return { ...painted, spans: expected(reply, 'selection').spans };
  }

  /**
   * Fits what is drawn around or over a thing to the thing.
   * @param {Pixels} photo @param {Uint8Array} hole  1 = drawn @param {JobOptions} options
   * @returns {Promise<Painted & { spans: readonly number[] }>}  none where nothing was found
   */
  async snap(photo, hole, options) {
    const { reply, ...painted } = await this.#paint({ kind: 'snap', photo, hole }, options);
    return { ...painted, spans: expected(reply, 'selection').spans };
  }

  /**
   * Finds scratches and dust.
   * @param {Pixels} photo @param {JobOptions} options
   * @returns {Promise<Painted & { spans: readonly number[] }>}  none where nothing was found
   */
  async findScratches(photo, options) {
    const { reply, ...painted } = await this.#paint({ kind: 'find-scratches', photo }, options);
    return { ...painted, spans: expected(reply, 'selection').spans };
  }

  /**
   * Cuts out what is selected; needs no weights.
   * @param {Pixels} photo @param {Uint8Array} hole  1 = selected @param {Backdrop} backdrop
   * @param {Pixels | null} behind  the photo that is the backdrop, if one is
   * @param {JobOptions} options
   */
  cutOut(photo, hole, backdrop, behind, options) {
    return this.#paintPicture({ kind: 'cut-out', photo, hole, backdrop, behind }, options);
  }

  /**
   * What kind of colours a photo has.
   * @param {Pixels} photo @param {AbortSignal} signal
   * @returns {Promise<Colouring>}
   */
  async colouring(photo, signal) {
    return (await this.#ask({ kind: 'colouring', photo }, 'colouring', signal)).colouring;
  }

  /**
   * Finds colours for a photo's lightness.
   * @param {Pixels} photo @param {readonly Hint[]} hints @param {JobOptions} options
   * @returns {Promise<Painted & { colours: Colours }>}
   */
  async colours(photo, hints, options) {
    const { method = '' } = options;
    const request = { kind: /** @type {const} */ ('colours'), photo, hints, method };
    const { reply, ...painted } = await this.#paint(request, options);
    return { ...painted, colours: expected(reply, 'colours').colours };
  }

  /**
   * Finds the curves that undo a photo's fading.
   * @param {Pixels} photo @param {JobOptions} options
   * @returns {Promise<Painted & { curves: Curves }>}
   */
  async curves(photo, options) {
    const { reply, ...painted } = await this.#paint({ kind: 'curves', photo }, options);
    return { ...painted, curves: expected(reply, 'curves').curves };
  }

  /**
   * Puts colours or curves on a photo, or on a copy of it of another size; runs no network.
   * @param {Pixels} photo @param {Coat} coat @param {AbortSignal} signal
   * @returns {Promise<Pixels>}
   */
  async put(photo, coat, signal) {
    return (await this.#ask({ kind: 'put', photo, coat }, 'picture', signal)).photo;
  }

  /**
   * A copy of at most about so many pixels.
   * @param {Pixels} photo @param {number} mostPixels @param {AbortSignal} signal
   * @returns {Promise<Pixels>}
   */
  async shrunk(photo, mostPixels, signal) {
    return (await this.#ask({ kind: 'shrink', photo, mostPixels }, 'picture', signal)).photo;
  }

  /**
   * Uses a visitor's own weights for the task that their file names, until they are given up. If
   * they cannot be used, everything stays as it was.
   * @param {string} file  its name @param {Uint8Array} bytes
   * @returns {Promise<Weights>}
   */
  async useOwn(file, bytes) {
    const request = { kind: /** @type {const} */ ('load-own'), file, bytes };
    const { reply } = await this.#onDevice(() => this.#request(request, { signal: NEVER }), NEVER);
    const { task, name } = expected(reply, 'own');
    this.#own.set(task, { task, name, file, bytes });
    this.#tellTrained();
    return { task, name, bytes: bytes.length };
  }

  /**
   * Gives them up: those of the page count again.
   * @param {string} task
   */
  async giveUpOwn(task) {
    // Kept until the worker has heard it: one that takes its place meanwhile gets both.
    await this.#requestTwice({ kind: 'give-up', task }, { signal: NEVER });
    this.#own.delete(task);
    this.#tellTrained();
  }

  #tellTrained() {
    const others = this.#shipped.filter(({ task }) => !this.#own.has(task));
    const own = [...this.#own.values()];
    this.#options.onTrained(
      [
        ...others.map((weights) => ({ ...weights, isOwn: false })),
        ...own.map(({ task, name, bytes }) => ({ task, name, bytes: bytes.length, isOwn: true })),
      ],
      this.#methods,
    );
  }

  /** The methods that there are; none where that cannot be found out. */
  async knownMethods() {
    await this.#isTrained('', NEVER);
    return this.#methods;
  }

  /** Ends the worker for good; all that wait are rejected, and so is what is asked for later. */
  close() {
    this.#isClosed = true;
    this.#discard(new CodedError('worker-crashed', 'the engine was closed'));
  }

  /** @returns {Promise<string>} */
  async #start() {
    if (this.#isClosed) throw new CodedError('worker-crashed', 'the engine was closed');
    const { makeWorker, onState, onLimits, weightsName = '' } = this.#options;
    this.#worker?.terminate(); // One whose start failed may still be there.
    const worker = makeWorker();
    this.#worker = worker;
    worker.onmessage = ({ data }) => {
      if (data.kind === 'loaded') onLimits(data.limits);
      else if (data.kind === 'trained') {
        this.#shipped = data.weights;
        this.#methods = data.methods;
        this.#trained.resolve(this.#shipped.map(({ task }) => task));
        this.#tellTrained();
      } else this.#receive(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#crash(worker, event.message || 'the worker stopped');
    };
    worker.onmessageerror = () => this.#crash(worker, 'a message could not be read');
    onState({ status: 'starting', stage: 'download', done: 0, total: 0 });
    const backend = this.#backend;
    const own = [...this.#own.values()].map(({ task, file, bytes }) => ({ task, file, bytes }));
    try {
      const reply = await this.#request(
        { kind: 'start', backend, weightsName, own },
        {
          signal: NEVER,
          onProgress: (stage, done, total) => onState({ status: 'starting', stage, done, total }),
        },
      );
      const { device, fallback } = expected(reply, 'ready');
      this.#device = device;
      onState({ status: 'ready', device, fallback });
      return device;
    } catch (error) {
      // Only a crash leads on by itself: the graphics driver may have taken the worker down.
      const isCrash = error instanceof CodedError && error.code === 'worker-crashed';
      if (isCrash && !this.#isClosed && backend === 'auto' && this.#backend === 'auto') {
        this.#fallBack();
        return this.start();
      }
      if (this.#worker === worker) this.#started = null;
      const code = error instanceof CodedError ? error.code : 'worker-crashed';
      onState({ status: 'failed', code });
      throw error;
    }
  }

  /**
   * Whether weights are there for a task. None are where that cannot be found out.
   * @param {string} task @param {AbortSignal} signal
   */
  async #isTrained(task, signal) {
    if (this.#own.has(task)) return true;
    const none = () => /** @type {readonly string[]} */ ([]);
    const told = Promise.race([this.#trained.promise, this.start().then(none, none)]);
    return (await settledOrAborted(told, signal)).includes(task);
  }

  /**
   * The one way to run a painting task. It runs on the device, and once more on the CPU if the
   * graphics device fails on the way. A task that can do without weights needs neither them nor a
   * device where none are trained for it, so it works before the engine is ready and where it
   * cannot start; then no device is named.
   * @param {WithoutJobId<Request>} request @param {JobOptions} options
   * @returns {Promise<Painted & { reply: Reply }>}
   */
  async #paint(request, options) {
    const { kind } = request;
    const { signal } = options;
    let millis = 0;
    const timed = async (/** @type {(options: JobOptions) => Promise<Reply>} */ run) => {
      const clock = createClock(options.onProgress);
      const reply = await run({ ...options, onProgress: clock.onProgress });
      millis = clock.millis();
      return reply;
    };
    const isMethod = 'method' in request && request.method !== '';
    const mayBePlain = WITHOUT_WEIGHTS.includes(kind) && !isMethod;
    const isPlain = mayBePlain && !(await this.#isTrained(kind, signal));
    if (isPlain) {
      const reply = await timed((options) => this.#requestTwice(request, options));
      return { reply, device: '', millis };
    }
    const onDevice = () => timed((options) => this.#request(request, options));
    const { reply, device } = await this.#onDevice(onDevice, signal);
    return { reply, device, millis };
  }

  /**
   * Runs what needs the device, once more on the CPU if the graphics device fails on the way.
   * @param {() => Promise<Reply>} run @param {AbortSignal} signal
   */
  async #onDevice(run, signal) {
    let device = await settledOrAborted(this.start(), signal);
    for (;;) {
      try {
        return { reply: await run(), device };
      } catch (error) {
        const isDevice = error instanceof CodedError && error.code === 'device';
        const isCrash = error instanceof CodedError && error.code === 'worker-crashed';
        const mayRepeat = device === 'webgpu' && this.#options.backend === 'auto';
        if (mayRepeat && isDevice) this.#fallBack();
        else if (isDevice) this.#fail(error); // A lost device stays lost: the next start opens anew.
        if (!mayRepeat || !(isDevice || isCrash)) throw error;
        device = await settledOrAborted(this.start(), signal);
      }
    }
  }

  /**
   * @param {WithoutJobId<Request>} request @param {JobOptions} options
   * @returns {Promise<PaintedPicture>}
   */
  async #paintPicture(request, options) {
    const { reply, ...painted } = await this.#paint(request, options);
    const { photo: picture, origins = null, decibels = null } = expected(reply, 'picture');
    return { ...painted, picture, origins, decibels };
  }

  /**
   * Asks for what needs no device and no weights.
   * @template {Reply['kind']} Kind
   * @param {WithoutJobId<Request>} request @param {Kind} kind  of the reply
   * @param {AbortSignal} signal
   */
  async #ask(request, kind, signal) {
    return expected(await this.#requestTwice(request, { signal }), kind);
  }

  /**
   * Files and holes need the wasm module, but no device and no weights of the start; if the worker
   * dies of something else meanwhile, they go to the next one.
   * @param {WithoutJobId<Request>} request @param {JobOptions} options
   */
  async #requestTwice(request, options) {
    try {
      if (!this.#worker) this.start().catch(() => {});
      return await this.#request(request, options);
    } catch (error) {
      if (!(error instanceof CodedError && error.code === 'worker-crashed')) throw error;
      if (!this.#worker) this.start().catch(() => {});
      return this.#request(request, options);
    }
  }

  #fallBack() {
    this.#backend = 'cpu';
    this.#discard(new CodedError('worker-crashed', 'the engine moved to the CPU'));
    this.#options.onFallback();
  }

  /**
   * @param {WithoutJobId<Request>} request @param {JobOptions} options
   * @returns {Promise<Reply>}
   */
  #request(request, { signal, onProgress, onStep, keep }) {
    if (signal.aborted) return Promise.reject(signal.reason);
    const worker = this.#worker;
    if (!worker) return Promise.reject(new CodedError('worker-crashed', 'no worker'));
    const jobId = ++this.#lastJobId;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(jobId);
        worker.postMessage({ kind: 'cancel', jobId });
        reject(signal.reason);
      };
      const onKeep = () => worker.postMessage({ kind: 'keep', jobId });
      const settle = () => {
        signal.removeEventListener('abort', onAbort);
        keep?.removeEventListener('abort', onKeep);
      };
      this.#waiting.set(jobId, {
        resolve: (reply) => (settle(), resolve(reply)),
        reject: (reason) => (settle(), reject(reason)),
        onProgress,
        onStep,
      });
      signal.addEventListener('abort', onAbort, { once: true });
      keep?.addEventListener('abort', onKeep, { once: true });
      this.#send(worker, { ...request, jobId });
      if (keep?.aborted) onKeep();
    });
  }

  /**
   * Photos are copied, so that the page keeps them whatever becomes of the worker; large ones piece
   * by piece, unless the job is over before.
   * @param {WorkerLike} worker @param {Request} request
   */
  #send(worker, request) {
    const photos = photosIn(request);
    if (!photos.photo || photos.photo.rgba.length <= PIECE_BYTES) {
      worker.postMessage({ ...request, ...photos });
      return;
    }
    const copies = Object.entries(photos).map(async ([name, pixels]) => {
      const rgba = await copyInPieces(pixels.rgba);
      return /** @type {const} */ ([name, { ...pixels, rgba }]);
    });
    Promise.all(copies).then(
      (copied) => {
        if (!this.#waiting.has(request.jobId)) return;
        const moved = copied.map(([, { rgba }]) => rgba.buffer);
        worker.postMessage({ ...request, ...Object.fromEntries(copied) }, moved);
      },
      (reason) => {
        this.#waiting.get(request.jobId)?.reject(reason);
        this.#waiting.delete(request.jobId);
      },
    );
  }

  /** @param {Reply} reply */
  #receive(reply) {
    const waiting = this.#waiting.get(reply.jobId);
    if (!waiting) return; // Aborted meanwhile.
    if (reply.kind === 'progress') {
      waiting.onProgress?.(reply.stage, reply.done, reply.total);
      return;
    }
    if (reply.kind === 'step') {
      waiting.onStep?.(reply.step, reply.done);
      return;
    }
    this.#waiting.delete(reply.jobId);
    if (reply.kind === 'failed') waiting.reject(new CodedError(reply.code, reply.message));
    else waiting.resolve(reply);
  }

  /** @param {WorkerLike} worker @param {string} why */
  #crash(worker, why) {
    if (worker !== this.#worker) return;
    // Before it was ready, whoever started it hears of it and decides.
    const wasReady = this.#device !== '';
    if (wasReady && this.#device === 'webgpu' && this.#backend === 'auto') this.#fallBack();
    else this.#discard(new CodedError('worker-crashed', why));
    if (wasReady) this.start().catch(() => {}); // Its failure is in the state.
  }

  /** @param {CodedError} reason */
  #fail(reason) {
    this.#discard(reason);
    this.#options.onState({ status: 'failed', code: reason.code });
  }

  /** @param {CodedError} reason */
  #discard(reason) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#started = null;
    this.#device = '';
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const each of waiting) each.reject(reason);
  }
}

const NEVER = new AbortController().signal;
/** The painting tasks that the engine has another way for. @type {readonly string[]} */
const WITHOUT_WEIGHTS = ['fill', 'enlarge', 'unmosaic', 'cut-out'];

/**
 * Measures the work of a task: from the first report of it, not of a download or a wait before.
 * @param {OnProgress} [onProgress]  hears of everything
 */
function createClock(onProgress) {
  let startedMillis = performance.now();
  let isAtWork = false;
  return {
    /** @type {OnProgress} */
    onProgress(stage, done, total) {
      if (!isAtWork) startedMillis = performance.now();
      isAtWork ||= stage !== 'download';
      onProgress?.(stage, done, total);
    },
    millis: () => performance.now() - startedMillis,
  };
}

/** As `Promise.withResolvers`, which browsers have only had since 2024. */
function withResolvers() {
  let resolve = (/** @type {readonly string[]} */ _) => {};
  const promise = new Promise((/** @type {typeof resolve} */ settle) => (resolve = settle));
  return { promise, resolve };
}

/**
 * The photos that a request brings, without what else the page knows of them.
 * @param {Request} request @returns {{ photo?: Pixels, truth?: Pixels, behind?: Pixels }}
 */
function photosIn(request) {
  const only = (/** @type {Pixels} */ { width, height, rgba }) => ({ width, height, rgba });
  return {
    ...('photo' in request ? { photo: only(request.photo) } : {}),
    ...('truth' in request && request.truth ? { truth: only(request.truth) } : {}),
    ...('behind' in request && request.behind ? { behind: only(request.behind) } : {}),
  };
}

/**
 * @template {Reply['kind']} Kind
 * @param {Reply} reply @param {Kind} kind
 * @returns {Extract<Reply, { kind: Kind }>}
 */
function expected(reply, kind) {
  if (reply.kind !== kind) throw new CodedError('worker-crashed', `${reply.kind}, not ${kind}`);
  return /** @type {Extract<Reply, { kind: Kind }>} */ (reply);
}

/**
 * @template T
 * @param {Promise<T>} promise @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
function settledOrAborted(promise, signal) {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
