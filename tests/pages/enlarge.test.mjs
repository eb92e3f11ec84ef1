// Enlarging: in the tool Crop, in the same history as all else, on one photo or on many. With the
// stand-in for the engine, which paints every pixel four times, bluer where weights are there; at the
// end with the compiled one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  TINY,
  alerts,
  button,
  openPage,
  requirePkg,
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

const [WIDTH, HEIGHT] = [320, 240];
const { browser, server } = await started(() => startFakeServer({ steps: 3 }, ['extend']));

/** A picture of which the stand-in reads the size alone. @param {string} name @param {number} [width] @param {number} [height] */
function photo(name, width = WIDTH, height = HEIGHT) {
  const rgba = new Uint8Array(4 * width * height);
  return { name, mimeType: 'image/png', buffer: pngFromPicture({ width, height, rgba }) };
}

/**
 * @param {string} [address] @param {ReturnType<typeof photo>[]} [files] @param {BrowserContextOptions} [options]
 * @param {string} [url]
 */
async function open(address = '', files = [photo('a.png')], options = {}, url = server.url) {
  const opened = await openPage(browser, `${url}?tool=crop&format=png&${address}`, {
    ...{ reducedMotion: 'reduce' },
    ...options,
  });
  await opened.page.locator('#engine[data-status=ready]').waitFor({ state: 'attached' });
  await opened.page.locator('#open-file').setInputFiles(files);
  await opened.page.locator('#canvas[aria-label]').waitFor();
  return opened;
}

/** The name, the size and the pixels that are saved. @param {Page} page */
async function picture(page) {
  const { name, bytes } = await save(page);
  const head = bytes.toString('latin1', 0, 40).match(/^png (\d+)x(\d+) \d+\n/);
  assert.ok(head);
  const [width, height] = [Number(head[1]), Number(head[2])];
  const rgba = bytes.subarray(head[0].length);
  const at = (/** @type {number} */ x, /** @type {number} */ y) => [
    ...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 4),
  ];
  return { name, size: `${width}x${height}`, at };
}

/** @param {Page} page @param {string} text */
const sized = (page, text) => page.locator('#enlarge-size').filter({ hasText: text }).waitFor();
/** @param {Page} page @param {string} text */
const cropSized = (page, text) => page.locator('#crop-size').filter({ hasText: text }).waitFor();
/** Where the photo is on the screen. @param {Page} page */
const boxOf = (page) =>
  page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const { width, height } = canvas;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const { data } = context.getImageData(0, 0, width, height);
    let [left, top, right, bottom] = [width, height, 0, 0];
    for (let i = 3; i < data.length; i += 4) {
      if (data[i] !== 255) continue;
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    }
    return { left, top, right, bottom };
  });
/** How blue the canvas is at a share of the photo's width, in its middle. @param {Page} page @param {number} share */
async function blueAt(page, share) {
  const { left, top, right, bottom } = await boxOf(page);
  const at = [Math.round(left + (right - left) * share), Math.round((top + bottom) / 2)];
  return page.evaluate(([x = 0, y = 0]) => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    return context.getImageData(x, y, 1, 1).data[2] ?? 0;
  }, at);
}

test('a photo becomes twice as wide and high, and again; each is one step', async () => {
  const { page, context, errors } = await open();
  const before = await picture(page);
  await sized(page, '320 × 240 → 640 × 480 px');
  await page.getByText('No network has learnt this yet: nothing is added').waitFor();
  await screenshot(page, 'enlarge-plain');
  await button(page, 'Enlarge 2×').click();
  await says(page, /^Enlarged to 640 × 480 in \d+ ms$/);
  const twice = await picture(page);
  assert.deepEqual([twice.name, twice.size], ['a-enlarged.png', '640x480']);
  for (const [x, y] of /** @type {const} */ ([
    [0, 0],
    [401, 300],
    [639, 479],
  ])) {
    assert.deepEqual(twice.at(x, y), before.at(x >> 1, y >> 1));
  }
  await sized(page, '640 × 480 → 1280 × 960 px');
  await page.keyboard.press('d');
  await says(page, 'Enlarged to 1280 × 960');
  await button(page, 'History').click();
  const names = await page.locator('#history-list .entry').allTextContents();
  assert.deepEqual(names, ['Opened', 'Enlarged to 640 × 480', 'Enlarged to 1280 × 960']);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  assert.equal((await picture(page)).size, '320x240');
  await page.keyboard.press('Control+Shift+Z');
  assert.equal((await picture(page)).size, '640x480');
  assert.deepEqual(errors, []);
  await context.close();
});

