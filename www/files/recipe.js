// What was done to a photo as a recipe, and back: a file that `naobu run` and the page do to other photos.
// Its steps are commands with their options; the page refuses what it cannot do as they would. What was drawn,
// cut off or put on another photo belongs to one photo, and is no part of it.

import { lengthFrom } from '../address.js';
import { ENLARGEMENT } from '../queue/queue.js';
import { NO_BACKDROP, backdropFrom } from '../tasks.js';

/** @import { Backdrop } from '../engine/protocol.js' */
/** @import { OneStep, Recipe } from '../queue/queue.js' */
/** @import { Entry, StepName } from '../store.js' */
/** @typedef {Readonly<Record<string, string | number | boolean>>} Step  options of a command, as they are typed */

/**
 * The steps that led from the first entry to the last.
 * @param {readonly Entry[]} entries  of the history
 * @param {(entry: Entry) => Recipe | null} recipeOf  where the picture of an entry was made
 * @returns {{ steps: readonly Step[], isWhole: boolean }}
 */
export function stepsOf(entries, recipeOf) {
  const made = /** @type {(readonly Step[])[]} */ ([]);
  for (const [i, entry] of entries.entries()) {
    const before = entries[i - 1];
    if (!before || before.photo === entry.photo) continue;
    // Other settings of the same colours take the place of those before.
    // So does another background of what was cut out. What led there stays.
    const isTinted = entry.tint && before.tint?.source === entry.tint.source;
    const isCut = entry.cut && before.cut?.source === entry.cut.source;
    const kept = isTinted || isCut ? (made.pop()?.slice(0, -1) ?? []) : [];
    if (kept.length > 0) made.push(kept);
    const { by = [], at = 0 } = entry.answers ?? {};
    made.push(stepsFrom(recipeOf(entry), by[at]?.seed ?? 1));
  }
  return { steps: made.flat(), isWhole: made.every(({ length }) => length > 0) };
}

/**
 * @param {Recipe | null} recipe @param {number} seed  which answer is meant
 * @returns {readonly Step[]}  none if it is for one photo only
 */
function stepsFrom(recipe, seed) {
  const number = (/** @type {number} */ value) => Math.round(1e4 * value) / 1e4;
  const method = (recipe && 'method' in recipe && recipe.method) || '';
  const model = /** @type {Step} */ (method ? { model: method } : {});
  switch (recipe?.tool) {
    case 'series':
      return recipe.steps.flatMap((step) => stepsFrom(step, 1));
    case 'extend': {
      const { tool, seed: asked = seed } = recipe;
      const answer = /** @type {Step} */ ({ ...(asked > 1 && { seed: asked }), ...model });
      if ('ratios' in recipe) {
        return recipe.ratios.map(([w, h]) => ({ tool, aspect: `${w}:${h}`, ...answer }));
      }
      const sides = Object.entries(recipe.shares).filter(([, share]) => share > 0);
      const lengths = sides.map(([side, share]) => [side, `${number(100 * share)}%`]);
      const pixels = Object.entries(recipe.px ?? {}).filter(([, px]) => px > 0);
      return [{ tool, ...Object.fromEntries([...lengths, ...pixels]), ...answer }];
    }
    case 'crop':
      return [{ tool: 'enlarge' }];
    case 'fill':
      return 'scratches' in recipe ? [{ tool: recipe.tool, scratches: true, ...model }] : [];
    case 'unmosaic':
      return [{ tool: recipe.tool, ...model }];
    case 'cutout': {
      // Of another photo, its own subject.
      const { kind, rgb, blur } = recipe.backdrop;
      if (kind === 'photo') return []; // Which is on another machine is not known.
      const hex = rgb.map((value) => value.toString(16).padStart(2, '0')).join('');
      const background = { none: 'transparent', colour: `#${hex}`, blur: `blur:${number(blur)}` };
      return [{ tool: recipe.tool, background: background[kind] }];
    }
    case 'colour': {
      const tool = 'colorize';
      if (recipe.kind === 'curves') return [{ tool, defade: number(recipe.strength) }];
      const { variant, saturation, warmth, strength } = recipe;
      const [s, w, t] = [saturation, warmth, strength].map(number);
      const named = { tool, variant: variant || 'natural' };
      return [{ ...named, saturation: s ?? 1, warmth: w ?? 0, strength: t ?? 1, ...model }];
    }
    default:
      return [];
  }
}

const SIDES = /** @type {const} */ (['left', 'top', 'right', 'bottom']);
const VARIANTS = ['natural', 'calm', 'bold', 'warm', 'cool', 'green'];
/** A number within a range. @param {number} least @param {number} most */
const within = (least, most) => (/** @type {string} */ text) => {
  const value = text.trim() === '' ? NaN : Number(text);
  return value >= least && value <= most ? value : null;
};
/** The name of a method, as `--model` has it; whether it is there is seen when it is asked. @param {string} text */
const modelFrom = (text) => (/^[\w-]+$/.test(text) ? text : null);
/** How each option that the page knows is read; `null` where it cannot be. */
const OPTIONS = /** @type {Record<string, Record<string, (text: string) => unknown>>} */ ({
  extend: {
    aspect: ratioFrom,
    ...Object.fromEntries(SIDES.map((side) => [side, wholeLengthFrom])),
    seed: (text) => (/^\d+$/.test(text) ? within(0, 2 ** 31)(text) : null),
    model: modelFrom,
  },
  enlarge: {},
  fill: { scratches: (text) => (text === 'true' ? true : null), model: modelFrom },
  cutout: { background: backdropFromText },
  unmosaic: { model: modelFrom },
  colorize: {
    variant: (text) => VARIANTS.find((name) => name === text) ?? null,
    saturation: within(0, 4),
    warmth: within(-1, 1),
    strength: within(0, 1),
    defade: (text) => (text === 'true' ? 1 : within(0, 1)(text)),
    model: modelFrom,
  },
});

