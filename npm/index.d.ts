// What the package offers. The types of what goes in and out are the page's own.

import type {
  Amounts,
  Backend,
  Click,
  ErrorCode,
  Format,
  Grid,
  Hint,
  Metadata,
  OnProgress,
  Pixels,
  Stage,
} from '../www/engine/protocol.js';

export type { Amounts, Backend, Click, ErrorCode, Format, Grid, Hint, Metadata };
export type { OnProgress, Pixels, Stage };

/** A failure with a code, which is the same as on the page. An abort is none: it rejects with the signal's reason. */
export { CodedError } from '../www/engine/protocol.js';

export interface OpenOptions {
  /** `auto`, the default, takes WebGPU where it is and is right, else the CPU. In Node there is the CPU. */
  backend?: Backend;
  /**
   * In browsers: the address of the package's folder, of the page's own origin. Needed where a bundler
   * has moved the code away from the package's other files.
   */
  folder?: string | URL;
  signal?: AbortSignal;
  /** Hears of the downloads and of the test of the device. */
  onProgress?: OnProgress;
}

export interface Options {
  /** Ends the work: the promise rejects at once, with the signal's reason. */
  signal?: AbortSignal;
  /** Hears of each step; a `total` of 0 is unknown. */
  onProgress?: OnProgress;
}

export interface PaintOptions extends Options {
  /** Another one gives another answer; 1 is usual. */
  seed?: number;
}

export interface ExtendOptions extends PaintOptions {
  /** Paints over what lies around the photo and is no part of it, such as a frame; usually it stays. */
  paintsBorder?: boolean;
}

export interface FillOptions extends PaintOptions {
  /** Over how many pixels inside the hole's rim the painting fades in; usually 0. */
  feather?: number;
}

export interface UnmosaicOptions extends Options {
  /** Where the mosaic is; it is looked for where this is left out. */
  hole?: Uint8Array;
  /** The side of its cells in pixels, which begin at the hole's top left corner; found where left out. */
  cell?: number;
  /** How much detail is borrowed from the photo around it, 0 to 1; usually 0. */
  detail?: number;
}

export interface ColorizeOptions extends Options {
  /** Colours that are known. */
  hints?: readonly Hint[];
  /** How to choose among the likely colours; usually `natural`. */
  variant?: 'natural' | 'calm' | 'bold' | 'warm' | 'cool' | 'green';
  /** 0 to 2; usually 1. */
  saturation?: number;
  /** -1 to 1; usually 0. */
  warmth?: number;
  /** 0 to 1; usually 1. */
  strength?: number;
}

export interface FreshenOptions extends Options {
  /** 0 to 1; usually 1. */
  strength?: number;
}

export interface SelectOptions extends Options {
  /** Places that belong to what is meant, or do not; without any, what the photo shows above all. */
  clicks?: readonly Click[];
}

export interface CutOutOptions extends Options {
  /** Nothing, red, green and blue, the photo's own background blurred (0 to 1), or another photo. */
  background?: 'none' | readonly [number, number, number] | { readonly blur: number } | Pixels;
}

export interface EncodeOptions extends Options {
  /** Of a JPEG, 1 to 100; usually 90. */
  quality?: number;
  /** What to write beside the picture, as `decode` found it; usually nothing. */
  metadata?: Metadata | null;
}

/** A photo as it was read: upright, sRGB, RGBA8, straight alpha. */
export interface Decoded extends Pixels {
  metadata: Metadata | null;
  /** What around the photo is no part of it. */
  border: Amounts;
}

/**
 * An engine that is ready. It takes one painting at a time, in the order they are asked for. A hole has
 * one byte for each pixel of its photo: 1 is painted, 0 stays as it is, byte for byte.
 */
export interface Naobu {
  /** What computes. */
  readonly device: 'webgpu' | 'cpu';
  /** Reads a PNG, JPEG, WebP, GIF or BMP file. */
  decode(bytes: Uint8Array | ArrayBuffer, options?: Options): Promise<Decoded>;
  encode(photo: Pixels, format: Format, options?: EncodeOptions): Promise<Uint8Array>;
  /** Makes a photo larger, by pixels on each side. */
  extend(photo: Pixels, amounts: Partial<Amounts>, options?: ExtendOptions): Promise<Pixels>;
  fill(photo: Pixels, hole: Uint8Array, options?: FillOptions): Promise<Pixels>;
  /** Doubles the sides of a photo, to 48 megapixels at most. */
  enlarge(photo: Pixels, options?: Options): Promise<Pixels>;
  /** Undoes a mosaic. */
  unmosaic(photo: Pixels, options?: UnmosaicOptions): Promise<Pixels>;
  /**
   * Colours a photo, also one that has colours. Where it is black and white for the most part, what has
   * colours keeps them.
   */
  colorize(photo: Pixels, options?: ColorizeOptions): Promise<Pixels>;
  /** Undoes fading. */
  freshen(photo: Pixels, options?: FreshenOptions): Promise<Pixels>;
  /** Selects a thing; the answer is a hole, for `cutOut` or for `fill`. */
  select(photo: Pixels, options?: SelectOptions): Promise<Uint8Array>;
  /** Finds scratches and dust; the answer is a hole for `fill`, of zeros alone where there are none. */
  findScratches(photo: Pixels, options?: Options): Promise<Uint8Array>;
  /** Puts what a hole covers on another background. */
  cutOut(photo: Pixels, hole: Uint8Array, options?: CutOutOptions): Promise<Pixels>;
  /** Ends the worker, and with it whatever is under way. In Node, a program does not end before. */
  close(): void;
}

/** Starts a worker, and resolves once it can paint. */
export function open(options?: OpenOptions): Promise<Naobu>;

/** A hole that is a rectangle, as far as it lies in the photo. */
export function rectangle(
  photo: { readonly width: number; readonly height: number },
  left: number,
  top: number,
  width: number,
  height: number,
): Uint8Array;
