// A tool that guesses is asked again: every answer stays within reach, all of them are one step.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { button, openPage, paintAcross, save, says, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */

const { browser, server } = await started(() => startFakeServer({}, ['extend']));

/** A white photo that was filled: the stand-in paints greener or less green, by the answer. */
async function openFilled(query = '') {
  const opened = await openPage(browser, `${server.url}?tool=fill&format=png${query}`);
  const { page } = opened;
  const rgba = new Uint8Array(4 * 120 * 80).fill(255);
  const buffer = pngFromPicture({ width: 120, height: 80, rgba });
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'white.png', mimeType: 'image/png', buffer });
  await page.locator('#canvas[aria-label="Photo, 120 × 80"]').waitFor();
  await paintAcross(page);
  await page.locator('#hole-size').filter({ hasText: /\S/ }).waitFor();
  await page.keyboard.press('Control+Enter');
  await says(page, /^Filled/);
  return opened;
}

/** The most of green without blue that is in the photo: which answer it shows. @param {Page} page */
async function shown(page) {
  const rgba = (await save(page)).bytes.subarray(-4 * 120 * 80); // The stand-in's files end with them.
  let most = 0;
  for (let i = 0; i < rgba.length; i += 4)
    if (rgba[i + 2] === 0) most = Math.max(most, rgba[i + 1] ?? 0);
  return most;
}
/** @param {Page} page */
const answers = (page) => page.locator('#answer-list button');

test('another answer is made, arrows lead from one to the other, and undo takes all of them back', async () => {
  const { page, context } = await openFilled();
  assert.equal(await answers(page).count(), 1);
  assert.ok(!(await page.locator('#answer-list').isVisible()), 'one answer is no choice');
  assert.equal(await shown(page), 255);
  await button(page, 'Another answer').click();
  await answers(page).nth(1).waitFor();
  await says(page, /^Filled/);
  assert.equal(await shown(page), 254);
  await answers(page).nth(1).focus();
  await page.keyboard.press('ArrowLeft');
  await says(page, /^Answer 1 of 2$/);
  assert.equal(await shown(page), 255);
  await answers(page).nth(0).focus();
  await page.keyboard.press('ArrowRight');
  await says(page, /^Answer 2 of 2$/);
  assert.equal(await shown(page), 254);
  assert.equal(await answers(page).nth(1).getAttribute('aria-pressed'), 'true');

  await button(page, 'Undo').click();
  await page.locator('#hole-size').filter({ hasText: /\S/ }).waitFor();
  assert.equal(await shown(page), 0, 'one step back is the photo with its hole');
  assert.ok(!(await page.locator('#answers').isVisible()));
  await button(page, 'Redo').click();
  assert.equal(await shown(page), 254, 'the answer that was shown');
  await context.close();
});

test('by key, up to four answers; what is done next begins with the one that is shown', async () => {
  const { page, context } = await openFilled();
  for (const count of [2, 3, 4]) {
    await page.keyboard.press('a');
    await answers(page)
      .nth(count - 1)
      .waitFor();
    await page.locator('#progress').waitFor({ state: 'hidden' });
  }
  assert.ok(await button(page, 'Another answer').isDisabled());
  await page.keyboard.press('a');
  assert.equal(await answers(page).count(), 4);
  await answers(page).nth(1).click();
  await says(page, /^Answer 2 of 4$/);
  await paintAcross(page);
  await page.keyboard.press('Control+Enter');
  await page.locator('#answer-list').waitFor({ state: 'hidden' });
  await says(page, /^Filled/);
  assert.equal(await shown(page), 255, 'filled anew');
  await button(page, 'Undo').click();
  await button(page, 'Undo').click();
  assert.equal(await shown(page), 254, 'from the second answer');
  await context.close();
});
