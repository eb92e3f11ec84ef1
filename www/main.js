// Wires the parts: the store in the middle, panels and view draw it, their wishes go to `actions.js`.

import { createActions } from './actions.js';
import { initialState, wishesFromAddress } from './address.js';
import { createCommands } from './command-list.js';
import { attachCommands } from './commands.js';
import { NO_AMOUNTS, sizeFromAmounts } from './drawing/geometry.js';
import { createGridOverlay } from './drawing/grid-overlay.js';
import { HoleOverlay } from './drawing/hole-overlay.js';
import { HolePainter } from './drawing/shapes.js';
import { createSourcesOverlay } from './drawing/sources-overlay.js';
import { View } from './drawing/view.js';
import { Engine } from './engine/engine.js';
import { createOwnWeights, isWeightFile } from './engine/own-weights.js';
import { attachOpening, fetchSample } from './files/photo-file.js';
import { createFollower } from './follow-address.js';
import { createKiosk } from './kiosk.js';
import { attachLaunches } from './offline/offline.js';
import { watchTraffic } from './offline/traffic.js';
import { createAbout } from './panels/about.js';
import { createColourPanel } from './panels/colour.js';
import { createCompare, isBeside, photoBefore, reveal } from './panels/compare.js';
import { revealedPart } from './panels/compare.js';
import { byId, svgById } from './panels/dom.js';
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
import { createStore, isDrawnFor, isToolRunning, isTracing } from './store.js';
import { attachFrame } from './tools/frame.js';
import { attachHand } from './tools/hand.js';
import { attachHint } from './tools/hint.js';
import { attachPen } from './tools/pen.js';
import { say } from './words.js';

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

const actions = createActions({
  store,
  engine,
  painter,
  asked,
  onOpened: () => follower.opened(),
  cancelPen: () => pen.cancel(),
});
const { choosePreset, colour, drawnHole, explain, go, queue, setFrame, setTool, travel } = actions;

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

const kiosk = createKiosk({
  store,
  actions: {
    open: openForKiosk,
    setTool,
    choosePreset,
    draw: (shape) => go({ shapes: [shape], grid: null }),
    takeColoursAway: actions.takeColoursAway,
    pixelate: actions.pixelate,
    run: actions.run,
    reveal: () => reveal(store),
    cancel: actions.cancel,
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
  takeColoursAway: actions.takeColoursAway,
  pixelate: actions.pixelate,
  search: actions.search,
  run: actions.run,
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

const commands = createCommands({
  chooseFile: () => byId('open-file').click(),
  run: () => void actions.run(),
  cancel: actions.cancel,
  keep: actions.keepSteps,
  pixelate: () => void actions.pixelate(),
  film: actions.film,
  undo: () => travel.by(-1),
  redo: () => travel.by(1),
  showHistory: () => byId('history').togglePopover(),
  save: actions.save,
  copy: actions.copy,
  setFrame,
  clearHole: () => go({ shapes: [], grid: null }),
  search: () => void actions.search(),
  freshen: () => void colour.freshen(),
  setTool,
  setPen: (pen) => store.update({ pen }),
  resizeBrush: actions.resizeBrush,
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
    finish: actions.drawn,
    resize: actions.resizeBrush,
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
    setHole: actions.setHole,
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
store.subscribe(createStripPanel({ goToStep: actions.goToStep }));
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
    isSettled: actions.isFrameSettled(),
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
