// The list of open photos, what a tool's settings mean for another one, the archive of all results.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { amountsFromRatios } from '../../www/drawing/geometry.js';
import { PIECE_BYTES } from '../../www/engine/pieces.js';
import {
  NO_QUEUE,
  areAlike,
  areSameRecipes,
  changed,
  holeFrom,
  isAtStake,
  isTouched,
  itemOf,
  namesFor,
  neighbours,
  newItem,
  recipeFrom,
  standOf,
  stateOf,
  wishFrom,
  withItem,
  without,
} from '../../www/queue/queue.js';
import { backdropFrom } from '../../www/tasks.js';
import { openedEntry } from '../../www/history/steps.js';
import { crc32, zipFrom } from '../../www/files/zip.js';

/** @import { Queue } from '../../www/queue/queue.js' */
/** @import { Entry, Photo } from '../../www/store.js' */

const NEVER = new AbortController().signal;

/** @param {number} width @param {number} height @param {string} [name] @returns {Photo} */
function photo(width, height, name = 'a.jpg') {
  const original = { x: 0, y: 0, width, height };
  const rgba = new Uint8Array(4 * width * height);
  return { width, height, rgba, name, original, openedId: 1, made: 'copy' };
}

/** @param {number} openId @returns {Queue} */
function queueOf(openId) {
  const items = [1, 2, 3].map((id) => newItem(id, `${id}.jpg`, new Blob()));
  return { ...NO_QUEUE, items, openId };
}

const ids = (/** @type {readonly { id: number }[]} */ items) => items.map(({ id }) => id);

test('one photo changes and the others stay the same objects', () => {
  const queue = queueOf(1);
  const next = changed(queue, 2, { trouble: { kind: 'failed', key: 'damaged-image' } });
  assert.equal(itemOf(next, 2)?.trouble?.key, 'damaged-image');
  assert.equal(itemOf(queue, 2)?.trouble, null, 'the queue before is as it was');
  assert.equal(next.items[0], queue.items[0]);
  assert.equal(next.items[2], queue.items[2]);
  assert.ok(Object.isFrozen(next) && Object.isFrozen(next.items[1]));
  assert.equal(changed(queue, 9, { isShrunk: true }), queue, 'one that was taken out is no matter');
});

test('taking a photo out and putting it back is as if nothing was', () => {
  const queue = queueOf(1);
  const item = itemOf(queue, 2);
  assert.ok(item);
  const less = without(queue, 2);
  assert.deepEqual(ids(less.items), [1, 3]);
  assert.deepEqual(withItem(less, item, 1), queue);
});

test('the nearest photo is the next one, then the one before', () => {
  assert.deepEqual(ids(neighbours(queueOf(2), 1)), [3]);
  assert.deepEqual(ids(neighbours(queueOf(2), -1)), [1]);
  assert.deepEqual(ids(neighbours(queueOf(3), 0)), [2, 1]);
  assert.deepEqual(ids(neighbours(queueOf(1), -1)), []);
});

test('a photo waits, is done, failed, or was left', () => {
  const item = newItem(1, 'a.jpg', new Blob());
  assert.equal(stateOf(item, null), 'waiting');
  assert.equal(stateOf(item, true), 'done', 'the open one, by what it shows');
  assert.equal(stateOf({ ...item, trouble: { kind: 'unread', key: 'file' } }, null), 'failed');
  assert.equal(stateOf({ ...item, trouble: { kind: 'failed', key: 'encode' } }, true), 'failed');
  assert.equal(stateOf({ ...item, trouble: { kind: 'left', key: 'queue.grey' } }, null), 'left');
  const blob = new Blob();
  const original = { x: 0, y: 0, width: 1, height: 1 };
  const result = {
    blob,
    isRaw: false,
    width: 1,
    height: 1,
    made: /** @type {const} */ ('filled'),
    original,
  };
  const entry = openedEntry(photo(1, 1));
  const work = { ...entry, result, isSaved: false, tint: null, recipe: null, batch: null };
  assert.equal(stateOf({ ...item, work }, null), 'done');
  assert.equal(stateOf({ ...item, work }, false), 'waiting', 'undone where it is open');
  assert.equal(stateOf({ ...item, work: { ...work, result: null } }, null), 'waiting');
});

