// The page's side of the worker, against a fake one: every promise settles, and rightly.

import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import { NO_AMOUNTS } from '../../www/drawing/geometry.js';
import { Engine } from '../../www/engine/engine.js';
import { CodedError } from '../../www/engine/protocol.js';

/** @import { JobOptions } from '../../www/engine/engine.js' */
/** @import { Backend, Reply, Request } from '../../www/engine/protocol.js' */
/** @import { EngineState } from '../../www/store.js' */

const PHOTO = { width: 3, height: 2, rgba: new Uint8Array(24) };
const AMOUNTS = { left: 1, top: 0, right: 0, bottom: 0 };
const PICTURE = { width: 4, height: 2, rgba: new Uint8Array(32) };
const LIMITS = { min_side_px: 1, max_photo_pixels: 2, max_result_pixels: 3, max_factor: 8 };

/** @param {string[]} tasks */
const shipped = (tasks) => tasks.map((task) => ({ task, name: `${task}-ship`, bytes: 5 }));

/** A worker that records what it is told and says what the test wants. */
class FakeWorker {
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onerror = null;
  /** @type {any} */ onmessageerror = null;
  /** @type {Request[]} */ heard = [];
  isTerminated = false;
  /** @param {Request} request */
  postMessage(request) {
    this.heard.push(request);
  }
  terminate() {
    this.isTerminated = true;
  }
  /** @param {Reply} reply */
  say(reply) {
    this.onmessage({ data: reply });
  }
  die() {
    this.onerror({ message: 'unreachable', preventDefault() {} });
  }
  /** The last request of that kind. @param {Request['kind']} kind */
  last(kind) {
    const request = this.heard.filter((each) => each.kind === kind).at(-1);
    assert.ok(request, `the worker heard no ${kind}`);
    return request.jobId;
  }
  /** @param {string} device */
  becomeReady(device) {
    const jobId = this.last('start');
    this.say({ kind: 'loaded', jobId, limits: LIMITS });
    this.say({ kind: 'ready', jobId, device, fallback: '' });
  }
}

/** @param {Backend} [backend] */
function setUp(backend = 'auto') {
  const workers = /** @type {FakeWorker[]} */ ([]);
  const states = /** @type {EngineState[]} */ ([]);
  const seen = {
    fallbacks: 0,
    limits: /** @type {unknown} */ (null),
    trained: /** @type {unknown} */ (null),
    methods: /** @type {unknown} */ (null),
  };
  const engine = new Engine({
    makeWorker: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
    backend,
    onState: (state) => states.push(state),
    onLimits: (limits) => (seen.limits = limits),
    onTrained: (weights, methods) => Object.assign(seen, { trained: weights, methods }),
    onFallback: () => (seen.fallbacks += 1),
  });
  /** The worker started last. */
  const newest = () => /** @type {FakeWorker} */ (workers.at(-1));
  return { engine, workers, states, seen, newest };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 5));
const never = () => new AbortController().signal;
const hasCode = (/** @type {string} */ code) => (/** @type {unknown} */ error) =>
  error instanceof CodedError && error.code === code;

test('starting reports progress, limits and the device', async () => {
  const { engine, newest, states, seen } = setUp();
  const started = engine.start();
  assert.equal(engine.start(), started, 'starting twice is starting once');
  const jobId = newest().last('start');
  newest().say({ kind: 'progress', jobId, stage: 'download', done: 5, total: 10 });
  newest().becomeReady('webgpu');
  assert.equal(await started, 'webgpu');
  assert.deepEqual(seen.limits, LIMITS);
  assert.deepEqual(
    states.map((state) => state.status),
    ['starting', 'starting', 'ready'],
  );
});

