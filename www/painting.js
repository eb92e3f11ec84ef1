// One run of a tool on the open photo: told as it goes on, and one step of the history at its end.

import { croppingOf } from './drawing/crop.js';
import { CodedError } from './engine/protocol.js';
import { createStopwatch } from './jobs.js';
import { answersOf, chosenMethod, methodsOf, mostAnswers, titlesOf } from './methods.js';
import { reveal } from './panels/compare.js';
import { holeFrom } from './queue/queue.js';
import { backdropFrom } from './tasks.js';

/** @import { Hole } from './drawing/shapes.js' */
/** @import { Engine } from './engine/engine.js' */
/** @import { Backdrop, Pixels, Stage, Step } from './engine/protocol.js' */
/** @import { createJobs } from './jobs.js' */
/** @import { Answers, Entry, Job, Photo, Snapshot, State, ToolName } from './store.js' */
/** @import { Task } from './tasks.js' */
/** @import { WordKey } from './words.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {Engine} parts.engine
 * @param {ReturnType<typeof createJobs>['runJob']} parts.runJob
 * @param {(error: unknown) => void} parts.explain
 * @param {(change: Partial<Entry>, merge?: string) => void} parts.go
 * @param {(entry: Entry) => Hole | null} parts.drawnHole
 * @param {(photo: Photo, from: Entry, tool: ToolName) => void} parts.onMade
 * @param {(backdrop: Backdrop, signal: AbortSignal) => Promise<Pixels | null>} parts.behindFrom
 */
