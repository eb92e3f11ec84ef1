// The first screen: the sample pictures, the camera where there is one, pasting where keys may lack. Opening a file is
// index.html's own label and input.

import { SAMPLES, hasCamera, sampleUrl } from '../files/photo-file.js';
import { canPaste } from '../files/receiving.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot } from '../store.js' */

/**
 * @param {{ openSample: (name: string) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createWelcome(wishes) {
  const items = SAMPLES.map((name) => {
    const item = document.createElement('li');
    const button = item.appendChild(document.createElement('button'));
    const picture = button.appendChild(document.createElement('img'));
    const caption = button.appendChild(document.createElement('span'));
    picture.src = sampleUrl(`${name}-thumb.jpg`);
    picture.alt = '';
    picture.decoding = 'async';
    button.addEventListener('click', () => wishes.openSample(name));
    return { name, item, caption };
  });
  for (const id of ['camera', 'welcome-camera']) byId(id).hidden = !hasCamera();
  for (const id of ['paste', 'welcome-paste']) byId(id).hidden = !canPaste();
  byId('samples').replaceChildren(...items.map(({ item }) => item));
  return ({ lang }) => {
    for (const { name, caption } of items) caption.textContent = say(lang, `sample.${name}`);
  };
}
