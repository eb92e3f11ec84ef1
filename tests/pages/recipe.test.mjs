// Recipes on the page: opened as files or asked for in the address, followed on one photo or on many as
// one step of undo; refused with a sentence. With the stand-in for the engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alerts,
  button,
  openPage,
  save,
  saved,
  says,
  screenshot,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { greyPng } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */

const TASKS = ['extend', 'colorize', 'defade', 'cutout'];
const { browser, server } = await started(() => startFakeServer({ steps: 2 }, TASKS));

/** @param {unknown} recipe @param {string} [name] */
const file = (recipe, name = 'mine.json') => ({
  name,
  mimeType: 'application/json',
  buffer: Buffer.from(typeof recipe === 'string' ? recipe : JSON.stringify(recipe)),
});
/** @param {string} name @param {number} [width] */
const scan = (name, width = 60) => ({
  name,
  mimeType: 'image/png',
  buffer: greyPng(width, 40),
});
const EXTEND = { tool: 'extend', left: '50%', top: 20 };
const COLOUR = { tool: 'colorize', variant: 'warm', saturation: 1, warmth: 0, strength: 1 };
const RECIPE = { steps: [EXTEND, COLOUR] };
const BROKEN = { steps: [EXTEND, { tool: 'extend', size: 3 }] };

/** @param {string} [address] */
async function openReady(address = '') {
  const opened = await openPage(browser, server.url + address, { reducedMotion: 'reduce' });
  await opened.page.locator('#engine[data-status=ready]').waitFor({ state: 'attached' });
  return opened;
}
/** @param {Page} page @param {Parameters<import('playwright-core').Locator['setInputFiles']>[0]} files */
const give = (page, files) => page.locator('#open-file').setInputFiles(files);
/** @param {Page} page */
const size = async (page) => (await save(page)).bytes.toString('latin1').split(' ')[1];
/** @param {Page} page */
const states = (page) =>
  page
    .locator('#queue-list .photo')
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-state')));

test('a recipe is followed on the open photo, as one step of undo; saved again it is the same', async () => {
  const { page, context, errors } = await openReady();
  await give(page, scan('a.png'));
  await page.locator('#canvas[aria-label]').waitFor();
  await give(page, file(RECIPE));
  await says(page, 'The recipe was followed.');
  assert.equal(await size(page), '90x60');
  const [red, green] = (await save(page)).bytes.subarray(-4);
  assert.notEqual(red, green, 'its last step, too');
  await button(page, 'Format and quality').click();
  const again = await saved(page, () => button(page, 'Save the steps as a recipe').click());
  assert.deepEqual(JSON.parse(again.bytes.toString()), RECIPE);
  await page.keyboard.press('Escape');
  await button(page, 'History').click();
  const names = await page.locator('#history-list .entry').allTextContents();
  assert.deepEqual(names, ['Opened', 'Recipe followed']);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+z');
  assert.equal(await size(page), '60x40');
  assert.ok(await button(page, 'Undo').isDisabled());
  assert.deepEqual(errors, []);
  await context.close();
});

test('one that cannot be followed is named, and nothing is lost', async () => {
  const { page, context, errors } = await openReady();
  await give(page, scan('a.png'));
  await page.locator('#canvas[aria-label]').waitFor();
  await give(page, file('{', 'torn.json'));
  await alerts(page, 'it is not JSON');
  await give(page, file([]));
  await alerts(page, 'it has no list of steps');
  await give(page, file(BROKEN));
  await alerts(page, 'cannot follow step 2 of this recipe: “size=3”');
  await screenshot(page, 'recipe-refused');
  assert.ok(await button(page, 'Undo').isDisabled());
  assert.equal(await size(page), '60x40');
  // What does not suit the photo changes nothing either, not even by its first steps.
  await give(page, file({ steps: [EXTEND, { tool: 'unmosaic' }] }));
  await alerts(page, 'No mosaic was found in this photo');
  assert.ok(await button(page, 'Undo').isDisabled());
  assert.deepEqual(errors, []);
  await context.close();
});

