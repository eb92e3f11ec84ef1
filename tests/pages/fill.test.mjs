// Fill in a real browser with the compiled engine: painted is filled, to the pixel, and nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  alerts,
  button,
  nextFrame,
  openPage,
  requirePkg,
  sampleFile,
  save,
  says,
  started,
} from './support/browser.mjs';
import { deepPng, pictureFromPng } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { Page } from 'playwright-core' */
/** @import { Picture } from './support/png.mjs' */

const SAMPLE = sampleFile('mountains');
requirePkg();
const { browser, server } = await started(() => startServer());

/**
 * Opens the sample in Fill, without growth: painted is what the pen passed.
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
async function openFill(options) {
  const opened = await openPage(browser, `${server.url}?backend=cpu&format=png&tool=fill`, options);
  const { page } = opened;
  await page.getByLabel('Open photo').setInputFiles(SAMPLE);
  await page.locator('#fill-panel').waitFor({ timeout: PATIENCE_MILLIS });
  if (!(await page.locator('#grow').isVisible())) await page.getByText('More').click();
  await page.getByLabel('Grow').fill('0');
  await page.waitForTimeout(300);
  return { ...opened, at: await placesOf(page) };
}

/**
 * Where a place of the photo is on the screen, from the view's own numbers as they are drawn: the
 * first and the last pixel of the photo on the canvas.
 * @param {Page} page
 */
async function placesOf(page) {
  const { width, height } = await photoSize(page);
  const edges = await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let [left, top, right, bottom] = [canvas.width, canvas.height, 0, 0];
    for (let i = 3; i < data.length; i += 4) {
      if (data[i] !== 255) continue;
      const [x, y] = [((i - 3) / 4) % canvas.width, Math.floor((i - 3) / 4 / canvas.width)];
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    }
    const box = canvas.getBoundingClientRect();
    const px = box.width / canvas.width;
    return [left * px + box.x, top * px + box.y, right * px + box.x, bottom * px + box.y];
  });
  const [left = 0, top = 0, right = 0, bottom = 0] = edges;
  const scale = (right - left) / width;
  assert.ok(Math.abs((bottom - top) / height - scale) < 0.01, 'the whole photo is on the screen');
  return {
    scale,
    /** @param {number} x @param {number} y */
    point: (x, y) => /** @type {const} */ ([left + x * scale, top + y * scale]),
  };
}

/** @param {Page} page */
async function photoSize(page) {
  const label = (await page.locator('#canvas').getAttribute('aria-label')) ?? '';
  const [, width, height] = /(\d+) × (\d+)/.exec(label) ?? [];
  return { width: Number(width), height: Number(height) };
}

/** @typedef {Awaited<ReturnType<typeof placesOf>>} Places */

/** @param {Page} page @param {Places} at @param {readonly (readonly [number, number])[]} points @param {'left' | 'right'} [mouseButton] */
async function drag(page, at, points, mouseButton = 'left') {
  const [first = [0, 0], ...rest] = points.map(([x, y]) => at.point(x, y));
  await page.mouse.move(...first);
  await page.mouse.down({ button: mouseButton });
  for (const point of rest) await page.mouse.move(...point, { steps: 6 });
  await page.mouse.up({ button: mouseButton });
}

/** @param {Page} page */
async function run(page) {
  await button(page, 'Fill').click();
  await says(page, /^Filled .* % of the photo in \d+ ms$/, PATIENCE_MILLIS);
}

/** @param {Page} page */
const saved = async (page) => pictureFromPng((await save(page)).bytes);

/** The pixels that differ. @param {Picture} a @param {Picture} b */
function changed(a, b) {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  const found = /** @type {[number, number][]} */ ([]);
  for (let i = 0; i < a.rgba.length; i += 4) {
    const isSame = [0, 1, 2, 3].every((c) => a.rgba[i + c] === b.rgba[i + c]);
    if (!isSame) found.push([(i / 4) % a.width, Math.floor(i / 4 / a.width)]);
  }
  return found;
}

/** How far a point is from a line. @param {number} x @param {number} y @param {readonly [number, number]} a @param {readonly [number, number]} b */
function distance(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** @param {Page} page @param {number} px */
async function setBrush(page, px) {
  const size = page.getByRole('slider', { name: 'Size' });
  await size.focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < 101; i++) {
    const shown = Number.parseInt((await page.locator('#brush-size-value').textContent()) ?? '');
    if (shown >= px) return shown;
    await page.keyboard.press('ArrowRight');
  }
  throw new Error(`no brush of ${px} px`);
}

