// Which method a tool paints with, and the answers that it has given, as small pictures; a click or an
// arrow key shows one.

import { pictureOf } from '../history/thumbs.js';
import {
  aboutMethod,
  answersOf,
  chosenMethod,
  methodsOf,
  mostAnswers,
  titlesOf,
} from '../methods.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Photo, Snapshot } from '../store.js' */

/** Whether there may be one answer more; a published method has one only. @param {Snapshot} state */
export function mayTryAgain(state) {
  const answers = answersOf(state);
  const chosen = chosenMethod(state);
  const isNew = !answers?.by.some(({ method }) => method === chosen);
  const isGuess = chosen === '' && (state.tool === 'extend' || state.tool === 'fill');
  return answers !== null && answers.all.length < mostAnswers(state) && (isNew || isGuess);
}

/** Whether a method has not answered yet. @param {Snapshot} state */
export function mayAskAll(state) {
  const { by = [] } = answersOf(state) ?? {};
  const count = new Set(by.map(({ method }) => method)).size;
  return methodsOf(state).length >= Math.max(1, count) && by.length < mostAnswers(state);
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
    element.appendChild(document.createElement('span'));
    element.addEventListener('click', () => showAnswer(at));
    return element;
  }

  return (state) => {
    const { lang, job } = state;
    const answers = answersOf(state);
    const hasMethods = methodsOf(state).length > 0;
    byId('answers').hidden = !answers && (!hasMethods || isToolRunning(state));
    byId('another').hidden = !answers;
    byId('ask-all').hidden = !hasMethods;
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
      const { short, full } = titlesOf(state, answers.by[at]?.method ?? '');
      const words = { number: at + 1, count, method: full };
      element.ariaLabel = say(lang, hasMethods ? 'answers.by' : 'answers.one', words);
      element.title = hasMethods ? full : '';
      const caption = /** @type {Element} */ (element.lastElementChild);
      caption.textContent = hasMethods ? short : String(at + 1);
      if (!photo || drawn.get(element) === photo) continue;
      drawn.set(element, photo);
      const picture = pictureOf(photo);
      const canvas = /** @type {HTMLCanvasElement} */ (element.firstElementChild);
      Object.assign(canvas, { width: picture.width, height: picture.height });
      canvas.getContext('2d')?.drawImage(picture, 0, 0);
    }
  };
}

/**
 * @param {{ choose: (name: string) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createMethodPanel(wishes) {
  const select = byId('method', HTMLSelectElement);
  select.addEventListener('change', () => wishes.choose(select.value));

  return (state) => {
    const { lang } = state;
    const methods = methodsOf(state);
    byId('method-panel').hidden = methods.length === 0;
    const names = ['', ...methods.map(({ name }) => name)];
    const titles = names.map((name) => titlesOf(state, name).full);
    if ([...select.options].map(({ text }) => text).join() !== titles.join()) {
      select.replaceChildren(...names.map((name, i) => new Option(titles[i], name)));
    }
    select.value = chosenMethod(state);
    select.disabled = isToolRunning(state);
    const method = methods.find(({ name }) => name === select.value);
    byId('method-about').hidden = !method;
    if (!method) return;
    const { name, bytes, licence, isLoaded } = method;
    const amount = (bytes / 1e6).toFixed(bytes < 1e5 ? 2 : 1);
    const note = say(lang, 'method.note', { about: aboutMethod(state, name), amount, licence });
    byId('method-about').textContent = isLoaded ? note : say(lang, 'method.later', { note });
  };
}
