// Which tool is chosen, and the section of settings that belongs to it.

import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot, ToolName } from '../store.js' */

/**
 * @param {{ setTool: (tool: ToolName) => void }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createTools(wishes) {
  const inputs = [...document.querySelectorAll('input[name=tool]')].map(
    (input) => /** @type {HTMLInputElement} */ (input),
  );
  for (const input of inputs) {
    const tool = /** @type {ToolName} */ (input.value);
    input.addEventListener('change', () => wishes.setTool(tool));
  }
  return (state) => {
    byId('tool-title').textContent = say(state.lang, `${state.tool}.title`);
    for (const input of inputs) {
      input.checked = input.value === state.tool;
      input.disabled = isToolRunning(state);
      byId(`${input.value}-panel`).hidden = input.value !== state.tool;
    }
  };
}
