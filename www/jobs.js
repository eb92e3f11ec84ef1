// The page's one job at a time, and the sentence for what goes wrong.

import { CodedError } from './engine/protocol.js';

/** @import { Limits, Stage } from './engine/protocol.js' */
/** @import { Job, Lap, State } from './store.js' */

/**
 * @param {{ get: () => Readonly<State>, update: (change: Partial<State>) => void }} store
 */
export function createJobs(store) {
  /** Of the job under way; a newer one ends the older. */
  let jobAbort = new AbortController();
  let ended = Promise.resolve();

  /** @param {unknown} error */
  function explain(error) {
    console.warn(error);
    const key = error instanceof CodedError ? error.code : 'worker-crashed';
    const asked = error instanceof Error ? error.message : '';
    const words = { ...limitWords(store.get().limits), asked };
    store.update({ notice: { tone: 'problem', key, words } });
  }

  /**
   * Runs `work` as the page's one job. What goes wrong becomes a sentence; being aborted does not.
   * @param {Job['kind']} kind @param {Stage} stage
   * @param {(signal: AbortSignal) => Promise<void>} work
   * @returns {Promise<void>}
   */
  function runJob(kind, stage, work) {
    return (ended = run(kind, stage, work));
  }

  /** @type {typeof runJob} */
  async function run(kind, stage, work) {
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

  function cancel() {
    jobAbort.abort();
    store.update({ job: null, status: { key: 'result.cancelled' } });
  }

  /**
   * Settles when no file is being written and no setting put on the photo: what opens another photo
   * waits for that, since it would end it.
   */
  async function isSettled() {
    while (['save', 'adjust'].includes(store.get().job?.kind ?? '')) await ended;
  }

  return { runJob, cancel, explain, isSettled };
}

/** The numbers that sentences about limits need. @param {Limits | null} limits */
export function limitWords(limits) {
  return {
    minSide: limits?.min_side_px ?? '',
    megapixels: Math.round((limits?.max_photo_pixels ?? 0) / 1e6),
    resultMegapixels: Math.round((limits?.max_result_pixels ?? 0) / 1e6),
    factor: limits?.max_factor ?? '',
  };
}

/**
 * Measures how long the stages of a run take: `enter` when one begins, `laps` when all is done.
 * @param {() => number} [now]  in milliseconds
 */
export function createStopwatch(now = () => performance.now()) {
  /** @type {{ stage: Stage, fromMillis: number }[]} */
  const entered = [];
  return {
    /** @param {Stage} stage */
    enter(stage) {
      if (entered.at(-1)?.stage !== stage) entered.push({ stage, fromMillis: now() });
    },
    /** @returns {readonly Lap[]} */
    laps() {
      const ends = [...entered.slice(1).map(({ fromMillis }) => fromMillis), now()];
      return entered.map(({ stage, fromMillis }, i) => {
        return { stage, millis: (ends[i] ?? fromMillis) - fromMillis };
      });
    },
  };
}
