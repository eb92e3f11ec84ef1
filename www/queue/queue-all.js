// What is done to all photos of the queue: what a tool is set to on one, and saving every result.
//
// One photo's pixels are in memory at a time, besides those of the open one. Whatever stops it, what
// is done stays done, and asking again goes on where it stopped.
//
// What is done to all is one step: a batch, which knows what each photo was before. What another
// tool or setting has made is left alone unless the visitor chooses it.

import { CodedError } from '../engine/protocol.js';
import { blobFrom, saveFile } from '../files/photo-file.js';
import { zipFrom } from '../files/zip.js';
import { BATCH_NAME } from '../history/step-names.js';
import { isToolRunning } from '../store.js';
import { TASKS, freshen, searchedMosaic } from '../tasks.js';
import { areSameRecipes, holeFrom, itemOf, namesFor, recipeFrom } from './queue.js';
import { standOf, wishFrom } from './queue.js';

/** @import { JobOptions } from '../engine/engine.js' */
/** @import { Fetched, createKeeper } from './kept.js' */
/** @import { OnProgress, Pixels } from '../engine/protocol.js' */
/** @import { Batch, Item, Kept, Recipe, Trouble, Work } from './queue.js' */
/** @import { Question, QueueParts } from './queue-work.js' */
/** @import { Entry, Photo, State } from '../store.js' */
/** @typedef {{ change: Partial<Entry> } | { trouble: Trouble }} Outcome */
/** @typedef {JobOptions & { onProgress: OnProgress }} Options */
/**
 * @typedef {QueueParts & { keeper: ReturnType<typeof createKeeper>,
 *   fetched: (item: Item, signal: AbortSignal) => Promise<Fetched>,
 *   putAway: (signal: AbortSignal) => Promise<void>,
 *   updateItem: (id: number, change: Partial<Item>) => void,
 *   showWork: (id: number, work: Work | null) => void,
 *   findAlike: Question['findAlike'],
 *   troubleFrom: (error: unknown, kind: 'unread' | 'failed') => Trouble | null }} AllParts
 */

const ARCHIVE = 'naobu.zip';

