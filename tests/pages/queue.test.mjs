// Several photos at once, with real files and the compiled engine; where something has to be
// stopped in the middle, with the stand-in.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  PATIENCE_MILLIS,
  TINY,
  alerts,
  button,
  openPage,
  paintAcross,
  requirePkg,
  sampleFile,
  save,
  saved as savedBy,
  says,
  started,
} from './support/browser.mjs';
import { largeAvif } from './support/avif.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { cropped, pictureFromPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { BrowserContextOptions, Page } from 'playwright-core' */
/** @import { Picture } from './support/png.mjs' */
/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} PhotoFile */

requirePkg();
const { browser, server } = await started(() => startServer({ 'www/weights/': TINY }));

/** @param {string} name @param {Picture} picture @returns {PhotoFile} */
const fileOf = (name, picture) => ({
  name,
  mimeType: 'image/png',
  buffer: pngFromPicture(picture),
});

/** Every pixel its own, transparent in places. @param {number} width @param {number} height @param {number} seed @returns {Picture} */
function pattern(width, height, seed) {
  const rgba = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const alpha = x % 9 === 0 ? (y * 5) % 256 : 255;
    rgba.set([(2 * x + seed) % 256, (3 * y) % 256, (x * y) % 256, alpha], 4 * i);
  }
  return { width, height, rgba };
}

/** @param {Picture} picture @returns {Picture} */
function greyed({ width, height, rgba }) {
  const grey = rgba.slice();
  for (let i = 0; i < grey.length; i += 4) grey.fill(grey[i + 1] ?? 0, i, i + 3);
  return { width, height, rgba: grey };
}

const [A, B, C] = [1, 40, 90].map((seed) => pattern(131, 77, seed));
const OTHER = pattern(96, 103, 7);
const DAMAGED = {
  name: 'damaged.png',
  mimeType: 'image/png',
  buffer: pngFromPicture(pattern(60, 50, 3)).subarray(0, 900),
};

/** @template T @param {T | undefined} value */
function must(value) {
  assert.ok(value);
  return value;
}
const PHOTOS = [
  fileOf('one.png', must(A)),
  fileOf('two.png', must(B)),
  DAMAGED,
  fileOf('other.png', OTHER),
  fileOf('two.png', must(C)),
];

/** Opens the page with photos in it. @param {string} tool @param {readonly PhotoFile[]} files @param {string} [url] @param {BrowserContextOptions} [options] */
async function openAll(tool, files, url = server.url, options = {}) {
  const address = `${url}?backend=cpu&tool=${tool}`;
  const opened = await openPage(browser, address, { reducedMotion: 'reduce', ...options });
  await opened.page.getByLabel('Open photo').setInputFiles([...files]);
  await opened.page.locator('#canvas[aria-label]').waitFor({ timeout: PATIENCE_MILLIS });
  await opened.page.waitForTimeout(200);
  return opened;
}