test("a result stands to a recipe as new, done, a batch's own, or another's", () => {
  const entry = openedEntry(photo(1, 1));
  const recipe = /** @type {const} */ ({ tool: 'extend', ratios: [[1, 1]] });
  const wide = /** @type {const} */ ({ tool: 'extend', ratios: [[2, 1]] });
  const result = /** @type {any} */ ({});
  const batch = { tool: /** @type {const} */ ('extend'), changes: new Map() };
  const work = { ...entry, result, isSaved: false, tint: null, recipe, batch: null };
  assert.equal(standOf(null, recipe), 'new');
  assert.equal(standOf({ ...work, result: null }, recipe), 'new', 'only drawn on');
  assert.equal(standOf(work, recipe), 'done');
  assert.equal(standOf(work, wide), 'other', 'an exception by hand');
  assert.equal(standOf({ ...work, batch }, wide), 'again');
  assert.equal(standOf({ ...work, batch }, { tool: 'unmosaic' }), 'other');
  const curves = /** @type {const} */ ({ tool: 'colour', kind: 'curves', strength: 1 });
  const settings = { variant: '', saturation: 1, warmth: 0, strength: 1 };
  const colours = /** @type {const} */ ({ tool: 'colour', kind: 'colours', ...settings });
  assert.equal(standOf({ ...work, batch, recipe: colours }, curves), 'other', 'not the same work');
  const hole = { width: 1, height: 1, shapes: [], growPx: 0, featherPx: 0 };
  const filled = /** @type {const} */ ({ tool: 'fill', ...hole });
  const repaired = /** @type {const} */ ({ tool: 'fill', scratches: true });
  assert.equal(standOf({ ...work, batch, recipe: filled }, repaired), 'other', 'nor this');
});

test('photos are alike by shape and by whether they have colours', () => {
  const look = { ratio: 4 / 3, isColoured: false };
  assert.ok(areAlike(look, { ratio: 149 / 112, isColoured: false }), 'as small pictures tell it');
  assert.ok(!areAlike(look, { ratio: 3 / 4, isColoured: false }));
  assert.ok(!areAlike(look, { ratio: 3 / 2, isColoured: false }));
  assert.ok(!areAlike(look, { ...look, isColoured: true }));
});

test('at stake is a result that is not saved, and what a hand has drawn', () => {
  const box = { left: 0, top: 0, right: 1, bottom: 1 };
  const drawn = [/** @type {const} */ ({ kind: 'rectangle', pen: 'add', box })];
  const found = [/** @type {const} */ ({ kind: 'spans', pen: 'add', spans: [0, 0, 1] })];
  assert.ok(isAtStake(true, false, []));
  assert.ok(!isAtStake(true, true, []));
  assert.ok(!isAtStake(false, false, []));
  assert.ok(isAtStake(false, false, drawn) && isAtStake(true, true, drawn));
  assert.ok(!isAtStake(false, false, found), 'it is found again');
  const clicks = [{ x: 0, y: 0, isIn: true }];
  const clicked = found.map((shape) => ({ ...shape, clicks }));
  assert.ok(isAtStake(false, false, clicked), 'a hand has clicked');
  assert.ok(
    !isAtStake(
      false,
      false,
      clicked.map((shape) => ({ ...shape, clicks: [] })),
    ),
  );
});

test('names and folders are those of the files, each once, and none leads elsewhere', () => {
  const names = ['a.jpg', 'b.png', 'A.JPG', 'a.webp', 'c/d\\e.jpg', '照片.jpg', '照片.png'];
  const jpegs = names.map((name) => ({ name, folder: '', format: /** @type {const} */ ('jpeg') }));
  assert.deepEqual(namesFor(jpegs), [
    'a.jpg',
    'b.jpg',
    'A-2.jpg',
    'a-3.jpg',
    'c_d_e.jpg',
    '照片.jpg',
    '照片-2.jpg',
  ]);
  const folders = ['album', 'album/1950s', '../..', '/etc', 'C:\\x', 'Album'];
  const pngs = folders.map((folder) => ({ name: 'a.jpg', folder, format: 'png' }));
  assert.deepEqual(namesFor(/** @type {any} */ (pngs)), [
    'album/a.png',
    'album/1950s/a.png',
    'a.png',
    'etc/a.png',
    'C_/x/a.png',
    'Album/a-2.png',
  ]);
});

