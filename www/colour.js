// Colour's live part: asking before colours are replaced, settings that show while they change,
// small pictures of the variants, hints.
//
// The network runs in `TASKS`. What it found stays with the entry, so that a setting only puts it
// on the photo anew: on a small copy while a slider moves, on the whole photo when it rests.

import { isHinting } from './store.js';
import { coatFrom, colouredWith, freshenedWith, tinted } from './tasks.js';

/** @import { Engine } from './engine/engine.js' */
/** @import { Point } from './drawing/geometry.js' */
/** @import { Colouring, Hint, Pixels, Stage } from './engine/protocol.js' */
/** @import { Colourised, Entry, Job, Photo, Snapshot, State, Tint } from './store.js' */
/** @import { Look, Task } from './tasks.js' */
/** @typedef {'saturation' | 'warmth' | 'strength'} Slider */
/**
 * @typedef {object} ColourParts
 * @property {{ get: () => Snapshot, update: (change: Partial<State>) => void,
 *   subscribe: (listener: (state: Snapshot) => void) => unknown }} store
 * @property {Engine} engine
 * @property {(kind: Job['kind'], stage: Stage, work: (signal: AbortSignal) => Promise<void>) =>
 *   Promise<void>} runJob
 * @property {(task: Task, wish?: Partial<Entry>) => Promise<void>} runTask
 * @property {(change: Partial<Entry>, merge: string, shown?: Partial<State>) => void} go
 * @property {(error: unknown) => void} explain
 * @property {() => Promise<'anew' | 'freshen' | 'leave'>} ask  what to do with a coloured photo
 * @property {Partial<Look>} [look]  the settings of a photo that is coloured for the first time
 */

/** About as much as a screen shows, and little enough for a preview in a few frames. */
const PREVIEW_PIXELS = 1e6;
/** A variant's picture on the contact sheet, sharp on screens of two device pixels each. */
const THUMB_PIXELS = 2.4e4;
const NEVER = new AbortController().signal;