test('painting by mouse: only painted pixels change; undo gives the hole back', async () => {
  const { page, context, errors, requests, at } = await openFill();
  const photo = await saved(page);
  const brush = await setBrush(page, 60);
  const [a, b] = /** @type {const} */ ([
    [500, 400],
    [700, 480],
  ]);
  await drag(page, at, [a, b]);
  await page.getByText(/% of the photo is painted/).waitFor();
  await run(page);

  const result = await saved(page);
  const pixels = changed(photo, result);
  // The pointer lands within a pixel of the screen, and points of a stroke within 3 % of its width.
  const reach = brush / 2 + 1.5 / at.scale;
  const outside = pixels.filter(([x, y]) => distance(x + 0.5, y + 0.5, a, b) > reach);
  assert.deepEqual(outside, [], 'nothing outside the stroke changed');
  const inside = reach - 5 / at.scale - 3;
  let [missed, all] = [0, 0];
  const isChanged = new Set(pixels.map(([x, y]) => y * photo.width + x));
  for (let y = 330; y < 560; y++) {
    for (let x = 430; x < 780; x++) {
      if (distance(x + 0.5, y + 0.5, a, b) > inside) continue;
      all += 1;
      if (!isChanged.has(y * photo.width + x)) missed += 1;
    }
  }
  assert.ok(missed < all / 20, `all of the stroke was painted: ${missed} of ${all} as before`);
  const narrower = pixels.filter(([x, y]) => distance(x + 0.5, y + 0.5, a, b) > reach - 8);
  assert.ok(narrower.length > 0, 'control: a narrower stroke would not explain the change');

  await page.keyboard.press('Control+z');
  await says(page, 'Undone');
  await page.getByText(/% of the photo is painted/).waitFor();
  assert.deepEqual(changed(photo, await saved(page)), []);
  await run(page);
  const again = await save(page);
  assert.equal(again.name, 'mountains-filled.png');
  const isSame = changed(result, pictureFromPng(again.bytes)).length === 0;
  assert.ok(isSame, 'the same hole gives the same bytes');
  assert.deepEqual(errors, []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url)),
    [],
  );
  await context.close();
});

test('what is drawn is what is filled at any zoom: a rectangle, to the pixel', async () => {
  const { page, context } = await openFill({ deviceScaleFactor: 2 });
  const photo = await saved(page);
  await page.getByLabel('Rectangle').check();
  for (let i = 0; i < 9; i++) await page.keyboard.press('+');
  await page.waitForTimeout(200);
  // At this zoom a photo pixel is several on the screen; the box is where the tint is.
  const box = await page.locator('#canvas').boundingBox();
  assert.ok(box);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x - 31, y - 23);
  await page.mouse.down();
  await page.mouse.move(x + 40, y + 37, { steps: 4 });
  await page.mouse.up();
  const zoom = Number.parseInt((await page.locator('#zoom-level').textContent()) ?? '') / 100 / 2;
  assert.ok(zoom > 1, `${zoom}`);
  await nextFrame(page);
  const tint = await page.locator('#hole').boundingBox();
  assert.ok(tint);
  await run(page);
  const pixels = changed(photo, await saved(page));
  const [xs, ys] = [pixels.map((p) => p[0]), pixels.map((p) => p[1])];
  const size = [Math.max(...xs) - Math.min(...xs) + 1, Math.max(...ys) - Math.min(...ys) + 1];
  // What changed is a full rectangle, as large as the pointer's way in whole pixels.
  for (const [i, way] of [71, 60].entries()) {
    const px = size[i] ?? 0;
    assert.ok(px >= way / zoom - 1 && px < way / zoom + 2, `${px} pixels for ${way} at ${zoom}`);
    const shown = i === 0 ? tint.width : tint.height;
    assert.ok(Math.abs(shown - px * zoom) <= 4, `${shown} shown for ${px} pixels at ${zoom}`);
  }
  assert.ok(pixels.length > 0.9 * (size[0] ?? 0) * (size[1] ?? 0));
  await context.close();
});

test('on a photo that lies on its side, what is drawn is filled too', async () => {
  const { page, context } = await openFill();
  const [width, height] = [300, 200];
  const rgba16 = Uint16Array.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 ? 65535 : (i * 977) % 65536,
  );
  const buffer = deepPng({ width, height, rgba16 }, 6);
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'side.png', mimeType: 'image/png', buffer });
  await page.locator('#file').filter({ hasText: 'side.png' }).waitFor();
  await page.waitForTimeout(400);
  const at = await placesOf(page);
  const photo = await saved(page);
  assert.deepEqual([photo.width, photo.height], [200, 300], 'upright');
  await page.getByLabel('Rectangle').check();
  await drag(page, at, [
    [20.5, 200.5],
    [59.5, 279.5],
  ]);
  await run(page);
  const pixels = changed(photo, await saved(page));
  const isWithin = (/** @type {[number, number]} */ [x, y]) =>
    x >= 20 - 1 && x < 60 + 1 && y >= 200 - 1 && y < 280 + 1;
  assert.ok(pixels.every(isWithin), 'nothing outside the rectangle');
  assert.ok(pixels.length > 0.95 * 40 * 80, `${pixels.length} pixels`);
  await context.close();
});

