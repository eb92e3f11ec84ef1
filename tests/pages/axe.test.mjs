// Names, roles, contrast: every screen by axe-core, in both themes, both languages, wide and narrow.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import { openPage, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */

const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 740 } };
let axe = '';
const { browser, server } = await started(() =>
  startFakeServer({ steps: 3, stepMillis: 300 }, ['extend', 'cutout', 'colorize', 'defade']),
);

before(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});

/** What axe-core finds wrong, a line each. @param {Page} page @returns {Promise<string[]>} */
async function violations(page) {
  await page.evaluate(`typeof axe === 'undefined' && void (0, eval)(${JSON.stringify(axe)})`);
  return page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document, {
      resultTypes: ['violations'],
    });
    return violations.flatMap((/** @type {any} */ { id, nodes }) =>
      nodes.map((/** @type {any} */ node) => `${id}: ${node.html} ${node.failureSummary}`),
    );
  });
}

/** @param {number} width @param {number} height */
function photoFile(width, height) {
  const rgba = new Uint8Array(4 * width * height).fill(200);
  const buffer = pngFromPicture({ width, height, rgba });
  return { name: 'photo.png', mimeType: 'image/png', buffer };
}

/** As the stand-in reads them. */
const ownWeights = {
  name: 'mine.safetensors',
  mimeType: '',
  buffer: Buffer.from(JSON.stringify({ task: 'extend', name: 'mine' })),
};

/** The keys of the tools that are there, by their commands' order on the page. @param {Page} page */
function toolNames(page) {
  return page
    .locator('input[name=tool]')
    .evaluateAll((inputs) => inputs.map((input) => /** @type {HTMLInputElement} */ (input).value));
}

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    for (const lang of /** @type {const} */ (['en', 'zh'])) {
      test(`nothing is amiss: ${size}, ${colorScheme}, ${lang}`, async () => {
        const options = { viewport, colorScheme, reducedMotion: /** @type {const} */ ('reduce') };
        const { page, context } = await openPage(browser, `${server.url}?lang=${lang}`, options);
        const found = /** @type {string[]} */ ([]);
        const judge = async (/** @type {string} */ screen) => {
          for (const line of await violations(page)) found.push(`${screen}: ${line}`);
        };
        await page.locator('#engine[data-status=ready]').waitFor();
        await judge('first');
        await page.locator('#about').click();
        await judge('about');
        await page.keyboard.press('Escape');
        await page.locator('#open-file').setInputFiles(ownWeights);
        await page.locator('#notice-text').filter({ hasText: 'mine' }).waitFor();
        await judge('own weights');
        await page.locator('#about').click();
        await page.locator('#weights button').scrollIntoViewIfNeeded();
        await judge('about, with own weights');
        await page.locator('#weights button').click();
        await page.locator('#weights button').waitFor({ state: 'detached' });
        await page.keyboard.press('Escape');
        await page.keyboard.press('?');
        await judge('keys');
        await page.keyboard.press('Escape');
        await page.locator('#open-file').setInputFiles(photoFile(320, 240));
        await page.locator('#size-from').filter({ hasText: '×' }).waitFor();
        for (const tool of await toolNames(page)) {
          await page.locator(`input[name=tool][value=${tool}]`).check({ force: true });
          await page.waitForTimeout(100);
          await judge(tool);
          if (size === 'narrow') {
            await page.locator('#fold').click();
            await judge(`${tool}, put away`);
            await page.locator('#fold').click();
          }
          if (tool === 'cutout') {
            await page.locator('#hole-size').filter({ hasText: '%' }).waitFor();
            await page.locator('input[name=backdrop][value=colour]').check({ force: true });
            await page.locator('#canvas').focus();
            await page.keyboard.press('Enter');
            await page.locator('.dot').waitFor();
            await page.locator('#opening').waitFor({ state: 'hidden' });
            await judge('clicked on');
          }
          if (tool === 'unmosaic') {
            await page.keyboard.press('p');
            await page.locator('#status').filter({ hasText: '16' }).waitFor();
            await judge('pixelated');
            await page.keyboard.press('Control+Enter');
            await page.locator('#against').waitFor();
            await judge('beside the truth');
          }
          if (['extend', 'fill', 'cutout', 'unmosaic'].includes(tool)) continue;
          await page.keyboard.press('Control+Enter'); // May ask first.
          await page.waitForTimeout(400);
          await judge(`${tool} asks`);
          await page.keyboard.press('Escape');
        }
        await page.locator('input[name=tool][value=extend]').check({ force: true });
        await page.keyboard.press('Control+Enter'); // Nothing is added yet: refused.
        await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
        await judge('notice');
        await page.locator('#notice-close').click();
        await page.locator('#shapes button').first().click();
        await page.keyboard.press('Control+Enter');
        await page.locator('#progress').waitFor();
        await judge('running');
        await page.locator('#compare').waitFor();
        await judge('result, with its steps');
        await page.locator('[popovertarget=save-options]').click();
        await judge('save');
        await page.keyboard.press('Escape');
        const damaged = { ...photoFile(50, 40), name: 'damaged.png', buffer: Buffer.from('no') };
        const several = [photoFile(60, 50), damaged, photoFile(70, 50)];
        await page.locator('#open-file').setInputFiles(several);
        await page.locator('#queue').waitFor();
        await page.locator('#opening').waitFor({ state: 'hidden' });
        await judge('queue');
        await page.locator('[data-command=saveAll]').click();
        await page.locator('#opening').waitFor({ state: 'hidden' });
        await page.locator('.photo').nth(2).click(); // Not a picture.
        await page.locator('.photo[data-state=failed]').waitFor();
        await judge('queue with one that failed');
        await page.locator('#notice-close').click();
        await page.locator('.photo').first().click(); // With its result.
        await page.locator('#compare').waitFor();
        await page.locator('[data-command=removePhoto]').click();
        await judge('taking one out asks');
        await page.keyboard.press('Escape');
        await page.locator('input[name=tool][value=unmosaic]').check({ force: true });
        await page.locator('#progress').waitFor({ state: 'hidden' });
        await page.locator('[data-command=choosePhotos]').click();
        await page.locator('#choose[open]').waitFor();
        await judge('which photos');
        await page.keyboard.press('Escape');
        await page.goto(`${server.url}?lang=${lang}&kiosk=1&secs=30`);
        await page.locator('#canvas[aria-label]').waitFor();
        await judge('kiosk');
        assert.deepEqual(found, []);
        await context.close();
      });
    }
  }
}

test('control: a button without a name and faint words are found', async () => {
  const { page, context } = await openPage(browser, server.url);
  await page.locator('#engine[data-status=ready]').waitFor();
  await page.evaluate(() => {
    document.querySelector('main')?.append(document.createElement('button'));
    const faint = document.createElement('p');
    faint.textContent = 'faint';
    faint.style.color = '#eee';
    document.querySelector('.welcome')?.append(faint);
  });
  const found = (await violations(page)).join('\n');
  assert.match(found, /button-name/);
  assert.match(found, /color-contrast/);
  await context.close();
});
