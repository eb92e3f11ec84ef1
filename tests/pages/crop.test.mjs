// Crop, turn, trim: in the same history as everything else. With the stand-in for the engine, which
// reads PNG files as a gradient and saves pixels as they are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alerts, button, openPage, save, says, screenshot, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */

const { browser, server } = await started(() => startFakeServer({ steps: 2 }, ['extend']));
const [WIDTH, HEIGHT] = [320, 240];

/** @param {string} [name] @param {Buffer} [file] @param {object} [options] */
async function openCrop(name = 'photo.png', file = undefined, options = {}) {
  const rgba = new Uint8Array(4 * WIDTH * HEIGHT);
  const buffer = file ?? pngFromPicture({ width: WIDTH, height: HEIGHT, rgba });
  const opened = await openPage(browser, `${server.url}?tool=crop&format=png`, {
    ...{ reducedMotion: 'reduce' },
    ...options,
  });
  const mimeType = name.endsWith('.jpg') ? 'image/jpeg' : 'image/png';
  await opened.page.locator('#open-file').setInputFiles({ name, mimeType, buffer });
  await opened.page.locator('#crop-panel').waitFor();
  await opened.page.waitForTimeout(250);
  return opened;
}

/** The size and the pixels that are saved. @param {Page} page */
async function picture(page) {
  const { bytes } = await save(page);
  const head = bytes.toString('latin1', 0, 40).match(/^png (\d+)x(\d+) \d+\n/);
  assert.ok(head);
  const [width, height] = [Number(head[1]), Number(head[2])];
  return { width, height, rgba: bytes.subarray(head[0].length) };
}

test('an edge is dragged inward; what is left is the photo, byte for byte; undo gives it back', async () => {
  const { page, context, errors } = await openCrop();
  const before = await picture(page);
  await button(page, 'Crop').click();
  await alerts(page, 'Nothing is cut off yet.');
  const handle = page.locator('.handle.left.top');
  const box = await handle.boundingBox();
  const stage = await page.locator('.handle.right.bottom').boundingBox();
  assert.ok(box && stage);
  const scale = (stage.x - box.x) / WIDTH;
  await page.mouse.move(box.x + 22, box.y + 22);
  await page.mouse.down();
  await page.mouse.move(box.x + 22 + 40 * scale, box.y + 22 + 30 * scale, { steps: 5 });
  await screenshot(page, 'crop-dragged');
  await page.mouse.up();
  await page.locator('#crop-size').filter({ hasText: '280 × 210 px' }).waitFor();
  await handle.focus();
  await page.keyboard.press('ArrowLeft');
  await page.locator('#crop-size').filter({ hasText: '281 × 210 px' }).waitFor();
  await button(page, 'Crop').click();
  await says(page, 'Cropped to 281 × 210');
  const after = await picture(page);
  assert.deepEqual([after.width, after.height], [281, 210]);
  for (const y of [0, 100, 209]) {
    const from = 4 * ((y + 30) * WIDTH + 39);
    const row = before.rgba.subarray(from, from + 4 * 281);
    assert.equal(Buffer.compare(row, after.rgba.subarray(4 * y * 281, 4 * (y + 1) * 281)), 0);
  }
  await page.keyboard.press('x');
  await button(page, '1:1').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to 281 × 281');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Control+z');
  assert.equal(Buffer.compare((await picture(page)).rgba, before.rgba), 0);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a shape, the slider that turns, and an even border', async () => {
  const { page, context, errors } = await openCrop();
  await page.locator('#crop-shapes button').filter({ hasText: '16:9' }).click();
  await page.locator('#crop-size').filter({ hasText: '320 × 180 px · 16:9' }).waitFor();
  await button(page, 'Reset the crop').click();
  await page.getByRole('slider', { name: 'Straighten' }).fill('10');
  await page.waitForTimeout(400);
  await screenshot(page, 'crop-turned');
  await button(page, 'Crop').click();
  await says(page, /^Cropped to 263 × 197/);
  const { width, height, rgba } = await picture(page);
  const red = (/** @type {number} */ x, /** @type {number} */ y) => rgba[4 * (y * width + x)] ?? 0;
  assert.ok(red(131, height - 1) > red(131, 0) + 20, 'it is turned to the right');
  assert.ok(
    rgba.every((value, i) => i % 4 < 3 || value === 255),
    'no corner is empty',
  );
  assert.deepEqual(errors, []);
  await context.close();

  const framed = await openPage(browser, server.url);
  const base64 = await framed.page.evaluate(async () => {
    const context = new OffscreenCanvas(400, 300).getContext('2d');
    if (!context) return '';
    context.fillStyle = '#f4efe2';
    context.fillRect(0, 0, 400, 300);
    for (let i = 0; i < 36 * 26; i++) {
      context.fillStyle = `hsl(${i * 47} 60% 40%)`;
      context.fillRect(20 + 10 * (i % 36), 16 + 10 * Math.floor(i / 36), 10, 10);
    }
    const blob = await context.canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
    return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
  });
  await framed.context.close();
  const { page: scan, context: other } = await openCrop('scan.jpg', Buffer.from(base64, 'base64'));
  await button(scan, 'Trim an even border').click();
  await scan
    .locator('#crop-size')
    .filter({ hasText: /36\d × 2[56]\d px/ })
    .waitFor();
  await screenshot(scan, 'crop-trimmed');
  await button(scan, 'Crop').click();
  await says(scan, 'Cropped to 36');
  await button(scan, 'Trim an even border').click();
  await says(scan, 'There is no even border around this photo.');
  await other.close();
});

