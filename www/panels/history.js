// The history as a list: what was done, the oldest first, with a small picture of each step. A
// click goes there, however far away it is.
//
// Rows are made while the list is open and thrown away when it closes; pictures are drawn for rows
// that come into view, one at a time. So a long history costs no more than a short one.

import { entriesOf } from '../history/history.js';
import { nameOfEntry } from '../history/step-names.js';
import { drawThumb } from '../history/thumbs.js';
import { say } from '../words.js';
import { byId, leadByArrows } from './dom.js';

/** @import { Entry, Snapshot } from '../store.js' */
/** @typedef {{ item: HTMLElement, button: HTMLElement, canvas: HTMLCanvasElement, name: HTMLElement }} Row */

/**
 * @param {{ goTo: (place: number) => void, getState: () => Snapshot }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createHistoryPanel({ goTo, getState }) {
  const sheet = byId('history');
  const list = byId('history-list');
  const opener = byId('history-button', HTMLButtonElement);
  const rows = /** @type {Map<Entry, Row>} */ (new Map());
  let drawn = /** @type {Partial<Snapshot>} */ ({});

  const waiting = /** @type {Set<Element>} */ (new Set());
  const watcher = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) {
        if (!isIntersecting) waiting.delete(target);
        else if (waiting.add(target).size === 1) setTimeout(drawNext, 0);
      }
    },
    { root: list, rootMargin: '100px 0px' },
  );

  /** Draws one picture, and the next one in a task of its own. */
  function drawNext() {
    const [item] = waiting;
    if (!item) return;
    waiting.delete(item);
    for (const [entry, row] of rows) {
      if (row.item !== item) continue;
      watcher.unobserve(item);
      drawThumb(row.canvas, entry);
    }
    if (waiting.size > 0) setTimeout(drawNext, 0);
  }

  /** @param {Entry} entry @returns {Row} */
  function create(entry) {
    const item = document.createElement('li');
    const button = item.appendChild(document.createElement('button'));
    button.className = 'entry';
    const canvas = button.appendChild(document.createElement('canvas'));
    canvas.ariaHidden = 'true';
    const name = button.appendChild(document.createElement('span'));
    button.addEventListener('click', () => {
      const { history, job } = getState();
      if (history && job === null) goTo(entriesOf(history).indexOf(entry));
    });
    watcher.observe(item);
    return { item, button, canvas, name };
  }

  function clear() {
    watcher.disconnect();
    waiting.clear();
    rows.clear();
    list.replaceChildren();
    drawn = {};
  }

  // One stop for Tab: the present, or the row that has the focus; arrows lead on from there.
  leadByArrows(list, 'ArrowUp', 'ArrowDown');
  sheet.addEventListener('toggle', () => {
    if (!isOpen()) {
      clear();
      return;
    }
    draw(getState());
    const current = list.querySelector('[aria-current]');
    if (!(current instanceof HTMLElement)) return;
    current.scrollIntoView({ block: 'center' });
    current.focus();
  });

  const isOpen = () => sheet.matches(':popover-open');

  /** @param {Snapshot} state */
  function draw(state) {
    const { history, lang, job, opened } = state;
    opener.disabled = history === null || job !== null;
    if (!isOpen()) return;
    const isSame = history === drawn.history && lang === drawn.lang && job === drawn.job;
    if (isSame || !history) return;
    drawn = state;
    const entries = entriesOf(history);
    const kept = new Set(entries);
    for (const [entry, { item }] of rows) {
      if (kept.has(entry)) continue;
      watcher.unobserve(item);
      waiting.delete(item);
      item.remove();
      rows.delete(entry);
    }
    const hasFocus = list.contains(document.activeElement);
    for (const [place, entry] of entries.entries()) {
      const row = rows.get(entry) ?? create(entry);
      rows.set(entry, row);
      if (list.children[place] !== row.item) {
        list.insertBefore(row.item, list.children[place] ?? null);
      }
      const step = nameOfEntry(entry, opened);
      const name = say(lang, step.key, step.words);
      const isLater = place > history.past.length;
      const isCurrent = place === history.past.length;
      row.name.textContent = name;
      row.button.ariaLabel = isLater ? say(lang, 'history.later', { name }) : null;
      row.button.ariaCurrent = isCurrent ? 'step' : null;
      row.button.ariaDisabled = job === null ? null : 'true';
      row.button.classList.toggle('is-later', isLater);
      if (!hasFocus) row.button.tabIndex = isCurrent ? 0 : -1;
    }
    list.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }
  return draw;
}
