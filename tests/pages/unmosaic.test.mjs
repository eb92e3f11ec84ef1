// Unmosaic in a real browser with the compiled engine, on a mosaic that the test makes itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  button,
  openPage,
  requirePkg,
  sampleFile,
  save,
  says,
  started,
} from './support/browser.mjs';
import { pictureFromPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { Picture } from './support/png.mjs' */

const SAMPLE = sampleFile('portrait');
const [LEFT, TOP, SIDE, COLUMNS, ROWS] = [503, 301, 16, 20, 15];
requirePkg();
const { browser, server } = await started(() => startServer());

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

/** @param {Picture} a @param {Picture} b */
function apart(a, b) {
  let [sum, count] = [0, 0];
  for (let i = 0; i < a.rgba.length; i++) {
    if (!isUnder(i >> 2, a.width, 0)) continue;
    sum += ((a.rgba[i] ?? 0) - (b.rgba[i] ?? 0)) ** 2;
    count += 1;
  }
  return Math.sqrt(sum / count);
}

test('a mosaic is found by itself and undone: cells keep their means, nothing else changes', async () => {
  const { page, context, errors, requests } = await openPage(
    browser,
    `${server.url}?backend=cpu&tool=unmosaic`,
  );
  await page.getByLabel('Open photo').setInputFiles(SAMPLE);
  await says(page, /^No mosaic was found/, PATIENCE_MILLIS);
  const truth = pictureFromPng((await save(page)).bytes);
  const mosaic = withMosaic(truth);
  await page.getByLabel('Open photo').setInputFiles({
    name: 'hidden.png',
    mimeType: 'image/png',
    buffer: pngFromPicture(mosaic),
  });
  await says(page, 'Found a mosaic with cells of 16 px', PATIENCE_MILLIS);
  await button(page, 'Undo mosaic').click();
  await says(page, /^Cells of 16 px made smooth/, PATIENCE_MILLIS);
  const saved = await save(page);
  assert.equal(saved.name, 'hidden-unmosaic.png');
  const result = pictureFromPng(saved.bytes);

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
  const off = meansOf(result).map((mean, cell) => {
    const was = meansOf(mosaic)[cell] ?? [];
    return Math.max(...mean.map((value, c) => Math.abs(value - (was[c] ?? 0))));
  });
  // The region that was found may end within a cell, whose other pixels stay as they were.
  const kept = off.filter((each) => each <= 1).length;
  assert.ok(kept >= 0.97 * off.length, `${kept} of ${off.length} cells keep their mean`);
  assert.ok(apart(result, truth) < apart(mosaic, truth), 'nearer to what was hidden');

  await page.keyboard.press('Control+z');
  const undone = pictureFromPng((await save(page)).bytes);
  assert.equal(Buffer.compare(undone.rgba, mosaic.rgba), 0);
  assert.equal(await page.getByLabel('Cell, px').inputValue(), '16');
  assert.deepEqual(errors, []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url)),
    [],
  );
  await context.close();
});
