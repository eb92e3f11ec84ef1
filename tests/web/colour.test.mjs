// Colour's live part with a stand-in for the engine: what is asked of it, and what becomes of
// answers that come late.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialState } from '../../www/address.js';
import { createColour } from '../../www/colour.js';
import { createHistory } from '../../www/history/history.js';
import { createJobs } from '../../www/jobs.js';
import { openedEntry, stepped } from '../../www/history/steps.js';
import { createStore, isToolRunning } from '../../www/store.js';

/** @import { Colourised, Entry, Photo, State } from '../../www/store.js' */

/** @returns {Photo} */
function photoOf() {
  const [width, height] = [8, 6];
  const original = { x: 0, y: 0, width, height };
  const rgba = new Uint8Array(4 * width * height).fill(100);
  return Object.freeze({ width, height, rgba, name: 'a.png', original, openedId: 1, made: 'copy' });
}

const COLOURS = {
  columns: 1,
  rows: 1,
  variants: ['natural', 'bold'].map((name, i) => ({ name, uv: Float32Array.from([i, i]) })),
};

/**
 * The page's wiring without a page. `held` has the calls of `put` that are not answered yet.
 * @param {{ colouring?: 'grey' | 'partly' | 'coloured', answer?: 'anew' | 'freshen' | 'leave' }} [how]
 */
function start({ colouring = 'grey', answer = 'leave' } = {}) {
  const photo = photoOf();
  const source = photo;
  const store = createStore(
    /** @type {State} */ ({
      ...initialState({ lang: 'en', tool: 'colour' }),
      history: createHistory(openedEntry(photo)),
      opened: photo,
      trained: ['colorize', 'defade'],
    }),
  );
  const calls = /** @type {string[]} */ ([]);
  const held = /** @type {{ coat: any, width: number, answer: () => void }[]} */ ([]);
  const engine = /** @type {any} */ ({
    async colouring() {
      calls.push('colouring');
      return colouring;
    },
    async shrunk(/** @type {Photo} */ _, /** @type {number} */ mostPixels) {
      return { width: mostPixels > 1e5 ? 4 : 1, height: 1, rgba: new Uint8Array(16) };
    },
    put(
      /** @type {Photo} */ { width },
      /** @type {any} */ coat,
      /** @type {AbortSignal} */ signal,
    ) {
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        const picture = { width, height: 1, rgba: Uint8Array.of(100 * coat.strength) };
        if (width === 1) resolve(picture);
        else held.push({ coat, width, answer: () => resolve(picture) });
      });
    },
  });
  const ran = /** @type {Partial<Entry>[]} */ ([]);
  const { runJob, cancel, explain } = createJobs(store);
  const colour = createColour({
    store,
    engine,
    runJob,
    async runTask(task, wish = {}) {
      ran.push(wish);
      calls.push(task.isRevealed ? 'run' : 'other');
    },
    go(change, merge, shown = {}) {
      const { history } = store.get();
      if (!history) return;
      const next = stepped(history, change, { tool: 'colour', merge });
      store.update({ history: next, draft: null, ...shown });
    },
    explain,
    ask: async () => {
      calls.push('ask');
      return answer;
    },
  });
  /** Colours the photo, as a run would. */
  const tint = () => {
    /** @type {Colourised} */
    const made = {
      kind: 'colours',
      source,
      colours: COLOURS,
      variant: 'natural',
      saturation: 1,
      warmth: 0,
      strength: 1,
    };
    const { history } = store.get();
    if (!history) return;
    const coloured = Object.freeze({ ...photo, made: /** @type {const} */ ('coloured') });
    const change = { photo: coloured, tint: made };
    store.update({ history: stepped(history, change, { tool: 'colour', merge: '' }) });
  };
  return { store, colour, calls, held, ran, cancel, tint, photo };
}

/** Until all that is ready has happened. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const strengthOf = (/** @type {State['history']} */ history) =>
  /** @type {Colourised | undefined} */ (history?.present.tint)?.strength;

test('a grey photo is coloured unasked, a coloured one as the visitor answers', async () => {
  for (const [colouring, answer, expected] of /** @type {const} */ ([
    ['grey', 'leave', ['colouring', 'run']],
    ['partly', 'leave', ['colouring', 'run']],
    ['coloured', 'leave', ['colouring', 'ask']],
    ['coloured', 'anew', ['colouring', 'ask', 'run', 'run']],
    ['coloured', 'freshen', ['colouring', 'ask', 'run', 'ask', 'run']],
  ])) {
    const { colour, calls, store } = start({ colouring, answer });
    await settle();
    assert.equal(store.get().judged?.colouring, colouring, 'judged by itself, once');
    colour.start();
    await settle();
    if (answer !== 'leave') colour.start();
    await settle();
    assert.deepEqual(calls, expected, `${colouring}, ${answer}`);
  }
});

