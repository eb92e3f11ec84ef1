// Every sentence in every language, and no sentence that is never said.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { CORE_CODES, PAGE_CODES } from '../../www/engine/protocol.js';
import { WORDS, chosenLang, say } from '../../www/words.js';

const WWW = new URL('../../www/', import.meta.url);
const gapsOf = (/** @type {string} */ text) => (text.match(/\{\w+\}/g) ?? []).sort();

test('both languages have the same keys and the same gaps', () => {
  assert.deepEqual(Object.keys(WORDS.zh).sort(), Object.keys(WORDS.en).sort());
  for (const [key, text] of Object.entries(WORDS.en)) {
    const other = WORDS.zh[/** @type {keyof typeof WORDS.zh} */ (key)];
    assert.ok(text.trim() && other.trim(), key);
    assert.deepEqual(gapsOf(other), gapsOf(text), key);
  }
});

test('every error code has sentences that say what happened and what to do', () => {
  for (const code of [...CORE_CODES, ...PAGE_CODES]) {
    const [en, zh] = [WORDS.en[code], WORDS.zh[code]];
    assert.ok(en && zh, code);
    assert.match(en, /^[A-Z].*\. \S.*\.$/, `${code}: two sentences`);
    assert.match(zh, /。.+。$/, `${code}: two sentences`);
    assert.doesNotMatch(en + zh, /[!！]/, code);
  }
});

test('the codes are those of the core, without doubles', async () => {
  const rust = await readFile(new URL('../../src/error.rs', import.meta.url), 'utf8');
  const list = rust.match(/CODES[^=]*=\s*\[([^\]]*)\]/)?.[1] ?? '';
  const codes = [...list.matchAll(/"([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual([...CORE_CODES], codes);
  assert.equal(new Set([...CORE_CODES, ...PAGE_CODES]).size, CORE_CODES.length + PAGE_CODES.length);
});

test('every key is used somewhere, and every key in index.html exists', async () => {
  const names = (await readdir(WWW, { recursive: true })).filter((name) => name.endsWith('.js'));
  const sources = await Promise.all(
    names
      .filter((name) => !name.endsWith('words.js'))
      .map((name) => readFile(new URL(name.replaceAll('\\', '/'), WWW), 'utf8')),
  );
  const html = await readFile(new URL('../../index.html', import.meta.url), 'utf8');
  const all = sources.join('\n') + html;
  const codes = /** @type {string[]} */ ([...CORE_CODES, ...PAGE_CODES]);
  const composed =
    /^((sample|handle|fallback|stage|device|pen|variant)\.|extend\.(left|top|right|bottom)$)/;
  for (const key of Object.keys(WORDS.en)) {
    const isUsed = all.includes(`'${key}'`) || all.includes(`"${key}"`);
    assert.ok(isUsed || codes.includes(key) || composed.test(key), `nobody says ${key}`);
  }
  for (const [, key] of html.matchAll(/data-(?:text|label)="([^"]+)"/g)) {
    assert.ok(key && key in WORDS.en, `index.html says ${key}`);
  }
});

test('the probe, which cannot import words.js, says its sentences', async () => {
  const probe = await readFile(new URL('probe.js', WWW), 'utf8');
  assert.ok(probe.includes(WORDS.en['file-protocol']));
  assert.ok(probe.includes(WORDS.zh['file-protocol']));
});

test('nor can what repairs the page import them', async () => {
  const repair = await readFile(new URL('offline/repair.js', WWW), 'utf8');
  const keys = /** @type {const} */ (['repair.broken', 'repair.run', 'repair.offline']);
  for (const lang of /** @type {const} */ (['en', 'zh'])) {
    for (const key of keys) assert.ok(repair.includes(`'${WORDS[lang][key]}'`), `${lang}: ${key}`);
  }
});

test('gaps are filled', () => {
  const gaps = { width: 20, height: 10, device: 'the CPU', millis: 820 };
  assert.equal(say('en', 'result.done', gaps), 'Extended to 20 × 10 in 820 ms on the CPU');
  assert.match(say('zh', 'result.done', gaps), /20 × 10.*820/);
});

test('the address chooses the language, then the browser, then English', () => {
  assert.equal(chosenLang('zh', ['en-GB']), 'zh');
  assert.equal(chosenLang('en', ['zh-CN']), 'en');
  assert.equal(chosenLang(null, ['fr-FR', 'zh-Hans-CN', 'en']), 'zh');
  assert.equal(chosenLang('xx', ['fr']), 'en');
});
