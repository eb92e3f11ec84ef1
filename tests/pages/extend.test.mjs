// A real photo is extended in a real browser: the shipped weights on the CPU.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { largeAvif, quadrantsAvif } from './support/avif.mjs';
import {
  PATIENCE_MILLIS,
  alerts,
  button,
  openPage,
  requirePkg,
  sampleFile,
  save,
  says,
  started,
} from './support/browser.mjs';
import { cropped, deepPng, hugePng, pictureFromPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { Page } from 'playwright-core' */

const SAMPLE = sampleFile('sea');
requirePkg();
const { browser, server } = await started(() => startServer());

/** Every pixel its own, with transparent ones among them; odd and not square. */
function alphaPicture() {
  const [width, height] = [131, 77];
  const rgba = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const alpha = x % 7 === 0 ? (y * 3) % 256 : 255;
      rgba.set([2 * x, 3 * y, (x * y) % 256, alpha], 4 * (y * width + x));
    }
  }
  return { width, height, rgba };
}

/** @param {Page} page @param {string} size */
const opened = (page, size) =>
  page.locator('#size-from').filter({ hasText: size }).waitFor({ timeout: PATIENCE_MILLIS });

test('a sample photo: extend, announce, compare, undo, redo, save; the photo is untouched', async () => {
  const { page, context, requests, errors } = await openPage(
    browser,
    `${server.url}?backend=cpu&format=png`,
  );
  await page.getByLabel('Open photo').setInputFiles(SAMPLE);
  await opened(page, '×');
  const { bytes: plainBytes } = await save(page);
  const photo = pictureFromPng(plainBytes);

  await button(page, '21:9').click();
  const left = Number(await page.getByLabel('Left', { exact: true }).inputValue());
  const top = Number(await page.getByLabel('Top', { exact: true }).inputValue());
  assert.ok(left + top > 0);
  await button(page, 'Extend').click();
  await page.getByText(/Painting · \d+ of \d+/).waitFor({ timeout: PATIENCE_MILLIS });
  await says(page, /^Extended to \d+ × \d+ in \d+ ms on the CPU$/, PATIENCE_MILLIS);
  await page.getByRole('slider', { name: 'Before and after' }).fill('40');

  const saved = await save(page);
  assert.equal(saved.name, 'sea-extended.png');
  const result = pictureFromPng(saved.bytes);
  assert.ok(result.width > photo.width || result.height > photo.height);
  const kept = cropped(result, left, top, photo.width, photo.height);
  assert.deepEqual(
    Buffer.compare(kept.rgba, photo.rgba),
    0,
    'outside the new area nothing changed',
  );
  assert.ok(isPainted(result, left, top, photo), 'the new area is a picture, not one flat colour');

  await button(page, 'Undo').click();
  await opened(page, `${photo.width} × ${photo.height}`);
  const undone = pictureFromPng((await save(page)).bytes);
  assert.equal(Buffer.compare(undone.rgba, photo.rgba), 0);
  await button(page, 'Redo').click();
  await opened(page, `${result.width} × ${result.height}`);
  const redone = pictureFromPng((await save(page)).bytes);
  assert.equal(Buffer.compare(redone.rgba, result.rgba), 0);

  assert.deepEqual(
    requests.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url)),
    [],
  );
  assert.deepEqual(errors, []);
  await context.close();
});

/**
 * Whether the pixels left of the photo, or above it, differ among each other.
 * @param {{ width: number, height: number, rgba: Uint8Array }} result
 * @param {number} left @param {number} top @param {{ width: number, height: number }} photo
 */
function isPainted(result, left, top, photo) {
  const area = left
    ? cropped(result, 0, top, left, photo.height)
    : cropped(result, left, 0, photo.width, top);
  const colours = new Set();
  for (let i = 0; i < area.rgba.length; i += 4) {
    colours.add(area.rgba.subarray(i, i + 3).join());
    assert.equal(area.rgba[i + 3], 255);
  }
  return colours.size > 16;
}

