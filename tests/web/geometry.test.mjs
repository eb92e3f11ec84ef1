// Shapes, amounts and labels.

import assert from 'node:assert/strict';
import { SIZES as WANTED, amountsForSize, sizeFor } from '../../www/drawing/sizes.js';
import { test } from 'node:test';
import {
  NO_AMOUNTS,
  PRESETS,
  SIDES,
  amountFromField,
  amountsFromRatios,
  draggedAmounts,
  fieldFromAmount,
  growthLabel,
  isEmptyFrame,
  placeIn,
  presetFromName,
  ratioName,
  sizeFromAmounts,
} from '../../www/drawing/geometry.js';

const LIMITS = {
  min_side_px: 16,
  max_photo_pixels: 24_000_000,
  max_result_pixels: 48_000_000,
  max_factor: 8,
};
const SIZES = /** @type {const} */ ([
  [1600, 1067],
  [1067, 1600],
  [17, 16],
  [101, 53],
  [640, 480],
  [1920, 1080],
  [5000, 500],
  [333, 999],
]);

/** @import { Size } from '../../www/drawing/geometry.js' */

test('a shape gives its ratio to a pixel, never cuts, and grows evenly', () => {
  for (const size of SIZES) {
    for (const { name, ratios } of PRESETS) {
      const amounts = amountsFromRatios(size, ratios);
      const [width, height] = sizeFromAmounts(size, amounts);
      const [across, down] = ratios.at(-1) ?? [1, 1];
      const off = Math.min(
        Math.abs(width - (height * across) / down),
        Math.abs(height - (width * down) / across),
      );
      assert.ok(off <= 0.5, `${name} of ${size}: ${width}×${height}`);
      for (const side of SIDES) {
        assert.ok(Number.isInteger(amounts[side]) && amounts[side] >= 0, `${name} of ${size}`);
      }
      assert.ok([0, 1].includes(amounts.right - amounts.left), `${name} of ${size}`);
      assert.ok([0, 1].includes(amounts.bottom - amounts.top), `${name} of ${size}`);
    }
  }
});

test('a shape of one ratio grows along one axis only', () => {
  for (const size of SIZES) {
    for (const { name, ratios } of PRESETS.filter((preset) => preset.ratios.length === 1)) {
      const { left, top, right, bottom } = amountsFromRatios(size, ratios);
      assert.ok(left + right === 0 || top + bottom === 0, `${name} of ${size}`);
    }
  }
});

test('pinned: 16:9, 21:9 and 4:3 → 21:9 of known photos', () => {
  const amounts = (/** @type {string} */ name, /** @type {[number, number]} */ size) =>
    amountsFromRatios(size, presetFromName(name)?.ratios ?? []);
  assert.deepEqual(amounts('16:9', [640, 480]), { left: 106, top: 0, right: 107, bottom: 0 });
  assert.deepEqual(amounts('21:9', [960, 720]), { left: 360, top: 0, right: 360, bottom: 0 });
  assert.deepEqual(amounts('1:1', [101, 53]), { left: 0, top: 24, right: 0, bottom: 24 });
  assert.deepEqual(amounts('9:16', [1080, 1080]), { left: 0, top: 420, right: 0, bottom: 420 });
  // A 4:3 photo only widens; a 16:9 photo first gets the height it would have had in 4:3.
  assert.deepEqual(amounts('4:3 → 21:9', [960, 720]), { left: 360, top: 0, right: 360, bottom: 0 });
  assert.deepEqual(amounts('4:3 → 21:9', [1920, 1080]), {
    left: 720,
    top: 180,
    right: 720,
    bottom: 180,
  });
});

test('a photo that has the shape already does not grow', () => {
  for (const [name, width, height] of /** @type {const} */ ([
    ['16:9', 1366, 768],
    ['16:9', 1920, 1080],
    ['21:9', 2520, 1080],
    ['1:1', 77, 77],
  ])) {
    const amounts = amountsFromRatios([width, height], presetFromName(name)?.ratios ?? []);
    assert.ok(isEmptyFrame(amounts), name);
  }
});

test('a shape is found by its name, also as one types it', () => {
  for (const { name } of PRESETS) assert.equal(presetFromName(name)?.name, name);
  for (const typed of ['4:3→21:9', '4:3-21:9', '4:3->21:9']) {
    assert.equal(presetFromName(typed)?.name, '4:3 → 21:9');
  }
  assert.equal(presetFromName('3:7'), null);
});

