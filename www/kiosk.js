// The page by itself, on a stage or at a stand: one tool after the other on the samples, with
// captions, again and again, until somebody comes.
//
// Where it is wished, photos that are open, a speaker's own, are shown in place of the samples: what
// was made of each, or what can be made of any.
//
// It does what a visitor would do, through the same wishes, so nothing here is for show only. What
// a key or a click means is in `panels/kiosk.js`.

import { presetFromName } from './drawing/geometry.js';
import { chosenMethod, methodsOf } from './methods.js';

/** @import { Box, Shape } from './drawing/shapes.js' */
/** @import { Preset } from './drawing/geometry.js' */
/** @import { Photo, Snapshot, State, ToolName } from './store.js' */
/** @import { WordKey } from './words.js' */
/**
 * What is shown of one tool: which sample, what is said before and after, and what the tool needs:
 * a shape to take, a place to paint over, cells to hide it in.
 * @typedef {Readonly<{ tool: ToolName, sample: string, before: WordKey, after: WordKey,
 *   preset?: string, shape?: Shape, cellPx?: number, isGrey?: boolean }>} Scene
 */
/**
 * @typedef {object} KioskActions
 * @property {(sample: string) => Promise<void>} open
 * @property {(tool: ToolName) => void} setTool
 * @property {(preset: Preset) => void} choosePreset
 * @property {(shape: Shape) => void} draw
 * @property {() => Promise<void>} takeColoursAway
 * @property {() => Promise<void>} pixelate
 * @property {() => Promise<void>} propose  what to cut out
 * @property {() => Promise<boolean>} canCutOut  whether weights for that are there
 * @property {() => Promise<void>} run
 * @property {(name: string) => void} chooseMethod
 * @property {() => Promise<void>} tryAgain
 * @property {() => void} reveal  the result, from the left
 * @property {() => void} cancel
 * @property {() => readonly number[]} ownPhotos  those that a visitor has open, by their ids
 * @property {(id: number) => Promise<void>} openOwn
 * @property {(photo: Photo, signal: AbortSignal) => Promise<boolean>} isGrey
 */

/** Which tool leaves a photo so. @type {Readonly<Record<Photo['made'], ToolName>>} */
const TOOL_OF = {
  copy: 'extend',
  cropped: 'crop',
  enlarged: 'crop',
  extended: 'extend',
  filled: 'fill',
  'cut-out': 'cutout',
  pixelated: 'unmosaic',
  unmosaic: 'unmosaic',
  coloured: 'colour',
  freshened: 'colour',
};

/** @param {Box} box @returns {Shape} */
const rectangle = (box) => ({ kind: 'rectangle', pen: 'add', box });

/** @type {readonly Scene[]} */
export const SCENES = [
  {
    tool: 'extend',
    sample: 'sea',
    before: 'kiosk.extend',
    after: 'kiosk.extended',
    preset: '21:9',
  },
  {
    tool: 'fill',
    sample: 'field',
    before: 'kiosk.fill',
    after: 'kiosk.filled',
    // The barn with its silo.
    shape: { kind: 'stroke', pen: 'add', radiusPx: 40, points: [770, 492, 880, 482] },
  },
  {
    tool: 'cutout',
    sample: 'portrait',
    before: 'kiosk.cutout',
    after: 'kiosk.cutOut',
  },
  {
    tool: 'unmosaic',
    sample: 'portrait',
    before: 'kiosk.unmosaic',
    after: 'kiosk.unmosaicked',
    shape: rectangle({ left: 170, top: 280, right: 842, bottom: 664 }),
    cellPx: 16,
  },
  {
    tool: 'colour',
    sample: 'mountains',
    before: 'kiosk.colour',
    after: 'kiosk.coloured',
    isGrey: true,
  },
];

/**
 * @param {{ store: { get: () => Snapshot, update: (change: Partial<State>) => void },
 *   actions: KioskActions, secs: number, tool: ToolName | null, withMethods?: boolean }} parts
 *   `secs`: how long each picture stays; `tool`: the only one to be shown; `withMethods`: what the
 *   published ones make of each photo comes first, the oldest before the others
 */
