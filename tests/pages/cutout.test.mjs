// Cut out, and the pen that clicks, with a stand-in for the engine: it proposes the middle third of a
// photo, and takes a tenth of it for each click.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alerts,
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

/** @import { BrowserContextOptions, Page } from 'playwright-core' */

const TASKS = ['extend', 'fill', 'cutout'];
const SIZE = { width: 300, height: 200 };
const PHOTO = picture('photo.png');
const PROPOSED = '11 % of the photo is selected';
const { browser, server } = await started(() =>
  startFakeServer({ steps: 2, stepMillis: 5 }, TASKS),
);

/** A picture of which the stand-in reads the size alone. @param {string} name */
function picture(name) {
  const rgba = new Uint8Array(4 * SIZE.width * SIZE.height).fill(255);
  return { name, mimeType: 'image/png', buffer: pngFromPicture({ ...SIZE, rgba }) };
}

/** @param {object} behaviour @param {readonly string[]} tasks @param {() => Promise<void>} work */
async function withServer(behaviour, tasks, work) {
  const other = await startFakeServer({ steps: 2, stepMillis: 5, ...behaviour }, tasks);
  const { url } = server;
  server.url = other.url;
  try {
    await work();
  } finally {
    server.url = url;
    await other.close();
  }
}

/**
 * @param {string} [address] @param {BrowserContextOptions} [options]
 * @param {Parameters<import('playwright-core').Locator['setInputFiles']>[0]} [files]
 */
async function open(address = 'tool=cutout', options = {}, files = PHOTO) {
  const still = /** @type {const} */ ({ reducedMotion: 'reduce' });
  const opened = await openPage(browser, `${server.url}?${address}`, { ...still, ...options });
  await opened.page.locator('#engine[data-status=ready]').waitFor({ state: 'attached' });
  await opened.page.locator('#open-file').setInputFiles(files);
  await opened.page.locator('#canvas[aria-label]').waitFor();
  return opened;
}

/** Opens a photo in Cut out, which has proposed what to cut out by the end. @param {Parameters<typeof open>} rest */
async function openProposed(...rest) {
  const opened = await open(...rest);
  await selected(opened.page, PROPOSED);
  return { ...opened, at: await placesOf(opened.page) };
}

/** @param {Page} page @param {string | RegExp} text */
const selected = (page, text) =>
  page.locator('#hole-size').filter({ hasText: text }).waitFor({ state: 'attached' });

/** Where a place of the photo is on the screen: its first and last opaque pixels are its edges. @param {Page} page */
async function placesOf(page) {
  await page.waitForTimeout(150);
  const [left = 0, top = 0, wide = 0] = await page.evaluate(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const { width, height } = canvas;
    const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(
      0,
      0,
      width,
      height,
    );
    let [left, right, top] = [width, 0, height];
    for (let i = 3; i < data.length; i += 4) {
      if (data[i] !== 255) continue;
      const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
      [left, right, top] = [Math.min(left, x), Math.max(right, x + 1), Math.min(top, y)];
    }
    const box = canvas.getBoundingClientRect();
    const px = box.width / width;
    return [box.x + left * px, box.y + top * px, (right - left) * px];
  });
  const scale = wide / SIZE.width;
  /** @param {number} x @param {number} y @returns {[number, number]} */
  return (x, y) => [left + x * scale, top + y * scale];
}

/** @param {Page} page */
const run = async (page) => {
  await button(page, 'Cut out').click();
  await says(page, /^Cut out in \d+ ms$/);
};

/** What the stand-in wrote: the pixels of a PNG, and what a place has in them. @param {Uint8Array} bytes */
function pixelsFrom(bytes) {
  const { width, height } = SIZE;
  const rgba = bytes.subarray(bytes.length - 4 * width * height);
  return (/** @type {number} */ x, /** @type {number} */ y) => [
    ...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 4),
  ];
}

/** The names of the steps, the newest first. @param {Page} page */
const steps = (page) => page.locator('#history-list .entry').allTextContents();

