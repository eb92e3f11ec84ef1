// Undo and redo, for any sequence of steps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amended, createHistory, pushed } from '../../www/history/history.js';
import { entriesOf, redone, undone, wentTo } from '../../www/history/history.js';
import { randomFrom } from './support.mjs';

test('undoing everything gives the first state back, redoing everything the last', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomFrom(seed);
    const first = new Uint8Array([seed, 1, 2, 3]);
    let history = createHistory(first);
    // The same history, kept the plain way: all states, and where we are.
    let states = [first];
    let at = 0;
    for (let step = 0; step < 60; step++) {
      const dice = random();
      if (dice < 0.5) {
        const next = new Uint8Array([random() * 256, random() * 256, step]);
        history = pushed(history, next);
        states = [...states.slice(0, at + 1), next];
        at += 1;
      } else if (dice < 0.75) {
        history = undone(history);
        at = Math.max(0, at - 1);
      } else {
        history = redone(history);
        at = Math.min(states.length - 1, at + 1);
      }
      assert.equal(history.present, states[at], `seed ${seed}, step ${step}`);
      assert.equal(history.past.length, at);
      assert.equal(history.future.length, states.length - 1 - at);
    }
    while (history.past.length > 0) history = undone(history);
    assert.equal(history.present, first);
    assert.deepEqual([...history.present], [seed, 1, 2, 3]);
    while (history.future.length > 0) history = redone(history);
    assert.equal(history.present, states.at(-1));
  }
});

test('amending changes the present and is no step', () => {
  const history = pushed(createHistory('a'), 'b');
  const changed = amended(history, 'B');
  assert.equal(changed.present, 'B');
  assert.deepEqual(changed.past, ['a']);
  assert.equal(redone(undone(changed)).present, 'B');
  const branched = amended(undone(history), 'A');
  assert.deepEqual([branched.present, branched.future], ['A', []], 'another way on from here');
});

test('the past is forgotten from its far end once it costs too much, but one step stays', () => {
  const costOf = (/** @type {readonly number[]} */ past) => past.reduce((sum, n) => sum + n, 0);
  const limit = { budget: 25, costOf };
  let history = createHistory(10);
  for (const entry of [11, 12, 13]) history = pushed(history, entry, limit);
  assert.deepEqual(history.past, [11, 12]);
  history = pushed(history, 99, limit);
  history = pushed(history, 100, limit);
  assert.deepEqual(history.past, [99]);
});

test('with nothing to undo or redo the history stays the same', () => {
  const history = createHistory('only');
  assert.equal(undone(history), history);
  assert.equal(redone(history), history);
});

test('any entry can be gone to, near or far, and nothing is lost on the way', () => {
  let history = createHistory(0);
  for (const entry of [1, 2, 3, 4, 5, 6]) history = pushed(history, entry);
  const entries = entriesOf(history);
  const random = randomFrom(7);
  for (let i = 0; i < 200; i++) {
    const place = Math.floor(random() * entries.length);
    history = wentTo(history, place);
    assert.equal(history.present, place);
    assert.equal(history.past.length, place);
    assert.deepEqual(entriesOf(history), entries);
    assert.ok(Object.isFrozen(history));
  }
  for (const place of [-1, entries.length, 0.5, history.past.length, NaN]) {
    assert.equal(wentTo(history, place), history, `${place}: nothing there, or there already`);
  }
  assert.deepEqual(entriesOf(pushed(wentTo(history, 1), 9)), [0, 1, 9], 'another way on');
});
