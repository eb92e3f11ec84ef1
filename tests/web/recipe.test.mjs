// What of a history other photos can take, and what the page reads of a recipe.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipeFromText, stepsOf } from '../../www/files/recipe.js';

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
  const second = {
    ...made({ tool: 'extend', shares }),
    answers: { at: 1, by: [{ seed: 1 }, { seed: 2 }] },
  };
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

/** @param {unknown} steps @returns {any} */
const readBack = (steps) => recipeFromText(JSON.stringify({ steps }));

const COLOURS = { tool: 'colorize', variant: 'bold', saturation: 1, warmth: 0, strength: 1 };

test('what is written is read as the same steps, and is written so again after it was followed', () => {
  const steps = [
    { tool: 'extend', aspect: '21:9', seed: 2 },
    { tool: 'extend', left: '25%', right: '33.3333%', top: 40 },
    { tool: 'unmosaic' },
    { tool: 'enlarge' },
    { tool: 'fill', scratches: true },
    { tool: 'cutout', background: 'transparent' },
    { tool: 'cutout', background: '#0aff00' },
    { tool: 'cutout', background: 'blur:0.4' },
    { tool: 'colorize', variant: 'warm', saturation: 1.2, warmth: -0.1, strength: 1 },
    { tool: 'colorize', defade: 0.5 },
    { tool: 'extend', aspect: '1:1', model: 'extend-sabini' },
    { tool: 'unmosaic', model: 'unmosaic-contextual' },
    { tool: 'fill', scratches: true, model: 'fill-completion' },
    { ...COLOURS, model: 'colorize-deoldify' },
  ];
  const { recipe } = readBack(steps);
  assert.equal(recipe.tool, 'series');
  assert.deepEqual(read(made(null), made(recipe)), { steps, isWhole: true });
  assert.deepEqual(recipe.steps[1].px, { left: 0, top: 40, right: 0, bottom: 0 });
  for (const step of steps) {
    assert.deepEqual(read(made(null), made(readBack([step]).recipe)).steps, [step]);
  }
});

test('other settings of the last step of a recipe take its place, and leave what came before', () => {
  const source = {};
  const { recipe } = readBack([{ tool: 'unmosaic' }, { tool: 'colorize', variant: 'calm' }]);
  const { steps, isWhole } = read(
    made(null),
    made(recipe, { source }),
    made(colours('warm', 0), { source }),
  );
  assert.deepEqual(
    steps.map((step) => step['variant'] ?? step['tool']),
    ['unmosaic', 'warm'],
  );
  assert.ok(isWhole);
});

test('a recipe may be written by hand, as the command takes it', () => {
  const of = (/** @type {unknown} */ step) => readBack([step]).recipe;
  assert.equal(of({ tool: 'colorize', defade: true }).strength, 1);
  assert.equal(of({ tool: 'colorize', warmth: '-0.25', defade: false }).warmth, -0.25);
  assert.deepEqual(of({ tool: 'cutout', background: 'blur' }).backdrop.blur, 0.5);
  assert.deepEqual(of({ tool: 'cutout' }).backdrop.kind, 'none');
});

test('what is wrong with a recipe is named', () => {
  const key = (/** @type {string} */ text) => /** @type {any} */ (recipeFromText(text)).trouble.key;
  assert.equal(key('{'), 'recipe.notJson');
  for (const text of ['[]', 'null', '7', '{}', '{ "steps": [] }', '{ "steps": 3 }']) {
    assert.equal(key(text), 'recipe.noSteps', text);
  }
  const fine = { tool: 'unmosaic' };
  for (const [step, what] of /** @type {const} */ ([
    [{ tool: 'crop' }, 'tool=crop'],
    [{ tool: 'fill' }, 'tool=fill'],
    [{ tool: 'fill', scratches: false }, 'tool=fill scratches'],
    [{ tool: 'fill', scratches: 'some' }, 'scratches=some'],
    [{ tool: 'fill', scratches: true, rect: ['1,2,3,4'] }, 'rect=["1,2,3,4"]'],
    [{ tool: 'enlarge', times: 4 }, 'times=4'],
    [{ tool: 'constructor' }, 'tool=constructor'],
    [{ aspect: '1:1' }, 'tool='],
    [null, 'tool='],
    [{ tool: 'extend' }, 'tool=extend'],
    [{ tool: 'extend', size: 3 }, 'size=3'],
    [{ tool: 'extend', constructor: 3 }, 'constructor=3'],
    [{ tool: 'extend', aspect: 'wide' }, 'aspect=wide'],
    [{ tool: 'extend', aspect: '1:1', left: 9 }, 'tool=extend aspect left'],
    [{ tool: 'extend', left: 1.5 }, 'left=1.5'],
    [{ tool: 'extend', left: { px: 3 } }, 'left={"px":3}'],
    [{ tool: 'cutout', background: 'beach.jpg' }, 'background=beach.jpg'],
    [{ tool: 'cutout', background: 'blurry' }, 'background=blurry'],
    [{ tool: 'cutout', background: 'blur:2' }, 'background=blur:2'],
    [{ tool: 'cutout', point: '3,4' }, 'point=3,4'],
    [{ tool: 'colorize', variant: 'pink' }, 'variant=pink'],
    [{ tool: 'colorize', saturation: -1 }, 'saturation=-1'],
    [{ tool: 'colorize', defade: 1, warmth: 0 }, 'tool=colorize defade warmth'],
  ])) {
    const words = { step: 2, what };
    assert.deepEqual(readBack([fine, step]), { trouble: { key: 'recipe.unknown', words } });
  }
  assert.ok(readBack([{ tool: 'extend', left: 'x'.repeat(999) }]).trouble.words.what.length < 99);
});
