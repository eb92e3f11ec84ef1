// Sizes and amounts: how far a photo grows on each side. Pure arithmetic in photo pixels.
//
// Always holds: amounts are whole and never negative, so a frame never cuts into the photo.

/** @import { Amounts, Limits } from '../engine/protocol.js' */
/** @import { Photo, Rect } from '../store.js' */
/** @typedef {readonly [width: number, height: number]} Size */
/** @typedef {Readonly<{ name: string, ratios: readonly Size[] }>} Preset */
/** @typedef {{ x: number, y: number }} Point */
/** Which way an arrow key leads. @type {Readonly<Record<string, Point>>} */
export const ARROWS = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
/** @typedef {'left' | 'right' | 'top' | 'bottom'} Side */

/** @type {readonly Side[]} */
export const SIDES = ['left', 'top', 'right', 'bottom'];

/** @type {Readonly<Amounts>} */
export const NO_AMOUNTS = Object.freeze({ left: 0, top: 0, right: 0, bottom: 0 });

/**
 * A preset grows the photo to each ratio in turn. So "4:3 → 21:9" first makes room as if the photo
 * had been taken in 4:3 (adding above and below a wide one), then widens that to 21:9.
 * @type {readonly Preset[]}
 */
export const PRESETS = [
  { name: '16:9', ratios: [[16, 9]] },
  { name: '21:9', ratios: [[21, 9]] },
  { name: '1:1', ratios: [[1, 1]] },
  { name: '9:16', ratios: [[9, 16]] },
  {
    name: '4:3 → 21:9',
    ratios: [
      [4, 3],
      [21, 9],
    ],
  },
];

/**
 * The preset of that name; also found by "4:3-21:9", which is easier to type in an address.
 * @param {string} name
 */
export function presetFromName(name) {
  const plain = (/** @type {string} */ text) => text.replace(/\s*(→|->|-|>)\s*/, '→').trim();
  return PRESETS.find((preset) => plain(preset.name) === plain(name)) ?? null;
}

/** @param {Size} size @param {Amounts} amounts @returns {Size} */
export function sizeFromAmounts([width, height], { left, top, right, bottom }) {
  return [left + width + right, top + height + bottom];
}

/**
 * The least growth that gives `size` each ratio in turn, the same on both sides of an axis; where
 * the growth is odd, the right or the bottom gets one pixel more.
 * @param {Size} size @param {readonly Size[]} ratios
 * @returns {Amounts}
 */
export function amountsFromRatios([width, height], ratios) {
  let [wide, high] = [width, height];
  for (const [across, down] of ratios) {
    const wanted = Math.round((high * across) / down);
    if (wanted > wide) wide = wanted;
    else high = Math.max(high, Math.round((wide * down) / across));
  }
  const left = Math.floor((wide - width) / 2);
  const top = Math.floor((high - height) / 2);
  return { left, top, right: wide - width - left, bottom: high - height - top };
}

/** The same on a photo that is so many times as large. @param {Amounts} amounts @param {number} times @returns {Amounts} */
export function scaledAmounts({ left, top, right, bottom }, times) {
  const scaled = (/** @type {number} */ amount) => Math.round(amount * times);
  return { left: scaled(left), top: scaled(top), right: scaled(right), bottom: scaled(bottom) };
}

/**
 * Where another picture of the same photo lies in a picture of it; either may have been enlarged.
 * @param {Pick<Photo, 'original' | 'times'>} photo
 * @param {Pick<Photo, 'width' | 'height' | 'original' | 'times'>} other
 * @returns {Rect}
 */
export function placeIn({ original, times = 1 }, { times: otherTimes = 1, ...other }) {
  const scale = times / otherTimes;
  return {
    x: original.x - other.original.x * scale,
    y: original.y - other.original.y * scale,
    width: other.width * scale,
    height: other.height * scale,
  };
}

/** @param {Amounts} a @param {Amounts} b */
export function areSameAmounts(a, b) {
  return SIDES.every((side) => a[side] === b[side]);
}

/** What a share of the photo is a share of. @param {{ width: number, height: number }} photo */
export function shorterSide({ width, height }) {
  return Math.min(width, height);
}

/** @param {Amounts} amounts */
export function isEmptyFrame(amounts) {
  return areSameAmounts(amounts, NO_AMOUNTS);
}

/**
 * Moves some sides of a frame outward by `delta` (photo pixels, to the right and down), stopping
 * at the photo and at the limits.
 * @param {Size} size @param {Amounts} start @param {readonly Side[]} sides
 * @param {Point} delta @param {Limits | null} limits
 * @returns {Amounts}
 */
