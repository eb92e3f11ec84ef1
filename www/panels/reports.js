// What the page tells: the engine's state, the last result, one notice at a time.

import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot } from '../store.js' */
/** @import { WordKey } from '../words.js' */

const FALLBACKS = /** @type {readonly string[]} */ ([
  'no-webgpu',
  'software',
  'no-device',
  'self-test',
  'forced',
  'insecure',
]);

/**
 * @param {{ closeNotice: () => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createReports(wishes) {
  const notice = byId('notice');
  const action = byId('notice-action', HTMLButtonElement);
  byId('notice-close').addEventListener('click', wishes.closeNotice);
  /** @type {(() => void) | null} */
  let runAction = null;
  action.addEventListener('click', () => {
    const run = runAction;
    wishes.closeNotice();
    run?.();
  });

  return (state) => {
    drawEngine(state);
    const { lang, status } = state;
    setText('status', status ? say(lang, status.key, wordsIn(state, status)) : '');

    const told = state.notice;
    notice.hidden = told === null;
    setText('notice-text', told ? say(lang, told.key, wordsIn(state, told)) : '');
    notice.dataset['tone'] = told?.tone ?? '';
    action.hidden = !told?.action;
    runAction = told?.action?.run ?? null;
    action.textContent = told?.action ? say(lang, told.action.key) : '';
  };
}

/** Writes only changes: a live region repeats whatever is written. @param {string} id @param {string} text */
function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * The gaps of a sentence; the device and a step are named in the page's language.
 * @param {Snapshot} state @param {NonNullable<Snapshot['status' | 'notice']>} sentence
 */
function wordsIn({ lang }, { words = {}, name }) {
  const { device } = words;
  if (name) return { ...words, name: say(lang, name.key, name.words) };
  if (device !== 'webgpu' && device !== 'cpu') return words;
  return { ...words, device: say(lang, `device.${device}`) };
}

/** @param {Snapshot} state */
function drawEngine(state) {
  byId('engine').dataset['status'] = state.engine.status;
  setText('engine', engineText(state));
}

/**
 * How far the engine is, or what it runs on and why.
 * @param {Snapshot} state
 */
export function engineText({ engine, lang }) {
  if (engine.status === 'failed') return say(lang, 'engine.failed');
  if (engine.status === 'ready') {
    const ready = say(lang, engine.device === 'webgpu' ? 'engine.webgpu' : 'engine.cpu');
    const { fallback } = engine;
    // Over http from another machine no browser offers it, whatever it can do.
    const told = fallback === 'no-webgpu' && !isSecureContext ? 'insecure' : fallback;
    const reason = FALLBACKS.includes(told) ? told : 'other';
    const why = fallback && say(lang, /** @type {WordKey} */ (`fallback.${reason}`));
    return why ? say(lang, 'engine.why', { ready, why }) : ready;
  }
  const stage = say(lang, `stage.${engine.stage}`);
  const percent = Math.round((engine.done / engine.total) * 100);
  const amount = (engine.done / 2 ** 20).toFixed(1);
  if (engine.total > 1) return say(lang, 'engine.percent', { stage, percent });
  if (engine.done > 0) return say(lang, 'engine.mebibytes', { stage, amount });
  return stage;
}
