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
 * One step back; the same history where there is none.
 * @template Entry
 * @param {History<Entry>} history
 * @returns {History<Entry>}
 */
export function undone(history) {
  const past = [...history.past];
  if (past.length === 0) return history;
  const present = /** @type {Entry} */ (past.pop());
  return Object.freeze({ past, present, future: [history.present, ...history.future] });
}

/**
 * One step forward again; the same history where there is none.
 * @template Entry
 * @param {History<Entry>} history
 * @returns {History<Entry>}
 */
export function redone(history) {
  const [present, ...future] = history.future;
  if (history.future.length === 0) return history;
  const past = [...history.past, history.present];
  return Object.freeze({ past, present: /** @type {Entry} */ (present), future });
}
