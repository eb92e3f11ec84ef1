// What the address asks for, checked: language, device, tool, sample, each tool's settings, and
// whether the page runs by itself. README.md lists them.

import { presetFromName } from './drawing/geometry.js';
import { CodedError } from './engine/protocol.js';
import { SAMPLES } from './files/photo-file.js';
import { NO_QUEUE } from './queue/queue.js';
import { isDrawnFor } from './store.js';
import { chosenLang } from './words.js';

/** @import { Amounts, Backend, Hint } from './engine/protocol.js' */
/** @import { Box } from './drawing/shapes.js' */
/** @import { Side } from './drawing/geometry.js' */
/** @import { State, ToolName } from './store.js' */
/** @typedef {Readonly<{ amount: number, unit: 'px' | '%' }>} Length */

const TOOLS = /** @type {const} */ (['crop', 'extend', 'fill', 'cutout', 'unmosaic', 'colour']);
const BACKENDS = /** @type {const} */ (['auto', 'webgpu', 'cpu']);
const PENS = /** @type {const} */ (['click', 'brush', 'eraser', 'lasso', 'rectangle']);
const FORMATS = /** @type {const} */ (['same', 'png', 'jpeg', 'webp']);
const SIDES = /** @type {const} */ (['left', 'top', 'right', 'bottom']);
/** @type {State['backdrop']} */
const BACKDROP = { kind: 'none', colour: '#ffffff', blurPercent: 40, photoId: 0 };
/** Numbers that may be set: the least and the most, as the page's own controls have them. */
const RANGES = /** @type {const} */ ({
  quality: [1, 100],
  brush: [2, 10_000],
  grow: [0, 48],
  feather: [0, 48],
  cell: [2, 400],
  detail: [0, 100],
  saturation: [0, 200],
  warmth: [-100, 100],
  strength: [0, 100],
  reach: [10, 1000],
  secs: [0.2, 600],
});

/** Every setting that there is; `reset` is for `repair.js`. */
const NAMES = [
  ...['lang', 'backend', 'tool', 'weights', 'sample', 'preset', 'unit', 'format', 'variant'],
  ...[
    'auto',
    'kiosk',
    'once',
    'pixelate',
    'defade',
    'enlarge',
    'scratches',
    'grey',
    'reset',
    'rect',
    'hint',
    'pen',
    'background',
    'metadata',
    'recipe',
    'method',
    'methods',
  ],
  ...SIDES,
  ...Object.keys(RANGES),
];
/** What others add to an address on its way, to count who follows it. */
const ADDED = /^(utm_\w+|fbclid|gclid|from|isappinstalled)$/;

/**
 * `problems` are the settings that are none; what they stand for is as if they were not given.
 * @param {URLSearchParams} address @param {readonly string[]} [languages]  of the browser
 */
