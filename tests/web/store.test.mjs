// One frozen state, heard by all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStore } from '../../www/store.js';

test('a listener hears the state at once and after each change', () => {
  const store = createStore({ count: 0, name: 'a' });
  const heard = /** @type {number[]} */ ([]);
  const leave = store.subscribe(({ count }) => heard.push(count));
  store.update({ count: 1 });
  store.update({ count: 2 });
  leave();
  store.update({ count: 3 });
  assert.deepEqual(heard, [0, 1, 2]);
  assert.deepEqual(store.get(), { count: 3, name: 'a' });
});

test('a state is frozen and replaced, never written to', () => {
  const store = createStore({ count: 0 });
  const before = store.get();
  assert.throws(() => Object.assign(before, { count: 9 }), TypeError);
  store.update({ count: 1 });
  assert.equal(before.count, 0);
  assert.notEqual(store.get(), before);
});

test('a change made by a listener reaches all, the newest last', () => {
  const store = createStore({ count: 0 });
  const heard = /** @type {number[]} */ ([]);
  store.subscribe(({ count }) => {
    if (count === 1) store.update({ count: 2 });
  });
  store.subscribe(({ count }) => heard.push(count));
  store.update({ count: 1 });
  assert.deepEqual(heard, [0, 2]);
});
