// Which photos a tool is applied to: a grid of them with a tick each. Those that another tool or
// setting has made something of are not ticked at first, and say so.

import { say } from '../words.js';
import { answerOf, byId, paint } from './dom.js';

/** @import { Item } from '../queue/queue.js' */
/** @import { Question } from '../queue/queue-work.js' */
/** @import { Snapshot } from '../store.js' */

/**
 * @param {{ getState: () => Snapshot }} wishes
 * @returns {(question: Question) => Promise<readonly number[] | null>}
 */
export function createChooser({ getState }) {
  const dialog = byId('choose', HTMLDialogElement);
  const list = byId('choose-list');
  const run = byId('choose-run', HTMLButtonElement);
  const why = byId('choose-why');
  const ticks = /** @type {Map<number, HTMLInputElement>} */ (new Map());
  let findAlike = async () => /** @type {readonly number[]} */ ([]);

  const chosen = () => [...ticks].filter(([, { checked }]) => checked).map(([id]) => id);

  function count() {
    const { length } = chosen();
    run.disabled = length === 0;
    const key = length === 1 ? 'choose.runOne' : 'choose.run';
    run.textContent = say(getState().lang, key, { count: length });
  }

  /** @param {(id: number) => boolean} isTicked */
  function tick(isTicked) {
    for (const [id, input] of ticks) input.checked = isTicked(id);
    count();
  }

  byId('choose-all').addEventListener('click', () => tick(() => true));
  byId('choose-none').addEventListener('click', () => tick(() => false));
  byId('choose-alike').addEventListener('click', async () => {
    const alike = new Set(await findAlike());
    tick((id) => alike.has(id));
  });
  list.addEventListener('change', count);

  /** @param {Item} item @param {boolean} isOther */
  function create(item, isOther) {
    const { lang, queue } = getState();
    const row = document.createElement('li');
    const label = row.appendChild(document.createElement('label'));
    const input = label.appendChild(document.createElement('input'));
    input.type = 'checkbox';
    const canvas = label.appendChild(document.createElement('canvas'));
    canvas.ariaHidden = 'true';
    if (item.thumb) paint(canvas, item.thumb);
    label.appendChild(document.createElement('span')).textContent = item.name;
    const state = item.id === queue.openId ? 'choose.this' : 'choose.other';
    if (item.id === queue.openId || isOther) {
      const told = label.appendChild(document.createElement('span'));
      told.className = 'told';
      told.textContent = say(lang, state);
    }
    ticks.set(item.id, input);
    return row;
  }

  return async (question) => {
    const { lang } = getState();
    ({ findAlike } = question);
    ticks.clear();
    list.replaceChildren(
      ...question.items.map((item) => create(item, question.others.has(item.id))),
    );
    const { size } = question.others;
    why.hidden = size === 0;
    why.textContent = say(lang, size === 1 ? 'choose.whyOne' : 'choose.why', { count: size });
    tick((id) => question.chosen.has(id));
    return (await answerOf(dialog)) === 'apply' ? chosen() : null;
  };
}
