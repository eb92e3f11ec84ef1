// Wires the parts: the store in the middle, panels and view draw it, wishes change it.
//
// Start reading here: `run` is the page's one journey, opening a photo the other (`queue-work.js`).

import { initialState, wishesFromAddress } from './address.js';
import { createCommands } from './command-list.js';
import { createColour } from './colour.js';
import { attachCommands } from './commands.js';
import { Engine } from './engine/engine.js';
import { recordedFilm, saveFilm } from './files/film.js';
import { createFollower } from './follow-address.js';
import { NO_AMOUNTS, amountsFromRatios, areSameAmounts } from './drawing/geometry.js';
import { resizedBrush, shorterSide, sizeFromAmounts } from './drawing/geometry.js';
import { createGridOverlay } from './drawing/grid-overlay.js';
import { createHistory } from './history/history.js';
import { HoleOverlay } from './drawing/hole-overlay.js';
import { createJobs, createStopwatch } from './jobs.js';
import { createKiosk } from './kiosk.js';
import { attachLaunches } from './offline/offline.js';
import { createAbout } from './panels/about.js';
import { createChooser } from './panels/choose.js';
import { createColourPanel } from './panels/colour.js';
import { createCompare, isBeside, photoBefore, reveal } from './panels/compare.js';
import { revealedPart } from './panels/compare.js';
import { answerOf, byId, svgById } from './panels/dom.js';
import { createDrawPanel } from './panels/draw.js';
import { createEnginePanel } from './panels/engine.js';
import { createExtendPanel } from './panels/extend.js';
import { createFillPanel } from './panels/fill.js';
import { createHistoryPanel } from './panels/history.js';
import { createKioskPanel } from './panels/kiosk.js';
import { createPage } from './panels/page.js';
import { createProgress } from './panels/progress.js';
import { createQueueStrip } from './panels/queue.js';
import { createReports } from './panels/reports.js';
import { createSaveOptions } from './panels/save.js';
import { createStripPanel } from './panels/strip.js';
import { createTools, keepFocus } from './panels/tools.js';
import { createUnmosaicPanel } from './panels/unmosaic.js';
import { createWelcome } from './panels/welcome.js';
import { createOwnWeights, isWeightFile } from './engine/own-weights.js';
import {
  attachOpening,
  blobFrom,
  copyPicture,
  fetchSample,
  resultName,
  saveFile,
} from './files/photo-file.js';
import { CodedError } from './engine/protocol.js';
import { createQueue } from './queue/queue-work.js';
import { HolePainter } from './drawing/shapes.js';
import { openedEntry, stepped } from './history/steps.js';
import { createSourcesOverlay } from './drawing/sources-overlay.js';
import { createStore, isDrawnFor, isToolRunning, isTracing } from './store.js';
import { TASKS, cellText, pixelated, searchedMosaic, strippedTo } from './tasks.js';
import { attachFrame } from './tools/frame.js';
import { attachHand } from './tools/hand.js';
import { attachHint } from './tools/hint.js';
import { attachPen } from './tools/pen.js';
import { watchTraffic } from './offline/traffic.js';
import { createTravel } from './history/travel.js';
import { View } from './drawing/view.js';
import { say } from './words.js';

/** @import { Amounts, Stage, Step } from './engine/protocol.js' */
/** @import { Batch } from './queue/queue.js' */
/** @import { Shape } from './drawing/shapes.js' */
/** @import { Entry, State, ToolName } from './store.js' */
/** @import { Task } from './tasks.js' */

const asked = wishesFromAddress(new URLSearchParams(location.search));
const store = createStore(initialState(asked));
const getState = store.get;
const view = new View(byId('stage'), byId('canvas', HTMLCanvasElement));
const painter = new HolePainter();
const overlay = new HoleOverlay(byId('hole', HTMLCanvasElement), byId('stage'), view);
const showGrid = createGridOverlay(svgById('grid'), view);
const engine = new Engine({
  makeWorker() {
    const worker = new Worker(new URL('./worker/worker.js', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }) => {
      if (data.kind === 'traffic') about.add(data.traffic);
    });
    return worker;
  },
  backend: asked.backend,
  weightsName: asked.weightsName,
  onState: (state) => store.update({ engine: state }),
  onLimits: (limits) => store.update({ limits }),
  onTrained: (weights) => store.update({ weights, trained: weights.map(({ task }) => task) }),
  onFallback: () => store.update({ notice: { tone: 'info', key: 'fallback.midway' } }),
});

