// Leaves out of scripts and styles what a browser has no use for: reads paths, one a line, and
// rewrites the files. Names stay, so that what goes wrong can be found; why the code is as it is
// stands in the repository.
import { readFileSync, writeFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

const paths = readFileSync(0, 'utf8').split('\n').filter(Boolean);
for (const path of paths) {
  const loader = path.endsWith('.css') ? 'css' : 'js';
  const minified = transformSync(readFileSync(path, 'utf8'), {
    ...{ loader, sourcefile: path, charset: 'utf8', target: 'esnext', legalComments: 'none' },
    ...{ minifyWhitespace: true, minifySyntax: true },
  });
  writeFileSync(path, minified.code);
}