export function draggedAmounts(size, start, sides, delta, limits) {
  const outward = { left: -delta.x, right: delta.x, top: -delta.y, bottom: delta.y };
  const opposite = /** @type {const} */ ({
    left: 'right',
    right: 'left',
    top: 'bottom',
    bottom: 'top',
  });
  const draggedBy = (/** @type {number} */ part) => {
    const amounts = { ...start };
    for (const side of sides) {
      const length = side === 'left' || side === 'right' ? size[0] : size[1];
      const most = limits ? length * (limits.max_factor - 1) - start[opposite[side]] : Infinity;
      const wanted = Math.round(start[side] + outward[side] * part);
      amounts[side] = Math.max(0, Math.min(wanted, most));
    }
    return amounts;
  };
  const isTooLarge = (/** @type {Amounts} */ amounts) => {
    const [width, height] = sizeFromAmounts(size, amounts);
    return limits !== null && width * height > limits.max_result_pixels;
  };
  if (!isTooLarge(draggedBy(1))) return draggedBy(1);
  // As far along the drag as the result may grow, found by halving.
  let [fits, exceeds] = [0, 1];
  for (let i = 0; i < 24; i++) {
    const middle = (fits + exceeds) / 2;
    if (isTooLarge(draggedBy(middle))) exceeds = middle;
    else fits = middle;
  }
  return draggedBy(fits);
}

/**
 * What a field shows for an amount: pixels, or per cent of the photo's side with one decimal.
 * @param {number} amountPx @param {number} lengthPx @param {'px' | '%'} unit
 */
export function fieldFromAmount(amountPx, lengthPx, unit) {
  return unit === 'px' ? amountPx : Math.round((amountPx / lengthPx) * 1000) / 10;
}

/**
 * The amount a field asks for; what is no number counts as none.
 * @param {number} value @param {number} lengthPx @param {'px' | '%'} unit
 */
export function amountFromField(value, lengthPx, unit) {
  const amount = unit === 'px' ? value : (value / 100) * lengthPx;
  return Number.isFinite(amount) ? Math.max(0, Math.round(amount)) : 0;
}

/** @type {readonly Size[]} */
const NAMED_RATIOS = [
  [1, 1],
  [5, 4],
  [4, 3],
  [3, 2],
  [16, 10],
  [16, 9],
  [2, 1],
  [21, 9],
  [3, 1],
];

/**
 * A short name for the shape of a picture: "21:9" where rounding to whole pixels explains any
 * difference, else like "1.43:1".
 * @param {Size} size
 */
export function ratioName([width, height]) {
  for (const [across, down] of NAMED_RATIOS) {
    for (const [a, b] of [
      [across, down],
      [down, across],
    ]) {
      const isWide = Math.abs(width - (height * Number(a)) / Number(b)) <= 1;
      const isHigh = Math.abs(height - (width * Number(b)) / Number(a)) <= 1;
      if (isWide || isHigh) return `${a}:${b}`;
    }
  }
  return width >= height ? `${(width / height).toFixed(2)}:1` : `1:${(height / width).toFixed(2)}`;
}

/**
 * The growth in a few characters: "+320 px" along one axis, "+320 × 120 px" along both.
 * @param {Amounts} amounts
 */
export function growthLabel({ left, top, right, bottom }) {
  const [across, down] = [left + right, top + bottom];
  if (across && down) return `+${across} × ${down} px`;
  return `+${across || down} px`;
}

/** The thinnest brush, in pixels across. */
const LEAST_BRUSH_PX = 2;
/** Steps of the brush's slider. */
const BRUSH_STEPS = 100;

/** The thickest brush: as wide as the photo's short side. @param {number} shortSidePx */
function mostBrush(shortSidePx) {
  return Math.max(2 * LEAST_BRUSH_PX, shortSidePx);
}

/**
 * The brush for a place of its slider: equal steps are equal factors, since a pixel more means much
 * to a thin brush and nothing to a thick one.
 * @param {number} step  0 to 100 @param {number} shortSidePx  of the photo
 */
export function brushFromSlider(step, shortSidePx) {
  const factor = mostBrush(shortSidePx) / LEAST_BRUSH_PX;
  return Math.round(LEAST_BRUSH_PX * factor ** (step / BRUSH_STEPS));
}

/** The nearest place of the slider. @param {number} brushPx @param {number} shortSidePx */
export function sliderFromBrush(brushPx, shortSidePx) {
  const factor = mostBrush(shortSidePx) / LEAST_BRUSH_PX;
  return Math.round((BRUSH_STEPS * Math.log(brushPx / LEAST_BRUSH_PX)) / Math.log(factor));
}

/**
 * A brush `factor` times as wide, at least a pixel wider or thinner, within its limits.
 * @param {number} brushPx @param {number} factor @param {number} shortSidePx
 */
export function resizedBrush(brushPx, factor, shortSidePx) {
  const wanted = Math.round(brushPx * factor);
  const moved = factor > 1 ? Math.max(wanted, brushPx + 1) : Math.min(wanted, brushPx - 1);
  return Math.max(LEAST_BRUSH_PX, Math.min(moved, mostBrush(shortSidePx)));
}

/** What a brush is at first: a sixteenth of the short side. @param {number} shortSidePx */
export function firstBrush(shortSidePx) {
  return Math.max(LEAST_BRUSH_PX, Math.round(shortSidePx / 16));
}
