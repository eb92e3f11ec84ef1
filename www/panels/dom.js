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

/** @param {string} id @returns {SVGElement} */
export function svgById(id) {
  const element = /** @type {Element | null} */ (document.getElementById(id));
  if (!(element instanceof SVGElement)) throw new Error(`no drawing #${id}`);
  return element;
}
