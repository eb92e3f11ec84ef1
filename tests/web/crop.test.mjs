// Where a crop lies, how much of a turned photo is whole, what a border is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  amountsForRatio,
  borderOf,
  croppedBox,
  croppingOf,
  degreesByLine,
  draggedInward,
  wholeShare,
} from '../../www/drawing/crop.js';
import { NO_AMOUNTS } from '../../www/drawing/geometry.js';
import { createHistory, pushed, undone } from '../../www/history/history.js';
import { randomFrom } from './support.mjs';

test('what is left of a turned photo lies in it, and touches its edge', () => {
  const random = randomFrom(5);
  for (let i = 0; i < 200; i++) {
    const [width, height] = [20 + random() * 4000, 20 + random() * 4000];
    const degrees = (random() - 0.5) * 40;
    const share = wholeShare([width, height], degrees);
    const turn = (degrees * Math.PI) / 180;
    const reach = [-1, 1].flatMap((h) =>
      [-1, 1].map((v) => {
        const [x, y] = [(h * width * share) / 2, (v * height * share) / 2];
        const across = Math.abs(x * Math.cos(turn) + y * Math.sin(turn)) / (width / 2);
        const down = Math.abs(y * Math.cos(turn) - x * Math.sin(turn)) / (height / 2);
        return Math.max(across, down);
      }),
    );
    assert.ok(
      Math.abs(Math.max(...reach) - 1) < 1e-9,
      `${width} × ${height}, ${degrees}: ${reach}`,
    );
  }
  assert.equal(wholeShare([300, 200], 0), 1);
});

test('a shape takes as little as it can; edges stop at the photo and before each other', () => {
  assert.deepEqual(amountsForRatio([400, 300], [1, 1]), { left: 50, top: 0, right: 50, bottom: 0 });
  assert.deepEqual(amountsForRatio([400, 300], [4, 3]), NO_AMOUNTS);
  const [size, sides] = [/** @type {const} */ ([400, 300]), /** @type {const} */ (['left', 'top'])];
  const dragged = (/** @type {number} */ x, /** @type {number} */ y) =>
    draggedInward(size, { ...NO_AMOUNTS, right: 100 }, sides, { x, y });
  assert.deepEqual(dragged(30, -9), { left: 30, top: 0, right: 100, bottom: 0 });
  assert.deepEqual(dragged(900, 900), { left: 284, top: 284, right: 100, bottom: 0 });
  assert.deepEqual(
    croppedBox(size, { amounts: { left: 10, top: 20, right: 30, bottom: 40 }, degrees: 0 }),
    { x: 10, y: 20, width: 360, height: 240, share: 1 },
  );
});

/** A picture inside a border. @param {number[]} border  left, top, right, bottom @param {() => number} noise */
function bordered([left = 0, top = 0, right = 0, bottom = 0], noise) {
  const [width, height] = [200, 150];
  const rgba = new Uint8Array(4 * width * height).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isInside = x >= left && y >= top && x < width - right && y < height - bottom;
      const value = isInside ? [(x * 37) % 200, (y * 53) % 200, 90] : [240, 236, 225];
      rgba.set(
        value.map((v) => v + noise() * 8),
        4 * (y * width + x),
      );
    }
  }
  return { width, height, rgba };
}

test('a border is found where it is, and nowhere else', () => {
  const random = randomFrom(2);
  assert.deepEqual(borderOf(bordered([12, 7, 9, 20], random)), {
    ...{ left: 12, top: 7, right: 9, bottom: 20 },
  });
  assert.deepEqual(borderOf(bordered([0, 0, 0, 0], random)), NO_AMOUNTS);
  const sky = bordered([0, 90, 0, 0], random);
  assert.equal(borderOf(sky).top, 0, 'more than a quarter is no border');
});

test('a line says how far a photo has to be turned for it to be level or upright', () => {
  const line = (/** @type {number} */ degrees, /** @type {number} */ from = 0) => {
    const turn = (degrees * Math.PI) / 180;
    const to = { x: 50 + 90 * Math.cos(turn), y: 70 + 90 * Math.sin(turn) };
    return degreesByLine({ x: 50, y: 70 }, to, from);
  };
  // Down to the right, y grows downwards: the photo has to be turned the other way.
  assert.equal(line(4), -4);
  assert.equal(line(180 + 4), -4, 'drawn from the other end');
  assert.equal(line(-4), 4);
  assert.equal(line(90 + 6), -6, 'an upright edge');
  assert.equal(line(-90 - 6), 6);
  assert.equal(line(3, -4), -7, 'on top of how far it is turned already');
});

test('what is set of a crop stays in its place while a photo is enlarged, and while that is undone', () => {
  const [photo, twice, filled, again] = [
    { made: 'copy' },
    { made: 'enlarged', times: 2 },
    { made: 'filled', times: 2 },
    { made: 'enlarged', times: 4 },
  ];
  const amounts = { left: 10, top: 20, right: 30, bottom: 41 };
  /** @param {unknown} of @param {unknown} history @returns {Partial<import('../../www/drawing/crop.js').Cropping>} */
  const set = (of, history) =>
    croppingOf(/** @type {any} */ ({ cropping: { photo: of, amounts, degrees: 3 }, history }));
  const opened = createHistory({ photo });
  const stroke = pushed(opened, { photo });
  const enlarged = pushed(stroke, { photo: twice });
  assert.deepEqual(set(photo, stroke).amounts, amounts);
  const doubled = { left: 20, top: 40, right: 60, bottom: 82 };
  assert.deepEqual([set(photo, enlarged).amounts, set(photo, enlarged).degrees], [doubled, 3]);
  const halved = { left: 5, top: 10, right: 15, bottom: 21 };
  assert.deepEqual(set(twice, undone(enlarged)).amounts, halved);
  const much = set(photo, pushed(enlarged, { photo: again }));
  assert.deepEqual(much.amounts, { left: 40, top: 80, right: 120, bottom: 164 });
  for (const other of [filled, { made: 'cropped', times: 2 }]) {
    const history = pushed(enlarged, { photo: other });
    assert.deepEqual(set(photo, history).amounts, NO_AMOUNTS, other.made);
    assert.deepEqual(set(other, pushed(history, { photo: twice })).amounts, NO_AMOUNTS);
  }
  assert.deepEqual(set({ made: 'copy' }, enlarged).amounts, NO_AMOUNTS, 'of another photo');
});
