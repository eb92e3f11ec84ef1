// The npm package as others get it: packed, installed into an empty folder without a network, and used
// from there as its README says.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { assemble } from '../../xtask/src/package.mjs';
import { requirePkg } from '../pages/support/browser.mjs';
import { cropped, pictureFromPng, pngFromPicture } from '../pages/support/png.mjs';

requirePkg();
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'naobu-package-'));
after(() => rmSync(folder, { recursive: true }));
const [packed, home] = ['package', 'home'].map((name) => join(folder, name));
assemble(packed);
mkdirSync(home);

/** @param {string} cwd @param {string[]} words */
function npm(cwd, ...words) {
  const program = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const env = { ...process.env, npm_config_cache: join(folder, 'cache') };
  return execFileSync(program, words, { cwd, env, encoding: 'utf8' });
}
const [listed] = JSON.parse(npm(packed, 'pack', '--json', '--pack-destination', home));
npm(home, 'install', '--offline', '--no-audit', '--no-fund', `./${listed.filename}`);
/** @type {typeof import('../../npm/node.js')} */
const { open, rectangle } = await import(
  pathToFileURL(join(home, 'node_modules/naobu/npm/node.js')).href
);

/** A gradient with stripes: something to continue. @param {number} width @param {number} height */
function striped(width, height) {
  const rgba = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    rgba.set([(x * 255) / width, (y * 255) / height, (x >> 3) % 2 ? 90 : 160, 255], 4 * i);
  }
  return { width, height, rgba };
}

