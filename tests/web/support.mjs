// What several tests draw from: a generator whose failures can be repeated, and random shapes.

/** @import { Shape } from '../../www/drawing/shapes.js' */

/** @param {number} seed @returns {() => number} from 0 to 1 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Any shape, partly outside the photo at times.
 * @param {() => number} random @param {{ width: number, height: number }} photo
 * @returns {Shape}
 */
export function randomShape(random, { width, height }) {
  const pen = random() < 0.7 ? 'add' : 'erase';
  const x = () => (random() * 1.4 - 0.2) * width;
  const y = () => (random() * 1.4 - 0.2) * height;
  const points = (/** @type {number} */ count) =>
    Array.from({ length: count }, () => [x(), y()]).flat();
  const dice = random();
  if (dice < 0.5) {
    const count = 1 + Math.floor(random() * 5);
    return { kind: 'stroke', pen, radiusPx: random() * 6, points: points(count) };
  }
  if (dice < 0.75) return { kind: 'outline', pen, points: points(3 + Math.floor(random() * 5)) };
  const [left, top] = [Math.floor(x()), Math.floor(y())];
  if (dice < 0.85) {
    const rows = Array.from({ length: 4 }, (_, i) => [top + i, left - i, left + 3 + i]);
    return { kind: 'spans', pen, spans: rows.filter(([y = 0]) => y >= 0 && y < height).flat() };
  }
  const [across, down] = [1 + Math.floor(random() * 9), 1 + Math.floor(random() * 9)];
  return { kind: 'rectangle', pen, box: { left, top, right: left + across, bottom: top + down } };
}
