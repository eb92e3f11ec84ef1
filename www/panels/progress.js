// The progress of a run, whichever tool's, with a clock that ticks between reports.

import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Job, Snapshot } from '../store.js' */

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
    const isRunning = isToolRunning(state);
    byId('progress').hidden = !isRunning;
    if (!job || !isRunning) return;
    // Before the engine is ready its start is what one waits for, unless the tool is at work already.
    const report = engine.status === 'starting' && job.total === 0 ? engine : job;
    const { done, total } = report;
    const stage = say(lang, `stage.${report.stage}`);
    const isCounted = report.stage === 'paint' && total > 0;
    const step = isCounted ? say(lang, 'progress.of', { stage, done: done + 1, total }) : stage;
    const { turn } = job;
    byId('progress-text').textContent = turn ? say(lang, 'progress.turn', { step, ...turn }) : step;
    // Within the first step nothing is known yet.
    const part = total > 1 ? Math.min(1, done / total) : 0;
    if (turn && turn.at + part > 1) bar.value = (turn.at - 1 + part) / turn.of;
    else if (!turn && part > 0) bar.value = part;
    else bar.removeAttribute('value');
    tick(job, lang);
    timer = window.setInterval(() => tick(job, lang), 100);
  };
}
