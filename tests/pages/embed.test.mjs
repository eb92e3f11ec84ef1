// The example with <naobu-editor>: a picture goes in, what is saved comes out; not for pages of an
// origin that nobody allowed. With the stand-in for the engine.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import {
  alerts,
  button,
  openPage,
  sampleFile,
  saved,
  screenshot,
  started,
} from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';
import { startServer } from './support/server.mjs';

/** @import { FrameLocator, Page } from 'playwright-core' */

const ROOT = new URL('../../', import.meta.url);
const EXAMPLE = 'examples/editor.html';
const { browser, server } = await started(() => startFakeServer({ steps: 2 }, ['extend']));
server.replaced[EXAMPLE] = new URL(EXAMPLE, ROOT);

/** The example on another origin, with the editor of the first. */
async function startElsewhere() {
  const example = await readFile(new URL(EXAMPLE, ROOT), 'utf8');
  const elsewhere = await startServer({
    [EXAMPLE]: example.replace('../www/embed/', `${server.url}www/embed/`),
  });
  after(() => elsewhere.close());
  return elsewhere;
}

/** @param {Page} page */
const editorIn = (page) => page.frameLocator('naobu-editor iframe');
/** The page in the frame, for helpers that want a page. @param {FrameLocator} frame */
const asPage = (frame) => /** @type {Page} */ (/** @type {unknown} */ (frame));
/** What the open photo is called, once it is seen. @param {FrameLocator} editor */
async function photoOf(editor) {
  const photo = editor.locator('#canvas[aria-label]');
  await photo.waitFor();
  return photo.getAttribute('aria-label');
}
/** @param {Page} page */
const told = (page) => page.locator('output').textContent();

/** @param {Page} page */
function extendAndSave(page) {
  const inside = asPage(editorIn(page));
  return saved(page, async () => {
    await button(inside, '21:9').click();
    await button(inside, 'Extend').click();
    await inside.getByRole('status').filter({ hasText: 'Extended to' }).waitFor();
    await button(inside, 'Save').click();
  });
}

/** What the page around shows of the file it was given. @param {Page} page */
function pictureGiven(page) {
  return page.evaluate(async () => {
    const bytes = await (await fetch(document.images[0]?.src ?? '')).arrayBuffer();
    return [...new Uint8Array(bytes)];
  });
}

test('a page beside the editor hands pictures over and is given what is saved', async () => {
  const { page, context, errors } = await openPage(browser, server.url + EXAMPLE);
  const editor = editorIn(page);
  const size = await photoOf(editor);
  assert.match(size ?? '', /^Photo, \d+ × \d+$/, 'src');
  const { name, bytes } = await extendAndSave(page);
  const inside = editor.getByRole('status').filter({ hasText: 'Saved as' });
  assert.equal(await inside.textContent(), `Saved as ${name}, and given to ${server.origin}`);
  assert.equal(await told(page), name);
  assert.deepEqual(await pictureGiven(page), [...bytes]);
  await screenshot(page, 'embedded');

  const field = sampleFile('field');
  await page.locator('input').setInputFiles(field);
  await editor.locator('#file').filter({ hasText: 'field' }).waitFor();
  await page.evaluate(() => {
    const element = /** @type {any} */ (document.querySelector('naobu-editor'));
    element.addEventListener('naobu-error', (/** @type {any} */ { detail }) =>
      document.body.append(String(detail)),
    );
    element.setAttribute('src', 'nothing.jpg');
  });
  await page.getByText('HTTP 404: nothing.jpg').waitFor();
  assert.deepEqual(
    errors.filter((error) => !error.includes('404')),
    [],
  );
  await context.close();
});

