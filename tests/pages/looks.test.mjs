// Pictures of the page for people to look at, in artefacts/: every size, theme and language.
//
// With the compiled engine where it is built, else with the stand-in that mirrors the photo: what
// is judged here is the page, and it must draw without an error in either case.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  TINY,
  button,
  hasPkg,
  openPage,
  paintAcross,
  sampleFile,
  screenshot,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { startServer } from './support/server.mjs';

/** @import { Page } from 'playwright-core' */

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 740 } };
const { browser, server } = await started(async () =>
  hasPkg() ? await startServer(await withColours()) : await startFakeServer(),
);

/** The weights that ship, and those of the tests where none do: a look at every tool. */
async function withColours() {
  const read = async (/** @type {URL} */ folder) =>
    JSON.parse(await readFile(new URL('manifest.json', folder), 'utf8'));
  const shipped = await read(new URL('../../www/weights/', import.meta.url));
  const tasks = shipped.weights.map((/** @type {{ task: string }} */ entry) => entry.task);
  const added = (await read(TINY)).weights.filter(
    (/** @type {{ task: string }} */ { task }) => !tasks.includes(task),
  );
  const weights = [...shipped.weights, ...added];
  const files = added.map((/** @type {{ file: string }} */ { file }) => [
    `www/weights/${file}`,
    new URL(file, TINY),
  ]);
  return {
    'www/weights/manifest.json': JSON.stringify({ ...shipped, weights }),
    ...Object.fromEntries(files),
  };
}

const isDone = (/** @type {Page} */ page) =>
  page.locator('#status').filter({ hasText: '×' }).waitFor({ timeout: PATIENCE_MILLIS });

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    for (const lang of /** @type {const} */ (['en', 'zh'])) {
      test(`${size}, ${colorScheme}, ${lang}`, async () => {
        const { page, context, errors } = await openPage(
          browser,
          `${server.url}?backend=cpu&lang=${lang}`,
          {
            viewport,
            colorScheme,
            deviceScaleFactor: size === 'narrow' ? 2 : 1,
            reducedMotion: 'reduce',
          },
        );
        const name = `${size}-${colorScheme}-${lang}`;
        await page.locator('#engine[data-status=ready]').waitFor({ timeout: PATIENCE_MILLIS });
        await page.waitForTimeout(200); // The thumbnails.
        await screenshot(page, `${name}-first`);
        await page.locator('#samples button').first().click();
        await page.locator('#size-from').filter({ hasText: '×' }).waitFor();
        await button(page, '21:9').click();
        await page.waitForTimeout(300);
        await screenshot(page, `${name}-photo`);
        await button(page, lang === 'en' ? 'Extend' : '扩展').click();
        await isDone(page);
        await page.waitForTimeout(500);
        await screenshot(page, `${name}-result`);
        await page.keyboard.press('Control+z');
        await page.keyboard.press('f');
        await page.locator('#fill-panel').waitFor();
        await page.waitForTimeout(400);
        await paintAcross(page);
        await screenshot(page, `${name}-hole`);
        await page.keyboard.press('Control+Enter');
        await page
          .locator('#status')
          .filter({ hasText: /%.*\d/ })
          .waitFor({ timeout: PATIENCE_MILLIS });
        await page.waitForTimeout(500);
        await screenshot(page, `${name}-filled`);
        await page.keyboard.press('c');
        await page.locator('#own-colours').waitFor();
        await screenshot(page, `${name}-own-colours`);
        if (hasPkg()) {
          await page.locator('#anew-button').click();
          await screenshot(page, `${name}-ask`);
          await page.locator('#ask button[value=anew]').click();
          await page
            .locator('#variants canvas[width]')
            .last()
            .waitFor({ timeout: PATIENCE_MILLIS });
          await page.waitForTimeout(500);
          await screenshot(page, `${name}-coloured`);
        }
        const names = ['street', 'night', 'field', 'portrait', 'mountains'];
        await page.locator('#open-file').setInputFiles(names.map(sampleFile));
        await page.locator('#queue-list canvas[width]').last().waitFor();
        await page.locator('#opening').waitFor({ state: 'hidden', timeout: PATIENCE_MILLIS });
        await page.waitForTimeout(500);
        await screenshot(page, `${name}-queue`);
        assert.deepEqual(errors, []);
        await context.close();
      });
    }
  }
}
