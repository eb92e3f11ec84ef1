// What is done to all photos of the queue: what a tool is set to on one, and saving every result.
//
// One photo's pixels are in memory at a time, besides those of the open one. Whatever stops it, what
// is done stays done, and asking again goes on where it stopped.

import { blobFrom, saveFile } from './photo-file.js';
import { CodedError } from './protocol.js';
import { areSameRecipes, holeFrom, itemOf, namesFor, recipeFrom, wishFrom } from './queue.js';
import { TASKS, freshen, searchedMosaic } from './tasks.js';
import { zipFrom } from './zip.js';

/** @import { JobOptions, OnProgress } from './engine.js' */
/** @import { Fetched, createKeeper } from './kept.js' */
/** @import { Pixels } from './protocol.js' */
/** @import { Item, Kept, Recipe, Trouble } from './queue.js' */
/** @import { QueueParts } from './queue-work.js' */
/** @import { Entry, State } from './store.js' */
/** @typedef {{ change: Partial<Entry> } | { trouble: Trouble }} Outcome */
/** @typedef {JobOptions & { onProgress: OnProgress }} Options */
/**
 * @typedef {QueueParts & { keeper: ReturnType<typeof createKeeper>,
 *   fetched: (item: Item, signal: AbortSignal) => Promise<Fetched>,
 *   putAway: (signal: AbortSignal) => Promise<void>,
 *   updateItem: (id: number, change: Partial<Item>) => void,
 *   showResult: (id: number, result: Kept | null) => Promise<void>,
 *   troubleFrom: (error: unknown, kind: 'unread' | 'failed') => Trouble | null }} AllParts
 */

const ARCHIVE = 'naobu.zip';

