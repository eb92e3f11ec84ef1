// Finding elements of index.html. A missing one is a mistake of ours and stops the page at once.

/**
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id @param {new () => E} [type]
 * @returns {E}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!element || (type && !(element instanceof type))) throw new Error(`no element #${id}`);
  return /** @type {E} */ (element);
}

/**
 * Shows a small picture on a canvas of its size.
 * @param {HTMLCanvasElement} canvas @param {import('../protocol.js').Pixels} picture
 */
export function paint(canvas, { width, height, rgba }) {
  Object.assign(canvas, { width, height });
  const bytes = new Uint8ClampedArray(rgba);
  canvas.getContext('2d')?.putImageData(new ImageData(bytes, width, height), 0, 0);
}

/** @param {string} id @returns {SVGElement} */
export function svgById(id) {
  const element = /** @type {Element | null} */ (document.getElementById(id));
  if (!(element instanceof SVGElement)) throw new Error(`no drawing #${id}`);
  return element;
}
