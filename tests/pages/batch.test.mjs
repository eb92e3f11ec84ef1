// One tool for many photos: what another one made is left alone or asked about, all of it is one
// step of undo, and which photos can be chosen. With the stand-in for the engine.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  alerts,
  button,
  openPage,
  save,
  saved,
  says,
  screenshot,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { greyPng, pngFromPicture } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */
/** @typedef {{ name: string, mimeType: string, buffer: Buffer }} PhotoFile */

const TASKS = ['extend', 'colorize', 'defade'];
const { browser, server } = await started(() => startFakeServer({}, TASKS));

/** A photo in shades of grey. @param {string} name @param {number} width @param {number} [height] @returns {PhotoFile} */
const scan = (name, width, height = 30) => ({
  name,
  mimeType: 'image/png',
  buffer: greyPng(width, height),
});
/** One in colour. @param {string} name @param {number} width @returns {PhotoFile} */
function coloured(name, width) {
  const rgba = new Uint8Array(4 * width * 30).map((_, i) => [200, 90, 40, 255][i % 4] ?? 0);
  return { name, mimeType: 'image/png', buffer: pngFromPicture({ width, height: 30, rgba }) };
}

/** @param {string} tool @param {PhotoFile[]} files */
const openAll = (tool, ...files) => openIn(undefined, tool, ...files);
/** @param {{ width: number, height: number } | undefined} viewport @param {string} tool @param {PhotoFile[]} files */
async function openIn(viewport, tool, ...files) {
  const options = { reducedMotion: /** @type {const} */ ('reduce'), ...(viewport && { viewport }) };
  const opened = await openPage(browser, `${server.url}?tool=${tool}`, options);
  await opened.page.getByLabel('Open photo').setInputFiles(files);
  await isOpen(opened.page, 0);
  return opened;
}

/** @param {Page} page */
const photos = (page) => page.locator('#queue-list .photo');
/** What a screen reader says of each: its state, without its name. @param {Page} page */
const states = (page) =>
  photos(page).evaluateAll((all) =>
    all.map((one) => (one.getAttribute('aria-label') ?? '').replace(/^[^:]*: /, '')),
  );
/** @param {Page} page @param {number} place */
async function isOpen(page, place) {
  const open = `#queue-list li:nth-child(${place + 1}) .photo[aria-current=true]`;
  await page.locator(open).waitFor();
  await page.locator('#opening').waitFor({ state: 'hidden' });
}
/** @param {Page} page @param {number} place */
async function goTo(page, place) {
  await photos(page).nth(place).click();
  await isOpen(page, place);
}
/** How wide the open photo is. @param {Page} page */
async function width(page) {
  const name = (await page.locator('#canvas').getAttribute('aria-label')) ?? '';
  return Number(name.match(/\d+/)?.[0]);
}
/** Those of all photos, in turn; ends at the first. @param {Page} page @param {number} count */
async function widths(page, count) {
  const found = [];
  for (let place = 0; place < count; place++) {
    await goTo(page, place);
    found.push(await width(page));
  }
  await goTo(page, 0);
  return found;
}
/** The pixels as they are saved. @param {Page} page */
const bytes = async (page) => (await save(page)).bytes.toString('latin1');
/** @param {Page} page @param {number} px */
async function setRight(page, px) {
  await page.getByLabel('Right', { exact: true }).fill(String(px));
}
/** Extends the open photo by hand. @param {Page} page @param {number} px */
async function extend(page, px) {
  await setRight(page, px);
  await button(page, 'Extend').click();
  await says(page, /^Extended/);
}
/** @param {Page} page */
const dialog = (page) => page.getByRole('dialog', { name: 'Which photos?' });
/** Applies to all; where there is a question, as it proposes. @param {Page} page @param {RegExp | string} done */
async function applyToAll(page, done) {
  await button(page, 'Apply to all').click();
  const run = dialog(page).getByRole('button', { name: /^Apply to \d/ });
  // Whoever loses goes on waiting, so it must not click: a later question is not its to answer.
  const isAsked = await Promise.race([
    run.waitFor().then(() => true),
    says(page, done).then(() => false),
  ]);
  if (isAsked) await run.click();
  await says(page, done);
}

