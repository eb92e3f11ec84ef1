// The captions of the kiosk, and what a key or a click means while it runs: the first offers the
// full screen (browsers refuse it without one), any other stops it.

import { aboutMethod, titlesOf } from '../methods.js';
import { say } from '../words.js';
import { byId } from './dom.js';
import { progressText } from './progress.js';

/** @import { Snapshot } from '../store.js' */

/** Keys that do nothing by themselves. */
const SILENT =
  /^(Shift|Control|Alt|AltGraph|Meta|CapsLock|Fn|OS|F\d+|Audio.*|Media.*|Unidentified)$/;

/**
 * @param {{ stop: () => void, getState: () => Snapshot }} wishes
 * @returns {(state: Snapshot) => void}
 */
export function createKioskPanel({ stop, getState }) {
  const section = byId('kiosk');
  const button = byId('kiosk-stop', HTMLButtonElement);
  /** All else, notices too: none of it may be pressed meanwhile, not by a key or a reader either. */
  const behind = [...document.body.children].filter((element) => element !== section);
  /** Whether the next key or click asks for the full screen. */
  let isOffered = false;
  let isShown = false;

  const isRunning = () => getState().kiosk !== null;
  const mayFill = () => document.fullscreenEnabled && !document.fullscreenElement;

  function touched() {
    if (!isOffered || !mayFill()) {
      stop();
      return;
    }
    isOffered = false;
    document.documentElement.requestFullscreen().catch(stop);
    draw(getState());
  }

  addEventListener(
    'keydown',
    (event) => {
      const isOurs = !event.ctrlKey && !event.metaKey && !event.altKey && !SILENT.test(event.key);
      if (!isRunning() || !isOurs) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const isStop = event.target === button && (event.key === 'Enter' || event.key === ' ');
      if (event.key === 'Escape' || isStop) stop();
      else touched();
    },
    { capture: true },
  );
  section.addEventListener('click', (event) => {
    if (event.target === button) stop();
    else touched();
  });
  section.addEventListener('contextmenu', (event) => {
    event.preventDefault();
    stop();
  });
  section.addEventListener('wheel', stop, { passive: true });
  document.addEventListener('fullscreenchange', () => {
    if (!isRunning()) return;
    if (!document.fullscreenElement)
      stop(); // Escape leaves the full screen without being heard.
    else draw(getState());
  });

  /** @param {Snapshot} state */
  function draw(state) {
    const { kiosk, lang } = state;
    section.hidden = kiosk === null;
    document.body.classList.toggle('is-kiosk', kiosk !== null);
    for (const element of behind) element.toggleAttribute('inert', kiosk !== null);
    if (!kiosk) {
      isShown = false;
      return;
    }
    if (!isShown) {
      isShown = true;
      isOffered = true;
      button.focus();
    }
    const { method = '' } = kiosk;
    const { full } = titlesOf(state, method);
    byId('kiosk-tool').textContent = method ? full : say(lang, `${kiosk.tool}.title`);
    // Written only when it changes: a live region repeats whatever is written.
    const ours = kiosk.words ? say(lang, kiosk.words) : '';
    // The first sentence is enough to be read from afar.
    const about = aboutMethod(state, method).match(/^.*?[.。]/)?.[0] ?? '';
    const words = method ? about : ours;
    if (byId('kiosk-words').textContent !== words) byId('kiosk-words').textContent = words;
    const isNamed = state.job?.kind !== 'adjust';
    byId('kiosk-progress').textContent = isNamed ? progressText(state) : '';
    const keys = isOffered && mayFill() ? 'kiosk.fullScreen' : 'kiosk.keys';
    byId('kiosk-keys').textContent = say(lang, keys);
  }
  return draw;
}
