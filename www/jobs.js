// The page's one job at a time, and the sentence for what goes wrong.

import { CodedError } from './protocol.js';

/** @import { Limits, Stage } from './protocol.js' */
/** @import { Job, State } from './store.js' */

/**
 * @param {{ get: () => Readonly<State>, update: (change: Partial<State>) => void }} store
 */
export function createJobs(store) {
  /** Of the job under way; a newer one ends the older. */
  let jobAbort = new AbortController();

  /** @param {unknown} error */
  function explain(error) {
    console.warn(error);
    const key = error instanceof CodedError ? error.code : 'worker-crashed';
    store.update({ notice: { tone: 'problem', key, words: limitWords(store.get().limits) } });
  }

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

  function cancel() {
    jobAbort.abort();
    store.update({ job: null, status: { key: 'result.cancelled' } });
  }

  return { runJob, cancel, explain };
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
