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

/** Whether settings beside the usual ones can be open from the start; as `small.css` has it. */
export function hasRoom() {
  return matchMedia('(width > 51.25em) and (height > 32em)').matches;
}

/**
 * Shows a small picture on a canvas of its size.
 * @param {HTMLCanvasElement} canvas @param {import('../engine/protocol.js').Pixels} picture
 */
export function paint(canvas, { width, height, rgba }) {
  Object.assign(canvas, { width, height });
  const bytes = new Uint8ClampedArray(rgba);
  canvas.getContext('2d')?.putImageData(new ImageData(bytes, width, height), 0, 0);
}

/**
 * Asks by a dialog: the value of the button that was pressed, empty after Escape.
 * @param {HTMLDialogElement} dialog @returns {Promise<string>}
 */
export function answerOf(dialog) {
  dialog.returnValue = ''; // Escape would leave the last answer there.
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue), { once: true });
  });
}

/** @param {string} id @returns {SVGElement} */
export function svgById(id) {
  const element = /** @type {Element | null} */ (document.getElementById(id));
  if (!(element instanceof SVGElement)) throw new Error(`no drawing #${id}`);
  return element;
}

/**
 * Lets two arrow keys, Home and End lead through the buttons of a list; the one that they lead to
 * is where Tab stops from then on.
 * @param {HTMLElement} list @param {string} back @param {string} on  the arrow keys
 */
export function leadByArrows(list, back, on) {
  list.addEventListener('keydown', (event) => {
    const buttons = [...list.querySelectorAll('button')];
    const at = buttons.findIndex((button) => button === document.activeElement);
    const places = /** @type {Record<string, number>} */ ({
      [back]: at - 1,
      [on]: at + 1,
      Home: 0,
      End: buttons.length - 1,
    });
    const place = places[event.key];
    if (at < 0 || place === undefined) return;
    event.preventDefault();
    const next = buttons[Math.max(0, Math.min(place, buttons.length - 1))];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next?.focus();
    next?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });
}