/** @param {ColourParts} parts */
export function createColour({ store, engine, runJob, runTask, go, explain, ask, look = {} }) {
  const colourTask = colouredWith(look);
  const freshen = freshenedWith(look);
  const judgements = /** @type {WeakMap<Photo, Promise<Colouring>>} */ (new WeakMap());
  const copies = /** @type {WeakMap<Photo, Promise<Pixels>>} */ (new WeakMap());
  let isPreviewing = false;
  /** Numbers the visits to a slider: its moves from then on are one step of the history. */
  let gesture = 0;

  /**
   * What is found for a photo once; what failed is tried again.
   * @template T @param {WeakMap<Photo, Promise<T>>} known @param {Photo} photo
   * @param {() => Promise<T>} find
   */
  function once(known, photo, find) {
    const found = known.get(photo) ?? find();
    known.set(photo, found);
    found.catch(() => known.delete(photo));
    return found;
  }
  const judged = (/** @type {Photo} */ photo) =>
    once(judgements, photo, () => engine.colouring(photo, NEVER));
  const copyOf = (/** @type {Photo} */ photo) =>
    once(copies, photo, () => engine.shrunk(photo, PREVIEW_PIXELS, NEVER));

  /** Colours the photo; one that has colours of its own only if that is wanted. */
  async function start() {
    const { history, agreedId } = store.get();
    if (!history) return;
    const { photo, tint } = history.present;
    if (tint?.kind === 'colours' || agreedId === photo.openedId) {
      await runTask(colourTask);
      return;
    }
    try {
      const wish = (await judged(photo)) === 'coloured' ? await ask() : 'anew';
      if (store.get().history?.present.photo !== photo || wish === 'leave') return;
      if (wish === 'anew') store.update({ agreedId: photo.openedId });
      await runTask(wish === 'anew' ? colourTask : freshen);
    } catch (error) {
      explain(error);
    }
  }

  /** A setting is being tried. @param {Partial<Colourised>} change */
  function draft(change) {
    const { draft: before, history } = store.get();
    const tint = before?.tint ?? history?.present.tint;
    if (!tint) return;
    const next = /** @type {Tint} */ (Object.freeze({ ...tint, ...change }));
    store.update({ draft: { tint: next, preview: before?.preview ?? null } });
    void preview();
  }

  /** Shows the draft on a small copy; the newest when several come while one is made. */
  async function preview() {
    if (isPreviewing) return;
    isPreviewing = true;
    try {
      for (let shown = null, now = store.get().draft; now && now.tint !== shown;) {
        shown = now.tint;
        const picture = await engine.put(await copyOf(shown.source), coatFrom(shown), NEVER);
        now = store.get().draft;
        if (now) store.update({ draft: { ...now, preview: picture } });
      }
    } catch (error) {
      explain(error);
    } finally {
      isPreviewing = false;
    }
  }

  /** Puts what is being tried on the whole photo. @param {string} merge  see `stepped` */
  function settle(merge) {
    const tint = store.get().draft?.tint;
    if (!tint) return;
    void runJob('adjust', 'put', async (signal) => {
      const isCurrent = () => store.get().draft?.tint === tint;
      try {
        const photo = await tinted(engine, tint, signal);
        const { shownPercent, history } = store.get();
        const { answers = null } = history?.present ?? {};
        const { all = [], at } = answers ?? {};
        const now = all.map((each, i) => (i === at ? { ...each, photo, tint } : each));
        const change = { photo, tint, answers: answers && { ...answers, all: now } };
        if (isCurrent()) go(change, merge, { shownPercent });
      } finally {
        if (isCurrent()) store.update({ draft: null });
      }
    });
  }

  /** @param {string} variant */
  function choose(variant) {
    draft({ variant });
    settle('');
  }

  /**
   * Replaces the hints and finds colours that follow them: one step.
   * @param {Entry['hints']} hints
   */
  async function hint(hints) {
    store.update({ wishedHints: hints });
    await runTask(colourTask, { hints });
    store.update({ wishedHints: null });
  }

  /** A click on the photo: a hint more, or one less. @param {Point} at @param {number} reachPx @param {boolean} isErasing */
  function dab({ x, y }, reachPx, isErasing) {
    const { history, hintColour, hintReachPercent } = store.get();
    if (!history || !isHinting(store.get())) return;
    const { hints, photo } = history.present;
    if (isErasing) {
      const away = hints.map((each) => Math.hypot(each.x - x, each.y - y));
      const nearest = away.indexOf(Math.min(...away));
      if ((away[nearest] ?? Infinity) <= reachPx) void hint(hints.filter((_, i) => i !== nearest));
    } else if (x >= 0 && y >= 0 && x < photo.width && y < photo.height) {
      const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => Number(`0x${hintColour.slice(i, i + 2)}`));
      void hint([...hints, reaching({ x, y, rgb: [r, g, b] }, hintReachPercent)]);
    }
  }

  /** How far hints reach, those that are there too. @param {number} hintReachPercent */
  function reach(hintReachPercent) {
    store.update({ hintReachPercent });
    const hints = store.get().history?.present.hints ?? [];
    if (hints.length > 0) void hint(hints.map((each) => reaching(each, hintReachPercent)));
  }

  /** Looks whether a photo has colours, as soon as Colour shows it. @param {Snapshot} state */
  function judge({ tool, history, judged: before }) {
    const { photo, tint } = history?.present ?? {};
    if (tool !== 'colour' || !photo || tint || before?.photo === photo) return;
    judged(photo).then(
      (colouring) => {
        const { history: now, judged: known } = store.get();
        if (now?.present.photo !== photo || known?.photo === photo) return;
        store.update({ judged: { photo, colouring } });
      },
      () => {}, // Asked again with the next change, or when it has to be known.
    );
  }

  /** The contact sheet of what the network found, made once for each run of it. */
  const sheets = /** @type {WeakMap<object, Promise<readonly Pixels[]>>} */ (new WeakMap());
  /** @param {Snapshot} state */
  function fillSheet({ tool, history, sheet }) {
    const tint = history?.present.tint;
    if (tool !== 'colour' || tint?.kind !== 'colours' || sheet?.colours === tint.colours) return;
    const { colours } = tint;
    const pictures = sheets.get(colours) ?? picturesOf(tint);
    sheets.set(colours, pictures);
    pictures.then(
      (all) => {
        const now = store.get();
        const present = now.history?.present.tint;
        if (present?.kind !== 'colours' || present.colours !== colours) return;
        if (now.sheet?.colours !== colours) store.update({ sheet: { colours, pictures: all } });
      },
      () => sheets.delete(colours),
    );
  }

  /** @param {Colourised} tint */
  async function picturesOf(tint) {
    const small = await engine.shrunk(await copyOf(tint.source), THUMB_PIXELS, NEVER);
    const plain = { saturation: 1, warmth: 0, strength: 1 };
    return Promise.all(
      tint.colours.variants.map(({ name }) =>
        engine.put(small, coatFrom({ ...tint, ...plain, variant: name }), NEVER),
      ),
    );
  }

  store.subscribe(judge);
  store.subscribe(fillSheet);

  return {
    start,
    freshen: () => runTask(freshen),
    choose,
    /** @param {Slider} slider @param {number} value */
    slide: (slider, value) => draft({ [slider]: value }),
    /** A slider rests for now. @param {Slider} slider */
    settle: (slider) => settle(`${slider} ${gesture}`),
    /** A hand or the focus comes to a slider: what it moves from now on is a new step. */
    touch: () => void (gesture += 1),
    dab,
    hint,
    reach,
    /** @param {number} index */
    removeHint(index) {
      const hints = store.get().history?.present.hints ?? [];
      void hint(hints.filter((_, i) => i !== index));
    },
  };
}

/** The hint with another reach. @param {Hint} hint @param {number} percent @returns {Hint} */
const reaching = ({ x, y, rgb }, percent) =>
  percent === 100 ? { x, y, rgb } : { x, y, rgb, reach: percent / 100 };