test('transparency and odd sizes: kept to the byte; offline; the same bytes each time', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  await page.locator('#engine[data-status=ready]').waitFor({ timeout: PATIENCE_MILLIS });
  await context.setOffline(true);
  const picture = alphaPicture();
  const file = { name: 'odd.one.png', mimeType: 'image/png', buffer: pngFromPicture(picture) };
  await page.getByLabel('Open photo').setInputFiles(file);
  await opened(page, '131 × 77');
  for (const [side, amount] of Object.entries({ Left: '13', Top: '5', Right: '0', Bottom: '22' })) {
    await page.getByLabel(side, { exact: true }).fill(amount);
  }
  await button(page, 'Extend').click();
  await says(page, 'Extended to 144 × 104', PATIENCE_MILLIS);
  const first = await save(page);
  assert.equal(first.name, 'odd.one-extended.png');
  const result = pictureFromPng(first.bytes);
  assert.deepEqual([result.width, result.height], [144, 104]);
  const kept = cropped(result, 13, 5, 131, 77);
  assert.equal(Buffer.compare(kept.rgba, picture.rgba), 0);

  await button(page, 'Undo').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to 144 × 104', PATIENCE_MILLIS);
  const second = await save(page);
  assert.equal(
    Buffer.compare(second.bytes, first.bytes),
    0,
    'same photo, same settings, same bytes',
  );
  await context.close();
});

/**
 * A channel of Display P3 to sRGB, by the definition: both have the same curve and white.
 * @param {number[]} p3  in 0..65535
 */
function srgbFromP3(p3) {
  const linear = p3.map((value) => {
    const v = value / 65535;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  const [r, g, b] = [linear[0] ?? 0, linear[1] ?? 0, linear[2] ?? 0];
  return [
    1.22494 * r - 0.22494 * g,
    -0.042057 * r + 1.042057 * g,
    -0.019638 * r - 0.078636 * g + 1.098274 * b,
  ].map((v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
}

test('a photo on its side, 16 bits deep, transparent and in Display P3 comes out right', async () => {
  const [width, height] = [47, 33];
  const rgba16 = new Uint16Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const alpha = (x + y) % 5 === 0 ? 257 * ((7 * y) % 256) : 65535;
      rgba16.set([20_000 + 601 * x, 18_000 + 701 * y, 30_000 + 97 * x], 4 * (y * width + x));
      rgba16[4 * (y * width + x) + 3] = alpha;
    }
  }
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const buffer = deepPng({ width, height, rgba16 }, 6);
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'deep.png', mimeType: 'image/png', buffer });
  await opened(page, '33 × 47');
  await page.getByLabel('Left', { exact: true }).fill('0');
  await page.getByLabel('Bottom', { exact: true }).fill('9');
  await button(page, 'Extend').click();
  await says(page, 'Extended to 33 × 56', PATIENCE_MILLIS);
  const result = pictureFromPng((await save(page)).bytes);
  assert.deepEqual([result.width, result.height], [33, 56]);
  for (let y = 0; y < 47; y++) {
    for (let x = 0; x < 33; x++) {
      // Turned a quarter clockwise: the first stored column becomes the first row, from below.
      const from = 4 * ((height - 1 - x) * width + y);
      const got = [...result.rgba.subarray(4 * (33 * y + x), 4 * (33 * y + x) + 4)];
      const wanted = srgbFromP3([...rgba16.subarray(from, from + 3)]);
      wanted.push((rgba16[from + 3] ?? 0) / 257);
      for (const [i, value] of wanted.entries()) {
        const off = Math.abs((got[i] ?? 0) - value);
        assert.ok(off <= 1, `(${x}, ${y}): ${got} for ${wanted}`);
      }
    }
  }
  await context.close();
});

test('a JPEG that our decoder would read as stripes is opened by the browser', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const buffer = await readFile(new URL('../assets/separate-scans.jpg', import.meta.url));
  const file = { name: 'scans.jpg', mimeType: 'image/jpeg', buffer };
  await page.getByLabel('Open photo').setInputFiles(file);
  await opened(page, '65 × 65');
  await context.close();
});

