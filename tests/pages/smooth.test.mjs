// The page stays fluid while the engine works: on a photo of 12 megapixels no task of the page's
// own thread takes 50 ms.
//
// Counted is the time that the thread computed, from the browser's own trace: on a busy machine
// the time that passes says more about the machine. Of some tries the best counts, for the same
// reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  button,
  openPage,
  requirePkg,
  says,
  started,
} from './support/browser.mjs';
import { pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';
import { longestTask as longestTaskOf } from './support/trace.mjs';

/** @import { Page } from 'playwright-core' */

const MOST_MILLIS = 50;
const TRIES = 8;
const [WIDTH, HEIGHT] = [4000, 3000];
requirePkg();
const { browser, server } = await started(() => startServer());

function largePhoto() {
  const rgba = new Uint8Array(4 * WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const wave = 128 + 60 * Math.sin(x / 37) * Math.cos(y / 53);
      rgba.set([(255 * x) / WIDTH, (255 * y) / HEIGHT, wave, 255], 4 * (y * WIDTH + x));
    }
  }
  const buffer = pngFromPicture({ width: WIDTH, height: HEIGHT, rgba });
  return { name: 'large.png', mimeType: 'image/png', buffer };
}

const longestTask = (/** @type {Page} */ page, /** @type {() => Promise<unknown>} */ work) =>
  longestTaskOf(browser, page, work);

/** The shortest of the longest tasks of some tries. @param {() => Promise<number>} measure */
async function best(measure) {
  const found = [];
  for (let i = 0; i < TRIES; i++) {
    found.push(await measure());
    if (Math.min(...found) < MOST_MILLIS) break;
  }
  return Math.min(...found);
}

test('extending, filling and saving 12 megapixels holds up no frame', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu`);
  page.setDefaultTimeout(PATIENCE_MILLIS);
  await page.locator('#engine[data-status=ready]').waitFor();
  await page.getByLabel('Open photo').setInputFiles(largePhoto());
  await page
    .locator('#size-from')
    .filter({ hasText: `${WIDTH} × ${HEIGHT}` })
    .waitFor();

  const extending = await best(async () => {
    await button(page, '16:9').click();
    const millis = await longestTask(page, async () => {
      await button(page, 'Extend').click();
      await says(page, /^Extended/, PATIENCE_MILLIS);
    });
    await page.keyboard.press('Control+z');
    await page.waitForTimeout(500);
    return millis;
  });
  assert.ok(extending < MOST_MILLIS, `a task of ${extending} ms while extending`);

  await page.keyboard.press('f');
  const filling = await best(async () => {
    const box = await page.locator('#canvas').boundingBox();
    assert.ok(box);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x - 40, y);
    await page.mouse.down();
    await page.mouse.move(x + 40, y + 10, { steps: 6 });
    await page.mouse.up();
    return longestTask(page, async () => {
      await page.keyboard.press('Control+Enter');
      await says(page, /^Filled/, PATIENCE_MILLIS);
    });
  });
  assert.ok(filling < MOST_MILLIS, `a task of ${filling} ms while filling`);

  const saving = await best(() =>
    longestTask(page, async () => {
      const saved = page.waitForEvent('download');
      await button(page, 'Save').click();
      await saved;
    }),
  );
  assert.ok(saving < MOST_MILLIS, `a task of ${saving} ms while saving`);

  const busy = await longestTask(page, () =>
    page.evaluate(() => {
      const end = performance.now() + 1000;
      while (performance.now() < end);
    }),
  );
  assert.ok(busy > MOST_MILLIS, `control: a busy page was seen for ${busy} ms`);
  await context.close();
});
