// The page without a network, and how it changes to a new version: a service worker, a real one.
//
// The engine is the stand-in, but for the first test, which must show that everything the real one
// needs is kept.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  PATIENCE_MILLIS,
  button,
  launch,
  launchOn,
  openPage,
  paintAcross,
  requirePkg,
  sampleFile,
  save,
  says,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pictureFromPng } from './support/png.mjs';
import { precacheText, sha256 } from './support/precache.mjs';
import { startServer } from './support/server.mjs';

/** @import { Browser, Page } from 'playwright-core' */

const ROOT = new URL('../../', import.meta.url);
const SAMPLE = sampleFile('sea');
const KEPT = '#about[data-kept=yes]';
/** @type {Browser} */
let browser;
/** @type {string} */
let profile;

before(async () => {
  browser = await launch();
  profile = await mkdtemp(join(tmpdir(), 'naobu-profile-'));
});
after(async () => {
  await browser?.close();
  await rm(profile, { recursive: true, force: true });
});

/** Opens the page and waits until it is kept. @param {string} url */
async function openKept(url) {
  const opened = await openPage(browser, url, { serviceWorkers: 'allow' });
  await opened.page.locator(KEPT).waitFor();
  return opened;
}

/** @param {Page} page */
async function openSample(page) {
  await page.getByLabel('Open photo').setInputFiles(SAMPLE);
  await page
    .locator('#size-from')
    .filter({ hasText: '×' })
    .waitFor({ state: 'attached', timeout: PATIENCE_MILLIS });
}

/** Uses every tool and saves what it made. @param {Page} page @param {string} url */
async function useEveryTool(page, url) {
  const tools = await page
    .locator('input[name=tool]')
    .evaluateAll((inputs) => inputs.map((input) => /** @type {HTMLInputElement} */ (input).value));
  const run = () => page.keyboard.press('Control+Enter');
  const uses = /** @type {Record<string, [() => Promise<void>, RegExp]>} */ ({
    crop: [() => button(page, '1:1').click().then(run), /^Cropped to/],
    extend: [() => button(page, '16:9').click().then(run), /^Extended to/],
    fill: [() => paintAcross(page).then(run), /^Filled/],
    cutout: [
      async () => {
        await says(page, /^(Found\.|Nothing stands out)/, PATIENCE_MILLIS);
        await page.getByRole('radio', { name: 'Brush', exact: true }).check();
        await paintAcross(page);
        await run();
      },
      /^Cut out in/,
    ],
    unmosaic: [
      async () => {
        await says(page, /^(No mosaic was found|Found a mosaic)/, PATIENCE_MILLIS);
        await paintAcross(page);
        await page.getByLabel('Cell, px').fill('12');
        await run();
      },
      /^Cells of 12 px (smoothed|repainted)/,
    ],
    colour: [
      async () => {
        await run();
        const ask = page.getByRole('dialog', { name: 'This photo has colours already' });
        await ask.getByRole('button', { name: 'Colour again' }).click();
      },
      /^Coloured in/,
    ],
    freshen: [() => page.locator('#freshen-button').click(), /^Freshened in/],
  });
  const names = /** @type {string[]} */ ([]);
  for (const tool of [...tools, 'freshen']) {
    const [use, done] = uses[tool] ?? assert.fail(`nothing uses ${tool}`);
    await page.goto(`${url}?backend=cpu&format=png&tool=${tool === 'freshen' ? 'colour' : tool}`);
    await openSample(page);
    await use();
    await says(page, done, PATIENCE_MILLIS);
    const saved = await save(page);
    assert.ok(pictureFromPng(saved.bytes).width > 0);
    names.push(saved.name);
  }
  return names;
}

test('after one visit, a restarted browser runs every tool and saves, with the server gone', async () => {
  requirePkg();
  const server = await startServer();
  let context = await launchOn(profile);
  try {
    let page = await context.newPage();
    await page.goto(`${server.url}?backend=cpu&format=png`);
    await page.locator(KEPT).waitFor({ timeout: PATIENCE_MILLIS });
    await context.close();
    await server.close();

    context = await launchOn(profile);
    page = await context.newPage();
    const errors = /** @type {string[]} */ ([]);
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(`${server.url}?backend=cpu&format=png`);
    await page.locator('#engine[data-status=ready]').waitFor({ timeout: PATIENCE_MILLIS });
    assert.deepEqual(await useEveryTool(page, server.url), [
      'sea-cropped.png',
      'sea-extended.png',
      'sea-filled.png',
      'sea-cut-out.png',
      'sea-unmosaic.png',
      'sea-coloured.png',
      'sea-freshened.png',
    ]);
    assert.deepEqual(errors, []);

    const fresh = await browser.newPage();
    await assert.rejects(fresh.goto(server.url), /ERR_CONNECTION_REFUSED/, 'control: no server');
    await fresh.close();
  } finally {
    await context.close();
    await server.close().catch(() => {});
  }
});