/** @param {AllParts} parts */
export function createForAll(parts) {
  const { store, engine, runJob, go, explain, keeper, askWhich, findAlike } = parts;
  const { fetched, putAway, updateItem, showWork, troubleFrom } = parts;

  /** What the tool is set to on the open photo; what it was set to where that is done already. */
  function currentRecipe() {
    const { history, tool } = store.get();
    if (!history) return null;
    const made = keeper.recipeOf(history.present);
    return recipeFrom(history.present, tool) ?? (made?.tool === tool ? made : null);
  }

  /**
   * What colouring or freshening has against a photo, judged as it was opened: colours that were put
   * on it are not its own. What was done before is done anew.
   * @param {Extract<Recipe, { tool: 'colour' }>} recipe @param {Photo} opened @param {Entry} entry
   * @param {AbortSignal} signal
   * @returns {Promise<Trouble | null>}
   */
  async function misfitOf({ kind }, opened, { tint }, signal) {
    if (tint?.kind === kind) return null;
    const isColoured = (await engine.colouring(opened, signal)) === 'coloured';
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
   * @param {Recipe} recipe @param {Fetched} photo @param {boolean} isOpen @param {Options} options
   * @returns {Promise<Outcome>}
   */
  async function made(recipe, { opened, entry }, isOpen, options) {
    const fit = wishFrom(recipe, entry);
    if ('trouble' in fit) return fit;
    let { wish } = fit;
    if (recipe.tool === 'colour') {
      const trouble = await misfitOf(recipe, opened, entry, options.signal);
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
   * @param {number} id @param {Recipe} recipe @param {Batch} batch @param {Options} options
   */
  async function applyTo(id, recipe, batch, options) {
    const { signal } = options;
    const { queue, history, opened } = store.get();
    const item = itemOf(queue, id);
    if (!item || !history || !opened) return false;
    const isOpen = id === queue.openId;
    updateItem(id, { trouble: null });
    if (isOpen ? isOpenDone(recipe) : standOf(item.work, recipe) === 'done') return true;
    let kind = /** @type {'unread' | 'failed'} */ ('unread');
    try {
      const found = isOpen
        ? { opened, entry: history.present }
        : await fetched(beforeBatch(item, recipe), signal);
      kind = 'failed';
      const outcome = await made(recipe, found, isOpen, options);
      signal.throwIfAborted();
      if ('trouble' in outcome) {
        updateItem(id, outcome);
        return false;
      }
      if (isOpen) {
        go(outcome.change, '', { shownPercent: 100 }, batch);
        return true;
      }
      const step = { tool: recipe.tool, merge: '', name: BATCH_NAME, batch };
      const entry = { ...found.entry, ...outcome.change, step };
      const work = await keeper.workFrom(entry, found.opened, signal);
      signal.throwIfAborted();
      batch.changes.set(id, { before: item.work, after: null });
      showWork(id, work);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const trouble = troubleFrom(error, kind);
      if (!trouble) throw error;
      updateItem(id, { trouble });
      return false;
    }
  }

  /** Whether the open photo is as the recipe makes it, and nothing more is set. @param {Recipe} recipe */
  function isOpenDone(recipe) {
    const { history } = store.get();
    if (!history) return false;
    const { present } = history;
    const isAsked = recipe.tool !== 'colour' && recipeFrom(present, recipe.tool) !== null;
    return !isAsked && areSameRecipes(keeper.recipeOf(present), recipe);
  }

  /**
   * The photo that a recipe begins with: what a batch of the same tool has made with other settings
   * is replaced, not worked on.
   * @param {Item} item @param {Recipe} recipe @returns {Item}
   */
  function beforeBatch(item, recipe) {
    const { id, work } = item;
    if (standOf(work, recipe) !== 'again') return item;
    return { ...item, work: work?.batch?.changes.get(id)?.before ?? null };
  }

  /**
   * Does to photos, one after another, what the tool is set to on the open one: to all, but where
   * another tool or setting has made something, or where that is wished, the visitor is asked.
   * @param {boolean} isAsked
   */
  async function apply(isAsked) {
    const { tool, queue } = store.get();
    const recipe = currentRecipe();
    if (!recipe) {
      explain(new CodedError(tool === 'extend' ? 'extension-empty' : 'hole-empty'));
      return;
    }
    const { items, openId } = queue;
    const isOther = (/** @type {Item} */ { id, work }) =>
      id !== openId && standOf(work, recipe) === 'other';
    const others = new Set(items.filter(isOther).map(({ id }) => id));
    const all = items.map(({ id }) => id);
    const proposed = new Set(all.filter((id) => !others.has(id)));
    const isQuestion = isAsked || others.size > 0;
    const chosen = isQuestion ? await askWhich({ chosen: proposed, others, findAlike }) : all;
    // A question takes time.
    if (chosen && store.get().queue.openId === openId && !isToolRunning(store.get()))
      await applyToThese(chosen, recipe);
  }

  /** @param {readonly number[]} ids @param {Recipe} recipe */
  async function applyToThese(ids, recipe) {
    const total = ids.length;
    let done = 0;
    await runJob(recipe.tool, 'decode', async (signal) => {
      const { history, opened, queue } = store.get();
      if (!history || !opened) return;
      /** @type {Batch} */
      const batch = { tool: recipe.tool, changes: new Map() };
      const before = await keeper.workFrom(history.present, opened, signal);
      try {
        for (const [i, id] of ids.entries()) {
          const turn = { at: i + 1, of: total };
          /** @type {OnProgress} */
          const onProgress = (stage, done, total) => {
            const { job } = store.get();
            if (job && !signal.aborted) store.update({ job: { ...job, stage, done, total, turn } });
          };
          onProgress('decode', 0, 0);
          if (await applyTo(id, recipe, batch, { signal, onProgress })) done += 1;
        }
      } finally {
        endBatch(batch, queue.openId, before);
        const key = done === total ? 'queue.applied' : 'queue.appliedPart';
        const words = { done, total };
        if (!signal.aborted) store.update({ job: null, status: { key, words } });
        // Else `cancel` has said something, unless something newer is under way.
        else if (!store.get().job) store.update({ status: { key: 'queue.stopped', words } });
      }
    });
  }

  /**
   * The open photo's history has the batch as a step, also where only others have changed.
   * @param {Batch} batch @param {number} openId @param {Work | null} before  of the open photo
   */
  function endBatch(batch, openId, before) {
    const { history, queue } = store.get();
    if (queue.openId !== openId) return;
    const isStep = history?.present.step?.batch === batch;
    if (!isStep && batch.changes.size === 0) return;
    batch.changes.set(openId, { before, after: null });
    if (!isStep) go({}, '', {}, batch);
  }

  /**
   * Gives the photos of a batch back as they were before it, but the open one, and those that
   * something was done to since. Answers how many.
   * @param {Batch} batch
   */
  function takeBack({ changes }) {
    let count = 0;
    for (const [id, change] of changes) {
      const { queue } = store.get();
      const work = itemOf(queue, id)?.work;
      if (id === queue.openId || work?.batch?.changes !== changes) continue;
      change.after = work;
      showWork(id, change.before);
      count += 1;
    }
    return count;
  }

  /** The other way. @param {Batch} batch */
  function bringBack({ changes }) {
    let count = 0;
    for (const [id, { before, after }] of changes) {
      const { queue } = store.get();
      const item = itemOf(queue, id);
      if (!item || id === queue.openId || !after || item.work !== before) continue;
      showWork(id, after);
      count += 1;
    }
    return count;
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

  return {
    applyToAll: () => void apply(false),
    choosePhotos: () => void apply(true),
    takeBack,
    bringBack,
    saveAll: () => void saveAll(),
  };
}
