// The queue at work: opening files, going from one photo to another, taking one out. What is done
// to all of them is in `queue-all.js`.

import { BitmapMaker } from '../drawing/bitmap-worker.js';
import { firstBrush } from '../drawing/geometry.js';
import { CodedError } from '../engine/protocol.js';
import { createHistory } from '../history/history.js';
import { limitWords } from '../jobs.js';
import { isToolRunning } from '../store.js';
import { createKeeper } from './kept.js';
import { createForAll } from './queue-all.js';
import * as queues from './queue.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { Defaults, Fetched } from './kept.js' */
/** @import { ErrorCode, Stage } from '../engine/protocol.js' */
/** @import { Batch, Item, Kept, Look, Queue, Trouble } from './queue.js' */
/** @import { Entry, Job, Photo, Snapshot, State, ToolName } from '../store.js' */
/** @typedef {{ name: string, blob: Blob }} NamedFile */
/**
 * `chosen` are proposed; `others` have a result of another tool or setting.
 * @typedef {{ chosen: ReadonlySet<number>, others: ReadonlySet<number>,
 *   findAlike: () => Promise<readonly number[]> }} Question
 */
/** @typedef {(id: number, trouble: Trouble | null) => void} Mark */
/**
 * @typedef {object} QueueParts
 * @property {{ get: () => Snapshot, update: (change: Partial<State>) => void }} store
 * @property {Engine} engine
 * @property {Defaults & { brushPx: number | null }} asked  by the address
 * @property {(kind: Job['kind'], stage: Stage, work: (signal: AbortSignal) => Promise<void>) =>
 *   Promise<void>} runJob
 * @property {() => Promise<void>} isSettled  see `jobs.js`
 * @property {(change: Partial<Entry>, merge?: string, shown?: Partial<State>, batch?: Batch) =>
 *   void} go
 * @property {(error: unknown) => void} explain
 * @property {() => void} onOpened  another photo is open
 * @property {(name: string) => Promise<boolean>} askToLose  whether a photo may be taken out with
 *   what was done to it
 * @property {(question: Question) => Promise<readonly number[] | null>} askWhich  which photos to
 *   apply a tool to, by their ids; `null`: to none after all
 */

