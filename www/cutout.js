// Selecting things in the open photo: what is proposed, what is clicked on. Cutting them out is a task
// (`tasks.js`).

import { isClicked, isToolRunning, mayClick } from './store.js';
import { proposedSelection } from './tasks.js';

/** @import { Hole, Shape, Spans } from './drawing/shapes.js' */
/** @import { Engine, JobOptions } from './engine/engine.js' */
/** @import { Click } from './engine/protocol.js' */
/** @import { createJobs } from './jobs.js' */
/** @import { Entry, Photo, Snapshot, State } from './store.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {Engine} parts.engine
 * @param {ReturnType<typeof createJobs>['runJob']} parts.runJob
 * @param {(change: Partial<Entry>) => void} parts.go
 * @param {(entry: Entry) => Hole | null} parts.drawnHole
 * @param {(shapes: readonly Shape[], drawn: Shape) => void} parts.onSelected  `drawn` erases where a click took away
 */
export function createSelecting({ store, engine, runJob, go, drawnHole, onSelected }) {
  /** The opened photos whose subject was looked for. */
  const lookedAt = /** @type {WeakSet<Photo>} */ (new WeakSet());

  /** @param {AbortSignal} signal @returns {JobOptions} */
  const optionsFor = (signal) => ({
    signal,
    onProgress(stage, done, total) {
      const { job } = store.get();
      if (job && !signal.aborted) store.update({ job: { ...job, stage, done, total } });
    },
  });

  /** Selects what the photo shows above all, in place of what is drawn. */
  async function propose() {
    const { history, opened } = store.get();
    if (!history) return;
    if (opened) lookedAt.add(opened);
    await runJob('cutout', 'select', async (signal) => {
      const change = await proposedSelection(engine, history.present, optionsFor(signal));
      if (change) go(change);
      store.update({ job: null, status: { key: change ? 'cutout.found' : 'cutout.none' } });
    });
  }

  /** Cut out begins by looking for itself, once for each photo, unless something is drawn. */
  function proposeOnce() {
    const state = store.get();
    const { tool, history, opened, kiosk, job } = state;
    if (tool !== 'cutout' || !history || !opened || kiosk || job || !mayClick(state)) return;
    const { shapes, photo } = history.present;
    if (lookedAt.has(opened) || shapes.length > 0 || photo.made === 'cut-out') return;
    void propose();
  }

  /**
   * Asks what all clicks together mean, and puts that in place of what they meant before. The first
   * on something that was proposed begins anew; one that takes away from it tells what it is not.
   * @param {Click} click
   */
  async function select(click) {
    const state = store.get();
    const { history } = state;
    if (!history || isToolRunning(state)) return;
    const { photo, shapes } = history.present;
    const before = shapes.findLast(isClicked);
    const clicks = [...(before?.clicks ?? []), click];
    await runJob('select', 'select', async (signal) => {
      const { job } = store.get();
      if (job) store.update({ job: { ...job, clicks } });
      const { spans } = await engine.select(photo, clicks, optionsFor(signal));
      if (spans.length === 0) {
        store.update({ job: null, status: { key: 'cutout.nothing' } });
        return;
      }
      /** @type {Spans} */
      const found = { kind: 'spans', pen: 'add', spans, clicks };
      store.update({ job: null });
      const others = before ? shapes : [...shapes, found];
      const all = others.map((shape) => (shape === before ? found : shape));
      onSelected(all, click.isIn ? found : { ...found, pen: 'erase' });
    });
  }

  /** Selects all that is not selected, and nothing else. */
  function invert() {
    const entry = store.get().history?.present;
    const hole = entry && drawnHole(entry);
    if (hole) go({ shapes: [{ kind: 'spans', pen: 'add', spans: hole.inverted() }], grid: null });
  }

  /** Fits what is drawn to the thing in it, without what Fill grows by. */
  async function snap() {
    const { history } = store.get();
    const hole = history && drawnHole({ ...history.present, growPx: 0 });
    if (!history || !hole?.bounds) return;
    const pixels = hole.pixels.slice();
    await runJob('select', 'select', async (signal) => {
      const { spans } = await engine.snap(history.present.photo, pixels, optionsFor(signal));
      const isFound = spans.length > 0;
      if (isFound)
        go({ shapes: [{ kind: 'spans', pen: 'add', spans, isSnapped: true }], grid: null });
      store.update({ job: null, status: { key: isFound ? 'cutout.snapped' : 'cutout.nothing' } });
    });
  }

  return { propose, proposeOnce, select, invert, snap };
}
