// Large copies leave time for frames, and are true.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engine } from '../../www/engine/engine.js';
import { PIECE_BYTES, copyInPieces } from '../../www/engine/pieces.js';

const LENGTH = 2 * PIECE_BYTES + 5;

test('a copy in pieces is the same, its own, and lets others work in between', async () => {
  const bytes = Uint8Array.from({ length: LENGTH }, (_, i) => i % 251);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const copy = await copyInPieces(bytes);
  clearInterval(timer);
  assert.equal(Buffer.compare(copy, bytes), 0);
  assert.notEqual(copy.buffer, bytes.buffer);
  assert.ok(turns >= 1, 'control: copied at once, nobody has a turn');
  assert.equal((await copyInPieces(bytes.subarray(3, 9))).join(), bytes.slice(3, 9).join());
});

test('a large photo is handed over as a copy, a cancelled one not at all', async () => {
  const sent = /** @type {any[]} */ ([]);
  const worker = {
    postMessage: (/** @type {any} */ message, /** @type {any} */ owned) =>
      void sent.push({ message, owned }),
    terminate() {},
    onmessage: null,
    onerror: null,
    onmessageerror: null,
  };
  const quiet = () => {};
  const engine = new Engine({
    makeWorker: () => /** @type {any} */ (worker),
    backend: 'cpu',
    onState: quiet,
    onLimits: quiet,
    onTrained: quiet,
    onFallback: quiet,
  });
  engine.start().catch(quiet);
  const photo = { width: 1, height: LENGTH / 4, rgba: new Uint8Array(LENGTH).fill(7) };
  const soon = new AbortController();
  const given = engine.encode(photo, 'png', 90, soon.signal).catch((error) => error.name);
  const never = new AbortController();
  const cancelled = engine.encode(photo, 'png', 90, never.signal).catch((error) => error.name);
  never.abort();
  assert.equal(await cancelled, 'AbortError');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const encodes = sent.filter(({ message }) => message.kind === 'encode');
  assert.equal(encodes.length, 1, 'the other was cancelled');
  const [{ message, owned }] = encodes;
  assert.equal(message.photo.rgba.length, LENGTH);
  assert.deepEqual(owned, [message.photo.rgba.buffer]);
  assert.notEqual(message.photo.rgba.buffer, photo.rgba.buffer, 'the page keeps its own');
  soon.abort();
  assert.equal(await given, 'AbortError');
  engine.close();
});
