// The page around the panels: its language, what is hidden while no photo is open, the keyboard
// sheet.

import { croppingOf, isUncropped } from '../drawing/crop.js';
import { NO_AMOUNTS, isEmptyFrame } from '../drawing/geometry.js';
import { isDrawnFor, isHinting, isToolRunning, isTracing } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Command } from '../commands.js' */
/** @import { Snapshot } from '../store.js' */
/** @import { WordKey } from '../words.js' */

/**
 * @param {readonly Command[]} commands
 * @returns {(state: Snapshot) => void}
 */
export function createPage(commands) {
  const file = byId('file');
  let drawnLang = '';
  // On a narrow screen the settings take room from the photo: all but the button that runs the
  // tool can be put away.
  const fold = byId('fold');
  fold.addEventListener('click', () => {
    fold.ariaExpanded = String(!document.body.classList.toggle('is-folded'));
  });

  return (state) => {
    const { lang, history, job, opened, tool } = state;
    if (lang !== drawnLang) drawWords(lang, commands);
    drawnLang = lang;
    document.body.classList.toggle('has-photo', history !== null);
    byId('stage').classList.toggle('is-empty', history === null);
    byId('welcome').hidden = history !== null;
    byId('opening').hidden = job === null || isToolRunning(state);
    for (const element of document.querySelectorAll('.needs-photo')) {
      element.toggleAttribute('hidden', history === null);
    }
    // The likely next step stands out: saving a finished result, else making one.
    const wished = history?.present;
    const isDrawn = isDrawnFor(tool) && wished?.shapes.length !== 0;
    const isFramed =
      tool === 'crop'
        ? !isUncropped(croppingOf(state))
        : !isEmptyFrame(wished?.frame ?? NO_AMOUNTS);
    const isWished = tool === 'extend' || tool === 'crop' ? isFramed : isDrawn;
    const isDone = history !== null && history.present.photo !== opened && !isWished;
    for (const button of document.querySelectorAll('.bar .split button')) emphasize(button, isDone);
    for (const button of document.querySelectorAll('.run .wide')) emphasize(button, !isDone);
    const photo = history?.present.photo;
    file.hidden = !photo;
    file.textContent = photo?.name ?? '';
    const { width = 0, height = 0 } = photo ?? {};
    drawCanvas(byId('canvas'), photo ? say(lang, 'photo.name', { width, height }) : '', state);
    document.title = photo ? `${photo.name} – Naobu` : say(lang, 'title');
  };
}

/**
 * The photo is a picture, and for some tools also what one draws on, by keys too.
 * @param {HTMLElement} canvas @param {string} name @param {Snapshot} state
 */
function drawCanvas(canvas, name, state) {
  const isTraced = isTracing(state);
  const isDrawnOn = name !== '' && (isDrawnFor(state.tool) || isHinting(state) || isTraced);
  const ownKeys = isHinting(state) ? 'hint-keys' : 'pen-keys';
  const keys = isTraced ? 'sources-help' : ownKeys;
  canvas.ariaLabel = name;
  canvas.role = isDrawnOn ? 'application' : 'img';
  canvas.tabIndex = isDrawnOn ? 0 : -1;
  if (isDrawnOn) canvas.setAttribute('aria-describedby', keys);
  else canvas.removeAttribute('aria-describedby');
}

/** @param {Element} button @param {boolean} isEmphasized */
function emphasize(button, isEmphasized) {
  button.classList.toggle('solid', isEmphasized);
  button.classList.toggle('outline', !isEmphasized);
}

/** @param {Snapshot['lang']} lang @param {readonly Command[]} commands */
function drawWords(lang, commands) {
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = say(lang, keyOf(element, 'data-text'));
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    const words = say(lang, keyOf(element, 'data-label'));
    element.setAttribute('aria-label', words);
    if (element instanceof HTMLButtonElement) element.title = words;
  }
  const rows = /** @type {[string, WordKey][]} */ ([
    ...commands.flatMap(({ key, words }) => (key ? [[key.split(' ')[0] ?? key, words]] : [])),
    ['\\', 'keys.peek'],
    [say(lang, 'keys.space'), 'keys.pan'],
    [say(lang, 'keys.wheel'), 'keys.zoom'],
    [say(lang, 'keys.shiftWheel'), 'fill.size'],
    [say(lang, 'keys.alt'), 'keys.erase'],
  ]);
  byId('keys-list').replaceChildren(
    ...rows.map(([key, words]) => {
      const row = document.createElement('div');
      const term = row.appendChild(document.createElement('dt'));
      for (const part of key === '+' ? ['+'] : key.split('+')) {
        term.appendChild(document.createElement('kbd')).textContent = part;
      }
      row.appendChild(document.createElement('dd')).textContent = say(lang, words);
      return row;
    }),
  );
}

/** @param {Element} element @param {string} attribute */
function keyOf(element, attribute) {
  return /** @type {WordKey} */ (element.getAttribute(attribute));
}
