// Does what the address asks for: opens a sample, sets what is to be set, runs at once. What needs a
// photo waits for the first that is opened by hand where no sample is asked for.

import { amountsFromLengths } from './address.js';
import { CodedError } from './engine/protocol.js';
import { toolOf } from './methods.js';

/** @import { wishesFromAddress } from './address.js' */
/** @import { Preset } from './drawing/geometry.js' */
/** @import { Amounts, Hint, Method } from './engine/protocol.js' */
/** @import { createReplay } from './queue/replay.js' */
/** @import { Entry, Snapshot, State } from './store.js' */
/**
 * @typedef {object} FollowParts
 * @property {ReturnType<typeof wishesFromAddress>} asked
 * @property {{ get: () => Snapshot, update: (change: Partial<State>) => void }} store
 * @property {(error: unknown) => void} explain
 * @property {() => Promise<readonly Method[]>} knownMethods
 * @property {() => void} startKiosk
 * @property {(name: string) => Promise<void>} openSample
 * @property {(frame: Amounts) => void} setFrame
 * @property {(preset: Preset) => void} choosePreset
 * @property {(change: Partial<Entry>) => void} go
 * @property {() => Promise<void>} takeColoursAway
 * @property {() => Promise<void>} pixelate
 * @property {() => Promise<void>} search  for a mosaic
 * @property {() => Promise<void>} propose  what to cut out
 * @property {() => Promise<void>} findScratches
 * @property {() => Promise<void>} run  the chosen tool
 * @property {() => Promise<void>} freshen
 * @property {() => Promise<void>} enlarge
 * @property {(hints: readonly Hint[]) => Promise<void>} hint
 * @property {Pick<ReturnType<typeof createReplay>, 'followText' | 'followWaiting'>} replay
 */

/** @param {FollowParts} parts */
export function createFollower({ asked, store, explain, startKiosk, openSample, ...actions }) {
  let isAwaited = asked.sample === null && !asked.isKiosk;
  let isSetUp = false;

  async function start() {
    await setMethod();
    if (asked.isKiosk) {
      tellProblems();
      startKiosk();
      return;
    }
    if (asked.recipe !== null) await actions.replay.followText(asked.recipe); // Or waits.
    if (asked.sample !== null) await openSample(asked.sample);
    tellProblems(); // After what opening the sample had to say.
    if (asked.sample !== null) await setUp();
  }

  /** Which methods there are is known only when the engine has looked. */
  async function setMethod() {
    const { method: name } = asked;
    if (name === null) return;
    const method = (await actions.knownMethods()).find((each) => each.name === name);
    if (method) store.update({ chosen: { ...store.get().chosen, [toolOf(method)]: name } });
    else asked.problems.push(new CodedError('bad-setting', `method=${name}`));
  }

  /** One sentence for all that is no setting. */
  function tellProblems() {
    const [first, ...more] = asked.problems;
    if (!first) return;
    if (more.length === 0 && first.code !== 'bad-setting') return explain(first);
    const settings = asked.problems.map(({ message }) => message).join(', ');
    store.update({ notice: { tone: 'problem', key: 'address.bad', words: { settings } } });
  }

  /** A photo was opened, by whomever. */
  function opened() {
    if (!isAwaited) {
      if (isSetUp) void actions.replay.followWaiting();
      return;
    }
    isAwaited = false;
    void setUp();
  }

  async function setUp() {
    await setAndRun();
    isSetUp = true;
    await actions.replay.followWaiting();
  }

  /** Sets what is asked for on the open photo. */
  async function setAndRun() {
    const { history, opened } = store.get();
    if (!history) return;
    const { lengths, preset, rect, cellPx, hints } = asked;
    const isUnmosaic = asked.tool === 'unmosaic';
    if (lengths) actions.setFrame(amountsFromLengths(lengths, history.present.photo));
    else if (preset) actions.choosePreset(preset);
    if (isUnmosaic && (rect || asked.isPixelated)) store.update({ searched: opened });
    if (rect) {
      const isKnown = isUnmosaic && cellPx !== null && !asked.isPixelated;
      actions.go({
        shapes: [{ kind: 'rectangle', pen: 'add', box: rect }],
        grid: isKnown ? { cell: [cellPx, cellPx], phase: [rect.left, rect.top] } : null,
      });
    }
    if (asked.isGrey) await actions.takeColoursAway();
    if (asked.isPixelated) await actions.pixelate();
    if (asked.isRepaired) await actions.findScratches();
    if (!asked.isAuto || (asked.isRepaired && !isDrawn())) return;
    if (asked.isFreshened) await actions.freshen();
    else if (asked.isEnlarged) await actions.enlarge();
    else if (isUnmosaic && !rect && !asked.isPixelated) await searchAndRun();
    else if (asked.tool === 'cutout' && !rect) await proposeAndRun();
    else if (asked.tool === 'colour' && hints.length > 0) await actions.hint(hints);
    else if (asked.tool !== 'extend' || lengths || preset) await actions.run();
  }

  function isDrawn() {
    return store.get().history?.present.shapes.length !== 0;
  }

  async function searchAndRun() {
    store.update({ searched: store.get().opened });
    await actions.search();
    if (store.get().history?.present.grid) await actions.run();
  }

  async function proposeAndRun() {
    await actions.propose();
    if (isDrawn()) await actions.run();
  }

  return { start, opened };
}
