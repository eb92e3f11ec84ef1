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
 * @param {Readonly<Record<string, readonly [string, string]>>} [methods]  by name: task and work
 */
export async function startFakeServer(behaviour = {}, tasks = ['extend'], methods = {}) {
  const source = await readFile(FAKE, 'utf8');
  return startServer({
    'pkg/naobu.js': `globalThis.fakeNaobu = ${JSON.stringify(behaviour)};\n${source}`,
    'pkg/naobu_bg.wasm': 'no module',
    'www/weights/manifest.json': JSON.stringify({
      version: 1,
      weights: [
        ...Object.entries(methods).map(([name, [task, work]]) => ({
          ...{ ...WEIGHTS, name, task, work, file: `${name}.bin`, licence: 'MIT OR Apache-2.0' },
          ...{ bytes: name.length, sha256: sha256(name) },
        })),
        ...tasks.map((task) => ({ ...WEIGHTS, task })),
      ],
    }),
    'www/weights/none.bin': 'none',
    ...Object.fromEntries(Object.keys(methods).map((name) => [`www/weights/${name}.bin`, name])),
  });
}
