// A visitor's own weight file in a real browser with the compiled engine: dropped, used, given up.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import {
  PATIENCE_MILLIS,
  TINY,
  alerts,
  button,
  openPage,
  requirePkg,
  save,
  says,
  started,
} from './support/browser.mjs';
import { pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { Page } from 'playwright-core' */

before(requirePkg);
const { browser, server } = await started(() => startServer());

const photo = {
  name: 'photo.png',
  type: 'image/png',
  bytes: pngFromPicture({
    width: 96,
    height: 64,
    rgba: new Uint8Array(4 * 96 * 64).map((_, i) => (i % 4 === 3 ? 255 : (i * 7 + (i >> 8)) % 256)),
  }),
};
/** @param {string} task */
async function tiny(task) {
  const bytes = await readFile(new URL(`${task}-tiny.safetensors`, TINY));
  return { name: `${task}.safetensors`, type: '', bytes };
}

/** Drops files on the page. @param {Page} page @param {{ name: string, type: string, bytes: Buffer }[]} files */
async function drop(page, ...files) {
  const plain = files.map(({ bytes, ...rest }) => ({ ...rest, text: bytes.toString('base64') }));
  await page.evaluate((files) => {
    const dataTransfer = new DataTransfer();
    for (const { name, type, text } of files) {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name, { type }));
    }
    document.body.dispatchEvent(
      new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
    );
  }, plain);
}

/** Makes the photo wider and gives the file that is saved. @param {Page} page */
async function extended(page) {
  await button(page, '16:9').click();
  await button(page, 'Extend').click();
  await says(page, /^Extended to/, PATIENCE_MILLIS);
  const { bytes } = await save(page);
  await button(page, 'Undo').click();
  await page.locator('#size-from').filter({ hasText: '96 × 64' }).waitFor();
  await button(page, 'Undo').click();
  return bytes;
}

/** What the panel at the foot says of a task. @param {Page} page @param {string} name */
const rowOf = (page, name) =>
  page.locator('#weights li', { has: page.getByText(name, { exact: true }) });

test('a dropped weight file is named, used for its task, and given up again', async () => {
  const { page, context, errors, requests } = await openPage(
    browser,
    `${server.url}?backend=cpu&format=png`,
  );
  await page.locator('#engine[data-status=ready]').waitFor({ timeout: PATIENCE_MILLIS });
  await drop(page, photo);
  await page.locator('#size-from').filter({ hasText: '96 × 64' }).waitFor();
  const shipped = await extended(page);
  assert.ok(shipped.equals(await extended(page)), 'control: alike each time');

  await drop(page, await tiny('extend'));
  await says(page, 'Using your weights for Extend: extend-tiny');
  await button(page, '中文').click();
  await says(page, '“扩展”已改用你的模型：extend-tiny');
  await button(page, 'English').click();
  const own = await extended(page);
  assert.ok(!own.equals(shipped), 'another painting');

  // A damaged file changes nothing.
  const whole = await tiny('extend');
  const half = { ...whole, bytes: whole.bytes.subarray(0, whole.bytes.length / 2) };
  await drop(page, half);
  await alerts(page, 'The trained network arrived damaged.');
  assert.ok(own.equals(await extended(page)));

  await page.locator('#about').click();
  await rowOf(page, 'Extend').filter({ hasText: 'extend-tinyyour own, 0.1 MB' }).waitFor();
  await rowOf(page, 'Fill').filter({ hasText: 'fill-shipcomes with the page' }).waitFor();
  await page.keyboard.press('Tab'); // To the link, and on to the only button.
  await page.keyboard.press('Tab');
  const giveUp = page.getByRole('button', { name: 'Use the page’s weights' });
  assert.equal(await giveUp.count(), 1);
  assert.ok(await giveUp.evaluate((element) => element === document.activeElement));
  await page.keyboard.press('Enter');
  await says(page, 'Extend uses the page’s weights again');
  await rowOf(page, 'Extend').filter({ hasText: 'extend-shipcomes with the page' }).waitFor();
  assert.equal(await giveUp.count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'engine-title');
  await page.keyboard.press('Escape');
  assert.ok(shipped.equals(await extended(page)), 'as before');

  assert.deepEqual(errors, []);
  const elsewhere = requests.filter(
    (url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url),
  );
  assert.deepEqual(elsewhere, []);
  assert.ok(server.asked.every(({ bodyBytes }) => bodyBytes === 0));
  await context.close();
});