/** @param {Page} page */
const photos = (page) => page.getByRole('region', { name: 'Queue' }).locator('.photo');
/** What a screen reader says of each. @param {Page} page */
const labels = (page) =>
  photos(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
/** Waits for the one that is open. @param {Page} page @param {number} place */
const isOpen = async (page, place) => {
  await page
    .locator(`#queue-list li:nth-child(${place + 1}) .photo[aria-current=true]`)
    .waitFor({ timeout: PATIENCE_MILLIS });
  await page.locator('#opening').waitFor({ state: 'hidden', timeout: PATIENCE_MILLIS });
};
/** @param {Page} page @param {number} place */
async function goTo(page, place) {
  await photos(page).nth(place).click();
  await isOpen(page, place);
}
/** @param {Page} page */
const picture = async (page) => pictureFromPng((await save(page)).bytes);
/** @param {Picture} a @param {Picture} b */
const areSame = (a, b) =>
  a.width === b.width && a.height === b.height && Buffer.compare(a.rgba, b.rgba) === 0;

/** Names and contents of an archive, as another program reads it. @param {Buffer} zip */
function unpacked(zip) {
  const script = `
import sys, io, json, base64, zipfile
archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
assert archive.testzip() is None
print(json.dumps([[i.filename, base64.b64encode(archive.read(i)).decode()] for i in archive.infolist()]))`;
  const python = { input: zip, encoding: /** @type {const} */ ('utf8'), maxBuffer: 2 ** 28 };
  const { stdout, stderr } = spawnSync('python3', ['-c', script], python);
  assert.equal(stderr, '');
  return new Map(
    JSON.parse(stdout).map((/** @type {[string, string]} */ [name, data]) => [
      name,
      Buffer.from(data, 'base64'),
    ]),
  );
}

/** Saves all and unpacks it. @param {Page} page */
async function saveAll(page) {
  const file = await savedBy(page, () => button(page, 'Save all results as a zip').click());
  assert.equal(file.name, 'naobu.zip');
  return unpacked(file.bytes);
}

/** The single saves of some photos, by place. @param {Page} page @param {readonly number[]} places */
async function savedAlone(page, places) {
  const found = [];
  for (const place of places) {
    await goTo(page, place);
    found.push(await save(page));
  }
  return found;
}

test('several files: the first opens, and each keeps its strokes and its result', async () => {
  const { page, context, errors } = await openAll('fill', PHOTOS);
  await isOpen(page, 0);
  await page.locator('#queue-list li:last-child canvas[width]').waitFor(); // Small pictures.
  assert.deepEqual(await labels(page), [
    'one.png: waiting',
    'two.png: waiting',
    'damaged.png: failed. This picture is damaged or cut off. Try another copy of the file.',
    'other.png: waiting',
    'two.png: waiting',
  ]);

  await paintAcross(page);
  const painted = await page.locator('#hole-size').textContent();
  assert.match(painted ?? '', /painted/);
  await page.keyboard.press('.');
  await isOpen(page, 1);
  assert.equal(await page.locator('#hole-size').textContent(), '', 'the strokes stay behind');
  await paintAcross(page);
  await button(page, 'Fill').click();
  await says(page, /^Filled/, PATIENCE_MILLIS);
  const filled = await picture(page);
  assert.ok(!areSame(filled, must(B)));
  await page.keyboard.press(',');
  await isOpen(page, 0);
  assert.equal(await page.locator('#hole-size').textContent(), painted, 'the same strokes');
  assert.ok(areSame(await picture(page), must(A)));
  assert.equal((await labels(page))[1], 'two.png: done');

  await goTo(page, 1);
  await says(page, /^Everything is as you left it/);
  assert.ok(areSame(await picture(page), filled), 'byte for byte, transparent pixels too');
  await page.locator('#compare').waitFor();
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await picture(page), must(B)), 'undo leads to the photo as it was opened');
  await page.keyboard.press('Control+Shift+Z');
  assert.ok(areSame(await picture(page), filled));

  await photos(page).nth(2).click();
  await alerts(page, 'This picture is damaged or cut off');
  await isOpen(page, 1);
  assert.match((await labels(page))[2] ?? '', /^damaged\.png: failed\. This picture is damaged/);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a shape to all: the damaged one says so, the zip holds what single saves are', async () => {
  const { page, context, errors } = await openAll('extend', PHOTOS);
  await button(page, '16:9').click();
  await button(page, 'Apply to all').click();
  await page.getByText(/^Photo \d of 5 · Painting/).waitFor({ timeout: PATIENCE_MILLIS });
  await says(page, 'Done: 4 of 5 photos.', PATIENCE_MILLIS);
  await says(page, /^Results: 4 of 5. Failed: 1$/);
  const states = await labels(page);
  assert.equal(states.filter((label) => label?.endsWith(': done')).length, 4);
  assert.match(states[2] ?? '', /damaged\.png: failed\. This picture is damaged/);

  for (const [format, ending] of /** @type {const} */ ([
    ['PNG', 'png'],
    ['JPEG', 'jpg'],
  ])) {
    await button(page, 'Format and quality').click();
    await page.getByRole('radio', { name: format }).check({ force: true });
    await page.keyboard.press('Escape');
    const files = await saveAll(page);
    assert.deepEqual(
      [...files.keys()],
      [`one.${ending}`, `two.${ending}`, `other.${ending}`, `two-2.${ending}`],
    );
    const alone = await savedAlone(page, [0, 1, 3, 4]);
    for (const [i, bytes] of [...files.values()].entries()) {
      assert.equal(Buffer.compare(bytes, alone[i]?.bytes ?? Buffer.alloc(0)), 0, `${format} ${i}`);
    }
    assert.notEqual(
      Buffer.compare(alone[1]?.bytes ?? bytesOf(A), alone[3]?.bytes ?? bytesOf(A)),
      0,
    );
    if (format !== 'PNG') continue;
    for (const [i, photo] of [A, B, OTHER, C].entries()) {
      const result = pictureFromPng(alone[i]?.bytes ?? Buffer.alloc(0));
      const { width, height } = must(photo);
      const wide = Math.max(width, Math.round((height * 16) / 9));
      assert.equal(result.width, wide);
      const left = Math.floor((wide - width) / 2);
      const top = Math.floor((result.height - height) / 2);
      const kept = cropped(result, left, top, width, height);
      assert.ok(areSame(kept, must(photo)), `what the photo shows stays, ${i}`);
    }
  }
  assert.deepEqual(errors, []);
  await context.close();
});

