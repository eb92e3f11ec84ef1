// The queue at work: what its parts share, what would be lost with a photo, taking one out. Photos
// are opened in `opening.js`; what is done to all of them is in `queue-all.js` and `save-all.js`.

import { CodedError } from '../engine/protocol.js';
import { limitWords } from '../jobs.js';
import { backdropFrom } from '../tasks.js';
import { createKeeper } from './kept.js';
import { createDesk, createOpening } from './opening.js';
import { createForAll } from './queue-all.js';
import * as queues from './queue.js';
import { createSavingAll } from './save-all.js';
import { createSmallPictures } from './small-pictures.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { Defaults, Fetched } from './kept.js' */
/** @import { Backdrop, ErrorCode, Pixels, Stage } from '../engine/protocol.js' */
/** @import { Batch, Item, Trouble } from './queue.js' */
/** @import { Entry, Job, Photo, Snapshot, State, ToolName } from '../store.js' */
/** @import { Mark } from './opening.js' */
/** @typedef {{ name: string, blob: Blob, folder?: string }} NamedFile */
/**
 * Which of `items`? `chosen` are proposed; `others` have a result of another tool or setting.
 * @typedef {{ items: readonly Item[], chosen: ReadonlySet<number>, others: ReadonlySet<number>,
 *   findAlike: () => Promise<readonly number[]> }} Question
 */
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

/**
 * What the parts of the queue share.
 * @typedef {QueueParts & { keeper: ReturnType<typeof createKeeper>,
 *   fetched: (item: Item, signal: AbortSignal) => Promise<Fetched>,
 *   updateItem: (id: number, change: Partial<Item>) => void,
 *   isOpenAtStake: () => boolean,
 *   behindFrom: (backdrop: Backdrop, signal: AbortSignal) => Promise<Pixels | null>,
 *   troubleFrom: (error: unknown, kind: 'unread' | 'failed', item?: Item) => Trouble | null }} Common
 * @typedef {Common & ReturnType<typeof createSmallPictures>} Pictured  with small pictures
 * @typedef {Pictured & ReturnType<typeof createDesk>} Shared  and what opens a photo
 */

/** What goes wrong with these is no photo's fault: the next one would fare the same. */
const NOT_THE_PHOTO = /** @type {readonly ErrorCode[]} */ ([
  'weights-missing',
  'weights-damaged',
  'weights-misfit',
  'device',
  'no-simd',
  'download-failed',
  'method-missing',
]);

/** @param {QueueParts} parts */
export function createQueue(parts) {
  const { store, asked, runJob, askToLose } = parts;
  const keeper = createKeeper(parts.engine, () => store.get().limits);
  /** What nobody would miss, though it is not saved. */
  const givenUp = /** @type {WeakSet<Entry>} */ (new WeakSet());

  /** @param {number} id @param {Partial<Item>} change */
  const updateItem = (id, change) =>
    store.update({ queue: queues.changed(store.get().queue, id, change) });
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

  /**
   * What an error says about a photo; `null` if it is not about that. A result stays whatever
   * becomes of the file that it was made of.
   * @param {unknown} error @param {'unread' | 'failed'} kind @param {Item} [item]
   * @returns {Trouble | null}
   */
  function troubleFrom(error, kind, item) {
    const code = error instanceof CodedError ? error.code : 'worker-crashed';
    if (NOT_THE_PHOTO.includes(code)) return null;
    console.warn(error);
    const key = code === 'file' && item?.work?.result ? 'queue.changed' : code;
    return { kind, key, words: limitWords(store.get().limits) };
  }

  /**
   * The photo that is a backdrop, with what was done to it; `null` where none is.
   * @param {Backdrop} backdrop @param {AbortSignal} signal @returns {Promise<Pixels | null>}
   */
  async function behindFrom({ kind, photoId = 0 }, signal) {
    if (kind !== 'photo') return null;
    const { queue } = store.get();
    const item = photoId === queue.openId ? null : queues.itemOf(queue, photoId);
    try {
      if (item) return (await fetched(item, signal)).entry.photo;
    } catch (error) {
      signal.throwIfAborted();
      if (!troubleFrom(error, 'unread', item ?? undefined)) throw error;
    }
    throw new CodedError('backdrop-gone');
  }

  const common = { ...parts, keeper, fetched, updateItem, isOpenAtStake, behindFrom, troubleFrom };
  const pictured = { ...common, ...createSmallPictures(common) };
  const shared = { ...pictured, ...createDesk(pictured) };
  const { open, openItem, step } = createOpening(shared);

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
      const problem = await shared.openFirst(others, () => store.get().queue, mark, signal);
      if (problem) throw problem;
      const item = queues.itemOf(store.get().queue, openId);
      if (!item) return;
      store.update({ queue: queues.without(store.get().queue, openId) });
      const run = () => store.update({ queue: queues.withItem(store.get().queue, item, place) });
      const action = { key: /** @type {const} */ ('queue.putBack'), run };
      const words = { name: item.name };
      store.update({ notice: { tone: 'info', key: 'queue.removed', words, action } });
    });
  }

  return {
    open,
    openItem: (/** @type {number} */ id) => openItem(id),
    step,
    remove: () => void remove(),
    /** The open photo is as if it had been opened from another file. @param {Blob} file */
    wasReplaced(file) {
      updateItem(store.get().queue.openId, { file, isShrunk: false, thumb: null });
      if (store.get().queue.items.length > 1) void shared.showThumbs(store.get().queue.items);
    },
    /** Nobody would miss what the open photo is now. */
    giveUp() {
      const entry = store.get().history?.present;
      if (entry) givenUp.add(entry);
    },
    hasUnsaved,
    behindFrom,
    wasSaved: keeper.wasSaved,
    recipeOf: keeper.recipeOf,
    /** A tool has made `photo` of an entry. @param {Photo} photo @param {Entry} entry @param {ToolName} tool */
    wasMade(photo, entry, tool) {
      const backdrop = backdropFrom(store.get().backdrop);
      const set = queues.recipeFrom(entry, tool, backdrop, photo.method);
      const recipe = photo.made === 'enlarged' ? queues.ENLARGEMENT : set;
      if (recipe) keeper.wasMade(photo, recipe);
      updateItem(store.get().queue.openId, { trouble: null });
    },
    ...createForAll(shared),
    ...createSavingAll(shared),
  };
}
