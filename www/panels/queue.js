// The strip of photos that are open together: which there are, how each is doing, which one is
// open. There is none for a single photo.

import { stateOf } from '../queue/queue.js';
import { isToolRunning } from '../store.js';
import { say } from '../words.js';
import { byId, leadByArrows, paint } from './dom.js';

/** @import { Pixels } from '../engine/protocol.js' */
/** @import { Item } from '../queue/queue.js' */
/** @import { Snapshot } from '../store.js' */
/**
 * @typedef {{ row: HTMLElement, button: HTMLElement, canvas: HTMLCanvasElement, name: HTMLElement,
 *   thumb: Pixels | null }} Drawn
 */

const WORDS = /** @type {const} */ ({
  waiting: 'queue.waiting',
  done: 'queue.done',
  failed: 'queue.failed',
  left: 'queue.left',
});

/**
 * @param {{ open: (id: number) => void, getState: () => Snapshot }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createQueueStrip({ open, getState }) {
  const list = byId('queue-list');
  const drawn = /** @type {Map<number, Drawn>} */ (new Map());
  let shownId = 0;
  let wasRunning = false;
  const ends = [
    { button: byId('queue-earlier'), direction: -1 },
    { button: byId('queue-later'), direction: 1 },
  ];
  for (const { button, direction } of ends) {
    button.addEventListener('click', () => list.scrollBy({ left: direction * list.clientWidth }));
  }
  /** The arrows are there where there is more than fits. */
  function drawEnds() {
    const most = list.scrollWidth - list.clientWidth;
    for (const { button, direction } of ends) {
      button.hidden = most <= 1;
      const isAtEnd = direction < 0 ? list.scrollLeft < 1 : list.scrollLeft > most - 1;
      button.toggleAttribute('disabled', isAtEnd);
    }
  }
  list.addEventListener('scroll', drawEnds, { passive: true });
  new ResizeObserver(drawEnds).observe(list);

  /** When a tool has ended, what it says about photos is brought into view. @param {Snapshot} state */
  function showTrouble(state) {
    const isRunning = isToolRunning(state);
    if (wasRunning && !isRunning) {
      const marked = state.queue.items.find(({ trouble }) => trouble !== null);
      if (marked) reveal(drawn.get(marked.id));
    }
    wasRunning = isRunning;
  }
  /** @param {Drawn | undefined} parts */
  const reveal = (parts) => parts?.row.scrollIntoView({ block: 'nearest', inline: 'nearest' });

  /** @param {number} id @returns {Drawn} */
  function create(id) {
    const row = document.createElement('li');
    const button = row.appendChild(document.createElement('button'));
    button.className = 'photo';
    const canvas = button.appendChild(document.createElement('canvas'));
    canvas.ariaHidden = 'true';
    const name = button.appendChild(document.createElement('span'));
    name.ariaHidden = 'true';
    button.addEventListener('click', () => {
      if (!isToolRunning(getState())) open(id);
    });
    return { row, button, canvas, name, thumb: null };
  }

  // One stop for Tab, whichever photo is the last that had the focus; arrows lead on from there.
  leadByArrows(list, 'ArrowLeft', 'ArrowRight');

  /** @param {Item} item @param {Drawn} parts @param {Snapshot} state */
  function drawItem(item, { button, name }, state) {
    const { lang, queue, history, opened } = state;
    const isOpen = item.id === queue.openId;
    const isOpenDone = isOpen ? history?.present.photo !== opened : null;
    const kind = stateOf(item, isOpenDone);
    const { trouble } = item;
    const why = trouble ? say(lang, trouble.key, trouble.words) : '';
    const words = { name: item.name, state: say(lang, WORDS[kind]), why };
    const label = say(lang, why ? 'queue.itemWhy' : 'queue.item', words);
    if (button.ariaLabel !== label) {
      button.ariaLabel = label;
      button.title = label;
    }
    button.dataset['state'] = kind;
    button.ariaCurrent = isOpen ? 'true' : null;
    button.ariaDisabled = isToolRunning(state) ? 'true' : null;
    if (name.textContent !== item.name) name.textContent = item.name;
  }

  /** @param {Snapshot} state */
  function drawCount({ queue, history, opened, lang }) {
    const isOpenDone = history?.present.photo !== opened;
    const states = queue.items.map((item) =>
      stateOf(item, item.id === queue.openId ? isOpenDone : null),
    );
    // As many as an archive of them all would hold, also of those that the last tool did not suit.
    const results = queue.items.filter(({ id, work }) =>
      id === queue.openId ? isOpenDone : work?.result,
    );
    const failed = states.filter((state) => state === 'failed').length;
    const words = { done: results.length, total: states.length, failed };
    const text = say(lang, words.failed > 0 ? 'queue.countFailed' : 'queue.count', words);
    const element = byId('queue-count');
    if (element.textContent !== text) element.textContent = text;
  }

  return (state) => {
    const { items, openId } = state.queue;
    const strip = byId('queue');
    strip.hidden = items.length < 2 || state.history === null;
    if (strip.hidden) return;
    for (const [id, { row }] of drawn) {
      if (items.some((item) => item.id === id)) continue;
      row.remove();
      drawn.delete(id);
    }
    for (const [place, item] of items.entries()) {
      const parts = drawn.get(item.id) ?? create(item.id);
      drawn.set(item.id, parts);
      if (list.children[place] !== parts.row)
        list.insertBefore(parts.row, list.children[place] ?? null);
      if (item.thumb && item.thumb !== parts.thumb) {
        parts.thumb = item.thumb;
        paint(parts.canvas, item.thumb);
      }
      drawItem(item, parts, state);
    }
    if (openId !== shownId) {
      shownId = openId;
      for (const [id, { button }] of drawn) button.tabIndex = id === openId ? 0 : -1;
      reveal(drawn.get(openId));
    }
    showTrouble(state);
    drawEnds();
    drawCount(state);
  };
}
