// What methods are called, in which order, and how many answers there may be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialState } from '../../www/address.js';
import { createHistory } from '../../www/history/history.js';
import { openedEntry } from '../../www/history/steps.js';
import {
  aboutMethod,
  chosenMethod,
  methodsOf,
  mostAnswers,
  ownAnswer,
  titlesOf,
  toolOf,
} from '../../www/methods.js';
import { mayAskAll, mayTryAgain } from '../../www/panels/answers.js';

/** @import { Method } from '../../www/engine/protocol.js' */
/** @import { State } from '../../www/store.js' */

/** @param {string} name @param {string} work @returns {Method} */
function method(name, work) {
  const task = name.split('-')[0] ?? '';
  return { name, work, task, file: '', bytes: 1, licence: '', isLoaded: false };
}
const METHODS = [
  method('fill-contextual', 'contextual-attention'),
  method('extend-sabini', 'outpainting'),
  method('fill-completion', 'completion'),
  method('fill-completion-facades', 'completion'),
  method('fill-new', 'cubism'),
  method('colorize-deoldify', 'deoldify'),
];

/** @param {Partial<State>} change @returns {State} */
const stateWith = (change) => ({
  ...initialState({ lang: 'en', tool: 'fill' }),
  methods: METHODS,
  ...change,
});

/** @param {number} side */
function photoOf(side) {
  const original = { x: 0, y: 0, width: side, height: side };
  const made = /** @type {const} */ ('copy');
  const rest = { kind: /** @type {const} */ ('png'), metadata: null };
  const pixels = { width: side, height: side, rgba: new Uint8Array(4) };
  return { ...pixels, name: 'a.png', original, openedId: 1, made, ...rest };
}

test('a tool has the methods of its task, the oldest first, and any that the page does not know', () => {
  const names = methodsOf(stateWith({})).map(({ name }) => name);
  const known = ['fill-completion', 'fill-completion-facades', 'fill-contextual'];
  assert.deepEqual(names, ['fill-new', ...known]);
  assert.deepEqual(methodsOf(stateWith({ tool: 'crop' })), []);
  assert.deepEqual(METHODS.map(toolOf), ['fill', 'extend', 'fill', 'fill', 'fill', 'colour']);
});

test('each is called by its year and authors, in both languages; what is not known, by its name', () => {
  const of = (/** @type {'en' | 'zh'} */ lang, /** @type {string} */ name) =>
    titlesOf(stateWith({ lang }), name);
  const authors = 'Iizuka, Simo-Serra & Ishikawa';
  assert.deepEqual(of('en', 'fill-completion'), { short: '2017', full: `2017 · ${authors}` });
  const short = '2017 · façades';
  assert.deepEqual(of('en', 'fill-completion-facades'), { short, full: `${short} · ${authors}` });
  assert.equal(of('zh', 'fill-completion-facades').short, '2017 · 建筑立面');
  assert.deepEqual(of('en', 'fill-new'), { short: 'fill-new', full: 'fill-new' });
  assert.deepEqual(of('en', ''), { short: 'Naobu', full: 'Naobu' });
  const own = { task: 'fill', name: 'mine', bytes: 1, isOwn: true };
  assert.equal(titlesOf(stateWith({ weights: [own] }), '').short, 'mine');
  assert.match(aboutMethod(stateWith({}), 'fill-completion'), /Two critics/);
  assert.equal(aboutMethod(stateWith({}), 'fill-new'), '');
});

test('the choice of a tool counts for that tool, and only what is there', () => {
  const chosen = { fill: 'fill-new', extend: 'gone' };
  assert.equal(chosenMethod(stateWith({ chosen })), 'fill-new');
  assert.equal(chosenMethod(stateWith({ chosen, tool: 'extend' })), '');
  assert.equal(chosenMethod(stateWith({ chosen, tool: 'colour' })), '');
});

test('there may be an answer by each method where there is room for them, and four in any case', () => {
  const of = (/** @type {number} */ side) =>
    mostAnswers(stateWith({ history: createHistory(openedEntry(photoOf(side))) }));
  assert.deepEqual([of(1000), of(4600), of(6000)], [8, 6, 4]);
});

test('what may be asked for, and what is ours, follows from who has answered', () => {
  const photo = photoOf(100);
  const before = openedEntry(photo);
  /** @param {number} at @param {...string} names */
  const answered = (at, ...names) => {
    const by = names.map((method) => ({ method, seed: 1 }));
    const all = names.map(() => ({ photo: photoOf(100) }));
    const answers = { tool: /** @type {const} */ ('fill'), before, all, by, at, merge: '1' };
    return { history: createHistory({ ...before, ...all[at], answers }) };
  };
  const all = ['', ...METHODS.map(({ name }) => name).filter((name) => name.startsWith('fill'))];
  assert.ok(mayAskAll(stateWith({ history: createHistory(before) })));
  assert.ok(mayAskAll(stateWith(answered(0, ''))));
  assert.ok(!mayAskAll(stateWith(answered(0, ...all))), 'all of them have');
  assert.ok(!mayAskAll(stateWith({ ...answered(0, ''), methods: [] })));
  assert.ok(mayTryAgain(stateWith(answered(0, ''))), 'ours has other answers');
  const chosen = { fill: 'fill-new' };
  assert.ok(mayTryAgain(stateWith({ ...answered(0, ''), chosen })));
  assert.ok(!mayTryAgain(stateWith({ ...answered(0, 'fill-new'), chosen })), 'it has one');
  const compared = stateWith(answered(1, '', 'fill-new'));
  assert.equal(ownAnswer(compared), compared.history?.present.answers?.all[0]?.photo);
  assert.equal(ownAnswer(stateWith(answered(0, '', 'fill-new'))), null, 'it is ours');
  assert.equal(ownAnswer(stateWith(answered(0, 'fill-new'))), null, 'there is none');
});
