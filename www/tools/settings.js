// What tools and panels set on the open photo: its frame, what is drawn, how that is softened. The
// moves of one drag are one step of the history.

import { amountsFromRatios, areSameAmounts } from '../drawing/geometry.js';
import { resizedBrush, shorterSide } from '../drawing/geometry.js';
import { isToolRunning } from '../store.js';

/** @import { Preset } from '../drawing/geometry.js' */
/** @import { Shape } from '../drawing/shapes.js' */
/** @import { Amounts } from '../engine/protocol.js' */
/** @import { Entry, Snapshot, State } from '../store.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {(change: Partial<Entry>, merge?: string) => void} parts.go  one step further
 * @param {() => unknown} parts.run  the chosen tool
 */
export function createSettings({ store, go, run }) {
  let isFrameSettled = true;
  /** Numbers the drags: the moves of one are one step of the history. */
  let gesture = 0;

  /**
   * @param {Amounts} frame @param {boolean} [isSettled]  false during a drag
   * @param {string} [merge]
   */
  function setFrame(frame, isSettled = true, merge = '') {
    const state = store.get();
    if (!state.history || isToolRunning(state)) return;
    const { present } = state.history;
    const isEnd = isSettled && !isFrameSettled;
    const step = merge || (isSettled && !isEnd ? '' : `frame ${gesture}`);
    isFrameSettled = isSettled;
    if (!areSameAmounts(frame, present.frame)) go({ frame }, step);
    else if (isEnd) store.update({}); // Now the view may follow.
    if (isEnd) gesture += 1;
  }

  /** @param {Preset} preset */
  function choosePreset(preset) {
    const photo = store.get().history?.present.photo;
    if (photo) setFrame(amountsFromRatios([photo.width, photo.height], preset.ratios));
  }

  /**
   * @param {Shape | null} shape  `null` if nothing came of what was being drawn
   * @param {readonly Shape[]} [all]  where it does not come last
   */
  function drawn(shape, all) {
    const { history, isRunAtOnce, tool } = store.get();
    if (!shape || !history) {
      store.update({});
      return;
    }
    const { shapes, grid } = history.present;
    go({ shapes: all ?? [...shapes, shape], grid: tool === 'unmosaic' ? grid : null });
    if (isRunAtOnce && tool === 'fill' && shape.pen === 'add') void run();
  }

  /**
   * @param {'grow' | 'feather'} setting @param {number} value  in per cent of the photo, or pixels
   * @param {boolean} isSettled  false during a drag
   */
  function setHole(setting, value, isSettled) {
    const entry = store.get().history?.present;
    if (!entry) return;
    const { growPx, featherPx } = entry;
    const change =
      setting === 'grow'
        ? { featherPx, growPx: (value / 100) * shorterSide(entry.photo) }
        : { growPx, featherPx: value };
    const isNew = change.growPx !== growPx || change.featherPx !== featherPx;
    if (isNew) go(change, `${setting} ${gesture}`);
    if (isSettled) gesture += 1;
  }

  /** @param {number} factor */
  function resizeBrush(factor) {
    const { history, brushPx } = store.get();
    if (!history) return;
    const { width, height } = history.present.photo;
    store.update({ brushPx: resizedBrush(brushPx, factor, Math.min(width, height)) });
  }

  return {
    setFrame,
    isFrameSettled: () => isFrameSettled,
    choosePreset,
    drawn,
    setHole,
    resizeBrush,
  };
}