test('freshening all leaves the scans alone that were just coloured', async () => {
  const files = [scan('1.png', 40), scan('2.png', 42), coloured('3.png', 44), scan('4.png', 46)];
  const { page, context, errors } = await openAll('colour', ...files);
  await button(page, 'Colour').click();
  await says(page, /^Coloured in/);
  await applyToAll(page, 'Done: 3 of 4 photos.');
  await goTo(page, 1);
  const before = await bytes(page);
  await goTo(page, 2);
  await button(page, 'Freshen faded colours').click();
  await says(page, /^Freshened/);
  await applyToAll(page, /^Done: /);
  assert.equal((await states(page))[2], 'done');
  await goTo(page, 1);
  assert.equal(await bytes(page), before, 'the scan is as it was coloured');
  await page.keyboard.press('Control+z');
  await goTo(page, 2);
  // Even where that is wished: the scan was opened in black and white.
  await button(page, 'Choose photos').click();
  await dialog(page).getByRole('button', { name: 'All', exact: true }).click();
  await dialog(page)
    .getByRole('button', { name: /^Apply to 4/ })
    .click();
  await says(page, /^Done: 1 of 4 photos/);
  assert.match((await states(page))[0] ?? '', /^left as it was\. This photo is black and white/);
  assert.deepEqual(errors, []);
  await context.close();
});

test('what another tool or setting made is asked about, and left unless it is ticked', async () => {
  const files = [scan('1.png', 40), scan('2.png', 40), scan('3.png', 40)];
  const { page, context } = await openAll('extend', ...files);
  await goTo(page, 1);
  await extend(page, 5);
  await goTo(page, 0);
  await setRight(page, 20);
  await button(page, 'Apply to all').click();
  await dialog(page).getByText('1 of them has a result of another tool or setting').waitFor();
  const ticks = dialog(page).getByRole('checkbox');
  assert.deepEqual(
    await ticks.evaluateAll((all) =>
      all.map((each) => /** @type {HTMLInputElement} */ (each).checked),
    ),
    [true, false, true],
  );
  await screenshot(page, 'batch-choose');
  await page.keyboard.press('Escape');
  assert.deepEqual(await states(page), ['waiting', 'done', 'waiting'], 'nothing was done');
  await button(page, 'Apply to all').click();
  await dialog(page).getByRole('button', { name: 'Apply to 2 photos' }).click();
  await says(page, 'Done: 2 of 2 photos.');
  assert.deepEqual(await widths(page, 3), [60, 45, 60]);
  await context.close();
});

test('a batch is one step of undo, and of redo, for every photo in it', async () => {
  const files = [scan('1.png', 40), scan('2.png', 40), scan('3.png', 40)];
  const { page, context, errors } = await openAll('extend', ...files);
  await goTo(page, 1);
  await extend(page, 5);
  await goTo(page, 0);
  await setRight(page, 20);
  await button(page, 'Choose photos').click();
  await dialog(page).getByRole('button', { name: 'All', exact: true }).click();
  await dialog(page).getByRole('button', { name: 'Apply to 3 photos' }).click();
  await says(page, 'Done: 3 of 3 photos.');
  await page.keyboard.press('Control+z');
  await page.getByText('Undone on 3 photos.').waitFor();
  assert.deepEqual(await states(page), ['waiting', 'done', 'waiting']);
  await page.keyboard.press('Control+Shift+Z');
  await says(page, 'Redone on 3 photos.');
  assert.deepEqual(await states(page), ['done', 'done', 'done']);
  await page.keyboard.press('Control+z');
  assert.deepEqual(await widths(page, 3), [40, 45, 40], 'each as it was before, not as opened');
  assert.deepEqual(errors, []);
  await context.close();
});

