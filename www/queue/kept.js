// Puts photos away and fetches them again.
//
// A photo is put away as its file, a result as a PNG: without loss, so it comes back as the same
// bytes, and is saved as them.

import { blobFrom, readPhoto } from '../files/photo-file.js';
import { shelved } from '../history/shelf.js';
import { openedEntry } from '../history/steps.js';
import { isTouched, recipeFrom } from './queue.js';

/** @import { Engine } from '../engine/engine.js' */
/** @import { Limits } from '../engine/protocol.js' */
/** @import { Item, Kept, Recipe, Work } from './queue.js' */
/** @import { History } from '../history/history.js' */
/** @import { Entry, Photo, Tint } from '../store.js' */
/** @typedef {{ opened: Photo, entry: Entry }} Fetched */
/** @typedef {{ growPx: number | null, featherPx: number | null, photo?: Photo }} Defaults */

/** @param {Engine} engine @param {() => Limits | null} getLimits */
export function createKeeper(engine, getLimits) {
  const saved = /** @type {WeakSet<Photo>} */ (new WeakSet());
  const recipes = /** @type {WeakMap<Photo, Recipe>} */ (new WeakMap());
  /** What a photo was written to, so that it is written once. */
  const written = /** @type {WeakMap<Photo, Kept>} */ (new WeakMap());
  /** What entries that were fetched were fetched from, to be the same when nothing was done to them. */
  const known = /** @type {WeakMap<Entry, Work>} */ (new WeakMap());

  /** What was set where the picture of an entry was made. @param {Entry} entry */
  function recipeOf(entry) {
    const made = recipes.get(entry.photo) ?? null;
    return entry.tint && made?.tool !== 'series' ? recipeFrom(entry, 'colour') : made;
  }

  /** @param {Photo} photo @param {AbortSignal} signal @returns {Promise<Kept>} */
  async function keptFrom(photo, signal) {
    const before = written.get(photo);
    if (before) return before;
    const { width, height, rgba, made, original, metadata, border, times, method } = photo;
    // The engine reads no pictures as large as it makes; those few are kept as they are.
    const isRaw = width * height > (getLimits()?.max_photo_pixels ?? 0);
    const blob = isRaw
      ? new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (rgba)])
      : blobFrom(await engine.encode(photo, 'png', 100, signal), 'png');
    const kept = Object.freeze({
      ...{ blob, isRaw, width, height, made, original, metadata },
      ...(border && { border }),
      ...(times && { times }),
      ...(method && { method }),
    });
    written.set(photo, kept);
    return kept;
  }

  /** @param {Kept} kept @param {Photo} opened @param {AbortSignal} signal @returns {Promise<Photo>} */
  async function photoFrom(kept, opened, signal) {
    const { blob, isRaw, metadata: _, ...known } = kept;
    const bytes = new Uint8Array(await blob.arrayBuffer());
    signal.throwIfAborted();
    const rgba = isRaw ? bytes : (await engine.decode(bytes, signal)).rgba;
    const photo = shelved({ ...opened, ...known, rgba });
    written.set(photo, kept);
    return photo;
  }

  /**
   * What was done to a photo; `null` if nothing was.
   * @param {Entry} entry @param {Photo} opened @param {AbortSignal} signal
   * @returns {Promise<Work | null>}
   */
  async function workFrom(entry, opened, signal) {
    if (!isTouched(entry, opened)) return null;
    const same = known.get(entry);
    if (same?.isSaved === saved.has(entry.photo)) return same;
    const { photo, frame, shapes, growPx, featherPx, grid, hints, tint, cut } = entry;
    const sourceOf = async (/** @type {Tint | Entry['cut']} */ made) =>
      made && made.source !== opened ? keptFrom(made.source, signal) : null;
    return Object.freeze({
      ...{ frame, shapes, growPx, featherPx, grid, hints },
      result: photo === opened ? null : await keptFrom(photo, signal),
      isSaved: saved.has(photo),
      tint: tint && Object.freeze({ ...tint, source: await sourceOf(tint) }),
      cut: cut && Object.freeze({ ...cut, source: await sourceOf(cut) }),
      recipe: recipeOf(entry),
      batch: entry.step?.batch ?? null,
    });
  }

  /**
   * A photo from its file, with what was done to it.
   * @param {Item} item @param {Defaults} before  settings of one nothing was done to yet
   * @param {AbortSignal} signal
   * @returns {Promise<Fetched>}
   */
  async function fetched({ file, name, isShrunk, work }, before, signal) {
    const opened = await readPhoto(engine, file, name, { signal, getLimits, isShrunk });
    const plain = openedEntry(opened, before);
    return { opened, entry: work ? await entryFrom(work, plain, signal) : plain };
  }

  /**
   * @param {Work} work @param {Entry} plain  of the photo as it was opened @param {AbortSignal} signal
   * @returns {Promise<Entry>}
   */
  async function entryFrom(work, plain, signal) {
    const { result, isSaved, tint: keptTint, cut: keptCut, recipe, batch, ...settings } = work;
    const { photo: opened } = plain;
    const photo = result ? await photoFrom(result, opened, signal) : opened;
    const sourceOf = async (/** @type {{ source: Kept | null }} */ { source }) =>
      source ? photoFrom(source, opened, signal) : opened;
    const tint =
      keptTint &&
      /** @type {Tint} */ (Object.freeze({ ...keptTint, source: await sourceOf(keptTint) }));
    const cut = keptCut && Object.freeze({ ...keptCut, source: await sourceOf(keptCut) });
    if (isSaved) saved.add(photo);
    if (recipe) recipes.set(photo, recipe);
    const step = batch && Object.freeze({ tool: batch.tool, merge: '', name: batch.name, batch });
    const entry = Object.freeze({ ...plain, ...settings, photo, tint, cut, step });
    known.set(entry, work);
    return entry;
  }

  /**
   * The steps that lead to a photo that was fetched: as it was opened, and as it was before each
   * batch that it is a part of.
   * @param {Item} item @param {Fetched} fetched @param {AbortSignal} signal
   * @returns {Promise<History<Entry>['past']>}
   */
  async function pastOf({ id, work }, { opened, entry }, signal) {
    if (!work) return [];
    const { growPx, featherPx } = entry;
    const plain = openedEntry(opened, { growPx, featherPx });
    const past = [];
    for (let before = work; ;) {
      const earlier = before.batch?.changes.get(id)?.before;
      if (!earlier) break;
      past.unshift(await entryFrom(earlier, plain, signal));
      before = earlier;
    }
    return [plain, ...past];
  }

  return {
    fetched,
    pastOf,
    workFrom,
    recipeOf,
    /** @param {Photo} photo */
    isSaved: (photo) => saved.has(photo),
    /** @param {Photo} photo */
    wasSaved: (photo) => void saved.add(photo),
    /** A tool has made `photo`. @param {Photo} photo @param {Recipe} recipe */
    wasMade: (photo, recipe) => void recipes.set(photo, recipe),
  };
}
