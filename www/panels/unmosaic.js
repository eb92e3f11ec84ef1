// The settings of Unmosaic: the cells' size and place, found or set by hand.

import { isToolRunning } from '../store.js';
import { decibelText } from '../tasks.js';
import { say } from '../words.js';
import { byId, hasRoom } from './dom.js';

/** @import { Grid } from '../engine/protocol.js' */
/** @import { Snapshot } from '../store.js' */

/** The narrowest cell of the core. */
const LEAST_CELL_PX = 2;

/**
 * @param {{ setGrid: (grid: Grid, field: string) => void, getState: () => Snapshot,
 *   getCorner: () => readonly [number, number], setCell: (px: number) => void,
 *   setDetail: (percent: number) => void }} wishes
 *   `getCorner`: where cells begin if nothing else is known, the corner of what is drawn; `setCell`:
 *   the size of those to be put on the photo
 * @returns {(state: Snapshot) => void}
 */
export function createUnmosaicPanel(wishes) {
  const fields = /** @type {const} */ (['cell', 'phase-x', 'phase-y']).map((name) => {
    const input = byId(name, HTMLInputElement);
    input.addEventListener('input', () => {
      const grid = gridFrom(name, input.valueAsNumber);
      if (grid) wishes.setGrid(grid, name);
    });
    return { name, input };
  });

  /** @param {'cell' | 'phase-x' | 'phase-y'} name @param {number} value @returns {Grid | null} */
  function gridFrom(name, value) {
    const before = wishes.getState().history?.present.grid ?? null;
    if (!Number.isFinite(value)) return null;
    if (name === 'cell') {
      if (value < LEAST_CELL_PX) return null;
      return { cell: [value, value], phase: before?.phase ?? wishes.getCorner() };
    }
    if (!before) return null;
    const [x, y] = before.phase;
    return { ...before, phase: name === 'phase-x' ? [value, y] : [x, value] };
  }

  const size = byId('cell-size', HTMLInputElement);
  size.addEventListener('input', () => wishes.setCell(size.valueAsNumber));
  const detail = byId('detail', HTMLInputElement);
  detail.addEventListener('input', () => wishes.setDetail(detail.valueAsNumber));
  // On a narrow screen this is one tap away; elsewhere there is room for it.
  byId('pixelate-panel', HTMLDetailsElement).open = hasRoom();

  return (state) => {
    const { history, lang, tool } = state;
    if (!history || tool !== 'unmosaic') return;
    const { grid, shapes } = history.present;
    const isRunning = isToolRunning(state);
    drawPixelate(state, size);
    const percent = say(lang, 'colour.percent', { percent: state.detailPercent });
    detail.disabled = isRunning;
    detail.valueAsNumber = state.detailPercent;
    detail.setAttribute('aria-valuetext', percent);
    byId('detail-value').textContent = percent;
    for (const { name, input } of fields) {
      input.disabled = isRunning || (name !== 'cell' && !grid);
      input.placeholder = say(lang, 'unmosaic.auto');
      const value = grid && [grid.cell[0], ...grid.phase][fields.findIndex((f) => f.name === name)];
      const text =
        value === null || value === undefined ? '' : String(Math.round(value * 100) / 100);
      // What is being typed is left alone while it means the same.
      if (document.activeElement !== input || input.valueAsNumber !== Number(text)) {
        input.value = text;
      }
    }
    byId('unmosaic-run').hidden = isRunning;
    byId('unmosaic-hint').hidden = shapes.length > 0 || isRunning || state.status !== null;
  };
}

/**
 * The part that puts a mosaic on the photo, and what came of undoing it.
 * @param {Snapshot} state @param {HTMLInputElement} size
 */
function drawPixelate(state, size) {
  const { history, lang, cellPx } = state;
  const { shapes = [], truth } = history?.present ?? {};
  byId('pixelate-panel').hidden = isToolRunning(state);
  const px = say(lang, 'fill.px', { px: cellPx });
  size.valueAsNumber = cellPx;
  size.setAttribute('aria-valuetext', px);
  byId('cell-size-value').textContent = px;
  byId('pixelate').textContent = say(lang, shapes.length > 0 ? 'pixelate.drawn' : 'pixelate.all');
  const { guess, mosaic } = truth?.undone?.decibels ?? {};
  const text =
    guess === undefined || mosaic === undefined
      ? ''
      : say(lang, 'truth.decibels', { guess: decibelText(guess), mosaic: decibelText(mosaic) });
  // Written only when it changes: a live region repeats whatever is written.
  if (byId('judged').textContent !== text) byId('judged').textContent = text;
}
