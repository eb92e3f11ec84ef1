// What of a history other photos can take.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsOf } from '../../www/files/recipe.js';

/** @import { Recipe } from '../../www/queue/queue.js' */

/** An entry whose picture was made by a recipe. @param {Recipe | null} recipe @param {object} [tint] @param {object} [cut] */
const made = (recipe, tint, cut) => ({ photo: {}, recipe, tint: tint ?? null, cut: cut ?? null });
/** @param {readonly ReturnType<typeof made>[]} entries */
const read = (...entries) =>
  stepsOf(/** @type {any} */ (entries), (entry) => /** @type {any} */ (entry).recipe);
/** @param {string} variant @param {number} warmth @returns {Recipe} */
const colours = (variant, warmth) => ({
  ...{ tool: 'colour', kind: 'colours', variant, warmth },
  ...{ saturation: 1.2, strength: 1 },
});

test('colours are one step with their last settings; steps after them follow', () => {
  const opened = made(null);
  const source = opened.photo;
  const { steps, isWhole } = read(
    opened,
    made(colours('', 0), { source }),
    made(colours('warm', 0.123456), { source }),
    made({ tool: 'extend', shares: { left: 0.25, top: 0, right: 1 / 3, bottom: 0 } }),
    made({ tool: 'colour', kind: 'curves', strength: 0.5 }, { source: {} }),
    made({ tool: 'unmosaic' }),
  );
  assert.deepEqual(steps, [
    { tool: 'colorize', variant: 'warm', saturation: 1.2, warmth: 0.1235, strength: 1 },
    { tool: 'extend', left: '25%', right: '33.3333%' },
    { tool: 'colorize', defade: 0.5 },
    { tool: 'unmosaic' },
  ]);
  assert.ok(isWhole);
});

test('what is cut out of one photo is the subject of another, before the same background', () => {
  const cut = (/** @type {any} */ backdrop) => made({ tool: 'cutout', backdrop });
  const { steps, isWhole } = read(
    made(null),
    cut({ kind: 'none', rgb: [0, 0, 0], blur: 0 }),
    cut({ kind: 'colour', rgb: [10, 255, 0], blur: 0 }),
    cut({ kind: 'blur', rgb: [0, 0, 0], blur: 0.4 }),
  );
  const wanted = ['transparent', '#0aff00', 'blur:0.4'];
  assert.deepEqual(
    steps,
    wanted.map((background) => ({ tool: 'cutout', background })),
  );
  assert.ok(isWhole);
  // Cut out of the same photo again, it is the last background that counts.
  const source = {};
  const none = { tool: 'cutout', backdrop: { kind: 'none', rgb: [0, 0, 0], blur: 0 } };
  const again = () => made(/** @type {any} */ (none), undefined, { source });
  assert.equal(read(made(null), again(), again()).steps.length, 1);
});

test('another answer than the first is asked for by its seed', () => {
  const shares = { left: 0.25, top: 0, right: 0, bottom: 0 };
  const second = { ...made({ tool: 'extend', shares }), answers: { at: 1 } };
  const { steps } = read(made(null), second);
  assert.deepEqual(steps, [{ tool: 'extend', left: '25%', seed: 2 }]);
});

test('what belongs to one photo is left out, and said', () => {
  const plain = made(null);
  const set = { ...plain }; // A stroke: the same picture.
  const fill = { tool: 'fill', width: 9, height: 9, shapes: [], growPx: 0, featherPx: 0 };
  const filled = made(/** @type {any} */ (fill));
  assert.deepEqual(read(plain, set), { steps: [], isWhole: true });
  assert.deepEqual(read(plain, set, filled), { steps: [], isWhole: false });
  const behind = { kind: 'photo', rgb: [0, 0, 0], blur: 0, photoId: 2 };
  const beach = made(/** @type {any} */ ({ tool: 'cutout', backdrop: behind }));
  assert.deepEqual(read(plain, beach), { steps: [], isWhole: false });
  const both = read(plain, filled, made({ tool: 'unmosaic' }));
  assert.deepEqual(both, { steps: [{ tool: 'unmosaic' }], isWhole: false });
});
