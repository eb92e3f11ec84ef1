// How a result is saved: the format, its quality where that means something, what else it says.

import { byId } from './dom.js';

/** @import { Snapshot, State } from '../store.js' */

/**
 * @param {{ setFormat: (format: State['format']) => void, setQuality: (quality: number) => void,
 *   keepMetadata: (isMetadataKept: boolean) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createSaveOptions(wishes) {
  const formats = [...document.querySelectorAll('input[name=format]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  const quality = byId('quality', HTMLInputElement);
  const kept = byId('keep-metadata', HTMLInputElement);
  kept.addEventListener('change', () => wishes.keepMetadata(kept.checked));
  for (const input of formats) {
    input.addEventListener('change', () =>
      wishes.setFormat(/** @type {State['format']} */ (input.value)),
    );
  }
  quality.addEventListener('input', () => wishes.setQuality(quality.valueAsNumber));
  return (state) => {
    for (const input of formats) input.checked = input.value === state.format;
    kept.checked = state.isMetadataKept;
    quality.valueAsNumber = state.quality;
    byId('quality-value').textContent = String(state.quality);
    const kinds = state.format === 'same' ? kindsOf(state) : [state.format];
    byId('quality-row').hidden = !kinds.includes('jpeg');
  };
}

/** What the photos that are open may be saved as. @param {Snapshot} state */
function kindsOf({ opened, queue }) {
  const isJpeg = queue.items.some(({ file, name }) => /jpe?g$/i.test(file.type || name));
  return [opened?.kind, ...(isJpeg ? ['jpeg'] : [])];
}
