// How the page behaves whatever the engine computes: with a stand-in that mirrors the photo.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { alerts, button, openPage, says, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { hugePng, pngFromPicture } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */

const INDEX = new URL('../../index.html', import.meta.url);
const { browser, server } = await started(() => startFakeServer({ steps: 6, stepMillis: 15 }));

/** @param {string} name @param {number} width @param {number} height */
function photoFile(name, width, height) {
  const picture = { width, height, rgba: new Uint8Array(4 * width * height).fill(200) };
  return { name, mimeType: 'image/png', buffer: pngFromPicture(picture) };
}

/** @param {Page} page @param {string} text */
const becomes = (page, text) => page.locator('#size-to').filter({ hasText: text }).waitFor();

/** Opens a photo of 320×240. @param {Page} page */
async function openPhoto(page) {
  await page.getByLabel('Open photo').setInputFiles(photoFile('photo.png', 320, 240));
  await page.locator('#size-from').filter({ hasText: '320 × 240' }).waitFor();
}

test('open, shape, extend, undo, redo: the sizes follow', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await openPhoto(page);
  await button(page, '21:9').click();
  await becomes(page, '560 × 240 px · 21:9');
  assert.equal(await button(page, '21:9').getAttribute('aria-pressed'), 'true');
  await button(page, 'Extend').click();
  await says(page, /Extended to 560 × 240 in \d+ ms on WebGPU/);
  await button(page, 'Undo').click();
  await becomes(page, '560 × 240'); // The frame that led to the result is back.
  await page.locator('#size-from').filter({ hasText: '320 × 240' }).waitFor();
  await button(page, 'Redo').click();
  await page.locator('#size-from').filter({ hasText: '560 × 240' }).waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('every shape extends and never cuts', async () => {
  const { page, context } = await openPage(browser, server.url);
  await openPhoto(page);
  for (const [name, size] of /** @type {const} */ ([
    ['16:9', '427 × 240'],
    ['21:9', '560 × 240'],
    ['1:1', '320 × 320'],
    ['9:16', '320 × 569'],
    ['4:3 → 21:9', '560 × 240'],
  ])) {
    await button(page, name).click();
    await becomes(page, size);
  }
  await context.close();
});

test('amounts in pixels and per cent', async () => {
  const { page, context } = await openPage(browser, server.url);
  await openPhoto(page);
  await page.getByLabel('Right', { exact: true }).fill('32');
  await page.getByLabel('Top', { exact: true }).fill('7');
  await becomes(page, '352 × 247');
  await page.getByLabel('%', { exact: true }).check();
  assert.equal(await page.getByLabel('Right', { exact: true }).inputValue(), '10');
  await page.getByLabel('Left', { exact: true }).fill('25');
  await becomes(page, '432 × 247');
  await context.close();
});

test('handles follow the pointer and the arrow keys', async () => {
  const { page, context } = await openPage(browser, server.url);
  await openPhoto(page);
  const handle = page.getByRole('button', { name: 'Edge: right', exact: true });
  await handle.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await becomes(page, '331 × 240');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('Shift+ArrowLeft');
  await page.locator('#size-from').filter({ hasText: '4:3' }).waitFor();

  const corner = page.getByRole('button', { name: 'Edge: bottom left', exact: true });
  const box = await corner.boundingBox();
  assert.ok(box && box.width >= 44 && box.height >= 44, 'large enough for a finger');
  await page.mouse.move(box.x + 22, box.y + 22);
  await page.mouse.down();
  await page.mouse.move(box.x - 30, box.y + 50, { steps: 5 });
  assert.match((await page.locator('#growth').textContent()) ?? '', /^\+\d+ × \d+ px · /);
  await page.mouse.up();
  assert.notEqual(await page.getByLabel('Left', { exact: true }).inputValue(), '0');
  assert.notEqual(await page.getByLabel('Bottom', { exact: true }).inputValue(), '0');
  assert.equal(await page.getByLabel('Top', { exact: true }).inputValue(), '0');
  await context.close();
});

test('cancel by button and by Escape is heard within 100 ms, and the photo stays', async () => {
  const slow = await startFakeServer({ steps: 50, stepMillis: 200 });
  const { page, context } = await openPage(browser, slow.url);
  await openPhoto(page);
  await button(page, '16:9').click();
  for (const cancel of [
    () => button(page, 'Cancel').click({ noWaitAfter: true }),
    () => page.keyboard.press('Escape'),
  ]) {
    await button(page, 'Extend').click();
    await page.getByText(/Painting · \d+ of 50/).waitFor();
    // Measured in the page, from the event to the change on the screen.
    await page.evaluate(() => {
      const measured = new Promise((resolve) => {
        let startedMillis = 0;
        const note = () => (startedMillis ||= performance.now());
        for (const kind of ['click', 'keydown']) addEventListener(kind, note, { capture: true });
        const status = /** @type {HTMLElement} */ (document.getElementById('status'));
        new MutationObserver(() => {
          if (status.textContent) resolve(performance.now() - startedMillis);
        }).observe(status, { childList: true, characterData: true, subtree: true });
      });
      Object.assign(globalThis, { measured });
    });
    await cancel();
    await says(page, 'Cancelled');
    const millis = await page.evaluate(() => /** @type {any} */ (globalThis).measured);
    assert.ok(millis < 100, `${millis} ms`);
    await becomes(page, '427 × 240');
    assert.equal(await button(page, 'Cancel').count(), 0);
  }
  await context.close();
  await slow.close();
});

test('before and after: a labelled slider, a key to peek', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu`, {
    reducedMotion: 'reduce',
  });
  await openPhoto(page);
  const slider = page.getByRole('slider', { name: 'Before and after' });
  assert.equal(await slider.count(), 0);
  await button(page, '21:9').click();
  await button(page, 'Extend').click();
  await says(page, /on the CPU$/);
  await slider.fill('30');
  assert.equal(await slider.getAttribute('aria-valuetext'), '30 % of the result shown');
  const inked = () =>
    page.evaluate(() => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
      const { data } = /** @type {CanvasRenderingContext2D} */ (
        canvas.getContext('2d')
      ).getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 3; i < data.length; i += 4) count += data[i] === 255 ? 1 : 0;
      return count;
    });
  const settled = async () => {
    await page.waitForTimeout(80);
    return inked();
  };
  const third = await settled();
  await slider.fill('100');
  const whole = await settled();
  await page.keyboard.down('\\');
  const original = await settled();
  await page.keyboard.up('\\');
  assert.ok(original < third && third < whole, `${original} < ${third} < ${whole}`);
  assert.ok(Math.abs(original / whole - 320 / 560) < 0.02);
  assert.equal(await settled(), whole);
  await slider.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  assert.equal(await slider.inputValue(), '1');
  await context.close();
});

test('zoom to the pointer, fit, actual size, pan', async () => {
  const { page, context } = await openPage(browser, server.url);
  await openPhoto(page);
  const level = async () =>
    Number.parseInt((await page.locator('#zoom-level').textContent()) ?? '');
  const fitted = await level();
  await page.mouse.move(500, 400);
  await page.mouse.wheel(0, -300);
  assert.ok((await level()) > fitted);
  await page.keyboard.press('1');
  assert.equal(await level(), 100);
  const left = async () => (await page.locator('#frame').boundingBox())?.x ?? 0;
  const before = await left();
  await page.mouse.down();
  await page.mouse.move(540, 400, { steps: 3 });
  await page.mouse.up();
  assert.ok(Math.abs((await left()) - before - 40) < 2);
  await page.keyboard.press('0');
  await page.waitForTimeout(300);
  assert.equal(await level(), fitted);
  await context.close();
});

test('bad files: one sentence each, and the open photo stays', async () => {
  const { page, context } = await openPage(browser, server.url);
  await openPhoto(page);
  for (const [name, mimeType, buffer, text] of /** @type {const} */ ([
    ['notes.txt', 'text/plain', Buffer.from('no picture'), 'This file is not a picture.'],
    ['cut.png', 'image/png', photoFile('', 9, 9).buffer.subarray(0, 20), 'damaged or cut off'],
    ['bomb.png', 'image/png', hugePng(60000, 60000), 'more than 26 megapixels'],
    ['photo.heic', 'image/heic', Buffer.from('ftypheic'), 'cannot read this kind of picture'],
  ])) {
    await page.getByLabel('Open photo').setInputFiles({ name, mimeType, buffer });
    await alerts(page, text);
    await page.locator('#size-from').filter({ hasText: '320 × 240' }).waitFor();
    assert.equal(await page.locator('#file').textContent(), 'photo.png');
  }
  await context.close();
});

test('a photo over the limit can be shrunk and opened', async () => {
  const { page, context } = await openPage(browser, server.url);
  await page.getByLabel('Open photo').setInputFiles(photoFile('large.png', 6720, 4200));
  await alerts(page, 'more than 26 megapixels');
  await button(page, 'Shrink and open').click();
  await page
    .locator('#size-from')
    .filter({ hasText: /64\d\d × 40\d\d px · 16:10/ })
    .waitFor();
  await context.close();
});

test('extending by nothing is refused in a sentence', async () => {
  const { page, context } = await openPage(browser, server.url);
  await openPhoto(page);
  await button(page, 'Extend').click();
  await alerts(page, 'The frame is as large as the photo.');
  await context.close();
});

test('unknown samples, shapes and backends are named as such', async () => {
  for (const [query, text] of /** @type {const} */ ([
    ['?sample=nowhere', 'There is no sample picture with this name.'],
    ['?preset=5:7', 'There is no shape with this name.'],
    ['?backend=quantum', 'unknown or out of range: backend=quantum'],
    ['?lang=zh&sample=nowhere', '没有叫这个名字的示例图片。'],
  ])) {
    const { page, context } = await openPage(browser, server.url + query);
    await alerts(page, text);
    await page.locator('.drop').waitFor();
    await context.close();
  }
});

test('Chinese from the address, and at the press of a button', async () => {
  const { page, context } = await openPage(browser, `${server.url}?lang=zh`);
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh');
  await page.getByLabel('打开照片').setInputFiles(photoFile('photo.png', 320, 240));
  await button(page, '1:1').click();
  await button(page, '扩展').click();
  await says(page, /已扩展为 320 × 320，用时 \d+ 毫秒/);
  const visible = await page.locator('body').innerText();
  assert.doesNotMatch(
    visible.replace(/Naobu|WebGPU|English|Shift|Alt|Esc|Delete|photo\.png|px/g, ''),
    /[A-Za-z]{2}/,
  );
  await button(page, 'English').click();
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await says(page, /Extended to 320 × 320/);
  await context.close();
});

test('dropping and pasting open a photo', async () => {
  const { page, context } = await openPage(browser, server.url);
  const bytes = [...photoFile('', 40, 30).buffer];
  for (const [kind, type] of /** @type {const} */ ([
    ['drop', 'DragEvent'],
    ['paste', 'ClipboardEvent'],
  ])) {
    await page.evaluate(
      ({ bytes, kind, type }) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], `${kind}.png`, { type: 'image/png' }));
        const options = { bubbles: true, cancelable: true };
        document.body.dispatchEvent(
          type === 'DragEvent'
            ? new DragEvent(kind, { ...options, dataTransfer: data })
            : new ClipboardEvent(kind, { ...options, clipboardData: data }),
        );
      },
      { bytes, kind, type },
    );
    await page
      .locator('#file')
      .filter({ hasText: `${kind}.png` })
      .waitFor();
  }
  await context.close();
});

test('a graphics device lost midway: the CPU finishes the job and a sentence says so', async () => {
  for (const behaviour of [{ stepFailure: 'device' }, { panics: true }]) {
    const faulty = await startFakeServer(behaviour);
    const { page, context } = await openPage(browser, faulty.url);
    await openPhoto(page);
    await button(page, '16:9').click();
    await button(page, 'Extend').click();
    await says(page, /Extended to 427 × 240 in \d+ ms on the CPU/);
    await alerts(page, 'The graphics device stopped working');
    await page.locator('#engine').filter({ hasText: 'Ready on the CPU' }).waitFor();
    await context.close();
    await faulty.close();
  }
});

test('a forced device that does not work is not replaced', async () => {
  const faulty = await startFakeServer({ openFailure: 'device' });
  const { page, context } = await openPage(browser, `${faulty.url}?backend=webgpu`);
  await alerts(page, 'The graphics device does not work here.');
  await openPhoto(page);
  await page.locator('#engine').filter({ hasText: 'The engine is not running' }).waitFor();
  await context.close();
  await faulty.close();
});

test('damaged weights: a sentence, and photos still open', async () => {
  const faulty = await startFakeServer({ loadFailure: 'weights-damaged' });
  const { page, context } = await openPage(browser, faulty.url);
  await alerts(page, 'The trained network arrived damaged.');
  await openPhoto(page);
  await context.close();
  await faulty.close();
});

test('the reason for the CPU is told', async () => {
  const plain = await startFakeServer({ device: 'cpu', fallback: 'no-webgpu' });
  const { page, context } = await openPage(browser, plain.url);
  await page.locator('#engine').filter({ hasText: 'This browser offers no WebGPU' }).waitFor();
  await context.close();
  await plain.close();
});

test('all of it works by keyboard alone', async () => {
  const { page, context } = await openPage(browser, server.url);
  await openPhoto(page);
  await page.getByRole('button', { name: 'Edge: top', exact: true }).focus();
  await page.keyboard.press('Shift+ArrowUp');
  await page.keyboard.press('Control+Enter');
  await says(page, 'Extended to 320 × 250');
  await page.keyboard.press('Control+z');
  await says(page, 'Undone');
  await page.keyboard.press('Control+Shift+Z');
  await says(page, 'Redone');
  const saving = page.waitForEvent('download');
  await page.keyboard.press('Control+s');
  assert.equal((await saving).suggestedFilename(), 'photo-extended.png');
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await context.close();
});

test('nothing leaves the machine, and the policy forbids it', async () => {
  const { page, context, requests, errors } = await openPage(browser, server.url);
  await openPhoto(page);
  await button(page, '16:9').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended');
  await button(page, 'Save').click();
  await says(page, 'Saved as photo-extended.png');
  const elsewhere = requests.filter(
    (url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url),
  );
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(errors, []);
  const isRefused = await page.evaluate(() =>
    fetch('http://127.0.0.1:9/').then(
      () => false,
      () => new Promise((resolve) => setTimeout(() => resolve(true), 50)),
    ),
  );
  assert.equal(isRefused, true);
  assert.ok(errors.some((text) => text.includes('Content Security Policy')));
  await context.close();
});

test('opened from a folder, the page says what to do', async () => {
  const { page, context } = await openPage(browser, pathToFileURL(fileURLToPath(INDEX)).href);
  await alerts(page, 'This page cannot run straight from a folder.');
  await context.close();
});

test('from 360 pixels to 4K nothing is cut off sideways', async () => {
  for (const [width, height] of /** @type {const} */ ([
    [360, 640],
    [768, 1024],
    [1280, 720],
    [3840, 2160],
  ])) {
    const { page, context } = await openPage(browser, server.url, { viewport: { width, height } });
    const isWide = () =>
      page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
    assert.equal(await isWide(), false, `first screen at ${width}`);
    await openPhoto(page);
    await button(page, '21:9').click();
    assert.equal(await isWide(), false, `photo at ${width}`);
    const box = await button(page, 'Extend').boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height);
    const canvas = await page.evaluate(() => {
      const { width, height } = /** @type {HTMLCanvasElement} */ (
        document.getElementById('canvas')
      );
      return [width, height];
    });
    assert.ok(Number(canvas[0]) <= width && Number(canvas[1]) <= height);
    await context.close();
  }
});
