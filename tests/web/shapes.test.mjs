// From what is drawn to the hole: pinned pixels, and properties of any drawing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hole, HolePainter, enlargedShape, isWorn, movedShape } from '../../www/drawing/shapes.js';
import { randomFrom, randomShape } from './support.mjs';

/** @import { Pen, Shape } from '../../www/drawing/shapes.js' */

/** @param {Pen} pen @param {number} radiusPx @param {number[]} points @returns {Shape} */
const stroke = (pen, radiusPx, ...points) => ({ kind: 'stroke', pen, radiusPx, points });
/** @param {Pen} pen @param {number[]} points @returns {Shape} */
const outline = (pen, ...points) => ({ kind: 'outline', pen, points });
/** @param {Pen} pen @param {number} left @param {number} top @param {number} right @param {number} bottom @returns {Shape} */
const rectangle = (pen, left, top, right, bottom) => ({
  kind: 'rectangle',
  pen,
  box: { left, top, right, bottom },
});

/** The hole as rows of dots and hashes. @param {Hole} hole */
function rows(hole) {
  const row = (/** @type {number} */ y) =>
    [...hole.pixels.subarray(y * hole.width, (y + 1) * hole.width)].map((p) => '.#'[p]).join('');
  return Array.from({ length: hole.height }, (_, y) => row(y));
}

/** @param {number} width @param {number} height @param {readonly Shape[]} shapes @param {number} [growPx] */
function drawn(width, height, shapes, growPx = 0) {
  const hole = new Hole(width, height);
  for (const shape of shapes) hole.draw(shape, growPx);
  return hole;
}

test('a dab is the pixels whose centres lie within the radius', () => {
  // Centres beside the middle lie 1 away, those at the corners 1.414.
  const cross = ['.....', '..#..', '.###.', '..#..', '.....'];
  const block = ['.....', '.###.', '.###.', '.###.', '.....'];
  assert.deepEqual(rows(drawn(5, 5, [stroke('add', 1.4, 2.5, 2.5)])), cross);
  assert.deepEqual(rows(drawn(5, 5, [stroke('add', 1.42, 2.5, 2.5)])), block);
  const thin = drawn(5, 5, [stroke('add', 0.1, 2.1, 2.9)]);
  assert.equal(thin.count(), 1, 'the thinnest brush still paints the pixel it is in');
});

test('a stroke goes on between its points, and may leave the photo', () => {
  const level = drawn(9, 4, [stroke('add', 0.8, 1.5, 1.5, 7.5, 1.5)]);
  assert.deepEqual(rows(level), ['.........', '.#######.', '.........', '.........']);
  const slanted = drawn(5, 5, [stroke('add', 0.71, 0.5, 0.5, 4.5, 4.5)]);
  for (let i = 0; i < 5; i++) assert.equal(slanted.pixels[i * 6], 1, `the diagonal, pixel ${i}`);
  const outside = drawn(4, 3, [stroke('add', 2, -9, 1.5, 20, 1.5)]);
  assert.equal(outside.count(), 12);
  assert.equal(drawn(4, 3, [stroke('add', 2, 50, 50)]).count(), 0);
});

test('a stroke may be thicker and thinner along its way', () => {
  const random = randomFrom(5);
  for (let turn = 0; turn < 200; turn++) {
    const points = [0, 0, 0, 0].map(() => random() * 40);
    const radii = [1 + random() * 12, 1 + random() * 12];
    const [ax = 0, ay = 0, bx = 0, by = 0] = points;
    const [ra = 0, rb = 0] = radii;
    const hole = drawn(40, 40, [{ kind: 'stroke', pen: 'add', radiusPx: 13, points, radii }]);
    for (let i = 0; i < 1600; i++) {
      const [x, y] = [(i % 40) + 0.5, Math.floor(i / 40) + 0.5];
      // How far within the nearest of many discs along the way.
      let depth = -Infinity;
      for (let t = 0; t <= 1; t += 1 / 128) {
        const away = Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
        depth = Math.max(depth, ra + t * (rb - ra) - away);
      }
      if (Math.abs(depth) > 0.05) assert.equal(hole.pixels[i], Number(depth > 0), `turn ${turn}`);
    }
  }
  const points = [3, 3, 20, 9, 11, 30];
  const plain = {
    kind: /** @type {const} */ ('stroke'),
    pen: /** @type {const} */ ('add'),
    points,
  };
  const same = drawn(40, 40, [{ ...plain, radiusPx: 4.3, radii: [4.3, 4.3, 4.3] }], 2);
  assert.deepEqual(same.pixels, drawn(40, 40, [{ ...plain, radiusPx: 4.3 }], 2).pixels);
  const tapered = { ...plain, radiusPx: 5, radii: [1, 5, 2] };
  assert.deepEqual(movedShape(tapered, { x: 1, y: 2 }), {
    ...tapered,
    points: [4, 5, 21, 11, 12, 32],
  });
});

