// Unmosaic in a real browser with the compiled engine, on mosaics that the test or the page makes:
// without weights, and with some that were trained for a minute.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  WEBGPU_FLAGS,
  alerts,
  button,
  launch,
  openPage,
  requirePkg,
  save,
  says,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pictureFromPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { Browser, Page } from 'playwright-core' */
/** @import { Picture } from './support/png.mjs' */

const SAMPLE = fileURLToPath(new URL('../../www/samples/portrait.jpg', import.meta.url));
const TINY = new URL('tiny-weights/', import.meta.url);
const SHIPPED = new URL('../../www/weights/', import.meta.url);
const PATIENCE_MILLIS = 240_000;
const [LEFT, TOP, SIDE, COLUMNS, ROWS] = [503, 301, 16, 20, 15];
const BOX = `${LEFT},${TOP},${COLUMNS * SIDE},${ROWS * SIDE}`;
/** @type {Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startServer>>} */
let plain;
/** @type {Awaited<ReturnType<typeof startServer>>} */
let trained;

before(async () => {
  requirePkg();
  browser = await launch();
  trained = await startServer({ 'www/weights/': TINY });
  const shipped = JSON.parse(await readFile(new URL('manifest.json', SHIPPED), 'utf8'));
  const weights = shipped.weights.filter(
    (/** @type {{ task: string }} */ { task }) => task !== 'unmosaic',
  );
  plain = await startServer({
    'www/weights/manifest.json': JSON.stringify({ ...shipped, weights }),
  });
});
after(async () => {
  await browser?.close();
  await plain?.close();
  await trained?.close();
});

/** The mean colour of each cell. @param {Picture} picture */
function meansOf({ width, rgba }) {
  const means = [];
  for (let cell = 0; cell < COLUMNS * ROWS; cell++) {
    const [x0, y0] = [LEFT + (cell % COLUMNS) * SIDE, TOP + Math.floor(cell / COLUMNS) * SIDE];
    const sums = [0, 0, 0];
    for (let i = 0; i < SIDE * SIDE; i++) {
      const at = 4 * ((y0 + Math.floor(i / SIDE)) * width + x0 + (i % SIDE));
      for (let c = 0; c < 3; c++) sums[c] = (sums[c] ?? 0) + (rgba[at + c] ?? 0);
    }
    means.push(sums.map((sum) => sum / SIDE / SIDE));
  }
  return means;
}

/** @param {Picture} picture @returns {Picture} */
function withMosaic(picture) {
  const rgba = picture.rgba.slice();
  for (const [cell, mean] of meansOf(picture).entries()) {
    const [x0, y0] = [LEFT + (cell % COLUMNS) * SIDE, TOP + Math.floor(cell / COLUMNS) * SIDE];
    for (let i = 0; i < SIDE * SIDE; i++) {
      const at = 4 * ((y0 + Math.floor(i / SIDE)) * picture.width + x0 + (i % SIDE));
      rgba.set(mean.map(Math.round), at);
    }
  }
  return { ...picture, rgba };
}

/** Whether a pixel lies under the mosaic, or so many pixels beside it. @param {number} i @param {number} width @param {number} slack */
function isUnder(i, width, slack) {
  const [x, y] = [i % width, Math.floor(i / width)];
  const isAcross = x >= LEFT - slack && x < LEFT + COLUMNS * SIDE + slack;
  return isAcross && y >= TOP - slack && y < TOP + ROWS * SIDE + slack;
}

/** The PSNR over red, green and blue under the mosaic, or over all. @param {Picture} a @param {Picture} b @param {boolean} [isAll] */
function psnr(a, b, isAll = false) {
  let [sum, count] = [0, 0];
  for (let i = 0; i < a.rgba.length; i++) {
    if (i % 4 === 3 || !(isAll || isUnder(i >> 2, a.width, 0))) continue;
    sum += ((a.rgba[i] ?? 0) - (b.rgba[i] ?? 0)) ** 2;
    count += 1;
  }
  return 10 * Math.log10((255 * 255 * count) / sum);
}

