// Wires the parts: the store in the middle, panels and view draw it, wishes change it.
//
// Start reading here: `open` and `extend` are the page's two journeys.

import { attachCommands } from './commands.js';
import { Engine } from './engine.js';
import { NO_AMOUNTS, amountsFromRatios, isEmptyFrame, presetFromName } from './geometry.js';
import { sizeFromAmounts } from './geometry.js';
import { amended, createHistory, pushed, redone, undone } from './history.js';
import { createCompare, revealedPart } from './panels/compare.js';
import { byId } from './panels/dom.js';
import { createExtendPanel } from './panels/extend.js';
import { createPage } from './panels/page.js';
import { createReports } from './panels/reports.js';
import { createSaveOptions } from './panels/save.js';
import { createWelcome } from './panels/welcome.js';
import { attachOpening, fetchSample, readPhoto, resultName, saveFile } from './photo-file.js';
import { CodedError } from './protocol.js';
import { createStore } from './store.js';
import { attachFrame } from './tools/frame.js';
import { attachHand } from './tools/hand.js';
import { View } from './view.js';
import { chosenLang, say } from './words.js';

/** @import { Command } from './commands.js' */
/** @import { Amounts, Limits, Stage } from './protocol.js' */
/** @import { Job, State } from './store.js' */

const HISTORY_BYTES = 768 * 2 ** 20;
const REVEAL_MILLIS = 900;

const address = new URLSearchParams(location.search);
const backend = address.get('backend') ?? 'auto';
const isKnownBackend = backend === 'auto' || backend === 'webgpu' || backend === 'cpu';

/** @type {State} */
const initial = {
  lang: chosenLang(address.get('lang'), navigator.languages),
  engine: { status: 'starting', stage: 'download', done: 0, total: 0 },
  limits: null,
  history: null,
  unit: 'px',
  job: null,
  shownPercent: 100,
  isPeeking: false,
  format: 'png',
  quality: 90,
  status: null,
  notice: null,
};
const store = createStore(initial);
const view = new View(byId('stage'), byId('canvas', HTMLCanvasElement));
const engine = new Engine({
  makeWorker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
  backend: isKnownBackend ? backend : 'auto',
  weightsName: address.get('weights') ?? '',
  onState: (state) => store.update({ engine: state }),
  onLimits: (limits) => store.update({ limits }),
  onFallback: () => store.update({ notice: { tone: 'info', key: 'fallback.midway' } }),
});

/** Of the job under way; there is one at most, a newer one ends the older. */
let jobAbort = new AbortController();
let isFrameSettled = true;

/**
 * Runs `work` as the page's one job. What goes wrong becomes a sentence; being aborted does not.
 * @param {Job['kind']} kind @param {Stage} stage
 * @param {(signal: AbortSignal) => Promise<void>} work
 */
async function runJob(kind, stage, work) {
  jobAbort.abort();
  const abort = (jobAbort = new AbortController());
  const startedMillis = performance.now();
  store.update({
    job: { kind, stage, done: 0, total: 0, startedMillis },
    notice: null,
    status: null,
  });
  try {
    await work(abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) explain(error);
  }
  if (abort === jobAbort) store.update({ job: null });
}

/** @param {unknown} error */
function explain(error) {
  console.warn(error);
  const key = error instanceof CodedError ? error.code : 'worker-crashed';
  store.update({ notice: { tone: 'problem', key, words: limitWords(store.get().limits) } });
}

/** The numbers that sentences about limits need. @param {Limits | null} limits */
function limitWords(limits) {
  return {
    minSide: limits?.min_side_px ?? '',
    megapixels: Math.round((limits?.max_photo_pixels ?? 0) / 1e6),
    resultMegapixels: Math.round((limits?.max_result_pixels ?? 0) / 1e6),
    factor: limits?.max_factor ?? '',
  };
}

/**
 * Opens a photo; until it is read, and if it cannot be, the one before stays.
 * @param {string} name @param {(signal: AbortSignal) => Promise<Blob>} getFile
 * @param {boolean} [isShrunk]
 */
function open(name, getFile, isShrunk = false) {
  return runJob('open', 'decode', async (signal) => {
    const file = await getFile(signal);
    try {
      const getLimits = () => store.get().limits;
      const photo = await readPhoto(engine, file, name, { signal, getLimits, isShrunk });
      const entry = { photo, frame: NO_AMOUNTS };
      store.update({ history: createHistory(entry), shownPercent: 100 });
    } catch (error) {
      signal.throwIfAborted();
      explain(error);
      const { notice } = store.get();
      const isTooLarge = error instanceof CodedError && error.code === 'too-large';
      if (!notice || !isTooLarge || isShrunk) return;
      const run = () => void open(name, async () => file, true);
      store.update({ notice: { ...notice, action: { key: 'notice.shrink', run } } });
    }
  });
}

