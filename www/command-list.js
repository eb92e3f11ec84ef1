// Every command of the page: what it is called, which key it has, when it can be given.

import { croppingOf, isUncropped } from './drawing/crop.js';
import { NO_AMOUNTS, isEmptyFrame } from './drawing/geometry.js';
import { canRecord } from './files/film.js';
import { mayEnlarge } from './panels/enlarge.js';
import { canCompare } from './panels/compare.js';
import { mayAskAll, mayTryAgain } from './panels/answers.js';
import { isDrawnFor, mayClick, mayFindScratches, penOf } from './store.js';

/** @import { Command } from './commands.js' */
/** @import { Amounts } from './engine/protocol.js' */
/** @import { PenName, Snapshot, ToolName } from './store.js' */
/** @import { View } from './drawing/view.js' */

/**
 * @typedef {object} Actions
 * @property {() => void} chooseFile
 * @property {() => void} paste  a picture
 * @property {() => void} run  the chosen tool
 * @property {() => void} cancel
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} showHistory  or hide it
 * @property {() => void} save
 * @property {() => void} resetCrop
 * @property {() => void} enlarge  the photo to twice its sides
 * @property {() => void} copy  to the clipboard
 * @property {(ending?: 'jpg' | 'gif') => void} savePair  before and after
 * @property {() => void} saveRecipe  of what was done
 * @property {() => void} copyRecipe  as an address
 * @property {() => void} share
 * @property {(frame: Amounts) => void} setFrame
 * @property {() => void} clearHole
 * @property {() => void} search  for a mosaic
 * @property {() => void} propose  what to cut out
 * @property {() => void} invert  what is selected
 * @property {() => void} snap  what is drawn to the thing in it
 * @property {() => void} findScratches  and dust, for Fill
 * @property {() => void} removeIt  by Fill
 * @property {() => void} pixelate  the photo, or what is drawn
 * @property {() => void} keep  what an extension has done so far
 * @property {() => void} tryAgain  for another answer
 * @property {() => void} askAll  methods of the tool
 * @property {() => void} film  the steps of an extension
 * @property {() => void} freshen  the colours of a faded photo
 * @property {(tool: ToolName) => void} setTool
 * @property {(pen: PenName) => void} setPen
 * @property {() => void} flipClick  from adding to taking away, or back
 * @property {(factor: number) => void} resizeBrush
 * @property {View} view
 * @property {() => void} showBeside  or not: result and original side by side
 * @property {() => void} showSources  or not: where the painting was taken from
 * @property {() => void} switchLang
 * @property {() => void} showKeys
 * @property {(direction: 1 | -1) => void} toNeighbour  the photo before or after in the queue
 * @property {() => void} removePhoto
 * @property {() => void} applyToAll
 * @property {() => void} choosePhotos  to apply a tool to
 * @property {() => void} repairAll  finds scratches in all photos and fills them
 * @property {() => void} saveAll
 * @property {() => void} showThem  as a demonstration
 */

/** How much wider `]` makes the brush. */
const BRUSH_FACTOR = 1.2;

const hasPhoto = (/** @type {Snapshot} */ { history }) => history !== null;
const isIdle = (/** @type {Snapshot} */ { history, job }) => history !== null && job === null;
const hasResult = (/** @type {Snapshot} */ { history, job, opened }) =>
  job === null && history !== null && history.present.photo !== opened;
/** Words that are selected are copied as ever. @param {Snapshot} state */
const mayCopy = (state) => isIdle(state) && getSelection()?.isCollapsed !== false;
const isDrawing = (/** @type {Snapshot} */ state) => isIdle(state) && isDrawnFor(state.tool);
const hasShapes = (/** @type {Snapshot} */ state) =>
  isDrawing(state) && (state.history?.present.shapes.length ?? 0) > 0;

