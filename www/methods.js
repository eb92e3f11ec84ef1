// The methods of a tool: our own network, whose name is empty, or a published work that the project
// stands on, trained anew by us. Which there are is in the manifest of the weights.

import { sizeFromAmounts } from './drawing/geometry.js';
import { undoBudget } from './history/steps.js';
import { say } from './words.js';

/** @import { Method } from './engine/protocol.js' */
/** @import { Photo, Snapshot, ToolName } from './store.js' */

/** What the networks of the tools are trained for. */
const TASKS = /** @type {const} */ ({
  extend: 'extend',
  fill: 'fill',
  unmosaic: 'unmosaic',
  colour: 'colorize',
});

/** Who published a work and when, which is alike in all languages, and what is different in it. */
const WORKS = /** @type {const} */ ({
  outpainting: { by: 'Sabini & Rusak', year: '2018', about: 'method.outpainting' },
  'outpainting-keras': { by: 'Image-OutPainting', year: '2018/19', about: 'method.keras' },
  completion: {
    by: 'Iizuka, Simo-Serra & Ishikawa',
    year: '2017',
    about: 'method.completion',
  },
  'contextual-attention': { by: 'Yu et al.', year: '2018', about: 'method.attention' },
  deoldify: { by: 'Antic', year: '2018', about: 'method.deoldify' },
});

/** What a work was trained further on, by the end of its name. */
const VARIANTS = /** @type {const} */ ({ faces: 'method.faces', facades: 'method.facades' });

/** @param {Method | undefined} method */
function workOf(method) {
  return Object.hasOwn(WORKS, method?.work ?? '')
    ? WORKS[/** @type {keyof typeof WORKS} */ (method?.work)]
    : null;
}

/** The published methods of a tool, the oldest first. @param {Snapshot} state */
export function methodsOf({ methods, tool }) {
  const task = tool in TASKS ? TASKS[/** @type {keyof typeof TASKS} */ (tool)] : '';
  const year = (/** @type {Method} */ method) => workOf(method)?.year ?? '';
  return methods
    .filter((each) => each.task === task)
    .sort((a, b) => year(a).localeCompare(year(b)));
}

/** The tool that a method is for. @param {Method} method */
export function toolOf({ task }) {
  const found = Object.entries(TASKS).find(([, name]) => name === task);
  return /** @type {ToolName | undefined} */ (found?.[0]);
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
  const own = weights.find(({ task, isOwn }) => isOwn && task === Object(TASKS)[tool]);
  const work = workOf(methods.find((each) => each.name === name));
  const plain = name || (own?.name ?? 'Naobu');
  if (!work) return { short: plain, full: plain };
  const end = name.split('-').at(-1) ?? '';
  const variant = Object.hasOwn(VARIANTS, end) ? ` · ${say(lang, Object(VARIANTS)[end])}` : '';
  const short = work.year + variant;
  return { short, full: `${short} · ${work.by}` };
}

/** What is different in a method; nothing where that is not known. @param {Snapshot} state @param {string} name */
export function aboutMethod({ lang, methods }, name) {
  const work = workOf(methods.find((each) => each.name === name));
  return work ? say(lang, work.about) : '';
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
