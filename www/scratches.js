// Finding scratches and dust in the open photo, for a yes. Filling them is a task (`tasks.js`).

import { holeFrom } from './queue/queue.js';
import { foundScratches, percentText } from './tasks.js';

/** @import { Engine } from './engine/engine.js' */
/** @import { createJobs } from './jobs.js' */
/** @import { Entry, Snapshot, State } from './store.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {Engine} parts.engine
 * @param {ReturnType<typeof createJobs>['runJob']} parts.runJob
 * @param {(change: Partial<Entry>) => void} parts.go
 */
export function createScratches({ store, engine, runJob, go }) {
  /** Adds what is found to what is drawn, or says that nothing was. */
  async function findScratches() {
    const { history } = store.get();
    if (!history) return;
    const { photo } = history.present;
    await runJob('fill', 'scratches', async (signal) => {
      const change = await foundScratches(engine, history.present, {
        signal,
        onProgress(stage, done, total) {
          const { job } = store.get();
          if (job && !signal.aborted) store.update({ job: { ...job, stage, done, total } });
        },
      });
      if (!change) {
        store.update({ job: null, status: { key: 'scratches.none' } });
        return;
      }
      go(change);
      const hole = holeFrom({ photo, shapes: change.shapes.slice(-1), growPx: 0 }, 'fill');
      const percent = percentText(hole.count() / hole.pixels.length);
      store.update({ job: null, status: { key: 'scratches.found', words: { percent } } });
    });
  }

  return { findScratches };
}