test('replies find their jobs whatever their order', async () => {
  const { engine, newest } = setUp();
  void engine.start();
  newest().becomeReady('webgpu');
  const first = engine.decode(new Uint8Array([1]), never());
  const firstId = newest().last('decode');
  const second = engine.decode(new Uint8Array([2]), never());
  const secondId = newest().last('decode');
  newest().say({ kind: 'picture', jobId: secondId, photo: PICTURE });
  newest().say({ kind: 'picture', jobId: firstId, photo: PHOTO });
  assert.equal((await first).width, 3);
  assert.equal((await second).width, 4);
});

test('an extension waits for the start, reports progress and names the device', async () => {
  const { engine, newest } = setUp();
  const progress = /** @type {unknown[]} */ ([]);
  const job = engine.extend(PHOTO, AMOUNTS, {
    signal: never(),
    onProgress: (...report) => progress.push(report),
  });
  newest().becomeReady('cpu');
  await turns();
  const jobId = newest().last('extend');
  newest().say({ kind: 'progress', jobId, stage: 'paint', done: 1, total: 4 });
  newest().say({ kind: 'picture', jobId, photo: PICTURE });
  const { picture, device, millis } = await job;
  assert.deepEqual([picture, device], [PICTURE, 'cpu']);
  assert.ok(millis >= 0);
  assert.deepEqual(progress, [['paint', 1, 4]]);
});

test('a filling goes to the worker at once, also where the engine cannot start', async () => {
  const { engine, newest, seen } = setUp();
  const hole = new Uint8Array([0, 1, 0, 0, 0, 0]);
  const stages = /** @type {string[]} */ ([]);
  const onProgress = (/** @type {string} */ stage) => stages.push(stage);
  const started = engine.start();
  newest().say({ kind: 'trained', jobId: newest().last('start'), weights: shipped(['extend']) });
  assert.deepEqual(seen.trained, [{ task: 'extend', name: 'extend-ship', bytes: 5, isOwn: false }]);
  newest().say({ kind: 'failed', jobId: newest().last('start'), code: 'device', message: '' });
  await assert.rejects(started, hasCode('device'));
  const filling = engine.fill(PHOTO, hole, 3, { signal: never(), onProgress });
  await turns();
  const jobId = newest().last('fill');
  const request = newest().heard.at(-1);
  assert.ok(request?.kind === 'fill');
  assert.deepEqual([request.hole, request.featherPx], [hole, 3]);
  newest().say({ kind: 'progress', jobId, stage: 'paint', done: 0, total: 1 });
  newest().say({ kind: 'picture', jobId, photo: PHOTO });
  assert.deepEqual((await filling).picture, PHOTO);
  assert.deepEqual(stages, ['paint']);
});

test('an error of the core keeps its code', async () => {
  const { engine, newest } = setUp();
  void engine.start();
  newest().becomeReady('cpu');
  const job = engine.decode(new Uint8Array(), never());
  const jobId = newest().last('decode');
  newest().say({ kind: 'failed', jobId, code: 'damaged-image', message: 'cut off' });
  await assert.rejects(job, hasCode('damaged-image'));
  assert.equal(newest().isTerminated, false);
});

test('abort rejects at once, tells the worker, and a late reply is dropped', async () => {
  const { engine, newest } = setUp();
  void engine.start();
  newest().becomeReady('webgpu');
  const abort = new AbortController();
  const job = engine.extend(PHOTO, AMOUNTS, { signal: abort.signal });
  await turns();
  const jobId = newest().last('extend');
  const startedMillis = performance.now();
  abort.abort();
  await assert.rejects(job, { name: 'AbortError' });
  assert.ok(performance.now() - startedMillis < 100);
  assert.deepEqual(newest().heard.at(-1), { kind: 'cancel', jobId });
  newest().say({ kind: 'progress', jobId, stage: 'paint', done: 1, total: 2 });
  newest().say({ kind: 'picture', jobId, photo: PICTURE });

  const next = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  newest().say({ kind: 'picture', jobId: newest().last('extend'), photo: PHOTO });
  assert.equal((await next).picture, PHOTO);
});

