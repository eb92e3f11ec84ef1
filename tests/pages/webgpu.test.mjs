// The WebGPU path in a real browser: a software adapter, and a network small enough for it.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import {
  TINY,
  WEBGPU_FLAGS,
  alerts,
  button,
  launch,
  openPage,
  requirePkg,
  save,
  says,
} from './support/browser.mjs';
import { cropped, pictureFromPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

const PATIENCE_MILLIS = 300_000;

function photo() {
  const [width, height] = [96, 64];
  const rgba = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) rgba.set([i % 251, (i * 7) % 256, i % 96, 255], 4 * i);
  return { width, height, rgba };
}

/** @param {import('playwright-core').Page} page */
async function openPhoto(page) {
  const file = { name: 'photo.png', mimeType: 'image/png', buffer: pngFromPicture(photo()) };
  await page.getByLabel('Open photo').setInputFiles(file);
  await page
    .locator('#size-from')
    .filter({ hasText: '96 × 64' })
    .waitFor({ timeout: PATIENCE_MILLIS });
}

test('a photo is extended on WebGPU, and stays untouched', async () => {
  requirePkg();
  if (!existsSync(new URL('manifest.json', TINY))) {
    throw new Error('tests/pages/tiny-weights/ has no manifest.json');
  }
  const server = await startServer({ 'www/weights/': TINY });
  const browser = await launch(WEBGPU_FLAGS);
  try {
    const { page, errors } = await openPage(browser, `${server.url}?backend=webgpu`);
    await page.locator('#engine[data-status=ready]').waitFor({ timeout: PATIENCE_MILLIS });
    await openPhoto(page);
    await page.getByLabel('Right', { exact: true }).fill('20');
    await button(page, 'Extend').click();
    await says(page, /^Extended to 116 × 64 in \d+ ms on WebGPU$/, PATIENCE_MILLIS);
    const result = pictureFromPng((await save(page)).bytes);
    assert.equal(Buffer.compare(cropped(result, 0, 0, 96, 64).rgba, photo().rgba), 0);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await server.close();
  }
});

test('a photo gets the same colours on WebGPU as on the CPU', async () => {
  requirePkg();
  const server = await startServer({ 'www/weights/': TINY });
  const browser = await launch(WEBGPU_FLAGS);
  /** @param {'cpu' | 'webgpu'} backend @param {RegExp} device */
  async function coloured(backend, device) {
    const address = `${server.url}?backend=${backend}&format=png&tool=colour`;
    const { page, context, errors } = await openPage(browser, address);
    const [width, height] = [96, 64];
    const rgba = photo().rgba.map((_, i, all) => (i % 4 === 3 ? 255 : (all[i - (i % 4)] ?? 0)));
    const buffer = pngFromPicture({ width, height, rgba });
    const file = { name: 'grey.png', mimeType: 'image/png', buffer };
    await page.getByLabel('Open photo').setInputFiles(file);
    await page
      .locator('#canvas[aria-label="Photo, 96 × 64"]')
      .waitFor({ timeout: PATIENCE_MILLIS });
    await button(page, 'Colour').click({ timeout: PATIENCE_MILLIS });
    await says(page, device, PATIENCE_MILLIS);
    const result = pictureFromPng((await save(page)).bytes);
    assert.deepEqual(errors, []);
    await context.close();
    return { grey: rgba, rgba: result.rgba };
  }
  try {
    const cpu = await coloured('cpu', /^Coloured in \d+ ms on the CPU$/);
    const gpu = await coloured('webgpu', /^Coloured in \d+ ms on WebGPU$/);
    const apart = (/** @type {Uint8Array} */ a, /** @type {Uint8Array} */ b) => {
      const all = [...a].map((value, i) => Math.abs(value - (b[i] ?? 0)));
      return { most: Math.max(...all), mean: all.reduce((sum, d) => sum + d, 0) / all.length };
    };
    const { most, mean } = apart(cpu.rgba, gpu.rgba);
    assert.ok(most <= 2 && mean < 0.2, `${most}, ${mean}`);
    const { most: change } = apart(cpu.rgba, cpu.grey);
    assert.ok(change > 10, `control: colours came, ${change}`);
  } finally {
    await browser.close();
    await server.close();
  }
});

test('a graphics device that is a program on the CPU is taken only where it is forced', async () => {
  requirePkg();
  const server = await startServer({ 'www/weights/': TINY });
  const browser = await launch(WEBGPU_FLAGS);
  try {
    const ready = async (/** @type {string} */ query) => {
      const { page, context } = await openPage(browser, server.url + query);
      const engine = page.locator('#engine[data-status=ready]');
      await engine.waitFor({ timeout: PATIENCE_MILLIS });
      const told = await engine.textContent();
      await context.close();
      return told ?? '';
    };
    assert.match(await ready(''), /Ready on the CPU\. WebGPU would run as a program on the CPU/);
    assert.match(await ready('?backend=webgpu'), /Ready on WebGPU/, 'control: there is one');
  } finally {
    await browser.close();
    await server.close();
  }
});

test('without WebGPU: forced, a sentence and no other device; otherwise the CPU, and why', async () => {
  requirePkg();
  const server = await startServer(
    existsSync(new URL('manifest.json', TINY)) ? { 'www/weights/': TINY } : {},
  );
  const browser = await launch(['--disable-features=WebGPU']);
  try {
    const forced = await openPage(browser, `${server.url}?backend=webgpu`);
    forced.page.setDefaultTimeout(PATIENCE_MILLIS);
    await alerts(forced.page, 'The graphics device does not work here.');
    await openPhoto(forced.page);
    await forced.page.locator('#engine[data-status=failed]').waitFor();
    await forced.context.close();

    const { page } = await openPage(browser, server.url);
    page.setDefaultTimeout(PATIENCE_MILLIS);
    await page
      .locator('#engine')
      .filter({ hasText: /Ready on the CPU\. \S/ })
      .waitFor();
  } finally {
    await browser.close();
    await server.close();
  }
});
