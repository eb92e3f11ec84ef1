// The frame around the photo and its eight handles.
//
// Speaks photo pixels; only `view` knows about zoom. A handle is a button: it can be dragged, or
// moved by the arrow keys once it has the focus.

import { croppingOf, draggedInward, isLevelling, outward } from '../drawing/crop.js';
import {
  ARROWS,
  NO_AMOUNTS,
  draggedAmounts,
  growthLabel,
  isEmptyFrame,
  ratioName,
} from '../drawing/geometry.js';
import { sizeFromAmounts } from '../drawing/geometry.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';

/** @import { Amounts } from '../engine/protocol.js' */
/** @import { Point, Side } from '../drawing/geometry.js' */
/** @import { Snapshot } from '../store.js' */
/** @import { View } from '../drawing/view.js' */

/** @type {readonly (readonly Side[])[]} */
const HANDLES = [
  ['left'],
  ['top', 'left'],
  ['top'],
  ['top', 'right'],
  ['right'],
  ['bottom', 'right'],
  ['bottom'],
  ['bottom', 'left'],
];

/**
 * @param {{ stage: HTMLElement, frame: HTMLElement, handles: HTMLElement, growth: HTMLElement }} parts
 * @param {View} view @param {() => Snapshot} getState
 * @param {(amounts: Amounts, isSettled: boolean) => void} onFrame  not settled during a drag
 * @returns {{ draw: () => void, detach: () => void }}
 */
export function attachFrame(parts, view, getState, onFrame) {
  const attached = new AbortController();
  const { signal } = attached;
  const buttons = HANDLES.map((sides) => {
    const button = document.createElement('button');
    button.className = `handle ${sides.join(' ')}`;
    button.setAttribute('aria-describedby', 'handle-keys');
    parts.handles.append(button);
    attachDrag(button, sides);
    return { button, sides };
  });

  /** @param {HTMLButtonElement} button @param {readonly Side[]} sides */
  function attachDrag(button, sides) {
    /** @type {{ at: Point, scale: number, amounts: Amounts } | null} */
    let drag = null;
    /** @param {Amounts} start @param {Point} delta */
    const moved = (start, delta) => {
      const { history, limits } = getState();
      if (!history) return start;
      const { width, height } = history.present.photo;
      if (getState().tool === 'crop') {
        return outward(draggedInward([width, height], outward(start), sides, delta));
      }
      return draggedAmounts([width, height], start, sides, delta, limits);
    };
    button.addEventListener(
      'pointerdown',
      (event) => {
        const present = getState().history?.present;
        if (event.button !== 0 || !present) return;
        button.setPointerCapture(event.pointerId);
        const amounts = frameOf(getState());
        drag = { at: view.screenFromEvent(event), scale: view.scale, amounts };
      },
      { signal },
    );
    button.addEventListener(
      'pointermove',
      (event) => {
        if (!drag) return;
        const now = view.screenFromEvent(event);
        const delta = { x: (now.x - drag.at.x) / drag.scale, y: (now.y - drag.at.y) / drag.scale };
        onFrame(moved(drag.amounts, delta), false);
      },
      { signal },
    );
    const release = () => {
      if (drag) onFrame(frameOf(getState()), true);
      drag = null;
    };
    button.addEventListener('pointerup', release, { signal });
    button.addEventListener('pointercancel', release, { signal });
    button.addEventListener(
      'keydown',
      (event) => {
        const arrow = ARROWS[event.key];
        const frame = frameOf(getState());
        if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        const step = event.shiftKey ? 10 : 1;
        onFrame(moved(frame, { x: arrow.x * step, y: arrow.y * step }), true);
      },
      { signal },
    );
  }

  function draw() {
    const state = getState();
    const { history, lang } = state;
    const isCrop = state.tool === 'crop';
    const isShown = history !== null && (isCrop || state.tool === 'extend');
    parts.frame.hidden = !isShown;
    parts.handles.hidden = !isShown || isToolRunning(state) || isLevelling(state);
    const frame = frameOf(state);
    parts.growth.hidden = !isShown || isEmptyFrame(frame);
    parts.frame.classList.toggle('is-crop', isCrop);
    if (!isShown) return;
    const { photo } = history.present;
    const size = sizeFromAmounts([photo.width, photo.height], frame);
    const from = view.screenFromPhoto({ x: -frame.left, y: -frame.top });
    const to = view.screenFromPhoto({ x: size[0] - frame.left, y: size[1] - frame.top });
    place(parts.frame, from);
    parts.frame.style.width = `${to.x - from.x}px`;
    parts.frame.style.height = `${to.y - from.y}px`;
    parts.frame.classList.toggle('is-running', isToolRunning(state));
    parts.frame.classList.toggle('is-empty', isEmptyFrame(frame));

    // Handles keep to the visible part of their edge, so that a zoomed photo can still be framed.
    const { clientWidth, clientHeight } = parts.stage;
    const middleX = (Math.max(from.x, 0) + Math.min(to.x, clientWidth)) / 2;
    const middleY = (Math.max(from.y, 0) + Math.min(to.y, clientHeight)) / 2;
    for (const { button, sides } of buttons) {
      const x = sides.includes('left') ? from.x : sides.includes('right') ? to.x : middleX;
      const y = sides.includes('top') ? from.y : sides.includes('bottom') ? to.y : middleY;
      place(button, { x, y });
      const names = sides.map((side) => say(lang, `handle.${side}`)).join(' ');
      button.ariaLabel = say(lang, 'handle.name', { sides: names });
    }
    const growth = isCrop ? size.join(' × ') : growthLabel(frame);
    parts.growth.textContent = `${growth} · ${ratioName(size)}`;
    place(parts.growth, { x: middleX, y: Math.max(from.y, 44) });
  }

  view.onMove(draw);
  return { draw, detach: () => attached.abort() };
}

/** How far the edges lie outside of the photo; those of a crop lie inside. @param {Snapshot} state */
function frameOf(state) {
  if (state.tool === 'crop') return outward(croppingOf(state).amounts);
  return state.history?.present.frame ?? NO_AMOUNTS;
}

/** @param {HTMLElement} element @param {Point} at */
function place(element, { x, y }) {
  element.style.transform = `translate(${x}px, ${y}px)`;
}