test('abort also ends the wait for the start', async () => {
  const { engine } = setUp();
  const abort = new AbortController();
  const job = engine.extend(PHOTO, AMOUNTS, { signal: abort.signal });
  abort.abort();
  await assert.rejects(job, { name: 'AbortError' });
  await assert.rejects(engine.extend(PHOTO, AMOUNTS, { signal: abort.signal }), {
    name: 'AbortError',
  });
});

test('a worker that dies on the CPU rejects its job and is replaced', async () => {
  const { engine, workers, newest, seen } = setUp();
  void engine.start();
  newest().becomeReady('cpu');
  const job = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  newest().die();
  await assert.rejects(job, hasCode('worker-crashed'));
  assert.equal(workers.length, 2);
  assert.equal(workers[0]?.isTerminated, true);
  assert.equal(seen.fallbacks, 0);
  newest().becomeReady('cpu');
  const next = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  newest().say({ kind: 'picture', jobId: newest().last('extend'), photo: PICTURE });
  assert.equal((await next).picture, PICTURE);
});

test('a worker that dies on WebGPU: the job is repeated once, on the CPU', async () => {
  const { engine, workers, newest, seen } = setUp();
  void engine.start();
  newest().becomeReady('webgpu');
  const job = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  newest().die();
  await turns();
  assert.equal(workers.length, 2);
  assert.equal(seen.fallbacks, 1);
  const start = newest().heard[0];
  assert.equal(start?.kind === 'start' && start.backend, 'cpu');
  newest().becomeReady('cpu');
  await turns();
  newest().say({ kind: 'picture', jobId: newest().last('extend'), photo: PICTURE });
  const { device, picture } = await job;
  assert.deepEqual([device, picture], ['cpu', PICTURE]);
});

test('a lost device: the same, and a second failure is the end of it', async () => {
  const { engine, workers, newest, seen } = setUp();
  void engine.start();
  newest().becomeReady('webgpu');
  const job = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  const failed = { kind: /** @type {const} */ ('failed'), message: 'lost' };
  newest().say({ ...failed, code: 'device', jobId: newest().last('extend') });
  await turns();
  newest().becomeReady('cpu');
  await turns();
  newest().die();
  await assert.rejects(job, hasCode('worker-crashed'));
  assert.equal(seen.fallbacks, 1);
  assert.equal(workers[0]?.isTerminated, true);
});

test('a forced device is not replaced by another', async () => {
  const { engine, workers, newest, seen, states } = setUp('webgpu');
  const started = engine.start();
  const jobId = newest().last('start');
  newest().say({ kind: 'failed', jobId, code: 'device', message: 'no WebGPU' });
  await assert.rejects(started, hasCode('device'));
  assert.deepEqual([workers.length, seen.fallbacks], [1, 0]);
  assert.deepEqual(states.at(-1), { status: 'failed', code: 'device' });
});

test('a forced device that is lost fails the job; the next one opens it anew', async () => {
  const { engine, workers, newest, seen } = setUp('webgpu');
  void engine.start();
  newest().becomeReady('webgpu');
  const job = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  const jobId = newest().last('extend');
  newest().say({ kind: 'failed', jobId, code: 'device', message: 'lost' });
  await assert.rejects(job, hasCode('device'));
  const next = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  assert.deepEqual([workers.length, seen.fallbacks], [2, 0]);
  newest().becomeReady('webgpu');
  await turns();
  newest().say({ kind: 'picture', jobId: newest().last('extend'), photo: PICTURE });
  assert.equal((await next).device, 'webgpu');
});

test('a worker that dies while it starts leads to the CPU, and there to an end', async () => {
  const { engine, workers, newest, states } = setUp();
  const started = engine.start();
  newest().die();
  await turns();
  assert.equal(workers.length, 2);
  newest().die();
  await assert.rejects(started, hasCode('worker-crashed'));
  assert.equal(workers.length, 2, 'no endless restarting');
  assert.deepEqual(states.at(-1), { status: 'failed', code: 'worker-crashed' });
});

