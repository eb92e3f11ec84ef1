// The settings of Colour: which colours of those found, how strong, and hints.

import { isToolRunning, takesHints } from '../store.js';
import { say } from '../words.js';
import { byId, hasRoom, paint } from './dom.js';

/** @import { Slider } from '../colour.js' */
/** @import { HintPen, Snapshot } from '../store.js' */
/** @import { WordKey } from '../words.js' */

/** Colours that things usually have; their lightness is the photo's. */
const PALETTE = /** @type {const} */ ({
  'palette.skin': '#c98a6b',
  'palette.sky': '#7fb2e0',
  'palette.leaf': '#5c7f3a',
  'palette.wood': '#8f6339',
  'palette.denim': '#4a6691',
  'palette.brick': '#a5523f',
});

/** The slider moves by doubles: one to the right reaches twice as far. @param {number} position */
const percentFromSlider = (position) => Math.round(100 * 2 ** position);
/** @param {number} percent */
const sliderFromPercent = (percent) => Math.log2(percent / 100);

/**
 * @typedef {object} ColourWishes
 * @property {(variant: string) => void} choose
 * @property {(slider: Slider, value: number) => void} slide
 * @property {(slider: Slider) => void} settle
 * @property {() => void} touch
 * @property {(pen: HintPen) => void} setPen
 * @property {(colour: string) => void} setColour
 * @property {(percent: number) => void} setReach
 * @property {(index: number) => void} removeHint
 */

/**
 * @param {ColourWishes} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createColourPanel(wishes) {
  const sliders = /** @type {const} */ (['saturation', 'warmth', 'strength']).map((name) => {
    const input = byId(name, HTMLInputElement);
    input.addEventListener('pointerdown', wishes.touch);
    input.addEventListener('focus', wishes.touch);
    input.addEventListener('input', () => wishes.slide(name, input.valueAsNumber / 100));
    input.addEventListener('change', () => wishes.settle(name));
    return { name, input, row: byId(`${name}-row`), value: byId(`${name}-value`) };
  });
  const pens = [...document.querySelectorAll('input[name=hint-pen]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  for (const input of pens) {
    input.addEventListener('change', () => wishes.setPen(/** @type {HintPen} */ (input.value)));
  }
  const well = byId('hint-colour', HTMLInputElement);
  well.addEventListener('input', () => wishes.setColour(well.value));
  // On a narrow screen hints are one tap away; elsewhere there is room for them.
  byId('hint-panel', HTMLDetailsElement).open = hasRoom();
  const drawVariants = createVariants(wishes);
  const drawHints = createHintList(wishes);
  const drawPalette = createPalette(wishes);
  const reach = byId('reach', HTMLInputElement);
  reach.addEventListener('change', () => wishes.setReach(percentFromSlider(reach.valueAsNumber)));

  return (state) => {
    const { history, lang, tool, trained, engine, judged, draft } = state;
    if (!history || tool !== 'colour') return;
    const { photo, hints, tint: settled } = history.present;
    const tint = draft?.tint ?? settled;
    const isRunning = isToolRunning(state);
    const isColoured = tint?.kind === 'colours';
    const colouring = judged?.photo === photo ? judged.colouring : null;
    const ownColours = !isColoured && (tint !== null || colouring === 'coloured');
    const canColour = trained.includes('colorize');
    const canFreshen = trained.includes('defade');

    byId('own-colours').hidden = !ownColours || tint !== null || isRunning;
    byId('some-colours').hidden = colouring !== 'partly' || tint !== null || isRunning;
    const mayColour = canColour && tint === null && !ownColours && colouring !== null;
    const mayFreshen = canFreshen && tint === null && ownColours;
    byId('colour-run').hidden = isRunning || !(mayColour || mayFreshen);
    byId('colour-button').hidden = !mayColour;
    byId('freshen-button').hidden = !mayFreshen;
    byId('anew-button').hidden = !canColour || !ownColours || isRunning;
    byId('colour-untrained').hidden = canColour || engine.status === 'starting';
    byId('colour-honest').hidden = !canColour || ownColours || (colouring === null && !isColoured);

    drawVariants(state, isColoured ? tint : null);
    for (const { name, input, row, value } of sliders) {
      const share = tint && name in tint ? /** @type {any} */ (tint)[name] : null;
      row.hidden = share === null || isRunning;
      if (share === null) continue;
      const percent = Math.round(100 * share);
      const text = say(lang, 'colour.percent', { percent });
      if (input.valueAsNumber !== percent) input.valueAsNumber = percent;
      input.setAttribute('aria-valuetext', text);
      value.textContent = text;
    }
    byId('hint-panel').hidden = !takesHints(state) || isRunning;
    for (const input of pens) input.checked = input.value === state.hintPen;
    if (well.value !== state.hintColour) well.value = state.hintColour;
    byId('hint-help').hidden = state.hintPen === 'none' || hints.length > 0;
    drawHints(state);
    drawPalette(state);
    const percent = say(lang, 'colour.percent', { percent: state.hintReachPercent });
    reach.valueAsNumber = sliderFromPercent(state.hintReachPercent);
    reach.setAttribute('aria-valuetext', percent);
    byId('reach-value').textContent = percent;
  };
}