/** @param {Picture | undefined} picture */
const bytesOf = (picture) => Buffer.from(must(picture).rgba);

test('a hole to all is for photos of the same size; the others say why', async () => {
  const { page, context, errors } = await openAll('fill', PHOTOS);
  await paintAcross(page);
  await button(page, 'Fill').click(); // Tried on the first; then the same for all.
  await says(page, /^Filled/, PATIENCE_MILLIS);
  const first = await picture(page);
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 3 of 5 photos.', PATIENCE_MILLIS);
  assert.ok(areSame(await picture(page), first));
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await picture(page), first), 'all of the batch, and nothing else');
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await picture(page), must(A)), 'what was done is not done again');
  await page.keyboard.press('Control+Shift+Z');
  await page.keyboard.press('Control+Shift+Z');
  assert.match((await labels(page))[3] ?? '', /left as it was.*belongs to a photo of 131 × 77/);
  const files = await saveAll(page);
  assert.deepEqual([...files.keys()], ['one.png', 'two.png', 'two-2.png']);
  const pixelsOf = (/** @type {string} */ name) => pictureFromPng(must(files.get(name))).rgba;
  const isHole = (/** @type {number} */ i) =>
    [0, 1, 2].some((c) => first.rgba[4 * i + c] !== must(A).rgba[4 * i + c]);
  const holes = Array.from({ length: 131 * 77 }, (_, i) => i).filter(isHole);
  const same = (/** @type {string} */ name, /** @type {Picture | undefined} */ before) => {
    const after = pixelsOf(name);
    const moved = Array.from({ length: 131 * 77 }, (_, i) => i).filter((i) =>
      [0, 1, 2].some((c) => after[4 * i + c] !== must(before).rgba[4 * i + c]),
    );
    const known = new Set(holes);
    const beside = moved.filter((i) => !known.has(i)).length;
    // Some painted pixels come out as they were, in one photo or in another.
    assert.ok(moved.length > holes.length / 2, `${name} is filled: ${moved.length}`);
    assert.ok(beside < holes.length / 10, `in the same place: ${beside} of ${holes.length}`);
  };
  same('two.png', B);
  same('two-2.png', C);
  await goTo(page, 3);
  await alerts(page, 'What was painted belongs to a photo of 131 × 77');
  assert.deepEqual(errors, []);
  await context.close();
});

test('colours to all, with variant and sliders; a photo that has colours keeps them', async () => {
  const greys = [A, C].map((one, i) => fileOf(`${i}.png`, greyed(must(one))));
  const files = [greys[0], fileOf('coloured.png', must(B)), greys[1]];
  const { page, context, errors } = await openAll(
    'colour',
    files.flatMap((file) => file ?? []),
  );
  await button(page, 'Colour').click();
  await says(page, /^Coloured in/, PATIENCE_MILLIS);
  await button(page, 'Warm').click();
  await page.locator('#opening').waitFor({ state: 'hidden' });
  await page.getByLabel('Saturation').focus();
  await page.keyboard.press('ArrowRight');
  await page.locator('#opening').waitFor({ state: 'hidden' });
  const first = await picture(page);
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 2 of 3 photos.', PATIENCE_MILLIS);
  assert.ok(areSame(await picture(page), first));
  assert.match((await labels(page))[1] ?? '', /left as it was.*already has colours/);
  await goTo(page, 2);
  const third = await picture(page);
  assert.equal(await page.locator('.variant[aria-pressed=true]').textContent(), 'Warm');
  assert.equal(await page.getByLabel('Saturation').inputValue(), '101');
  // The settings still work on it, without a further run, and lead where a run by hand does.
  await page.getByLabel('Strength').focus();
  await page.keyboard.press('Home');
  await page.locator('#opening').waitFor({ state: 'hidden' });
  assert.ok(areSame(await picture(page), greyed(must(C))), 'no strength is the grey photo');
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await picture(page), third));
  const kept = await saveAll(page);
  assert.deepEqual([...kept.keys()], ['0.png', '1.png']);
  assert.deepEqual(errors, []);
  await context.close();
});