/** What is set on a photo of another size. @param {Partial<Entry>} set @param {Entry['photo']} other @param {'extend' | 'fill' | 'unmosaic' | 'colour'} tool */
function carried(set, other, tool) {
  const recipe = recipeFrom({ ...openedEntry(photo(200, 100)), ...set }, tool);
  assert.ok(recipe);
  return wishFrom(recipe, openedEntry(other));
}

test('a shape is carried to other photos as a shape, amounts as shares of the sides', () => {
  const frame = amountsFromRatios([200, 100], [[21, 9]]);
  assert.deepEqual(carried({ frame }, photo(90, 90), 'extend'), {
    wish: { frame: { left: 60, top: 0, right: 60, bottom: 0 } },
  });
  const amounts = { left: 50, top: 10, right: 0, bottom: 0 };
  assert.deepEqual(carried({ frame: amounts }, photo(301, 50), 'extend'), {
    wish: { frame: { left: 75, top: 5, right: 0, bottom: 0 } },
  });
  assert.deepEqual(carried({ frame }, photo(210, 90), 'extend'), {
    trouble: { kind: 'left', key: 'queue.shaped' },
  });
  assert.equal(recipeFrom(openedEntry(photo(200, 100)), 'extend'), null, 'nothing is set');
});

test('a hole is carried to photos of its size alone', () => {
  const box = { left: 10, top: 20, right: 13, bottom: 24 };
  const shapes = [/** @type {const} */ ({ kind: 'rectangle', pen: 'add', box })];
  const found = carried({ shapes, growPx: 0, featherPx: 3 }, photo(200, 100), 'fill');
  assert.ok('wish' in found);
  const entry = { ...openedEntry(photo(200, 100)), ...found.wish };
  assert.equal(entry.featherPx, 3);
  assert.equal(holeFrom(entry, 'fill').count(), 12);
  assert.ok(holeFrom({ ...entry, growPx: 2 }, 'fill').count() > 12, 'Fill grows it');
  assert.equal(holeFrom({ ...entry, growPx: 2 }, 'unmosaic').count(), 12, 'nothing else does');
  assert.deepEqual(carried({ shapes }, photo(100, 200), 'fill'), {
    trouble: { kind: 'left', key: 'queue.size', words: { size: '200 × 100' } },
  });
});

test('cutting out is carried with its background, and is done again before another one', () => {
  const entry = openedEntry(photo(200, 100));
  const kind = /** @type {const} */ ('colour');
  const choice = { kind, colour: '#ff8000', blurPercent: 30, photoId: 7 };
  const backdrop = backdropFrom(choice);
  assert.deepEqual(backdrop, { kind: 'colour', rgb: [255, 128, 0], blur: 0 });
  const blurred = backdropFrom({ ...choice, kind: 'blur' });
  assert.deepEqual(blurred, { kind: 'blur', rgb: [0, 0, 0], blur: 0.3 });
  const other = backdropFrom({ ...choice, kind: 'photo' });
  assert.deepEqual(other, { kind: 'photo', rgb: [0, 0, 0], blur: 0, photoId: 7 });
  const recipe = recipeFrom(entry, 'cutout', backdrop);
  assert.ok(recipe);
  assert.deepEqual(wishFrom(recipe, openedEntry(photo(30, 20))), { wish: {} });
  assert.ok(areSameRecipes(recipe, recipeFrom(entry, 'cutout', backdropFrom(choice))));
  assert.ok(!areSameRecipes(recipe, recipeFrom(entry, 'cutout', blurred)));
});

