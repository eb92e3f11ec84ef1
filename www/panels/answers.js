// The answers of a tool that guesses, as small pictures; a click or an arrow key shows one.

import { pictureOf } from '../history/thumbs.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Photo, Snapshot } from '../store.js' */

/** Each costs as much as a photo. */
const MOST = 4;

/** The answers of the tool that is chosen. @param {Snapshot} state */
function answersOf({ history, tool }) {
  const answers = history?.present.answers;
  return answers?.tool === tool ? answers : null;
}

/** Whether there may be one answer more. @param {Snapshot} state */
export function mayTryAgain(state) {
  const count = answersOf(state)?.all.length ?? 0;
  return count > 0 && count < MOST;
}

/**
 * @param {{ showAnswer: (at: number) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createAnswersPanel({ showAnswer }) {
  const list = byId('answer-list');
  const drawn = /** @type {WeakMap<Element, Photo>} */ (new WeakMap());
  const buttons = () => /** @type {HTMLButtonElement[]} */ ([...list.children]);

  list.addEventListener('keydown', ({ key }) => {
    const at = buttons().findIndex((button) => button === document.activeElement);
    const next = buttons()[at + (key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0)];
    if (at < 0 || !next || next === document.activeElement) return;
    next.focus();
    next.click();
  });

  /** @param {number} at */
  function button(at) {
    const element = document.createElement('button');
    element.className = 'step';
    element.appendChild(document.createElement('canvas')).ariaHidden = 'true';
    element.appendChild(document.createElement('span')).textContent = String(at + 1);
    element.addEventListener('click', () => showAnswer(at));
    return element;
  }

  return (state) => {
    const { lang, job } = state;
    const answers = answersOf(state);
    byId('answers').hidden = !answers;
    const count = answers?.all.length ?? 0;
    while (list.childElementCount > count) list.lastElementChild?.remove();
    while (list.childElementCount < count) list.append(button(list.childElementCount));
    list.hidden = count < 2;
    if (!answers || count < 2) return;
    for (const [at, element] of buttons().entries()) {
      const photo = answers.all[at]?.photo;
      // Not disabled: the focus would be lost while the next one is shown.
      element.ariaDisabled = String(job !== null);
      element.ariaPressed = String(answers.at === at);
      element.ariaLabel = say(lang, 'answers.one', { number: at + 1, count });
      if (!photo || drawn.get(element) === photo) continue;
      drawn.set(element, photo);
      const picture = pictureOf(photo);
      const canvas = /** @type {HTMLCanvasElement} */ (element.firstElementChild);
      Object.assign(canvas, { width: picture.width, height: picture.height });
      canvas.getContext('2d')?.drawImage(picture, 0, 0);
    }
  };
}
