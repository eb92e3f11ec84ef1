// The page by itself: one tool after the other, without a network, until somebody comes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { button, launch, openPage, says } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { greyPng, pngFromPicture } from './support/png.mjs';

/** @import { Browser, Page } from 'playwright-core' */

const TASKS = ['extend', 'unmosaic', 'colorize', 'defade'];
const BEFORE = {
  Extend: 'This photo ends at its frame.',
  Fill: 'The barn is in the way.',
  Unmosaic: 'A mosaic hides what was here.',
  Colour: 'A photo in black and white.',
};
/** @type {Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startFakeServer>>} */
let server;

before(async () => {
  browser = await launch();
  server = await startFakeServer({ steps: 3, stepMillis: 20 }, TASKS);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/**
 * Opens the kiosk, and counts what it asks of the screen.
 * @param {string} [address] @param {import('playwright-core').BrowserContextOptions} [options]
 */
async function openKiosk(address = '?kiosk=1&secs=0.4', options = {}) {
  const opened = await openPage(browser, 'about:blank', options);
  await opened.page.addInitScript(() => {
    const screen = { locks: 0, releases: 0, fills: 0 };
    Object.assign(globalThis, { asked: screen });
    Object.defineProperty(navigator, 'wakeLock', {
      value: {
        async request() {
          screen.locks += 1;
          return { release: async () => void (screen.releases += 1) };
        },
      },
    });
    const fill = Element.prototype.requestFullscreen;
    Element.prototype.requestFullscreen = function (...rest) {
      screen.fills += 1;
      return fill.call(this, ...rest);
    };
  });
  await opened.page.goto(server.url + address);
  return opened;
}

/** What was asked of the screen. @param {Page} page @returns {Promise<Record<string, number>>} */
const asked = (page) => page.evaluate(() => /** @type {any} */ (globalThis).asked);
/** @param {Page} page @param {string} text */
const caption = (page, text) =>
  page.locator('#kiosk-words').filter({ hasText: text }).waitFor({ timeout: 30_000 });
/** @param {Page} page */
const stopped = (page) => page.locator('#kiosk').waitFor({ state: 'hidden' });

test('all tools in turn, round after round; the screen stays on; nothing goes wrong', async () => {
  const { page, context, errors, requests } = await openKiosk();
  for (const [title, before] of Object.entries(BEFORE)) {
    await caption(page, before);
    assert.equal(await page.locator('#kiosk-tool').textContent(), title);
  }
  await caption(page, BEFORE.Extend);
  const { locks, releases, fills } = await asked(page);
  assert.deepEqual([locks, releases, fills], [1, 0, 0]);
  assert.equal(await page.locator('.panel').isVisible(), false, 'the photo and its caption alone');
  assert.ok(await page.locator('#canvas').isVisible());
  assert.deepEqual(errors, []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(server.url) && !/^(blob|data|about):/.test(url)),
    [],
  );
  await context.close();
});

test('what it shows was done: a wider photo, a hole filled, a guess beside the truth, colours', async () => {
  const { page, context } = await openKiosk('?kiosk=1&secs=1.5');
  await caption(page, 'Now it goes on');
  await page.locator('#canvas[aria-label="Photo, 2389 × 1024"]').waitFor();
  await caption(page, 'Gone.');
  await caption(page, 'A guess at it');
  assert.match((await page.locator('#judged').textContent()) ?? '', /dB.*dB/);
  await page.locator('#divider:not([hidden])').waitFor({ state: 'attached' });
  assert.equal(await page.locator('#side-before').textContent(), 'Truth');
  await caption(page, 'Its colours are a guess');
  assert.ok(await page.locator('#ask').isHidden(), 'nothing was asked');
  await context.close();
});

test('what is cut out is shown where the weights for it are there, and left out elsewhere', async () => {
  const trained = await startFakeServer({ steps: 3, stepMillis: 20 }, [...TASKS, 'cutout']);
  const { page, context, errors } = await openPage(
    browser,
    `${trained.url}?kiosk=1&secs=0.4&tool=cutout`,
  );
  await caption(page, 'A figure in front of its background.');
  await caption(page, 'Found and cut out in this browser');
  await page.keyboard.press('Escape');
  await stopped(page);
  await page.locator('#divider').waitFor({ state: 'hidden' });
  assert.deepEqual(errors, []);
  await context.close();
  await trained.close();
  const without = await openKiosk('?kiosk=1&secs=0.4&tool=cutout');
  await without.page.locator('#engine[data-status=ready]').waitFor();
  await without.page.waitForTimeout(1000);
  await stopped(without.page);
  await without.context.close();
});

test('the first key offers the full screen, the next stops; the page is as usable as ever', async () => {
  const { page, context } = await openKiosk();
  await caption(page, BEFORE.Fill);
  await page.getByText('Press any key or click for full screen.').waitFor();
  await page.keyboard.press('Shift'); // By itself nothing.
  assert.equal((await asked(page))['fills'], 0);
  await page.keyboard.press('f');
  await page.getByText('Any key or click stops the demonstration.').waitFor();
  assert.equal((await asked(page))['fills'], 1);
  await caption(page, BEFORE.Unmosaic); // It goes on.
  await page.keyboard.press('b');
  await stopped(page);
  const { releases } = await asked(page);
  assert.equal(releases, 1, 'the screen may go dark again');
  await page.getByRole('alert').filter({ hasText: 'The page is yours.' }).waitFor();
  await button(page, 'Go on').click();
  await caption(page, BEFORE.Extend);
  await page.keyboard.press('Escape');
  await stopped(page);

  await page.keyboard.press('x');
  await page.locator('#shapes button').first().click();
  await button(page, 'Extend').click();
  await says(page, /^Extended to/);
  await context.close();
});

for (const [what, stop] of /** @type {[string, (page: Page) => Promise<unknown>][]} */ ([
  ['the button', (page) => page.getByRole('button', { name: 'Stop' }).click()],
  ['Enter on the button', (page) => page.keyboard.press('Enter')],
  ['Escape', (page) => page.keyboard.press('Escape')],
  ['the right button', (page) => page.mouse.click(300, 300, { button: 'right' })],
  ['the wheel', (page) => page.mouse.wheel(0, 100)],
  ['a second click', (page) => page.mouse.click(300, 300).then(() => page.mouse.click(310, 300))],
])) {
  test(`it is stopped at once by ${what}, also in the middle of a run`, async () => {
    const slow = await startFakeServer({ steps: 50, stepMillis: 200 }, TASKS);
    const { page, context } = await openPage(browser, `${slow.url}?kiosk=1&secs=0.3`);
    await page.mouse.move(300, 200);
    await page
      .locator('#kiosk-progress')
      .filter({ hasText: /Painting/ })
      .waitFor();
    await stop(page);
    await stopped(page);
    await says(page, 'Cancelled');
    await page.locator('.panel').waitFor();
    await page.waitForTimeout(1_000);
    assert.ok(await page.locator('#kiosk').isHidden(), 'and stays so');
    await context.close();
    await slow.close();
  });
}

test('only the tool that was asked for; in Chinese; without motion', async () => {
  const { page, context } = await openKiosk('?kiosk=1&secs=0.4&tool=colour&lang=zh', {
    reducedMotion: 'reduce',
  });
  await page.evaluate(() => {
    const seen = /** @type {Set<string>} */ (new Set());
    Object.assign(globalThis, { seen });
    const tool = document.querySelector('#kiosk-tool');
    const note = () => seen.add(tool?.textContent ?? '');
    if (tool) new MutationObserver(note).observe(tool, { childList: true });
    note();
  });
  for (let round = 0; round < 2; round++) {
    await caption(page, '一张黑白照片。');
    await caption(page, '颜色是猜的');
  }
  const seen = await page.evaluate(() => [.../** @type {any} */ (globalThis).seen]);
  assert.deepEqual(
    seen.filter((text) => text !== ''),
    ['上色'],
  );
  await context.close();
});

test('it goes on without a network', async () => {
  const { page, context } = await openKiosk('?kiosk=1&secs=0.4', { serviceWorkers: 'allow' });
  await page.locator('#about[data-kept=yes]').waitFor({ state: 'attached', timeout: 60_000 });
  await caption(page, BEFORE.Colour);
  await context.setOffline(true);
  for (const before of Object.values(BEFORE)) await caption(page, before);
  await page.reload();
  for (const before of Object.values(BEFORE)) await caption(page, before);
  assert.ok(await page.locator('#notice').isHidden());
  await context.close();
});

test('where nothing can be shown it stops and says why, rather than try for ever', async () => {
  const { page, context } = await openPage(browser, 'about:blank');
  await page.route('**/www/samples/*.jpg', (route) => route.abort());
  await page.goto(`${server.url}?kiosk=1&secs=0.2&tool=fill`);
  await page.getByRole('alert').filter({ hasText: 'could not be loaded' }).waitFor();
  await stopped(page);
  await page.locator('#welcome').waitFor();
  await context.close();
});

test('what is said is seen at the same moment, and nothing but the end can be pressed', async () => {
  const { page, context } = await openKiosk('?kiosk=1&secs=1');
  await page.evaluate(() => {
    const seen = /** @type {[string, string, string][]} */ ([]);
    Object.assign(globalThis, { seen });
    const words = /** @type {Element} */ (document.querySelector('#kiosk-words'));
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector('#canvas'));
    const look = () => {
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      const { data } = context.getImageData(canvas.width / 2, canvas.height * 0.42, 60, 1);
      const isGrey = data.every((value, i) => i % 4 === 3 || value === data[i - (i % 4)]);
      return isGrey ? 'grey' : 'coloured';
    };
    new MutationObserver(() => {
      const said = words.textContent ?? '';
      const name = document.title.replace(/ .*/, '');
      // Once the picture has had time to be drawn, and before anything else is done to it.
      if (said) setTimeout(() => seen.push([said, name, look()]), 300);
    }).observe(words, { childList: true });
  });
  await caption(page, BEFORE.Colour);
  await page.waitForTimeout(400);
  const seen = /** @type {[string, string, string][]} */ (
    await page.evaluate(() => /** @type {any} */ (globalThis).seen)
  );
  const of = (/** @type {string} */ said) => seen.find(([words]) => words === said)?.slice(1);
  assert.deepEqual(of(BEFORE.Fill), ['field.jpg', 'coloured']);
  assert.deepEqual(of(BEFORE.Colour), ['mountains.jpg', 'grey']);
  // The stand-in hides things in grey.
  assert.deepEqual(of(BEFORE.Unmosaic), ['portrait.jpg', 'grey']);
  const free = await page.evaluate(() =>
    [...document.querySelectorAll('button, input, a, summary, [tabindex]')]
      .filter((control) => !control.closest('[inert]'))
      .map((control) => control.id),
  );
  assert.deepEqual(free, ['kiosk-stop']);
  assert.ok(!(await page.locator('#sources-bar').isVisible()));
  assert.ok(await page.locator('.brand').isVisible());
  await page.keyboard.press('f');
  await page.locator('.brand').waitFor({ state: 'hidden' });
  await context.close();
});

