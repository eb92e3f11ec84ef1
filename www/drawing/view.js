// Shows the open picture: where it is on the screen, how large, how much of it is revealed.
//
// The only file that converts between *screen* (CSS pixels, from the stage's corner) and *photo*
// (its own pixels). The canvas is never larger than the stage; a large photo is drawn from a
// reduced copy while it is shown reduced, so that moving it stays fluid.

import { BitmapMaker, bitmapFrom } from './bitmap-worker.js';
import { placeIn } from './geometry.js';

/** @import { Pixels } from '../engine/protocol.js' */
/** @import { Photo, Rect } from '../store.js' */
/** @import { Point } from './geometry.js' */
/** @typedef {import('./bitmap-worker.js').Bitmaps & { photo: Photo }} Drawable */

const MOST_ZOOM = 32;
const FIT_MILLIS = 180;
/** So much larger two pictures must be one above the other not to be shown beside one another. */
const STACKED = 1.4;

export class View {
  #stage;
  #bar;
  #canvas;
  #context;
  /** @type {Drawable | null} */
  #drawable = null;
  /** @type {Drawable | null} what the picture is compared with */
  #earlier = null;
  /** @type {Photo | null} */
  #photo = null;
  /** @type {Photo | null} */
  #before = null;
  /** @type {Rect} what `fit` shows: the photo with its frame */
  #whole = { x: 0, y: 0, width: 1, height: 1 };
  #scale = 1;
  #origin = { x: 0, y: 0 };
  #revealed = 1;
  /** Whether the picture and what it is compared with are shown side by side. */
  #isBeside = false;
  /** @type {Pixels | null} drawn in the photo's place, at its size */
  #preview = null;
  /** @type {ImageBitmap | null} */
  #previewed = null;
  /** Follows the frame and the window until the visitor zooms or pans. */
  #isFitted = true;
  #animation = 0;
  #isDrawDue = false;
  #listeners = /** @type {Set<() => void>} */ (new Set());
  #bitmaps = new BitmapMaker();

