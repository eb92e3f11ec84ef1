// Methods: a tool paints with the one that is chosen, its weights come when it is first used, and the
// answers of all of them lie side by side. With the stand-in for the engine, but for the last test.

import assert from 'node:assert/strict';
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
  save,
  saved,
  says,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { greyPng, pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

/** @import { Page } from 'playwright-core' */

const METHODS = /** @type {const} */ ({
  'fill-contextual': ['fill', 'contextual-attention'],
  'fill-completion-faces': ['fill', 'completion'],
  'extend-sabini': ['extend', 'outpainting'],
  'colorize-deoldify': ['colorize', 'deoldify'],
});
const TASKS = ['extend', 'fill', 'colorize'];
const { browser, server } = await started(() => startFakeServer({ steps: 2 }, TASKS, METHODS));
const FACES = '2017 · faces · Iizuka, Simo-Serra & Ishikawa';
const YU = '2018 · Yu et al.';

/** How red the stand-in paints by a method. @param {string} name */
const redOf = (name) => 10 * name.length;
/** @param {Page} page */
const answers = (page) => page.locator('#answer-list button');
/** @param {Page} page */
const captions = (page) => page.locator('#answer-list span').allTextContents();
/** @param {Page} page */
const method = (page) => page.getByRole('combobox', { name: 'Method' });
/** The weights that were asked for. */
const asked = () =>
  server.asked.map(({ path }) => path).filter((path) => /weights\/.*\.bin$/.test(path));

/** @param {Page} page @param {number} [width] @param {number} [height] */
async function openPhoto(page, width = 120, height = 80) {
  const rgba = new Uint8Array(4 * width * height).fill(255);
  const buffer = pngFromPicture({ width, height, rgba });
  await page
    .locator('#open-file')
    .setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer });
  await page.locator(`#canvas[aria-label*="${width} × ${height}"]`).waitFor();
}

/** A photo with a stroke across it, in Fill. @param {string} [query] */
async function openDrawn(query = '') {
  server.asked.length = 0;
  const opened = await openPage(browser, `${server.url}?tool=fill&format=png${query}`);
  await openPhoto(opened.page);
  await paintAcross(opened.page);
  await opened.page.locator('#hole-size').filter({ hasText: /\S/ }).waitFor();
  return opened;
}

/** How red what was painted is; the photo itself is neither without blue nor all blue. @param {Page} page */
async function painted(page) {
  const rgba = (await save(page)).bytes.subarray(-4 * 120 * 80); // The stand-in's files end with them.
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i + 2] === 255) return 'ours';
    if (rgba[i + 2] === 0) return rgba[i];
  }
  return 'nothing';
}

test('a tool paints with the method that is chosen, and loads it then; ours stays ours', async () => {
  const { page, context, errors } = await openDrawn();
  assert.deepEqual(await method(page).locator('option').allTextContents(), ['Naobu', FACES, YU]);
  assert.equal(await method(page).inputValue(), '');
  assert.ok(!(await page.locator('#method-about').isVisible()));
  await method(page).selectOption(FACES);
  const about = page.locator('#method-about');
  assert.match((await about.textContent()) ?? '', /Two critics.* MIT OR Apache-2\.0\. Loaded when/);
  assert.deepEqual(asked(), ['www/weights/none.bin'], 'choosing fetches nothing');
  await page.keyboard.press('Control+Enter');
  await says(page, /^Filled/);
  assert.deepEqual(asked().slice(1), ['www/weights/fill-completion-faces.bin'], 'that one alone');
  assert.equal(await painted(page), redOf('fill-completion-faces'));
  assert.equal((await save(page)).name, 'photo-filled-completion-faces.png');
  assert.doesNotMatch((await about.textContent()) ?? '', /Loaded when/);
  await page.locator('#about').click();
  const listed = page.locator('#weights .weights-name');
  const names = await listed.allTextContents();
  assert.ok(names.includes('fill-completion-faces') && !names.includes('fill-contextual'));
  await page.keyboard.press('Escape');

  await button(page, 'Undo').click();
  await method(page).selectOption('Naobu');
  await page.keyboard.press('Control+Enter');
  await says(page, /^Filled/);
  assert.equal(await painted(page), 'ours');
  assert.equal((await save(page)).name, 'photo-filled.png');
  await page.locator('input[name=tool][value=cutout]').check();
  assert.ok(!(await page.locator('#method-panel').isVisible()), 'no work does that');
  await page.locator('input[name=tool][value=extend]').check();
  assert.equal(await method(page).inputValue(), '', 'each tool has its own choice');
  assert.deepEqual(errors, []);
  await context.close();
});

