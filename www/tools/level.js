// A line drawn along the horizon, or along an upright edge: Crop turns the photo by it.
//
// Speaks photo pixels; only `view` knows about zoom. By keys, the slider does the same.

import { isLevelling } from '../drawing/crop.js';

/** @import { Point } from '../drawing/geometry.js' */
/** @import { Snapshot } from '../store.js' */
/** @import { View } from '../drawing/view.js' */

/** A shorter line, on the screen, says nothing about a direction. */
const LEAST_PX = 24;

/**
 * @param {{ surface: HTMLElement, trace: SVGElement }} parts
 * @param {View} view @param {{ isMoving: () => boolean }} hand
 * @param {{ getState: () => Snapshot, levelBy: (from: Point, to: Point) => void,
 *   giveUp: () => void }} wishes
 * @returns {{ draw: () => void, detach: () => void }}
 */
export function attachLevel({ surface, trace }, view, hand, wishes) {
  const attached = new AbortController();
  const { signal } = attached;
  /** @type {{ pointerId: number, from: Point, to: Point } | null} */
  let line = null;

  const isAsked = () => isLevelling(wishes.getState());
  const placeOf = (/** @type {PointerEvent} */ event) =>
    view.photoFromScreen(view.screenFromEvent(event));
  function drop() {
    line = null;
    draw();
  }

  surface.addEventListener(
    'pointerdown',
    (event) => {
      if (!isAsked()) return;
      if (line || hand.isMoving()) return drop(); // A second finger moves the photo.
      if (event.button !== 0) return;
      const from = placeOf(event);
      line = { pointerId: event.pointerId, from, to: from };
    },
    { signal },
  );
  surface.addEventListener(
    'pointermove',
    (event) => {
      if (line?.pointerId !== event.pointerId) return;
      line.to = placeOf(event);
      draw();
    },
    { signal },
  );
  surface.addEventListener(
    'pointerup',
    (event) => {
      if (line?.pointerId !== event.pointerId) return;
      const { from, to } = line;
      drop();
      const length = Math.hypot(to.x - from.x, to.y - from.y) * view.scale;
      if (length >= LEAST_PX && isAsked()) wishes.levelBy(from, to);
    },
    { signal },
  );
  surface.addEventListener('pointercancel', drop, { signal });
  addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || !isAsked()) return;
      event.stopImmediatePropagation();
      if (line) drop();
      else wishes.giveUp();
    },
    { signal, capture: true },
  );

  /** After the pen, whose trace this is otherwise. */
  function draw() {
    surface.classList.toggle('is-levelled', isAsked());
    if (!isAsked()) return;
    trace.toggleAttribute('hidden', !line);
    if (!line) return;
    const ends = [line.from, line.to].map((end) => view.screenFromPhoto(end));
    const onScreen = ends.map(({ x, y }) => `${x} ${y}`);
    for (const path of trace.querySelectorAll('path')) {
      path.setAttribute('d', `M${onScreen.join('L')}`);
    }
  }

  view.onMove(draw);
  return { draw, detach: () => attached.abort() };
}
