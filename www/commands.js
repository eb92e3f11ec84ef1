// What can be done by a button or a key: one record each.
//
// A button names its command in `data-command`. A key counts only outside of text fields, and a
// command that is not enabled does nothing.

/** @import { Snapshot } from './store.js' */
/** @import { WordKey } from './words.js' */
/**
 * @typedef {Readonly<{ name: string, words: WordKey, key?: string,
 *   enabled: (state: Snapshot) => boolean, run: () => void }>} Command
 * `key` is like "Ctrl+Z"; on a Mac, Command counts as Ctrl.
 */

/** @param {KeyboardEvent} event */
function keyFromEvent(event) {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const isShifted = event.shiftKey && /^[A-Z]$|^.{2,}$/.test(key);
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${isShifted ? 'Shift+' : ''}${key}`;
}

/**
 * @param {readonly Command[]} commands @param {() => Snapshot} getState
 * @returns {{ draw: (state: Snapshot) => void, detach: () => void }}
 */
export function attachCommands(commands, getState) {
  const attached = new AbortController();
  const { signal } = attached;
  const buttons = [...document.querySelectorAll('button[data-command]')].map((element) => {
    const button = /** @type {HTMLButtonElement} */ (element);
    const command = commands.find(({ name }) => name === button.dataset['command']);
    if (!command) throw new Error(`no command ${button.dataset['command']}`);
    button.addEventListener('click', () => command.run(), { signal });
    return { button, command };
  });
  addEventListener(
    'keydown',
    (event) => {
      const target = event.target instanceof Element ? event.target : null;
      const pressed = keyFromEvent(event);
      const command = commands.find(({ key }) => key?.split(' ').includes(pressed));
      if (!command || !command.enabled(getState())) return;
      const isTyping = target?.matches('input:not([type=radio], [type=file], [type=range])');
      if (isTyping && !/^(Ctrl\+Enter|Ctrl\+[OS]|Escape)$/.test(pressed)) return;
      if (document.querySelector('dialog[open]')) return;
      event.preventDefault();
      command.run();
    },
    { signal },
  );
  return {
    draw(state) {
      for (const { button, command } of buttons) button.disabled = !command.enabled(state);
    },
    detach: () => attached.abort(),
  };
}