test('all methods answer from the same photo: shown by arrow keys, one step of undo', async () => {
  const { page, context, errors } = await openDrawn();
  await button(page, 'All methods').click();
  await says(page, 'Answer 1 of 3: Naobu');
  assert.deepEqual(await captions(page), ['Naobu', '2017 · faces', '2018']);
  assert.equal(await painted(page), 'ours', 'ours is shown');
  assert.ok(await button(page, 'All methods').isDisabled());
  await answers(page).first().focus();
  await page.keyboard.press('ArrowRight');
  await says(page, `Answer 2 of 3: ${FACES}`);
  assert.equal(await painted(page), redOf('fill-completion-faces'));
  assert.equal(await answers(page).nth(1).getAttribute('title'), FACES);
  await answers(page).nth(1).focus();
  await page.keyboard.press('ArrowRight');
  await says(page, `Answer 3 of 3: ${YU}`);
  assert.equal(await painted(page), redOf('fill-contextual'));

  // What is shown is compared with the photo, or with ours.
  const sides = async () => {
    const all = ['#compare-before', '#compare-after'];
    return Promise.all(all.map((side) => page.locator(side).textContent()));
  };
  assert.deepEqual(await sides(), ['Before', 'After']);
  await page.getByRole('radio', { name: 'Naobu', exact: true }).check();
  assert.deepEqual(await sides(), ['Naobu', '2018']);
  // All of what is compared with is shown: ours is blue where theirs is red.
  await page.locator('#compare-range').fill('0');
  await page.waitForFunction(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const { data } = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).getImageData(
      0,
      0,
      canvas.width,
      canvas.height,
    );
    const is = (/** @type {number} */ i, /** @type {number[]} */ rgb) =>
      rgb.every((value, at) => data[i + at] === value);
    const all = Array.from({ length: data.length / 4 }, (_, i) => 4 * i);
    return all.some((i) => is(i, [0, 0, 255])) && !all.some((i) => is(i, [150, 0, 0]));
  });
  await answers(page).first().click();
  assert.ok(!(await page.locator('#against').isVisible()), 'ours is not compared with itself');
  assert.deepEqual(await sides(), ['Before', 'After']);

  await button(page, 'Undo').click();
  assert.equal(await painted(page), 'nothing', 'one step back is the photo with its hole');
  assert.deepEqual(errors, []);
  await context.close();
});

test('in Chinese, all but names, licences and units is Chinese', async () => {
  const { page, context } = await openDrawn('&lang=zh');
  await page.locator('#method').selectOption('fill-completion-faces');
  await page.locator('#ask-all').click();
  await says(page, '第 1 个方案，共 3 个：Naobu');
  const visible = await page.locator('#panel').innerText();
  const names = /Naobu|Iizuka, Simo-Serra & Ishikawa|Yu et al\.|MIT OR Apache|MB/g;
  assert.match(visible, names);
  assert.doesNotMatch(visible.replace(names, ''), /[A-Za-z]{2}/);
  await context.close();
});

test('what was answered already is not asked again; another answer is by the chosen method', async () => {
  const { page, context } = await openDrawn();
  await method(page).selectOption(YU);
  await page.keyboard.press('Control+Enter');
  await says(page, /^Filled/);
  assert.ok(await button(page, 'Another answer').isDisabled(), 'it would be the same');
  await method(page).selectOption('Naobu');
  await button(page, 'Another answer').click();
  await answers(page).nth(1).waitFor();
  await page.locator('#progress').waitFor({ state: 'hidden' });
  await page.keyboard.press('Shift+A');
  await answers(page).nth(2).waitFor();
  assert.deepEqual(await captions(page), ['2018', 'Naobu', '2017 · faces']);
  await context.close();
});

test('what is done stays when all of them are cancelled, or one cannot be had', async () => {
  const slow = await startFakeServer({ steps: 3, stepMillis: 150 }, TASKS, METHODS);
  const { page, context } = await openPage(browser, `${slow.url}?tool=fill&format=png`);
  await openPhoto(page);
  await paintAcross(page);
  await button(page, 'All methods').click();
  await page
    .locator('#progress-text')
    .filter({ hasText: `${FACES} · Painting` })
    .waitFor();
  await page.keyboard.press('Escape');
  await says(page, 'Answer 1 of 1: Naobu');
  assert.equal(await painted(page), 'ours');
  delete slow.replaced['www/weights/fill-contextual.bin'];
  await button(page, 'All methods').click();
  await alerts(page, 'Part of the page could not be loaded.');
  assert.deepEqual(await captions(page), ['Naobu', '2017 · faces']);
  await context.close();
  await slow.close();
});