test('a kind that only the browser can read is opened by the browser, and the limit holds', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const open = (/** @type {string} */ name, /** @type {Buffer} */ buffer) =>
    page.getByLabel('Open photo').setInputFiles({ name, mimeType: 'image/avif', buffer });
  await open('quadrants.avif', quadrantsAvif);
  await opened(page, '64 × 48');
  await open('large.avif', largeAvif);
  await alerts(page, 'more than 26 megapixels');
  await opened(page, '64 × 48');
  await button(page, '1:1').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to 64 × 64', PATIENCE_MILLIS);
  const { name, bytes } = await save(page);
  assert.equal(name, 'quadrants-extended.png');
  const result = pictureFromPng(bytes);
  for (const [x, y, colour] of /** @type {const} */ ([
    [16, 8 + 12, [220, 40, 40]],
    [48, 8 + 12, [40, 160, 60]],
    [16, 8 + 36, [30, 60, 200]],
    [48, 8 + 36, [230, 220, 60]],
  ])) {
    const got = [...result.rgba.subarray(4 * (64 * y + x), 4 * (64 * y + x) + 3)];
    const off = Math.max(...got.map((value, c) => Math.abs(value - (colour[c] ?? 0))));
    assert.ok(off <= 12, `(${x}, ${y}): ${got} for ${colour}`);
  }
  await context.close();
});

test('the command and the page give the same picture', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'naobu-'));
  const file = join(folder, 'sea-extended.png');
  const command = process.env['NAOBU'];
  assert.ok(command, 'NAOBU must name the command; `cargo xtask test` sets it');
  await promisify(execFile)(command, ['extend', SAMPLE, file, '--right', '300']);
  const wanted = pictureFromPng(await readFile(file));

  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  await page.getByLabel('Open photo').setInputFiles(SAMPLE);
  await opened(page, '×');
  await page.getByLabel('Right', { exact: true }).fill('300');
  await button(page, 'Extend').click();
  await says(page, /^Extended to/, PATIENCE_MILLIS);
  const got = pictureFromPng((await save(page)).bytes);
  assert.deepEqual([got.width, got.height], [wanted.width, wanted.height]);
  let apart = 0;
  for (const [i, value] of got.rgba.entries()) {
    if (Math.abs(value - (wanted.rgba[i] ?? 0)) > 1) apart++;
  }
  // The last bits of the network's arithmetic differ, and may tip the choice of a piece.
  const painted = 4 * 300 * got.height;
  assert.ok(apart <= painted / 1000, `${apart} of ${painted} painted values are more than 1 apart`);
  await context.close();
});

test('JPEG and WebP carry their own signatures and names', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const file = { name: 'photo.png', mimeType: 'image/png', buffer: pngFromPicture(alphaPicture()) };
  await page.getByLabel('Open photo').setInputFiles(file);
  await opened(page, '131 × 77');
  for (const [format, name, signature] of /** @type {const} */ ([
    ['JPEG', 'photo-copy.jpg', /^\xff\xd8\xff/],
    ['WebP', 'photo-copy.webp', /^RIFF....WEBP/s],
    ['PNG', 'photo-copy.png', /^\x89PNG/],
  ])) {
    await button(page, 'Format and quality').click();
    await page.getByLabel(format, { exact: true }).check();
    await page.keyboard.press('Escape');
    const saved = await save(page);
    assert.equal(saved.name, name);
    assert.match(saved.bytes.toString('latin1', 0, 16), signature);
  }
  await context.close();
});

test('cancel during painting leaves the photo as it was, and the engine usable', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const file = { name: 'photo.png', mimeType: 'image/png', buffer: pngFromPicture(alphaPicture()) };
  await page.getByLabel('Open photo').setInputFiles(file);
  await opened(page, '131 × 77');
  await page.getByLabel('Right', { exact: true }).fill('600');
  await button(page, 'Extend').click();
  await page.getByText(/Painting · \d+ of \d+/).waitFor({ timeout: PATIENCE_MILLIS });
  await page.keyboard.press('Escape');
  await says(page, 'Cancelled');
  await opened(page, '131 × 77');
  await page.getByLabel('Right', { exact: true }).fill('9');
  await button(page, 'Extend').click();
  await says(page, 'Extended to 140 × 77', PATIENCE_MILLIS);
  await context.close();
});

