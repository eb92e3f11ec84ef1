// The settings of Unmosaic: the cells' size and place, found or set by hand.

import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Grid } from '../protocol.js' */
/** @import { Snapshot } from '../store.js' */

/** The narrowest cell of the core. */
const LEAST_CELL_PX = 2;

/**
 * @param {{ setGrid: (grid: Grid, field: string) => void, getState: () => Snapshot,
 *   getCorner: () => readonly [number, number] }} wishes
 *   `getCorner`: where cells begin if nothing else is known, the corner of what is drawn
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

  return (state) => {
    const { history, lang, tool } = state;
    if (!history || tool !== 'unmosaic') return;
    const { grid, shapes } = history.present;
    const isRunning = isToolRunning(state);
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
