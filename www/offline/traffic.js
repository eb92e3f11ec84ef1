// Counts what goes out, for people who must be sure: every request, and every byte inside of one.
//
// Requests are counted by the browser (resource timing), bytes where they would be handed over: in
// the bodies of `fetch`, `XMLHttpRequest`, `sendBeacon` and `WebSocket`. Nothing of ours sends
// any. Used by the page and by its worker, which tells the page; imported first, to miss nothing.

/**
 * What went out since the last report: requests, how many of them left this site, bytes in bodies.
 * @typedef {{ requests: number, elsewhere: number, sentBytes: number }} Traffic
 */

/** @param {(traffic: Traffic) => void} report */
export function watchTraffic(report) {
  const observer = new PerformanceObserver((list) =>
    report(trafficFrom(list.getEntries(), location.origin)),
  );
  observer.observe({ type: 'resource', buffered: true });
  watchBodies((sentBytes) => report({ requests: 0, elsewhere: 0, sentBytes }));
}

/**
 * Addresses like `blob:` stay within the browser.
 * @param {readonly { name: string }[]} entries @param {string} own  the origin of this site
 * @returns {Traffic}
 */
export function trafficFrom(entries, own) {
  const origins = entries
    .map(({ name }) => new URL(name))
    .filter(({ protocol }) => /^(https?|wss?):$/.test(protocol))
    .map(({ origin }) => origin);
  const elsewhere = origins.filter((origin) => origin !== own).length;
  return { requests: origins.length, elsewhere, sentBytes: 0 };
}

/** @param {(bytes: number) => void} onSent */
function watchBodies(onSent) {
  const measure = (/** @type {any} */ body) => {
    const content = body instanceof Request ? body.clone() : new Response(body);
    void content.blob().then(({ size }) => size > 0 && onSent(size));
  };
  const plainFetch = self.fetch;
  self.fetch = (input, init) => {
    const request = new Request(input, init);
    if (!/^(GET|HEAD)$/.test(request.method)) measure(request);
    return plainFetch.call(self, request);
  };
  const all = /** @type {any} */ (self); // A worker has not all of them.
  for (const [type, name, place] of /** @type {const} */ ([
    ['XMLHttpRequest', 'send', 0],
    ['Navigator', 'sendBeacon', 1],
    ['WebSocket', 'send', 0],
  ])) {
    const plain = all[type]?.prototype[name];
    if (!plain) continue;
    all[type].prototype[name] = function (/** @type {unknown[]} */ ...given) {
      const body = given[place];
      if (body !== undefined && body !== null) measure(body);
      return plain.apply(this, given);
    };
  }
}
