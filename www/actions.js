// What the page does when something is wished: it runs a tool, searches, changes tools, goes a step
// further in the history. Everything here changes the store; what is seen follows from that.
//
// Start reading at `runTask`, the page's one journey; opening a photo is the other (`queue/`).

import { createColour } from './colour.js';
import { CodedError } from './engine/protocol.js';
import { blobFrom } from './files/photo-file.js';
import { createSaving } from './files/saving.js';
import { createHistory } from './history/history.js';
import { openedEntry, stepped } from './history/steps.js';
import { createTravel } from './history/travel.js';
import { createJobs, createStopwatch } from './jobs.js';
import { createChooser } from './panels/choose.js';
import { reveal } from './panels/compare.js';
import { answerOf, byId } from './panels/dom.js';
import { createQueue } from './queue/queue-work.js';
import { TASKS, cellText, pixelated, searchedMosaic, strippedTo } from './tasks.js';
import { createSettings } from './tools/settings.js';
import { say } from './words.js';

/** @import { wishesFromAddress } from './address.js' */
/** @import { HolePainter } from './drawing/shapes.js' */
/** @import { Engine } from './engine/engine.js' */
/** @import { Stage, Step } from './engine/protocol.js' */
/** @import { Batch } from './queue/queue.js' */
/** @import { Entry, Snapshot, State, ToolName } from './store.js' */
/** @import { Task } from './tasks.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void,
 *   subscribe: (listener: (state: Snapshot) => void) => unknown }} parts.store
 * @param {Engine} parts.engine
 * @param {HolePainter} parts.painter
 * @param {ReturnType<typeof wishesFromAddress>} parts.asked  for by the address
 * @param {() => void} parts.onOpened  another photo
 * @param {() => void} parts.cancelPen  a stroke that is being drawn
 */
export function createActions({ store, engine, painter, asked, onOpened, cancelPen }) {
  const { runJob, cancel, explain, isSettled } = createJobs(store);
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
    askToLose,
    askWhich: createChooser({ getState: store.get }),
  });
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
  const saving = createSaving({ store, engine, runJob, onSaved: queue.wasSaved });
  const settings = createSettings({ store, go, run });
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

  /** @param {ToolName} tool */
  function setTool(tool) {
    cancelPen();
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

  /** Ends an extension with the step under way. */
  function keepSteps() {
    const { job } = store.get();
    keep.abort();
    if (job) store.update({ job: { ...job, isEnding: true } });
  }

  return {
    ...saving,
    ...settings,
    cancel,
    colour,
    drawnHole,
    explain,
    go,
    goToStep,
    keepSteps,
    pixelate,
    queue,
    run,
    search,
    setTool,
    takeColoursAway,
    travel,
  };
}
