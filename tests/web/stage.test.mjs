// Pixelating, the strip of an extension's steps, the film of them, and what the address may set.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountsFromLengths, wishesFromAddress } from '../../www/address.js';
import { boxAt, filmMillis, filmSize } from '../../www/files/film.js';
import { createHistory, undone } from '../../www/history/history.js';
import { SCENES } from '../../www/kiosk.js';
import { SAMPLES } from '../../www/files/photo-file.js';
import { croppedInPieces } from '../../www/engine/pieces.js';
import { HolePainter } from '../../www/drawing/shapes.js';
import { openedEntry, stepped } from '../../www/history/steps.js';
import {
  TASKS,
  boxOfStep,
  colouredWith,
  decibelText,
  pixelated,
  strippedTo,
} from '../../www/tasks.js';

/** @import { Entry, Photo } from '../../www/store.js' */
/** @import { Step } from '../../www/engine/protocol.js' */

const SIZE = { width: 24, height: 17 };
const { signal } = new AbortController();
const NONE = { left: 0, top: 0, right: 0, bottom: 0 };

/** Every pixel its own. @param {{ width: number, height: number }} size @returns {Uint8Array} */
function pixels({ width, height }) {
  return Uint8Array.from({ length: 4 * width * height }, (_, i) => (i * 7) % 251);
}
/** @returns {Photo} */
function photo() {
  const original = { x: 0, y: 0, ...SIZE };
  return { ...SIZE, rgba: pixels(SIZE), name: 'a.png', original, openedId: 1, made: 'copy' };
}
const grown = (/** @type {number[]} */ [left = 0, top = 0, right = 0, bottom = 0]) => ({
  left,
  top,
  right,
  bottom,
});

/** An engine whose extension has the steps of a list, and that hides in grey. */
const engine = /** @type {any} */ ({
  async extend(/** @type {Photo} */ photo, /** @type {any} */ _, /** @type {any} */ { onStep }) {
    const steps = [[0, 0, 0, 0], [9, 9, 9, 9], NONE]; // Of a device that failed, all anew:
    for (const [done] of steps.entries()) onStep({ grown: grown([9]), thumb: null }, done);
    for (const [done, amounts] of STEPS.entries()) onStep({ grown: grown(amounts) }, done);
    const { left, top, right, bottom } = grown(STEPS.at(-1) ?? []);
    const size = { width: left + photo.width + right, height: top + photo.height + bottom };
    return { picture: { ...size, rgba: pixels(size) }, device: 'cpu', millis: 1 };
  },
  async pixelate(/** @type {Photo} */ { width, height, rgba }, /** @type {Uint8Array} */ hole) {
    const hidden = rgba.slice();
    for (const [i, inside] of hole.entries()) if (inside) hidden.set([90, 90, 90], 4 * i);
    return { width, height, rgba: hidden };
  },
  async unmosaic(
    /** @type {Photo} */ { width, height, rgba },
    /** @type {Uint8Array} */ hole,
    /** @type {unknown} */ _,
    /** @type {Photo | null} */ truth,
  ) {
    const guess = rgba.slice();
    for (const [i, inside] of hole.entries()) if (inside) guess.set([91, 91, 91], 4 * i);
    const decibels = truth && { guess: 20, mosaic: 18 };
    return { picture: { width, height, rgba: guess }, device: 'cpu', millis: 1, decibels };
  },
});
const STEPS = [
  [0, 0, 0, 0],
  [3, 0, 2, 1],
  [5, 2, 2, 4],
  [8, 2, 7, 4],
];

async function extended() {
  const shape = /** @type {const} */ ({ kind: 'stroke', pen: 'add', radiusPx: 1, points: [4, 5] });
  const frame = { left: 8, top: 2, right: 7, bottom: 4 };
  const entry = { ...openedEntry(photo()), frame, shapes: [shape] };
  const { change } = await TASKS.extend.run(engine, entry, null, { signal });
  const step = { tool: /** @type {const} */ ('extend'), merge: '' };
  return {
    entry,
    history: stepped(createHistory(/** @type {Entry} */ (entry)), change, step),
    step,
  };
}