/** @param {File} file */
const openFile = (file) => open(file.name || 'photo', async () => file);
/** @param {string} name */
const openSample = (name) => open(`${name}.jpg`, (signal) => fetchSample(name, signal));

function extend() {
  const entry = store.get().history?.present;
  if (!entry) return;
  if (isEmptyFrame(entry.frame)) {
    explain(new CodedError('extension-empty'));
    return;
  }
  void runJob('extend', 'paint', async (signal) => {
    const onProgress = (
      /** @type {Stage} */ stage,
      /** @type {number} */ done,
      /** @type {number} */ total,
    ) => {
      const { job } = store.get();
      if (job) store.update({ job: { ...job, stage, done, total } });
    };
    const { photo, frame } = entry;
    const { picture, device, millis } = await engine.extend(photo, frame, { signal, onProgress });
    const { history } = store.get();
    if (!history) return;
    const { x, y, width, height } = photo.original;
    const original = { x: x + frame.left, y: y + frame.top, width, height };
    const result = Object.freeze({ ...photo, ...picture, original });
    const words = {
      width: result.width,
      height: result.height,
      device,
      millis: Math.round(millis),
    };
    store.update({
      history: pushed(
        history,
        { photo: result, frame: NO_AMOUNTS },
        {
          budget: HISTORY_BYTES,
          costOf: (past) => past.photo.rgba.length,
        },
      ),
      job: null,
      status: { key: 'result.done', words },
    });
    reveal();
  });
}

/** Lets the result sweep in from the left, unless motion is unwelcome. */
function reveal() {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const startedMillis = performance.now();
  let drawn = isStill ? 100 : 0;
  const advance = () => {
    const { shownPercent } = store.get();
    if (drawn > 0 && shownPercent !== drawn) return; // The visitor has taken over.
    const part = isStill ? 1 : Math.min(1, (performance.now() - startedMillis) / REVEAL_MILLIS);
    drawn = Math.round(100 * (part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) ** 2));
    store.update({ shownPercent: drawn });
    if (part < 1) requestAnimationFrame(advance);
  };
  advance();
}

function save() {
  const { history, format, quality } = store.get();
  if (!history) return;
  const { photo } = history.present;
  void runJob('save', 'encode', async (signal) => {
    const bytes = await engine.encode(photo, format, quality, signal);
    const file = resultName(photo.name, format);
    saveFile(bytes, file, format);
    store.update({ status: { key: 'save.saved', words: { file } } });
  });
}

function cancel() {
  jobAbort.abort();
  store.update({ job: null, status: { key: 'result.cancelled' } });
}

/** @param {Amounts} frame @param {boolean} [isSettled] */
function setFrame(frame, isSettled = true) {
  const { history, job } = store.get();
  if (!history || job?.kind === 'extend') return;
  isFrameSettled = isSettled;
  const present = { ...history.present, frame };
  store.update({ history: amended(history, present), status: null, shownPercent: 100 });
}

/** @param {import('./geometry.js').Preset} preset */
function choosePreset(preset) {
  const photo = store.get().history?.present.photo;
  if (photo) setFrame(amountsFromRatios([photo.width, photo.height], preset.ratios));
}

/** @param {typeof undone | typeof redone} step @param {'result.undone' | 'result.redone'} key */
function travel(step, key) {
  const { history } = store.get();
  if (!history) return;
  store.update({ history: step(history), shownPercent: 100, status: { key } });
}

