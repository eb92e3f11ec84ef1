// What it costs to hand a photo of 24 MP to the engine and to take one back: how far the module's
// memory grows, in photos, and the time of a call. In Node, without a device or weights.
//
//     cargo xtask test --only wasm   (once, to build pkg/)
//     node benches/edge.mjs
//
// WebAssembly memory never shrinks, so each call has a module of its own: growth is the most that
// it needed at any time. A photo has 96 MB. A hole has a quarter of that.

import { readFile } from 'node:fs/promises';

const [WIDTH, HEIGHT] = [6000, 4000];
const PHOTO_BYTES = 4 * WIDTH * HEIGHT;
const ROUNDS = 3;
const ROOT = new URL('../', import.meta.url);

/** Waves of colour with noise. */
const rgba = new Uint8Array(PHOTO_BYTES);
const words = new Uint32Array(rgba.buffer);
for (let i = 0; i < words.length; i++) {
  const noise = Math.imul(i, 2654435761) >>> 29;
  const wave = Math.round(120 + 90 * Math.sin((i % WIDTH) / 400 + i / WIDTH / 310)) + noise;
  words[i] = 0xff000000 | (wave << 16) | ((255 - wave) << 8) | (wave >> 1);
}
const hole = new Uint8Array(WIDTH * HEIGHT);
for (let y = 1900; y < 2000; y++) hole.fill(1, y * WIDTH + 2900, y * WIDTH + 3000);

const picture = (/** @type {any} */ naobu) => new naobu.Picture(WIDTH, HEIGHT, rgba);
const masked = (/** @type {any} */ naobu) => new naobu.Hole(WIDTH, HEIGHT, hole);
const cells = (/** @type {any} */ naobu) =>
  new naobu.Cells(Float32Array.of(10, 10), Float32Array.of(0, 0));
const curves = (/** @type {any} */ naobu) => new naobu.Curves(1, 1, new Float32Array(24));

/** @type {Record<string, (naobu: any) => any>} */
const CALLS = {
  'in and out': (naobu) => picture(naobu).take_rgba(),
  colouring: (naobu) => naobu.colouring(picture(naobu)),
  shrink: (naobu) => naobu.shrink(picture(naobu), 10_000).take_rgba(),
  'put curves': (naobu) => naobu.put_curves(picture(naobu), curves(naobu), 1).take_rgba(),
  pixelate: (naobu) => naobu.pixelate(picture(naobu), masked(naobu), cells(naobu)).take_rgba(),
  'plan a filling': (naobu) => naobu.fill(picture(naobu), masked(naobu), 4).finish().take_rgba(),
  'encode JPEG': (naobu) => naobu.encode(picture(naobu), 'jpeg', 90),
};

const wasm = await readFile(new URL('pkg/naobu_bg.wasm', ROOT));
console.log(`Node ${process.versions.node}, ${WIDTH}×${HEIGHT}, the best of ${ROUNDS} rounds`);
console.log('| call | memory, photos | ms |');
console.log('| ---- | -------------- | -- |');
for (const [name, call] of Object.entries(CALLS)) {
  // Another address, another instance.
  const naobu = await import(new URL(`pkg/naobu.js?${encodeURI(name)}`, ROOT).href);
  const { memory } = await naobu.default({ module_or_path: wasm });
  const before = memory.buffer.byteLength;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    call(naobu);
    best = Math.min(best, performance.now() - began);
  }
  const photos = (memory.buffer.byteLength - before) / PHOTO_BYTES;
  console.log(`| ${name} | ${photos.toFixed(2)} | ${best.toFixed(0)} |`);
}