/** The most that a cell's mean differs. @param {Picture} a @param {Picture} b */
function meansApart(a, b) {
  const others = meansOf(b);
  return meansOf(a).map((mean, cell) =>
    Math.max(...mean.map((value, c) => Math.abs(value - (others[cell]?.[c] ?? 0)))),
  );
}

/** @param {Page} page */
const saved = async (page) => pictureFromPng((await save(page)).bytes);
/** @param {Picture} a @param {Picture} b */
const areSame = (a, b) => Buffer.compare(a.rgba, b.rgba) === 0;

for (const [what, isTrained] of /** @type {const} */ ([
  ['smoothed', false],
  ['repainted', true],
])) {
  test(`a mosaic is found by itself and ${what}: cells keep their means, nothing else changes`, async () => {
    const server = isTrained ? trained : plain;
    const { page, context, errors, requests } = await openPage(
      browser,
      `${server.url}?backend=cpu&format=png&tool=unmosaic`,
    );
    await page.getByLabel('Open photo').setInputFiles(SAMPLE);
    await says(page, /^No mosaic was found/, PATIENCE_MILLIS);
    const note = page.getByText('This tool has no trained network yet');
    assert.equal(await note.isVisible(), !isTrained);
    const truth = await saved(page);
    const mosaic = withMosaic(truth);
    await page.getByLabel('Open photo').setInputFiles({
      name: 'hidden.png',
      mimeType: 'image/png',
      buffer: pngFromPicture(mosaic),
    });
    await says(page, 'Found a mosaic with cells of 16 px', PATIENCE_MILLIS);
    const weights = () => requests.filter((url) => /unmosaic-tiny/.test(url)).length;
    assert.equal(weights(), 0, 'fetched when first needed');
    await button(page, 'Undo mosaic').click();
    await says(page, new RegExp(`^Cells of 16 px ${what} in`), PATIENCE_MILLIS);
    assert.equal(weights(), isTrained ? 1 : 0);
    const result = await saved(page);

    let [outside, changed, beside] = [0, 0, 0];
    for (let i = 0; i < result.rgba.length; i += 4) {
      const isSame = [0, 1, 2, 3].every((c) => result.rgba[i + c] === mosaic.rgba[i + c]);
      if (isSame) continue;
      if (isUnder(i / 4, result.width, 0)) changed += 1;
      else if (isUnder(i / 4, result.width, 2 * SIDE)) beside += 1;
      else outside += 1;
    }
    // Where the picture is even, the finder may take what lies beside a mosaic for some more of it.
    assert.equal(outside, 0, 'nothing outside the mosaic changed');
    assert.ok(beside < 0.2 * changed, `${beside} pixels beside it did`);
    assert.ok(changed > 0.7 * COLUMNS * ROWS * SIDE * SIDE, `control: ${changed} pixels did`);
    const off = meansApart(result, mosaic);
    // The region that was found may end within a cell, whose other pixels stay as they were.
    const kept = off.filter((each) => each <= 1).length;
    assert.ok(kept >= 0.97 * off.length, `${kept} of ${off.length} cells keep their mean`);
    assert.ok(psnr(truth, result) > psnr(truth, mosaic), 'nearer to what was hidden');
    assert.equal(await page.locator('#judged').textContent(), '', 'nobody knows the truth here');
    assert.ok(await page.getByText('The result is a guess, never evidence').isVisible());

    await page.keyboard.press('Control+z');
    assert.ok(areSame(await saved(page), mosaic));
    assert.equal(await page.getByLabel('Cell, px').inputValue(), '16');
    assert.deepEqual(errors, []);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url)),
      [],
    );
    await context.close();
  });
}