test('one that is too large says so when it is clicked, and is shrunk if wanted', async () => {
  const large = { name: 'large.avif', mimeType: 'image/avif', buffer: largeAvif };
  const { page, context, errors } = await openAll('fill', [fileOf('one.png', must(A)), large]);
  await photos(page).nth(1).click();
  await alerts(page, 'more than 26 megapixels');
  assert.match((await labels(page))[1] ?? '', /large\.avif: failed/);
  await button(page, 'Shrink and open').click();
  await isOpen(page, 1);
  await page.locator('#canvas[aria-label="Photo, 6469 × 4018"]').waitFor();
  await goTo(page, 0);
  await goTo(page, 1);
  await page.locator('#canvas[aria-label="Photo, 6469 × 4018"]').waitFor();
  assert.equal((await labels(page))[1], 'large.avif: waiting');
  assert.deepEqual(errors, []);
  await context.close();
});

test('a JPEG that is too large is shrunk by our own decoder', async () => {
  const command = process.env['NAOBU'];
  assert.ok(command, 'NAOBU must name the command; `cargo xtask test` sets it');
  const rgba = new Uint8Array(4 * 4000 * 2500).fill(200);
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
  const input = pngFromPicture({ width: 4000, height: 2500, rgba });
  const options = ['enlarge', '-', '-', '--format=jpg', '--model=none'];
  const { stdout: buffer } = spawnSync(command, options, { input, maxBuffer: 2 ** 26 });
  const { page, context, errors } = await openAll('fill', [
    fileOf('one.png', must(A)),
    { name: 'large.jpg', mimeType: 'image/jpeg', buffer },
  ]);
  await photos(page).nth(1).click();
  await alerts(page, 'more than 26 megapixels');
  await button(page, 'Shrink and open').click();
  await isOpen(page, 1);
  // Half as wide and high, where the browser would shrink it to just below the limit.
  await page.locator('#canvas[aria-label="Photo, 4000 × 2500"]').waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});

test('mosaics are found in each photo by itself', async () => {
  const portrait = await readFile(sampleFile('portrait'));
  const { page, context } = await openPage(browser, `${server.url}?backend=cpu&format=png`);
  const plain = { name: 'plain.jpg', mimeType: 'image/jpeg', buffer: portrait };
  await page.getByLabel('Open photo').setInputFiles(plain);
  await page.locator('#canvas[aria-label]').waitFor({ timeout: PATIENCE_MILLIS });
  const whole = cropped(await picture(page), 400, 200, 480, 360);
  const mosaics = [
    [12, 96],
    [10, 110],
  ].map(([cell = 0, at = 0]) => withMosaic(whole, cell, at));
  await context.close();
  const files = [fileOf('plain.png', whole), ...mosaics.map((one, i) => fileOf(`${i}.png`, one))];
  const opened = await openAll('unmosaic', files);
  await says(opened.page, 'No mosaic was found', PATIENCE_MILLIS);
  await button(opened.page, 'Apply to all').click();
  await says(opened.page, 'Done: 2 of 3 photos.', PATIENCE_MILLIS);
  assert.match((await labels(opened.page))[0] ?? '', /left as it was.*No mosaic was found/);
  const kept = await saveAll(opened.page);
  assert.deepEqual([...kept.keys()], ['0.png', '1.png']);
  for (const [i, bytes] of [...kept.values()].entries()) {
    const before = mosaics[i];
    assert.ok(before && !areSame(pictureFromPng(bytes), before), `${i} is made smooth`);
  }
  await opened.context.close();
});