test('what was tried on the open photo first is a step of its own', async () => {
  const { page, context } = await openAll('extend', scan('1.png', 40), scan('2.png', 40));
  await extend(page, 20);
  await applyToAll(page, 'Done: 2 of 2 photos.');
  await page.keyboard.press('Control+z');
  assert.deepEqual(await states(page), ['done', 'waiting']);
  await page.keyboard.press('Control+z');
  assert.deepEqual(await states(page), ['waiting', 'waiting']);
  await context.close();
});

test('a batch can be undone from any photo in it, or on that one alone', async () => {
  const files = [scan('1.png', 40), scan('2.png', 40), scan('3.png', 40)];
  const { page, context } = await openAll('extend', ...files);
  await setRight(page, 20);
  await applyToAll(page, 'Done: 3 of 3 photos.');
  await goTo(page, 2);
  await page.keyboard.press('Control+z');
  await page.getByText('Undone on 3 photos.').waitFor();
  assert.deepEqual(await states(page), ['waiting', 'waiting', 'waiting']);
  await button(page, 'Keep it on the others').click();
  assert.deepEqual(await states(page), ['done', 'done', 'waiting']);
  assert.deepEqual(await widths(page, 3), [60, 60, 40]);
  await page.keyboard.press('Control+z');
  await page.getByText('Undone on 2 photos.').waitFor();
  assert.deepEqual(await widths(page, 3), [40, 40, 40]);
  await context.close();
});

test('a batch with new settings replaces the one before, and exceptions stay', async () => {
  const files = [scan('1.png', 40), scan('2.png', 40), scan('3.png', 40)];
  const { page, context } = await openAll('extend', ...files);
  await setRight(page, 20);
  await applyToAll(page, 'Done: 3 of 3 photos.');
  await goTo(page, 1);
  await extend(page, 7); // An exception.
  await goTo(page, 0);
  await setRight(page, 8);
  await button(page, 'Apply to all').click();
  await dialog(page).getByRole('button', { name: 'Apply to 2 photos' }).click();
  await says(page, 'Done: 2 of 2 photos.');
  // The share of the open photo, which was 60 wide, for the third as it was opened.
  assert.deepEqual(await widths(page, 3), [68, 67, Math.round(40 + (8 / 60) * 40)]);
  await page.keyboard.press('Control+z');
  assert.deepEqual(await states(page), ['done', 'done', 'done']);
  assert.deepEqual((await widths(page, 3)).slice(1), [67, 60]);
  await context.close();
});

test('some, none, all, or all like this one', async () => {
  const files = [
    scan('1.png', 80, 60),
    scan('2.png', 120, 90),
    scan('3.png', 60, 80),
    coloured('4.png', 40),
    scan('5.png', 81, 60),
  ];
  const { page, context } = await openAll('extend', ...files);
  await setRight(page, 20);
  await button(page, 'Choose photos').click();
  const run = dialog(page).getByRole('button', { name: /^Apply to/ });
  assert.equal(await run.textContent(), 'Apply to 5 photos');
  await dialog(page).getByRole('button', { name: 'None', exact: true }).click();
  assert.equal(await run.isDisabled(), true);
  await dialog(page).getByRole('button', { name: 'All like this one' }).click();
  await dialog(page).getByRole('button', { name: 'Apply to 3 photos' }).waitFor();
  const ticks = dialog(page).getByRole('checkbox');
  await ticks.nth(1).focus();
  await page.keyboard.press('Space');
  assert.equal(await run.textContent(), 'Apply to 2 photos');
  await run.click();
  await says(page, 'Done: 2 of 2 photos.');
  assert.deepEqual(await states(page), ['done', 'waiting', 'waiting', 'waiting', 'done']);
  await context.close();
});

/** Whether an element is in the window and nothing lies over it. @param {Page} page @param {string} selector */
const isSeen = (page, selector) =>
  page.evaluate((selector) => {
    const element = document.querySelector(selector);
    const { left, right, top, bottom } = /** @type {Element} */ (element).getBoundingClientRect();
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return element?.contains(hit) === true;
  }, selector);
