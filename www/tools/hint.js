// Colour hints on the photo: a click or tap sets one; the right button, Alt or the other end of a
// pen takes one away; the same by keys. What was clicked on to select it is shown alike. Dragging moves the photo, as `hand.js` has it.
//
// Speaks photo pixels; only `view` knows about zoom. What a hint leads to is not decided here.

import { ARROWS } from '../drawing/geometry.js';
import { clicksOf, isHinting } from '../store.js';

/** @import { Point } from '../drawing/geometry.js' */
/** @import { Snapshot } from '../store.js' */
/** @import { View } from '../drawing/view.js' */

/** A pointer that moved further than this was a drag. */
const STILL_PX = 6;
/** How far from a hint the eraser still finds it, on the screen. */
const REACH_PX = 24;
/** How far an arrow key moves the pen on the screen. */
const STEP_PX = 16;

/**
 * @param {{ stage: HTMLElement, surface: HTMLElement, dots: HTMLElement, ring: HTMLElement }} parts
 * @param {View} view
 * @param {{ getState: () => Snapshot, dab: (at: Point, reachPx: number, isErasing: boolean) => void }}
 *   wishes
 * @returns {{ draw: () => void, detach: () => void }}
 */
export function attachHint({ stage, surface, dots, ring }, view, wishes) {
  const attached = new AbortController();
  const { signal } = attached;
  /** @type {{ pointerId: number, at: Point, isErasing: boolean } | null} */
  let pressed = null;
  /** @type {Point | null} where the keys have moved the pen, in photo pixels */
  let cursor = null;

  const mayHint = () => isHinting(wishes.getState()) && wishes.getState().job === null;
  const isEraser = () => wishes.getState().hintPen === 'eraser';
  const dab = (/** @type {Point} */ at, /** @type {boolean} */ isErasing) =>
    wishes.dab(at, REACH_PX / view.scale, isErasing);

  surface.addEventListener(
    'pointerdown',
    (event) => {
      const isSecond = pressed !== null;
      pressed = null; // A second finger moves the photo.
      if (isSecond || !mayHint() || ![0, 2, 5].includes(event.button)) return;
      const isErasing = event.button !== 0 || event.altKey || isEraser();
      pressed = { pointerId: event.pointerId, at: view.screenFromEvent(event), isErasing };
    },
    { signal },
  );
  surface.addEventListener(
    'pointerup',
    (event) => {
      const { pointerId, at, isErasing } = pressed ?? {};
      if (pointerId !== event.pointerId || !at) return;
      pressed = null;
      const now = view.screenFromEvent(event);
      if (Math.hypot(now.x - at.x, now.y - at.y) > STILL_PX || !mayHint()) return;
      dab(view.photoFromScreen(now), isErasing ?? false);
    },
    { signal },
  );
  surface.addEventListener('pointercancel', () => (pressed = null), { signal });
  surface.addEventListener(
    'contextmenu',
    (event) => {
      if (mayHint()) event.preventDefault();
    },
    { signal },
  );
  surface.addEventListener(
    'keydown',
    (event) => {
      if (!mayHint() || event.ctrlKey || event.metaKey) return;
      const arrow = ARROWS[event.key];
      if (arrow) {
        const step = (event.shiftKey ? 1 : STEP_PX) / view.scale;
        const { x, y } = cursor ?? middle();
        cursor = inside({ x: x + arrow.x * step, y: y + arrow.y * step });
      } else if (event.key === 'Enter') {
        cursor ??= middle();
        dab(cursor, event.altKey || isEraser());
      } else if (event.key === 'Delete' || event.key === 'Backspace') {
        dab(cursor ?? middle(), true);
      } else {
        return;
      }
      event.preventDefault();
      draw();
    },
    { signal },
  );
  surface.addEventListener(
    'blur',
    () => {
      cursor = null;
      draw();
    },
    { signal },
  );

  function middle() {
    return inside(view.photoFromScreen({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 }));
  }

  /** @param {Point} point */
  function inside({ x, y }) {
    const { width = 1, height = 1 } = wishes.getState().history?.present.photo ?? {};
    return { x: Math.max(0, Math.min(x, width - 1)), y: Math.max(0, Math.min(y, height - 1)) };
  }

  /** @param {HTMLElement} element @param {Point} place */
  function put(element, place) {
    const { x, y } = view.screenFromPhoto(place);
    element.style.transform = `translate(${x}px, ${y}px)`;
  }

  function draw() {
    const state = wishes.getState();
    const hints = state.wishedHints ?? state.history?.present.hints ?? [];
    const marks = state.tool === 'colour' ? hints : clicksOf(state);
    dots.hidden = state.isPeeking || marks.length === 0;
    ring.hidden = !cursor || !isHinting(state);
    surface.classList.toggle('is-hinted', isHinting(state));
    if (cursor) put(ring, cursor);
    while (dots.childElementCount < marks.length) {
      dots.appendChild(document.createElement('span')).className = 'dot';
    }
    while (dots.childElementCount > marks.length) dots.lastElementChild?.remove();
    for (const [i, mark] of marks.entries()) {
      const dot = /** @type {HTMLElement} */ (dots.children[i]);
      dot.style.backgroundColor = 'rgb' in mark ? `rgb(${mark.rgb.join(' ')})` : '';
      dot.textContent = 'rgb' in mark ? '' : mark.isIn ? '+' : '−';
      put(dot, mark);
    }
  }

  view.onMove(draw);
  return { draw, detach: () => attached.abort() };
}
