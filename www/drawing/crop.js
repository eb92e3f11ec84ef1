// What is cut off a photo, and how far it is turned before. Pure arithmetic in photo pixels.
//
// Amounts say how far the edges lie inside the photo. A photo that is turned shows all of its middle
// that is whole, in the same shape, and amounts are measured in the photo as it was.

import { entriesOf } from '../history/history.js';
import { NO_AMOUNTS, areSameAmounts, scaledAmounts, sizeFromAmounts } from './geometry.js';

/** @import { Amounts, Pixels } from '../engine/protocol.js' */
/** @import { History } from '../history/history.js' */
/** @import { Entry, Photo, Snapshot } from '../store.js' */
/** @import { Point, Side, Size } from './geometry.js' */
/**
 * `isLevelling`: the next line that is drawn is to be level.
 * @typedef {Readonly<{ photo: Photo, amounts: Amounts, degrees: number, preview: Pixels | null,
 *   isLevelling: boolean }>} Cropping
 */

/** No side is cut shorter. */
const LEAST_PX = 16;
/** Of one colour: what a scanner makes of an even border, in steps of a channel. */
const EVEN = 22;
/** So much of a line may be of another colour: dust, a hair. */
const DUST = 0.02;
/** A border takes at most this share of a side. */
const MOST_BORDER = 0.25;

/** The shapes to crop to, besides that of the photo. @type {readonly Size[]} */
export const CROP_RATIOS = [
  [1, 1],
  [4, 3],
  [3, 2],
  [16, 9],
];

/**
 * What is set for the photo that is open. Enlarging it leaves that in its place, and so does undoing it.
 * @param {Snapshot} state @returns {Omit<Cropping, 'photo'>}
 */
export function croppingOf({ cropping, history }) {
  const times = cropping && history ? timesAsLarge(cropping.photo, history) : 0;
  if (!cropping || times === 0) {
    return { amounts: NO_AMOUNTS, degrees: 0, preview: null, isLevelling: false };
  }
  if (times === 1) return cropping;
  return { ...cropping, amounts: scaledAmounts(cropping.amounts, times) };
}

/**
 * How many times as large the open photo is as another, where only enlarging lies between the two in
 * the history; 0 where anything else does.
 * @param {Photo} photo @param {History<Entry>} history
 */
function timesAsLarge(photo, history) {
  const photos = entriesOf(history).map((entry) => entry.photo);
  const [from, to] = [photos.indexOf(photo), history.past.length];
  if (from < 0) return 0;
  const between = photos.slice(Math.min(from, to), Math.max(from, to) + 1);
  const isEnlarging = between.every((now, i) => {
    const before = between[i - 1] ?? now;
    const isDoubled = (now.times ?? 1) === 2 * (before.times ?? 1);
    return now === before || (now.made === 'enlarged' && isDoubled);
  });
  return isEnlarging ? (history.present.photo.times ?? 1) / (photo.times ?? 1) : 0;
}

/** Whether a drag draws the line by which the photo is turned. @param {Snapshot} state */
export function isLevelling(state) {
  return state.tool === 'crop' && state.job === null && croppingOf(state).isLevelling;
}

/**
 * How far a photo is to be turned for a line on it to be level or upright, whichever is nearer.
 * @param {Point} from @param {Point} to @param {number} degrees  how far it is turned now
 */
export function degreesByLine(from, to, degrees) {
  const angle = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
  const off = angle - 90 * Math.round(angle / 90);
  return Math.round(10 * (degrees - off)) / 10;
}

/** @param {Pick<Cropping, 'amounts' | 'degrees'>} cropping */
export function isUncropped({ amounts, degrees }) {
  return degrees === 0 && areSameAmounts(amounts, NO_AMOUNTS);
}

/** As amounts of a frame that grows: less than nothing. @param {Amounts} amounts @returns {Amounts} */
export function outward({ left, top, right, bottom }) {
  return { left: -left, top: -top, right: -right, bottom: -bottom };
}

/**
 * How large the whole middle of a turned photo is, as a share of its sides.
 * @param {Size} size @param {number} degrees
 */
export function wholeShare([width, height], degrees) {
  const turn = (Math.abs(degrees) * Math.PI) / 180;
  const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
  return Math.min(width / (width * cos + height * sin), height / (width * sin + height * cos));
}

/**
 * Where the result lies in the whole middle of the turned photo, in pixels of the result.
 * @param {Size} size @param {Pick<Cropping, 'amounts' | 'degrees'>} cropping
 */
export function croppedBox(size, { amounts, degrees }) {
  const share = wholeShare(size, degrees);
  const [width, height] = sizeFromAmounts(size, outward(amounts));
  const px = (/** @type {number} */ value) => Math.round(value * share);
  return {
    x: px(amounts.left),
    y: px(amounts.top),
    width: Math.max(1, px(width)),
    height: Math.max(1, px(height)),
    share,
  };
}

/** The least that has to go for a shape, the same on both sides. @param {Size} size @param {Size} ratio @returns {Amounts} */
export function amountsForRatio([width, height], [across, down]) {
  const wide = Math.min(width, Math.round((height * across) / down));
  const high = Math.min(height, Math.round((width * down) / across));
  const [left, top] = [Math.floor((width - wide) / 2), Math.floor((height - high) / 2)];
  return { left, top, right: width - wide - left, bottom: height - high - top };
}

/**
 * Moves some edges by `delta`, never beyond the photo, nor nearer to the opposite edge than a crop may be.
 * @param {Size} size @param {Amounts} start @param {readonly Side[]} sides @param {Point} delta
 * @returns {Amounts}
 */
export function draggedInward([width, height], start, sides, delta) {
  const inward = { left: delta.x, right: -delta.x, top: delta.y, bottom: -delta.y };
  const other = /** @type {const} */ ({
    left: 'right',
    right: 'left',
    top: 'bottom',
    bottom: 'top',
  });
  const amounts = { ...start };
  for (const side of sides) {
    const length = side === 'left' || side === 'right' ? width : height;
    const most = Math.max(0, length - start[other[side]] - LEAST_PX);
    amounts[side] = Math.max(0, Math.min(Math.round(start[side] + inward[side]), most));
  }
  return amounts;
}

/**
 * How far an even border reaches in from each edge, told from every few pixels of each line; nothing
 * where there is none.
 * @param {Pixels} photo @returns {Amounts}
 */
export function borderOf({ width, height, rgba }) {
  /** @param {number} lines @param {number} length @param {(line: number, along: number) => number} at */
  const depth = (lines, length, at) => {
    const steps = Array.from({ length: 64 }, (_, i) => Math.floor(((i + 0.5) * length) / 64));
    const first = at(0, steps[32] ?? 0);
    const isEven = (/** @type {number} */ line) => {
      const odd = steps.filter((along) =>
        [0, 1, 2].some((c) => {
          const i = at(line, along) + c;
          return Math.abs((rgba[i] ?? 0) - (rgba[first + c] ?? 0)) > EVEN;
        }),
      );
      return odd.length <= DUST * steps.length;
    };
    let line = 0;
    while (line < lines * MOST_BORDER && isEven(line)) line += 1;
    // A sky goes on for ever; a border ends.
    return line >= lines * MOST_BORDER ? 0 : line;
  };
  const index = (/** @type {number} */ x, /** @type {number} */ y) => 4 * (y * width + x);
  return {
    left: depth(width, height, (line, along) => index(line, along)),
    top: depth(height, width, (line, along) => index(along, line)),
    right: depth(width, height, (line, along) => index(width - 1 - line, along)),
    bottom: depth(height, width, (line, along) => index(along, height - 1 - line)),
  };
}
