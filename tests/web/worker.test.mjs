// The worker's side, with a fake wasm module and a fake network: what it answers, and when.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { serve } from '../../www/worker/worker.js';
import * as naobu from './fake-naobu.js';

/** @import { Reply, Request } from '../../www/engine/protocol.js' */

const PNG_HEADER = new Uint8Array(33);
PNG_HEADER.set([0x89, 0x50]);
PNG_HEADER.set([13], 19); // width
PNG_HEADER.set([7], 23); // height
const WEIGHTS = new Uint8Array([1, 2, 3, 4, 5]);
const ENTRY = {
  name: 'extend-ship',
  task: 'extend',
  file: 'extend-ship.safetensors',
  bytes: 5,
  sha256: 'ab',
  config: { width: 1 },
};
const PHOTO = { width: 2, height: 1, rgba: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]) };

/** @type {Record<string, () => Response>} */
let files;
const realFetch = globalThis.fetch;

beforeEach(() => {
  files = {
    'naobu_bg.wasm': () => new Response(new Uint8Array(10)),
    'manifest.json': () => Response.json({ version: 1, weights: [ENTRY] }),
    'extend-ship.safetensors': () => new Response(WEIGHTS),
  };
  globalThis.fetch = async (/** @type {any} */ url) => {
    const name = String(url).split('/').at(-1) ?? '';
    return files[name]?.() ?? new Response('', { status: 404 });
  };
  behave({});
});
afterEach(() => {
  globalThis.fetch = realFetch;
  assert.equal(naobu.countUnfreed(), 0, 'what was handed to the engine was taken or freed');
});

/** @param {object} behaviour */
function behave(behaviour) {
  /** @type {any} */ (globalThis).fakeNaobu = behaviour;
}

/** A worker scope in this thread; `ask` resolves with the reply that ends the job. */
function startScope() {
  const replies = /** @type {Reply[]} */ ([]);
  const endings = /** @type {Map<number, (reply: Reply) => void>} */ (new Map());
  const scope = {
    /** @type {any} */ onmessage: null,
    /** @param {Reply} reply */
    postMessage(reply) {
      replies.push(reply);
      if (!['progress', 'loaded', 'trained', 'step'].includes(reply.kind))
        endings.get(reply.jobId)?.(reply);
    },
  };
  serve(scope, async () => /** @type {any} */ (naobu));
  let lastJobId = 0;
  return {
    replies,
    /** @param {object} request @returns {Promise<any>} */
    ask(request) {
      const jobId = ++lastJobId;
      const answered = new Promise((resolve) => endings.set(jobId, resolve));
      const handled = scope.onmessage({ data: /** @type {Request} */ ({ ...request, jobId }) });
      return Promise.all([answered, handled]).then(([reply]) => reply);
    },
    /** @param {object} request */
    tell(request) {
      return scope.onmessage({ data: request });
    },
    get lastJobId() {
      return lastJobId;
    },
  };
}

const START = { kind: 'start', backend: 'auto', weightsName: '', own: [] };
const EXTEND = {
  kind: 'extend',
  photo: PHOTO,
  amounts: { left: 1, top: 0, right: 2, bottom: 3 },
};

test('start loads, tells the limits, and is ready on the device', async () => {
  const worker = startScope();
  const reply = await worker.ask(START);
  assert.deepEqual(reply, { kind: 'ready', jobId: 1, device: 'webgpu', fallback: '' });
  const loaded = worker.replies.find(({ kind }) => kind === 'loaded');
  assert.deepEqual(loaded?.kind === 'loaded' && loaded.limits, naobu.limits());
  const downloads = worker.replies.filter(
    (each) => each.kind === 'progress' && each.stage === 'download',
  );
  const last = downloads.at(-1);
  assert.equal(last?.kind === 'progress' && last.done, 15, 'both downloads are counted');
});

test('an extension reports its steps and answers with the picture', async () => {
  const worker = startScope();
  await worker.ask(START);
  const reply = await worker.ask(EXTEND);
  assert.deepEqual([reply.kind, reply.photo.width, reply.photo.height], ['picture', 5, 4]);
  const stages = worker.replies.flatMap((each) =>
    each.kind === 'progress' && each.jobId === 2
      ? [`${each.stage} ${each.done}/${each.total}`]
      : [],
  );
  assert.deepEqual(stages, ['paint 0/4', 'paint 1/4', 'paint 2/4', 'paint 3/4', 'blend 4/4']);
});

