// A stand-in for pkg/naobu.js with the same interface, for tests of what lies around it.
//
// It knows no network: an extension repeats the photo mirrored, a filling paints the hole green; what a
// method paints is red, the more so the longer its name is. `globalThis.fakeNaobu` makes it slow
// or makes it fail; it runs in Node and in a browser's worker alike.

/**
 * @typedef {object} Behaviour
 * @property {string} device @property {string} fallback
 * @property {number} steps @property {number} stepMillis
 * @property {number} putMillis  how long writing a file or putting colours on takes
 * @property {number} borderPx  how much of every opened photo is a border
 * @property {string} openFailure  a code to throw on opening a device
 * @property {string} loadFailure  a code to throw on loading weights
 * @property {string} stepFailure  a code to throw in the second step, on WebGPU only
 * @property {boolean} selectsNothing  whether nothing is ever found to select
 * @property {boolean} panics  true: the second step on WebGPU throws without a code, as a panic does
 */
/** @returns {Behaviour} */
function behaviour() {
  const defaults = {
    device: 'webgpu',
    fallback: '',
    steps: 4,
    stepMillis: 1,
    putMillis: 0,
    borderPx: 0,
    openFailure: '',
    loadFailure: '',
    stepFailure: '',
    panics: false,
    selectsNothing: false,
  };
  return { ...defaults, .../** @type {any} */ (globalThis).fakeNaobu };
}

/** @param {string} code */
function coded(code) {
  return Object.assign(new Error(`fake: ${code}`), { code });
}

/** Reads the module to its end, as compiling it would. @param {{ module_or_path: Response }} input */
export default async function init({ module_or_path: response }) {
  await response.arrayBuffer();
}

/** What lies in the module's memory, as the real objects do, and was not freed. */
const unfreed = new Set();

/** How many objects were made and neither freed nor taken by a call. */
export function countUnfreed() {
  return unfreed.size;
}

class Owned {
  constructor() {
    unfreed.add(this);
  }
  free() {
    if (!unfreed.delete(this)) throw new Error('null pointer passed to rust');
  }
}

/**
 * What a call does first with all that it is given: it is freed, whatever comes of the call.
 * @template {(Owned | undefined)[]} Things @param {Things} things @returns {Things}
 */
function taken(...things) {
  for (const thing of things) thing?.free();
  return things;
}

export class Picture extends Owned {
  /** @param {number} width @param {number} height @param {Uint8Array} rgba */
  constructor(width, height, rgba) {
    if (rgba.length !== 4 * width * height) throw coded('bad-setting');
    super();
    this.width = width;
    this.height = height;
    this.rgba = rgba;
  }
  origins() {
    return undefined; // As where nothing was borrowed.
  }
  border() {
    const { borderPx: px } = behaviour();
    return { left: px, top: px, right: px, bottom: px };
  }
  metadata() {
    return undefined; // As where a file says nothing.
  }
  /** Gives the picture up, as the real one does. */
  take_rgba() {
    this.free();
    return this.rgba;
  }
}

export class Hole extends Owned {
  /** @param {number} width @param {number} height @param {Uint8Array} bytes */
  constructor(width, height, bytes) {
    if (bytes.length !== width * height) throw coded('bad-setting');
    super();
    this.bytes = bytes;
  }
}

export class Amounts extends Owned {
  /** @param {number} left @param {number} top @param {number} right @param {number} bottom */
  constructor(left, top, right, bottom) {
    super();
    this.sides = [left, top, right, bottom];
  }
}

export class Colours extends Owned {
  /** @param {number} columns @param {number} rows @param {Float32Array} uv */
  constructor(columns, rows, uv) {
    if (uv.length !== 2 * columns * rows) throw coded('bad-setting');
    super();
    this.uv = uv;
  }
}

export class Curves extends Owned {
  /** @param {number} columns @param {number} rows @param {Float32Array} points */
  constructor(columns, rows, points) {
    if (points.length !== 24 * columns * rows) throw coded('bad-setting');
    super();
    this.points = points;
  }
}

