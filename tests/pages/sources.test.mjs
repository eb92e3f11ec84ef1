// Where the painting was taken from, with the compiled engine: a map over it, a line from the place
// that is pointed at, by mouse and by keys.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  button,
  nextFrame,
  openPage,
  requirePkg,
  sampleFile,
  says,
  started,
} from './support/browser.mjs';
import { startServer } from './support/server.mjs';

/** @import { Page } from 'playwright-core' */

requirePkg();
const { browser, server } = await started(() => startServer());

/** The painted part of the sample, in its pixels. */
const HOLE = { left: 400, top: 300, right: 600, bottom: 440 };

/** @param {import('playwright-core').BrowserContextOptions} [options] */
async function openFilled(options) {
  const { left, top, right, bottom } = HOLE;
  const rect = [left, top, right - left, bottom - top].join();
  const query = `backend=cpu&tool=fill&rect=${rect}&grow=0`;
  const opened = await openPage(browser, `${server.url}?${query}`, options);
  await opened.page.getByLabel('Open photo').setInputFiles(sampleFile('mountains'));
  await opened.page.locator('#fill-panel').waitFor({ timeout: PATIENCE_MILLIS });
  await opened.page.waitForTimeout(300);
  await opened.page.keyboard.press('Control+Enter');
  await says(opened.page, /^Filled/, PATIENCE_MILLIS);
  return opened;
}

/** Where a place of the photo is on the screen, while the map lies over all of it. @param {Page} page */
async function placesOf(page) {
  const label = (await page.locator('#canvas').getAttribute('aria-label')) ?? '';
  const [width = 0, height = 0] = (label.match(/\d+/g) ?? []).map(Number);
  const box = await page.locator('#sources').boundingBox();
  assert.ok(box && Math.abs(box.width / box.height - width / height) < 0.02, 'it fits the photo');
  const scale = box.width / width;
  return {
    /** @param {number} x @param {number} y */
    point: (x, y) => /** @type {const} */ ([box.x + x * scale, box.y + y * scale]),
    /** @param {number} x @param {number} y */
    photo: (x, y) => /** @type {const} */ ([(x - box.x) / scale, (y - box.y) / scale]),
  };
}

/** The ends of the line on the screen; nothing where none is shown. @param {Page} page */
const lineOf = (page) =>
  page.evaluate(() => {
    const line = document.getElementById('source');
    if (line?.hasAttribute('hidden')) return null;
    const { x, y } = document.getElementById('stage')?.getBoundingClientRect() ?? { x: 0, y: 0 };
    const text = line?.querySelector('path')?.getAttribute('d') ?? '';
    const [ax = 0, ay = 0, bx = 0, by = 0] = (text.match(/[\d.-]+/g) ?? []).map(Number);
    return { from: [ax + x, ay + y], to: [bx + x, by + y] };
  });