test('a cancelled extension stops between two steps and says nothing more', async () => {
  behave({ steps: 1000, stepMillis: 2 });
  const worker = startScope();
  await worker.ask(START);
  void worker.ask(EXTEND);
  const cancelledId = worker.lastJobId;
  await new Promise((resolve) => setTimeout(resolve, 30));
  await worker.tell({ kind: 'cancel', jobId: cancelledId });
  behave({ steps: 2 });
  const reply = await worker.ask(EXTEND); // It would wait for 998 more steps.
  assert.equal(reply.kind, 'picture');
  const ended = worker.replies.filter(
    (each) => each.jobId === cancelledId && !['progress', 'step'].includes(each.kind),
  );
  assert.deepEqual(ended, []);
});

test('each step of an extension is shown as soon as it is done, the photo itself first', async () => {
  const worker = startScope();
  await worker.ask(START);
  await worker.ask({ ...EXTEND, amounts: { left: 4, top: 0, right: 8, bottom: 0 } });
  const kinds = worker.replies.filter(({ jobId }) => jobId === 2).map(({ kind }) => kind);
  assert.deepEqual(kinds.slice(0, 5), ['step', 'progress', 'step', 'progress', 'step']);
  const steps = worker.replies.flatMap((each) => (each.kind === 'step' ? [each] : []));
  assert.deepEqual(
    steps.map(({ done, step }) => [done, step.grown.left, step.grown.right, step.thumb.width]),
    [0, 1, 2, 3, 4].map((done) => [done, done, 2 * done, 2 + 3 * done]),
  );
  assert.ok(steps.every(({ step }) => step.thumb.rgba.length === 4 * step.thumb.width));
});

