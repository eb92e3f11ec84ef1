// The settings of Cut out: what is to lie behind what is cut out.

import { isToolRunning, penOf } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot, State } from '../store.js' */

/**
 * @param {{ set: (change: Partial<State['backdrop']>) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createCutoutPanel({ set }) {
  const kinds = [...document.querySelectorAll('input[name=backdrop]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  for (const input of kinds) {
    const kind = /** @type {State['backdrop']['kind']} */ (input.value);
    input.addEventListener('change', () => set({ kind }));
  }
  const colour = byId('backdrop-colour', HTMLInputElement);
  colour.addEventListener('input', () => set({ colour: colour.value }));
  const blur = byId('blur', HTMLInputElement);
  blur.addEventListener('input', () => set({ blurPercent: blur.valueAsNumber }));

  return (state) => {
    const { history, lang, tool, backdrop } = state;
    if (!history || tool !== 'cutout') return;
    const isRunning = isToolRunning(state);
    for (const input of [...kinds, colour, blur]) input.disabled = isRunning;
    for (const input of kinds) input.checked = input.value === backdrop.kind;
    byId('backdrop-well').hidden = backdrop.kind !== 'colour';
    if (colour.value !== backdrop.colour) colour.value = backdrop.colour;
    byId('blur-row').hidden = backdrop.kind !== 'blur';
    const percent = say(lang, 'colour.percent', { percent: backdrop.blurPercent });
    blur.valueAsNumber = backdrop.blurPercent;
    blur.setAttribute('aria-valuetext', percent);
    byId('blur-value').textContent = percent;
    byId('cutout-run').hidden = isRunning;
    byId('cutout-hint').hidden = isRunning || penOf(state) !== 'click';
  };
}
