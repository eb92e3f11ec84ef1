// The thread that `node.js` starts: what a browser's worker does, over files instead of a network.
// What is thrown here reaches the other side as an error, as there.

import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { serve } from '../www/worker/worker.js';

// All that the worker fetches lies beside it. Node's own `fetch` refuses files.
globalThis.fetch = async (url) => {
  const bytes = await readFile(new URL(String(url)));
  return new Response(bytes, { headers: { 'content-length': String(bytes.length) } });
};

/** @type {Parameters<typeof serve>[0]} */
const scope = {
  onmessage: null,
  postMessage: (reply, transfer) => parentPort?.postMessage(reply, /** @type {any} */ (transfer)),
};
serve(scope, () => import('../pkg/naobu.js'));
parentPort?.on('message', (data) => scope.onmessage?.(/** @type {any} */ ({ data })));