const { runJob, cancel, explain, isSettled } = createJobs(store);

const onOpened = () => {
  follower.opened();
  searchOnce();
};
const askWhich = createChooser({ getState });
const queue = createQueue({
  store,
  engine,
  asked,
  runJob,
  isSettled,
  go,
  explain,
  onOpened,
  askToLose,
  askWhich,
});

addEventListener('beforeunload', (event) => {
  const state = store.get();
  const isAtWork = isToolRunning(state) && !state.kiosk; // What it makes belongs to nobody.
  if (queue.hasUnsaved() || isAtWork) event.preventDefault();
});
const about = createAbout({
  getState,
  isAtWork() {
    const { job, queue: open, weights } = store.get();
    const isKept = open.items.length > 1 || weights.some(({ isOwn }) => isOwn);
    return queue.hasUnsaved() || job !== null || isKept;
  },
});
watchTraffic(about.add);

let isFrameSettled = true;
/** Numbers the drags: the moves of one are one step of the history. */
let gesture = 0;

const ownWeights = createOwnWeights({ store, engine, explain });

/** @param {File[]} files */
function openFiles(files) {
  const photos = files.filter((file) => !isWeightFile(file));
  if (photos.length > 0) {
    void queue.open(async () => photos.map((blob) => ({ name: blob.name || 'photo', blob })));
  }
  void ownWeights.use(files.filter(isWeightFile));
}
/** @param {string} name @param {boolean} [isInPlace]  see `queue.open` */
const openSample = (name, isInPlace = false) =>
  queue.open(async (signal) => [{ name: `${name}.jpg`, blob: await fetchSample(name, signal) }], {
    isInPlace,
  });

/**
 * One step further in the history.
 * @param {Partial<Entry>} change @param {string} [merge]  see `stepped`
 * @param {Partial<State>} [shown]  what of the page changes with it
 * @param {Batch | null} [batch]  that it is a part of
 */
function go(change, merge = '', shown = { shownPercent: 100 }, batch = null) {
  const { history, tool } = store.get();
  if (!history) return;
  // A setting may still be put on the photo while another tool is looked at.
  const step = { tool: change.tint ? 'colour' : tool, merge, batch };
  const drafted = change.photo ? { draft: null } : {};
  store.update({ history: stepped(history, change, step), status: null, ...drafted, ...shown });
}

/** The chosen tool does its work on the open photo. Settles when it has ended. */
function run() {
  const { tool } = store.get();
  return tool === 'colour' ? colour.start() : runTask(TASKS[tool]);
}

/** Aborted when an extension is to end with the step under way. */
let keep = new AbortController();

/**
 * Settles when the task has ended, however it did.
 * @param {Task} task @param {Partial<Entry>} [wish]  what changes with its result, as one step
 */
async function runTask(task, wish = {}) {
  const { history, tool } = store.get();
  if (!history) return;
  const entry = { ...history.present, ...wish };
  const hole = drawnHole(entry);
  const refusal = task.refusal(entry, hole);
  if (refusal) {
    explain(new CodedError(refusal));
    return;
  }
  keep = new AbortController();
  await runJob(tool, 'paint', async (signal) => {
    const onStep = (/** @type {Step} */ step, /** @type {number} */ done) => {
      const { job } = store.get();
      const steps = [...(job?.steps ?? []).slice(0, done), step];
      if (job) store.update({ job: { ...job, steps } });
    };
    const onProgress = (
      /** @type {Stage} */ stage,
      /** @type {number} */ done,
      /** @type {number} */ total,
    ) => {
      watch.enter(stage);
      const { job } = store.get();
      if (job) store.update({ job: { ...job, stage, done, total } });
    };
    const watch = createStopwatch();
    const detail = store.get().detailPercent / 100;
    const options = { signal, onProgress, onStep, keep: keep.signal, detail };
    const { change, status } = await task.run(engine, entry, hole, options);
    if (change.photo) queue.wasMade(change.photo, entry, tool);
    go({ ...wish, ...change });
    // Where the truth is known it is shown at once, beside the guess.
    const beside = change.truth
      ? /** @type {const} */ ({ against: 'truth', shownPercent: 50 })
      : {};
    store.update({ job: null, status, laps: watch.laps(), ...beside });
    // What is made anew from the same photo is looked at where it changes.
    const isAgain = entry.tint !== null && entry.tint.source === change.tint?.source;
    if (task.isRevealed && !isAgain) reveal(store);
  });
}