test('every step of an extension is a part of the last, at its place; going to one is one step', async () => {
  const { entry, history, step } = await extended();
  const { photo: whole, strip, shapes } = history.present;
  assert.ok(strip);
  assert.deepEqual([strip.at, strip.steps.length], [3, 4], 'those of the first device are gone');
  assert.deepEqual(boxOfStep(strip, 1), { x: 5, y: 2, width: 29, height: 18 });
  const there = stepped(history, await strippedTo(history.present, 1), step);
  const { photo: shown } = there.present;
  assert.deepEqual([shown.width, shown.height, shown.made], [29, 18, 'extended']);
  assert.deepEqual(shown.original, { x: 3, y: 0, ...SIZE });
  for (const [x, y] of /** @type {const} */ ([
    [0, 0],
    [28, 0],
    [13, 17],
  ])) {
    const at = 4 * (y * 29 + x);
    const from = 4 * ((y + 2) * whole.width + x + 5);
    assert.deepEqual(shown.rgba.slice(at, at + 4), whole.rgba.slice(from, from + 4), `${x}, ${y}`);
  }
  assert.deepEqual(shapes[0], { ...entry.shapes[0], points: [12, 7] });
  assert.deepEqual(there.present.shapes[0], { ...entry.shapes[0], points: [7, 5] });
  assert.equal(undone(there).present, history.present);
  // From there on to any other; the ends are the very photos.
  assert.equal((await strippedTo(there.present, 3)).photo, whole);
  assert.equal((await strippedTo(there.present, 0)).photo, entry.photo);
  assert.equal((await strippedTo(there.present, 2)).photo?.width, 5 + 24 + 2);
});

test('an extension in one step has no strip; other tools forget the strip and the truth', async () => {
  const { history } = await extended();
  const all = STEPS.splice(2);
  const entry = { ...openedEntry(photo()), frame: { ...NONE, left: 3 } };
  const { change } = await TASKS.extend.run(engine, entry, null, { signal });
  STEPS.push(...all);
  assert.equal(change.strip, null);
  assert.equal(change.photo?.original.x, 3, 'as far as it came, not as was asked');
  const hidden = await pixelated(engine, history.present, null, 8, signal);
  assert.equal(hidden.strip, null);
  const more = { ...history.present, ...hidden, frame: { ...NONE, right: 7 } };
  assert.equal((await TASKS.extend.run(engine, more, null, { signal })).change.truth, null);
});

test('pixelating hides what is drawn, or all, and keeps the truth until it is judged', async () => {
  const painter = new HolePainter();
  const box = { left: 5, top: 3, right: 15, bottom: 13 };
  const shape = /** @type {const} */ ({ kind: 'rectangle', pen: 'add', box });
  const entry = { ...openedEntry(photo()), shapes: [shape] };
  painter.sync(entry.photo, entry.shapes, 0);
  const hidden = await pixelated(engine, entry, painter.hole, 4, signal);
  assert.deepEqual(hidden.grid, { cell: [4, 4], phase: [1, 3] }, 'cells begin at the corner');
  assert.equal(hidden.photo?.made, 'pixelated');
  assert.deepEqual(hidden.shapes, [shape]);
  assert.deepEqual(hidden.truth, { photo: entry.photo, shapes: [shape], undone: null });
  assert.equal(hidden.photo?.rgba[4 * (3 * 24 + 5)], 90);
  assert.equal(hidden.photo?.rgba[0], entry.photo.rgba[0]);

  const now = /** @type {Entry} */ ({ ...entry, ...hidden });
  const { change, status } = await TASKS.unmosaic.run(engine, now, painter.hole, { signal });
  assert.equal(status.key, 'unmosaic.painted');
  const decibels = { guess: 20, mosaic: 18 };
  const undone = { mosaic: now.photo, decibels };
  assert.deepEqual(change.truth, { photo: entry.photo, shapes: [shape], undone });

  // Once more, over the guess: the truth is still the first photo.
  const again = { ...now, ...change };
  const all = await pixelated(engine, again, null, 8, signal);
  assert.deepEqual([all.truth?.photo, all.truth?.undone], [entry.photo, null]);
  const whole = { left: 0, top: 0, right: 24, bottom: 17 };
  assert.deepEqual(all.shapes, [{ kind: 'rectangle', pen: 'add', box: whole }]);
  assert.ok(all.photo && all.photo.rgba.every((value, i) => i % 4 === 3 || value === 90));
  // A mosaic that was there before has no truth to be judged by.
  const found = await TASKS.unmosaic.run(
    engine,
    { ...entry, grid: { cell: [4, 4], phase: [0, 0] } },
    painter.hole,
    { signal },
  );
  assert.equal(found.change.truth, null);
});

