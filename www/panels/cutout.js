// The settings of Cut out: what is to lie behind what is cut out.

import { isToolRunning, penOf } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot, State } from '../store.js' */

/**
 * @param {{ set: (change: Partial<State['backdrop']>) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createCutoutPanel({ set }) {
  const kinds = [...document.querySelectorAll('input[name=backdrop]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  for (const input of kinds) {
    const kind = /** @type {State['backdrop']['kind']} */ (input.value);
    input.addEventListener('change', () => set({ kind, ...(kind === 'photo' && firstPhoto()) }));
  }
  const colour = byId('backdrop-colour', HTMLInputElement);
  colour.addEventListener('input', () => set({ colour: colour.value }));
  const blur = byId('blur', HTMLInputElement);
  blur.addEventListener('input', () => set({ blurPercent: blur.valueAsNumber }));
  const photo = byId('backdrop-photo', HTMLSelectElement);
  photo.addEventListener('change', () => set({ photoId: Number(photo.value) }));
  /** The first is chosen unless one is. */
  const firstPhoto = () => photo.value === '0' && { photoId: Number(photo.options[1]?.value ?? 0) };
  let listed = '';

  /** The photos that can lie behind; none is chosen where the chosen one is gone, or open itself. @param {Snapshot} state */
  function drawPhotos({ lang, queue, backdrop: { kind, photoId } }) {
    const others = queue.items.filter(({ id }) => id !== queue.openId);
    byId('backdrop-photos').hidden = kind !== 'photo' || others.length === 0;
    byId('backdrop-alone').hidden = kind !== 'photo' || others.length > 0;
    const none = { id: 0, name: say(lang, 'backdrop.choose') };
    const options = [none, ...others].map(({ id, name }) => new Option(name, String(id)));
    const list = options.map(({ value, text }) => `${value} ${text}`).join('\n');
    if (list !== listed) photo.replaceChildren(...options); // An open list would close.
    listed = list;
    photo.value = String(others.some(({ id }) => id === photoId) ? photoId : 0);
  }

  return (state) => {
    const { history, lang, tool, backdrop } = state;
    if (!history || tool !== 'cutout') return;
    const isRunning = isToolRunning(state);
    for (const input of [...kinds, colour, blur, photo]) input.disabled = isRunning;
    for (const input of kinds) input.checked = input.value === backdrop.kind;
    byId('backdrop-well').hidden = backdrop.kind !== 'colour';
    if (colour.value !== backdrop.colour) colour.value = backdrop.colour;
    drawPhotos(state);
    byId('blur-row').hidden = backdrop.kind !== 'blur';
    const percent = say(lang, 'colour.percent', { percent: backdrop.blurPercent });
    blur.valueAsNumber = backdrop.blurPercent;
    blur.setAttribute('aria-valuetext', percent);
    byId('blur-value').textContent = percent;
    byId('cutout-run').hidden = isRunning;
    byId('cutout-hint').hidden = isRunning || penOf(state) !== 'click';
  };
}
