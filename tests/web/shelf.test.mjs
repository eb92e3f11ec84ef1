// Pictures that are put away come back byte for byte, and take little meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfPhoto, differenceOf, putAway, restored, shelved } from '../../www/history/shelf.js';
import { undoBudget } from '../../www/history/steps.js';
import { randomFrom } from './support.mjs';

/** @import { Photo } from '../../www/store.js' */

const never = () => false;

/** @param {number} width @param {number} height @param {() => number} random @returns {Photo} */
function photoOf(width, height, random) {
  const rgba = new Uint8Array(4 * width * height).map(() => random() * 256);
  const original = { x: 0, y: 0, width, height };
  const rest = { name: 'a.png', openedId: 1, made: 'copy', kind: 'png' };
  return shelved(/** @type {any} */ ({ width, height, rgba, original, ...rest }));
}

/** A part painted anew. @param {Photo} photo @param {() => number} random */
function filled(photo, random) {
  const rgba = photo.rgba.slice();
  const [wide, high] = [1 + random() * photo.width * 0.3, 1 + random() * photo.height * 0.3];
  const left = Math.floor(random() * (photo.width - wide));
  const top = Math.floor(random() * (photo.height - high));
  for (let y = top; y < top + high; y++) {
    for (let x = left; x < left + wide; x++) {
      if (random() < 0.8) rgba[4 * (y * photo.width + x) + Math.floor(random() * 4)] ^= 3;
    }
  }
  return shelved({ ...photo, rgba, made: 'filled' });
}

/** More on some sides. @param {Photo} photo @param {() => number} random */
function extended(photo, random) {
  const [left, top, right, bottom] = [0, 0, 0, 0].map(() => Math.floor(random() * 9));
  const width = photo.width + (left ?? 0) + (right ?? 0);
  const height = photo.height + (top ?? 0) + (bottom ?? 0);
  const rgba = new Uint8Array(4 * width * height).map(() => random() * 256);
  for (let y = 0; y < photo.height; y++) {
    const row = photo.rgba.subarray(4 * y * photo.width, 4 * (y + 1) * photo.width);
    rgba.set(row, 4 * ((y + (top ?? 0)) * width + (left ?? 0)));
  }
  const { x, y } = photo.original;
  const original = { ...photo.original, x: x + (left ?? 0), y: y + (top ?? 0) };
  return shelved({ ...photo, width, height, rgba, original, made: 'extended' });
}

test('what is put away comes back, whatever was done, in whichever order it is asked for', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomFrom(seed);
    const photos = [photoOf(20 + seed, 31, random)];
    for (let i = 0; i < 7; i++) {
      const last = /** @type {Photo} */ (photos.at(-1));
      photos.push(random() < 0.6 ? filled(last, random) : extended(last, random));
    }
    const truth = photos.map(({ rgba }) => Buffer.from(rgba));
    for (let round = 0; round < 12; round++) {
      // Someone looks at one; the others are put away from there outwards, as after a step.
      const at = Math.floor(random() * photos.length);
      assert.equal(Buffer.compare(truth[at] ?? Buffer.alloc(0), photos[at]?.rgba ?? []), 0);
      for (const way of [photos.slice(0, at).reverse(), photos.slice(at + 1)]) {
        let base = /** @type {Photo} */ (photos[at]);
        for (const photo of way) {
          await putAway(photo, base, never);
          base = photo;
        }
      }
    }
    for (const [i, photo] of photos.entries()) {
      assert.equal(
        Buffer.compare(truth[i] ?? Buffer.alloc(0), photo.rgba),
        0,
        `seed ${seed}, ${i}`,
      );
    }
  }
});

test('a filling costs what it has changed, an extension its margin; what changed all over stays', async () => {
  const random = randomFrom(3);
  const photo = photoOf(400, 300, random);
  const whole = bytesOfPhoto(photo);
  assert.equal(whole, 480_000, 'control');
  const rgba = photo.rgba.slice().fill(9, 4 * 400 * 100, 4 * 400 * 110);
  const next = shelved({ ...photo, rgba });
  await putAway(photo, next, never);
  assert.ok(bytesOfPhoto(photo) <= 4 * 400 * 10 + 100, `${bytesOfPhoto(photo)}`);
  const wider = extended(next, () => 0.5);
  await putAway(next, wider, never);
  assert.ok(bytesOfPhoto(next) < 100, 'all of it is in there');
  assert.equal(next.rgba.length, whole, 'asked for, it is whole again');
  assert.equal(bytesOfPhoto(next), whole);
  const coloured = shelved({ ...next, rgba: next.rgba.map((value) => 255 - value) });
  await putAway(next, coloured, never);
  assert.equal(bytesOfPhoto(next), whole);
  await putAway(next, wider, () => true);
  assert.equal(bytesOfPhoto(next), whole, 'something newer is under way');
});

test('a difference has every pixel that differs, and few that do not', async () => {
  const place = { width: 4, height: 2, original: { x: 0, y: 0, width: 4, height: 2 } };
  const before = new Uint8Array(32);
  const after = before.slice();
  after[4 * 5 + 3] = 7;
  const found = await differenceOf(place, after, place, before);
  assert.ok(found);
  assert.deepEqual([...found.runs], [5, 1]);
  assert.deepEqual(restored(place, place, before, found), after);
});

test('the past may take what the device has room for', () => {
  const megabytes = (/** @type {Parameters<typeof undoBudget>[0]} */ device) =>
    undoBudget(device) / 2 ** 20;
  assert.equal(megabytes({ deviceMemory: 8 }), 512);
  assert.equal(megabytes({ deviceMemory: 2 }), 128);
  assert.equal(megabytes({ deviceMemory: 0.5 }), 64);
  assert.equal(megabytes({ deviceMemory: 8, isPhone: true }), 192);
  assert.equal(megabytes({ isPhone: true }), 192);
  assert.equal(megabytes({}), 512);
});