test('the very first visit goes on when the network is lost', async () => {
  const server = await startFakeServer({}, ['extend', 'fill']);
  const { page, context } = await openKept(server.url);
  await server.close();
  await page.getByRole('button', { name: 'Night' }).click(); // Neither was fetched before.
  await page.locator('#size-from').filter({ hasText: '×' }).waitFor({ state: 'attached' });
  await page.keyboard.press('f');
  await paintAcross(page);
  await page.keyboard.press('Control+Enter');
  await says(page, /^Filled/);
  await context.close();
});

test('a new version waits for a yes, and not while something is unsaved', async () => {
  const server = await startFakeServer();
  const words = await readFile(new URL('www/words.js', ROOT), 'utf8');
  const { page, context } = await openKept(server.url);
  const headline = page.getByRole('heading', { level: 2 }).first();
  assert.equal(await headline.textContent(), 'Let the picture go on');
  const newer = page.getByText('A new version is available.');

  await page.reload();
  await page.locator(KEPT).waitFor();
  assert.equal(await newer.count(), 0, 'control: nothing has changed');

  server.replaced['www/words.js'] = words.replace('Let the picture go on', 'A second version');
  await page.reload();
  await newer.waitFor();
  assert.equal(await headline.textContent(), 'Let the picture go on', 'not by itself');
  await page.reload();
  await newer.waitFor();
  assert.equal(await headline.textContent(), 'Let the picture go on', 'nor by another reload');

  await page.getByRole('button', { name: 'Sea' }).click();
  await page.locator('#size-from').filter({ hasText: '×' }).waitFor();
  await newer.waitFor();
  await button(page, '16:9').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended');
  await newer.waitFor({ state: 'hidden' });
  await save(page);
  await newer.waitFor();

  await button(page, 'Reload').click();
  await page.getByText('A second version').waitFor();
  await page.locator(KEPT).waitFor();
  assert.equal(await newer.count(), 0);
  await context.close();
  await server.close();
});

test('a new version fetches what has changed, and no weights', async () => {
  const server = await startFakeServer();
  const { page, context } = await openKept(server.url);
  const isWeights = ({ path = '' }) => path === 'www/weights/none.bin';
  assert.ok(server.asked.some(isWeights), 'control: the first visit asked for them');

  server.asked.length = 0;
  const style = await readFile(new URL('www/style/base.css', ROOT), 'utf8');
  server.replaced['www/style/base.css'] = `${style}\n/* changed */`;
  await page.reload();
  await page.getByText('A new version is available.').waitFor();
  await button(page, 'Reload').click();
  await page.waitForFunction(() => document.querySelector('#about[data-kept=yes]'));
  await page.locator('#engine[data-status=ready]').waitFor();
  const paths = new Set(server.asked.map(({ path }) => path));
  paths.delete('sw.js');
  paths.delete('www/precache.js');
  paths.delete('www/offline/service-worker.js');
  assert.deepEqual([...paths], ['www/style/base.css']);

  // New weights are fetched, and the old ones are gone.
  const manifest = JSON.parse(String(server.replaced['www/weights/manifest.json']));
  server.replaced['www/weights/none.bin'] = 'nnnn';
  const kept = () =>
    page.evaluate(async () => {
      const name = (await caches.keys()).find((each) => each.endsWith(':weights')) ?? '';
      const urls = (await (await caches.open(name)).keys()).map(({ url }) => url);
      return urls.map((url) => url.slice(url.lastIndexOf('/') + 1));
    });
  const before = await kept();
  manifest.weights[0].sha256 = sha256('nnnn');
  server.replaced['www/weights/manifest.json'] = JSON.stringify(manifest);
  await page.reload();
  await page.getByText('A new version is available.').waitFor();
  await button(page, 'Reload').click();
  await page.waitForFunction(() => document.querySelector('#about[data-kept=yes]'));
  assert.deepEqual(await kept(), [sha256('nnnn')]);
  assert.notDeepEqual(before, [sha256('nnnn')]);
  await context.close();
  await server.close();
});

test('what a host serves wrongly is not kept', async () => {
  const server = await startFakeServer();
  const { page, context } = await openPage(browser, server.url, { serviceWorkers: 'allow' });
  // The list of a version whose files are not all there yet.
  const list = await precacheText(async (path) =>
    Buffer.from(path === 'www/words.js' ? 'other' : await bodyOf(`${server.url}${path}`)),
  );
  server.replaced['www/precache.js'] = list;
  await context.close();
  const again = await openPage(browser, server.url, { serviceWorkers: 'allow' });
  await again.page.locator('#engine[data-status=ready]').waitFor();
  await again.page.locator('#about[data-kept=no]').waitFor();
  await again.page.waitForTimeout(500);
  assert.equal(await again.page.locator(KEPT).count(), 0);
  void page;
  await again.context.close();
  await server.close();
});