/** @param {ColourWishes} wishes */
function createVariants(wishes) {
  const group = byId('variants');
  /** @type {unknown} what the pictures show */
  let drawn = null;
  const button = (/** @type {string} */ name) => {
    const element = document.createElement('button');
    element.className = 'variant';
    element.appendChild(document.createElement('canvas')).ariaHidden = 'true';
    element.appendChild(document.createElement('span'));
    element.dataset['variant'] = name;
    element.addEventListener('click', () => wishes.choose(name));
    return element;
  };

  /** @param {Snapshot} state @param {import('../store.js').Colourised | null} tint */
  return (state, tint) => {
    const names = tint?.colours.variants.map(({ name }) => name) ?? [];
    // One is no choice.
    group.hidden = names.length < 2 || isToolRunning(state);
    const shown = [...group.children].map((child) => /** @type {HTMLElement} */ (child));
    if (shown.map(({ dataset }) => dataset['variant']).join() !== names.join()) {
      group.replaceChildren(...names.map(button));
      drawn = null;
    }
    for (const [i, name] of names.entries()) {
      const element = /** @type {HTMLElement} */ (group.children[i]);
      element.ariaPressed = String(tint?.variant === name);
      const label = /** @type {HTMLElement} */ (element.lastElementChild);
      label.textContent = say(state.lang, /** @type {WordKey} */ (`variant.${name}`));
    }
    const { sheet } = state;
    if (!sheet || sheet.colours !== tint?.colours || drawn === sheet) return;
    drawn = sheet;
    for (const [i, picture] of sheet.pictures.entries()) {
      const canvas = group.children[i]?.querySelector('canvas');
      if (canvas) paint(canvas, picture);
    }
  };
}

/** The hints as buttons, each of which takes its hint away. @param {ColourWishes} wishes */
function createHintList(wishes) {
  const list = byId('hint-list');
  /** @param {Snapshot} state */
  return ({ history, lang }) => {
    const hints = history?.present.hints ?? [];
    list.hidden = hints.length === 0;
    while (list.childElementCount > hints.length) list.lastElementChild?.remove();
    while (list.childElementCount < hints.length) {
      const index = list.childElementCount;
      const item = list.appendChild(document.createElement('li'));
      const button = item.appendChild(swatchButton());
      button.addEventListener('click', () => wishes.removeHint(index));
    }
    for (const [i, { rgb }] of hints.entries()) {
      const button = /** @type {HTMLElement} */ (list.children[i]?.firstElementChild);
      const swatch = /** @type {HTMLElement} */ (button.firstElementChild);
      swatch.style.backgroundColor = `rgb(${rgb.join(' ')})`;
      const label = say(lang, 'hint.remove', { number: i + 1 });
      button.ariaLabel = label;
      button.title = label;
    }
  };
}

/** Usual colours as buttons, each of which is what the next click is said to be. @param {ColourWishes} wishes */
function createPalette(wishes) {
  const list = byId('palette');
  for (const colour of Object.values(PALETTE)) {
    const button = list.appendChild(document.createElement('li')).appendChild(swatchButton());
    const swatch = /** @type {HTMLElement} */ (button.firstElementChild);
    swatch.style.backgroundColor = colour;
    button.addEventListener('click', () => wishes.setColour(colour));
  }
  /** @param {Snapshot} state */
  return ({ lang, hintColour }) => {
    for (const [i, [key, colour]] of Object.entries(PALETTE).entries()) {
      const button = /** @type {HTMLElement} */ (list.children[i]?.firstElementChild);
      button.ariaLabel = say(lang, /** @type {WordKey} */ (key));
      button.title = button.ariaLabel;
      button.ariaPressed = String(colour === hintColour);
    }
  };
}

function swatchButton() {
  const button = document.createElement('button');
  button.className = 'quiet icon';
  button.appendChild(document.createElement('span')).className = 'swatch';
  return button;
}
