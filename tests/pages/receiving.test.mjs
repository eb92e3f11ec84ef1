// What is handed to the page and is no file, and pictures that are pasted by a button. With the
// stand-in for the engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alerts, button, openPage, sampleFile, screenshot, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';

/** @import { Page } from 'playwright-core' */

const { browser, server } = await started(() => startFakeServer({ steps: 2 }, ['extend']));

/** What a drop onto the page would have led to. @param {Page} page */
async function watchDrops(page) {
  await page.evaluate(() => {
    const told = /** @type {string[]} */ ([]);
    Object.assign(globalThis, { told });
    for (const type of ['dragover', 'drop']) {
      addEventListener(type, (event) => told.push(`${type} ${event.defaultPrevented}`));
    }
  });
  return () => page.evaluate(() => [...new Set(/** @type {any} */ (globalThis).told)]);
}

test('a link or a picture of another page that is dropped leaves the page where it is, and is told', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await page.locator('#open-file').setInputFiles(sampleFile('sea'));
  await page.locator('#canvas[aria-label]').waitFor();
  const drops = await watchDrops(page);
  const session = await context.newCDPSession(page);
  for (const items of [
    [{ mimeType: 'text/uri-list', data: 'https://example.org/' }],
    [
      { mimeType: 'text/uri-list', data: 'https://example.org/photo.jpg' },
      { mimeType: 'text/html', data: '<img src="https://example.org/photo.jpg">' },
    ],
  ]) {
    const data = { items, files: [], dragOperationsMask: 1 };
    for (const type of /** @type {const} */ (['dragEnter', 'dragOver', 'drop'])) {
      await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
    }
    await alerts(page, 'What was dropped is no file');
    assert.ok(await page.locator('#release').isHidden(), 'no promise to open it');
    await button(page, 'Close').click();
  }
  assert.deepEqual(await drops(), ['dragover true', 'drop true']);
  assert.equal(page.url(), server.url);
  await page.locator('#canvas[aria-label]').waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

/** @param {Page} page @param {string} into */
const pasteText = (page, into) =>
  page.evaluate((into) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', '300');
    const init = { clipboardData, bubbles: true, cancelable: true };
    const event = new ClipboardEvent('paste', init);
    document.querySelector(into)?.dispatchEvent(event);
    return event.defaultPrevented;
  }, into);

test('pasting without a picture says so, and is left alone in a field', async () => {
  const { page, context, errors } = await openPage(browser, `${server.url}?lang=zh`);
  await page.locator('.drop').waitFor();
  assert.equal(await pasteText(page, '#own-width'), false);
  assert.ok(await page.locator('#notice').isHidden());
  assert.ok(await pasteText(page, 'body'));
  await alerts(page, '剪贴板里没有图片');
  assert.deepEqual(errors, []);
  await context.close();
});

test('where keys may lack, a button pastes; it says what it does not find', async () => {
  const touch = { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } };
  const permissions = ['clipboard-read', 'clipboard-write'];
  const { page, context, errors } = await openPage(browser, server.url, { ...touch, permissions });
  const paste = page.locator('#welcome-paste');
  await paste.waitFor();
  await screenshot(page, 'paste-narrow');
  await page.evaluate(() => navigator.clipboard.writeText('no picture'));
  await paste.tap();
  await alerts(page, 'There is no picture on the clipboard');
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(80, 60);
    canvas.getContext('2d')?.fillRect(0, 0, 80, 60);
    const blob = await canvas.convertToBlob();
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
  });
  await paste.tap();
  await page.locator('#canvas[aria-label]').waitFor();
  assert.equal(await page.locator('#canvas').getAttribute('aria-label'), 'Photo, 80 × 60');
  assert.deepEqual(errors, []);
  await context.close();

  const withKeys = await openPage(browser, server.url);
  assert.ok(await withKeys.page.locator('#welcome-paste').isHidden());
  await withKeys.context.close();
  const refused = await openPage(browser, server.url, touch);
  await refused.page.locator('#welcome-paste').tap();
  await alerts(refused.page, 'The browser did not allow reading the clipboard.');
  await refused.context.close();
});