test('opening the tool proposes what stands out, once for each photo; that is one step', async () => {
  const { page, context, errors } = await openProposed();
  await says(page, 'Found. Click what is missing.');
  assert.equal(await page.getByRole('radio', { name: 'Click' }).isChecked(), true);
  await page.keyboard.press('Control+z');
  await selected(page, /^$/);
  await page.keyboard.press('x');
  await page.keyboard.press('o');
  await page.waitForTimeout(200);
  await selected(page, /^$/);
  await button(page, 'Find the subject').click();
  await selected(page, PROPOSED);
  await page.locator('#open-file').setInputFiles(picture('other.png'));
  await page.locator('#file').filter({ hasText: 'other.png' }).waitFor();
  await selected(page, PROPOSED);
  assert.deepEqual(errors, []);
  await context.close();
});

test('what is drawn already is left alone; the key opens the tool', async () => {
  const { page, context } = await open('tool=fill&rect=10,10,60,20&grow=0');
  await selected(page, '2.0 % of the photo is painted');
  await page.keyboard.press('o');
  await selected(page, '2.0 % of the photo is selected');
  await page.waitForTimeout(200);
  await selected(page, '2.0 % of the photo is selected');
  await context.close();
});

test('clicks add and take away, all in one shape; each is a step; the brush corrects it', async () => {
  const { page, context, at, errors } = await openProposed();
  await page.mouse.click(...at(60, 40));
  await selected(page, '1.0 %');
  await page.mouse.click(...at(200, 150));
  await selected(page, '2.0 %');
  assert.deepEqual(await page.locator('.dot').allTextContents(), ['+', '+']);
  await page.mouse.click(...at(60, 40), { button: 'right' });
  await selected(page, '1.0 %');
  await page.keyboard.down('Alt');
  await page.mouse.click(...at(215, 150));
  await page.keyboard.up('Alt');
  await selected(page, '0.5 %');
  assert.deepEqual(await page.locator('.dot').allTextContents(), ['+', '+', '−', '−']);
  await page.keyboard.press('r');
  await page.mouse.move(...at(10.5, 10.5));
  await page.mouse.down();
  await page.mouse.move(...at(39.5, 29.5), { steps: 3 });
  await page.mouse.up();
  await selected(page, '1.5 %');
  await page.keyboard.press('q');
  await page.mouse.click(...at(150, 40));
  await selected(page, '2.5 %');
  await button(page, 'History').click();
  await page.locator('#history-list .entry').nth(7).waitFor();
  const names = [
    'Opened',
    'Subject found',
    'Click',
    'Click',
    'Click',
    'Click',
    'Rectangle',
    'Click',
  ];
  assert.deepEqual((await steps(page)).toSorted(), names.toSorted());
  await page.keyboard.press('Escape');
  for (const size of ['1.5 %', '0.5 %', '1.0 %', '2.0 %', '1.0 %', PROPOSED, /^$/]) {
    await page.keyboard.press('Control+z');
    await selected(page, size);
  }
  assert.deepEqual(errors, []);
  await context.close();
});

test('a first click that takes away keeps what was proposed', async () => {
  const { page, context, at } = await openProposed();
  await page.mouse.click(...at(150, 100), { button: 'right' });
  await selected(page, '10 %');
  await context.close();
});

test('where nothing is found, a sentence says so and nothing changes', async () => {
  await withServer({ selectsNothing: true }, TASKS, async () => {
    const { page, context, errors } = await open();
    await says(page, 'Nothing stands out in this photo.');
    const at = await placesOf(page);
    await page.mouse.click(...at(60, 40));
    await says(page, 'Nothing was found there.');
    await selected(page, /^$/);
    assert.ok(await button(page, 'Undo').isDisabled());
    assert.deepEqual(errors, []);
    await context.close();
  });
});

test('nothing selected and all selected are refused, and nothing is lost', async () => {
  const { page, context } = await openProposed();
  await page.keyboard.press('Delete');
  await button(page, 'Cut out').click();
  await alerts(page, 'Nothing is selected yet.');
  const { width, height } = SIZE;
  await context.close();
  const all = await open(`tool=cutout&rect=0,0,${width},${height}`);
  await selected(all.page, '100 %');
  await button(all.page, 'Cut out').click();
  await alerts(all.page, 'The whole photo is selected');
  await selected(all.page, '100 %');
  await button(all.page, 'Invert').click();
  await button(all.page, 'Cut out').click();
  await alerts(all.page, 'Nothing is selected yet.');
  await all.context.close();
});