export class Backdrop extends Owned {
  /** @param {string} kind @param {number} red @param {number} green @param {number} blue @param {number} blur */
  constructor(kind, red, green, blue, blur) {
    if (!['none', 'colour', 'blur'].includes(kind) || !(blur >= 0 && blur <= 1)) {
      throw coded('bad-setting');
    }
    super();
    const outside = { none: [0, 0, 0, 0], colour: [red, green, blue, 255] }[kind];
    this.colour = outside ?? [128, 128, 128, 255];
  }
  /** Its first pixel is all that counts of it. @param {Picture} picture */
  static of_photo(picture) {
    const [{ rgba }] = taken(picture);
    const [red = 0, green = 0, blue = 0] = rgba;
    return new Backdrop('colour', red, green, blue, 0);
  }
}

export class Cells extends Owned {
  /** @param {Float32Array} cell @param {Float32Array} phase */
  constructor(cell, phase) {
    if (phase.length !== 2 || !(Number(cell[0]) >= 2)) throw coded('bad-setting');
    super();
    this.side = cell[0] ?? 0;
  }
}

/** JPEGs alone are shrunk. @param {Uint8Array} bytes */
export const decode_shrunk = (bytes) => decode(bytes);

/**
 * Reads what it wrote; of other PNG files only the size and whether they are grey, and paints a
 * gradient; refuses all else.
 * @param {Uint8Array} bytes
 */
export function decode(bytes) {
  const [, wide, high] = new TextDecoder('latin1').decode(bytes).match(/^png (\d+)x(\d+) /) ?? [];
  if (wide && high) {
    const size = 4 * Number(wide) * Number(high);
    return new Picture(Number(wide), Number(high), bytes.slice(bytes.length - size));
  }
  if (bytes[0] !== 0x89 || bytes[1] !== 0x50) throw coded('not-an-image');
  if (bytes.length < 33) throw coded('damaged-image');
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  if (width * height > limits().max_photo_pixels) throw coded('too-large');
  const rgba = new Uint8Array(width * height * 4);
  const isGrey = bytes.length > 33 && bytes[25] === 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red, green] = [(255 * x) / width, (255 * y) / height];
      rgba.set(isGrey ? [red, red, red, 255] : [red, green, 140, 255], 4 * (y * width + x));
    }
  }
  return new Picture(width, height, rgba);
}

/**
 * The format, the size and the length; PNG, which is without loss, has the pixels as well.
 * @param {Picture} picture @param {string} format
 */
export function encode(picture, format) {
  const [{ width, height, rgba }] = taken(picture);
  waste(behaviour().putMillis);
  const head = new TextEncoder().encode(`${format} ${width}x${height} ${rgba.length}`);
  return format === 'png' ? Uint8Array.from([...head, 10, ...rgba]) : head;
}

/** Keeps the worker at work, as large photos do. @param {number} millis */
function waste(millis) {
  for (const start = Date.now(); Date.now() - start < millis;);
}

export function limits() {
  return {
    min_side_px: 16,
    max_photo_pixels: 26_000_000,
    max_result_pixels: 48_000_000,
    max_factor: 8,
  };
}

