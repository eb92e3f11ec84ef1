// Before and after: a slider, the line it moves across the picture, and the original on a key.

import { isEmptyFrame } from '../drawing/geometry.js';
import { ownAnswer, titlesOf } from '../methods.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot } from '../store.js' */
/** @import { View } from '../drawing/view.js' */

const REVEAL_MILLIS = 900;

/**
 * What the photo is compared with: the one that was opened, or what was left of it; where a mosaic of our own was undone,
 * what it hid, or the mosaic itself; in place of these our own answer, where that of another method is shown.
 * @param {Snapshot} state
 */
export function photoBefore(state) {
  const { history, opened } = state;
  const against = againstOf(state);
  if (against === 'ours') return ownAnswer(state);
  const truth = history?.present.truth;
  if (!history || !truth?.undone) return (history && lastCropped(history)) ?? opened;
  return against === 'truth' ? truth.photo : truth.undone.mosaic;
}

/** What is wished to be compared with, where it is there. @param {Snapshot} state @returns {Snapshot['against']} */
function againstOf(state) {
  const { history, against } = state;
  const isThere = against === 'ours' ? ownAnswer(state) : history?.present.truth?.undone;
  return isThere ? against : 'mosaic';
}

/** What the two that are compared are called. @param {Snapshot} state @returns {[string, string]} */
export function compareWords(state) {
  const { history, lang } = state;
  const against = againstOf(state);
  const { answers, truth } = history?.present ?? {};
  if (against === 'ours') {
    const method = answers?.by[answers.at]?.method ?? '';
    return [titlesOf(state, '').short, titlesOf(state, method).short];
  }
  return truth?.undone
    ? [say(lang, `against.${against}`), say(lang, 'against.guess')]
    : [say(lang, 'compare.before'), say(lang, 'compare.after')];
}

/** What is left of a photo is what later results are compared with. @param {NonNullable<Snapshot['history']>} history */
function lastCropped({ past, present }) {
  const cropped = [...past, present].reverse().find(({ photo }) => photo.made === 'cropped');
  return cropped?.photo ?? null;
}

/**
 * Whether there is a result to compare. While the frame says that more is wanted, it is in the way.
 * @param {Snapshot} state
 */
export function canCompare(state) {
  const { history, tool } = state;
  if (!history || isToolRunning(state)) return false;
  const { photo, frame } = history.present;
  return photo !== photoBefore(state) && (tool !== 'extend' || isEmptyFrame(frame));
}

/**
 * Whether result and original are shown side by side.
 * @param {Snapshot} state
 */
export function isBeside(state) {
  return state.isBesideWanted && canCompare(state);
}

/**
 * How much of the result is shown, 0 to 1 from the left.
 * @param {Snapshot} state
 */
export function revealedPart(state) {
  if (state.isPeeking) return 0;
  return canCompare(state) ? state.shownPercent / 100 : 1;
}

/**
 * @param {View} view
 * @param {{ show: (percent: number) => void, peek: (isPeeking: boolean) => void,
 *   setAgainst: (against: Snapshot['against']) => void, getState: () => Snapshot }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createCompare(view, wishes) {
  const range = byId('compare-range', HTMLInputElement);
  const divider = byId('divider');
  range.addEventListener('input', () => wishes.show(range.valueAsNumber));
  const choices = [...document.querySelectorAll('input[name=against]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  for (const input of choices) {
    const against = /** @type {Snapshot['against']} */ (input.value);
    input.addEventListener('change', () => wishes.setAgainst(against));
  }

  const percentFromEvent = (/** @type {PointerEvent} */ event) => {
    const width = wishes.getState().history?.present.photo.width ?? 1;
    const { x } = view.photoFromScreen(view.screenFromEvent(event));
    return Math.round(Math.max(0, Math.min(1, x / width)) * 100);
  };
  divider.addEventListener('pointerdown', (event) => divider.setPointerCapture(event.pointerId));
  divider.addEventListener('pointermove', (event) => {
    if (divider.hasPointerCapture(event.pointerId)) wishes.show(percentFromEvent(event));
  });
  addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type === 'number';
    if (event.key === '\\' && !event.repeat && !isTyping) wishes.peek(true);
  });
  // Any: where AltGr types it, that may be let go of first, and the key is another then.
  addEventListener('keyup', () => wishes.peek(false));
  addEventListener('blur', () => wishes.peek(false));

  const drawDivider = () => {
    const state = wishes.getState();
    const part = revealedPart(state);
    const isSplit = isBeside(state);
    divider.classList.toggle('is-beside', isSplit);
    divider.classList.toggle('is-stacked', isSplit && view.isStacked);
    byId('stage').classList.toggle('is-beside', isSplit);
    divider.hidden = !isSplit && (!canCompare(state) || part <= 0 || part >= 1);
    if (isSplit) {
      divider.style.transform = divider.style.height = '';
      return;
    }
    const photo = state.history?.present.photo;
    if (divider.hidden || !photo) return;
    const from = view.screenFromPhoto({ x: photo.width * part, y: 0 });
    const to = view.screenFromPhoto({ x: 0, y: photo.height });
    divider.style.transform = `translate(${from.x}px, ${from.y}px)`;
    divider.style.height = `${to.y - from.y}px`;
  };
  view.onMove(drawDivider);

  return (state) => {
    const { lang, shownPercent } = state;
    const hasOurs = ownAnswer(state) !== null;
    const isUndone = Boolean(state.history?.present.truth?.undone);
    const toggle = byId('show-beside');
    toggle.hidden = !canCompare(state);
    toggle.ariaPressed = String(isBeside(state));
    byId('compare').hidden = !canCompare(state) || isBeside(state);
    byId('against').hidden = !canCompare(state) || !(isUndone || hasOurs);
    for (const input of choices) input.checked = input.value === againstOf(state);
    byId('against-truth').hidden = !isUndone;
    byId('against-ours').hidden = !hasOurs;
    byId('against-before').textContent = say(lang, isUndone ? 'against.mosaic' : 'compare.before');
    byId('ours').textContent = titlesOf(state, '').short;
    const [before, after] = compareWords(state);
    byId('compare-before').textContent = before;
    byId('compare-after').textContent = after;
    // The result is on the left of the line, as it sweeps in from there.
    byId('side-before').textContent = before;
    byId('side-after').textContent = after;
    range.ariaLabel =
      isUndone || againstOf(state) === 'ours'
        ? say(lang, 'compare.pair', { before, after })
        : say(lang, 'compare.label');
    range.valueAsNumber = shownPercent;
    range.setAttribute('aria-valuetext', say(lang, 'compare.value', { percent: shownPercent }));
    drawDivider();
  };
}

/**
 * Lets the result sweep in from the left, unless motion is unwelcome.
 * @param {{ get: () => Snapshot, update: (change: { shownPercent: number }) => void }} store
 */
export function reveal(store) {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const startedMillis = performance.now();
  /** @type {number | null} what was shown last */
  let drawn = null;
  const advance = () => {
    const { shownPercent } = store.get();
    if (drawn !== null && shownPercent !== drawn) return; // The visitor has taken over.
    const part = isStill ? 1 : Math.min(1, (performance.now() - startedMillis) / REVEAL_MILLIS);
    drawn = Math.round(100 * (part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) ** 2));
    store.update({ shownPercent: drawn });
    if (part < 1) requestAnimationFrame(advance);
  };
  advance();
}
