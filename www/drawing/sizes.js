// Sizes that pictures are wanted in: screens, paper, posts. Pure arithmetic.

import { amountsFromRatios } from './geometry.js';

/** @import { Amounts } from '../engine/protocol.js' */
/** @import { WordKey } from '../words.js' */
/** @import { Size } from './geometry.js' */

/**
 * `size` in pixels; paper, at 300 dpi, lies as the photo does.
 * @type {readonly Readonly<{ name: WordKey, size: Size, isTurned?: boolean }>[]}
 */
export const SIZES = [
  { name: 'sizes.screen', size: [1920, 1080] },
  { name: 'sizes.a4', size: [3508, 2480], isTurned: true },
  { name: 'sizes.a3', size: [4961, 3508], isTurned: true },
  { name: 'sizes.post', size: [1080, 1350] },
  { name: 'sizes.story', size: [1080, 1920] },
  { name: 'sizes.cover', size: [900, 383] },
];
/** Two numbers below this are a ratio, else pixels: no photo is that small. */
const MOST_RATIO = 100;

/** A size for a photo. @param {(typeof SIZES)[number]} wanted @param {Size} photo @returns {Size} */
export function sizeFor({ size, isTurned }, [width, height]) {
  return isTurned && height > width ? [size[1], size[0]] : size;
}

/**
 * The growth that makes a photo that large, all around alike; where it is larger already, or where
 * a ratio is meant, the least that gives it that shape.
 * @param {Size} photo @param {Size} wanted @returns {Amounts}
 */
export function amountsForSize([width, height], [wide, high]) {
  const isRatio = wide < MOST_RATIO && high < MOST_RATIO;
  if (isRatio || width > wide || height > high) {
    return amountsFromRatios([width, height], [[wide, high]]);
  }
  const [left, top] = [Math.floor((wide - width) / 2), Math.floor((high - height) / 2)];
  return { left, top, right: wide - width - left, bottom: high - height - top };
}