test('a photo of one’s own is pixelated, undone, and shown beside the truth with its PSNR', async () => {
  const address = `${trained.url}?backend=cpu&format=png&tool=unmosaic&sample=portrait&rect=${BOX}`;
  const { page, context, errors } = await openPage(browser, address);
  await button(page, 'Pixelate what is painted').waitFor({ timeout: PATIENCE_MILLIS });
  const truth = await saved(page);
  await page.getByRole('slider', { name: 'Squares' }).fill('16');
  await button(page, 'Pixelate what is painted').click();
  await says(page, 'Hidden in squares of 16 px', PATIENCE_MILLIS);
  assert.equal(await page.getByLabel('Cell, px').inputValue(), '16');
  const { name, bytes } = await save(page);
  assert.equal(name, 'portrait-pixelated.png');
  const mosaic = pictureFromPng(bytes);
  assert.ok(areSame(mosaic, withMosaic(truth)), 'each cell its mean, and nothing else');

  await page.keyboard.press('Control+Enter');
  await says(page, /^Against the truth/, PATIENCE_MILLIS);
  const guess = await saved(page);
  const text = (await page.locator('#judged').textContent()) ?? '';
  const [told = 0, toldMosaic = 0] = [...text.matchAll(/(\d+\.\d) dB/g)].map(([, n]) => Number(n));
  // Worked out here from what was saved; the page rounds to a tenth.
  assert.ok(Math.abs(told - psnr(truth, guess)) <= 0.051, `${text}: ${psnr(truth, guess)}`);
  assert.ok(Math.abs(toldMosaic - psnr(truth, mosaic)) <= 0.051, `${psnr(truth, mosaic)}`);
  assert.ok(told > toldMosaic, 'nearer to the truth than the mosaic');
  assert.ok(Math.max(...meansApart(guess, mosaic)) <= 1, 'every cell keeps its mean');

  // Beside the truth at once; the mosaic is a choice.
  const slider = page.getByRole('slider', { name: 'Truth and Guess' });
  assert.equal(await slider.inputValue(), '50');
  const seen = async () => (await page.locator('#stage').screenshot()).toString('base64');
  await page.waitForTimeout(300);
  const besideTruth = await seen();
  await page.getByRole('radio', { name: 'Mosaic', exact: true }).check({ force: true });
  await page.getByRole('slider', { name: 'Mosaic and Guess' }).waitFor();
  await page.waitForTimeout(300);
  assert.notEqual(await seen(), besideTruth);

  // One step each, there and back.
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await saved(page), mosaic));
  assert.equal(await page.locator('#judged').textContent(), '');
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await saved(page), truth));
  await page.keyboard.press('Control+y');
  await page.keyboard.press('Control+y');
  assert.ok(areSame(await saved(page), guess));
  assert.equal(await page.locator('#judged').textContent(), text);

  // What another tool makes of it is no guess at that truth any more.
  await page.keyboard.press('x');
  await page.getByLabel('Right', { exact: true }).fill('40');
  await button(page, 'Extend').click();
  await says(page, /^Extended to/, PATIENCE_MILLIS);
  await page.keyboard.press('u');
  assert.equal(await page.locator('#judged').textContent(), '');
  assert.deepEqual(errors, []);
  await context.close();
});

test('where nothing is drawn all of the photo is pixelated, by key too, without weights', async () => {
  const { page, context } = await openPage(
    browser,
    `${plain.url}?backend=cpu&format=png&tool=unmosaic&cell=9`,
  );
  const picture = { width: 131, height: 77, rgba: new Uint8Array(4 * 131 * 77) };
  for (let i = 0; i < 131 * 77; i++) {
    const [x, y] = [i % 131, Math.floor(i / 131)];
    picture.rgba.set([(7 * x) % 256, (5 * y) % 256, (x * y) % 256, 255], 4 * i);
  }
  const buffer = pngFromPicture(picture);
  const file = { name: 'all.png', mimeType: 'image/png', buffer };
  await page.getByLabel('Open photo').setInputFiles(file);
  await says(page, /^No mosaic was found/, PATIENCE_MILLIS);
  await button(page, 'Pixelate the whole photo').waitFor();
  await page.keyboard.press('p');
  await says(page, 'Hidden in squares of 9 px', PATIENCE_MILLIS);
  const mosaic = await saved(page);
  const colours = new Set();
  for (let i = 0; i < 131 * 77; i++) colours.add(mosaic.rgba.slice(4 * i, 4 * i + 3).join());
  assert.ok(colours.size <= 15 * 9 && colours.size > 40, `${colours.size} colours of 15 × 9 cells`);
  await page.keyboard.press('Control+Enter');
  await says(page, /^Cells of 9 px smoothed/, PATIENCE_MILLIS);
  const text = (await page.locator('#judged').textContent()) ?? '';
  const guess = await saved(page);
  const [told = 0, toldMosaic = 0] = [...text.matchAll(/(\d+\.\d) dB/g)].map(([, n]) => Number(n));
  assert.ok(Math.abs(told - psnr(picture, guess, true)) <= 0.051, text);
  assert.ok(Math.abs(toldMosaic - psnr(picture, mosaic, true)) <= 0.051, text);
  await context.close();
});

