// The steps of an extension as a film-strip: they appear while it runs; a click goes to one.

import { canRecord } from '../files/film.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId, paint } from './dom.js';

/** @import { Step } from '../engine/protocol.js' */
/** @import { Snapshot } from '../store.js' */

/**
 * @param {{ goToStep: (at: number) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createStripPanel(wishes) {
  const list = byId('steps');
  const drawn = /** @type {WeakMap<Element, Step>} */ (new WeakMap());
  const isRecorded = canRecord();

  /** @param {number} at */
  function button(at) {
    const element = document.createElement('button');
    element.className = 'step';
    element.appendChild(document.createElement('canvas')).ariaHidden = 'true';
    element.appendChild(document.createElement('span'));
    element.addEventListener('click', () => wishes.goToStep(at));
    return element;
  }

  return (state) => {
    const { history, lang, tool, job } = state;
    const isRunning = isToolRunning(state);
    const strip = history?.present.strip ?? null;
    const live = isRunning ? job?.steps : undefined;
    const steps = live ?? strip?.steps ?? [];
    // The first is the photo as it was: alone it says nothing.
    byId('strip').hidden = tool !== 'extend' || steps.length < 2;
    const photo = live ? history?.present.photo : strip?.source;
    byId('keep').hidden = (live?.length ?? 0) < 2 || job?.isEnding === true;
    const film = byId('film', HTMLButtonElement);
    film.hidden = isRunning;
    film.textContent = say(lang, isRecorded ? 'film.run' : 'film.missing');
    if (!photo || byId('strip').hidden) return;
    while (list.childElementCount > steps.length) list.lastElementChild?.remove();
    while (list.childElementCount < steps.length) list.append(button(list.childElementCount));
    for (const [at, step] of steps.entries()) {
      const element = /** @type {HTMLButtonElement} */ (list.children[at]);
      const { left, top, right, bottom } = step.grown;
      const [width, height] = [left + photo.width + right, top + photo.height + bottom];
      element.disabled = job !== null;
      element.ariaPressed = String(!live && strip?.at === at);
      const label = at === 0 ? 'strip.first' : 'strip.step';
      element.ariaLabel = say(lang, label, { number: at, width, height });
      element.title = element.ariaLabel;
      const number = /** @type {HTMLElement} */ (element.lastElementChild);
      number.textContent = at === 0 ? say(lang, 'compare.before') : String(at);
      if (drawn.get(element) === step) continue;
      drawn.set(element, step);
      paint(/** @type {HTMLCanvasElement} */ (element.firstElementChild), step.thumb);
      if (live) element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  };
}
