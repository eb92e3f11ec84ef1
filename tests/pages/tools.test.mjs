// The tools side by side, whatever the engine computes: with a stand-in that paints holes green.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alerts, button, nextFrame, openPage, says, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { BrowserContextOptions, Page } from 'playwright-core' */

const { browser, server } = await started(() => startFakeServer({ steps: 3, stepMillis: 10 }));

/** Opens a photo of 320×240 in Fill. @param {string} url @param {BrowserContextOptions} [options] */
async function openFill(url, options) {
  const opened = await openPage(browser, `${url}?tool=fill`, options);
  const { page } = opened;
  const picture = { width: 320, height: 240, rgba: new Uint8Array(4 * 320 * 240).fill(200) };
  const buffer = pngFromPicture(picture);
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer });
  await page.locator('#fill-panel').waitFor();
  await page.waitForTimeout(250);
  const box = await page.locator('#canvas').boundingBox();
  assert.ok(box);
  return { ...opened, x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** @param {Page} page @param {number} x @param {number} y */
async function stroke(page, x, y) {
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 10, { steps: 5 });
  await page.mouse.up();
}

/** @param {Page} page */
const holeSize = (page) => page.locator('#hole-size').textContent();
/** @param {Page} page */
const holeBox = async (page) => {
  await nextFrame(page);
  const box = await page.locator('#hole').boundingBox();
  return box ? [box.x, box.y, box.width, box.height].map(Math.round) : null;
};

test('the tool is chosen by pointer, by key and in the address; each keeps its settings', async () => {
  const { page, context, errors } = await openFill(server.url);
  assert.ok(await page.getByRole('radio', { name: 'Fill' }).isChecked());
  await page.getByRole('radio', { name: 'Extend' }).check();
  await button(page, '21:9').click();
  await page.keyboard.press('f');
  assert.ok(await page.locator('#fill-panel').isVisible());
  assert.ok(!(await page.locator('#extend-panel').isVisible()));
  assert.ok(!(await page.locator('#frame').isVisible()), 'the frame belongs to Extend');
  await page.keyboard.press('x');
  await page.locator('#size-to').filter({ hasText: '560 × 240' }).waitFor();
  for (const [key, name] of /** @type {const} */ ([
    ['e', 'Eraser'],
    ['l', 'Lasso'],
    ['r', 'Rectangle'],
    ['b', 'Brush'],
  ])) {
    await page.keyboard.press('f');
    await page.keyboard.press(key);
    assert.ok(await page.getByRole('radio', { name }).isChecked(), name);
  }
  assert.deepEqual(errors, []);
  await context.close();
  const unknown = await openPage(browser, `${server.url}?tool=hammer`);
  await alerts(unknown.page, 'unknown or out of range: tool=hammer');
  await unknown.context.close();
});

test('undo goes back to the tool whose step it was', async () => {
  const { page, context, x, y } = await openFill(server.url);
  await stroke(page, x, y);
  const painted = await holeSize(page);
  assert.match(painted ?? '', /% of the photo is painted/);
  await page.keyboard.press('x');
  await button(page, '1:1').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to 320 × 320');
  await page.keyboard.press('f');
  const moved = await holeSize(page);
  assert.ok(Number.parseFloat(moved ?? '') > 0, 'what was painted moved with the photo');
  for (const [name, panel] of /** @type {const} */ ([
    ['the result', 'extend'],
    ['the frame', 'extend'],
    ['the stroke', 'fill'],
  ])) {
    await page.keyboard.press('Control+z');
    assert.ok(await page.locator(`#${panel}-panel`).isVisible(), name);
  }
  assert.equal(await holeSize(page), '');
  await page.keyboard.press('Control+Shift+Z');
  assert.equal(await holeSize(page), painted);
  await context.close();
});

