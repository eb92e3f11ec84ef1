// What the engine's memory costs: the worker's side with the real module, run here without a page.
//
// WebAssembly memory never shrinks, and no garbage collector looks into it. So what a task leaves
// there shows as growth, round after round.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { serve } from '../../www/worker/worker.js';
import { requirePkg } from './support/browser.mjs';

const [WIDTH, HEIGHT] = [400, 320];
const PICTURE_BYTES = 4 * WIDTH * HEIGHT;
const ROUNDS = 8;
const ROOT = new URL('../../', import.meta.url);
const realFetch = globalThis.fetch;

before(() => {
  requirePkg();
  globalThis.fetch = async (url) => {
    const isModule = String(url).endsWith('.wasm');
    const headers = { 'content-type': isModule ? 'application/wasm' : 'text/plain' };
    return new Response(await readFile(new URL(String(url))), { headers });
  };
});
after(() => {
  globalThis.fetch = realFetch;
});

/** The worker's side in this thread; `ask` resolves with the reply that ends the job. */
async function startWorker() {
  /** @type {any} */
  const naobu = await import(new URL('pkg/naobu.js', ROOT).href);
  let ended = (/** @type {any} */ _) => {};
  let onPaint = () => {};
  let lastJobId = 0;
  const scope = {
    /** @type {any} */ onmessage: null,
    postMessage(/** @type {any} */ reply) {
      if (reply.kind === 'progress' && reply.stage === 'paint') onPaint();
      if (!['progress', 'loaded', 'trained', 'step'].includes(reply.kind)) ended(reply);
    },
  };
  serve(scope, async () => naobu);
  /** @param {object} request @returns {Promise<any>} */
  const ask = (request) =>
    new Promise((resolve, reject) => {
      ended = resolve;
      scope.onmessage({ data: { method: '', ...request, jobId: ++lastJobId } }).catch(reject);
    });
  const started = await ask({ kind: 'start', backend: 'cpu', weightsName: '', own: [] });
  assert.equal(started.kind, 'ready', started.message);
  const { memory } = await naobu.default();
  return {
    ask,
    naobu,
    bytes: () => memory.buffer.byteLength,
    /** Asks, and cancels when the painting is under way. @param {object} request */
    async giveUp(request) {
      const jobId = ++lastJobId;
      let isGivenUp = false;
      onPaint = () => {
        isGivenUp = true;
        void scope.onmessage({ data: { kind: 'cancel', jobId } });
      };
      await scope.onmessage({ data: { method: '', ...request, jobId } });
      onPaint = () => {};
      assert.ok(isGivenUp, 'it was under way');
    },
  };
}

/** Waves of colour with noise, and a hole in the middle. */
function picture() {
  const rgba = new Uint8Array(PICTURE_BYTES);
  const hole = new Uint8Array(WIDTH * HEIGHT);
  for (let i = 0; i < hole.length; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    const noise = (Math.imul(i, 2654435761) >>> 28) - 8;
    const wave = (/** @type {number} */ rate) => 120 + 90 * Math.sin(x / rate + y / 31) + noise;
    rgba.set([wave(40), wave(25), wave(60), 255], 4 * i);
    hole[i] = Number(Math.abs(x - 200) < 40 && Math.abs(y - 160) < 40);
  }
  return { photo: { width: WIDTH, height: HEIGHT, rgba }, hole };
}

test('every task leaves the memory as it found it, also where it is refused or cancelled', async () => {
  const { ask, naobu, bytes, giveUp } = await startWorker();
  const { photo, hole } = picture();
  const grid = { cell: [10, 10], phase: [0, 0] };
  const amounts = { left: 20, top: 0, right: 0, bottom: 0 };
  const coat = { columns: 1, rows: 1, strength: 1 };
  const requests = [
    { kind: 'encode', photo, format: 'png', quality: 100 },
    { kind: 'extend', photo, amounts },
    { kind: 'fill', photo, hole, featherPx: 4 },
    { kind: 'pixelate', photo, hole, grid },
    { kind: 'find-mosaic', photo, hole },
    { kind: 'unmosaic', photo, hole, grid, detail: 0.5, truth: photo },
    { kind: 'colouring', photo },
    { kind: 'colours', photo, hints: [{ x: 3, y: 3, rgb: [200, 90, 40] }] },
    { kind: 'curves', photo },
    {
      kind: 'put',
      photo,
      coat: { ...coat, kind: 'colours', uv: new Float32Array(2), saturation: 1, warmth: 0 },
    },
    { kind: 'put', photo, coat: { ...coat, kind: 'curves', points: new Float32Array(87) } },
    { kind: 'shrink', photo, mostPixels: 10_000 },
  ];
  const refused = [
    { kind: 'fill', photo, hole: new Uint8Array(3), featherPx: 4 },
    { kind: 'fill', photo, hole: new Uint8Array(hole.length), featherPx: 4 },
    { kind: 'pixelate', photo, hole, grid: { cell: [1, 1], phase: [0, 0] } },
    { kind: 'unmosaic', photo, hole, grid, detail: 7, truth: null },
    { kind: 'extend', photo, amounts: { left: 0, top: 0, right: 0, bottom: 0 } },
    { kind: 'encode', photo, format: 'tiff', quality: 100 },
    { kind: 'put', photo, coat: { ...coat, kind: 'curves', points: new Float32Array(3) } },
  ];
  const round = async () => {
    for (const request of requests) {
      const reply = await ask(request);
      const isNone = request.kind === 'find-mosaic' && reply.code === 'mosaic-not-found';
      assert.ok(reply.kind !== 'failed' || isNone, `${request.kind}: ${reply.message}`);
    }
    for (const request of refused) assert.equal((await ask(request)).kind, 'failed');
    await giveUp({ kind: 'extend', photo, amounts });
    await giveUp({ kind: 'fill', photo, hole, featherPx: 4 });
  };
  // The allocator finds its places, and the weights come in.
  for (let i = 0; i < 3; i++) await round();
  const settled = bytes();
  for (let i = 0; i < ROUNDS; i++) await round();
  const grown = bytes() - settled;
  assert.ok(grown < PICTURE_BYTES, `${grown} bytes in ${ROUNDS} rounds`);
  // Control: a picture that nobody takes or frees.
  for (let i = 0; i < 100; i++) new naobu.Picture(WIDTH, HEIGHT, photo.rgba);
  assert.ok(bytes() - settled > 50 * PICTURE_BYTES, 'a leak is seen');
});

test('what libraries run once is not called by every exported function', async () => {
  const wasm = await readFile(new URL('pkg/naobu_bg.wasm', ROOT));
  const names = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name);
  assert.ok(names.includes('__wasm_call_ctors'), 'src/web.rs calls it');
  // Where the linker wraps functions, their names end so; this build has names.
  assert.ok(!wasm.includes('command_export'));
  assert.ok(wasm.includes('__wbindgen_malloc'), 'control: names are found');
});
