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

/** Keys of commands that are no letters, by where they lie. @type {Readonly<Record<string, string>>} */
const PLACES = {
  BracketLeft: '[',
  BracketRight: ']',
  Comma: ',',
  Period: '.',
};

/**
 * What a press may mean: by what the key types, then, where that is no Latin letter, by where the
 * key lies. So shortcuts are in their places on Cyrillic, Greek, Hebrew and Arabic layouts.
 * @param {KeyboardEvent} event
 */
function keysFromEvent(event) {
  const { code, ctrlKey, metaKey, shiftKey } = event;
  // Brackets take Option or AltGr on many layouts, which Windows tells as Ctrl and Alt.
  if (event.altKey || event.getModifierState('AltGraph')) {
    return /^[!-~]$/.test(event.key) && !/\w/.test(event.key) ? [event.key] : [];
  }
  const named = (/** @type {string} */ key) => {
    const isShifted = shiftKey && /^[A-Z]$|^.{2,}$/.test(key);
    return `${ctrlKey || metaKey ? 'Ctrl+' : ''}${isShifted ? 'Shift+' : ''}${key}`;
  };
  const keys = [named(event.key.length === 1 ? event.key.toUpperCase() : event.key)];
  const [, letter] = code.match(/^Key([A-Z])$/) ?? [];
  if (letter && !/^[a-z]$/i.test(event.key)) keys.push(named(letter));
  const sign = PLACES[code];
  if (sign && !shiftKey && event.key > '~') keys.push(named(sign));
  return keys;
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
      if (event.isComposing) return; // What is typed then belongs to a word.
      const commandOf = (/** @type {string} */ pressed) =>
        commands.find(({ key }) => key?.split(' ').includes(pressed));
      const pressed = keysFromEvent(event).find(commandOf);
      const command = pressed && commandOf(pressed);
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