test('space, the middle button and the wheel move the photo and paint nothing', async () => {
  const { page, context, x, y } = await openFill(server.url);
  await stroke(page, x, y);
  const painted = await holeSize(page);
  const [left = 0, top = 0, width = 0] = (await holeBox(page)) ?? [];
  await page.getByRole('radio', { name: 'Brush' }).click(); // The focus is on it now.
  await page.keyboard.down('Space');
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 50, y - 30, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Space');
  const dragged = (await holeBox(page)) ?? [];
  assert.deepEqual(dragged.slice(0, 2), [left - 50, top - 30]);
  await page.mouse.move(x, y);
  await page.mouse.down({ button: 'middle' });
  await page.mouse.move(x + 50, y + 30, { steps: 4 });
  await page.mouse.up({ button: 'middle' });
  assert.deepEqual((await holeBox(page))?.slice(0, 2), [left, top]);
  await page.mouse.wheel(0, -200);
  const [, , wider = 0] = (await holeBox(page)) ?? [];
  assert.ok(wider > width * 1.2, `${wider} after ${width}`);
  assert.equal(await holeSize(page), painted);
  await context.close();
});

test('Shift and the wheel, brackets and the slider size the brush; the ring shows it', async () => {
  const { page, context, x, y } = await openFill(server.url);
  const size = async () =>
    Number.parseInt((await page.locator('#brush-size-value').textContent()) ?? '');
  await page.mouse.move(x, y);
  const first = await size();
  const ring = async () => (await page.locator('#ring').boundingBox())?.width ?? 0;
  const wide = await ring();
  await page.keyboard.down('Shift');
  await page.mouse.wheel(0, -100);
  await page.mouse.wheel(0, -100);
  await page.keyboard.up('Shift');
  assert.ok((await size()) > first, 'thicker');
  assert.ok(Math.abs((await ring()) / wide - (await size()) / first) < 0.05);
  for (let i = 0; i < 60; i++) await page.keyboard.press('[');
  assert.equal(await size(), 2, 'and never nothing');
  const slider = page.getByRole('slider', { name: 'Size' });
  await slider.focus();
  await page.keyboard.press('End');
  assert.equal(await size(), 240, 'as wide as the short side');
  assert.equal(await slider.getAttribute('aria-valuetext'), '240 px');
  await context.close();
});

test('the photo follows a pen that is moved by keys', async () => {
  const { page, context } = await openFill(server.url);
  for (let i = 0; i < 12; i++) await page.keyboard.press('+');
  await page.locator('#canvas').focus();
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowRight');
  const stage = await page.locator('#stage').boundingBox();
  const ring = await page.locator('#ring').boundingBox();
  assert.ok(stage && ring);
  const middle = ring.x + ring.width / 2;
  assert.ok(middle <= stage.x + stage.width + 1, `${middle} of ${stage.x + stage.width}`);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  assert.match((await holeSize(page)) ?? '', /% of the photo is painted/);
  await page.keyboard.press('Backspace');
  assert.equal(await holeSize(page), '');
  await context.close();
});

test('a filling is cancelled within 100 ms: its result never comes, the hole stays', async () => {
  const slow = await startFakeServer({ steps: 40, stepMillis: 100 });
  const { page, context, x, y } = await openFill(slow.url);
  await stroke(page, x, y);
  const painted = await holeSize(page);
  await button(page, 'Fill').click();
  await page.getByText(/Painting · \d+ of 40/).waitFor();
  assert.ok(await page.getByRole('radio', { name: 'Lasso' }).isDisabled(), 'nothing can be set');
  await stroke(page, x, y + 60);
  const millis = await page.evaluate(() => {
    const status = /** @type {HTMLElement} */ (document.getElementById('status'));
    const startedMillis = performance.now();
    const told = new Promise((resolve) => {
      new MutationObserver(() => resolve(performance.now() - startedMillis)).observe(status, {
        childList: true,
      });
    });
    dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    return told;
  });
  assert.ok(Number(millis) < 100, `${millis} ms`);
  await page.waitForTimeout(300);
  assert.match((await page.locator('#status').textContent()) ?? '', /^Cancelled/);
  assert.equal(await holeSize(page), painted, 'neither filled nor painted on');
  await context.close();
  await slow.close();
});