test('the page around believes only the editor: not itself, not what lies in its place', async () => {
  const elsewhere = await startElsewhere();
  const forged = (/** @type {string} */ name) => `<script>
    parent.postMessage({ kind: 'naobu-save', file: new File(['x'], '${name}') }, '*');
  </script>`;
  elsewhere.replaced['examples/forged.html'] = forged('elsewhere.png');
  server.replaced['examples/forged.html'] = forged('here.png');
  const { page, context } = await openPage(browser, server.url + EXAMPLE);
  await photoOf(editorIn(page));
  /** Shows another page in the editor's place, and waits until it was heard. @param {string} url */
  const replace = (url) =>
    page.evaluate((url) => {
      const element = document.querySelector('naobu-editor');
      const frame = element?.shadowRoot?.querySelector('iframe');
      const heard = new Promise((resolve) => addEventListener('message', resolve));
      if (frame) frame.src = url;
      return heard.then(() => {});
    }, url);
  await page.evaluate(() => {
    const heard = new Promise((resolve) => addEventListener('message', resolve));
    postMessage({ kind: 'naobu-save', file: new File(['x'], 'self.png') });
    return heard.then(() => {});
  });
  assert.equal(await told(page), 'nothing yet');
  await replace(`${elsewhere.url}examples/forged.html`);
  assert.equal(await told(page), 'nothing yet');
  await replace(`${server.url}examples/forged.html`);
  assert.equal(await told(page), 'here.png', 'control: of the right origin it is believed');
  await context.close();
});

test('a page of another origin is not listened to unless the host of the editor names it', async () => {
  const elsewhere = await startElsewhere();
  const open = async () => {
    const opened = await openPage(browser, elsewhere.url + EXAMPLE);
    const editor = editorIn(opened.page);
    await editor.locator('#engine[data-status=ready]').waitFor();
    return { ...opened, editor };
  };
  const unknown = await open();
  await unknown.page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => name.endsWith('sea.jpg')),
  );
  await unknown.page.waitForTimeout(500);
  assert.ok(await unknown.editor.locator('.drop').isVisible(), 'nothing was opened');
  assert.ok(await unknown.editor.locator('#notice').isHidden());
  await unknown.editor.locator('#open-file').setInputFiles(sampleFile('field'));
  await photoOf(unknown.editor);
  const { name } = await extendAndSave(unknown.page);
  const status = unknown.editor.getByRole('status').filter({ hasText: 'Saved as' });
  assert.equal(await status.textContent(), `Saved as ${name}`);
  await unknown.page.waitForTimeout(200);
  assert.equal(await told(unknown.page), 'nothing yet');
  assert.deepEqual(unknown.errors, []);
  await unknown.context.close();

  const index = await readFile(new URL('index.html', ROOT), 'utf8');
  const meta = '<meta name="naobu-embedders" content="';
  assert.ok(index.includes(meta));
  server.replaced['index.html'] = index.replace(meta, `${meta}${elsewhere.origin}`);
  await elsewhereWithoutSource(elsewhere);
  const known = await open();
  await alerts(asPage(known.editor), `This editor is a part of ${elsewhere.origin}`);
  await known.page.locator('input').setInputFiles(sampleFile('field'));
  await photoOf(known.editor);
  const given = await extendAndSave(known.page);
  await known.page.locator('output').filter({ hasText: given.name }).waitFor();
  assert.deepEqual(await pictureGiven(known.page), [...given.bytes]);
  const asked = known.requests.filter((url) => !/^(blob|data):/.test(url));
  const others = asked.filter((url) => !url.startsWith(server.url) && !url.endsWith('.svg'));
  assert.ok(asked.length > others.length, 'control');
  assert.deepEqual(
    [...new Set(others)],
    [elsewhere.url + EXAMPLE],
    'nothing else is asked of others',
  );
  assert.deepEqual(known.errors, []);
  await known.context.close();
});

/** So that the visitor is told before anything is open. @param {Awaited<ReturnType<typeof startServer>>} elsewhere */
async function elsewhereWithoutSource(elsewhere) {
  const example = String(elsewhere.replaced[EXAMPLE]);
  elsewhere.replaced[EXAMPLE] = example.replace(/ src="[^"]*sea\.jpg"/, '');
}
