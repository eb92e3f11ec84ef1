// The list of the history: what is in it, going to any of it, by pointer, by keys, on a phone.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { button, openPage, paintAcross, says, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';
import { longestTask } from './support/trace.mjs';

/** @import { BrowserContextOptions, Page } from 'playwright-core' */

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const LEAST_TARGET_PX = 44;
const MOST_MILLIS = 50;
const { browser, server } = await started(() =>
  startFakeServer({ steps: 3, stepMillis: 100 }, ['extend', 'fill', 'colorize', 'defade']),
);

/** Opens a photo. @param {BrowserContextOptions} [options] @param {string} [address] @param {[number, number]} [size] */
async function opened(options, address = '?tool=fill', [width, height] = [320, 240]) {
  const all = await openPage(browser, server.url + address, options);
  const rgba = new Uint8Array(4 * width * height).fill(200);
  const buffer = pngFromPicture({ width, height, rgba });
  await all.page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer });
  await all.page.locator('#canvas[aria-label]').waitFor();
  await all.page.locator('#engine[data-status=ready]').waitFor();
  await all.page.waitForTimeout(250);
  return all;
}

/** A stroke, a filling, a frame, an extension. @param {Page} page */
async function workOn(page) {
  await paintAcross(page);
  await page.keyboard.press('Control+Enter');
  await says(page, /^Filled/);
  await page.keyboard.press('x');
  await button(page, '21:9').click();
  await page.keyboard.press('Control+Enter');
  await says(page, 'Extended to 560 × 240');
}
const NAMES = ['Opened', 'Stroke', 'Filled', 'Frame 21:9', 'Extended to 21:9'];

const entry = (/** @type {Page} */ page, /** @type {string} */ name) =>
  page.locator('.entry').filter({ hasText: name });
/** What the rows say, once they are there. @param {Page} page */
async function names(page) {
  await page.locator('.entry[aria-current]').waitFor();
  return page.locator('.entry').allTextContents();
}
const current = (/** @type {Page} */ page) =>
  page.locator('.entry[aria-current=step]').allTextContents();
/** The size that the page says the photo has. @param {Page} page */
const photoName = (page) => page.locator('#canvas').getAttribute('aria-label');

test('each step has a row with its name and picture; a click goes there, however far', async () => {
  const { page, context, errors } = await opened();
  await workOn(page);
  await button(page, 'History').click();
  assert.deepEqual(await names(page), NAMES);
  assert.deepEqual(await current(page), ['Extended to 21:9']);
  await page.waitForFunction(
    () => document.querySelectorAll('.entry canvas[width]').length === 5,
    undefined,
    { timeout: 5000 },
  );
  // The hole is drawn on the picture of the stroke, and gone where it was filled.
  const isRosy = (/** @type {string} */ name) =>
    entry(page, name)
      .locator('canvas')
      .evaluate((canvas) => {
        const context = /** @type {HTMLCanvasElement} */ (canvas).getContext('2d');
        const { width, height } = /** @type {HTMLCanvasElement} */ (canvas);
        const { data } = /** @type {ImageData} */ (context?.getImageData(0, 0, width, height));
        for (let i = 0; i < data.length; i += 4) {
          if ((data[i] ?? 0) > 200 && (data[i + 2] ?? 0) < 120) return true; // The photo is bluer.
        }
        return false;
      });
  assert.ok(await isRosy('Stroke'));
  assert.ok(!(await isRosy('Filled')));
  assert.ok(!(await isRosy('Opened')), 'control');

  await entry(page, 'Stroke').click();
  await says(page, 'Step 2 of 5: Stroke');
  assert.match((await photoName(page)) ?? '', /320 × 240/);
  assert.ok(await page.locator('#fill-panel').isVisible(), 'the tool of that step');
  assert.match((await page.locator('#hole-size').textContent()) ?? '', /% of the photo is painted/);
  assert.deepEqual(await current(page), ['Stroke']);
  await page.getByRole('button', { name: 'Filled, undone', exact: true }).waitFor();
  assert.equal(await page.locator('.entry.is-later').count(), 3);

  await entry(page, 'Extended to 21:9').click();
  await says(page, 'Step 5 of 5: Extended to 21:9');
  assert.match((await photoName(page)) ?? '', /560 × 240/);
  assert.ok(await page.locator('#extend-panel').isVisible());
  await entry(page, 'Opened').click();
  assert.match((await photoName(page)) ?? '', /320 × 240/);
  assert.ok(await page.locator('[data-command=undo]').isDisabled());

  // Another way on from here: what was undone is gone from the list, too.
  await page.keyboard.press('Escape');
  await page.keyboard.press('f');
  await paintAcross(page);
  await page.keyboard.press('h');
  assert.deepEqual(await names(page), ['Opened', 'Stroke']);
  assert.deepEqual(errors, []);
  await context.close();
});