test('colours by a method keep their settings, and are answers, too', async () => {
  const { page, context } = await openPage(browser, `${server.url}?tool=colour&format=png`);
  await page
    .getByLabel('Open photo')
    .setInputFiles({ name: 'grey.png', mimeType: 'image/png', buffer: greyPng(60, 40) });
  await page.locator('#canvas[aria-label]').waitFor();
  await page.locator('#method').selectOption('2018 · Antic');
  await page.keyboard.press('Control+Enter');
  await says(page, /^Coloured in/);
  const lastOf = async () => [...(await save(page)).bytes.subarray(-4)];
  const [red = 0, green = 0] = await lastOf();
  assert.ok(red > green, `${red} ${green}`);
  await button(page, 'All methods').click();
  await answers(page).nth(1).waitFor();
  await page.locator('#progress').waitFor({ state: 'hidden' });
  const [less = 0] = await lastOf();
  assert.ok(less < red, 'ours is greener');
  await page.locator('#saturation').fill('0');
  await page.locator('#saturation').dispatchEvent('change');
  await button(page, 'History').click();
  await page.locator('#history-list .entry').filter({ hasText: 'Saturation 0 %' }).waitFor();
  await page.keyboard.press('Escape');
  await answers(page).first().click();
  await says(page, /^Answer 1 of 2/);
  assert.deepEqual((await lastOf()).slice(0, 2), [red, green]);
  await answers(page).nth(1).click();
  await says(page, /^Answer 2 of 2/);
  const [plain, alike] = await lastOf();
  assert.equal(plain, alike, 'as it was set last');
  await context.close();
});

test('the address names a method; one that is none gets a sentence', async () => {
  const query = '&sample=field&rect=100,50,128,96&grow=0&method=fill-contextual';
  const { page, context } = await openPage(browser, `${server.url}?tool=fill${query}&auto=1`);
  await says(page, /^Filled/);
  assert.equal(await method(page).inputValue(), 'fill-contextual');
  assert.equal((await save(page)).name, 'field-filled-contextual.jpg');
  await page.goto(`${server.url}?tool=fill${query}x&methods=some`);
  await alerts(
    page,
    'Ignored in the address, because unknown or out of range: methods=some, method=fill-contextualx',
  );
  assert.equal(await method(page).inputValue(), '');
  await context.close();
});

test('the demonstration goes through the methods, the oldest first and ours last', async () => {
  for (const lang of ['en', 'zh']) {
    const query = `?kiosk=1&methods=all&tool=fill&secs=0.4&lang=${lang}`;
    const { page, context, errors } = await openPage(browser, server.url + query);
    const faces = lang === 'en' ? FACES : FACES.replace('faces', '人脸');
    const after = lang === 'en' ? 'Gone.' : '田野';
    for (const [title, words] of [
      [faces, lang === 'en' ? 'Two critics judged it, one the whole, one the hole.' : '评判'],
      [YU, lang === 'en' ? 'It paints roughly' : '大概'],
      [lang === 'en' ? 'Fill' : '修补', after],
    ]) {
      await page.locator('#kiosk-tool').filter({ hasText: title }).waitFor();
      await page.locator('#kiosk-words').filter({ hasText: words }).waitFor();
      const said = (await page.locator('#kiosk-words').textContent()) ?? '';
      assert.ok((said.match(/[.。]/g) ?? []).length <= 2, `short enough: ${said}`);
    }
    await page.locator('#kiosk-tool').filter({ hasText: faces }).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#method').inputValue(), '', 'the visitor had chosen none');
    assert.deepEqual(errors, []);
    await context.close();
  }
});

/** @param {unknown} recipe */
const file = (recipe) => ({
  name: 'mine.json',
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify(recipe)),
});

test('a recipe names the method, and is followed with it; without its weights there is a sentence', async () => {
  const { page, context } = await openPage(browser, `${server.url}?format=png`);
  await openPhoto(page);
  await button(page, '16:9').click();
  await method(page).selectOption('2018 · Sabini & Rusak');
  await button(page, 'Extend').click();
  await says(page, /^Extended to/);
  await button(page, 'Format and quality').click();
  const recipe = await saved(page, () => button(page, 'Save the steps as a recipe').click());
  const steps = [{ tool: 'extend', aspect: '16:9', model: 'extend-sabini' }];
  assert.deepEqual(JSON.parse(recipe.bytes.toString()), { steps });
  await page.keyboard.press('Escape');

  await page.goto(`${server.url}?format=png`);
  await openPhoto(page);
  await page.locator('#open-file').setInputFiles(file({ steps }));
  await says(page, 'The recipe was followed.');
  const { name, bytes } = await save(page);
  assert.equal(name, 'photo-extended-sabini.png');
  assert.equal(bytes.at(-4), redOf('extend-sabini'));
  assert.equal(await method(page).inputValue(), '', 'the choice is the visitor’s');
  await button(page, 'Undo').click();
  for (const model of ['extend-gone', 'fill-contextual', 'none']) {
    await page.locator('#open-file').setInputFiles(file({ steps: [{ ...steps[0], model }] }));
    await alerts(page, `This site has no method of that name for this tool: ${model}.`);
  }
  await context.close();
});

