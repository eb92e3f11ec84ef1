// All panels, in the order in which they are drawn: what each shows is the state, what is wished there
// an action.

import { createAnswersPanel, createMethodPanel } from './answers.js';
import { createColourPanel } from './colour.js';
import { createCompare } from './compare.js';
import { createCropPanel } from './crop.js';
import { createCutoutPanel } from './cutout.js';
import { createDrawPanel } from './draw.js';
import { createEnginePanel } from './engine.js';
import { createEnlargePanel } from './enlarge.js';
import { createExtendPanel } from './extend.js';
import { createFillPanel } from './fill.js';
import { createHistoryPanel } from './history.js';
import { createKioskPanel } from './kiosk.js';
import { createProgress } from './progress.js';
import { createQueueStrip } from './queue.js';
import { createReports } from './reports.js';
import { createSaveOptions } from './save.js';
import { createSizesPanel } from './sizes.js';
import { createStripPanel } from './strip.js';
import { createTools } from './tools.js';
import { createUnmosaicPanel } from './unmosaic.js';
import { createWelcome } from './welcome.js';
import { chosenPen } from '../store.js';

/** @import { createActions } from '../actions.js' */
/** @import { View } from '../drawing/view.js' */
/** @import { createIncoming } from '../incoming.js' */
/** @import { Snapshot, State } from '../store.js' */

/**
 * @param {object} parts
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} parts.store
 * @param {View} parts.view
 * @param {ReturnType<typeof createActions>} parts.actions
 * @param {ReturnType<typeof createIncoming>} parts.incoming
 * @returns {readonly ((state: Snapshot) => void)[]}
 */
export function createPanels({ store, view, actions, incoming }) {
  const { get: getState, update } = store;
  const { choosePreset, colour, cropping, drawnHole, go, queue, setFrame } = actions;
  return [
    createTools(actions),
    createWelcome(incoming),
    createExtendPanel({
      choosePreset,
      setAmount(side, amountPx) {
        const entry = getState().history?.present;
        if (entry) setFrame({ ...entry.frame, [side]: amountPx }, true, `amount ${side}`);
      },
      setUnit: (unit) => update({ unit }),
      setPaintsBorder: (paintsBorder) => update({ paintsBorder }),
      getState,
    }),
    createCropPanel(cropping),
    createEnlargePanel(),
    createSizesPanel({ setFrame: (frame) => setFrame(frame), getState }),
    createDrawPanel({
      setPen: (pen) => update(chosenPen(pen, getState())),
      setBrush: (brushPx) => update({ brushPx }),
      setClick: (clickPen) => update({ clickPen }),
      getHole: drawnHole,
      getState,
    }),
    createFillPanel({
      setHole: actions.setHole,
      setRunAtOnce: (isRunAtOnce) => update({ isRunAtOnce }),
    }),
    createUnmosaicPanel({
      setGrid: (grid, field) => go({ grid }, `grid ${field}`),
      getCorner() {
        const entry = getState().history?.present;
        const { left, top } = (entry && drawnHole(entry)?.bounds) ?? { left: 0, top: 0 };
        return [left, top];
      },
      setCell: (cellPx) => update({ cellPx }),
      setDetail: (detailPercent) => update({ detailPercent }),
      getState,
    }),
    createCutoutPanel({
      set: (change) => update({ backdrop: { ...getState().backdrop, ...change } }),
    }),
    createMethodPanel({ choose: actions.chooseMethod }),
    createAnswersPanel(actions),
    createStripPanel(actions),
    createKioskPanel({ stop: incoming.kiosk.stop, getState }),
    createColourPanel({
      ...colour,
      setPen: (hintPen) => update({ hintPen }),
      setColour: (hintColour) => update({ hintColour, hintPen: 'dab' }),
      setReach: colour.reach,
    }),
    createProgress(),
    createHistoryPanel({ goTo: actions.travel.to, getState }),
    createQueueStrip({ open: (id) => void queue.openItem(id), getState }),
    createSaveOptions({
      setFormat: (format) => update({ format }),
      setQuality: (quality) => update({ quality }),
      keepMetadata: (isMetadataKept) => update({ isMetadataKept }),
    }),
    createCompare(view, {
      show: (shownPercent) => update({ shownPercent }),
      peek: (isPeeking) => {
        if (getState().isPeeking !== isPeeking) update({ isPeeking });
      },
      setAgainst: (against) => update({ against }),
      getState,
    }),
    createReports({ closeNotice: () => update({ notice: null }) }),
    createEnginePanel(incoming.ownWeights),
  ];
}
