// Going through the history: a step back, a step forward, or to any entry of it. A step that changed
// many photos is taken back on all of them.

import { entriesOf, wentTo } from './history.js';
import { nameOfEntry } from './step-names.js';

/** @import { Batch } from '../queue/queue.js' */
/** @import { Entry, Snapshot, State } from '../store.js' */

/**
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} store
 * @param {object} parts
 * @param {() => void} parts.beforeTravel  gives up what is under way
 * @param {(batch: Batch) => number} parts.takeBack  on all other photos; answers on how many
 * @param {(batch: Batch) => number} parts.bringBack
 */
export function createTravel(store, { beforeTravel, takeBack, bringBack }) {
  /**
   * @param {number} place @param {Entry | undefined} shown  the entry whose tool is to be seen
   * @param {NonNullable<State['status']>} status
   */
  function travel(place, shown, status) {
    beforeTravel();
    const { history, tool: usual } = store.get();
    if (!history || !shown) return;
    const tool = shown.step?.tool ?? usual;
    const change = { history: wentTo(history, place), tool, status };
    store.update({ ...change, shownPercent: 100, draft: null });
    const at = history.past.length;
    const steps = entriesOf(history).slice(Math.min(at, place) + 1, Math.max(at, place) + 1);
    const batches = steps.flatMap(({ step }) => step?.batch ?? []);
    if (place < at) undoBatches(batches.reverse());
    else redoBatches(batches);
  }

  /** @param {readonly Batch[]} batches  the newest first */
  function undoBatches(batches) {
    const others = Math.max(0, ...batches.map(takeBack));
    if (others === 0) return;
    const run = () => {
      for (const batch of [...batches].reverse()) bringBack(batch);
    };
    const action = { key: /** @type {const} */ ('batch.keep'), run };
    const words = { count: others + 1 };
    store.update({ notice: { tone: 'info', key: 'batch.undone', words, action } });
  }

  /** @param {readonly Batch[]} batches  the oldest first */
  function redoBatches(batches) {
    const others = Math.max(0, ...batches.map(bringBack));
    const status = { key: /** @type {const} */ ('batch.redone'), words: { count: others + 1 } };
    if (others > 0) store.update({ status, notice: null });
  }

  return {
    /** The tool is that of the step, so that one sees what changes. @param {1 | -1} direction */
    by(direction) {
      const { history } = store.get();
      if (!history) return;
      const isBack = direction < 0;
      const shown = isBack ? history.present : history.future[0];
      const key = isBack ? 'result.undone' : 'result.redone';
      travel(history.past.length + direction, shown, { key });
    },
    /** @param {number} place  among `entriesOf` */
    to(place) {
      const { history, opened } = store.get();
      const entries = history ? entriesOf(history) : [];
      const entry = entries[place];
      if (!entry || entry === history?.present) return;
      const words = { place: place + 1, total: entries.length };
      travel(place, entry, { key: 'history.went', words, name: nameOfEntry(entry, opened) });
    },
  };
}
