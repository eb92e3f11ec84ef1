// How a result is saved: the format, and its quality where that means something.

import { byId } from './dom.js';

/** @import { Format } from '../engine/protocol.js' */
/** @import { Snapshot } from '../store.js' */

/**
 * @param {{ setFormat: (format: Format) => void, setQuality: (quality: number) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createSaveOptions(wishes) {
  const formats = [...document.querySelectorAll('input[name=format]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  const quality = byId('quality', HTMLInputElement);
  for (const input of formats) {
    input.addEventListener('change', () => wishes.setFormat(/** @type {Format} */ (input.value)));
  }
  quality.addEventListener('input', () => wishes.setQuality(quality.valueAsNumber));
  return (state) => {
    for (const input of formats) input.checked = input.value === state.format;
    quality.valueAsNumber = state.quality;
    byId('quality-value').textContent = String(state.quality);
    byId('quality-row').hidden = state.format === 'png';
  };
}
