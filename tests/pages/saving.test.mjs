// How results leave the page: in which format, under which name, in which folder. With the stand-in
// for the engine, which writes format and size.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  button,
  openPage,
  sampleFile,
  save,
  saved,
  says,
  screenshot,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */

const { browser, server } = await started(() => startFakeServer({ steps: 2 }, ['extend']));
const png = pngFromPicture({ width: 80, height: 60, rgba: new Uint8Array(4 * 80 * 60).fill(255) });

/** Runs Extend on what is opened. @param {Page} page @param {string | { name: string, mimeType: string, buffer: Buffer }} file */
async function extended(page, file) {
  await page.locator('#open-file').setInputFiles(file);
  await page.locator('#canvas[aria-label]').waitFor();
  await page.waitForTimeout(200);
  await button(page, '21:9').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to');
}

test('a result is saved in the format of its photo, unless another is chosen', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await extended(page, sampleFile('sea'));
  const jpeg = await save(page);
  assert.equal(jpeg.name, 'sea-extended.jpg');
  assert.match(jpeg.bytes.toString(), /^jpeg /);
  await button(page, 'Format and quality').click();
  assert.ok(await page.getByLabel('As opened').isChecked());
  assert.ok(await page.getByRole('slider', { name: 'Quality' }).isVisible(), 'which a JPEG has');
  await page.getByLabel('WebP').check();
  assert.ok(
    !(await page.getByRole('slider', { name: 'Quality' }).isVisible()),
    'it is written without loss',
  );
  await page.keyboard.press('Escape');
  assert.equal((await save(page)).name, 'sea-extended.webp');
  await context.close();

  const lossless = await openPage(browser, server.url);
  await extended(lossless.page, { name: 'drawing.png', mimeType: 'image/png', buffer: png });
  assert.equal((await save(lossless.page)).name, 'drawing-extended.png');
  await lossless.context.close();
  const chosen = await openPage(browser, `${server.url}?format=png`);
  await extended(chosen.page, sampleFile('sea'));
  assert.equal((await save(chosen.page)).name, 'sea-extended.png');
  assert.deepEqual(errors, []);
  await chosen.context.close();
});

test('folders that are dropped are folders of the archive, with the names of the photos', async () => {
  const home = await mkdtemp(join(tmpdir(), 'naobu-album-'));
  const album = join(home, 'album');
  await mkdir(join(album, '1950s'), { recursive: true });
  await writeFile(join(album, 'one.png'), png);
  await writeFile(join(album, 'notes.txt'), 'no picture');
  await writeFile(join(album, '1950s', 'one.png'), png);
  await writeFile(join(album, '1950s', 'sea.jpg'), await readFile(sampleFile('sea')));
  try {
    const { page, context, errors } = await openPage(browser, server.url);
    await page.locator('#engine[data-status=ready]').waitFor();
    const session = await context.newCDPSession(page);
    const data = { items: [], files: [album], dragOperationsMask: 1 };
    for (const type of /** @type {const} */ (['dragEnter', 'dragOver', 'drop'])) {
      await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data });
    }
    await page.locator('#queue-list .photo').nth(2).waitFor();
    assert.equal(await page.locator('#queue-list .photo').count(), 3, 'a note is no photo');
    await page.locator('#opening').waitFor({ state: 'hidden' });
    await button(page, '21:9').click();
    await button(page, 'Apply to all').click();
    await says(page, 'Done: 3 of 3 photos.');
    const zip = await saved(page, () => button(page, 'Save all results as a zip').click());
    const names = zip.bytes.toString('latin1').match(/album[\w./]*?\.(?:png|jpg)/g);
    assert.deepEqual(
      [...new Set(names)],
      ['album/1950s/one.png', 'album/1950s/sea.jpg', 'album/one.png'],
    );
    assert.deepEqual(errors, []);
    await context.close();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

test('before and after are saved as one picture: what was added is empty before', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await page.locator('#open-file').setInputFiles(sampleFile('field'));
  await page.locator('#canvas[aria-label]').waitFor();
  await button(page, 'Format and quality').click();
  assert.ok(await button(page, 'Save before and after').isDisabled(), 'nothing was made yet');
  await page.keyboard.press('Escape');
  await button(page, '1:1').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to');
  await button(page, 'Format and quality').click();
  await screenshot(page, 'save-options');
  const pair = await saved(page, () => button(page, 'Save before and after').click());
  assert.equal(pair.name, 'field-before-after.jpg');
  const { size, colours } = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context?.drawImage(bitmap, 0, 0);
    const { width, height } = bitmap;
    const at = (/** @type {number} */ x, /** @type {number} */ y) =>
      [...(context?.getImageData(x * width, y * height, 1, 1).data ?? [])].slice(0, 3);
    return { size: [width, height], colours: [at(0.25, 0.02), at(0.25, 0.5), at(0.75, 0.02)] };
  }, pair.bytes.toString('base64'));
  assert.deepEqual(size, [2412, 1200]);
  const [added, photo, painted] = colours;
  assert.ok(
    added?.every((value) => Math.abs(value - 0xec) < 6),
    `empty before: ${added}`,
  );
  assert.ok(
    photo?.some((value) => Math.abs(value - 0xec) > 20),
    `the photo: ${photo}`,
  );
  assert.ok(
    painted?.some((value) => Math.abs(value - 0xec) > 12),
    `painted after: ${painted}`,
  );
  assert.deepEqual(errors, []);
  await context.close();
});