test('truth and strip count as what a step keeps alive', async () => {
  const step = { tool: /** @type {const} */ ('unmosaic'), merge: '' };
  const first = openedEntry(photo());
  const hidden = await pixelated(engine, first, null, 8, signal);
  const bytes = 4 * 24 * 17;
  let history = stepped(createHistory(first), hidden, step, 2 * bytes);
  history = stepped(history, { photo: photo(), truth: null, shapes: [] }, step, 2 * bytes + 64);
  assert.equal(history.past.length, 2, 'just within: two photos and a rectangle');
  // Without its step the opened photo is still kept, by the truth.
  history = stepped(history, { growPx: 9 }, step, 3 * bytes + 63);
  assert.equal(history.past.length, 1 + 0, 'so forgetting goes on');
});

test('a picture is cut out row by row', async () => {
  const picture = { width: 5, rgba: pixels({ width: 5, height: 4 }) };
  const cut = await croppedInPieces(picture, { x: 2, y: 1, width: 2, height: 2 });
  const wanted = [7, 8, 12, 13].flatMap((i) => [...picture.rgba.slice(4 * i, 4 * i + 4)]);
  assert.deepEqual([...cut], wanted);
});

test('the film stands still, goes from box to box, and stands still again', () => {
  const boxes = [
    { x: 10, y: 4, width: 20, height: 8 },
    { x: 6, y: 2, width: 28, height: 12 },
    { x: 0, y: 0, width: 40, height: 16 },
  ];
  const end = filmMillis(2);
  assert.deepEqual(boxAt(boxes, 0), boxes[0]);
  assert.deepEqual(boxAt(boxes, 699), boxes[0]);
  assert.deepEqual(boxAt(boxes, 700 + 1100), boxes[1]);
  assert.deepEqual(boxAt(boxes, 700 + 550), { x: 8, y: 3, width: 24, height: 10 }, 'half way');
  assert.deepEqual(boxAt(boxes, end - 1300), boxes[2]);
  assert.deepEqual(boxAt(boxes, end), boxes[2]);
  for (let millis = 0; millis < end; millis += 37) {
    const [now, later] = [boxAt(boxes, millis), boxAt(boxes, millis + 37)];
    assert.ok(now.x >= later.x && now.width <= later.width, `${millis}: it only ever widens`);
  }
});

test('a film has even sides, the shape of the photo, and is not larger', () => {
  assert.deepEqual(filmSize({ width: 4032, height: 3024 }), { width: 1280, height: 960 });
  assert.deepEqual(filmSize({ width: 131, height: 77 }), { width: 132, height: 78 });
  assert.deepEqual(filmSize({ width: 20, height: 9000 }), { width: 2, height: 1280 });
});

test('decibels as people read them', () => {
  assert.deepEqual([27.449, Infinity, NaN].map(decibelText), ['27.4', '∞', '–']);
});

/** @param {string} address */
const wishes = (address) => wishesFromAddress(new URLSearchParams(address), []);

test('every setting of every tool can be in the address', () => {
  const extend = wishes('preset=16:9&left=25%25&bottom=40&unit=%25&format=webp&quality=55');
  assert.deepEqual(extend.problems, []);
  assert.deepEqual([extend.unit, extend.format, extend.quality], ['%', 'webp', 55]);
  const { lengths } = extend;
  assert.ok(lengths);
  assert.deepEqual(amountsFromLengths(lengths, { width: 201, height: 99 }), {
    ...NONE,
    left: 50,
    bottom: 40,
  });
  const fill = wishes('tool=fill&rect=4,3,20,10&grow=7&feather=3&pen=lasso&brush=31&once=1');
  assert.deepEqual(fill.rect, { left: 4, top: 3, right: 24, bottom: 13 });
  assert.deepEqual([fill.growPx, fill.featherPx, fill.pen, fill.brushPx], [7, 3, 'lasso', 31]);
  assert.ok(fill.isRunAtOnce);
  assert.ok(wishes('tool=fill&scratches=1').isRepaired && !fill.isRepaired);
  assert.ok(wishes('tool=crop&enlarge=1').isEnlarged && !wishes('enlarge=1').isEnlarged);
  const mosaic = wishes('tool=unmosaic&cell=11.5&pixelate=1&auto=1');
  assert.deepEqual([mosaic.cellPx, mosaic.isPixelated, mosaic.isAuto], [11.5, true, true]);
  const colour = wishes(
    'tool=colour&variant=warm&saturation=120&warmth=-30&strength=80&hint=4,5,3a6b35&hint=1,2,%23ffffff',
  );
  assert.deepEqual(colour.look, { variant: 'warm', saturation: 1.2, warmth: -0.3, strength: 0.8 });
  assert.deepEqual(colour.hints, [
    { x: 4, y: 5, rgb: [0x3a, 0x6b, 0x35] },
    { x: 1, y: 2, rgb: [255, 255, 255] },
  ]);
  const near = wishes('tool=colour&reach=50&hint=4,5,3a6b35');
  assert.deepEqual(near.hints, [{ x: 4, y: 5, rgb: [0x3a, 0x6b, 0x35], reach: 0.5 }]);
  assert.equal(near.hintReachPercent, 50);
  const kiosk = wishes('kiosk=1&tool=colour&secs=2');
  assert.deepEqual([kiosk.isKiosk, kiosk.kioskTool, kiosk.secs], [true, 'colour', 2]);
  assert.equal(wishes('kiosk=1').kioskTool, null, 'all of them');
});

