// The npm package in Node, with the stand-in for the wasm module: the same threads, files and messages
// as with the real one.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { assemble } from '../../xtask/src/package.mjs';

/** @import { Naobu, OpenOptions } from '../../npm/index.d.ts' */

const FAKE = fileURLToPath(new URL('fake-naobu.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'naobu-npm-'));
after(() => rmSync(folder, { recursive: true }));
const root = join(folder, 'package');
const pkg = join(folder, 'pkg');
cpSync(FAKE, join(pkg, 'naobu.js'));
writeFileSync(join(pkg, 'naobu_bg.wasm'), 'no module');
assemble(root, pkg);
const sha256 = createHash('sha256').update('none').digest('hex');
const tasks = [
  'extend',
  'fill',
  'unmosaic',
  'colorize',
  'defade',
  'cutout',
  'enlarge',
  'scratches',
];
const weights = tasks.map((task) => ({ name: task, task, file: 'none', bytes: 4, sha256 }));
writeFileSync(join(root, 'www/weights/manifest.json'), JSON.stringify({ version: 1, weights }));
writeFileSync(join(root, 'www/weights/none'), 'none');
/** @type {typeof import('../../npm/node.js')} */
const { open, rectangle, CodedError } = await import(pathToFileURL(join(root, 'npm/node.js')).href);

/** What was opened: a test that fails must not keep the process waiting. */
const all = /** @type {Naobu[]} */ ([]);
afterEach(() => all.splice(0).forEach((naobu) => naobu.close()));

/** Opens it with faults of the stand-in's. @param {object} [behaviour] @param {OpenOptions} [options] */
async function opened(behaviour = {}, options = {}) {
  const source = await readFile(FAKE, 'utf8');
  const faults = { device: 'cpu', ...behaviour };
  const text = `globalThis.fakeNaobu = ${JSON.stringify(faults)};\n${source}`;
  writeFileSync(join(root, 'pkg/naobu.js'), text);
  const naobu = await open(options);
  all.push(naobu);
  return naobu;
}

/** @param {number} width @param {number} height */
const grey = (width, height) => ({
  width,
  height,
  rgba: new Uint8Array(4 * width * height).fill(120),
});
const at = (
  /** @type {any} */ { width, rgba },
  /** @type {number} */ x,
  /** @type {number} */ y,
) => [...rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)];
const hasCode = (/** @type {string} */ code) => (/** @type {unknown} */ error) =>
  error instanceof CodedError && error.code === code;

test('a photo is read, extended and written; progress is told, and the photo stays', async () => {
  const stages = /** @type {string[]} */ ([]);
  const starting = /** @type {string[]} */ ([]);
  const onProgress = (/** @type {string} */ stage) => void starting.push(stage);
  const naobu = await opened({ steps: 3 }, { onProgress });
  assert.equal(naobu.device, 'cpu');
  assert.ok(starting.includes('download') && starting.includes('device'), String(starting));
  const photo = await naobu.decode(await naobu.encode(grey(40, 30), 'png'));
  assert.deepEqual([photo.width, photo.height, photo.metadata], [40, 30, null]);
  const before = photo.rgba.slice();
  const wide = await naobu.extend(
    photo,
    { right: 20 },
    { onProgress: (stage, done, total) => stages.push(`${stage} ${done}/${total}`) },
  );
  assert.deepEqual([wide.width, wide.height], [60, 30]);
  assert.deepEqual(stages, ['paint 0/3', 'paint 1/3', 'paint 2/3', 'blend 3/3']);
  assert.deepEqual(photo.rgba, before);
});

test('each tool does its work', async () => {
  const naobu = await opened();
  const photo = grey(120, 80);
  const hole = rectangle(photo, 10, 20, 30, 40);
  assert.equal(
    hole.reduce((sum, value) => sum + value, 0),
    30 * 40,
  );
  assert.equal(rectangle(photo, -5, 70, 10, 100)[70 * 120 + 4], 1, 'what lies outside is left out');
  const filled = await naobu.fill(photo, hole, { seed: 2 });
  assert.deepEqual(
    [at(filled, 10, 20), at(filled, 9, 20)],
    [
      [0, 0, 254],
      [120, 120, 120],
    ],
  );
  const large = await naobu.enlarge(photo);
  assert.deepEqual([large.width, large.height, at(large, 239, 159)], [240, 160, [120, 120, 180]]);
  const unmosaiced = await naobu.unmosaic(photo);
  assert.deepEqual(at(unmosaiced, 30, 20), [0, 0, 255], 'where it was found');
  assert.deepEqual(at(unmosaiced, 10, 10), [120, 120, 120]);
  const there = await naobu.unmosaic(photo, { hole, cell: 6 });
  assert.deepEqual(
    [at(there, 10, 20), at(there, 50, 30)],
    [
      [0, 0, 255],
      [120, 120, 120],
    ],
  );
  const green = await naobu.colorize(photo);
  const red = await naobu.colorize(photo, {
    hints: [{ x: 1, y: 1, rgb: [200, 100, 100] }],
    variant: 'calm',
    saturation: 2,
  });
  assert.deepEqual(
    [at(green, 0, 0), at(red, 0, 0)],
    [
      [106, 120, 106],
      [245, 120, 120],
    ],
  );
  assert.ok((at(await naobu.freshen(photo), 0, 0)[0] ?? 0) > 120);
  const thing = await naobu.select(photo);
  assert.deepEqual([thing[40 * 120 + 60], thing[0]], [1, 0]);
  const worn = await naobu.findScratches(photo);
  assert.deepEqual([worn[30], worn[31], worn[29], worn[32]], [1, 1, 0, 0]);
  assert.ok(!(await naobu.findScratches(grey(40, 30))).includes(1), 'where there are none');
  const clicked = await naobu.select(photo, { clicks: [{ x: 10, y: 10, isIn: true }] });
  assert.deepEqual([clicked[10 * 120 + 10], clicked[40 * 120 + 60]], [1, 0]);
  for (const [background, colour] of /** @type {const} */ ([
    ['none', [0, 0, 0]],
    [
      [9, 8, 7],
      [9, 8, 7],
    ],
    [{ blur: 0.5 }, [128, 128, 128]],
  ])) {
    const cut = await naobu.cutOut(photo, thing, { background });
    assert.deepEqual([at(cut, 0, 0), at(cut, 60, 40)], [colour, [120, 120, 120]]);
  }
});

test('err: what goes wrong has the code that the page knows', async () => {
  const naobu = await opened({ selectsNothing: true });
  const photo = grey(40, 30);
  await assert.rejects(naobu.decode(new Uint8Array([1, 2, 3])), hasCode('not-an-image'));
  await assert.rejects(naobu.extend(photo, {}), hasCode('extension-empty'));
  await assert.rejects(naobu.enlarge(grey(4001, 3000)), hasCode('too-large'));
  await assert.rejects(naobu.unmosaic(photo), hasCode('mosaic-not-found'));
  await assert.rejects(naobu.unmosaic(photo, { cell: 6 }), hasCode('bad-setting'));
  await assert.rejects(naobu.select(photo), hasCode('nothing-found'));
  const variant = /** @type {any} */ ('loud');
  await assert.rejects(naobu.colorize(photo, { variant }), hasCode('bad-setting'));
  naobu.close();
  await assert.rejects(opened({ openFailure: 'device' }), hasCode('device'));
});

test('an abort rejects at once, before, meanwhile and while it starts; the next work is done', async () => {
  const naobu = await opened({ steps: 50, stepMillis: 20 });
  const photo = grey(40, 30);
  const isAbort = { name: 'AbortError' };
  const before = AbortSignal.abort();
  await assert.rejects(naobu.extend(photo, { right: 9 }, { signal: before }), isAbort);
  const abort = new AbortController();
  const stages = /** @type {string[]} */ ([]);
  const onProgress = (/** @type {string} */ stage, /** @type {number} */ done) => {
    stages.push(stage);
    if (done === 2) abort.abort();
  };
  const work = naobu.extend(photo, { right: 9 }, { signal: abort.signal, onProgress });
  await assert.rejects(work, isAbort);
  assert.deepEqual(stages, ['paint', 'paint', 'paint']);
  assert.equal((await naobu.colorize(photo)).width, 40, 'control: others go on');
  naobu.close();

  const starting = new AbortController();
  const opening = opened({}, { signal: starting.signal, onProgress: () => starting.abort() });
  await assert.rejects(opening, isAbort);
});

test('a thread that dies is replaced; after closing there is none', async () => {
  const naobu = await opened({ device: 'webgpu', panics: true });
  const photo = grey(40, 30);
  assert.equal(naobu.device, 'webgpu');
  assert.equal((await naobu.extend(photo, { right: 9 })).width, 49);
  assert.equal(naobu.device, 'cpu');
  const last = naobu.extend(photo, { right: 9 });
  naobu.close();
  await assert.rejects(last, hasCode('worker-crashed'));
  await assert.rejects(naobu.encode(photo, 'jpeg'), hasCode('worker-crashed'));
});