/** @param {string} url */
async function bodyOf(url) {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

/** Spoils a kept file. @param {Page} page @param {string} name */
function spoil(page, name) {
  return page.evaluate(async (name) => {
    for (const key of await caches.keys()) {
      const cache = await caches.open(key);
      for (const request of await cache.keys()) {
        if (!new URL(request.url).pathname.endsWith(name)) continue;
        await cache.put(request, new Response('}', { headers: { 'content-type': 'text/html' } }));
      }
    }
  }, name);
}

test('a damaged copy says what to do, and ?reset mends it', async () => {
  const server = await startFakeServer();
  const { page, context } = await openKept(server.url);
  await spoil(page, 'www/store.js');
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'missing or damaged' }).waitFor();
  await page.getByRole('link', { name: 'Download the page again' }).click();
  await page.waitForURL(server.url);
  await page.locator('#engine[data-status=ready]').waitFor();
  await page.locator(KEPT).waitFor();
  await page.reload();
  await page.locator('#engine[data-status=ready]').waitFor();
  await context.close();
  await server.close();
});

test('?reset without a network deletes nothing and says so', async () => {
  const server = await startFakeServer();
  const { page, context } = await openKept(server.url);
  await server.close();
  await page.goto(`${server.url}?reset`);
  await page.getByRole('alert').filter({ hasText: 'Nothing was deleted' }).waitFor();
  await page.getByRole('link', { name: 'Naobu' }).click();
  await page.waitForURL(server.url);
  await page.locator('#engine[data-status=ready]').waitFor();
  await context.close();
});

test('a file that the browser threw away is fetched again', async () => {
  const server = await startFakeServer();
  const { page, context } = await openKept(server.url);
  const remaining = () =>
    page.evaluate(async () => {
      const name = (await caches.keys()).find((each) => each.endsWith(':files')) ?? '';
      return (await (await caches.open(name)).keys()).length;
    });
  const all = await remaining();
  await page.evaluate(async () => {
    for (const key of await caches.keys()) await caches.delete(key);
  });
  await page.reload();
  await page.locator(KEPT).waitFor();
  assert.equal(await remaining(), all);
  await context.close();
  await server.close();
});

test('other pages of the same host keep what is theirs', async () => {
  const server = await startFakeServer();
  const { page, context } = await openKept(server.url);
  await page.evaluate(async () => {
    await caches.open('naobu:/elsewhere/:files');
    await caches.open('theirs');
  });
  await page.goto(`${server.url}?reset`);
  await page.waitForURL(server.url);
  await page.locator(KEPT).waitFor();
  const names = await page.evaluate(() => caches.keys());
  assert.ok(names.includes('naobu:/elsewhere/:files') && names.includes('theirs'), `${names}`);
  await context.close();
  await server.close();
});

test('the list that xtask writes is the one that these tests use', async () => {
  const written = await readFile(new URL('www/precache.js', ROOT), 'utf8').catch(() => {
    throw new Error('www/precache.js is missing; `cargo xtask test --only pages` writes it');
  });
  const plain = await precacheText((path) => readFile(new URL(path, ROOT)));
  const parsed = (/** @type {string} */ text) => {
    const { version, ...list } = JSON.parse(text.slice(text.indexOf('{')).trim().replace(/;$/, ''));
    assert.match(version, /^[0-9a-f]{12}$/);
    return list;
  };
  assert.deepEqual(parsed(written), parsed(plain), 'run `cargo xtask test --only pages`');
});

test('the page can be installed: a manifest whose icons are there', async () => {
  const server = await startFakeServer();
  const { page, context } = await openPage(browser, server.url);
  const href = await page.locator('link[rel=manifest]').evaluate((link) => {
    return /** @type {HTMLLinkElement} */ (link).href;
  });
  const manifest = JSON.parse((await bodyOf(href)).toString());
  assert.equal(new URL(manifest.start_url, href).href, server.url);
  assert.equal(new URL(manifest.scope, href).href, server.url);
  for (const { src, sizes, type } of manifest.icons) {
    if (type !== 'image/png') continue;
    // Read by the browser: they have a palette.
    const read = await page.evaluate(async (url) => {
      const image = Object.assign(new Image(), { src: url });
      await image.decode();
      const context = new OffscreenCanvas(1, 1).getContext('2d');
      context?.drawImage(image, -image.width / 16, -image.height / 2);
      const [red = 0, green = 0] = context?.getImageData(0, 0, 1, 1).data ?? [];
      return { size: `${image.naturalWidth}x${image.naturalHeight}`, isGreen: green > 2 * red };
    }, new URL(src, href).href);
    assert.deepEqual(read, { size: sizes, isGreen: true }, src);
  }
  const session = await context.newCDPSession(page);
  const { errors } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  assert.deepEqual(
    installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'),
    [],
  );
  await context.close();
  await server.close();
});
