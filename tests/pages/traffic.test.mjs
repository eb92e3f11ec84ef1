// Nothing leaves: every request of a whole session, as the server and the browser saw it, and the
// counter on the page that says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { button, openPage, paintAcross, save, says, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';

/** @import { Page } from 'playwright-core' */

const { browser, server } = await started(() =>
  startFakeServer({}, ['extend', 'fill', 'colorize', 'defade']),
);

/** A photo with a pattern that would be recognised. */
function photoFile() {
  const rgba = new Uint8Array(4 * 320 * 240).map((_, i) => (i % 4 === 3 ? 255 : (i * 31) % 256));
  return {
    name: 'secret-name.png',
    mimeType: 'image/png',
    buffer: pngFromPicture({ width: 320, height: 240, rgba }),
  };
}

/** Opens a photo, uses every tool that is there, saves each result. @param {Page} page */
async function wholeSession(page) {
  await page.getByLabel('Open photo').setInputFiles(photoFile());
  await page.locator('#size-from').filter({ hasText: '320 × 240' }).waitFor();
  await button(page, '16:9').click();
  const tools = await page
    .locator('input[name=tool]')
    .evaluateAll((inputs) => inputs.map((input) => /** @type {HTMLInputElement} */ (input).value));
  for (const tool of tools) {
    await page.locator(`input[name=tool][value=${tool}]`).check({ force: true });
    if (tool === 'fill') await paintAcross(page);
    if (tool === 'unmosaic') await says(page, /^Found a mosaic/);
    await page.keyboard.press('Control+Enter');
    await page.waitForTimeout(300);
    const yes = page.locator('dialog[open] button').last(); // A tool may ask first.
    if (await yes.isVisible()) await yes.click();
    await page.locator('#progress').waitFor({ state: 'hidden' });
    await save(page);
  }
  await button(page, '中文').click();
}

/** What the page says of its own traffic. @param {Page} page */
async function counted(page) {
  const requests = Number.parseInt((await page.locator('#about-requests').textContent()) ?? '');
  const sent = Number.parseInt((await page.locator('#about-sent').textContent()) ?? '');
  return { requests, sent, text: await page.locator('#about-requests').textContent() };
}

for (const serviceWorkers of /** @type {const} */ (['allow', 'block'])) {
  test(`a whole session sends nothing, and the page counts right: service workers, ${serviceWorkers}`, async () => {
    server.asked.length = 0;
    const { page, context, requests, errors } = await openPage(browser, server.url, {
      serviceWorkers,
    });
    const sockets = /** @type {string[]} */ ([]);
    const sent = /** @type {string[]} */ ([]);
    page.on('websocket', (socket) => sockets.push(socket.url()));
    context.on('request', (request) => {
      if (request.method() !== 'GET' || request.postDataBuffer()) sent.push(request.url());
    });
    if (serviceWorkers === 'allow') await page.locator('#about[data-kept=yes]').waitFor();
    await wholeSession(page);

    assert.deepEqual(
      requests.filter((url) => !url.startsWith(server.url) && !/^(blob|data):/.test(url)),
      [],
    );
    assert.deepEqual([...sockets, ...sent], []);
    for (const { method, path, query, bodyBytes } of server.asked) {
      assert.equal(`${method} ${bodyBytes}`, 'GET 0', path);
      assert.doesNotMatch(path + query, /secret-name/);
      assert.equal(query, '', path);
    }
    const said = await counted(page);
    assert.equal(said.sent, 0);
    assert.match(String(said.text), /全部发往本站$/);
    // The browser itself asks for the icons and for the service worker's own three scripts.
    const own =
      /^(sw\.js|www\/(precache|offline\/service-worker)\.js|www\/app\.webmanifest|www\/icons\/.*)$/;
    const arrived = server.asked.filter(({ path }) => !own.test(path)).length;
    assert.ok(said.requests >= arrived, `${said.requests} counted, ${arrived} arrived`);
    assert.ok(arrived > 30, `control: ${arrived} arrived`);
    assert.deepEqual(errors, []);
    await context.close();
  });
}

test('control: the counter sees what would be sent, by the page and by its worker', async () => {
  const worker = [
    "import { watchTraffic } from './offline/traffic.js';",
    'watchTraffic((traffic) => postMessage(traffic));',
    "void fetch('../?worker', { method: 'POST', body: 'from the worker' });",
  ].join('\n');
  server.replaced['www/leak.js'] = worker;
  const { page, context } = await openPage(browser, server.url);
  await page.locator('#engine[data-status=ready]').waitFor();
  const before = await counted(page);
  await page.evaluate(async () => {
    await fetch('./?page', { method: 'POST', body: new Uint8Array(1000) });
    navigator.sendBeacon('./?beacon', 'x'.repeat(200));
    const request = new XMLHttpRequest();
    request.open('POST', './?xhr');
    request.send(new Blob(['y'.repeat(30)]));
    await fetch('http://127.0.0.1:9/').catch(() => {});
  });
  // What is sent is counted at once; requests when the browser reports them.
  await page.waitForFunction((least) => {
    const number = (/** @type {string} */ id) =>
      Number.parseInt(document.getElementById(id)?.textContent ?? '');
    return number('about-sent') === 1230 && number('about-requests') >= least;
  }, before.requests + 3);

  const seen = await page.evaluate(async () => {
    const worker = new Worker('./www/leak.js', { type: 'module' });
    const total = { requests: 0, sentBytes: 0 };
    return new Promise((resolve) => {
      worker.onmessage = ({ data }) => {
        total.requests += data.requests;
        total.sentBytes += data.sentBytes;
        if (total.sentBytes > 0 && total.requests > 0) resolve(total.sentBytes);
      };
    });
  });
  assert.equal(seen, 'from the worker'.length);
  delete server.replaced['www/leak.js'];
  await context.close();
});

test('kept, the engine is bound by the policy too, whatever the host sends', async () => {
  const { page, context } = await openPage(browser, server.url, { serviceWorkers: 'allow' });
  await page.locator('#about[data-kept=yes]').waitFor();
  const refusal = () =>
    page
      .workers()
      .find((worker) => worker.url().endsWith('/www/worker/worker.js'))
      ?.evaluate(() => {
        return new Promise((resolve) => {
          addEventListener('securitypolicyviolation', ({ blockedURI }) => resolve(blockedURI));
          setTimeout(() => resolve('none'), 2000);
          fetch('http://127.0.0.1:9/').catch(() => {});
        });
      });
  assert.equal(await refusal(), 'none', 'control: this host sends no policy');
  await page.reload();
  await page.locator('#engine[data-status=ready]').waitFor();
  assert.equal(await refusal(), 'http://127.0.0.1:9/');
  await context.close();
});