test('a photo that was being read when the worker died is read by the next', async () => {
  const { engine, newest } = setUp();
  void engine.start();
  const job = engine.decode(new Uint8Array([7]), never());
  newest().die();
  await turns();
  const again = newest().heard.at(-1);
  assert.deepEqual(again?.kind === 'decode' && [...again.bytes], [7]);
  newest().say({ kind: 'picture', jobId: newest().last('decode'), photo: PICTURE });
  assert.deepEqual(await job, { ...PICTURE, metadata: null, border: NO_AMOUNTS });
});

test('after a failed start, reading photos still works and the next extension tries again', async () => {
  const { engine, workers, newest } = setUp();
  const started = engine.start();
  const jobId = newest().last('start');
  newest().say({ kind: 'failed', jobId, code: 'weights-missing', message: 'none' });
  await assert.rejects(started, hasCode('weights-missing'));
  const reading = engine.decode(new Uint8Array([1]), never());
  const told = { metadata: { xmp: 'a camera' }, border: { ...NO_AMOUNTS, top: 2 } };
  newest().say({ kind: 'picture', jobId: newest().last('decode'), photo: PHOTO, ...told });
  assert.deepEqual(await reading, { ...PHOTO, ...told });
  assert.equal(workers.length, 1);
  const job = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  assert.equal(workers.length, 2);
  assert.equal(workers[0]?.isTerminated, true);
  newest().becomeReady('cpu');
  await turns();
  newest().say({ kind: 'picture', jobId: newest().last('extend'), photo: PICTURE });
  assert.equal((await job).picture, PICTURE);
});

test('a message that cannot be read, and closing, settle what waits', async () => {
  const { engine, newest } = setUp('cpu');
  void engine.start();
  newest().becomeReady('cpu');
  const job = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  newest().onmessageerror();
  await assert.rejects(job, hasCode('worker-crashed'));
  newest().becomeReady('cpu');
  const last = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  engine.close();
  await assert.rejects(last, hasCode('worker-crashed'));
  assert.equal(newest().isTerminated, true);
});

test('a closed engine starts no worker, whatever waits, is asked for or was starting', async () => {
  const { engine, newest, workers } = setUp();
  const started = engine.start();
  const decoding = engine.decode(new Uint8Array(1), never());
  engine.close();
  await assert.rejects(started, hasCode('worker-crashed'));
  await assert.rejects(decoding, hasCode('worker-crashed'));
  const extending = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await assert.rejects(extending, hasCode('worker-crashed'));
  assert.deepEqual([workers.length, newest().isTerminated], [1, true]);
});

const HOLE = new Uint8Array(6).fill(1);
const GRID = /** @type {const} */ ({ cell: [4, 4], phase: [0, 0] });

/** A clock that goes on when it is told to; the test ends it. */
function stoppedClock() {
  let now = 1000;
  mock.method(performance, 'now', () => now);
  return { goOn: (/** @type {number} */ millis) => void (now += millis) };
}
afterEach(() => mock.restoreAll());

/**
 * The painting tasks, each as the page asks for it: the weights that it needs, and what the worker
 * answers.
 * @type {Record<string, { task: string, reply: object,
 *   ask: (engine: Engine, options: JobOptions) => Promise<{ device: string, millis: number }> }>}
 */
