// Crop at work: what is set, how a turned photo looks meanwhile, and the photo that comes of it.
//
// What is set belongs to the page, not to the history: nothing has happened to the photo yet.

import { BitmapMaker, turned } from '../drawing/bitmap-worker.js';
import { amountsForRatio, borderOf, croppedBox, croppingOf } from '../drawing/crop.js';
import { degreesByLine, isUncropped } from '../drawing/crop.js';
import { NO_AMOUNTS, areSameAmounts } from '../drawing/geometry.js';
import { croppedInPieces } from '../engine/pieces.js';
import { CodedError } from '../engine/protocol.js';
import { shelved } from '../history/shelf.js';
import { isToolRunning } from '../store.js';

/** @import { Point, Size } from '../drawing/geometry.js' */
/** @import { Cropping } from '../drawing/crop.js' */
/** @import { Amounts } from '../engine/protocol.js' */
/** @import { Photo, Snapshot, State } from '../store.js' */

/** The longer side of what is shown while the photo is being turned. */
const PREVIEW_PX = 1280;
/** As far as the slider goes. */
export const MOST_DEGREES = 20;

const bitmaps = new BitmapMaker();

/**
 * @param {{ get: () => Snapshot, update: (change: Partial<State>) => void }} store
 */
export function createCropping(store) {
  /** A small bitmap of the photo that is being turned. @type {{ photo: Photo, small: Promise<ImageBitmap> } | null} */
  let shown = null;

  /** @param {Photo} photo */
  function smallOf(photo) {
    if (shown?.photo === photo) return shown.small;
    void shown?.small.then((bitmap) => bitmap.close());
    const scale = Math.min(1, PREVIEW_PX / Math.max(photo.width, photo.height));
    const make = async () => {
      const { full, small } = await bitmaps.make(photo);
      const size = {
        resizeWidth: Math.round(photo.width * scale),
        resizeHeight: Math.round(photo.height * scale),
      };
      const bitmap = await createImageBitmap(full, size);
      full.close();
      small?.close();
      return bitmap;
    };
    shown = { photo, small: make() };
    return shown.small;
  }

  /** @param {Partial<Omit<Cropping, 'photo'>>} change */
  function set(change) {
    const state = store.get();
    const photo = state.history?.present.photo;
    if (!photo || isToolRunning(state)) return;
    store.update({
      cropping: Object.freeze({ ...croppingOf(state), ...change, photo }),
      ...(change.preview ? {} : { status: null }), // A preview is late.
    });
  }

  /** @param {number} degrees */
  async function turn(degrees) {
    const photo = store.get().history?.present.photo;
    if (!photo) return;
    const wanted = Math.max(-MOST_DEGREES, Math.min(degrees, MOST_DEGREES));
    set({ degrees: wanted, ...(wanted === 0 ? { preview: null } : {}) });
    if (wanted === 0) return;
    const small = await smallOf(photo);
    const { cropping } = store.get();
    if (cropping?.photo !== photo || cropping.degrees !== wanted) return;
    const box = croppedBox([small.width, small.height], { amounts: NO_AMOUNTS, degrees: wanted });
    set({ preview: turned(small, box, wanted) });
  }

  return {
    /** @param {Amounts} amounts */
    setAmounts: (amounts) => set({ amounts }),
    turn: (/** @type {number} */ degrees) => void turn(degrees),
    /** @param {Size} ratio */
    chooseRatio(ratio) {
      const photo = store.get().history?.present.photo;
      if (photo) set({ amounts: amountsForRatio([photo.width, photo.height], ratio) });
    },
    /** Cuts off what a scanner or an album left around the photo. */
    trim() {
      const photo = store.get().history?.present.photo;
      if (!photo) return;
      const amounts = borderOf(photo);
      if (!areSameAmounts(amounts, NO_AMOUNTS)) set({ amounts });
      else store.update({ status: { key: 'crop.noBorder' } });
    },
    /** Waits for a line to level the photo by, or no longer. */
    level: () => set({ isLevelling: !croppingOf(store.get()).isLevelling }),
    /** @param {Point} from @param {Point} to */
    levelBy(from, to) {
      const wanted = degreesByLine(from, to, croppingOf(store.get()).degrees);
      if (Math.abs(wanted) > MOST_DEGREES) {
        store.update({ status: { key: 'crop.steep', words: { degrees: MOST_DEGREES } } });
        return;
      }
      set({ isLevelling: false });
      void turn(wanted);
      store.update({ status: { key: 'crop.levelled', words: { degrees: wanted.toFixed(1) } } });
    },
    reset: () => set({ amounts: NO_AMOUNTS, degrees: 0, preview: null }),
  };
}

/**
 * @param {Photo} photo @param {Pick<Cropping, 'amounts' | 'degrees'>} cropping
 * @returns {Promise<Photo>}
 */
export async function croppedPhoto(photo, cropping) {
  if (isUncropped(cropping)) throw new CodedError('crop-empty');
  const { degrees } = cropping;
  const { share, ...box } = croppedBox([photo.width, photo.height], cropping);
  const { x, y, width, height } = box;
  const made = /** @type {const} */ ('cropped');
  if (degrees === 0) {
    const rgba = await croppedInPieces(photo, box);
    const original = { ...photo.original, x: photo.original.x - x, y: photo.original.y - y };
    return shelved({ ...photo, width, height, rgba, original, made, border: NO_AMOUNTS });
  }
  const { rgba } = await bitmaps.turn(photo, { ...box, share }, degrees);
  // What was opened lies askew in it: from here on this is what results are compared with.
  const original = { x: 0, y: 0, width, height };
  return shelved({ ...photo, width, height, rgba, original, made, border: NO_AMOUNTS });
}
