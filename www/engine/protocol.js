// What the page and the worker say to each other, and every way either can fail.
//
// Imported by both threads, so it uses nothing that only one of them has. Messages are one tagged
// union in each direction, told apart by `kind` and always carrying the `jobId` they belong to.
// The page keeps every photo and sends copies: a worker that dies takes nothing with it.

/** The codes of `src/error.rs`, in its order; a test compares the two. */
export const CORE_CODES = /** @type {const} */ ([
  'not-an-image',
  'damaged-image',
  'unknown-variant',
  'too-small',
  'too-large',
  'extension-empty',
  'extension-too-large',
  'hole-empty',
  'hole-full',
  'mosaic-not-found',
  'nothing-found',
  'bad-setting',
  'weights-missing',
  'weights-damaged',
  'weights-misfit',
  'device',
  'encode',
  'file',
]);

/** What can go wrong only in a browser. */
export const PAGE_CODES = /** @type {const} */ ([
  'no-simd',
  'file-protocol',
  'unknown-sample',
  'unknown-preset',
  'unsupported-image',
  'worker-crashed',
  'download-failed',
  'crop-empty',
  'crop-alone',
  'enlarged-too-large',
  'no-results',
  'empty-file',
  'no-pictures',
  'zip-too-large',
  'copy-refused',
  'copy-insecure',
  'recipe-empty',
  'cutout-empty',
  'cutout-full',
  'backdrop-gone',
  'no-file',
  'nothing-pasted',
  'paste-refused',
  'method-missing',
]);

/** @typedef {(typeof CORE_CODES)[number] | (typeof PAGE_CODES)[number]} ErrorCode */
/** @typedef {'auto' | 'webgpu' | 'cpu'} Backend */
/** @typedef {'png' | 'jpeg' | 'webp'} Format */
/**
 * @typedef {'crop' | 'download' | 'device' | 'decode' | 'search' | 'paint' | 'blend' | 'encode' | 'colours'
 *   | 'curves' | 'put' | 'pixelate' | 'record' | 'select' | 'cut' | 'scratches'} Stage
 */
/** @typedef {{ width: number, height: number, rgba: Uint8Array }} Pixels RGBA8, straight alpha */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Amounts photo pixels */
/**
 * Cells of a mosaic: their width and height, and where the first upright and level lines run.
 * @typedef {Readonly<{ cell: readonly [number, number], phase: readonly [number, number] }>} Grid
 * @typedef {Grid & Readonly<{ confidence: number, spans: readonly number[] }>} FoundMosaic
 *   `spans`: what it covers, as row, first and end column in turn
 */
/**
 * A click, in photo pixels, on what is to be selected, or on what is not.
 * @typedef {Readonly<{ x: number, y: number, isIn: boolean }>} Click
 * What lies behind what is cut out: nothing, a colour, the photo's own background, `blur` of 0 to 1,
 * or another photo, which the queue knows by `photoId`; its pixels are handed over beside this.
 * @typedef {Readonly<{ kind: 'none' | 'colour' | 'blur' | 'photo', rgb: readonly number[],
 *   blur: number, photoId?: number }>} Backdrop
 */
/**
 * What kind of colours a photo has; toned is one colour for each lightness, as in sepia, and partly
 * is grey or toned for the most part, such as a print with a stamp on it.
 * @typedef {'grey' | 'toned' | 'partly' | 'coloured'} Colouring
 * A colour that is known, and where, in photo pixels.
 * @typedef {Readonly<{ x: number, y: number, rgb: readonly [number, number, number],
 *   reach?: number }>} Hint  `reach`: how far beside what is usual, 1 where it is not said
 * What one run of a network finds: chroma on a coarse grid, once for each way to choose among the
 * colours that it thinks likely.
 * @typedef {Readonly<{ columns: number, rows: number,
 *   variants: readonly Readonly<{ name: string, uv: Float32Array }>[] }>} Colours
 * Curves that undo fading, on a coarse grid.
 * @typedef {Readonly<{ columns: number, rows: number, points: Float32Array }>} Curves
 * What is put on a photo, of any size: colours under its lightness, or curves on its colours.
 * @typedef {Readonly<{ kind: 'colours', columns: number, rows: number, uv: Float32Array,
 *     saturation: number, warmth: number, strength: number }>
 *   | Readonly<{ kind: 'curves', columns: number, rows: number, points: Float32Array,
 *     strength: number }>} Coat
 */
/**
 * A finished step of an extension: how far the photo has grown by then, and how it looks.
 * @typedef {Readonly<{ grown: Amounts, thumb: Pixels }>} Step
 * How near a guess and the mosaic are to the truth inside the hole: PSNR in dB.
 * @typedef {Readonly<{ guess: number, mosaic: number }>} Decibels
 * Where a painting was taken from, on a grid over the photo: x and y in its pixels for each cell in
 * turn, -1 where nothing was borrowed.
 * @typedef {Readonly<{ columns: number, rows: number, from: Int32Array }>} Origins
 */
/**
 * What a photo's file says besides its picture, such as date, place and camera; as it is fit for a
 * result, whose orientation is upright.
 * @typedef {Readonly<{ exif?: Uint8Array, xmp?: string }>} Metadata
 */
/**
 * @typedef {{ min_side_px: number, max_photo_pixels: number, max_result_pixels: number,
 *   max_factor: number }} Limits
 */
