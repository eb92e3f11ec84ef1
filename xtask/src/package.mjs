// Puts the npm package together: what npm/package.json lists, under the paths that it has in the
// repository, so that every import and address in it is the same in both.
//
//     node xtask/src/package.mjs INTO [PKG]
//
// PKG is the folder of the wasm module: pkg/, or dist/pkg/ for a small one.

import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The one file that is made here. */
const TYPES = 'www/engine/protocol.d.ts';

/** @param {string} into  emptied first @param {string} [pkg] */
export function assemble(into, pkg = join(ROOT, 'pkg')) {
  rmSync(into, { recursive: true, force: true });
  const { files } = JSON.parse(readFileSync(join(ROOT, 'npm/package.json'), 'utf8'));
  for (const path of files) {
    if (path === TYPES) continue;
    const from = path.startsWith('pkg/') ? join(pkg, path.slice(4)) : join(ROOT, path);
    cpSync(from, join(into, path), { recursive: true });
  }
  for (const name of ['package.json', 'README.md']) {
    cpSync(join(ROOT, 'npm', name), join(into, name));
  }
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const project = ['--project', join(ROOT, 'tsconfig.npm.json'), '--noEmit', 'false'];
  const emit = ['--declaration', '--emitDeclarationOnly', '--outDir', join(into, 'types')];
  execFileSync(process.execPath, [tsc, ...project, ...emit], { stdio: 'inherit' });
  cpSync(join(into, 'types', TYPES), join(into, TYPES));
  rmSync(join(into, 'types'), { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [into = '', pkg] = process.argv.slice(2).map((path) => resolve(path));
  assemble(into, pkg);
}
