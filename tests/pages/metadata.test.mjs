// What a saved file says of date, place and camera: nothing, or, where the box is ticked, what the
// file of its photo said, made true for the result. With real files and the compiled engine.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  TINY,
  button,
  openPage,
  requirePkg,
  sampleFile,
  save,
  saved,
  says,
  started,
} from './support/browser.mjs';
import { pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { Page } from 'playwright-core' */

requirePkg();
const { browser, server } = await started(() => startServer({ 'www/weights/': TINY }));
const THUMBNAIL = Buffer.from('the small old picture');
const KEEP = 'Keep date, place and camera';

/** A directory of EXIF: tag, kind, count, and the value or where it lies; then where the next one is. @param {number[][]} entries @param {number} [next] */
function directory(entries, next = 0) {
  const bytes = Buffer.alloc(2 + 12 * entries.length + 4);
  bytes.writeUInt16LE(entries.length, 0);
  for (const [i, [tag = 0, kind = 0, count = 0, value = 0]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 2 + 12 * i);
    bytes.writeUInt16LE(kind, 4 + 12 * i);
    bytes.writeUInt32LE(count, 6 + 12 * i);
    bytes.writeUInt32LE(value, 10 + 12 * i);
  }
  bytes.writeUInt32LE(next, bytes.length - 4);
  return bytes;
}

/** EXIF of a photo that a camera held upright: turned by a quarter, with date, place and thumbnail. @param {string} date */
function exifOf(date) {
  const [main, details, place, small] = [8, 80, 140, 180];
  const at = { date: 220, thumbnail: 240 };
  const bytes = Buffer.alloc(at.thumbnail + THUMBNAIL.length);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(main, 4);
  directory(
    [
      [0x0112, 3, 1, 6],
      [0x8769, 4, 1, details],
      [0x8825, 4, 1, place],
    ],
    small,
  ).copy(bytes, main);
  directory([
    [0x9003, 2, 20, at.date],
    [0xa002, 4, 1, 9999],
    [0xa003, 4, 1, 9999],
  ]).copy(bytes, details);
  directory([[0x0001, 2, 2, 'N'.charCodeAt(0)]]).copy(bytes, place);
  directory([
    [0x0201, 4, 1, at.thumbnail],
    [0x0202, 4, 1, THUMBNAIL.length],
  ]).copy(bytes, small);
  bytes.write(date, at.date, 'latin1');
  THUMBNAIL.copy(bytes, at.thumbnail);
  return bytes;
}

/** What a file's EXIF says; `null` where it has none. @param {Buffer} file */
function told(file) {
  const start = file.indexOf('II*\0', 0, 'latin1');
  if (start < 0) return null;
  const exif = file.subarray(start);
  /** @param {number} at */
  const read = (at) => {
    const count = exif.readUInt16LE(at);
    const entries = Array.from({ length: count }, (_, i) => at + 2 + 12 * i);
    const all = entries.map((e) => [exif.readUInt16LE(e), e]);
    const next = exif.readUInt32LE(at + 2 + 12 * count);
    return { tags: new Map(/** @type {[number, number][]} */ (all)), next };
  };
  const main = read(exif.readUInt32LE(4));
  const value = (/** @type {Map<number, number>} */ tags, /** @type {number} */ tag) =>
    exif.readUInt32LE((tags.get(tag) ?? 0) + 8);
  const { tags } = read(value(main.tags, 0x8769));
  const date = exif.toString('latin1', value(tags, 0x9003), value(tags, 0x9003) + 19);
  return {
    orientation: exif.readUInt16LE((main.tags.get(0x0112) ?? 0) + 8),
    date,
    size: [value(tags, 0xa002), value(tags, 0xa003)],
    hasPlace: main.tags.has(0x8825),
    hasThumbnail: main.next !== 0 || file.includes(THUMBNAIL),
  };
}

/** The sea, 1536 × 1024, as a camera would have stored it. @param {string} name @param {string} date */
async function fromCamera(name, date) {
  const jpeg = await readFile(sampleFile('sea'));
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exifOf(date)]);
  const head = Buffer.from([0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 0xff]);
  const buffer = Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
  return { name, mimeType: 'image/jpeg', buffer };
}

