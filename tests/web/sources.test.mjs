// Where a painting was taken from: looking a place up, and the colours of directions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { depthsOf, sourceOf, wheelColour } from '../../www/drawing/sources-overlay.js';

test('a place is looked up in the cell that it lies in', () => {
  const origins = { columns: 2, rows: 2, from: Int32Array.of(-1, -1, 10, 11, 20, 21, -1, -1) };
  const photo = { width: 200, height: 100 };
  assert.deepEqual(sourceOf(origins, photo, { x: 100, y: 49.9 }), { x: 10, y: 11 });
  assert.deepEqual(sourceOf(origins, photo, { x: 99.9, y: 50 }), { x: 20, y: 21 });
  for (const place of [
    { x: 0, y: 0 },
    { x: 199, y: 99 },
    { x: -1, y: 60 },
    { x: 200, y: 10 },
    { x: 50, y: 100 },
  ]) {
    assert.equal(sourceOf(origins, photo, place), null, JSON.stringify(place));
  }
});

test('a direction has the colour that CSS gives its angle', () => {
  // hsl(0 100% 55%), hsl(90 100% 55%), hsl(180 100% 55%), hsl(270 100% 55%)
  assert.deepEqual(wheelColour(0, 1), [255, 26, 26]);
  assert.deepEqual(wheelColour(Math.PI / 2, 1), [140, 255, 26]);
  assert.deepEqual(wheelColour(Math.PI, 1), [26, 255, 255]);
  assert.deepEqual(wheelColour(-Math.PI / 2, 1), [140, 26, 255]);
  assert.deepEqual(wheelColour(1, 0), [140, 140, 140]);
});

test('the depth of a cell is its distance from what is known', () => {
  // Five columns, three rows; the first column is known, and the last cell of the last row.
  const isKnown = (/** @type {number} */ i) => i % 5 === 0 || i === 14;
  const cells = Array.from({ length: 15 }, (_, i) => (isKnown(i) ? [-1, -1] : [0, 0]));
  const depths = depthsOf({ columns: 5, rows: 3, from: Int32Array.from(cells.flat()) });
  assert.deepEqual([...depths], [0, 1, 2, 3, 2, 0, 1, 2, 2, 1, 0, 1, 2, 1, 0]);
});