test('what is cut out has nothing around it, and is saved so; another background is one step more', async () => {
  const { page, context, errors } = await openProposed();
  await run(page);
  await selected(page, /^$/);
  const { name, bytes } = await save(page);
  assert.equal(name, 'photo-cut-out.png');
  const cut = pixelsFrom(bytes);
  assert.deepEqual(
    [cut(10, 10), cut(250, 100)].map((pixel) => pixel[3]),
    [0, 0],
  );
  assert.equal(cut(150, 100)[3], 255);
  await page.getByRole('radio', { name: 'Colour', exact: true }).last().check();
  await page.locator('#backdrop-colour').fill('#204060');
  await run(page);
  const before = pixelsFrom((await save(page)).bytes);
  assert.deepEqual(before(10, 10), [0x20, 0x40, 0x60, 255]);
  assert.deepEqual(before(150, 100), cut(150, 100));
  await page.getByRole('radio', { name: 'Blurred' }).check();
  assert.ok(await page.getByRole('slider', { name: 'Blurred' }).isVisible());
  await run(page);
  assert.deepEqual(pixelsFrom((await save(page)).bytes)(10, 10), [128, 128, 128, 255]);
  for (let i = 0; i < 3; i++) await page.keyboard.press('Control+z');
  await selected(page, PROPOSED);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a JPEG photo with nothing around it is saved as PNG, with a colour as JPEG', async () => {
  const { page, context } = await openProposed('tool=cutout', {}, sampleFile('portrait'));
  await run(page);
  assert.equal((await save(page)).name, 'portrait-cut-out.png');
  await page.locator('input[name=backdrop][value=colour]').check();
  await run(page);
  assert.equal((await save(page)).name, 'portrait-cut-out.jpg');
  await context.close();
});

test('in Fill a click makes the hole, which grows as any; filled at once where that is wished', async () => {
  const { page, context } = await open('tool=fill&grow=0');
  assert.equal(await page.getByRole('radio', { name: 'Brush' }).isChecked(), true);
  const at = await placesOf(page);
  await page.keyboard.press('q');
  await page.mouse.click(...at(60, 40));
  await selected(page, '1.0 % of the photo is painted');
  await page.getByLabel('Grow').fill('2');
  await selected(page, /^1\.[678] %/);
  await button(page, 'Fill').click();
  await says(page, /^Filled 1\.[678] %/);
  const filled = pixelsFrom((await save(page)).bytes);
  assert.deepEqual(filled(60, 40), [0, 0, 255, 255]);
  assert.notDeepEqual(filled(60, 80), filled(60, 40), 'control: not all of it');
  await page.getByLabel('Fill after each stroke').check();
  await page.mouse.click(...at(200, 120));
  await says(page, /^Filled/);
  assert.deepEqual(pixelsFrom((await save(page)).bytes)(200, 120), [0, 0, 255, 255]);
  await page.mouse.click(...at(150, 100), { button: 'right' });
  await selected(page, /^1[0-9] %/);
  await page.waitForTimeout(400);
  await selected(page, /^1[0-9] %/); // What takes away fills nothing.
  await page.keyboard.press('u');
  assert.equal(await page.locator('#pen-click').isVisible(), false, 'a mosaic is no thing');
  await context.close();
});

test('what is drawn loosely snaps to the thing, in both tools, as one step', async () => {
  for (const [address, share, snapped] of [
    ['tool=cutout', /^6\.0 % of the photo is selected/, /^5\.8 %/],
    ['tool=fill&grow=1', /^6\.[3-9] % of the photo is painted/, /^6\.[0-3] %/],
  ]) {
    const { page, context } = await open(`${address}&rect=60,40,60,60`);
    const before = async () => (await page.locator('#hole-size').textContent()) ?? '';
    await selected(page, share ?? '');
    const drawn = await before();
    await page.locator('#canvas').focus();
    await page.keyboard.press('n');
    await says(page, 'Snapped to the thing that is drawn around');
    await selected(page, snapped ?? '');
    assert.notEqual(await before(), drawn);
    await page.keyboard.press('Control+z');
    await selected(page, drawn);
    await button(page, 'Clear what you painted').click();
    await page.keyboard.press('n');
    await page.waitForTimeout(200);
    assert.equal(await before(), '', 'nothing is drawn, nothing snaps');
    await context.close();
  }
  await withServer({ selectsNothing: true }, TASKS, async () => {
    const { page, context } = await open('tool=fill&rect=60,40,60,60');
    await selected(page, /% of the photo is painted/);
    const drawn = await page.locator('#hole-size').textContent();
    await button(page, 'Snap to the thing').click();
    await says(page, /^Nothing/);
    assert.equal(await page.locator('#hole-size').textContent(), drawn, 'nothing is lost');
    await context.close();
  });
});

