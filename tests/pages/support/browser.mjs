// Headless Chromium for the page tests, and pages that watch themselves.

import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** @import { startServer } from './server.mjs' */

const ROOT = new URL('../../../', import.meta.url);
const ARTEFACTS = new URL('../artefacts/', import.meta.url);
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const BLOCK = /** @type {const} */ ('block');
/** Software WebGPU: slow, but a real implementation. */
export const WEBGPU_FLAGS = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];

function executable() {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`there is no Chromium at ${executablePath}; set CHROMIUM to where it is`);
  }
  return executablePath;
}

/** @param {string[]} [flags] */
export function launch(flags = []) {
  return chromium.launch({ executablePath: executable(), args: [...FLAGS, ...flags] });
}

/** For software on a busy machine: generous, since only a hang should end here. */
export const PATIENCE_MILLIS = 240_000;
/** Weights that were trained for a minute. */
export const TINY = new URL('../tiny-weights/', import.meta.url);

/**
 * A browser and a server for the tests of one file; both end with them.
 * @param {() => ReturnType<typeof startServer>} serve
 */
export async function started(serve) {
  const browser = await launch();
  after(() => browser.close());
  const server = await serve();
  after(() => server.close());
  return { browser, server };
}

/** A sample picture that the page brings along. @param {string} name */
export function sampleFile(name) {
  return fileURLToPath(new URL(`www/samples/${name}.jpg`, ROOT));
}

/** Draws a line through the middle of the photo, once nothing moves or lies there. @param {Page} page */
export async function paintAcross(page) {
  const photo = page.locator('#canvas');
  const box = await photo.boundingBox();
  if (!box) throw new Error('there is no photo to draw on');
  const [x, y] = [box.x + box.width / 2, box.y + box.height * 0.45];
  await photo.hover({ position: { x: box.width / 2 - 40, y: box.height * 0.45 } });
  await page.mouse.down();
  await page.mouse.move(x, y + 20, { steps: 6 });
  await page.mouse.move(x + 40, y - 10, { steps: 6 });
  await page.mouse.up();
}

/**
 * A browser that keeps what it has stored, in `profile`, for the next one that is started on it.
 * @param {string} profile
 */
export async function launchOn(profile) {
  const options = { executablePath: executable(), args: FLAGS, acceptDownloads: true };
  const context = await chromium.launchPersistentContext(profile, { ...options, locale: 'en-GB' });
  context.setDefaultTimeout(15_000);
  return context;
}

export function hasPkg() {
  return existsSync(new URL('pkg/naobu_bg.wasm', ROOT));
}

/** Stops a test that needs the compiled engine where it was not built. */
export function requirePkg() {
  if (!hasPkg()) {
    throw new Error('pkg/ is not built yet; run `cargo xtask serve` or `cargo xtask test` first');
  }
}

/**
 * Opens the page and gathers what a test may want to judge: requests, errors, broken policy.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function openPage(browser, url, options = {}) {
  // A service worker would fetch everything a second time; tests that want one allow it.
  const usual = { acceptDownloads: true, locale: 'en-GB', serviceWorkers: BLOCK };
  const context = await browser.newContext({ ...usual, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const requests = /** @type {string[]} */ ([]);
  const errors = /** @type {string[]} */ ([]);
  context.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, context, requests, errors };
}

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page @param {string} name */
export function button(page, name) {
  return page.getByRole('button', { name, exact: true });
}

/** Waits for the page to announce something. @param {Page} page @param {string | RegExp} text @param {number} [timeout] */
export function says(page, text, timeout = 15_000) {
  return page.getByRole('status').filter({ hasText: text }).waitFor({ timeout });
}

/** Waits for a sentence about what went wrong. @param {Page} page @param {string | RegExp} text */
export function alerts(page, text) {
  return page.getByRole('alert').filter({ hasText: text }).waitFor();
}

/** What the page saves when it is told to. @param {Page} page @param {() => Promise<unknown>} tell */
export async function saved(page, tell) {
  const saving = page.waitForEvent('download', { timeout: 60_000 });
  await tell();
  const download = await saving;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Waits until what was drawn for all input so far is on the screen. @param {Page} page */
export async function nextFrame(page) {
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
}

/** Saves by the button and gives the bytes and the name. @param {Page} page */
export function save(page) {
  return saved(page, () => button(page, 'Save').click());
}

/** Keeps a picture of the page for people to look at. @param {import('playwright-core').Page} page @param {string} name */
export async function screenshot(page, name) {
  await mkdir(ARTEFACTS, { recursive: true });
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, ARTEFACTS)) });
}
