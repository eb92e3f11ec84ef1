// The page's one state: frozen, replaced whole.
//
// Panels draw it and report wishes; only `main.js` connects the two. Pixels are in here too, as
// `Photo`: they are never written to after they have been put there.

/** @import { Amounts, Format, Grid, Limits, Pixels, Stage } from './engine/protocol.js' */
/** @import { Colouring, Colours, Curves, Decibels, Hint, Origins, Step } from './engine/protocol.js' */
/** @import { Backdrop, Click, ErrorCode, Metadata, Method } from './engine/protocol.js' */
/** @import { TaskWeights } from './engine/engine.js' */
/** @import { History } from './history/history.js' */
/** @import { Batch, Queue } from './queue/queue.js' */
/** @import { Cropping } from './drawing/crop.js' */
/** @import { Pen, Shape, Spans } from './drawing/shapes.js' */
/** @import { WordKey, Lang } from './words.js' */

/** @typedef {{ x: number, y: number, width: number, height: number }} Rect */
/** @typedef {'crop' | 'extend' | 'fill' | 'cutout' | 'unmosaic' | 'colour'} ToolName  also the names of the jobs */
/** @typedef {'click' | 'brush' | 'eraser' | 'lasso' | 'rectangle'} PenName  what a hole is drawn with */
/**
 * A picture on the page. `original` is where the opened photo lies in it; `made` is what the last
 * tool did to it, for its file's name, `kind` the format that is like that of its file; `metadata` is
 * what that file says besides the picture, where the engine could read it; `border` is what lies
 * around it and is not to be continued, where that was looked for; `times`, how many times as long its
 * sides became by enlarging, where they did; `method`, the published one that painted it last, if one did.
 * @typedef {Readonly<Pixels & { name: string, original: Rect, openedId: number,
 *   made: 'copy' | 'cropped' | 'extended' | 'filled' | 'cut-out' | 'pixelated' | 'unmosaic' | 'coloured'
 *   | 'freshened' | 'enlarged',
 *   kind: Format, metadata: Metadata | null, border?: Amounts, times?: number, method?: string }>} Photo
 */
/**
 * What made a photo out of `source`, so that its settings can change without a run of the network.
 * @typedef {Readonly<{ kind: 'colours', source: Photo, colours: Colours, variant: string,
 *   saturation: number, warmth: number, strength: number, method: string }>} Colourised
 * @typedef {Readonly<{ kind: 'curves', source: Photo, curves: Curves, strength: number }>} Freshened
 * @typedef {Colourised | Freshened} Tint
 */
/**
 * What a mosaic of our own hides: the photo that it was put on, and where. `undone` has what it was
 * undone from, `mosaic`, of the same size, and how near the guess comes.
 * @typedef {Readonly<{ photo: Photo, shapes: readonly Shape[],
 *   undone: Readonly<{ mosaic: Photo, decibels: Decibels }> | null }>} Truth
 * The steps of an extension, from the photo as it was; each is a part of `whole`, the last. The
 * photo shows step `at`.
 * @typedef {Readonly<{ source: Photo, whole: Photo, steps: readonly Step[], at: number }>} Strip
 */
/**
 * What a tool that guesses has answered: each what it changed in `before`, and by which method it did;
 * the photo shows answer `at`. All of them are one step of the history, by its `merge`.
 * @typedef {Readonly<{ tool: ToolName, before: Entry, all: readonly Partial<Entry>[],
 *   by: readonly Readonly<{ method: string, seed: number }>[], at: number, merge: string }>} Answers
 */
/** @typedef {'none' | 'dab' | 'eraser'} HintPen  what a click on the photo does to its hints */
/**
 * One step of the history: a picture and all that is set around it. `step` says what led here:
 * with which tool, with which steps after it it is one (see `stepped`), what it is called, and the batch
 * that it is a part of. `grid` has the
 * cells of the mosaic that the shapes cover, once they are known. `tint` is `null` unless the photo
 * is as Colour made it; `hints` are what its colours are to follow. `truth` and `strip` are `null`
 * unless the photo is as Unmosaic, or Extend, left it; `cut`, what was cut out of which photo, unless
 * Cut out did; `origins`, unless it is as
 * one of them or Fill did, with pieces of the photo; `answers`, unless Extend or Fill left it, or
 * another tool that has methods.
 * @typedef {Readonly<{ photo: Photo, frame: Amounts, shapes: readonly Shape[], growPx: number,
 *   featherPx: number, grid: Grid | null, hints: readonly Hint[], tint: Tint | null,
 *   truth: Truth | null, strip: Strip | null, origins: Origins | null, answers: Answers | null,
 *   cut: Readonly<{ source: Photo, shapes: readonly Shape[] }> | null,
 *   step: Readonly<{ tool: ToolName, merge: string, name: StepName, batch?: Batch | null }> | null
 *   }>} Entry
 */
