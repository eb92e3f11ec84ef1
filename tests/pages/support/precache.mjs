// The list that xtask/src/precache.rs writes, of files of which a test may have replaced some. A
// test compares the two lists.

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = new URL('../../../', import.meta.url);
const LEFT_OUT =
  /(^|\/)\.|\.(md|safetensors)$|^www\/(precache|offline\/service-worker)\.js$|^www\/icons\/.*\.png$/;

/** @param {string | Uint8Array} contents */
export function sha256(contents) {
  return createHash('sha256').update(contents).digest('hex');
}

/** @param {(path: string) => Promise<Buffer>} contentsOf @returns {Promise<string>} */
export async function precacheText(contentsOf) {
  const below = async (/** @type {string} */ folder) =>
    (await readdir(new URL(`${folder}/`, ROOT), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.pathname.length));
  const built = await below('pkg').catch(() => []); // Or not built yet.
  const pkg = built.filter((path) => /\.(js|wasm)$/.test(path));
  const engine = [...new Set([...pkg, 'pkg/naobu.js', 'pkg/naobu_bg.wasm'])];
  const www = (await below('www')).filter((path) => !LEFT_OUT.test(path));
  const files = /** @type {Record<string, string>} */ ({});
  for (const path of ['index.html', ...engine, ...www].sort()) {
    files[path] = sha256(await contentsOf(path));
  }
  const weights = /** @type {Record<string, string>} */ ({});
  const methods = /** @type {Record<string, string>} */ ({});
  const manifest = JSON.parse((await contentsOf('www/weights/manifest.json')).toString());
  for (const { file, sha256, work } of manifest.weights) {
    (work ? methods : weights)[`www/weights/${file}`] = sha256;
  }
  const index = (await contentsOf('index.html')).toString();
  const policy = index.match(/http-equiv="Content-Security-Policy"\s+content="([^"]+)"/)?.[1] ?? '';
  const everything = { files, methods, policy, weights };
  const version = sha256(JSON.stringify(everything)).slice(0, 12);
  return `self.PRECACHE = ${JSON.stringify({ ...everything, version })};\n`;
}
