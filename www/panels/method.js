// Which method the tool paints with, and what is to be known of it.

import { aboutMethod, chosenMethod, methodsOf, titlesOf } from '../methods.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot } from '../store.js' */

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