/** @typedef {Record<string, string | number>} Gaps */
/** @typedef {Readonly<{ stage: Stage, millis: number }>} Lap  how long a stage took */
/** @typedef {Readonly<{ key: WordKey, words?: Gaps }>} StepName  what a step of the history did */
/**
 * What the kiosk shows and says now.
 * @typedef {Readonly<{ tool: ToolName, words: WordKey | null, method?: string }>} Kiosk  `words` are
 *   `null` while a photo is opened; `method` is told of in place of them
 */
/**
 * `steps` are those that an extension has done so far; it may be about to end with the step under way.
 * `turn`: which photo of the queue it is at, or which `method` of all; `clicks`: those it asks about.
 * @typedef {Readonly<{ kind: 'open' | 'save' | 'adjust' | 'select' | 'zip' | ToolName, stage: Stage, done: number,
 *   total: number, startedMillis: number, steps?: readonly Step[], isEnding?: boolean,
 *   turn?: { at: number, of: number, method?: string }, clicks?: readonly Click[] }>} Job
 */
/**
 * @typedef {Readonly<{ status: 'starting', stage: Stage, done: number, total: number }
 *   | { status: 'ready', device: string, fallback: string }
 *   | { status: 'failed', code: ErrorCode }>} EngineState
 */
/**
 * One sentence for the visitor; `words` fill its gaps, `name` that of its name. `action` is offered as
 * a button.
 * @typedef {Readonly<{ tone: 'problem' | 'info', key: WordKey,
 *   words?: Gaps, name?: StepName, action?: { key: WordKey, run: () => void } }>} Notice
 */
/**
 * @typedef {object} State
 * @property {Lang} lang
 * @property {EngineState} engine
 * @property {Limits | null} limits  known once the wasm module is loaded
 * @property {readonly string[]} trained  the tasks that weights are there for
 * @property {readonly TaskWeights[]} weights  those
 * @property {readonly Method[]} methods  that can take their place, once chosen
 * @property {Readonly<Partial<Record<ToolName, string>>>} chosen  the method of each tool; see
 *   `chosenMethod`
 * @property {ToolName} tool
 * @property {History<Entry> | null} history  `null` until a photo is open
 * @property {Photo | null} opened  as it came from its file
 * @property {Cropping | null} cropping  what is set of it for a photo; for any other it is nothing
 * @property {Photo | null} searched  the opened photo that was looked through for a mosaic
 * @property {PenName} pen
 * @property {PenName | null} cutPen  that of Cut out, once one is chosen
 * @property {Pen} clickPen  whether a click adds what it is on, or takes it away
 * @property {Readonly<{ kind: Backdrop['kind'], colour: string, blurPercent: number,
 *   photoId: number }>} backdrop  what is to lie behind what is cut out
 * @property {number} brushPx  the brush's diameter, in photo pixels
 * @property {boolean} isRunAtOnce  whether each stroke is filled as soon as it ends
 * @property {Readonly<{ tint: Tint, preview: Pixels | null }> | null} draft  settings of Colour that
 *   are being tried, and how they look on a small copy
 * @property {Readonly<{ photo: Photo, colouring: Colouring }> | null} judged
 * @property {number} agreedId  the opened photo whose own colours may be replaced
 * @property {Readonly<{ colours: Colours, pictures: readonly Pixels[] }> | null} sheet  a small
 *   picture for each variant
 * @property {readonly Hint[] | null} wishedHints  what colours are being found for
 * @property {HintPen} hintPen
 * @property {string} hintColour  such as #2e8b57
 * @property {number} hintReachPercent  how far hints reach beside what is usual
 * @property {'truth' | 'mosaic' | 'ours'} against  what a guess is compared with where the truth is
 *   known, or our own answer; else, as by `mosaic`, it is the photo as it was
 * @property {boolean} paintsBorder  whether extending paints over a border, too
 * @property {number} detailPercent  how much detail undoing a mosaic borrows from around
 * @property {number} cellPx  the side of the cells of a mosaic to be put on the photo
 * @property {'px' | '%'} unit
 * @property {Kiosk | null} kiosk  `null` unless the page runs by itself
 * @property {Job | null} job
 * @property {readonly Lap[]} laps  the stages of the last run
 * @property {number} shownPercent  how much of the result the compare slider shows, 0 to 100
 * @property {boolean} isPeeking
 * @property {boolean} isBesideWanted  whether result and original are shown side by side
 * @property {boolean} isTracingWanted  whether it shows where the painting was taken from
 * @property {Format | 'same'} format  `same`: as the photo was opened
 * @property {number} quality  1 to 100, for JPEG and WebP
 * @property {boolean} isMetadataKept  whether results say of date, place and camera what their photos' files do
 * @property {Readonly<{ key: WordKey, words?: Gaps, name?: StepName }> | null} status  what was done
 *   last; `name` fills the gap of that name
 * @property {Notice | null} notice
 * @property {Queue} queue  all photos that are open, also where it is one
 */

