// The boxes of a film, read back as a player would.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mp4From } from '../../www/files/mp4.js';

/** @typedef {{ name: string, at: number, end: number }} Box */

const INSIDE = { moov: 8, trak: 8, mdia: 8, minf: 8, stbl: 8, dinf: 8 };

/** All boxes by their path, as places in the file. @param {DataView} file */
function boxesOf(file) {
  const found = /** @type {Map<string, Box>} */ (new Map());
  const read = (
    /** @type {number} */ from,
    /** @type {number} */ end,
    /** @type {string} */ path,
  ) => {
    for (let at = from; at < end;) {
      const size = file.getUint32(at);
      assert.ok(size >= 8 && at + size <= end, `${path} at ${at}: ${size}`);
      const name = String.fromCharCode(...[4, 5, 6, 7].map((i) => file.getUint8(at + i)));
      found.set(path + name, { name, at: at + 8, end: at + size });
      if (name in INSIDE) read(at + 8, at + size, `${path}${name}/`);
      at += size;
    }
  };
  read(0, file.byteLength, '');
  return found;
}

test('every frame is where the table says, each as long as the others, key frames are named', () => {
  const samples = [5, 1, 9, 3].map((length, i) => ({
    bytes: new Uint8Array(length).fill(10 + i),
    isKey: i % 2 === 0,
  }));
  const avcC = Uint8Array.from([1, 100, 0, 40]);
  const parts = mp4From(samples, { width: 1280, height: 480, framesPerSecond: 30, avcC });
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  const file = new DataView(bytes.buffer);
  const boxes = boxesOf(file);
  assert.deepEqual(
    [...boxes.keys()].filter((path) => !path.includes('/')),
    ['ftyp', 'moov', 'mdat'],
  );
  const table = (/** @type {string} */ name) => {
    const box = boxes.get(`moov/trak/mdia/minf/stbl/${name}`);
    assert.ok(box, name);
    return Array.from({ length: (box.end - box.at) / 4 }, (_, i) => file.getUint32(box.at + 4 * i));
  };
  const [, , count, ...sizes] = table('stsz');
  assert.deepEqual([count, ...sizes], [4, 5, 1, 9, 3]);
  let at = table('stco')[2] ?? 0;
  for (const { bytes: frame } of samples) {
    assert.deepEqual(bytes.subarray(at, at + frame.length), frame);
    at += frame.length;
  }
  assert.equal(at, bytes.length);
  assert.deepEqual(table('stts').slice(1), [1, 4, 1]);
  assert.deepEqual(table('stss').slice(1), [2, 1, 3]);
  const header = boxes.get('moov/mvhd');
  assert.ok(header);
  assert.equal(header.end - header.at, 100, 'of version 0');
  assert.deepEqual(
    [3, 4].map((i) => file.getUint32(header.at + 4 * i)),
    [30, 4],
  );
  const track = boxes.get('moov/trak/tkhd');
  assert.ok(track);
  assert.equal(track.end - track.at, 84);
  assert.deepEqual(
    [track.end - 8, track.end - 4].map((place) => file.getUint32(place) / 65536),
    [1280, 480],
  );
});