test('eraser, right button, Alt and lasso', async () => {
  const { page, context, at } = await openFill();
  const painted = async () =>
    Number.parseFloat((await page.locator('#hole-size').textContent()) || '0');
  await page.getByLabel('Lasso').check();
  // A square that is not closed by hand.
  await drag(page, at, [
    [200, 200],
    [600, 200],
    [600, 600],
    [200, 600],
  ]);
  const { width, height } = await photoSize(page);
  const square = ((400 * 400) / (width * height)) * 100;
  assert.ok(Math.abs((await painted()) - square) < 0.4, `${await painted()} of ${square}`);
  await page.keyboard.press('r');
  assert.ok(await page.getByLabel('Rectangle').isChecked());
  const half = [/** @type {const} */ ([200, 200]), /** @type {const} */ ([600, 400])];
  await drag(page, at, half, 'right');
  assert.ok(Math.abs((await painted()) - square / 2) < 0.5, `${await painted()}`);
  await page.keyboard.press('Control+z');
  assert.ok(Math.abs((await painted()) - square) < 0.4, 'one stroke back');
  await page.keyboard.down('Alt');
  await drag(page, at, half);
  await page.keyboard.up('Alt');
  assert.ok(Math.abs((await painted()) - square / 2) < 0.5);
  await page.keyboard.press('e');
  await setBrush(page, 900);
  await page.keyboard.press('Escape');
  await drag(page, at, [
    [100, 500],
    [800, 500],
  ]);
  assert.equal(await page.locator('#hole-size').textContent(), '', 'all erased');
  await page.locator('#canvas').focus();
  await page.keyboard.press('Control+Enter');
  await alerts(page, 'Nothing is painted yet.');
  await context.close();
});

test('by keyboard alone: a stroke, its filling, and back', async () => {
  const { page, context, errors } = await openFill();
  const photo = await saved(page);
  await page.keyboard.press('b');
  const before = await page.locator('#brush-size-value').textContent();
  await page.keyboard.press(']');
  await page.keyboard.press(']');
  await page.keyboard.press('[');
  assert.notEqual(await page.locator('#brush-size-value').textContent(), before);
  const canvas = page.getByRole('application', { name: /^Photo/ });
  await canvas.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  assert.equal(await page.locator('#hole-size').textContent(), '', 'no stroke yet');
  await page.keyboard.press('Enter');
  await page.getByText(/% of the photo is painted/).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  const stroke = await page.locator('#hole-size').textContent();
  await page.keyboard.press('Control+Enter');
  await says(page, /^Filled/, PATIENCE_MILLIS);
  const pixels = changed(photo, await saved(page));
  assert.ok(pixels.length > 500);
  const share = (pixels.length / photo.width / photo.height) * 100;
  assert.ok(Math.abs(share - Number.parseFloat(stroke ?? '')) < 0.2, `${share} of ${stroke}`);
  await page.keyboard.press('Control+z');
  assert.equal(await page.locator('#hole-size').textContent(), stroke, 'the hole is back');
  await page.keyboard.press('Control+z');
  assert.equal(await page.locator('#hole-size').textContent(), '', 'and gone');
  assert.deepEqual(errors, []);
  await context.close();
});