const PAINTING = {
  extend: {
    task: 'extend',
    reply: { kind: 'picture', photo: PICTURE },
    ask: (engine, options) => engine.extend(PHOTO, AMOUNTS, options),
  },
  fill: {
    task: 'fill',
    reply: { kind: 'picture', photo: PICTURE },
    ask: (engine, options) => engine.fill(PHOTO, HOLE, 3, options),
  },
  enlarge: {
    task: 'enlarge',
    reply: { kind: 'picture', photo: PICTURE },
    ask: (engine, options) => engine.enlarge(PHOTO, options),
  },
  'find-scratches': {
    task: 'scratches',
    reply: { kind: 'selection', spans: [0, 0, 1] },
    ask: (engine, options) => engine.findScratches(PHOTO, options),
  },
  unmosaic: {
    task: 'unmosaic',
    reply: { kind: 'picture', photo: PICTURE, decibels: { guess: 3, mosaic: 2 } },
    ask: (engine, options) => engine.unmosaic(PHOTO, HOLE, GRID, PHOTO, options),
  },
  colours: {
    task: 'colorize',
    reply: { kind: 'colours', colours: { columns: 0, rows: 0, variants: [] } },
    ask: (engine, options) => engine.colours(PHOTO, [], options),
  },
  select: {
    task: 'cutout',
    reply: { kind: 'selection', spans: [0, 0, 1] },
    ask: (engine, options) => engine.select(PHOTO, [], options),
  },
  curves: {
    task: 'defade',
    reply: { kind: 'curves', curves: { columns: 0, rows: 0, points: new Float32Array() } },
    ask: (engine, options) => engine.curves(PHOTO, options),
  },
};

for (const [name, { task, reply, ask }] of Object.entries(PAINTING)) {
  const kind = /** @type {Request['kind']} */ (name);
  /** @param {FakeWorker} worker */
  const answer = (worker) =>
    worker.say(/** @type {Reply} */ ({ ...reply, jobId: worker.last(kind) }));
  /** An engine whose page has weights for the task. @param {Backend} [backend] */
  const trained = (backend) => {
    const set = setUp(backend);
    void set.engine.start().catch(() => {});
    const jobId = set.newest().last('start');
    set.newest().say({ kind: 'trained', jobId, weights: shipped([task]) });
    return set;
  };

  test(`${name} waits for the device`, async () => {
    const { engine, newest } = trained();
    const job = ask(engine, { signal: never() });
    await turns();
    assert.ok(!newest().heard.some((each) => each.kind === kind), 'not before it is ready');
    newest().becomeReady('webgpu');
    await turns();
    answer(newest());
    assert.equal((await job).device, 'webgpu');
  });

  for (const [fault, happen] of /** @type {const} */ ([
    [
      'fails',
      (/** @type {FakeWorker} */ worker) =>
        worker.say({ kind: 'failed', jobId: worker.last(kind), code: 'device', message: 'lost' }),
    ],
    ['takes the worker down', (/** @type {FakeWorker} */ worker) => worker.die()],
  ])) {
    test(`${name} goes on on the CPU where the graphics device ${fault}`, async () => {
      const { engine, newest, workers, seen } = trained();
      newest().becomeReady('webgpu');
      const job = ask(engine, { signal: never() });
      await turns();
      happen(newest());
      await turns();
      assert.equal(workers.length, 2);
      newest().becomeReady('cpu');
      await turns();
      answer(newest());
      assert.equal((await job).device, 'cpu');
      assert.equal(seen.fallbacks, 1);
    });
  }

  test(`${name} on a forced device says that it is lost, and opens it anew`, async () => {
    const { engine, newest, workers, seen } = trained('webgpu');
    newest().becomeReady('webgpu');
    const job = ask(engine, { signal: never() });
    await turns();
    const jobId = newest().last(kind);
    newest().say({ kind: 'failed', jobId, code: 'device', message: 'lost' });
    await assert.rejects(job, hasCode('device'));
    const again = ask(engine, { signal: never() });
    await turns();
    assert.deepEqual([workers.length, seen.fallbacks], [2, 0]);
    newest().becomeReady('webgpu');
    await turns();
    answer(newest());
    assert.equal((await again).device, 'webgpu');
  });

  test(`the time of ${name} is that of the work, not of a download`, async () => {
    const { engine, newest } = trained();
    newest().becomeReady('cpu');
    const clock = stoppedClock();
    const stages = /** @type {string[]} */ ([]);
    const onProgress = (/** @type {string} */ stage) => stages.push(stage);
    const job = ask(engine, { signal: never(), onProgress });
    await turns();
    const jobId = newest().last(kind);
    newest().say({ kind: 'progress', jobId, stage: 'download', done: 1, total: 2 });
    clock.goOn(700);
    newest().say({ kind: 'progress', jobId, stage: 'paint', done: 0, total: 1 });
    clock.goOn(20);
    answer(newest());
    assert.equal((await job).millis, 20);
    assert.deepEqual(stages, ['download', 'paint'], 'the page hears of both');
  });
}

