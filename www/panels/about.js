// What the page can vouch for: that it works without a network, and that nothing leaves. Offers
// new versions, too, while nothing would be lost by a reload.

import { keepUsed, startOffline } from '../offline/offline.js';
import { say } from '../words.js';
import { byId } from './dom.js';

/** @import { OfflineState } from '../offline/offline.js' */
/** @import { Snapshot } from '../store.js' */
/** @import { Traffic } from '../offline/traffic.js' */

const LABELS = /** @type {const} */ ({ yes: 'about.yes', saving: 'about.saving', no: 'about.no' });
const KEPT = /** @type {const} */ ({
  yes: 'about.kept.yes',
  saving: 'about.kept.saving',
  no: 'about.kept.no',
  insecure: 'about.kept.insecure',
  differs: 'about.kept.differs',
});

/**
 * @param {{ getState: () => Snapshot, isAtWork: () => boolean }} wishes
 *   `isAtWork`: whether a reload would cost something
 */
export function createAbout({ getState, isAtWork }) {
  /** @type {OfflineState} */
  let offline = { kept: 'no', isNewer: false, version: '', differs: '' };
  // The page itself was the first request.
  let total = { requests: 1, elsewhere: 0, sentBytes: 0 };
  let isStarted = false;
  /** The weights of methods that were used, as far as who keeps files has heard of them. */
  const told = new Set();
  let changeVersion = () => {};

  /** @param {Traffic} traffic  to be added */
  const add = ({ requests, elsewhere, sentBytes }) => {
    total = {
      requests: total.requests + requests,
      elsewhere: total.elsewhere + elsewhere,
      sentBytes: total.sentBytes + sentBytes,
    };
    draw(getState());
  };

  async function start() {
    if (!('serviceWorker' in navigator) || new URLSearchParams(location.search).has('reset'))
      return;
    const onChange = (/** @type {Partial<OfflineState>} */ change) => {
      offline = { ...offline, ...change };
      draw(getState());
    };
    const onRequests = (/** @type {number} */ requests) =>
      add({ requests, elsewhere: 0, sentBytes: 0 });
    // Private windows may refuse; the page works all the same.
    await startOffline({ onChange, onRequests }).then(
      (change) => (changeVersion = change),
      () => onChange({ kept: 'no' }),
    );
  }

  byId('newer-run').addEventListener('click', () => changeVersion());
  for (const event of ['online', 'offline']) addEventListener(event, () => draw(getState()));

  /** @param {Snapshot} state */
  function draw({ lang, engine, methods }) {
    // What the first result needs is loaded before what is only kept.
    if (!isStarted && engine.status !== 'starting') {
      isStarted = true;
      void start();
    }
    const { kept, isNewer, version, differs } = offline;
    for (const { file, isLoaded } of kept === 'yes' ? methods : []) {
      if (isLoaded && !told.has(file)) void keepUsed(`www/weights/${file}`);
      if (isLoaded) told.add(file);
    }
    const isCut = kept === 'yes' && !navigator.onLine;
    const about = byId('about');
    about.dataset['kept'] = kept;
    setText('about', say(lang, isCut ? 'about.cut' : LABELS[kept]));
    const why = !isSecureContext ? 'insecure' : differs ? 'differs' : 'no';
    setText('about-kept', say(lang, KEPT[kept === 'no' ? why : kept], { file: differs }));
    const { requests, elsewhere, sentBytes } = total;
    const key = elsewhere === 0 ? 'about.here' : 'about.elsewhere';
    setText('about-requests', say(lang, key, { requests, elsewhere }));
    setText('about-sent', say(lang, 'about.bytes', { bytes: sentBytes }));
    setText('about-version', version);

    // Written when shown: that is when a live region is read out.
    const isOffered = isNewer && !isAtWork();
    byId('newer').hidden = !isOffered;
    setText('newer-text', isOffered ? say(lang, 'newer.text') : '');
  }

  return { add, draw };
}

/** @param {string} id @param {string} text */
function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}