/**
 * The hole that an entry's shapes make; the one that is shown. Only Fill grows it: around a mosaic
 * there is nothing to undo.
 * @param {Entry} entry
 */
function drawnHole({ photo, shapes, growPx }) {
  painter.sync(photo, shapes, store.get().tool === 'fill' ? growPx : 0);
  return painter.hole;
}

/**
 * Searches for a mosaic: its cells, where something is drawn, else all of it. Where there is none,
 * a sentence says so and nothing changes.
 */
async function search() {
  const entry = store.get().history?.present;
  if (!entry) return;
  await runJob('unmosaic', 'search', async (signal) => {
    try {
      const hole = drawnHole(entry);
      const change = await searchedMosaic(engine, entry, hole, signal);
      go(change);
      if (change.grid) {
        const status = {
          key: /** @type {const} */ ('unmosaic.found'),
          words: { cell: cellText(change.grid) },
        };
        store.update({ job: null, status });
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CodedError && error.code === 'mosaic-not-found')) throw error;
      store.update({ status: { key: 'unmosaic.none' } });
    }
  });
}

/** Puts a mosaic on what is drawn, or on all of the photo. */
async function pixelate() {
  const { history, cellPx } = store.get();
  if (!history) return;
  const entry = history.present;
  await runJob('unmosaic', 'pixelate', async (signal) => {
    const change = await pixelated(engine, entry, drawnHole(entry), cellPx, signal);
    go(change);
    store.update({ job: null, status: { key: 'pixelate.done', words: { cell: cellPx } } });
  });
}

/** Shows another step of the extension. @param {number} at */
function goToStep(at) {
  const entry = store.get().history?.present;
  if (!entry?.strip || entry.strip.at === at) return;
  const total = entry.strip.steps.length - 1;
  void runJob('adjust', 'put', async () => {
    const change = await strippedTo(entry, at);
    go(change);
    const { width = 0, height = 0 } = change.photo ?? {};
    const words = { number: at, total, width, height };
    store.update({ job: null, status: { key: 'strip.shown', words } });
  });
}

/** Saves the steps of the extension as a film. */
function film() {
  const strip = store.get().history?.present.strip;
  if (!strip) return;
  void runJob('extend', 'record', async (signal) => {
    const film = await recordedFilm(strip, signal);
    const file = saveFilm(film, strip.whole.name);
    store.update({ job: null, status: { key: 'save.saved', words: { file } } });
  });
}

function save() {
  const { history, format, quality } = store.get();
  if (!history) return;
  const { photo } = history.present;
  void runJob('save', 'encode', async (signal) => {
    const bytes = await engine.encode(photo, format, quality, signal);
    const file = resultName(photo, format);
    saveFile(blobFrom(bytes, format), file);
    queue.wasSaved(photo);
    store.update({ status: { key: 'save.saved', words: { file } } });
  });
}

function copy() {
  const { history } = store.get();
  if (!history) return;
  const { photo } = history.present;
  void runJob('save', 'encode', async (signal) => {
    const png = engine.encode(photo, 'png', 100, signal);
    await copyPicture(png.then((bytes) => blobFrom(bytes, 'png')));
    store.update({ status: { key: 'copy.done' } });
  });
}

/**
 * @param {Amounts} frame @param {boolean} [isSettled]  false during a drag
 * @param {string} [merge]
 */