test('before and after loop as a GIF that wipes from one to the other', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await page.locator('#open-file').setInputFiles(sampleFile('field'));
  await page.locator('#canvas[aria-label]').waitFor();
  await button(page, '1:1').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to');
  await button(page, 'Format and quality').click();
  const options = { name: 'Save before and after as a GIF' };
  const loop = await saved(page, () => page.getByRole('button', options).click());
  assert.equal(loop.name, 'field-before-after.gif');
  const pair = await saved(page, () => button(page, 'Save before and after').click());
  await writeFile(new URL('artefacts/loop.gif', import.meta.url), loop.bytes);
  /** How far frames are from the two halves of the pair, on average of 255. */
  const { size, times, isEndless, off } = await page.evaluate(
    async ([gif = '', jpeg = '']) => {
      const bytesOf = (/** @type {string} */ text) =>
        Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const decoder = new ImageDecoder({ data: bytesOf(gif), type: 'image/gif' });
      await decoder.tracks.ready;
      await decoder.completed;
      const { frameCount, repetitionCount } = decoder.tracks.selectedTrack ?? {};
      const context = new OffscreenCanvas(1, 1).getContext('2d');
      if (!context) throw new Error('no canvas');
      const times = [];
      const frames = [];
      for (let i = 0; i < (frameCount ?? 0); i++) {
        const { image } = await decoder.decode({ frameIndex: i });
        context.canvas.width = image.displayWidth;
        context.canvas.height = image.displayHeight;
        context.drawImage(image, 0, 0);
        times.push((image.duration ?? 0) / 1000);
        frames.push(context.getImageData(0, 0, image.displayWidth, image.displayHeight).data);
      }
      const { width, height } = context.canvas;
      const both = await createImageBitmap(new Blob([bytesOf(jpeg)]));
      context.imageSmoothingQuality = 'high';
      const halves = [0, (both.width - 12) / 2 + 12].map((x) => {
        context.drawImage(both, x, 0, (both.width - 12) / 2, both.height, 0, 0, width, height);
        return context.getImageData(0, 0, width, height).data;
      });
      const off = [0, frames.length - 1].map((at) =>
        halves.map((half) => {
          const frame = frames[at] ?? [];
          let sum = 0;
          for (let i = 0; i < half.length; i++) sum += Math.abs((half[i] ?? 0) - (frame[i] ?? 0));
          return sum / half.length;
        }),
      );
      return { size: [width, height], times, isEndless: repetitionCount === Infinity, off };
    },
    [loop, pair].map(({ bytes }) => bytes.toString('base64')),
  );
  assert.deepEqual(size, [540, 540]);
  assert.deepEqual(times, [1100, ...Array(11).fill(50), 1900]);
  assert.ok(isEndless);
  const [[first = 99, notFirst = 0] = [], [notLast = 0, last = 99] = []] = off;
  assert.ok(first < 6 && last < 6, `as the pictures: ${first}, ${last}`);
  assert.ok(notFirst > 10 && notLast > 10, `and not the other: ${notFirst}, ${notLast}`);
  assert.ok(loop.bytes.length < 600_000, `${loop.bytes.length} bytes`);
  assert.deepEqual(errors, []);
  await context.close();
});

test('what was done is saved as a recipe for the command; what was drawn is told to be missing', async () => {
  const { page, context, errors } = await openPage(browser, server.url);
  await extended(page, { name: 'drawing.png', mimeType: 'image/png', buffer: png });
  await button(page, '1:1').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to 140 × 140');
  const recipe = () => saved(page, () => button(page, 'Save the steps as a recipe').click());
  await button(page, 'Format and quality').click();
  const { name, bytes } = await recipe();
  assert.equal(name, 'drawing-recipe.json');
  const steps = [
    { tool: 'extend', aspect: '21:9' },
    { tool: 'extend', aspect: '1:1' },
  ];
  assert.deepEqual(JSON.parse(bytes.toString()), { steps });
  await says(page, /^Saved as drawing-recipe\.json$/);
  await page.keyboard.press('Escape');

  await page.getByLabel('Left', { exact: true }).fill('35');
  await page.keyboard.press('Tab');
  await button(page, 'Extend').click();
  await says(page, 'Extended to 175 × 140');
  await page.keyboard.press('t');
  await page.getByRole('slider', { name: 'Straighten' }).fill('3');
  await button(page, 'Crop').click();
  await says(page, 'Cropped to');
  await button(page, 'Format and quality').click();
  const more = JSON.parse((await recipe()).bytes.toString());
  assert.deepEqual(more, { steps: [...steps, { tool: 'extend', left: '25%' }] });
  await says(
    page,
    /^Saved as drawing-recipe\.json\. What was drawn, cut off or put on another photo is/,
  );
  assert.deepEqual(errors, []);
  await context.close();
});

test('the device is asked to share a result where it can; too late, one click more does it', async () => {
  const { page, context } = await openPage(browser, 'about:blank');
  await page.addInitScript(() => {
    const shared = /** @type {string[]} */ ([]);
    Object.assign(globalThis, { shared });
    const share = async (/** @type {{ files: File[] }} */ { files }) => {
      shared.push(`${files[0]?.name} ${files[0]?.type}`);
      if (shared.length === 1) throw new DOMException('too late', 'NotAllowedError');
    };
    Object.assign(navigator, { canShare: () => true, share });
  });
  await page.goto(server.url);
  await extended(page, sampleFile('sea'));
  await button(page, 'Format and quality').click();
  await button(page, 'Share').click();
  await page.getByRole('alert').filter({ hasText: 'is ready to be shared' }).waitFor();
  await page.locator('#notice-action').click();
  await page.waitForTimeout(100);
  const shared = await page.evaluate(() => /** @type {any} */ (globalThis).shared);
  assert.deepEqual(shared, Array(2).fill('sea-extended.jpg image/jpeg'));
  await context.close();

  const without = await openPage(browser, 'about:blank');
  await without.page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'canShare'));
  await without.page.goto(server.url);
  assert.ok(await without.page.locator('#share').isHidden());
  await without.context.close();
});