/** Cells of one side, 10 across and 8 down. @param {Picture} picture @param {number} cell @param {number} at @returns {Picture} */
function withMosaic({ width, height, rgba }, cell, at) {
  const result = rgba.slice();
  const pixel = (/** @type {number} */ c, /** @type {number} */ i) => {
    const [x, y] = [at + (c % 10) * cell, at + Math.floor(c / 10) * cell];
    return 4 * ((y + Math.floor(i / cell)) * width + x + (i % cell));
  };
  for (let c = 0; c < 80; c++) {
    const places = Array.from({ length: cell * cell }, (_, i) => pixel(c, i));
    for (let channel = 0; channel < 3; channel++) {
      const sum = places.reduce((all, place) => all + (rgba[place + channel] ?? 0), 0);
      for (const place of places) result[place + channel] = Math.round(sum / places.length);
    }
  }
  return { width, height, rgba: result };
}

const EMPTY = [1, 2, 3, 4].map((i) => fileOf(`${i}.png`, pattern(40 + i, 30, i)));

/** Opens four photos with the stand-in, and counts what is asked of it. @param {object} behaviour */
async function openSlow(behaviour) {
  const fake = await startFakeServer(behaviour);
  const opened = await openPage(browser, 'about:blank', { reducedMotion: 'reduce' });
  await opened.page.addInitScript(() => {
    const asked = /** @type {string[]} */ ([]);
    Object.assign(globalThis, { asked });
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (/** @type {any} */ message, ...rest) {
      asked.push(message.kind);
      return post.call(this, message, .../** @type {[any]} */ (rest));
    };
  });
  await opened.page.goto(fake.url);
  await opened.page.getByLabel('Open photo').setInputFiles(EMPTY);
  await isOpen(opened.page, 0);
  const asks = (/** @type {string} */ kind) =>
    opened.page.evaluate(
      (kind) =>
        /** @type {any} */ (globalThis).asked.filter((/** @type {string} */ k) => k === kind)
          .length,
      kind,
    );
  return { ...opened, fake, asks };
}

test('Esc stops within a photo, what is done stays, and asking again goes on from there', async () => {
  const { page, context, fake, asks, errors } = await openSlow({ steps: 4, stepMillis: 400 });
  await page.getByLabel('Right', { exact: true }).fill('12');
  await button(page, 'Apply to all').click();
  await page.getByText(/^Photo 3 of 4 · Painting · [23] of 4/).waitFor();
  const share = await page.locator('#progress-bar').evaluate((bar) => {
    return /** @type {HTMLProgressElement} */ (bar).value;
  });
  assert.ok(share > 0.5 && share < 0.75, `progress is true: ${share}`);
  assert.equal(await photos(page).nth(1).getAttribute('aria-disabled'), 'true');
  await page.keyboard.press('Escape');
  await says(page, 'Stopped. 2 of 4 photos are done and stay that way.');
  const done = ['1.png: done', '2.png: done'];
  assert.deepEqual(await labels(page), [...done, '3.png: waiting', '4.png: waiting']);
  await page.waitForTimeout(2000);
  assert.equal((await labels(page))[2], '3.png: waiting', 'nothing comes after the end');
  assert.equal(await asks('extend'), 3);
  assert.equal(await asks('cancel'), 1, 'the photo under way is stopped as well');
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 4 of 4 photos.');
  assert.equal(await asks('extend'), 5, 'the two that were done are not done again');
  assert.deepEqual(errors, []);
  await context.close();
  await fake.close();
});

test('what is wrong with the engine is said once, and no photo is blamed', async () => {
  const { page, context, fake } = await openSlow({ stepFailure: 'device', device: 'webgpu' });
  await page.goto(`${fake.url}?backend=webgpu`);
  await page.getByLabel('Open photo').setInputFiles(EMPTY);
  await isOpen(page, 0);
  await page.getByLabel('Right', { exact: true }).fill('12');
  await button(page, 'Apply to all').click();
  await alerts(page, 'The graphics device does not work here');
  assert.deepEqual(
    await labels(page),
    [1, 2, 3, 4].map((i) => `${i}.png: waiting`),
  );
  await context.close();
  await fake.close();
});