test('photos that are open are the programme: what was made of them, or what can be', async () => {
  const { page, context, errors } = await openPage(browser, `${server.url}?secs=0.5`);
  const rgba = new Uint8Array(4 * 200 * 150).fill(255);
  const own = [
    ['made.png', pngFromPicture({ width: 200, height: 150, rgba })],
    ['plain.png', pngFromPicture({ width: 200, height: 150, rgba })],
    ['scan.png', greyPng(90, 60)],
  ].map(([name, buffer]) => ({
    name: String(name),
    mimeType: 'image/png',
    buffer: /** @type {Buffer} */ (buffer),
  }));
  await page.locator('#open-file').setInputFiles(own);
  await page.locator('#queue-list .photo').nth(2).waitFor();
  await page.locator('#opening').waitFor({ state: 'hidden' });
  await button(page, '1:1').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to 200 × 200');
  await page.evaluate(() => {
    const seen = /** @type {string[]} */ ([]);
    Object.assign(globalThis, { seen });
    const words = /** @type {Element} */ (document.querySelector('#kiosk-words'));
    new MutationObserver(() => {
      if (words.textContent)
        seen.push(`${document.title.replace(/ .*/, '')}: ${words.textContent}`);
    }).observe(words, { childList: true });
  });
  await button(page, 'Show these photos as a demonstration').click();
  await caption(page, 'Its colours are a guess');
  await caption(page, 'Before');
  await page.keyboard.press('Escape');
  await stopped(page);
  const seen = /** @type {string[]} */ (
    await page.evaluate(() => /** @type {any} */ (globalThis).seen)
  );
  assert.deepEqual(seen.slice(0, 6), [
    'made.png: Before',
    'made.png: After',
    'plain.png: This photo ends at its frame.',
    'plain.png: Now it goes on, step by step, painted in this browser.',
    'scan.png: A photo in black and white.',
    'scan.png: Its colours are a guess, its light is its own.',
  ]);
  assert.equal(await page.locator('#queue-list .photo').count(), 3, 'and stay open');
  assert.deepEqual(errors, []);
  await context.close();
});