test('what is selected goes to Fill as what is to be removed', async () => {
  const { page, context } = await openProposed('tool=cutout&grow=0');
  await button(page, 'Remove it instead').click();
  await says(page, 'What was selected is painted. Now fill it.');
  await selected(page, '11 % of the photo is painted');
  await button(page, 'Fill').click();
  await says(page, /^Filled 11 %/);
  await context.close();
});

test('by keyboard alone: proposed, clicked, taken away, cut out, saved', async () => {
  const { page, context, errors } = await open('tool=extend');
  await page.keyboard.press('o');
  await selected(page, PROPOSED);
  await page.getByRole('application', { name: /^Photo/ }).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await selected(page, '1.0 %');
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await selected(page, /^1\.[2-9]|^2\.0 %/);
  await page.keyboard.press('Alt+Enter');
  await page.waitForTimeout(100);
  assert.deepEqual(await page.locator('.dot').allTextContents(), ['+', '+', '−']);
  await page.keyboard.press('Control+Enter');
  await says(page, /^Cut out in/);
  const { bytes } = await saved(page, () => page.keyboard.press('Control+s'));
  assert.equal(pixelsFrom(bytes)(10, 10)[3], 0);
  assert.deepEqual(errors, []);
  await context.close();
});

test('Escape ends the looking; further clicks wait for nobody', async () => {
  await withServer({ stepMillis: 1500 }, TASKS, async () => {
    const { page, context, errors } = await open();
    await page.getByText('Looking for what stands out').waitFor();
    await page.keyboard.press('Escape');
    await says(page, 'Cancelled. The photo is as it was.');
    await page.waitForTimeout(1700);
    await selected(page, /^$/);
    const at = await placesOf(page);
    await page.mouse.click(...at(60, 40));
    await page.locator('#opening').waitFor();
    await page.locator('.dot').waitFor();
    await page.mouse.click(...at(200, 40));
    assert.equal(await page.locator('.dot').count(), 1, 'one at a time');
    await page.keyboard.press('Escape');
    await page.locator('.dot').waitFor({ state: 'hidden' });
    await page.waitForTimeout(1700);
    await selected(page, /^$/);
    await page.mouse.click(...at(60, 40));
    await page.locator('.dot').waitFor();
    await page.getByRole('radio', { name: 'Extend' }).check();
    await page.waitForTimeout(1700);
    assert.ok(
      await button(page, 'Undo').isDisabled(),
      'what was asked for another tool is dropped',
    );
    assert.deepEqual(errors, []);
    await context.close();
  });
});

test('without a trained network one selects by hand', async () => {
  await withServer({}, ['extend'], async () => {
    const { page, context, errors } = await open();
    await page.getByText('paint over what is to stay').waitFor();
    assert.equal(await page.locator('#pen-click').isVisible(), false);
    assert.ok(await button(page, 'Find the subject').isDisabled());
    assert.equal(await page.getByRole('radio', { name: 'Brush' }).isChecked(), true);
    const at = await placesOf(page);
    await page.keyboard.press('r');
    await page.mouse.move(...at(100.5, 50.5));
    await page.mouse.down();
    await page.mouse.move(...at(199.5, 149.5), { steps: 3 });
    await page.mouse.up();
    await selected(page, '17 %');
    await run(page);
    const cut = pixelsFrom((await save(page)).bytes);
    assert.deepEqual([cut(150, 100)[3], cut(50, 100)[3]], [255, 0]);
    assert.deepEqual(errors, []);
    await context.close();
  });
});

