// The queue at work: opening files, going from one photo to another, taking one out. What is done
// to all of them is in `queue-all.js`.

import { BitmapMaker } from './bitmap-worker.js';
import { firstBrush } from './geometry.js';
import { createHistory } from './history.js';
import { limitWords } from './jobs.js';
import { createKeeper } from './kept.js';
import { CodedError } from './protocol.js';
import * as queues from './queue.js';
import { createForAll } from './queue-all.js';
import { openedEntry } from './steps.js';

/** @import { Engine } from './engine.js' */
/** @import { Defaults, Fetched } from './kept.js' */
/** @import { ErrorCode, Stage } from './protocol.js' */
/** @import { Item, Kept, Queue, Trouble } from './queue.js' */
/** @import { Entry, Job, Photo, Snapshot, State, ToolName } from './store.js' */
/** @typedef {{ name: string, blob: Blob }} NamedFile */
/** @typedef {(id: number, trouble: Trouble | null) => void} Mark */
/**
 * @typedef {object} QueueParts
 * @property {{ get: () => Snapshot, update: (change: Partial<State>) => void }} store
 * @property {Engine} engine
 * @property {Defaults & { brushPx: number | null }} asked  by the address
 * @property {(kind: Job['kind'], stage: Stage, work: (signal: AbortSignal) => Promise<void>) =>
 *   Promise<void>} runJob
 * @property {(change: Partial<Entry>) => void} go
 * @property {(error: unknown) => void} explain
 * @property {() => void} onOpened  another photo is open
 */

/** Sharp on screens of two device pixels each. */
const THUMB_PX = 112;
/** What goes wrong with these is no photo's fault: the next one would fare the same. */
const NOT_THE_PHOTO = /** @type {readonly ErrorCode[]} */ ([
  'weights-missing',
  'weights-damaged',
  'weights-misfit',
  'device',
  'no-simd',
  'download-failed',
]);