export function createKiosk({ store, actions, secs, tool, withMethods = false }) {
  const scenes = SCENES.filter((scene) => tool === null || scene.tool === tool);
  /** @type {AbortController | null} */
  let running = null;
  /** Whether the photos that are open are the programme, as they were when it last ran. */
  let isOwn = false;
  /** The visitor's choices of methods. */
  let chosen = store.get().chosen;

  /** What is seen and what is said of it change together. @param {ToolName} tool @param {AbortSignal} signal */
  function narrator(tool, signal) {
    return (/** @type {WordKey | null} */ words, method = '') => {
      signal.throwIfAborted();
      store.update({ kiosk: { tool, words, method } });
    };
  }
  /** Waits for a share of how long each picture stays. @param {number} share @param {AbortSignal} signal */
  const stay = (share, signal) => pause(1000 * secs * share, signal);
  const isWell = () => store.get().notice?.tone !== 'problem';

  /** @param {Scene} scene @param {AbortSignal} signal @returns {Promise<boolean>} whether it went well */
  async function play(scene, signal) {
    const say = narrator(scene.tool, signal);
    say(null);
    await actions.open(scene.sample);
    signal.throwIfAborted();
    if (!isWell()) return false;
    // So that Unmosaic does not begin with a search of its own.
    store.update({ searched: store.get().opened, against: 'mosaic' });
    actions.setTool(scene.tool);
    if (scene.isGrey) await actions.takeColoursAway();
    const { shape } = scene;
    if (scene.cellPx) {
      store.update({ cellPx: scene.cellPx });
      if (shape) actions.draw(shape);
      await actions.pixelate();
    }
    say(scene.before);
    await stay(0.5, signal);
    const preset = presetFromName(scene.preset ?? '');
    if (preset) actions.choosePreset(preset);
    if (shape && !scene.cellPx) actions.draw(shape);
    if (scene.tool === 'cutout') await actions.propose();
    await stay(0.3, signal);
    const state = store.get();
    const all = [...methodsOf(state).map(({ name }) => name), ''];
    for (const [i, name] of (withMethods ? all : [chosenMethod(state)]).entries()) {
      actions.chooseMethod(name);
      await (i === 0 ? actions.run() : actions.tryAgain());
      if (!isWell()) return false;
      say(scene.after, name);
      if (i > 0 || ['fill', 'cutout', 'unmosaic'].includes(scene.tool)) actions.reveal();
      await stay(1, signal);
    }
    if (!store.get().history?.present.truth?.undone) return true;
    store.update({ against: 'truth', shownPercent: 50 });
    await stay(1, signal);
    return true;
  }

  /**
   * A photo of the visitor's: what was made of it, or else what can be made of any photo.
   * @param {number} id @param {AbortSignal} signal @returns {Promise<boolean>}
   */
  async function playOwn(id, signal) {
    narrator(store.get().kiosk?.tool ?? 'extend', signal)(null);
    await actions.openOwn(id);
    signal.throwIfAborted();
    const { history, opened } = store.get();
    if (!history || !opened || !isWell()) return false;
    store.update({ searched: opened });
    const { photo } = history.present;
    if (photo !== opened) {
      const say = narrator(TOOL_OF[photo.made], signal);
      store.update({ shownPercent: 0 });
      say('compare.before');
      await stay(0.6, signal);
      say('compare.after');
      actions.reveal();
      await stay(1, signal);
      return true;
    }
    const isGrey = await actions.isGrey(opened, signal);
    const say = narrator(isGrey ? 'colour' : 'extend', signal);
    actions.setTool(isGrey ? 'colour' : 'extend');
    say(isGrey ? 'kiosk.colour' : 'kiosk.extend');
    await stay(0.5, signal);
    const preset = presetFromName(photo.width > 2 * photo.height ? '16:9' : '21:9');
    if (!isGrey && preset) actions.choosePreset(preset);
    await stay(0.3, signal);
    await actions.run();
    if (!isWell()) return false;
    say(isGrey ? 'kiosk.coloured' : 'kiosk.extended');
    await stay(1, signal);
    return true;
  }

  async function loop(/** @type {AbortSignal} */ signal) {
    for (;;) {
      let well = 0;
      const own = isOwn ? actions.ownPhotos() : [];
      const programme = own.length > 0 ? own : scenes;
      for (const part of programme) {
        if (typeof part !== 'number' && part.tool === 'cutout' && !(await actions.canCutOut()))
          continue;
        signal.throwIfAborted();
        const isGood = await (typeof part === 'number'
          ? playOwn(part, signal)
          : play(part, signal));
        if (isGood) well += 1;
        else await pause(1000, signal);
      }
      if (well === 0) return; // The notice says why.
    }
  }

  function stop() {
    if (!running) return;
    running.abort();
    running = null;
    if (store.get().job) actions.cancel();
    // Whole, whatever was swept in or compared: the line between the two would be in a pen's way.
    store.update({ kiosk: null, shownPercent: 100, chosen });
  }

  return {
    /** Goes on with what was shown before, or with the photos that are open. @param {boolean} [withOwn] */
    start(withOwn = isOwn) {
      if (running) return;
      isOwn = withOwn;
      chosen = store.get().chosen;
      const abort = (running = new AbortController());
      void keepAwake(abort.signal);
      loop(abort.signal).then(stop, (error) => {
        if (abort.signal.aborted) return;
        stop();
        throw error;
      });
    },
    stop,
  };
}

/** @param {number} millis @param {AbortSignal} signal @returns {Promise<void>} */
function pause(millis, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, millis);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Keeps the screen on, where the browser can; it lets go whenever the page is hidden. @param {AbortSignal} signal */
async function keepAwake(signal) {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  const release = () => void lock?.release();
  const hold = async () => {
    if (document.hidden || !('wakeLock' in navigator)) return;
    lock = await navigator.wakeLock.request('screen').catch(() => null); // On low battery, say.
    if (signal.aborted) release();
  };
  document.addEventListener('visibilitychange', hold, { signal });
  signal.addEventListener('abort', release);
  await hold();
}