for (const name of /** @type {const} */ (['fill', 'enlarge', 'unmosaic'])) {
  const { ask, reply } = /** @type {(typeof PAINTING)[string]} */ (PAINTING[name]);

  test(`${name} without weights waits for no device, nor counts the wait for the module`, async () => {
    const { engine, newest } = setUp();
    const clock = stoppedClock();
    const job = ask(engine, { signal: never() });
    newest().say({ kind: 'trained', jobId: newest().last('start'), weights: shipped(['extend']) });
    await turns();
    clock.goOn(700);
    const jobId = newest().last(name);
    newest().say({ kind: 'progress', jobId, stage: 'paint', done: 0, total: 1 });
    clock.goOn(20);
    newest().say(/** @type {Reply} */ ({ ...reply, jobId }));
    const { device, millis } = await job;
    assert.deepEqual([device, millis], ['', 20]);
  });
}

test('what a mosaic hides is compared with, where it is known', async () => {
  for (const decibels of [undefined, { guess: 3, mosaic: 2 }]) {
    const { engine, newest } = setUp();
    const job = engine.unmosaic(PHOTO, HOLE, GRID, PHOTO, { signal: never() });
    newest().say({ kind: 'trained', jobId: newest().last('start'), weights: [] });
    await turns();
    const more = decibels ? { decibels } : {};
    newest().say({ kind: 'picture', jobId: newest().last('unmosaic'), photo: PICTURE, ...more });
    assert.deepEqual((await job).decibels, decibels ?? null);
  }
});

test('where the start fails before anything is known of weights, a mosaic is still made smooth', async () => {
  const { engine, newest } = setUp('webgpu');
  const job = engine.unmosaic(PHOTO, HOLE, GRID, null, { signal: never() });
  const jobId = newest().last('start');
  newest().say({ kind: 'failed', jobId, code: 'download-failed', message: 'no manifest' });
  await turns();
  newest().say({ kind: 'picture', jobId: newest().last('unmosaic'), photo: PICTURE });
  assert.equal((await job).picture, PICTURE);
});

test('the steps of an extension are heard, and the wish to keep them is passed on', async () => {
  const { engine, newest } = setUp();
  void engine.start();
  newest().becomeReady('cpu');
  const heard = /** @type {unknown[]} */ ([]);
  const keep = new AbortController();
  const onStep = (/** @type {unknown} */ step, /** @type {number} */ done) =>
    heard.push([step, done]);
  const options = { signal: never(), onStep, keep: keep.signal };
  const job = engine.extend(PHOTO, AMOUNTS, options);
  await turns();
  const jobId = newest().last('extend');
  const step = { grown: AMOUNTS, thumb: PICTURE };
  newest().say({ kind: 'step', jobId, done: 1, step });
  assert.deepEqual(heard, [[step, 1]]);
  keep.abort();
  assert.equal(newest().last('keep'), jobId);
  newest().say({ kind: 'picture', jobId, photo: PICTURE });
  assert.equal((await job).picture, PICTURE);
  const next = engine.extend(PHOTO, AMOUNTS, { signal: never() });
  await turns();
  assert.equal(newest().last('keep'), jobId, 'the next is not ended');
  newest().say({ kind: 'picture', jobId: newest().last('extend'), photo: PICTURE });
  await next;
});

