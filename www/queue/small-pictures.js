// The small pictures of the queue: of each photo or its result, and what they tell of how a photo looks.

import { BitmapMaker } from '../drawing/bitmap-worker.js';
import { readPhoto } from '../files/photo-file.js';
import { sampled } from '../history/thumbs.js';
import * as queues from './queue.js';

/** @import { Item, Kept, Look, Work } from './queue.js' */
/** @import { Common } from './queue-work.js' */

const NEVER = new AbortController().signal;
/** Sharp on screens of two device pixels each. */
const THUMB_PX = 112;

/** @param {Common} parts */
export function createSmallPictures({ store, engine, updateItem, troubleFrom }) {
  const thumbs = new BitmapMaker();
  const looks = /** @type {WeakMap<Blob, Promise<Look | null>>} */ (new WeakMap());

  /** Makes small pictures of files, one after another. @param {readonly Item[]} items */
  async function showThumbs(items) {
    for (const { id, file } of items) {
      const before = queues.itemOf(store.get().queue, id);
      if (!before || before.thumb) continue;
      const thumb = await thumbs.thumb(file, THUMB_PX).catch(() => null);
      const item = queues.itemOf(store.get().queue, id);
      if (thumb && !item?.work?.result) updateItem(id, { thumb });
      if (!thumb && item && !item.trouble && id !== store.get().queue.openId)
        await markUnread(item);
    }
  }

  /** Says of a photo that the browser cannot read whether the engine can. @param {Item} item */
  async function markUnread({ id, file, name, isShrunk }) {
    const getLimits = () => store.get().limits;
    try {
      const photo = await readPhoto(engine, file, name, { signal: NEVER, getLimits, isShrunk });
      const { width, height, rgba } = sampled(photo);
      updateItem(id, { thumb: { width, height, rgba: new Uint8Array(rgba.buffer) } });
    } catch (error) {
      const trouble = troubleFrom(error, 'unread');
      if (trouble) updateItem(id, { trouble });
    }
  }

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

  /** @param {number} id @param {Work | null} work  instead of what was done to it */
  function showWork(id, work) {
    updateItem(id, { work, ...(work?.result ? {} : { thumb: null }) });
    if (work?.result) void showResult(id, work.result);
    else void showThumbs(store.get().queue.items);
  }

  return { showThumbs, showResult, showWork, findAlike };
}