test('leaving asks while any result is not saved', async () => {
  const { page, context, fake } = await openSlow({ steps: 1, stepMillis: 1 });
  let asked = 0;
  page.on('dialog', async (dialog) => {
    asked += 1;
    await dialog.dismiss();
  });
  const leave = async () => {
    await page.evaluate(() => location.reload()).catch(() => {});
    await page.waitForTimeout(300);
  };
  await page.getByLabel('Right', { exact: true }).fill('12');
  await button(page, 'Extend').click();
  await says(page, /^Extended/);
  await page.keyboard.press('.');
  await isOpen(page, 1);
  await leave();
  assert.equal(asked, 1, 'the result of another photo');
  await savedBy(page, () => button(page, 'Save all results as a zip').click());
  await says(page, 'Saved as naobu.zip. Results in it: 1.');
  await leave();
  assert.equal(asked, 1, 'all is saved');
  await context.close();
  await fake.close();
});

test('more files join; one is taken out and put back; arrows and letters do all of it', async () => {
  const { page, context, fake, errors } = await openSlow({});
  const names = async () => (await labels(page)).map((label) => label?.split(':')[0]);
  await page.getByLabel('Open photo').setInputFiles([fileOf('5.png', pattern(50, 40, 5))]);
  await isOpen(page, 4);
  assert.deepEqual(await names(), ['1.png', '2.png', '3.png', '4.png', '5.png']);
  await photos(page).nth(4).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await isOpen(page, 1);
  assert.deepEqual(
    await photos(page).evaluateAll((all) =>
      all.map((one) => /** @type {HTMLElement} */ (one).tabIndex),
    ),
    [-1, 0, -1, -1, -1],
    'one stop for Tab',
  );
  await button(page, 'Remove this photo').click();
  await isOpen(page, 1);
  assert.deepEqual(await names(), ['1.png', '3.png', '4.png', '5.png']);
  await alerts(page, '2.png was removed.');
  await button(page, 'Put it back').click();
  assert.deepEqual(await names(), ['1.png', '2.png', '3.png', '4.png', '5.png']);
  await page.keyboard.press('Control+Shift+S');
  await alerts(page, 'No photo has a result yet');
  assert.deepEqual(errors, []);
  await context.close();
  await fake.close();
});

test('forty photos are not forty sets of pixels', async () => {
  const { page, context, fake } = await openSlow({ steps: 1, stepMillis: 1 });
  const session = await context.newCDPSession(page);
  const used = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const found = /** @type {any} */ (await session.send('Runtime.getHeapUsage'));
    return found.usedSize + found.backingStorageSize;
  };
  const large = Array.from({ length: 40 }, (_, i) => fileOf(`l${i}.png`, pattern(1200, 1, i)));
  for (const { buffer } of large) buffer.writeUInt32BE(1000, 20); // The stand-in reads no further.
  await page.getByLabel('Open photo').setInputFiles(large);
  await isOpen(page, 4);
  const before = await used();
  await page.getByLabel('Right', { exact: true }).fill('300');
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 44 of 44 photos.', PATIENCE_MILLIS);
  const grown = (await used()) - before;
  const picture = 4 * 1200 * 1000;
  assert.ok(grown < 6 * picture, `${(grown / picture).toFixed(1)} pictures more`);
  await context.close();
  await fake.close();
});

test('the camera is offered where the browser has one', async () => {
  const fake = await startFakeServer();
  const camera = 'Take a photo';
  const { page, context } = await openPage(browser, fake.url);
  await page.getByLabel('Open photo').waitFor({ state: 'attached' });
  assert.equal(await page.getByLabel(camera).and(page.locator('input')).isVisible(), false);
  await page.addInitScript(() => {
    Object.defineProperty(HTMLInputElement.prototype, 'capture', { value: 'environment' });
  });
  await page.reload();
  await page.locator('#welcome-camera').waitFor();
  const input = page.locator('#camera-file');
  assert.equal(await input.getAttribute('capture'), 'environment');
  await input.setInputFiles(EMPTY[0] ? [EMPTY[0]] : []);
  await page.locator('#canvas[aria-label="Photo, 41 × 30"]').waitFor();
  assert.equal(await page.locator('#queue').isVisible(), false, 'no strip for one photo');
  await context.close();
  await fake.close();
});