/** @param {AllParts} parts */
export function createForAll(parts) {
  const { store, engine, runJob, go, explain, keeper } = parts;
  const { fetched, putAway, updateItem, showResult, troubleFrom } = parts;

  /** What the tool is set to on the open photo; what it was set to where that is done already. */
  function currentRecipe() {
    const { history, tool } = store.get();
    if (!history) return null;
    const made = keeper.recipeOf(history.present);
    return recipeFrom(history.present, tool) ?? (made?.tool === tool ? made : null);
  }

  /**
   * What colouring or freshening has against a photo. What was done before is done anew.
   * @param {Extract<Recipe, { tool: 'colour' }>} recipe @param {Entry} entry @param {AbortSignal} signal
   * @returns {Promise<Trouble | null>}
   */
  async function misfitOf({ kind }, { photo, tint }, signal) {
    if (tint?.kind === kind) return null;
    const isColoured = (await engine.colouring(photo, signal)) === 'coloured';
    if (kind === 'colours') return isColoured ? { kind: 'left', key: 'queue.coloured' } : null;
    return isColoured ? null : { kind: 'left', key: 'queue.grey' };
  }

  /**
   * The mosaic of a photo, as shapes and cells; what is drawn on the open one stands.
   * @param {Entry} entry @param {boolean} isOpen @param {Options} options
   * @returns {Promise<Outcome>}
   */
  async function mosaicOf(entry, isOpen, { signal, onProgress }) {
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
   * Runs a recipe on a photo: what changes in its entry, or why nothing does.
   * @param {Recipe} recipe @param {Entry} entry @param {boolean} isOpen @param {Options} options
   * @returns {Promise<Outcome>}
   */
  async function made(recipe, entry, isOpen, options) {
    const fit = wishFrom(recipe, entry);
    if ('trouble' in fit) return fit;
    let { wish } = fit;
    if (recipe.tool === 'colour') {
      const trouble = await misfitOf(recipe, entry, options.signal);
      if (trouble) return { trouble };
    }
    if (recipe.tool === 'unmosaic') {
      const found = await mosaicOf(entry, isOpen, options);
      if ('trouble' in found) return found;
      wish = found.change;
    }
    const ready = { ...entry, ...wish };
    const isCurves = recipe.tool === 'colour' && recipe.kind === 'curves';
    const task = isCurves ? freshen : TASKS[recipe.tool];
    const hole = ready.shapes.length > 0 ? holeFrom(ready, recipe.tool) : null;
    const refusal = task.refusal(ready, hole);
    if (refusal) throw new CodedError(refusal);
    const detail = store.get().detailPercent / 100;
    const { change } = await task.run(engine, ready, hole, { ...options, detail });
    if (change.photo) keeper.wasMade(change.photo, recipe);
    return { change: { ...wish, ...change } };
  }

  /**
   * Runs a recipe on one photo of the queue. Answers whether it is done, now or before.
   * @param {number} id @param {Recipe} recipe @param {Options} options
   */
  async function applyTo(id, recipe, options) {
    const { signal } = options;
    const { queue, history } = store.get();
    const item = itemOf(queue, id);
    if (!item || !history) return false;
    const isOpen = id === queue.openId;
    const before = isOpen ? keeper.recipeOf(history.present) : (item.work?.recipe ?? null);
    const isAsked = isOpen && recipe.tool !== 'colour' && recipeFrom(history.present, recipe.tool);
    updateItem(id, { trouble: null });
    if (!isAsked && areSameRecipes(before, recipe)) return true;
    let kind = /** @type {'unread' | 'failed'} */ ('unread');
    try {
      const found = isOpen ? null : await fetched(item, signal);
      const entry = found?.entry ?? history.present;
      kind = 'failed';
      const outcome = await made(recipe, entry, isOpen, options);
      signal.throwIfAborted();
      if ('trouble' in outcome) {
        updateItem(id, outcome);
        return false;
      }
      if (!found) {
        go(outcome.change);
        return true;
      }
      const work = await keeper.workFrom({ ...entry, ...outcome.change }, found.opened, signal);
      signal.throwIfAborted();
      updateItem(id, { work });
      void showResult(id, work?.result ?? null);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const trouble = troubleFrom(error, kind);
      if (!trouble) throw error;
      updateItem(id, { trouble });
      return false;
    }
  }

  /** Does to every photo, one after another, what the tool is set to on the open one. */
  async function applyToAll() {
    const { tool, queue } = store.get();
    const recipe = currentRecipe();
    if (!recipe) {
      explain(new CodedError(tool === 'extend' ? 'extension-empty' : 'hole-empty'));
      return;
    }
    const total = queue.items.length;
    let done = 0;
    await runJob(tool, 'decode', async (signal) => {
      try {
        for (const [i, { id }] of queue.items.entries()) {
          const turn = { at: i + 1, of: total };
          /** @type {OnProgress} */
          const onProgress = (stage, done, total) => {
            const { job } = store.get();
            if (job && !signal.aborted) store.update({ job: { ...job, stage, done, total, turn } });
          };
          onProgress('decode', 0, 0);
          if (await applyTo(id, recipe, { signal, onProgress })) done += 1;
        }
      } finally {
        const key = done === total ? 'queue.applied' : 'queue.appliedPart';
        const words = { done, total };
        if (!signal.aborted) store.update({ job: null, status: { key, words } });
        // Else `cancel` has said something, unless something newer is under way.
        else if (!store.get().job) store.update({ status: { key: 'queue.stopped', words } });
      }
    });
  }

  /** Saves every result in one archive, under the names that they would have alone. */
  async function saveAll() {
    await runJob('zip', 'encode', async (signal) => {
      await putAway(signal);
      const { format, quality, history, queue } = store.get();
      const results = queue.items.flatMap(({ id, name, work }) =>
        work?.result
          ? [{ id, work, kept: work.result, photo: { name, made: work.result.made } }]
          : [],
      );
      if (results.length === 0) throw new CodedError('no-results');
      const names = namesFor(
        results.map(({ photo }) => photo),
        format,
      );
      const files = [];
      for (const [i, { kept }] of results.entries()) {
        const { job } = store.get();
        const turn = { at: i + 1, of: results.length };
        if (job && !signal.aborted) store.update({ job: { ...job, turn } });
        files.push({ name: names[i] ?? '', blob: await fileFrom(kept, format, quality, signal) });
        signal.throwIfAborted();
      }
      saveFile(await zipFrom(files, signal), ARCHIVE);
      if (history) keeper.wasSaved(history.present.photo);
      for (const { id, work } of results) {
        updateItem(id, { work: Object.freeze({ ...work, isSaved: true }) });
      }
      const words = { saved: results.length, file: ARCHIVE };
      store.update({ job: null, status: { key: 'queue.saved', words } });
    });
  }

  /**
   * The file that a result is saved as: byte for byte that of saving it alone.
   * @param {Kept} kept @param {State['format']} format @param {number} quality
   * @param {AbortSignal} signal
   */
  async function fileFrom({ blob, isRaw, width, height }, format, quality, signal) {
    if (format === 'png' && !isRaw) return blob;
    const bytes = new Uint8Array(await blob.arrayBuffer());
    signal.throwIfAborted();
    /** @type {Pixels} */
    const pixels = isRaw ? { width, height, rgba: bytes } : await engine.decode(bytes, signal);
    return blobFrom(await engine.encode(pixels, format, quality, signal), format);
  }

  return { applyToAll: () => void applyToAll(), saveAll: () => void saveAll() };
}
