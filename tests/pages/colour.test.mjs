// Colour in a real browser with the compiled engine and weights that were trained for a minute:
// what is found is put under the photo's own lightness, and settings need no further run.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  PATIENCE_MILLIS,
  TINY,
  button,
  openPage,
  requirePkg,
  sampleFile,
  save,
  says,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { cropped, pictureFromPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { Page } from 'playwright-core' */
/** @import { Picture } from './support/png.mjs' */

const SAMPLE = sampleFile('mountains');
/** @type {Picture} a part of the sample */
let coloured;
requirePkg();
const { browser, server } = await started(() => startServer({ 'www/weights/': TINY }));

before(async () => {
  const { page, context } = await openColour();
  await page.getByLabel('Open photo').setInputFiles(SAMPLE);
  await button(page, 'Colour again').waitFor({ timeout: PATIENCE_MILLIS });
  coloured = cropped(await saved(page), 500, 300, 323, 217);
  await context.close();
});

/** Opens Colour, and counts what the page asks of its worker. @param {string} [address] */
async function openColour(address = '?backend=cpu&format=png&tool=colour') {
  const opened = await openPage(browser, 'about:blank');
  await opened.page.addInitScript(() => {
    const asked = /** @type {string[]} */ ([]);
    Object.assign(globalThis, { asked });
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (/** @type {any} */ message, ...rest) {
      asked.push(message.kind);
      return post.call(this, message, .../** @type {[any]} */ (rest));
    };
  });
  await opened.page.goto(server.url + address, { timeout: PATIENCE_MILLIS });
  return opened;
}

/** How often the page asked for one kind of work. @param {Page} page @param {string} kind */
const asks = (page, kind) =>
  page.evaluate(
    (kind) => /** @type {any} */ (globalThis).asked.filter((/** @type {string} */ k) => k === kind),
    kind,
  );

/** @param {Page} page @param {string} name @param {Picture} picture */
async function open(page, name, picture) {
  const buffer = pngFromPicture(picture);
  await page.getByLabel('Open photo').setInputFiles({ name, mimeType: 'image/png', buffer });
  const label = `Photo, ${picture.width} × ${picture.height}`;
  await page.locator(`#canvas[aria-label="${label}"]`).waitFor({ timeout: PATIENCE_MILLIS });
}

/** @param {Page} page */
const saved = async (page) => pictureFromPng((await save(page)).bytes);

/** Waits until a setting has been put on the whole photo. @param {Page} page @param {() => Promise<unknown>} change */
async function settled(page, change) {
  await change();
  await page.locator('#opening').waitFor({ state: 'hidden' });
}

/** BT.601, as the core's. @param {Picture} picture @param {number} i */
function yuv({ rgba }, i) {
  const [r = 0, g = 0, b = 0] = rgba.subarray(i, i + 3);
  const y = 0.299 * r + 0.587 * g + 0.114 * b;
  return [y, 0.492 * (b - y), 0.877 * (r - y)];
}

/** @param {Picture} picture @returns {Picture} */
function greyed(picture) {
  const rgba = picture.rgba.slice();
  for (let i = 0; i < rgba.length; i += 4) rgba.fill(Math.round(yuv(picture, i)[0] ?? 0), i, i + 3);
  return { ...picture, rgba };
}

/** The most that lightness differs, and the mean chroma of the second. @param {Picture} a @param {Picture} b */
function compared(a, b) {
  let [worst, chroma] = [0, 0];
  for (let i = 0; i < a.rgba.length; i += 4) {
    const [y = 0] = yuv(a, i);
    const [now = 0, u = 0, v = 0] = yuv(b, i);
    worst = Math.max(worst, Math.abs(y - now));
    chroma += Math.hypot(u, v) / (a.rgba.length / 4);
  }
  return { worst, chroma };
}

/** How many pixels differ by more than a few steps. @param {Picture} a @param {Picture} b */
function otherPixels(a, b) {
  let count = 0;
  for (let i = 0; i < a.rgba.length; i += 4) {
    const off = [0, 1, 2].map((c) => Math.abs((a.rgba[i + c] ?? 0) - (b.rgba[i + c] ?? 0)));
    if (Math.max(...off) > 4) count += 1;
  }
  return count;
}

/** @param {Picture} a @param {Picture} b */
const areSame = (a, b) => Buffer.compare(a.rgba, b.rgba) === 0;

/** @param {Page} page */
async function colour(page) {
  await button(page, 'Colour').click();
  await says(page, /^Coloured in \d+ ms on the CPU$/, PATIENCE_MILLIS);
}

test('a grey photo is coloured by one click; variants and sliders run no network', async () => {
  const { page, context, errors, requests } = await openColour();
  const grey = greyed(coloured);
  await open(page, 'album.png', grey);
  const weights = () => requests.filter((url) => /colorize-tiny/.test(url)).length;
  assert.equal(weights(), 0, 'fetched when first needed');
  await colour(page);
  assert.equal(weights(), 1);
  const file = await save(page);
  assert.equal(file.name, 'album-coloured.png');
  const result = pictureFromPng(file.bytes);
  const { worst, chroma } = compared(grey, result);
  assert.ok(worst <= 1, `lightness stays: ${worst}`);
  assert.ok(chroma > 2, `there are colours: ${chroma}`);
  assert.equal(Math.round(compared(grey, grey).chroma), 0, 'control: there were none');

  const variants = page.getByRole('group', { name: 'Variants' }).getByRole('button');
  assert.equal(await variants.count(), 6);
  const pressed = () => page.locator('.variant[aria-pressed=true]').textContent();
  assert.equal(await pressed(), 'Natural');
  await settled(page, () => button(page, 'Bold').click());
  assert.equal(await pressed(), 'Bold');
  const bold = await saved(page);
  assert.ok(!areSame(bold, result), 'another variant has other colours');
  assert.ok(compared(grey, bold).worst <= 1);

  // Saving takes the focus away, so each of these is a visit to the slider of its own.
  const press = async (/** @type {string} */ name, /** @type {string[]} */ ...keys) => {
    await page.getByLabel(name).focus();
    for (const key of keys) await settled(page, () => page.keyboard.press(key));
    return saved(page);
  };
  assert.ok(
    areSame(await press('Saturation', 'Home'), grey),
    'no saturation is the grey photo, byte for byte',
  );
  const saturation = page.getByLabel('Saturation');
  assert.equal(await saturation.getAttribute('aria-valuetext'), '0 %');
  const vivid = await press('Saturation', 'End', 'ArrowLeft', 'ArrowLeft');
  assert.equal(await saturation.getAttribute('aria-valuetext'), '198 %');
  assert.ok(compared(grey, vivid).chroma > 1.2 * compared(grey, bold).chroma);
  assert.ok(compared(grey, vivid).worst <= 1);
  const none = await press('Strength', 'Home');
  assert.ok(areSame(none, grey), 'no strength is the grey photo, byte for byte');
  assert.equal((await asks(page, 'colours')).length, 1, 'one run of the network for all of this');

  for (const [back, before] of [vivid, grey, bold, result, grey].entries()) {
    await page.keyboard.press('Control+z');
    assert.ok(areSame(await saved(page), before), `${back + 1} steps back`);
  }
  assert.ok(await button(page, 'Colour').isVisible(), 'as before it was coloured');
  for (const [on, after] of [result, bold, grey, vivid, grey].entries()) {
    await page.keyboard.press('Control+Shift+Z');
    assert.ok(areSame(await saved(page), after), `${on + 1} steps on again`);
  }
  assert.equal(await page.getByLabel('Strength').inputValue(), '0');
  assert.equal((await asks(page, 'colours')).length, 1);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    requests.filter((url) => !/^(blob|data|about):/.test(url) && !url.startsWith(server.url)),
    [],
  );
  await context.close();
});