test('a stroke is dropped by Escape', async () => {
  const { page, context, x, y } = await openFill(server.url);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y, { steps: 3 });
  await nextFrame(page);
  assert.ok(await page.locator('#hole').isVisible());
  await page.keyboard.press('Escape');
  await page.mouse.move(x + 90, y, { steps: 3 });
  await page.mouse.up();
  assert.equal(await holeSize(page), '');
  await nextFrame(page);
  assert.ok(!(await page.locator('#hole').isVisible()), 'and is not seen');
  assert.ok(await button(page, 'Undo').isDisabled(), 'it was no step');
  await context.close();
});

test('the edge of the hole marches, and stands still where motion is unwelcome', async () => {
  for (const reducedMotion of /** @type {const} */ (['no-preference', 'reduce'])) {
    const { page, context, x, y } = await openFill(server.url, { reducedMotion });
    await stroke(page, x, y);
    await page.waitForTimeout(100);
    const look = () =>
      page.evaluate(() => {
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('hole'));
        return canvas.toDataURL();
      });
    const before = await look();
    await page.waitForTimeout(250);
    assert.equal((await look()) === before, reducedMotion === 'reduce', reducedMotion);
    await context.close();
  }
});

test('where weights are trained for Fill, they are used and nothing is said', async () => {
  const trained = await startFakeServer({}, ['extend', 'fill']);
  for (const [url, isTold] of /** @type {const} */ ([
    [trained.url, false],
    [server.url, true],
  ])) {
    const { page, context, x, y } = await openFill(url);
    await page.locator('#engine[data-status=ready]').waitFor();
    assert.equal(await page.locator('#untrained').isVisible(), isTold);
    await stroke(page, x, y);
    await button(page, 'Fill').click();
    await says(page, /^Filled/);
    await page.waitForTimeout(150);
    const colour = await page.evaluate(
      ([left = 0, top = 0]) => {
        const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
        const box = canvas.getBoundingClientRect();
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        return [...context.getImageData(left - box.x, top - box.y, 1, 1).data];
      },
      [x + 20, y + 3],
    );
    // With weights the stand-in paints blue, without green.
    assert.deepEqual(colour, isTold ? [0, 255, 0, 255] : [0, 0, 255, 255]);
    await context.close();
  }
  await trained.close();
});

test('nothing painted, and all painted: a sentence each', async () => {
  const { page, context, x, y } = await openFill(server.url);
  await button(page, 'Fill').click();
  await alerts(page, 'Nothing is painted yet.');
  await page.keyboard.press('r');
  for (let i = 0; i < 6; i++) await page.keyboard.press('-');
  await page.mouse.move(x - 300, y - 300);
  await page.mouse.down();
  await page.mouse.move(x + 300, y + 250, { steps: 3 });
  await page.mouse.up();
  assert.equal(await holeSize(page), '100 % of the photo is painted');
  await button(page, 'Fill').click();
  await alerts(page, 'The whole photo is painted');
  await button(page, 'Clear what you painted').click();
  assert.equal(await holeSize(page), '');
  await context.close();
});

test('painting on 24 megapixels keeps the page fluid', async () => {
  const { page, context, x, y } = await openFill(server.url);
  const picture = { width: 6000, height: 4000, rgba: new Uint8Array(4 * 6000 * 4000) };
  const buffer = pngFromPicture(picture);
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer });
  await page.locator('#file').filter({ hasText: 'large.png' }).waitFor();
  await page.waitForTimeout(1500);
  await page.mouse.move(x - 100, y);
  await page.mouse.down();
  await page.mouse.move(x - 90, y);
  await page.evaluate(() => {
    const tasks = /** @type {number[]} */ ([]);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(Math.round(duration));
    }).observe({ type: 'longtask' });
    Object.assign(globalThis, { tasks });
  });
  for (let i = 0; i < 40; i++) await page.mouse.move(x - 90 + 5 * i, y + 20 * Math.sin(i / 3));
  const tasks = await page.evaluate(() => /** @type {any} */ (globalThis).tasks);
  await page.mouse.up();
  assert.ok(Number.parseFloat((await holeSize(page)) ?? '') > 0);
  // A shared machine may hold any one of them up.
  assert.ok(tasks.length <= 2, `tasks of more than 50 ms while painting: ${tasks}`);
  await context.close();
});

