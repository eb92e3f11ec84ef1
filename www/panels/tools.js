// Which tool is chosen, and the section of settings that belongs to it.

import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { Snapshot, ToolName } from '../store.js' */

/** The settings of another tool would take the focus away with them. @param {Snapshot} state */
export function keepFocus({ tool }) {
  if (!document.activeElement?.closest('.settings[hidden]')) return;
  const input = document.querySelector(`input[name=tool][value=${tool}]`);
  if (input instanceof HTMLInputElement) input.focus();
}

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
      // The chosen one leads nowhere, and keeps the focus.
      input.disabled = isToolRunning(state) && !input.checked;
      byId(`${input.value}-panel`).hidden = input.value !== state.tool;
    }
  };
}
