// A visitor's own weight files: used for the task that their card names, until given up or reloaded.

import { CodedError } from './protocol.js';

/** @import { Engine } from './engine.js' */
/** @import { Snapshot, State } from '../store.js' */
/** @import { WordKey } from '../words.js' */

/** What the page calls the tasks of weights, in the order they are listed. */
export const TASK_NAMES = /** @type {ReadonlyMap<string, WordKey>} */ (
  new Map([
    ['extend', 'extend.title'],
    ['fill', 'fill.title'],
    ['scratches', 'scratches.title'],
    ['cutout', 'cutout.title'],
    ['enlarge', 'enlarge.title'],
    ['unmosaic', 'unmosaic.title'],
    ['colorize', 'colour.title'],
    ['defade', 'freshen.title'],
  ])
);
/** Far more than our networks have at their published sizes; other files would fill the memory. */
const MOST_BYTES = 2 ** 29;

/** @param {{ name: string }} file */
export function isWeightFile({ name }) {
  return /\.safetensors$/i.test(name);
}

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {Pick<Engine, 'useOwn' | 'giveUpOwn'>} parts.engine
 * @param {(error: unknown) => void} parts.explain
 */
export function createOwnWeights({ store, engine, explain }) {
  /** @param {'weights.used' | 'weights.givenUp'} key @param {string} task @param {string} [weights] */
  function tell(key, task, weights = '') {
    const name = { key: TASK_NAMES.get(task) ?? 'weights.title' };
    const told = { key, name, words: { weights } };
    // The status line is beside the photo.
    if (store.get().history) store.update({ status: told, notice: null });
    else store.update({ notice: { tone: 'info', ...told } });
  }

  return {
    /** One after another, so that of two for one task the last counts. @param {readonly File[]} files */
    async use(files) {
      for (const file of files) {
        try {
          if (file.size > MOST_BYTES) throw new CodedError('weights-misfit', `${file.size} bytes`);
          const buffer = await file.arrayBuffer().catch((error) => {
            throw new CodedError('file', String(error));
          });
          const { task, name } = await engine.useOwn(file.name, new Uint8Array(buffer));
          tell('weights.used', task, name);
        } catch (error) {
          explain(error);
        }
      }
    },
    /** @param {string} task */
    async giveUp(task) {
      try {
        await engine.giveUpOwn(task);
        tell('weights.givenUp', task);
      } catch (error) {
        explain(error);
      }
    },
  };
}