test('Unmosaic looks for itself, shows the cells, and says that it guesses', async () => {
  const { page, context, x, y, errors } = await openFill(server.url);
  await page.keyboard.press('u');
  await says(page, 'Found a mosaic with cells of 8 px');
  assert.equal(await holeSize(page), '3.3 % of the photo is painted');
  assert.equal(await page.getByLabel('Cell, px').inputValue(), '8');
  assert.ok(await page.locator('#grid').isVisible());
  assert.ok(await page.getByText('never evidence').isVisible());
  const lines = () => page.locator('#grid path').first().getAttribute('d');
  const before = await lines();
  await page.getByLabel('Line at x').fill('3.5');
  assert.notEqual(await lines(), before, 'nudged');
  await page.getByLabel('Cell, px').fill('16');
  await button(page, 'Undo mosaic').click();
  await says(page, /^Cells of 16 px smoothed in \d+ ms. This is a guess.$/);
  assert.ok(!(await page.locator('#grid').isVisible()));
  // The result, the size, the nudge, the search.
  for (const value of ['16', '8', '8', '']) {
    await page.keyboard.press('Control+z');
    assert.equal(await page.getByLabel('Cell, px').inputValue(), value);
  }
  assert.equal(await holeSize(page), '');
  // By hand: the cells under a stroke are found when they are needed.
  await page.keyboard.press('b');
  await stroke(page, x, y);
  await page.keyboard.press('Control+Enter');
  await says(page, /^Cells of 6 px smoothed/);
  await page.keyboard.press('f');
  await page.keyboard.press('u');
  await page.waitForTimeout(200);
  assert.equal(await holeSize(page), '', 'it looks once for each photo');
  assert.deepEqual(errors, []);
  await context.close();
});

test('where there is no mosaic, a sentence says so', async () => {
  const { page, context } = await openPage(browser, `${server.url}?tool=unmosaic`);
  const picture = { width: 90, height: 70, rgba: new Uint8Array(4 * 90 * 70).fill(200) };
  const buffer = pngFromPicture(picture);
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer });
  await says(page, 'No mosaic was found. Paint over it by hand.');
  assert.equal(await page.getByRole('alert').filter({ hasText: 'No' }).count(), 0);
  await button(page, 'Undo mosaic').click();
  await alerts(page, 'Nothing is painted yet.');
  await context.close();
});

test('on a phone the settings can be put away: the photo gets the room, the tool can be run', async () => {
  const viewport = { width: 360, height: 740 };
  const { page, context, x, y } = await openFill(server.url, { viewport, hasTouch: true });
  const fold = button(page, 'Settings');
  const height = async () => (await page.locator('#stage').boundingBox())?.height ?? 0;
  const before = await height();
  await stroke(page, x - 30, y);
  await fold.tap();
  assert.equal(await fold.getAttribute('aria-expanded'), 'false');
  assert.ok((await height()) > before + 100, `${await height()} after ${before}`);
  assert.ok(!(await page.locator('#brush-size').isVisible()));
  await page.locator('#fill-run').getByRole('button', { name: 'Fill' }).tap();
  await says(page, /^Filled/);
  assert.ok(await page.locator('#status').isVisible(), 'what was done is still told');
  await page.locator('input[name=tool][value=unmosaic]').check({ force: true });
  assert.ok(await page.getByText('never evidence').isVisible(), 'and what it is worth');
  await page.locator('input[name=tool][value=fill]').check({ force: true });
  await fold.tap();
  assert.equal(await fold.getAttribute('aria-expanded'), 'true');
  assert.ok(await page.locator('#brush-size').isVisible());
  const box = await fold.boundingBox();
  assert.ok(box && Math.min(box.width, box.height) >= 44, JSON.stringify(box));
  await page.setViewportSize({ width: 1280, height: 800 });
  assert.ok(!(await fold.isVisible()), 'elsewhere there is room for all');
  await context.close();
});

