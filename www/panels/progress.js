// The progress of a run, whichever tool's, with a clock that ticks between reports.

import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Job, Snapshot } from '../store.js' */

/**
 * What is being done, and which part of it.
 * @param {Snapshot} state
 */
export function progressText({ job, engine, lang }) {
  if (!job) return '';
  // Before the engine is ready its start is what one waits for, unless the tool is at work already.
  const { stage: name, done, total } = reportOf(job, engine);
  const stage = say(lang, job.isEnding ? 'strip.ending' : `stage.${name}`);
  const isCounted = name === 'paint' && total > 0;
  const step = isCounted ? say(lang, 'progress.of', { stage, done: done + 1, total }) : stage;
  const { turn } = job;
  if (turn?.method) return `${turn.method} · ${step}`;
  return turn ? say(lang, 'progress.turn', { step, ...turn }) : step;
}

/** @param {Job} job @param {Snapshot['engine']} engine */
function reportOf(job, engine) {
  return engine.status === 'starting' && job.total === 0 ? engine : job;
}

/** @returns {(state: Snapshot) => void} */
export function createProgress() {
  const bar = byId('progress-bar', HTMLProgressElement);
  const secs = byId('progress-secs');
  let timer = 0;
  /** @param {Job} job @param {Snapshot['lang']} lang */
  const tick = (job, lang) => {
    const elapsed = (performance.now() - job.startedMillis) / 1000;
    secs.textContent = say(lang, 'progress.secs', { secs: elapsed.toFixed(1) });
  };
  return (state) => {
    const { job, lang, engine } = state;
    clearInterval(timer);
    // What a click asks is answered at once, but where weights have to come first.
    const isRunning = isToolRunning(state) || (job?.kind === 'select' && job.stage === 'download');
    byId('progress').hidden = !isRunning;
    if (!job || !isRunning) return;
    const { done, total } = reportOf(job, engine);
    const { turn } = job;
    byId('progress-text').textContent = progressText(state);
    // Within the first step nothing is known yet.
    const part = total > 1 ? Math.min(1, done / total) : 0;
    if (turn && turn.at + part > 1) bar.value = (turn.at - 1 + part) / turn.of;
    else if (!turn && part > 0) bar.value = part;
    else bar.removeAttribute('value');
    tick(job, lang);
    timer = window.setInterval(() => tick(job, lang), 100);
  };
}
