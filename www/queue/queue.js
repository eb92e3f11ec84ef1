// Several photos that are open together: the list of them, what is kept of each while another one
// is worked on, and what a tool's settings on one mean for the others. Pure functions; what takes
// time is in `queue-work.js`.
//
// A queue is frozen and replaced whole. It holds files and encoded results, never pixels: forty
// photos cost no more memory than one. Of the one that is open, all that changes is in the page's
// history; its item says how it was when it was opened.

import {
  NO_AMOUNTS,
  PRESETS,
  amountsFromRatios,
  areSameAmounts,
  isEmptyFrame,
} from '../drawing/geometry.js';
import { Hole, isWorn } from '../drawing/shapes.js';
import { endingOf, stemOf } from '../files/photo-file.js';
import { NO_BACKDROP } from '../tasks.js';

/** @import { Size } from '../drawing/geometry.js' */
/** @import { Amounts, Backdrop, ErrorCode, Format, Pixels } from '../engine/protocol.js' */
/** @import { Colourised, Entry, Freshened, Gaps, Photo, Rect, StepName, ToolName } from '../store.js' */
/** @import { WordKey } from '../words.js' */
/**
 * A picture as bytes; `isRaw`: RGBA8 as it lies in memory.
 * @typedef {Readonly<{ blob: Blob, isRaw: boolean, width: number, height: number,
 *   made: Photo['made'], original: Rect, metadata: Photo['metadata'], border?: Amounts,
 *   times?: number, method?: string }>} Kept
 * A tint whose source is kept; `null`: the photo as it was opened.
 * @typedef {Readonly<Omit<Colourised, 'source'> & { source: Kept | null }>
 *   | Readonly<Omit<Freshened, 'source'> & { source: Kept | null }>} KeptTint
 * What was cut out of a photo that is kept; `null`: the photo as it was opened.
 * @typedef {Readonly<Omit<NonNullable<Entry['cut']>, 'source'> & { source: Kept | null }>} KeptCut
 * All that was done to a photo. `result` is `null` while it is as it was opened.
 * @typedef {Readonly<Pick<Entry, 'frame' | 'shapes' | 'growPx' | 'featherPx' | 'grid' | 'hints'>
 *   & { result: Kept | null, isSaved: boolean, tint: KeptTint | null, cut: KeptCut | null,
 *   recipe: Recipe | null, batch: Batch | null }>} Work
 * What was done to many photos at once, or to one by a recipe: what it is called, what each was before,
 * by its id, and what it was after where that was undone. `Work` and the steps of the history name the
 * batch that led to them.
 * @typedef {{ tool: ToolName, name: StepName,
 *   changes: Map<number, { before: Work | null, after: Work | null }> }} Batch
 * Why nothing came of a photo: its file could not be read, the tool failed, or does not fit.
 * @typedef {Readonly<{ kind: 'unread' | 'failed' | 'left', key: WordKey | ErrorCode, words?: Gaps }>} Trouble
 * `folder` is the one that a file was dropped in, such as "album/1950s"; empty outside of any.
 * @typedef {Readonly<{ id: number, name: string, folder: string, file: Blob, isShrunk: boolean, work: Work | null,
 *   trouble: Trouble | null, thumb: Pixels | null }>} Item
 * @typedef {Readonly<{ items: readonly Item[], openId: number }>} Queue  `openId` 0: none
 * What of a photo as it was opened tells whether it is like another: width by height, and colours.
 * @typedef {Readonly<{ ratio: number, isColoured: boolean }>} Look
 */
