// The one history of strokes, settings and results.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHistory, redone, undone } from '../../www/history/history.js';
import { HolePainter } from '../../www/drawing/shapes.js';
import { openedEntry, stepped } from '../../www/history/steps.js';
import { places } from '../../www/drawing/grid-overlay.js';
import { TASKS, cellText, coatFrom, freshen, searchedMosaic } from '../../www/tasks.js';
import { randomFrom, randomShape } from './support.mjs';

/** @import { Entry, Photo } from '../../www/store.js' */

/** @param {number} seed @returns {Photo} */
function photoFrom(seed) {
  const [width, height] = [24, 17];
  const rgba = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i * 7 + seed) % 256);
  const original = { x: 0, y: 0, width, height };
  return { width, height, rgba, name: 'a.png', original, openedId: seed, made: 'copy' };
}

/** The whole state of the page that a step may touch, as values: what undo has to give back. */
/** @param {Entry} entry @param {HolePainter} painter */
function valuesOf(entry, painter) {
  const { photo, shapes, growPx } = entry;
  painter.sync(photo, shapes, growPx);
  const hole = painter.hole ? [...painter.hole.pixels] : Array(photo.width * photo.height).fill(0);
  const { rgba, ...rest } = photo;
  return JSON.stringify({ ...entry, photo: { ...rest, rgba: [...rgba] }, hole });
}

/** An engine that paints at once: the hole green, the margin grey. */
const engine = /** @type {any} */ ({
  async fill(/** @type {Photo} */ { width, height, rgba }, /** @type {Uint8Array} */ hole) {
    const result = rgba.slice();
    for (const [i, painted] of hole.entries()) if (painted) result.set([0, 255, 0], 4 * i);
    return { picture: { width, height, rgba: result }, millis: 1 };
  },
  async extend(
    /** @type {Photo} */ photo,
    /** @type {import('../../www/engine/protocol.js').Amounts} */ a,
  ) {
    const [width, height] = [photo.width + a.left + a.right, photo.height + a.top + a.bottom];
    const rgba = new Uint8Array(4 * width * height).fill(90);
    return { picture: { width, height, rgba }, device: 'cpu', millis: 1 };
  },
  async colours(/** @type {Photo} */ _, /** @type {readonly unknown[]} */ hints) {
    const uv = Float32Array.from([hints.length, 9]);
    const variants = [
      { name: 'natural', uv },
      { name: 'bold', uv: uv.map((v) => 2 * v) },
    ];
    const colours = { columns: 1, rows: 1, variants };
    return { colours, device: 'cpu', millis: 1 };
  },
  async curves() {
    const curves = { columns: 1, rows: 1, points: new Float32Array(87) };
    return { curves, device: 'cpu', millis: 1 };
  },
  async put(/** @type {Photo} */ { width, height, rgba }, /** @type {any} */ coat) {
    const added = coat.kind === 'curves' ? 7 : coat.uv[0] + coat.uv[1];
    return { width, height, rgba: rgba.map((v) => v + coat.strength * added) };
  },
});

test('after any strokes, settings and runs, undoing all gives the first state back', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomFrom(seed);
    const painter = new HolePainter();
    let history = createHistory(openedEntry(photoFrom(seed)));
    const first = valuesOf(history.present, painter);
    // The same history, kept the plain way: the values after each step, and where we are.
    let states = [first];
    let at = 0;
    for (let step = 0; step < 40; step++) {
      const { present } = history;
      const dice = random();
      const options = { signal: new AbortController().signal };
      if (dice < 0.12) history = undone(history);
      else if (dice < 0.2) history = redone(history);
      else {
        const tool = dice < 0.6 || dice >= 0.95 ? 'fill' : dice < 0.85 ? 'extend' : 'colour';
        /** @type {Partial<Entry>} */
        let change = { frame: { left: 3, top: 0, right: step, bottom: 1 } };
        if (dice < 0.55)
          change = { shapes: [...present.shapes, randomShape(random, present.photo)] };
        else if (dice < 0.6) change = { growPx: step };
        else if (dice < 0.65) change = { featherPx: step };
        else if (dice < 0.7)
          change = { hints: [...present.hints, { x: step, y: 1, rgb: [9, 8, 7] }] };
        else if (dice >= 0.8) {
          painter.sync(present.photo, present.shapes, present.growPx);
          if (TASKS[tool].refusal(present, painter.hole)) continue;
          change = (await TASKS[tool].run(engine, present, painter.hole, options)).change;
        }
        history = stepped(history, change, { tool, merge: '' });
        states = [...states.slice(0, at + 1), valuesOf(history.present, painter)];
      }
      at = history.past.length;
      assert.equal(valuesOf(history.present, painter), states[at], `seed ${seed}, step ${step}`);
    }
    assert.ok(history.past.length > 3, 'something was done');
    while (history.past.length > 0) history = undone(history);
    assert.equal(valuesOf(history.present, painter), first, `seed ${seed}: all undone`);
    while (history.future.length > 0) history = redone(history);
    assert.equal(valuesOf(history.present, painter), states.at(-1), `seed ${seed}: all redone`);
  }
});

