// Result and original side by side: the same place in both halves, each with its own pixels.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  button,
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

/** @param {import('playwright-core').BrowserContextOptions} options */
async function openFilled(options) {
  const query = 'backend=cpu&tool=fill&rect=600,400,300,240&grow=0';
  const still = /** @type {const} */ ({ reducedMotion: 'reduce' });
  const opened = await openPage(browser, `${server.url}?${query}`, { ...still, ...options });
  await opened.page.getByLabel('Open photo').setInputFiles(sampleFile('mountains'));
  await opened.page.locator('#fill-panel').waitFor({ timeout: PATIENCE_MILLIS });
  await opened.page.waitForTimeout(300);
  await opened.page.keyboard.press('Control+Enter');
  await says(opened.page, /^Filled/, PATIENCE_MILLIS);
  return opened;
}

/**
 * How many of a half's pixels differ from those as far on in the other half: of the whole half,
 * that is, of what the run has changed.
 * @param {Page} page
 */
const differing = (page) =>
  page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const isWide = document.querySelector('.divider.is-stacked') === null;
    const width = isWide ? Math.floor(canvas.width / 2) : canvas.width;
    const height = isWide ? canvas.height : Math.floor(canvas.height / 2);
    const first = context.getImageData(0, 0, width, height).data;
    const second = context.getImageData(
      isWide ? 2 * Math.round(canvas.width / 4) : 0,
      isWide ? 0 : 2 * Math.round(canvas.height / 4),
      width,
      height,
    ).data;
    let [drawn, apart] = [0, 0];
    for (let i = 0; i < first.length; i += 4) {
      drawn += first[i + 3] === 255 ? 1 : 0;
      const by = [0, 1, 2].map((c) => Math.abs((first[i + c] ?? 0) - (second[i + c] ?? 0)));
      apart += Math.max(...by) > 24 ? 1 : 0;
    }
    return { drawn: drawn / (width * height), apart: apart / Math.max(1, drawn) };
  });

test('side by side the halves differ in what was filled, and in little else', async () => {
  for (const viewport of [
    { width: 1280, height: 800, isStacked: false },
    { width: 500, height: 900, isStacked: true },
  ]) {
    const { isStacked } = viewport;
    const { page, context, errors } = await openFilled({ viewport });
    await page.keyboard.press('s');
    await page.locator('.divider.is-beside').waitFor();
    await page.waitForTimeout(300);
    assert.equal(await button(page, 'Side by side').getAttribute('aria-pressed'), 'true');
    assert.equal(await page.locator('.divider.is-stacked').isVisible(), isStacked);
    const { drawn, apart } = await differing(page);
    assert.ok(drawn > 0.25, `each half shows its picture: ${drawn}`);
    // The hole is 4.6 of 100 of the photo, and most of it looks different now.
    assert.ok(apart > 0.003 && apart < 0.06, `${apart} of the photo differs`);
    const shown = await page.locator('.divider.is-beside .side').allTextContents();
    assert.deepEqual(shown, ['After', 'Before']);
    await page.keyboard.press('s');
    await page.locator('.divider.is-beside').waitFor({ state: 'hidden' });
    await page.waitForTimeout(300);
    const one = await differing(page);
    assert.ok(one.apart > 0.1, `control: one picture, whose halves are unlike: ${one.apart}`);
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test('side by side nothing is drawn, and zooming holds what is pointed at in either half', async () => {
  const { page, context } = await openFilled({ viewport: { width: 1280, height: 800 } });
  await button(page, 'Side by side').click();
  await page.locator('.divider.is-beside').waitFor();
  const box = await page.locator('#stage').boundingBox();
  assert.ok(box);
  const pixel = (/** @type {number} */ x, /** @type {number} */ y) =>
    page.evaluate(
      ([x, y]) => {
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        const px = canvas.width / canvas.clientWidth;
        return [...context.getImageData((x ?? 0) * px, (y ?? 0) * px, 1, 1).data];
      },
      [x, y],
    );
  // The far bank's bright line, which goes through all of the photo.
  const [x, y] = [box.width * 0.7, box.height * 0.5];
  await page.mouse.move(box.x + x, box.y + y);
  await page.mouse.down();
  await page.mouse.move(box.x + x + 60, box.y + y, { steps: 3 });
  await page.mouse.up();
  const scaleOf = () => page.locator('#zoom-level').textContent();
  const before = await scaleOf();
  const corner = async () => {
    // Where the second half's picture begins, from its first opaque pixel in the middle row.
    for (let at = Math.ceil(box.width / 2) + 2; at < box.width; at++) {
      if ((await pixel(at, y))[3] === 255) return at;
    }
    return NaN;
  };
  const left = await corner();
  await page.mouse.move(box.x + left, box.y + y);
  await page.mouse.wheel(0, -100);
  await page.waitForTimeout(200);
  assert.notEqual(await scaleOf(), before, 'control: it was zoomed');
  const after = await corner();
  assert.ok(Math.abs(after - left) <= 3, `its edge was at ${left} and is at ${after}`);
  await page.keyboard.press('s');
  assert.ok(!(await page.locator('#hole').isVisible()), 'the drag moved the photo');
  await context.close();
});
