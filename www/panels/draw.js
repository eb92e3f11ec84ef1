// What tools that work on a hole have in common: what to draw with, how much is drawn.

import { brushFromSlider, sliderFromBrush } from '../drawing/geometry.js';
import { isDrawnFor, isToolRunning, mayClick, penOf } from '../store.js';
import { percentText } from '../tasks.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Hole, Pen } from '../drawing/shapes.js' */
/** @import { Entry, PenName, Snapshot, ToolName } from '../store.js' */
/** @import { WordKey } from '../words.js' */

/** What a tool says that no weights are there for. @type {Partial<Record<ToolName, WordKey>>} */
const UNTRAINED = { cutout: 'cutout.untrained', unmosaic: 'unmosaic.untrained' };

/**
 * @typedef {object} DrawWishes
 * @property {(pen: PenName) => void} setPen
 * @property {(px: number) => void} setBrush
 * @property {(pen: Pen) => void} setClick  what a click does
 * @property {(entry: Entry) => Hole | null} getHole
 * @property {() => Snapshot} getState
 */

/**
 * @param {DrawWishes} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createDrawPanel(wishes) {
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
  const clicks = [...byId('clicks').querySelectorAll('button')];
  for (const button of clicks) {
    button.addEventListener('click', () => wishes.setClick(/** @type {Pen} */ (button.value)));
  }

  return (state) => {
    const { history, lang, brushPx, clickPen, trained, engine, tool } = state;
    const pen = penOf(state);
    const isDrawn = history !== null && isDrawnFor(tool);
    byId('draw-panel').hidden = !isDrawn;
    byId('hole-size').hidden = !isDrawn;
    byId('untrained').hidden = !isDrawn || trained.includes(tool) || engine.status === 'starting';
    if (!isDrawn) return;
    byId('pen-click').hidden = !mayClick(state);
    byId('pens').classList.toggle('has-click', mayClick(state));
    byId('brush-row').hidden = pen === 'click';
    byId('clicks').hidden = pen !== 'click' || isToolRunning(state);
    for (const button of clicks) button.ariaPressed = String(button.value === clickPen);
    for (const input of pens) {
      input.checked = input.value === pen;
      input.disabled = isToolRunning(state);
    }
    // Several places mean the same thin brush: the one that was chosen stays.
    if (brushFromSlider(size.valueAsNumber, shortSide(state)) !== brushPx) {
      size.valueAsNumber = sliderFromBrush(brushPx, shortSide(state));
    }
    const px = say(lang, 'fill.px', { px: brushPx });
    size.setAttribute('aria-valuetext', px);
    byId('brush-size-value').textContent = px;
    byId('brush-row').classList.toggle('is-idle', pen !== 'brush' && pen !== 'eraser');
    const hole = wishes.getHole(history.present);
    const share = hole ? hole.count() / hole.pixels.length : 0;
    const percent = percentText(share);
    byId('hole-size').textContent =
      share > 0 ? say(lang, tool === 'cutout' ? 'cutout.hole' : 'fill.hole', { percent }) : '';
    byId('untrained').textContent = say(lang, UNTRAINED[tool] ?? 'fill.untrained');
  };
}

/** @param {Snapshot} state */
function shortSide({ history }) {
  const { width, height } = history?.present.photo ?? { width: 1, height: 1 };
  return Math.min(width, height);
}