test('a damaged file gives its sentence, and the weights of the page go on', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu`);
  await drop(page, photo);
  await page.locator('#size-from').filter({ hasText: '96 × 64' }).waitFor();
  const shipped = await extended(page);
  const whole = await tiny('extend');
  const half = { ...whole, bytes: whole.bytes.subarray(0, whole.bytes.length / 2) };
  await drop(page, half);
  await alerts(page, 'The trained network arrived damaged.');
  await drop(page, { ...whole, name: 'PHOTO.SafeTensors', bytes: photo.bytes });
  await alerts(page, 'The trained network arrived damaged.');
  await page.locator('#about').click();
  await rowOf(page, 'Extend').filter({ hasText: 'extend-shipcomes with the page' }).waitFor();
  await page.keyboard.press('Escape');
  assert.ok(shipped.equals(await extended(page)));
  await context.close();
});

test('own weights are chosen before a photo is open, and beside one; nothing is fetched for them', async () => {
  const { page, context, requests } = await openPage(
    browser,
    `${server.url}?backend=cpu&tool=unmosaic`,
  );
  const { name, bytes } = await tiny('unmosaic');
  const file = { name, mimeType: 'application/octet-stream', buffer: bytes };
  const input = page.getByLabel('Open photo');
  assert.match((await input.getAttribute('accept')) ?? '', /\.safetensors/);
  await input.setInputFiles([file]);
  await alerts(page, 'Using your weights for Unmosaic: unmosaic-tiny');
  assert.ok(await page.locator('#welcome').isVisible(), 'no photo is open');

  const extend = await tiny('extend');
  await drop(page, extend, photo);
  await page.locator('#file').filter({ hasText: 'photo.png' }).waitFor();
  await page.locator('#about').click();
  for (const task of ['Extend', 'Unmosaic']) {
    await rowOf(page, task).filter({ hasText: 'your own' }).waitFor();
  }
  await page.keyboard.press('Escape');
  await says(page, /^No mosaic was found/, PATIENCE_MILLIS);
  await page.keyboard.press('p');
  await says(page, 'Hidden in squares', PATIENCE_MILLIS);
  await page.keyboard.press('Control+Enter');
  await says(page, /^Against the truth/, PATIENCE_MILLIS);
  const own = await save(page);
  assert.deepEqual(
    requests.filter((url) => /unmosaic-ship/.test(url)),
    [],
  );
  await page.locator('#about').click();
  await rowOf(page, 'Unmosaic').getByRole('button').click();
  await rowOf(page, 'Unmosaic').filter({ hasText: 'unmosaic-ship' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+z');
  await page.locator('#judged', { hasText: /^$/ }).waitFor({ state: 'attached' });
  await page.keyboard.press('Control+Enter');
  await says(page, /^Against the truth/, PATIENCE_MILLIS);
  const shipped = await save(page);
  assert.ok(!own.bytes.equals(shipped.bytes), 'another guess');
  assert.equal(requests.filter((url) => /unmosaic-ship/.test(url)).length, 1);
  await context.close();
});

test('the panel has how long each stage of the last run took', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu`);
  await drop(page, photo);
  await button(page, '16:9').click();
  await page.locator('#about').click();
  assert.ok(!(await page.locator('#engine-laps-title').isVisible()), 'control: nothing has run');
  await page.keyboard.press('Escape');
  await button(page, 'Extend').click();
  await says(page, /^Extended to/, PATIENCE_MILLIS);
  await page.locator('#about').click();
  await page.locator('#engine-laps-title').waitFor();
  const lines = (await page.locator('#engine-laps').textContent())?.split('\n') ?? [];
  const paints = lines.find((line) => /^Painting: \d+\.\d\d s$/.test(line));
  assert.ok(paints && Number.parseFloat(paints.slice(10)) > 0, lines.join());
  assert.match(lines.at(-1) ?? '', /^Blending the seam: /);
  await context.close();
});