function setFrame(frame, isSettled = true, merge = '') {
  const state = store.get();
  if (!state.history || isToolRunning(state)) return;
  const { present } = state.history;
  const isEnd = isSettled && !isFrameSettled;
  const step = merge || (isSettled && !isEnd ? '' : `frame ${gesture}`);
  isFrameSettled = isSettled;
  if (!areSameAmounts(frame, present.frame)) go({ frame }, step);
  else if (isEnd) store.update({}); // Now the view may follow.
  if (isEnd) gesture += 1;
}

/** @param {import('./drawing/geometry.js').Preset} preset */
function choosePreset(preset) {
  const photo = store.get().history?.present.photo;
  if (photo) setFrame(amountsFromRatios([photo.width, photo.height], preset.ratios));
}

/** @param {Shape | null} shape  `null` if nothing came of what was being drawn */
function drawn(shape) {
  const { history, isRunAtOnce, tool } = store.get();
  if (!shape || !history) {
    store.update({});
    return;
  }
  const { shapes, grid } = history.present;
  go({ shapes: [...shapes, shape], grid: tool === 'unmosaic' ? grid : null });
  if (isRunAtOnce && tool === 'fill' && shape.pen === 'add') void run();
}

const travel = createTravel(store, { ...queue, beforeTravel: () => void pen.cancel() });

/** @param {number} factor */
function resizeBrush(factor) {
  const { history, brushPx } = store.get();
  if (!history) return;
  const { width, height } = history.present.photo;
  store.update({ brushPx: resizedBrush(brushPx, factor, Math.min(width, height)) });
}

/** @param {ToolName} tool */
function setTool(tool) {
  pen.cancel();
  store.update({ tool, status: null, shownPercent: 100 });
  searchOnce();
}

/** Unmosaic begins by looking for itself, once for each photo, unless something is drawn. */
function searchOnce() {
  const { tool, history, opened, searched } = store.get();
  if (tool !== 'unmosaic' || !history || !opened || searched === opened) return;
  store.update({ searched: opened });
  if (history.present.shapes.length === 0) void search();
}

/** What to do with a photo that has colours of its own. @returns {Promise<'anew' | 'freshen' | 'leave'>} */
async function askAboutColours() {
  byId('ask-freshen').hidden = !store.get().trained.includes('defade');
  const answer = await answerOf(byId('ask', HTMLDialogElement));
  return answer === 'anew' || answer === 'freshen' ? answer : 'leave';
}

/** Whether a photo may go with what was done to it. @param {string} name */
async function askToLose(name) {
  byId('lose-text').textContent = say(store.get().lang, 'lose.text', { name });
  return (await answerOf(byId('lose', HTMLDialogElement))) === 'lose';
}

const colour = createColour({
  store,
  engine,
  runJob,
  runTask,
  go,
  explain,
  ask: askAboutColours,
  look: asked.look,
});

const kiosk = createKiosk({
  store,
  actions: {
    open: openForKiosk,
    setTool,
    choosePreset,
    draw: (shape) => go({ shapes: [shape], grid: null }),
    takeColoursAway,
    pixelate,
    run,
    reveal: () => reveal(store),
    cancel,
  },
  secs: asked.secs,
  tool: asked.kioskTool,
});

const follower = createFollower({
  asked,
  store,
  explain,
  startKiosk: kiosk.start,
  openSample,
  setFrame,
  choosePreset,
  go,
  takeColoursAway,
  pixelate,
  search,
  run,
  freshen: colour.freshen,
  hint: colour.hint,
});

/** The photo that the demonstration has open; 0 once a visitor may have worked on it. */
let kioskId = 0;

/** The demonstration's photos take each other's place, and a visitor's stay. @param {string} name */
async function openForKiosk(name) {
  await openSample(name, store.get().queue.openId === kioskId);
  kioskId = store.get().queue.openId;
}

function stopKiosk() {
  queue.giveUp();
  kioskId = 0;
  kiosk.stop();
  const action = { key: /** @type {const} */ ('kiosk.again'), run: kiosk.start };
  store.update({ notice: { tone: 'info', key: 'kiosk.stopped', action } });
}