test('a pen that is pressed harder draws with more of the brush; a mouse with all of it', async () => {
  const { page, context, x, y } = await openFill(server.url);
  const session = await context.newCDPSession(page);
  /** @param {'pen' | 'mouse'} pointerType @param {number[]} forces  along the way @param {number} [way] */
  const drawnBy = async (pointerType, forces, way = 120) => {
    const at = { button: /** @type {const} */ ('left'), pointerType, clickCount: 1 };
    for (const [i, force] of forces.entries()) {
      const type = i === 0 ? 'mousePressed' : 'mouseMoved';
      await session.send('Input.dispatchMouseEvent', {
        ...{ ...at, type, force, buttons: 1, x: x - 60 + (way * i) / forces.length, y },
      });
    }
    const end = { ...at, x: x - 60 + way, y };
    await session.send('Input.dispatchMouseEvent', { ...end, type: 'mouseReleased', force: 0 });
    await page.waitForTimeout(100);
    const share = Number.parseFloat((await holeSize(page)) ?? '');
    return share;
  };
  const undo = async () => {
    await page.keyboard.press('Control+z');
    assert.equal(await holeSize(page), '');
  };
  const soft = await drawnBy('pen', [0.01, 0.01, 0.01, 0.01]);
  await undo();
  const hard = await drawnBy('pen', [1, 1, 1, 1]);
  await undo();
  const mouse = await drawnBy('mouse', [0.01, 0.01, 0.01, 0.01]);
  await undo();
  assert.equal(hard, mouse);
  assert.ok(soft > 0.3 * hard && soft < 0.85 * hard, `${soft} of ${hard}`);
  const tapered = await drawnBy('pen', [0.01, 0.3, 0.6, 1]);
  assert.ok(tapered > soft && tapered < hard, `${tapered} between ${soft} and ${hard}`);
  await undo();
  const faint = await drawnBy('pen', [0.01, 0.01], 1);
  await undo();
  const dab = await drawnBy('pen', [0.01, 1], 1);
  assert.ok(dab > 2 * faint, `pressed harder in its place: ${dab} after ${faint}`);
  await undo();
  await drawnBy('pen', [0.01, 0.3, 0.6, 1]);
  await undo();
  await page.keyboard.press('Control+Shift+Z');
  assert.equal(Number.parseFloat((await holeSize(page)) ?? ''), tapered, 'redone as it was');
  await context.close();
});

test('a key that leads to another tool takes the focus along, and leaves it where it stays', async () => {
  const { page, context } = await openFill(server.url);
  const focused = () =>
    page.evaluate(() => {
      const { activeElement } = document;
      return activeElement instanceof HTMLInputElement
        ? activeElement.value
        : (activeElement?.id ?? '');
    });
  await page.keyboard.press('x');
  for (const [key, tool, from] of /** @type {const} */ ([
    ['f', 'fill', '#extend-panel [data-command=run]'],
    ['u', 'unmosaic', '#fill-panel summary'],
    ['x', 'extend', '#unmosaic-panel summary'],
    ['c', 'colour', '#extend-panel [data-command=run]'],
  ])) {
    await page.locator(from).focus();
    assert.notEqual(await focused(), tool, 'control');
    await page.keyboard.press(key);
    await page.waitForTimeout(150);
    assert.equal(await focused(), tool);
  }
  const fit = button(page, 'Fit');
  await fit.focus();
  await page.keyboard.press('f');
  await page.waitForTimeout(150);
  assert.ok(await fit.evaluate((element) => element === document.activeElement));
  await context.close();
});

test('how much a hole grows is shown as a share of the photo and in its pixels', async () => {
  const { page, context } = await openFill(server.url);
  const value = page.locator('#grow-value');
  assert.equal(await value.textContent(), '1 % · 2 px');
  await page.getByRole('slider', { name: 'Grow' }).fill('2.5');
  assert.equal(await value.textContent(), '2.5 % · 6 px');
  const buffer = pngFromPicture({ width: 1000, height: 800, rgba: new Uint8Array(3_200_000) });
  const large = { name: 'large.png', mimeType: 'image/png', buffer };
  await page.getByLabel('Open photo').setInputFiles(large);
  await page.locator('#canvas[aria-label="Photo, 1000 × 800"]').waitFor();
  assert.equal(await value.textContent(), '2.5 % · 20 px', 'the next photo takes it over');
  await context.close();
});
