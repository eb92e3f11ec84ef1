// Recipes that are handed over, as files or in the address: followed on what is open, or, where nothing
// is, on the first photo that will be. One that cannot be followed gets a sentence, and changes nothing.

import { CodedError } from '../engine/protocol.js';

/** @import { Stage } from '../engine/protocol.js' */
/** @import { Snapshot, State } from '../store.js' */
/** @import { Recipe } from './queue.js' */

/** What looks for something by itself may be ended. @type {readonly Stage[]} */
const MAY_END = ['select', 'search'];
/** Of a file: far more than steps take. */
const MOST_BYTES = 2 ** 20;

/** @param {{ name: string, type: string }} file */
export function isRecipeFile({ name, type }) {
  return /\.json$/i.test(name) || type === 'application/json';
}

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {() => Promise<void>} parts.isSettled  see `jobs.js`
 * @param {(recipe: Recipe, isAlone: boolean) => Promise<void>} parts.follow
 * @param {(error: unknown) => void} parts.explain
 */
export function createReplay({ store, isSettled, follow, explain }) {
  let waiting = /** @type {Recipe | null} */ (null);

  /** @param {string} text */
  async function followText(text) {
    try {
      const { recipeFromText } = await import('../files/recipe.js');
      const found = recipeFromText(text);
      if ('recipe' in found) await followNow(found.recipe);
      else store.update({ notice: { tone: 'problem', ...found.trouble } });
    } catch (error) {
      explain(new CodedError('download-failed', String(error)));
    }
  }

  /** @param {Recipe} recipe */
  async function followNow(recipe) {
    await isSettled();
    const { history, job } = store.get();
    if (!history) {
      waiting = recipe;
      store.update({ notice: { tone: 'info', key: 'recipe.waiting' } });
    } else if (job && (job.turn || !MAY_END.includes(job.stage))) {
      store.update({ notice: { tone: 'info', key: 'recipe.busy' } });
    } else await follow(recipe, false);
  }

  /** One after another. @param {readonly File[]} files */
  async function followFiles(files) {
    for (const file of files) {
      const read = file.size > MOST_BYTES ? Promise.resolve('{}') : file.text();
      const text = await read.catch((error) => explain(new CodedError('file', String(error))));
      if (text !== undefined) await followText(text);
    }
  }

  /** What waits for a photo is followed on the one that was opened, and on no other. */
  async function followWaiting() {
    const recipe = waiting;
    if (!recipe || !store.get().history) return;
    waiting = null;
    await follow(recipe, true);
  }

  return { followText, followFiles, followWaiting };
}
