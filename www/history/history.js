// Undo and redo for values that never change.
//
// A history is frozen; each function returns a new one. The oldest entries are forgotten once the
// past costs more than the budget, but one step back always stays possible.

/**
 * @template Entry
 * @typedef {Readonly<{ past: readonly Entry[], present: Entry, future: readonly Entry[] }>} History
 */

/**
 * @template Entry
 * @param {Entry} present
 * @returns {History<Entry>}
 */
export function createHistory(present) {
  return Object.freeze({ past: [], present, future: [] });
}

/**
 * Goes on to `present`; what was undone before can no longer be redone.
 * @template Entry
 * @param {History<Entry>} history @param {Entry} present
 * @param {{ budget: number, costOf: (past: readonly Entry[]) => number }} [limit]  the cost of all
 *   of the past, since entries may share what is dear
 * @returns {History<Entry>}
 */
export function pushed(history, present, limit) {
  const past = [...history.past, history.present];
  while (limit && past.length > 1 && limit.costOf(past) > limit.budget) past.shift();
  return Object.freeze({ past, present, future: [] });
}

/**
 * Changes the present without making a step of it: the moves of one drag are one step. What was
 * undone before can no longer be redone.
 * @template Entry
 * @param {History<Entry>} history @param {Entry} present
 * @returns {History<Entry>}
 */
export function amended(history, present) {
  return Object.freeze({ ...history, present, future: [] });
}

/**
 * All that there is to go to, the oldest first. The present is at `history.past.length`.
 * @template Entry
 * @param {History<Entry>} history
 * @returns {Entry[]}
 */
export function entriesOf({ past, present, future }) {
  return [...past, present, ...future];
}

/**
 * Makes another entry the present, however far away; the same history where there is none there.
 * @template Entry
 * @param {History<Entry>} history @param {number} place  among `entriesOf`
 * @returns {History<Entry>}
 */
export function wentTo(history, place) {
  const entries = entriesOf(history);
  if (place === history.past.length || !(place in entries)) return history;
  const present = /** @type {Entry} */ (entries[place]);
  return Object.freeze({
    past: entries.slice(0, place),
    present,
    future: entries.slice(place + 1),
  });
}

/**
 * One step back; the same history where there is none.
 * @template Entry
 * @param {History<Entry>} history
 * @returns {History<Entry>}
 */
export function undone(history) {
  return wentTo(history, history.past.length - 1);
}

/**
 * One step forward again; the same history where there is none.
 * @template Entry
 * @param {History<Entry>} history
 * @returns {History<Entry>}
 */
export function redone(history) {
  return wentTo(history, history.past.length + 1);
}