test('a large truth is handed over beside its photo, and the page keeps both', async () => {
  const { engine, newest } = setUp();
  const size = { width: 1200, height: 1000 };
  const photo = { ...size, rgba: new Uint8Array(4 * 1200 * 1000).fill(7) };
  const truth = { ...size, rgba: new Uint8Array(4 * 1200 * 1000).fill(9) };
  const job = engine.unmosaic(photo, HOLE, GRID, truth, { signal: never() });
  newest().say({ kind: 'trained', jobId: newest().last('start'), weights: shipped([]) });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const request = newest().heard.at(-1);
  assert.ok(request?.kind === 'unmosaic' && request.truth);
  assert.deepEqual([request.photo.rgba[5], request.truth.rgba[5]], [7, 9]);
  assert.notEqual(request.truth.rgba.buffer, truth.rgba.buffer);
  newest().say({ kind: 'picture', jobId: request.jobId, photo: PICTURE });
  await job;
});

const OWN_BYTES = new Uint8Array([7, 7, 7]);

/** An engine on `device` that uses own weights for filling, beside the page's for extending. @param {string} device */
async function withOwn(device) {
  const set = setUp();
  void set.engine.start();
  set.newest().say({
    kind: 'trained',
    jobId: set.newest().last('start'),
    weights: shipped(['extend', 'fill']),
  });
  set.newest().becomeReady(device);
  const using = set.engine.useOwn('mine.safetensors', OWN_BYTES);
  await turns();
  const request = set.newest().heard.at(-1);
  assert.ok(request?.kind === 'load-own');
  assert.deepEqual([request.file, request.bytes], ['mine.safetensors', OWN_BYTES]);
  set.newest().say({ kind: 'own', jobId: request.jobId, task: 'fill', name: 'mine' });
  assert.deepEqual(await using, { task: 'fill', name: 'mine', bytes: 3 });
  return set;
}

const OWN = { task: 'fill', file: 'mine.safetensors', bytes: OWN_BYTES };
const THE_PAGES = shipped(['extend', 'fill']).map((weights) => ({ ...weights, isOwn: false }));
const WITH_OWN = [THE_PAGES[0], { task: 'fill', name: 'mine', bytes: 3, isOwn: true }];
/** What a worker was started with. @param {FakeWorker} worker */
const ownOf = (worker) => worker.heard.flatMap((each) => (each.kind === 'start' ? each.own : []));

test('own weights are told of, for their task only, and given up again', async () => {
  const { engine, newest, seen, workers } = await withOwn('cpu');
  assert.deepEqual(ownOf(newest()), [], 'control: none were there before');
  assert.deepEqual(seen.trained, WITH_OWN);
  const givingUp = engine.giveUpOwn('fill');
  const request = newest().heard.at(-1);
  assert.deepEqual(request?.kind === 'give-up' && request.task, 'fill');
  newest().say({ kind: 'given-up', jobId: newest().last('give-up') });
  await givingUp;
  assert.deepEqual(seen.trained, THE_PAGES);
  newest().die();
  assert.equal(workers.length, 2);
  assert.deepEqual(ownOf(newest()), []);
});

for (const [what, device] of /** @type {const} */ ([
  ['a worker that died is replaced', 'cpu'],
  ['the graphics device failed and the CPU goes on', 'webgpu'],
])) {
  test(`own weights are there again where ${what}`, async () => {
    const { newest, workers, seen } = await withOwn(device);
    newest().die();
    await turns();
    assert.equal(workers.length, 2);
    assert.deepEqual(ownOf(newest()), [OWN]);
    const jobId = newest().last('start');
    newest().say({ kind: 'trained', jobId, weights: shipped(['extend', 'fill']) });
    assert.deepEqual(seen.trained, WITH_OWN);
  });
}

