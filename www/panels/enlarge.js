// Enlarging, in the settings of Crop: what it does, how large the photo becomes, or why it cannot.

import { limitWords } from '../jobs.js';
import { isToolRunning } from '../store.js';
import { enlargedSize } from '../tasks.js';
import { say } from '../words.js';
import { byId, hasRoom } from './dom.js';

/** @import { Snapshot } from '../store.js' */

/** Whether the open photo is not too large to be enlarged. @param {Snapshot} state */
export function mayEnlarge({ history, limits }) {
  if (!history) return false;
  const { width, height } = enlargedSize(history.present.photo);
  return width * height <= (limits?.max_result_pixels ?? Infinity);
}

/** @returns {(state: Snapshot) => void} */
export function createEnlargePanel() {
  const panel = byId('enlarge-panel', HTMLDetailsElement);
  // On a narrow screen this is one tap away; elsewhere there is room for it.
  panel.open = hasRoom();

  return (state) => {
    const { engine, history, lang, limits, trained } = state;
    if (!history) return;
    const { photo } = history.present;
    panel.hidden = isToolRunning(state);
    const isPlain = !trained.includes('enlarge') && engine.status !== 'starting';
    byId('enlarge-hint').textContent = say(lang, isPlain ? 'enlarge.untrained' : 'enlarge.hint');
    const { width, height } = enlargedSize(photo);
    const text = (/** @type {{ width: number, height: number }} */ size) =>
      say(lang, 'extend.size', { width: size.width, height: size.height });
    const sizes = { from: `${photo.width} × ${photo.height}`, to: text({ width, height }) };
    const megapixels = (Math.ceil((width * height) / 1e5) / 10).toFixed(1);
    byId('enlarge-size').textContent = mayEnlarge(state)
      ? say(lang, 'enlarge.size', sizes)
      : say(lang, 'enlarge.tooLarge', { ...limitWords(limits), megapixels });
  };
}