  /** @param {HTMLElement} stage @param {HTMLCanvasElement} canvas @param {HTMLElement} bar  over its foot */
  constructor(stage, canvas, bar) {
    this.#stage = stage;
    this.#bar = bar;
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    new ResizeObserver(() => this.#onResize()).observe(stage);
  }

  /** Calls `listener` after each change of place or size on the screen. @param {() => void} listener */
  onMove(listener) {
    this.#listeners.add(listener);
  }

  /** Whether two pictures are shown one above the other, where that makes them much larger. */
  get isStacked() {
    const { clientWidth, clientHeight } = this.#stage;
    const { width, height } = this.#whole;
    const scale = (/** @type {number} */ across, /** @type {number} */ down) =>
      Math.min(clientWidth / across / width, clientHeight / down / height);
    return this.#isBeside && scale(1, 2) > STACKED * scale(2, 1);
  }

  /** Device pixels per photo pixel. */
  get zoom() {
    return this.#scale * devicePixelRatio;
  }

  /** Screen pixels per photo pixel. */
  get scale() {
    return this.#scale;
  }

  /** @param {Point} point */
  screenFromPhoto({ x, y }) {
    return { x: x * this.#scale + this.#origin.x, y: y * this.#scale + this.#origin.y };
  }

  /** @param {Point} point */
  photoFromScreen({ x, y }) {
    return { x: (x - this.#origin.x) / this.#scale, y: (y - this.#origin.y) / this.#scale };
  }

  /** Where an event is on the stage. @param {MouseEvent} event */
  screenFromEvent({ clientX, clientY }) {
    const { left, top } = this.#stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }

  /**
   * Shows `photo`; the part that it shares with the one before stays where it is.
   * @param {Photo} photo
   * @param {{ before: Photo | null, whole: Rect, revealed: number, isSettled: boolean,
   *   isBeside: boolean, preview: Pixels | null }} how
   *   `revealed` from 0, all of `before`, to 1, all of `photo`; not settled while the frame is being
   *   dragged: then nothing moves by itself. `preview` is a copy of any size to draw instead
   */
  show(photo, { before, whole, revealed, isSettled, isBeside, preview }) {
    const shown = this.#photo;
    const isWholeNew = Object.entries(whole).some(
      ([key, value]) => this.#whole[/** @type {keyof Rect} */ (key)] !== value,
    );
    if (isBeside !== this.#isBeside) this.#isFitted = true;
    this.#isBeside = isBeside;
    this.#photo = photo;
    this.#whole = whole;
    this.#revealed = revealed;
    if (photo !== shown) {
      if (shown?.openedId === photo.openedId) {
        const { x, y, width } = placeIn(photo, shown);
        this.#scale *= shown.width / width;
        this.#origin.x -= x * this.#scale;
        this.#origin.y -= y * this.#scale;
      } else {
        this.fit(false);
      }
      void this.#load(photo);
    }
    if (preview !== this.#preview) {
      this.#preview = preview;
      if (preview) void this.#loadPreview(preview);
      else if (photo === shown) this.#dropPreview(); // Else it stays until the new photo is loaded.
    }
    const earlier = before === photo ? null : before;
    if (earlier !== this.#before) {
      this.#before = earlier;
      void this.#loadEarlier(earlier);
    }
    if (isWholeNew || isSettled) this.#refit(isSettled);
    this.#moved();
  }

  /** Shows all of the photo and its frame. @param {boolean} [isSmooth] */
  fit(isSmooth = true) {
    this.#isFitted = true;
    const { clientWidth, clientHeight } = this.#stage;
    const short = Math.min(clientWidth, clientHeight);
    const pad = Math.min(72, 20 + short * 0.045, short * 0.095);
    const below = pad + this.#barHeight();
    const { x, y, width, height } = this.#whole;
    const roomX = Math.max(1, clientWidth - 2 * pad);
    const roomY = Math.max(1, clientHeight - pad - below);
    // Two pictures side by side have half of it each; the rest keeps them apart.
    const { x: isAcross, y: isDown } = this.#sideways();
    // Small pictures grow to fill the stage only so far that their pixels do not show.
    const scale = Math.min(
      (isAcross ? clientWidth / 2 - pad : roomX) / width,
      (isDown ? roomY / 2 - 4 : roomY) / height,
      4,
    );
    this.#moveTo(
      scale,
      {
        x: pad + (roomX - width * scale) / 2 - x * scale,
        y: pad + (roomY - height * scale) / 2 - y * scale,
      },
      isSmooth,
    );
  }

  /** How much of the stage the bar that floats at its foot needs, if it holds anything. */
  #barHeight() {
    const { offsetHeight, offsetTop } = this.#bar;
    return offsetHeight > 0 ? Math.max(0, this.#stage.clientHeight - offsetTop - 14) : 0;
  }

  /** One photo pixel on one device pixel, around the middle of the stage. */
  showActualSize() {
    this.#zoomTo(1 / devicePixelRatio, this.#middle());
  }

  /** @param {number} factor @param {Point} [at]  stays where it is; the middle if left out */
  zoomBy(factor, at = this.#middle()) {
    const { x, y } = this.#sideways();
    const { x: midX, y: midY } = this.#middle();
    // What is pointed at lies where it would be if one picture were shown in the middle.
    const away = { x: at.x < midX ? x : -x, y: at.y < midY ? y : -y };
    this.#zoomTo(this.#scale * factor, { x: at.x + away.x, y: at.y + away.y });
  }

  /** @param {number} x @param {number} y  screen pixels */
  panBy(x, y) {
    this.#isFitted = false;
    this.#moveTo(this.#scale, { x: this.#origin.x + x, y: this.#origin.y + y }, false);
  }

  /** How far from the middle each of two pictures side by side is shown; 0 while there is one. */
  #sideways() {
    const { clientWidth, clientHeight } = this.#stage;
    if (!this.#isBeside) return { x: 0, y: 0 };
    return this.isStacked ? { x: 0, y: clientHeight / 4 } : { x: clientWidth / 4, y: 0 };
  }

  #middle() {
    return { x: this.#stage.clientWidth / 2, y: this.#stage.clientHeight / 2 };
  }

  /** @param {number} scale @param {Point} at */
  #zoomTo(scale, at) {
    this.#isFitted = false;
    const fixed = this.photoFromScreen(at);
    const least = 16 / Math.max(this.#whole.width, this.#whole.height);
    const next = Math.max(least, Math.min(scale, MOST_ZOOM / devicePixelRatio));
    this.#moveTo(next, { x: at.x - fixed.x * next, y: at.y - fixed.y * next }, false);
  }

  /** @param {boolean} isSettled */
  #refit(isSettled) {
    if (this.#photo && this.#isFitted && isSettled) this.fit();
  }

  /** @param {number} scale @param {Point} origin @param {boolean} isSmooth */
  #moveTo(scale, origin, isSmooth) {
    cancelAnimationFrame(this.#animation);
    const [fromScale, from] = [this.#scale, this.#origin];
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const isNear =
      Math.abs(scale / fromScale - 1) < 1e-6 &&
      Math.hypot(origin.x - from.x, origin.y - from.y) < 0.5;
    const startedMillis = performance.now();
    const advance = () => {
      const part = Math.min(1, (performance.now() - startedMillis) / FIT_MILLIS);
      const eased = !isSmooth || isStill || isNear ? 1 : 1 - (1 - part) ** 3;
      this.#scale = fromScale + (scale - fromScale) * eased;
      this.#origin = {
        x: from.x + (origin.x - from.x) * eased,
        y: from.y + (origin.y - from.y) * eased,
      };
      if (eased < 1) this.#animation = requestAnimationFrame(advance);
      this.#moved();
    };
    advance();
  }

  #moved() {
    for (const listener of this.#listeners) listener();
    if (this.#isDrawDue) return;
    this.#isDrawDue = true;
    requestAnimationFrame(() => {
      this.#isDrawDue = false;
      this.#draw();
    });
  }

  #onResize() {
    const { clientWidth, clientHeight } = this.#stage;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    if (this.#photo && this.#isFitted) this.fit(false);
    this.#draw(); // At once: setting the size has cleared the canvas.
    this.#moved();
  }

  /** @param {Photo} photo */
  async #load(photo) {
    const drawable = { photo, ...(await this.#bitmaps.make(photo)) };
    if (photo !== this.#photo) {
      release(drawable);
      return;
    }
    release(this.#drawable);
    this.#drawable = drawable;
    if (!this.#preview) this.#dropPreview();
    this.#draw();
  }

  /** @param {Pixels} preview */
  async #loadPreview(preview) {
    const bitmap = await bitmapFrom(preview);
    if (preview !== this.#preview) {
      bitmap.close();
      return;
    }
    this.#dropPreview();
    this.#previewed = bitmap;
    this.#draw();
  }

  #dropPreview() {
    this.#previewed?.close();
    this.#previewed = null;
  }

  /** @param {Photo | null} photo */
  async #loadEarlier(photo) {
    release(this.#earlier);
    this.#earlier = null;
    const drawable = photo && { photo, ...(await this.#bitmaps.make(photo)) };
    if (photo !== this.#before) {
      release(drawable);
      return;
    }
    this.#earlier = drawable;
    this.#draw();
  }

  #draw() {
    const { width, height } = this.#canvas;
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const drawable = this.#drawable;
    if (!drawable || !this.#photo || drawable.photo.openedId !== this.#photo.openedId) return;
    // Until the new picture is loaded the old one is drawn, in its place in the new one.
    const { photo } = drawable;
    const place = placeIn(this.#photo, photo);
    const zoom = (this.zoom * place.width) / photo.width;
    const corner = this.screenFromPhoto(place);
    const left = Math.round(corner.x * devicePixelRatio);
    const top = Math.round(corner.y * devicePixelRatio);
    context.setTransform(zoom, 0, 0, zoom, left, top);
    const { original } = photo;
    const earlier = this.#earlier;
    const whole = { x: 0, y: 0, width: photo.width, height: photo.height };
    const now = () => this.#paint(drawable, whole, zoom, this.#previewed);
    const before = () => earlier && this.#paint(earlier, placeIn(photo, earlier.photo), zoom);
    if (this.#isBeside && earlier) {
      this.#drawHalf(-1, { x: left, y: top }, zoom, now);
      this.#drawHalf(1, { x: left, y: top }, zoom, before);
      return;
    }
    const end = photo.width * this.#revealed;
    context.save();
    context.beginPath();
    context.rect(0, 0, end, photo.height);
    // Until it can be compared, what both have in common stays.
    if (!earlier) context.rect(original.x, original.y, original.width, original.height);
    context.clip();
    now();
    context.restore();
    if (!earlier || this.#revealed >= 1) return;
    context.save();
    context.beginPath();
    context.rect(end, 0, photo.width - end, photo.height);
    context.clip();
    before();
    context.restore();
  }

  /**
   * Draws into one half of the stage what would lie in its middle.
   * @param {-1 | 1} half  the left or upper, or the other
   * @param {Point} corner  of the photo in the middle, in device pixels
   * @param {number} zoom  device pixels per pixel that is painted @param {() => void} paint
   */
  #drawHalf(half, corner, zoom, paint) {
    const { width, height } = this.#canvas;
    const context = this.#context;
    const { x, y } = this.#sideways();
    const [across, down] = [x, y].map((px) => Math.round(px * devicePixelRatio) * half);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    const from = half < 0 ? 0 : 1;
    if (across) context.rect((width / 2) * from, 0, width / 2, height);
    else context.rect(0, (height / 2) * from, width, height / 2);
    context.clip();
    context.setTransform(zoom, 0, 0, zoom, corner.x + (across ?? 0), corner.y + (down ?? 0));
    paint();
    context.restore();
  }

  /**
   * Draws a picture in its place.
   * @param {Drawable} drawable @param {Rect} place @param {number} zoom  device pixels per unit of it
   * @param {ImageBitmap | null} [instead]
   */
  #paint({ photo, full, small, isOpaque }, place, zoom, instead) {
    const context = this.#context;
    const { x, y, width, height } = place;
    if (!isOpaque) this.#drawCheckers(place, zoom);
    const isReduced = small && (zoom * width) / photo.width <= small.width / full.width;
    // What is compared is drawn alike, also where one has larger pixels.
    context.imageSmoothingEnabled = zoom < 2;
    context.imageSmoothingQuality = 'high';
    context.drawImage(instead ?? (isReduced ? small : full), x, y, width, height);
  }

  /** Squares of the same size on the screen at any zoom, behind transparent parts. @param {Rect} place @param {number} zoom */
  #drawCheckers({ x, y, width, height }, zoom) {
    const tile = new OffscreenCanvas(16, 16);
    const ink = /** @type {OffscreenCanvasRenderingContext2D} */ (tile.getContext('2d'));
    ink.fillStyle = '#fff';
    ink.fillRect(0, 0, 16, 16);
    ink.fillStyle = '#d4d4d4';
    ink.fillRect(0, 0, 8, 8);
    ink.fillRect(8, 8, 8, 8);
    const pattern = /** @type {CanvasPattern} */ (this.#context.createPattern(tile, 'repeat'));
    pattern.setTransform(new DOMMatrix().translate(x, y).scale(devicePixelRatio / zoom));
    this.#context.fillStyle = pattern;
    this.#context.fillRect(x, y, width, height);
  }
}

/** @param {Drawable | null} drawable */
function release(drawable) {
  drawable?.full.close();
  drawable?.small?.close();
}
