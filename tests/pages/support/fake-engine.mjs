// Serves the page with the stand-in for the wasm module, so that its faults can be chosen.

import { readFile } from 'node:fs/promises';
import { sha256 } from './precache.mjs';
import { startServer } from './server.mjs';

const FAKE = new URL('../../web/fake-naobu.js', import.meta.url);
const WEIGHTS = {
  name: 'none',
  file: 'none.bin',
  bytes: 4,
  sha256: sha256('none'),
  config: {},
};

/**
 * @param {object} [behaviour]  see tests/web/fake-naobu.js
 * @param {readonly string[]} [tasks]  that weights are there for
 */
export async function startFakeServer(behaviour = {}, tasks = ['extend']) {
  const source = await readFile(FAKE, 'utf8');
  return startServer({
    'pkg/naobu.js': `globalThis.fakeNaobu = ${JSON.stringify(behaviour)};\n${source}`,
    'pkg/naobu_bg.wasm': 'no module',
    'www/weights/manifest.json': JSON.stringify({
      version: 1,
      weights: tasks.map((task) => ({ ...WEIGHTS, task })),
    }),
    'www/weights/none.bin': 'none',
  });
}
