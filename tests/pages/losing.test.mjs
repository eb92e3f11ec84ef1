// No way through the page loses work without a question: opening more, closing, leaving, another
// tool, the demonstration. With the stand-in for the engine, whose times can be chosen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alerts,
  button,
  openPage,
  paintAcross,
  saved as savedBy,
  save,
  says,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */
/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} PhotoFile */

const TASKS = ['extend', 'colorize', 'defade'];
const { browser, server } = await started(() => startFakeServer({}, TASKS));

/** @param {string} name @param {number} width @returns {PhotoFile} */
function fileOf(name, width) {
  const rgba = new Uint8Array(4 * width * 30).fill(120);
  const buffer = pngFromPicture({ width, height: 30, rgba });
  return { name, mimeType: 'image/png', buffer };
}
const [ONE, TWO, THREE] = /** @type {[PhotoFile, PhotoFile, PhotoFile]} */ ([
  fileOf('one.png', 40),
  fileOf('two.png', 50),
  fileOf('three.png', 60),
]);

/** @param {Page} page @param {PhotoFile[]} files */
const choose = (page, ...files) => page.getByLabel('Open photo').setInputFiles(files);
/** @param {Page} page @param {number} width @param {number} [height] */
const shows = (page, width, height = 30) =>
  page.locator(`#canvas[aria-label="Photo, ${width} × ${height}"]`).waitFor();
/** @param {Page} page */
const idle = (page) => page.locator('#opening').waitFor({ state: 'hidden' });
/** Nothing is at work any more that would keep the pen from painting. @param {Page} page */
const mayPaint = (page) => page.locator('#fill-run [data-command=run]:enabled').waitFor();
/** What a screen reader says of each photo; nothing where there is no queue. @param {Page} page */
const labels = (page) =>
  page
    .locator('#queue:not([hidden]) .photo')
    .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
/** @param {Page} page @param {number} place */
const goTo = (page, place) => page.locator('#queue-list .photo').nth(place).click();

/** The page with one photo open. @param {string} [query] @param {string} [url] */
async function openOne(query = '', url = server.url) {
  const opened = await openPage(browser, url + query, { reducedMotion: 'reduce' });
  await choose(opened.page, ONE);
  await shows(opened.page, 40);
  await idle(opened.page);
  return opened;
}

/** Makes a result on the open photo, 10 pixels wider. @param {Page} page */
async function extend(page) {
  await page.getByLabel('Right', { exact: true }).fill('10');
  await button(page, 'Extend').click();
  await says(page, /^Extended/);
}

/** Hands files over as the visitor's browser does. @param {Page} page @param {'drop' | 'paste'} type @param {PhotoFile[]} files */
function hand(page, type, ...files) {
  const plain = files.map(({ buffer, ...file }) => ({ ...file, bytes: [...buffer] }));
  return page.evaluate(
    ({ plain, type }) => {
      const data = new DataTransfer();
      for (const { name, mimeType, bytes } of plain) {
        data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
      }
      const init = { bubbles: true, cancelable: true };
      document.body.dispatchEvent(
        type === 'drop'
          ? new DragEvent(type, { ...init, dataTransfer: data })
          : new ClipboardEvent(type, { ...init, clipboardData: data }),
      );
    },
    { plain, type },
  );
}

const WAYS = /** @type {Record<string, (page: Page) => Promise<unknown>>} */ ({
  'the file dialog': (page) => choose(page, TWO),
  dropping: (page) => hand(page, 'drop', TWO),
  pasting: (page) => hand(page, 'paste', TWO),
  'the camera': (page) => page.locator('#camera-file').setInputFiles([TWO]),
});

for (const [way, open] of Object.entries(WAYS)) {
  test(`a second photo by ${way} joins an unsaved result, which stays`, async () => {
    const { page, context, errors } = await openOne();
    await extend(page);
    await open(page);
    await page.locator('#file').filter({ hasText: 'two.png' }).waitFor();
    assert.deepEqual(await labels(page), ['one.png: done', 'two.png: waiting']);
    await goTo(page, 0);
    await page.locator('#file').filter({ hasText: 'one.png' }).waitFor();
    await shows(page, 50 /* 40 and 10 */);
    await says(page, /^Everything is as you left it/);
    assert.match((await save(page)).name, /^one-extended/);
    assert.deepEqual(errors, []);
    await context.close();
  });
}

