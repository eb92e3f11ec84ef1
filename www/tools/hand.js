// Moves the view: wheel and pinch zoom at the pointer, dragging moves the photo.
//
// Pointer events only; one finger or button drags, two fingers zoom. Where a tool draws with what
// would drag, the space bar, the middle button or a second finger moves the photo instead. Who draws
// with a pen rests a hand on the screen: from the first stroke on fingers only move the photo, and
// while the pen is down they do nothing.

/** @import { View } from '../drawing/view.js' */
/** @import { Point } from '../drawing/geometry.js' */

/**
 * @param {HTMLElement} stage @param {HTMLElement} surface  what a drag may start on
 * @param {View} view @param {() => boolean} isDrawn  whether a drag draws
 * @returns {{ isMoving: () => boolean, detach: () => void }} whether a pointer that is down moves
 *   the photo
 */
export function attachHand(stage, surface, view, isDrawn) {
  const attached = new AbortController();
  const { signal } = attached;
  const pointers = /** @type {Map<number, Point>} */ (new Map());
  let isMoving = false;
  let isSpaceDown = false;
  /** The pen that is down, and whether there ever was one. */
  let penId = 0;
  let hasPen = false;

  // Where Safari's loupe, selection, double-tap zoom and Scribble begin.
  surface.addEventListener('touchstart', (event) => event.preventDefault(), {
    signal,
    passive: false,
  });

  stage.addEventListener(
    'wheel',
    (event) => {
      if (stage.classList.contains('is-empty')) return;
      event.preventDefault();
      const isByLine = event.deltaMode === WheelEvent.DOM_DELTA_LINE;
      // A pinch on a touch pad arrives as a wheel with Ctrl and small steps.
      const strength = event.ctrlKey ? 0.01 : 0.0015;
      const delta = Math.max(-240, Math.min(240, event.deltaY * (isByLine ? 24 : 1)));
      view.zoomBy(Math.exp(-delta * strength), view.screenFromEvent(event));
    },
    { signal, passive: false },
  );
  surface.addEventListener(
    'pointerdown',
    (event) => {
      const isFinger = event.pointerType === 'touch';
      if (isFinger && penId) return;
      if (event.pointerType === 'pen') {
        penId = event.pointerId;
        hasPen = true;
        pointers.clear(); // The hand that was resting here already.
        isMoving = false;
      }
      if (event.button > 1) return;
      event.preventDefault();
      surface.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, view.screenFromEvent(event));
      isMoving ||= !isDrawn() || isSpaceDown || event.button === 1 || pointers.size > 1;
      isMoving ||= isFinger && hasPen;
      surface.classList.toggle('is-grabbed', isMoving);
    },
    { signal },
  );
  surface.addEventListener(
    'pointermove',
    (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) return;
      const now = view.screenFromEvent(event);
      pointers.set(event.pointerId, now);
      if (!isMoving) return;
      const other = [...pointers].find(([pointerId]) => pointerId !== event.pointerId)?.[1];
      if (!other) {
        view.panBy(now.x - before.x, now.y - before.y);
        return;
      }
      const distance = (/** @type {Point} */ p) => Math.hypot(p.x - other.x, p.y - other.y);
      view.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      view.zoomBy(Math.max(0.1, distance(now)) / Math.max(0.1, distance(before)), middle);
    },
    { signal },
  );
  const release = (/** @type {PointerEvent} */ event) => {
    if (event.pointerId === penId) penId = 0;
    pointers.delete(event.pointerId);
    if (pointers.size > 0) return;
    isMoving = false;
    surface.classList.remove('is-grabbed');
  };
  // One that was not captured ends elsewhere.
  for (const end of /** @type {const} */ (['pointerup', 'pointercancel', 'pointerleave'])) {
    surface.addEventListener(end, release, { signal });
  }

  const setSpace = (/** @type {boolean} */ isDown) => {
    isSpaceDown = isDown;
    surface.classList.toggle('is-panning', isDown);
  };
  addEventListener(
    'keydown',
    (event) => {
      if (event.key !== ' ' || !isDrawn() || hasOwnSpace(event.target)) return;
      event.preventDefault();
      setSpace(true);
    },
    { signal },
  );
  addEventListener(
    'keyup',
    (event) => {
      if (event.key === ' ') setSpace(false);
    },
    { signal },
  );
  addEventListener('blur', () => setSpace(false), { signal });
  return { isMoving: () => isMoving, detach: () => attached.abort() };
}

/**
 * On a button, a checkbox or in a field the space bar has its own meaning; on a slider, or on the
 * pen or tool that was just clicked, it has none.
 * @param {EventTarget | null} target
 */
function hasOwnSpace(target) {
  const own = 'button, summary, a, input:not([type=radio]:checked, [type=range])';
  return target instanceof Element && target.matches(own);
}