/** All that a file imports or fetches, and what that does. @param {string} path @param {Set<string>} found */
function follow(path, found) {
  if (found.has(path)) return found;
  found.add(path);
  if (!/^(npm|www)\/.*\.(js|d\.ts)$/.test(path)) return found;
  const text = readFileSync(join(packed, path), 'utf8').replace(/^\s*(\/\*\*|\*|\/\/).*$/gm, '');
  const named = text.matchAll(/(?:from |import\(|new URL\()'(\.[^']+)'/g);
  for (const [, name = ''] of named) {
    if (name.endsWith('/')) continue;
    const other = posix.join(posix.dirname(path), name);
    follow(path.endsWith('.d.ts') ? other.replace(/\.js$/, '.d.ts') : other, found);
  }
  return found;
}

test('the archive has what the package needs, and nothing else', () => {
  const manifest = JSON.parse(readFileSync(join(packed, 'www/weights/manifest.json'), 'utf8'));
  const needed = new Set([
    ...['package.json', 'README.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'NOTICE'],
    ...manifest.weights.map((/** @type {{ file: string }} */ { file }) => `www/weights/${file}`),
  ]);
  const roots = ['npm/index.d.ts', 'npm/node.js', 'npm/web.js', 'www/worker/worker.js'];
  for (const root of roots) follow(root, needed);
  const has = listed.files.map((/** @type {{ path: string }} */ { path }) => path);
  assert.deepEqual(has.sort(), [...needed].sort());
  assert.ok(has.includes('pkg/naobu_bg.wasm') && has.includes('npm/node-thread.js'), 'control');
});

test('its version is that of the program, and its README shows the example', () => {
  const { version } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'));
  const cargo = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8');
  assert.equal(version, cargo.match(/^version = "([^"]+)"/m)?.[1]);
  const readme = readFileSync(join(packed, 'README.md'), 'utf8');
  const example = readFileSync(join(ROOT, 'examples/extend.mjs'), 'utf8');
  assert.ok(readme.includes(`\`\`\`js\n${example}\`\`\``));
});

test('the example makes a photo wider, and leaves the photo in it as it was', () => {
  cpSync(join(ROOT, 'examples/extend.mjs'), join(home, 'extend.mjs'));
  const photo = striped(320, 200);
  writeFileSync(join(home, 'photo.png'), pngFromPicture(photo));
  const words = ['extend.mjs', 'photo.png', 'wide.png'];
  const run = spawnSync(process.execPath, words, { cwd: home, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /^paint 0 \d+\n[^]*blend/, 'progress is told');
  const wide = pictureFromPng(readFileSync(join(home, 'wide.png')));
  assert.deepEqual([wide.width, wide.height], [400, 200]);
  assert.deepEqual(cropped(wide, 0, 0, 320, 200).rgba, photo.rgba);
  const added = cropped(wide, 320, 0, 80, 200);
  assert.ok(new Set(added.rgba).size > 50, 'control: something was painted');
});

test('each tool works with the weights that come along; outside of a hole nothing changes', async (t) => {
  const naobu = await open();
  t.after(() => naobu.close());
  assert.equal(naobu.device, 'cpu');
  const photo = await naobu.decode(readFileSync(join(ROOT, 'www/samples/portrait-thumb.jpg')));
  const size = [photo.width, photo.height];
  const hole = rectangle(photo, 20, 30, 40, 24);
  const told = /** @type {string[]} */ ([]);
  const onProgress = (/** @type {string} */ stage) => void told.push(stage);
  for (const made of [
    await naobu.fill(photo, hole, { onProgress }),
    await naobu.unmosaic(photo, { hole, cell: 8, onProgress }),
  ]) {
    let changed = 0;
    for (let i = 0; i < made.rgba.length; i++) {
      if (made.rgba[i] === photo.rgba[i]) continue;
      changed += 1;
      assert.equal(hole[i >> 2], 1, `byte ${i}`);
    }
    assert.ok(changed > 1000, 'control: the hole was painted');
  }
  const made = [
    await naobu.colorize(photo, { variant: 'warm', hints: [{ x: 9, y: 9, rgb: [90, 120, 60] }] }),
    await naobu.cutOut(photo, await naobu.select(photo), { background: { blur: 0.5 } }),
  ];
  for (const { width, height, rgba } of made) {
    assert.deepEqual([width, height], size);
    assert.notDeepEqual(rgba, photo.rgba);
  }
  for (const stage of ['paint', 'blend', 'search']) assert.ok(told.includes(stage), stage);
  assert.equal((await naobu.encode(photo, 'jpeg', { quality: 80 }))[0], 0xff);

  const abort = new AbortController();
  const work = naobu.extend(
    photo,
    { left: 60, right: 60 },
    {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    },
  );
  await assert.rejects(work, { name: 'AbortError' });
  await assert.rejects(naobu.decode(new Uint8Array(9)), { code: 'not-an-image' });
});

test('fading is undone with the weights that come along', async (t) => {
  const naobu = await open();
  t.after(() => naobu.close());
  const photo = await naobu.decode(readFileSync(join(ROOT, 'www/samples/portrait-thumb.jpg')));
  const fresh = await naobu.freshen(photo);
  assert.deepEqual([fresh.width, fresh.height], [photo.width, photo.height]);
  assert.notDeepEqual(fresh.rgba, photo.rgba);
});

test('cells of a known size begin at the corner of the hole: each keeps its mean', async (t) => {
  const naobu = await open();
  t.after(() => naobu.close());
  const photo = await naobu.decode(readFileSync(join(ROOT, 'www/samples/portrait-thumb.jpg')));
  const [left, top, wide, high, side] = [21, 30, 40, 24, 8];
  /** The mean of red in the cell at a place. @param {{ width: number, rgba: Uint8Array }} picture @param {number} x @param {number} y */
  const meanAt = ({ width, rgba }, x, y) => {
    let sum = 0;
    for (let i = 0; i < side * side; i++) {
      sum += rgba[4 * ((y + Math.floor(i / side)) * width + x + (i % side))] ?? 0;
    }
    return sum / side ** 2;
  };
  const mosaic = { ...photo, rgba: photo.rgba.slice() };
  const corners = [];
  for (let y = top; y < top + high; y += side) {
    for (let x = left; x < left + wide; x += side)
      corners.push({ x, y, mean: meanAt(photo, x, y) });
  }
  for (const { x, y, mean } of corners) {
    for (let i = 0; i < side * side; i++) {
      const at = 4 * ((y + Math.floor(i / side)) * photo.width + x + (i % side));
      mosaic.rgba.fill(Math.round(mean), at, at + 3);
    }
  }
  const hole = rectangle(photo, left, top, wide, high);
  const undone = await naobu.unmosaic(mosaic, { hole, cell: side });
  for (const { x, y, mean } of corners) {
    assert.ok(Math.abs(meanAt(undone, x, y) - mean) < 1, `${x}, ${y}`);
  }
  assert.notDeepEqual(undone.rgba, mosaic.rgba);
});

test('its types are whole and right', () => {
  cpSync(join(dirname(fileURLToPath(import.meta.url)), 'types.mts'), join(home, 'types.mts'));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const how = ['--noEmit', '--strict', '--target', 'ES2023', '--module', 'NodeNext'];
  const words = [tsc, ...how, '--types', '', 'types.mts'];
  const run = spawnSync(process.execPath, words, { cwd: home, encoding: 'utf8' });
  assert.equal(run.stdout, '');
  assert.equal(run.status, 0);
});