test('an extension that is to end keeps what is done, at least one step', async () => {
  behave({ stepMillis: 150 });
  const worker = startScope();
  await worker.ask(START);
  const long = { ...EXTEND, amounts: { left: 4, top: 0, right: 8, bottom: 0 } };
  const stepsDone = (/** @type {number} */ id) =>
    worker.replies.flatMap((each) => (each.kind === 'step' && each.jobId === id ? [each] : []));
  const job = worker.ask(long);
  const jobId = worker.lastJobId;
  while (stepsDone(jobId).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await worker.tell({ kind: 'keep', jobId });
  const { photo } = await job;
  const { done = 0 } = stepsDone(jobId).at(-1) ?? {};
  assert.equal(photo.width, 2 + 3 * done, 'as it was after its last step');
  assert.ok(done >= 1 && done < 4, `${done} of 4 steps`);
  behave({});
  const first = worker.ask(long);
  await worker.tell({ kind: 'keep', jobId: worker.lastJobId }); // Before any step.
  assert.equal((await first).photo.width, 2 + 3);
  await worker.tell({ kind: 'keep', jobId: 99 }); // Whatever that was, it is over.
  assert.equal((await worker.ask(long)).photo.width, 2 + 4 * 3, 'control: the next is whole');
});

const FILL = { kind: 'fill', photo: PHOTO, hole: new Uint8Array([0, 1]), featherPx: 0 };

test('a filling reports its steps and answers with a photo of the same size', async () => {
  const worker = startScope();
  await worker.ask(START);
  const reply = await worker.ask(FILL);
  assert.deepEqual([...reply.photo.rgba], [1, 2, 3, 4, 0, 255, 0, 8]);
  const paints = worker.replies.filter((each) => each.kind === 'progress' && each.jobId === 2);
  assert.equal(paints.length, 5, 'four steps and the blending');
  const empty = await worker.ask({ ...FILL, hole: new Uint8Array(2) });
  assert.deepEqual([empty.kind, empty.code], ['failed', 'hole-empty']);
});

test('filling needs no device and no weights where none are trained for it', async () => {
  behave({ openFailure: 'device' });
  const worker = startScope();
  await worker.ask(START);
  assert.equal((await worker.ask(FILL)).kind, 'picture');
  delete files['manifest.json'];
  behave({});
  const other = startScope();
  assert.equal((await other.ask(START)).kind, 'failed');
  assert.equal((await other.ask(FILL)).kind, 'picture');
});

test('weights trained for filling are told of, fetched when first needed, and used', async () => {
  const entry = { ...ENTRY, name: 'fill-ship', task: 'fill', file: 'fill-ship.safetensors' };
  let fetched = 0;
  files['manifest.json'] = () => Response.json({ version: 1, weights: [ENTRY, entry] });
  files['fill-ship.safetensors'] = () => (fetched++ ? new Response(WEIGHTS) : html());
  const worker = startScope();
  await worker.ask(START);
  const trained = worker.replies.find(({ kind }) => kind === 'trained');
  assert.deepEqual(trained?.kind === 'trained' && trained.weights, [
    { task: 'extend', name: 'extend-ship', bytes: 5 },
    { task: 'fill', name: 'fill-ship', bytes: 5 },
  ]);
  assert.equal(fetched, 0);
  assert.equal((await worker.ask(FILL)).code, 'weights-damaged', 'of another length');
  for (let i = 0; i < 2; i++) {
    assert.deepEqual([...(await worker.ask(FILL)).photo.rgba.subarray(4, 7)], [0, 0, 255]);
  }
  assert.equal(fetched, 2, 'once damaged, once whole, and kept');
});

test('a method is told of, fetched when it is asked for by name, and never in place of our own', async () => {
  const ours = { ...ENTRY, name: 'fill-ship', task: 'fill', file: 'fill-ship.safetensors' };
  const about = { task: 'fill', bytes: 5, work: 'completion', licence: 'MIT' };
  const method = { ...ENTRY, ...about, name: 'fill-work', file: 'fill-work.safetensors' };
  const fetched = /** @type {string[]} */ ([]);
  files['manifest.json'] = () => Response.json({ version: 1, weights: [method, ENTRY, ours] });
  for (const { file } of [ours, method]) {
    files[file] = () => (fetched.push(file), new Response(WEIGHTS));
  }
  const worker = startScope();
  await worker.ask(START);
  const told = () => worker.replies.flatMap((each) => (each.kind === 'trained' ? [each] : []));
  const { name, file } = method;
  assert.deepEqual(told()[0]?.methods, [{ ...about, name, file, isLoaded: false }]);
  assert.deepEqual(
    told()[0]
      ?.weights.map((each) => each.name)
      .sort(),
    ['extend-ship', 'fill-ship'],
  );
  const by = async (/** @type {string} */ method) => worker.ask({ ...FILL, method });
  for (let i = 0; i < 2; i++) assert.equal((await by(name)).photo.rgba[4], 10 * name.length);
  assert.deepEqual(fetched, [file], 'once, and not our own');
  assert.deepEqual(told()[1]?.methods, [{ ...about, name, file, isLoaded: true }]);
  assert.equal(told().length, 2);
  assert.equal((await by('')).photo.rgba[6], 255, 'control: ours');
  for (const gone of ['nothing', 'fill-ship', 'extend-ship']) {
    assert.deepEqual((({ code, message }) => [code, message])(await by(gone)), [
      'method-missing',
      gone,
    ]);
  }
  const other = await worker.ask({ ...EXTEND, method: name });
  assert.equal(other.code, 'method-missing', 'it does not extend');
});

test('a method that arrives damaged is fetched again when it is asked for once more', async () => {
  const method = {
    ...ENTRY,
    name: 'fill-work',
    task: 'fill',
    work: 'completion',
    file: 'work.bin',
  };
  let fetched = 0;
  files['manifest.json'] = () => Response.json({ version: 1, weights: [ENTRY, method] });
  files['work.bin'] = () => (fetched++ ? new Response(WEIGHTS) : html());
  const worker = startScope();
  await worker.ask(START);
  const fill = { ...FILL, method: 'fill-work' };
  assert.equal((await worker.ask(fill)).code, 'weights-damaged');
  assert.equal((await worker.ask(fill)).kind, 'picture');
  assert.equal((await worker.ask(FILL)).photo.rgba[5], 255, 'none of our own ship: filled without');
});

test('a photo is enlarged step by step, without a device where no weights are trained for it', async () => {
  behave({ openFailure: 'device' });
  const worker = startScope();
  await worker.ask(START);
  const reply = await worker.ask({ kind: 'enlarge', photo: PHOTO });
  assert.deepEqual([reply.photo.width, reply.photo.height], [4, 2]);
  const row = [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8];
  assert.deepEqual([...reply.photo.rgba], [...row, ...row]);
  const paints = worker.replies.filter((each) => each.kind === 'progress' && each.jobId === 2);
  assert.equal(paints.length, 5, 'four steps and the last');
  const large = { width: 4001, height: 3000, rgba: new Uint8Array(4 * 4001 * 3000) };
  const refused = await worker.ask({ kind: 'enlarge', photo: large });
  assert.deepEqual([refused.kind, refused.code], ['failed', 'too-large']);

  behave({});
  const entry = { ...ENTRY, name: 'enlarge-ship', task: 'enlarge' };
  files['manifest.json'] = () => Response.json({ version: 1, weights: [ENTRY, entry] });
  const other = startScope();
  await other.ask(START);
  const sharp = await other.ask({ kind: 'enlarge', photo: PHOTO });
  assert.equal(sharp.photo.rgba[2], 63, 'with weights');
});

test('a mosaic is found and undone without a device', async () => {
  behave({ openFailure: 'device' });
  const worker = startScope();
  await worker.ask(START);
  const none = await worker.ask({ kind: 'find-mosaic', photo: PHOTO, hole: null });
  assert.deepEqual([none.kind, none.code], ['failed', 'mosaic-not-found']);
  const found = await worker.ask({ kind: 'find-mosaic', photo: PHOTO, hole: FILL.hole });
  assert.equal(found.kind, 'mosaic');
  assert.deepEqual(
    [found.mosaic.cell, found.mosaic.phase],
    [
      [6, 6],
      [0, 0],
    ],
  );
  assert.ok(Array.isArray(found.mosaic.spans), 'plain numbers, for the page to keep');
  const grid = { cell: [6, 6], phase: [0, 0] };
  const reply = await worker.ask({ kind: 'unmosaic', photo: PHOTO, hole: FILL.hole, grid });
  assert.deepEqual([...reply.photo.rgba], [1, 2, 3, 4, 255, 0, 6, 8]);
  const bad = {
    kind: 'unmosaic',
    photo: PHOTO,
    hole: FILL.hole,
    grid: { cell: [1, 1], phase: [0, 0] },
  };
  assert.equal((await worker.ask(bad)).code, 'bad-setting');
});

test('weights trained for mosaics are fetched when first needed, and used', async () => {
  const entry = { ...ENTRY, name: 'mosaic', task: 'unmosaic', file: 'mosaic.safetensors' };
  let fetched = 0;
  files['manifest.json'] = () => Response.json({ version: 1, weights: [ENTRY, entry] });
  files['mosaic.safetensors'] = () => (fetched++, new Response(WEIGHTS));
  const worker = startScope();
  await worker.ask(START);
  const grid = { cell: [6, 6], phase: [0, 0] };
  const request = { kind: 'unmosaic', photo: PHOTO, hole: FILL.hole, grid, truth: null };
  assert.equal(fetched, 0);
  const reply = await worker.ask(request);
  assert.deepEqual([...reply.photo.rgba], [1, 2, 3, 4, 0, 0, 255, 8]);
  assert.equal(reply.decibels, undefined, 'nothing to compare with');
  const stages = worker.replies.flatMap((each) =>
    each.kind === 'progress' && each.jobId === 2 ? [each.stage] : [],
  );
  assert.deepEqual([stages[0], stages.at(-1)], ['download', 'paint']);
  await worker.ask(request);
  assert.equal(fetched, 1, 'and kept');
});

test('a photo is pixelated without a device; where the truth is known a guess is judged', async () => {
  behave({ openFailure: 'device' });
  const worker = startScope();
  await worker.ask(START);
  const grid = { cell: [6, 6], phase: [0, 0] };
  const hidden = await worker.ask({ kind: 'pixelate', photo: PHOTO, hole: FILL.hole, grid });
  assert.deepEqual([...hidden.photo.rgba], [1, 2, 3, 4, 90, 90, 90, 8]);
  const request = { kind: 'unmosaic', photo: hidden.photo, hole: FILL.hole, grid };
  const truth = { ...PHOTO, rgba: new Uint8Array([0, 0, 0, 0, 255, 90, 90, 8]) };
  const reply = await worker.ask({ ...request, truth });
  assert.deepEqual([...reply.photo.rgba], [1, 2, 3, 4, 255, 0, 6, 8]);
  assert.deepEqual(reply.decibels, { guess: 2, mosaic: 3 }, 'equal bytes, as the stand-in has it');
  const bad = { cell: [1, 1], phase: [0, 0] };
  const refused = { kind: 'pixelate', photo: PHOTO, hole: FILL.hole, grid: bad };
  assert.equal((await worker.ask(refused)).code, 'bad-setting');
});

test('things are selected with weights that are fetched when first needed, and cut out without', async () => {
  const entry = { ...ENTRY, name: 'cut', task: 'cutout', file: 'cutout.safetensors' };
  let fetched = 0;
  files['manifest.json'] = () => Response.json({ version: 1, weights: [ENTRY, entry] });
  files['cutout.safetensors'] = () => (fetched++, new Response(WEIGHTS));
  const worker = startScope();
  await worker.ask(START);
  const backdrop = { kind: 'colour', rgb: [9, 8, 7], blur: 0 };
  const asked = { kind: 'cut-out', photo: PHOTO, hole: FILL.hole };
  const cut = await worker.ask({ ...asked, backdrop });
  assert.deepEqual([...cut.photo.rgba], [9, 8, 7, 255, 5, 6, 7, 8]);
  const none = await worker.ask({ ...asked, backdrop: { ...backdrop, kind: 'none' } });
  assert.deepEqual([...none.photo.rgba], [0, 0, 0, 0, 5, 6, 7, 8]);
  const behind = { width: 1, height: 1, rgba: Uint8Array.of(1, 2, 3, 255) };
  const other = await worker.ask({ ...asked, behind, backdrop: { ...backdrop, kind: 'photo' } });
  assert.deepEqual([...other.photo.rgba], [1, 2, 3, 255, 5, 6, 7, 8]);
  assert.equal(fetched, 0);
  const refused = await worker.ask({ ...asked, backdrop: { ...backdrop, blur: 2 } });
  assert.equal(refused.code, 'bad-setting');
  const photo = { width: 10, height: 10, rgba: new Uint8Array(400) };
  const { spans } = await worker.ask({
    kind: 'select',
    photo,
    clicks: [{ x: 5, y: 5, isIn: true }],
  });
  assert.deepEqual(spans, [5, 5, 6]);
  assert.ok(Array.isArray(spans), 'plain numbers, for the page to keep');
  const stages = worker.replies.flatMap((each) => (each.kind === 'progress' ? [each.stage] : []));
  assert.ok(stages.includes('cut') && stages.at(-1) === 'select', stages.join());
  const hole = new Uint8Array(100).fill(1, 32, 38);
  const snapped = await worker.ask({ kind: 'snap', photo, hole });
  assert.deepEqual([snapped.kind, snapped.spans], ['selection', [3, 3, 7]]);
  assert.equal(fetched, 1);
});

const COLOURS = { kind: 'colours', photo: PHOTO, hints: [] };

test('scratches are found with weights that are fetched when first needed', async () => {
  const worker = startScope();
  await worker.ask(START);
  const photo = { width: 60, height: 2, rgba: new Uint8Array(4 * 60 * 2) };
  const request = { kind: 'find-scratches', photo };
  assert.equal((await worker.ask(request)).code, 'weights-missing');
  const entry = { ...ENTRY, name: 'scratches-ship', task: 'scratches' };
  files['manifest.json'] = () => Response.json({ version: 1, weights: [ENTRY, entry] });
  const other = startScope();
  await other.ask(START);
  const reply = await other.ask(request);
  assert.deepEqual(
    [reply.kind, reply.spans],
    ['selection', [0, 15, 17, 1, 15, 17]],
    'plain numbers, for the page to keep',
  );
  const stages = other.replies.flatMap((each) =>
    each.kind === 'progress' && each.jobId === 2 ? [each.stage] : [],
  );
  assert.ok(stages.includes('download') && stages.includes('scratches'), String(stages));
  assert.deepEqual((await other.ask({ ...request, photo: PHOTO })).spans, []);
});

test('colours are found with weights that are fetched when first needed, and put without', async () => {
  const entry = { ...ENTRY, name: 'colour-ship', task: 'colorize', file: 'colour.safetensors' };
  let fetched = 0;
  files['manifest.json'] = () => Response.json({ version: 1, weights: [ENTRY, entry] });
  files['colour.safetensors'] = () => (fetched++, new Response(WEIGHTS));
  const worker = startScope();
  await worker.ask(START);
  assert.equal((await worker.ask({ kind: 'colouring', photo: PHOTO })).colouring, 'coloured');
  assert.equal(fetched, 0);
  const hints = [{ x: 1, y: 0, rgb: [200, 100, 60] }];
  const { kind, colours } = await worker.ask({ ...COLOURS, hints });
  assert.deepEqual([kind, fetched, colours.variants.length > 0], ['colours', 1, true]);
  assert.deepEqual([...colours.variants[0].uv], [-20, 50], 'the hint was passed on');
  const { columns, rows, variants } = colours;
  const coat = { kind: 'colours', columns, rows, uv: variants[0].uv };
  const look = { saturation: 1, warmth: 0, strength: 0.5 };
  const put = await worker.ask({ kind: 'put', photo: PHOTO, coat: { ...coat, ...look } });
  assert.deepEqual([...put.photo.rgba], [26, 2, 0, 4, 30, 6, 0, 8]);
  await worker.ask(COLOURS);
  assert.equal(fetched, 1, 'and kept');
  const curves = await worker.ask({ kind: 'curves', photo: PHOTO });
  assert.deepEqual([curves.kind, curves.code], ['failed', 'weights-missing']);
});

test('colours are put on copies, and copies made, without a device', async () => {
  behave({ openFailure: 'device' });
  const worker = startScope();
  await worker.ask(START);
  const small = await worker.ask({ kind: 'shrink', photo: PHOTO, mostPixels: 1 });
  assert.deepEqual([small.photo.width, small.photo.height], [1, 1]);
  const coat = { kind: 'curves', columns: 1, rows: 1, points: new Float32Array(24).fill(0.1) };
  const put = await worker.ask({ kind: 'put', photo: small.photo, coat: { ...coat, strength: 1 } });
  assert.deepEqual([...put.photo.rgba], [27, 28, 29, 4], '25.5 more, rounded to even');
  const bad = { ...coat, points: new Float32Array(3), strength: 1 };
  assert.equal((await worker.ask({ kind: 'put', photo: PHOTO, coat: bad })).code, 'bad-setting');
  assert.equal((await worker.ask(COLOURS)).code, 'weights-missing');
});

test('photos can be read while the engine could not start', async () => {
  behave({ openFailure: 'device' });
  const worker = startScope();
  const failed = await worker.ask(START);
  assert.deepEqual([failed.kind, failed.code], ['failed', 'device']);
  const reply = await worker.ask({ kind: 'decode', bytes: PNG_HEADER });
  assert.deepEqual([reply.photo.width, reply.photo.height], [13, 7]);
  const text = await worker.ask({ kind: 'decode', bytes: new Uint8Array([1, 2, 3]) });
  assert.equal(text.code, 'not-an-image');
});

test('encode answers with the bytes of the file', async () => {
  const worker = startScope();
  await worker.ask(START);
  const reply = await worker.ask({ kind: 'encode', photo: PHOTO, format: 'webp', quality: 80 });
  assert.equal(new TextDecoder().decode(reply.bytes), 'webp 2x1 8');
});

for (const [what, break_, code] of /** @type {[string, () => void, string][]} */ ([
  ['no manifest', () => delete files['manifest.json'], 'download-failed'],
  ['no weights that extend', () => empty(), 'weights-missing'],
  ['a manifest that is not JSON', () => (files['manifest.json'] = html), 'weights-damaged'],
  ['weights of another length', () => (files['extend-ship.safetensors'] = html), 'weights-damaged'],
  ['weights that are not there', () => delete files['extend-ship.safetensors'], 'download-failed'],
  ['no wasm', () => delete files['naobu_bg.wasm'], 'download-failed'],
  ['weights the engine refuses', () => behave({ loadFailure: 'weights-misfit' }), 'weights-misfit'],
])) {
  test(`starting with ${what} fails with ${code}`, async () => {
    break_();
    const reply = await startScope().ask(START);
    assert.deepEqual([reply.kind, reply.code], ['failed', code]);
  });
}

function empty() {
  files['manifest.json'] = () => Response.json({ version: 1, weights: [] });
}
function html() {
  return new Response('<!doctype html>');
}

test('what has no code is not answered: it must end the worker', async () => {
  behave({ panics: true });
  const worker = startScope();
  await worker.ask(START);
  await assert.rejects(worker.tell({ ...EXTEND, jobId: 9 }), /unreachable/);
});

/** @param {string} task @param {string} name @param {number[]} [colour] */
function ownFile(task, name, colour = [9, 9, 9]) {
  const bytes = new TextEncoder().encode(JSON.stringify({ task, name, colour }));
  return { task, file: `${name}.safetensors`, bytes };
}
/** The page has weights for filling too; answers with how often they were fetched. */
function serveFillWeights() {
  const entry = { ...ENTRY, name: 'fill-ship', task: 'fill', file: 'fill-ship.safetensors' };
  const fetched = { times: 0 };
  files['manifest.json'] = () => Response.json({ version: 1, weights: [ENTRY, entry] });
  files['fill-ship.safetensors'] = () => ((fetched.times += 1), new Response(WEIGHTS));
  return fetched;
}
const SHIPPED_COLOUR = [0, 0, 255];
/** What a filling paints. @param {ReturnType<typeof startScope>} worker */
const filledColour = async (worker) => [...(await worker.ask(FILL)).photo.rgba.subarray(4, 7)];

test('own weights take the place of those of the page, which are not fetched, and give it back', async () => {
  const fetched = serveFillWeights();
  const worker = startScope();
  await worker.ask(START);
  const reply = await worker.ask({ kind: 'load-own', ...ownFile('fill', 'mine', [1, 2, 3]) });
  assert.deepEqual([reply.kind, reply.task, reply.name], ['own', 'fill', 'mine']);
  assert.deepEqual(await filledColour(worker), [1, 2, 3]);
  await worker.ask({ kind: 'load-own', ...ownFile('fill', 'newer', [4, 5, 6]) });
  assert.deepEqual(await filledColour(worker), [4, 5, 6]);
  assert.equal(fetched.times, 0);
  assert.equal((await worker.ask({ kind: 'give-up', task: 'fill' })).kind, 'given-up');
  assert.deepEqual(await filledColour(worker), SHIPPED_COLOUR, 'not those that were replaced');
  assert.equal(fetched.times, 1);
  await worker.ask({ kind: 'load-own', ...ownFile('fill', 'mine', [1, 2, 3]) });
  assert.deepEqual(await filledColour(worker), [1, 2, 3], 'also over those that were fetched');
  await worker.ask({ kind: 'give-up', task: 'fill' });
  assert.deepEqual(await filledColour(worker), SHIPPED_COLOUR);
  assert.equal(fetched.times, 1, 'and kept');
  const again = await worker.ask({ kind: 'give-up', task: 'fill' });
  assert.equal(again.kind, 'given-up', 'with none there, nothing happens');
});

test('own weights are for their task only, also where the page has none for it', async () => {
  const worker = startScope();
  await worker.ask(START);
  await worker.ask({ kind: 'load-own', ...ownFile('colorize', 'mine') });
  assert.deepEqual(await filledColour(worker), [0, 255, 0], 'without weights');
  assert.equal((await worker.ask(COLOURS)).kind, 'colours');
  await worker.ask({ kind: 'give-up', task: 'colorize' });
  assert.equal((await worker.ask(COLOURS)).code, 'weights-missing');
});

test('a file that is refused changes nothing', async () => {
  serveFillWeights();
  const worker = startScope();
  await worker.ask(START);
  const damaged = { kind: 'load-own', file: 'cut.safetensors', bytes: new Uint8Array([1]) };
  const refused = await worker.ask(damaged);
  assert.deepEqual([refused.kind, refused.code], ['failed', 'weights-damaged']);
  assert.deepEqual(await filledColour(worker), SHIPPED_COLOUR);
  await worker.ask({ kind: 'load-own', ...ownFile('fill', 'mine', [1, 2, 3]) });
  assert.equal((await worker.ask(damaged)).code, 'weights-damaged');
  assert.deepEqual(await filledColour(worker), [1, 2, 3]);
});

test('a start with own weights loads them, and fetches none of the page for their tasks', async () => {
  const fetched = serveFillWeights();
  let extending = 0;
  files['extend-ship.safetensors'] = () => ((extending += 1), new Response(WEIGHTS));
  const worker = startScope();
  const own = [ownFile('fill', 'mine', [1, 2, 3]), ownFile('extend', 'wide')];
  assert.equal((await worker.ask({ ...START, own })).kind, 'ready');
  assert.deepEqual(await filledColour(worker), [1, 2, 3]);
  assert.equal((await worker.ask(EXTEND)).kind, 'picture');
  assert.deepEqual([fetched.times, extending], [0, 0]);
  await worker.ask({ kind: 'give-up', task: 'extend' });
  assert.equal((await worker.ask(EXTEND)).kind, 'picture');
  assert.deepEqual([fetched.times, extending], [0, 1]);
  assert.deepEqual(await filledColour(worker), [1, 2, 3], 'the other stays');
});
