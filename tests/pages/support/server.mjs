// A tiny static server: the files of this repository under a sub-path, as a plain host would serve
// them. Only what the page is made of is reachable.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../', import.meta.url);
const BASE = '/naobu/';
const SERVED = /^(index\.html$|www\/|pkg\/)/;
const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.wasm': 'application/wasm',
});

/**
 * Starts serving on a free port of this machine.
 * @param {Record<string, string | Buffer | URL>} [replaced]  files served in place of others: path to
 *   contents, or to the file to read
 * @returns {Promise<{ url: string, origin: string, close: () => Promise<void> }>}
 */
export async function startServer(replaced = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = normalize(pathname.slice(BASE.length)) || 'index.html';
    const file = path === '.' ? 'index.html' : path;
    try {
      if (!pathname.startsWith(BASE)) throw new Error('outside of the sub-path');
      const bytes = await contentsOf(file, replaced);
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-length': bytes.length,
        'cache-control': 'no-cache',
      });
      response.end(bytes);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end('not found');
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  server.unref(); // A test that failed must not keep the process waiting.
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    origin,
    url: `${origin}${BASE}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** @param {string} file @param {Record<string, string | Buffer | URL>} replaced */
async function contentsOf(file, replaced) {
  for (const [path, instead] of Object.entries(replaced)) {
    if (path.endsWith('/') && file.startsWith(path) && instead instanceof URL) {
      return readFile(new URL(file.slice(path.length), instead));
    }
    if (path !== file) continue;
    return instead instanceof URL
      ? readFile(instead)
      : Buffer.from(/** @type {string} */ (instead));
  }
  if (!SERVED.test(file)) throw new Error('not served');
  return readFile(fileURLToPath(new URL(file, ROOT)));
}
