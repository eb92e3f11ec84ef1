// What TypeScript makes of the package. Never run; each line that must not compile says so.

import { CodedError, open, rectangle } from 'naobu';
import type { ErrorCode, Naobu, Pixels } from 'naobu';

export async function session(bytes: Uint8Array): Promise<Uint8Array> {
  const naobu: Naobu = await open({ backend: 'cpu', onProgress: (stage) => stage === 'download' });
  const { signal } = new AbortController();
  const photo = await naobu.decode(bytes, { signal });
  const wide: Pixels = await naobu.extend(photo, { right: 320 }, { signal, seed: 2 });
  const hole = rectangle(wide, 0, 0, 10, 10);
  const filled = await naobu.fill(wide, hole, { feather: 4 });
  const hints = [{ x: 1, y: 2, rgb: [1, 2, 3] as const }];
  const warm = await naobu.colorize(filled, { variant: 'warm', hints });
  const cut = await naobu.cutOut(warm, hole, { background: [255, 255, 255] });
  // @ts-expect-error: there is no such variant
  await naobu.colorize(cut, { variant: 'loud' });
  // @ts-expect-error: a hole is not a list of numbers
  await naobu.fill(cut, [1, 0]);
  // @ts-expect-error: sides have other names
  await naobu.extend(cut, { rechts: 1 });
  // @ts-expect-error: there is no such format
  await naobu.encode(cut, 'gif');
  // @ts-expect-error: nobody sets it
  naobu.device = 'cpu';
  return naobu.encode(cut, 'jpeg', { quality: 90, metadata: photo.metadata });
}

export function codeOf(error: unknown): ErrorCode | null {
  return error instanceof CodedError ? error.code : null;
}
