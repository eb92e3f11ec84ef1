// The npm package in a browser, from its folder as it is and from a bundle. With the stand-in for the
// engine.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { openPage, started } from './support/browser.mjs';
import { startFakeServer } from './support/fake-engine.mjs';

const NPM = new URL('../../npm/', import.meta.url);
const { browser, server } = await started(() => startFakeServer({ stepMillis: 20 }, ['extend']));
server.replaced['npm/'] = NPM;
server.replaced['other/page.html'] = '<!doctype html><link rel="icon" href="data:," />';
const entryPoints = [fileURLToPath(new URL('web.js', NPM))];
const bundled = await build({ entryPoints, bundle: true, format: 'esm', write: false });
server.replaced['other/bundle.js'] = bundled.outputFiles[0]?.text ?? '';

for (const [how, module, folder] of /** @type {const} */ ([
  ['from its folder', '../npm/web.js', undefined],
  ['from a bundle', './bundle.js', '../'],
])) {
  test(`a photo is extended in a worker, ${how}; an abort rejects`, async () => {
    const { page, context, errors } = await openPage(browser, `${server.url}other/page.html`);
    const seen = await page.evaluate(
      async ({ module, folder }) => {
        /** @type {typeof import('../../npm/web.js')} */
        const { open, CodedError } = await import(new URL(module, location.href).href);
        const naobu = await open(folder === undefined ? {} : { folder });
        const photo = { width: 8, height: 6, rgba: new Uint8Array(4 * 8 * 6).fill(7) };
        const stages = /** @type {string[]} */ ([]);
        const onProgress = (/** @type {string} */ stage) => void stages.push(stage);
        const wide = await naobu.extend(photo, { right: 4 }, { onProgress });
        const abort = new AbortController();
        const work = naobu.extend(
          photo,
          { top: 4 },
          { signal: abort.signal, onProgress: () => abort.abort() },
        );
        const aborted = await work.catch((error) => error.name);
        const refused = await naobu
          .decode(new Uint8Array(1))
          .catch((error) => error instanceof CodedError && error.code);
        const { device } = naobu;
        naobu.close();
        return { size: [wide.width, wide.height], stages, aborted, refused, device };
      },
      { module, folder },
    );
    assert.deepEqual(seen, {
      size: [12, 6],
      stages: ['paint', 'paint', 'paint', 'paint', 'blend'],
      aborted: 'AbortError',
      refused: 'not-an-image',
      device: 'webgpu',
    });
    assert.deepEqual(errors, []);
    await context.close();
  });
}