/** Opens a photo that takes several steps to grow to the right. @param {Page} page @param {string} by */
async function beginLong(page, by) {
  const buffer = pngFromPicture(alphaPicture());
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer });
  await opened(page, '131 × 77');
  await page.getByLabel('Right', { exact: true }).fill(by);
  await page.getByLabel('Top', { exact: true }).fill('30');
  await button(page, 'Extend').click();
}

/** The steps of the strip, once there are so many. @param {Page} page @param {number} count */
async function stepsOf(page, count) {
  const steps = page.getByRole('group', { name: 'Steps' }).getByRole('button');
  await steps.nth(count - 1).waitFor({ timeout: PATIENCE_MILLIS });
  return steps;
}

test('each finished step appears while the rest is painted; a click goes to one and back', async () => {
  const { page, context, errors } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  await beginLong(page, '200');
  const live = await stepsOf(page, 2);
  assert.ok(await page.locator('#progress').isVisible(), 'while it runs');
  assert.ok(await live.first().isDisabled());
  await says(page, 'Extended to 331 × 107', PATIENCE_MILLIS);
  const whole = pictureFromPng((await save(page)).bytes);
  const steps = await stepsOf(page, 3);
  const count = await steps.count();
  assert.equal(await steps.nth(count - 1).getAttribute('aria-pressed'), 'true');
  // Small pictures of what is there, not empty ones.
  const thumbs = await steps.locator('canvas').evaluateAll((all) =>
    all.map((each) => {
      const canvas = /** @type {HTMLCanvasElement} */ (each);
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
      return { width: canvas.width, colours: new Set(data).size };
    }),
  );
  assert.ok(thumbs.every(({ width, colours }) => width > 100 && colours > 16));

  await steps.nth(1).click();
  await says(page, /^Step 1 of \d+: \d+ × \d+$/);
  const first = pictureFromPng((await save(page)).bytes);
  assert.ok(first.width > 131 && first.width < 331, `${first.width} wide`);
  const part = cropped(whole, 0, 30 - (first.height - 77), first.width, first.height);
  assert.equal(Buffer.compare(part.rgba, first.rgba), 0, 'a part of the whole');
  assert.equal(await steps.nth(1).getAttribute('aria-pressed'), 'true');
  await steps.first().click();
  await opened(page, '131 × 77');
  assert.equal(
    Buffer.compare(pictureFromPng((await save(page)).bytes).rgba, alphaPicture().rgba),
    0,
    'the photo as it was',
  );
  // One undoable act each.
  await button(page, 'Undo').click();
  await opened(page, `${first.width} × ${first.height}`);
  await button(page, 'Undo').click();
  await opened(page, '331 × 107');
  await steps.nth(1).click();
  await steps.nth(count - 1).click();
  await opened(page, '331 × 107');
  assert.equal(Buffer.compare(pictureFromPng((await save(page)).bytes).rgba, whole.rgba), 0);

  // What another tool changes has no steps.
  await page.keyboard.press('f');
  await page.keyboard.press('x');
  assert.ok(await page.locator('#strip').isVisible(), 'looking at another tool changes nothing');
  await page.getByLabel('Right', { exact: true }).fill('10');
  await button(page, 'Extend').click();
  await says(page, 'Extended to 341 × 107', PATIENCE_MILLIS);
  assert.ok(await page.locator('#strip').isHidden(), 'one step is what undoing is for');
  assert.deepEqual(errors, []);
  await context.close();
});

test('stopping keeps the steps that are done', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  await beginLong(page, '600');
  await stepsOf(page, 2);
  await page.keyboard.press('k');
  await says(page, /^Extended to \d+ × \d+/, PATIENCE_MILLIS);
  const result = pictureFromPng((await save(page)).bytes);
  assert.ok(result.width > 131 && result.width < 731, `${result.width} wide`);
  const kept = cropped(result, 0, result.height - 77, 131, 77);
  assert.equal(Buffer.compare(kept.rgba, alphaPicture().rgba), 0);
  await button(page, 'Undo').click();
  await opened(page, '131 × 77');
  assert.equal(await page.getByLabel('Right', { exact: true }).inputValue(), '600');
  await context.close();
});

