// Shortcuts on keyboards of other scripts, and where they must keep still. Browsers under test have
// one layout, so presses are told to the page as browsers tell them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, sampleFile, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';

/** @import { Page } from 'playwright-core' */

const { browser, server } = await started(() => startFakeServer({ steps: 2 }, ['extend']));

async function openFill() {
  const opened = await openPage(browser, `${server.url}?tool=fill&brush=40`);
  await opened.page.locator('#open-file').setInputFiles(sampleFile('sea'));
  await opened.page.locator('#canvas[aria-label]').waitFor();
  await opened.page.locator('#opening').waitFor({ state: 'hidden' });
  return opened;
}

/** @param {Page} page @param {KeyboardEventInit} init @returns {Promise<boolean>} whether the page took it */
function press(page, init) {
  return page.evaluate((press) => {
    const event = new KeyboardEvent('keydown', { ...press, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
    dispatchEvent(new KeyboardEvent('keyup', press));
    return event.defaultPrevented;
  }, init);
}

/** @param {Page} page */
const toolOf = (page) =>
  page.evaluate(() => document.querySelector('input[name=tool]:checked')?.getAttribute('value'));
/** @param {Page} page */
const brushOf = async (page) => Number(await page.locator('#brush-size').inputValue());

test('tools are chosen by the same keys on Cyrillic, Greek, Hebrew and Arabic layouts', async () => {
  const { page, context, errors } = await openFill();
  for (const [key, code, tool] of [
    ['ч', 'KeyX', 'extend'],
    ['а', 'KeyF', 'fill'],
    ['χ', 'KeyX', 'extend'],
    ['θ', 'KeyU', 'unmosaic'],
    ['כ', 'KeyF', 'fill'],
    ['ؤ', 'KeyC', 'colour'],
    ['ب', 'KeyF', 'fill'],
  ]) {
    await press(page, { key: key ?? '', code: code ?? '' });
    assert.equal(await toolOf(page), tool, `${key} at ${code}`);
  }
  assert.deepEqual(errors, []);
  await context.close();
});

test('what a key types counts before where it lies', async () => {
  const { page, context } = await openFill();
  await press(page, { key: 'u', code: 'KeyF' }); // As on a Dvorak keyboard.
  assert.equal(await toolOf(page), 'unmosaic');
  await press(page, { key: 'f', code: 'KeyY' });
  assert.equal(await toolOf(page), 'fill');
  await context.close();
});

test('undo and redo by Ctrl with a Cyrillic letter', async () => {
  const { page, context } = await openFill();
  await press(page, { key: 'ч', code: 'KeyX' });
  await page.getByRole('button', { name: '1:1', exact: true }).click();
  const isAtStart = () => page.locator('button[data-command=undo]').isDisabled();
  assert.ok(!(await isAtStart()), 'control: there is a step');
  assert.ok(await press(page, { key: 'я', code: 'KeyZ', ctrlKey: true }));
  assert.ok(await isAtStart());
  assert.ok(await press(page, { key: 'Я', code: 'KeyZ', ctrlKey: true, shiftKey: true }));
  assert.ok(!(await isAtStart()));
  await context.close();
});

test('brackets typed with AltGr or Option, or where a bracket lies, change the brush', async () => {
  const { page, context } = await openFill();
  let before = await brushOf(page);
  for (const thicker of [
    { key: ']', code: 'Digit9', ctrlKey: true, altKey: true },
    { key: ']', code: 'Digit9', modifierAltGraph: true },
    { key: ']', code: 'Digit6', altKey: true },
    { key: 'ъ', code: 'BracketRight' },
  ]) {
    await press(page, thicker);
    const now = await brushOf(page);
    assert.ok(now > before, JSON.stringify(thicker));
    before = now;
  }
  await context.close();
});

test('nothing happens while a word is composed, nor for letters with Alt', async () => {
  const { page, context } = await openFill();
  for (const still of [
    { key: 'x', code: 'KeyX', isComposing: true },
    { key: 'x', code: 'KeyX', altKey: true },
    { key: '≈', code: 'KeyX', altKey: true },
    { key: '»', code: 'KeyX', modifierAltGraph: true },
  ]) {
    assert.equal(await press(page, still), false, JSON.stringify(still));
    assert.equal(await toolOf(page), 'fill', JSON.stringify(still));
  }
  assert.ok(await press(page, { key: 'x', code: 'KeyX' }), 'control');
  assert.equal(await toolOf(page), 'extend');
  await context.close();
});
