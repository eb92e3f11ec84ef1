// Draws shapes into the hole: brush, eraser, lasso, rectangle, by pointer or by keys. A click is one, too:
// what it selects is not known here.
//
// Speaks photo pixels; only `view` knows about zoom. Pointer and keyboard drive the same three
// functions, `begin`, `move` and `end`. The right button, Alt and the other end of a pen erase,
// whatever is chosen; for fingers, a click can be set to.

import { ARROWS } from '../drawing/geometry.js';
import { isDrawnFor, penOf } from '../store.js';

/** @import { Point } from '../drawing/geometry.js' */
/** @import { Click } from '../engine/protocol.js' */
/** @import { Box, Pen, Shape } from '../drawing/shapes.js' */
/** @import { PenName, Snapshot } from '../store.js' */
/** @import { View } from '../drawing/view.js' */
/**
 * @typedef {object} PenWishes
 * @property {() => Snapshot} getState
 * @property {() => boolean} mayDraw
 * @property {(shape: Shape) => void} draft  a shape, or a part of it, that is still being made
 * @property {(shape: Shape | null) => void} finish  the whole shape; `null` if nothing came of it
 * @property {(click: Click) => void} select  what is clicked on
 * @property {(factor: number) => void} resize  the brush
 */
/**
 * A shape under way, with what was set when it began; no pointer if it is drawn by keys. `radii`
 * are those at its points where a pen says how hard it is pressed.
 * @typedef {{ pointerId: number | null, kind: PenName, pen: Pen, radiusPx: number,
 *   points: number[], radii: number[] | null }} Drawing
 */

/** A stroke has a point for each of so many brush radii; finer ones would not show. */
const SPACING = 0.06;
/** The button that the other end of a pen is. */
const ERASER_END = 5;
/** How much of the brush a pen draws with that hardly touches. */
const LEAST_PRESSED = 0.4;

/**
 * @param {{ stage: HTMLElement, surface: HTMLElement, ring: HTMLElement, trace: SVGElement }} parts
 * @param {View} view @param {{ isMoving: () => boolean }} hand @param {PenWishes} wishes
 * @returns {{ draw: () => void, cancel: () => boolean, detach: () => void }} `cancel` gives the
 *   shape under way up, and says whether there was one
 */
