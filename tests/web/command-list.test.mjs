// What buttons and keys can do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCommands } from '../../www/command-list.js';

test('no two commands have the same key', () => {
  const actions = new Proxy({}, { get: () => () => {} });
  const commands = createCommands(/** @type {any} */ (actions));
  const keys = commands.flatMap(({ name, key }) =>
    (key ?? '').split(' ').map((each) => [each, name]),
  );
  const taken = new Map();
  for (const [key, name] of keys.filter(([each]) => each !== '')) {
    assert.ok(!taken.has(key), `${key} is ${taken.get(key)} and ${name}`);
    taken.set(key, name);
  }
  assert.ok(taken.size > 20, `${taken.size} keys`);
});