test('dragging a side outward grows it, inward stops at the photo', () => {
  const size = /** @type {const} */ ([130, 70]);
  const grown = draggedAmounts(size, NO_AMOUNTS, ['top', 'left'], { x: -12.4, y: -7.6 }, LIMITS);
  assert.deepEqual(grown, { left: 12, top: 8, right: 0, bottom: 0 });
  const back = draggedAmounts(size, grown, ['top', 'left'], { x: 500, y: 500 }, LIMITS);
  assert.deepEqual(back, NO_AMOUNTS);
  const right = draggedAmounts(size, grown, ['right'], { x: 9, y: -30 }, LIMITS);
  assert.deepEqual(right, { left: 12, top: 8, right: 9, bottom: 0 });
});

test('dragging stops at the limits', () => {
  const far = draggedAmounts(
    [100, 50],
    NO_AMOUNTS,
    ['right', 'bottom'],
    { x: 1e6, y: 1e6 },
    LIMITS,
  );
  assert.deepEqual(sizeFromAmounts([100, 50], far), [800, 400]);
  const large = draggedAmounts([6000, 4000], NO_AMOUNTS, ['right'], { x: 30000, y: 0 }, LIMITS);
  const [width, height] = sizeFromAmounts([6000, 4000], large);
  assert.ok(width * height <= LIMITS.max_result_pixels, `${width}×${height}`);
  assert.ok(width > 11_900, 'it goes as far as the limit allows');
});

test('fields speak pixels and per cent, and come back to the same amount', () => {
  assert.equal(fieldFromAmount(64, 256, '%'), 25);
  assert.equal(fieldFromAmount(64, 256, 'px'), 64);
  assert.equal(amountFromField(25, 256, '%'), 64);
  assert.equal(amountFromField(Number.NaN, 256, 'px'), 0);
  assert.equal(amountFromField(-5, 256, 'px'), 0);
  for (let amount = 0; amount < 300; amount++) {
    assert.equal(amountFromField(fieldFromAmount(amount, 301, '%'), 301, '%'), amount);
  }
});

test('labels are short and true', () => {
  assert.equal(growthLabel({ left: 160, top: 0, right: 160, bottom: 0 }), '+320 px');
  assert.equal(growthLabel({ left: 0, top: 5, right: 0, bottom: 0 }), '+5 px');
  assert.equal(growthLabel({ left: 10, top: 5, right: 0, bottom: 0 }), '+10 × 5 px');
  assert.equal(ratioName([2489, 1067]), '21:9');
  assert.equal(ratioName([1080, 1920]), '9:16');
  assert.equal(ratioName([1430, 1000]), '1.43:1');
  assert.equal(ratioName([1000, 1430]), '1:1.43');
});

test('a size is met to the pixel by smaller photos; larger ones get its shape, small numbers are one', () => {
  const grown = (/** @type {Size} */ photo, /** @type {Size} */ wanted) =>
    sizeFromAmounts(photo, amountsForSize(photo, wanted));
  assert.deepEqual(grown([1000, 701], [1920, 1080]), [1920, 1080]);
  assert.deepEqual(grown([1920, 1080], [1920, 1080]), [1920, 1080]);
  assert.deepEqual(grown([4000, 3000], [1920, 1080]), [5333, 3000]);
  assert.deepEqual(grown([400, 300], [3, 2]), [450, 300]);
  const [, a4] = WANTED;
  assert.ok(a4);
  assert.deepEqual(sizeFor(a4, [300, 200]), [3508, 2480]);
  assert.deepEqual(sizeFor(a4, [200, 300]), [2480, 3508], 'upright as the photo');
  for (const { size } of WANTED) assert.ok(Math.min(...size) >= 100, 'none is taken for a ratio');
});

test('a picture has its place in another of the same photo, also where either was enlarged', () => {
  const opened = { width: 300, height: 200, original: { x: 0, y: 0, width: 300, height: 200 } };
  const wide = { ...opened, width: 400, original: { ...opened.original, x: 60 } };
  assert.deepEqual(placeIn(wide, opened), { x: 60, y: 0, width: 300, height: 200 });
  assert.deepEqual(placeIn(opened, wide), { x: -60, y: 0, width: 400, height: 200 });
  const twice = {
    ...{ width: 800, height: 400, times: 2 },
    original: { x: 120, y: 0, width: 600, height: 400 },
  };
  assert.deepEqual(placeIn(twice, wide), { x: 0, y: 0, width: 800, height: 400 });
  assert.deepEqual(placeIn(twice, opened), { x: 120, y: 0, width: 600, height: 400 });
  assert.deepEqual(placeIn(opened, twice), { x: -60, y: 0, width: 400, height: 200 });
});