/**
 * What a tool is set to, so that it can be done to other photos. `seed` is for another answer than the
 * first; `px` comes on top of the shares; `method` is left out where it is our own.
 * @typedef {Readonly<{ tool: 'extend', ratios: readonly Size[], seed?: number, method?: string }>
 *   | Readonly<{ tool: 'extend', shares: Amounts, px?: Amounts, seed?: number, method?: string }>
 *   | Readonly<{ tool: 'fill', width: number, height: number, shapes: Entry['shapes'],
 *       growPx: number, featherPx: number, method?: string }>
 *   | Readonly<{ tool: 'fill', scratches: true, method?: string }>
 *   | Readonly<{ tool: 'crop', kind: 'enlarge' }>
 *   | Readonly<{ tool: 'cutout', backdrop: Backdrop }>
 *   | Readonly<{ tool: 'unmosaic', method?: string }>
 *   | Readonly<{ tool: 'colour', kind: 'colours', variant: string, saturation: number,
 *       warmth: number, strength: number, method?: string }>
 *   | Readonly<{ tool: 'colour', kind: 'curves', strength: number }>} OneStep
 * Or several of these, one after another, as a file has them; never none.
 * @typedef {OneStep | Readonly<{ tool: 'series', steps: readonly OneStep[] }>} Recipe
 */

/** @type {Queue} */
export const NO_QUEUE = Object.freeze({ items: Object.freeze([]), openId: 0 });

/** What the page calls an enlargement, which has no settings. @type {OneStep} */
export const ENLARGEMENT = Object.freeze({ tool: 'crop', kind: 'enlarge' });

/**
 * @param {number} id @param {string} name @param {Blob} file @param {boolean} [isShrunk]
 * @param {string} [folder] @returns {Item}
 */
export function newItem(id, name, file, isShrunk = false, folder = '') {
  const none = { work: null, trouble: null, thumb: null };
  return Object.freeze({ id, name, folder, file, isShrunk, ...none });
}

/** @param {Queue} queue @param {number} id */
export function itemOf({ items }, id) {
  return items.find((item) => item.id === id) ?? null;
}

/** The queue with one photo changed; the same if it is not in there. @param {Queue} queue @param {number} id @param {Partial<Item>} change @returns {Queue} */
export function changed(queue, id, change) {
  if (!itemOf(queue, id)) return queue;
  const items = queue.items.map((item) =>
    item.id === id ? Object.freeze({ ...item, ...change }) : item,
  );
  return Object.freeze({ ...queue, items });
}

/**
 * Whether two photos are alike for a tool: of about the same shape, and both in colour or neither.
 * @param {Look} a @param {Look} b
 */
export function areAlike(a, b) {
  const isSameShape = Math.abs(Math.log(a.ratio / b.ratio)) < 0.03; // As small pictures tell it.
  return isSameShape && a.isColoured === b.isColoured;
}

/** @param {Queue} queue @param {number} id @returns {Queue} */
export function without(queue, id) {
  return Object.freeze({ ...queue, items: queue.items.filter((item) => item.id !== id) });
}

/** The queue with photos at its end. @param {Queue} queue @param {readonly Item[]} added @returns {Queue} */
export function withItems(queue, added) {
  return Object.freeze({ ...queue, items: [...queue.items, ...added] });
}

/** The queue with a photo put in at a place. @param {Queue} queue @param {Item} item @param {number} place @returns {Queue} */
export function withItem(queue, item, place) {
  const items = [...queue.items.slice(0, place), item, ...queue.items.slice(place)];
  return Object.freeze({ ...queue, items });
}

/**
 * The photos to try in place of the open one, the nearest first: those behind it, then those before.
 * @param {Queue} queue @param {1 | -1 | 0} direction  0: either
 */
export function neighbours({ items, openId }, direction) {
  const at = items.findIndex(({ id }) => id === openId);
  const after = items.slice(at + 1);
  const before = items.slice(0, Math.max(0, at)).reverse();
  if (direction === 0) return [...after, ...before];
  return direction > 0 ? after : before;
}

/**
 * @param {Item} item @param {boolean | null} isOpenDone  of the open one: whether it has a result
 * @returns {'waiting' | 'done' | 'failed' | 'left'}
 */
export function stateOf({ work, trouble }, isOpenDone) {
  if (trouble) return trouble.kind === 'left' ? 'left' : 'failed';
  return (isOpenDone ?? Boolean(work?.result)) ? 'done' : 'waiting';
}