export function attachPen(parts, view, hand, wishes) {
  const { stage, surface, ring, trace } = parts;
  const attached = new AbortController();
  const { signal } = attached;
  /** @type {Drawing | null} */
  let drawing = null;
  /** @type {Point | null} where the pen is, in photo pixels; nowhere if it is not over the photo */
  let cursor = null;
  let isAlt = false;

  const isStroke = (/** @type {PenName} */ kind) => kind === 'brush' || kind === 'eraser';
  /** @param {boolean} isReversed @returns {Pen} */
  function penFor(isReversed) {
    const [kind, { clickPen }] = [penOf(wishes.getState()), wishes.getState()];
    if (isReversed || kind === 'eraser') return 'erase';
    return kind === 'click' ? clickPen : 'add';
  }

  /** @param {Point} point @param {Pen} pen @param {number | null} pointerId @param {number | null} [part] */
  function begin({ x, y }, pen, pointerId, part = null) {
    const state = wishes.getState();
    const [kind, { brushPx }] = [penOf(state), state];
    const radiusPx = brushPx / 2;
    const radii = part === null ? null : [part * radiusPx];
    drawing = { pointerId, kind, pen, radiusPx, points: [x, y], radii };
    if (isStroke(kind)) wishes.draft(stroke(drawing, 1));
    draw();
  }

  /** @param {Point} point @param {number | null} [part]  of the brush, as a pen is pressed */
  function move({ x, y }, part = null) {
    if (!drawing) return;
    const { points, kind, radiusPx, radii } = drawing;
    const [lastX = x, lastY = y] = points.slice(-2);
    const least = isStroke(kind) ? Math.max(0.5, radiusPx * SPACING) : 1 / view.scale;
    const radius = (part ?? 1) * radiusPx;
    if (Math.hypot(x - lastX, y - lastY) < least) {
      // Pressed harder in its place: else a dab would be as thin as its first touch.
      if (!radii || !isStroke(kind) || radius <= (radii.at(-1) ?? 0)) return;
      radii[radii.length - 1] = radius;
    } else {
      points.push(x, y);
      radii?.push(radius);
    }
    if (isStroke(kind)) wishes.draft(stroke(drawing, 2));
    draw();
  }

  function end() {
    if (!drawing) return;
    const done = drawing;
    const { kind, pen, points } = done;
    drawing = null;
    const [x = 0, y = 0] = points;
    if (kind === 'click') wishes.select({ x, y, isIn: pen === 'add' });
    else if (isStroke(kind)) wishes.finish(stroke(done));
    else if (kind === 'rectangle') wishes.finish(rectangle(pen, points));
    else wishes.finish(points.length < 6 ? null : { kind: 'outline', pen, points });
    draw();
  }

  function cancel() {
    if (!drawing) return false;
    drawing = null;
    wishes.finish(null);
    draw();
    return true;
  }

  surface.addEventListener(
    'pointerdown',
    (event) => {
      if (!wishes.mayDraw() || (event.pointerType === 'touch' && drawing?.radii)) return;
      // The hand that holds the pen touched the screen first.
      if (event.pointerType === 'pen') cancel();
      if (hand.isMoving()) {
        cancel(); // A second finger: the first was no stroke.
        return;
      }
      if (drawing || ![0, 2, ERASER_END].includes(event.button)) return;
      surface.setPointerCapture(event.pointerId);
      cursor = view.photoFromScreen(view.screenFromEvent(event));
      const isReversed = event.button !== 0 || event.altKey;
      begin(cursor, penFor(isReversed), event.pointerId, partFrom(event));
    },
    { signal },
  );
  surface.addEventListener(
    'pointermove',
    (event) => {
      isAlt = event.altKey;
      const isFinger = event.pointerType === 'touch';
      cursor = isFinger && !drawing ? null : view.photoFromScreen(view.screenFromEvent(event));
      if (drawing?.pointerId === event.pointerId) {
        const all = event.getCoalescedEvents?.() ?? [];
        for (const each of all.length > 0 ? all : [event]) {
          move(view.photoFromScreen(view.screenFromEvent(each)), partFrom(each));
        }
      }
      drawRing();
    },
    { signal },
  );
  surface.addEventListener(
    'pointerup',
    (event) => {
      if (drawing?.pointerId === event.pointerId) end();
      if (event.pointerType === 'touch') cursor = null;
      drawRing();
    },
    { signal },
  );
  surface.addEventListener('pointercancel', cancel, { signal });
  surface.addEventListener(
    'pointerleave',
    () => {
      if (drawing) return;
      cursor = null;
      drawRing();
    },
    { signal },
  );
  surface.addEventListener(
    'contextmenu',
    (event) => {
      if (wishes.mayDraw()) event.preventDefault();
    },
    { signal },
  );
  stage.addEventListener(
    'wheel',
    (event) => {
      if (!event.shiftKey || !wishes.mayDraw()) return;
      event.preventDefault();
      event.stopPropagation();
      // With Shift some systems turn the wheel sideways.
      wishes.resize(Math.exp(-Math.sign(event.deltaY || event.deltaX) * 0.1));
    },
    { signal, passive: false, capture: true },
  );
  surface.addEventListener('keydown', onKey, { signal });

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (!wishes.mayDraw() || event.ctrlKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const step = event.shiftKey ? 1 : Math.max(1, wishes.getState().brushPx / 4);
      const { x, y } = cursor ?? middle();
      cursor = inside({ x: x + arrow.x * step, y: y + arrow.y * step });
      follow(cursor);
      if (drawing?.pointerId === null) move(cursor);
    } else if (event.key === 'Enter') {
      cursor ??= middle();
      if (drawing) end();
      else begin(cursor, penFor(event.altKey), null);
      if (drawing?.kind === 'click') end();
    } else {
      return;
    }
    event.preventDefault();
    draw();
  }
  surface.addEventListener(
    'blur',
    () => {
      if (drawing?.pointerId === null) end();
    },
    { signal },
  );
  addEventListener(
    'keydown',
    (event) => {
      if (event.key === 'Escape' && cancel()) event.stopImmediatePropagation();
    },
    { signal, capture: true },
  );

  /** Moves the photo so far that a place on it can be seen. @param {Point} place */
  function follow(place) {
    const { x, y } = view.screenFromPhoto(place);
    const by = (/** @type {number} */ at, /** @type {number} */ length) =>
      Math.max(0, Math.min(at, length)) - at;
    const [across, down] = [by(x, stage.clientWidth), by(y, stage.clientHeight)];
    if (across || down) view.panBy(across, down);
  }

  /** The middle of what the stage shows of the photo. */
  function middle() {
    return inside(view.photoFromScreen({ x: stage.clientWidth / 2, y: stage.clientHeight / 2 }));
  }

  /** @param {Point} point */
  function inside({ x, y }) {
    const { width = 0, height = 0 } = wishes.getState().history?.present.photo ?? {};
    return { x: Math.max(0, Math.min(x, width)), y: Math.max(0, Math.min(y, height)) };
  }

  function drawRing() {
    ring.hidden = !cursor || !wishes.mayDraw() || hand.isMoving();
    if (ring.hidden || !cursor) return;
    const { x, y } = view.screenFromPhoto(cursor);
    const { brushPx } = wishes.getState();
    const across = 2 * (drawing?.radii?.at(-1) ?? brushPx / 2);
    const size = isStroke(penOf(wishes.getState())) ? Math.max(3, across * view.scale) : 9;
    ring.style.width = ring.style.height = `${size}px`;
    ring.style.transform = `translate(${x - size / 2}px, ${y - size / 2}px)`;
    ring.classList.toggle('is-erasing', (drawing?.pen ?? penFor(isAlt)) === 'erase');
    ring.classList.toggle('is-down', drawing !== null);
  }

  function draw() {
    const state = wishes.getState();
    if (drawing && !wishes.mayDraw()) cancel();
    surface.classList.toggle('is-drawn-on', isDrawnFor(state.tool) && state.history !== null);
    drawRing();
    const traced = drawing && !isStroke(drawing.kind) && drawing.kind !== 'click' ? drawing : null;
    trace.toggleAttribute('hidden', !traced);
    if (!traced) return;
    const { points, kind } = traced;
    const outline = kind === 'rectangle' ? boxPoints(boxAround(points)) : points;
    const onScreen = [];
    for (let i = 0; i + 1 < outline.length; i += 2) {
      const { x, y } = view.screenFromPhoto({ x: outline[i] ?? 0, y: outline[i + 1] ?? 0 });
      onScreen.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
    }
    for (const path of trace.querySelectorAll('path')) {
      path.setAttribute('d', `M${onScreen.join('L')}Z`);
    }
  }

  view.onMove(draw);
  return { draw, cancel, detach: () => attached.abort() };
}

