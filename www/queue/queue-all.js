// What a tool is set to on the open photo, done to others of the queue.
//
// One photo's pixels are in memory at a time, besides those of the open one, and of one that is to lie
// behind what is cut out of them: nothing is cut out of that one. Whatever stops it, what
// is done stays done, and asking again goes on where it stopped. What another tool or setting has
// made is left alone unless the visitor chooses it.

import { CodedError } from '../engine/protocol.js';
import { BATCH_NAME, RECIPE_NAME } from '../history/step-names.js';
import { chosenMethod } from '../methods.js';
import { isToolRunning } from '../store.js';
import { backdropFrom } from '../tasks.js';
import { createBatches } from './batch.js';
import { areSameRecipes, itemOf, lastToolOf, recipeFrom, standOf } from './queue.js';
import { madeBy } from './recipe-run.js';

/** @import { OnProgress } from '../engine/protocol.js' */
/** @import { Batch, Item, Recipe } from './queue.js' */
/** @import { Shared } from './queue-work.js' */
/** @import { StepName } from '../store.js' */
/** @import { Options } from './recipe-run.js' */

/** Why a tool that nothing is set of cannot be applied. */
const EMPTY = /** @type {const} */ ({
  crop: 'crop-alone',
  extend: 'extension-empty',
  fill: 'hole-empty',
  cutout: 'cutout-empty',
  unmosaic: 'hole-empty',
  colour: 'hole-empty',
});

/** @param {Shared} parts */
export function createForAll(parts) {
  const { store, engine, runJob, go, explain, keeper, askWhich, findAlike } = parts;
  const { fetched, updateItem, showWork, behindFrom, troubleFrom } = parts;
  const { endBatch, takeBack, bringBack } = createBatches(parts);

  /** What the tool is set to on the open photo; what it was set to where that is done already. */
  function currentRecipe() {
    const { history, tool, backdrop } = store.get();
    if (!history) return null;
    const made = keeper.recipeOf(history.present);
    return (
      recipeFrom(history.present, tool, backdropFrom(backdrop), chosenMethod(store.get())) ??
      (made?.tool === tool ? made : null)
    );
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
      const outcome = await madeBy(engine, recipe, found, isOpen, options);
      signal.throwIfAborted();
      if ('trouble' in outcome) {
        updateItem(id, outcome);
        return false;
      }
      if (outcome.change.photo) keeper.wasMade(outcome.change.photo, recipe);
      if (isOpen) {
        go(outcome.change, '', { shownPercent: 100 }, batch);
        return true;
      }
      const { tool, name } = batch;
      const step = { tool, merge: '', name, batch };
      const entry = { ...found.entry, ...outcome.change, step };
      const work = await keeper.workFrom(entry, found.opened, signal);
      signal.throwIfAborted();
      batch.changes.set(id, { before: item.work, after: null });
      showWork(id, work);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const trouble = troubleFrom(error, kind, item);
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
    const isAsked =
      recipe.tool === 'cutout'
        ? present.shapes.length > 0
        : recipe.tool !== 'colour' &&
          recipe.tool !== 'series' &&
          recipeFrom(present, recipe.tool) !== null;
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

  /** Does to photos what the tool is set to on the open one. @param {boolean} isAsked  to which */
  async function apply(isAsked) {
    const recipe = currentRecipe();
    if (recipe) await applyChosen(recipe, isAsked, BATCH_NAME);
    else explain(new CodedError(EMPTY[store.get().tool]));
  }

  /** Finds scratches and dust in all photos, and fills them. */
  function repairAll() {
    const method = chosenMethod(store.get());
    const recipe = { tool: /** @type {const} */ ('fill'), scratches: /** @type {const} */ (true) };
    void applyChosen({ ...recipe, ...(method && { method }) }, false, BATCH_NAME);
  }

  /**
   * Follows a recipe of a file: on the photo that is alone, else on those that the visitor chooses.
   * @param {Recipe} recipe @param {boolean} isAlone  also where others are open
   */
  async function follow(recipe, isAlone) {
    const { items, openId } = store.get().queue;
    if (!isAlone && items.length > 1) return applyChosen(recipe, true, RECIPE_NAME);
    await applyToThese([openId], recipe, RECIPE_NAME);
    const { queue, status } = store.get();
    const trouble = itemOf(queue, openId)?.trouble;
    if (status?.key === 'queue.applied') store.update({ status: { key: 'recipe.done' } });
    if (status?.key !== 'queue.appliedPart') return;
    store.update({ status: null }); // There may be no strip with a mark to click.
    if (!trouble) return;
    const { key, words = {} } = trouble;
    store.update({ notice: { tone: 'info', key, words } });
  }

  /**
   * Does a recipe to photos, one after another: to all, but where another tool or setting has made
   * something, or where that is wished, the visitor is asked.
   * @param {Recipe} recipe @param {boolean} isAsked @param {StepName} name
   */
  async function applyChosen(recipe, isAsked, name) {
    const { queue } = store.get();
    const { openId } = queue;
    const behindId = recipe.tool === 'cutout' ? recipe.backdrop.photoId : undefined;
    const items = queue.items.filter(({ id }) => id !== behindId);
    const isOther = (/** @type {Item} */ { id, work }) =>
      id !== openId && standOf(work, recipe) === 'other';
    const others = new Set(items.filter(isOther).map(({ id }) => id));
    const all = items.map(({ id }) => id);
    const proposed = new Set(all.filter((id) => !others.has(id)));
    const isQuestion = isAsked || others.size > 0;
    const chosen = isQuestion
      ? await askWhich({ items, chosen: proposed, others, findAlike })
      : all;
    // A question takes time.
    if (chosen && store.get().queue.openId === openId && !isToolRunning(store.get()))
      await applyToThese(chosen, recipe, name);
  }

  /** @param {readonly number[]} ids @param {Recipe} recipe @param {StepName} name */
  async function applyToThese(ids, recipe, name) {
    const total = ids.length;
    const tool = lastToolOf(recipe);
    let done = 0;
    await runJob(tool, 'decode', async (signal) => {
      const { history, opened, queue, detailPercent } = store.get();
      if (!history || !opened) return;
      const detail = detailPercent / 100;
      const behind = recipe.tool === 'cutout' ? await behindFrom(recipe.backdrop, signal) : null;
      /** @type {Batch} */
      const batch = { tool, name, changes: new Map() };
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
          const options = { signal, onProgress, detail, behind };
          if (await applyTo(id, recipe, batch, options)) done += 1;
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

  return {
    applyToAll: () => void apply(false),
    choosePhotos: () => void apply(true),
    repairAll,
    follow,
    takeBack,
    bringBack,
  };
}
