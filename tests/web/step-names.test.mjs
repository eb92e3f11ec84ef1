// What the steps of the history are called, and their small pictures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHistory, entriesOf } from '../../www/history/history.js';
import { nameOfEntry } from '../../www/history/step-names.js';
import { openedEntry, stepped } from '../../www/history/steps.js';
import { drawThumb, sampled } from '../../www/history/thumbs.js';
import { WORDS, say } from '../../www/words.js';

/** @import { Entry, Photo, ToolName } from '../../www/store.js' */

const SIZE = { width: 300, height: 200 };

/** @param {Partial<Photo>} [change] @returns {Photo} */
function photo(change) {
  const original = { x: 0, y: 0, ...SIZE };
  const rgba = new Uint8Array(4 * SIZE.width * SIZE.height);
  return { ...SIZE, rgba, name: 'a.png', original, openedId: 1, made: 'copy', ...change };
}

const stroke = /** @type {const} */ ({ kind: 'stroke', pen: 'add', radiusPx: 3, points: [9, 9] });
const colours = { columns: 1, rows: 1, variants: [] };
const curves = { columns: 1, rows: 1, points: new Float32Array(1) };
const plain = { source: photo(), variant: 'natural', saturation: 1, warmth: 0, strength: 1 };
const tint = /** @type {const} */ ({ kind: 'colours', colours, ...plain });
const faded = /** @type {const} */ ({ kind: 'curves', source: photo(), curves, strength: 1 });
const grid = (/** @type {number} */ cell) => ({
  cell: /** @type {[number, number]} */ ([cell, cell]),
  phase: /** @type {[number, number]} */ ([0, 0]),
});
const strip = (/** @type {number} */ at) => ({
  source: plain.source,
  whole: plain.source,
  steps: STEPS,
  at,
});
const STEPS = /** @type {any[]} */ ([]);
const coloured = () => photo({ made: 'coloured' });

/** What was clicked on, with a stroke over it. @param {number[]} places */
const clicked = (...places) => {
  const clicks = places.map((x) => ({ x, y: 0, isIn: true }));
  return {
    kind: /** @type {const} */ ('spans'),
    pen: /** @type {const} */ ('add'),
    spans: [],
    clicks,
  };
};
/** Each with what it is called after it. @type {[ToolName, Partial<Entry>, string][]} */
const ALL = [
  ['fill', { shapes: [stroke] }, 'Stroke'],
  ['fill', { shapes: [stroke, { ...stroke, pen: 'erase' }] }, 'Erased'],
  ['fill', { shapes: [{ kind: 'outline', pen: 'add', points: [0, 0, 9, 0, 9, 9] }] }, 'Lasso'],
  [
    'fill',
    { shapes: [{ kind: 'spans', pen: 'add', spans: [1, 2, 3], isWorn: true }] },
    'Scratches found',
  ],
  ['fill', { growPx: 7 }, 'Grow 3.5 %'],
  ['fill', { featherPx: 3 }, 'Feather 3 px'],
  ['fill', { photo: photo({ made: 'filled' }), shapes: [] }, 'Filled'],
  ['fill', { shapes: [stroke] }, 'Stroke'],
  ['fill', { shapes: [], grid: null }, 'Cleared'],
  [
    'unmosaic',
    { shapes: [{ kind: 'spans', pen: 'add', spans: [] }], grid: grid(8) },
    'found, 8 px',
  ],
  ['unmosaic', { grid: grid(11.5) }, 'Cells of 11.5 px'],
  ['unmosaic', { photo: photo({ made: 'unmosaic' }), shapes: [], grid: null }, 'Mosaic undone'],
  ['unmosaic', { photo: photo({ made: 'pixelated' }) }, 'Pixelated'],
  ['cutout', { shapes: [clicked()] }, 'Subject found'],
  ['cutout', { shapes: [clicked(), stroke] }, 'Stroke'],
  ['cutout', { shapes: [clicked(1), stroke] }, 'Click'],
  ['cutout', { shapes: [{ kind: 'spans', pen: 'add', spans: [] }] }, 'Inverted'],
  ['cutout', { photo: photo({ made: 'cut-out' }), shapes: [] }, 'Cut out'],
  ['colour', { photo: coloured(), tint }, 'Coloured'],
  ['colour', { photo: coloured(), tint: { ...tint, variant: 'warm' } }, 'Warm'],
  [
    'colour',
    { photo: coloured(), tint: { ...tint, variant: 'warm', warmth: -0.2 } },
    'Warmth -20 %',
  ],
  [
    'colour',
    {
      photo: coloured(),
      tint: { ...tint, colours: { ...colours } },
      hints: [{ x: 1, y: 1, rgb: [9, 9, 9] }],
    },
    'Hints: 1',
  ],
  ['colour', { photo: photo({ made: 'freshened' }), tint: faded, hints: [] }, 'Freshened'],
  ['colour', { photo: photo({ made: 'freshened' }), tint: { ...faded, strength: 0.5 } }, '50 %'],
  ['extend', { frame: { left: 0, top: 50, right: 0, bottom: 50 } }, 'Frame 1:1'],
  ['extend', { frame: { left: 0, top: 0, right: 0, bottom: 0 } }, 'Frame reset'],
  [
    'crop',
    { photo: photo({ made: 'enlarged', width: 600, height: 400, times: 2 }) },
    'Enlarged to 600 × 400',
  ],
  ['extend', { photo: photo({ made: 'extended', height: 300 }), strip: strip(2) }, 'to 1:1'],
  ['extend', { photo: photo({ made: 'extended', height: 250 }), strip: strip(1) }, 'Step 1: 300'],
  ['extend', { photo: photo(), strip: strip(0) }, 'Before the first step'],
  ['extend', {}, 'Extend'],
];