test('what is cut out is put on another of the open photos; that is one step; the photo itself is left alone', async () => {
  const alone = await openProposed();
  const choose = (/** @type {Page} */ page) =>
    page.locator('input[name=backdrop][value=photo]').check();
  await choose(alone.page);
  await alone.page.getByText('Open another photo as well').waitFor();
  await button(alone.page, 'Cut out').click();
  await alerts(alone.page, 'The photo that is to lie behind is closed');
  await selected(alone.page, PROPOSED);
  await alone.context.close();

  const files = [picture('a.png'), picture('b.png'), picture('sea.png')];
  const { page, context, errors } = await openProposed('tool=cutout', {}, files);
  await choose(page);
  const list = page.getByLabel('Photo that lies behind');
  assert.deepEqual(await list.locator('option').allTextContents(), [
    'Choose a photo',
    'b.png',
    'sea.png',
  ]);
  await list.selectOption('sea.png');
  await run(page);
  const cut = pixelsFrom((await save(page)).bytes);
  const behind = [0, 0, 140, 255]; // The corner of what the stand-in reads.
  assert.deepEqual(cut(10, 10), behind);
  assert.notDeepEqual(cut(150, 100), behind, 'control: the thing is still there');
  await page.keyboard.press('Control+z');
  await selected(page, PROPOSED);

  await button(page, 'Apply to all').click();
  await says(page, 'Done: 2 of 2 photos.');
  const states = page.locator('#queue-list .photo');
  const stateOf = (/** @type {number} */ at) => states.nth(at).getAttribute('data-state');
  assert.deepEqual([await stateOf(0), await stateOf(1)], ['done', 'done']);
  assert.equal(await stateOf(2), 'waiting', 'what lies behind is left out');
  await button(page, 'Choose photos').click();
  assert.deepEqual(await page.locator('#choose-list li').count(), 2);
  await page.keyboard.press('Escape');

  // Open itself, and then gone: a sentence says so, and nothing is lost.
  await states.nth(2).click();
  await page.locator('#file').filter({ hasText: 'sea.png' }).waitFor();
  await selected(page, PROPOSED);
  await button(page, 'Cut out').click();
  await alerts(page, 'The photo that is to lie behind is closed');
  await selected(page, PROPOSED);
  await button(page, 'Clear what you painted').click();
  await button(page, 'Remove this photo').click();
  await page.locator('#file').filter({ hasText: 'b.png' }).waitFor();
  assert.equal(await list.locator('option:checked').textContent(), 'Choose a photo');
  assert.deepEqual(pixelsFrom((await save(page)).bytes)(10, 10), behind);
  assert.deepEqual(errors, []);
  await context.close();
});

test('what was cut out can be put before another background after other photos were open', async () => {
  const files = [picture('a.png'), picture('b.png')];
  const { page, context, errors, at } = await openProposed('tool=cutout', {}, files);
  /** @param {number} place @param {string} name */
  const goTo = async (place, name) => {
    await page.locator('#queue-list .photo').nth(place).click();
    await page.locator('#file').filter({ hasText: name }).waitFor();
    await page.locator('#opening').waitFor({ state: 'hidden' });
  };
  // Out of what Fill has made, not out of the photo as it was opened.
  await button(page, 'Remove it instead').click();
  await button(page, 'Fill').click();
  await says(page, /^Filled/);
  await page.keyboard.press('o');
  await page.mouse.click(...at(150, 100));
  await selected(page, '1.0 %');
  await run(page);
  for (const colour of ['#204060', '#a0b0c0']) {
    await goTo(1, 'b.png');
    await goTo(0, 'a.png');
    await page.locator('input[name=backdrop][value=colour]').check();
    await page.locator('#backdrop-colour').fill(colour);
    await run(page);
    const again = pixelsFrom((await save(page)).bytes);
    const rgb = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
    assert.deepEqual(again(10, 10), [...rgb, 255]);
    assert.deepEqual(again(180, 120), [...rgb, 255], 'only what was clicked on');
    assert.deepEqual(again(150, 100), [0, 0, 255, 255]);
  }
  assert.deepEqual(errors, []);
  await context.close();
});

test('the address: a background, and cut out at once', async () => {
  const { page, context } = await open('tool=cutout&auto=1&background=%23a0b0c0');
  await says(page, /^Cut out in/);
  assert.deepEqual(pixelsFrom((await save(page)).bytes)(10, 10), [0xa0, 0xb0, 0xc0, 255]);
  await context.close();
  const wrong = await openPage(browser, `${server.url}?tool=cutout&background=red`);
  await alerts(wrong.page, 'background=red');
  await wrong.context.close();
});