/**
 * Draws a line across the middle of the photo, and answers how it is let go. In whole pixels, as
 * browsers tell where a button is pressed.
 * @param {Page} page @param {number} across @param {number} down
 */
async function drawLine(page, across, down) {
  const box = await page.locator('#canvas').boundingBox();
  assert.ok(box);
  const x = Math.round(box.x + box.width / 2 - across / 2);
  const y = Math.round(box.y + box.height / 2 - down / 2);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + across, y + down, { steps: 4 });
  return () => page.mouse.up();
}

test('a line along the horizon levels the photo as the slider does; so does an upright edge', async () => {
  const { page, context, errors } = await openCrop();
  const slider = page.getByRole('slider', { name: 'Straighten' });
  await slider.fill('-7.8');
  await button(page, 'Crop').click();
  await says(page, 'Cropped to');
  const wanted = await picture(page);
  await page.keyboard.press('Control+z');
  await button(page, 'Reset the crop').click();

  const level = button(page, 'Level by a line');
  await level.click();
  assert.equal(await level.getAttribute('aria-pressed'), 'true');
  await page.getByText('Draw a line along the horizon').waitFor();
  assert.ok(!(await page.locator('.handle.left.top').isVisible()), 'no handle is in the way');
  const lift = await drawLine(page, 160, 22);
  await screenshot(page, 'crop-line');
  await lift();
  await says(page, 'Turned to -7.8°');
  assert.equal(await slider.inputValue(), '-7.8');
  assert.equal(await level.getAttribute('aria-pressed'), 'false');
  await button(page, 'Crop').click();
  await says(page, 'Cropped to');
  const made = await picture(page);
  assert.deepEqual([made.width, made.height], [wanted.width, wanted.height]);
  assert.equal(Buffer.compare(made.rgba, wanted.rgba), 0);

  await level.click();
  await (
    await drawLine(page, 14, -160)
  )();
  await says(page, 'Turned to -5.0°');
  await level.click();
  await (
    await drawLine(page, 160, 6)
  )(); // On the photo as it is shown now, turned.
  await says(page, 'Turned to -7.1°');
  assert.deepEqual(errors, []);
  await context.close();
});

test('a line that is too steep, a click, and Escape turn nothing', async () => {
  const { page, context, errors } = await openCrop('photo.png', undefined, {
    locale: 'zh-CN',
    viewport: { width: 360, height: 740 },
  });
  await button(page, '画线校平').click();
  await (
    await drawLine(page, 130, 82)
  )();
  await says(page, '照片最多转动 20°');
  const slider = page.getByRole('slider', { name: '校正倾斜' });
  await (
    await drawLine(page, 4, 1)
  )();
  await drawLine(page, 160, 28);
  await page.keyboard.press('Escape');
  await page.mouse.up();
  assert.equal(await slider.inputValue(), '0');
  await screenshot(page, 'crop-line-narrow');
  await page.keyboard.press('Escape');
  assert.equal(await button(page, '画线校平').getAttribute('aria-pressed'), 'false');
  await (
    await drawLine(page, 160, 17)
  )();
  assert.equal(await slider.inputValue(), '0', 'a drag moves the photo again');
  assert.deepEqual(errors, []);
  await context.close();
});

test('an extension is met to the pixel of a size, or to a ratio that is typed', async () => {
  const { page, context } = await openCrop();
  await page.keyboard.press('x');
  if (!(await page.locator('#own-width').isVisible())) await page.getByText('Sizes').click();
  await button(page, '1920 × 1080').click();
  await page.locator('#size-to').filter({ hasText: '1920 × 1080 px · 16:9' }).waitFor();
  assert.equal(await button(page, '1920 × 1080').getAttribute('aria-pressed'), 'true');
  await page.getByLabel('Width').fill('3');
  await page.getByLabel('Height').fill('2');
  await page.keyboard.press('Tab');
  await page.locator('#size-to').filter({ hasText: '360 × 240 px · 3:2' }).waitFor();
  await screenshot(page, 'extend-sizes');
  await button(page, 'Extend').click();
  await says(page, 'Extended to 360 × 240');
  await context.close();
});
