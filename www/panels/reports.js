// What the page tells: the engine's state, the last result, one notice at a time.

import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot } from '../store.js' */
/** @import { WordKey } from '../words.js' */

const FALLBACKS = /** @type {readonly string[]} */ ([
  'no-webgpu',
  'no-device',
  'self-test',
  'forced',
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

    notice.hidden = state.notice === null;
    setText('notice-text', state.notice ? say(lang, state.notice.key, state.notice.words) : '');
    notice.dataset['tone'] = state.notice?.tone ?? '';
    action.hidden = !state.notice?.action;
    runAction = state.notice?.action?.run ?? null;
    action.textContent = state.notice?.action ? say(lang, state.notice.action.key) : '';
  };
}

/** Writes only changes: a live region repeats whatever is written. @param {string} id @param {string} text */
function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/**
 * The gaps of a sentence; the device and a step are named in the page's language.
 * @param {Snapshot} state @param {NonNullable<Snapshot['status']>} status
 */
function wordsIn({ lang }, { words = {}, name }) {
  const { device } = words;
  if (name) return { ...words, name: say(lang, name.key, name.words) };
  if (device !== 'webgpu' && device !== 'cpu') return words;
  return { ...words, device: say(lang, `device.${device}`) };
}

/** @param {Snapshot} state */
function drawEngine({ engine, lang }) {
  const element = byId('engine');
  element.dataset['status'] = engine.status;
  if (engine.status === 'failed') {
    setText('engine', say(lang, 'engine.failed'));
  } else if (engine.status === 'ready') {
    const ready = say(lang, engine.device === 'webgpu' ? 'engine.webgpu' : 'engine.cpu');
    const reason = FALLBACKS.includes(engine.fallback) ? engine.fallback : 'other';
    const why = engine.fallback && say(lang, /** @type {WordKey} */ (`fallback.${reason}`));
    setText('engine', why ? say(lang, 'engine.why', { ready, why }) : ready);
  } else {
    const stage = say(lang, `stage.${engine.stage}`);
    const percent = Math.round((engine.done / engine.total) * 100);
    const amount = (engine.done / 2 ** 20).toFixed(1);
    if (engine.total > 1) setText('engine', say(lang, 'engine.percent', { stage, percent }));
    else if (engine.done > 0) setText('engine', say(lang, 'engine.mebibytes', { stage, amount }));
    else setText('engine', stage);
  }
}
