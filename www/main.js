// Wires the parts: the store in the middle, panels and stage draw it, their wishes go to `actions.js`.

import { createActions } from './actions.js';
import { initialState, wishesFromAddress } from './address.js';
import { createCommands } from './command-list.js';
import { attachCommands } from './commands.js';
import { HolePainter } from './drawing/shapes.js';
import { View } from './drawing/view.js';
import { createEmbedding, originsFrom } from './embed/embedded.js';
import { Engine } from './engine/engine.js';
import { attachReceiving } from './files/receiving.js';
import { canShare } from './files/saving.js';
import { createFollower } from './follow-address.js';
import { createIncoming } from './incoming.js';
import { attachLaunches } from './offline/offline.js';
import { watchTraffic } from './offline/traffic.js';
import { createAbout } from './panels/about.js';
import { createPanels } from './panels/all.js';
import { byId } from './panels/dom.js';
import { createPage } from './panels/page.js';
import { keepFocus } from './panels/tools.js';
import { createStage } from './stage.js';
import { chosenPen, createStore, isToolRunning } from './store.js';

const asked = wishesFromAddress(new URLSearchParams(location.search));
const store = createStore(initialState(asked));
const getState = store.get;
const view = new View(byId('stage'), byId('canvas', HTMLCanvasElement), byId('floats'));
const painter = new HolePainter();
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
  onTrained(weights, methods) {
    store.update({ weights, methods, trained: weights.map(({ task }) => task) });
    actions.proposeOnce();
  },
  onFallback: () => store.update({ notice: { tone: 'info', key: 'fallback.midway' } }),
});

const named = document.querySelector('meta[name="naobu-embedders"]')?.getAttribute('content') ?? '';
const embedding = createEmbedding({
  scope: window,
  allowed: originsFrom(window, named),
  onEmbedded: (page) =>
    store.update({ notice: { tone: 'info', key: 'embed.told', words: { page } } }),
  openFiles: (files) => incoming.openFiles(files),
});
const actions = createActions({
  store,
  engine,
  painter,
  asked,
  onOpened: () => follower.opened(),
  cancelPen: () => stage.cancelPen(),
  giveOut: embedding.give,
});
const { queue, travel } = actions;
const incoming = createIncoming({ store, engine, actions, asked });
const { openSample, kiosk } = incoming;
const stage = createStage({ store, view, painter, actions });

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

const follower = createFollower({
  ...{ ...actions, asked, store, openSample },
  startKiosk: () => kiosk.start(),
  knownMethods: () => engine.knownMethods(),
  freshen: actions.colour.freshen,
  hint: actions.colour.hint,
});

byId('share').hidden = !canShare();
const commands = createCommands({
  ...actions,
  chooseFile: () => byId('open-file').click(),
  paste: incoming.paste,
  keep: actions.keepSteps,
  undo: () => travel.by(-1),
  redo: () => travel.by(1),
  showHistory: () => byId('history').togglePopover(),
  resetCrop: actions.cropping.reset,
  clearHole: () => actions.go({ shapes: [], grid: null }),
  freshen: actions.colour.freshen,
  setPen: (pen) => store.update(chosenPen(pen, getState())),
  flipClick: () => store.update({ clickPen: getState().clickPen === 'add' ? 'erase' : 'add' }),
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
  repairAll: queue.repairAll,
  choosePhotos: queue.choosePhotos,
  saveAll: queue.saveAll,
  showThem: () => kiosk.start(true),
});
const inputs = ['open-file', 'camera-file'].map((id) => byId(id, HTMLInputElement));
attachReceiving(inputs, byId('release'), { ...incoming, explain: actions.explain });
attachLaunches(incoming.openFiles);

store.subscribe(createPage(commands));
store.subscribe(attachCommands(commands, getState).draw);
for (const draw of createPanels({ store, view, actions, incoming })) store.subscribe(draw);
store.subscribe(about.draw);
store.subscribe(stage.draw);
store.subscribe(keepFocus); // The last: by now what belongs to another tool is hidden.

engine.start().catch(actions.explain);

void follower.start();