test('undoing a filling gives the hole back, and what the filling was not asked for stays', async () => {
  const painter = new HolePainter();
  const frame = { left: 5, top: 0, right: 0, bottom: 0 };
  const shape = /** @type {const} */ ({ kind: 'stroke', pen: 'add', radiusPx: 3, points: [9, 9] });
  const entry = { ...openedEntry(photoFrom(1)), frame, shapes: [shape], growPx: 0 };
  painter.sync(entry.photo, entry.shapes, 0);
  const { signal } = new AbortController();
  const { change, status } = await TASKS.fill.run(engine, entry, painter.hole, { signal });
  const history = stepped(createHistory(entry), change, { tool: 'fill', merge: '' });
  assert.deepEqual(history.present.shapes, []);
  assert.equal(history.present.frame, frame);
  assert.equal(history.present.photo.made, 'filled');
  assert.deepEqual(status.words['percent'], '7.8', '32 of 408 pixels');
  assert.deepEqual(undone(history).present.shapes, [shape]);
  assert.equal(undone(history).present.photo, entry.photo);
});

test('what was found is put anew on the same photo, with the settings that were chosen', async () => {
  const { signal } = new AbortController();
  const entry = { ...openedEntry(photoFrom(1)), hints: [{ x: 1, y: 2, rgb: [1, 2, 3] }] };
  const first = (await TASKS.colour.run(engine, /** @type {any} */ (entry), null, { signal }))
    .change;
  const tint = /** @type {any} */ (first.tint);
  assert.equal(tint.source, entry.photo);
  assert.equal(first.photo?.made, 'coloured');
  assert.deepEqual([...coatFrom(tint).uv], [1, 9]);
  assert.equal(first.photo?.rgba[0], (entry.photo.rgba[0] ?? 0) + 10);
  // Again, after settings and with one hint more: from the photo as it was, with these settings.
  const chosen = { ...tint, variant: 'bold', warmth: -0.5, strength: 0.5 };
  const again = { ...entry, ...first, tint: chosen, hints: [] };
  const second = (await TASKS.colour.run(engine, /** @type {any} */ (again), null, { signal }))
    .change;
  const { source, variant, warmth, strength } = /** @type {any} */ (second.tint);
  assert.deepEqual([source, variant, warmth, strength], [entry.photo, 'bold', -0.5, 0.5]);
  assert.equal(second.photo?.rgba[0], (entry.photo.rgba[0] ?? 0) + 9, 'half of twice 9');
  // What another tool makes is no longer what colours were put on.
  const frame = { left: 1, top: 0, right: 0, bottom: 0 };
  const extended = await TASKS.extend.run(engine, /** @type {any} */ ({ ...again, frame }), null, {
    signal,
  });
  assert.deepEqual([extended.change.tint, extended.change.hints], [null, []]);
  const fresh = (await freshen.run(engine, /** @type {any} */ (again), null, { signal })).change;
  assert.deepEqual([fresh.photo?.made, fresh.tint?.source], ['freshened', again.photo]);
});