/** The share of the map's cells in a part of the photo that have a colour. @param {Page} page */
const colouredCells = (page) =>
  page.evaluate(() => {
    const map = /** @type {HTMLCanvasElement} */ (document.getElementById('sources'));
    const context = /** @type {CanvasRenderingContext2D} */ (map.getContext('2d'));
    const { data } = context.getImageData(0, 0, map.width, map.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length / (map.width * map.height);
  });

test('pointing at what was filled leads to a place outside of it, elsewhere to none', async () => {
  const { page, context, errors } = await openFilled();
  assert.ok(!(await page.locator('#sources').isVisible()), 'only when asked for');
  await page.keyboard.press('w');
  await page.locator('#sources').waitFor();
  assert.equal(await button(page, 'Where from').getAttribute('aria-pressed'), 'true');
  const places = await placesOf(page);
  const label = (await page.locator('#canvas').getAttribute('aria-label')) ?? '';
  const [width = 1, height = 1] = (label.match(/\d+/g) ?? []).map(Number);
  const share = ((HOLE.right - HOLE.left) * (HOLE.bottom - HOLE.top)) / (width * height);
  const coloured = await colouredCells(page);
  assert.ok(Math.abs(coloured / share - 1) < 0.15, `${coloured} of the map, ${share} of the photo`);
  for (const [x, y] of /** @type {const} */ ([
    [420, 320],
    [500, 370],
    [590, 430],
  ])) {
    await page.mouse.move(...places.point(x, y));
    const line = await lineOf(page);
    assert.ok(line, `no line from ${x}, ${y}`);
    const [ax, ay] = places.photo(line.from[0] ?? 0, line.from[1] ?? 0);
    assert.ok(Math.hypot(ax - x, ay - y) < 3, `it begins at ${ax}, ${ay}, not at ${x}, ${y}`);
    const [bx, by] = places.photo(line.to[0] ?? 0, line.to[1] ?? 0);
    const isInHole = bx > HOLE.left && bx < HOLE.right && by > HOLE.top && by < HOLE.bottom;
    const isInPhoto = bx >= 0 && by >= 0 && bx < width && by < height;
    assert.ok(isInPhoto && !isInHole, `from ${x}, ${y} to ${bx}, ${by}`);
  }
  await page.mouse.move(...places.point(100, 100));
  assert.equal(await lineOf(page), null, 'the photo itself was taken from nowhere');
  assert.deepEqual(errors, []);
  await context.close();
});

test('the map is denser where the painting lies further from the photo', async () => {
  const { page, context } = await openFilled();
  await page.keyboard.press('w');
  await page.locator('#sources').waitFor();
  const { left, top, right, bottom } = HOLE;
  const alphas = await page.evaluate(
    ([x, y, rim]) => {
      const map = /** @type {HTMLCanvasElement} */ (document.getElementById('sources'));
      const label = document.getElementById('canvas')?.ariaLabel ?? '';
      const [width = 1, height = 1] = (label.match(/\d+/g) ?? []).map(Number);
      const context = /** @type {CanvasRenderingContext2D} */ (map.getContext('2d'));
      const alpha = (/** @type {number} */ px, /** @type {number} */ py) =>
        context.getImageData((px / width) * map.width, (py / height) * map.height, 1, 1).data[3];
      return [alpha(x ?? 0, y ?? 0), alpha((rim ?? 0) + 8, y ?? 0), alpha((rim ?? 0) - 20, y ?? 0)];
    },
    [(left + right) / 2, (top + bottom) / 2, left],
  );
  const [deep = 0, rim = 0, known = 255] = alphas;
  assert.ok(deep > rim + 60 && rim > 0 && known === 0, `${alphas}`);
  await context.close();
});

test('while it is shown nothing is drawn; it goes with the result that it belongs to', async () => {
  const { page, context } = await openFilled();
  await button(page, 'Where from').click();
  const places = await placesOf(page);
  const stroke = async () => {
    await page.mouse.move(...places.point(150, 150));
    await page.mouse.down();
    await page.mouse.move(...places.point(250, 160), { steps: 4 });
    await page.mouse.up();
  };
  await stroke();
  await nextFrame(page);
  assert.ok(!(await page.locator('#hole').isVisible()));
  await button(page, 'Undo').click();
  await page.locator('#sources').waitFor({ state: 'hidden' });
  assert.ok(!(await button(page, 'Where from').isVisible()), 'undone: nothing is painted');
  await nextFrame(page);
  assert.ok(await page.locator('#hole').isVisible(), 'the rectangle is back, and no stroke before');
  await button(page, 'Redo').click();
  await page.locator('#sources').waitFor();
  await page.keyboard.press('w');
  await page.locator('#sources').waitFor({ state: 'hidden' });
  await stroke();
  await page.locator('#hole').waitFor({ timeout: 5000 });
  await context.close();
});

test('detail that undoing a mosaic borrows leads to the photo around; without there is no map', async () => {
  const [left, top, width, height] = [503, 301, 160, 128];
  const rect = [left, top, width, height].join();
  const query = `backend=cpu&tool=unmosaic&sample=portrait&rect=${rect}&cell=16&pixelate=1&auto=1`;
  const plain = await openPage(browser, `${server.url}?${query}`);
  await says(plain.page, /repainted/, PATIENCE_MILLIS);
  assert.ok(!(await button(plain.page, 'Where from').isVisible()), 'control: nothing borrowed');
  await plain.context.close();
  const { page, context } = await openPage(browser, `${server.url}?${query}&detail=100`);
  await says(page, /repainted/, PATIENCE_MILLIS);
  assert.equal(await page.getByLabel('Detail').inputValue(), '100');
  await button(page, 'Where from').click();
  const places = await placesOf(page);
  await page.mouse.move(...places.point(left + 70, top + 60));
  const line = await lineOf(page);
  assert.ok(line);
  const [x, y] = places.photo(line.to[0] ?? 0, line.to[1] ?? 0);
  const isHidden = x > left && x < left + width && y > top && y < top + height;
  assert.ok(!isHidden, `from ${x}, ${y}`);
  await context.close();
});

test('an extension in several steps leads back to the photo; by keys the place is told', async () => {
  const { page, context } = await openPage(
    browser,
    `${server.url}?backend=cpu&sample=sea&tool=extend&right=150%25&auto=1`,
    { reducedMotion: 'reduce' },
  );
  await says(page, /^Extended/, PATIENCE_MILLIS);
  await button(page, 'Where from').click();
  const places = await placesOf(page);
  const label = (await page.locator('#canvas').getAttribute('aria-label')) ?? '';
  const [width = 0, height = 0] = (label.match(/\d+/g) ?? []).map(Number);
  assert.ok((await page.locator('.step').count()) > 2, 'control: several steps');
  for (const share of [0.45, 0.7, 0.98]) {
    await page.mouse.move(...places.point(width * share, height * 0.6));
    const line = await lineOf(page);
    assert.ok(line, `no line from ${share}`);
    const [x] = places.photo(line.to[0] ?? 0, line.to[1] ?? 0);
    assert.ok(x <= width / 2.5 + 2, `${share}: the photo ends at ${width / 2.5}, not at ${x}`);
  }
  await page.mouse.move(5, 5);
  await page.locator('#canvas').focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
  await page
    .getByRole('status')
    .filter({ hasText: /^Taken from \d+, \d+$/ })
    .waitFor();
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowLeft');
  await says(page, 'Not painted: the photo itself');
  // Another step of it has no map of its own.
  await page.locator('.step').nth(1).click();
  await page.locator('#sources').waitFor({ state: 'hidden' });
  await context.close();
});
