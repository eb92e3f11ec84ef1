// Several files as one zip archive, stored as they are: pictures are compressed already.
//
// Bytes are read piece by piece and the archive is a `Blob` of blobs, so that forty photos need no
// more memory than one. No time is written: the same files make the same archive. Written out here
// because the crate `zip` costs 29 KB (brotli) and holds a file whole in the engine.
//
// Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory) and
// 4.3.16 (its end); without ZIP64, so up to 4 GiB in all.

import { PIECE_BYTES } from '../engine/pieces.js';
import { CodedError } from '../engine/protocol.js';

/** @typedef {{ name: string, blob: Blob }} ZipFile */
/** @typedef {{ name: Uint8Array<ArrayBuffer>, bytes: number, crc: number, at: number }} Entry */

const MOST_BYTES = 2 ** 32 - 1;
const MOST_FILES = 2 ** 16 - 1;
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
/** What a reader must know: version 2.0. */
const VERSION = 20;
/** Bit 11 (section 4.4.4): names are UTF-8. */
const UTF8 = 0x0800;
/** The first day that the format knows: 1 January 1980. */
const NO_DAY = 0x0021;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

/**
 * CRC-32 as zip and PNG have it; goes on from that of what came before.
 * @param {Uint8Array} bytes @param {number} [before]
 */
export function crc32(bytes, before = 0) {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) {
    crc =
      (crc >>> 8) ^
      /** @type {number} */ (CRC_TABLE[(crc ^ /** @type {number} */ (bytes[i])) & 255]);
  }
  return ~crc >>> 0;
}

/**
 * @param {readonly ZipFile[]} files  of different names @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function zipFrom(files, signal) {
  const total = files.reduce((sum, { blob }) => sum + blob.size + 300, 0);
  if (total > MOST_BYTES || files.length > MOST_FILES) throw new CodedError('zip-too-large');
  const parts = /** @type {(Blob | Uint8Array<ArrayBuffer>)[]} */ ([]);
  const entries = /** @type {Entry[]} */ ([]);
  let at = 0;
  const add = (/** @type {Blob | Uint8Array<ArrayBuffer>} */ part) => {
    parts.push(part);
    at += part instanceof Blob ? part.size : part.length;
  };
  for (const { name, blob } of files) {
    const crc = await crcOf(blob, signal);
    const entry = { name: new TextEncoder().encode(name), bytes: blob.size, crc, at };
    entries.push(entry);
    add(fields([LOCAL, 4], ...common(entry), [0, 2]));
    add(entry.name);
    add(blob);
  }
  const directory = at;
  for (const entry of entries) {
    // Extra field, comment, disk, attributes: none.
    const none = /** @type {[number, number][]} */ ([2, 2, 2, 2, 4].map((size) => [0, size]));
    add(fields([CENTRAL, 4], [VERSION, 2], ...common(entry), ...none, [entry.at, 4]));
    add(entry.name);
  }
  const count = entries.length;
  const size = at - directory;
  add(fields([END, 4], [0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [directory, 4], [0, 2]));
  return new Blob(parts, { type: 'application/zip' });
}

/**
 * What both headers of a file say: version, flags, method (stored), time, day, checksum, size
 * twice, length of the name.
 * @param {Entry} entry @returns {[number, number][]}
 */
function common({ name, bytes, crc }) {
  const file = /** @type {[number, number][]} */ ([crc, bytes, bytes].map((value) => [value, 4]));
  return [[VERSION, 2], [UTF8, 2], [0, 2], [0, 2], [NO_DAY, 2], ...file, [name.length, 2]];
}

/** Numbers in so many bytes each, the lowest byte first. @param {[value: number, size: number][]} all */
function fields(...all) {
  return Uint8Array.from(
    all.flatMap(([value, size]) =>
      Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256),
    ),
  );
}

/** @param {Blob} blob @param {AbortSignal} signal */
async function crcOf(blob, signal) {
  let crc = 0;
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    const piece = await blob.slice(at, at + PIECE_BYTES).arrayBuffer();
    signal.throwIfAborted();
    crc = crc32(new Uint8Array(piece), crc);
  }
  return crc;
}