/** @param {Actions} actions @returns {readonly Command[]} */
export function createCommands(actions) {
  const { view } = actions;
  const always = () => true;
  return [
    { name: 'open', words: 'open.photo', key: 'Ctrl+O', enabled: always, run: actions.chooseFile },
    { name: 'paste', words: 'paste.run', enabled: always, run: actions.paste },
    ...toolCommands(actions),
    { name: 'run', words: 'keys.run', key: 'Ctrl+Enter', enabled: isIdle, run: actions.run },
    {
      name: 'cancel',
      words: 'extend.cancel',
      key: 'Escape',
      enabled: ({ job }) => job !== null,
      run: actions.cancel,
    },
    {
      name: 'undo',
      words: 'edit.undo',
      key: 'Ctrl+Z',
      enabled: (state) => isIdle(state) && (state.history?.past.length ?? 0) > 0,
      run: actions.undo,
    },
    {
      name: 'redo',
      words: 'edit.redo',
      key: 'Ctrl+Shift+Z Ctrl+Y',
      enabled: (state) => isIdle(state) && (state.history?.future.length ?? 0) > 0,
      run: actions.redo,
    },
    {
      name: 'history',
      words: 'history.title',
      key: 'H',
      enabled: isIdle,
      run: actions.showHistory,
    },
    { name: 'save', words: 'save.run', key: 'Ctrl+S', enabled: isIdle, run: actions.save },
    { name: 'copy', words: 'copy.run', key: 'Ctrl+C', enabled: mayCopy, run: actions.copy },
    { name: 'savePair', words: 'pair.run', enabled: hasResult, run: () => actions.savePair() },
    {
      name: 'saveLoop',
      words: 'pair.loop',
      enabled: hasResult,
      run: () => actions.savePair('gif'),
    },
    { name: 'saveRecipe', words: 'recipe.run', enabled: hasResult, run: actions.saveRecipe },
    { name: 'copyRecipe', words: 'recipe.copy', enabled: hasResult, run: actions.copyRecipe },
    { name: 'share', words: 'share.run', enabled: isIdle, run: actions.share },
    { name: 'fit', words: 'view.fit', key: '0', enabled: hasPhoto, run: () => view.fit() },
    {
      name: 'actual',
      words: 'view.actual',
      key: '1',
      enabled: hasPhoto,
      run: () => view.showActualSize(),
    },
    {
      name: 'zoomIn',
      words: 'view.zoomIn',
      key: '+ =',
      enabled: hasPhoto,
      run: () => view.zoomBy(1.25),
    },
    {
      name: 'zoomOut',
      words: 'view.zoomOut',
      key: '-',
      enabled: hasPhoto,
      run: () => view.zoomBy(0.8),
    },
    {
      name: 'beside',
      words: 'compare.beside',
      key: 'S',
      enabled: (state) => isIdle(state) && canCompare(state),
      run: actions.showBeside,
    },
    {
      name: 'sources',
      words: 'sources.run',
      key: 'W',
      enabled: (state) => isIdle(state) && state.history?.present.origins !== null,
      run: actions.showSources,
    },
    { name: 'lang', words: 'lang', enabled: always, run: actions.switchLang },
    { name: 'keys', words: 'keys.title', key: '?', enabled: always, run: actions.showKeys },
    ...queueCommands(actions),
  ];
}

/** What takes several photos. @param {Actions} actions @returns {readonly Command[]} */
function queueCommands(actions) {
  const enabled = (/** @type {Snapshot} */ state) => isIdle(state) && state.queue.items.length > 1;
  return [
    {
      name: 'previous',
      words: 'queue.previous',
      key: ',',
      enabled,
      run: () => actions.toNeighbour(-1),
    },
    { name: 'next', words: 'queue.next', key: '.', enabled, run: () => actions.toNeighbour(1) },
    {
      name: 'applyAll',
      words: 'queue.apply',
      key: 'Ctrl+Shift+Enter',
      enabled,
      run: actions.applyToAll,
    },
    {
      name: 'repairAll',
      words: 'scratches.all',
      enabled: (state) => enabled(state) && mayFindScratches(state),
      run: actions.repairAll,
    },
    { name: 'choosePhotos', words: 'choose.open', enabled, run: actions.choosePhotos },
    { name: 'saveAll', words: 'queue.save', key: 'Ctrl+Shift+S', enabled, run: actions.saveAll },
    { name: 'showThem', words: 'kiosk.own', enabled, run: actions.showThem },
    { name: 'removePhoto', words: 'queue.remove', enabled, run: actions.removePhoto },
  ];
}