/**
 * Weights for a task: those that ship with the page, or the visitor's own, from the file of that name.
 * @typedef {Readonly<{ task: string, name: string, bytes: number }>} Weights
 * @typedef {Readonly<{ task: string, file: string, bytes: Uint8Array }>} OwnFile
 * A published work that does a task in place of those, once it is chosen; only then it is loaded.
 * @typedef {Readonly<Weights & { file: string, work: string, licence: string,
 *   isLoaded: boolean }>} Method
 */

/**
 * A `hole` has one byte for each pixel of its photo: 1 = paint. A `method` is named by its weights;
 * empty: what does the task otherwise.
 * @typedef {{ kind: 'start', jobId: number, backend: Backend, weightsName: string,
 *       own: readonly OwnFile[] }
 *   | { kind: 'decode', jobId: number, bytes: Uint8Array, isShrunk?: boolean }
 *   | { kind: 'extend', jobId: number, photo: Pixels, amounts: Amounts, paintsBorder: boolean,
 *       seed: number, method: string }
 *   | { kind: 'fill', jobId: number, photo: Pixels, hole: Uint8Array, featherPx: number,
 *       seed: number, method: string }
 *   | { kind: 'enlarge', jobId: number, photo: Pixels }
 *   | { kind: 'find-mosaic', jobId: number, photo: Pixels, hole: Uint8Array | null }
 *   | { kind: 'unmosaic', jobId: number, photo: Pixels, hole: Uint8Array, grid: Grid, detail: number,
 *       truth: Pixels | null, method: string }
 *   | { kind: 'pixelate', jobId: number, photo: Pixels, hole: Uint8Array, grid: Grid }
 *   | { kind: 'select', jobId: number, photo: Pixels, clicks: readonly Click[] }
 *   | { kind: 'snap', jobId: number, photo: Pixels, hole: Uint8Array }
 *   | { kind: 'find-scratches', jobId: number, photo: Pixels }
 *   | { kind: 'cut-out', jobId: number, photo: Pixels, hole: Uint8Array, backdrop: Backdrop,
 *       behind: Pixels | null }
 *   | { kind: 'colouring', jobId: number, photo: Pixels }
 *   | { kind: 'colours', jobId: number, photo: Pixels, hints: readonly Hint[],
 *       method: string }
 *   | { kind: 'curves', jobId: number, photo: Pixels }
 *   | { kind: 'put', jobId: number, photo: Pixels, coat: Coat }
 *   | { kind: 'shrink', jobId: number, photo: Pixels, mostPixels: number }
 *   | { kind: 'load-own', jobId: number, file: string, bytes: Uint8Array }
 *   | { kind: 'give-up', jobId: number, task: string }
 *   | { kind: 'encode', jobId: number, photo: Pixels, format: Format, quality: number,
 *       metadata: Metadata | null }
 *   | { kind: 'keep', jobId: number }
 *   | { kind: 'cancel', jobId: number }} Request
 * `truth` is the photo that the mosaic was put on, where it is known; `keep` ends an extension after
 * the step under way, and what there is then is the answer. `own` are weights of the visitor's
 * that were there before; `give-up` ends their use, so that those of the page count again.
 */
/**
 * @typedef {{ kind: 'loaded', jobId: number, limits: Limits }
 *   | { kind: 'trained', jobId: number, weights: readonly Weights[],
 *     methods: readonly Method[] }
 *   | { kind: 'ready', jobId: number, device: string, fallback: string }
 *   | { kind: 'progress', jobId: number, stage: Stage, done: number, total: number }
 *   | { kind: 'picture', jobId: number, photo: Pixels, decibels?: Decibels,
 *     origins?: Origins, metadata?: Metadata, border?: Amounts }
 *   | { kind: 'step', jobId: number, done: number, step: Step }
 *   | { kind: 'mosaic', jobId: number, mosaic: FoundMosaic }
 *   | { kind: 'selection', jobId: number, spans: readonly number[] }
 *   | { kind: 'colouring', jobId: number, colouring: Colouring }
 *   | { kind: 'colours', jobId: number, colours: Colours }
 *   | { kind: 'curves', jobId: number, curves: Curves }
 *   | { kind: 'own', jobId: number, task: string, name: string }
 *   | { kind: 'given-up', jobId: number }
 *   | { kind: 'file', jobId: number, bytes: Uint8Array }
 *   | { kind: 'failed', jobId: number, code: ErrorCode, message: string }} Reply
 */

/** @template T @typedef {T extends unknown ? Omit<T, 'jobId'> : never} WithoutJobId */
/** @typedef {(stage: Stage, done: number, total: number) => void} OnProgress */

/** A failure with a code; `words.js` has the sentence for it, `message` is for the log. */
export class CodedError extends Error {
  /** @param {ErrorCode} code @param {string} [message] */
  constructor(code, message = code) {
    super(message);
    this.name = 'CodedError';
    this.code = code;
  }
}

const KNOWN_CODES = /** @type {ReadonlySet<unknown>} */ (new Set([...CORE_CODES, ...PAGE_CODES]));

/**
 * The code an error carries, ours or one thrown by the wasm module; `null` where it has none.
 * @param {unknown} error
 * @returns {ErrorCode | null}
 */
export function codeFromError(error) {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return KNOWN_CODES.has(code) ? /** @type {ErrorCode} */ (code) : null;
}