test('what a step of Colour keeps alive counts as its cost', async () => {
  const { signal } = new AbortController();
  const entry = openedEntry(photoFrom(1));
  const { change } = await TASKS.colour.run(engine, entry, null, { signal });
  const step = { tool: /** @type {const} */ ('colour'), merge: '' };
  let history = createHistory(entry);
  const bytes = 4 * 24 * 17;
  // The opened photo, one coloured, and two grids of 8 bytes.
  const cost = 2 * bytes + 16;
  history = stepped(history, change, step, cost);
  history = stepped(history, { growPx: 9 }, step, cost);
  assert.equal(history.past.length, 2, 'just within');
  // Forgetting the opened photo's step saves nothing: the next ones were made from it.
  history = stepped(history, { growPx: 10 }, step, cost - 1);
  assert.equal(history.past.length, 1);
});

test('a search finds cells and region; with something drawn it leaves that as it is', async () => {
  const mosaic = { cell: [8, 8], phase: [3, 1], confidence: 0.9, spans: [5, 2, 9] };
  const heard = /** @type {unknown[]} */ ([]);
  const finder = /** @type {any} */ ({
    async findMosaic(/** @type {Photo} */ _, /** @type {unknown} */ hole) {
      heard.push(hole);
      return mosaic;
    },
    async unmosaic(
      /** @type {Photo} */ photo,
      /** @type {unknown} */ _,
      /** @type {unknown} */ grid,
    ) {
      heard.push(grid);
      return { picture: photo, millis: 1 };
    },
  });
  const { signal } = new AbortController();
  const painter = new HolePainter();
  const entry = openedEntry(photoFrom(1));
  const found = await searchedMosaic(finder, entry, null, signal);
  assert.deepEqual(found.grid, { cell: [8, 8], phase: [3, 1] });
  painter.sync(entry.photo, found.shapes ?? [], 0);
  assert.equal(painter.hole?.count(), 7);
  const within = await searchedMosaic(finder, entry, painter.hole, signal);
  assert.deepEqual(Object.keys(within), ['grid']);
  assert.equal(heard[1], painter.hole?.pixels);

  // Undoing it takes the cells that are known, and looks for them where they are not.
  const known = { ...entry, grid: { cell: [5, 5], phase: [0, 0] } };
  await TASKS.unmosaic.run(finder, /** @type {Entry} */ (known), painter.hole, { signal });
  assert.equal(heard.at(-1), known.grid);
  const { change, status } = await TASKS.unmosaic.run(finder, entry, painter.hole, { signal });
  assert.equal(heard.at(-1), mosaic);
  assert.deepEqual([change.shapes, change.grid], [[], null]);
  assert.equal(status.words['cell'], '8');
  assert.equal(TASKS.unmosaic.refusal(entry, null), 'hole-empty');
});

test('cells are named as people say them; lines lie where the grid has them', () => {
  assert.equal(cellText({ cell: [12, 12.04], phase: [0, 0] }), '12');
  assert.equal(cellText({ cell: [11.42, 9], phase: [0, 0] }), '11.4 × 9');
  assert.deepEqual(places(5, 1, 3, 17), [6, 11, 16]);
  assert.deepEqual(places(5, 1, 6, 6), [6]);
  assert.deepEqual(places(5, 1, 7, 10), []);
});

test('what is drawn moves with the photo when it is extended', async () => {
  const shape = /** @type {const} */ ({ kind: 'stroke', pen: 'add', radiusPx: 3, points: [9, 8] });
  const frame = { left: 5, top: 2, right: 1, bottom: 0 };
  const entry = { ...openedEntry(photoFrom(1)), frame, shapes: [shape] };
  const { signal } = new AbortController();
  const { change } = await TASKS.extend.run(engine, entry, null, { signal });
  assert.deepEqual(change.shapes?.[0], { ...shape, points: [14, 10] });
  assert.deepEqual(change.photo?.original, { x: 5, y: 2, width: 24, height: 17 });
});