test('what was found worn does not grow, what is drawn beside it does', () => {
  const worn = /** @type {const} */ ({ kind: 'spans', pen: 'add', spans: [2, 1, 4], isWorn: true });
  assert.equal(drawn(9, 9, [worn], 2).count(), 3);
  assert.ok(drawn(9, 9, [{ ...worn, isWorn: false }], 2).count() > 20, 'control');
  assert.ok(drawn(9, 9, [worn, stroke('add', 1, 7.5, 7.5)], 2).count() > 10);
  assert.ok(isWorn(worn) && !isWorn(stroke('add', 1, 2, 3)));
  assert.deepEqual(enlargedShape(worn, 2), { ...worn, spans: [4, 2, 8, 5, 2, 8] });
});

test('an outline closes itself, and winding twice leaves no hole in it', () => {
  const triangle = drawn(6, 5, [outline('add', 0, 0, 6, 0, 0, 5)]);
  assert.deepEqual(rows(triangle), ['#####.', '####..', '###...', '##....', '#.....']);
  const square = [1, 1, 5, 1, 5, 4, 1, 4];
  const once = drawn(6, 5, [outline('add', ...square)]);
  assert.deepEqual(rows(once), ['......', '.####.', '.####.', '.####.', '......']);
  assert.deepEqual(drawn(6, 5, [outline('add', ...square, ...square)]).pixels, once.pixels);
  assert.equal(drawn(6, 5, [outline('add', 1, 1, 4, 4)]).count(), 0, 'a line encloses nothing');
});

test('a rectangle is its whole pixels; growing rounds its corners', () => {
  const plain = drawn(7, 7, [rectangle('add', 2, 3, 5, 5)]);
  assert.equal(plain.count(), 6);
  assert.equal(plain.pixels[3 * 7 + 2], 1);
  const grown = drawn(9, 9, [rectangle('add', 3, 3, 6, 6)], 2);
  // The corner of the grown box lies 2.12 from the corner of the box, its neighbours 1.58.
  assert.equal(grown.pixels[1 * 9 + 1], 0);
  assert.equal(grown.pixels[1 * 9 + 2], 1);
  assert.equal(grown.pixels[1 * 9 + 4], 1);
  assert.equal(grown.pixels[0 * 9 + 4], 0);
});

test('spans are rows of pixels, and grow as all else does', () => {
  const spans = /** @type {const} */ ({ kind: 'spans', pen: 'add', spans: [1, 2, 4, 2, 3, 5] });
  assert.deepEqual(rows(drawn(6, 4, [spans])), ['......', '..##..', '...##.', '......']);
  // By one: the pixels beside, above and below each, whose centres are 1 away.
  const grown = ['..##..', '.####.', '..####', '...##.'];
  assert.deepEqual(rows(drawn(6, 4, [spans], 1)), grown);
});

test('what is not in a hole is spans, too, and both together are all', () => {
  const random = randomFrom(12);
  for (let turn = 0; turn < 50; turn++) {
    const hole = drawn(17, 9, [randomShape(random, 17, 9), randomShape(random, 17, 9)]);
    const spans = hole.inverted();
    const others = drawn(17, 9, [{ kind: 'spans', pen: 'add', spans }]);
    assert.deepEqual(
      [...others.pixels],
      [...hole.pixels].map((pixel) => 1 - pixel),
    );
  }
  assert.deepEqual(new Hole(3, 2).inverted(), [0, 0, 3, 1, 0, 3]);
});

test('clicks move with what they have selected', () => {
  const clicks = [{ x: 4, y: 5, isIn: true }];
  const shape = /** @type {const} */ ({ kind: 'spans', pen: 'add', spans: [1, 2, 3], clicks });
  const moved = movedShape(shape, { x: 10, y: 20 });
  const there = { spans: [21, 12, 13], clicks: [{ x: 14, y: 25, isIn: true }] };
  assert.deepEqual(moved, { ...shape, ...there });
});

test('what the eraser passes is known again, however much the hole grows', () => {
  const shapes = [rectangle('add', 0, 0, 9, 9), stroke('erase', 1.42, 4.5, 4.5)];
  for (const growPx of [0, 3]) {
    const hole = drawn(9, 9, shapes, growPx);
    assert.equal(hole.count(), 81 - 9, `grown by ${growPx}`);
    assert.equal(hole.pixels[4 * 9 + 4], 0);
  }
  const later = [...shapes, rectangle('add', 4, 4, 5, 5)];
  assert.equal(drawn(9, 9, later).count(), 81 - 8, 'painted over again');
});

