// The engine, in the panel at the foot: what it runs on, how much it takes, whose weights it uses.

import { TASK_NAMES } from '../engine/own-weights.js';
import { limitWords } from '../jobs.js';
import { say } from '../words.js';
import { byId } from './dom.js';
import { engineText } from './reports.js';

/** @import { TaskWeights } from '../engine/engine.js' */
/** @import { Lang } from '../words.js' */
/** @import { Snapshot } from '../store.js' */

/**
 * @param {{ giveUp: (task: string) => Promise<void> }} wishes  gives own weights up
 * @returns {(state: Snapshot) => void}
 */
export function createEnginePanel(wishes) {
  const list = byId('weights');
  /** @type {readonly unknown[]} */
  let drawn = [];

  /** @param {string} task */
  const giveUp = async (task) => {
    await wishes.giveUp(task);
    // The button is gone; the keyboard goes on from here.
    if (byId('about-sheet').matches(':popover-open')) byId('engine-title').focus();
  };

  return (state) => {
    const { lang, limits, weights, methods } = state;
    byId('engine-device').textContent = engineText(state);
    byId('engine-limits').textContent = limits
      ? say(lang, 'engine.megapixels', limitWords(limits))
      : '';
    byId('engine-laps').textContent = lapsText(state.laps, lang);
    byId('engine-laps-title').hidden = state.laps.length === 0;
    const now = [weights, methods, lang];
    if (now.every((each, i) => each === drawn[i])) return;
    drawn = now;
    const places = [...TASK_NAMES.keys()];
    const loaded = methods.filter(({ isLoaded }) => isLoaded);
    const all = [...weights, ...loaded.map((method) => ({ ...method, isOwn: false }))];
    const sorted = all.sort((a, b) => places.indexOf(a.task) - places.indexOf(b.task));
    list.replaceChildren(...sorted.map((each) => rowOf(each, lang, giveUp)));
  };
}

/** @param {Snapshot['laps']} laps @param {Lang} lang */
function lapsText(laps, lang) {
  const each = laps.map(({ stage, millis }) => {
    const secs = (millis / 1000).toFixed(millis < 9950 ? 2 : 0);
    return say(lang, 'engine.lap', { stage: say(lang, `stage.${stage}`), secs });
  });
  return each.join('\n');
}

/** @param {TaskWeights} weights @param {Lang} lang @param {(task: string) => void} giveUp */
function rowOf({ task, name, bytes, isOwn }, lang, giveUp) {
  const row = document.createElement('li');
  const key = TASK_NAMES.get(task);
  const title = append(row, 'strong', key ? say(lang, key) : task);
  append(row, 'span', name).className = 'weights-name';
  const whose = say(lang, isOwn ? 'weights.own' : 'weights.shipped');
  const amount = (bytes / 1e6).toFixed(bytes < 1e5 ? 2 : 1);
  append(row, 'small', say(lang, 'weights.bytes', { whose, amount }));
  if (isOwn) {
    title.id = `weights-${task}`; // A task has one such row.
    const button = append(row, 'button', say(lang, 'weights.giveUp'));
    button.className = 'outline';
    button.setAttribute('aria-describedby', title.id);
    button.addEventListener('click', () => giveUp(task));
  }
  return row;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {HTMLElement} parent @param {Tag} tag @param {string} text
 */
function append(parent, tag, text) {
  const element = parent.appendChild(document.createElement(tag));
  element.textContent = text;
  return element;
}