/** The open photo becomes black and white, as if it had been opened so. */
async function takeColoursAway() {
  const { opened } = store.get();
  if (!opened) return;
  await runJob('adjust', 'put', async (signal) => {
    const none = { columns: 1, rows: 1, uv: new Float32Array(2) };
    const settings = { saturation: 0, warmth: 0, strength: 1 };
    const grey = await engine.put(opened, { kind: 'colours', ...none, ...settings }, signal);
    const photo = Object.freeze({ ...opened, ...grey });
    const png = blobFrom(await engine.encode(photo, 'png', 100, signal), 'png');
    const history = createHistory(openedEntry(photo));
    store.update({ opened: photo, history, agreedId: photo.openedId });
    queue.wasReplaced(png);
  });
}

const commands = createCommands({
  chooseFile: () => byId('open-file').click(),
  run: () => void run(),
  cancel,
  keep() {
    const { job } = store.get();
    keep.abort();
    if (job) store.update({ job: { ...job, isEnding: true } });
  },
  pixelate: () => void pixelate(),
  film,
  undo: () => travel.by(-1),
  redo: () => travel.by(1),
  showHistory: () => byId('history').togglePopover(),
  save,
  copy,
  setFrame,
  clearHole: () => go({ shapes: [], grid: null }),
  search: () => void search(),
  freshen: () => void colour.freshen(),
  setTool,
  setPen: (pen) => store.update({ pen }),
  resizeBrush,
  view,
  showBeside: () => store.update({ isBesideWanted: !store.get().isBesideWanted }),
  showSources() {
    // All of the result is shown: what it is compared with was not painted.
    store.update({ isTracingWanted: !store.get().isTracingWanted, shownPercent: 100 });
  },
  switchLang: () => store.update({ lang: store.get().lang === 'en' ? 'zh' : 'en' }),
  showKeys: () => byId('keys', HTMLDialogElement).showModal(),
  toNeighbour: queue.step,
  removePhoto: queue.remove,
  applyToAll: queue.applyToAll,
  choosePhotos: queue.choosePhotos,
  saveAll: queue.saveAll,
});

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
const mayDraw = () => {
  const state = store.get();
  const isIdle = state.history !== null && state.job === null;
  return isDrawnFor(state.tool) && isIdle && !isTracing(state) && !isBeside(state);
};
const hand = attachHand(byId('stage'), byId('canvas'), view, mayDraw);
const pen = attachPen(
  {
    stage: byId('stage'),
    surface: byId('canvas'),
    ring: byId('ring'),
    trace: svgById('trace'),
  },
  view,
  hand,
  {
    getState,
    mayDraw,
    draft(shape) {
      const entry = store.get().history?.present;
      if (!entry) return;
      if (store.get().shownPercent < 100) store.update({ shownPercent: 100 });
      const isFill = store.get().tool === 'fill';
      painter.draft(entry.photo, shape, isFill ? entry.growPx : 0);
      overlay.show(painter.hole, isFill ? entry.featherPx : 0);
    },
    finish: drawn,
    resize: resizeBrush,
  },
);
const hint = attachHint(
  {
    stage: byId('stage'),
    surface: byId('canvas'),
    dots: byId('dots'),
    ring: byId('hint-ring'),
  },
  view,
  { getState, dab: (...at) => isBeside(getState()) || colour.dab(...at) },
);
const inputs = ['open-file', 'camera-file'].map((id) => byId(id, HTMLInputElement));
attachOpening(inputs, byId('release'), openFiles);
attachLaunches(openFiles);
const drawZoomLevel = () => {
  const percent = Math.round(view.zoom * 100);
  byId('zoom-level').textContent = say(getState().lang, 'view.level', { percent });
};
view.onMove(drawZoomLevel);

