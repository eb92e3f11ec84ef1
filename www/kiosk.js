// The page by itself, on a stage or at a stand: one tool after the other on the samples, with
// captions, again and again, until somebody comes.
//
// It does what a visitor would do, through the same wishes, so nothing here is for show only. What
// a key or a click means is in `panels/kiosk.js`.

import { presetFromName } from './drawing/geometry.js';

/** @import { Box, Shape } from './drawing/shapes.js' */
/** @import { Preset } from './drawing/geometry.js' */
/** @import { Snapshot, State, ToolName } from './store.js' */
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
 * @property {() => Promise<void>} run
 * @property {() => void} reveal  the result, from the left
 * @property {() => void} cancel
 */

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
 *   actions: KioskActions, secs: number, tool: ToolName | null }} parts
 *   `secs`: how long each picture stays; `tool`: the only one to be shown
 */
export function createKiosk({ store, actions, secs, tool }) {
  const scenes = SCENES.filter((scene) => tool === null || scene.tool === tool);
  /** @type {AbortController | null} */
  let running = null;

  /** @param {Scene} scene @param {AbortSignal} signal @returns {Promise<boolean>} whether it went well */
  async function play(scene, signal) {
    const say = (/** @type {WordKey} */ words) => {
      signal.throwIfAborted();
      store.update({ kiosk: { tool: scene.tool, words } });
    };
    const stay = (/** @type {number} */ share) => pause(1000 * secs * share, signal);
    const isWell = () => store.get().notice?.tone !== 'problem';

    say(scene.before);
    await actions.open(scene.sample);
    signal.throwIfAborted();
    if (!isWell()) return false;
    // So that Unmosaic does not begin with a search of its own.
    store.update({ searched: store.get().opened, against: 'mosaic' });
    actions.setTool(scene.tool);
    if (scene.isGrey) await actions.takeColoursAway();
    await stay(0.5);
    const preset = presetFromName(scene.preset ?? '');
    if (preset) actions.choosePreset(preset);
    if (scene.shape) actions.draw(scene.shape);
    await stay(0.3);
    if (scene.cellPx) {
      store.update({ cellPx: scene.cellPx });
      await actions.pixelate();
      await stay(0.5);
    }
    await actions.run();
    if (!isWell()) return false;
    say(scene.after);
    if (scene.tool === 'fill' || scene.tool === 'unmosaic') actions.reveal();
    await stay(1);
    if (!store.get().history?.present.truth?.undone) return true;
    store.update({ against: 'truth', shownPercent: 50 });
    await stay(1);
    return true;
  }

  async function loop(/** @type {AbortSignal} */ signal) {
    for (;;) {
      let well = 0;
      for (const scene of scenes) {
        if (await play(scene, signal)) well += 1;
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
    store.update({ kiosk: null });
  }

  return {
    start() {
      if (running) return;
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
