// Scratches and dust: found for a yes, corrected, filled; on one photo or on all. With the stand-in for
// the engine, which finds two columns at a quarter of each photo that is wider than 50; at the end with
// the compiled one, where weights ship that find them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  button,
  openPage,
  requirePkg,
  sampleFile,
  save,
  saved,
  says,
  screenshot,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pictureFromPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { BrowserContextOptions, Page } from 'playwright-core' */

const TASKS = ['extend', 'fill', 'scratches', 'colorize'];
const manifest = await readFile(
  new URL('../../www/weights/manifest.json', import.meta.url),
  'utf8',
);
const isTrained = JSON.parse(manifest).weights.some(
  (/** @type {{ task: string }} */ { task }) => task === 'scratches',
);
const skip = isTrained ? false : 'no weights ship that find scratches';
const { browser, server } = await started(() => startFakeServer({ steps: 2 }, TASKS));

/** A picture of which the stand-in reads the size alone. @param {string} name @param {number} [width] */
function photo(name, width = 200) {
  const rgba = new Uint8Array(4 * width * 100);
  return { name, mimeType: 'image/png', buffer: pngFromPicture({ width, height: 100, rgba }) };
}

/**
 * @param {string} [address] @param {ReturnType<typeof photo>[]} [files] @param {BrowserContextOptions} [options]
 * @param {string} [url]
 */
async function open(address = '', files = [photo('a.png')], options = {}, url = server.url) {
  const opened = await openPage(browser, `${url}?tool=fill&format=png&${address}`, {
    ...{ reducedMotion: 'reduce' },
    ...options,
  });
  await opened.page.locator('#engine[data-status=ready]').waitFor({ state: 'attached' });
  await opened.page.locator('#open-file').setInputFiles(files);
  await opened.page.locator('#canvas[aria-label]').waitFor();
  return opened;
}

/** What a place of the saved picture has. @param {Page} page @param {number} [width] */
async function picture(page, width = 200) {
  const { bytes } = await save(page);
  const rgba = bytes.subarray(bytes.length - 4 * width * 100);
  return (/** @type {number} */ x, /** @type {number} */ y) => [
    ...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 3),
  ];
}
const BLUE = [0, 0, 255];

/** @param {Page} page @param {string | RegExp} text */
const painted = (page, text) =>
  page.locator('#hole-size').filter({ hasText: text }).waitFor({ state: 'attached' });
/** @param {Page} page */
const states = (page) =>
  page
    .locator('#queue-list .photo')
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-state')));
/** @param {Page} page */
const find = (page) => button(page, 'Find scratches and dust').click();

test('what is found is added to what is drawn, as one step, and filled only by a press of Fill', async () => {
  const { page, context, errors } = await open('rect=150,10,20,20&grow=0&once=1');
  await painted(page, '2.0 % of the photo is painted');
  await find(page);
  await says(page, 'Found: 1.0 % of the photo. Look through it, then press Fill.');
  await painted(page, '3.0 % of the photo is painted');
  await screenshot(page, 'scratches-found');
  assert.notDeepEqual((await picture(page))(50, 40), BLUE, 'nothing is filled yet');
  await button(page, 'History').click();
  const names = await page.locator('#history-list .entry').allTextContents();
  assert.deepEqual(names, ['Opened', 'Rectangle', 'Scratches found']);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+z');
  await painted(page, '2.0 % of the photo is painted');
  await page.keyboard.press('Control+Shift+Z');
  await button(page, 'Fill').click();
  await says(page, 'Filled 3.0 % of the photo');
  const at = await picture(page);
  for (const [x, y] of /** @type {const} */ ([
    [50, 0],
    [51, 99],
    [160, 20],
  ])) {
    assert.deepEqual(at(x, y), BLUE);
  }
  assert.notDeepEqual(at(49, 40), BLUE);
  assert.notDeepEqual(at(52, 40), BLUE);
  assert.deepEqual(errors, []);
  await context.close();
});