test('by touch on a phone: one finger paints, two move the photo', async () => {
  const { page, context, at } = await openFill({
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  const session = await context.newCDPSession(page);
  /** @param {string} type @param {(readonly [number, number])[]} points */
  const touch = (type, points) =>
    session.send('Input.dispatchTouchEvent', {
      type: /** @type {any} */ (type),
      touchPoints: points.map(([x, y], id) => ({ x, y, id })),
    });
  const [x, y] = at.point(500, 400);
  await touch('touchStart', [[x, y]]);
  for (let i = 1; i < 8; i++) await touch('touchMove', [[x + 8 * i, y]]);
  await touch('touchEnd', []);
  await page.getByText(/% of the photo is painted/).waitFor();
  const stroke = await page.locator('#hole-size').textContent();

  await nextFrame(page);
  const before = await page.locator('#hole').boundingBox();
  await touch('touchStart', [[x, y]]);
  await touch('touchStart', [
    [x, y],
    [x + 60, y],
  ]);
  for (let i = 1; i < 6; i++) {
    await touch('touchMove', [
      [x - 5 * i, y + 10 * i],
      [x + 60 + 5 * i, y + 10 * i],
    ]);
  }
  await touch('touchEnd', []);
  await page.waitForTimeout(100);
  assert.equal(await page.locator('#hole-size').textContent(), stroke, 'no second stroke');
  const after = await page.locator('#hole').boundingBox();
  assert.ok(before && after && after.width > before.width * 1.3, 'zoomed in');
  await run(page);
  for (const name of ['Brush', 'Eraser', 'Lasso', 'Rectangle', 'Extend', 'Fill']) {
    const target = await page.getByRole('radio', { name, exact: true }).boundingBox();
    assert.ok(target && target.width >= 44 && target.height >= 44, `${name}: for a finger`);
  }
  await context.close();
});

test('fill after each stroke, then extend the result: one photo, one history', async () => {
  const { page, context, at } = await openFill();
  const photo = await saved(page);
  await page.getByLabel('Fill after each stroke').check();
  for (const x of [400, 900]) {
    await drag(page, at, [
      [x, 300],
      [x + 60, 330],
    ]);
    await says(page, /^Filled/, PATIENCE_MILLIS);
    await page.locator('#hole-size').filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
  }
  const filled = await saved(page);
  const columns = changed(photo, filled).map(([x]) => x);
  assert.ok(columns.some((x) => x < 600) && columns.some((x) => x > 700), 'both were filled');
  await page.keyboard.press('x');
  await page.getByLabel('Right', { exact: true }).fill('40');
  await button(page, 'Extend').click();
  await says(page, `Extended to ${photo.width + 40} × ${photo.height}`, PATIENCE_MILLIS);
  const wider = await saved(page);
  const kept = { ...filled, rgba: new Uint8Array(filled.rgba.length) };
  for (let y = 0; y < filled.height; y++) {
    const from = 4 * y * wider.width;
    kept.rgba.set(wider.rgba.subarray(from, from + 4 * filled.width), 4 * y * filled.width);
  }
  assert.deepEqual(changed(filled, kept), [], 'the filled photo lies in the extended one');
  // The result, the frame, two fillings with a stroke each.
  for (let i = 0; i < 6; i++) await page.keyboard.press('Control+z');
  assert.ok(await page.getByRole('radio', { name: 'Fill' }).isChecked(), 'back in Fill');
  assert.deepEqual(changed(photo, await saved(page)), []);
  await context.close();
});

test('growth and feather: shown as they are set, undone as one step, kept inside the hole', async () => {
  const { page, context, at } = await openFill();
  const photo = await saved(page);
  await page.getByLabel('Rectangle').check();
  await drag(page, at, [
    [500, 300],
    [600, 380],
  ]);
  const size = () => page.locator('#hole-size').textContent();
  const plain = await size();
  const tint = async () => {
    await nextFrame(page);
    return (await page.locator('#hole').boundingBox())?.width ?? 0;
  };
  const before = await tint();
  await page.getByLabel('Grow').fill('2');
  const grown = 0.02 * 1024; // Of the shorter side.
  assert.notEqual(await size(), plain);
  await page.waitForTimeout(100);
  assert.ok(Math.abs((await tint()) - before - 2 * grown * at.scale) <= 2, 'grown on both sides');
  await page.getByLabel('Feather').fill('20');
  await run(page);
  const pixels = changed(photo, await saved(page));
  const slack = 1.5 / at.scale;
  const isNear = (/** @type {[number, number]} */ [x, y]) =>
    x > 500 - grown - slack - 1 &&
    x < 600 + grown + slack &&
    y > 300 - grown - slack - 1 &&
    y < 380 + grown + slack;
  assert.ok(pixels.every(isNear), 'nothing outside the grown rectangle');
  const isOld = (/** @type {[number, number]} */ [x]) => x < 500 - slack - 1;
  assert.ok(pixels.some(isOld), 'control: the growth was filled too');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Control+z');
  assert.equal(await size(), plain, 'result, feather and growth undone');
  assert.equal(await page.getByLabel('Grow').inputValue(), '0');
  await context.close();
});

test('peeking and comparing show the photo as it was opened', async () => {
  const { page, context, at } = await openFill({ reducedMotion: 'reduce' });
  const colour = async () => {
    await page.waitForTimeout(150);
    return page.evaluate(
      ([x = 0, y = 0]) => {
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
        const box = canvas.getBoundingClientRect();
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        return [...context.getImageData(x - box.x - 8, y - box.y - 8, 16, 16).data].join();
      },
      at.point(550, 340),
    );
  };
  const before = await colour();
  await page.getByLabel('Rectangle').check();
  await drag(page, at, [
    [450, 260],
    [650, 420],
  ]);
  await run(page);
  const after = await colour();
  assert.notEqual(after, before);
  await page.keyboard.down('\\');
  assert.equal(await colour(), before);
  await page.keyboard.up('\\');
  assert.equal(await colour(), after);
  await page.getByRole('slider', { name: 'Before and after' }).fill('0');
  assert.equal(await colour(), before);
  await context.close();
});
