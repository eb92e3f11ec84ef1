// The settings of Crop: shapes, how far the photo is turned, what is left.

import {
  CROP_RATIOS,
  amountsForRatio,
  croppedBox,
  croppingOf,
  isUncropped,
} from '../drawing/crop.js';
import { NO_AMOUNTS, areSameAmounts, ratioName } from '../drawing/geometry.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Size } from '../drawing/geometry.js' */
/** @import { Snapshot } from '../store.js' */

/**
 * @param {{ chooseRatio: (ratio: Size) => void, turn: (degrees: number) => void, trim: () => void,
 *   level: () => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createCropPanel(wishes) {
  const shapes = CROP_RATIOS.map((ratio) => {
    const button = document.createElement('button');
    button.className = 'shape';
    let asked = ratio;
    button.addEventListener('click', () => wishes.chooseRatio(asked));
    return {
      button,
      /** Upright photos are cropped to upright shapes. @param {boolean} isUpright */
      stand(isUpright) {
        asked = isUpright ? [ratio[1], ratio[0]] : ratio;
        button.textContent = asked.join(':');
        return asked;
      },
    };
  });
  byId('crop-shapes').replaceChildren(...shapes.map(({ button }) => button));
  const slider = byId('degrees', HTMLInputElement);
  slider.addEventListener('input', () => wishes.turn(slider.valueAsNumber));
  byId('trim').addEventListener('click', wishes.trim);
  const level = byId('level', HTMLButtonElement);
  level.addEventListener('click', wishes.level);

  return (state) => {
    const { history, lang } = state;
    if (!history) return;
    const { photo } = history.present;
    const cropping = croppingOf(state);
    const isRunning = isToolRunning(state);
    const size = /** @type {const} */ ([photo.width, photo.height]);
    for (const { button, stand } of shapes) {
      const ratio = stand(photo.height > photo.width);
      const amounts = amountsForRatio(size, ratio);
      button.ariaPressed = String(
        !areSameAmounts(amounts, NO_AMOUNTS) && areSameAmounts(amounts, cropping.amounts),
      );
      button.disabled = isRunning;
    }
    slider.disabled = byId('trim', HTMLButtonElement).disabled = level.disabled = isRunning;
    level.ariaPressed = String(cropping.isLevelling);
    slider.valueAsNumber = cropping.degrees;
    const degrees = say(lang, 'crop.degrees', { degrees: cropping.degrees.toFixed(1) });
    slider.setAttribute('aria-valuetext', degrees);
    byId('degrees-value').textContent = degrees;
    const { width, height } = croppedBox(size, cropping);
    const text = {
      size: say(lang, 'extend.size', { width, height }),
      ratio: ratioName([width, height]),
    };
    byId('crop-size').textContent = say(lang, 'extend.shape', text);
    byId('crop-run').hidden = isRunning;
    const hint = byId('crop-hint');
    hint.textContent = say(lang, cropping.isLevelling ? 'crop.line' : 'crop.hint');
    const isNeeded = cropping.isLevelling || isUncropped(cropping);
    hint.hidden = !isNeeded || isRunning || state.status !== null;
  };
}
