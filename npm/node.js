// The package in Node: its worker is a thread, dressed as a browser's.

import { Worker as Thread } from 'node:worker_threads';
import { openWith } from './naobu.js';

/** @import { WorkerLike } from '../www/engine/engine.js' */

export { CodedError } from '../www/engine/protocol.js';
export { rectangle } from './naobu.js';

/** @type {typeof import('./index.d.ts').open} */
export function open(options = {}) {
  return openWith(makeWorker, options);
}

function makeWorker() {
  const thread = new Thread(new URL('./node-thread.js', import.meta.url));
  /** @type {{ [Key in keyof WorkerLike]: any }} */
  const worker = {
    onmessage: null,
    onmessageerror: null,
    onerror: null,
    postMessage: (/** @type {any} */ message, /** @type {any} */ transfer) =>
      thread.postMessage(message, transfer),
    terminate: () => void thread.terminate(),
  };
  thread.on('message', (data) => worker.onmessage?.({ data }));
  thread.on('messageerror', () => worker.onmessageerror?.());
  thread.on('error', (error) => worker.onerror?.({ message: String(error) }));
  return /** @type {WorkerLike} */ (worker);
}
