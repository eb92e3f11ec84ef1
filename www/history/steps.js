// What a step of the history is, and what its past may cost.
//
// Strokes, settings and results are steps of one kind: a new entry that shares all it can with the
// one before. So undoing a result gives back the hole that led to it, with no code of its own.

import { NO_AMOUNTS, shorterSide } from '../drawing/geometry.js';
import { bytesOfShape } from '../drawing/shapes.js';
import { amended, pushed } from './history.js';
import { bytesOfPhoto } from './shelf.js';
import { TOOL_NAMES, nameOfChange } from './step-names.js';

/** @import { History } from './history.js' */
/** @import { Batch } from '../queue/queue.js' */
/** @import { Entry, Photo, ToolName } from '../store.js' */

/**
 * Bytes that the pixels and strokes of the past may take: a sixteenth of the device's memory, as far
 * as browsers say it (8 GB at most), and no more on a phone than one keeps for a page.
 * @param {{ deviceMemory?: number, isPhone?: boolean }} [device]
 */
export function undoBudget({ deviceMemory, isPhone } = thisDevice()) {
  const most = (isPhone ? 192 : 512) * 2 ** 20;
  if (deviceMemory === undefined) return most;
  return Math.max(64 * 2 ** 20, Math.min(most, (deviceMemory * 2 ** 30) / 16));
}

/** Only Chromium says how much memory there is. */
function thisDevice() {
  const { deviceMemory } = /** @type {{ deviceMemory?: number }} */ (globalThis.navigator ?? {});
  const hasFinger = 'matchMedia' in globalThis && matchMedia('(pointer: coarse)').matches;
  return { ...(deviceMemory && { deviceMemory }), isPhone: hasFinger };
}

/** What becomes of what tools know of a photo once another one has changed it. */
export const FORGOTTEN = Object.freeze({
  hints: [],
  tint: null,
  truth: null,
  strip: null,
  origins: null,
  answers: null,
  cut: null,
});

/** A hand is less exact than a picture of a hole: this share of the photo more than it drew. */
const GROW_SHARE = 0.01;

/**
 * The entry for a photo that was just opened; settings stay as they were for the one before, how far
 * holes grow as a share of the photo.
 * @param {Photo} photo
 * @param {{ growPx: number | null, featherPx: number | null, photo?: Photo }} [before]
 * @returns {Entry}
 */
export function openedEntry(photo, before) {
  const known = before?.growPx ?? null;
  const share = before?.photo && known !== null ? known / shorterSide(before.photo) : GROW_SHARE;
  const growPx = known !== null && !before?.photo ? known : share * shorterSide(photo);
  const featherPx = before?.featherPx ?? 0;
  return Object.freeze({
    photo,
    frame: NO_AMOUNTS,
    shapes: [],
    growPx,
    featherPx,
    grid: null,
    ...FORGOTTEN,
    step: null,
  });
}

/**
 * Goes one step further. Steps in a row with the same `merge` are one, unless it is empty: the
 * moves of a drag, the digits of a number. The step is named now: the entry before it, by which
 * one sees what has changed, may be forgotten before the step is.
 * @param {History<Entry>} history @param {Partial<Entry>} change
 * @param {{ tool: ToolName, merge: string, batch?: Batch | null }} step @param {number} [budget]
 * @returns {History<Entry>}
 */
export function stepped(history, change, { tool, merge, batch = null }, budget = undoBudget()) {
  const { present, future } = history;
  const isOneStep = merge !== '' && present.step?.merge === merge && future.length === 0;
  const usual = (isOneStep && present.step?.name) || TOOL_NAMES[tool];
  const name = batch?.name ?? nameOfChange(present, { ...present, ...change }) ?? usual;
  const entry = Object.freeze({ ...present, ...change, step: { tool, merge, name, batch } });
  return isOneStep ? amended(history, entry) : pushed(history, entry, { budget, costOf });
}

/** All photos that an entry keeps alive. @param {Entry} entry */
function photosOf({ photo, tint, truth, strip, cut, answers }) {
  const beside = [
    tint?.source,
    truth?.photo,
    truth?.undone?.mosaic,
    strip?.source,
    strip?.whole,
    cut?.source,
    ...(answers?.all.map((each) => each.photo) ?? []),
  ];
  return [photo, ...beside].filter((each) => each !== undefined);
}

/** What the colours of a tint take. @param {Entry['tint']} tint */
function gridsOf(tint) {
  if (!tint) return [];
  return tint.kind === 'curves' ? [tint.curves.points] : tint.colours.variants.map(({ uv }) => uv);
}

/** Pixels and shapes, each counted once however many entries share them. @param {readonly Entry[]} past */
function costOf(past) {
  const photos = new Set(past.flatMap(photosOf));
  const grids = new Set(past.flatMap(({ tint }) => gridsOf(tint)));
  const shapes = new Set(past.flatMap((entry) => entry.shapes));
  let cost = 0;
  for (const photo of photos) cost += bytesOfPhoto(photo);
  for (const { byteLength } of grids) cost += byteLength;
  for (const shape of shapes) cost += bytesOfShape(shape);
  return cost;
}
