// The methods of a tool: our own network, whose name is empty, or a published work that the project
// stands on, trained anew by us. Which there are is in the manifest of the weights.

import { sizeFromAmounts } from './drawing/geometry.js';
import { undoBudget } from './history/steps.js';
import { say } from './words.js';

/** @import { Method } from './engine/protocol.js' */
/** @import { Photo, Snapshot, ToolName } from './store.js' */
/** @import { WordKey } from './words.js' */

/**
 * What is said of a work, by its name in the manifest: when and by whom it was published, which is
 * alike in all languages, and what is different in it.
 * @type {Record<string, readonly [string, string, WordKey] | undefined>}
 */
const WORKS = {
  outpainting: ['2018', 'Sabini & Rusak', 'method.outpainting'],
  'outpainting-keras': ['2018/19', 'Image-OutPainting', 'method.keras'],
  completion: ['2017', 'Iizuka, Simo-Serra & Ishikawa', 'method.completion'],
  'contextual-attention': ['2018', 'Yu et al.', 'method.attention'],
  deoldify: ['2018', 'Antic', 'method.deoldify'],
};

/**
 * What a work was trained further on, by the end of its name.
 * @type {Record<string, WordKey | undefined>}
 */
const VARIANTS = { faces: 'method.faces', facades: 'method.facades' };

/** The task that a tool is for, where it has methods. @param {ToolName} tool */
const taskOf = (tool) => (tool === 'colour' ? 'colorize' : tool);
/** The tool that a method is for. @param {Method} method */
export const toolOf = ({ task }) => /** @type {ToolName} */ (task === 'colorize' ? 'colour' : task);

/** The published methods of the tool, the oldest first. @param {Snapshot} state */
export function methodsOf({ methods, tool }) {
  const year = (/** @type {Method} */ { work }) => WORKS[work]?.[0] ?? '';
  const found = methods.filter(({ task }) => task === taskOf(tool));
  return found.sort((a, b) => year(a).localeCompare(year(b)));
}

/** The name of the method that the tool is set to. @param {Snapshot} state */
export function chosenMethod(state) {
  const name = state.chosen[state.tool];
  return methodsOf(state).find((each) => each.name === name)?.name ?? '';
}

/**
 * What a method is called: "2017 · faces", and "2017 · faces · Iizuka, Simo-Serra & Ishikawa" in full.
 * @param {Snapshot} state @param {string} name
 */
export function titlesOf({ lang, methods, weights, tool }, name) {
  const [year, by] = WORKS[methods.find((each) => each.name === name)?.work ?? ''] ?? [];
  const own = weights.find(({ task, isOwn }) => isOwn && task === taskOf(tool));
  const plain = name || (own?.name ?? 'Naobu');
  if (!year) return { short: plain, full: plain };
  const variant = VARIANTS[name.split('-').at(-1) ?? ''];
  const short = variant ? `${year} · ${say(lang, variant)}` : year;
  return { short, full: `${short} · ${by}` };
}

/** What is different in a method; nothing where that is not known. @param {Snapshot} state @param {string} name */
export function aboutMethod({ lang, methods }, name) {
  const [, , about] = WORKS[methods.find((each) => each.name === name)?.work ?? ''] ?? [];
  return about ? say(lang, about) : '';
}

/** The answers of the tool that is chosen. @param {Snapshot} state */
export function answersOf({ history, tool }) {
  const answers = history?.present.answers;
  return answers?.tool === tool ? answers : null;
}

/**
 * How many answers there may be. Each costs as much as a photo, at least until it is put away; four
 * are worth that always, and one by each method where the memory of the history would hold them.
 * @param {Snapshot} state
 */
export function mostAnswers(state) {
  const { history } = state;
  if (!history) return 0;
  const { photo, frame } = answersOf(state)?.before ?? history.present;
  const [width, height] = sizeFromAmounts([photo.width, photo.height], frame);
  const fit = Math.floor(undoBudget() / (4 * width * height));
  return Math.max(4, Math.min(4 + methodsOf(state).length, fit));
}

/** Our own answer to what is shown as that of a method. @param {Snapshot} state @returns {Photo | null} */
export function ownAnswer({ history }) {
  const { answers = null } = history?.present ?? {};
  if (!answers?.by[answers.at]?.method) return null;
  return answers.all[answers.by.findIndex(({ method }) => method === '')]?.photo ?? null;
}