test('by keys alone: opened, walked, gone to, closed; undo moves the mark', async () => {
  const { page, context } = await opened();
  await workOn(page);
  await page.keyboard.press('h');
  await page.locator('.entry:focus').waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  assert.equal(await focused(), 'Extended to 21:9');
  const stops = page.locator('.entry:not([tabindex="-1"])');
  assert.equal(await stops.count(), 1, 'one stop for Tab');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(), 'Filled');
  assert.deepEqual(await current(page), ['Extended to 21:9'], 'arrows only move');
  await page.keyboard.press('Enter');
  assert.deepEqual(await current(page), ['Filled']);
  assert.equal(await focused(), 'Filled', 'the focus stays');
  await page.keyboard.press('Home');
  assert.equal(await focused(), 'Opened');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(), 'Opened', 'there is nothing above');
  await page.keyboard.press('End');
  assert.equal(await focused(), 'Extended to 21:9');
  await page.keyboard.press('Control+z');
  assert.deepEqual(await current(page), ['Stroke']);
  assert.equal(await stops.count(), 1, 'still');
  await page.keyboard.press('Escape');
  assert.ok(!(await page.locator('#history').isVisible()));
  await page.locator('.entry').first().waitFor({ state: 'detached' }); // Nothing is kept.
  await page.keyboard.press('?');
  await page.locator('#keys dl div').filter({ hasText: 'History' }).locator('kbd').waitFor();
  await context.close();
});

test('while a tool runs nobody goes anywhere', async () => {
  const { page, context } = await opened({}, '?tool=extend');
  await button(page, '21:9').click();
  await page.keyboard.press('h');
  await page.keyboard.press('Control+Enter');
  await page.locator('#progress').waitFor();
  assert.ok(await page.locator('#history-button').isDisabled());
  assert.equal(await page.locator('.entry[aria-disabled=true]').count(), 2);
  await entry(page, 'Opened').click({ force: true });
  await says(page, 'Extended to 560 × 240');
  assert.deepEqual(await names(page), ['Opened', 'Frame 21:9', 'Extended to 21:9']);
  assert.deepEqual(await current(page), ['Extended to 21:9']);
  assert.equal(await page.locator('.entry[aria-disabled]').count(), 0);
  await context.close();
});

test('settings, colours and mosaics are called by what they changed', async () => {
  const { page, context } = await opened({}, '?tool=colour');
  await page.keyboard.press('Control+Enter');
  await page.locator('#ask button[value=anew]').click();
  await says(page, /^Coloured in/);
  await button(page, 'Warm').click();
  await page.locator('.variant[aria-pressed=true]').filter({ hasText: 'Warm' }).waitFor();
  await page.getByRole('slider', { name: 'Saturation' }).fill('130');
  await page.locator('#opening').waitFor({ state: 'hidden' });
  await page.waitForTimeout(300);
  await page.keyboard.press('u');
  await says(page, 'Found a mosaic');
  await page.getByLabel('Cell, px').fill('16');
  await button(page, 'Undo mosaic').click();
  await says(page, /^Cells of 16 px/);
  await page.keyboard.press('f');
  await page.getByRole('slider', { name: 'Grow' }).fill('3');
  await button(page, 'History').click();
  assert.deepEqual(await names(page), [
    'Opened',
    'Coloured',
    'Warm',
    'Saturation 130 %',
    'Mosaic found, 8 px',
    'Cells of 16 px',
    'Mosaic undone',
    'Grow 3 %',
  ]);
  await button(page, '中文').click({ force: true });
  await button(page, '历史记录').click();
  assert.ok((await names(page)).includes('饱和度 130%'));
  await context.close();
});

