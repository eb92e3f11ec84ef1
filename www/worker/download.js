// Downloads that are counted as they come in, several of them as one.

import { CodedError } from '../engine/protocol.js';

/** @import { OnProgress } from '../engine/protocol.js' */
/** @typedef {(done: number, total: number) => void} OnBytes */

/** @param {URL} url @param {RequestCache} cache */
export async function download(url, cache) {
  const response = await fetch(url, { cache }).catch((error) => {
    throw new CodedError('download-failed', `${error}: ${url}`);
  });
  if (!response.ok) throw new CodedError('download-failed', `HTTP ${response.status}: ${url}`);
  return response;
}

/**
 * The body of `response`, counted as it passes. The total is 0 where it is not known: the length
 * of a compressed answer is not that of its content.
 * @param {Response} response @param {OnBytes} onBytes
 */
export function counted(response, onBytes) {
  const isPlain = !response.headers.get('content-encoding');
  const total = isPlain ? Number(response.headers.get('content-length') ?? 0) : 0;
  let done = 0;
  const counter = new TransformStream({
    transform(/** @type {Uint8Array} */ chunk, controller) {
      done += chunk.length;
      onBytes(done, total);
      controller.enqueue(chunk);
    },
  });
  return (response.body ?? new ReadableStream()).pipeThrough(counter);
}

/**
 * Several downloads reported as one: the sums of what is done and of what is known to come.
 * @param {OnProgress} onProgress
 * @returns {() => OnBytes}
 */
export function sharedProgress(onProgress) {
  const parts = /** @type {{ done: number, total: number }[]} */ ([]);
  return () => {
    const part = { done: 0, total: 0 };
    parts.push(part);
    return (done, total) => {
      Object.assign(part, { done, total });
      const isKnown = parts.every(({ total }) => total > 0);
      const sum = (/** @type {'done' | 'total'} */ key) =>
        parts.reduce((so_far, each) => so_far + each[key], 0);
      onProgress('download', sum('done'), isKnown ? sum('total') : 0);
    };
  };
}
