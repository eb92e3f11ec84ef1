// The package in a browser: its worker is the page's own.

import { openWith } from './naobu.js';

export { CodedError } from '../www/engine/protocol.js';
export { rectangle } from './naobu.js';

/** @type {typeof import('./index.d.ts').open} */
export function open(options = {}) {
  const folder = new URL(options.folder ?? new URL('../', import.meta.url), location.href);
  const url = new URL('www/worker/worker.js', folder);
  return openWith(() => new Worker(url, { type: 'module' }), options);
}
