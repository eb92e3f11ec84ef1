// What a task hands to the engine: pictures, and what goes with them. They lie in the engine's memory.
//
// A call of the engine takes what it is given and frees it, whatever comes of the call. So only one
// thing has to be freed here: what was made before something that cannot be made.

/** @import { Amounts, Backdrop, Coat, Grid, Pixels } from '../engine/protocol.js' */
/** @import { Naobu } from './weights.js' */

/** @param {Naobu} naobu @param {Pixels} photo */
export function picture(naobu, { width, height, rgba }) {
  return new naobu.Picture(width, height, rgba);
}

/** @param {Naobu} naobu @param {Pixels} photo @param {Uint8Array} hole */
function holeIn(naobu, { width, height }, hole) {
  return new naobu.Hole(width, height, hole);
}

/** A picture and how far it is to be extended. @param {Naobu} naobu @param {Pixels} photo @param {Amounts} amounts */
export function framed(naobu, photo, { left, top, right, bottom }) {
  return allOrNone(
    () => picture(naobu, photo),
    () => new naobu.Amounts(left, top, right, bottom),
  );
}

/** A picture and the colours for it. @param {Naobu} naobu @param {Pixels} photo @param {Coat & { kind: 'colours' }} coat */
export function coloured(naobu, photo, { columns, rows, uv }) {
  return allOrNone(
    () => picture(naobu, photo),
    () => new naobu.Colours(columns, rows, uv),
  );
}

/** A picture and the curves for it. @param {Naobu} naobu @param {Pixels} photo @param {Coat & { kind: 'curves' }} coat */
export function curved(naobu, photo, { columns, rows, points }) {
  return allOrNone(
    () => picture(naobu, photo),
    () => new naobu.Curves(columns, rows, points),
  );
}

/** A picture and a hole in it. @param {Naobu} naobu @param {Pixels} photo @param {Uint8Array} hole */
export function marked(naobu, photo, hole) {
  return allOrNone(
    () => picture(naobu, photo),
    () => holeIn(naobu, photo, hole),
  );
}

/**
 * A picture, what is selected of it, and what is to lie behind that.
 * @param {Naobu} naobu @param {Pixels} photo @param {Uint8Array} hole @param {Backdrop} backdrop
 * @param {Pixels | null} behind  another photo in place of it
 */
export function cut(naobu, photo, hole, backdrop, behind) {
  const { kind, rgb, blur } = backdrop;
  const [red = 0, green = 0, blue = 0] = rgb;
  return allOrNone(
    () => picture(naobu, photo),
    () => holeIn(naobu, photo, hole),
    () =>
      behind
        ? naobu.Backdrop.of_photo(picture(naobu, behind))
        : new naobu.Backdrop(kind, red, green, blue, blur),
  );
}

/**
 * A picture, a hole in it, and the cells there.
 * @param {Naobu} naobu @param {Pixels} photo @param {Uint8Array} hole @param {Grid} grid
 */
export function tiled(naobu, photo, hole, { cell, phase }) {
  return allOrNone(
    () => picture(naobu, photo),
    () => holeIn(naobu, photo, hole),
    () => new naobu.Cells(Float32Array.from(cell), Float32Array.from(phase)),
  );
}

/**
 * Two pictures, and the hole in which they are compared.
 * @param {Naobu} naobu @param {Pixels} truth @param {Pixels} other @param {Uint8Array} hole
 */
export function compared(naobu, truth, other, hole) {
  return allOrNone(
    () => picture(naobu, truth),
    () => picture(naobu, other),
    () => holeIn(naobu, truth, hole),
  );
}

/**
 * What all of `makers` make. Where one fails, what was made before it is freed.
 * @template {{ free(): void }[]} Made
 * @param {{ [Each in keyof Made]: () => Made[Each] }} makers
 * @returns {Made}
 */
function allOrNone(...makers) {
  const made = /** @type {{ free(): void }[]} */ ([]);
  try {
    for (const make of makers) made.push(make());
  } catch (error) {
    for (const each of made) each.free();
    throw error;
  }
  return /** @type {Made} */ (made);
}
