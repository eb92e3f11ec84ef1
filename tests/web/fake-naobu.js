// A stand-in for pkg/naobu.js with the same interface, for tests of what lies around it.
//
// It knows no network: an extension repeats the photo mirrored, a filling paints the hole green. `globalThis.fakeNaobu` makes it slow
// or makes it fail; it runs in Node and in a browser's worker alike.

/**
 * @typedef {object} Behaviour
 * @property {string} device @property {string} fallback
 * @property {number} steps @property {number} stepMillis
 * @property {number} putMillis  how long writing a file or putting colours on takes
 * @property {string} openFailure  a code to throw on opening a device
 * @property {string} loadFailure  a code to throw on loading weights
 * @property {string} stepFailure  a code to throw in the second step, on WebGPU only
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
    openFailure: '',
    loadFailure: '',
    stepFailure: '',
    panics: false,
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

export class Picture {
  /** @param {number} width @param {number} height @param {Uint8Array} rgba */
  constructor(width, height, rgba) {
    this.width = width;
    this.height = height;
    this.rgba = /** @type {Uint8Array | null} */ (rgba);
  }
  origins() {
    return undefined; // As where nothing was borrowed.
  }
  /** Gives the picture up, as the real one does. */
  take_rgba() {
    const { rgba } = this;
    if (!rgba) throw new Error('null pointer passed to rust');
    this.rgba = null;
    return rgba;
  }
  free() {
    if (!this.rgba) throw new Error('null pointer passed to rust');
  }
}

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
 * @param {number} width @param {number} height @param {Uint8Array} rgba @param {string} format
 */
export function encode(width, height, rgba, format) {
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
    max_photo_pixels: 24_000_000,
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
  /**
   * @param {number} width @param {number} height @param {Uint8Array} rgba
   * @param {number} left @param {number} top @param {number} right @param {number} bottom
   */
  extend(width, height, rgba, left, top, right, bottom) {
    if (left + top + right + bottom === 0) throw coded('extension-empty');
    return new Extension(this.device, { width, height, rgba, left, top, right, bottom });
  }
  /**
   * As `fill` below, but with weights: blue, or as own ones have it.
   * @param {number} width @param {number} height @param {Uint8Array} rgba
   * @param {Uint8Array} hole
   */
  fill(width, height, rgba, hole) {
    const own = this.own.findLast(({ task }) => task === 'fill');
    return new Filling({ width, height, rgba, hole, colour: own?.colour ?? [0, 0, 255] });
  }
  /**
   * As `unmosaic` below, but with weights: blue.
   * @param {number} width @param {number} height @param {Uint8Array} rgba
   * @param {Uint8Array} hole
   */
  async unmosaic(width, height, rgba, hole) {
    const { stepMillis, stepFailure, panics } = behaviour();
    await new Promise((resolve) => setTimeout(resolve, stepMillis));
    if (stepFailure && this.device === 'webgpu') throw coded(stepFailure);
    if (panics && this.device === 'webgpu') throw new Error('unreachable executed');
    const result = rgba.slice();
    for (const [i, painted] of hole.entries()) if (painted) result.set([0, 0, 255], 4 * i);
    return new Picture(width, height, result);
  }
  /**
   * Green, or the first hint's colour; the second variant twice as much of it.
   * @param {number} width @param {number} height @param {Uint8Array} rgba
   * @param {Float32Array} hints
   */
  async colours(width, height, rgba, hints) {
    const { stepMillis, stepFailure, panics } = behaviour();
    await new Promise((resolve) => setTimeout(resolve, stepMillis));
    if (stepFailure && this.device === 'webgpu') throw coded(stepFailure);
    if (panics && this.device === 'webgpu') throw new Error('unreachable executed');
    if (hints.length % 5 !== 0 || rgba.length !== 4 * width * height) throw coded('bad-setting');
    const [, , red = 100, green = 128, blue = 100] = hints;
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
  async curves() {
    return { columns: 1, rows: 1, points: new Float32Array(24).fill(0.1) };
  }
  free() {}
}

/**
 * @param {number} width @param {number} height @param {Uint8Array} rgba @param {Uint8Array} hole
 * @param {number} featherPx
 */
export function fill(width, height, rgba, hole, featherPx) {
  if (hole.length !== width * height || !(featherPx >= 0)) throw coded('bad-setting');
  if (!hole.includes(1)) throw coded('hole-empty');
  return new Filling({ width, height, rgba, hole, colour: [0, 255, 0] });
}

/** Coloured if any pixel is. @param {number} width @param {number} height @param {Uint8Array} rgba */
export function colouring(width, height, rgba) {
  if (rgba.length !== 4 * width * height) throw coded('bad-setting');
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i] !== rgba[i + 1] || rgba[i] !== rgba[i + 2]) return 'coloured';
  }
  return 'grey';
}