test('colours are carried with variant and sliders, under the photo that they were put on', () => {
  const settings = { variant: 'bold', saturation: 1.5, warmth: -0.25, strength: 0.5 };
  const colours = { columns: 1, rows: 1, variants: [] };
  const tint = {
    kind: /** @type {const} */ ('colours'),
    source: photo(200, 100),
    colours,
    ...settings,
  };
  const other = photo(30, 20);
  const found = carried({ tint }, other, 'colour');
  assert.ok('wish' in found && found.wish.tint?.kind === 'colours');
  const { variant, saturation, warmth, strength, source } = found.wish.tint;
  assert.deepEqual({ variant, saturation, warmth, strength }, settings);
  assert.equal(source, other);
  const recipe = recipeFrom({ ...openedEntry(other), tint }, 'colour');
  assert.ok(recipe);
  const coloured = { ...openedEntry(photo(30, 20)), tint: { ...tint, source: other } };
  const again = wishFrom(recipe, coloured);
  assert.equal('wish' in again && again.wish.tint?.source, other, 'not under what is coloured');
  assert.ok(areSameRecipes(recipe, recipeFrom(coloured, 'colour')), 'so it is known as done');
  assert.ok(!areSameRecipes(recipe, recipeFrom(openedEntry(other), 'colour')));
});

test('a photo is touched by a result, a stroke, a frame; not by being looked at', () => {
  const opened = photo(20, 10);
  const entry = openedEntry(opened);
  assert.ok(!isTouched(entry, opened));
  assert.ok(isTouched({ ...entry, photo: photo(20, 10) }, opened));
  assert.ok(isTouched({ ...entry, frame: { left: 1, top: 0, right: 0, bottom: 0 } }, opened));
  const box = { left: 0, top: 0, right: 1, bottom: 1 };
  assert.ok(isTouched({ ...entry, shapes: [{ kind: 'rectangle', pen: 'add', box }] }, opened));
});

test('the check sum is the one of zip and PNG, also in pieces', () => {
  const digits = new TextEncoder().encode('123456789');
  assert.equal(crc32(digits), 0xcbf43926); // The check value of CRC-32/ISO-HDLC.
  assert.equal(crc32(digits.subarray(4), crc32(digits.subarray(0, 4))), 0xcbf43926);
});

test('an archive is what the format says, byte for byte', async () => {
  const blob = await zipFrom([{ name: 'é.txt', blob: new Blob(['hi']) }], NEVER);
  const name = 'c3a92e747874';
  // Version 2.0, UTF-8, stored, no time, crc of "hi", 2 bytes twice, a name of 6.
  const common =
    '1400' + '0008' + '0000' + '0000' + '2100' + 'ac2a93d8' + '0200000002000000' + '0600';
  const local = `504b0304${common}0000${name}6869`;
  const central = `504b01021400${common}${'00'.repeat(12)}00000000${name}`;
  const end = '504b0506' + '00000000' + '0100' + '0100' + '34000000' + '26000000' + '0000';
  const hex = Buffer.from(await blob.arrayBuffer()).toString('hex');
  assert.equal(hex, local + central + end);
  assert.equal(blob.type, 'application/zip');
});

test('another program reads the archive', async (context) => {
  if (spawnSync('python3', ['--version']).status !== 0) return context.skip('there is no python3');
  const large = new Uint8Array(PIECE_BYTES + 12345).map((_, i) => (i * 31) % 251);
  const blob = await zipFrom(
    [
      { name: '照片-coloured.png', blob: new Blob([large]) },
      { name: 'empty.png', blob: new Blob() },
      { name: 'last.png', blob: new Blob(['x']) },
    ],
    NEVER,
  );
  const folder = mkdtempSync(join(tmpdir(), 'naobu-zip-'));
  const file = join(folder, 'a.zip');
  writeFileSync(file, Buffer.from(await blob.arrayBuffer()));
  const script =
    'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);print(z.testzip(),[(i.filename,i.file_size,i.compress_type) for i in z.infolist()])';
  const { stdout, stderr } = spawnSync('python3', ['-X', 'utf8', '-c', script, file], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  const list = `('照片-coloured.png', ${large.length}, 0), ('empty.png', 0, 0), ('last.png', 1, 0)`;
  assert.equal(stdout.trim(), `None [${list}]`);
  rmSync(folder, { recursive: true });
});

test('more than a zip holds is refused, and stopping stops', async () => {
  const huge = /** @type {Blob} */ ({ size: 2 ** 31 });
  const files = ['a', 'b'].map((name) => ({ name, blob: huge }));
  await assert.rejects(zipFrom(files, NEVER), { code: 'zip-too-large' });
  const abort = new AbortController();
  abort.abort();
  await assert.rejects(zipFrom([{ name: 'a', blob: new Blob(['a']) }], abort.signal), {
    name: 'AbortError',
  });
});
