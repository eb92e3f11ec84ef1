// Where the painting was taken from: every painted place is a piece of the photo. A colour on it says
// in which direction the piece lay, a line from the place pointed at leads there.

import { isTracing } from '../store.js';
import { say } from '../words.js';
import { ARROWS } from './geometry.js';

/** @import { Point } from './geometry.js' */
/** @import { Origins } from '../engine/protocol.js' */
/** @import { Snapshot } from '../store.js' */
/** @import { View } from './view.js' */

/** How dense the map is at the photo's rim, and where it is furthest from the photo. */
const ALPHA = /** @type {const} */ ([0.3, 0.8]);
/** How far an arrow key moves the place that is asked about, on the screen. */
const STEP_PX = 16;

/**
 * @param {{ stage: HTMLElement, surface: HTMLElement, tint: HTMLCanvasElement, line: SVGElement,
 *   told: HTMLElement, bar: HTMLElement }} parts
 *   `told` says the place where one asks by keys, `bar` has the button and what the colours mean
 * @param {View} view @param {() => Snapshot} getState
 * @returns {(state: Snapshot) => void}
 */
export function createSourcesOverlay({ stage, surface, tint, line, told, bar }, view, getState) {
  const context = /** @type {CanvasRenderingContext2D} */ (tint.getContext('2d'));
  /** @type {Origins | null} */
  let drawn = null;
  /** @type {Point | null} the place that is asked about, in photo pixels */
  let asked = null;

  surface.addEventListener('pointermove', (event) => ask(event));
  surface.addEventListener('pointerdown', (event) => ask(event));
  surface.addEventListener('pointerleave', (event) => {
    if (event.pointerType === 'mouse') asked = null;
    place();
  });
  surface.addEventListener('keydown', (event) => {
    const arrow = ARROWS[event.key];
    const state = getState();
    const photo = state.history?.present.photo;
    if (!arrow || !photo || !isTracing(state) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const middle = { x: stage.clientWidth / 2, y: stage.clientHeight / 2 };
    const { x, y } = asked ?? view.photoFromScreen(middle);
    const step = (event.shiftKey ? 1 : STEP_PX) / view.scale;
    const inside = (/** @type {number} */ at, /** @type {number} */ side) =>
      Math.max(0, Math.min(at, side - 1));
    asked = {
      x: inside(x + arrow.x * step, photo.width),
      y: inside(y + arrow.y * step, photo.height),
    };
    const from = place();
    const [key, words] = from
      ? [/** @type {const} */ ('sources.from'), { x: from.x, y: from.y }]
      : [/** @type {const} */ ('sources.own'), {}];
    told.textContent = say(state.lang, key, words);
  });
  view.onMove(() => place());

  /** @param {PointerEvent} event */
  function ask(event) {
    if (!isTracing(getState())) return;
    asked = view.photoFromScreen(view.screenFromEvent(event));
    place();
  }

  /** Puts tint and line where the photo is now; answers where the asked place was taken from. */
  function place() {
    const state = getState();
    const { photo, origins } = state.history?.present ?? {};
    const isShown = isTracing(state);
    tint.hidden = !isShown;
    line.toggleAttribute('hidden', true);
    if (!isShown || !photo || !origins) return null;
    const corner = view.screenFromPhoto({ x: 0, y: 0 });
    const scale = [photo.width / origins.columns, photo.height / origins.rows];
    const [across, down] = scale.map((side) => side * view.scale);
    tint.style.transform = `translate(${corner.x}px, ${corner.y}px) scale(${across}, ${down})`;
    const from = asked && sourceOf(origins, photo, asked);
    if (!asked || !from) return null;
    line.toggleAttribute('hidden', false);
    const [a, b] = [view.screenFromPhoto(asked), view.screenFromPhoto(from)];
    const text = `M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}`;
    for (const path of line.querySelectorAll('path')) path.setAttribute('d', text);
    for (const [i, circle] of line.querySelectorAll('circle').entries()) {
      const { x, y } = i % 2 === 0 ? a : b;
      circle.setAttribute('cx', x.toFixed(1));
      circle.setAttribute('cy', y.toFixed(1));
    }
    return from;
  }

  return (state) => {
    const { photo, origins } = state.history?.present ?? {};
    bar.querySelector('p')?.toggleAttribute('hidden', !isTracing(state));
    const toggle = bar.querySelector('#show-sources');
    toggle?.toggleAttribute('hidden', !origins || state.job !== null);
    toggle?.setAttribute('aria-pressed', String(isTracing(state)));
    if (!isTracing(state)) [asked, told.textContent] = [null, ''];
    if (isTracing(state) && photo && origins && origins !== drawn) {
      drawn = origins;
      asked = null;
      tint.width = origins.columns;
      tint.height = origins.rows;
      context.putImageData(wheelColours(origins, photo), 0, 0);
    }
    place();
  };
}

/**
 * The pixel from which a place of the photo was taken; `null` where it is the photo's own.
 * @param {Origins} origins @param {{ width: number, height: number }} photo @param {Point} place
 * @returns {Point | null}
 */
export function sourceOf({ columns, rows, from }, { width, height }, { x, y }) {
  const [column, row] = [Math.floor((x / width) * columns), Math.floor((y / height) * rows)];
  if (column < 0 || row < 0 || column >= columns || row >= rows) return null;
  const at = 2 * (row * columns + column);
  const [sx = -1, sy = -1] = from.subarray(at, at + 2);
  return sx < 0 ? null : { x: sx, y: sy };
}

/**
 * The hue is the direction in which a cell's source lies, as on the wheel beside the photo; the
 * further away it lies, the stronger. The further a cell lies from what is known, the denser: there
 * the painting is least sure.
 * @param {Origins} origins @param {{ width: number, height: number }} photo
 */
function wheelColours({ columns, rows, from }, { width, height }) {
  const image = new ImageData(columns, rows);
  const far = Math.max(width, height) / 3;
  const depths = depthsOf({ columns, rows, from });
  const deepest = depths.reduce((most, depth) => Math.max(most, depth), 1);
  for (let i = 0; i < columns * rows; i++) {
    const [x = -1, y = -1] = [from[2 * i], from[2 * i + 1]];
    if (x < 0) continue;
    const across = x - (((i % columns) + 0.5) * width) / columns;
    const down = y - ((Math.floor(i / columns) + 0.5) * height) / rows;
    const strength = Math.min(1, Math.hypot(across, down) / far);
    const rgb = wheelColour(Math.atan2(down, across), 0.25 + 0.75 * strength);
    const alpha = ALPHA[0] + ((ALPHA[1] - ALPHA[0]) * (depths[i] ?? 0)) / deepest;
    image.data.set([...rgb, Math.round(255 * alpha)], 4 * i);
  }
  return image;
}

/**
 * As CSS has it: `hsl(angle strength 55%)`, the angle clockwise from the right.
 * @param {number} angle  in radians @param {number} strength  0 to 1
 * @returns {[number, number, number]} bytes
 */
export function wheelColour(angle, strength) {
  const light = 0.55;
  const reach = strength * Math.min(light, 1 - light);
  const hue = (angle / Math.PI) * 6 + 12;
  const channel = (/** @type {number} */ n) => {
    const k = (n + hue) % 12;
    return Math.round(255 * (light - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/**
 * How many cells each painted one lies from the nearest that is known, across and down; 0 for those.
 * @param {Origins} origins
 */
export function depthsOf({ columns, rows, from }) {
  const far = columns + rows;
  const depths = new Uint16Array(columns * rows);
  for (let i = 0; i < depths.length; i++) depths[i] = (from[2 * i] ?? -1) < 0 ? 0 : far;
  const near = (/** @type {number} */ i, /** @type {number} */ other) => {
    depths[i] = Math.min(depths[i] ?? 0, (depths[other] ?? 0) + 1);
  };
  for (let i = 0; i < depths.length; i++) {
    if (i % columns > 0) near(i, i - 1);
    if (i >= columns) near(i, i - columns);
  }
  for (let i = depths.length - 1; i >= 0; i--) {
    if (i % columns < columns - 1) near(i, i + 1);
    if (i + columns < depths.length) near(i, i + columns);
  }
  return depths;
}
