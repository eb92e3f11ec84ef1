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

/** Whether nothing shows through a picture. @param {Uint8Array} rgba */
export async function isOpaqueInPieces(rgba) {
  for (let at = 0; at < rgba.length; at += PIECE_BYTES) {
    if (at > 0) await new Promise((resolve) => setTimeout(resolve, 0));
    const end = Math.min(at + PIECE_BYTES, rgba.length);
    for (let i = at + 3; i < end; i += 4) if (rgba[i] !== 255) return false;
  }
  return true;
}

/**
 * A part of a picture, as its own.
 * @param {{ width: number, rgba: Uint8Array }} picture
 * @param {{ x: number, y: number, width: number, height: number }} box  inside it
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function croppedInPieces(picture, { x, y, width, height }) {
  const cropped = new Uint8Array(4 * width * height);
  const rowsAtOnce = Math.max(1, Math.floor(PIECE_BYTES / (4 * width)));
  for (let row = 0; row < height; row++) {
    if (row > 0 && row % rowsAtOnce === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    const from = 4 * ((y + row) * picture.width + x);
    cropped.set(picture.rgba.subarray(from, from + 4 * width), 4 * row * width);
  }
  return cropped;
}
