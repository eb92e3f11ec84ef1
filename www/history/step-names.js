// What each step of the history is called: by what it changed, as a key of `words.js` with its gaps.

import { isEmptyFrame, ratioName, shorterSide, sizeFromAmounts } from '../drawing/geometry.js';
import { isTouched } from '../queue/queue.js';
import { cellText } from '../tasks.js';

/** @import { Shape } from '../drawing/shapes.js' */
/** @import { Entry, Photo, StepName, Tint, ToolName } from '../store.js' */
/** @import { WordKey } from '../words.js' */

/** What a step is called that changed nothing one could name. @type {Record<ToolName, StepName>} */
export const TOOL_NAMES = {
  crop: { key: 'crop.title' },
  extend: { key: 'extend.title' },
  fill: { key: 'fill.title' },
  cutout: { key: 'cutout.title' },
  unmosaic: { key: 'unmosaic.title' },
  colour: { key: 'colour.title' },
};

/** What a step is called that changed many photos. @type {StepName} */
export const BATCH_NAME = { key: 'history.batch' };
/** The same for the steps of a file. @type {StepName} */
export const RECIPE_NAME = { key: 'history.recipe' };

const SETTINGS = /** @type {const} */ ({
  saturation: 'history.saturation',
  warmth: 'history.warmth',
  strength: 'history.strength',
});

/** @param {Entry} entry @param {Photo | null} opened @returns {StepName} */
export function nameOfEntry(entry, opened) {
  if (entry.step) return entry.step.name;
  // What was put away and fetched again comes without its steps.
  return { key: isTouched(entry, opened) ? 'history.back' : 'history.opened' };
}

/**
 * Names the change from one entry to the next; `null` if there is nothing to name.
 * @param {Entry} before @param {Omit<Entry, 'step'>} now
 * @returns {StepName | null}
 */
export function nameOfChange(before, now) {
  const { photo, frame, shapes, grid, growPx, featherPx } = now;
  if (photo !== before.photo) return nameOfResult(before, now);
  if (shapes !== before.shapes) return nameOfDrawing(before.shapes, shapes, grid);
  if (grid && grid !== before.grid)
    return { key: 'history.cells', words: { cell: cellText(grid) } };
  if (frame !== before.frame) {
    if (isEmptyFrame(frame)) return { key: 'history.noFrame' };
    const ratio = ratioName(sizeFromAmounts([photo.width, photo.height], frame));
    return { key: 'history.frame', words: { ratio } };
  }
  if (growPx !== before.growPx) {
    const percent = Math.round((1000 * growPx) / shorterSide(photo)) / 10;
    return { key: 'history.grow', words: { percent } };
  }
  if (featherPx !== before.featherPx) return { key: 'history.feather', words: { px: featherPx } };
  return null;
}

/** @param {Entry} before @param {Omit<Entry, 'step'>} now @returns {StepName | null} */
function nameOfResult(before, { photo, strip, tint, hints }) {
  const { width, height } = photo;
  if (strip && before.strip && strip.steps === before.strip.steps) {
    const { at: number } = strip;
    return { key: number ? 'strip.step' : 'strip.first', words: { number, width, height } };
  }
  switch (photo.made) {
    case 'extended':
      return { key: 'history.extended', words: { ratio: ratioName([width, height]) } };
    case 'cropped':
      return { key: 'history.cropped', words: { ratio: ratioName([width, height]) } };
    case 'enlarged':
      return { key: 'history.enlarged', words: { width, height } };
    case 'filled':
      return { key: 'history.filled' };
    case 'cut-out':
      return { key: 'history.cutOut' };
    case 'pixelated':
      return { key: 'history.pixelated' };
    case 'unmosaic':
      return { key: 'history.unmosaicked' };
    case 'coloured':
    case 'freshened': {
      const setting = tint && nameOfSetting(before.tint, tint);
      if (setting) return setting;
      if (photo.made === 'freshened') return { key: 'history.freshened' };
      if (hints === before.hints || before.tint === null) return { key: 'history.coloured' };
      return { key: 'history.hints', words: { count: hints.length } };
    }
    case 'copy':
      return null;
  }
}

/**
 * What was set of colours that were found before; `null` if they were found just now.
 * @param {Tint | null} before @param {Tint} now
 * @returns {StepName | null}
 */
function nameOfSetting(before, now) {
  const isColours = before?.kind === 'colours' && now.kind === 'colours';
  if (isColours && before.colours !== now.colours) return null;
  if (isColours && before.variant !== now.variant) {
    return { key: /** @type {WordKey} */ (`variant.${now.variant}`) };
  }
  const isCurves = before?.kind === 'curves' && now.kind === 'curves';
  if (isCurves && before.curves !== now.curves) return null;
  if (!isColours && !isCurves) return null;
  const [was, is] = /** @type {Record<string, unknown>[]} */ ([before, now]);
  for (const [setting, key] of Object.entries(SETTINGS)) {
    const value = is?.[setting];
    if (typeof value !== 'number' || value === was?.[setting]) continue;
    return { key, words: { percent: Math.round(100 * value) } };
  }
  return null;
}

/**
 * @param {readonly Shape[]} before @param {readonly Shape[]} shapes @param {Entry['grid']} grid
 * @returns {StepName}
 */
function nameOfDrawing(before, shapes, grid) {
  // A click changes a shape that others may lie on.
  const last = shapes.findLast((shape) => !before.includes(shape)) ?? shapes.at(-1);
  if (!last) return { key: 'history.cleared' };
  if (last.pen === 'erase') return { key: 'history.erased' };
  switch (last.kind) {
    case 'stroke':
      return { key: 'history.stroke' };
    case 'outline':
      return { key: 'pen.lasso' };
    case 'rectangle':
      return { key: 'pen.rectangle' };
    case 'spans':
      if (last.isWorn) return { key: 'history.scratches' };
      if (last.clicks) return { key: last.clicks.length > 0 ? 'pen.click' : 'history.proposed' };
      if (!grid) return { key: last.isSnapped ? 'history.snapped' : 'history.inverted' };
      return { key: 'history.found', words: { cell: cellText(grid) } };
  }
}