test('own weights that a worker died over before it knew them go to the next', async () => {
  const { engine, newest, seen } = setUp();
  void engine.start();
  newest().becomeReady('webgpu');
  const using = engine.useOwn('mine.safetensors', OWN_BYTES);
  await turns();
  newest().die();
  await turns();
  assert.deepEqual(ownOf(newest()), [], 'not known to be good yet');
  newest().becomeReady('cpu');
  await turns();
  newest().say({ kind: 'own', jobId: newest().last('load-own'), task: 'fill', name: 'mine' });
  await using;
  assert.deepEqual(seen.trained, [WITH_OWN[1]]);
});

test('weights that are being given up when the worker dies are given up by the next', async () => {
  const { engine, newest, seen } = await withOwn('cpu');
  const givingUp = engine.giveUpOwn('fill');
  newest().die();
  await turns();
  assert.deepEqual(ownOf(newest()), [OWN]);
  newest().say({ kind: 'given-up', jobId: newest().last('give-up') });
  await givingUp;
  assert.deepEqual(seen.trained, THE_PAGES);
});

test('a file that is refused changes nothing', async () => {
  const { engine, newest, seen } = await withOwn('cpu');
  const using = engine.useOwn('cut.safetensors', new Uint8Array([1]));
  await turns();
  const jobId = newest().last('load-own');
  newest().say({ kind: 'failed', jobId, code: 'weights-damaged', message: 'cut off' });
  await assert.rejects(using, hasCode('weights-damaged'));
  assert.deepEqual(seen.trained, WITH_OWN);
  newest().die();
  assert.deepEqual(ownOf(newest()), [OWN]);
});

test('a mosaic with own weights waits for the device, also where the page has none', async () => {
  const { engine, newest } = setUp();
  void engine.start();
  newest().say({ kind: 'trained', jobId: newest().last('start'), weights: shipped(['extend']) });
  newest().becomeReady('cpu');
  const using = engine.useOwn('mine.safetensors', OWN_BYTES);
  await turns();
  newest().say({ kind: 'own', jobId: newest().last('load-own'), task: 'unmosaic', name: 'mine' });
  await using;
  const job = engine.unmosaic(PHOTO, HOLE, GRID, null, { signal: never() });
  await turns();
  newest().say({ kind: 'picture', jobId: newest().last('unmosaic'), photo: PICTURE });
  assert.equal((await job).device, 'cpu');
});

test('a method is asked on the device, also where there are no weights for its task', async () => {
  const { engine, newest, seen } = setUp();
  void engine.start();
  const jobId = newest().last('start');
  const method = { task: 'fill', name: 'fill-work', bytes: 1, file: '', work: '', licence: '' };
  const methods = [{ ...method, isLoaded: false }];
  newest().say({ kind: 'trained', jobId, weights: [], methods });
  assert.deepEqual(await engine.knownMethods(), methods);
  assert.deepEqual(seen.methods, methods);
  const plain = engine.fill(PHOTO, HOLE, 0, { signal: never() });
  await turns();
  newest().say({ kind: 'picture', jobId: newest().last('fill'), photo: PICTURE });
  assert.equal((await plain).device, '', 'control: without one it needs none');
  newest().becomeReady('cpu');
  const job = engine.fill(PHOTO, HOLE, 0, { signal: never(), method: 'fill-work' });
  await turns();
  const asked = newest().heard.at(-1);
  assert.equal(asked?.kind === 'fill' && asked.method, 'fill-work');
  newest().say({ kind: 'picture', jobId: newest().last('fill'), photo: PICTURE });
  assert.equal((await job).device, 'cpu');
});

test('where it cannot be found out which methods there are, there are none', async () => {
  const { engine, newest } = setUp();
  const known = engine.knownMethods();
  const jobId = newest().last('start');
  newest().say({ kind: 'failed', jobId, code: 'download-failed', message: 'no network' });
  assert.deepEqual(await known, []);
});