/**
 * Holds one frozen state; listeners hear it at once and whenever it is replaced.
 * @template {object} S
 * @param {S} initial
 */
export function createStore(initial) {
  let state = Object.freeze({ ...initial });
  const listeners = /** @type {Set<(state: Readonly<S>) => void>} */ (new Set());
  return {
    get: () => state,
    /** @param {Partial<S>} change */
    update(change) {
      state = Object.freeze({ ...state, ...change });
      const current = state;
      for (const listener of [...listeners]) {
        // A listener may have replaced the state again: then everyone has heard the newer one.
        if (state !== current) return;
        listener(current);
      }
    },
    /** @param {(state: Readonly<S>) => void} listener */
    subscribe(listener) {
      listeners.add(listener);
      listener(state);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** @typedef {Readonly<State>} Snapshot */

/** Whether a shape stands for clicks. @param {Shape} shape @returns {shape is Spans} */
export function isClicked(shape) {
  return shape.kind === 'spans' && shape.clicks !== undefined;
}

/** Whether a tool works on what is drawn. @param {ToolName} tool */
export function isDrawnFor(tool) {
  return tool === 'fill' || tool === 'cutout' || tool === 'unmosaic';
}

/** Whether a click selects the thing it is on. @param {Snapshot} state */
export function mayClick({ tool, trained }) {
  return tool !== 'unmosaic' && trained.includes('cutout');
}

/** Whether scratches and dust can be looked for. @param {Snapshot} state */
export function mayFindScratches({ tool, trained }) {
  return tool === 'fill' && trained.includes('scratches');
}

/** What the tool draws with. @param {Snapshot} state @returns {PenName} */
export function penOf(state) {
  const pen = state.tool === 'cutout' ? (state.cutPen ?? 'click') : state.pen;
  return pen === 'click' && !mayClick(state) ? 'brush' : pen;
}

/** What choosing a pen changes: Cut out has its own. @param {PenName} pen @param {Snapshot} state @returns {Partial<State>} */
export function chosenPen(pen, { tool }) {
  return tool === 'cutout' ? { cutPen: pen } : { pen };
}

/** The clicks that count, while one selects by clicking. @param {Snapshot} state @returns {readonly Click[]} */
export function clicksOf(state) {
  const { history, job, tool } = state;
  if (!isDrawnFor(tool) || penOf(state) !== 'click') return [];
  return job?.clicks ?? history?.present.shapes.findLast(isClicked)?.clicks ?? [];
}

/**
 * Whether it is shown where the painting was taken from; then nothing is drawn.
 * @param {Snapshot} state
 */
export function isTracing({ history, isTracingWanted, job }) {
  return isTracingWanted && job === null && (history?.present.origins ?? null) !== null;
}

/**
 * Whether a tool is at work, so that nothing may be set or drawn. While a setting is put on the
 * whole photo, it may be set anew.
 * @param {Snapshot} state
 */
export function isToolRunning({ job }) {
  return job !== null && !['open', 'save', 'adjust', 'select'].includes(job.kind);
}

/** Whether the photo's colours were found, so that hints may change them. @param {Snapshot} state */
export function takesHints({ history, tool }) {
  const tint = history?.present.tint;
  return tool === 'colour' && tint?.kind === 'colours' && tint.colours.variants.length > 0;
}

/** Whether a click on the photo is for its hints. @param {Snapshot} state */
export function isHinting(state) {
  return takesHints(state) && state.hintPen !== 'none' && !isTracing(state);
}
