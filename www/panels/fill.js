// The settings of Fill: how far the hole grows, how it fades in, when it is filled.

import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot } from '../store.js' */
/** @typedef {'growPx' | 'featherPx'} HoleSetting */

/**
 * @param {{ setHole: (setting: HoleSetting, px: number, isSettled: boolean) => void,
 *   setRunAtOnce: (isRunAtOnce: boolean) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createFillPanel(wishes) {
  const settings = /** @type {const} */ (['growPx', 'featherPx']).map((setting) => {
    const name = setting === 'growPx' ? 'grow' : 'feather';
    const input = byId(name, HTMLInputElement);
    input.addEventListener('input', () => wishes.setHole(setting, input.valueAsNumber, false));
    input.addEventListener('change', () => wishes.setHole(setting, input.valueAsNumber, true));
    return { setting, input, value: byId(`${name}-value`) };
  });
  const atOnce = byId('at-once', HTMLInputElement);
  atOnce.addEventListener('change', () => wishes.setRunAtOnce(atOnce.checked));
  // On a narrow screen the finer settings are one tap away; elsewhere there is room for them.
  byId('hole-settings', HTMLDetailsElement).open = matchMedia('(min-width: 821px)').matches;

  return (state) => {
    const { history, lang } = state;
    if (!history || state.tool !== 'fill') return;
    const isRunning = isToolRunning(state);
    for (const { setting, input, value } of settings) {
      const px = history.present[setting];
      const text = say(lang, 'fill.px', { px });
      input.valueAsNumber = px;
      input.disabled = isRunning;
      input.setAttribute('aria-valuetext', text);
      value.textContent = text;
    }
    atOnce.checked = state.isRunAtOnce;
    byId('fill-run').hidden = isRunning;
    byId('fill-hint').hidden =
      history.present.shapes.length > 0 || isRunning || state.status !== null;
  };
}