test('of several photos the visitor chooses; undone once it is undone on all', async () => {
  const { page, context, errors } = await openReady();
  await give(page, [scan('a.png'), scan('b.png'), scan('c.png', 80)]);
  await page.locator('#queue-list .photo').nth(2).waitFor();
  await give(page, file(RECIPE));
  await page.locator('#choose-list').getByText('c.png').click();
  await button(page, 'Apply to 2 photos').click();
  await says(page, 'Done: 2 of 2 photos.');
  assert.deepEqual(await states(page), ['done', 'done', 'waiting']);
  assert.equal(await size(page), '90x60');
  await page.locator('#queue-list .photo').nth(1).click();
  await page.locator('#file').filter({ hasText: 'b.png' }).waitFor();
  assert.equal(await size(page), '90x60');
  await page.keyboard.press('Control+z');
  assert.deepEqual(await states(page), ['waiting', 'waiting', 'waiting']);
  assert.deepEqual(errors, []);
  await context.close();
});

test('without a photo it waits for the first; with photos it is followed on them', async () => {
  const { page, context, errors } = await openReady();
  await give(page, file(RECIPE));
  await alerts(page, 'will be followed on the first photo');
  await give(page, scan('a.png'));
  await says(page, 'The recipe was followed.');
  await give(page, [scan('b.png', 80), file({ steps: [EXTEND] })]);
  await button(page, 'All').click(); // Also the one that has a result.
  await button(page, 'Apply to 2 photos').click();
  await says(page, 'Done: 2 of 2 photos.');
  assert.equal(await size(page), '120x60');
  assert.deepEqual(errors, []);
  await context.close();
});

test('opened with its photo it goes before what a tool would look for by itself', async () => {
  const slow = await startFakeServer({ steps: 2, stepMillis: 1500 }, TASKS);
  const { page, context } = await openPage(browser, `${slow.url}?tool=cutout`);
  await page.locator('#engine[data-status=ready]').waitFor({ state: 'attached' });
  await give(page, [scan('a.png'), file({ steps: [{ tool: 'colorize', variant: 'warm' }] })]);
  await says(page, 'The recipe was followed.');
  await give(page, file({ steps: [EXTEND, EXTEND] }));
  await page.locator('#progress').waitFor();
  await give(page, file(RECIPE));
  await alerts(page, 'Something is under way');
  await says(page, 'The recipe was followed.');
  assert.equal(await size(page), '135x80');
  await context.close();
  await slow.close();
});

test('dropped on the page it is followed, too', async () => {
  const { page, context, errors } = await openReady();
  await give(page, scan('a.png'));
  await page.locator('#canvas[aria-label]').waitFor();
  await page.evaluate((text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'mine.json', { type: 'application/json' }));
    document.body.dispatchEvent(
      new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
    );
  }, JSON.stringify(RECIPE));
  await says(page, 'The recipe was followed.');
  assert.equal(await size(page), '90x60');
  assert.deepEqual(errors, []);
  await context.close();
});

test('in the address it is for the first photo opened; the page copies such an address', async () => {
  const address = `?recipe=${encodeURIComponent(JSON.stringify(RECIPE))}`;
  const { page, context, errors } = await openReady(address);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await alerts(page, 'will be followed on the first photo');
  await give(page, [scan('a.png'), scan('b.png')]);
  await says(page, 'The recipe was followed.');
  assert.deepEqual(await states(page), ['done', 'waiting']);
  assert.equal(await size(page), '90x60');
  await button(page, 'Format and quality').click();
  await button(page, 'Copy the steps as an address').click();
  await says(page, 'The address that does these steps is on the clipboard');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.startsWith(server.url), copied);
  assert.deepEqual(JSON.parse(new URL(copied).searchParams.get('recipe') ?? ''), RECIPE);
  await page.keyboard.press('Escape');
  await page.locator('#queue-list .photo').nth(1).click();
  await page.locator('#file').filter({ hasText: 'b.png' }).waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(await states(page), ['done', 'waiting'], 'for no other photo');
  assert.deepEqual(errors, []);
  await context.close();

  const one = encodeURIComponent(JSON.stringify({ steps: [EXTEND] }));
  const sample = await openReady(`?recipe=${one}&sample=field`);
  await says(sample.page, 'The recipe was followed.');
  await sample.context.close();
  const broken = await openReady(`?recipe=${encodeURIComponent(JSON.stringify(BROKEN))}`);
  await alerts(broken.page, 'cannot follow step 2 of this recipe: “size=3”');
  await give(broken.page, scan('a.png'));
  await broken.page.locator('#canvas[aria-label]').waitFor();
  await broken.page.waitForTimeout(300);
  assert.equal(await size(broken.page), '60x40');
  await broken.context.close();
});
