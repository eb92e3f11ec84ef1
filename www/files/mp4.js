// Films as MP4 with H.264: the browser encodes frame by frame, faster than the film, and what it gives
// is put into boxes here. Written out because the libraries for it weigh more than all of the page's
// scripts; one track, whole frames in order, no sound is all that a film of ours needs.
//
// Format: ISO/IEC 14496-12 (boxes, in the order of its table 1), 14496-15 (`avc1`, `avcC`).

import { CodedError } from '../engine/protocol.js';

/** @typedef {{ bytes: Uint8Array<ArrayBuffer>, isKey: boolean }} Sample */
/**
 * @typedef {{ width: number, height: number, framesPerSecond: number,
 *   avcC: Uint8Array<ArrayBuffer> }} Track  `avcC`: what a decoder has to know first
 */

/** High, main and constrained baseline profile, of a level that holds 1280 × 1280 at 30 a second. */
const CODECS = ['avc1.640028', 'avc1.4d0028', 'avc1.42e028'];
const KEY_FRAMES = 60;
/** Frames that wait for the encoder at most. */
const MOST_WAITING = 6;
/** Places from which the film shows nothing turned or scaled. */
const UPRIGHT = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];

/**
 * Draws and encodes a film; `null` where the browser does not encode H.264.
 * @param {{ canvas: HTMLCanvasElement, draw: (millis: number) => void, millis: number,
 *   framesPerSecond: number, bitsPerSecond: number, signal: AbortSignal }} film
 * @returns {Promise<Blob | null>}
 */
export async function encodedFilm({ canvas, draw, millis, signal, ...speed }) {
  const { width, height } = canvas;
  const config = await configFor({ width, height, ...speed });
  if (!config) return null;
  const { framesPerSecond } = speed;
  const samples = /** @type {Sample[]} */ ([]);
  let avcC = new Uint8Array();
  let failure = /** @type {unknown} */ (null);
  const encoder = new VideoEncoder({
    output(chunk, about) {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      samples.push({ bytes, isKey: chunk.type === 'key' });
      const told = about?.decoderConfig?.description;
      if (told) avcC = bytesFrom(told);
    },
    error: (error) => (failure = error),
  });
  try {
    encoder.configure(config);
    const count = Math.round((millis / 1000) * framesPerSecond);
    for (let i = 0; i < count; i++) {
      signal.throwIfAborted();
      draw((1000 * i) / framesPerSecond);
      const timestamp = Math.round((1e6 * i) / framesPerSecond);
      const frame = new VideoFrame(canvas, { timestamp, duration: 1e6 / framesPerSecond });
      encoder.encode(frame, { keyFrame: i % KEY_FRAMES === 0 });
      frame.close();
      do await new Promise((resolve) => setTimeout(resolve, 0));
      while (encoder.encodeQueueSize > MOST_WAITING && !failure);
      if (failure) throw failure;
    }
    await encoder.flush();
  } catch (error) {
    signal.throwIfAborted();
    throw new CodedError('encode', String(error));
  } finally {
    if (encoder.state !== 'closed') encoder.close();
  }
  if (avcC.length === 0) throw new CodedError('encode', 'an encoder that says nothing of itself');
  const parts = mp4From(samples, { width, height, framesPerSecond, avcC });
  return new Blob(parts, { type: 'video/mp4' });
}

/** @param {{ width: number, height: number, framesPerSecond: number, bitsPerSecond: number }} film */
async function configFor({ width, height, framesPerSecond, bitsPerSecond }) {
  if (!('VideoEncoder' in globalThis)) return null;
  for (const codec of CODECS) {
    /** @type {VideoEncoderConfig} */
    const config = {
      ...{ codec, width, height, bitrate: bitsPerSecond, framerate: framesPerSecond },
      avc: { format: 'avc' },
    };
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({
      supported: false,
    }));
    if (supported) return config;
  }
  return null;
}

/** @param {AllowSharedBufferSource} source */
function bytesFrom(source) {
  const view = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  return Uint8Array.from(view);
}

/**
 * A whole file: what it is, what is in it, then the frames.
 * @param {readonly Sample[]} samples @param {Track} track
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
export function mp4From(samples, track) {
  const kind = box('ftyp', text('isom'), u32(0x200), text('isom'), text('avc1'), text('mp42'));
  // The frames begin behind the table that says where: it is as long whatever it says.
  const length = movieFrom(samples, track, 0).length;
  const movie = movieFrom(samples, track, kind.length + length + 8);
  const frames = samples.map(({ bytes }) => bytes);
  const size = frames.reduce((sum, { length }) => sum + length, 8);
  return [kind, movie, joined(u32(size), text('mdat')), ...frames];
}

/** @param {readonly Sample[]} samples @param {Track} track @param {number} at  of the first frame */
function movieFrom(samples, { width, height, framesPerSecond, avcC }, at) {
  const count = samples.length;
  // Times in frames, so that each lasts exactly one.
  const header = [u32(0, 0, framesPerSecond, count)];
  const keys = samples.flatMap(({ isKey }, i) => (isKey ? [i + 1] : []));
  const entry = box(
    'avc1',
    ...[u32(0), u16(0, 1), u32(0, 0, 0, 0), u16(width, height)],
    ...[u32(0x480000, 0x480000, 0), u16(1), new Uint8Array(32), u16(24, 0xffff), box('avcC', avcC)],
  );
  const table = box(
    'stbl',
    full('stsd', 0, u32(1), entry),
    full('stts', 0, u32(1, count, 1)),
    full('stss', 0, u32(keys.length, ...keys)),
    full('stsc', 0, u32(1, 1, count, 1)),
    full('stsz', 0, u32(0, count, ...samples.map(({ bytes }) => bytes.length))),
    full('stco', 0, u32(1, at)),
  );
  const where = box('dinf', full('dref', 0, u32(1), full('url ', 1)));
  const media = box(
    'mdia',
    full('mdhd', 0, ...header, u16(0x55c4, 0)), // Of no language.
    full('hdlr', 0, u32(0), text('vide'), u32(0, 0, 0), new Uint8Array(1)),
    box('minf', full('vmhd', 1, u16(0, 0, 0, 0)), where, table),
  );
  const place = [u32(0, 0), u16(0, 0, 0, 0), u32(...UPRIGHT), u32(width * 65536, height * 65536)];
  const trackHeader = full('tkhd', 3, u32(0, 0, 1, 0, count), ...place);
  const rest = [
    u32(0x10000),
    u16(0x100, 0),
    u32(0, 0),
    u32(...UPRIGHT),
    u32(0, 0, 0, 0, 0, 0),
    u32(2),
  ];
  return box('moov', full('mvhd', 0, ...header, ...rest), box('trak', trackHeader, media));
}

/** @param {string} name @param {Uint8Array[]} parts */
function box(name, ...parts) {
  const inside = joined(text(name), ...parts);
  return joined(u32(inside.length + 4), inside);
}

/** A box with a version, 0, and flags. @param {string} name @param {number} flags @param {Uint8Array[]} parts */
function full(name, flags, ...parts) {
  return box(name, u32(flags), ...parts);
}

/** @param {Uint8Array[]} parts */
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param {string} letters */
function text(letters) {
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

/** Numbers, the highest byte first. @param {number[]} values */
function u32(...values) {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) bytes.setUint32(4 * i, value);
  return new Uint8Array(bytes.buffer);
}

/** @param {number[]} values */
function u16(...values) {
  const bytes = new DataView(new ArrayBuffer(2 * values.length));
  for (const [i, value] of values.entries()) bytes.setUint16(2 * i, value);
  return new Uint8Array(bytes.buffer);
}