test('it does not grow as strokes do, and the eraser takes from it', async () => {
  const { page, context, errors } = await open('grow=20&brush=40');
  await find(page);
  await says(page, 'Found: 1.0 %');
  await painted(page, '1.0 % of the photo is painted');
  await page.keyboard.press('e');
  const { x, y, width, height } = (await page.locator('#canvas').boundingBox()) ?? {
    ...{ x: 0, y: 0, width: 0, height: 0 },
  };
  await page.mouse.move(x + width * 0.1, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 4 });
  await page.mouse.up();
  await painted(page, /^0\.[56] % of the photo is painted/);
  assert.deepEqual(errors, []);
  await context.close();
});

test('where nothing is found a sentence says so; where no weights are there is no button', async () => {
  const { page, context, errors } = await open('', [photo('small.png', 40)]);
  await find(page);
  await says(page, 'No scratches or dust were found.');
  assert.ok(await button(page, 'Undo').isDisabled());
  assert.ok(!(await button(page, 'Repair all photos').isVisible()), 'there is one photo');
  assert.deepEqual(errors, []);
  await context.close();

  const plain = await startFakeServer({}, ['extend', 'fill']);
  const { page: other, context: without } = await open('', undefined, {}, plain.url);
  await button(other, 'Fill').waitFor();
  assert.ok(!(await button(other, 'Find scratches and dust').isVisible()));
  await without.close();
  await plain.close();
});

test('it can be cancelled', async () => {
  const slow = await startFakeServer({ stepMillis: 3000 }, TASKS);
  const { page, context, errors } = await open('', undefined, {}, slow.url);
  await find(page);
  await page
    .locator('#progress-text')
    .filter({ hasText: /Looking for scratches and dust/ })
    .waitFor();
  await page.keyboard.press('Escape');
  await says(page, 'Cancelled. The photo is as it was.');
  await page.waitForTimeout(3200);
  assert.ok(await button(page, 'Undo').isDisabled());
  assert.deepEqual(errors, []);
  await context.close();
  await slow.close();
});

test('all photos are repaired as one step; those with nothing to repair are left', async () => {
  const files = [photo('a.png'), photo('none.png', 40), photo('c.png', 120)];
  const { page, context, errors } = await open('', files);
  await button(page, 'Repair all photos').click();
  await says(page, 'Done: 2 of 3 photos.');
  assert.deepEqual(await states(page), ['done', 'left', 'done']);
  const label = await page.locator('#queue-list .photo').nth(1).getAttribute('aria-label');
  assert.match(label ?? '', /left as it was\. No scratches or dust were found in this photo/);
  assert.deepEqual((await picture(page))(50, 40), BLUE);
  await page.locator('#queue-list .photo').nth(2).click();
  await page.locator('#file').filter({ hasText: 'c.png' }).waitFor();
  assert.deepEqual((await picture(page, 120))(30, 40), BLUE);
  await page.keyboard.press('Control+z');
  await page.getByText('Undone on 2 photos.').waitFor();
  assert.deepEqual(await states(page), ['waiting', 'left', 'waiting']);
  assert.deepEqual(errors, []);
  await context.close();
});

test('what was found on one photo and filled is found on the others, too; as a recipe as well', async () => {
  const { page, context, errors } = await open('', [photo('a.png'), photo('b.png', 120)]);
  await find(page);
  await says(page, 'Found: ');
  await button(page, 'Fill').click();
  await says(page, /^Filled/);
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 2 of 2 photos.');
  await button(page, 'Format and quality').click();
  const file = await saved(page, () => button(page, 'Save the steps as a recipe').click());
  const steps = [{ tool: 'fill', scratches: true }];
  assert.deepEqual(JSON.parse(file.bytes.toString()), { steps });
  assert.deepEqual(errors, []);
  await context.close();

  // A step that finds nothing leaves the next one to be done.
  const both = [...steps, { tool: 'extend', right: '50%' }];
  const recipe = encodeURIComponent(JSON.stringify({ steps: both }));
  for (const width of [200, 40]) {
    const followed = await open(`recipe=${recipe}`, [photo('a.png', width)]);
    await says(followed.page, 'The recipe was followed.');
    const label = `Photo, ${1.5 * width} × 100`;
    assert.equal(await followed.page.locator('#canvas').getAttribute('aria-label'), label);
    await followed.context.close();
  }
});

