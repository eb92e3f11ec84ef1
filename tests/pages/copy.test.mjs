// The picture goes to the clipboard as it is, and comes back by pasting.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alerts, button, openPage, requirePkg, save, says, started } from './support/browser.mjs';
import { pictureFromPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

requirePkg();
const { browser, server } = await started(() => startServer());

const rgba = new Uint8Array(4 * 60 * 40).map((_, i) => (i % 4 === 3 ? 255 : (i * 13) % 256));
const photo = {
  name: 'small.png',
  mimeType: 'image/png',
  buffer: Buffer.from(pngFromPicture({ width: 60, height: 40, rgba })),
};

/** @param {string[]} permissions */
async function opened(permissions) {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`, {
    permissions,
  });
  await page.getByLabel('Open photo').setInputFiles(photo);
  await page.locator('#canvas[aria-label^="Photo, 60"]').waitFor();
  return { page, context };
}

test('a copied picture can be pasted, and has every pixel', async () => {
  const { page, context } = await opened(['clipboard-read', 'clipboard-write']);
  await page.keyboard.press('Control+c');
  await says(page, 'Copied to the clipboard');
  const text = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const blob = await item?.getType('image/png');
    const bytes = new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
    return btoa(String.fromCharCode(...bytes));
  });
  const picture = pictureFromPng(Buffer.from(text, 'base64'));
  assert.deepEqual([picture.width, picture.height], [60, 40]);
  assert.deepEqual(Buffer.from(picture.rgba), Buffer.from(rgba));
  await context.close();
});

test('where the clipboard is refused a sentence says so, and nothing is lost', async () => {
  const { page, context } = await opened([]);
  await page.evaluate(() => {
    navigator.clipboard.write = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await button(page, 'Format and quality').click();
  await button(page, 'Copy the picture').click();
  await alerts(page, 'did not let it be copied');
  await page.keyboard.press('Escape');
  const { bytes } = await save(page);
  assert.deepEqual(Buffer.from(pictureFromPng(bytes).rgba), Buffer.from(rgba));
  await context.close();
});
