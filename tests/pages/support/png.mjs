// The least of PNG: writing RGBA fixtures, reading what the page saved. No outside code, so that
// the page's own reader and writer are not judged by themselves.

import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Channels by colour type: grey, RGB, grey and alpha, RGBA. */
const CHANNELS = /** @type {Record<number, number>} */ ({ 0: 1, 2: 3, 4: 2, 6: 4 });

/** @typedef {{ width: number, height: number, rgba: Uint8Array }} Picture */

/** @param {Picture} picture @returns {Buffer} */
export function pngFromPicture({ width, height, rgba }) {
  const rows = Buffer.alloc(height * (1 + 4 * width));
  for (let y = 0; y < height; y++) {
    Buffer.from(rgba.buffer, rgba.byteOffset + 4 * width * y, 4 * width).copy(
      rows,
      y * (1 + 4 * width) + 1,
    );
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header(width, height)),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A gradient in shades of grey, of one channel. @param {number} width @param {number} height @returns {Buffer} */
export function greyPng(width, height) {
  const rows = Buffer.alloc(height * (1 + width));
  for (let i = 0; i < rows.length; i++) rows[i] = i % (1 + width) === 0 ? 0 : (7 * i) % 256;
  const grey = header(width, height);
  grey[9] = 0;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', grey),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/**
 * A photo as a good camera may leave it: 16 bits a channel, transparent in places, in Display P3,
 * lying on its side.
 * @param {{ width: number, height: number, rgba16: Uint16Array }} stored
 * @param {number} orientation  as EXIF counts, 1 is upright
 */
export function deepPng({ width, height, rgba16 }, orientation) {
  const rows = Buffer.alloc(height * (1 + 8 * width));
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < 4 * width; i++) {
      const value = rgba16[4 * width * y + i] ?? 0;
      rows.writeUInt16BE(value, y * (1 + 8 * width) + 1 + 2 * i);
    }
  }
  const deep = header(width, height);
  deep[8] = 16;
  const exif = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  exif.writeUInt16BE(orientation, 18);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', deep),
    chunk('iCCP', Buffer.concat([Buffer.from('P3\0\0', 'latin1'), deflateSync(displayP3())])),
    chunk('eXIf', exif),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The least of an ICC profile: three primaries and the curve of sRGB (ICC.1:2022, SMPTE EG 432-1). */
function displayP3() {
  /** @param {number} value */
  const fixed = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(Math.round(value * 65536));
    return bytes;
  };
  /** @param {string} kind @param {number[]} values */
  const tag = (kind, values) =>
    Buffer.concat([Buffer.from(kind), Buffer.alloc(4), ...values.map(fixed)]);
  const curve = tag('para', [0, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]);
  curve.writeUInt32BE(0x00030000, 8);
  const white = [0.9642, 1, 0.82491];
  const tags = /** @type {Record<string, Buffer>} */ ({
    wtpt: tag('XYZ ', white),
    rXYZ: tag('XYZ ', [0.51512, 0.2412, -0.00105]),
    gXYZ: tag('XYZ ', [0.29198, 0.69225, 0.04189]),
    bXYZ: tag('XYZ ', [0.1571, 0.06657, 0.78407]),
    rTRC: curve,
    gTRC: curve,
    bTRC: curve,
  });
  const count = Buffer.alloc(4);
  count.writeUInt32BE(Object.keys(tags).length);
  let at = 128 + 4 + 12 * Object.keys(tags).length;
  const table = Object.entries(tags).map(([name, data]) => {
    const entry = Buffer.alloc(12);
    entry.write(name, 'latin1');
    entry.writeUInt32BE(at, 4);
    entry.writeUInt32BE(data.length, 8);
    at += data.length;
    return entry;
  });
  const head = Buffer.alloc(128);
  head.writeUInt32BE(at, 0);
  head.writeUInt32BE(0x04400000, 8);
  head.write('mntrRGB XYZ ', 12, 'latin1');
  head.write('acsp', 36, 'latin1');
  Buffer.concat(white.map(fixed)).copy(head, 68);
  return Buffer.concat([head, count, ...table, ...Object.values(tags)]);
}

/** A file that claims to be enormous and holds nothing. @param {number} width @param {number} height */
export function hugePng(width, height) {
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header(width, height)),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** @param {Buffer} bytes  8 bits, not interlaced @returns {Picture} */
export function pictureFromPng(bytes) {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error('not a PNG');
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const [depth, colorType, , , interlace] = bytes.subarray(24, 29);
  const channels = CHANNELS[colorType ?? -1];
  if (depth !== 8 || !channels || interlace) throw new Error('a kind of PNG not read here');
  const parts = /** @type {Buffer[]} */ ([]);
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const kind = bytes.toString('latin1', at + 4, at + 8);
    if (kind === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const raw = unfiltered(inflateSync(Buffer.concat(parts)), width * channels, height, channels);
  const rgba = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i++) {
    const from = raw.subarray(i * channels, (i + 1) * channels);
    const isGrey = channels < 3;
    const alpha = channels % 2 === 0 ? from[channels - 1] : 255;
    rgba.set(
      [from[0] ?? 0, from[isGrey ? 0 : 1] ?? 0, from[isGrey ? 0 : 2] ?? 0, alpha ?? 0],
      4 * i,
    );
  }
  return { width, height, rgba };
}

/**
 * A part of a picture, as its own.
 * @param {Picture} picture @param {number} x @param {number} y @param {number} width
 * @param {number} height
 */
export function cropped(picture, x, y, width, height) {
  const rgba = new Uint8Array(4 * width * height);
  for (let row = 0; row < height; row++) {
    const from = 4 * ((y + row) * picture.width + x);
    rgba.set(picture.rgba.subarray(from, from + 4 * width), 4 * row * width);
  }
  return { width, height, rgba };
}

/** @param {number} width @param {number} height */
function header(width, height) {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes.set([8, 6, 0, 0, 0], 8);
  return bytes;
}

/** @param {string} kind @param {Buffer} data */
function chunk(kind, data) {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(kind, 4, 'latin1');
  data.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** @param {Buffer} filtered @param {number} stride @param {number} height @param {number} channels */
function unfiltered(filtered, stride, height, channels) {
  const raw = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const left = x >= channels ? (raw[y * stride + x - channels] ?? 0) : 0;
      const up = y > 0 ? (raw[(y - 1) * stride + x] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (raw[(y - 1) * stride + x - channels] ?? 0) : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter ?? 0] ?? 0;
      raw[y * stride + x] = ((filtered[y * (stride + 1) + 1 + x] ?? 0) + guess) & 255;
    }
  }
  return raw;
}

/** @param {number} left @param {number} up @param {number} corner */
function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** The check sum of PNG chunks, bit by bit. @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