test('a hint reaches as far as it is told, and usual colours are a click away', async () => {
  const { page, context, errors } = await openColour();
  const grey = greyed(coloured);
  await open(page, 'album.png', grey);
  await colour(page);
  const plain = await saved(page);
  await button(page, 'Brick').click();
  assert.equal(await button(page, 'Brick').getAttribute('aria-pressed'), 'true');
  assert.ok(await page.getByRole('radio', { name: 'Hint' }).isChecked(), 'a colour takes the pen');
  const box = await page.locator('#canvas').boundingBox();
  assert.ok(box);
  const asked = async () => (await asks(page, 'colours')).length;
  const again = async (/** @type {() => Promise<unknown>} */ change) => {
    const before = await asked();
    await change();
    await says(page, /^Coloured in/, PATIENCE_MILLIS);
    await page.locator('#progress').waitFor({ state: 'hidden' });
    assert.equal(await asked(), before + 1, 'the network ran once more');
    return otherPixels(plain, await saved(page));
  };
  const [x, y] = [box.x + box.width / 2, box.y + box.height * 0.45];
  const usual = await again(() => page.mouse.click(x, y));
  const slider = page.getByRole('slider', { name: 'Reach' });
  const near = await again(() => slider.fill('-3'));
  assert.equal(await slider.getAttribute('aria-valuetext'), '13 %');
  const far = await again(() => slider.fill('3'));
  assert.ok(near > 0 && near < usual && usual < far, `${near}, ${usual}, ${far} pixels`);
  await page.keyboard.press('Control+z');
  assert.equal(await slider.getAttribute('aria-valuetext'), '800 %', 'a setting is no step');
  assert.deepEqual(errors, []);
  await context.close();
});