test('on a phone it is a sheet: fingers find the rows, nothing is wider than the screen', async () => {
  const { page, context } = await opened({ ...PHONE, reducedMotion: 'reduce' });
  await workOn(page);
  await page.locator('#history-button').tap();
  const boxes = [
    await page.locator('#history-button').boundingBox(),
    await page.locator('#history > button').boundingBox(),
    await entry(page, 'Filled').boundingBox(),
  ];
  for (const box of boxes) {
    assert.ok(box && Math.min(box.width, box.height) >= LEAST_TARGET_PX, JSON.stringify(box));
  }
  const sheet = await page.locator('#history').boundingBox();
  assert.ok(sheet && sheet.x === 0 && sheet.width === 360 && sheet.y > 370, JSON.stringify(sheet));
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  await entry(page, 'Opened').tap();
  assert.deepEqual(await current(page), ['Opened']);
  await page.locator('#history > button').tap();
  assert.ok(!(await page.locator('#history').isVisible()));
  await context.close();
});

test('axe finds nothing amiss in the open list', async () => {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const options of /** @type {const} */ ([
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { colorScheme: 'light', ...PHONE },
    { colorScheme: 'dark', forcedColors: 'active' },
  ])) {
    const { page, context } = await opened({ reducedMotion: 'reduce', ...options });
    await workOn(page);
    await page.keyboard.press('Control+z');
    await page.locator('#history-button').click();
    await page.waitForTimeout(200);
    await page.evaluate(`void (0, eval)(${JSON.stringify(axe)})`);
    // In forced colours axe sees those of the style sheet, except where they are left alone.
    const part = 'forcedColors' in options ? '#history' : 'html';
    const judge = () =>
      page.evaluate(async (part) => {
        const { violations } = await /** @type {any} */ (globalThis).axe.run(part, {
          resultTypes: ['violations'],
        });
        return violations.flatMap((/** @type {any} */ { id, nodes }) =>
          nodes.map((/** @type {any} */ node) => `${id}: ${node.html} ${node.failureSummary}`),
        );
      }, part);
    assert.deepEqual(await judge(), [], JSON.stringify(options));
    await page.evaluate(() => {
      const [canvas] = document.querySelectorAll('.entry canvas');
      canvas?.parentElement?.replaceChildren(canvas);
    });
    assert.match((await judge()).join(), /button-name/, 'control: a row without a name is found');
    await context.close();
  }
});

test('a long history of a large photo opens without holding up a frame', async () => {
  const { page, context } = await opened({}, '?tool=fill', [6000, 4000]);
  await page.waitForTimeout(1500);
  const steps = 150;
  await page.keyboard.press('Delete');
  for (let i = 0; i < steps; i++) {
    await page.getByRole('slider', { name: 'Grow' }).fill(String((1 + (i % 40)) / 10));
  }
  await page.locator('#fill-run').getByRole('button', { name: 'Fill' }).focus();
  const found = [];
  for (let i = 0; i < 4 && Math.min(...found, Infinity) >= MOST_MILLIS; i++) {
    found.push(await longestTask(browser, page, () => page.keyboard.press('h')));
    assert.ok((await page.locator('.entry').count()) > steps / 2);
    // Only what is in view was drawn.
    const pictures = await page.locator('.entry canvas[width]').count();
    assert.ok(pictures > 3 && pictures < 40, `${pictures} pictures`);
    await page.keyboard.press('Escape');
  }
  assert.ok(Math.min(...found) < MOST_MILLIS, `tasks of ${found} ms while opening the list`);
  await context.close();
});
