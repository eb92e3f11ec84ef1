// One run of a tool on the open photo: told as it goes on, and one step of the history at its end.

import { croppingOf } from './drawing/crop.js';
import { CodedError } from './engine/protocol.js';
import { createStopwatch } from './jobs.js';
import { reveal } from './panels/compare.js';
import { holeFrom } from './queue/queue.js';
import { backdropFrom } from './tasks.js';

/** @import { Hole } from './drawing/shapes.js' */
/** @import { Engine } from './engine/engine.js' */
/** @import { Backdrop, Pixels, Stage, Step } from './engine/protocol.js' */
/** @import { createJobs } from './jobs.js' */
/** @import { Answers, Entry, Job, Photo, Snapshot, State, ToolName } from './store.js' */
/** @import { Task } from './tasks.js' */

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

  /** Shows another of the answers. @param {number} at */
  function showAnswer(at) {
    const { answers = null } = store.get().history?.present ?? {};
    const change = answers?.all[at];
    if (!answers || !change?.photo || answers.at === at) return;
    onMade(change.photo, answers.before, answers.tool);
    go({ ...change, answers: { ...answers, at } }, answers.merge);
    const words = { number: at + 1, count: answers.all.length };
    store.update({ status: { key: 'answers.one', words } });
  }

  /**
   * @param {Task} task @param {Entry} entry @param {Partial<Entry>} wish
   * @param {Answers | null} [before]  the answers that there are already
   */
  async function answer(task, entry, wish, before = null) {
    const { tool } = store.get();
    // What is drawn now is another hole than that of an earlier guess, and is drawn meanwhile.
    // So is that of what is made again.
    const hole = before || wish.shapes ? holeFrom(entry, tool) : drawnHole(entry);
    const refusal = task.refusal(entry, hole);
    if (refusal) {
      explain(new CodedError(refusal));
      return;
    }
    keep = new AbortController();
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
        keep: keep.signal,
        detail,
        paintsBorder,
        backdrop,
        behind: tool === 'cutout' ? await behindFrom(backdrop, signal) : null,
        seed: (before?.all.length ?? 0) + 1,
        cropping: croppingOf(store.get()),
      };
      const { change, status } = await task.run(engine, entry, hole, options);
      if (change.photo) onMade(change.photo, entry, tool);
      const found = { ...wish, ...change };
      if (task.isGuess) {
        const { all, merge } = before ?? { all: [], merge: `answers ${++series}` };
        const answers = { tool, before: entry, all: [...all, found], at: all.length, merge };
        go({ ...found, answers }, merge);
      } else go(found);
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

  return { runTask, tryAgain, showAnswer, keepSteps };
}