/** Whether this browser has an encoder for H.264: not all builds of Chromium have. */
async function encodesH264() {
  const config = { codec: 'avc1.640028', width: 1280, height: 480 };
  const { supported = false } = await VideoEncoder.isConfigSupported(config);
  return { encodes: supported, name: `sea-zoom.${supported ? 'mp4' : 'webm'}` };
}

test('the steps are saved as a film; where there is no recorder, the button says so', async () => {
  const address = '?backend=cpu&format=png&sample=sea&left=600&right=600&auto=1';
  const { page, context, errors } = await openPage(browser, server.url + address);
  await says(page, 'Extended to 2736 × 1024', PATIENCE_MILLIS);
  const saving = page.waitForEvent('download', { timeout: 60_000 });
  await button(page, 'Save as a zoom-out film').click();
  await page.getByText('Recording the film').waitFor();
  const download = await saving;
  const { encodes, name } = await page.evaluate(encodesH264);
  assert.equal(download.suggestedFilename(), name);
  const film = await readFile(await download.path());
  if (encodes) assert.equal(film.toString('latin1', 4, 8), 'ftyp', 'an MP4');
  else assert.equal(film.toString('hex', 0, 4), '1a45dfa3', 'the signature of EBML');
  await says(page, `Saved as ${name}`);
  assert.deepEqual(errors, []);
  await context.close();

  // Another page plays it (this one's policy allows no films).
  const player = await openPage(browser, 'about:blank');
  const played = await player.page.evaluate(
    async ([base64 = '', type = '']) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const video = document.createElement('video');
      video.muted = true;
      video.src = URL.createObjectURL(new Blob([bytes], { type }));
      const context = document.createElement('canvas').getContext('2d');
      const light = (/** @type {number} */ x) =>
        (context?.getImageData(x, 60, 1, 1).data ?? []).slice(0, 3).reduce((a, b) => a + b, 0);
      const seen = /** @type {{ edge: number, middle: number }[]} */ ([]);
      await video.play();
      for (let i = 0; i < 40 && !video.ended; i++) {
        context?.drawImage(video, 0, 0, 300, 150);
        seen.push({ edge: light(10), middle: light(150) });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return {
        secs: video.duration,
        size: [video.videoWidth, video.videoHeight],
        first: seen[0],
        last: seen.at(-1),
      };
    },
    [film.toString('base64'), encodes ? 'video/mp4' : 'video/webm'],
  );
  await player.context.close();
  assert.deepEqual(played.size, [1280, 480]);
  assert.ok(!encodes || Math.abs(played.secs - 4.2) < 2, `${played.secs} s`);
  const { first, last } = played;
  assert.ok(first && last && first.middle > 100 && last.middle > 100, JSON.stringify(played));
  assert.ok(first.edge < 30, `beyond the photo there is nothing at first: ${first.edge}`);
  assert.ok(last.edge > 60, `and at last there is: ${last.edge}`);

  const without = await openPage(browser, 'about:blank');
  await without.page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'MediaRecorder');
    Reflect.deleteProperty(globalThis, 'VideoEncoder');
  });
  await without.page.goto(`${server.url}?backend=cpu&format=png`);
  await beginLong(without.page, '100');
  await says(without.page, 'Extended to 231 × 107', PATIENCE_MILLIS);
  assert.ok(await button(without.page, 'This browser cannot record films').isDisabled());
  await without.context.close();
});