test('what is no setting is told, and stands for nothing', () => {
  for (const address of [
    'tool=fill&rect=1,2,3',
    'tool=fill&rect=1,2,0,4',
    'tool=unmosaic&rect=a,2,3,4',
    'reach=5',
    'left=-4',
    'top=much',
    'grow=49',
    'feather=',
    'cell=1',
    'tool=colour&hint=3,4,green',
    'saturation=1e3',
    'warmth=NaN',
    'pen=feather',
    'unit=cm',
    'format=gif',
    'quality=0',
    'secs=0',
    'auto=yes',
    'lang=fr',
    'colour=red',
  ]) {
    const asked = wishes(address);
    assert.deepEqual(
      asked.problems.map(({ code }) => code),
      ['bad-setting'],
      address,
    );
    const { lengths, rect, growPx, featherPx, cellPx, hints, look, pen, format, secs } = asked;
    assert.deepEqual(
      { lengths, rect, growPx, featherPx, cellPx, hints, look, pen, format, secs },
      {
        ...{ lengths: null, rect: null, growPx: null, featherPx: null, cellPx: null },
        ...{ hints: [], look: {}, pen: 'brush', format: 'same', secs: 5 },
      },
      address,
    );
  }
});

test('all that is no setting is told, each as it stands in the address', () => {
  const messages = (/** @type {string} */ address) =>
    wishes(address).problems.map(({ message }) => message);
  assert.deepEqual(messages('tool=paint&grow=99&sample=moon&preset=7:7&x='), [
    ...['tool=paint', 'grow=99', 'sample=moon', 'preset=7:7', 'x='],
  ]);
  assert.deepEqual(
    messages('reset&utm_source=mail&from=message&secs=2&grey=1&hint=1,2,aabbcc'),
    [],
  );
});

test('a sample that is coloured at once begins in black and white, no other photo does', () => {
  assert.ok(wishes('tool=colour&sample=sea&auto=1').isGrey);
  assert.ok(wishes('tool=colour&grey=1').isGrey);
  for (const address of ['sample=sea', 'auto=1', 'sample=sea&auto=1&defade=1', 'grey=0']) {
    assert.ok(!wishes(`tool=colour&${address}`).isGrey, address);
  }
  assert.ok(!wishes('tool=fill&sample=sea&auto=1&grey=1').isGrey);
});

test('a first colouring takes the look that was asked for, where it has that variant', async () => {
  const finder = /** @type {any} */ ({
    async colours() {
      const variants = [
        { name: 'natural', uv: new Float32Array(2) },
        { name: 'warm', uv: new Float32Array(2) },
      ];
      const colours = { columns: 1, rows: 1, variants };
      return { colours, device: 'cpu', millis: 1 };
    },
    put: async (/** @type {Photo} */ photo) => photo,
  });
  const look = async (/** @type {object} */ wished) => {
    const task = colouredWith(wished);
    const { change } = await task.run(finder, openedEntry(photo()), null, { signal });
    const { variant, saturation, warmth } = /** @type {any} */ (change.tint);
    return [variant, saturation, warmth];
  };
  assert.deepEqual(await look({ variant: 'warm', saturation: 1.5 }), ['warm', 1.5, 0]);
  assert.deepEqual(await look({ variant: 'loud' }), ['natural', 1, 0]);
});

test('the kiosk shows each tool that makes something up once, on samples that there are', () => {
  assert.deepEqual(
    SCENES.map(({ tool }) => tool).sort(),
    Object.keys(TASKS)
      .filter((tool) => tool !== 'crop')
      .sort(),
  );
  for (const { sample } of SCENES)
    assert.ok(
      SAMPLES.some((each) => each === sample),
      sample,
    );
});