const NEVER = new AbortController().signal;
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
  const { store, engine, asked, runJob, isSettled, explain, onOpened, askToLose } = parts;
  const keeper = createKeeper(engine, () => store.get().limits);
  const thumbs = new BitmapMaker();
  /** What nobody would miss, though it is not saved. */
  const givenUp = /** @type {WeakSet<Entry>} */ (new WeakSet());
  let lastId = 0;

  /** @param {(queue: Queue) => Queue} change */
  const update = (change) => store.update({ queue: change(store.get().queue) });
  /** @param {number} id @param {Partial<Item>} change */
  const updateItem = (id, change) => update((queue) => queues.changed(queue, id, change));
  /** @param {Item} item @param {AbortSignal} signal */
  const fetched = (item, signal) =>
    keeper.fetched(item, store.get().history?.present ?? asked, signal);

  /** Whether something would be lost with the open photo. */
  function isOpenAtStake() {
    const { history, opened } = store.get();
    if (!history || givenUp.has(history.present)) return false;
    const { photo, shapes } = history.present;
    return queues.isAtStake(photo !== opened, keeper.isSaved(photo), shapes);
  }

  /** Whether something would be lost with the page. What the demonstration makes is nobody's. */
  function hasUnsaved() {
    const { queue, kiosk } = store.get();
    const { items, openId } = queue;
    const isKept = (/** @type {Item} */ { id, work }) =>
      id !== openId &&
      work !== null &&
      queues.isAtStake(work.result !== null, work.isSaved, work.shapes);
    return (kiosk === null && isOpenAtStake()) || items.some(isKept);
  }

  /** Makes small pictures of files, one after another. @param {readonly Item[]} items */
  async function showThumbs(items) {
    for (const { id, file } of items) {
      const before = queues.itemOf(store.get().queue, id);
      if (!before || before.thumb) continue;
      // What the browser cannot read has no small picture; whether the engine can is seen later.
      const thumb = await thumbs.thumb(file, THUMB_PX).catch(() => null);
      const item = queues.itemOf(store.get().queue, id);
      if (thumb && !item?.work?.result) updateItem(id, { thumb });
    }
  }

  const looks = /** @type {WeakMap<Blob, Promise<Look | null>>} */ (new WeakMap());
  /** How a photo looks as it was opened, told from a small picture of it. @param {Item} item */
  function lookOf({ file }) {
    const found = looks.get(file) ?? lookFrom(file).catch(() => null);
    looks.set(file, found);
    return found;
  }
  /** @param {Blob} file @returns {Promise<Look>} */
  async function lookFrom(file) {
    const small = await thumbs.thumb(file, THUMB_PX);
    const colouring = await engine.colouring(small, NEVER);
    return { ratio: small.width / small.height, isColoured: colouring === 'coloured' };
  }

  /** The photos that are like the open one, that one too. */
  async function findAlike() {
    const { items, openId } = store.get().queue;
    const found = await Promise.all(
      items.map(async (item) => ({ item, look: await lookOf(item) })),
    );
    const own = found.find(({ item }) => item.id === openId)?.look;
    const alike = found.filter(({ look }) => look && own && queues.areAlike(look, own));
    return [...new Set([openId, ...alike.map(({ item }) => item.id)])];
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
        const past = await keeper.pastOf(item, found, signal);
        if (queues.itemOf(getQueue(), store.get().queue.openId)) await putAway(signal);
        signal.throwIfAborted();
        mark(item.id, null);
        show(item, getQueue(), found, past);
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
      update((queue) => queues.withItems(queue, added));
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
      if (isShownAtOnce) update((queue) => queues.withItems(queue, added));
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
    return files.map(({ name, blob }) => queues.newItem(++lastId, name, blob, isShrunk));
  }

  /** @param {number} id @param {boolean} [isShrunk] */
  async function openItem(id, isShrunk = false) {
    await isSettled();
    if (id === store.get().queue.openId || isToolRunning(store.get())) return;
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
    if (next) void openItem(next.id);
  }

  /**
   * Takes the open photo out of the queue, and opens the one nearest to it that can be. Asks first
   * where something would be lost: putting it back is only offered for a while.
   */
  async function remove() {
    const { items, openId } = store.get().queue;
    const place = items.findIndex(({ id }) => id === openId);
    if (items.length < 2 || place < 0) return;
    if (isOpenAtStake() && !(await askToLose(items[place]?.name ?? ''))) return;
    if (store.get().queue.openId !== openId) return;
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
    openItem: (/** @type {number} */ id) => void openItem(id),
    step,
    remove: () => void remove(),
    /** The open photo is as if it had been opened from another file. @param {Blob} file */
    wasReplaced(file) {
      updateItem(store.get().queue.openId, { file, isShrunk: false, thumb: null });
      if (store.get().queue.items.length > 1) void showThumbs(store.get().queue.items);
    },
    /** Nobody would miss what the open photo is now. */
    giveUp() {
      const entry = store.get().history?.present;
      if (entry) givenUp.add(entry);
    },
    hasUnsaved,
    wasSaved: keeper.wasSaved,
    /** A tool has made `photo` of an entry. @param {Photo} photo @param {Entry} entry @param {ToolName} tool */
    wasMade(photo, entry, tool) {
      const recipe = queues.recipeFrom(entry, tool);
      if (recipe) keeper.wasMade(photo, recipe);
      updateItem(store.get().queue.openId, { trouble: null });
    },
    ...createForAll({
      ...{ ...parts, keeper, fetched, putAway, updateItem, troubleFrom, findAlike },
      showWork(id, work) {
        updateItem(id, { work, ...(work?.result ? {} : { thumb: null }) });
        if (work?.result) void showResult(id, work.result);
        else void showThumbs(store.get().queue.items);
      },
    }),
  };
}
