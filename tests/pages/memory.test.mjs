// How much memory the page takes while one photo is worked on, as the system counts it.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openPage, says, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

const { browser, server } = await started(() => startFakeServer({ steps: 1 }, ['extend']));
const FILLS = 10;
const MEGABYTE = 2 ** 20;

test(
  'ten fillings of 12 megapixels add little to the first, and each can be undone',
  { skip: existsSync('/proc/self/status') ? false : 'only Linux says what a process takes' },
  async () => {
    const { page, context, errors } = await openPage(browser, `${server.url}?tool=fill&grow=0`, {
      reducedMotion: 'reduce',
    });
    const session = await browser.newBrowserCDPSession();
    /** What the page's process holds that no file holds, after it has cleared up. */
    async function megabytes() {
      const own = await context.newCDPSession(page);
      await own.send('HeapProfiler.enable');
      for (let i = 0; i < 3; i++) {
        await own.send('HeapProfiler.collectGarbage');
        await page.waitForTimeout(300);
      }
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const all = await Promise.all(
        processInfo
          .filter(({ type }) => type === 'renderer')
          .map(async ({ id }) => {
            const text = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
            return (Number(text.match(/RssAnon:\s+(\d+)/)?.[1] ?? 0) * 1024) / MEGABYTE;
          }),
      );
      return Math.round(Math.max(...all));
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
      await page.waitForTimeout(900); // Until what was is put away.
      taken.push(await megabytes());
    }
    console.log(`megabytes, before and after each filling: ${taken.join(', ')}`);
    const [, first = 0] = taken;
    const grown = (taken.at(-1) ?? 0) - first;
    assert.ok(grown < 4 * 48, `${grown} MB more than after the first`);
    // Stroke and result, each a step.
    for (let i = 0; i < 2 * FILLS; i++) {
      await page.keyboard.press('Control+z');
      await page.waitForTimeout(30);
    }
    assert.ok(await page.locator('[data-command=undo]').isDisabled(), 'nothing was forgotten');
    assert.deepEqual(errors, []);
    await context.close();
  },
);