export function createPainting(parts) {
  const { store, engine, runJob, explain, go, drawnHole, onMade, behindFrom } = parts;
  /** Aborted when an extension is to end with the step under way. */
  let keep = new AbortController();
  /** How many times a tool has begun to guess. */
  let series = 0;

  /** @param {Partial<Job>} change */
  function updateJob(change) {
    const { job } = store.get();
    if (job) store.update({ job: { ...job, ...change } });
  }

  /** Ends an extension with the step under way. */
  function keepSteps() {
    keep.abort();
    updateJob({ isEnding: true });
  }

  /** @param {Step} step @param {number} done */
  function onStep(step, done) {
    updateJob({ steps: [...(store.get().job?.steps ?? []).slice(0, done), step] });
  }

  /**
   * Settles when the task has ended, however it did.
   * @param {Task} task @param {Partial<Entry>} [wish]  what changes with its result, as one step
   */
  async function runTask(task, wish = {}) {
    const { history } = store.get();
    if (history) await answer(task, { ...history.present, ...wish }, wish);
  }

  /** Lets the tool guess once more, from what its last guess began with. @param {Task} task */
  async function tryAgain(task) {
    const { answers = null } = store.get().history?.present ?? {};
    if (answers) await answer(task, answers.before, {}, answers);
  }

  /** Adds the answers of all methods that have given none yet, our own among them. @param {Task} task */
  async function allMethods(task) {
    const state = store.get();
    const before = answersOf(state);
    const entry = before?.before ?? state.history?.present;
    const names = ['', ...methodsOf(state).map(({ name }) => name)];
    const missing = names.filter((name) => !before?.by.some(({ method }) => method === name));
    const most = mostAnswers(state);
    const fitting = missing.slice(0, most - (before?.all.length ?? 0));
    if (entry && fitting.length > 0) await answer(task, entry, {}, before, fitting);
    if (missing.length > fitting.length && !store.get().notice) {
      store.update({ status: { key: 'answers.most', words: { count: most } } });
    }
  }

  /** Shows another of the answers. @param {number} at */
  function showAnswer(at) {
    const { answers = null } = store.get().history?.present ?? {};
    const change = answers?.all[at];
    if (!answers || !change?.photo || answers.at === at) return;
    onMade(change.photo, answers.before, answers.tool);
    go({ ...change, answers: { ...answers, at } }, answers.merge);
    store.update({ status: statusOf(at) });
  }

  /** Which answer is shown, and by which method if there is more than one. @param {number} at */
  function statusOf(at) {
    const state = store.get();
    const { all = [], by = [] } = answersOf(state) ?? {};
    const method = titlesOf(state, by[at]?.method ?? '').full;
    const words = { number: at + 1, count: all.length, method };
    /** @type {WordKey} */
    const key = methodsOf(state).length > 0 ? 'answers.by' : 'answers.one';
    return { key, words };
  }

  /**
   * @param {Task} task @param {Entry} entry @param {Partial<Entry>} wish
   * @param {Answers | null} [before]  the answers that there are already
   * @param {readonly string[]} [names]  the methods to ask, one after another
   */
  async function answer(task, entry, wish, before = null, names = [chosenMethod(store.get())]) {
    const { tool } = store.get();
    // What is drawn now is another hole than that of an earlier guess, and is drawn meanwhile.
    // So is that of what is made again. The first answer of several clears what is drawn.
    const isOther = before || wish.shapes || names.length > 1;
    const hole = isOther ? holeFrom(entry, tool) : drawnHole(entry);
    const refusal = task.refusal(entry, hole);
    if (refusal) {
      explain(new CodedError(refusal));
      return;
    }
    let answers = before;
    await runJob(tool, task.firstStage ?? 'paint', async (signal) => {
      const watch = createStopwatch();
      const onProgress = (
        /** @type {Stage} */ stage,
        /** @type {number} */ done,
        /** @type {number} */ total,
      ) => {
        watch.enter(stage);
        updateJob({ stage, done, total });
      };
      const { detailPercent, paintsBorder } = store.get();
      const backdrop = backdropFrom(store.get().backdrop);
      const detail = detailPercent / 100;
      const options = {
        signal,
        onProgress,
        onStep,
        detail,
        paintsBorder,
        backdrop,
        behind: tool === 'cutout' ? await behindFrom(backdrop, signal) : null,
        cropping: croppingOf(store.get()),
      };
      for (const [i, method] of names.entries()) {
        const of = names.length;
        const title = titlesOf(store.get(), method).full;
        keep = new AbortController();
        const turn = { at: i + 1, of, method: title };
        if (of > 1) updateJob({ turn, steps: [], isEnding: false });
        const seed = 1 + (answers?.by.filter((each) => each.method === method).length ?? 0);
        const asked = { ...options, keep: keep.signal, method, seed };
        const { change, status } = await task.run(engine, entry, hole, asked);
        if (change.photo) onMade(change.photo, entry, tool);
        const found = { ...wish, ...change };
        if (task.isGuess || (task.hasMethods && methodsOf(store.get()).length > 0)) {
          const { all, by, merge } = answers ?? { all: [], by: [], merge: `answers ${++series}` };
          answers = {
            ...{ tool, before: entry, merge, all: [...all, found], at: all.length },
            by: [...by, { method, seed }],
          };
          go({ ...found, answers }, merge);
        } else go(found);
        if (i < of - 1) continue;
        // Where the truth is known it is shown at once, beside the guess.
        const beside = change.truth
          ? /** @type {const} */ ({ against: 'truth', shownPercent: 50 })
          : {};
        store.update({ job: null, status, laps: watch.laps(), ...beside });
        // What is made anew from the same photo is looked at where it changes.
        const isAgain = entry.tint !== null && entry.tint.source === change.tint?.source;
        if (task.isRevealed && !isAgain && of === 1) reveal(store);
      }
    });
    // Of several, our own is shown; what there is stays, wherever it was stopped.
    if (names.length === 1 || !answers || answers === before || store.get().job) return;
    const { by, at } = answers;
    const own = by.findIndex(({ method }) => method === '');
    if (own !== at && own >= 0) showAnswer(own);
    else store.update({ status: statusOf(at) });
  }

  return { runTask, tryAgain, allMethods, showAnswer, keepSteps };
}