/** @param {Page} page @param {Parameters<import('playwright-core').Locator['setInputFiles']>[0]} files */
async function open(page, files) {
  await page.locator('#open-file').setInputFiles(files);
  await page.locator('#canvas[aria-label]').waitFor({ timeout: PATIENCE_MILLIS });
  await page.locator('#opening').waitFor({ state: 'hidden', timeout: PATIENCE_MILLIS });
}

const FIRST = '1999:12:31 23:59:59';
const SECOND = '2020:02:29 08:00:00';

test('nothing is said unless the box is ticked; then the truth of the result, in every format', async () => {
  const { page, context, errors } = await openPage(browser, `${server.url}?tool=crop`);
  const photo = await fromCamera('a.jpg', FIRST);
  assert.deepEqual(told(photo.buffer)?.orientation, 6, 'control: the photo says much');
  assert.ok(told(photo.buffer)?.hasThumbnail);
  await open(page, photo);
  await page.locator('#crop-size').filter({ hasText: '1024 × 1536 px' }).waitFor();
  assert.equal(told((await save(page)).bytes), null);

  await button(page, 'Format and quality').click();
  await page.getByLabel(KEEP).check();
  await page.keyboard.press('Escape');
  await button(page, '1:1').click();
  await button(page, 'Crop').click();
  await says(page, 'Cropped to 1024 × 1024');
  const wanted = { orientation: 1, date: FIRST, size: [1024, 1024] };
  for (const format of ['As opened', 'PNG', 'WebP']) {
    await button(page, 'Format and quality').click();
    await page.getByLabel(format).check();
    await page.keyboard.press('Escape');
    const { bytes } = await save(page);
    assert.deepEqual(told(bytes), { ...wanted, hasPlace: true, hasThumbnail: false }, format);
  }
  await says(page, /^Saved as a-cropped\.webp$/);
  assert.deepEqual(errors, []);
  await context.close();
});

test('what was kept is read again and turned no second time', async () => {
  const { page, context } = await openPage(browser, `${server.url}?tool=crop&metadata=1`);
  await open(page, await fromCamera('a.jpg', FIRST));
  const { bytes } = await save(page);
  await open(page, { name: 'b.jpg', mimeType: 'image/jpeg', buffer: bytes });
  await page.locator('#crop-size').filter({ hasText: '1024 × 1536 px' }).waitFor();
  const again = await save(page);
  assert.equal(again.name, 'b-copy.jpg');
  assert.deepEqual(told(again.bytes)?.size, [1024, 1536]);
  assert.equal(told(again.bytes)?.date, FIRST);
  await context.close();
});

test('each result of a zip says what its own photo did', async () => {
  const { page, context } = await openPage(browser, `${server.url}?tool=extend&metadata=1`);
  await open(page, [await fromCamera('a.jpg', FIRST), await fromCamera('b.jpg', SECOND)]);
  await button(page, '1:1').click();
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 2 of 2 photos.', PATIENCE_MILLIS);
  const zip = await saved(page, () => button(page, 'Save all results as a zip').click());
  const parts = ['a.jpg', 'b.jpg'].map((name) => zip.bytes.indexOf(name));
  const [a = 0, b = 0] = parts;
  assert.equal(told(zip.bytes.subarray(a, b))?.date, FIRST);
  assert.equal(told(zip.bytes.subarray(b))?.date, SECOND);
  await context.close();
});

test('a file that says nothing is saved as ever, and the page says so', async () => {
  const { page, context } = await openPage(browser, `${server.url}?lang=zh&metadata=1`);
  const rgba = new Uint8Array(4 * 40 * 30).fill(200);
  const buffer = pngFromPicture({ width: 40, height: 30, rgba });
  await open(page, { name: 'plain.png', mimeType: 'image/png', buffer });
  const { name } = await saved(page, () => button(page, '保存').click());
  assert.equal(name, 'plain-copy.png');
  await says(page, '已保存为 plain-copy.png。原文件里没有可以保留的信息。');
  await context.close();
});