test('every step is called by what it changed, in both languages', () => {
  const first = photo();
  let history = createHistory(openedEntry(first));
  for (const [tool, change, name] of ALL) {
    history = stepped(history, change, { tool, merge: '' });
    const { key, words } = nameOfEntry(history.present, first);
    assert.ok(say('en', key, words).includes(name), `${name}: ${say('en', key, words)}`);
    assert.doesNotMatch(say('zh', key, words), /[{}]|undefined/);
    assert.ok(WORDS.zh[key], key);
  }
  const [opened] = entriesOf(history);
  assert.ok(opened);
  assert.deepEqual(nameOfEntry(opened, first), { key: 'history.opened' });
  assert.deepEqual(nameOfEntry({ ...opened, shapes: [stroke] }, first), { key: 'history.back' });
});

test('the moves of one drag have one name, that of where it ended', () => {
  let history = createHistory(openedEntry(photo()));
  for (const bottom of [20, 60, 100]) {
    const frame = { left: 0, top: 0, right: 0, bottom };
    history = stepped(history, { frame }, { tool: 'extend', merge: 'frame 1' });
  }
  assert.equal(history.past.length, 1);
  assert.deepEqual(history.present.step?.name, { key: 'history.frame', words: { ratio: '1:1' } });
  // A move that changes nothing keeps the name of the drag.
  history = stepped(history, {}, { tool: 'extend', merge: 'frame 1' });
  assert.equal(history.present.step?.name.key, 'history.frame');
});

test('a step keeps its name when the one before it is forgotten', () => {
  const first = photo();
  let history = createHistory(openedEntry(first));
  for (const growPx of [5, 6, 7]) {
    history = stepped(history, { growPx }, { tool: 'fill', merge: '' }, 0);
  }
  assert.equal(entriesOf(history).length, 2);
  const names = entriesOf(history).map((entry) => nameOfEntry(entry, first).words?.['percent']);
  assert.deepEqual(names, [3, 3.5]);
});

test('a small picture has the mean colours of the photo, whatever its shape', () => {
  for (const [width, height] of /** @type {const} */ ([
    [2400, 1600],
    [40, 30],
    [5000, 16],
    [64, 3000],
  ])) {
    const rgba = new Uint8Array(4 * width * height);
    for (let i = 0; i < rgba.length; i += 4) {
      const isLeft = (i / 4) % width < width / 2;
      // What is transparent has a colour that must not show.
      rgba.set(isLeft ? [200, 100, 50, 255] : [9, 9, 255, 0], i);
    }
    const small = sampled({ width, height, rgba });
    assert.ok(small.width <= 120 && small.height <= 90 && small.width > 0 && small.height > 0);
    assert.equal(small.rgba.length, 4 * small.width * small.height);
    assert.deepEqual([...small.rgba.subarray(0, 4)], [200, 100, 50, 255]);
    assert.equal(small.rgba.at(-1), 0);
  }
  const fine = { width: 480, height: 360, rgba: new Uint8Array(4 * 480 * 360).fill(255) };
  for (let i = 0; i < fine.rgba.length; i += 8) fine.rgba.fill(0, i, i + 3);
  assert.equal(sampled(fine).rgba[0], 128, 'stripes of one pixel are mixed, not picked');
});

test('what was forgotten leaves no picture behind', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  // The least of a canvas.
  const context = /** @type {any} */ (
    new Proxy({}, { get: () => () => undefined, set: () => true })
  );
  class Canvas {
    getContext() {
      return context;
    }
  }
  Object.assign(globalThis, { OffscreenCanvas: Canvas, ImageData: class {} });
  const draw = () => {
    const entry = openedEntry(photo());
    drawThumb(/** @type {any} */ (new Canvas()), entry);
    return { entry, photo: new WeakRef(entry.photo) };
  };
  const kept = draw();
  const gone = new WeakRef(draw().entry.photo);
  for (let i = 0; i < 5 && gone.deref(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  assert.equal(gone.deref(), undefined);
  assert.ok(kept.photo.deref() && kept.entry, 'control: what is still there is kept');
});