test('what is drawn by hand stays, too', async () => {
  const { page, context } = await openOne('?tool=fill');
  await paintAcross(page);
  const painted = await page.locator('#hole-size').textContent();
  assert.match(painted ?? '', /painted/);
  await hand(page, 'drop', TWO, THREE);
  await shows(page, 50);
  assert.equal((await labels(page)).length, 3);
  await goTo(page, 0);
  await shows(page, 40);
  assert.equal(await page.locator('#hole-size').textContent(), painted);
  await context.close();
});

test('a photo that nothing was done to gives up its place, and so does a saved one', async () => {
  const { page, context } = await openOne();
  await choose(page, TWO);
  await shows(page, 50);
  assert.deepEqual(await labels(page), []);
  await extend(page);
  await save(page);
  await says(page, /^Saved/);
  await choose(page, ONE);
  await shows(page, 40);
  assert.deepEqual(await labels(page), []);
  await context.close();
});

test('a file that is no picture changes nothing and gets one sentence', async () => {
  const { page, context } = await openOne();
  await extend(page);
  const text = { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') };
  await hand(page, 'drop', text);
  await alerts(page, 'This file is not a picture');
  assert.deepEqual(await labels(page), []);
  await shows(page, 50);
  await context.close();
});

test('taking a photo out asks where something would be lost, and only there', async () => {
  const { page, context } = await openOne();
  await extend(page);
  await choose(page, TWO);
  await shows(page, 50);
  await goTo(page, 0);
  await says(page, /^Everything is as you left it/);
  const dialog = page.getByRole('dialog', { name: 'Not saved yet' });
  await button(page, 'Remove this photo').click();
  await dialog.filter({ hasText: 'one.png' }).waitFor();
  await button(page, 'Keep it').click();
  assert.deepEqual(await labels(page), ['one.png: done', 'two.png: waiting']);
  await button(page, 'Remove this photo').click();
  await page.keyboard.press('Escape');
  assert.equal((await labels(page)).length, 2);
  await button(page, 'Remove this photo').click();
  await button(page, 'Remove it').click();
  await alerts(page, 'one.png was removed.');
  assert.deepEqual(await labels(page), []);
  await button(page, 'Put it back').click();
  assert.equal((await labels(page)).length, 2);
  await button(page, 'Remove this photo').click(); // two.png, which is as it was opened.
  await alerts(page, 'two.png was removed.');
  await context.close();
});

test('leaving asks for strokes as for results, by a reload and by fetching the page anew', async () => {
  const { page, context } = await openOne('?tool=fill');
  let asked = 0;
  page.on('dialog', async (dialog) => {
    asked += 1;
    await dialog.dismiss();
  });
  const leave = async () => {
    await page.evaluate(() => location.reload()).catch(() => {});
    await page.waitForTimeout(300);
  };
  await paintAcross(page);
  await leave();
  assert.equal(asked, 1);
  await page.locator('#about').click();
  await page.getByRole('link', { name: 'Download the page again' }).click({ noWaitAfter: true });
  await page.waitForTimeout(300);
  assert.equal(asked, 2);
  await page.keyboard.press('Escape');
  await choose(page, TWO);
  await shows(page, 50);
  await leave();
  assert.equal(asked, 3, 'the strokes of another photo');
  await context.close();
});

test('photos that come while a tool runs wait in the queue; the run goes on', async () => {
  const slow = await startFakeServer({ steps: 4, stepMillis: 300 });
  const { page, context } = await openOne('', slow.url);
  await page.getByLabel('Right', { exact: true }).fill('10');
  await button(page, 'Extend').click();
  await page.getByText(/^Painting · [12] of 4/).waitFor();
  await hand(page, 'drop', TWO);
  await page.locator('#queue .photo').nth(1).waitFor();
  await says(page, /^Extended/);
  await shows(page, 50);
  assert.deepEqual(await labels(page), ['one.png: done', 'two.png: waiting']);
  await context.close();
  await slow.close();
});

test('a save that is under way is done before another photo opens', async () => {
  const slow = await startFakeServer({ putMillis: 700 });
  const { page, context } = await openOne('', slow.url);
  await extend(page);
  const file = await savedBy(page, async () => {
    await button(page, 'Save').click();
    await hand(page, 'paste', TWO);
  });
  assert.match(file.name, /^one-extended/);
  await shows(page, 50);
  await context.close();
  await slow.close();
});

test('a setting that is being put on the photo is not lost to another tool', async () => {
  const slow = await startFakeServer({ putMillis: 500 }, TASKS);
  const { page, context } = await openOne('?tool=colour', slow.url);
  await page.keyboard.press('Control+Enter');
  await page.locator('#ask').getByRole('button', { name: 'Colour again' }).click();
  await says(page, /^Coloured in/);
  await page.getByLabel('Saturation').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#tools label').filter({ hasText: 'Fill' }).click();
  await page.waitForTimeout(1500);
  await page.locator('#tools label').filter({ hasText: 'Colour' }).click();
  assert.equal(await page.getByLabel('Saturation').inputValue(), '101');
  await context.close();
  await slow.close();
});

test("the demonstration leaves a visitor's work where it is, and piles nothing up", async () => {
  const { page, context } = await openPage(browser, `${server.url}?kiosk=1&secs=0.2&tool=fill`);
  await page.locator('#canvas[aria-label]').waitFor();
  await page.waitForTimeout(1500); // Several rounds.
  await page.keyboard.press('Escape');
  await page.locator('#kiosk').waitFor({ state: 'hidden' });
  assert.deepEqual(await labels(page), []);
  await mayPaint(page);
  await paintAcross(page);
  const hole = page.locator('#hole-size');
  await hole.filter({ hasText: /\S/ }).waitFor();
  const painted = await hole.textContent();
  await button(page, 'Go on').click();
  await page.locator('#queue-list .photo').nth(1).waitFor({ state: 'attached' });
  await page.waitForTimeout(1500); // Several rounds more.
  await page.keyboard.press('Escape');
  await page.locator('#kiosk').waitFor({ state: 'hidden' });
  assert.equal((await labels(page)).length, 2);
  await goTo(page, 0);
  await page.locator('#queue-list li:first-child .photo[aria-current=true]').waitFor();
  await idle(page);
  assert.equal(await page.locator('#hole-size').textContent(), painted);
  await context.close();
});

test('a demonstration that is stopped while it opens a photo takes the one that is open from nobody', async () => {
  const { page, context } = await openPage(browser, `${server.url}?kiosk=1&secs=0.2&tool=fill`);
  await page.locator('#canvas[aria-label]').waitFor();
  const asked = new Promise((resolve) => page.route('**/samples/field.jpg', resolve));
  await asked; // The next round begins, and the photo does not come.
  await page.keyboard.press('Escape');
  await page.locator('#kiosk').waitFor({ state: 'hidden' });
  assert.ok(await page.locator('#divider').isHidden(), 'nothing sweeps in under the visitor’s pen');
  await page.unroute('**/samples/field.jpg');
  await mayPaint(page);
  const hole = page.locator('#hole-size');
  const before = await hole.textContent();
  await paintAcross(page);
  await hole.filter({ hasNotText: before || 'nothing', hasText: /\S/ }).waitFor();
  await button(page, 'Go on').click();
  await page.locator('#queue-list .photo').nth(1).waitFor({ state: 'attached' });
  await page.keyboard.press('Escape');
  await page.locator('#kiosk').waitFor({ state: 'hidden' });
  assert.equal((await labels(page)).length, 2, 'the visitor’s photo is there still');
  await context.close();
});