test('all photos of the queue are done by the method that is chosen', async () => {
  const { page, context } = await openPage(browser, `${server.url}?format=png`);
  const scan = (/** @type {string} */ name) => ({
    name,
    mimeType: 'image/png',
    buffer: greyPng(60, 40),
  });
  await page.getByLabel('Open photo').setInputFiles([scan('a.png'), scan('b.png')]);
  await page.locator('#queue-list .photo').nth(1).waitFor();
  await button(page, '16:9').click();
  await method(page).selectOption('2018 · Sabini & Rusak');
  await button(page, 'Apply to all').click();
  await says(page, 'Done: 2 of 2 photos.');
  for (const name of ['a', 'b']) {
    const result = await save(page);
    assert.equal(result.name, `${name}-extended-sabini.png`);
    assert.equal(result.bytes.at(-4), redOf('extend-sabini'));
    await page.keyboard.press('.');
    await page.locator('#canvas[aria-label]').waitFor();
    await page.waitForTimeout(300);
  }
  await context.close();
});

test('weights of a method are no part of a visit, and stay once it was used, without a network', async () => {
  const own = await startFakeServer({ steps: 2 }, TASKS, METHODS);
  const options = { serviceWorkers: /** @type {const} */ ('allow') };
  const opened = await openPage(browser, `${own.url}?tool=fill&format=png`, options);
  const { page, context } = opened;
  await page.locator('#about[data-kept=yes]').waitFor();
  const isMethod = ({ path = '' }) => /fill-\w+.*\.bin$/.test(path);
  assert.ok(!own.asked.some(isMethod), 'a visit fetches none');
  const fill = async (/** @type {string} */ name) => {
    await openPhoto(page);
    await page.locator('#method').selectOption(name);
    await paintAcross(page);
    await page.keyboard.press('Control+Enter');
  };
  await fill(FACES);
  await says(page, /^Filled/);
  const kept = () =>
    page.evaluate(async () => {
      const names = (await caches.keys()).filter((each) => each.endsWith(':weights'));
      return (await (await caches.open(names[0] ?? '')).keys()).length;
    });
  await page.waitForFunction(
    async () => {
      const names = (await caches.keys()).filter((each) => each.endsWith(':weights'));
      return (await (await caches.open(names[0] ?? '')).keys()).length === 2;
    },
    undefined,
    { timeout: 5000 },
  );
  await own.close();
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await page.locator('#engine[data-status=ready]').waitFor();
  await fill(FACES);
  await says(page, /^Filled/);
  assert.equal(await painted(page), redOf('fill-completion-faces'));
  await button(page, 'Undo').click();
  await page.locator('#method').selectOption(YU);
  await page.keyboard.press('Control+Enter');
  await alerts(page, 'Part of the page could not be loaded.');
  assert.equal(await kept(), 2);
  await context.close();
});

test('with the engine itself, on the CPU, each method paints otherwise than our network', async () => {
  requirePkg();
  const { weights } = JSON.parse(await readFile(new URL('manifest.json', TINY), 'utf8'));
  const packs = weights.filter((/** @type {any} */ { work }) => work);
  assert.ok(packs.length > 0);
  const real = await startServer({ 'www/weights/': TINY });
  const settings = /** @type {Record<string, string>} */ ({
    extend: 'right=256',
    fill: 'rect=300,200,200,160&grow=0',
  });
  for (const { name, task, file } of packs) {
    const asked = `tool=${task}&${settings[task] ?? assert.fail(`how is ${task} asked?`)}`;
    const address = `${real.url}?backend=cpu&sample=sea&format=png&auto=1&${asked}`;
    const pictures = [];
    for (const method of ['', `&method=${name}`]) {
      const { page, context, errors } = await openPage(browser, address + method);
      await says(page, /^(Extended to 1792|Filled)/, PATIENCE_MILLIS);
      pictures.push((await save(page)).bytes);
      assert.deepEqual(errors, []);
      await context.close();
    }
    const fetched = real.asked.filter(({ path }) => path.endsWith(file));
    assert.equal(fetched.length, 1, 'ours does not need it');
    assert.ok(pictures[0]?.length && !pictures[0].equals(pictures[1] ?? pictures[0]), name);
  }
  await real.close();
});