export class Engine {
  /** @param {string} device @param {string} fallback */
  constructor(device, fallback) {
    this.device = device;
    this.fallback = fallback;
    /** @type {{ task: string, name: string, colour: number[] }[]} */
    this.own = [];
    this.methods = new Set();
    this.chosen = '';
  }
  /** @param {string} backend */
  static async open(backend) {
    const { device, fallback, openFailure } = behaviour();
    if (openFailure && backend !== 'cpu') throw coded(openFailure);
    if (backend === 'cpu') return new Engine('cpu', 'forced');
    return new Engine(device, fallback);
  }
  async load() {
    const { loadFailure } = behaviour();
    if (loadFailure) throw coded(loadFailure);
  }
  /** @param {string} name */
  load_method(name) {
    const { loadFailure } = behaviour();
    if (loadFailure) throw coded(loadFailure);
    this.methods.add(name);
  }
  /** @param {string} method */
  choose(method) {
    if (method && !this.methods.has(method)) throw coded('weights-missing');
    this.chosen = method;
  }
  /** The red of what is chosen; 0 for none. */
  #red() {
    return 10 * this.chosen.length;
  }
  /** The file is JSON: the task, a name, and the colour that its fillings have. @param {string} file @param {Uint8Array} bytes */
  load_own(file, bytes) {
    try {
      this.own.push(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      throw coded('weights-damaged');
    }
    const { task, name } = this.own.at(-1) ?? { task: '', name: '' };
    return { task, name };
  }
  /** Only ever gives own ones up: those of the page must stay. @param {string} task */
  unload(task) {
    const last = this.own.findLastIndex((each) => each.task === task);
    if (last < 0) throw new Error('unreachable executed');
    this.own.splice(last, 1);
  }
  /** @param {Picture} picture @param {Amounts} amounts */
  extend(picture, amounts) {
    const [{ width, height, rgba }, { sides }] = taken(picture, amounts);
    const [left = 0, top = 0, right = 0, bottom = 0] = sides;
    if (left + top + right + bottom === 0) throw coded('extension-empty');
    const red = this.#red();
    return new Extension(this.device, { width, height, rgba, left, top, right, bottom, red });
  }
  /**
   * As `fill` below, but with weights: blue, or as own ones have it.
   * @param {Picture} picture @param {Hole} hole
   */
  fill(picture, hole, _featherPx = 0, seed = 1) {
    taken(picture, hole);
    if (this.chosen) return new Filling(picture, hole, [this.#red(), 0, 0]);
    const own = this.own.findLast(({ task }) => task === 'fill');
    return new Filling(picture, hole, own?.colour ?? [0, 0, 256 - seed]);
  }
  /** As `enlarge` below, but with weights: bluer. @param {Picture} picture */
  enlarge(picture) {
    return new Enlarging(this.device, doubled(picture), 60);
  }
  /**
   * As `unmosaic` below, but with weights: blue.
   * @param {Picture} picture @param {Hole} hole @param {Cells} cells
   */
  async unmosaic(picture, hole, cells) {
    taken(picture, hole, cells);
    const { stepMillis, stepFailure, panics } = behaviour();
    await new Promise((resolve) => setTimeout(resolve, stepMillis));
    if (stepFailure && this.device === 'webgpu') throw coded(stepFailure);
    if (panics && this.device === 'webgpu') throw new Error('unreachable executed');
    return painted(picture, hole, this.chosen ? [this.#red(), 0, 0] : [0, 0, 255]);
  }
  /**
   * Green, or the first hint's colour; the second variant twice as much of it. By a method red.
   * @param {Picture} picture @param {Float32Array} hints
   */
  async colours(picture, hints) {
    taken(picture);
    const { stepMillis, stepFailure, panics } = behaviour();
    await new Promise((resolve) => setTimeout(resolve, stepMillis));
    if (stepFailure && this.device === 'webgpu') throw coded(stepFailure);
    if (panics && this.device === 'webgpu') throw new Error('unreachable executed');
    if (hints.length % 6 !== 0) throw coded('bad-setting');
    const [, , red = 100 + 2 * this.#red(), green = 128, blue = 100] = hints;
    const uv = [(blue - green) / 2, (red - green) / 2];
    return {
      columns: 1,
      rows: 1,
      variants: ['natural', 'calm', 'bold', 'warm', 'cool', 'green'].map((name, i) => ({
        name,
        uv: Float32Array.from(uv, (value) => value * (1 + i / 4)),
      })),
    };
  }
  /**
   * What is drawn, but for the first and last pixel of each row.
   * @param {Picture} picture @param {Hole} hole
   */
  async snap(picture, hole) {
    const [{ width, height }] = taken(picture);
    taken(hole);
    await new Promise((resolve) => setTimeout(resolve, behaviour().stepMillis));
    const spans = [];
    for (let y = 0; y < height && !behaviour().selectsNothing; y++) {
      const row = hole.bytes.subarray(y * width, (y + 1) * width);
      const [first, last] = [row.indexOf(1), row.lastIndexOf(1)];
      if (last - first > 1) spans.push(y, first + 1, last);
    }
    return Int32Array.from(spans);
  }
  /**
   * The middle third of the photo; where something is clicked on, a box of a tenth of it around each
   * click, without those around clicks that take away.
   * @param {Picture} picture @param {Float32Array} clicks
   */
  async select(picture, clicks) {
    const [{ width, height }] = taken(picture);
    const { stepMillis, stepFailure, panics, selectsNothing } = behaviour();
    await new Promise((resolve) => setTimeout(resolve, stepMillis));
    if (stepFailure && this.device === 'webgpu') throw coded(stepFailure);
    if (panics && this.device === 'webgpu') throw new Error('unreachable executed');
    if (selectsNothing) return new Int32Array();
    const isIn = new Uint8Array(width * height);
    /** @param {number} x @param {number} y @param {number} share @param {number} value */
    const box = (x, y, share, value) => {
      const [wide, high] = [(width * share) / 2, (height * share) / 2];
      const [top, bottom] = [
        Math.max(0, Math.round(y - high)),
        Math.min(height, Math.round(y + high)),
      ];
      const [left, right] = [
        Math.max(0, Math.round(x - wide)),
        Math.min(width, Math.round(x + wide)),
      ];
      for (let row = top; row < bottom; row++) {
        isIn.fill(value, row * width + left, row * width + right);
      }
    };
    const all = [...clicks].flatMap((x, i) =>
      i % 3 === 0 ? [[x, clicks[i + 1] ?? 0, clicks[i + 2] ?? 0]] : [],
    );
    const isProposed = !all.some(([, , sign]) => sign === 1);
    if (isProposed) box(width / 2, height / 2, 1 / 3, 1);
    for (const value of [1, 0]) {
      for (const [x = 0, y = 0, sign = 0] of all) if (sign > 0 === value > 0) box(x, y, 0.1, value);
    }
    const spans = [];
    for (let y = 0; y < height; y++) {
      const row = isIn.subarray(y * width, (y + 1) * width);
      for (let first = row.indexOf(1); first >= 0;) {
        const end = row.indexOf(0, first);
        spans.push(y, first, end < 0 ? width : end);
        first = end < 0 ? -1 : row.indexOf(1, end);
      }
    }
    return Int32Array.from(spans);
  }
  /** A scratch of two pixels down the first quarter, in photos that are wider than 50. @param {Picture} picture */
  async scratches(picture) {
    const [{ width, height }] = taken(picture);
    const { stepMillis, selectsNothing } = behaviour();
    await new Promise((resolve) => setTimeout(resolve, stepMillis));
    if (selectsNothing || width <= 50) return new Uint32Array();
    const left = Math.floor(width / 4);
    return Uint32Array.from(Array.from({ length: height }, (_, y) => [y, left, left + 2]).flat());
  }
  /** @param {Picture} picture */
  async curves(picture) {
    taken(picture);
    return { columns: 1, rows: 1, points: new Float32Array(24).fill(0.1) };
  }
  free() {}
}

/** The picture, in one colour where the hole is. @param {Picture} picture @param {Hole} hole @param {number[]} colour */
function painted({ width, height, rgba }, { bytes }, colour) {
  const result = rgba.slice();
  for (const [i, isHole] of bytes.entries()) if (isHole) result.set(colour, 4 * i);
  return new Picture(width, height, result);
}

/** @param {Picture} picture @param {Hole} hole @param {number} featherPx */
export function fill(picture, hole, featherPx, seed = 1) {
  taken(picture, hole);
  if (!(featherPx >= 0)) throw coded('bad-setting');
  if (!hole.bytes.includes(1)) throw coded('hole-empty');
  return new Filling(picture, hole, [0, 256 - seed, 0]);
}

/** @param {Picture} picture */
export function enlarge(picture) {
  return new Enlarging('cpu', doubled(picture), 0);
}

/** Each pixel four times. @param {Picture} picture */
function doubled(picture) {
  const [{ width, height, rgba }] = taken(picture);
  if (4 * width * height > limits().max_result_pixels) throw coded('too-large');
  const source = new Uint32Array(rgba.slice().buffer);
  const result = new Uint32Array(4 * source.length);
  for (let i = 0; i < result.length; i++) {
    const [x, y] = [(i % (2 * width)) >> 1, Math.floor(i / (2 * width)) >> 1];
    result[i] = source[y * width + x] ?? 0;
  }
  return { width: 2 * width, height: 2 * height, rgba: new Uint8Array(result.buffer) };
}

/** Coloured if any pixel is. @param {Picture} picture */
export function colouring(picture) {
  const [{ rgba }] = taken(picture);
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i] !== rgba[i + 1] || rgba[i] !== rgba[i + 2]) return 'coloured';
  }
  return 'grey';
}

/**
 * Adds U to blue and V to red, the same all over; without saturation there is but grey.
 * @param {Picture} picture @param {Colours} colours
 * @param {number} saturation @param {number} warmth @param {number} strength
 */
export function put_colours(picture, colours, saturation, warmth, strength) {
  const [{ width, height, rgba }, { uv }] = taken(picture, colours);
  if (!(strength >= 0 && strength <= 1)) throw coded('bad-setting');
  waste(behaviour().putMillis);
  const result = Uint8ClampedArray.from(rgba);
  const [u = 0, v = 0] = uv;
  for (let i = 0; i < result.length; i += 4) {
    if (saturation === 0) result.fill(result[i + 1] ?? 0, i, i + 3);
    result[i] = (result[i] ?? 0) + strength * (saturation * v + 30 * warmth);
    result[i + 2] = (result[i + 2] ?? 0) + strength * (saturation * u - 30 * warmth);
  }
  return new Picture(width, height, new Uint8Array(result.buffer));
}

/** Brightens by the first point. @param {Picture} picture @param {Curves} curves @param {number} strength */
export function put_curves(picture, curves, strength) {
  const [{ width, height, rgba }, { points }] = taken(picture, curves);
  const added = 255 * strength * (points[0] ?? 0);
  const result = Uint8ClampedArray.from(rgba, (value, i) => (i % 4 < 3 ? value + added : value));
  return new Picture(width, height, new Uint8Array(result.buffer));
}

/** Every so-manieth pixel of every so-manieth row. @param {Picture} picture @param {number} most */
export function shrink(picture, most) {
  const [{ width, height, rgba }] = taken(picture);
  const step = Math.max(1, Math.ceil(Math.sqrt((width * height) / most)));
  const [wide, high] = [Math.ceil(width / step), Math.ceil(height / step)];
  const result = new Uint8Array(4 * wide * high);
  for (let i = 0; i < wide * high; i++) {
    const from = 4 * (Math.floor(i / wide) * step * width + (i % wide) * step);
    result.set(rgba.subarray(from, from + 4), 4 * i);
  }
  return new Picture(wide, high, result);
}

/**
 * A mosaic of cells of 8 in the middle of photos that are wider than 100, none in others; cells of
 * 6 where a hole points.
 * @param {Picture} picture @param {Hole} [hole]
 */
export function find_mosaic(picture, hole) {
  const [{ width, height }] = taken(picture, hole);
  if (!hole && width <= 100) throw coded('mosaic-not-found');
  const side = hole ? 6 : 8;
  const [left, top] = [Math.floor(width / 4), Math.floor(height / 4)];
  const spans = [];
  for (let y = top; y < top + 40; y++) spans.push(y, left, left + 64);
  return {
    cell: new Float32Array([side, side]),
    phase: new Float32Array([left % side, top % side]),
    confidence: 0.9,
    spans: new Uint32Array(spans),
  };
}

/** @param {Picture} picture @param {Hole} hole @param {Cells} cells */
export function unmosaic(picture, hole, cells) {
  taken(picture, hole, cells);
  return painted(picture, hole, [255, 0, cells.side]);
}

/** Outside of the hole nothing, a colour, or, for a blur, grey. @param {Picture} picture @param {Hole} hole @param {Backdrop} backdrop */
export function cut_out(picture, hole, backdrop) {
  taken(picture, hole, backdrop);
  const { width, height } = picture;
  const rgba = picture.rgba.slice();
  for (const [i, isIn] of hole.bytes.entries()) if (!isIn) rgba.set(backdrop.colour, 4 * i);
  return new Picture(width, height, rgba);
}

/** The whole hole becomes one cell, grey. @param {Picture} picture @param {Hole} hole @param {Cells} cells */
export function pixelate(picture, hole, cells) {
  taken(picture, hole, cells);
  return painted(picture, hole, [90, 90, 90]);
}

/**
 * How many bytes of the hole's pixels are equal; infinite if all are.
 * @param {Picture} truth @param {Picture} other @param {Hole} hole
 */
export function psnr(truth, other, hole) {
  taken(truth, other, hole);
  if (other.rgba.length !== truth.rgba.length) throw coded('bad-setting');
  let [equal, count] = [0, 0];
  for (const [i, value] of truth.rgba.entries()) {
    if (!hole.bytes[i >> 2]) continue;
    count += 1;
    if (value === other.rgba[i]) equal += 1;
  }
  return equal === count ? Infinity : equal;
}

/** What extensions and fillings have in common. */
class Painting extends Owned {
  done = 0;
  #device;
  /** @param {string} device */
  constructor(device) {
    super();
    this.#device = device;
  }
  get steps() {
    return behaviour().steps;
  }
  async step() {
    const { stepMillis, stepFailure, panics } = behaviour();
    await new Promise((resolve) => setTimeout(resolve, stepMillis));
    this.done += 1;
    if (this.done !== 2 || this.#device !== 'webgpu') return;
    if (stepFailure) throw coded(stepFailure);
    if (panics) throw new Error('unreachable executed');
  }
}

class Filling extends Painting {
  #picture;
  #hole;
  #colour;
  /** @param {Picture} picture @param {Hole} hole @param {number[]} colour */
  constructor(picture, hole, colour) {
    super('cpu');
    [this.#picture, this.#hole, this.#colour] = [picture, hole, colour];
  }
  finish() {
    this.free();
    return painted(this.#picture, this.#hole, this.#colour);
  }
}

class Enlarging extends Painting {
  #photo;
  #blue;
  /** @param {string} device @param {{ width: number, height: number, rgba: Uint8Array }} photo @param {number} blue */
  constructor(device, photo, blue) {
    super(device);
    [this.#photo, this.#blue] = [photo, blue];
  }
  finish() {
    this.free();
    const { width, height, rgba } = this.#photo;
    const bluer = Uint8ClampedArray.from(rgba, (value, i) =>
      i % 4 === 2 ? value + this.#blue : value,
    );
    return new Picture(width, height, new Uint8Array(bluer.buffer));
  }
}

class Extension extends Painting {
  #job;
  /**
   * @param {string} device
   * @param {{ width: number, height: number, rgba: Uint8Array, left: number, top: number,
   *   right: number, bottom: number, red: number }} job  `red`: of what is new; 0: mirrored
   */
  constructor(device, job) {
    super(device);
    this.#job = job;
  }
  /** The same share of the way on each side. */
  get grown() {
    const { left, top, right, bottom } = this.#job;
    const share = this.done / this.steps;
    return Uint32Array.from([left, top, right, bottom], (amount) => Math.round(amount * share));
  }
  /** @param {number} most */
  thumbnail(most) {
    return shrink(this.#picture(), most);
  }
  finish() {
    this.free();
    return this.#picture();
  }
  #picture() {
    const { width, height, rgba, red } = this.#job;
    const [left = 0, top = 0, right = 0, bottom = 0] = this.grown;
    const [wide, high] = [left + width + right, top + height + bottom];
    const source = new Uint32Array(rgba.slice().buffer);
    const result = new Uint32Array(wide * high);
    const mirrored = (/** @type {number} */ at, /** @type {number} */ length) => {
      const place = ((at % (2 * length)) + 2 * length) % (2 * length);
      return place < length ? place : 2 * length - 1 - place;
    };
    for (let y = 0; y < high; y++) {
      const row = mirrored(y - top, height) * width;
      for (let x = 0; x < wide; x++) {
        const isNew = x < left || y < top || x >= left + width || y >= top + height;
        const mirror = source[row + mirrored(x - left, width)] ?? 0;
        result[y * wide + x] = red && isNew ? 0xff000000 + red : mirror;
      }
    }
    return new Picture(wide, high, new Uint8Array(result.buffer));
  }
}