const text = (/** @type {string} */ name, words = 'Dear diary') => ({
  name,
  mimeType: name.endsWith('.txt') ? 'text/plain' : 'image/jpeg',
  buffer: Buffer.from(words),
});

test('what a batch has done is seen without scrolling; the first marked photo comes into view', async () => {
  for (const [width, height] of /** @type {const} */ ([
    [1280, 800],
    [960, 540],
    [640, 360],
    [360, 740],
    [320, 256],
  ])) {
    const files = Array.from({ length: 24 }, (_, i) =>
      i === 17 ? coloured('colours.png', 40) : scan(`${i}.png`, 40 + i),
    );
    const { page, context, errors } = await openIn({ width, height }, 'colour', ...files);
    const marked = '#queue-list li:nth-child(18) .photo';
    assert.ok(!(await isSeen(page, marked)), 'control: it is far to the right');
    if (width >= 640) {
      await button(page, 'Later photos').click();
      await page.waitForTimeout(300);
      assert.ok((await page.locator('#queue-list').evaluate((list) => list.scrollLeft)) > 200);
      await button(page, 'Earlier photos').click();
    }
    await button(page, 'Apply to all').click();
    await says(page, 'Done: 23 of 24 photos.');
    assert.ok(await isSeen(page, '#status'), `${width} × ${height}: the summary`);
    assert.ok(await isSeen(page, marked), `${width} × ${height}: the marked photo`);
    await screenshot(page, `batch-${width}x${height}`);
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test('an archive holds as many results as the strip says, whatever the last tool left alone', async () => {
  const files = [scan('1.png', 40), coloured('2.png', 40), scan('3.png', 40)];
  const { page, context } = await openAll('extend', ...files);
  await button(page, '21:9').click();
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 3 of 3 photos.');
  await page.keyboard.press('c');
  await button(page, 'Apply to all').click();
  await button(page, 'All').click();
  await button(page, 'Apply to 3 photos').click();
  await says(page, 'Done: 2 of 3 photos.');
  await says(page, /^Results: 3 of 3$/);
  await saved(page, () => button(page, 'Save all results as a zip').click());
  await says(page, 'Results in it: 3.');
  await context.close();
});

test('a file that is no picture, and one that is empty, are marked at once and say what they are', async () => {
  const files = [scan('1.png', 40), text('notes.txt'), text('letter.jpg'), text('none.jpg', '')];
  const { page, context } = await openAll('extend', ...files);
  await photos(page).nth(3).and(page.locator('[data-state=failed]')).waitFor();
  assert.deepEqual(await states(page), [
    'waiting',
    'failed. This file is not a picture. Choose a PNG, JPEG, WebP, GIF or BMP file.',
    'failed. This file is not a picture. Choose a PNG, JPEG, WebP, GIF or BMP file.',
    'failed. This file is empty. Try another copy of it.',
  ]);
  await photos(page).nth(3).click();
  await alerts(page, 'This file is empty.');
  await context.close();
});

test('of a photo whose file has changed, what was made stays and is saved; opening it says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'naobu-changed-'));
  const paths = ['1.png', '2.png'].map((name) => join(folder, name));
  for (const [i, path] of paths.entries()) await writeFile(path, greyPng(40 + i, 30));
  try {
    const { page, context } = await openPage(browser, server.url);
    await page.locator('#open-file').setInputFiles(paths);
    await isOpen(page, 0);
    await button(page, '21:9').click();
    await button(page, 'Apply to all').click();
    await says(page, 'Done: 2 of 2 photos.');
    await writeFile(paths[1] ?? '', greyPng(99, 30));
    await photos(page).nth(1).click();
    await alerts(page, 'This file has changed or is gone. What was made of it is kept');
    assert.match((await states(page))[1] ?? '', /^failed\. This file has changed/);
    await says(page, /^Results: 2 of 2\. Failed: 1$/);
    const zip = await saved(page, () => button(page, 'Save all results as a zip').click());
    await says(page, 'Results in it: 2.');
    assert.match(zip.bytes.toString('latin1'), /1\.png.*2\.png/s);
    await context.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