export function wishesFromAddress(address, languages = navigator.languages) {
  const problems = /** @type {CodedError[]} */ ([]);
  const refuse = (/** @type {string} */ asked) => {
    problems.push(new CodedError('bad-setting', asked));
    return null;
  };
  /** @template {string} T @param {string} name @param {readonly T[]} known @param {T} usual @returns {T} */
  const oneOf = (name, known, usual) => {
    const asked = address.get(name) ?? usual;
    const found = known.find((each) => each === asked);
    if (!found) refuse(`${name}=${asked}`);
    return found ?? usual;
  };
  /** @param {keyof typeof RANGES} name @returns {number | null} */
  const number = (name) => {
    const asked = address.get(name);
    if (asked === null) return null;
    const [least, most] = RANGES[name];
    const value = asked.trim() === '' ? NaN : Number(asked);
    return value >= least && value <= most ? value : refuse(`${name}=${asked}`);
  };
  const flag = (/** @type {string} */ name) => {
    const asked = address.get(name) ?? '0';
    if (asked !== '0' && asked !== '1') refuse(`${name}=${asked}`);
    return asked === '1';
  };
  /** @template T @param {string} name @param {(text: string) => T | null} read @returns {T[]} */
  const all = (name, read) =>
    address.getAll(name).flatMap((asked) => read(asked) ?? refuse(`${name}=${asked}`) ?? []);

  const backend = /** @type {Backend} */ (oneOf('backend', BACKENDS, 'auto'));
  const tool = /** @type {ToolName} */ (oneOf('tool', TOOLS, 'extend'));
  const lengths = /** @type {Partial<Record<Side, Length>>} */ ({});
  for (const side of SIDES) {
    const [length] = all(side, lengthFrom);
    if (length) lengths[side] = length;
  }
  const hasLengths = Object.keys(lengths).length > 0;
  const isAuto = flag('auto');
  const shape = address.get('preset');
  const preset = presetFromName(shape ?? (isAuto && !hasLengths ? '21:9' : ''));
  const [rect = null] = all('rect', boxFrom);
  const percent = (/** @type {'saturation' | 'warmth' | 'strength'} */ name) => {
    const value = number(name);
    return value === null ? {} : { [name]: value / 100 };
  };
  const pen = oneOf('pen', PENS, 'brush');
  const [background] = all('background', backdropFromText);
  const variant = address.get('variant');
  const sample = address.get('sample');
  const isFreshened = tool === 'colour' && flag('defade');
  const isEnlarged = tool === 'crop' && flag('enlarge');
  const isRepaired = tool === 'fill' && flag('scratches');
  const hints = tool === 'colour' ? all('hint', hintFrom) : [];
  const reach = number('reach') ?? 100;
  // Samples are in colour: one that is coloured at once begins in black and white.
  const isShownOff = isAuto && sample !== null && !isFreshened && hints.length === 0;
  const isGrey = tool === 'colour' && (flag('grey') || isShownOff);
  const lang = address.get('lang');
  if (lang !== null && !/^(en|zh)\b/i.test(lang)) refuse(`lang=${lang}`);
  if (sample !== null && !SAMPLES.some((name) => name === sample)) {
    problems.push(new CodedError('unknown-sample', `sample=${sample}`));
  }
  if (shape !== null && !preset) problems.push(new CodedError('unknown-preset', `preset=${shape}`));
  for (const [name, value] of address) {
    if (!NAMES.includes(name) && !ADDED.test(name)) refuse(`${name}=${value}`);
  }
  const wishes = {
    lang: chosenLang(lang, languages),
    backend,
    tool,
    weightsName: address.get('weights') ?? '',
    sample,
    preset: tool === 'extend' ? preset : null,
    lengths: tool === 'extend' && hasLengths ? lengths : null,
    rect: isDrawnFor(tool) ? rect : null,
    pen,
    cutPen: address.has('pen') ? pen : null,
    backdrop: { ...BACKDROP, ...background },
    brushPx: number('brush'),
    growPx: number('grow'),
    featherPx: number('feather'),
    isRunAtOnce: flag('once'),
    cellPx: number('cell'),
    detailPercent: number('detail') ?? 0,
    isPixelated: tool === 'unmosaic' && flag('pixelate'),
    isFreshened,
    isEnlarged,
    isRepaired,
    isGrey,
    hints: reach === 100 ? hints : hints.map((hint) => ({ ...hint, reach: reach / 100 })),
    hintReachPercent: reach,
    look: {
      ...(variant === null ? {} : { variant }),
      ...percent('saturation'),
      ...percent('warmth'),
      ...percent('strength'),
    },
    unit: oneOf('unit', /** @type {const} */ (['px', '%']), 'px'),
    format: oneOf('format', FORMATS, 'same'),
    quality: number('quality') ?? 90,
    isMetadataKept: flag('metadata'),
    recipe: address.get('recipe'),
    method: address.get('method'),
    isAuto,
    isKiosk: flag('kiosk'),
    withMethods: oneOf('methods', /** @type {const} */ (['none', 'all']), 'none') === 'all',
    kioskTool: address.has('tool') ? tool : null,
    secs: number('secs') ?? 5,
    problems,
  };
  // As they stand in the address.
  const places = [...address].map(([name, value]) => `${name}=${value}`);
  problems.sort((a, b) => places.indexOf(a.message) - places.indexOf(b.message));
  return wishes;
}