test('an empty hole, a full hole and an empty frame are refused', () => {
  const entry = openedEntry(photoFrom(1));
  const painter = new HolePainter();
  assert.equal(TASKS.extend.refusal(entry, null), 'extension-empty');
  assert.equal(TASKS.fill.refusal(entry, null), 'hole-empty');
  const all = /** @type {const} */ ({
    kind: 'rectangle',
    pen: 'add',
    box: { left: 0, top: 0, right: 24, bottom: 17 },
  });
  painter.sync(entry.photo, [all], 0);
  assert.equal(TASKS.fill.refusal(entry, painter.hole), 'hole-full');
  painter.sync(entry.photo, [all, { ...all, pen: 'erase' }], 0);
  assert.equal(TASKS.fill.refusal(entry, painter.hole), 'hole-empty');
  painter.sync(entry.photo, [{ ...all, box: { ...all.box, right: 23 } }], 0);
  assert.equal(TASKS.fill.refusal(entry, painter.hole), null);
});

test('the moves of one drag are one step, also where something was undone before', () => {
  let history = createHistory({ ...openedEntry(photoFrom(1)), growPx: 4 });
  for (let growPx = 5; growPx < 9; growPx++) {
    history = stepped(history, { growPx }, { tool: 'fill', merge: 'grow 0' });
  }
  history = stepped(history, { growPx: 2 }, { tool: 'fill', merge: 'grow 1' });
  assert.deepEqual(
    history.past.map(({ growPx }) => growPx),
    [4, 8],
  );
  history = stepped(undone(history), { growPx: 9 }, { tool: 'fill', merge: 'grow 0' });
  assert.deepEqual(
    history.past.map(({ growPx }) => growPx),
    [4, 8],
  );
  assert.equal(history.future.length, 0);
});

test('strokes share their photo: many of them do not push the past out', () => {
  const photo = photoFrom(1);
  const budget = 3 * photo.rgba.length;
  const shape = /** @type {const} */ ({ kind: 'stroke', pen: 'add', radiusPx: 3, points: [1, 2] });
  const step = /** @type {const} */ ({ tool: 'fill', merge: '' });
  let history = createHistory(openedEntry(photo));
  for (let i = 0; i < 30; i++) {
    history = stepped(history, { shapes: [...history.present.shapes, { ...shape }] }, step, budget);
  }
  assert.ok(history.past.length >= 30 - 1, `${history.past.length} steps`);
  for (let i = 2; i < 8; i++) history = stepped(history, { photo: photoFrom(i) }, step, budget);
  assert.ok(history.past.length <= 3, 'but other photos do');
});

test('a hole grows by a share of the photo, which the next photo takes over', () => {
  const photo = (/** @type {number} */ width, /** @type {number} */ height) => {
    const size = { width, height, rgba: new Uint8Array() };
    return { ...photoFrom(1), ...size };
  };
  assert.equal(openedEntry(photo(4000, 3000)).growPx, 30, 'one per cent of the shorter side');
  assert.equal(openedEntry(photo(1000, 1536)).growPx, 10);
  const set = { ...openedEntry(photo(1000, 1000)), growPx: 25 };
  assert.equal(openedEntry(photo(4000, 3000), set).growPx, 75);
  assert.equal(openedEntry(photo(4000, 3000), { ...set, growPx: 0 }).growPx, 0);
  const asked = { growPx: 7, featherPx: 2 };
  assert.equal(openedEntry(photo(4000, 3000), asked).growPx, 7, 'as the address has it');
});

test('answers that lie beside the one that is shown count towards what the past may cost', () => {
  const photo = photoFrom(1);
  const step = { tool: /** @type {const} */ ('fill'), merge: '' };
  const pastOf = (/** @type {number} */ count) => {
    const before = openedEntry(photo);
    const all = Array.from({ length: count }, (_, i) => ({ photo: photoFrom(10 + i) }));
    const by = all.map(() => ({ method: '', seed: 1 }));
    const answers = { tool: step.tool, before, all, by, at: 0, merge: '' };
    let history = createHistory(before);
    for (const change of [{ ...all[0], answers }, { photo: photoFrom(2) }, { photo: photoFrom(3) }])
      history = stepped(history, change, step, 4 * photo.rgba.length);
    return history.past.length;
  };
  assert.deepEqual([pastOf(1), pastOf(6)], [3, 1]);
});