test('a hint colours the photo anew, and goes by eraser, list and undo', async () => {
  const { page, context, errors } = await openColour();
  const grey = greyed(coloured);
  await open(page, 'album.png', grey);
  await colour(page);
  const plain = await saved(page);
  await page.locator('#hint-colour').fill('#d02020');
  assert.ok(await page.getByRole('radio', { name: 'Hint' }).isChecked(), 'a colour takes the pen');
  const box = await page.locator('#canvas').boundingBox();
  assert.ok(box);
  const [x, y] = [box.x + box.width / 2, box.y + box.height * 0.45];
  const again = async (/** @type {() => Promise<unknown>} */ change) => {
    const before = (await asks(page, 'colours')).length;
    await change();
    await says(page, /^Coloured in/, PATIENCE_MILLIS);
    await page.locator('#progress').waitFor({ state: 'hidden' });
    assert.equal((await asks(page, 'colours')).length, before + 1, 'the network ran once more');
  };
  const dots = page.locator('#dots .dot');
  await again(() => page.mouse.click(x, y));
  assert.equal(await dots.count(), 1);
  const hinted = await saved(page);
  assert.ok(!areSame(hinted, plain), 'other colours');
  assert.ok(compared(grey, hinted).worst <= 1);
  // A drag moves the photo and sets none.
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y + 10, { steps: 4 });
  await page.mouse.up();
  assert.equal(await dots.count(), 1);

  await again(() => page.mouse.click(x + 40, y + 10, { button: 'right' }));
  assert.equal(await dots.count(), 0, 'erased where it went with the photo');
  assert.ok(areSame(await saved(page), plain));
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await saved(page), plain), 'a hint and its colours are one step');
  await page.keyboard.press('Control+Shift+Z');
  assert.equal(await dots.count(), 1);
  assert.ok(areSame(await saved(page), hinted));

  // By keys: the pen begins in the middle of what one sees.
  await page.locator('#canvas').focus();
  await page.keyboard.press('ArrowRight');
  await again(() => page.keyboard.press('Enter'));
  assert.equal(await dots.count(), 2);
  await again(() => button(page, 'Remove hint 2').click());
  assert.equal(await dots.count(), 1);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a coloured photo is coloured anew only when asked, or freshened with a strength', async () => {
  const { page, context, errors } = await openColour();
  await open(page, 'holiday.png', coloured);
  await page.getByText('This photo has colours of its own.').waitFor();
  assert.ok(!(await button(page, 'Colour').isVisible()));
  const dialog = page.getByRole('dialog', { name: 'This photo has colours already' });
  await page.keyboard.press('Control+Enter');
  await button(page, 'Leave them').click();
  await page.keyboard.press('Control+Enter');
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  assert.ok(areSame(await saved(page), coloured));
  assert.equal((await asks(page, 'colours')).length, 0);

  await page.locator('#freshen-button').click();
  await says(page, /^Freshened in \d+ ms on the CPU$/, PATIENCE_MILLIS);
  const file = await save(page);
  assert.equal(file.name, 'holiday-freshened.png');
  const fresh = pictureFromPng(file.bytes);
  assert.ok(!areSame(fresh, coloured));
  const strength = page.getByLabel('Strength');
  assert.ok(!(await page.getByLabel('Saturation').isVisible()));
  await strength.focus();
  await settled(page, () => page.keyboard.press('Home'));
  assert.ok(areSame(await saved(page), coloured), 'no strength changes no byte');
  assert.equal((await asks(page, 'curves')).length, 1);
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await saved(page), fresh));

  await button(page, 'Colour again').click();
  await dialog.getByRole('button', { name: 'Colour again' }).click();
  await says(page, /^Coloured in/, PATIENCE_MILLIS);
  const anew = await saved(page);
  assert.ok(compared(fresh, anew).worst <= 1, 'lightness of what was freshened');
  assert.ok(!areSame(anew, fresh));
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  assert.ok(areSame(await saved(page), coloured));
  assert.deepEqual(errors, []);
  await context.close();
});

test('without weights the tool says so and has no button', async () => {
  const plain = await startFakeServer();
  const { page, context } = await openPage(browser, `${plain.url}?tool=colour`);
  await open(page, 'grey.png', { width: 64, height: 48, rgba: new Uint8Array(4 * 64 * 48) });
  await page.getByText(/^There is no trained network for colouring yet/).waitFor();
  for (const name of ['Colour', 'Colour again', 'Freshen faded colours']) {
    assert.ok(!(await button(page, name).isVisible()), name);
  }
  await context.close();
  await plain.close();
});

