// The stage: the open photo with what is drawn on it, and the tools that a pointer has there.

import { croppingOf, isLevelling, outward } from './drawing/crop.js';
import { NO_AMOUNTS, sizeFromAmounts } from './drawing/geometry.js';
import { createGridOverlay } from './drawing/grid-overlay.js';
import { HoleOverlay } from './drawing/hole-overlay.js';
import { createSourcesOverlay } from './drawing/sources-overlay.js';
import { isBeside, photoBefore, revealedPart } from './panels/compare.js';
import { byId, svgById } from './panels/dom.js';
import { isDrawnFor, isTracing } from './store.js';
import { attachFrame } from './tools/frame.js';
import { attachHand } from './tools/hand.js';
import { attachHint } from './tools/hint.js';
import { attachLevel } from './tools/level.js';
import { attachPen } from './tools/pen.js';
import { say } from './words.js';

/** @import { createActions } from './actions.js' */
/** @import { HolePainter } from './drawing/shapes.js' */
/** @import { View } from './drawing/view.js' */
/** @import { Shape } from './drawing/shapes.js' */
/** @import { Snapshot, State } from './store.js' */
/**
 * @typedef {object} StageParts
 * @property {{ get: () => Snapshot, update: (change: Partial<State>) => void }} store
 * @property {View} view
 * @property {HolePainter} painter
 * @property {ReturnType<typeof createActions>} actions
 */

/** @param {StageParts} parts */
export function createStage(parts) {
  const { store, view, actions } = parts;
  const getState = store.get;
  const [stage, surface] = [byId('stage'), byId('canvas')];
  const overlay = new HoleOverlay(byId('hole', HTMLCanvasElement), stage, view);
  const mayDraw = () => {
    const state = getState();
    const isIdle = state.history !== null && state.job === null;
    return isDrawnFor(state.tool) && isIdle && !isTracing(state) && !isBeside(state);
  };
  const hand = attachHand(stage, surface, view, () => mayDraw() || isLevelling(getState()));
  const pen = penOn(parts, overlay, hand, mayDraw);
  const { level: giveUp, levelBy } = actions.cropping;
  const trace = svgById('trace');
  const level = attachLevel({ surface, trace }, view, hand, { getState, levelBy, giveUp });
  const hint = attachHint({ stage, surface, dots: byId('dots'), ring: byId('hint-ring') }, view, {
    getState,
    dab: (...at) => isBeside(getState()) || actions.colour.dab(...at),
  });
  const frame = attachFrame(
    { stage, frame: byId('frame'), handles: byId('handles'), growth: byId('growth') },
    view,
    getState,
    (frame, isSettled) =>
      getState().tool === 'crop'
        ? actions.cropping.setAmounts(outward(frame))
        : actions.setFrame(frame, isSettled),
  );
  const drawSources = createSourcesOverlay(
    {
      ...{ stage, surface, tint: byId('sources', HTMLCanvasElement), line: svgById('source') },
      ...{ told: byId('source-told'), bar: byId('sources-bar') },
    },
    view,
    getState,
  );
  const drawZoomLevel = () => {
    const percent = Math.round(view.zoom * 100);
    byId('zoom-level').textContent = say(getState().lang, 'view.level', { percent });
  };
  view.onMove(drawZoomLevel);
  const drawPhoto = photoOn(parts, overlay);
  return {
    cancelPen: pen.cancel,
    draw(/** @type {Snapshot} */ state) {
      drawPhoto(state);
      pen.draw();
      level.draw();
      drawSources(state);
      hint.draw();
      frame.draw();
      drawZoomLevel();
    },
  };
}

/**
 * Attaches what a hole is drawn with.
 * @param {StageParts} parts @param {HoleOverlay} overlay @param {ReturnType<typeof attachHand>} hand
 * @param {() => boolean} mayDraw
 */
function penOn({ store, view, painter, actions }, overlay, hand, mayDraw) {
  const [stage, surface] = [byId('stage'), byId('canvas')];
  const draft = (/** @type {Shape} */ shape) => {
    const { history, shownPercent, tool } = store.get();
    if (!history) return;
    if (shownPercent < 100) store.update({ shownPercent: 100 });
    const { photo, growPx, featherPx } = history.present;
    const isFill = tool === 'fill';
    painter.draft(photo, shape, isFill ? growPx : 0);
    overlay.show(painter.hole, isFill ? featherPx : 0);
  };
  const wishes = {
    mayDraw,
    draft,
    finish: actions.drawn,
    select: actions.select,
    resize: actions.resizeBrush,
  };
  const parts = { stage, surface, ring: byId('ring'), trace: svgById('trace') };
  return attachPen(parts, view, hand, { getState: store.get, ...wishes });
}

/** Shows the photo with its hole, and the cells of a mosaic. @param {StageParts} parts @param {HoleOverlay} overlay */
function photoOn({ view, actions }, overlay) {
  const showGrid = createGridOverlay(svgById('grid'), view);
  return (/** @type {Snapshot} */ state) => {
    const entry = state.history?.present;
    if (!entry) return;
    const { photo } = entry;
    const frame = state.tool === 'extend' ? entry.frame : NO_AMOUNTS;
    const [width, height] = sizeFromAmounts([photo.width, photo.height], frame);
    view.show(photo, {
      before: photoBefore(state),
      whole: { x: -frame.left, y: -frame.top, width, height },
      revealed: revealedPart(state),
      isBeside: isBeside(state),
      isSettled: actions.isFrameSettled(),
      preview: state.draft?.preview ?? (state.tool === 'crop' ? croppingOf(state).preview : null),
    });
    // A mosaic of our own shows by itself where it is, until something else is drawn.
    const isBare = state.tool === 'unmosaic' && entry.truth?.shapes === entry.shapes;
    const isWhole = !state.isPeeking && state.shownPercent === 100 && !isTracing(state);
    const isShown = isDrawnFor(state.tool) && isWhole && !isBare;
    const hole = isShown ? actions.drawnHole(entry) : null;
    overlay.show(hole, state.tool === 'fill' ? entry.featherPx : 0);
    showGrid(state.tool === 'unmosaic' ? entry.grid : null, hole?.bounds ?? null);
  };
}
