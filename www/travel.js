// Going through the history: a step back, a step forward, or to any entry of it.

import { entriesOf, wentTo } from './history.js';
import { nameOfEntry } from './step-names.js';

/** @import { Entry, Snapshot, State } from './store.js' */

/**
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} store
 * @param {() => void} beforeTravel  gives up what is under way
 */
export function createTravel(store, beforeTravel) {
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
