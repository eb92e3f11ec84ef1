// Copying pixels without holding up a frame: a large photo is copied piece by piece.

/** What is copied at once in a few milliseconds. */
export const PIECE_BYTES = 4 * 2 ** 20;

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array<ArrayBuffer>>} a copy, to be handed over */
export async function copyInPieces(bytes) {
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (at > 0) await new Promise((resolve) => setTimeout(resolve, 0));
    copy.set(bytes.subarray(at, at + PIECE_BYTES), at);
  }
  return copy;
}
