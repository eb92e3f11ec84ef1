// From a watch held sideways to a wall: in every tool the photo stays large enough to be worked on,
// and every control can be scrolled to and pressed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, says, screenshot, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { BrowserContextOptions, Page } from 'playwright-core' */

const TASKS = [
  'extend',
  'fill',
  'unmosaic',
  'cutout',
  'colorize',
  'defade',
  'enlarge',
  'scratches',
];
const { browser, server } = await started(() =>
  startFakeServer({ steps: 3, stepMillis: 5 }, TASKS),
);

/** 320 × 256 is a window of 1280 × 1024 at 400 %; 640 × 400 one of 1280 × 800 at 200 %;
 * 360 × 400 is a phone with its keyboard on the screen. */
const SIZES = /** @type {const} */ ([
  [320, 256],
  [360, 400],
  [360, 740],
  [740, 360],
  [640, 360],
  [640, 400],
  [960, 540],
  [1280, 800],
  [3840, 2160],
]);
const TOOLS = ['crop', 'extend', 'fill', 'cutout', 'unmosaic', 'colour'];
const KEYS = { crop: 't', extend: 'x', fill: 'f', cutout: 'o', unmosaic: 'u', colour: 'c' };
const LEAST_PX = 120;
/** On phones held upright. */
const LEAST_UPRIGHT_PX = 240;

const square = (/** @type {number} */ side) => ({
  name: 'square.png',
  mimeType: 'image/png',
  buffer: pngFromPicture({ width: side, height: side, rgba: new Uint8Array(4 * side * side) }),
});

/** @param {number} width @param {number} height @param {string} tool @param {BrowserContextOptions} [options] */
async function openSquare(width, height, tool, options = {}) {
  const isPhone = Math.min(width, height) <= 360;
  const touch = isPhone ? { hasTouch: true, isMobile: true } : {};
  const viewport = { width, height };
  const opened = await openPage(browser, `${server.url}?tool=${tool}`, {
    ...{ viewport, reducedMotion: 'reduce', ...touch },
    ...options,
  });
  await opened.page.locator('#open-file').setInputFiles(square(400));
  await opened.page.locator('#canvas[aria-label]').waitFor({ state: 'attached' });
  await opened.page.waitForTimeout(300);
  return opened;
}

/** How many pixels of the photo's middle column are to be seen, none of them covered. @param {Page} page */
function photoHeight(page) {
  return page.evaluate(() => {
    scrollTo(0, 0);
    const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('canvas'));
    const box = canvas.getBoundingClientRect();
    const scale = canvas.height / box.height;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const x = box.width / 2;
    const { data } = context.getImageData(Math.round(x * scale), 0, 1, canvas.height);
    let count = 0;
    for (let y = 0.5; y < box.height; y++) {
      const isPhoto = (data[4 * Math.floor(y * scale) + 3] ?? 0) > 0;
      const top = document.elementFromPoint(box.x + x, box.y + y);
      if (isPhoto && top?.closest('#stage') && !top.closest('.compare')) count += 1;
    }
    return count;
  });
}

/**
 * What of the page can be used in principle, but not be scrolled to or pressed, a line each; and
 * what runs off the sides.
 * @param {Page} page @returns {Promise<string[]>}
 */
function unreachable(page) {
  return page.evaluate(() => {
    const found = [];
    const controls = document.querySelectorAll(
      'button, input, summary, a[href], [role=slider], .tools label',
    );
    for (const control of controls) {
      const isOff = control.matches(':disabled, [aria-disabled=true]');
      const isLaidOver = control.closest('[popover], dialog, .notice') !== null;
      if (isOff || isLaidOver || !control.checkVisibility({ checkVisibilityCSS: true })) continue;
      const isUnseen = control.classList.contains('unseen');
      const element = isUnseen ? (control.closest('label') ?? control) : control;
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const { x, y, width, height } = element.getBoundingClientRect();
      const name = [element.id, element.className, element.textContent?.trim().slice(0, 20)].join();
      const place = [x, y, width, height].map(Math.round).join();
      if (width < 1 || height < 1) found.push(`${name} has no size`);
      const isInside =
        x >= -1 && y >= -1 && x + width <= innerWidth + 1 && y + height <= innerHeight + 1;
      const isHandle = element.classList.contains('handle'); // A part of it may lie beyond the stage.
      if (!isInside && !isHandle) found.push(`${name} at ${place} is cut off`);
      const top = document.elementFromPoint(x + width / 2, y + height / 2);
      const label = element.closest('label');
      const isHit =
        top && (element.contains(top) || top === label || label?.contains(top) || top === element);
      if (!isHit) found.push(`${name} at ${place} is under ${top?.id || top?.className}`);
    }
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > innerWidth) found.push(`the page is ${scrollWidth} wide`);
    for (const box of document.querySelectorAll('.panel, .bar, .foot, .tools, .queue')) {
      if (!box.checkVisibility()) continue;
      const { scrollWidth: inside, clientWidth } = box;
      if (inside > clientWidth + 1)
        found.push(`${box.className} holds ${inside} of ${clientWidth}`);
    }
    scrollTo(0, 0);
    return found;
  });
}