test('in the address: found, and with auto filled', async () => {
  const { page, context } = await open('scratches=1');
  await says(page, 'Found: 1.0 %');
  await context.close();
  const auto = await open('scratches=1&auto=1');
  await says(auto.page, 'Filled 1.0 % of the photo');
  await auto.context.close();
  const none = await open('scratches=1&auto=1', [photo('none.png', 40)]);
  await says(none.page, 'No scratches or dust were found.');
  await none.context.close();
});

test('in Chinese, on a phone', async () => {
  const options = { locale: 'zh-CN', viewport: { width: 360, height: 740 } };
  const { page, context, errors } = await open('', [photo('a.png'), photo('b.png')], options);
  await button(page, '查找划痕和污点').click();
  await says(page, '找到的地方占照片的 1.0%');
  await screenshot(page, 'scratches-narrow-zh');
  await button(page, '修补全部照片').click();
  await says(page, '已完成：2/2 张');
  assert.deepEqual(errors, []);
  await context.close();
});

test('in windows of every shape it can be pressed, also with several photos', async () => {
  for (const [width, height] of /** @type {const} */ ([
    [320, 256],
    [740, 360],
    [360, 740],
  ])) {
    const files = [photo('a.png'), photo('b.png')];
    const { page, context, errors } = await open('', files, { viewport: { width, height } });
    await find(page);
    await says(page, 'Found: 1.0 %');
    await button(page, 'Repair all photos').click();
    await says(page, 'Done: 2 of 2 photos.');
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test('the weights that ship find scratches, and they are filled', { skip }, async () => {
  requirePkg();
  const real = await startServer();
  const address = `${real.url}?tool=fill&backend=cpu&format=png`;
  const { page, context, errors } = await openPage(browser, address, { reducedMotion: 'reduce' });
  const jpeg = (await readFile(sampleFile('field'))).toString('base64');
  const png = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const photo = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    const context = new OffscreenCanvas(photo.width, photo.height).getContext('2d');
    if (!context) return '';
    context.drawImage(photo, 0, 0);
    context.strokeStyle = '#fff';
    context.lineWidth = 3;
    for (const [x = 0, lean = 0] of [
      [300, 20],
      [640, -12],
      [1000, 8],
    ]) {
      context.beginPath();
      context.moveTo(x, 40);
      context.lineTo(x + lean, 800);
      context.stroke();
    }
    const blob = await context.canvas.convertToBlob();
    const read = new Uint8Array(await blob.arrayBuffer());
    return btoa(Array.from(read, (byte) => String.fromCharCode(byte)).join(''));
  }, jpeg);
  const buffer = Buffer.from(png, 'base64');
  const before = pictureFromPng(buffer);
  await page
    .locator('#open-file')
    .setInputFiles({ name: 'scan.png', mimeType: 'image/png', buffer });
  await find(page);
  await says(page, /^Found: \d/, PATIENCE_MILLIS);
  await button(page, 'Fill').click();
  await says(page, /^Filled/, PATIENCE_MILLIS);
  const after = pictureFromPng((await save(page)).bytes);
  let [white, left] = [0, 0];
  for (let y = 450; y < 750; y++) {
    for (let x = 0; x < before.width; x++) {
      const isWhite = (/** @type {Uint8Array} */ rgba) =>
        [0, 1, 2].every((c) => (rgba[4 * (y * before.width + x) + c] ?? 0) > 245);
      if (!isWhite(before.rgba)) continue;
      white += 1;
      if (isWhite(after.rgba)) left += 1;
    }
  }
  assert.ok(white > 1000, `control: ${white} pixels of scratches on the grass`);
  assert.ok(left < white / 2, `${left} of ${white} are left`);
  assert.deepEqual(errors, []);
  await context.close();
  await real.close();
});
