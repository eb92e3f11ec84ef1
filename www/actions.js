// What the page does when something is wished: it runs a tool, searches, changes tools, goes a step
// further in the history. Everything here changes the store; what is seen follows from that.
//
// Start reading at `run`, which leads to the page's one journey (`painting.js`); opening a photo is
// the other (`queue/`).

import { createColour } from './colour.js';
import { blobFrom } from './files/photo-file.js';
import { createSaving } from './files/saving.js';
import { createHistory } from './history/history.js';
import { openedEntry, stepped } from './history/steps.js';
import { createShelving, shelved } from './history/shelf.js';
import { createTravel } from './history/travel.js';
import { createJobs } from './jobs.js';
import { answersOf } from './methods.js';
import { createSelecting } from './cutout.js';
import { createMosaics } from './mosaics.js';
import { createPainting } from './painting.js';
import { createChooser } from './panels/choose.js';
import { createQuestions } from './panels/questions.js';
import { createQueue } from './queue/queue-work.js';
import { createReplay } from './queue/replay.js';
import { createScratches } from './scratches.js';
import { TASKS, enlarge, strippedTo } from './tasks.js';
import { createCropping } from './tools/crop.js';
import { createSettings } from './tools/settings.js';

/** @import { wishesFromAddress } from './address.js' */
/** @import { HolePainter } from './drawing/shapes.js' */
/** @import { Engine } from './engine/engine.js' */
/** @import { Batch } from './queue/queue.js' */
/** @import { Entry, Snapshot, State, ToolName } from './store.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void,
 *   subscribe: (listener: (state: Snapshot) => void) => unknown }} parts.store
 * @param {Engine} parts.engine
 * @param {HolePainter} parts.painter
 * @param {ReturnType<typeof wishesFromAddress>} parts.asked  for by the address
 * @param {() => void} parts.onOpened  another photo
 * @param {() => void} parts.cancelPen  a stroke that is being drawn
 * @param {(file: File) => string} parts.giveOut  see `createSaving`
 */
export function createActions({ store, engine, painter, asked, onOpened, cancelPen, giveOut }) {
  const { runJob, cancel, explain, isSettled } = createJobs(store);
  const parts = { store, engine, runJob, go, drawnHole };
  const questions = createQuestions(store.get);
  const mosaics = createMosaics(parts);
  const scratches = createScratches(parts);
  const selecting = createSelecting({
    ...parts,
    onSelected: (shapes, drawn) => settings.drawn(drawn, shapes),
  });
  const queue = createQueue({
    store,
    engine,
    asked,
    runJob,
    isSettled,
    go,
    explain,
    onOpened() {
      onOpened();
      searchOnce();
    },
    askToLose: questions.askToLose,
    askWhich: createChooser({ getState: store.get }),
  });
  const replay = createReplay({ store, isSettled, explain, follow: queue.follow });
  const { runTask, tryAgain, allMethods, showAnswer, keepSteps } = createPainting({
    ...parts,
    explain,
    onMade: queue.wasMade,
    behindFrom: queue.behindFrom,
  });
  const colour = createColour({
    store,
    engine,
    runJob,
    runTask,
    go,
    explain,
    ask: questions.askAboutColours,
    look: asked.look,
  });
  const saving = createSaving({
    store,
    engine,
    runJob,
    onSaved: queue.wasSaved,
    giveOut,
    ...queue,
  });
  const settings = createSettings({ store, go, run });
  const cropping = createCropping(store);
  createShelving(store);
  const travel = createTravel(store, { ...queue, beforeTravel: cancelPen });

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
    const { tool, history } = store.get();
    const { cut = null, shapes = [] } = history?.present ?? {};
    // What was cut out already is cut out of the same photo again, before another background.
    const isAgain = tool === 'cutout' && cut !== null && shapes.length === 0;
    const wish = isAgain ? { photo: cut.source, shapes: cut.shapes } : {};
    return tool === 'colour' ? colour.start() : runTask(TASKS[tool], wish);
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

  /** What the tool paints with from now on. @param {string} name  of a method; see `chosenMethod` */
  function chooseMethod(name) {
    const { chosen, tool } = store.get();
    store.update({ chosen: { ...chosen, [tool]: name } });
  }

  /** Asks all methods of the tool. Colour may have to ask the visitor first. */
  async function askAll() {
    const { tool } = store.get();
    if (tool === 'colour' && !answersOf(store.get())) {
      await colour.start();
      if (!answersOf(store.get())) return;
    }
    await allMethods(TASKS[tool]);
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

  /** @param {ToolName} tool */
  function setTool(tool) {
    cancelPen();
    if (store.get().job?.kind === 'select') cancel(); // It was asked for another tool.
    store.update({ tool, status: null, shownPercent: 100, clickPen: 'add' });
    searchOnce();
  }

  /** What tools look for by themselves when they are opened. */
  function searchOnce() {
    mosaics.searchOnce();
    selecting.proposeOnce();
  }

  /** What is selected is what Fill paints over. */
  function removeIt() {
    setTool('fill');
    store.update({ status: { key: 'cutout.removing' } });
  }

  /** The open photo becomes black and white, as if it had been opened so. */
  async function takeColoursAway() {
    const { opened } = store.get();
    if (!opened) return;
    await runJob('adjust', 'put', async (signal) => {
      const none = { columns: 1, rows: 1, uv: new Float32Array(2) };
      const settings = { saturation: 0, warmth: 0, strength: 1 };
      const grey = await engine.put(opened, { kind: 'colours', ...none, ...settings }, signal);
      const photo = shelved({ ...opened, ...grey });
      const png = blobFrom(await engine.encode(photo, 'png', 100, signal), 'png');
      const history = createHistory(openedEntry(photo));
      store.update({ opened: photo, history, agreedId: photo.openedId });
      queue.wasReplaced(png);
    });
  }

  return {
    ...saving,
    ...settings,
    cancel,
    colour,
    cropping,
    drawnHole,
    enlarge: () => runTask(enlarge),
    explain,
    go,
    goToStep,
    keepSteps,
    pixelate: mosaics.pixelate,
    ...selecting,
    ...scratches,
    removeIt,
    queue,
    replay,
    run,
    search: mosaics.search,
    setTool,
    showAnswer,
    takeColoursAway,
    travel,
    chooseMethod,
    tryAgain: () => tryAgain(TASKS[store.get().tool]),
    askAll,
  };
}
