// What was done to a photo as a recipe: a file that `naobu run` does to other photos. What was drawn,
// cut off or put on another photo belongs to one photo, and is no part of it.

/** @import { Recipe } from '../queue/queue.js' */
/** @import { Entry } from '../store.js' */
/** @typedef {Readonly<Record<string, string | number>>} Step  options of a command, as they are typed */

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
    if (entry.tint && before.tint?.source === entry.tint.source) made.pop();
    // So does another background of what was cut out.
    if (entry.cut && before.cut?.source === entry.cut.source) made.pop();
    made.push(stepsFrom(recipeOf(entry), 1 + (entry.answers?.at ?? 0)));
  }
  return { steps: made.flat(), isWhole: made.every(({ length }) => length > 0) };
}

/**
 * @param {Recipe | null} recipe @param {number} seed  which answer is meant
 * @returns {readonly Step[]} none if it is for one photo only
 */
function stepsFrom(recipe, seed) {
  const number = (/** @type {number} */ value) => Math.round(1e4 * value) / 1e4;
  switch (recipe?.tool) {
    case 'extend': {
      const { tool } = recipe;
      const answer = /** @type {Step} */ (seed > 1 ? { seed } : {});
      if ('ratios' in recipe) {
        return recipe.ratios.map(([w, h]) => ({ tool, aspect: `${w}:${h}`, ...answer }));
      }
      const sides = Object.entries(recipe.shares).filter(([, share]) => share > 0);
      const lengths = sides.map(([side, share]) => [side, `${number(100 * share)}%`]);
      return [{ tool, ...Object.fromEntries(lengths), ...answer }];
    }
    case 'unmosaic':
      return [{ tool: recipe.tool }];
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
      return [{ ...named, saturation: s ?? 1, warmth: w ?? 0, strength: t ?? 1 }];
    }
    default:
      return [];
  }
}