/**
 * Adds U to blue and V to red, the same all over; without saturation there is but grey.
 * @param {number} width @param {number} height @param {Uint8Array} rgba @param {number} columns
 * @param {number} rows @param {Float32Array} uv @param {number} saturation @param {number} warmth
 * @param {number} strength
 */
export function put_colours(width, height, rgba, columns, rows, uv, saturation, warmth, strength) {
  if (uv.length !== 2 * columns * rows || !(strength >= 0 && strength <= 1)) {
    throw coded('bad-setting');
  }
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

/**
 * Brightens by the first point.
 * @param {number} width @param {number} height @param {Uint8Array} rgba @param {number} columns
 * @param {number} rows @param {Float32Array} points @param {number} strength
 */
export function put_curves(width, height, rgba, columns, rows, points, strength) {
  if (points.length !== 24 * columns * rows) throw coded('bad-setting');
  const added = 255 * strength * (points[0] ?? 0);
  const result = Uint8ClampedArray.from(rgba, (value, i) => (i % 4 < 3 ? value + added : value));
  return new Picture(width, height, new Uint8Array(result.buffer));
}

/**
 * Every so-manieth pixel of every so-manieth row.
 * @param {number} width @param {number} height @param {Uint8Array} rgba @param {number} most
 */
export function shrink(width, height, rgba, most) {
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
 * @param {number} width @param {number} height @param {Uint8Array} _ @param {Uint8Array | null} hole
 */
export function find_mosaic(width, height, _, hole) {
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

/**
 * @param {number} width @param {number} height @param {Uint8Array} rgba @param {Uint8Array} hole
 * @param {Float32Array} cell
 */
export function unmosaic(width, height, rgba, hole, cell) {
  if (!(Number(cell[0]) >= 2)) throw coded('bad-setting');
  const result = rgba.slice();
  for (const [i, painted] of hole.entries()) if (painted) result.set([255, 0, cell[0] ?? 0], 4 * i);
  return new Picture(width, height, result);
}

/**
 * The whole hole becomes one cell, grey.
 * @param {number} width @param {number} height @param {Uint8Array} rgba @param {Uint8Array} hole
 * @param {Float32Array} cell
 */
export function pixelate(width, height, rgba, hole, cell) {
  if (!(Number(cell[0]) >= 2) || hole.length !== width * height) throw coded('bad-setting');
  const result = rgba.slice();
  for (const [i, painted] of hole.entries()) if (painted) result.set([90, 90, 90], 4 * i);
  return new Picture(width, height, result);
}

/**
 * How many bytes of the hole's pixels are equal; infinite if all are.
 * @param {number} width @param {number} height @param {Uint8Array} truth
 * @param {Uint8Array} other @param {Uint8Array} hole
 */
export function psnr(width, height, truth, other, hole) {
  if (truth.length !== 4 * width * height || other.length !== truth.length) {
    throw coded('bad-setting');
  }
  let [equal, count] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    if (!hole[i >> 2]) continue;
    count += 1;
    if (truth[i] === other[i]) equal += 1;
  }
  return equal === count ? Infinity : equal;
}

/** What extensions and fillings have in common. */
class Painting {
  done = 0;
  #device;
  isGivenUp = false;
  /** @param {string} device */
  constructor(device) {
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
  free() {
    if (this.isGivenUp) throw new Error('null pointer passed to rust');
    this.isGivenUp = true;
  }
}

class Filling extends Painting {
  #job;
  /**
   * @param {{ width: number, height: number, rgba: Uint8Array, hole: Uint8Array,
   *   colour: number[] }} job
   */
  constructor(job) {
    super('cpu');
    this.#job = job;
  }
  finish() {
    this.isGivenUp = true;
    const { width, height, rgba, hole, colour } = this.#job;
    const result = rgba.slice();
    for (const [i, painted] of hole.entries()) if (painted) result.set(colour, 4 * i);
    return new Picture(width, height, result);
  }
}

class Extension extends Painting {
  #job;
  /**
   * @param {string} device
   * @param {{ width: number, height: number, rgba: Uint8Array, left: number, top: number,
   *   right: number, bottom: number }} job
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
    const { width, height, rgba } = this.#picture();
    return shrink(width, height, rgba, most);
  }
  finish() {
    this.isGivenUp = true;
    const { width, height, rgba } = this.#picture();
    return new Picture(width, height, rgba);
  }
  #picture() {
    const { width, height, rgba } = this.#job;
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
        result[y * wide + x] = source[row + mirrored(x - left, width)] ?? 0;
      }
    }
    return { width: wide, height: high, rgba: new Uint8Array(result.buffer) };
  }
}
