// Shows the hole on the photo: tinted, its edge marching, its feather as the tint's own.
//
// Looks each cell of the screen up in the very bytes that are sent to be filled, so what is seen
// is what is filled, at any zoom. A cell is a CSS pixel, or a few where the stage is very large: the
// work for a frame stays within some milliseconds.

/** @import { Hole } from './shapes.js' */
/** @import { View } from './view.js' */

/** As `0xAABBGGRR`, as canvases store it: rose, which photos rarely have. */
const TINT = 0x5a3bff;
const TINT_ALPHA = 0x80;
const EDGE = [0xffffffff, 0xff201a26];
/** The edge's dashes, in cells, and how long it stands still between two steps. */
const DASH = 5;
const STEP_MILLIS = 90;
const MOST_CELLS = 1.5e6;
/** What a cell may show: bytes of the hole, or nothing of the photo. */
const [KNOWN, PAINTED, OUTSIDE] = [0, 1, 2];

export class HoleOverlay {
  #canvas;
  #context;
  #stage;
  #view;
  /** @type {Hole | null} */
  #hole = null;
  #featherPx = 0;
  /** @type {{ image: ImageData, cells: Uint32Array, edge: Uint32Array, width: number } | null} */
  #drawn = null;
  #phase = 0;
  #isDue = false;
  #timer = 0;

  /** @param {HTMLCanvasElement} canvas @param {HTMLElement} stage @param {View} view */
  constructor(canvas, stage, view) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.#stage = stage;
    this.#view = view;
    view.onMove(() => this.refresh());
  }

  /**
   * Shows a hole, whose bytes may have changed; `null` hides what was shown.
   * @param {Hole | null} hole @param {number} featherPx
   */
  show(hole, featherPx) {
    this.#hole = hole;
    this.#featherPx = featherPx;
    this.refresh();
  }

  /** Draws in the next frame what there is then. */
  refresh() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw() {
    const area = this.#area();
    const hole = this.#hole;
    this.#canvas.hidden = !area;
    clearInterval(this.#timer);
    this.#drawn = null;
    if (!area || !hole) return;
    const { x, y, width, height, cell } = area;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#canvas.style.width = `${width * cell}px`;
    this.#canvas.style.height = `${height * cell}px`;
    this.#canvas.style.transform = `translate(${x}px, ${y}px)`;
    const inside = this.#lookUp(hole, area);
    const { isSoft, depths } = this.#depths(inside, area);
    const image = new ImageData(width, height);
    const cells = new Uint32Array(image.data.buffer);
    const edge = [];
    for (let i = 0; i < cells.length; i++) {
      if (inside[i] !== PAINTED) continue;
      const column = i % width;
      const isEdge =
        (column > 0 && inside[i - 1] !== PAINTED) ||
        (column < width - 1 && inside[i + 1] !== PAINTED) ||
        (inside[i - width] ?? PAINTED) !== PAINTED ||
        (inside[i + width] ?? PAINTED) !== PAINTED;
      if (isEdge) edge.push(i);
      const share = isSoft ? Math.min(1, depths[i] ?? 1) : 1;
      cells[i] = (TINT | (Math.round(TINT_ALPHA * share) << 24)) >>> 0;
    }
    this.#drawn = { image, cells, edge: Uint32Array.from(edge), width };
    this.#march();
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (!isStill && edge.length > 0) {
      this.#timer = window.setInterval(() => this.#march(), STEP_MILLIS);
    }
  }

  /** Colours the edge anew, one step further. */
  #march() {
    if (!this.#drawn || document.hidden) return;
    const { image, cells, edge, width } = this.#drawn;
    this.#phase = (this.#phase + 1) % (2 * DASH);
    for (const i of edge) {
      const place = (i % width) + Math.floor(i / width) + this.#phase;
      cells[i] = EDGE[Math.floor(place / DASH) % 2] ?? 0;
    }
    this.#context.putImageData(image, 0, 0);
  }

  /** The part of the stage that may show the hole, one cell more on each side. */
  #area() {
    const bounds = this.#hole?.bounds;
    if (!bounds) return null;
    const { clientWidth, clientHeight } = this.#stage;
    const from = this.#view.screenFromPhoto({ x: bounds.left, y: bounds.top });
    const to = this.#view.screenFromPhoto({ x: bounds.right, y: bounds.bottom });
    const x = Math.max(0, Math.floor(from.x) - 1);
    const y = Math.max(0, Math.floor(from.y) - 1);
    const across = Math.min(clientWidth, Math.ceil(to.x) + 1) - x;
    const down = Math.min(clientHeight, Math.ceil(to.y) + 1) - y;
    if (across <= 0 || down <= 0) return null;
    const cell = Math.ceil(Math.sqrt((across * down) / MOST_CELLS));
    return { x, y, width: Math.ceil(across / cell), height: Math.ceil(down / cell), cell };
  }

  /**
   * What lies under the middle of each cell: a pixel's byte, or nothing of the photo.
   * @param {Hole} hole
   * @param {{ x: number, y: number, width: number, height: number, cell: number }} area
   */
  #lookUp(hole, { x, y, width, height, cell }) {
    const inside = new Uint8Array(width * height).fill(OUTSIDE);
    const place = (/** @type {number} */ i, /** @type {number} */ j) =>
      this.#view.photoFromScreen({ x: x + (i + 0.5) * cell, y: y + (j + 0.5) * cell });
    const columns = Int32Array.from({ length: width }, (_, i) => Math.floor(place(i, 0).x));
    for (let j = 0; j < height; j++) {
      const row = Math.floor(place(0, j).y);
      if (row < 0 || row >= hole.height) continue;
      for (let i = 0; i < width; i++) {
        const column = columns[i] ?? -1;
        if (column < 0 || column >= hole.width) continue;
        inside[j * width + i] = hole.pixels[row * hole.width + column] ?? OUTSIDE;
      }
    }
    return inside;
  }

  /**
   * How much of the painting shows in each cell inside, 0 to 1: as `Hole::feather` in the core has
   * it, with distances reckoned in steps to the eight neighbours.
   * @param {Uint8Array} inside @param {{ width: number, cell: number }} area
   */
  #depths(inside, { width, cell }) {
    const isSoft = this.#featherPx > 0;
    const depths = new Float32Array(isSoft ? inside.length : 0);
    if (!isSoft) return { isSoft, depths };
    const step = cell / this.#view.scale / (this.#featherPx + 1);
    const slant = step * Math.SQRT2;
    const far = (/** @type {number} */ i) => depths[i] ?? Infinity;
    const limit = (/** @type {number} */ i, /** @type {1 | -1} */ way) => {
      const beside = way * ((i % width) + 0.5 - width / 2);
      const isFirst = beside < 1 - width / 2;
      const isLast = beside > width / 2 - 1;
      const above = i - way * width;
      depths[i] = Math.min(
        far(i),
        far(above) + step,
        isFirst ? Infinity : Math.min(far(i - way) + step, far(above - way) + slant),
        isLast ? Infinity : far(above + way) + slant,
      );
    };
    // The photo's border is no rim: nothing fades in from there.
    for (let i = 0; i < inside.length; i++) depths[i] = inside[i] === KNOWN ? 0 : Infinity;
    for (let i = 0; i < inside.length; i++) if (inside[i] === PAINTED) limit(i, 1);
    for (let i = inside.length - 1; i >= 0; i--) if (inside[i] === PAINTED) limit(i, -1);
    return { isSoft, depths };
  }
}