/**
 * The whole pixels between the first and the last point.
 * @param {readonly number[]} points
 * @returns {Box}
 */
function boxAround(points) {
  const [x0 = 0, y0 = 0] = points;
  const [x1 = x0, y1 = y0] = points.slice(-2);
  return {
    left: Math.floor(Math.min(x0, x1)),
    top: Math.floor(Math.min(y0, y1)),
    right: Math.ceil(Math.max(x0, x1)),
    bottom: Math.ceil(Math.max(y0, y1)),
  };
}

/** @param {Box} box */
function boxPoints({ left, top, right, bottom }) {
  return [left, top, right, top, right, bottom, left, bottom];
}

/**
 * How much of the brush a pen draws with, by how hard it is pressed; `null` for a mouse and a finger.
 * A pen that cannot say reports one half, or by mistake nothing.
 * @param {PointerEvent} event
 */
function partFrom({ pointerType, pressure }) {
  return pointerType === 'pen' ? LEAST_PRESSED + (1 - LEAST_PRESSED) * (pressure || 0.5) : null;
}

/**
 * The stroke that is being drawn, or the last so many points of it.
 * @param {Drawing} drawing @param {number} [last] @returns {Shape}
 */
function stroke({ pen, radiusPx, points, radii }, last = points.length / 2) {
  /** @type {Shape} */
  const plain = { kind: 'stroke', pen, radiusPx, points: points.slice(-2 * last) };
  return radii ? { ...plain, radii: radii.slice(-last) } : plain;
}

/** A click that did not move is no rectangle. @param {Pen} pen @param {readonly number[]} points @returns {Shape | null} */
function rectangle(pen, points) {
  return points.length < 4 ? null : { kind: 'rectangle', pen, box: boxAround(points) };
}