test('applied to all: the thing in each photo is found and cut out by itself', async () => {
  const files = [picture('a.png'), picture('b.png'), picture('c.png')];
  const { page, context, errors, at } = await openProposed('tool=cutout', {}, files);
  await page.mouse.click(...at(60, 40)); // On this one it is something else.
  await selected(page, '1.0 %');
  /** @param {string} kind */
  const applyAll = async (kind) => {
    await page.locator(`input[name=backdrop][value=${kind}]`).check();
    await button(page, 'Apply to all').click();
    await says(page, 'Done: 3 of 3 photos.');
    return pixelsFrom((await save(page)).bytes);
  };
  const coloured = await applyAll('colour');
  assert.deepEqual(coloured(150, 100), [255, 255, 255, 255]);
  assert.notDeepEqual(coloured(60, 40), [255, 255, 255, 255]);
  // Before another background the same is cut out of the same photos.
  const bare = await applyAll('none');
  assert.deepEqual([bare(150, 100)[3], bare(60, 40)[3]], [0, 255]);
  await page.locator('#queue-list .photo').nth(1).click();
  await page.locator('#file').filter({ hasText: 'b.png' }).waitFor();
  await page.locator('#opening').waitFor({ state: 'hidden' });
  const { name, bytes } = await save(page);
  assert.equal(name, 'b-cut-out.png');
  const other = pixelsFrom(bytes);
  assert.deepEqual([other(150, 100)[3], other(60, 40)[3]], [255, 0]);
  await selected(page, /^$/);
  assert.deepEqual(errors, []);
  await context.close();
});

for (const [lang, scheme, words] of /** @type {const} */ ([
  ['en', 'dark', ['Cut out', 'Transparent', 'Find the subject']],
  ['zh', 'light', ['抠图', '透明', '查找主体']],
])) {
  test(`on a phone, in ${lang}: all of it fits and can be pressed by a finger`, async () => {
    const viewport = { width: 360, height: 740 };
    const phone = { viewport, hasTouch: true, isMobile: true, colorScheme: scheme };
    const { page, context } = await open(`tool=cutout&lang=${lang}`, phone);
    await selected(page, '11');
    for (const text of words) {
      assert.ok(
        await page.getByText(text, { exact: true }).and(page.locator(':visible')).count(),
        text,
      );
    }
    for (const label of await page.locator('#pens label, #tools label').all()) {
      const box = await label.boundingBox();
      assert.ok(box && box.width >= 44 && box.height >= 44 && box.x + box.width <= 360);
      const isClipped = await label.evaluate(
        (element) => element.scrollWidth > element.clientWidth,
      );
      assert.equal(isClipped, false, (await label.textContent()) ?? '');
    }
    const at = await placesOf(page);
    await page.touchscreen.tap(...at(150, 100));
    await selected(page, '1.0');
    await screenshot(page, `cutout-${lang}`);
    await context.close();
  });
}

test('a finger takes away, too, once that is chosen; a key flips it; another tool adds again', async () => {
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  const { page, context, errors, at } = await openProposed('tool=cutout', phone);
  await page.touchscreen.tap(...at(60, 40));
  await selected(page, '1.0 %'); // One at a time.
  await page.touchscreen.tap(...at(200, 40));
  await selected(page, '2.0 %');
  const [add, take] = [button(page, 'Add'), button(page, 'Take away')];
  for (const each of [add, take]) {
    const box = await each.boundingBox();
    assert.ok(box && box.width >= 44 && box.height >= 44);
  }
  await take.tap();
  assert.equal(await take.getAttribute('aria-pressed'), 'true');
  assert.equal(await add.getAttribute('aria-pressed'), 'false');
  await page.touchscreen.tap(...at(60, 40));
  await selected(page, '1.0 %');
  assert.deepEqual(await page.locator('.dot').allTextContents(), ['+', '+', '−']);
  await page.keyboard.press('m');
  assert.equal(await add.getAttribute('aria-pressed'), 'true');
  await page.touchscreen.tap(...at(240, 160));
  await selected(page, '2.0 %');
  await page.keyboard.press('m');
  await page.keyboard.press('b');
  assert.equal(await take.isVisible(), false, 'only where one clicks');
  await page.keyboard.press('f');
  await page.keyboard.press('q');
  assert.equal(await add.getAttribute('aria-pressed'), 'true');
  assert.deepEqual(errors, []);
  await context.close();
});
