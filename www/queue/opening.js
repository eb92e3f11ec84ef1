// Opening: files that join the queue, and going from one photo of it to another.
//
// What was open is put away first, and stays open until the next one is read.

import { firstBrush } from '../drawing/geometry.js';
import { createHistory } from '../history/history.js';
import { isToolRunning } from '../store.js';
import * as queues from './queue.js';

/** @import { Fetched } from './kept.js' */
/** @import { Item, Queue, Trouble } from './queue.js' */
/** @import { NamedFile, Pictured, Shared } from './queue-work.js' */
/** @import { Entry } from '../store.js' */
/** @typedef {(id: number, trouble: Trouble | null) => void} Mark */

const NEVER = new AbortController().signal;

/** @param {Pictured} parts */
export function createDesk(parts) {
  const { store, asked, keeper, fetched, updateItem, showResult, troubleFrom, onOpened } = parts;

  /** Keeps what was done to the open photo with its item. @param {AbortSignal} signal */
  async function putAway(signal) {
    const { queue, history, opened } = store.get();
    if (!history || !opened) return;
    const work = await keeper.workFrom(history.present, opened, signal);
    const before = queues.itemOf(queue, queue.openId)?.work?.result;
    updateItem(queue.openId, { work });
    if (work?.result !== before) void showResult(queue.openId, work?.result ?? null);
  }

  /**
   * @param {Item} item @param {Queue} queue @param {Fetched} found
   * @param {readonly Entry[]} past  what undoing leads to
   */
  function show(item, queue, { opened, entry }, past) {
    const { width, height } = entry.photo;
    const isTouched = item.work !== null;
    store.update({
      queue: Object.freeze({ ...queue, openId: item.id }),
      history: Object.freeze({ ...createHistory(entry), past }),
      opened,
      brushPx: asked.brushPx ?? firstBrush(Math.min(width, height)),
      shownPercent: 100,
      draft: null,
      clickPen: 'add',
      // What was worked on is not searched for a mosaic by itself.
      ...(isTouched ? { searched: opened } : {}),
    });
    setTimeout(onOpened, 0); // When this job is over.
  }

  /**
   * Opens the first of `items` that can be; those before it are marked. Answers with what is wrong
   * with the last if none can.
   * @param {readonly Item[]} items @param {() => Queue} getQueue  the queue to be in then
   * @param {Mark} mark @param {AbortSignal} signal
   * @returns {Promise<Trouble | null>}
   */
  async function openFirst(items, getQueue, mark, signal) {
    let problem = /** @type {Trouble | null} */ (null);
    for (const item of items) {
      try {
        const found = await fetched(item, signal);
        const past = await keeper.pastOf(item, found, signal);
        if (queues.itemOf(getQueue(), store.get().queue.openId)) await putAway(signal);
        signal.throwIfAborted();
        mark(item.id, null);
        show(item, getQueue(), found, past);
        return null;
      } catch (error) {
        signal.throwIfAborted();
        const trouble = troubleFrom(error, 'unread', item);
        if (!trouble) throw error;
        problem = trouble;
        mark(item.id, trouble);
      }
    }
    return problem;
  }

  return { putAway, openFirst };
}

/** @param {Shared} parts */
export function createOpening(parts) {
  const { store, runJob, isSettled, openFirst, updateItem, isOpenAtStake, showThumbs } = parts;
  let lastId = 0;

  /** @param {readonly Item[]} added */
  const join = (added) => store.update({ queue: queues.withItems(store.get().queue, added) });

  /**
   * Opens files: they join the queue. Where the one photo in it is none that would be missed, they
   * take its place. Until one of them is open, and if none can be, what was open stays. While a tool
   * is at work they only join.
   * @param {(signal: AbortSignal) => Promise<readonly NamedFile[]>} getFiles
   * @param {{ isShrunk?: boolean, isInPlace?: boolean }} [options]  `isInPlace`: the open photo is
   *   none that would be missed, however many there are
   */
  async function open(getFiles, { isShrunk = false, isInPlace = false } = {}) {
    await isSettled();
    if (isToolRunning(store.get())) {
      const added = itemsFrom(await getFiles(NEVER), isShrunk);
      join(added);
      void showThumbs(store.get().queue.items);
      return;
    }
    await runJob('open', 'decode', async (signal) => {
      const files = await getFiles(signal);
      const { items, openId } = store.get().queue;
      let added = itemsFrom(files, isShrunk);
      const isLeft = isInPlace || (items.length < 2 && !isOpenAtStake());
      // Of several the strip shows at once how each is doing; a single one is there once it is open.
      const isShownAtOnce = !isLeft && items.length + added.length > 2;
      if (isShownAtOnce) join(added);
      const getQueue = () => {
        const { queue } = store.get();
        if (isShownAtOnce) return queue;
        return queues.withItems(isLeft ? queues.without(queue, openId) : queue, added);
      };
      /** @type {Mark} */
      const mark = (id, trouble) => {
        if (isShownAtOnce) updateItem(id, { trouble });
        else added = added.map((item) => (item.id === id ? { ...item, trouble } : item));
      };
      const problem = await openFirst(added, getQueue, mark, signal);
      if (store.get().queue.items.length > 1) void showThumbs(store.get().queue.items);
      const [first] = added;
      if (!problem || !first) return;
      const again = () => open(async () => files, { isShrunk: true, isInPlace });
      tellUnread(problem, isShrunk, isShownAtOnce ? () => openItem(first.id, true) : again);
    });
  }

  /** @param {readonly NamedFile[]} files @param {boolean} isShrunk @returns {readonly Item[]} */
  function itemsFrom(files, isShrunk) {
    return files.map(({ name, blob, folder }) =>
      queues.newItem(++lastId, name, blob, isShrunk, folder),
    );
  }

  /** @param {number} id @param {boolean} [isShrunk] */
  async function openItem(id, isShrunk = false) {
    await isSettled();
    if (id === store.get().queue.openId || isToolRunning(store.get())) return;
    if (isShrunk) updateItem(id, { isShrunk });
    const item = queues.itemOf(store.get().queue, id);
    if (!item) return;
    await runJob('open', 'decode', async (signal) => {
      const { trouble: before } = item;
      /** @type {Mark} */
      const mark = (_, trouble) => {
        // What a tool said of a photo stays until the tool is run again.
        if (trouble || before?.kind === 'unread') updateItem(id, { trouble });
      };
      const problem = await openFirst([item], () => store.get().queue, mark, signal);
      if (problem) tellUnread(problem, item.isShrunk, () => openItem(id, true));
      else if (before && before.kind !== 'unread') {
        const { key, words = {} } = before;
        store.update({ notice: { tone: 'info', key, words } });
      } else if (item.work) store.update({ status: { key: 'queue.back' } });
    });
  }

  /** Says why a photo was not opened; offers to shrink one that is too large. @param {Trouble} trouble @param {boolean} isShrunk @param {() => unknown} shrink */
  function tellUnread({ key, words = {} }, isShrunk, shrink) {
    const run = () => void shrink();
    const isOffered = key === 'too-large' && !isShrunk;
    const offer = isOffered ? { action: { key: /** @type {const} */ ('notice.shrink'), run } } : {};
    store.update({ notice: { tone: 'problem', key, words, ...offer } });
  }

  /** Opens the photo before or after the open one. @param {1 | -1} direction */
  function step(direction) {
    const [next] = queues.neighbours(store.get().queue, direction);
    if (next) void openItem(next.id);
  }

  return { open, openItem, step };
}
