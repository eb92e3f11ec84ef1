// The settings of Fill: how far the hole grows, as a share of the photo, how it fades in, when it is
// filled; and what finds scratches, where weights for that are there.

import { shorterSide } from '../drawing/geometry.js';
import { isToolRunning, mayFindScratches } from '../store.js';
import { say } from '../words.js';
import { byId, hasRoom } from './dom.js';

/** @import { Snapshot } from '../store.js' */

/**
 * @param {{ setHole: (setting: 'grow' | 'feather', value: number, isSettled: boolean) => void,
 *   setRunAtOnce: (isRunAtOnce: boolean) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createFillPanel(wishes) {
  const settings = /** @type {const} */ (['growPx', 'featherPx']).map((setting) => {
    const name = setting === 'growPx' ? 'grow' : 'feather';
    const input = byId(name, HTMLInputElement);
    const set = (/** @type {boolean} */ isSettled) =>
      wishes.setHole(name, input.valueAsNumber, isSettled);
    input.addEventListener('input', () => set(false));
    input.addEventListener('change', () => set(true));
    return { setting, input, value: byId(`${name}-value`) };
  });
  const atOnce = byId('at-once', HTMLInputElement);
  atOnce.addEventListener('change', () => wishes.setRunAtOnce(atOnce.checked));
  // On a narrow screen the finer settings are one tap away; elsewhere there is room for them.
  byId('hole-settings', HTMLDetailsElement).open = hasRoom();

  return (state) => {
    const { history, lang } = state;
    if (!history || state.tool !== 'fill') return;
    const isRunning = isToolRunning(state);
    for (const { setting, input, value } of settings) {
      const { present } = history;
      const px = present[setting];
      const isShare = setting === 'growPx';
      const percent = Math.round((1000 * px) / shorterSide(present.photo)) / 10;
      const words = { px: Math.round(px), percent };
      const text = say(lang, isShare ? 'fill.share' : 'fill.px', words);
      input.valueAsNumber = isShare ? percent : px;
      input.disabled = isRunning;
      input.setAttribute('aria-valuetext', text);
      value.textContent = text;
    }
    atOnce.checked = state.isRunAtOnce;
    byId('fill-run').hidden = isRunning;
    byId('scratches').hidden = !mayFindScratches(state);
    byId('repair-all').hidden = state.queue.items.length < 2;
    byId('fill-hint').hidden =
      history.present.shapes.length > 0 || isRunning || state.status !== null;
  };
}
