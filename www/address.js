// What the address asks for, checked: language, tool, device, sample, shape.

import { presetFromName } from './geometry.js';
import { CodedError } from './protocol.js';
import { NO_QUEUE } from './queue.js';
import { chosenLang } from './words.js';

/** @import { Backend } from './protocol.js' */
/** @import { State, ToolName } from './store.js' */

const TOOLS = /** @type {const} */ (['extend', 'fill', 'unmosaic', 'colour']);
const BACKENDS = /** @type {const} */ (['auto', 'webgpu', 'cpu']);

/**
 * `problems` are the settings that are none; what they stand for is as if they were not given.
 * @param {URLSearchParams} address
 */
export function wishesFromAddress(address) {
  const problems = /** @type {CodedError[]} */ ([]);
  /** @template {string} T @param {string} name @param {readonly T[]} known @param {T} usual @returns {T} */
  const oneOf = (name, known, usual) => {
    const asked = address.get(name) ?? usual;
    const found = known.find((each) => each === asked);
    if (!found) problems.push(new CodedError('bad-setting', asked));
    return found ?? usual;
  };
  const backend = /** @type {Backend} */ (oneOf('backend', BACKENDS, 'auto'));
  const tool = /** @type {ToolName} */ (oneOf('tool', TOOLS, 'extend'));
  const isAuto = address.get('auto') === '1';
  const shape = address.get('preset');
  const preset = presetFromName(shape ?? (isAuto ? '21:9' : ''));
  const badShape = shape !== null && !preset ? new CodedError('unknown-preset', shape) : null;
  return {
    lang: chosenLang(address.get('lang'), navigator.languages),
    backend,
    tool,
    weightsName: address.get('weights') ?? '',
    sample: address.get('sample'),
    preset: tool === 'extend' ? preset : null,
    isAuto,
    problems,
    badShape,
  };
}

/**
 * The page before anything is open.
 * @param {{ lang: State['lang'], tool: ToolName }} wishes
 * @returns {State}
 */
export function initialState({ lang, tool }) {
  return {
    lang,
    engine: { status: 'starting', stage: 'download', done: 0, total: 0 },
    limits: null,
    trained: [],
    tool,
    history: null,
    opened: null,
    searched: null,
    pen: 'brush',
    brushPx: 64,
    isRunAtOnce: false,
    draft: null,
    judged: null,
    agreedId: 0,
    sheet: null,
    wishedHints: null,
    hintPen: 'none',
    hintColour: '#3f7f4f',
    unit: 'px',
    job: null,
    shownPercent: 100,
    isPeeking: false,
    format: 'png',
    quality: 90,
    status: null,
    notice: null,
    queue: NO_QUEUE,
  };
}