test('all of it by keys, and from the address', async () => {
  const fake = await startFakeServer({ steps: 1 }, ['extend', 'colorize', 'defade']);
  const address = `${fake.url}?sample=sea&tool=colour`;
  const { page, context, errors } = await openPage(browser, address, { reducedMotion: 'reduce' });
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
    });
  /** @param {RegExp} name */
  const tabTo = async (name) => {
    for (let i = 0; i < 60; i++) {
      if (name.test(await focused())) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`${name} is not reached by Tab`);
  };
  await button(page, 'Colour again').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('dialog', { name: 'This photo has colours already' }).waitFor();
  assert.equal(await focused(), 'Leave them', 'the answer that changes nothing is the first');
  await tabTo(/^Colour again$/);
  await page.keyboard.press('Enter');
  await says(page, /^Coloured in/);
  await tabTo(/^Bold$/);
  await page.keyboard.press('Space');
  await page.locator('.variant[data-variant=bold][aria-pressed=true]').waitFor();
  await page.getByRole('radio', { name: 'Move' }).focus();
  await page.keyboard.press('ArrowRight');
  await tabTo(/^Photo, /);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await page.locator('#dots .dot').waitFor();
  await says(page, /^Coloured in/);
  assert.equal(await page.locator('.variant[aria-pressed=true]').textContent(), 'Bold', 'kept');
  await page.keyboard.press('Delete');
  await page.locator('#dots .dot').waitFor({ state: 'detached' });
  await says(page, /^Coloured in/);
  await page.keyboard.press('x');
  assert.ok(await page.locator('#extend-panel').isVisible());
  await page.keyboard.press('c');
  assert.ok(await page.locator('#colour-panel').isVisible());
  assert.ok(await button(page, 'Bold').isVisible(), 'another tool leaves the colours alone');
  assert.deepEqual(errors, []);
  await context.close();
  await fake.close();
});

test('while a slider is held a small copy follows it; the whole photo when it is let go', async () => {
  const fake = await startFakeServer({ steps: 1 }, ['extend', 'colorize']);
  const { page, context, errors } = await openPage(browser, `${fake.url}?tool=colour`);
  // The stand-in reads a photo's size and paints it in colours.
  await open(page, 'photo.png', { width: 640, height: 480, rgba: new Uint8Array(4 * 640 * 480) });
  await button(page, 'Colour again').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Colour again' }).click();
  await says(page, /^Coloured in/);
  /** The colour in the middle of the screen. */
  const middle = () =>
    page.evaluate(() => {
      const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const [x, y] = [canvas.width >> 1, canvas.height >> 1];
      return [...context.getImageData(x, y, 1, 1).data];
    });
  const shows = async (/** @type {(rgba: number[]) => boolean} */ test) => {
    for (let i = 0; i < 60; i++) {
      if (test(await middle())) return;
      await page.waitForTimeout(50);
    }
    assert.fail(`the photo shows ${await middle()}`);
  };
  await page.waitForTimeout(1200); // The result sweeps in.
  const [base = 0] = await middle();
  const warmth = await page.getByLabel('Warmth').boundingBox();
  assert.ok(warmth);
  const y = warmth.y + warmth.height / 2;
  await page.mouse.move(warmth.x + warmth.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(warmth.x + warmth.width - 2, y, { steps: 5 });
  await shows(([r = 0]) => r > base + 20);
  assert.ok(await button(page, 'Save').isEnabled());
  await page.evaluate(() => {
    const seen = /** @type {number[]} */ ([]);
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const look = () => {
      const { data } = context.getImageData(canvas.width >> 1, canvas.height >> 1, 1, 1);
      seen.push(data[0] ?? 0);
      requestAnimationFrame(look);
    };
    look();
    // As long as it takes for a large photo.
    const make = /** @type {any} */ (globalThis.createImageBitmap);
    const createImageBitmap = async (/** @type {unknown[]} */ ...how) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return make(...how);
    };
    Object.assign(globalThis, { seen, createImageBitmap });
  });
  await page.mouse.up();
  await page.locator('#opening').waitFor({ state: 'hidden' });
  await page.waitForTimeout(1000);
  const seen = await page.evaluate(() => /** @type {any} */ (globalThis).seen);
  assert.ok(seen.length > 5, `${seen.length} frames`);
  assert.ok(Math.min(...seen) > base + 20, 'in no frame what was there before');
  await page.keyboard.press('Control+z');
  await shows(([r = 0]) => r === base);
  assert.deepEqual(errors, []);
  await context.close();
  await fake.close();
});