test('while a slider moves, one preview is made at a time, and the last one is the newest', async () => {
  const { colour, held, store, tint } = start();
  tint();
  await settle();
  for (const strength of [0.9, 0.8, 0.7]) colour.slide('strength', strength);
  await settle();
  assert.deepEqual(
    held.map(({ coat }) => coat.strength),
    [0.9],
    'the others wait',
  );
  held[0]?.answer();
  await settle();
  assert.deepEqual(
    held.map(({ coat }) => coat.strength),
    [0.9, 0.7],
    'the one between is skipped',
  );
  held[1]?.answer();
  await settle();
  assert.equal(held.length, 2);
  assert.equal(store.get().draft?.preview?.rgba[0], 70);
  assert.equal(strengthOf(store.get().history), 1, 'nothing is settled yet');
});

test('a slider that rests makes one step; an answer for what it was before is dropped', async () => {
  const { colour, held, store, tint, photo } = start();
  tint();
  const before = store.get().history?.past.length ?? 0;
  const whole = () => held.filter(({ width }) => width === photo.width);
  colour.touch();
  colour.slide('strength', 0.5);
  colour.settle('strength');
  assert.equal(isToolRunning(store.get()), false, 'the slider may move on');
  colour.slide('strength', 0.25);
  for (const { answer } of whole()) answer();
  await settle();
  assert.equal(strengthOf(store.get().history), 1, 'the visitor is elsewhere by now');
  assert.equal(/** @type {any} */ (store.get().draft?.tint).strength, 0.25);
  colour.settle('strength');
  whole().at(-1)?.answer();
  await settle();
  assert.equal(strengthOf(store.get().history), 0.25);
  assert.deepEqual([store.get().draft, store.get().job], [null, null]);
  colour.slide('strength', 0.75);
  colour.settle('strength');
  whole().at(-1)?.answer();
  await settle();
  assert.equal(store.get().history?.past.length, before + 1, 'two rests of one visit are one step');
  colour.touch();
  colour.slide('strength', 0.1);
  colour.settle('strength');
  whole().at(-1)?.answer();
  await settle();
  assert.equal(store.get().history?.past.length, before + 2, 'control: another visit is another');
});

test('cancelling gives the settings back', async () => {
  const { colour, store, tint, cancel } = start();
  tint();
  colour.choose('bold');
  assert.equal(/** @type {any} */ (store.get().draft?.tint).variant, 'bold');
  const before = store.get().history;
  cancel();
  await settle();
  assert.equal(store.get().draft, null);
  assert.equal(store.get().history, before);
});

test('a click sets a hint of the chosen colour, the eraser takes the nearest within reach', async () => {
  const { colour, ran, store, tint } = start();
  colour.dab({ x: 2, y: 2 }, 3, false);
  tint();
  store.update({ hintColour: '#0a80ff' });
  colour.dab({ x: 2, y: 2 }, 3, false);
  assert.deepEqual(ran, [], 'neither before there are colours nor without the pen');
  store.update({ hintPen: 'dab' });
  colour.dab({ x: 2, y: 3 }, 3, false);
  assert.deepEqual(ran.at(-1)?.hints, [{ x: 2, y: 3, rgb: [10, 128, 255] }]);
  assert.deepEqual(store.get().wishedHints, ran.at(-1)?.hints, 'seen at once');
  await settle();
  assert.equal(store.get().wishedHints, null);
  colour.dab({ x: 8, y: 3 }, 3, false);
  assert.equal(ran.length, 1, 'beside the photo there is nothing');
  const { history } = store.get();
  if (!history) return;
  const hints = [1, 5].map((x) => ({ x, y: 1, rgb: /** @type {const} */ ([1, 2, 3]) }));
  store.update({ history: { ...history, present: { ...history.present, hints } } });
  colour.dab({ x: 4, y: 1 }, 3.5, true);
  assert.deepEqual(ran.at(-1)?.hints, [hints[0]]);
  colour.dab({ x: 5, y: 5.1 }, 4, true);
  assert.equal(ran.length, 2, 'out of reach');
  colour.removeHint(0);
  assert.deepEqual(ran.at(-1)?.hints, [hints[1]]);
});

test('how far hints reach is told for those that are there and those to come', async () => {
  const { colour, ran, store, tint } = start();
  tint();
  colour.reach(50);
  assert.deepEqual(ran, [], 'without hints nothing is asked');
  store.update({ hintPen: 'dab', hintColour: '#0a80ff' });
  colour.dab({ x: 2, y: 3 }, 3, false);
  const hint = { x: 2, y: 3, rgb: [10, 128, 255] };
  assert.deepEqual(ran.at(-1)?.hints, [{ ...hint, reach: 0.5 }]);
  await settle();
  const { history } = store.get();
  if (!history) return;
  const hints = [{ x: 2, y: 3, rgb: /** @type {const} */ ([10, 128, 255]), reach: 0.5 }];
  store.update({ history: { ...history, present: { ...history.present, hints } } });
  colour.reach(100);
  assert.deepEqual(ran.at(-1)?.hints, [hint], 'the usual needs no word');
});

test('the contact sheet has a small picture of each variant, made once', async () => {
  const { store, tint, held } = start();
  tint();
  await settle();
  const { sheet } = store.get();
  assert.equal(sheet?.colours, COLOURS);
  assert.deepEqual(
    sheet?.pictures.map(({ width }) => width),
    [1, 1],
  );
  store.update({});
  await settle();
  assert.equal(store.get().sheet, sheet);
  assert.equal(held.length, 0, 'nothing was put on the whole photo for it');
});
