// Pens: the end that erases, the hand that rests on the screen, and pens that cannot say how hard they
// are pressed. No browser under test has a pen, so its events are told to the page as browsers tell them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, sampleFile, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';

/** @import { Page } from 'playwright-core' */
/** @typedef {'pen' | 'touch' | 'mouse'} Kind */

const { browser, server } = await started(() => startFakeServer({ steps: 2 }, ['extend']));

async function openFill() {
  const opened = await openPage(browser, 'about:blank', { reducedMotion: 'reduce' });
  const { page } = opened;
  // A pointer that is only told of cannot be captured.
  await page.addInitScript(() => (Element.prototype.setPointerCapture = () => {}));
  await page.goto(`${server.url}?tool=fill&brush=40&grow=0`);
  await page.locator('#open-file').setInputFiles(sampleFile('sea'));
  await page.locator('#canvas[aria-label]').waitFor();
  await page.locator('#opening').waitFor({ state: 'hidden' });
  return opened;
}

/**
 * Tells of one event on the photo, at a place counted from its middle.
 * @param {Page} page @param {'down' | 'move' | 'up'} what @param {Kind} pointerType
 * @param {number} x @param {PointerEventInit} [more]
 */
async function tell(page, what, pointerType, x, more = {}) {
  const isUp = what === 'up';
  const init = {
    ...{ pointerType, pointerId: { pen: 7, touch: 8, mouse: 1 }[pointerType], pressure: 0.5 },
    ...{ button: what === 'move' ? -1 : 0, buttons: isUp ? 0 : 1, bubbles: true, cancelable: true },
    ...more,
  };
  await page.evaluate(
    ([type, init, x]) => {
      const canvas = document.querySelector('#canvas');
      const box = canvas?.getBoundingClientRect();
      if (!box) throw new Error('no canvas');
      const at = { clientX: box.x + box.width / 2 + x, clientY: box.y + box.height / 2 };
      canvas?.dispatchEvent(new PointerEvent(type, { ...init, ...at }));
    },
    /** @type {const} */ ([`pointer${what}`, init, x]),
  );
}

/** A stroke to the right. @param {Page} page @param {Kind} kind @param {PointerEventInit} [more] */
async function stroke(page, kind, more = {}) {
  await tell(page, 'down', kind, -80, more);
  for (const x of [-40, 0, 40]) await tell(page, 'move', kind, x, { ...more, button: -1 });
  await tell(page, 'up', kind, 40, more);
}

/** How much of the photo is painted, in per cent. @param {Page} page */
const painted = async (page) =>
  Number.parseFloat((await page.locator('#hole-size').textContent()) || '0');
/** @param {Page} page */
const placeOf = (page) => page.locator('#zoom-level').textContent();

test('the other end of a pen erases, whatever is chosen', async () => {
  const { page, context, errors } = await openFill();
  await stroke(page, 'pen');
  const before = await painted(page);
  assert.ok(before > 0, 'control: its tip paints');
  await stroke(page, 'pen', { button: 5, buttons: 32 });
  assert.equal(await painted(page), 0);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a hand that rests on the screen neither paints nor ends the stroke', async () => {
  const { page, context, errors } = await openFill();
  await stroke(page, 'pen');
  const whole = await painted(page);
  await page.keyboard.press('Control+z');
  const zoom = await placeOf(page);

  await tell(page, 'down', 'pen', -80);
  await tell(page, 'down', 'touch', 90);
  for (const x of [-40, 0, 40]) {
    await tell(page, 'move', 'pen', x, { button: -1 });
    await tell(page, 'move', 'touch', 90 + x, { button: -1 });
  }
  await tell(page, 'up', 'touch', 90);
  await tell(page, 'up', 'pen', 40);
  assert.equal(await painted(page), whole, 'the stroke is as long as without the hand');
  assert.equal(await placeOf(page), zoom, 'nothing was zoomed');
  await page.keyboard.press('Control+z');

  await tell(page, 'down', 'touch', 90); // The hand first, then the pen.
  await stroke(page, 'pen');
  await tell(page, 'up', 'touch', 90);
  assert.equal(await painted(page), whole);
  await page.keyboard.press('Control+z');
  await stroke(page, 'touch');
  assert.equal(await painted(page), 0, 'between two strokes of a pen a hand paints nothing');
  assert.deepEqual(errors, []);
  await context.close();
});

test('a finger paints where there is no pen; a hand that came first gives way to one', async () => {
  const { page, context } = await openFill();
  await stroke(page, 'touch');
  const byFinger = await painted(page);
  assert.ok(byFinger > 0);
  await page.keyboard.press('Control+z');
  await tell(page, 'down', 'touch', 90);
  await tell(page, 'move', 'touch', 95, { button: -1 });
  await stroke(page, 'pen', { pressure: 1 });
  await tell(page, 'up', 'touch', 95);
  assert.equal(await painted(page), byFinger, 'the stroke of the pen, and no dab of the hand');
  await context.close();
});

test('a pen that reports no pressure draws as one that cannot say', async () => {
  const { page, context } = await openFill();
  await stroke(page, 'pen', { pressure: 0.5 });
  const usual = await painted(page);
  await page.keyboard.press('Control+z');
  await stroke(page, 'pen', { pressure: 0 });
  assert.equal(await painted(page), usual);
  await context.close();
});

test('a touch on the photo begins no selection, loupe or zoom of the system', async () => {
  const { page, context } = await openFill();
  const { isPrevented, style } = await page.evaluate(() => {
    const canvas = /** @type {HTMLElement} */ (document.querySelector('#canvas'));
    const event = new Event('touchstart', { bubbles: true, cancelable: true });
    canvas.dispatchEvent(event);
    const { touchAction, userSelect } = getComputedStyle(canvas);
    return { isPrevented: event.defaultPrevented, style: [touchAction, userSelect] };
  });
  assert.ok(isPrevented);
  assert.deepEqual(style, ['none', 'none']);
  await context.close();
});
