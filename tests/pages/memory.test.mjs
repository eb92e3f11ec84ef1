// How much memory the page takes while one photo is worked on, as the browser counts it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, says, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

const { browser, server } = await started(() => startFakeServer({ steps: 1 }, ['extend']));
const FILLS = 10;
const SETTLES_WITHIN_MILLIS = 60_000;
const MEGABYTE = 2 ** 20;
/** What one picture of 12 megapixels takes, in megabytes. */
const PICTURE = 48;

test('ten fillings of 12 megapixels add little to the first, and each can be undone', async () => {
  const { page, context, errors } = await openPage(browser, `${server.url}?tool=fill&grow=0`, {
    reducedMotion: 'reduce',
  });
  const session = await context.newCDPSession(page);
  await session.send('HeapProfiler.enable');
  /** What the page's objects and pictures take, after it has cleared up. */
  async function megabytes() {
    for (let i = 0; i < 3; i++) {
      await session.send('HeapProfiler.collectGarbage');
      await page.waitForTimeout(300);
    }
    const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage');
    return Math.round((usedSize + backingStorageSize) / MEGABYTE);
  }
  const [width, height] = [4000, 3000];
  const rgba = new Uint8Array(4 * width * height).fill(200);
  const buffer = pngFromPicture({ width, height, rgba });
  await page.locator('#open-file').setInputFiles({ name: 'large.png', mimeType: '', buffer });
  await page.locator('#file').filter({ hasText: 'large.png' }).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(1_000);
  const box = await page.locator('#canvas').boundingBox();
  assert.ok(box);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const taken = [await megabytes()];
  for (let i = 0; i < FILLS; i++) {
    const top = y - 150 + 30 * i;
    await page.mouse.move(x - 60, top);
    await page.mouse.down();
    await page.mouse.move(x + 60, top + 5, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.press('Control+Enter');
    await says(page, /^Filled/, 60_000);
    taken.push(await megabytes());
  }
  const [, first = 0] = taken;
  const most = first + PICTURE;
  // Old pictures are put away while nothing else is done: how soon depends on the machine.
  const until = Date.now() + SETTLES_WITHIN_MILLIS;
  while ((taken.at(-1) ?? 0) >= most && Date.now() < until) taken.push(await megabytes());
  console.log(`megabytes, before and after each filling, until it settles: ${taken.join(', ')}`);
  const grown = (taken.at(-1) ?? 0) - first;
  assert.ok(grown < most - first, `${grown} MB more than after the first`);
  // Stroke and result, each a step.
  for (let i = 0; i < 2 * FILLS; i++) {
    await page.keyboard.press('Control+z');
    await page.waitForTimeout(30);
  }
  assert.ok(await page.locator('[data-command=undo]').isDisabled(), 'nothing was forgotten');
  assert.deepEqual(errors, []);
  await context.close();
});
