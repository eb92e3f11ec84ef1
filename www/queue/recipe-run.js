// One recipe on one photo: whether it fits, and what it makes. Of several steps all are done, or none.

import { isWorn } from '../drawing/shapes.js';
import { CodedError } from '../engine/protocol.js';
import {
  TASKS,
  enlarge,
  foundScratches,
  freshen,
  proposedSelection,
  searchedMosaic,
} from '../tasks.js';
import { holeFrom, stepsOf, wishFrom } from './queue.js';

/** @import { Engine, JobOptions } from '../engine/engine.js' */
/** @import { OnProgress, Pixels } from '../engine/protocol.js' */
/** @import { Fetched } from './kept.js' */
/** @import { OneStep, Recipe, Trouble } from './queue.js' */
/** @import { Entry, Photo } from '../store.js' */
/** @typedef {{ change: Partial<Entry> } | { trouble: Trouble }} Outcome */
/** @typedef {JobOptions & { onProgress: OnProgress, detail: number, behind: Pixels | null }} Options */

/**
 * What colouring or freshening has against a photo, judged as it was opened: colours that were put
 * on it are not its own. What was done before is done anew.
 * @param {Engine} engine @param {Extract<OneStep, { tool: 'colour' }>} recipe @param {Photo} opened @param {Entry} entry
 * @param {AbortSignal} signal
 * @returns {Promise<Trouble | null>}
 */
async function misfitOf(engine, { kind }, opened, { tint }, signal) {
  if (tint?.kind === kind) return null;
  const isColoured = (await engine.colouring(opened, signal)) === 'coloured';
  if (kind === 'colours') return isColoured ? { kind: 'left', key: 'queue.coloured' } : null;
  return isColoured ? null : { kind: 'left', key: 'queue.grey' };
}

/**
 * The mosaic of a photo, as shapes and cells; what is drawn on the open one stands.
 * @param {Engine} engine @param {Entry} entry @param {boolean} isOpen @param {Options} options
 * @returns {Promise<Outcome>}
 */
async function mosaicOf(engine, entry, isOpen, { signal, onProgress }) {
  if (isOpen && entry.shapes.length > 0) return { change: {} };
  onProgress('search', 0, 1);
  try {
    return { change: await searchedMosaic(engine, entry, null, signal) };
  } catch (error) {
    if (!(error instanceof CodedError && error.code === 'mosaic-not-found')) throw error;
    return { trouble: { kind: 'left', key: 'queue.noMosaic' } };
  }
}

/**
 * The scratches of a photo; those that were found in it before stand as they were corrected.
 * @param {Engine} engine @param {Entry} entry @param {Options} options
 * @returns {Promise<Partial<Entry> | null>}  `null` where there are none
 */
async function scratchesOf(engine, entry, options) {
  if (entry.shapes.some(isWorn)) return {};
  options.onProgress('scratches', 0, 1);
  return foundScratches(engine, entry, options);
}

/**
 * What is cut out of a photo: what is selected, what was, or else what it shows above all.
 * @param {Engine} engine @param {Entry} entry @param {Options} options
 * @returns {Promise<Partial<Entry> | null>}  `null` where there is nothing
 */
async function selectionOf(engine, entry, options) {
  const { shapes, cut } = entry;
  if (shapes.length > 0) return {};
  if (cut) return { photo: cut.source, shapes: cut.shapes };
  options.onProgress('select', 0, 1);
  return proposedSelection(engine, entry, options);
}

/**
 * Runs a recipe on a photo: what changes in its entry, or why nothing does. A step that finds no
 * scratches to fill leaves the others to be done.
 * @param {Engine} engine @param {Recipe} recipe @param {Fetched} photo @param {boolean} isOpen
 * @param {Options} options
 * @returns {Promise<Outcome>}
 */
export async function madeBy(engine, recipe, { opened, entry }, isOpen, options) {
  let change = /** @type {Partial<Entry>} */ ({});
  let unworn = /** @type {Outcome | null} */ (null);
  for (const step of stepsOf(recipe)) {
    const found = { opened, entry: { ...entry, ...change } };
    const outcome = await madeByOne(engine, step, found, isOpen, options);
    if ('trouble' in outcome) {
      if (!('scratches' in step)) return outcome;
      unworn = outcome;
    } else change = { ...change, ...outcome.change };
  }
  return unworn && !change.photo ? unworn : { change };
}

/**
 * @param {Engine} engine @param {OneStep} recipe @param {Fetched} photo @param {boolean} isOpen
 * @param {Options} options
 * @returns {Promise<Outcome>}
 */
async function madeByOne(engine, recipe, { opened, entry }, isOpen, options) {
  const fit = wishFrom(recipe, entry);
  if ('trouble' in fit) return fit;
  let { wish } = fit;
  if (recipe.tool === 'colour') {
    const trouble = await misfitOf(engine, recipe, opened, entry, options.signal);
    if (trouble) return { trouble };
  }
  if (recipe.tool === 'unmosaic') {
    const found = await mosaicOf(engine, entry, isOpen, options);
    if ('trouble' in found) return found;
    wish = found.change;
  }
  if (recipe.tool === 'fill' && 'scratches' in recipe) {
    const found = await scratchesOf(engine, entry, options);
    if (!found) return { trouble: { kind: 'left', key: 'queue.noScratches' } };
    wish = found;
  }
  if (recipe.tool === 'cutout') {
    const selected = await selectionOf(engine, entry, options);
    if (!selected) return { trouble: { kind: 'left', key: 'queue.noSubject' } };
    wish = selected;
  }
  const ready = { ...entry, ...wish };
  const isCurves = recipe.tool === 'colour' && recipe.kind === 'curves';
  const other = recipe.tool === 'crop' ? enlarge : TASKS[recipe.tool];
  const task = isCurves ? freshen : other;
  const hole = ready.shapes.length > 0 ? holeFrom(ready, recipe.tool) : null;
  const refusal = task.refusal(ready, hole);
  if (refusal) throw new CodedError(refusal);
  const backdrop = recipe.tool === 'cutout' ? { backdrop: recipe.backdrop } : {};
  const seed = recipe.tool === 'extend' && recipe.seed ? { seed: recipe.seed } : {};
  const method = 'method' in recipe && recipe.method ? { method: recipe.method } : {};
  const asked = { ...options, ...backdrop, ...seed, ...method };
  const { change } = await task.run(engine, ready, hole, asked);
  return { change: { ...wish, ...change } };
}