test('weights changed on the way are refused, the photo stays; cancelling leaves it, too', async () => {
  const manifest = JSON.parse(await readFile(new URL('manifest.json', TINY), 'utf8'));
  const entry = manifest.weights.find(
    (/** @type {{ task: string }} */ { task }) => task === 'unmosaic',
  );
  const bytes = await readFile(new URL(entry.file, TINY));
  const altered = Buffer.from(bytes);
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
  const path = `www/weights/${entry.file}`;
  const server = await startServer({ [path]: altered, 'www/weights/': TINY });
  const address = `${server.url}?backend=cpu&format=png&tool=unmosaic&sample=portrait&rect=${BOX}&pixelate=1`;
  const { page, context } = await openPage(browser, address);
  await says(page, 'Hidden in squares of 16 px', PATIENCE_MILLIS);
  const mosaic = await saved(page);
  await page.keyboard.press('Control+Enter');
  await alerts(page, 'The trained network arrived damaged.');
  assert.ok(areSame(await saved(page), mosaic));
  server.replaced[path] = bytes;
  // While they are fetched: nothing comes of it.
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  const asked = page.waitForRequest(`**/${entry.file}`);
  await page.route(`**/${entry.file}`, async (route) => {
    await released;
    await route.continue();
  });
  await page.keyboard.press('Control+Enter');
  // Stopped any earlier, they would not be asked for.
  await asked;
  await page.keyboard.press('Escape');
  await says(page, 'Cancelled');
  release();
  await page.waitForTimeout(500);
  assert.ok(areSame(await saved(page), mosaic));
  await page.keyboard.press('Control+Enter');
  await says(page, /^Cells of 16 px repainted/, PATIENCE_MILLIS);
  await context.close();
  await server.close();
});

for (const behaviour of [{ stepFailure: 'device' }, { panics: true }]) {
  test(`a graphics device that fails is replaced by the CPU: ${Object.keys(behaviour)}`, async () => {
    const server = await startFakeServer(behaviour, ['extend', 'unmosaic']);
    const { page, context } = await openPage(browser, `${server.url}?tool=unmosaic`);
    const rgba = new Uint8Array(4 * 320 * 240).fill(200);
    const buffer = pngFromPicture({ width: 320, height: 240, rgba });
    const file = { name: 'photo.png', mimeType: 'image/png', buffer };
    await page.getByLabel('Open photo').setInputFiles(file);
    await says(page, 'Found a mosaic with cells of 8 px');
    await button(page, 'Undo mosaic').click();
    await says(page, /^Cells of 8 px repainted in \d+ ms on the CPU\. This is a guess\.$/);
    await alerts(page, 'The graphics device stopped working');
    await context.close();
    await server.close();
  });
}

test('a mosaic is painted on WebGPU, and every cell keeps its mean', async () => {
  const graphics = await launch(WEBGPU_FLAGS);
  try {
    const address = `?backend=webgpu&format=png&tool=unmosaic&sample=portrait&rect=${BOX}&pixelate=1`;
    const { page, errors } = await openPage(graphics, trained.url + address);
    await says(page, 'Hidden in squares of 16 px', PATIENCE_MILLIS);
    const mosaic = await saved(page);
    await page.keyboard.press('Control+Enter');
    await says(page, /^Cells of 16 px repainted in \d+ ms on WebGPU\./, PATIENCE_MILLIS);
    assert.ok(Math.max(...meansApart(await saved(page), mosaic)) <= 1);
    assert.deepEqual(errors, []);
  } finally {
    await graphics.close();
  }
});
