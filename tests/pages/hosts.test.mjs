// Hosts that are less than a page may wish: a machine of the local network without https, and one
// that sends files otherwise than they were published.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  PATIENCE_MILLIS,
  TINY,
  alerts,
  button,
  launch,
  openPage,
  requirePkg,
  save,
  says,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { pngFromPicture } from './support/png.mjs';
import { startServer } from './support/server.mjs';

requirePkg();
const { browser, server } = await started(() => startServer({ 'www/weights/': TINY }));
const far = await launch(['--host-resolver-rules=MAP photos.test 127.0.0.1']);
after(() => far.close());

test('http on a local network: the CPU works, and what is missing has its reason', async () => {
  const url = `${server.url.replace('127.0.0.1', 'photos.test')}?tool=extend`;
  const { page, context, errors } = await openPage(far, url, { serviceWorkers: 'allow' });
  assert.equal(await page.evaluate(() => isSecureContext), false, 'control: browsers say so, too');
  await page.locator('#engine[data-status=ready]').waitFor({ timeout: PATIENCE_MILLIS });
  const engine = await page.locator('#engine').textContent();
  assert.match(
    engine ?? '',
    /^Ready on the CPU\. .* only to pages from https or from this machine/,
  );
  const rgba = new Uint8Array(4 * 160 * 120).fill(170);
  const buffer = pngFromPicture({ width: 160, height: 120, rgba });
  const photo = { name: 'photo.png', mimeType: 'image/png', buffer };
  await page.locator('#open-file').setInputFiles(photo);
  await page.locator('#canvas[aria-label]').waitFor({ timeout: PATIENCE_MILLIS });
  await button(page, '16:9').click();
  await button(page, 'Extend').click();
  await says(page, 'Extended to 213 × 120', PATIENCE_MILLIS);
  await page.locator('#about').click();
  const kept = await page.locator('#about-kept').textContent();
  assert.match(kept ?? '', /not stored .* only pages from https/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+c');
  await alerts(page, 'only pages from https or from this machine copy');
  assert.equal((await save(page)).name, 'photo-extended.png');
  assert.deepEqual(errors, []);
  await context.close();
});

test('a host that rewrites files: the panel names the first that differs', async () => {
  const host = await startFakeServer();
  after(() => host.close());
  const asPublished = async (/** @type {string} */ path) =>
    (await fetch(`${host.url}${path}`)).text();
  const files = ['www/precache.js', 'www/style/base.css', 'www/style/tools.css'];
  const [list = '', base = '', tools = ''] = await Promise.all(files.map(asPublished));
  const open = async () => {
    const opened = await openPage(browser, host.url, { serviceWorkers: 'allow' });
    await opened.page.locator('#about').click();
    const kept = opened.page.locator('#about-kept');
    return {
      ...opened,
      says: (/** @type {RegExp} */ text) => kept.filter({ hasText: text }).waitFor(),
    };
  };
  host.replaced['www/precache.js'] = list;
  const whole = await open();
  await whole.says(/The whole page is stored/);
  await whole.context.close();

  host.replaced['www/style/base.css'] = `${base}/* counted */`;
  host.replaced['www/style/tools.css'] = tools.replaceAll('  ', '');
  const { page, context, says: panelSays } = await open();
  await panelSays(/what the host sends as www\/style\/base\.css is not what was published/);
  await page.keyboard.press('Escape');
  await button(page, '中文').click();
  assert.match((await page.locator('#about-kept').textContent()) ?? '', /www\/style\/base\.css/);
  await context.close();
});