/** What belongs to one tool. @param {Actions} actions @returns {readonly Command[]} */
function toolCommands(actions) {
  const pen = (/** @type {PenName} */ name, /** @type {string} */ key) => ({
    name,
    words: /** @type {const} */ (`pen.${name}`),
    key,
    enabled: isDrawing,
    run: () => actions.setPen(name),
  });
  const brush = (/** @type {'thinner' | 'thicker'} */ name, /** @type {string} */ key) => ({
    name,
    words: /** @type {const} */ (`pen.${name}`),
    key,
    enabled: isDrawing,
    run: () => actions.resizeBrush(name === 'thicker' ? BRUSH_FACTOR : 1 / BRUSH_FACTOR),
  });
  return [
    {
      name: 'toCrop',
      words: 'crop.title',
      key: 'T',
      enabled: isIdle,
      run: () => actions.setTool('crop'),
    },
    {
      name: 'resetCrop',
      words: 'crop.reset',
      enabled: (state) => isIdle(state) && !isUncropped(croppingOf(state)),
      run: actions.resetCrop,
    },
    {
      name: 'enlarge',
      words: 'enlarge.run',
      key: 'D',
      enabled: (state) => isIdle(state) && state.tool === 'crop' && mayEnlarge(state),
      run: actions.enlarge,
    },
    {
      name: 'toExtend',
      words: 'extend.title',
      key: 'X',
      enabled: isIdle,
      run: () => actions.setTool('extend'),
    },
    {
      name: 'toFill',
      words: 'fill.title',
      key: 'F',
      enabled: isIdle,
      run: () => actions.setTool('fill'),
    },
    {
      name: 'toCutout',
      words: 'cutout.title',
      key: 'O',
      enabled: isIdle,
      run: () => actions.setTool('cutout'),
    },
    {
      name: 'toUnmosaic',
      words: 'unmosaic.title',
      key: 'U',
      enabled: isIdle,
      run: () => actions.setTool('unmosaic'),
    },
    {
      name: 'toColour',
      words: 'colour.title',
      key: 'C',
      enabled: isIdle,
      run: () => actions.setTool('colour'),
    },
    {
      name: 'propose',
      words: 'cutout.propose',
      enabled: (state) => isIdle(state) && mayClick(state),
      run: actions.propose,
    },
    { name: 'invert', words: 'cutout.invert', enabled: hasShapes, run: actions.invert },
    {
      name: 'snap',
      words: 'cutout.snap',
      key: 'N',
      enabled: (state) => hasShapes(state) && mayClick(state),
      run: actions.snap,
    },
    {
      name: 'findScratches',
      words: 'scratches.find',
      enabled: (state) => isIdle(state) && mayFindScratches(state),
      run: actions.findScratches,
    },
    { name: 'removeIt', words: 'cutout.remove', enabled: hasShapes, run: actions.removeIt },
    { name: 'freshen', words: 'freshen.run', enabled: isIdle, run: actions.freshen },
    { name: 'search', words: 'unmosaic.search', enabled: isIdle, run: actions.search },
    {
      name: 'pixelate',
      words: 'pixelate.title',
      key: 'P',
      enabled: (state) => isIdle(state) && state.tool === 'unmosaic',
      run: actions.pixelate,
    },
    {
      name: 'keep',
      words: 'strip.keep',
      key: 'K',
      enabled: ({ job }) => (job?.steps?.length ?? 0) > 1 && job?.isEnding !== true,
      run: actions.keep,
    },
    {
      name: 'another',
      words: 'answers.more',
      key: 'A',
      enabled: (state) => isIdle(state) && mayTryAgain(state),
      run: actions.tryAgain,
    },
    {
      name: 'askAll',
      words: 'method.all',
      key: 'Shift+A',
      enabled: (state) => isIdle(state) && mayAskAll(state),
      run: actions.askAll,
    },
    {
      name: 'film',
      words: 'film.run',
      enabled: (state) => isIdle(state) && canRecord() && state.history?.present.strip !== null,
      run: actions.film,
    },
    {
      name: 'reset',
      words: 'extend.reset',
      enabled: (state) => {
        const frame = state.history?.present.frame ?? NO_AMOUNTS;
        return isIdle(state) && !isEmptyFrame(frame);
      },
      run: () => actions.setFrame(NO_AMOUNTS),
    },
    { ...pen('click', 'Q'), enabled: (state) => isDrawing(state) && mayClick(state) },
    {
      name: 'flipClick',
      words: 'pen.flip',
      key: 'M',
      enabled: (state) => isDrawing(state) && penOf(state) === 'click',
      run: actions.flipClick,
    },
    pen('brush', 'B'),
    pen('eraser', 'E'),
    pen('lasso', 'L'),
    pen('rectangle', 'R'),
    brush('thinner', '['),
    brush('thicker', ']'),
    {
      name: 'clearHole',
      words: 'fill.clear',
      key: 'Delete Backspace',
      enabled: hasShapes,
      run: actions.clearHole,
    },
  ];
}