/** Brings the page to a tool with nothing done, then with a result. @param {Page} page @param {string} tool */
async function* statesOf(page, tool) {
  yield tool;
  for (const details of await page.locator('.panel details:not([open]) > summary').all()) {
    if (await details.isVisible()) await details.click();
  }
  if (tool === 'crop') {
    await page.locator('#crop-shapes button').last().click();
    await page.keyboard.press('Control+Enter');
    await says(page, 'Cropped');
  } else if (tool === 'extend') {
    await page.locator('#shapes button').first().click();
    await page.keyboard.press('Control+Enter');
    await says(page, 'Extended');
  } else if (tool === 'colour') {
    await page.locator('#anew-button').click();
    await page.locator('#ask button[value=anew]').click();
    await says(page, 'Coloured');
  } else {
    await page.keyboard.press('r');
    await page.evaluate(() => scrollTo(0, 0));
    const { x, y, width, height } = (await page.locator('#canvas').boundingBox()) ?? {
      ...{ x: 0, y: 0, width: 0, height: 0 },
    };
    await page.mouse.move(x + width / 2 - 20, y + height / 2 - 20);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 20, y + height / 2 + 15, { steps: 3 });
    await page.mouse.up();
    await page.keyboard.press('Control+Enter');
    const done = /** @type {Record<string, RegExp>} */ ({ fill: /^Filled/, cutout: /^Cut out in/ });
    await says(page, done[tool] ?? /^Cells of/);
  }
  await page.waitForTimeout(250);
  yield `${tool}, done`;
}

for (const [width, height] of SIZES) {
  test(`${width} × ${height}: the photo is large enough, every control can be reached`, async () => {
    const found = /** @type {string[]} */ ([]);
    const heights = /** @type {Record<string, number>} */ ({});
    const least = height === 740 ? LEAST_UPRIGHT_PX : LEAST_PX;
    for (const tool of TOOLS) {
      const { page, context, errors } = await openSquare(width, height, tool);
      for await (const state of statesOf(page, tool)) {
        const px = await photoHeight(page);
        heights[state] = px;
        await screenshot(page, `viewport-${width}x${height}-${state.replace(', ', '-')}`);
        for (const line of await unreachable(page)) found.push(`${state}: ${line}`);
        if (px < (state === tool ? least : LEAST_PX)) found.push(`${state}: ${px} px of the photo`);
      }
      assert.deepEqual(errors, []);
      await context.close();
    }
    console.log(`${width} × ${height}:`, JSON.stringify(heights));
    assert.deepEqual(found, []);
  });
}

test('text of twice the size runs off nowhere', async () => {
  for (const [width, height] of /** @type {const} */ ([
    [1280, 800],
    [740, 720],
    [360, 740],
  ])) {
    const found = /** @type {string[]} */ ([]);
    for (const lang of ['en', 'zh']) {
      const { page, context } = await openPage(browser, 'about:blank', {
        viewport: { width, height },
        reducedMotion: 'reduce',
      });
      const session = await context.newCDPSession(page);
      const fontSizes = { standard: 32, fixed: 26 };
      await session.send('Page.setFontSizes', { fontSizes });
      await page.goto(`${server.url}?lang=${lang}`);
      await page.waitForTimeout(150);
      await screenshot(page, `text-${width}-${lang}-first`);
      await page.locator('#open-file').setInputFiles(square(400));
      await page.locator('#canvas[aria-label]').waitFor({ state: 'attached' });
      const size = await page.evaluate(() => getComputedStyle(document.body).fontSize);
      assert.equal(size, '30px', 'control: text is as large as was set');
      for (const [tool, key] of Object.entries(KEYS)) {
        await page.keyboard.press(key);
        await page.waitForTimeout(300);
        const px = await photoHeight(page);
        await screenshot(page, `text-${width}-${lang}-${tool}`);
        for (const line of await unreachable(page)) found.push(`${lang}, ${tool}: ${line}`);
        if (px < LEAST_PX) found.push(`${lang}, ${tool}: ${px} px of the photo`);
      }
      await context.close();
    }
    assert.deepEqual(found, [], `${width} × ${height}`);
  }
});
