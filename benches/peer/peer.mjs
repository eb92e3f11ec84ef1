// Our networks and onnxruntime-web's answers, in turn, in one Chromium: same weights, same picture.
//
//     cargo xtask peer [rounds] [word of a network …]
//
// builds `peer.rs`, installs onnxruntime-web beside this file, and starts this. Both answer once
// before they are timed, and must agree. Then each runs `rounds` times, taking turns; medians count.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { extname } from 'node:path';
import { launch, WEBGPU_FLAGS } from '../../tests/pages/support/browser.mjs';
import { NETWORKS, written } from './networks.mjs';

/** @import { Parameter } from './networks.mjs' */

const ROOT = new URL('../../', import.meta.url);
/** How far apart two answers may be, as a share of how far they spread. */
const TOLERANCE = 1e-3;
const TYPES = /** @type {Record<string, string>} */ ({
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
});

/** Serves this repository, and what is in `made`, with threads allowed. @param {Map<string, Buffer>} made */
async function serve(made) {
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '/').slice(1).split('?')[0] ?? '';
    const headers = {
      'content-type': TYPES[extname(path)] ?? 'text/html',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    };
    try {
      const blank = Buffer.from('<!doctype html><link rel="icon" href="data:," />');
      const body = path ? (made.get(path) ?? (await readFile(new URL(path, ROOT)))) : blank;
      response.writeHead(200, headers).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  server.unref();
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

/**
 * Runs in the page: opens our network, and answers with its parameters.
 * @param {{ name: string, device: string }} job
 */
async function opened({ name, device }) {
  const ours = await import(new URL('target/peer/peer.js', location.href).href);
  await ours.default({ module_or_path: fetch('target/peer/peer_bg.wasm') });
  const peer = await ours.Peer.open(name, device);
  Object.assign(globalThis, { peer });
  /** @param {number} at @returns {[string, number[], string]} */
  const parameter = (at) => {
    const bytes = new Uint8Array(peer.values(at).buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) {
      text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    }
    return [peer.name(at), [...peer.shape(at)], btoa(text)];
  };
  return Array.from({ length: peer.count() }, (_, at) => parameter(at));
}

/**
 * Runs in the page: both in turn.
 * @param {{ shape: number[], rounds: number, sides: { name: string, provider: string, threads: number }[] }} job
 */
async function raced({ shape, rounds, sides }) {
  const { peer } = /** @type {any} */ (globalThis);
  const dist = new URL('benches/peer/node_modules/onnxruntime-web/dist/', location.href).href;
  const pixels = new Float32Array(shape.reduce((a, b) => a * b));
  for (let i = 0, seed = 1; i < pixels.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    pixels[i] = seed / 2 ** 32;
  }
  const ort = await import(
    dist + (sides.some(({ provider }) => provider === 'webgpu') ? 'ort.webgpu.min.mjs' : 'ort.wasm.min.mjs')
  );
  ort.env.wasm.wasmPaths = dist;
  ort.env.wasm.numThreads = sides[0]?.threads ?? 1;
  /** @type {{ name: string, run: () => Promise<Float32Array>, millis: number[] }[]} */
  const racers = [{ name: 'ours', run: () => peer.answer(pixels, new Uint32Array(shape)), millis: [] }];
  for (const { name, provider } of sides) {
    const session = await ort.InferenceSession.create('network.onnx', { executionProviders: [provider] });
    const run = async () => {
      const x = new ort.Tensor('float32', pixels, shape);
      return Object.values(/** @type {any} */ (await session.run({ x })))[0].getData();
    };
    racers.push({ name, run, millis: [] });
  }
  const answers = [];
  for (const { run } of racers) answers.push(await run());
  const [ours, theirs] = answers;
  if (!ours || ours.length !== theirs?.length) throw new Error('answers of different sizes');
  let [apart, sum, squares] = [0, 0, 0];
  ours.forEach((value, i) => {
    apart = Math.max(apart, Math.abs(value - (theirs[i] ?? NaN)));
    [sum, squares] = [sum + value, squares + value * value];
  });
  const spread = Math.sqrt(squares / ours.length - (sum / ours.length) ** 2);
  for (let round = 0; round < rounds; round++) {
    for (const { run, millis } of racers) {
      const began = performance.now();
      await run();
      millis.push(performance.now() - began);
    }
  }
  return { apart: apart / spread, times: racers.map(({ name, millis }) => ({ name, millis })) };
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * One network on one device.
 * @param {Browser} browser @param {(typeof NETWORKS)[number]} entry
 * @param {{ device: string, threads: number, rounds: number }} how
 */
async function compared(browser, { name, shape, network }, { device, threads, rounds }) {
  const made = new Map();
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(await serve(made));
  const parameters = await page.evaluate(opened, { name, device });
  const values = (/** @type {string} */ text) =>
    new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
  /** @type {Map<string, Parameter>} */
  const named = new Map(parameters.map(([name, shape, text]) => [name, { shape, values: values(text) }]));
  made.set('network.onnx', written(network, shape, named));
  const sides = [{ name: 'onnxruntime-web', provider: device === 'cpu' ? 'wasm' : 'webgpu', threads }];
  const { apart, times } = await page.evaluate(raced, { shape, rounds, sides });
  await page.close();
  if (!(apart < TOLERANCE)) throw new Error(`${name}: the answers are ${apart} apart`);
  const [ours = NaN, theirs = NaN] = times.map(({ millis }) => median(millis));
  return { ours, theirs };
}

/** @typedef {Awaited<ReturnType<typeof launch>>} Browser */

for (const needed of ['target/peer/peer.js', 'benches/peer/node_modules/onnxruntime-web/package.json']) {
  if (!existsSync(new URL(needed, ROOT))) throw new Error(`${needed} is missing; run cargo xtask peer`);
}
const [count = '5', ...words] = process.argv.slice(2);
const rounds = Number(count);
const wanted = NETWORKS.filter(
  ({ what }) => words.length === 0 || words.some((word) => what.includes(word)),
);
const browser = await launch(WEBGPU_FLAGS);
try {
  console.log(`Chromium ${browser.version()}, ${cpus()[0]?.model}, ${cpus().length} threads, ${rounds} rounds\n`);
  const conditions = [
    { title: 'CPU', device: 'cpu', threads: 1 },
    { title: 'CPU, its two threads', device: 'cpu', threads: 2 },
    { title: 'WebGPU', device: 'webgpu', threads: 1 },
  ];
  for (const { title, device, threads } of conditions) {
    if (process.env['PEER'] && !process.env['PEER'].split(',').includes(title)) continue;
    console.log(`| ${title} | ours, ms | onnxruntime-web, ms | ratio |\n| --- | --- | --- | --- |`);
    for (const entry of wanted) {
      const { ours, theirs } = await compared(browser, entry, { device, threads, rounds });
      const cells = [ours.toFixed(0), theirs.toFixed(0), (ours / theirs).toFixed(2)];
      console.log(`| ${entry.what} | ${cells.join(' | ')} |`);
    }
    console.log();
  }
} finally {
  await browser.close();
}
