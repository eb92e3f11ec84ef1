// Settings in the address, on the whole page: set, shown, and used by what runs at once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { alerts, button, launch, openPage, save, says } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { Browser, Page } from 'playwright-core' */

/** @type {Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startFakeServer>>} */
let server;

before(async () => {
  browser = await launch();
  server = await startFakeServer({ steps: 2 }, ['extend', 'colorize', 'defade']);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const opened = (/** @type {string} */ address) => openPage(browser, server.url + address);

test('extend: amounts in pixels and per cent, the unit, the format', async () => {
  const { page, context } = await opened(
    '?sample=field&left=25%25&bottom=40&unit=%25&format=webp&quality=70&auto=1',
  );
  await says(page, 'Extended to 1600 × 1000');
  assert.ok(await page.getByRole('radio', { name: '%' }).isChecked());
  assert.match((await save(page)).bytes.toString(), /^webp 1600x1000/);
  await button(page, 'Format and quality').click();
  assert.equal(await page.locator('#quality').inputValue(), '70');
  await context.close();
});

test('fill: a rectangle, how it grows and fades, the pen', async () => {
  const { page, context } = await opened(
    '?tool=fill&sample=field&rect=100,50,128,96&grow=0&feather=9&pen=lasso&brush=33&once=1',
  );
  await page.getByText('1.0 % of the photo is painted').waitFor();
  assert.equal(await page.getByRole('slider', { name: 'Grow' }).inputValue(), '0');
  assert.equal(await page.getByRole('slider', { name: 'Feather' }).inputValue(), '9');
  assert.ok(await page.getByRole('radio', { name: 'Lasso' }).isChecked());
  assert.ok(await page.getByRole('checkbox', { name: 'Fill after each stroke' }).isChecked());
  assert.equal(await page.locator('#brush-size-value').textContent(), '33 px');
  await page.goto(`${server.url}?tool=fill&sample=field&rect=100,50,128,96&grow=0&auto=1`);
  await says(page, 'Filled 1.0 % of the photo');
  await context.close();
});

test('unmosaic: found and undone at once, or where and what is said', async () => {
  const { page, context } = await opened('?tool=unmosaic&sample=field&auto=1');
  await says(page, 'Cells of 8 px smoothed');
  await page.goto(`${server.url}?tool=unmosaic&sample=field&rect=100,50,128,96&cell=11&auto=1`);
  await says(page, 'Cells of 11 px smoothed');
  await page.goto(`${server.url}?tool=unmosaic&sample=field&cell=24&pixelate=1&auto=1`);
  await says(page, 'Cells of 24 px smoothed');
  await page.locator('#judged').filter({ hasText: 'dB' }).waitFor();
  await context.close();
});

test('colour: the variant and how strong, hints, freshening', async () => {
  const { page, context } = await opened(
    '?tool=colour&sample=field&variant=warm&saturation=130&warmth=-20&hint=9,8,3a6b35&auto=1',
  );
  await says(page, /^Coloured in/);
  assert.equal(await button(page, 'Warm').getAttribute('aria-pressed'), 'true');
  assert.equal(await page.getByRole('slider', { name: 'Saturation' }).inputValue(), '130');
  assert.equal(await page.getByRole('slider', { name: 'Warmth' }).inputValue(), '-20');
  await button(page, 'Remove hint 1').waitFor();
  await page.goto(`${server.url}?tool=colour&sample=field&defade=1&strength=60&auto=1`);
  await says(page, /^Freshened in/);
  assert.equal(await page.getByRole('slider', { name: 'Strength' }).inputValue(), '60');
  await context.close();
});

/** A photo as a visitor opens it. @param {number} width @param {number} height */
function photoFile(width, height) {
  const rgba = new Uint8Array(4 * width * height).fill(200);
  const buffer = pngFromPicture({ width, height, rgba });
  return { name: 'photo.png', mimeType: 'image/png', buffer };
}
/** @param {Page} page @param {[number, number]} size */
async function openByHand(page, [width, height]) {
  await page.locator('#open-file').setInputFiles(photoFile(width, height));
  await page
    .locator('#canvas')
    .and(page.getByLabel(`${width} × ${height}`))
    .waitFor();
}

test('without a sample all of it holds for the first photo that is opened by hand', async () => {
  const { page, context } = await opened('?left=25%25&bottom=40');
  await openByHand(page, [320, 240]);
  await page.locator('#size-to').filter({ hasText: '400 × 280' }).waitFor();
  await openByHand(page, [300, 200]);
  await page.waitForTimeout(200);
  assert.equal(await page.locator('#size-to').textContent(), '', 'the second is left alone');
  await page.goto(`${server.url}?preset=1:1&auto=1`);
  await page.locator('#open-file').setInputFiles(photoFile(320, 240));
  await says(page, 'Extended to 320 × 320');
  await page.goto(`${server.url}?tool=fill&rect=10,20,32,24&grow=0&auto=1`);
  await page.locator('#open-file').setInputFiles(photoFile(320, 240));
  await says(page, 'Filled 1.0 % of the photo');
  await page.goto(`${server.url}?tool=unmosaic&rect=10,20,64,64&cell=24&pixelate=1&auto=1`);
  await page.locator('#open-file').setInputFiles(photoFile(320, 240));
  await says(page, 'Cells of 24 px smoothed');
  await page.goto(`${server.url}?tool=unmosaic&rect=10,20,64,64&cell=11`);
  await openByHand(page, [320, 240]);
  await page.locator('#hole-size').filter({ hasText: '5.3 %' }).waitFor();
  assert.equal(await page.getByLabel('Cell, px').inputValue(), '11', 'nothing was searched for');
  await page.goto(`${server.url}?tool=colour&hint=9,8,3a6b35&auto=1`);
  await page.locator('#open-file').setInputFiles(photoFile(320, 240));
  await says(page, /^Coloured in/);
  await button(page, 'Remove hint 1').waitFor();
  await context.close();
});

test('what cannot be read is not the first photo; with a sample no other photo is meant', async () => {
  const { page, context } = await opened('?tool=fill&rect=10,20,32,24&grow=0');
  await page.locator('#open-file').setInputFiles({
    ...photoFile(50, 40),
    buffer: Buffer.from('no picture'),
  });
  await alerts(page, /picture/);
  await openByHand(page, [320, 240]);
  await page.getByText('1.0 % of the photo is painted').waitFor();
  await page.goto(`${server.url}?tool=fill&sample=field&rect=100,50,128,96&grow=0`);
  await page.getByText('1.0 % of the photo is painted').waitFor();
  await page.waitForTimeout(200);
  await page.keyboard.press('Control+z');
  assert.equal(await page.locator('#hole-size').textContent(), '', 'it was set once');
  await openByHand(page, [320, 240]);
  await page.waitForTimeout(200);
  assert.equal(await page.locator('#hole-size').textContent(), '', 'the sample was meant');
  await context.close();
});

/** What is told, once the page has come to rest. @param {Page} page */
async function told(page) {
  await page.locator('#notice-text').filter({ hasText: /\S/ }).waitFor();
  await page.waitForTimeout(300);
  return page.locator('#notice-text').textContent();
}

test('what is no setting is told, all of it; the rest holds', async () => {
  const { page, context } = await opened('?tool=fill&sample=field&rect=5,5,oops&feather=7');
  await page.locator('#canvas[aria-label]').waitFor();
  assert.match((await told(page)) ?? '', /^Ignored in the address, .*: rect=5,5,oops$/);
  assert.equal(await page.getByRole('slider', { name: 'Feather' }).inputValue(), '7');
  await page.goto(`${server.url}?tool=paint&sample=field&feather=99&colour=red&auto=yes`);
  await page.locator('#canvas[aria-label]').waitFor();
  const all = 'tool=paint, feather=99, colour=red, auto=yes';
  assert.ok((await told(page))?.endsWith(`: ${all}`), await told(page));
  await page.goto(`${server.url}?sample=moon&preset=7:7`);
  assert.ok((await told(page))?.endsWith(': sample=moon, preset=7:7'));
  await page.goto(`${server.url}?sample=moon`);
  assert.match((await told(page)) ?? '', /^There is no sample picture with this name/);
  await page.goto(`${server.url}?tool=fill&utm_source=mail&fbclid=1`);
  await page.waitForTimeout(500);
  assert.equal(await page.locator('#notice').isVisible(), false, 'added by others on the way');
  await context.close();
});

test('a sample is coloured at once without a question, from black and white', async () => {
  const { page, context } = await opened('?tool=colour&sample=field&auto=1');
  await says(page, /^Coloured in/);
  assert.equal(await page.locator('#ask').isVisible(), false);
  await page.goto(`${server.url}?tool=colour&grey=1`);
  await page.locator('#open-file').setInputFiles(photoFile(320, 240));
  await button(page, 'Colour').waitFor();
  await page.waitForTimeout(300);
  const pixels = (await save(page)).bytes;
  const rgba = pixels.subarray(pixels.length - 4 * 320 * 240);
  assert.ok(rgba.every((value, i) => i % 4 === 3 || value === rgba[i - (i % 4)]));
  await context.close();
});
