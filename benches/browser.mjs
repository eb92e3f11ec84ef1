// The page's engine in Chromium, by size of the photo: decode, extend by an eighth of the width on
// both sides (a fifth of the result is new), encode. One thread, the CPU path, the best of three rounds.
//
//     cargo xtask serve   (once, to build pkg/; stop it again)
//     node benches/browser.mjs [megapixels …]
//
// The network works on a grid of the same size whatever the photo's, so the time of one step on a
// tiny photo of the same shape is its own; what a step takes beyond that is the photo engine's.

import { readFile } from 'node:fs/promises';
import { launch, requirePkg } from '../tests/pages/support/browser.mjs';
import { startServer } from '../tests/pages/support/server.mjs';

const ROUNDS = 3;
const TINY_MEGAPIXELS = 0.02;

/**
 * Runs in the page. @param {{ megapixels: number, rounds: number }} job
 * @returns {Promise<Record<string, number>>} milliseconds
 */
async function measured({ megapixels, rounds }) {
  const naobu = await import(new URL('pkg/naobu.js', location.href).href);
  await naobu.default({ module_or_path: fetch('pkg/naobu_bg.wasm') });
  const sample = await createImageBitmap(await (await fetch('www/samples/street.jpg')).blob());
  const height = Math.floor(Math.sqrt((megapixels * 1e6 * 3) / 4));
  const width = Math.floor((height * 4) / 3);
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.drawImage(sample, 0, 0, width, height);
  // The noise of a real photo: without it files and patches would be easier than they are.
  const image = context.getImageData(0, 0, width, height);
  let seed = 1;
  for (let i = 0; i < image.data.length; i++) {
    if (i % 4 === 3) continue;
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    image.data[i] = (image.data[i] ?? 0) + (seed >>> 29) - 4;
  }
  context.putImageData(image, 0, 0);
  const file = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
  const bytes = new Uint8Array(await file.arrayBuffer());

  const engine = await naobu.Engine.open('cpu');
  const manifest = await (await fetch('www/weights/manifest.json')).json();
  const entry = manifest.weights.find((/** @type {any} */ each) => each.task === 'extend');
  const weights = await (await fetch(`www/weights/${entry.file}`)).arrayBuffer();
  engine.load(entry.name, entry.sha256, new Uint8Array(weights));

  /** @type {Record<string, number>} */
  const best = {};
  const timed = async (/** @type {string} */ name, /** @type {() => any} */ run) => {
    const began = performance.now();
    const result = await run();
    best[name] = Math.min(best[name] ?? Infinity, performance.now() - began);
    return result;
  };
  for (let round = 0; round < rounds; round++) {
    const picture = await timed('decode', () => naobu.decode(bytes));
    const margin = Math.round(width / 8);
    const extension = engine.extend(picture, new naobu.Amounts(margin, 0, margin, 0));
    if (extension.steps !== 1) throw new Error('one step was meant');
    await timed('step', () => extension.step());
    const result = extension.finish();
    const { width: w, height: h } = result;
    const painted = result.take_rgba();
    const again = () => new naobu.Picture(w, h, painted);
    await timed('jpeg', () => naobu.encode(again(), 'jpeg', 90));
    await timed('png', () => naobu.encode(again(), 'png', 0));
  }
  return best;
}

requirePkg();
const wanted = process.argv.slice(2).map(Number);
const sizes = wanted.length > 0 ? wanted : [1, 4, 12, 24];
const blank = '<!doctype html><title>bench</title><link rel="icon" href="data:," />';
const server = await startServer({ 'index.html': blank });
const browser = await launch();
try {
  /** @param {number} megapixels */
  const run = async (megapixels) => {
    const page = await browser.newPage();
    await page.goto(server.url);
    const times = await page.evaluate(measured, { megapixels, rounds: ROUNDS });
    await page.close();
    return times;
  };
  const network = (await run(TINY_MEGAPIXELS))['step'] ?? 0;
  const { version } = JSON.parse(
    await readFile(
      new URL('../node_modules/playwright-core/package.json', import.meta.url),
      'utf8',
    ),
  );
  console.log(
    `Chromium ${browser.version()}, Playwright ${version}, one thread, ms; network ${network.toFixed(0)}`,
  );
  console.log(
    '| photo | decode JPEG | after the network | of it per MP | encode JPEG | encode PNG |',
  );
  console.log(
    '| ----- | ----------- | ----------------- | ------------ | ----------- | ---------- |',
  );
  for (const megapixels of sizes) {
    const times = await run(megapixels);
    const engine = Math.max(0, (times['step'] ?? 0) - network);
    const cells = [
      `${megapixels} MP`,
      times['decode'],
      engine,
      engine / megapixels,
      times['jpeg'],
      times['png'],
    ].map((cell) => (typeof cell === 'number' ? cell.toFixed(0) : cell));
    console.log(`| ${cells.join(' | ')} |`);
  }
} finally {
  await browser.close();
  await server.close();
}