/** "200" or "25%". @param {string} text @returns {Length | null} */
export function lengthFrom(text) {
  const [, digits, unit] = text.trim().match(/^(\d+(?:\.\d+)?)(px|%)?$/) ?? [];
  return digits ? { amount: Number(digits), unit: unit === '%' ? '%' : 'px' } : null;
}

/** "400,300,200,150": left, top, width, height, as the command has it. @param {string} text @returns {Box | null} */
function boxFrom(text) {
  const numbers = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  const [left = NaN, top = NaN, width = NaN, height = NaN] = numbers;
  if (numbers.length !== 4 || !(left + top >= 0 && width > 0 && height > 0)) return null;
  return { left, top, right: left + width, bottom: top + height };
}

/** "none", "blur", or a colour such as "#ffffff". @param {string} text @returns {Partial<State['backdrop']> | null} */
function backdropFromText(text) {
  if (text === 'none' || text === 'blur') return { kind: text };
  if (!/^#?[0-9a-f]{6}$/i.test(text)) return null;
  return { kind: 'colour', colour: `#${text.replace('#', '').toLowerCase()}` };
}

/** "420,310,3a6b35": x, y and a colour, as the command has it. @param {string} text @returns {Hint | null} */
function hintFrom(text) {
  const [, x, y, colour] = text.match(/^\s*(\d+),\s*(\d+),\s*#?([0-9a-f]{6})\s*$/i) ?? [];
  if (!colour) return null;
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return { x: Number(x), y: Number(y), rgb: [r, g, b] };
}

/**
 * The amounts that lengths mean for a photo.
 * @param {Partial<Record<Side, Length>>} lengths @param {{ width: number, height: number }} photo
 * @returns {Amounts}
 */
export function amountsFromLengths(lengths, { width, height }) {
  const amount = (/** @type {Side} */ side) => {
    const { amount = 0, unit = 'px' } = lengths[side] ?? {};
    const along = side === 'left' || side === 'right' ? width : height;
    return Math.round(unit === '%' ? (amount / 100) * along : amount);
  };
  const [left = 0, top = 0, right = 0, bottom = 0] = SIDES.map(amount);
  return { left, top, right, bottom };
}

/**
 * The page before anything is open.
 * @param {Pick<ReturnType<typeof wishesFromAddress>, 'lang' | 'tool'> &
 *   Partial<ReturnType<typeof wishesFromAddress>>} wishes
 * @returns {State}
 */
export function initialState(wishes) {
  const { lang, tool, pen = 'brush', isRunAtOnce = false, cellPx } = wishes;
  const { detailPercent = 0, cutPen = null, backdrop = BACKDROP } = wishes;
  const { hintReachPercent = 100 } = wishes;
  const { unit = 'px', format = 'same', quality = 90, isMetadataKept = false } = wishes;
  return {
    lang,
    engine: { status: 'starting', stage: 'download', done: 0, total: 0 },
    limits: null,
    trained: [],
    weights: [],
    methods: [],
    chosen: {},
    tool,
    history: null,
    opened: null,
    cropping: null,
    searched: null,
    pen,
    cutPen,
    clickPen: 'add',
    backdrop,
    brushPx: 64,
    isRunAtOnce,
    draft: null,
    judged: null,
    agreedId: 0,
    sheet: null,
    wishedHints: null,
    hintPen: 'none',
    hintColour: '#3f7f4f',
    hintReachPercent,
    against: 'mosaic',
    detailPercent,
    paintsBorder: false,
    cellPx: cellPx ?? 16,
    unit,
    kiosk: null,
    job: null,
    laps: [],
    shownPercent: 100,
    isPeeking: false,
    isBesideWanted: false,
    isTracingWanted: false,
    format,
    quality,
    isMetadataKept,
    status: null,
    notice: null,
    queue: NO_QUEUE,
  };
}
