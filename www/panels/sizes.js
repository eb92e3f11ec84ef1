// Sizes beside the shapes of Extend, and two numbers for any other.

import { areSameAmounts, isEmptyFrame } from '../drawing/geometry.js';
import { SIZES, amountsForSize, sizeFor } from '../drawing/sizes.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Size } from '../drawing/geometry.js' */
/** @import { Amounts } from '../engine/protocol.js' */
/** @import { Snapshot } from '../store.js' */

/**
 * @param {{ setFrame: (amounts: Amounts) => void, getState: () => Snapshot }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createSizesPanel({ setFrame, getState }) {
  /** @returns {Size | null} */
  const photoSize = () => {
    const photo = getState().history?.present.photo;
    return photo ? [photo.width, photo.height] : null;
  };
  const buttons = SIZES.map((wanted) => {
    const button = document.createElement('button');
    button.className = 'shape';
    button.addEventListener('click', () => {
      const photo = photoSize();
      if (photo) setFrame(amountsForSize(photo, sizeFor(wanted, photo)));
    });
    return { wanted, button };
  });
  byId('sizes').replaceChildren(...buttons.map(({ button }) => button));
  const fields = ['own-width', 'own-height'].map((id) => byId(id, HTMLInputElement));
  const own = () => {
    const [wide = NaN, high = NaN] = fields.map(({ valueAsNumber }) => valueAsNumber);
    const photo = photoSize();
    if (photo && wide >= 1 && high >= 1) setFrame(amountsForSize(photo, [wide, high]));
  };
  for (const field of fields) field.addEventListener('change', own);

  return (state) => {
    const photo = photoSize();
    if (!photo) return;
    const isRunning = isToolRunning(state);
    const { frame } = /** @type {NonNullable<Snapshot['history']>} */ (state.history).present;
    for (const { wanted, button } of buttons) {
      const [width, height] = sizeFor(wanted, photo);
      const amounts = amountsForSize(photo, [width, height]);
      button.textContent = say(state.lang, wanted.name);
      button.title = say(state.lang, 'extend.size', { width, height });
      button.ariaPressed = String(!isEmptyFrame(frame) && areSameAmounts(frame, amounts));
      button.disabled = isRunning;
    }
    for (const field of fields) field.disabled = isRunning;
  };
}