const isIdle = (/** @type {State} */ { history, job }) => history !== null && job === null;
/** @type {readonly Command[]} */
const commands = [
  {
    name: 'open',
    words: 'open.photo',
    key: 'Ctrl+O',
    enabled: () => true,
    run: () => byId('open-file').click(),
  },
  { name: 'extend', words: 'extend.run', key: 'Ctrl+Enter', enabled: isIdle, run: extend },
  {
    name: 'cancel',
    words: 'extend.cancel',
    key: 'Escape',
    enabled: ({ job }) => job !== null,
    run: cancel,
  },
  {
    name: 'undo',
    words: 'edit.undo',
    key: 'Ctrl+Z',
    enabled: (state) => isIdle(state) && (state.history?.past.length ?? 0) > 0,
    run: () => travel(undone, 'result.undone'),
  },
  {
    name: 'redo',
    words: 'edit.redo',
    key: 'Ctrl+Shift+Z Ctrl+Y',
    enabled: (state) => isIdle(state) && (state.history?.future.length ?? 0) > 0,
    run: () => travel(redone, 'result.redone'),
  },
  { name: 'save', words: 'save.run', key: 'Ctrl+S', enabled: isIdle, run: save },
  {
    name: 'reset',
    words: 'extend.reset',
    enabled: (state) => isIdle(state) && !isEmptyFrame(state.history?.present.frame ?? NO_AMOUNTS),
    run: () => setFrame(NO_AMOUNTS),
  },
  { name: 'fit', words: 'view.fit', key: '0', enabled: hasPhoto, run: () => view.fit() },
  {
    name: 'actual',
    words: 'view.actual',
    key: '1',
    enabled: hasPhoto,
    run: () => view.showActualSize(),
  },
  {
    name: 'zoomIn',
    words: 'view.zoomIn',
    key: '+ =',
    enabled: hasPhoto,
    run: () => view.zoomBy(1.25),
  },
  {
    name: 'zoomOut',
    words: 'view.zoomOut',
    key: '-',
    enabled: hasPhoto,
    run: () => view.zoomBy(0.8),
  },
  {
    name: 'lang',
    words: 'lang',
    enabled: () => true,
    run: () => store.update({ lang: store.get().lang === 'en' ? 'zh' : 'en' }),
  },
  {
    name: 'keys',
    words: 'keys.title',
    key: '?',
    enabled: () => true,
    run: () => byId('keys', HTMLDialogElement).showModal(),
  },
];

/** @param {State} state */
function hasPhoto({ history }) {
  return history !== null;
}

const getState = store.get;
const frame = attachFrame(
  {
    stage: byId('stage'),
    frame: byId('frame'),
    handles: byId('handles'),
    growth: byId('growth'),
  },
  view,
  getState,
  setFrame,
);
attachHand(byId('stage'), byId('canvas'), view);
attachOpening(byId('open-file', HTMLInputElement), byId('release'), openFile);
const drawZoomLevel = () => {
  const percent = Math.round(view.zoom * 100);
  byId('zoom-level').textContent = say(getState().lang, 'view.level', { percent });
};
view.onMove(drawZoomLevel);

store.subscribe(createPage(commands));
store.subscribe(attachCommands(commands, getState).draw);
store.subscribe(createWelcome({ openSample }));
store.subscribe(
  createExtendPanel({
    choosePreset,
    setAmount(side, amountPx) {
      const entry = store.get().history?.present;
      if (entry && entry.frame[side] !== amountPx) setFrame({ ...entry.frame, [side]: amountPx });
    },
    setUnit: (unit) => store.update({ unit }),
    getState,
  }),
);
store.subscribe(
  createSaveOptions({
    setFormat: (format) => store.update({ format }),
    setQuality: (quality) => store.update({ quality }),
  }),
);
store.subscribe(
  createCompare(view, {
    show: (shownPercent) => store.update({ shownPercent }),
    peek: (isPeeking) => {
      if (store.get().isPeeking !== isPeeking) store.update({ isPeeking });
    },
    getState,
  }),
);
store.subscribe(createReports({ closeNotice: () => store.update({ notice: null }) }));
store.subscribe((state) => {
  const entry = state.history?.present;
  if (!entry) return;
  const { photo } = entry;
  const [width, height] = sizeFromAmounts([photo.width, photo.height], entry.frame);
  const whole = { x: -entry.frame.left, y: -entry.frame.top, width, height };
  view.show(photo, whole, revealedPart(state), isFrameSettled);
});
store.subscribe(frame.draw);
store.subscribe(drawZoomLevel);

engine.start().catch(explain);

/** What the address asks for: a sample, a shape, running at once. */
async function followAddress() {
  if (!isKnownBackend) explain(new CodedError('bad-setting', backend));
  const sample = address.get('sample');
  if (sample !== null) await openSample(sample);
  const shape = address.get('preset');
  const isAuto = address.get('auto') === '1';
  const preset = presetFromName(shape ?? (isAuto ? '21:9' : ''));
  if (shape !== null && !preset) explain(new CodedError('unknown-preset', shape));
  if (!preset) return;
  choosePreset(preset);
  if (isAuto) extend();
}
void followAddress();