test('bad files and impossible wishes: a sentence each, and the open photo stays', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const picture = alphaPicture();
  const good = pngFromPicture(picture);
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: good });
  await opened(page, '131 × 77');
  const tiny = pngFromPicture({ width: 3, height: 2, rgba: new Uint8Array(24) });
  for (const [name, buffer, text] of /** @type {const} */ ([
    ['notes.txt', Buffer.from('Dear diary'), 'This file is not a picture.'],
    ['nothing.png', Buffer.alloc(0), 'This file is empty.'],
    ['cut.png', good.subarray(0, good.length / 2), 'This picture is damaged or cut off.'],
    ['tiny.png', tiny, 'This picture is too small.'],
    ['large.png', hugePng(8_000, 5_000), 'This picture has more than 26 megapixels.'],
  ])) {
    const mimeType = name.endsWith('txt') ? 'text/plain' : 'image/png';
    await page.getByLabel('Open photo').setInputFiles({ name, mimeType, buffer });
    await alerts(page, new RegExp(text));
    await opened(page, '131 × 77');
  }
  await page.getByLabel('Right', { exact: true }).fill('5000');
  await button(page, 'Extend').click();
  await alerts(page, 'That is too much to invent.');
  const kept = pictureFromPng((await save(page)).bytes);
  assert.equal(Buffer.compare(kept.rgba, picture.rgba), 0);
  await context.close();
});

test('a file that claims to be enormous is refused with the limit', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const buffer = hugePng(60_000, 60_000);
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'bomb.png', mimeType: 'image/png', buffer });
  await alerts(page, 'This picture has more than 26 megapixels.');
  await context.close();
});

test('a photo cut off by a broken download is refused', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const whole = await readFile(SAMPLE);
  const buffer = whole.subarray(0, Math.floor(whole.length / 3));
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'cut.jpg', mimeType: 'image/jpeg', buffer });
  await alerts(page, 'This picture is damaged or cut off.');
  await context.close();
});

test('weights changed on the way are refused', async () => {
  const folder = new URL('../../www/weights/', import.meta.url);
  const manifest = JSON.parse(await readFile(new URL('manifest.json', folder), 'utf8'));
  const entry = manifest.weights.find(
    (/** @type {{ task: string }} */ each) => each.task === 'extend',
  );
  const bytes = await readFile(new URL(entry.file, folder));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  const altered = await startServer({ [`www/weights/${entry.file}`]: bytes });
  const { page, context } = await openPage(browser, `${altered.url}?backend=cpu&format=png`);
  await page
    .getByRole('alert')
    .filter({ hasText: 'The trained network arrived damaged.' })
    .waitFor({ timeout: PATIENCE_MILLIS });
  await context.close();
  await altered.close();
});

/** A sky over a meadow in a dark frame of 2 pixels. */
function framedPicture() {
  const [width, height] = [160, 120];
  const rgba = new Uint8Array(4 * width * height).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isFrame = x < 2 || y < 2 || x >= width - 2 || y >= height - 2;
      const grain = (7 * x + 13 * y) % 5;
      const colour = y < 60 ? [130, 170, 220] : [110, 140, 90];
      rgba.set(
        colour.map((value) => (isFrame ? 12 : value + grain)),
        4 * (y * width + x),
      );
    }
  }
  return { width, height, rgba };
}

test('a border is said beforehand, kept and not continued; painted over where that is wished', async () => {
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const framed = framedPicture();
  const file = { name: 'framed.png', mimeType: 'image/png', buffer: pngFromPicture(framed) };
  await page.getByLabel('Open photo').setInputFiles(file);
  await page.getByText('There is a border of 2 px around this photo.').waitFor();
  const extended = async () => {
    await page.getByLabel('Right', { exact: true }).fill('40');
    await button(page, 'Extend').click();
    await says(page, /^Extended to 200 × 120/, PATIENCE_MILLIS);
    return pictureFromPng((await save(page)).bytes);
  };
  const darkest = (/** @type {typeof framed} */ part) =>
    Math.min(...part.rgba.filter((_, at) => at % 4 === 0));

  const kept = await extended();
  assert.deepEqual(Buffer.compare(cropped(kept, 0, 0, 160, 120).rgba, framed.rgba), 0);
  assert.ok(darkest(cropped(kept, 160, 10, 3, 100)) > 60, 'the frame does not go on');
  assert.equal(await page.locator('#border').isVisible(), false, 'nothing more to say of it');

  await button(page, 'Undo').click();
  await page.getByLabel('Paint over the border').check();
  const painted = await extended();
  assert.ok(darkest(cropped(painted, 157, 10, 6, 100)) > 60, 'no frame is left on the right');
  assert.ok(darkest(cropped(kept, 157, 10, 6, 100)) < 20, 'control: it was there');
  await context.close();
});
