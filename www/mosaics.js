// Finding a mosaic in the open photo, and putting one on it. Undoing it is a task (`tasks.js`).

import { CodedError } from './engine/protocol.js';
import { cellText, pixelated, searchedMosaic } from './tasks.js';

/** @import { Hole } from './drawing/shapes.js' */
/** @import { Engine } from './engine/engine.js' */
/** @import { createJobs } from './jobs.js' */
/** @import { Entry, Snapshot, State } from './store.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {Engine} parts.engine
 * @param {ReturnType<typeof createJobs>['runJob']} parts.runJob
 * @param {(change: Partial<Entry>) => void} parts.go
 * @param {(entry: Entry) => Hole | null} parts.drawnHole
 */
export function createMosaics({ store, engine, runJob, go, drawnHole }) {
  /**
   * Searches for a mosaic: its cells, where something is drawn, else all of it. Where there is none,
   * a sentence says so and nothing changes.
   */
  async function search() {
    const entry = store.get().history?.present;
    if (!entry) return;
    await runJob('unmosaic', 'search', async (signal) => {
      try {
        const change = await searchedMosaic(engine, entry, drawnHole(entry), signal);
        go(change);
        if (!change.grid) return;
        const words = { cell: cellText(change.grid) };
        store.update({ job: null, status: { key: 'unmosaic.found', words } });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof CodedError && error.code === 'mosaic-not-found')) throw error;
        store.update({ status: { key: 'unmosaic.none' } });
      }
    });
  }

  /** Unmosaic begins by looking for itself, once for each photo, unless something is drawn. */
  function searchOnce() {
    const { tool, history, opened, searched } = store.get();
    if (tool !== 'unmosaic' || !history || !opened || searched === opened) return;
    store.update({ searched: opened });
    if (history.present.shapes.length === 0) void search();
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

  return { search, searchOnce, pixelate };
}
