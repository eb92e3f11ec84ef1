// Keeps the page for when there is no network, and answers from what it keeps.
//
// A classic script: `sw.js` imports it after `precache.js`, the list of files. Every file is kept
// under its SHA-256, and only after that was compared; so all that is answered belongs to one
// version, and what two versions share is fetched once. Weights have a cache of their own: no new
// script fetches them again. Those of a method are kept once it was used. Nothing happens by itself: a
// new version waits until the page says so, and a page opened with `?reset` is given nothing from here
// that the network has.

/** @typedef {{ store: string, key: string, path: string, hash: string }} Kept  one file of the list */
/** @typedef {Record<string, string>} Hashes  from a path to a SHA-256 */

{
  const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
  const { version, policy, files, weights, methods } =
    /** @type {{ version: string, policy: string } & Record<'files' | 'weights' | 'methods', Hashes>} */ (
      /** @type {any} */ (self).PRECACHE
    );
  const base = worker.registration.scope;
  // Caches belong to the whole host, so they are named after our part of it.
  const prefix = `naobu:${new URL(base).pathname}:`;
  const [filesStore, weightsStore] = [`${prefix}files`, `${prefix}weights`];
  const list = new Map(
    /** @type {Kept[]} */ ([
      ...Object.entries(files).map(([path, hash]) => ({
        store: filesStore,
        key: new URL(`${path}?${hash}`, base).href,
        path,
        hash,
      })),
      ...Object.entries({ ...weights, ...methods }).map(([path, hash]) => ({
        store: weightsStore,
        key: new URL(hash, base).href,
        path,
        hash,
      })),
    ]).map((kept) => [kept.path, kept]),
  );
  /** How many requests were made from here and not told yet. */
  let requests = 0;

  worker.addEventListener('install', (event) => event.waitUntil(keepAll()));

  worker.addEventListener('activate', (event) =>
    // The page that was loaded before there was anything to keep is answered from now on, too.
    event.waitUntil(dropOthers().then(() => worker.clients.claim())),
  );

  worker.addEventListener('fetch', (event) => {
    const { request } = event;
    const kept = keptFor(request);
    if (!kept) return;
    event.respondWith(isRepair(request) ? anew(request, kept) : answer(request, kept));
  });

  worker.addEventListener('message', (event) => {
    if (event.data === 'activate') event.waitUntil(worker.skipWaiting());
    if (event.data === 'check') event.waitUntil(check(event.ports[0]));
    const used = list.get(event.data?.used);
    if (used) event.waitUntil(keepUsed(used));
  });

  /** What was fetched before there was anything here to fetch it. @param {Kept} used */
  async function keepUsed(used) {
    const cache = await caches.open(used.store);
    if (!(await cache.match(used.key))) await keep(used).catch(() => {}); // It was to be had, once.
  }

  /** Tells whether everything is kept, and fetches what is missing. @param {MessagePort | undefined} port */
  async function check(port) {
    const isComplete = await keepAll().then(
      () => true,
      () => false,
    );
    port?.postMessage({ isComplete, version, requests });
    requests = 0;
  }

  /** Keeps every file of the list that is not kept yet, the methods' aside; rejects unless all of them are then. */
  async function keepAll() {
    const known = new Set();
    for (const store of [filesStore, weightsStore]) {
      for (const { url } of await (await caches.open(store)).keys()) known.add(url);
    }
    const missing = [...list.values()].filter(
      ({ key, path }) => !(path in methods) && !known.has(key),
    );
    const kept = await Promise.allSettled(missing.map(keep));
    const failed = kept.findIndex(({ status }) => status === 'rejected');
    if (failed < 0) return;
    const reason = /** @type {PromiseRejectedResult} */ (kept[failed]).reason;
    if (reason instanceof RangeError) await tell({ differs: missing[failed]?.path });
    throw reason;
  }

  /** Tells all pages, also those that are not answered from here yet. @param {{ differs?: string }} what */
  async function tell(what) {
    const pages = await worker.clients.matchAll({ includeUncontrolled: true });
    for (const page of pages) page.postMessage(what);
  }

  /** Forgets what only earlier versions used. */
  async function dropOthers() {
    const wanted = new Set([...list.values()].map(({ key }) => key));
    for (const name of await caches.keys()) {
      if (!name.startsWith(prefix)) continue;
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        if (!wanted.has(request.url)) await cache.delete(request);
      }
    }
  }

  /** Whether a page asks that was opened with `?reset`. @param {Request} request */
  function isRepair({ url, referrer }) {
    return [url, referrer].some((each) => each !== '' && new URL(each).searchParams.has('reset'));
  }

  /**
   * From the network; what is kept is for pages and their parts that cannot be had, not for who
   * asks whether there is a network.
   * @param {Request} request @param {Kept} kept
   */
  function anew(request, kept) {
    return fetch(request).catch((error) => {
      if (request.destination === '') throw error;
      return answer(request, kept);
    });
  }

  /** The file that a request means, if it is one of ours. @param {Request} request */
  function keptFor({ method, url }) {
    if (method !== 'GET' || !url.startsWith(base)) return undefined;
    const path = decodeURIComponent(new URL(url).pathname.slice(new URL(base).pathname.length));
    return list.get(path || 'index.html');
  }

  /** @param {Request} request @param {Kept} kept */
  async function answer(request, kept) {
    const response = await (await caches.open(kept.store)).match(kept.key);
    // Browsers may throw single files away. What the host has instead may be newer; better than none.
    return response ?? keep(kept).catch(() => fetch(request));
  }

  /**
   * Fetches a file and keeps it, if it is the one of this version. The browser's own cache is asked
   * first: a page that was just loaded is not loaded twice.
   * @param {Kept} kept
   */
  async function keep({ store, key, path, hash }) {
    let isOther = false;
    for (const cache of /** @type {const} */ (['force-cache', 'reload'])) {
      requests += 1;
      const response = await fetch(new URL(path, base), { cache });
      const bytes = await response.arrayBuffer();
      isOther = response.ok && (await sha256(bytes)) !== hash;
      if (!response.ok || isOther) continue;
      const whole = new Response(bytes, {
        headers: headersFor(response.headers, bytes.byteLength),
      });
      await (await caches.open(store)).put(key, whole.clone());
      return whole;
    }
    const Kind = isOther ? RangeError : Error;
    throw new Kind(`this is not the file of version ${version}: ${path}`);
  }

  /**
   * The host's headers, for content that is no longer compressed. With the page's policy among
   * them it also binds the engine's worker, which knows only that of its own headers.
   * @param {Headers} sent @param {number} bytes
   */
  function headersFor(sent, bytes) {
    const headers = new Headers(sent);
    headers.delete('content-encoding');
    headers.delete('vary');
    headers.set('content-length', String(bytes));
    headers.set('content-security-policy', policy);
    return headers;
  }

  /** In hexadecimal digits. @param {ArrayBuffer} bytes */
  async function sha256(bytes) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}
