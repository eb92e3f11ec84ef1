// The page without a network: has the service worker installed, asks it whether everything is
// kept, and hears of new versions. What is kept, and how, is in `service-worker.js`.

/**
 * `kept`: whether the page works without a network. `isNewer`: a reload brings another version.
 * `differs`: the first file that the host sends otherwise than it was published.
 * @typedef {{ kept: 'no' | 'saving' | 'yes', isNewer: boolean, version: string, differs: string }} OfflineState
 */
/** @typedef {{ isComplete: boolean, version: string, requests: number }} Answer */

/**
 * @typedef {object} OfflineWishes
 * @property {(change: Partial<OfflineState>) => void} onChange
 * @property {(requests: number) => void} onRequests  that the service worker has made
 */

/**
 * To be called once the engine has what it needs: everything else is then fetched in its wake.
 * @param {OfflineWishes} wishes
 * @returns {Promise<() => void>} changes to the new version and reloads the page
 */
export async function startOffline({ onChange, onRequests }) {
  const workers = navigator.serviceWorker;
  let wasControlled = workers.controller !== null;
  onChange({ kept: 'saving' });
  workers.addEventListener('message', ({ data }) => onChange({ differs: data.differs }));
  workers.startMessages();
  const sw = new URL('../../sw.js', import.meta.url);
  const registration = await workers.register(sw, { updateViaCache: 'none' });

  const offer = () => onChange({ isNewer: registration.waiting !== null && wasControlled });
  let isReloading = false;
  workers.addEventListener('controllerchange', () => {
    if (isReloading) location.reload();
    // Another window has changed to the new version; this one still shows the old.
    else if (wasControlled) onChange({ isNewer: true });
    wasControlled = true;
  });
  registration.addEventListener('updatefound', () => {
    const { installing } = registration;
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'installed') offer();
      if (installing.state === 'redundant' && !registration.active) onChange({ kept: 'no' });
    });
  });
  offer();

  void workers.ready.then(async ({ active }) => {
    const { isComplete, version, requests } = await asked(/** @type {ServiceWorker} */ (active));
    onRequests(requests);
    onChange({ kept: isComplete ? 'yes' : 'no', version });
  });

  return () => {
    isReloading = true;
    if (registration.waiting) registration.waiting.postMessage('activate');
    else location.reload();
  };
}

/** What was used is kept from then on, too. @param {string} path  from the page's folder */
export async function keepUsed(path) {
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ used: path });
}

/** @param {ServiceWorker} worker @returns {Promise<Answer>} */
function asked(worker) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage('check', [port2]);
  });
}

/**
 * Photos that the installed page is opened with, where the system offers it for them.
 * @param {(files: File[]) => void} onFiles  at least one
 */
export function attachLaunches(onFiles) {
  const queue = /** @type {any} */ (globalThis).launchQueue; // Chromium alone knows it.
  queue?.setConsumer(async (/** @type {{ files: FileSystemFileHandle[] }} */ { files }) => {
    if (files.length > 0) onFiles(await Promise.all(files.map((each) => each.getFile())));
  });
}
