// Weighs files as a host would send them: reads paths, one a line, writes a JSON list.
// Node brings the compressors that servers use; as Rust crates they would take half a minute to
// compile before `cargo xtask serve` could start.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const paths = readFileSync(0, 'utf8').split('\n').filter(Boolean);
const sizes = paths.map((path) => {
  const bytes = readFileSync(path);
  const isWasm = path.endsWith('.wasm');
  // Hosts send pictures and weights as they are.
  const isText = isWasm || /\.(html|js|css|json|svg|webmanifest|txt)$/.test(path);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return {
    path,
    raw: bytes.length,
    gzip: isText ? gzipSync(bytes, { level: 9 }).length : bytes.length,
    brotli: isText ? brotliCompressSync(bytes, { params }).length : bytes.length,
    isValid: !isWasm || WebAssembly.validate(bytes),
  };
});
process.stdout.write(JSON.stringify(sizes));
