// The settings of Fill: what to draw with, how far the hole grows, how it fades in.

import { brushFromSlider, sliderFromBrush } from '../geometry.js';
import { isToolRunning } from '../store.js';
import { percentText } from '../tasks.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Hole } from '../shapes.js' */
/** @import { Entry, PenName, Snapshot } from '../store.js' */
/** @typedef {'growPx' | 'featherPx'} HoleSetting */

/**
 * @typedef {object} FillWishes
 * @property {(pen: PenName) => void} setPen
 * @property {(px: number) => void} setBrush
 * @property {(setting: HoleSetting, px: number, isSettled: boolean) => void} setHole
 * @property {(isRunAtOnce: boolean) => void} setRunAtOnce
 * @property {(entry: Entry) => Hole | null} getHole
 * @property {() => Snapshot} getState
 */

/**
 * @param {FillWishes} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createFillPanel(wishes) {
  const pens = [...document.querySelectorAll('input[name=pen]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  for (const input of pens) {
    input.addEventListener('change', () => wishes.setPen(/** @type {PenName} */ (input.value)));
  }
  const size = byId('brush-size', HTMLInputElement);
  size.addEventListener('input', () =>
    wishes.setBrush(brushFromSlider(size.valueAsNumber, shortSide(wishes.getState()))),
  );
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
    const { history, lang, pen, brushPx, trained, engine } = state;
    const isTold = state.tool === 'fill' && engine.status !== 'starting';
    byId('untrained').hidden = !isTold || trained.includes('fill');
    if (!history || state.tool !== 'fill') return;
    const isRunning = isToolRunning(state);
    const pixels = (/** @type {number} */ px) => say(lang, 'fill.px', { px: Math.round(px) });
    for (const input of pens) {
      input.checked = input.value === pen;
      input.disabled = isRunning;
    }
    // Several places mean the same thin brush: the one that was chosen stays.
    if (brushFromSlider(size.valueAsNumber, shortSide(state)) !== brushPx) {
      size.valueAsNumber = sliderFromBrush(brushPx, shortSide(state));
    }
    size.setAttribute('aria-valuetext', pixels(brushPx));
    byId('brush-size-value').textContent = pixels(brushPx);
    byId('brush-row').classList.toggle('is-idle', pen === 'lasso' || pen === 'rectangle');
    for (const { setting, input, value } of settings) {
      const px = history.present[setting];
      input.valueAsNumber = px;
      input.disabled = isRunning;
      input.setAttribute('aria-valuetext', pixels(px));
      value.textContent = pixels(px);
    }
    atOnce.checked = state.isRunAtOnce;
    const hole = wishes.getHole(history.present);
    const share = hole ? hole.count() / hole.pixels.length : 0;
    const percent = percentText(share);
    byId('hole-size').textContent = share > 0 ? say(lang, 'fill.hole', { percent }) : '';
    byId('fill-run').hidden = isRunning;
    byId('fill-hint').hidden = share > 0 || isRunning || state.status !== null;
  };
}

/** @param {Snapshot} state */
function shortSide({ history }) {
  const { width, height } = history?.present.photo ?? { width: 1, height: 1 };
  return Math.min(width, height);
}
