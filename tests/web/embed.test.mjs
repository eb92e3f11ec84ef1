// The page as a part of another one: whom it listens to, and to whom it gives what is saved.

import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { test } from 'node:test';
import { createEmbedding, originsFrom } from '../../www/embed/embedded.js';

globalThis.File ??= /** @type {any} */ (File); // Node 20 has it only there.

const OWN = 'https://editor.example';
const FRIEND = 'https://friend.example';

/** A page in a frame; `say` is what a message to it does. @param {{ isAlone?: boolean }} [how] */
function framed({ isAlone = false } = {}) {
  let hear = (/** @type {any} */ _) => {};
  const given = /** @type {{ message: any, to: string }[]} */ ([]);
  const outer = {
    postMessage: (/** @type {any} */ message, /** @type {string} */ to) =>
      given.push({ message, to }),
  };
  const scope = /** @type {any} */ ({
    location: { origin: OWN },
    addEventListener: (/** @type {string} */ _, /** @type {any} */ listener) => (hear = listener),
  });
  scope.parent = isAlone ? Object.assign(scope, outer) : outer;
  const pages = /** @type {string[]} */ ([]);
  const opened = /** @type {string[]} */ ([]);
  const { give } = createEmbedding({
    scope,
    allowed: originsFrom(scope, ` ${FRIEND} `),
    onEmbedded: (page) => pages.push(page),
    openFiles: (files) => opened.push(...files.map(({ name }) => name)),
  });
  /** @param {string} origin @param {object} [other] */
  const say = (origin, other = {}) => {
    const data = { kind: 'naobu-open', files: [photo, 'no file'] };
    hear({ source: scope.parent, origin, data, ...other });
  };
  return { say, give, given, pages, opened };
}
const photo = new File(['x'], 'photo.png');

test('a page of our own origin, or of one that is named, hands over and is given to', () => {
  for (const origin of [OWN, FRIEND]) {
    const { say, give, given, pages, opened } = framed();
    say(origin, { data: { kind: 'naobu-open', files: [] } });
    assert.deepEqual([pages, opened], [[origin], []], 'told before anything is opened');
    say(origin);
    assert.deepEqual([pages, opened], [[origin], ['photo.png']]);
    assert.equal(give(photo), origin);
    assert.deepEqual(given, [{ message: { kind: 'naobu-save', file: photo }, to: origin }]);
  }
});

test('err: others are neither heard nor given to', () => {
  for (const [why, origin, other, how] of /** @type {const} */ ([
    ['an origin that nobody named', 'https://other.example', {}, {}],
    ['one that begins like a friend', `${FRIEND}.other.example`, {}, {}],
    ['no origin', 'null', {}, {}],
    ['another window', FRIEND, { source: {} }, {}],
    ['something else', FRIEND, { data: { kind: 'hello', files: [photo] } }, {}],
    ['nothing', FRIEND, { data: null }, {}],
    ['no list', FRIEND, { data: { kind: 'naobu-open', files: 'all' } }, {}],
    ['the page itself, in no frame', OWN, {}, { isAlone: true }],
  ])) {
    const { say, give, given, pages, opened } = framed(how);
    say(origin, other);
    assert.deepEqual([give(photo), given, pages, opened], ['', [], [], []], why);
  }
});