test('drawing step by step, by drafts, and all at once give the same bytes', () => {
  for (let seed = 1; seed <= 120; seed++) {
    const random = randomFrom(seed);
    const photo = { width: 20 + Math.floor(random() * 40), height: 15 + Math.floor(random() * 40) };
    const painter = new HolePainter();
    /** @type {Shape[]} */
    let shapes = [];
    let growPx = 0;
    for (let step = 0; step < 25; step++) {
      const dice = random();
      if (dice < 0.2) shapes = shapes.slice(0, Math.floor(random() * shapes.length));
      else if (dice < 0.3) growPx = Math.floor(random() * 5);
      else {
        const shape = randomShape(random, photo);
        // As the pen does: parts of a stroke before the whole; now and then it is dropped.
        if (shape.kind === 'stroke') {
          painter.sync(photo, shapes, growPx);
          for (let i = 0; i + 3 < shape.points.length; i += 2) {
            painter.draft(photo, { ...shape, points: shape.points.slice(i, i + 4) }, growPx);
          }
        }
        if (dice < 0.9) shapes = [...shapes, shape];
      }
      painter.sync(photo, shapes, growPx);
      const fresh = drawn(photo.width, photo.height, shapes, growPx);
      const got = painter.hole?.pixels ?? new Uint8Array(photo.width * photo.height);
      assert.deepEqual(got, fresh.pixels, `seed ${seed}, step ${step}`);
      assert.equal(painter.hole?.count() ?? 0, fresh.pixels.filter(Boolean).length);
    }
  }
});

test('the bounds are around all that is painted', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomFrom(seed);
    const photo = { width: 33, height: 27 };
    const shapes = Array.from({ length: 4 }, () => randomShape(random, photo));
    const hole = drawn(33, 27, shapes, Math.floor(random() * 3));
    const { left, top, right, bottom } = hole.bounds ?? { left: 0, top: 0, right: 0, bottom: 0 };
    for (const [i, painted] of hole.pixels.entries()) {
      const [x, y] = [i % 33, Math.floor(i / 33)];
      const isWithin = x >= left && x < right && y >= top && y < bottom;
      assert.ok(!painted || isWithin, `seed ${seed}: (${x}, ${y})`);
    }
    hole.clear();
    assert.equal(hole.count(), 0);
    assert.ok(!hole.pixels.includes(1));
  }
});

test('a shape that moves with the photo covers the same things', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomFrom(seed);
    const shape = randomShape(random, { width: 30, height: 20 });
    const before = drawn(30, 20, [shape], 1);
    const after = drawn(41, 33, [movedShape(shape, { x: 11, y: 13 })], 1);
    for (let y = 0; y < 20; y++) {
      const was = before.pixels.subarray(y * 30, (y + 1) * 30);
      const is = after.pixels.subarray((y + 13) * 41 + 11, (y + 13) * 41 + 41);
      assert.deepEqual(is, was, `seed ${seed}, row ${y}`);
    }
  }
});

test('on a photo twice as large a shape covers the same: found and boxed to the pixel', () => {
  const random = randomFrom(9);
  for (let turn = 0; turn < 200; turn++) {
    const shape = randomShape(random, 40, 30);
    const small = drawn(40, 30, [shape]);
    const large = drawn(80, 60, [enlargedShape(shape, 2)]);
    let off = 0;
    for (let i = 0; i < 80 * 60; i++) {
      const [x, y] = [(i % 80) >> 1, Math.floor(i / 80) >> 1];
      if (large.pixels[i] !== small.pixels[y * 40 + x]) off += 1;
    }
    const rim = 4 * 2 * (40 + 30);
    assert.ok(off <= rim, `${off} pixels beside it: ${JSON.stringify(shape)}`);
  }
  const found = /** @type {const} */ ({ kind: 'spans', pen: 'add', spans: [1, 2, 5, 3, 0, 1] });
  for (const shape of [found, rectangle('add', 3, 4, 9, 7)]) {
    const [small, large] = [drawn(12, 9, [shape]), drawn(24, 18, [enlargedShape(shape, 2)])];
    const wanted = rows(small).flatMap((row) => {
      const wide = [...row].map((each) => each + each).join('');
      return [wide, wide];
    });
    assert.deepEqual(rows(large), wanted);
  }
  const clicked = { ...found, clicks: [{ x: 4, y: 5, isIn: true }] };
  assert.deepEqual(enlargedShape(clicked, 2), {
    ...clicked,
    spans: [2, 4, 10, 3, 4, 10, 6, 0, 2, 7, 0, 2],
    clicks: [{ x: 8, y: 10, isIn: true }],
  });
  const tapered = /** @type {const} */ ({
    ...{ kind: 'stroke', pen: 'add', radiusPx: 5 },
    ...{ points: [1, 2, 3, 4], radii: [1, 5] },
  });
  assert.deepEqual(enlargedShape(tapered, 2), {
    ...tapered,
    ...{ radiusPx: 10, points: [2, 4, 6, 8], radii: [2, 10] },
  });
});
