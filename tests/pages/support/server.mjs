// A tiny static server: the files of this repository under a sub-path, as a plain host would serve
// them. Only what the page is made of is reachable.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { precacheText } from './precache.mjs';

const ROOT = new URL('../../../', import.meta.url);
const BASE = '/naobu/';
const SERVED = /^(index\.html$|sw\.js$|www\/|pkg\/)/;
const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
});

/**
 * Every request that arrived: its path below the page's folder, and the bytes of its body.
 * @typedef {{ method: string, path: string, query: string, bodyBytes: number }} Asked
 */

/**
 * Starts serving on a port of this machine.
 * @param {Record<string, string | Buffer | URL>} [replaced]  files served in place of others: path to
 *   contents, or to the file to read; may be changed while serving
 * @param {number} [port]  0: a free one
 * @returns {Promise<{ url: string, origin: string, port: number, asked: Asked[],
 *   replaced: Record<string, string | Buffer | URL>, close: () => Promise<void> }>}
 */
export async function startServer(replaced = {}, port = 0) {
  const asked = /** @type {Asked[]} */ ([]);
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    const path = normalize(pathname.slice(BASE.length)) || 'index.html';
    const file = path === '.' ? 'index.html' : path;
    const entry = { method: request.method ?? '', path: file, query: search, bodyBytes: 0 };
    asked.push(entry);
    request.on('data', (/** @type {Buffer} */ part) => (entry.bodyBytes += part.length));
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
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  server.unref(); // A test that failed must not keep the process waiting.
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    origin,
    port: address.port,
    asked,
    replaced,
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
  if (file === 'www/precache.js') {
    return Buffer.from(await precacheText((path) => contentsOf(path, replaced)));
  }
  if (!SERVED.test(file)) throw new Error('not served');
  return readFile(fileURLToPath(new URL(file, ROOT)));
}