/**
 * The names of results in an archive: those of their files, in the same folders, each its own even
 * where letters are not told from capitals; none leads out of the folder that it is unpacked into.
 * @param {readonly { name: string, folder: string, format: Format }[]} photos
 */
export function namesFor(photos) {
  const taken = new Set();
  return photos.map(({ name, folder, format }) => {
    const parts = folder.split(/[/\\]/).map((part) => part.replace(/[:*?"<>|]/g, '_').trim());
    const folders = parts.filter((part) => !/^\.*$/.test(part));
    const stem = [...folders, stemOf(name).replace(/[/\\]/g, '_')].join('/');
    const ending = endingOf(format);
    let free = `${stem}.${ending}`;
    for (let i = 2; taken.has(free.toLowerCase()); i++) free = `${stem}-${i}.${ending}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/**
 * What the tool is set to on a photo; `null` if nothing is set. Where what was set is done already,
 * the recipe of the result has to be asked for.
 * @param {Entry} entry @param {ToolName} tool @param {Backdrop} [backdrop]  for Cut out
 * @param {string} [chosen]  the method
 * @returns {OneStep | null}
 */
export function recipeFrom(
  { photo, frame, shapes, growPx, featherPx, tint },
  tool,
  backdrop = NO_BACKDROP,
  chosen = tint?.kind === 'colours' ? tint.method : '',
) {
  const { width, height } = photo;
  const method = chosen && { method: chosen };
  switch (tool) {
    case 'extend': {
      if (isEmptyFrame(frame)) return null;
      const preset = PRESETS.find(({ ratios }) =>
        areSameAmounts(frame, amountsFromRatios([width, height], ratios)),
      );
      if (preset) return { tool, ratios: preset.ratios, ...method };
      const { left, top, right, bottom } = frame;
      const shares = { left: left / width, right: right / width, top: top / height };
      return { tool, shares: { ...shares, bottom: bottom / height }, ...method };
    }
    case 'crop':
      return null;
    case 'fill':
      // What was found worn is found in others, too; what was drawn beside it is for this one.
      if (shapes.some(isWorn)) return { tool, scratches: true, ...method };
      if (shapes.length === 0) return null;
      return { tool, width, height, shapes, growPx, featherPx, ...method };
    case 'cutout':
      return { tool, backdrop };
    case 'unmosaic':
      return { tool, ...method };
    case 'colour': {
      if (tint?.kind === 'curves') return { tool, kind: 'curves', strength: tint.strength };
      const plain = { variant: '', saturation: 1, warmth: 0, strength: 1 };
      const { variant, saturation, warmth, strength } = tint ?? plain;
      return { tool, kind: 'colours', variant, saturation, warmth, strength, ...method };
    }
  }
}

/**
 * How the work on a photo stands to a recipe: nothing was made yet; it is done; a batch of the same
 * tool made it with other settings, and nothing was done since; or something else was made.
 * @param {Work | null} work @param {Recipe} recipe
 * @returns {'new' | 'done' | 'again' | 'other'}
 */
export function standOf(work, recipe) {
  if (!work?.result) return 'new';
  if (areSameRecipes(work.recipe, recipe)) return 'done';
  const kind = (/** @type {Recipe | null} */ r) => r && stepsOf(r).map(kindOf);
  return work.batch && String(kind(work.recipe)) === String(kind(recipe)) ? 'again' : 'other';
}

/** What steps of the same kind have in common. @param {OneStep} step */
function kindOf(step) {
  if ('scratches' in step) return `${step.tool},scratches`;
  return [step.tool, 'kind' in step ? step.kind : ''].join();
}

/** @param {Recipe} recipe @returns {readonly OneStep[]} */
export function stepsOf(recipe) {
  return recipe.tool === 'series' ? recipe.steps : [recipe];
}

/** The tool that a recipe ends with. @param {Recipe} recipe @returns {ToolName} */
export function lastToolOf(recipe) {
  return stepsOf(recipe).at(-1)?.tool ?? 'extend';
}

/** @param {Recipe | null} a @param {Recipe | null} b */
export function areSameRecipes(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * What has to be set on a photo before the tool is run on it; why it does not fit otherwise.
 * @param {OneStep} recipe @param {Entry} entry
 * @returns {{ wish: Partial<Entry> } | { trouble: Trouble }}
 */
export function wishFrom(recipe, { photo, tint }) {
  const { width, height } = photo;
  switch (recipe.tool) {
    case 'extend': {
      const frame =
        'ratios' in recipe
          ? amountsFromRatios([width, height], recipe.ratios)
          : amountsFromShares(recipe.shares, [width, height], recipe.px);
      if (isEmptyFrame(frame)) return { trouble: { kind: 'left', key: 'queue.shaped' } };
      return { wish: { frame } };
    }
    case 'fill': {
      if ('scratches' in recipe) return { wish: {} };
      const size = `${recipe.width} × ${recipe.height}`;
      if (recipe.width !== width || recipe.height !== height) {
        return { trouble: { kind: 'left', key: 'queue.size', words: { size } } };
      }
      const { shapes, growPx, featherPx } = recipe;
      return { wish: { shapes, growPx, featherPx } };
    }
    case 'crop':
    case 'cutout':
    case 'unmosaic':
      return { wish: {} };
    case 'colour': {
      // As if it had been done before with these settings: then they are kept.
      const { kind } = recipe;
      const source = tint?.kind === kind ? tint.source : photo;
      const none = { columns: 0, rows: 0 };
      if (kind === 'curves') {
        const curves = { ...none, points: new Float32Array() };
        return { wish: { tint: { kind, source, curves, strength: recipe.strength } } };
      }
      const { variant, saturation, warmth, strength, method = '' } = recipe;
      const colours = { ...none, variants: [] };
      const settings = { variant, saturation, warmth, strength, method };
      return { wish: { tint: { kind, source, colours, ...settings } } };
    }
  }
}

/** @param {Amounts} shares  of the photo's sides @param {Size} size @param {Amounts} [px] @returns {Amounts} */
function amountsFromShares({ left, top, right, bottom }, [width, height], px = NO_AMOUNTS) {
  const [across, down] = [
    (/** @type {number} */ s) => s * width,
    (/** @type {number} */ s) => s * height,
  ];
  const amounts = {
    left: across(left),
    top: down(top),
    right: across(right),
    bottom: down(bottom),
  };
  for (const side of /** @type {const} */ (['left', 'top', 'right', 'bottom'])) {
    amounts[side] = Math.round(amounts[side]) + px[side];
  }
  return amounts;
}

/**
 * The hole that an entry's shapes make. Only Fill grows it.
 * @param {Pick<Entry, 'photo' | 'shapes' | 'growPx'>} entry @param {ToolName} tool
 */
export function holeFrom({ photo, shapes, growPx }, tool) {
  const hole = new Hole(photo.width, photo.height);
  for (const shape of shapes) hole.draw(shape, tool === 'fill' ? growPx : 0);
  return hole;
}

/**
 * Whether something would be lost with a photo: a result that is not saved, or what a hand has drawn.
 * What was found is found again.
 * @param {boolean} hasResult @param {boolean} isSaved @param {Entry['shapes']} shapes
 */
export function isAtStake(hasResult, isSaved, shapes) {
  return (
    (hasResult && !isSaved) ||
    shapes.some((shape) => shape.kind !== 'spans' || shape.clicks?.length)
  );
}

/** Whether anything is set or drawn, or was made. @param {Entry} entry @param {Photo | null} opened */
export function isTouched({ photo, frame, shapes, grid }, opened) {
  return (
    photo !== opened || shapes.length > 0 || grid !== null || !areSameAmounts(frame, NO_AMOUNTS)
  );
}