/** @param {QueueParts} parts */
export function createQueue(parts) {
  const { store, engine, asked, runJob, explain, onOpened } = parts;
  const keeper = createKeeper(engine, () => store.get().limits);
  const thumbs = new BitmapMaker();
  let lastId = 0;

  /** @param {(queue: Queue) => Queue} change */
  const update = (change) => store.update({ queue: change(store.get().queue) });
  /** @param {number} id @param {Partial<Item>} change */
  const updateItem = (id, change) => update((queue) => queues.changed(queue, id, change));
  /** @param {Item} item @param {AbortSignal} signal */
  const fetched = (item, signal) =>
    keeper.fetched(item, store.get().history?.present ?? asked, signal);

  /** Whether the open photo has a result that is not saved. */
  function isOpenUnsaved() {
    const { history, opened } = store.get();
    const photo = history?.present.photo;
    return photo !== undefined && photo !== opened && !keeper.isSaved(photo);
  }

  /** Whether leaving the page would cost a result. */
  function hasUnsaved() {
    const { items, openId } = store.get().queue;
    const isKept = (/** @type {Item} */ { id, work }) =>
      id !== openId && Boolean(work?.result) && !work?.isSaved;
    return isOpenUnsaved() || items.some(isKept);
  }

  /** Makes small pictures of files, one after another. @param {readonly Item[]} items */
  async function showThumbs(items) {
    for (const { id, file } of items) {
      if (!queues.itemOf(store.get().queue, id)) continue;
      // What the browser cannot read has no small picture; whether the engine can is seen later.
      const thumb = await thumbs.thumb(file, THUMB_PX).catch(() => null);
      const item = queues.itemOf(store.get().queue, id);
      if (thumb && !item?.work?.result) updateItem(id, { thumb });
    }
  }

  /** The small picture of a result. @param {number} id @param {Kept | null} result */
  async function showResult(id, result) {
    if (!result || result.isRaw) return;
    const thumb = await thumbs.thumb(result.blob, THUMB_PX).catch(() => null);
    const item = queues.itemOf(store.get().queue, id);
    if (thumb && item?.work?.result === result) updateItem(id, { thumb });
  }

  /**
   * What an error says about a photo; `null` if it is not about that.
   * @param {unknown} error @param {'unread' | 'failed'} kind @returns {Trouble | null}
   */
  function troubleFrom(error, kind) {
    const code = error instanceof CodedError ? error.code : 'worker-crashed';
    if (NOT_THE_PHOTO.includes(code)) return null;
    console.warn(error);
    return { kind, key: code, words: limitWords(store.get().limits) };
  }

  /** Keeps what was done to the open photo with its item. @param {AbortSignal} signal */
  async function putAway(signal) {
    const { queue, history, opened } = store.get();
    if (!history || !opened) return;
    const work = await keeper.workFrom(history.present, opened, signal);
    const before = queues.itemOf(queue, queue.openId)?.work?.result;
    updateItem(queue.openId, { work });
    if (work?.result !== before) void showResult(queue.openId, work?.result ?? null);
  }

  /** @param {Item} item @param {Queue} queue @param {Fetched} found */
  function show(item, queue, { opened, entry }) {
    const { width, height } = entry.photo;
    const isTouched = item.work !== null;
    const past = isTouched ? [openedEntry(opened, entry)] : [];
    store.update({
      queue: Object.freeze({ ...queue, openId: item.id }),
      history: Object.freeze({ ...createHistory(entry), past }),
      opened,
      brushPx: asked.brushPx ?? firstBrush(Math.min(width, height)),
      shownPercent: 100,
      draft: null,
      // What was worked on is not searched for a mosaic by itself.
      ...(isTouched ? { searched: opened } : {}),
    });
    setTimeout(onOpened, 0); // When this job is over.
  }

  /**
   * Opens the first of `items` that can be; those before it are marked. Answers with what went
   * wrong if none can.
   * @param {readonly Item[]} items @param {() => Queue} getQueue  the queue to be in then
   * @param {Mark} mark @param {AbortSignal} signal
   * @returns {Promise<unknown>}
   */
  async function openFirst(items, getQueue, mark, signal) {
    let problem = /** @type {unknown} */ (null);
    for (const item of items) {
      try {
        const found = await fetched(item, signal);
        if (queues.itemOf(getQueue(), store.get().queue.openId)) await putAway(signal);
        signal.throwIfAborted();
        mark(item.id, null);
        show(item, getQueue(), found);
        return null;
      } catch (error) {
        signal.throwIfAborted();
        const trouble = troubleFrom(error, 'unread');
        if (!trouble) throw error;
        problem = error;
        mark(item.id, trouble);
      }
    }
    return problem;
  }

  /**
   * Opens files. One alone takes the place of one alone; all others join the queue, which begins
   * with the open photo if leaving that would cost a result. Until one of them is open, and if none
   * can be, what was open stays.
   * @param {(signal: AbortSignal) => Promise<readonly NamedFile[]>} getFiles
   * @param {boolean} [isShrunk]
   */
  function open(getFiles, isShrunk = false) {
    return runJob('open', 'decode', async (signal) => {
      const files = await getFiles(signal);
      const added = files.map(({ name, blob }) => queues.newItem(++lastId, name, blob, isShrunk));
      const isJoined = store.get().queue.items.length > 1 || (files.length > 1 && isOpenUnsaved());
      let next = isJoined ? store.get().queue : queues.NO_QUEUE;
      next = Object.freeze({ ...next, items: [...next.items, ...added] });
      if (isJoined) store.update({ queue: next });
      /** @type {Mark} */
      const mark = (id, trouble) => {
        if (isJoined) updateItem(id, { trouble });
        else next = queues.changed(next, id, { trouble });
      };
      const problem = await openFirst(
        added,
        () => (isJoined ? store.get().queue : next),
        mark,
        signal,
      );
      const { items } = store.get().queue;
      if (items.length > 1) void showThumbs(items.filter(({ thumb }) => !thumb));
      const [first] = added;
      if (!problem || !first) return;
      const again = () => open(async () => files, true);
      tellUnread(problem, isShrunk, isJoined ? () => openItem(first.id, true) : again);
    });
  }

  /** @param {number} id @param {boolean} [isShrunk] */
  function openItem(id, isShrunk = false) {
    if (id === store.get().queue.openId) return;
    if (isShrunk) updateItem(id, { isShrunk });
    const item = queues.itemOf(store.get().queue, id);
    if (!item) return;
    void runJob('open', 'decode', async (signal) => {
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

  /** Says why a photo was not opened; offers to shrink one that is too large. @param {unknown} error @param {boolean} isShrunk @param {() => unknown} shrink */
  function tellUnread(error, isShrunk, shrink) {
    explain(error);
    const { notice } = store.get();
    const isTooLarge = error instanceof CodedError && error.code === 'too-large';
    if (!notice || !isTooLarge || isShrunk) return;
    const run = () => void shrink();
    store.update({ notice: { ...notice, action: { key: 'notice.shrink', run } } });
  }

  /** Opens the photo before or after the open one. @param {1 | -1} direction */
  function step(direction) {
    const [next] = queues.neighbours(store.get().queue, direction);
    if (next) openItem(next.id);
  }

  /** Takes the open photo out of the queue, and opens the one nearest to it that can be. */
  function remove() {
    const { items, openId } = store.get().queue;
    const place = items.findIndex(({ id }) => id === openId);
    if (items.length < 2 || place < 0) return;
    void runJob('open', 'decode', async (signal) => {
      const others = queues.neighbours(store.get().queue, 0);
      /** @type {Mark} */
      const mark = (id, trouble) => {
        if (trouble) updateItem(id, { trouble });
      };
      const problem = await openFirst(others, () => store.get().queue, mark, signal);
      if (problem) throw problem;
      const item = queues.itemOf(store.get().queue, openId);
      if (!item) return;
      update((queue) => queues.without(queue, openId));
      const run = () => update((queue) => queues.withItem(queue, item, place));
      const action = { key: /** @type {const} */ ('queue.putBack'), run };
      const words = { name: item.name };
      store.update({ notice: { tone: 'info', key: 'queue.removed', words, action } });
    });
  }

  return {
    open,
    openItem,
    step,
    remove,
    hasUnsaved,
    wasSaved: keeper.wasSaved,
    /** A tool has made `photo` of an entry. @param {Photo} photo @param {Entry} entry @param {ToolName} tool */
    wasMade(photo, entry, tool) {
      const recipe = queues.recipeFrom(entry, tool);
      if (recipe) keeper.wasMade(photo, recipe);
      updateItem(store.get().queue.openId, { trouble: null });
    },
    ...createForAll({ ...parts, keeper, fetched, putAway, updateItem, showResult, troubleFrom }),
  };
}