/**
 * The recipe that a file or an address has, or what is wrong with it.
 * @param {string} text @returns {{ recipe: Recipe } | { trouble: StepName }}
 */
export function recipeFromText(text) {
  let read;
  try {
    read = JSON.parse(text);
  } catch {
    return { trouble: { key: 'recipe.notJson' } };
  }
  const steps = read?.steps;
  if (!Array.isArray(steps) || steps.length === 0) return { trouble: { key: 'recipe.noSteps' } };
  const found = steps.map(oneFrom);
  const at = found.findIndex((each) => typeof each === 'string');
  if (at >= 0) {
    const what = String(found[at]).slice(0, 80);
    return { trouble: { key: 'recipe.unknown', words: { step: at + 1, what } } };
  }
  const [first, ...more] = /** @type {OneStep[]} */ (found);
  if (first && more.length === 0) return { recipe: first };
  return { recipe: { tool: 'series', steps: /** @type {OneStep[]} */ (found) } };
}

/** One step, or what of it is not known. @param {unknown} step @returns {OneStep | string} */
function oneFrom(step) {
  const { tool = '', ...rest } = Object(step);
  if (typeof tool !== 'string' || !Object.hasOwn(OPTIONS, tool)) return `tool=${tool}`;
  const known = OPTIONS[tool] ?? {};
  const options = /** @type {Record<string, any>} */ ({});
  for (const [name, asked] of Object.entries(rest)) {
    if (asked === false || asked === null) continue; // As the command has it.
    const value = Object.hasOwn(known, name) ? known[name]?.(String(asked)) : null;
    if (value === null)
      return `${name}=${typeof asked === 'object' ? JSON.stringify(asked) : asked}`;
    options[name] = value;
  }
  return madeOf(tool, options) ?? `tool=${tool} ${Object.keys(rest).join(' ')}`.trim();
}

/**
 * @param {string} tool @param {Record<string, any>} options
 * @returns {OneStep | null}  where they do not go together
 */
function madeOf(tool, { defade, model, ...options }) {
  const method = model && { method: model };
  switch (tool) {
    case 'extend':
      return extensionOf({ ...options, ...method });
    case 'enlarge':
      return ENLARGEMENT;
    case 'fill':
      return options['scratches'] ? { tool, scratches: true, ...method } : null;
    case 'cutout':
      return { tool, backdrop: options['background'] ?? NO_BACKDROP };
    case 'unmosaic':
      return { tool, ...method };
    default: {
      if (defade !== undefined) {
        const isAlone = Object.keys({ ...options, ...method }).length === 0;
        return isAlone ? { tool: 'colour', kind: 'curves', strength: defade } : null;
      }
      const usual = { variant: 'natural', saturation: 1, warmth: 0, strength: 1 };
      return { tool: 'colour', kind: 'colours', ...usual, ...options, ...method };
    }
  }
}

/** @param {Record<string, any>} options @returns {OneStep | null} */
function extensionOf({ aspect, seed, method, ...lengths }) {
  const tool = 'extend';
  const answer = { ...(seed !== undefined && { seed }), ...(method && { method }) };
  const isSized = Object.values(lengths).some(({ amount }) => amount > 0);
  if (aspect) return isSized ? null : { tool, ratios: [aspect], ...answer };
  if (!isSized) return null;
  const amounts = (/** @type {string} */ wanted, /** @type {number} */ by) => {
    const of = (/** @type {string} */ side) => {
      const { amount = 0, unit = '' } = lengths[side] ?? {};
      return unit === wanted ? amount / by : 0;
    };
    const [left = 0, top = 0, right = 0, bottom = 0] = SIDES.map(of);
    return { left, top, right, bottom };
  };
  return { tool, shares: amounts('%', 100), px: amounts('px', 1), ...answer };
}

/** There are no parts of pixels. @param {string} text */
function wholeLengthFrom(text) {
  const length = lengthFrom(text);
  return length?.unit === 'px' && !Number.isInteger(length.amount) ? null : length;
}

/** "21:9". @param {string} text @returns {[number, number] | null} */
function ratioFrom(text) {
  const [, wide, high] = text.match(/^([1-9]\d{0,4}):([1-9]\d{0,4})$/) ?? [];
  return wide && high ? [Number(wide), Number(high)] : null;
}

/** "transparent", "blur", "blur:0.5" or a colour such as "#ffffff". @param {string} text @returns {Backdrop | null} */
function backdropFromText(text) {
  if (text === 'transparent') return NO_BACKDROP;
  const [isBlur, share = '0.5'] = text.match(/^blur(?::(.*))?$/) ?? [];
  const blur = within(0, 1)(share);
  if (isBlur) return blur === null ? null : { ...NO_BACKDROP, kind: 'blur', blur };
  if (!/^#[0-9a-f]{6}$/i.test(text)) return null;
  return backdropFrom({ kind: 'colour', colour: text, blurPercent: 0, photoId: 0 });
}