store.subscribe(createPage(commands));
store.subscribe(attachCommands(commands, getState).draw);
store.subscribe(createTools({ setTool }));
store.subscribe(createWelcome({ openSample }));
store.subscribe(
  createExtendPanel({
    choosePreset,
    setAmount(side, amountPx) {
      const entry = store.get().history?.present;
      if (entry) setFrame({ ...entry.frame, [side]: amountPx }, true, `amount ${side}`);
    },
    setUnit: (unit) => store.update({ unit }),
    getState,
  }),
);
store.subscribe(
  createDrawPanel({
    setPen: (pen) => store.update({ pen }),
    setBrush: (brushPx) => store.update({ brushPx }),
    getHole: drawnHole,
    getState,
  }),
);
store.subscribe(
  createFillPanel({
    setHole(setting, value, isSettled) {
      const entry = store.get().history?.present;
      if (!entry) return;
      const { growPx, featherPx } = entry;
      const change =
        setting === 'grow'
          ? { featherPx, growPx: (value / 100) * shorterSide(entry.photo) }
          : { growPx, featherPx: value };
      const isNew = change.growPx !== growPx || change.featherPx !== featherPx;
      if (isNew) go(change, `${setting} ${gesture}`);
      if (isSettled) gesture += 1;
    },
    setRunAtOnce: (isRunAtOnce) => store.update({ isRunAtOnce }),
  }),
);
store.subscribe(
  createUnmosaicPanel({
    setGrid: (grid, field) => go({ grid }, `grid ${field}`),
    getCorner() {
      const entry = store.get().history?.present;
      const { left, top } = (entry && drawnHole(entry)?.bounds) ?? { left: 0, top: 0 };
      return [left, top];
    },
    setCell: (cellPx) => store.update({ cellPx }),
    setDetail: (detailPercent) => store.update({ detailPercent }),
    getState,
  }),
);
store.subscribe(createStripPanel({ goToStep }));
store.subscribe(createKioskPanel({ stop: stopKiosk, getState }));
store.subscribe(
  createColourPanel({
    choose: colour.choose,
    slide: colour.slide,
    settle: colour.settle,
    touch: colour.touch,
    setPen: (hintPen) => store.update({ hintPen }),
    setColour: (hintColour) => store.update({ hintColour, hintPen: 'dab' }),
    removeHint: colour.removeHint,
  }),
);
store.subscribe(createProgress());
store.subscribe(createHistoryPanel({ goTo: travel.to, getState }));
store.subscribe(createQueueStrip({ open: queue.openItem, getState }));
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
    setAgainst: (against) => store.update({ against }),
    getState,
  }),
);
store.subscribe(createReports({ closeNotice: () => store.update({ notice: null }) }));
store.subscribe(about.draw);
store.subscribe(createEnginePanel({ giveUp: ownWeights.giveUp }));
store.subscribe((state) => {
  const entry = state.history?.present;
  if (!entry) return;
  const { photo } = entry;
  const frame = state.tool === 'extend' ? entry.frame : NO_AMOUNTS;
  const [width, height] = sizeFromAmounts([photo.width, photo.height], frame);
  view.show(photo, {
    before: photoBefore(state),
    whole: { x: -frame.left, y: -frame.top, width, height },
    revealed: revealedPart(state),
    isBeside: isBeside(state),
    isSettled: isFrameSettled,
    preview: state.draft?.preview ?? null,
  });
  // A mosaic of our own shows by itself where it is, until something else is drawn.
  const isBare = state.tool === 'unmosaic' && entry.truth?.shapes === entry.shapes;
  const isWhole = !state.isPeeking && state.shownPercent === 100 && !isTracing(state);
  const isShown = isDrawnFor(state.tool) && isWhole && !isBare;
  const hole = isShown ? drawnHole(entry) : null;
  overlay.show(hole, state.tool === 'fill' ? entry.featherPx : 0);
  showGrid(state.tool === 'unmosaic' ? entry.grid : null, hole?.bounds ?? null);
});
store.subscribe(pen.draw);
store.subscribe(
  createSourcesOverlay(
    {
      stage: byId('stage'),
      surface: byId('canvas'),
      tint: byId('sources', HTMLCanvasElement),
      line: svgById('source'),
      told: byId('source-told'),
      bar: byId('sources-bar'),
    },
    view,
    getState,
  ),
);
store.subscribe(hint.draw);
store.subscribe(frame.draw);
store.subscribe(drawZoomLevel);
store.subscribe(keepFocus); // The last: by now what belongs to another tool is hidden.

engine.start().catch(explain);

void follower.start();