test('weights that are there are used, and the device is named; before and after lie on each other', async () => {
  const other = await startFakeServer({ steps: 3 }, ['extend', 'enlarge']);
  const { page, context, errors } = await open('', [photo('a.png')], {}, other.url);
  await page.getByText('with edges that are likely').waitFor();
  const here = await boxOf(page);
  assert.ok((await blueAt(page, 0.75)) < 150, 'control: 140');
  await button(page, 'Enlarge 2×').click();
  await says(page, /^Enlarged to 640 × 480 in \d+ ms on WebGPU$/);
  await page.waitForTimeout(200);
  assert.deepEqual(await boxOf(page), here, 'it stays where it is on the screen');
  assert.ok((await blueAt(page, 0.75)) > 190);
  await page.getByRole('slider', { name: 'Before and after' }).fill('50');
  await page.waitForTimeout(200);
  assert.ok((await blueAt(page, 0.25)) > 190, 'after, on the left');
  assert.ok((await blueAt(page, 0.75)) < 150, 'before, on the right');
  assert.deepEqual(await boxOf(page), here, 'what was before is as large on the screen');
  await button(page, 'Side by side').click();
  await page.waitForTimeout(200);
  await screenshot(page, 'enlarge-beside');
  // Zoomed in, too, what is looked at stays.
  await button(page, 'Side by side').click();
  await page.keyboard.press('Control+z');
  await button(page, 'Zoom in').click();
  await button(page, 'Zoom in').click();
  const zoomed = await page.locator('#zoom-level').textContent();
  await button(page, 'Enlarge 2×').click();
  await says(page, /^Enlarged/);
  const half = await page.locator('#zoom-level').textContent();
  assert.ok(Math.abs(parseFloat(zoomed ?? '') - 2 * parseFloat(half ?? '')) <= 1, half ?? '');
  assert.deepEqual(errors, []);
  await context.close();
  await other.close();
});

test('what is set and drawn stays in its place: a crop, a frame, strokes, also after undo', async () => {
  const { page, context, errors } = await open();
  await page.locator('#crop-shapes button').filter({ hasText: '16:9' }).click();
  await cropSized(page, '320 × 180 px · 16:9');
  await page.keyboard.press('x');
  await button(page, '1:1').click();
  await page.locator('#size-to').filter({ hasText: '320 × 320' }).waitFor();
  await page.keyboard.press('f');
  await page.keyboard.press('r');
  const { x, y, width, height } = (await page.locator('#canvas').boundingBox()) ?? {
    ...{ x: 0, y: 0, width: 0, height: 0 },
  };
  await page.mouse.move(x + width / 2 - 30, y + height / 2 - 30);
  await page.mouse.down();
  await page.mouse.move(x + width / 2 + 30, y + height / 2 + 30, { steps: 4 });
  await page.mouse.up();
  const painted = await page.locator('#hole-size').textContent();
  assert.match(painted ?? '', /% of the photo is painted/);
  await page.keyboard.press('t');
  await page.keyboard.press('d');
  await says(page, 'Enlarged to 640 × 480');
  await cropSized(page, '640 × 360 px · 16:9');
  await page.keyboard.press('x');
  await page.locator('#size-to').filter({ hasText: '640 × 640' }).waitFor();
  await page.keyboard.press('f');
  const large = await page.locator('#hole-size').textContent();
  // Rims of what has grown run between other pixels.
  assert.ok(Math.abs(parseFloat(large ?? '') - parseFloat(painted ?? '')) < 0.15, large ?? '');
  await page.keyboard.press('Control+z');
  await page.locator('#canvas[aria-label="Photo, 320 × 240"]').waitFor();
  await page.keyboard.press('t');
  await cropSized(page, '320 × 180 px · 16:9');
  await page.keyboard.press('Control+Shift+Z');
  await cropSized(page, '640 × 360 px · 16:9');
  await button(page, 'Crop').click();
  await says(page, 'Cropped to 640 × 360');
  assert.deepEqual(errors, []);
  await context.close();
});

test('it can be cancelled: the photo stays as it was', async () => {
  const slow = await startFakeServer({ steps: 500, stepMillis: 20 }, ['extend']);
  const { page, context, errors } = await open('', [photo('a.png')], {}, slow.url);
  await button(page, 'Enlarge 2×').click();
  await page
    .locator('#progress-text')
    .filter({ hasText: /Painting · \d+ of 500/ })
    .waitFor();
  assert.ok(!(await button(page, 'Enlarge 2×').isVisible()), 'there is one job at a time');
  await page.keyboard.press('Escape');
  await says(page, 'Cancelled. The photo is as it was.');
  assert.equal((await picture(page)).size, '320x240');
  assert.ok(await button(page, 'Undo').isDisabled());
  assert.deepEqual(errors, []);
  await context.close();
  await slow.close();
});

test('a photo that would become too large is not enlarged, and the reason is there before', async () => {
  const large = photo('large.png', 4100, 3000);
  const { page, context, errors } = await open('', [large, photo('b.png')]);
  await page.getByText('It would have 49.2 megapixels, and 48 are the most.').waitFor();
  assert.ok(await button(page, 'Enlarge 2×').isDisabled());
  await page.keyboard.press('d');
  await page.locator('#queue-list .photo').nth(1).click();
  await page.locator('#file').filter({ hasText: 'b.png' }).waitFor();
  await button(page, 'Enlarge 2×').click();
  await says(page, 'Enlarged to 640 × 480');
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 1 of 2 photos.');
  const label = await page.locator('#queue-list .photo').first().getAttribute('aria-label');
  assert.match(label ?? '', /failed\. Enlarged, this photo would have more than 48 megapixels/);
  assert.deepEqual(errors, []);
  await context.close();
});

