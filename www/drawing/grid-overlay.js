// Draws the cells of a mosaic over what is drawn, so that one sees whether they fit.

/** @import { Grid } from '../engine/protocol.js' */
/** @import { Box } from './shapes.js' */
/** @import { View } from './view.js' */

/** Lines nearer to one another on the screen than this would only be a grey area. */
const LEAST_GAP = 4;

/**
 * @param {SVGElement} lines @param {View} view
 * @returns {(grid: Grid | null, bounds: Box | null) => void} shows a grid within bounds
 */
export function createGridOverlay(lines, view) {
  /** @type {Grid | null} */
  let shown = null;
  /** @type {Box | null} */
  let within = null;

  const draw = () => {
    const isFine = shown !== null && Math.min(...shown.cell) * view.scale < LEAST_GAP;
    lines.toggleAttribute('hidden', !shown || !within || isFine);
    if (!shown || !within || isFine) return;
    const { left, top, right, bottom } = within;
    const from = view.screenFromPhoto({ x: left, y: top });
    const to = view.screenFromPhoto({ x: right, y: bottom });
    const paths = [];
    for (const x of places(shown.cell[0], shown.phase[0], left, right)) {
      const at = view.screenFromPhoto({ x, y: 0 }).x.toFixed(1);
      paths.push(`M${at} ${from.y.toFixed(1)}V${to.y.toFixed(1)}`);
    }
    for (const y of places(shown.cell[1], shown.phase[1], top, bottom)) {
      const at = view.screenFromPhoto({ x: 0, y }).y.toFixed(1);
      paths.push(`M${from.x.toFixed(1)} ${at}H${to.x.toFixed(1)}`);
    }
    for (const path of lines.querySelectorAll('path')) path.setAttribute('d', paths.join(''));
  };
  view.onMove(draw);
  return (grid, bounds) => {
    shown = grid;
    within = bounds;
    draw();
  };
}

/**
 * Where lines `cell` apart run between two ends, one of them through `phase`.
 * @param {number} cell @param {number} phase @param {number} from @param {number} to
 */
export function places(cell, phase, from, to) {
  const first = Math.ceil((from - phase) / cell);
  const count = Math.max(0, Math.floor((to - phase) / cell) - first + 1);
  return Array.from({ length: count }, (_, i) => phase + (first + i) * cell);
}
