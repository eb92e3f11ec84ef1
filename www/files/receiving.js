// What a visitor hands over: files that are chosen, dropped or pasted, and folders.
//
// Whatever is dropped, the browser does not leave the page for it; what is no file gets a sentence.

import { CodedError } from '../engine/protocol.js';
import { droppedFolders } from './folders.js';

/** @import { FolderFile } from './folders.js' */
/**
 * @typedef {object} ReceivingWishes
 * @property {(files: File[]) => void} openFiles  at least one
 * @property {(files: Promise<FolderFile[]>) => void} openFolders
 * @property {(error: CodedError) => void} explain
 */

/** Whether pictures can be pasted by a button: for screens that are touched, which may have no keys. */
export function canPaste() {
  return matchMedia('(any-pointer: coarse)').matches && Boolean(navigator.clipboard?.read);
}

/** The pictures on the clipboard. Called while a click counts. @returns {Promise<File[]>} */
export async function pastedFiles() {
  const items = await navigator.clipboard.read().catch((error) => {
    throw new CodedError('paste-refused', String(error));
  });
  const files = [];
  for (const item of items) {
    const type = item.types.find((each) => each.startsWith('image/'));
    if (type) files.push(new File([await item.getType(type)], 'pasted', { type }));
  }
  if (files.length === 0) throw new CodedError('nothing-pasted');
  return files;
}

/**
 * Reports files from the inputs, from dropping anywhere and from pasting; folders that are dropped
 * by what is in them, once that is known.
 * @param {readonly HTMLInputElement[]} inputs @param {HTMLElement} release  shown while files hover
 * @param {ReceivingWishes} wishes
 * @returns {() => void} stops listening
 */
export function attachReceiving(inputs, release, { openFiles, openFolders, explain }) {
  const attached = new AbortController();
  const { signal } = attached;
  const take = (/** @type {FileList | null | undefined} */ list) => {
    const files = [...(list ?? [])];
    if (files.length > 0) openFiles(files);
    return files.length > 0;
  };
  for (const input of inputs) {
    input.addEventListener(
      'change',
      () => {
        take(input.files);
        input.value = ''; // So that choosing the same file again is heard.
      },
      { signal },
    );
  }
  const isFileDrag = (/** @type {DragEvent} */ event) =>
    event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener(
    'dragover',
    (event) => {
      event.preventDefault();
      release.hidden = !isFileDrag(event);
    },
    { signal },
  );
  addEventListener(
    'dragleave',
    (event) => {
      if (!event.relatedTarget) release.hidden = true;
    },
    { signal },
  );
  addEventListener(
    'drop',
    (event) => {
      release.hidden = true;
      event.preventDefault();
      const inside = droppedFolders(event.dataTransfer);
      if (inside) openFolders(inside);
      else if (!take(event.dataTransfer?.files)) explain(new CodedError('no-file'));
    },
    { signal },
  );
  addEventListener(
    'paste',
    (event) => {
      if (event.target instanceof HTMLInputElement && !event.clipboardData?.files.length) return;
      event.preventDefault();
      if (!take(event.clipboardData?.files)) explain(new CodedError('nothing-pasted'));
    },
    { signal },
  );
  return () => attached.abort();
}