test('all photos are enlarged as one step; what is put away comes back as it was', async () => {
  const files = [photo('a.png'), photo('b.png', 200, 100), photo('c.png', 60, 40)];
  const { page, context, errors } = await open('', files);
  await button(page, 'Apply to all').click();
  await alerts(page, 'to enlarge all, enlarge this one first');
  await button(page, 'Enlarge 2×').click();
  await says(page, /^Enlarged/);
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 3 of 3 photos.');
  await page.locator('#queue-list .photo').nth(1).click();
  await page.locator('#canvas[aria-label="Photo, 400 × 200"]').waitFor();
  const here = await boxOf(page);
  await page.getByRole('slider', { name: 'Before and after' }).fill('50');
  await page.waitForTimeout(200);
  assert.deepEqual(await boxOf(page), here, 'what was before is as large on the screen');
  await page.keyboard.press('Control+z');
  await page.getByText(/^Undone on \d photos/).waitFor();
  await page.locator('#canvas[aria-label="Photo, 200 × 100"]').waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('in a recipe, and in the address', async () => {
  const steps = [{ tool: 'enlarge' }, { tool: 'extend', left: '50%' }, { tool: 'enlarge' }];
  const recipe = encodeURIComponent(JSON.stringify({ steps }));
  const { page, context, errors } = await open(`recipe=${recipe}`);
  await says(page, 'The recipe was followed.');
  assert.equal((await picture(page)).size, '1920x960');
  await button(page, 'Format and quality').click();
  const again = await saved(page, () => button(page, 'Save the steps as a recipe').click());
  assert.deepEqual(JSON.parse(again.bytes.toString()), { steps });
  assert.deepEqual(errors, []);
  await context.close();

  const other = await open('auto=1&enlarge=1');
  await says(other.page, 'Enlarged to 640 × 480');
  assert.deepEqual(other.errors, []);
  await other.context.close();
});

test('in Chinese, on a phone', async () => {
  const options = { locale: 'zh-CN', viewport: { width: 360, height: 740 } };
  const { page, context, errors } = await open('', [photo('a.png')], options);
  await page.getByText('放大照片', { exact: true }).click();
  await sized(page, '320 × 240 → 640 × 480 像素');
  await screenshot(page, 'enlarge-narrow-zh');
  await button(page, '放大 2 倍').click();
  await says(page, '已放大到 640 × 480');
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
    await page.getByText('Enlarge', { exact: true }).click();
    await button(page, 'Enlarge 2×').click();
    await says(page, 'Enlarged to 640 × 480');
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test('the compiled engine doubles the sides; what is even stays so, and what is transparent', async () => {
  requirePkg();
  const [width, height] = [250, 47]; // More than a tile.
  const rgba = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const isLeft = i % width < 120;
    rgba.set(isLeft ? [200, 90, 40, 255] : [30, 60, 120, i % width < 200 ? 255 : 0], 4 * i);
  }
  const buffer = pngFromPicture({ width, height, rgba });
  for (const replaced of [{}, { 'www/weights/': TINY }]) {
    const real = await startServer(replaced);
    const { page, context, errors } = await openPage(
      browser,
      `${real.url}?tool=crop&backend=cpu&format=png`,
      { reducedMotion: 'reduce' },
    );
    await page
      .locator('#open-file')
      .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer });
    await button(page, 'Enlarge 2×').click();
    await says(page, /^Enlarged to 500 × 94/, PATIENCE_MILLIS);
    const made = pictureFromPng((await save(page)).bytes);
    assert.deepEqual([made.width, made.height], [500, 94]);
    for (const [x, y, wanted] of /** @type {const} */ ([
      [0, 0, [200, 90, 40, 255]],
      [160, 93, [200, 90, 40, 255]],
      [320, 40, [30, 60, 120, 255]],
      [499, 93, [30, 60, 120, 0]],
    ])) {
      const at = 4 * (500 * y + x);
      // Two of 255: weights of a minute are not exact.
      const off = wanted.map((value, c) => Math.abs(value - (made.rgba[at + c] ?? 0)));
      assert.ok(Math.max(...off) <= 2 || made.rgba[at + 3] === 0, `${x}, ${y}: off by ${off}`);
      assert.equal(made.rgba[at + 3], wanted[3]);
    }
    await page.keyboard.press('Control+z');
    const before = pictureFromPng((await save(page)).bytes);
    assert.equal(Buffer.compare(before.rgba, rgba), 0);
    assert.deepEqual(errors, []);
    await context.close();
    await real.close();
  }
});
